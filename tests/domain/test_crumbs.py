"""Pieces that are too small to be lesions stay with their neighbours."""

from __future__ import annotations

import numpy as np

from busi_gui.domain.masks.crumbs import without_crumbs


def piece(top, left, bottom, right):
    mask = np.zeros((40, 60), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def test_pieces_that_are_large_enough_stay_as_they_are():
    pieces = [piece(0, 0, 20, 20), piece(0, 20, 20, 30)]
    found = without_crumbs(pieces)
    assert [np.array_equal(*pair) for pair in zip(found, pieces, strict=True)] == [True, True]
    assert not any(np.shares_memory(one, other) for one in found for other in pieces)


def test_a_crumb_goes_to_the_piece_that_it_touches_most():
    large, small, crumb = piece(0, 0, 20, 20), piece(0, 20, 20, 30), piece(5, 30, 9, 32)
    found = without_crumbs([large, small, crumb])
    np.testing.assert_array_equal(found[0], large)
    np.testing.assert_array_equal(found[1], small | crumb)


def test_a_crumb_that_touches_none_goes_to_the_nearest():
    large, small, crumb = piece(0, 0, 20, 20), piece(0, 30, 20, 40), piece(5, 25, 7, 27)
    np.testing.assert_array_equal(without_crumbs([large, small, crumb])[1], small | crumb)


def test_a_hundredth_of_all_is_a_crumb_however_many_pixels():
    large, crumb = piece(0, 0, 40, 50), piece(0, 50, 11, 51)
    assert [int(found.sum()) for found in without_crumbs([large, crumb])] == [2011]


def test_of_nothing_but_crumbs_one_is_left():
    found = without_crumbs([piece(0, 0, 2, 4), piece(0, 4, 2, 7)])
    assert [int(mask.sum()) for mask in found] == [14]


def test_what_grows_by_crumbs_may_become_the_largest():
    # 10 pixels are no crumb, nor are 11 beside it: the two that follow are.
    first, second, crumb = piece(0, 0, 1, 12), piece(2, 0, 3, 11), piece(3, 0, 4, 9)
    assert [int(mask.sum()) for mask in without_crumbs([first, second, crumb])] == [20, 12]
