"""The question how long a line is, and what speaks against the answer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from busi_gui.domain.callipers import Distance, Point
from busi_gui.domain.scan import Spacing
from busi_gui.views.measuring.calibration_dialog import CalibrationDialog
from tests.views.measured import scan_of, two_parts

UPRIGHT = Distance(Point(10, 100), Point(10, 200))
UNCALIBRATED = scan_of(spacing=None, shape=(480, 600))


@pytest.fixture
def ask(qtbot):
    def ask(scan=UNCALIBRATED, line=UPRIGHT, length=10.0):
        dialog = CalibrationDialog(scan, line)
        qtbot.addWidget(dialog)
        dialog.length.setValue(length)
        return dialog

    return ask


def test_it_says_what_scale_the_line_makes(ask):
    dialog = ask(length=8.1)
    assert dialog.scale == "100 px: 0.081 mm per pixel. The whole picture would be 49 mm wide and 39 mm deep."
    assert dialog.cautions == ""


def test_the_answer_is_one_scale_for_rows_and_columns(ask, qtbot):
    dialog = ask(length=20)
    with qtbot.waitSignal(dialog.calibrated) as calibrated:
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert calibrated.args == [Spacing(0.2, 0.2)]


def test_the_length_can_be_given_in_centimetres(ask):
    dialog = ask(length=4)
    dialog.unit.setCurrentText("cm")
    assert dialog.length.value() == 4
    assert dialog.ruler.length_mm == 40


def test_a_cancelled_question_calibrates_nothing(ask, qtbot):
    dialog = ask()
    with qtbot.assertNotEmitted(dialog.calibrated):
        QTest.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)


def test_a_scale_that_no_scan_has_is_refused(ask, qtbot):
    dialog = ask(length=300)
    assert "No ultrasound scan has this scale (0.002 to 2 mm per pixel)" in dialog.cautions
    assert not dialog.ok.isEnabled()
    with qtbot.assertNotEmitted(dialog.calibrated):
        QTest.keyClick(dialog.length, Qt.Key.Key_Return)
    dialog.length.setValue(10)
    assert dialog.ok.isEnabled()


def test_where_the_file_has_a_scale_both_are_said_and_the_reader_chooses(ask):
    dialog = ask(scan_of(spacing=Spacing(0.08, 0.08)), length=11)
    assert dialog.cautions == "The file says 0.08 mm per pixel, your ruler 0.11. Check which is right before you measure."
    assert (dialog.ok.text(), dialog.cancel.text()) == ("Use my ruler", "Keep the file's scale")


def test_a_ruler_that_agrees_with_the_file_is_no_reason_for_care(ask):
    assert ask(scan_of(spacing=Spacing(0.1, 0.1)), length=10.1).cautions == ""


def test_pixels_that_the_file_calls_oblong_are_named(ask):
    assert "0.1 (down) × 0.2 (across) mm per pixel" in ask(scan_of(spacing=Spacing(0.1, 0.2)), length=10).cautions


def test_one_scale_for_parts_with_different_ones_is_a_reason_for_care(ask):
    dialog = ask(two_parts().scan, length=10)
    assert "scales of their own: 0.1 and 0.3 mm per pixel. Yours (0.1) would hold for all of it." in dialog.cautions


def test_an_earlier_calibration_by_hand_is_not_called_the_files(ask):
    dialog = ask(scan_of().calibrated(Spacing(0.2, 0.2)), length=10)
    assert dialog.cautions.startswith("Your calibration by hand so far says 0.2 mm per pixel, your ruler 0.1.")
    assert dialog.cancel.text() == "Keep the scale"


@pytest.mark.parametrize(("x", "is_warned"), [(18, False), (20, True)])
def test_a_line_that_is_more_than_five_degrees_off_is_a_reason_for_care(ask, x, is_warned):
    dialog = ask(line=Distance(Point(10, 100), Point(x, 200)))
    assert ("° off the horizontal or vertical" in dialog.cautions) is is_warned
    assert dialog.ok.isEnabled()


def test_a_short_line_is_a_reason_for_care(ask):
    dialog = ask(line=Distance(Point(10, 100), Point(10, 120)), length=2)
    assert "one pixel more or less is 5 % of every length" in dialog.cautions


def test_every_sentence_is_shown_whole_however_many_there_are(ask):
    dialog = ask(two_parts().scan, Distance(Point(10, 10), Point(20, 20)), 400)
    dialog.show()
    assert len(dialog.cautions.splitlines()) == 4
    for words in dialog.findChildren(type(dialog._scale)):
        assert words.height() >= words.heightForWidth(words.width())
