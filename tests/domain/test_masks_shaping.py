"""Holes, teeth, crumbs, growing and shrinking."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from busi_gui.domain.masks import dice, fill_holes, grown, keep_largest, shaping, smooth
from busi_gui.domain.scan import Spacing
from models.analysis import Mask
from tests.domain.mask_shapes import count_holes, count_parts, disc, lesion, lump, mask_of, small_masks

EMPTY = np.zeros((16, 20), np.bool_)
TOOLS = {
    "fill": fill_holes,
    "smooth": lambda mask: smooth(mask, 3),
    "largest": keep_largest,
    "grow": lambda mask: grown(mask, 2),
    "shrink": lambda mask: grown(mask, -2),
}


def near(mask: Mask, by: float, row: float, column: float) -> Mask:
    """Return what lies within a distance of any pixel, by trying every pair."""
    rows, columns = np.mgrid[: mask.shape[0], : mask.shape[1]]
    found = np.zeros_like(mask)
    for at_row, at_column in np.argwhere(mask):
        found |= np.hypot((rows - at_row) * row, (columns - at_column) * column) <= by * (1 + 1e-9)
    return found


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_of_nothing_comes_nothing(tool):
    found = tool(EMPTY)
    assert found.dtype == np.bool_
    assert found.shape == EMPTY.shape
    assert not found.any()


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
@given(mask=small_masks())
def test_a_mask_is_never_written_to_nor_handed_on(tool, mask):
    before = mask.copy()
    mask.setflags(write=False)
    found = tool(mask)
    assert np.array_equal(mask, before)
    assert not np.shares_memory(found, mask)
    assert found.dtype == np.bool_
    assert np.array_equal(found, tool(mask))


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
@given(mask=small_masks(), down=st.integers(0, 5), right=st.integers(0, 5))
def test_where_on_a_scan_a_mask_lies_does_not_matter(tool, mask, down, right):
    here, there = np.zeros((46, 50), np.bool_), np.zeros((46, 50), np.bool_)
    here[15:31, 15:35] = mask
    there[15 + down : 31 + down, 15 + right : 35 + right] = mask
    assert np.array_equal(np.roll(tool(here), (down, right), (0, 1)), tool(there))


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
@given(mask=small_masks())
def test_how_a_mask_lies_in_memory_does_not_matter(tool, mask):
    assert np.array_equal(tool(np.asfortranarray(mask)), tool(mask))
    assert np.array_equal(tool(np.dstack([mask, ~mask])[..., 0]), tool(mask))


def test_holes_are_filled_and_bays_are_not():
    mask = mask_of(
        ".........",
        ".#####.#.",
        ".#.#.###.",
        ".###...#.",
        ".....###.",
    )
    assert np.argwhere(fill_holes(mask) & ~mask).tolist() == [[2, 2]]


def test_a_hole_closed_only_at_a_corner_is_filled():
    assert fill_holes(mask_of(".#.", "#.#", ".#.")).sum() == 5


def test_what_is_open_to_the_scans_border_is_no_hole():
    mask = mask_of("#.#", "###", "...")
    assert np.array_equal(fill_holes(mask), mask)


@given(mask=small_masks())
def test_filled_a_mask_has_no_hole_and_has_lost_nothing(mask):
    found = fill_holes(mask)
    assert not (mask & ~found).any()
    if mask.any():
        assert count_holes(found) == 0
        framed = np.pad(mask, 1)
        cv2.floodFill(framed.view(np.uint8), None, (0, 0), 2, flags=4)
        assert np.array_equal(found, framed.view(np.uint8)[1:-1, 1:-1] != 2)


def test_only_the_largest_part_is_kept():
    mask = mask_of("##..#", "....#", ".....", "#...#", ".###.")
    assert np.array_equal(keep_largest(mask), mask_of(".....", ".....", ".....", "#...#", ".###."))


def test_of_parts_of_one_size_the_topmost_is_kept():
    assert np.argwhere(keep_largest(mask_of("...#", "....", "#..."))).tolist() == [[0, 3]]


@given(mask=small_masks())
def test_the_largest_part_is_one_part_of_the_mask(mask):
    found = keep_largest(mask)
    assert not (found & ~mask).any()
    assert count_parts(found) == min(1, count_parts(mask))


@pytest.mark.parametrize("spacing", [None, Spacing(0.1, 0.1), Spacing(0.1, 0.07), Spacing(0.05, 0.12)])
@given(mask=small_masks(), steps=st.one_of(st.integers(1, 9), st.floats(0.3, 40)))
def test_growing_adds_what_is_near_enough_and_nothing_else(spacing, mask, steps):
    by = steps if spacing is None else steps * 0.1
    row, column = (spacing.row_mm, spacing.column_mm) if spacing is not None else (1.0, 1.0)
    assert np.array_equal(grown(mask, by, spacing), near(mask, by, row, column))


@pytest.mark.parametrize("spacing", [None, Spacing(0.1, 0.07), Spacing(0.05, 0.12)])
@given(mask=small_masks(), steps=st.floats(0.3, 40))
def test_shrinking_takes_what_is_as_near_to_the_background(spacing, mask, steps):
    by = steps if spacing is None else steps * 0.1
    row, column = (spacing.row_mm, spacing.column_mm) if spacing is not None else (1.0, 1.0)
    assert np.array_equal(grown(mask, -by, spacing), ~near(~mask, by, row, column))


@given(mask=small_masks(), by=st.floats(0, 9), more=st.floats(0, 5))
def test_the_more_is_grown_the_more_there_is(mask, by, more):
    for less, much in ((grown(mask, by), grown(mask, by + more)), (grown(mask, -by - more), grown(mask, -by)), (grown(mask, -by), mask)):
        assert not (less & ~much).any()


def test_a_pixel_grown_by_one_is_a_cross_and_shrinks_to_itself():
    cross = grown(mask_of(".....", ".....", "..#..", ".....", "....."), 1)
    assert np.array_equal(cross, mask_of(".....", "..#..", ".###.", "..#..", "....."))
    assert np.argwhere(grown(cross, -1)).tolist() == [[2, 2]]


def test_with_oblong_pixels_a_mask_grows_by_the_same_millimetres_either_way():
    mask = np.zeros((61, 61), np.bool_)
    mask[30, 30] = True
    found = grown(mask, 1.0, Spacing(0.2, 0.05))
    assert np.flatnonzero(found.any(axis=1)).tolist() == list(range(25, 36))
    assert np.flatnonzero(found.any(axis=0)).tolist() == list(range(10, 51))


def test_growing_ends_at_the_scans_border_and_shrinking_does_not_begin_there():
    mask = np.zeros((20, 30), np.bool_)
    mask[:, :10] = True
    assert np.flatnonzero(grown(mask, 4)[7]).tolist() == list(range(14))
    assert np.flatnonzero(grown(mask, -4)[7]).tolist() == list(range(6))
    assert grown(mask, -4)[0, 0]
    assert grown(mask, 1e9).all()


def test_a_mask_shrinks_to_nothing():
    assert not grown(disc((40, 40), (20, 20), 9), -12).any()
    assert not grown(disc((40, 40), (20, 20), 9), -1e9).any()


@pytest.mark.parametrize("by", [float("nan"), float("inf")])
def test_a_mask_is_not_grown_by_no_number(by):
    with pytest.raises(ValueError, match="cannot be grown"):
        grown(EMPTY, by)


def test_teeth_and_bays_go_and_the_area_stays():
    mask = disc((120, 140), (70, 60), 40)
    rough = mask.copy()
    rough[10:30, 69:72] = True
    rough[58:61, 100:140] = False
    rough[58:62, 20:35] = True
    rough[90:110, 70:73] = False
    found = smooth(rough, 4)
    assert found.sum() == pytest.approx(rough.sum(), rel=0.01)
    assert not found[10:17, 69:72].any()
    assert found[95:97, 71].all()
    assert dice(found, mask) > dice(rough, mask) + 0.004


def test_smooth_does_little_to_what_is_smooth():
    mask = disc((120, 140), (70, 60), 40)
    oval = cv2.ellipse(np.zeros((120, 140), np.uint8), (70, 60), (50, 25), 20, 0, 360, 1, -1) > 0
    assert dice(smooth(mask, 3), mask) > 0.995
    assert dice(smooth(oval, 3), oval) > 0.99


@pytest.mark.parametrize("seed", range(12))
def test_smoothing_twice_changes_less_than_once(seed):
    mask = lump(seed, (90, 110), 3.0)
    mask ^= np.random.default_rng(seed).random(mask.shape) < 0.1
    once = smooth(mask, 2)
    assert (smooth(once, 2) ^ once).sum() < 0.4 * (once ^ mask).sum()


@given(mask=small_masks(), radius=st.floats(0.5, 5))
def test_smoothing_changes_nothing_farther_from_the_outline_than_its_radius(mask, radius):
    found = smooth(mask, radius)
    assert not (grown(mask, -radius) & ~found).any()
    assert not (found & ~grown(mask, radius)).any()


@given(mask=small_masks(), radius=st.floats(0, 8))
def test_smoothing_never_loses_the_lesion_and_never_makes_more_of_one(mask, radius):
    found = smooth(mask, radius)
    assert found.any() == mask.any()
    assert count_parts(found) <= count_parts(mask)


@pytest.mark.parametrize("seed", range(40))
def test_smoothing_keeps_a_lesion_of_any_shape_whole_and_as_large(seed):
    mask = lesion(seed, (90, 110))
    found = smooth(mask, 2 + seed % 4)
    assert count_parts(found) == 1
    assert found.sum() == pytest.approx(mask.sum(), rel=0.04)


def test_a_thin_bridge_does_not_break():
    mask = disc((60, 120), (30, 30), 18) | disc((60, 120), (90, 30), 18)
    mask[30, 30:90] = True
    assert count_parts(smooth(mask, 4)) == 1


def test_smoothing_does_not_draw_back_from_the_scans_border():
    mask = np.zeros((60, 90), np.bool_)
    mask[:20, 20:70] = True
    found = smooth(mask, 5)
    assert found[0, 22:68].all()
    assert np.array_equal(smooth(np.ones((9, 9), np.bool_), 3), np.ones((9, 9)))


def test_less_than_half_a_pixel_smooths_nothing():
    mask = lump(1)
    assert np.array_equal(smooth(mask, 0.4), mask)
    assert np.array_equal(smooth(mask, -3), mask)


def test_a_large_lesion_is_smoothed_as_a_small_one_without_taking_as_long_as_the_gaussian_is_wide(monkeypatch):
    large = np.zeros((1200, 1600), np.uint8)
    cv2.ellipse(large, (800, 600), (600, 400), 0, 0, 360, 1, -1)
    for angle in range(0, 360, 20):
        place = round(800 + 600 * np.cos(np.radians(angle))), round(600 + 400 * np.sin(np.radians(angle)))
        cv2.circle(large, place, 25, angle // 20 % 2, -1)

    def smoothed() -> tuple[Mask, float]:
        start = time.perf_counter()
        return smooth(large.astype(np.bool_), 60), time.perf_counter() - start

    (quick, quick_s), (again, again_s) = smoothed(), smoothed()
    monkeypatch.setattr(shaping, "_FINE_PX", np.inf)
    slow, slow_s = smoothed()
    assert np.array_equal(quick, again)
    assert dice(quick, slow) > 0.9999
    assert np.count_nonzero(quick) == np.count_nonzero(large)
    assert min(quick_s, again_s) < slow_s / 2
