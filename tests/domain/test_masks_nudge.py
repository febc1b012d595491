"""The nudge: a disc that displaces the outline."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from busi_gui.domain.callipers import Point, kept_inside
from busi_gui.domain.masks import Nudge, stroke
from busi_gui.domain.scan import Box
from models.analysis import Mask
from tests.domain.mask_shapes import count_holes, count_parts, disc, lesion, lump, mask_of, points

SHAPE = (40, 50)
ways = st.lists(points(SHAPE, 5), min_size=2, max_size=8)


def pushed(mask: Mask, way: list[Point], radius: float, aspect: float = 1.0) -> Mask:
    canvas = mask.copy()
    nudge = Nudge(canvas, way[0], radius, aspect)
    for to in way[1:]:
        nudge.moved(to)
    return canvas


def swept(way: list[Point], radius: float) -> Mask:
    canvas = np.zeros(SHAPE, np.bool_)
    for start, end in pairwise(way):
        stroke(canvas, start, end, radius, True)
    return canvas


def test_from_inside_the_outline_is_pushed_out_to_the_edge_of_the_disc():
    mask = disc((60, 80), (30, 30), 15)
    found = pushed(mask, [Point(30, 30), Point(36, 30), Point(44, 30)], 6)
    assert np.flatnonzero(found[30]).tolist() == list(range(15, 50))
    assert np.array_equal(found[:, :30], mask[:, :30])
    assert not (mask & ~found).any()


def test_from_outside_the_outline_is_pushed_in_to_the_edge_of_the_disc():
    mask = disc((60, 80), (30, 30), 15)
    found = pushed(mask, [Point(60, 30), Point(50, 30), Point(41, 30)], 6)
    assert np.flatnonzero(found[30]).tolist() == list(range(15, 35))
    assert np.array_equal(found[:, :34], mask[:, :34])
    assert not (found & ~mask).any()


def test_setting_the_disc_down_and_moving_it_inside_changes_nothing():
    mask = disc((60, 80), (30, 30), 15)
    canvas = mask.copy()
    nudge = Nudge(canvas, Point(30, 30), 5)
    assert nudge.is_outwards
    assert nudge.moved(Point(33, 31)) is None
    assert np.array_equal(canvas, mask)
    outside = Nudge(canvas, Point(70, 50), 5)
    assert not outside.is_outwards
    assert outside.moved(Point(75, 40)) is None
    assert np.array_equal(canvas, mask)


def test_a_lesion_pushed_through_keeps_its_larger_piece():
    mask = np.zeros((40, 80), np.bool_)
    mask[15:25, 10:70] = True
    found = pushed(mask, [Point(50, 2), Point(50, 12), Point(50, 20), Point(50, 35)], 4)
    assert np.array_equal(found[:, :46], mask[:, :46])
    assert not found[:, 46:].any()


def test_a_bay_that_is_closed_is_filled():
    mask = np.zeros((50, 60), np.bool_)
    mask[10:40, 10:50] = True
    mask[10:30, 25:35] = False
    found = pushed(mask, [Point(20, 15), Point(26, 15), Point(36, 15)], 3)
    assert count_holes(found) == 0
    assert found[18:30, 25:35].all()
    assert not found[10, 28:32].any()


def test_a_bay_is_filled_even_if_it_is_larger_than_what_is_left_outside():
    mask = np.zeros((50, 60), np.bool_)
    mask[10:40, 10:50] = True
    mask[13:37, 13:47] = False
    mask[:13, 28:32] = False
    found = pushed(mask, [Point(20, 11.5), Point(29, 11.5), Point(40, 11.5)], 1.2)
    assert found[13:37, 13:47].all()
    assert not found[:9].any()
    assert not found[:, :10].any()


def test_a_bay_at_the_scans_border_is_not_filled():
    mask = np.zeros((50, 60), np.bool_)
    mask[0:20, 10:50] = True
    mask[0:15, 25:35] = False
    closed_above = pushed(mask, [Point(20, 4.5), Point(40, 4.5)], 3)
    assert not closed_above[0, 27:33].any()
    assert closed_above[8:15, 25:35].all()
    half = np.zeros((50, 60), np.bool_)
    half[20:30, 5:55] = True
    across = pushed(half, [Point(10, 25), Point(1, 25), Point(58, 25)], 3)
    assert not across[:19].any()
    assert not across[31:].any()


def test_holes_and_parts_that_were_there_stay():
    mask = disc((60, 80), (30, 30), 15) & ~disc((60, 80), (24, 30), 3) | disc((60, 80), (65, 30), 4)
    found = pushed(mask, [Point(36, 30), Point(42, 30)], 6)
    assert (count_parts(found), count_holes(found)) == (2, 1)
    found = pushed(mask, [Point(30, 59), Point(30, 45)], 6)
    assert (count_parts(found), count_holes(found)) == (2, 1)


def test_a_push_that_would_leave_nothing_is_not_made():
    mask = disc(SHAPE, (25, 20), 4)
    canvas = mask.copy()
    nudge = Nudge(canvas, Point(5, 20), 10)
    assert nudge.moved(Point(25, 20)) is None
    assert np.array_equal(canvas, mask)
    assert nudge.moved(Point(36, 20)) is not None or np.array_equal(canvas, mask)
    assert canvas.any()


@given(seed=st.integers(0, 10_000), way=ways, radius=st.floats(0.2, 9), aspect=st.sampled_from([1.0, 0.7, 1.6]))
def test_a_lesion_of_one_piece_stays_of_one_piece_without_a_new_hole(seed, way, radius, aspect):
    mask = lesion(seed, SHAPE)
    canvas = mask.copy()
    nudge = Nudge(canvas, way[0], radius, aspect)
    for to in way[1:]:
        holes = count_holes(canvas)
        nudge.moved(to)
        assert count_parts(canvas) == 1
        assert not nudge.is_outwards or count_holes(canvas) <= holes


@given(seed=st.integers(0, 10_000), way=ways, radius=st.floats(0.2, 9))
def test_no_push_makes_more_parts_of_what_there_is(seed, way, radius):
    mask = lump(seed, SHAPE, 3.0)
    canvas = mask.copy()
    nudge = Nudge(canvas, way[0], radius)
    for to in way[1:]:
        parts, holes = count_parts(canvas), count_holes(canvas)
        nudge.moved(to)
        if nudge.is_outwards:
            assert count_parts(canvas) <= parts
            assert count_holes(canvas) <= holes
        else:
            assert count_parts(canvas) <= parts
        assert canvas.any() == mask.any()


@given(seed=st.integers(0, 10_000), way=ways, radius=st.floats(0.75, 9))
def test_the_disc_pushes_all_of_its_way_and_only_one_way(seed, way, radius):
    canvas = lesion(seed, SHAPE)
    nudge = Nudge(canvas, way[0], radius)
    if nudge.is_outwards:
        way = [kept_inside(point, SHAPE) for point in way]
    for start, to in pairwise(way):
        before, disc_way = canvas.copy(), swept([start, to], radius)
        nudge.moved(to)
        if nudge.is_outwards:
            assert not ((before | disc_way) & ~canvas).any()
        elif (before & ~disc_way).any():
            assert not (canvas & ~before).any()
            assert not (canvas & disc_way).any()
        else:
            assert np.array_equal(canvas, before)


@given(seed=st.integers(0, 10_000), way=ways, radius=st.floats(0.2, 9), kind=st.sampled_from([np.bool_, np.uint8]))
def test_every_window_is_the_smallest_that_holds_the_change(seed, way, radius, kind):
    canvas = lump(seed, SHAPE, 3.0).astype(kind)
    nudge = Nudge(canvas, way[0], radius)
    for to in way[1:]:
        before = canvas.copy()
        window = nudge.moved(to)
        rows, columns = np.nonzero(before != canvas)
        assert window == (Box(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1) if rows.size else None)
        assert set(np.unique(canvas)) <= {0, 1}


def test_a_disc_that_leaves_the_scan_and_comes_back_drags_the_outline_along_the_border():
    mask = disc(SHAPE, (8, 8), 5)
    found = pushed(mask, [Point(8, 8), Point(8, -30), Point(40, -30), Point(40, 5)], 3)
    assert count_parts(found) == 1
    assert found[0, 8:40].all()


def test_a_disc_pressed_beside_the_scan_pushes_inwards():
    mask = mask_of("##..", "##..")
    nudge = Nudge(mask, Point(-1, 1), 0.4)
    assert not nudge.is_outwards
    nudge.moved(Point(0.5, 0.5))
    assert np.argwhere(~mask[:, :2]).tolist() == [[0, 0]]


@pytest.mark.parametrize(("shape", "limit_ms"), [((768, 1024), 4), ((3072, 4096), 8)])
def test_a_push_takes_no_time_worth_speaking_of(shape, limit_ms):
    canvas, middle = np.zeros(shape, np.bool_), Point(shape[1] / 2, shape[0] / 2)
    stroke(canvas, middle, middle, shape[0] / 4, True)
    nudge = Nudge(canvas, Point(shape[1] / 2, shape[0] / 4 - 40), 30)
    took, changes = [], 0
    for place in range(20):
        start = time.process_time()
        changes += nudge.moved(Point(shape[1] / 2, shape[0] / 4 - 40 + 4 * place)) is not None
        took.append(1000 * (time.process_time() - start))
    assert changes > 10
    assert sorted(took)[10] < limit_ms / 4
