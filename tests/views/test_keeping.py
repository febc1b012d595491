"""The reader is told when his work is not safe, and when somebody else has worked on the same frame."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from busi_gui.services.settings import Settings
from busi_gui.store.workspace import Workspace, WorkspaceError
from busi_gui.views.keeping import UNDECIDED
from tests.domain.readings import box
from tests.views.fake_session import FakeSession, make_case, make_diagnosis
from tests.views.windows import shown_window

SHAPE = (60, 80)


@pytest.fixture
def session(qapp):
    made = FakeSession()
    made.set_case(make_case(make_diagnosis(0.8)))
    return made


@pytest.fixture
def window(qtbot, session, tmp_path):
    return shown_window(qtbot, session, Settings(tmp_path / "settings.ini"))


def draw(session, top=0):
    reading = session.case.reading
    session.editing.edit("drawing", reading.added(box(top, 0, top + 5, 5, SHAPE)))


def press(qtbot, bar, name):
    (button,) = [button for button in bar.buttons if button.text() == name]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def is_full(session, monkeypatch):
    """Return a list; while there is anything in it, the workspace stores nothing."""
    full = [True]
    store = Workspace.store

    def refuse(self, *arguments, **more):
        if full:
            raise WorkspaceError("The disk is full.")
        return store(self, *arguments, **more)

    monkeypatch.setattr(Workspace, "store", refuse)
    return full


def test_what_is_not_stored_is_said_until_it_is(qtbot, window, session, is_full):
    assert window.keeping.unsaved.isHidden()
    draw(session)
    assert window.keeping.unsaved.isVisible()
    assert "The disk is full." in window.keeping.unsaved.text
    assert len(session.case.lesions) == 2, "the work stays on screen"
    press(qtbot, window.keeping.unsaved, "Try again")
    assert window.keeping.unsaved.isVisible()
    is_full.clear()
    press(qtbot, window.keeping.unsaved, "Try again")
    assert window.keeping.unsaved.isHidden()


def test_it_can_be_stored_elsewhere(qtbot, window, session, is_full, tmp_path, monkeypatch):
    draw(session)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "saved.db"), ""))
    press(qtbot, window.keeping.unsaved, "Store elsewhere…")
    assert "could not" in window.message_bar.text or "full" in window.message_bar.text, "and that this cannot be either is said"
    is_full.clear()
    press(qtbot, window.keeping.unsaved, "Store elsewhere…")
    saved = Workspace(tmp_path / "saved.db")
    (stored,) = saved.readings(f"{session.case.scan.path} {SHAPE}").values()
    assert stored.packed.unpacked().is_same(session.case.reading)
    saved.close()


def test_the_window_does_not_close_over_work_that_would_be_lost(qtbot, window, session, is_full):
    draw(session)
    assert not window.close()
    box_ = window.findChild(QMessageBox)
    assert "The disk is full." in box_.text()
    (stay,) = [button for button in box_.findChildren(QPushButton) if button.text() == "Stay"]
    qtbot.mouseClick(stay, Qt.MouseButton.LeftButton)
    assert window.isVisible()
    is_full.clear()
    session.histories.save_again()
    assert window.close()


def test_who_gives_his_work_up_can_close(qtbot, window, session, is_full):
    draw(session)
    window.close()
    (lose,) = [button for button in window.findChild(QMessageBox).findChildren(QPushButton) if button.text() == "Quit and lose them"]
    qtbot.mouseClick(lose, Qt.MouseButton.LeftButton)
    assert not window.isVisible()


@pytest.fixture
def theirs(session):
    """Let somebody else change the frame, then the reader; return their mask."""
    history = session.histories.of(session._fake_pane.file)
    mask = box(20, 20, 40, 40, SHAPE)
    session.histories._workspace.store(history.frame.key, 0, session.case.reading.added(mask), base=None)
    draw(session)
    return mask


def test_another_readers_work_waits_for_a_decision(qtbot, window, session, theirs):
    bar = window.keeping.conflict
    assert bar.isVisible()
    assert "changed this frame" in bar.text
    assert window.keeping.unsaved.isHidden()
    press(qtbot, bar, "Take theirs")
    assert np.array_equal(session.case.lesions[-1].mask, theirs)
    assert bar.isHidden()
    assert session.histories.is_saved


@pytest.mark.parametrize(("choice", "count"), [("Keep mine", 2), ("Keep both", 4)])
def test_the_reader_can_keep_his_own_or_both(qtbot, window, session, theirs, choice, count):
    press(qtbot, window.keeping.conflict, choice)
    assert len(session.case.lesions) == count
    assert window.keeping.conflict.isHidden()
    assert session.histories.is_saved


def test_the_question_belongs_to_its_frame(window, session, theirs):
    case = session.case
    session.set_case(make_case(make_diagnosis(0.2), scan=None if case is None else type(case.scan)(Path("/scans/other.png"), case.scan.pixels)))
    assert window.keeping.conflict.isHidden()
    session.set_case(case)
    assert window.keeping.conflict.isVisible()


def test_another_readers_work_on_the_frame_beside_waits_for_a_decision_too(qtbot, window, session):
    case = session.case
    session.set_beside(type(case)(type(case.scan)(Path("/scans/other.png"), case.scan.pixels)))
    history = session.histories.of(session._fake_pane_beside.file)
    mask = box(20, 20, 40, 40, SHAPE)
    session.histories._workspace.store(history.frame.key, 0, session.beside.reading.added(mask), base=None)
    session.editing_beside.edit("drawing", session.beside.reading.added(box(0, 0, 5, 5, SHAPE)))
    bar = window.keeping.conflict
    assert bar.isVisible()
    assert "changed the frame beside" in bar.text
    press(qtbot, bar, "Take theirs")
    (lesion,) = session.beside.lesions
    assert np.array_equal(lesion.mask, mask)
    assert bar.isHidden()
    assert session.histories.is_saved


def test_who_quits_without_having_decided_is_told_why_it_is_not_stored(window, session, theirs):
    case = session.case
    session.set_case(type(case)(type(case.scan)(Path("/scans/other.png"), case.scan.pixels)))
    assert not window.close()
    assert UNDECIDED in window.findChild(QMessageBox).text()
