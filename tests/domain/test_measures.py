"""Sizes of lesions, in pixels and millimetres."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from busi_gui.domain.measures import Measures, measure
from busi_gui.domain.scan import Spacing


def mask_of(*rows: str) -> np.ndarray:
    return np.array([[letter == "#" for letter in row] for row in rows])


def ellipse(shape, centre, axes, angle=0.0) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    cv2.ellipse(mask, centre, axes, angle, 0, 360, 1, -1)
    return mask > 0


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
