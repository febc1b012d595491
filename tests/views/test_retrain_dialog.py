"""The window of a retraining as a whole, and the line in the status bar that leads to it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QScrollArea, QStatusBar

from busi_gui.views.labels import ElidedLabel
from busi_gui.views.theme import apply_theme
from tests.services.retraining_room import BEGINNING, NOTHING_FITTED, PROPOSED, stepped
from tests.views.retraining_desk import RetrainingDesk


@pytest.fixture
def desk(qtbot, tmp_path):
    made = RetrainingDesk(qtbot, tmp_path)
    yield made
    made.close()


def test_the_page_follows_the_retraining(desk):
    dialog = desk.open()
    assert dialog.page is dialog.cases
    desk.begin(*BEGINNING, "wait on", NOTHING_FITTED)
    assert dialog.page is dialog.running
    desk.room.go("on")
    desk.wait(lambda: dialog.page is dialog.ending)
    dialog.ending.back.click()
    assert dialog.page is dialog.cases
    assert dialog.cases.grid.hasFocus()
    desk.begin(*BEGINNING, "wait for ever")
    assert dialog.page is dialog.running


def test_it_stands_in_nobodys_way_and_no_desktop_makes_an_icon_of_both_windows(desk):
    assert not desk.dialog.isModal()
    assert desk.dialog.windowFlags() & Qt.WindowType.WindowMaximizeButtonHint
    assert desk.dialog.windowFlags() & Qt.WindowType.WindowMinimizeButtonHint


def test_opened_again_it_is_where_it_was(desk):
    dialog = desk.open()
    dialog.move(120, 90)
    place = dialog.pos()
    dialog.hide()
    dialog.move(40, 30)  # as X11 does with a hidden window
    dialog.open_again()
    assert dialog.pos() == place


def test_what_came_of_it_can_be_seen_again(desk):
    dialog = desk.open()
    assert dialog.cases.result.isHidden()
    desk.run(*PROPOSED)
    dialog.ending.back.click()
    assert dialog.page is dialog.cases
    assert dialog.cases.result.isVisible()
    dialog.cases.result.click()
    assert dialog.page is dialog.ending
    assert dialog.ending.gallery.pictures


@pytest.mark.parametrize("leave", ["escape", "close", "hide"])
def test_leaving_hides_it_and_the_training_goes_on(desk, leave):
    dialog = desk.open()
    desk.begin(*BEGINNING, "wait for ever")
    if leave == "escape":
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    elif leave == "close":
        dialog.close()
    else:
        dialog.running.hide_button.click()
    assert not dialog.isVisible()
    assert desk.retraining.progress.is_running
    dialog.open_again()
    assert dialog.page is dialog.running


def test_opened_again_while_it_runs_nothing_is_listed(desk, qtbot):
    desk.open()
    desk.begin(*BEGINNING, "wait for ever")
    with qtbot.assertNotEmitted(desk.retraining.listed, wait=100):
        desk.dialog.open_again()


def test_the_status_bar_says_how_far_it_is_and_then_what_came_of_it(desk):
    strip = desk.strip
    assert strip.isHidden()
    desk.begin(*BEGINNING, *stepped("segmenter", 60, seconds_left=420.0), "wait on", *PROPOSED)
    desk.wait(lambda: strip.full_text == "Retraining: 8 %, about 8 minutes left")
    assert "Fitting the segmenter" in strip.toolTip()
    assert strip.accessibleName() == strip.full_text
    desk.room.go("on")
    desk.wait(lambda: strip.full_text == "Retraining: proposal ready")
    desk.dialog.open_again()
    assert strip.full_text == ""
    assert strip.isHidden()


def test_what_came_of_it_before_the_readers_eyes_is_not_said_again(desk):
    desk.open()
    desk.run(*PROPOSED)
    assert desk.strip.full_text == ""


def test_after_it_was_seen_the_next_retraining_is_told_again(desk):
    desk.open()
    desk.run(*PROPOSED)
    desk.dialog.close()
    desk.run("end 1 No memory.")
    assert desk.strip.full_text == "Retraining failed"


def test_the_status_bar_does_not_grow_and_the_words_give_way(desk, qtbot, themed):
    apply_theme(themed)
    bar, label = QStatusBar(), ElidedLabel()
    qtbot.addWidget(bar)
    label.show_text("networks ready")
    bar.setSizeGripEnabled(False)
    bar.addWidget(label, 1)
    bar.addWidget(desk.strip)
    bar.resize(160, bar.sizeHint().height())
    bar.show()
    before = bar.sizeHint().height()
    desk.begin(*BEGINNING, *stepped("segmenter", 60, seconds_left=420.0), "wait for ever")
    desk.wait(lambda: "8 %" in desk.strip.full_text)
    assert bar.sizeHint().height() == before
    assert bar.minimumSizeHint().width() < 160
    bar.resize(160, before)
    desk.wait(lambda: desk.strip.text() != desk.strip.full_text)


def test_nothing_is_wider_than_a_small_screen_with_large_text(desk, themed, qtbot):
    font = QFont(QApplication.font())
    font.setPointSizeF(font.pointSizeF() * 2)
    themed.setFont(font)
    apply_theme(themed)
    large = type(desk.dialog)(desk.retraining, desk.versions)
    qtbot.addWidget(large)
    large.resize(944, 600)
    with qtbot.waitSignal(desk.retraining.listed):
        large.show()
    desk.run(*PROPOSED)
    for page in (large.ending, large.running, large.cases):
        assert page.minimumSizeHint().width() <= 944
        area = page.findChild(QScrollArea)
        assert area.widget().minimumSizeHint().width() <= 944
    assert (large.width(), large.height()) == (944, 600)


def test_every_button_says_what_it_does_and_every_part_has_a_name(desk):
    dialog = desk.open()
    for button in dialog.findChildren(QPushButton):
        assert button.text()
        assert button.toolTip() or button.text() in ("Close",)
    for part in (dialog.cases.grid, dialog.cases.filter, dialog.running.bar, dialog.running.loss, dialog.running.dice, dialog.ending.table):
        assert part.accessibleName()
