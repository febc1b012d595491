"""The files beside the open one."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.case import Case
from busi_gui.views.folder_list import CURRENT_ROLE, OUTCOME_ROLE, FolderList
from tests.services.comparisons import watch_comparisons
from tests.views.fake_session import FakeSession, make_case, make_diagnosis, make_scan

PATHS = tuple(Path("/scans") / name for name in ("scan 1.png", "scan 2.png", "scan 10.png", "other.dcm"))


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def files(qtbot, session):
    widget = FolderList(session)
    qtbot.addWidget(widget)
    widget.resize(220, 400)
    widget.show()
    return widget


def shown(files):
    model = files.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def row_data(files, row, role):
    return files.view.model().index(row, 0).data(role)


def test_without_a_folder_it_says_what_comes_here(files):
    assert files.hint.startswith("No folder is open")
    assert not files.view.isVisible()
    assert not files.filter.isVisible()


def test_files_are_listed_in_the_order_of_the_session(files, session):
    session.set_folder(PATHS)
    assert shown(files) == ["scan 1.png", "scan 2.png", "scan 10.png", "other.dcm"]
    assert files.hint == ""


def test_the_open_file_is_marked_and_selected(files, session):
    session.set_folder(PATHS)
    session.set_case(Case(make_scan(PATHS[1])))
    assert [row_data(files, row, CURRENT_ROLE) for row in range(4)] == [False, True, False, False]
    assert files.view.currentIndex().row() == 1


def test_a_file_analysed_in_this_sitting_shows_its_probability(files, session):
    session.set_folder(PATHS)
    session.set_case(make_case(make_diagnosis(0.83), scan=make_scan(PATHS[0])))
    session.set_case(make_case(scan=make_scan(PATHS[1])))
    session.set_case(make_case(make_diagnosis(0.12), scan=make_scan(PATHS[2])))
    outcomes = [row_data(files, row, OUTCOME_ROLE) for row in range(4)]
    assert [outcome.text if outcome else None for outcome in outcomes] == ["0.83", "no lesion", "0.12", None]
    assert row_data(files, 0, Qt.ItemDataRole.AccessibleTextRole) == "scan 1.png, 0.83, above the sensitive point"
    assert row_data(files, 2, Qt.ItemDataRole.AccessibleTextRole) == "scan 10.png, 0.12, below the sensitive point"
    assert "above the sensitive point" in row_data(files, 0, Qt.ItemDataRole.ToolTipRole)
    assert row_data(files, 3, Qt.ItemDataRole.ToolTipRole) == str(PATHS[3])
    assert not files.grab().isNull()


def test_a_click_opens_a_file(files, session, qtbot):
    session.set_folder(PATHS)
    place = files.view.visualRect(files.view.model().index(2, 0)).center()
    qtbot.mouseClick(files.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.calls == [("open", PATHS[2])]


def test_enter_opens_the_chosen_file(files, session, qtbot):
    session.set_folder(PATHS)
    files.view.setCurrentIndex(files.view.model().index(3, 0))
    qtbot.keyClick(files.view, Qt.Key.Key_Return)
    assert session.calls == [("open", PATHS[3])]


def test_the_filter_leaves_what_has_the_words_in_its_name(files, session, qtbot):
    session.set_folder(PATHS)
    qtbot.keyClicks(files.filter, "SCAN 1")
    assert shown(files) == ["scan 1.png", "scan 10.png"]
    place = files.view.visualRect(files.view.model().index(1, 0)).center()
    qtbot.mouseClick(files.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.calls == [("open", PATHS[2])]


def test_a_filter_that_leaves_nothing_says_so(files, session):
    session.set_folder(PATHS)
    files.filter.setText("tif")
    assert files.hint == "No file here has “tif” in its name."
    assert files.filter.isVisible()


def test_a_large_folder_is_not_looked_through_for_each_case(files, session, monkeypatch):
    paths = tuple(Path("/scans") / f"{n}.png" for n in range(2000))
    session.set_folder(paths)
    files.hide()  # drawing rows compares those in sight
    compared = watch_comparisons(monkeypatch)
    session.set_case(make_case(make_diagnosis(0.8), scan=make_scan(Path("/scans/1999.png"))))
    assert files.view.currentIndex().row() == 1999
    assert len(compared) < 20


def test_a_session_that_has_a_folder_already_is_shown(qtbot, session):
    session.set_folder(PATHS)
    session.set_case(Case(make_scan(PATHS[3])))
    widget = FolderList(session)
    qtbot.addWidget(widget)
    assert widget.view.currentIndex().data() == "other.dcm"
