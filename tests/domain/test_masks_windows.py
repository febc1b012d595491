"""Windows of masks and how two masks compare."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from busi_gui.domain.masks import changed_window, dice, enclosing, enlarged, is_same, window_of
from busi_gui.domain.scan import Box
from tests.domain.mask_shapes import mask_of, small_masks


@given(mask=small_masks())
def test_a_window_is_the_smallest_that_holds_the_mask(mask):
    window = window_of(mask)
    if not mask.any():
        assert window is None
        return
    assert window is not None
    outside = mask.copy()
    outside[window.slices] = False
    assert not outside.any()
    inside = mask[window.slices]
    assert all(edge.any() for edge in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))
    assert window_of(np.asfortranarray(mask)) == window_of(mask.astype(np.uint8)) == window


@given(before=small_masks(), after=small_masks())
def test_a_changed_window_holds_every_change(before, after):
    assert changed_window(before, after) == window_of(before ^ after)


def test_nothing_changed_has_no_window():
    assert changed_window(mask_of("#.", ".."), mask_of("#.", "..")) is None


def test_one_window_holds_others():
    assert enclosing(None, Box(3, 4, 5, 6), None, Box(1, 5, 4, 9)) == Box(1, 4, 5, 9)
    assert enclosing(None) is None
    assert enclosing() is None


def test_a_window_is_enlarged_as_far_as_the_scan_reaches():
    assert enlarged(Box(3, 4, 5, 6), 2, 9, (6, 12)) == Box(1, 0, 6, 12)


def test_dice_is_twice_the_shared_area_by_both():
    assert dice(mask_of("##.", "..."), mask_of(".##", "#..")) == pytest.approx(2 / 5)
    assert dice(mask_of("..."), mask_of("...")) == 1
    assert dice(mask_of("#.."), mask_of("...")) == 0


@given(one=small_masks(), other=small_masks())
def test_dice_is_one_only_of_the_same(one, other):
    assert dice(one, other) == dice(other, one)
    assert (dice(one, other) == 1) == is_same(one, other)


def test_masks_of_different_sizes_are_not_the_same_and_not_compared():
    one, other = np.zeros((3, 4), np.bool_), np.zeros((4, 3), np.bool_)
    assert not is_same(one, other)
    with pytest.raises(ValueError, match="one size"):
        dice(one, other)
    with pytest.raises(ValueError, match="one size"):
        changed_window(one, other)
