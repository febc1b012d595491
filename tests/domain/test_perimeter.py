"""The length of an outline."""

from __future__ import annotations

import numpy as np
import pytest

from busi_gui.domain.perimeter import perimeters
from busi_gui.domain.scan import Spacing
from models.analysis import Mask
from tests.domain.mask_shapes import lesion


def in_px(mask: Mask) -> float:
    return perimeters(mask, None)[0]


def oval(row_mm: float, column_mm: float, height_mm: float, width_mm: float, turned: float = 0.0) -> Mask:
    """Return an ellipse with these half axes on pixels of this size, its long axis turned by degrees."""
    rows, columns = np.mgrid[: int(60 / row_mm), : int(60 / column_mm)] + 0.5
    x, y = columns * column_mm - 30, rows * row_mm - 30
    along = x * np.cos(np.radians(turned)) + y * np.sin(np.radians(turned))
    across = y * np.cos(np.radians(turned)) - x * np.sin(np.radians(turned))
    return np.asarray((along / width_mm) ** 2 + (across / height_mm) ** 2 <= 1)


def around_ellipse(one: float, other: float) -> float:
    """Return an ellipse's circumference, by adding up many short chords."""
    angles = np.linspace(0, 2 * np.pi, 100_001)
    return float(np.hypot(np.diff(one * np.cos(angles)), np.diff(other * np.sin(angles))).sum())


@pytest.mark.parametrize(("radius", "within"), [(5, 0.035), (10, 0.01), (25, 0.005), (100, 0.002)])
@pytest.mark.parametrize("seed", range(4))
def test_a_disc_is_as_long_around_as_a_circle(radius, within, seed):
    x, y = np.random.default_rng(seed).uniform(0, 1, 2) + radius + 1
    rows, columns = np.mgrid[: 2 * radius + 4, : 2 * radius + 4] + 0.5
    assert in_px((columns - x) ** 2 + (rows - y) ** 2 <= radius**2) == pytest.approx(2 * np.pi * radius, rel=within)


@pytest.mark.parametrize("side", [10, 30, 100, 400])
def test_a_square_is_too_short_by_half_a_per_cent_and_three_pixels_at_most(side):
    length = in_px(np.ones((side, side), np.bool_))
    assert 0.995 * 4 * side - 3 < length < 4 * side


@pytest.mark.parametrize("turned", range(0, 91, 9))
def test_how_an_edge_lies_matters_less_than_one_per_cent(turned):
    x, y = np.meshgrid(np.arange(500) - 249.7, np.arange(500) - 250.2)
    along = x * np.cos(np.radians(turned)) + y * np.sin(np.radians(turned))
    across = y * np.cos(np.radians(turned)) - x * np.sin(np.radians(turned))
    assert in_px((np.abs(along) <= 160) & (np.abs(across) <= 80)) == pytest.approx(960, rel=0.01)


@pytest.mark.parametrize(("row_mm", "column_mm"), [(0.1, 0.1), (0.1, 0.073), (0.2, 0.1), (0.07, 0.2)])
@pytest.mark.parametrize("turned", [0, 30, 75])
def test_in_millimetres_the_shape_of_pixels_does_not_matter(row_mm, column_mm, turned):
    found = perimeters(oval(row_mm, column_mm, 12, 25, turned), Spacing(row_mm, column_mm))[1]
    assert found == pytest.approx(around_ellipse(12, 25), rel=0.02)


def test_square_pixels_only_scale():
    px, mm = perimeters(lesion(2), Spacing(0.1, 0.1))
    assert mm == pytest.approx(0.1 * px)


def test_a_hole_adds_its_own_outline():
    rows, columns = np.mgrid[:120, :120] + 0.5
    away = np.hypot(columns - 60, rows - 60)
    assert in_px((away <= 50) & (away > 20)) == pytest.approx(2 * np.pi * 70, rel=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_an_outline_is_as_long_turned_or_mirrored_and_wherever_it_lies(seed):
    mask = lesion(seed)
    expected = pytest.approx(in_px(mask))
    assert all(in_px(np.ascontiguousarray(same)) == expected for same in (mask.T, mask[::-1], mask[:, ::-1], np.rot90(mask), np.pad(mask, 7)))


def test_a_staircase_is_as_long_as_its_slope():
    rows, columns = np.mgrid[:400, :400]
    triangle = rows > columns
    assert in_px(triangle) == pytest.approx(400 * (2 + np.sqrt(2)), rel=0.01)
