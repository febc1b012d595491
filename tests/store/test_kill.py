"""A program that is killed at any moment has lost nothing but the stroke in progress."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing

import pytest

from busi_gui.domain.reading import Reading
from busi_gui.store.workspace import Workspace
from tests.builders import make_pixels, write_image
from tests.store.editing_hand import DATABASE, SCAN, SHAPE, Hand, opened_history, replayed, stated
from tests.store.killed import Server
from tests.store.readings import KEY

ROUNDS = 50
LONGEST_S = 0.25

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a prepared process is divided, which only Unix can")


@pytest.fixture
def server(tmp_path):
    write_image(tmp_path / SCAN, make_pixels(shape=SHAPE))
    made = Server("tests.store.editing_hand", tmp_path)
    yield made
    made.close()


def test_killed_at_any_moment_nothing_is_lost_but_the_stroke_in_progress(server, tmp_path):
    dice = random.Random(11)
    told_in_all, in_progress = 0, 0
    stored = None
    for seed in range(ROUNDS):
        told = server.round(seed, dice.uniform(0, LONGEST_S))
        expected = replayed(stored, seed, tmp_path / SCAN, len(told) + 1)
        assert told == expected[1:-1]
        with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with closing(Workspace(tmp_path / DATABASE)) as workspace:
            stored = workspace.readings(KEY).get(0)
        assert stored is None or not stored.problem
        held = stated(stored.packed.unpacked() if stored is not None else Reading())
        assert held in expected[-2:], f"round {seed}: {len(told)} edits were done"
        told_in_all += len(told)
        in_progress += held == expected[-1]
    assert told_in_all > ROUNDS, "hardly anything was done before it was killed"
    with closing(Workspace(tmp_path / DATABASE)) as workspace:
        history, histories = opened_history(workspace, tmp_path / SCAN)
        Hand(0, history).edit()
        assert histories.is_saved
        assert stated(workspace.readings(KEY)[0].packed.unpacked()) == stated(history.reading)
    print(f"{told_in_all} edits, {in_progress} times the one in progress was written down")  # noqa: T201 - for whoever looks
