"""Cut: a line through a lesion makes one of each side."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.case import Case
from busi_gui.domain.masks import cut_along
from busi_gui.domain.reading import Assessment, MaskSource
from busi_gui.views import theme
from tests.views.mask_room import BEFORE, SHAPE, SHIFT, Room, box, disc_scan, outlined

THROUGH = ((60, 30), (62, 60), (60, 90))
"""Leaves the smaller side of the lesion on the left."""


@pytest.fixture
def room(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(), box(10, 120, 70, 150), name="Mass", assessment=Assessment("4A")))
    room.take("cut")
    return room


def test_the_larger_side_keeps_what_it_is_called_and_the_other_gets_a_new_number(room):
    wanted = cut_along(box(), room.points(*THROUGH))
    other = room.mask(2)
    room.drag(*THROUGH)
    assert [outline.number for outline in room.reading.outlines] == [1, 3, 2]
    np.testing.assert_array_equal(room.mask(1), wanted[0])
    np.testing.assert_array_equal(room.mask(3), wanted[1])
    np.testing.assert_array_equal(room.mask(2), other)
    assert room.mask(1).sum() > room.mask(3).sum()
    kept, new = room.reading.outline(1), room.reading.outline(3)
    assert (kept.name, kept.assessment) == ("Mass", Assessment("4A"))
    assert (new.name, new.assessment) == ("", Assessment())
    assert room.editor.selection.number == 1


def test_it_is_one_step_with_the_lesions_name(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box()))
    room.take("cut")
    room.drag(*THROUGH)
    assert room.undo_name == "cutting lesion 1"
    room.session.editing.undo()
    assert [outline.number for outline in room.reading.outlines] == [1]
    np.testing.assert_array_equal(room.mask(), box())


@pytest.mark.parametrize(
    ("before", "after"),
    [(MaskSource.NETWORK, MaskSource.CORRECTED), (MaskSource.DRAWN, MaskSource.DRAWN), (MaskSource.CORRECTED, MaskSource.CORRECTED)],
)
def test_both_sides_come_from_where_the_lesion_came_from(qtbot, tmp_path, before, after):
    room = Room(qtbot, tmp_path, outlined(box(), source=before))
    room.take("cut")
    room.drag(*THROUGH)
    assert [outline.source for outline in room.reading.outlines] == [after, after]


def test_the_sides_are_shown_in_two_colours_once_the_line_parts_them(room):
    room.press(*THROUGH[0])
    room.move(*THROUGH[1], is_pressed=True)
    assert room.look.areas == ()
    assert len(room.look.line) == 2
    room.move(*THROUGH[2], is_pressed=True)
    first, second = room.look.areas
    assert first.mask.sum() + second.mask.sum() == box().sum()
    assert (first._colour, second._colour) == (theme.lesion_colour(1), theme.lesion_colour(3))
    np.testing.assert_array_equal(room.mask(), box())
    room.release(*THROUGH[2])


def test_a_line_that_parts_nothing_is_said_so(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box()))
    room.take("cut")
    room.drag((60, 30), (62, 60))
    assert room.said == ["The line does not part lesion 1."]
    assert room.undo_name == BEFORE


def test_a_crumb_stays_with_its_neighbour(room):
    line = ((46, 48), (58, 36))
    assert [mask.sum() < 20 for mask in cut_along(box(), room.points(*line))] == [False, True]
    room.drag(*line)
    assert [outline.number for outline in room.reading.outlines] == [1, 2]
    assert "does not part" in room.said[-1]


def test_with_shift_the_line_is_straight(room):
    wanted = cut_along(box(), room.points(THROUGH[0], THROUGH[2]))
    room.drag(THROUGH[0], (70, 50), THROUGH[2], held=SHIFT)
    np.testing.assert_array_equal(room.mask(1), wanted[0])


def test_a_slip_says_nothing(room):
    room.click(60, 60)
    assert room.said == []
    assert room.undo_name == BEFORE


def test_a_line_that_crosses_several_times_makes_a_lesion_of_each_piece(room):
    zigzag = ((60, 30), (60, 90), (75, 90), (75, 30))
    wanted = cut_along(box(), room.points(*zigzag))
    assert len(wanted) == 3
    room.drag(*zigzag)
    assert [outline.number for outline in room.reading.outlines] == [1, 3, 4, 2]
    for number, mask in zip((1, 3, 4), wanted, strict=True):
        np.testing.assert_array_equal(room.mask(number), mask)


def test_with_no_lesion_in_hand_there_is_nothing_to_cut(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined())
    room.take("cut")
    room.drag(*THROUGH)
    assert "no lesion in hand" in room.said[-1]


def test_a_locked_lesion_is_not_cut(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(), is_locked=True))
    room.take("cut")
    room.drag(*THROUGH)
    assert "locked" in room.said[-1]
    assert len(room.reading.outlines) == 1


def test_esc_drops_the_line_first_and_then_leaves_the_tool(room):
    room.press(*THROUGH[0])
    room.move(*THROUGH[2], is_pressed=True)
    room.key(Qt.Key.Key_Escape)
    room.release(*THROUGH[2])
    assert len(room.reading.outlines) == 2
    assert room.window.commands["cut"].isChecked()
    room.key(Qt.Key.Key_Escape)
    assert room.window.commands["hand"].isChecked()


@pytest.mark.parametrize("other", [Case(disc_scan("b.png")), Case(disc_scan(frame=1, frame_count=3)), None], ids=["case", "frame", "none"])
def test_another_scan_in_the_middle_drops_the_line(room, other):
    before = room.session.editing.history
    room.press(*THROUGH[0])
    room.move(*THROUGH[2], is_pressed=True)
    room.session.set_case(other)
    assert before.undo_name == BEFORE
    if other is not None:
        room.release(*THROUGH[2])
        assert room.reading.outlines == ()


def test_the_line_may_begin_and_end_beside_the_scan(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(np.ones(SHAPE, np.bool_)))
    room.take("cut")
    room.drag((60, -3), (60, 123))
    assert [int(outline.mask.sum()) for outline in room.reading.outlines] == pytest.approx([100 * 120, 60 * 120], abs=240)
