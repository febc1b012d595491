"""The contour is drawn around an area in one go; what it encloses is added, or taken away."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.case import Case
from busi_gui.domain.masks import polygon
from busi_gui.domain.reading import MaskSource
from tests.views.mask_room import BEFORE, CTRL, SHAPE, SQUARE, TALL, Room, box, disc_scan, outlined


@pytest.fixture
def empty(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined())
    room.take("contour")
    return room


@pytest.fixture
def room(qtbot, tmp_path):
    """A lesion in hand, and another that the contour runs into."""
    room = Room(qtbot, tmp_path, outlined(box(), box(10, 120, 70, 150)))
    room.take("contour")
    return room


def enclosed(room, places=SQUARE):
    return polygon(room.points(*places), room.session.case.scan.shape)


def test_with_no_lesion_it_begins_one(empty):
    empty.drag(*SQUARE)
    assert [outline.number for outline in empty.reading.outlines] == [1]
    np.testing.assert_array_equal(empty.mask(), enclosed(empty))
    assert empty.reading.outline(1).source is MaskSource.DRAWN
    assert empty.undo_name == "contour"
    assert empty.editor.selection.number == 1


def test_what_it_encloses_is_added_in_one_step(room):
    expected = box() | enclosed(room)
    room.drag(*SQUARE)
    np.testing.assert_array_equal(room.mask(), expected)
    assert room.undo_name == "contour"
    room.session.editing.undo()
    np.testing.assert_array_equal(room.mask(), box())
    assert room.undo_name == BEFORE


def test_with_ctrl_at_the_end_it_is_taken_away(room):
    room.drag(*SQUARE, at_end=CTRL)
    np.testing.assert_array_equal(room.mask(), box() & ~enclosed(room))


def test_with_nothing_in_hand_nothing_can_be_taken_away(empty):
    empty.drag(*SQUARE, at_end=CTRL)
    assert empty.reading.outlines == ()
    assert "no lesion in hand" in empty.said[-1]


def test_other_lesions_keep_their_pixels(room):
    places = ((60, 30), (155, 30), (155, 75), (60, 75))
    other = room.mask(2)
    expected = box() | (enclosed(room, places) & ~other)
    room.press(*places[0])
    for place in places[1:]:
        room.move(*place, is_pressed=True)
    (area,) = room.look.areas
    shown = np.zeros(SHAPE, np.bool_)
    shown[area.window.slices] = area.mask
    np.testing.assert_array_equal(shown, expected & ~box())
    room.release(*places[-1])
    np.testing.assert_array_equal(room.mask(1), expected)
    np.testing.assert_array_equal(room.mask(2), other)


def test_the_preview_is_what_will_be_taken_away(room):
    room.press(*SQUARE[0])
    for place in SQUARE[1:]:
        room.move(*place, CTRL, is_pressed=True)
    (area,) = room.look.areas
    shown = np.zeros(SHAPE, np.bool_)
    shown[area.window.slices] = area.mask
    np.testing.assert_array_equal(shown, box() & enclosed(room))
    assert room.look.label == "− taking away"
    assert list(room.look.closing) == [room.look.line[-1], room.look.line[0]]
    room.release(*SQUARE[-1])
    assert room.look is None or not room.look.line


def test_a_slip_is_no_contour_even_around_the_middle_of_a_pixel(empty):
    slip = ((30.25, 30.25), (30.75, 30.25), (30.75, 30.75), (30.25, 30.75))
    assert enclosed(empty, slip).any()
    empty.drag(*slip)
    assert empty.reading.outlines == ()
    assert not empty.said


def test_within_the_lesion_there_is_nothing_to_add(room):
    room.drag((60, 50), (90, 50), (90, 70), (60, 70))
    np.testing.assert_array_equal(room.mask(), box())
    assert "already" in room.said[-1]
    assert room.undo_name == BEFORE


def test_beside_the_lesion_there_is_nothing_to_take_away(room):
    room.drag((2, 2), (20, 2), (20, 20), at_end=CTRL)
    assert room.said[-1] == "Nothing of lesion 1 lies there."


def test_all_of_a_lesion_taken_away_is_a_lesion_deleted(room):
    room.drag((40, 30), (110, 30), (110, 90), (40, 90), at_end=CTRL)
    assert [outline.number for outline in room.reading.outlines] == [2]


def test_a_locked_lesion_is_not_changed(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(), is_locked=True))
    room.take("contour")
    room.drag(*SQUARE)
    np.testing.assert_array_equal(room.mask(), box())
    assert "locked" in room.said[-1]


def test_esc_drops_the_line_first_and_then_leaves_the_tool(room):
    room.press(*SQUARE[0])
    room.move(*SQUARE[1], is_pressed=True)
    room.key(Qt.Key.Key_Escape)
    room.release(*SQUARE[2])
    np.testing.assert_array_equal(room.mask(), box())
    assert room.window.commands["contour"].isChecked()
    room.key(Qt.Key.Key_Escape)
    assert room.window.commands["hand"].isChecked()


@pytest.mark.parametrize("other", [Case(disc_scan("b.png")), Case(disc_scan(frame=1, frame_count=3)), None], ids=["case", "frame", "none"])
def test_another_scan_in_the_middle_drops_the_line(room, other):
    before = room.session.editing.history
    room.press(*SQUARE[0])
    room.move(*SQUARE[1], is_pressed=True)
    room.move(*SQUARE[2], is_pressed=True)
    room.session.set_case(other)
    np.testing.assert_array_equal(before.reading.outline(1).mask, box())
    if other is not None:
        room.move(*SQUARE[3], is_pressed=True)
        room.release(*SQUARE[3])
    assert room.reading.outlines == ()


def test_past_the_scans_border_it_takes_what_lies_on_the_scan(empty):
    places = ((140, 100), (175, 100), (175, 130), (140, 130))
    expected = enclosed(empty, places)
    assert expected[-1, -1]
    empty.drag(*places)
    np.testing.assert_array_equal(empty.mask(), expected)


def test_zoomed_on_tall_pixels_it_takes_what_the_mouse_went_around(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, Case(disc_scan(spacing=TALL)))
    room.take("contour")
    room.view.look = room.viewport.zoomed(3.0, 200, 150)
    places = [room.viewport.to_scan(x, y) for x, y in ((60, 60), (300, 80), (280, 260), (90, 240))]
    expected = enclosed(room, places)
    room.drag(*places)
    np.testing.assert_array_equal(room.mask(), expected)


def test_a_drag_that_loses_the_keys_is_closed_where_it_was(room):
    room.press(*SQUARE[0])
    for place in SQUARE[1:]:
        room.move(*place, is_pressed=True)
    room.view._canvas.clearFocus()
    np.testing.assert_array_equal(room.mask(), box() | enclosed(room))


def test_while_it_is_drawn_the_lesion_may_be_locked_by_somebody_else(room):
    room.press(*SQUARE[0])
    room.move(*SQUARE[1], is_pressed=True)
    room.session.editing.edit("locking", room.reading.changed(1, is_locked=True))
    assert not room.tool.is_drawing
    room.move(*SQUARE[2], is_pressed=True)
    room.release(*SQUARE[2])
    np.testing.assert_array_equal(room.mask(), box())


def test_a_network_outline_that_is_changed_is_corrected(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(), source=MaskSource.NETWORK))
    room.take("contour")
    room.drag(*SQUARE)
    assert room.reading.outline(1).source is MaskSource.CORRECTED
