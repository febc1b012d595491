"""A program that is killed while it writes down an approval leaves it whole, or nothing of it."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from itertools import islice

import pytest

from busi_gui.store.workspace import Workspace
from tests.store.approving_hand import DATABASE, after, steps
from tests.store.killed import Server

ROUNDS = 30
MOST_STEPS, LONGEST_S = 4, 0.1

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a prepared process is divided, which only Unix can")


@pytest.fixture
def server(tmp_path):
    made = Server("tests.store.approving_hand", tmp_path)
    yield made
    made.close()


def test_killed_at_any_moment_nothing_is_half_approved(server, tmp_path):
    dice = random.Random(7)
    held, numbers, done_in_all = {}, {}, 0
    for seed in range(ROUNDS):
        told = server.round(seed, dice.uniform(0, LONGEST_S), dice.randrange(MOST_STEPS))
        *done, in_progress = islice(steps(seed), len(told) + 1)
        for step in done:
            held = after(held, step)
        with closing(Workspace(tmp_path / DATABASE)) as workspace:
            problems = []
            found = {one.key: one.digest for one in workspace.approved(problems.append)}
            assert problems == []
            assert found in (held, after(held, in_progress)), f"round {seed}: {len(told)} steps were done"
            assert {note.key: note.digest for note in workspace.approvals()} == found
        held = found
        with closing(sqlite3.connect(tmp_path / DATABASE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            groups = dict(connection.execute("SELECT name, number FROM groups"))
        assert groups.items() >= numbers.items(), "no group changes its number"
        assert sorted(groups.values()) == list(range(1, len(groups) + 1))
        numbers = groups
        done_in_all += len(told)
    assert done_in_all > ROUNDS, "hardly anything was done before it was killed"
    assert len(numbers) == 6
