"""Parts, cuts, unions and bridges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import bridged, cut, cut_along, merged, parts, polygon
from busi_gui.domain.masks.painting import pixels_between
from models.analysis import Mask
from tests.domain.mask_shapes import count_parts, disc, lesion, mask_of, points, small_masks

SHAPE = (16, 20)
lines = st.lists(points(SHAPE, 6), min_size=2, max_size=5)


def is_tiling(pieces: list[Mask], mask: Mask) -> bool:
    """Whether pieces share no pixel, are each something, lie largest first, and together are the mask."""
    sizes = [int(piece.sum()) for piece in pieces]
    return bool(np.array_equal(sum(piece.astype(int) for piece in pieces), mask)) and sizes == sorted(sizes, reverse=True) and all(sizes)


@given(mask=small_masks())
def test_parts_are_each_of_one_piece_and_together_the_mask(mask):
    found = parts(mask)
    assert len(found) == count_parts(mask)
    assert not found or is_tiling(found, mask)
    assert all(count_parts(part) == 1 and part.dtype == np.bool_ for part in found)


def test_of_parts_of_one_size_the_topmost_comes_first():
    found = parts(mask_of("..#.#", ".....", "##..."))
    assert [np.argwhere(part).tolist()[0] for part in found] == [[2, 0], [0, 2], [0, 4]]


@given(mask=small_masks(), line=lines)
def test_pieces_share_no_pixel_and_together_are_the_mask(mask, line):
    before = mask.copy()
    mask.setflags(write=False)
    found = cut_along(mask, line)
    assert np.array_equal(mask, before)
    assert bool(found) == bool(mask.any())
    assert not found or is_tiling(found, mask)
    assert not any(np.shares_memory(piece, mask) for piece in found)


@given(seed=st.integers(0, 10_000), line=lines)
def test_every_piece_of_a_lesion_is_of_one_piece(seed, line):
    mask = lesion(seed, SHAPE)
    found = cut_along(mask, line)
    assert all(count_parts(piece) == 1 for piece in found)
    rest = mask.copy()
    for start, end in pairwise(line):
        rest[pixels_between(start, end, SHAPE)] = False
    assert len(found) == max(1, count_parts(rest))


@given(y=st.floats(6.2, 23.8))
def test_a_level_cut_leaves_every_pixel_on_the_side_of_its_middle(y):
    mask = np.zeros((40, 40), np.bool_)
    mask[5:25, 5:35] = True
    pieces = cut(mask, Point(0, y), Point(40, y))
    rows = np.mgrid[:40, :40][0] + 0.5
    upper, lower = sorted(pieces, key=lambda piece: int(np.argwhere(piece)[0, 0]))
    assert np.array_equal(upper, mask & (rows < y)) or np.array_equal(upper, mask & (rows <= y))
    assert np.array_equal(lower, mask & ~upper)


@given(start=points((60, 60), 0), end=points((60, 60), 0))
def test_a_slanted_cut_leaves_every_pixel_on_the_side_of_its_middle(start, end):
    way = np.array([end.x - start.x, end.y - start.y])
    length = float(np.hypot(*way))
    if length < 1:
        return
    mask = disc((60, 60), (30, 30), 20)
    far = way / length * 200
    pieces = cut(mask, Point(start.x - far[0], start.y - far[1]), Point(end.x + far[0], end.y + far[1]))
    rows, columns = np.mgrid[:60, :60] + 0.5
    aside = ((columns - start.x) * way[1] - (rows - start.y) * way[0]) / length
    if len(pieces) == 2:
        wrong = min(np.count_nonzero(pieces[0] & (sign * aside > 1e-6)) + np.count_nonzero(pieces[1] & (sign * aside < -1e-6)) for sign in (1, -1))
        # A pixel at the end of the cut, which has nothing of its own side beside it, stays with the other.
        assert wrong <= 10
        assert count_parts(pieces[0]) == count_parts(pieces[1]) == 1


def test_through_the_midst_not_a_pixel_is_on_the_wrong_side():
    mask = disc((60, 60), (30, 30), 25)
    rows, columns = np.mgrid[:60, :60] + 0.5
    rng = np.random.default_rng(1)
    for _ in range(600):
        turned, (x, y) = rng.uniform(0, 2 * np.pi), 30 + rng.uniform(-10, 10, 2)
        way = 100 * np.array([np.cos(turned), np.sin(turned)])
        pieces = cut(mask, Point(x - way[0], y - way[1]), Point(x + way[0], y + way[1]))
        side = mask & ((columns - x) * way[1] > (rows - y) * way[0])
        assert any(np.array_equal(side, piece) for piece in pieces)


def test_a_wedge_has_no_pixel_too_many_or_too_few_but_at_its_tip():
    mask = np.zeros((60, 60), np.bool_)
    mask[5:55, 5:55] = True
    line = [Point(18, 0), Point(29.3, 38.6), Point(41, 0)]
    wedge = cut_along(mask, line)[1]
    wrong = np.argwhere(wedge ^ (mask & polygon(line, (60, 60))))
    assert len(wrong) <= 2
    assert all(np.hypot(row + 0.5 - 38.6, column + 0.5 - 29.3) < 3 for row, column in wrong)


@pytest.mark.parametrize(
    ("start", "end"), [(Point(0, 2), Point(40, 2)), (Point(20, 0), Point(20, 18)), (Point(0, 20), Point(12, 20)), (Point(9, 9), Point(9, 9))]
)
def test_a_line_beside_a_lesion_or_into_it_does_not_part_it(start, end):
    mask = disc((40, 40), (20, 20), 12)
    (found,) = cut(mask, start, end)
    assert np.array_equal(found, mask)


def test_a_bent_line_cuts_out_what_it_goes_around():
    mask = np.zeros((40, 40), np.bool_)
    mask[5:35, 5:35] = True
    pieces = cut_along(mask, [Point(15, 0), Point(15, 20), Point(25, 20), Point(25, 0)])
    assert [int(piece.sum()) for piece in pieces] == [900 - 150, 150]


def test_a_part_that_was_not_cut_goes_with_the_nearest_piece():
    mask = disc((40, 60), (20, 20), 12)
    mask[19:22, 40:43] = True
    mask[19:22, 2:4] = True
    left, right = sorted(cut(mask, Point(20, 0), Point(20, 40)), key=lambda piece: int(np.argwhere(piece)[:, 1].min()))
    assert left[20, 2]
    assert right[20, 41]
    assert len(cut(mask, Point(50, 0), Point(50, 40))) == 1


def test_a_mask_that_is_all_on_the_line_is_not_parted():
    mask = mask_of(".....", "#####", ".....")
    (found,) = cut(mask, Point(0, 1.5), Point(5, 1.5))
    assert np.array_equal(found, mask)


def test_nothing_is_cut_into_nothing():
    assert cut(np.zeros((9, 9), np.bool_), Point(0, 4), Point(9, 4)) == []
    assert len(cut_along(disc((40, 40), (20, 20), 9), [Point(3, 3)])) == 1
    assert len(cut_along(disc((40, 40), (20, 20), 9), [])) == 1


@given(masks=st.lists(small_masks(), min_size=1, max_size=4))
def test_merged_is_all_that_lies_in_any(masks):
    first = masks[0].copy()
    assert np.array_equal(merged(masks), np.any(masks, axis=0))
    assert np.array_equal(masks[0], first)


def test_masks_of_different_scans_are_not_merged():
    with pytest.raises(ValueError, match="one scan"):
        merged([np.zeros((3, 4), np.bool_), np.zeros((4, 3), np.bool_)])
    with pytest.raises(ValueError, match="one scan"):
        merged([])


@given(mask=small_masks())
def test_bridged_a_mask_is_of_one_piece_and_has_lost_nothing(mask):
    found = bridged(mask)
    assert not (mask & ~found).any()
    assert count_parts(found) == min(1, count_parts(mask))
    if count_parts(mask) < 2:
        assert np.array_equal(found, mask)


def test_a_bridge_is_the_shortest():
    mask = disc((60, 100), (25, 30), 15) | disc((60, 100), (75, 30), 15)
    added = bridged(mask, 2) & ~mask
    rows, columns = np.nonzero(added)
    assert rows.min() >= 27
    assert rows.max() <= 32
    assert columns.min() >= 38
    assert columns.max() <= 61
