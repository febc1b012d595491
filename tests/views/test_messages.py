"""What the user is told when something went wrong."""

import gc
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QScrollArea

from busi_gui.licences import of_this_program
from busi_gui.services.settings import Settings
from busi_gui.views.about import about_dialog, networks_dialog
from busi_gui.views.labels import Words
from busi_gui.views.messages import BugDialog, MessageBar, show_bug
from busi_gui.views.notice import VERSION, show_notice_once
from busi_gui.views.theme import apply_theme
from tests.views.fake_session import NETWORK, READY

TEXT = "/scans/a very/long_path/to-a_file_with_a_name_that_does_not_end.dcm cannot be read: it is empty. Copy it again."


@pytest.fixture
def bar(qtbot):
    widget = MessageBar()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def told(qapp):
    qapp.setProperty("bugs_told", None)
    yield
    qapp.setProperty("bugs_told", None)


def test_the_bar_is_away_until_there_is_something_to_say(bar):
    assert not bar.isVisible()
    bar.show_message(TEXT)
    assert bar.isVisible()
    assert bar.text == TEXT


def test_a_message_can_be_copied_whole(bar, qtbot):
    bar.show_message(TEXT)
    qtbot.mouseClick(bar.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == TEXT


def test_a_message_can_be_closed(bar, qtbot):
    bar.show_message(TEXT)
    with qtbot.waitSignal(bar.closed):
        qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert bar.text == ""


def test_a_later_message_takes_the_place_of_the_first(bar):
    bar.show_message("first")
    bar.show_message("second")
    assert bar.text == "second"


def test_a_bug_is_shown_once_with_its_details(qtbot, told):
    dialog = show_bug("Traceback\nZeroDivisionError: division by zero")
    assert dialog is not None
    qtbot.addWidget(dialog)
    assert dialog.isModal()
    assert "ZeroDivisionError" in dialog.findChildren(QPlainTextEdit)[0].toPlainText()
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text().endswith("division by zero")
    dialog.close()
    assert show_bug("Traceback\nZeroDivisionError: division by zero") is None


def test_a_bug_says_where_its_report_lies(qtbot, told):
    dialog = show_bug("Traceback", Path("/reader/log/crash-1.txt"))
    assert dialog is not None
    qtbot.addWidget(dialog)
    assert any(str(Path("/reader/log/crash-1.txt")) in words.text() for words in dialog.findChildren(Words))
    dialog.close()


def test_another_bug_is_shown_when_the_first_dialog_is_closed(qtbot, told):
    for text in ("first", "second"):
        dialog = show_bug(text)
        assert dialog is not None
        qtbot.addWidget(dialog)
        dialog.close()


def test_another_bug_while_the_dialog_is_open_is_listed_in_it(qtbot, told):
    dialog = show_bug("first")
    assert dialog is not None
    qtbot.addWidget(dialog)
    for text in ("second", "first", "second"):
        assert show_bug(text) is None
    assert dialog.findChildren(QPlainTextEdit)[0].toPlainText() == "first\n\nsecond"
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "first\n\nsecond"


def test_the_dialog_stays_when_nobody_keeps_it(qtbot, told):
    gc.freeze()  # what earlier tests left is not this one's
    show_bug("first")
    gc.collect()
    gc.unfreeze()
    dialogs = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, BugDialog) and widget.isVisible()]
    assert len(dialogs) == 1
    qtbot.addWidget(dialogs[0])


def test_bugs_without_end_do_not_fill_the_dialog_without_end(qtbot, told):
    dialog = show_bug("0")
    assert dialog is not None
    qtbot.addWidget(dialog)
    for n in range(1, 1000):
        show_bug(str(n))
    assert len(dialog.findChildren(QPlainTextEdit)[0].toPlainText()) < 200


def test_the_notice_is_shown_until_it_is_accepted(qtbot, tmp_path, bar):
    settings = Settings(tmp_path / "settings.ini")
    dialog = show_notice_once(bar, settings)
    assert dialog is not None
    qtbot.addWidget(dialog)
    assert dialog.isModal()
    dialog.accept()
    assert Settings(tmp_path / "settings.ini").accepted_notice == VERSION
    assert show_notice_once(bar, settings) is None


def test_declining_the_notice_closes_the_window(qtbot, tmp_path, bar):
    settings = Settings(tmp_path / "settings.ini")
    bar.show()
    dialog = show_notice_once(bar, settings)
    assert dialog is not None
    dialog.reject()
    assert not bar.isVisible()
    assert settings.accepted_notice == ""


def test_about_names_version_notice_networks_and_data(qtbot):
    dialog = about_dialog(READY, of_this_program())
    qtbot.addWidget(dialog)
    sources = ("Data in Brief 28 (2020) 104863", "Medical Physics 51 (2024) 3110", "LGPL")
    for part in ("busi-gui 0.", "Not for clinical use", NETWORK.segmenter, *sources):
        assert part in dialog.text()


def test_about_the_networks_says_what_the_operating_point_costs(qtbot):
    dialog = networks_dialog(READY)
    qtbot.addWidget(dialog)
    assert "from a probability of 0.31" in dialog.text()
    assert "95 of 100 cancers" in dialog.text()


def test_the_hashes_of_the_weights_are_not_cut_off_at_the_right(qtbot, themed):
    apply_theme(themed)
    assert READY.info is not None
    info = replace(READY.info, hashes={"classifier-lesion.weights.h5": "0123456789abcdef" * 4})
    dialog = networks_dialog(replace(READY, info=info))
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    (area,) = dialog.findChildren(QScrollArea)
    body = area.widget()
    assert body is not None
    assert body.width() <= area.viewport().width()
