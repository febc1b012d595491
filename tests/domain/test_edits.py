"""Steps from one reading to the next, forth and back."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from busi_gui.domain.edits import Edit, PackedReading
from busi_gui.domain.packing import PackedMask
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import Box
from tests.domain.readings import SHAPE, box, histories, masks


@given(histories())
def test_every_step_leads_forth_and_back_bit_for_bit(readings):
    edits = [Edit.between("", before, after) for before, after in pairwise(readings)]
    there = readings[0]
    for edit, after in zip(edits, readings[1:], strict=True):
        there = edit.applied(there)
        assert there.is_same(after)
    for edit, before in zip(reversed(edits), reversed(readings[:-1]), strict=True):
        there = edit.reverted(there)
        assert there.is_same(before)


@given(histories(most=1))
def test_a_step_that_changes_nothing_is_known_as_such(readings):
    before, after = readings
    assert Edit.between("", before, after).changes_anything != before.is_same(after)
    assert not Edit.between("", after, after).changes_anything


def test_masks_that_a_step_leaves_alone_are_the_same_arrays():
    before = Reading().found([box(0, 0, 3, 3), box(5, 5, 9, 9)])
    edit = Edit.between("", before, before.with_mask(2, box(5, 5, 10, 10)))
    after = edit.applied(before)
    assert after.outlines[0].mask is before.outlines[0].mask
    assert edit.changed_masks == {2}
    assert edit.reverted(after).outlines[0].mask is before.outlines[0].mask


def test_what_a_step_makes_cannot_be_written():
    before = Reading().found([box(0, 0, 3, 3)])
    after = Edit.between("", before, before.with_mask(1, box(1, 1, 4, 4))).applied(before)
    with pytest.raises(ValueError, match="read-only"):
        after.outlines[0].mask[0, 0] = True


def test_a_stroke_on_a_huge_scan_is_kept_as_small_as_the_stroke():
    before = Reading().found([box(100, 100, 2000, 2000, (3072, 4096))])
    stroke = box(1990, 1990, 2030, 2030, (3072, 4096))
    assert Edit.between("", before, before.with_mask(1, before.outlines[0].mask | stroke)).size_bytes < 2000


@given(masks())
def test_a_packed_mask_comes_back(mask):
    packed = PackedMask.of(mask)
    assert np.array_equal(packed.unpacked(), mask)
    assert np.array_equal(PackedMask.of(mask, Box(0, 0, *SHAPE)).unpacked(), mask)
    assert np.array_equal(packed.flipped(mask), np.zeros(SHAPE, np.bool_))


def test_an_empty_mask_can_be_packed():
    packed = PackedMask.of(np.zeros(SHAPE, np.bool_))
    assert packed.box is None
    assert not packed.unpacked().any()


@pytest.mark.parametrize(
    "damaged",
    [
        lambda good: PackedMask(good.shape, good.box, b"no zlib"),
        lambda good: PackedMask(good.shape, good.box, PackedMask.of(box(0, 0, 1, 1)).content),
        lambda good: PackedMask((4, 4), good.box, good.content),
    ],
)
def test_a_damaged_mask_is_refused(damaged):
    with pytest.raises(ValueError, match=r"damaged|does not lie"):
        damaged(PackedMask.of(box(2, 2, 20, 20))).unpacked()


@given(histories())
def test_a_packed_reading_comes_back(readings):
    for reading in readings:
        assert PackedReading.of(reading).unpacked().is_same(reading)
