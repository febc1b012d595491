"""A program that is killed at any moment has lost nothing but the stroke in progress."""

from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from busi_gui.domain.reading import Reading
from busi_gui.store.workspace import Workspace
from tests.builders import make_pixels, write_image
from tests.store.editing_hand import DATABASE, SCAN, SHAPE, Hand, opened_history, replayed, stated
from tests.store.readings import KEY

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 50
LONGEST_S = 0.25

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a prepared process is divided, which only Unix can")


class Server:
    """A process that is ready to edit, and forks for each round."""

    def __init__(self, folder):
        command = f"from pathlib import Path; from tests.store.editing_hand import serve; serve(Path({str(folder)!r}))"
        self.process = subprocess.Popen([sys.executable, "-c", command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._input, self._output = self.process.stdin, self.process.stdout.fileno()
        self._rest = b""

    def round(self, seed, after_s):
        """Let it edit, kill it after a time, and return what it told of."""
        self._input.write(f"{seed}\n".encode())
        self._input.flush()
        pid = int(self._line())
        told, until = [], time.monotonic() + after_s
        while (left := until - time.monotonic()) > 0:
            if b"\n" in self._rest or select.select([self._output], [], [], left)[0]:
                told.append(self._line())
        os.kill(pid, signal.SIGKILL)
        while not (line := self._line()).startswith("end"):
            told.append(line)
        assert line == f"end {-signal.SIGKILL}", "it ended by itself"
        return told

    def _line(self):
        while b"\n" not in self._rest:
            more = os.read(self._output, 65536)
            assert more, "the process is gone"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


@pytest.fixture
def server(tmp_path):
    write_image(tmp_path / SCAN, make_pixels(shape=SHAPE))
    made = Server(tmp_path)
    yield made
    made.process.communicate()


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
