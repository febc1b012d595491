"""The page of what came of a retraining: why, figures, cases, and the ways from there."""

import pytest
from PySide6.QtCore import Qt

from busi_gui.services.retraining import NO_DRIVE, Retraining
from busi_gui.views.retraining.dialog import RetrainDialog
from busi_gui.views.retraining.enlarged import EnlargedCase
from busi_gui.views.retraining.gallery import LEAST_PX
from busi_gui.views.retraining.outlined import NEW, OLD, READER
from busi_gui.views.theme import apply_theme
from models.retraining.events import Kept
from tests.services.retraining_room import BEGINNING, LOOKS_ALIKE, NOTHING_FITTED, PROPOSED, evidence, judged, stepped, whole_run
from tests.views.retraining_desk import RetrainingDesk


@pytest.fixture
def desk(qtbot, tmp_path):
    made = RetrainingDesk(qtbot, tmp_path)
    yield made
    made.close()


@pytest.fixture
def page(desk):
    return desk.open().ending


def rows(table):
    found = [[table.item(row, column) for column in range(table.columnCount())] for row in range(table.rowCount())]
    return [tuple(item.text() for item in row if item is not None) for row in found]


def test_a_good_proposal_may_be_adopted_and_says_what_is_known(desk, page):
    desk.run(*PROPOSED)
    assert page.isVisible()
    for part in (
        "The proposal may be adopted",
        "On your 12 held-out cases the outlines agree better with yours.",
        "The classifier of the lesion stays as it is",
        LOOKS_ALIKE,
        "kept as clinic-1",
        "Not for clinical use.",
    ):
        assert part in page.text()
    assert page.adopt.isEnabled()
    assert page.adopt.text() == "&Adopt clinic-1"
    assert not page.again.isVisible()


def test_figures_stand_side_by_side_for_this_clinic_and_for_others(desk, page):
    desk.run(*PROPOSED)
    told = rows(page.table)
    assert told[0] == ("Your 14 held-out cases of 12 patients",)
    assert told[1] == ("Agreement of the outlines (Dice)", "0.812", "0.846", "+0.034, better", "+0.014 to +0.054", "12")
    assert told[6] == ("120 scans of other clinics",)
    assert told[7] == ("Agreement of the outlines (Dice)", "0.830", "0.826", "−0.004", "−0.008 to ±0.000", "120")
    assert len(told) == 12


def test_where_there_is_room_every_figure_takes_one_line(desk, page, themed):
    apply_theme(themed)
    desk.dialog.resize(1100, 760)
    desk.run(*PROPOSED)
    desk.wait(lambda: page.table.viewport().width() > 900)
    line = page.table.fontMetrics().lineSpacing()
    assert all(page.table.rowHeight(row) < 2 * line for row in range(page.table.rowCount()))


def test_without_other_clinics_their_rows_are_missing(desk, page):
    desk.run(*whole_run(judged(told=evidence(base=False)), Kept("clinic-1")))
    assert len(rows(page.table)) == 6


def test_all_rows_are_seen_and_none_wider_than_the_window(desk, page):
    desk.run(*PROPOSED)
    table = page.table
    for width in (1100, 700):
        desk.dialog.resize(width, 760)
        desk.wait(lambda: table.visualItemRect(table.item(11, 0)).bottom() <= table.viewport().height())
        desk.wait(lambda: table.horizontalHeader().length() <= table.viewport().width())


def test_in_a_narrow_window_no_word_of_a_figure_is_cut(desk, page):
    desk.run(*PROPOSED)
    item, metrics = page.table.item(3, 0), page.table.fontMetrics()
    whole = metrics.horizontalAdvance(item.text())
    desk.dialog.resize(560, 760)
    desk.wait(lambda: page.table.columnWidth(0) < whole)
    room = page.table.columnWidth(0) - metrics.horizontalAdvance("00")
    assert metrics.boundingRect(0, 0, room, 1000, Qt.TextFlag.TextWordWrap, item.text()).height() < page.table.rowHeight(3)


def test_cases_that_change_most_are_shown_with_three_outlines(desk, page):
    desk.run(*PROPOSED)
    desk.wait(lambda: all(picture.has_picture for picture in page.gallery.pictures))
    assert len(page.gallery.pictures) == 3
    for picture in page.gallery.pictures:
        assert picture.hands == ["yours", "networks before", "proposal"]
        assert min(picture.width(), picture.height()) >= LEAST_PX
    for part in ("Most improved held-out cases", "Most worsened held-out cases", "Dice 0.71 → 0.84 (+0.13)", "Dice 0.80 → 0.74 (−0.06)"):
        assert part in page.text()
    assert len({hand.colour for hand in (READER, OLD, NEW)}) == len({hand.dash for hand in (READER, OLD, NEW)}) == 3


def test_a_case_is_enlarged_by_mouse_or_key_and_the_others_are_a_key_away(desk, page, qtbot):
    desk.run(*PROPOSED)
    desk.wait(lambda: all(picture.has_picture for picture in page.gallery.pictures))
    second = page.gallery.pictures[1]
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    desk.wait(lambda: page.findChildren(EnlargedCase))
    (enlarged,) = page.findChildren(EnlargedCase)
    desk.wait(enlarged.isActiveWindow)
    assert enlarged.picture.has_picture
    assert enlarged.picture.hands == second.hands
    assert enlarged.picture.width() > 2 * LEAST_PX
    assert enlarged.text().startswith("2 of 3. ")
    qtbot.keyClick(enlarged, Qt.Key.Key_Right)
    qtbot.keyClick(enlarged, Qt.Key.Key_Right)
    assert enlarged.text().startswith("3 of 3. ")
    for _ in range(3):
        qtbot.keyClick(enlarged, Qt.Key.Key_Left)
    assert enlarged.text().startswith("1 of 3. ")
    enlarged.reject()
    desk.wait(lambda: not page.findChildren(EnlargedCase))
    qtbot.keyClick(page.gallery.pictures[2], Qt.Key.Key_Return)
    desk.wait(lambda: page.findChildren(EnlargedCase))
    (enlarged,) = page.findChildren(EnlargedCase)
    assert enlarged.place == 2
    enlarged.reject()


def test_what_speaks_against_it_is_said_and_it_cannot_be_adopted(desk, page):
    desk.run(*whole_run(judged("The outlines agree no better with yours.", remarks=()), Kept("clinic-1")))
    text = page.text()
    assert text.index("The proposal is not to be adopted") < text.index("The outlines agree no better with yours.") < text.index("kept as clinic-1")
    assert not page.adopt.isEnabled()
    assert page.adopt.toolTip() == "There is no proposal that may be adopted"


def test_where_nothing_was_fitted_there_is_nothing_to_adopt(desk, page):
    desk.run(*BEGINNING, NOTHING_FITTED)
    assert "Nothing was fitted" in page.text()
    assert "6 outlines are shifted." in page.text()
    for part in (page.adopt, page.again, page.table, page.gallery):
        assert not part.isVisible()


def test_adopting_is_asked_first_and_answered(desk, page):
    desk.run(*PROPOSED)
    before = desk.store.in_use().name
    page.adopt.click()
    assert "Use clinic-1 from now on?" in page.question.text
    assert page.question.buttons[0].hasFocus()
    assert not desk.versions.is_busy
    assert desk.store.in_use().name == before
    page.question.buttons[0].click()
    assert not page.question.isVisible()
    desk.wait(lambda: page.answer == "The networks clinic-1 are in use.")
    assert desk.store.in_use().name == "clinic-1"
    assert not page.adopt.isEnabled()
    assert page.adopt.toolTip() == "clinic-1 is in use"


def test_it_says_that_it_is_in_use_only_as_long_as_it_is(desk, page):
    desk.run(*PROPOSED)
    before = desk.store.in_use().name
    page.adopt.click()
    page.question.buttons[0].click()
    desk.wait(lambda: "The proposal is in use" in page.text() and page.answer == "The networks clinic-1 are in use.")
    assert "nobody is made to use it" not in page.text()
    desk.versions.use(before)
    desk.wait(lambda: "The proposal may be adopted" in page.text())
    assert page.answer == ""
    desk.wait(page.adopt.isEnabled)


def test_adopting_can_be_declined(desk, page):
    desk.run(*PROPOSED)
    page.adopt.click()
    page.question.buttons[1].click()
    assert not page.question.isVisible()
    assert page.adopt.hasFocus()
    assert desk.store.in_use().name != "clinic-1"


def test_why_it_could_not_be_adopted_is_said(desk, page):
    desk.run(*whole_run(judged(), Kept("nowhere")))
    page.adopt.click()
    page.question.buttons[0].click()
    desk.wait(lambda: "nowhere" in page.answer and "put in use" not in page.answer)
    desk.wait(lambda: not desk.versions.is_busy)
    assert page.adopt.toolTip() == "nowhere is not on this computer any more"


def test_while_other_networks_are_looked_at_nothing_is_adopted(desk, page):
    desk.run(*PROPOSED)
    page.adopt.click()
    desk.versions.refresh()
    assert not page.adopt.isEnabled()
    assert not page.question.isVisible()
    desk.wait(page.adopt.isEnabled)


def test_what_another_window_did_is_no_answer_here(desk, page):
    desk.run(*PROPOSED)
    desk.versions.delete("a")
    desk.wait(lambda: not desk.versions.is_busy)
    assert page.answer == ""


def test_after_a_failure_it_says_why_and_goes_on(desk, page):
    desk.run(*BEGINNING, *stepped("segmenter", 10), "end 1 There is no room left on the drive.")
    assert "The retraining failed" in page.text()
    assert "There is no room left on the drive." in page.text()
    assert page.again.text() == "&Go on"
    desk.room.play("wait for ever")
    page.again.click()
    assert desk.dialog.page is desk.dialog.running


def test_where_nothing_can_be_kept_it_says_so(qtbot, desk, tmp_path):
    retraining = Retraining(desk.room.workspace, list)
    dialog = RetrainDialog(retraining, desk.versions)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(retraining.listed):
        dialog.show()
    dialog.cases.retrain.click()
    assert NO_DRIVE in dialog.ending.text()
    assert dialog.ending.again.text() == "Try &again"
    assert retraining.shut_down()


def test_the_list_of_networks_is_one_click_away(desk, page, qtbot):
    desk.run(*PROPOSED)
    with qtbot.waitSignal(desk.dialog.networks_wanted):
        page.networks.click()


def test_evidence_that_cannot_be_read_leaves_no_table(desk, page):
    desk.run(*whole_run(judged().__class__(True, (), (), {"clinic": 3}), Kept("clinic-1")))
    assert "cannot be understood" in page.text()
    assert not page.table.isVisible()
