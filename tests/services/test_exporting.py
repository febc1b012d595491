"""Exports and imports in the background."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

from busi_gui.io.scans import open_scan
from busi_gui.services.exporting import ExportFormat, Exporting, ExportOptions, free_place
from busi_gui.store.workspace import Workspace
from tests.services.exchange import MASKS, FakeNetworks, reading_of, set_down, stored, write_scan

BUSI = ExportFormat.BUSI


class Room:
    """An exporting service with files that were read. Attributes: ``gate`` closed keeps the thread before the next file, ``opened`` counts them."""

    def __init__(self, folder):
        self.folder = folder
        self.workspace = Workspace()
        self.networks = FakeNetworks()
        self.gate = threading.Event()
        self.gate.set()
        self.is_opening = threading.Event()
        self.threads = set()
        self.error: BaseException | None = None
        self.exporting = Exporting(self.workspace, lambda: self.networks, self._open)
        self.files = [set_down(self.workspace, write_scan(folder / "in", f"{seed}.png", seed), reading_of(*MASKS)) for seed in range(3)]

    def _open(self, path):
        self.threads.add(threading.get_ident())
        self.is_opening.set()
        assert self.gate.wait(20)
        if self.error is not None:
            raise self.error
        return open_scan(path)

    @property
    def left(self):
        return sorted(path.name for path in self.folder.iterdir() if path.name not in ("data", "settings"))


@pytest.fixture
def room(tmp_path, qtbot):
    made = Room(tmp_path)
    yield made
    made.gate.set()
    assert made.exporting.shut_down()
    made.workspace.close()


def test_an_export_is_made_in_a_thread_of_its_own_and_tells_how_far_it_is(room, qtbot):
    told = []
    room.exporting.progressed.connect(lambda *how: told.append(how))
    with qtbot.waitSignal(room.exporting.finished) as finished:
        room.exporting.start_export(room.files, BUSI, room.folder / "out")
        assert room.exporting.is_busy
    assert not room.exporting.is_busy
    assert (finished.args[0].frames, finished.args[0].lesions) == (3, 6)
    assert threading.get_ident() not in room.threads
    assert [how for how in told if how[2]] == [(0, 3, "0.png"), (1, 3, "1.png"), (2, 3, "2.png")]
    assert told[-1] == (3, 3, "")
    assert (room.folder / "out" / "benign" / "case_0003_mask_1.png").is_file()


def test_an_import_lists_stores_and_tells_how_far_it_is(room, qtbot):
    with qtbot.waitSignal(room.exporting.finished):
        room.exporting.start_export(room.files, ExportFormat.COCO, room.folder / "out")
    other = Workspace()
    importing = Exporting(other)
    told = []
    importing.progressed.connect(lambda *how: told.append(how))
    with qtbot.waitSignal(importing.finished) as finished:
        importing.start_import(room.folder / "out")
    assert (finished.args[0].stored, finished.args[0].lesions) == (3, 6)
    assert told[0] == (0, 3, "case_0001.png")
    assert told[-1] == (3, 3, "")
    for path in room.files:
        assert all(np.array_equal(one.mask, mask) for one, mask in zip(stored(other, path).outlines, MASKS, strict=True))
    assert importing.shut_down()
    other.close()


def test_stopping_an_export_ends_it_before_the_next_file_and_leaves_nothing(room, qtbot):
    room.gate.clear()
    room.exporting.start_export(room.files, BUSI, room.folder / "out")
    assert room.is_opening.wait(5)
    with qtbot.waitSignal(room.exporting.stopped), qtbot.assertNotEmitted(room.exporting.finished):
        room.exporting.stop()
        room.gate.set()
    assert not room.exporting.is_busy
    assert room.left == ["in"]


def test_stopping_an_import_just_when_its_list_is_done_ends_it(room, qtbot):
    (room.folder / "data set" / "normal").mkdir(parents=True)
    write_scan(room.folder / "data set" / "normal", "a.png", 8)
    room.exporting._thread.succeeded.disconnect(room.exporting._on_succeeded)
    with qtbot.waitSignal(room.exporting._thread.succeeded) as listed:
        room.exporting.start_import(room.folder / "data set")
    room.exporting.stop()
    with qtbot.waitSignal(room.exporting.stopped):
        room.exporting._on_succeeded(*listed.args)
    assert not room.exporting.is_busy


def test_quitting_ends_an_export_and_leaves_nothing(room, qtbot):
    room.gate.clear()
    room.exporting.start_export(room.files, BUSI, room.folder / "out")
    assert room.is_opening.wait(5)
    threading.Timer(0.1, room.gate.set).start()
    assert room.exporting.shut_down()
    assert room.left == ["in"]


def test_a_second_one_is_not_begun_while_the_first_runs(room, qtbot):
    room.gate.clear()
    room.exporting.start_export(room.files, BUSI, room.folder / "first")
    room.exporting.start_export(room.files, BUSI, room.folder / "second")
    room.exporting.start_import(room.folder / "in")
    with qtbot.waitSignal(room.exporting.finished):
        room.gate.set()
    assert room.left == ["first", "in"]


def test_what_cannot_be_written_or_read_is_said(room, qtbot):
    (room.folder / "out").write_text("a file")
    with qtbot.waitSignal(room.exporting.failed) as failed:
        room.exporting.start_export(room.files, BUSI, room.folder / "out")
    assert "is a file" in failed.args[0]
    with qtbot.waitSignal(room.exporting.failed) as failed:
        room.exporting.start_import(room.folder / "missing")
    assert "missing does not exist" in failed.args[0]
    assert not room.exporting.is_busy


def test_a_bug_is_told_and_the_next_export_is_made(room, qtbot, monkeypatch):
    bugs = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: bugs.append(error))
    room.error = ZeroDivisionError("a bug")
    with qtbot.waitSignal(room.exporting.stopped):
        room.exporting.start_export(room.files, BUSI, room.folder / "out")
    assert bugs == [room.error]
    assert room.left == ["in"]
    room.error = None
    with qtbot.waitSignal(room.exporting.finished):
        room.exporting.start_export(room.files, BUSI, room.folder / "out")


def test_the_networks_are_made_in_the_thread_that_asks_them(room, qtbot):
    new = write_scan(room.folder / "in", "new.png", 9)
    with qtbot.waitSignal(room.exporting.finished) as finished:
        room.exporting.start_export([new], BUSI, room.folder / "out", ExportOptions(with_network=True))
    assert finished.args[0].classes == {"unknown": 1}
    assert room.threads < room.networks.threads


def test_a_proposed_place_is_one_where_nothing_is(tmp_path):
    assert free_place(tmp_path, BUSI) == tmp_path / "busi export"
    (tmp_path / "busi export").mkdir()
    (tmp_path / "measures.csv").touch()
    assert free_place(tmp_path, BUSI) == tmp_path / "busi export 2"
    assert free_place(tmp_path, ExportFormat.CSV) == tmp_path / "measures 2.csv"
