"""Smart scissors: the line clings to the edges between clicks, and is closed along them."""

from __future__ import annotations

from math import cos, hypot, pi, sin

import numpy as np
import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.case import Case
from busi_gui.domain.masks import dice, polygon
from busi_gui.domain.scissors import Scissors
from busi_gui.views.editing.scissors import SNAP_PX
from tests.views.mask_room import BEFORE, CTRL, SHAPE, SHIFT, Room, box, disc_scan, outlined

AROUND = tuple((80 + 30 * cos(turn * pi / 2 + 0.3), 60 + 30 * sin(turn * pi / 2 + 0.3)) for turn in range(4))
"""Near the edge of the disc in the scan."""


@pytest.fixture
def room(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined())
    room.take("scissors")
    return room


def clicked(room, places=AROUND):
    for place in places:
        room.click(*place)


def disc():
    rows, columns = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return np.hypot(columns + 0.5 - 80, rows + 0.5 - 60) <= 30


def expected(room, places=AROUND):
    """Return what the domain makes of the same clicks."""
    scissors = Scissors(room.session.case.scan.pixels)
    anchors = [scissors.anchored(scissors.snapped(room.point(*places[0]), SNAP_PX / room.view.look.scale))]
    line = [anchors[0]]
    for place in places[1:]:
        end = scissors.snapped(room.point(*place), SNAP_PX / room.view.look.scale)
        line += scissors.path_to(end)[1:]
        scissors.anchored(end)
    return polygon([*line, *scissors.path_to(anchors[0])[1:-1]], SHAPE)


@pytest.mark.parametrize("way", ["click", "enter"])
def test_closed_it_takes_what_the_edges_enclose(room, way):
    wanted = expected(room)
    clicked(room)
    if way == "click":
        room.click(*AROUND[0])
    else:
        room.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(), wanted)
    assert dice(room.mask(), disc()) > 0.95
    assert room.undo_name == "smart scissors"


def test_a_click_jumps_to_the_edge_nearby(room):
    room.click(80 + 27, 60)
    (anchor,) = room.tool.anchors
    assert hypot(anchor.x - 80, anchor.y - 60) == pytest.approx(30, abs=1.5)
    assert anchor == Scissors(room.session.case.scan.pixels).snapped(room.point(107, 60), SNAP_PX / room.view.look.scale)


def test_the_live_line_clings_to_the_edge_up_to_where_a_click_would_go(room):
    room.click(*AROUND[0])
    room.move(*AROUND[1])
    (first,) = room.tool.anchors
    line = room.look.line
    assert line[0] == first
    assert len(line) > 20
    assert max(abs(hypot(point.x - 80, point.y - 60) - 30) for point in line) < 4
    room.click(*AROUND[1])
    assert room.tool.anchors[-1] == line[-1]


def test_with_shift_it_goes_straight_to_the_pointer(room):
    room.click(*AROUND[0])
    room.click(80, 60, SHIFT)
    assert list(room.look.line[:2]) == list(room.tool.anchors)
    assert room.tool.anchors[-1] == room.point(80, 60)


def test_backspace_goes_one_anchor_back_and_the_line_leads_on_from_there(room):
    clicked(room, AROUND[:3])
    before = room.tool.anchors[:2]
    room.key(Qt.Key.Key_Backspace)
    assert room.tool.anchors == before
    room.click(*AROUND[2])
    room.click(*AROUND[3])
    room.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(), expected(room))


def test_with_ctrl_at_the_end_it_is_taken_away(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(20, 30, 100, 130)))
    room.take("scissors")
    wanted = box(20, 30, 100, 130) & ~expected(room)
    clicked(room)
    room.click(*AROUND[0], CTRL)
    np.testing.assert_array_equal(room.mask(), wanted)


def test_near_the_first_anchor_the_closing_line_is_shown_along_the_edge(room):
    clicked(room)
    room.move(*AROUND[0])
    assert room.look.ring == room.tool.anchors[0]
    assert room.look.line[-1] == room.tool.anchors[0]
    assert room.look.closing == ()


def test_esc_drops_the_anchors_first_and_then_leaves_the_tool(room):
    clicked(room)
    room.key(Qt.Key.Key_Escape)
    assert room.reading.outlines == ()
    assert room.window.commands["scissors"].isChecked()
    room.key(Qt.Key.Key_Escape)
    assert room.window.commands["hand"].isChecked()


def test_one_anchor_encloses_nothing(room):
    room.click(*AROUND[0])
    room.key(Qt.Key.Key_Return)
    assert not room.tool.is_drawing
    assert room.undo_name == ""


def test_a_locked_lesion_is_not_begun_on(qtbot, tmp_path):
    room = Room(qtbot, tmp_path, outlined(box(), is_locked=True))
    room.take("scissors")
    clicked(room)
    assert "locked" in room.said[0]
    assert room.undo_name == BEFORE


def test_on_another_scan_the_edges_are_those_of_that_scan(room):
    room.click(*AROUND[0])
    scan = disc_scan("b.png", shape=(200, 100))
    room.session.set_case(Case(scan))
    assert not room.tool.is_drawing
    room.click(50 + 23, 100)
    (anchor,) = room.tool.anchors
    assert anchor == Scissors(scan.pixels).snapped(room.point(73, 100), SNAP_PX / room.view.look.scale)


def test_off_the_scan_it_keeps_to_the_border(room):
    room.click(*AROUND[0])
    room.click(200, 140)
    last = room.tool.anchors[-1]
    assert 0 <= last.x <= SHAPE[1]
    assert 0 <= last.y <= SHAPE[0]


def test_a_second_click_where_the_first_was_closes_the_line_although_the_anchor_has_jumped(room):
    places = tuple((80 + (x - 80) * 0.85, 60 + (y - 60) * 0.85) for x, y in AROUND)  # nearer the middle than the edge
    wanted = expected(room, places)
    clicked(room, places)
    first = room.view.look.to_screen(room.tool.anchors[0].x, room.tool.anchors[0].y)
    assert hypot(first[0] - room.place(*places[0]).x(), first[1] - room.place(*places[0]).y()) > 9
    room.click(*places[0])
    assert not room.tool.is_drawing
    np.testing.assert_array_equal(room.mask(), wanted)


def test_before_half_the_way_around_it_is_closed_straight(room):
    clicked(room, AROUND[:2])
    line = list(room.look.line)
    room.key(Qt.Key.Key_Return)
    np.testing.assert_array_equal(room.mask(), polygon(line, SHAPE))
    assert room.mask().sum() > 200
