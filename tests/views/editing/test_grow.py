"""Region grow: a press shows the region at once, a drag makes it larger or smaller, letting go takes it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.case import Case
from busi_gui.domain.region_grow import DEFAULT_TOLERANCE, RegionGrow
from busi_gui.views.editing.grow import NOTCH, WHOLE_PX
from tests.views.mask_room import BEFORE, CTRL, Room, analysed, box, disc_scan, outlined

SEED = (80, 60)


@pytest.fixture
def room(qtbot, tmp_path):
    """A lesion in hand that covers a corner of the disc."""
    room = Room(qtbot, tmp_path, outlined(box(20, 30, 60, 70)))
    room.take("grow")
    return room


def region(room, tolerance=DEFAULT_TOLERANCE, seed=SEED):
    case = room.session.case
    probability = case.analysis.probability if case.analysis is not None else None
    return RegionGrow(case.scan.pixels, probability, case.scan.field).grown(room.point(*seed), tolerance)


def tolerance_after(room, end):
    return min(max(DEFAULT_TOLERANCE + (room.place(*end).x() - room.place(*SEED).x()) / WHOLE_PX, 0), 1)


def test_a_click_adds_the_region_to_the_lesion_in_hand(room):
    room.click(*SEED)
    np.testing.assert_array_equal(room.mask(), box(20, 30, 60, 70) | region(room))
    assert room.undo_name == "region grow"
    room.session.editing.undo()
    np.testing.assert_array_equal(room.mask(), box(20, 30, 60, 70))


def test_with_ctrl_it_is_taken_away(room):
    room.click(*SEED, CTRL)
    np.testing.assert_array_equal(room.mask(), box(20, 30, 60, 70) & ~region(room))


def test_with_no_lesion_it_begins_one(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined())
    room.take("grow")
    room.click(*SEED)
    np.testing.assert_array_equal(room.mask(), region(room))
    assert room.editor.selection.number == 1


def test_the_region_is_shown_while_it_grows(room):
    room.press(*SEED)
    np.testing.assert_array_equal(room.editor.draft.canvas, box(20, 30, 60, 70) | region(room))
    assert room.undo_name == BEFORE
    room.move(110, 60, is_pressed=True)
    wider = region(room, tolerance_after(room, (110, 60)))
    np.testing.assert_array_equal(room.editor.draft.canvas, box(20, 30, 60, 70) | wider)
    room.move(60, 60, is_pressed=True)
    narrower = region(room, tolerance_after(room, (60, 60)))
    assert narrower.sum() < wider.sum()
    (area,) = room.look.areas
    assert area.mask.sum() == (narrower & ~box(20, 30, 60, 70)).sum()
    room.release(60, 60)
    np.testing.assert_array_equal(room.mask(), box(20, 30, 60, 70) | narrower)


def test_the_tolerance_is_remembered_for_the_next_click(room):
    room.drag(SEED, (60, 60))
    kept = tolerance_after(room, (60, 60))
    room.session.editing.undo()
    room.take("brush")
    room.take("grow")
    room.click(*SEED)
    np.testing.assert_array_equal(room.mask(), box(20, 30, 60, 70) | region(room, kept))


def test_the_wheel_with_shift_changes_the_tolerance_before_a_click_and_in_a_drag(room):
    room.wheel(*SEED, -3)
    assert room.tool.tolerance == pytest.approx(DEFAULT_TOLERANCE - 3 * NOTCH)
    room.press(*SEED)
    room.wheel(*SEED, 5)
    assert room.tool.tolerance == pytest.approx(DEFAULT_TOLERANCE + 2 * NOTCH)
    np.testing.assert_array_equal(room.editor.draft.canvas, box(20, 30, 60, 70) | region(room, DEFAULT_TOLERANCE + 2 * NOTCH))
    room.release(*SEED)


def test_what_the_network_thinks_is_asked_where_it_has_answered(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, analysed())
    room.take("grow")
    room.editor.selection.begin_new()
    room.session.editing.edit("clear", room.reading.without(1))
    room.click(*SEED)
    wanted = region(room)
    assert room.session.case is not None
    assert not np.array_equal(wanted, RegionGrow(room.session.case.scan.pixels).grown(room.point(*SEED)))
    np.testing.assert_array_equal(room.mask(), wanted)


def test_other_lesions_keep_their_pixels(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(20, 30, 60, 70), box(60, 80, 110, 140)))
    room.take("grow")
    room.click(70, 50)
    np.testing.assert_array_equal(room.mask(2), box(60, 80, 110, 140))
    wanted = box(20, 30, 60, 70) | (region(room, seed=(70, 50)) & ~room.mask(2))
    np.testing.assert_array_equal(room.mask(1), wanted)


def test_beside_the_scan_nothing_grows(room):
    room.click(-1, 60)
    assert room.undo_name == BEFORE


@pytest.mark.parametrize("corner", [(0.1, 0.1), (159.9, 119.9)])
def test_in_the_scans_corners_it_grows(room, corner):
    wanted = box(20, 30, 60, 70) | region(room, seed=corner) if 0 <= room.point(*corner).x < 160 and 0 <= room.point(*corner).y < 120 else None
    room.click(*corner)
    np.testing.assert_array_equal(room.mask(), wanted if wanted is not None else box(20, 30, 60, 70))


def test_esc_drops_the_region_first_and_then_leaves_the_tool(room):
    room.press(*SEED)
    room.key(Qt.Key.Key_Escape)
    room.release(*SEED)
    np.testing.assert_array_equal(room.mask(), box(20, 30, 60, 70))
    assert room.window.commands["grow"].isChecked()
    room.key(Qt.Key.Key_Escape)
    assert room.window.commands["hand"].isChecked()


def test_a_locked_lesion_is_not_changed(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(), is_locked=True))
    room.take("grow")
    room.click(*SEED)
    np.testing.assert_array_equal(room.mask(), box())
    assert "locked" in room.said[-1]


def test_with_nothing_in_hand_nothing_can_be_taken_away(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined())
    room.take("grow")
    room.click(*SEED, CTRL)
    assert "no lesion in hand" in room.said[-1]
    assert room.reading.outlines == ()


@pytest.mark.parametrize(
    "other", [Case(disc_scan("b.png", shape=(50, 60))), Case(disc_scan(frame=1, frame_count=3)), None], ids=["case", "frame", "none"]
)
def test_another_scan_in_the_middle_drops_the_region(room, other):
    before = room.session.editing.history
    room.press(*SEED)
    room.session.set_case(other)
    assert before.undo_name == BEFORE
    if other is not None:
        room.move(30, 30, is_pressed=True)
        room.release(30, 30)
    assert room.reading.outlines == ()
