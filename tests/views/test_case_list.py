"""The files beside the open one: what is listed, opened, and marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QBoxLayout

from busi_gui.domain.case import Case, CaseStatus
from busi_gui.services.settings import Settings
from busi_gui.services.states import Activity, CaseEntry, NetworkState, NetworkStatus
from busi_gui.views.actions import Actions
from busi_gui.views.cases.case_list import CaseList
from busi_gui.views.cases.case_order import Order, Sieve
from busi_gui.views.cases.case_rows import ROW_ROLE, Row
from tests.services.comparisons import watch_comparisons
from tests.views.case_lists import PATHS, FakeBook
from tests.views.fake_session import FakeSession, make_scan

READING = Activity("reading", 0.0, True)


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def book(qapp):
    return FakeBook()


@pytest.fixture(autouse=True)
def owner(qapp):
    """Own the actions; it stays to the end, for timers of widgets that are about to be deleted still look at them."""
    return QObject(qapp)


@pytest.fixture
def actions(owner, tmp_path):
    return Actions(Settings(tmp_path / "settings.ini"), owner)


@pytest.fixture
def cases(qtbot, session, book, actions):
    widget = CaseList(session, book, actions)
    qtbot.addWidget(widget)
    widget.resize(255, 400)
    widget.show()
    return widget


def shown(cases):
    return [cases.model.index(row).data() for row in range(cases.model.rowCount())]


def row_of(cases, row):
    return cases.model.index(row).data(ROW_ROLE)


def open_folder(session, book, place=0, probabilities=(0.5, 0.9, 0.1, 0.3)):
    for path, p in zip(PATHS, probabilities, strict=True):
        book.set_entry(path, p)
    session.set_folder(PATHS)
    session.set_case(Case(make_scan(PATHS[place])))


def test_without_a_folder_it_says_what_comes_here(cases):
    assert cases.hint.startswith("No folder is open")
    for part in (cases.view, cases.filter, cases.sieve, cases.order, cases.clear, cases.progress):
        assert not part.isVisible()


def test_files_are_listed_in_the_order_of_the_session_and_the_book_is_asked_for_them(cases, session, book):
    session.set_folder(PATHS)
    assert shown(cases) == ["scan 1.png", "scan 2.png", "scan 10.png", "other.dcm"]
    assert book.folder == PATHS
    assert cases.hint == ""


def test_the_open_file_is_marked_and_selected(cases, session):
    session.set_folder(PATHS)
    session.set_case(Case(make_scan(PATHS[1])))
    assert [row_of(cases, row).is_current for row in range(4)] == [False, True, False, False]
    assert cases.view.currentIndex().row() == 1


def test_a_row_says_in_words_what_it_shows(cases, session, book):
    session.set_folder(PATHS)
    session.set_case(Case(make_scan(PATHS[0])))
    book.set_entry(PATHS[0], 0.83, CaseStatus.REVIEWED, frame_count=120)
    book.set_entry(PATHS[1], 0.12)
    book.set_entry(PATHS[2], None, CaseStatus.CORRECTED)
    book.entries[PATHS[3]] = row_of(cases, 3).entry
    said = [cases.model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(4)]
    assert said == [
        "scan 1.png, 0.83, above the sensitive point (0.31), reviewed, 120 frames, on screen",
        "scan 2.png, 0.12, below the sensitive point (0.31), analysed",
        "scan 10.png, no lesion found, corrected",
        "other.dcm, not looked at yet",
    ]
    assert cases.model.index(1).data(Qt.ItemDataRole.ToolTipRole).splitlines()[0] == str(PATHS[1])


@pytest.mark.parametrize(
    ("entry", "in_use", "said"),
    [
        (CaseEntry(PATHS[0], is_analysed=True, p_malignant=0.8, networks="version 0.2.2+a, made from 0.2.2; unet; b0"), "", "by networks 0.2.2+a"),
        (CaseEntry(PATHS[0], is_analysed=True, networks="version 0.2.2; unet; b0"), "version 0.2.2; unet; b0", "by networks 0.2.2"),
        (CaseEntry(PATHS[0], is_analysed=True, networks="version 0.2.1; u"), "version 0.2.2; u", "by networks 0.2.1, which are not in use now"),
        (CaseEntry(PATHS[0], is_analysed=True), "version 0.2.2; u", ""),
        (CaseEntry(PATHS[0], networks="version 0.2.2; u"), "version 0.2.2; u", ""),
        (CaseEntry(PATHS[0], status=CaseStatus.CORRECTED, is_analysed=True, networks="version 0.2.2; u"), "", ""),
    ],
)
def test_it_says_which_networks_have_said_it(entry, in_use, said):
    row = Row("scan.png", entry, networks=in_use)
    assert row.said_by == said
    assert not said or said in row.facts


def test_of_what_is_no_ultrasound_no_probability_is_listed(cases, session, book):
    session.set_folder(PATHS)
    book.set_entry(PATHS[0], 0.9, is_doubted=True)
    row = row_of(cases, 0)
    assert row.outcome == "no ultrasound?"
    assert row.is_above is None


def test_a_file_that_cannot_be_read_says_why_in_its_tooltip(cases, session, book):
    session.set_folder(PATHS)
    book.set_new(PATHS[2], error="scan 10.png is damaged. Copy it again.")
    assert cases.model.index(2).data(Qt.ItemDataRole.ToolTipRole) == f"{PATHS[2]}\nscan 10.png is damaged. Copy it again."
    assert row_of(cases, 2).status is None


def test_without_networks_a_probability_lies_on_no_side(qtbot, book, actions):
    session = FakeSession(NetworkState(NetworkStatus.LOADING))
    widget = CaseList(session, book, actions)
    qtbot.addWidget(widget)
    open_folder(session, book)
    assert row_of(widget, 1).is_above is None
    session.set_network(FakeSession().network)
    assert [row_of(widget, row).is_above for row in range(4)] == [True, True, False, False]


def test_a_click_opens_a_file_and_so_does_enter(cases, session, qtbot):
    session.set_folder(PATHS)
    qtbot.mouseClick(cases.view.viewport(), Qt.MouseButton.LeftButton, pos=cases.view.visualRect(cases.model.index(2)).center())
    cases.view.setCurrentIndex(cases.model.index(3))
    qtbot.keyClick(cases.view, Qt.Key.Key_Return)
    assert session.calls == [("open", PATHS[2]), ("open", PATHS[3])]


def test_the_filter_leaves_what_has_the_words_in_its_name(cases, session, qtbot):
    session.set_folder(PATHS)
    qtbot.keyClicks(cases.filter, "SCAN 1")
    assert shown(cases) == ["scan 1.png", "scan 10.png"]
    qtbot.mouseClick(cases.view.viewport(), Qt.MouseButton.LeftButton, pos=cases.view.visualRect(cases.model.index(1)).center())
    assert session.calls == [("open", PATHS[2])]


def test_a_filter_that_leaves_nothing_says_so_and_can_be_cleared(cases, session, book, qtbot):
    open_folder(session, book)
    cases.filter.setText("scan")
    cases.sieve.choose(Sieve.REVIEWED)
    book.set_progress(4)
    assert cases.hint == "No file here with “scan” in its name is reviewed."
    qtbot.mouseClick(cases.clear, Qt.MouseButton.LeftButton)
    assert (cases.filter.text(), cases.sieve.choice, cases.hint) == ("", Sieve.ALL, "")
    assert shown(cases) == ["scan 1.png", "scan 2.png", "scan 10.png", "other.dcm"]


def test_while_files_are_looked_at_an_empty_list_does_not_say_there_is_none(cases, session, book):
    session.set_folder(PATHS)
    cases.sieve.choose(Sieve.NEW)
    assert cases.hint.startswith("Of the files looked at so far")
    book.set_progress(4)
    assert cases.hint == "No file here is new."


def test_the_filter_keeps_to_the_top_when_nothing_is_left(cases, session, book):
    open_folder(session, book)
    book.set_progress(4)
    cases.resize(190, 700)  # too narrow for both choices in one line
    cases.filter.setText("no such name")
    QApplication.sendPostedEvents()
    assert cases.hint
    assert cases.order.mapTo(cases, cases.order.rect().bottomLeft()).y() <= cases.sizeHint().height() < 250
    cases.filter.clear()
    QApplication.sendPostedEvents()
    assert cases.view.geometry().bottom() > cases.height() - 12, "the list has the rest"


def test_cases_can_be_put_in_order_of_probability_and_sieved_by_the_keyboard(cases, session, book, qtbot):
    open_folder(session, book)
    cases.order.setFocus()
    qtbot.keyClick(cases.order, Qt.Key.Key_Down)
    assert cases.order.choice is Order.PROBABILITY
    assert shown(cases) == ["scan 2.png", "scan 1.png", "other.dcm", "scan 10.png"]
    qtbot.keyClick(cases.sieve, Qt.Key.Key_End)
    assert cases.sieve.choice is Sieve.UNCERTAIN
    assert shown(cases) == []
    qtbot.keyClick(cases.sieve, Qt.Key.Key_Up)
    assert shown(cases) == ["scan 2.png", "scan 1.png"]


def test_the_previous_and_the_next_follow_the_list(cases, session, book, actions):
    open_folder(session, book, place=0)
    actions["next"].trigger()
    assert session.calls == [("step", 1)]  # the folder's own order is the session's
    cases.order.choose(Order.PROBABILITY)  # scan 2, scan 1, other, scan 10
    assert [cases.neighbour(offset) for offset in (-2, -1, 1, 2, 3)] == [None, PATHS[1], PATHS[3], PATHS[2], None]
    actions["next"].trigger()
    actions["next"].trigger()  # faster than a file is read
    assert session.calls[1:] == [("open", PATHS[3]), ("open", PATHS[2])]
    assert not actions["next"].isEnabled()
    session.set_case(Case(make_scan(PATHS[2])))
    actions["previous"].trigger()
    assert session.calls[3:] == [("open", PATHS[3])]


def test_from_a_case_that_the_filter_leaves_out_it_goes_on_where_that_would_stand(cases, session, book):
    open_folder(session, book, place=2, probabilities=(0.5, 0.9, 0.1, 0.4))
    cases.sieve.choose(Sieve.ABOVE)
    assert shown(cases) == ["scan 1.png", "scan 2.png", "other.dcm"]
    assert [cases.neighbour(-1), cases.neighbour(1)] == [PATHS[1], PATHS[3]]


def test_what_is_found_in_the_case_on_screen_does_not_carry_it_away(cases, session, book, actions):
    for path, p in ((PATHS[0], 0.5), (PATHS[1], 0.2)):
        book.set_entry(path, p)
    book.set_new(PATHS[2])
    book.set_new(PATHS[3])
    session.set_folder(PATHS)
    cases.order.choose(Order.PROBABILITY)
    session.set_case(Case(make_scan(PATHS[2])))
    book.set_entry(PATHS[2], 0.99)
    cases.model.arrange()
    assert shown(cases) == ["scan 1.png", "scan 2.png", "scan 10.png", "other.dcm"]
    assert cases.neighbour(1) == PATHS[3]
    session.set_case(Case(make_scan(PATHS[3])))  # once the reader has gone on
    assert shown(cases) == ["scan 10.png", "scan 1.png", "scan 2.png", "other.dcm"]
    assert cases.view.currentIndex().data() == "other.dcm"


def test_a_case_that_was_on_screen_before_it_was_looked_at_comes_in_when_it_is(cases, session, book):
    session.set_folder(PATHS)
    session.set_case(Case(make_scan(PATHS[1])))
    cases.sieve.choose(Sieve.REVIEWED)
    assert shown(cases) == []
    book.set_entry(PATHS[1], 0.7, CaseStatus.REVIEWED)
    cases.model.arrange()
    assert shown(cases) == ["scan 2.png"]


def test_a_case_that_is_marked_as_reviewed_stays_among_the_analysed_until_the_next(cases, session, book):
    open_folder(session, book, place=1)
    cases.sieve.choose(Sieve.ANALYSED)
    book.set_entry(PATHS[1], 0.9, CaseStatus.REVIEWED)
    cases.model.arrange()
    assert "scan 2.png" in shown(cases)
    session.set_case(Case(make_scan(PATHS[2])))
    assert shown(cases) == ["scan 1.png", "scan 10.png", "other.dcm"]


def test_files_move_to_their_place_as_more_becomes_known(cases, session, book, qtbot):
    session.set_folder(PATHS)
    session.set_case(Case(make_scan(PATHS[0])))
    cases.order.choose(Order.PROBABILITY)
    book.set_entry(PATHS[3], 0.7)
    qtbot.waitUntil(lambda: shown(cases)[0] == "other.dcm")
    assert cases.view.currentIndex().data() == "scan 1.png"


def test_one_file_that_cannot_be_read_does_not_bar_the_way_to_the_next(cases, session, book, actions):
    open_folder(session, book, place=1)
    cases.order.choose(Order.PROBABILITY)  # scan 2, scan 1, other, scan 10
    actions["next"].trigger()
    session.set_activity(READING)
    session.set_activity(None)
    session.failed.emit("scan 1.png is damaged.")
    actions["next"].trigger()
    assert session.calls == [("open", PATHS[0]), ("open", PATHS[3])]


def test_after_a_read_that_the_reader_stopped_it_goes_on_from_the_case_on_screen(cases, session, book, actions):
    open_folder(session, book, place=1)
    cases.order.choose(Order.PROBABILITY)
    for _ in range(2):
        actions["next"].trigger()
        session.set_activity(READING)
        session.set_activity(None)
    assert session.calls == [("open", PATHS[0]), ("open", PATHS[0])]


def test_the_ends_of_the_list_are_the_ends_of_the_way(cases, session, book, actions):
    assert not actions["next"].isEnabled()
    open_folder(session, book, place=0)
    assert [actions[name].isEnabled() for name in ("previous", "next")] == [False, True]
    session.set_case(Case(make_scan(PATHS[3])))
    assert [actions[name].isEnabled() for name in ("previous", "next")] == [True, False]


def test_the_action_shows_and_changes_whether_the_case_on_screen_is_reviewed(cases, session, book, actions):
    reviewed = actions["reviewed"]
    assert not reviewed.isEnabled()
    open_folder(session, book, place=0)
    assert reviewed.isEnabled()
    reviewed.trigger()
    assert session.calls == [("set_reviewed", True)]
    session.set_status(CaseStatus.REVIEWED)
    book.set_entry(PATHS[0], 0.5, CaseStatus.REVIEWED)
    assert reviewed.isChecked()
    session.set_status(CaseStatus.NEW)
    session.set_case(Case(make_scan(PATHS[1])))
    assert not reviewed.isChecked()
    assert session.calls == [("set_reviewed", True)]


def test_the_action_knows_of_a_reviewed_file_that_is_not_in_the_list(cases, session, actions):
    session.set_status(CaseStatus.REVIEWED)
    session.set_case(Case(make_scan(Path("elsewhere.scan"))))
    assert actions["reviewed"].isChecked()


def test_the_menu_of_a_row_opens_it_or_lays_it_beside(cases, session, book):
    open_folder(session, book, place=0)
    menu = cases.menu_of(PATHS[2])
    assert [action.text() for action in menu.actions()] == ["Open", "Open beside"]
    for action in menu.actions():
        action.trigger()
    assert session.calls == [("open", PATHS[2]), ("open_beside", PATHS[2])]


def test_the_menu_of_the_case_on_screen_marks_it_as_reviewed(cases, session, book, actions):
    open_folder(session, book, place=0)
    menu = cases.menu_of(PATHS[0])
    assert menu.actions()[-1] is actions["reviewed"]
    assert not menu.actions()[1].isEnabled()  # beside itself


def test_rows_in_sight_are_told_to_the_book(cases, session, book, qtbot):
    paths = tuple(Path("/scans") / f"{n}.png" for n in range(1000))
    session.set_folder(paths)
    qtbot.waitUntil(lambda: bool(book.sights))
    height = cases.view.visualRect(cases.model.index(0)).height()
    most = cases.view.viewport().height() // height + 2
    assert book.sights[-1][0] == paths[0]
    assert len(book.sights[-1]) <= most
    cases.view.scrollToBottom()
    qtbot.waitUntil(lambda: book.sights[-1][-1] == paths[-1])
    assert len(book.sights[-1]) <= most


def test_progress_is_shown_while_thumbnails_are_made(cases, session, book):
    session.set_folder(PATHS)
    assert cases.progress.isVisible()
    book.set_progress(3)
    assert cases.progress_text.full_text == "thumbnails 3 of 4"
    assert cases.progress.value() == 3
    book.set_progress(4)
    assert not cases.progress.isVisible()


def test_a_large_folder_is_not_looked_through_for_each_case(cases, session, book, monkeypatch):
    paths = tuple(Path("/scans") / f"{n}.png" for n in range(2000))
    session.set_folder(paths)
    cases.hide()  # drawing rows compares those in sight
    compared = watch_comparisons(monkeypatch)
    session.set_case(Case(make_scan(Path("/scans/1999.png"))))
    book.set_entry(paths[1999], 0.8)
    assert cases.view.currentIndex().row() == 1999
    assert len(compared) < 20


def test_a_session_that_has_a_folder_already_is_shown(qtbot, session, book, actions):
    session.set_folder(PATHS)
    session.set_case(Case(make_scan(PATHS[3])))
    widget = CaseList(session, book, actions)
    qtbot.addWidget(widget)
    assert widget.view.currentIndex().data() == "other.dcm"


@pytest.mark.parametrize(("width", "way"), [(600, QBoxLayout.Direction.LeftToRight), (160, QBoxLayout.Direction.TopToBottom)])
def test_in_a_narrow_panel_the_choices_lie_one_under_the_other_whole(cases, session, qtbot, width, way):
    session.set_folder(PATHS)
    cases.resize(width, 400)
    choices = (cases.sieve, cases.order)
    qtbot.waitUntil(lambda: all(choice.width() >= choice.sizeHint().width() for choice in choices))
    assert cases._choices.direction() == way
