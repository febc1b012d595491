"""Sizes of lesions, in pixels and millimetres."""

from __future__ import annotations

import time
from math import hypot

import cv2
import numpy as np
import pytest

from busi_gui.domain.measures import Line, Measures, measure
from busi_gui.domain.scan import Box, Spacing


def mask_of(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


def ellipse(shape, centre, axes, angle=0.0) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    cv2.ellipse(mask, centre, axes, angle, 0, 360, 1, -1)
    return mask > 0


def length_of(line: Line | None, row: float = 1.0, column: float = 1.0) -> float:
    assert line is not None
    return hypot((line[1].x - line[0].x) * column, (line[1].y - line[0].y) * row)


def callipers(mask: np.ndarray, row: float, column: float) -> float:
    """Return the greatest distance between the middles of any two sides, by trying all."""
    pixels = np.argwhere(mask)
    sides = np.concatenate([pixels + step for step in ((0.5, 0), (-0.5, 0), (0, 0.5), (0, -0.5))]) * (row, column)
    apart = sides[:, np.newaxis] - sides[np.newaxis]
    return float(np.hypot(apart[..., 0], apart[..., 1]).max())


def test_an_empty_mask_is_refused():
    with pytest.raises(ValueError, match="empty"):
        measure(np.zeros((10, 12), np.bool_), None)


def test_a_single_pixel_is_one_pixel_long_and_across():
    found = measure(mask_of("....", ".#..", "...."), None)
    assert (found.area_px, found.bbox, found.width_px, found.height_px) == (1, (1, 1, 2, 2), 1, 1)
    assert (found.long_axis_px, found.short_axis_px, found.angle) == (1, 1, 0)


@pytest.mark.parametrize("length", [2, 3, 10, 57])
def test_a_run_of_pixels_is_as_long_as_it_has_pixels(length):
    mask = np.zeros((70, 80), np.bool_)
    mask[4, 3 : 3 + length] = True
    lying, standing = measure(mask, None), measure(mask.T, None)
    assert (lying.width_px, lying.height_px, lying.long_axis_px, lying.short_axis_px, lying.angle) == (length, 1, length, 1, 0)
    assert (standing.width_px, standing.height_px, standing.long_axis_px, standing.short_axis_px) == (1, length, length, 1)
    assert standing.angle == 90


def test_an_ellipse_is_as_long_and_as_wide_as_its_axes():
    found = measure(ellipse((300, 400), (200, 150), (100, 60), 30), None)
    assert found.long_axis_px == pytest.approx(201, abs=1.5)
    assert found.short_axis_px == pytest.approx(121, abs=3)
    assert found.angle == pytest.approx(30, abs=2)
    assert found.area_px == pytest.approx(np.pi * 100 * 60, rel=0.02)


def test_the_angle_does_not_tell_left_from_right():
    left, right = (measure(ellipse((300, 400), (200, 150), (100, 40), angle), None) for angle in (35, -35))
    assert left.angle == pytest.approx(right.angle, abs=0.5)


def test_the_box_ends_one_past_the_lesion():
    mask = np.zeros((50, 60), np.bool_)
    mask[10:21, 30:36] = True
    assert measure(mask, None).bbox == (10, 30, 21, 36)


def test_without_spacing_nothing_is_in_millimetres():
    found = measure(mask_of(".##."), None)
    assert {found.area_mm2, found.long_axis_mm, found.short_axis_mm, found.width_mm, found.height_mm} == {None}


def test_square_pixels_only_scale():
    mask = ellipse((300, 400), (200, 150), (100, 60), 30)
    found = measure(mask, Spacing(0.1, 0.1))
    assert found.long_axis_mm == pytest.approx(found.long_axis_px * 0.1)
    assert found.short_axis_mm == pytest.approx(found.short_axis_px * 0.1)
    assert (found.width_mm, found.height_mm) == pytest.approx((found.width_px * 0.1, found.height_px * 0.1))
    assert found.area_mm2 == pytest.approx(found.area_px * 0.01)


def test_with_oblong_pixels_the_axes_are_found_in_millimetres():
    wide_in_pixels = ellipse((300, 400), (200, 150), (100, 60))
    found = measure(wide_in_pixels, Spacing(0.3, 0.1))
    assert found.long_axis_mm == pytest.approx(121 * 0.3, rel=0.005)
    assert found.short_axis_mm == pytest.approx(201 * 0.1, rel=0.01)
    assert found.angle == pytest.approx(90, abs=5)
    assert (found.width_mm, found.height_mm) == pytest.approx((20.1, 36.3))
    assert found.width_to_height == pytest.approx(20.1 / 36.3)


def test_width_to_height_is_in_pixels_where_nothing_else_is_known():
    assert measure(mask_of("####", "####"), None).width_to_height == 2


@pytest.mark.parametrize("seed", range(6))
def test_the_long_axis_is_what_callipers_would_find_at_best(seed):
    rng = np.random.default_rng(seed)
    mask = cv2.GaussianBlur(rng.standard_normal((24, 30)), (0, 0), 2) > 0.15
    found = measure(mask, Spacing(0.2, 0.13))
    assert found.long_axis_px == pytest.approx(callipers(mask, 1, 1))
    assert found.long_axis_mm == pytest.approx(callipers(mask, 0.2, 0.13))
    assert found.short_axis_px <= found.long_axis_px


def test_parts_that_do_not_touch_are_measured_together():
    found = measure(mask_of("#...", "....", "...#"), None)
    assert (found.area_px, found.width_px, found.height_px) == (2, 4, 3)


def test_a_mask_may_be_a_view_in_any_order():
    mask = ellipse((60, 90), (40, 30), (20, 10), 20)
    expected = measure(mask, None)
    assert measure(np.asfortranarray(mask), None) == expected
    assert measure(np.dstack([mask, mask])[..., 0], None) == expected


@pytest.mark.parametrize("spacing", [None, Spacing(0.1, 0.1), Spacing(0.2, 0.13), Spacing(0.1, 0.3)])
@pytest.mark.parametrize("seed", range(4))
def test_the_lines_are_as_long_as_the_axes_and_at_right_angles(spacing, seed):
    rng = np.random.default_rng(seed)
    mask = cv2.GaussianBlur(rng.standard_normal((60, 80)), (0, 0), 5) > 0.05
    found = measure(mask, spacing)
    row, column = (spacing.row_mm, spacing.column_mm) if spacing is not None else (1.0, 1.0)
    long, short = (found.long_axis_mm, found.short_axis_mm) if spacing is not None else (found.long_axis_px, found.short_axis_px)
    assert length_of(found.long_axis, row, column) == pytest.approx(long)
    assert length_of(found.short_axis, row, column) == pytest.approx(short)
    assert found.long_axis is not None
    assert found.short_axis is not None
    (one, other), (this, that) = found.long_axis, found.short_axis
    turned = (other.x - one.x) * (that.x - this.x) * column**2 + (other.y - one.y) * (that.y - this.y) * row**2
    assert turned == pytest.approx(0, abs=1e-9)


def test_the_long_line_ends_on_the_outline_and_the_short_one_lies_where_the_lesion_is_widest():
    pear = ellipse((120, 200), (60, 60), (30, 30))
    pear[60, 10:171] = True
    found = measure(pear, None)
    assert found.long_axis is not None
    assert found.short_axis is not None
    (left, right), (one, other) = found.long_axis, found.short_axis
    assert (left.x, right.x) == (found.bbox[1], found.bbox[3])
    assert left.y == right.y == 60.5
    assert one.x == pytest.approx(60.5, abs=4)
    assert other.x == pytest.approx(one.x)
    assert sorted((one.y, other.y)) == [30, 91]


def test_of_a_run_the_short_line_is_in_the_middle():
    found = measure(mask_of("......", ".####.", "......"), None)
    assert found.long_axis is not None
    assert found.short_axis is not None
    assert [(point.x, point.y) for point in found.long_axis] == [(1, 1.5), (5, 1.5)]
    assert sorted((point.x, point.y) for point in found.short_axis) == [(3, 1), (3, 2)]


def test_the_lines_move_with_the_lesion():
    mask = ellipse((60, 90), (40, 30), (20, 10), 20)
    here, there = measure(mask, None), measure(np.pad(mask, ((7, 0), (11, 0))), None)
    assert here.long_axis is not None
    assert there.long_axis is not None
    assert [(point.x + 11, point.y + 7) for point in here.long_axis] == [(point.x, point.y) for point in there.long_axis]


def test_the_perimeter_is_measured_in_both_units():
    found = measure(ellipse((300, 400), (200, 150), (80, 80)), Spacing(0.1, 0.1))
    assert found.perimeter_px == pytest.approx(2 * np.pi * 80.5, rel=0.01)
    assert found.perimeter_mm == pytest.approx(2 * np.pi * 8.05, rel=0.01)
    assert measure(mask_of(".##."), None).perimeter_mm is None


@pytest.mark.parametrize("spacing", [None, Spacing(0.2, 0.13)])
def test_a_known_window_changes_nothing(spacing):
    mask = ellipse((60, 90), (40, 30), (20, 10), 20)
    top, left, bottom, right = measure(mask, None).bbox
    for window in (Box(top, left, bottom, right), Box(top - 3, left - 9, bottom, right + 20), Box(0, 0, 60, 90)):
        assert measure(mask, spacing, window) == measure(mask, spacing)


def test_a_window_without_a_lesion_is_refused():
    with pytest.raises(ValueError, match="empty"):
        measure(ellipse((60, 90), (40, 30), (20, 10)), None, Box(0, 0, 5, 5))


def test_a_lesion_of_400_pixels_is_measured_within_a_millisecond():
    mask = ellipse((768, 1024), (500, 400), (200, 130), 20)
    box = Box(*measure(mask, None).bbox)
    took = []
    for _ in range(20):
        start = time.process_time()
        measure(mask, Spacing(0.1, 0.08), box)
        took.append(1000 * (time.process_time() - start))
    # Twice what is asked for, on a machine that has more to do.
    assert min(took) < 2


def test_a_huge_mask_is_measured_at_once():
    mask = ellipse((9000, 12000), (6000, 4500), (5000, 3000), 30)
    took = []
    for _ in range(3):
        start = time.process_time()
        found = measure(mask, Spacing(0.1, 0.1))
        took.append(time.process_time() - start)
    assert isinstance(found, Measures)
    assert found.long_axis_px == pytest.approx(10001, abs=3)
    assert min(took) < 0.3
