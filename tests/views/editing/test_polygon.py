"""The polygon's corners are clicked one by one; closed, what it encloses is added, or taken away."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.callipers import snapped
from busi_gui.domain.case import Case
from busi_gui.domain.masks import polygon
from tests.views.mask_room import BEFORE, CTRL, SHAPE, SHIFT, SQUARE, TALL, Room, box, disc_scan, outlined


@pytest.fixture
def room(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box()))
    room.take("polygon")
    return room


def enclosed(room, places=SQUARE):
    return polygon(room.points(*places), SHAPE)


def clicked(room, places=SQUARE):
    for place in places:
        room.click(*place)


def test_a_click_on_the_first_corner_closes_it(room):
    expected = box() | enclosed(room)
    clicked(room)
    assert room.undo_name == BEFORE
    room.click(21, 20)
    np.testing.assert_array_equal(room.mask(), expected)
    assert room.undo_name == "polygon"
    assert not room.tool.is_drawing


def test_enter_closes_it(room):
    clicked(room)
    room.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(), box() | enclosed(room))


def test_a_double_click_sets_the_last_corner_and_closes_it(room):
    clicked(room, SQUARE[:-1])
    room.click(*SQUARE[-1])
    room.press(*SQUARE[-1])
    room.release(*SQUARE[-1])
    np.testing.assert_array_equal(room.mask(), box() | enclosed(room))


@pytest.mark.parametrize("way", ["click", "enter"])
def test_with_ctrl_at_the_end_it_is_taken_away(room, way):
    clicked(room)
    if way == "click":
        room.click(20, 20, CTRL)
    else:
        room.move(20, 90, CTRL)
        room.key(Qt.Key.Key_Return, CTRL)
    expected = box() & ~enclosed(room)
    np.testing.assert_array_equal(room.mask(), expected)


def test_with_no_lesion_it_begins_one(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined())
    room.take("polygon")
    clicked(room, SQUARE[:3])
    assert room.look.label == "drawing lesion 1"
    room.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(1), enclosed(room, SQUARE[:3]))


def test_asked_to_begin_another_it_does(room):
    room.window.editor.selection.begin_new()
    clicked(room, ((5, 5), (30, 5), (30, 30)))
    room.key(Qt.Key.Key_Return)
    assert [outline.number for outline in room.reading.outlines] == [1, 2]
    np.testing.assert_array_equal(room.mask(1), box())


def test_backspace_takes_the_last_corner_back_and_at_last_all(room):
    clicked(room, SQUARE[:2])
    room.key(Qt.Key.Key_Backspace)
    assert list(room.tool.anchors) == room.points(SQUARE[0])
    room.key(Qt.Key.Key_Backspace)
    assert not room.tool.is_drawing
    assert room.reading.outlines  # then it is not the key that deletes a lesion, either


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_corners_are_dropped(room, count):
    clicked(room, SQUARE[:count])
    room.key(Qt.Key.Key_Return)
    assert not room.tool.is_drawing
    assert room.undo_name == BEFORE
    assert not room.said


def test_esc_drops_the_corners_first_and_then_leaves_the_tool(room):
    clicked(room)
    room.key(Qt.Key.Key_Escape)
    np.testing.assert_array_equal(room.mask(), box())
    assert room.window.commands["polygon"].isChecked()
    room.key(Qt.Key.Key_Escape)
    assert room.window.commands["hand"].isChecked()


def test_with_shift_a_side_is_level_upright_or_diagonal(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, Case(disc_scan(spacing=TALL)))
    room.take("polygon")
    room.click(20, 20)
    room.click(61, 22, SHIFT)
    room.click(130, 58, SHIFT)
    first, second, third = room.tool.anchors
    assert second.y == first.y
    assert second == snapped(first, room.point(61, 22), SHAPE, 2.0)
    assert (third.x - second.x) == pytest.approx(2 * (third.y - second.y))  # diagonal on the screen


def test_the_rubber_band_shows_what_a_click_would_make(room):
    clicked(room, SQUARE[:2])
    room.move(*SQUARE[2])
    assert list(room.look.line) == room.points(*SQUARE[:3])
    assert list(room.look.closing) == room.points(SQUARE[2], SQUARE[0])
    (area,) = room.look.areas
    shown = np.zeros(SHAPE, np.bool_)
    shown[area.window.slices] = area.mask
    np.testing.assert_array_equal(shown, enclosed(room, SQUARE[:3]) & ~box())
    assert room.look.ring is None
    room.click(*SQUARE[2])
    room.move(21, 21)
    assert room.look.ring == room.point(*SQUARE[0])


def test_near_the_first_of_two_corners_nothing_closes(room):
    clicked(room, SQUARE[:2])
    room.click(*SQUARE[0])
    assert len(room.tool.anchors) == 2
    assert room.tool.is_drawing


def test_a_locked_lesion_is_not_begun_on(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(), is_locked=True))
    room.take("polygon")
    clicked(room)
    assert "locked" in room.said[0]
    assert not room.tool.is_drawing


@pytest.mark.parametrize("other", [Case(disc_scan("b.png")), Case(disc_scan(frame=1, frame_count=3)), None], ids=["case", "frame", "none"])
def test_another_scan_drops_the_corners(room, other):
    before = room.session.editing.history
    clicked(room)
    room.session.set_case(other)
    assert not room.tool.is_drawing
    assert before.undo_name == BEFORE
    if other is not None:
        room.key(Qt.Key.Key_Return)
        assert room.reading.outlines == ()


def test_another_tool_drops_the_corners(room):
    clicked(room)
    room.take("brush")
    room.take("polygon")
    assert not room.tool.is_drawing
    assert room.undo_name == BEFORE


def test_the_scan_may_be_zoomed_between_two_corners(room):
    expected = box() | polygon(room.points(*SQUARE), SHAPE)
    places = [room.view.look.to_screen(point.x, point.y) for point in room.points(*SQUARE)]
    assert places
    points = []
    for number, place in enumerate(SQUARE):
        points.append(room.point(*place))
        room.click(*place)
        if number == 1:
            room.view.zoom_by(1.25)
    room.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(), box() | polygon(points, SHAPE))
    assert (room.mask() ^ expected).sum() < 250


def test_what_is_begun_goes_on_although_the_lesion_became_another(room):
    clicked(room)
    changed = box(60, 50, 80, 100)
    room.session.editing.edit("meanwhile", room.reading.with_mask(1, changed))
    room.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(), changed | enclosed(room))
