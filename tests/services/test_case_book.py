"""What the list of cases knows of every file, looked at in the background."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.scan import content_key, file_key
from busi_gui.io.scans import read_scan
from busi_gui.services.case_book import CaseBook
from busi_gui.services.states import CaseEntry
from busi_gui.services.thumbnails import Look, look_at
from busi_gui.store.workspace import Note, Workspace, WorkspaceError
from tests.builders import make_pixels, write_dicom, write_image


class Looker:
    """Looks at files that need not exist, as slowly as its gate lets it."""

    def __init__(self):
        self.seen: list[str] = []
        self.started = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.side = 16

    def __call__(self, path: Path) -> Look:
        self.seen.append(path.name)
        self.started.set()
        assert self.gate.wait(20)
        if "bug" in path.name:
            raise ZeroDivisionError
        if "broken" in path.name:
            return Look(path, error=f"{path.name} is broken.")
        image = QImage(self.side, self.side, QImage.Format.Format_Grayscale8)
        image.fill(0)
        return Look(path, path.name, image)


def folder_of(*names: str) -> tuple[Path, ...]:
    return tuple(Path("/scans") / name for name in names)


NUMBERED = folder_of(*(f"{n}.png" for n in range(200)))


@pytest.fixture
def looker():
    return Looker()


@pytest.fixture
def workspace():
    made = Workspace()
    yield made
    made.close()


@pytest.fixture
def books(qtbot, looker, workspace):
    made: list[CaseBook] = []

    def make(**how) -> CaseBook:
        made.append(CaseBook(workspace, **{"look": looker, **how}))
        return made[-1]

    yield make
    looker.gate.set()
    for book in made:
        assert book.shut_down()


def wait_for_all(qtbot, book):
    qtbot.waitUntil(lambda: book.progress[0] == book.progress[1])


def test_real_files_get_thumbnails_frames_and_what_was_noted_of_their_pixels(qtbot, tmp_path, books, workspace):
    book = books(look=look_at)
    known, unknown, cine = make_pixels(1), make_pixels(2), np.stack([make_pixels(3)] * 4)
    broken = tmp_path / "d.png"
    broken.write_bytes(b"")
    pictures = (write_image(tmp_path / "a.png", known), write_image(tmp_path / "b.png", unknown))
    paths = (*pictures, write_dicom(tmp_path / "c.dcm", cine, frames=4), broken)
    workspace.remember(content_key(known), status=CaseStatus.REVIEWED, p_malignant=0.83, is_analysed=True)
    workspace.remember(file_key(read_scan(paths[2])), status=CaseStatus.ANALYSED, p_malignant=None, is_analysed=True)
    book.show_folder(paths)
    wait_for_all(qtbot, book)
    entries = [book.entry(path) for path in paths]
    assert [entry.status for entry in entries[:3]] == [CaseStatus.REVIEWED, CaseStatus.NEW, CaseStatus.ANALYSED]
    assert [entry.p_malignant for entry in entries] == [0.83, None, None, None]
    assert [entry.is_analysed for entry in entries] == [True, False, True, False]
    assert [entry.frame_count for entry in entries] == [1, 1, 4, 1]
    assert [book.thumbnail(path) is not None for path in paths] == [True, True, True, False]
    assert "d.png is empty" in entries[3].error


def test_before_a_look_only_the_path_is_known(books, looker):
    book = books()
    looker.gate.clear()
    book.show_folder(NUMBERED)
    assert book.entry(NUMBERED[3]) == CaseEntry(NUMBERED[3])
    assert book.thumbnail(NUMBERED[3]) is None
    assert book.progress == (0, 200)


def test_files_are_looked_at_in_order_once_and_on_one_other_thread(qtbot, books, looker):
    threads = set()

    def look(path):
        threads.add(threading.get_ident())
        return looker(path)

    book = books(look=look)
    book.show_folder(NUMBERED)
    wait_for_all(qtbot, book)
    assert looker.seen == [path.name for path in NUMBERED]
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_what_comes_in_sight_is_looked_at_next(qtbot, books, looker):
    book = books()
    looker.gate.clear()
    book.show_folder(NUMBERED)
    assert looker.started.wait(5)
    book.look_at(NUMBERED[150:153])
    looker.gate.set()
    wait_for_all(qtbot, book)
    place = looker.seen.index("150.png")
    assert looker.seen[place : place + 3] == ["150.png", "151.png", "152.png"]
    assert place <= 32  # behind no more than the batch that was under way
    assert len(looker.seen) == len(set(looker.seen)) == 200


def test_progress_and_entries_are_announced_in_batches(qtbot, books):
    book = books()
    progress: list[tuple[int, int]] = []
    changed: list[tuple[Path, ...]] = []
    book.progressed.connect(lambda done, total: progress.append((done, total)))
    book.entries_changed.connect(changed.append)
    book.show_folder(NUMBERED)
    wait_for_all(qtbot, book)
    assert progress[0] == (0, 200)
    assert progress[-1] == (200, 200)
    assert [path for paths in changed for path in paths] == list(NUMBERED)
    assert len(changed) < 50


def test_another_folder_ends_the_work_on_the_first(qtbot, books, looker):
    book = books()
    looker.gate.clear()
    book.show_folder(NUMBERED)
    assert looker.started.wait(5)
    other = folder_of("x.png", "y.png")
    changed: list[tuple[Path, ...]] = []
    book.entries_changed.connect(changed.append)
    book.show_folder(other)
    looker.gate.set()
    wait_for_all(qtbot, book)
    assert len(looker.seen) <= 34
    assert looker.seen[-2:] == ["x.png", "y.png"]
    assert changed == [other]
    assert book.thumbnail(NUMBERED[0]) is None


def test_a_folder_with_one_more_file_is_not_looked_at_anew(qtbot, books, looker):
    book = books()
    book.show_folder(folder_of("a.png", "b broken.png", "c.png"))
    wait_for_all(qtbot, book)
    looker.seen.clear()
    book.show_folder(folder_of("a.png", "aa.png", "b broken.png", "c.png"))
    assert book.thumbnail(folder_of("a.png")[0]) is not None
    wait_for_all(qtbot, book)
    assert looker.seen == ["aa.png", "b broken.png"]  # it may have been copied in the meantime


def test_thumbnails_stay_within_their_bytes_and_come_back_in_sight(qtbot, books, looker):
    book = books(thumbnail_bytes=10 * 16 * 16)
    book.show_folder(NUMBERED)
    wait_for_all(qtbot, book)
    assert book.thumbnail_bytes <= 10 * 16 * 16
    assert book.thumbnail(NUMBERED[0]) is None
    assert book.entry(NUMBERED[0]).is_read
    looker.seen.clear()
    book.look_at(NUMBERED[:4])
    qtbot.waitUntil(lambda: all(book.thumbnail(path) is not None for path in NUMBERED[:4]))
    assert looker.seen == [path.name for path in NUMBERED[:4]]
    assert book.progress == (200, 200)


def test_a_file_that_cannot_be_read_is_not_tried_again_and_again(qtbot, books, looker):
    book = books()
    paths = folder_of("broken.png")
    book.show_folder(paths)
    wait_for_all(qtbot, book)
    book.look_at(paths)
    book.look_at(paths)
    assert looker.seen == ["broken.png"]
    assert book.entry(paths[0]).error == "broken.png is broken."


def test_what_is_noted_now_overrules_what_a_look_under_way_found(qtbot, books, looker, workspace):
    book = books()
    looker.gate.clear()
    path = NUMBERED[0]
    changed: list[tuple[Path, ...]] = []
    book.entries_changed.connect(changed.append)
    book.show_folder((path,))
    assert looker.started.wait(5)
    book.note(path, Note(CaseStatus.REVIEWED, 0.6, is_analysed=True))
    assert changed == [(path,)]
    assert book.entry(path).status is CaseStatus.REVIEWED
    looker.gate.set()
    wait_for_all(qtbot, book)
    assert book.entry(path) == CaseEntry(path, True, CaseStatus.REVIEWED, True, 0.6)


def test_a_bug_in_one_file_is_told_and_the_others_are_looked_at(qtbot, books, monkeypatch):
    told: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: told.append(kind))
    book = books()
    paths = folder_of("a.png", "bug.png", "c.png")
    book.show_folder(paths)
    wait_for_all(qtbot, book)
    assert told == [ZeroDivisionError]
    assert [bool(book.entry(path).error) for path in paths] == [False, True, False]


def test_a_workspace_that_cannot_be_read_costs_the_notes_only_and_is_told_once(qtbot, books, workspace, monkeypatch):
    def refuse(_keys):
        raise WorkspaceError("The workspace is locked.")

    monkeypatch.setattr(workspace, "notes", refuse)
    book = books()
    told: list[str] = []
    book.failed.connect(told.append)
    book.show_folder(NUMBERED)
    wait_for_all(qtbot, book)
    assert told == ["The workspace is locked."]
    assert all(book.thumbnail(path) is not None for path in NUMBERED)


def test_shutting_down_in_the_middle_ends_the_thread(books, looker):
    book = books()
    looker.gate.clear()
    book.show_folder(NUMBERED)
    assert looker.started.wait(5)
    threading.Timer(0.05, looker.gate.set).start()
    assert book.shut_down()
    assert len(looker.seen) <= 32


def test_an_empty_folder_is_done_at_once(books):
    book = books()
    book.show_folder(NUMBERED)
    book.show_folder(())
    assert book.progress == (0, 0)
