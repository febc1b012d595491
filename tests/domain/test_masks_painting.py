"""The brush and the polygon, against a plain test of every pixel."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import polygon, stroke
from busi_gui.domain.masks.painting import pixels_between
from busi_gui.domain.scan import Box
from models.analysis import Mask
from tests.domain.mask_shapes import count_parts, points

SHAPE = (24, 30)
radii = st.one_of(st.floats(0.05, 12), st.integers(1, 20).map(lambda half: half / 2))
aspects = st.sampled_from([1.0, 0.5, 0.73, 1.37, 2.0])


def middles(shape=SHAPE):
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    return columns, rows


def swept(start: Point, end: Point, radius: float, aspect: float = 1.0) -> Mask:
    """Return every pixel whose middle is within the radius of the segment, by its distance to it."""
    x, y = middles()
    x, y = x - start.x, (y - start.y) * aspect
    along = np.array([end.x - start.x, (end.y - start.y) * aspect])
    squared = float(along @ along)
    share = np.clip((x * along[0] + y * along[1]) / squared, 0, 1) if squared > 0 else 0.0
    return np.asarray(np.hypot(x - share * along[0], y - share * along[1]) <= radius + 1e-9)


def under(point: Point) -> tuple[int, int] | None:
    """Return the pixel under a point, on the scan's far edge the last; None beside the scan."""
    if not (0 <= point.y <= SHAPE[0] and 0 <= point.x <= SHAPE[1]):
        return None
    return min(int(point.y), SHAPE[0] - 1), min(int(point.x), SHAPE[1] - 1)


def inside(corners: list[Point], shape=SHAPE) -> Mask:
    """Return every pixel from whose middle a ray to the right crosses the outline an odd number of times."""
    x, y = middles(shape)
    found = np.zeros(shape, np.bool_)
    for one, other in zip(corners, corners[1:] + corners[:1], strict=True):
        top, bottom = sorted((one, other), key=lambda point: point.y)
        if top.y == bottom.y:
            continue
        crossing = top.x + (y - top.y) / (bottom.y - top.y) * (bottom.x - top.x)
        found ^= (top.y <= y) & (y < bottom.y) & (x < crossing)
    return found


@given(points(), points(), radii.filter(lambda radius: radius >= 0.75), st.sampled_from([1.0, 0.5, 0.73]))
@example(Point(5.5, 5.5), Point(5.5, 5.5), 5.0, 1.0)
@example(Point(5.5, 5.5), Point(14.5, 17.5), 5.0, 1.0)
@example(Point(12.1, 12.3), Point(12.1, 12.3), 5.0, 1.0)
def test_a_stroke_paints_exactly_the_pixels_whose_middle_it_passes_over(start, end, radius, aspect):
    canvas = np.zeros(SHAPE, np.bool_)
    stroke(canvas, start, end, radius, True, aspect)
    assert np.array_equal(canvas, swept(start, end, radius, aspect))


@given(points(), points(), radii, aspects)
def test_a_thin_brush_paints_those_and_the_pixels_under_its_centre(start, end, radius, aspect):
    canvas = np.zeros(SHAPE, np.bool_)
    stroke(canvas, start, end, radius, True, aspect)
    expected = swept(start, end, radius, aspect)
    assert not (expected & ~canvas).any()
    assert not (canvas & ~expected & ~swept(start, end, np.sqrt(0.5))).any()
    for at in (under(start), under(end)):
        assert at is None or canvas[at]
    if min(radius, radius / aspect) >= 0.5:
        expected_ends = [at for at in (under(start), under(end)) if at is not None]
        extra = np.argwhere(canvas & ~expected)
        assert all(tuple(at) in expected_ends for at in extra.tolist() or [])


@pytest.mark.parametrize("radius", [0.05, 0.3, 0.49])
def test_a_brush_smaller_than_a_pixel_paints_the_one_pixel_under_it(radius):
    canvas = np.zeros(SHAPE, np.bool_)
    assert stroke(canvas, Point(7.01, 9.99), Point(7.01, 9.99), radius, True) == Box(9, 7, 10, 8)
    assert np.argwhere(canvas).tolist() == [[9, 7]]


@pytest.mark.parametrize("radius", [0.5, 0.6, 0.7])
def test_a_small_brush_on_a_corner_of_pixels_still_paints_one(radius):
    canvas = np.zeros(SHAPE, np.bool_)
    stroke(canvas, Point(7.0, 9.0), Point(7.0, 9.0), radius, True)
    assert np.argwhere(canvas).tolist() == [[9, 7]]


@given(st.lists(points(margin=0.0), min_size=2, max_size=6), radii, aspects)
def test_strokes_end_to_end_leave_no_gap(way, radius, aspect):
    canvas = np.zeros(SHAPE, np.bool_)
    for start, end in pairwise(way):
        stroke(canvas, start, end, radius, True, aspect)
    assert count_parts(canvas) == 1


@given(points(), points(), radii, aspects)
def test_the_window_is_the_smallest_that_holds_what_was_painted(start, end, radius, aspect):
    canvas = np.zeros(SHAPE, np.uint8)
    window = stroke(canvas, start, end, radius, True, aspect)
    rows, columns = np.nonzero(canvas)
    assert set(np.unique(canvas)) <= {0, 1}
    expected = Box(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1) if rows.size else None
    assert window == expected


@given(points(), points(), radii, aspects)
def test_erasing_takes_what_painting_gives(start, end, radius, aspect):
    painted, erased = np.zeros(SHAPE, np.bool_), np.ones(SHAPE, np.bool_)
    stroke(painted, start, end, radius, True, aspect)
    stroke(erased, start, end, radius, False, aspect)
    assert np.array_equal(painted, ~erased)


@given(points(), points(), radii)
def test_a_stroke_back_paints_what_the_stroke_there_did(start, end, radius):
    there, back = np.zeros(SHAPE, np.bool_), np.zeros(SHAPE, np.bool_)
    stroke(there, start, end, radius + 0.75, True)
    stroke(back, end, start, radius + 0.75, True)
    assert np.array_equal(there, back)


def test_where_pixels_are_tall_the_brush_is_low():
    canvas = np.zeros((41, 41), np.bool_)
    assert stroke(canvas, Point(20.5, 20.5), Point(20.5, 20.5), 10, True, aspect=2.0) == Box(15, 10, 26, 31)


def test_a_stroke_beside_the_scan_paints_nothing():
    canvas = np.zeros(SHAPE, np.bool_)
    assert stroke(canvas, Point(-20, -20), Point(60, -20), 5, True) is None
    assert stroke(canvas, Point(-20, 5), Point(-3, 5), 2, True) is None
    assert not canvas.any()


@pytest.mark.parametrize(("radius", "aspect"), [(0.0, 1.0), (-1.0, 1.0), (float("nan"), 1.0), (2.0, 0.0)])
def test_a_brush_of_no_size_is_refused(radius, aspect):
    with pytest.raises(ValueError, match="no brush"):
        stroke(np.zeros(SHAPE, np.bool_), Point(1, 1), Point(2, 2), radius, True, aspect)


@pytest.mark.parametrize(("shape", "limit_ms"), [((768, 1024), 4), ((3072, 4096), 8)])
def test_a_brush_event_takes_no_time_worth_speaking_of(shape, limit_ms):
    canvas = np.zeros(shape, np.bool_)
    took = []
    for place in range(20):
        start = time.process_time()
        stroke(canvas, Point(200 + 9 * place, 300), Point(209 + 9 * place, 306), 60, True)
        took.append(1000 * (time.process_time() - start))
    assert sorted(took)[10] < limit_ms / 4


@given(points(), points())
def test_a_line_has_every_pixel_that_it_passes_through_and_touches_no_other(start, end):
    rows, columns = pixels_between(start, end, SHAPE)
    found = np.zeros(SHAPE, np.bool_)
    found[rows, columns] = True
    steps = np.abs(np.diff(rows)) + np.abs(np.diff(columns))
    assert (steps <= 1).all()
    for share in np.linspace(0, 1, 400):
        at = under(Point(start.x + share * (end.x - start.x), start.y + share * (end.y - start.y)))
        assert at is None or found[at] or _is_on_an_edge(start, end, share)
    assert not (found & ~swept(start, end, np.sqrt(0.5))).any()


def _is_on_an_edge(start: Point, end: Point, share: float) -> bool:
    x, y = start.x + share * (end.x - start.x), start.y + share * (end.y - start.y)
    return abs(x - round(x)) < 1e-9 or abs(y - round(y)) < 1e-9


@given(st.lists(points(), min_size=3, max_size=12))
def test_a_polygon_holds_exactly_the_pixels_whose_middle_is_inside(corners):
    assert np.array_equal(polygon(corners, SHAPE), inside(corners))


@given(st.lists(points(), min_size=3, max_size=8), st.integers(0, 7))
def test_where_a_polygon_begins_and_which_way_it_goes_does_not_matter(corners, turn):
    turn %= len(corners)
    turned = (corners[turn:] + corners[:turn])[::-1]
    assert np.array_equal(polygon(corners, SHAPE), polygon(turned, SHAPE))


@given(points(), points(), points(), points())
def test_polygons_with_a_common_edge_share_no_pixel_and_leave_none_out(one, other, left, right):
    both = polygon([one, left, other, right], SHAPE)
    assert np.array_equal(both, polygon([one, left, other], SHAPE) ^ polygon([one, other, right], SHAPE))


def test_a_square_between_pixels_has_its_area():
    assert polygon([Point(2, 3), Point(12, 3), Point(12, 8), Point(2, 8)], SHAPE).sum() == 50


def test_what_is_enclosed_twice_is_outside():
    star = [Point(15 + 11 * np.sin(angle), 12 - 11 * np.cos(angle)) for angle in np.arange(5) * 4 * np.pi / 5]
    mask = polygon(star, SHAPE)
    assert mask[3, 15]
    assert not mask[12, 15]


@pytest.mark.parametrize("corners", [[], [Point(3, 3)], [Point(3, 3), Point(20, 20)], [Point(3, 3), Point(9, 9), Point(20, 20)]])
def test_a_polygon_without_area_is_empty(corners):
    mask = polygon(corners, SHAPE)
    assert mask.dtype == np.bool_
    assert mask.shape == SHAPE
    assert not mask.any()


def test_a_polygon_around_the_scan_is_all_of_it():
    assert polygon([Point(-1e6, -1e6), Point(1e6, -1e6), Point(1e6, 1e6), Point(-1e6, 1e6)], SHAPE).all()
