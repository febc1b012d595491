"""What is common to all mask tools: other buttons, other frames, other readings, undo in the middle of a stroke, and the push tool."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import Nudge
from busi_gui.services.settings import Settings
from busi_gui.views.editing.push import NOTHING_TO_PUSH
from tests.views.cases import box_mask, make_case, make_scan
from tests.views.editing.drawing import BOX, SHAPE, shown_drawing, swept

MIDDLE, RIGHT = Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def drawing(qtbot, settings):
    return shown_drawing(qtbot, settings, BOX)


def other_frame():
    return make_case(replace(make_scan(*SHAPE), path=Path("other.png")), (box_mask(SHAPE, 2, 2, 8, 8),))


def test_middle_and_right_button_work_as_ever(drawing):
    drawing.take("brush", 9)
    x, width = drawing.view.look.x, drawing.view.window_width
    drawing.press(40, 30, button=MIDDLE)
    drawing.move(30, 30, buttons=MIDDLE)
    drawing.release(30, 30, button=MIDDLE)
    assert drawing.view.look.x != x
    drawing.press(40, 30, button=RIGHT)
    drawing.move(60, 30, buttons=RIGHT)
    drawing.release(60, 30, button=RIGHT)
    assert drawing.view.window_width != width
    assert np.array_equal(drawing.mask(), BOX)


def test_space_held_is_the_hand(drawing, qtbot):
    drawing.take("brush", 9)
    x = drawing.view.look.x
    qtbot.keyPress(drawing.view._canvas, Qt.Key.Key_Space)
    drawing.press(10, 30)
    drawing.move(20, 30)
    drawing.release(20, 30)
    qtbot.keyRelease(drawing.view._canvas, Qt.Key.Key_Space)
    assert drawing.view.look.x != x
    assert np.array_equal(drawing.mask(), BOX)


def test_a_stroke_in_progress_is_kept_on_its_own_frame_when_another_comes(drawing):
    drawing.take("brush", 9)
    drawing.press(10, 10)
    drawing.move(30, 10)
    first = drawing.session.case
    drawing.session.set_case(other_frame())
    drawing.move(70, 50)
    drawing.release(70, 50)
    assert np.array_equal(drawing.mask(), box_mask(SHAPE, 2, 2, 8, 8))
    drawing.session.set_case(first)
    assert np.array_equal(drawing.mask(), BOX | swept([(10, 10), (30, 10)], 9))
    assert drawing.session.editing.undo_name == "brush stroke"


def test_a_stroke_in_progress_ends_when_the_keys_go_elsewhere(drawing):
    drawing.take("brush", 9)
    drawing.press(10, 10)
    drawing.move(30, 10)
    QApplication.sendEvent(drawing.view._canvas, QFocusEvent(QEvent.Type.FocusOut))
    drawing.move(70, 50)
    drawing.release(70, 50)
    assert np.array_equal(drawing.mask(), BOX | swept([(10, 10), (30, 10)], 9))


def test_undo_in_the_middle_of_a_stroke_goes_back_beneath_it(drawing):
    drawing.take("brush", 9)
    drawing.stroke((10, 50), (30, 50))
    drawing.press(10, 10)
    drawing.move(30, 10)
    drawing.session.editing.undo()
    drawing.move(40, 10)
    drawing.release(40, 10)
    assert np.array_equal(drawing.mask(), BOX | swept([(10, 10), (30, 10), (40, 10)], 9))
    drawing.session.editing.undo()
    assert np.array_equal(drawing.mask(), BOX)


def test_the_editor_drops_a_stroke_for_whoever_undoes(drawing):
    drawing.take("brush", 9)
    assert not drawing.editor.drop()
    drawing.press(10, 10)
    assert drawing.editor.drop()
    drawing.release(30, 10)
    assert np.array_equal(drawing.mask(), BOX)
    assert drawing.window.commands["brush"].isChecked()


def test_a_lesion_deleted_in_the_middle_of_a_stroke_stays_deleted(drawing):
    drawing.take("brush", 9)
    drawing.press(10, 10)
    drawing.session.editing.edit("delete", drawing.reading.without(1))
    drawing.move(30, 10)
    drawing.release(30, 10)
    assert drawing.reading.outlines == ()
    assert "no longer there" in drawing.said[0]


def test_a_new_lesion_keeps_to_itself_when_the_networks_answer_in_the_middle_of_its_first_stroke(qtbot, settings):
    drawing = shown_drawing(qtbot, settings)
    drawing.take("brush", 9)
    drawing.press(35, 30)
    drawing.move(70, 30)
    drawing.session.editing.receive(drawing.reading.found([BOX.copy()]))
    drawing.release(70, 30)
    assert np.array_equal(drawing.mask(1), BOX)
    assert np.array_equal(drawing.mask(2), swept([(35, 30), (70, 30)], 9) & ~BOX)


def test_another_tool_drops_the_stroke_and_leaves_nothing_behind(drawing):
    before = drawing.picture()
    drawing.take("brush", 9)
    drawing.press(10, 10)
    drawing.move(30, 10)
    drawing.take("hand")
    assert drawing.editor.draft.number is None
    assert np.array_equal(drawing.mask(), BOX)
    assert np.array_equal(drawing.picture(), before)


def test_the_pointer_that_leaves_takes_the_disc_with_it(drawing):
    drawing.take("brush", 9)
    drawing.hover(30, 30)
    assert drawing.editor.disc.look is not None
    QApplication.sendEvent(drawing.target, QEvent(QEvent.Type.Leave))
    assert drawing.editor.disc.look is None


def test_the_disc_stays_under_the_pointer_when_the_scan_moves(drawing):
    drawing.take("brush", 9)
    drawing.hover(30, 30)
    look = drawing.view.look
    drawing.view.look = look.zoomed(2.0, 10, 10)
    x, y = drawing.view.look.to_scan(*drawing.editor.hand.pointer.place.toTuple())
    centre = drawing.editor.disc.look.centre
    assert (centre.x, centre.y) == pytest.approx((x, y))
    assert centre.x != 30


def test_a_push_is_the_nudge_and_one_step(drawing):
    drawing.take("push", 10)
    drawing.stroke((40, 30), (50, 30), (58, 33))
    expected = BOX.copy()
    nudge = Nudge(expected, Point(40, 30), 5)
    for place in ((50, 30), (58, 33)):
        nudge.moved(Point(*place))
    assert not np.array_equal(expected, BOX)
    assert np.array_equal(drawing.mask(), expected)
    assert drawing.session.editing.undo_name == "pushing the outline"


def test_there_is_nothing_to_push_without_a_lesion(drawing):
    drawing.editor.selection.begin_new()
    drawing.take("push", 10)
    drawing.stroke((40, 30), (58, 33))
    assert drawing.said == [NOTHING_TO_PUSH]
    assert np.array_equal(drawing.mask(), BOX)
