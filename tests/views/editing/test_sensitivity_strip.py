"""The network's own threshold is moved for one lesion, and the reader watches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from busi_gui.domain.case import Case
from busi_gui.domain.reading import MaskSource
from busi_gui.domain.sensitivity import Sensitivity
from tests.views.mask_room import BEFORE, NONE, Room, analysed, box, disc_scan, outlined


@pytest.fixture
def room(qtbot, tmp_path):
    """A lesion that the network has outlined."""
    return Room(qtbot, tmp_path, analysed())


def press(room, key, times=1):
    for _ in range(times):
        QTest.keyClick(room.editor.tuning.strip.slider, key)


def opened(room):
    room.window.commands["sensitivity"].trigger()
    return room.editor.tuning


def network_mask(room):
    return room.session.case.analysis.lesions[0].mask


def at(room, threshold):
    return Sensitivity(room.session.case.analysis.probability, network_mask(room), room.session.case.scan.field).at(threshold)


def test_at_the_networks_own_threshold_nothing_changes(room):
    before = room.reading
    tuning = opened(room)
    assert tuning.is_open
    assert tuning.threshold == pytest.approx(0.5, abs=0.005)
    press(room, Qt.Key.Key_Return)
    assert not tuning.is_open
    assert room.reading is before
    opened(room)
    press(room, Qt.Key.Key_Right)
    press(room, Qt.Key.Key_Left)
    press(room, Qt.Key.Key_Return)
    assert room.reading is before
    assert room.undo_name in ("", "the network’s outlines")


def test_right_is_more_and_left_is_less_and_it_is_shown_at_once(room):
    tuning = opened(room)
    before = network_mask(room)
    press(room, Qt.Key.Key_Right, 4)
    np.testing.assert_array_equal(room.editor.draft.canvas, at(room, tuning.threshold))
    assert room.editor.draft.canvas.sum() > before.sum()
    np.testing.assert_array_equal(room.mask(), before)
    assert tuning.strip._words.text().endswith("more than the network draws")
    press(room, Qt.Key.Key_Left, 8)
    assert room.editor.draft.canvas.sum() < before.sum()
    assert tuning.strip._words.text().endswith("less than the network draws")


def test_enter_takes_it_as_one_step(room):
    tuning = opened(room)
    press(room, Qt.Key.Key_Right, 5)
    wanted = at(room, tuning.threshold)
    press(room, Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(), wanted)
    assert room.undo_name == "sensitivity of lesion 1"
    assert room.reading.outline(1).source is MaskSource.CORRECTED
    room.session.editing.undo()
    np.testing.assert_array_equal(room.mask(), network_mask(room))


def test_esc_puts_it_back(room):
    before = room.reading
    tuning = opened(room)
    press(room, Qt.Key.Key_Right, 5)
    press(room, Qt.Key.Key_Escape)
    assert not tuning.is_open
    assert not tuning.strip.isVisible()
    assert room.editor.draft.number is None
    assert room.reading is before


def leave_by_key(room):
    room.window.commands["sensitivity"].trigger()


def leave_by_click(room):
    room.click(3, 3)


def leave_by_tool(room):
    room.take("polygon")


def leave_by_scan(room):
    room.session.set_case(Case(disc_scan("b.png")))


def leave_by_frame(room):
    room.session.set_case(analysed(disc_scan(frame=1, frame_count=2)))  # where the lesion in hand has the same number


def leave_by_new_lesion(room):
    room.editor.selection.begin_new()


@pytest.mark.parametrize("leave", [leave_by_key, leave_by_click, leave_by_tool, leave_by_scan, leave_by_frame, leave_by_new_lesion])
@pytest.mark.parametrize("tool", ["hand", "brush", "contour"])
def test_leaving_it_takes_it(room, leave, tool):
    room.take(tool)
    history = room.session.editing.history
    tuning = opened(room)
    press(room, Qt.Key.Key_Right, 5)
    wanted = at(room, tuning.threshold)
    leave(room)
    assert not tuning.is_open
    (outline,) = history.reading.outlines[:1]
    if leave is leave_by_click and tool == "brush":
        assert (outline.mask & wanted).sum() == wanted.sum()  # and a dab beside it
    else:
        np.testing.assert_array_equal(outline.mask, wanted)
        assert history.undo_name == "sensitivity of lesion 1"


def test_undo_drops_what_is_not_taken_yet(room):
    before = room.reading
    tuning = opened(room)
    press(room, Qt.Key.Key_Right, 5)
    assert room.editor.drop()
    assert not tuning.is_open
    assert room.reading is before


def test_the_wheel_moves_it_a_step_a_notch(room):
    tuning = opened(room)
    slider = tuning.strip.slider
    value = slider.value()
    middle = slider.rect().center()
    for turn in (120, 60, 60):
        event = QWheelEvent(
            QPointF(middle),
            QPointF(slider.mapToGlobal(middle)),
            QPoint(),
            QPoint(0, turn),
            Qt.MouseButton.NoButton,
            NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(slider, event)
    assert slider.value() == value + 2 * slider.singleStep()


def test_the_slider_reaches_from_end_to_end(room):
    tuning = opened(room)
    sensitivity = Sensitivity(room.session.case.analysis.probability, network_mask(room))
    tuning.strip.slider.setValue(tuning.strip.slider.minimum())
    assert tuning.threshold == pytest.approx(sensitivity.ends[1])
    tuning.strip.slider.setValue(tuning.strip.slider.maximum())
    assert tuning.threshold == pytest.approx(sensitivity.ends[0])
    np.testing.assert_array_equal(room.editor.draft.canvas, sensitivity.at(sensitivity.ends[0]))


def test_of_a_corrected_lesion_it_starts_at_what_comes_nearest(room):
    larger = at(room, 0.2)
    room.session.editing.edit("corrected", room.reading.with_mask(1, larger))
    tuning = opened(room)
    assert tuning.threshold == pytest.approx(0.2, abs=0.03)
    press(room, Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(), larger)
    assert room.undo_name == "corrected"


def test_the_strip_marks_the_networks_own_threshold(room):
    tuning = opened(room)
    start = tuning.strip.slider.value()
    assert tuning.strip.slider._tick == start
    press(room, Qt.Key.Key_Right, 3)
    assert tuning.strip.slider._tick == start


def test_without_an_answer_there_is_nothing_to_move(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box()))
    assert not opened(room).is_open
    assert "not looked" in room.said[-1]


def test_where_the_network_sees_nothing_there_is_nothing_to_move(qtbot, tmp_path):
    case = analysed()
    nothing = replace(case.analysis, probability=np.zeros((192, 256), np.float32), lesions=())
    room = Room(qtbot, tmp_path, Case(disc_scan()).with_analysis(nothing, ()))
    room.session.editing.edit(BEFORE, room.reading.added(box()))
    assert not opened(room).is_open
    assert "sees nothing" in room.said[-1]


def test_a_locked_lesion_is_not_moved(room):
    room.session.editing.edit("locking", room.reading.changed(1, is_locked=True))
    assert not opened(room).is_open
    assert "locked" in room.said[-1]


def test_with_no_lesion_in_hand_the_key_does_nothing(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined())
    assert not room.window.commands["sensitivity"].isEnabled()


def test_a_lesion_that_becomes_another_meanwhile_is_left_alone(room):
    tuning = opened(room)
    press(room, Qt.Key.Key_Right, 5)
    room.session.editing.edit("meanwhile", room.reading.with_mask(1, box()))
    assert not tuning.is_open
    np.testing.assert_array_equal(room.mask(), box())
    assert room.undo_name == "meanwhile"


def test_other_lesions_keep_their_pixels(room):
    beside = box(55, 105, 65, 130) & ~network_mask(room)
    room.session.editing.edit(BEFORE, room.reading.added(beside))
    opened(room).strip.slider.setValue(10**6)
    press(room, Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(2), beside)
    assert not (room.mask(1) & beside).any()


def test_the_window_may_go_to_the_back_without_an_end(room):
    tuning = opened(room)
    press(room, Qt.Key.Key_Right, 5)
    QApplication.sendEvent(tuning.strip.slider, QFocusEvent(QFocusEvent.Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason))
    assert tuning.is_open


def test_the_strip_stays_within_the_view(room):
    strip = opened(room).strip
    assert room.view.rect().contains(strip.geometry())
    room.window.resize(1024, 700)
    assert room.view.rect().contains(strip.geometry())


def test_what_is_being_drawn_is_not_lost_to_it(room):
    room.take("polygon")
    for place in ((20, 20), (40, 20), (40, 40)):
        room.click(*place)
    assert not opened(room).is_open
    assert "Enter" in room.said[-1]
    assert len(room.tool.anchors) == 3
    room.key(Qt.Key.Key_Return)
    assert room.undo_name == "polygon"


def test_however_long_a_lesions_name_is_the_words_are_not_cut_off(room):
    room.session.editing.edit("naming", room.reading.changed(1, name="A mass in the upper outer quadrant of the left breast, second of three"))
    tuning = opened(room)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left):
        press(room, key)
        QApplication.processEvents()
        assert tuning.strip._words.width() >= tuning.strip._words.sizeHint().width()
    assert room.view.rect().contains(tuning.strip.geometry())
