"""The page of approved cases: what is learned from, and whether it is enough."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import create_engine, text

from busi_gui.services.retraining_progress import RetrainingStatus
from busi_gui.views.retraining.case_words import NOTHING_HEADING, CaseEntry, CaseFilter
from busi_gui.views.retraining.words import RETRAIN_TIP
from tests.services.retraining_room import LOOKS_ALIKE, NOTHING_FITTED, approve, whole_run
from tests.views.retraining_desk import RetrainingDesk


@pytest.fixture
def desk_of(qtbot, tmp_path):
    made = []

    def desk_of(cases):
        made.append(RetrainingDesk(qtbot, tmp_path, cases))
        return made[-1]

    yield desk_of
    for desk in made:
        desk.close()


def tell(desk, statement):
    """Do something to the Workspace that no window does."""
    engine = create_engine(f"sqlite:///{desk.room.folder / 'workspace.db'}")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def tip(page, row):
    return page.grid.model().index(row, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_every_approved_case_is_shown_and_counted(desk_of):
    page = desk_of(15).open().cases
    assert page.isVisible()
    assert page.grid.count == 15
    assert "Learned from: 12 cases of 12 patients, 5 with a recorded outcome." in page.text()
    assert "Held out to compare on: 3 cases of 3 patients, 2 with a recorded outcome." in page.text()
    assert "where a replay pack is there" in page.text()
    assert page.retrain.isEnabled()
    assert page.retrain.isDefault()
    assert page.retrain.toolTip() == RETRAIN_TIP


def test_each_says_what_is_done_with_it(desk_of):
    page = desk_of(15).open().cases
    assert "The networks learn from it." in tip(page, 0)
    assert "never learned from, only compared on" in tip(page, 4)
    assert page.grid.model().index(4, 0).data() == "corrected outline, malignant, held out"


def test_with_the_keyboard_the_same_is_said_below(desk_of):
    page = desk_of(15).open().cases
    page.grid.setFocus()
    page.grid.setCurrentIndex(page.grid.model().index(3, 0))
    QTest.keyClick(page.grid, Qt.Key.Key_Right)
    assert "Held out: it is never learned from, only compared on." in page.text()


def test_a_filter_shows_some_and_keeps_the_current_case_where_it_can(desk_of):
    page = desk_of(15).open().cases
    page.grid.setCurrentIndex(page.grid.model().index(4, 0))
    page.choose(CaseFilter.HELD_OUT)
    assert page.filter.currentText() == "Held out (3)"
    assert page.grid.count == 3
    assert page.grid.currentIndex().row() == 0
    page.choose(CaseFilter.EMPTY)
    assert page.grid.count == 2
    assert "Choose a case" in page.text()


def test_too_few_say_what_lacks_and_cannot_be_retrained_with(desk_of):
    page = desk_of(4).open().cases
    assert page.grid.count == 4
    assert not page.retrain.isEnabled()
    for reason in ("5 are the least that says anything of a clinic", "no held-out cases with a lesion"):
        assert reason in page.text()
        assert reason in page.retrain.toolTip()


def test_without_any_it_says_what_approving_is(desk_of):
    page = desk_of(0).open().cases
    assert NOTHING_HEADING in page.text()
    assert "(Ctrl+Return)" in page.text()
    assert not page.grid.isVisible()
    assert not page.retrain.isEnabled()


def test_what_was_approved_meanwhile_is_there_when_it_is_opened_again(desk_of, qtbot):
    desk = desk_of(4)
    page = desk.open().cases
    approve(desk.room.workspace, 5)
    with qtbot.waitSignal(desk.retraining.listed):
        desk.dialog.open_again()
    assert page.grid.count == 5


def test_a_damaged_case_is_left_out_and_says_so(desk_of):
    desk = desk_of(5)
    tell(desk, "update approvals set kind = 'nonsense' where key like '%1'")
    page = desk.open().cases
    assert "is damaged in the Workspace" in tip(page, 0)
    assert "Left out: 1 damaged approval." in page.text()
    page.choose(CaseFilter.LEFT_OUT)
    assert page.grid.count == 1


def test_a_failure_is_a_sentence_and_can_be_tried_again(desk_of, qtbot):
    desk = desk_of(5)
    tell(desk, "alter table approvals rename to hidden")
    page = desk.dialog.cases
    with qtbot.waitSignal(desk.retraining.failed):
        desk.dialog.open_again()
    assert "What is approved cannot be listed" in page.text()
    assert page.again.isVisible()
    assert not page.retrain.isEnabled()
    assert not page.grid.isVisible()
    tell(desk, "alter table hidden rename to approvals")
    with qtbot.waitSignal(desk.retraining.listed):
        page.again.click()
    assert page.grid.count == 5
    assert not page.again.isVisible()


def test_after_an_examination_what_looked_wrong_is_said_of_its_case(desk_of, qtbot):
    desk = desk_of(15)
    dialog = desk.open()
    desk.run(*whole_run(NOTHING_FITTED))
    with qtbot.waitSignal(desk.retraining.listed):
        dialog.ending.back.click()
    assert dialog.page is dialog.cases
    assert LOOKS_ALIKE in tip(dialog.cases, 1).replace("\n", " ")
    dialog.cases.choose(CaseFilter.LEFT_OUT)
    assert dialog.cases.grid.count == 1


def test_enter_begins(desk_of):
    desk = desk_of(15)
    page = desk.open().cases
    desk.room.play("wait for ever")
    page.grid.setFocus()
    QTest.keyClick(page.grid, Qt.Key.Key_Return)
    assert desk.retraining.progress.status is RetrainingStatus.RUNNING


def test_a_thousand_cases_are_shown_at_once(desk_of, qtbot):
    page = desk_of(5).open().cases
    some = [page.grid.model().index(row, 0).data(Qt.ItemDataRole.UserRole) for row in range(5)]
    page.grid.show_entries([CaseEntry(some[number % 5].note) for number in range(1000)])
    assert page.grid.count == 1000
    page.grid.scrollToBottom()
    page.grid.grab()
    assert page.grid.indexAt(page.grid.viewport().rect().center()).row() > 900
