"""COCO's ways to write a mask, whole and damaged."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as run_lengths

from busi_gui.io.exports.coco import encoded_mask
from busi_gui.io.imports.runs import decompressed, mask_of

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")  # of pycocotools
SHAPE = (30, 50)


def uncompressed(mask):
    """Write a mask as alternating counts of 0 and 1, column by column."""
    flat = np.concatenate([[0], mask.ravel(order="F").astype(np.int8), [2]])
    ends = np.flatnonzero(np.diff(flat[:-1])) if mask.any() else np.array([], int)
    return {"size": list(mask.shape), "counts": [int(count) for count in np.diff([0, *ends, mask.size])]}


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_run_lengths_are_read_as_pycocotools_reads_them(mask):
    assert np.array_equal(mask_of(encoded_mask(mask), mask.shape), mask)
    assert np.array_equal(mask_of(uncompressed(mask), mask.shape), mask)


def test_long_runs_need_several_letters():
    mask = np.zeros((3000, 2000), np.bool_)
    mask[2999, 1999] = mask[0, 1000] = True
    assert np.array_equal(mask_of(encoded_mask(mask), mask.shape), mask)


corners = st.tuples(st.floats(-20, 70), st.floats(-20, 70))


@given(st.lists(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 30)), min_size=3, max_size=8), min_size=1, max_size=3))
def test_polygons_are_filled_as_pycocotools_fills_them(polygons):
    flat = [[number for corner in polygon for number in corner] for polygon in polygons]
    expected = run_lengths.decode(run_lengths.merge(run_lengths.frPyObjects(flat, *SHAPE))).astype(np.bool_)
    assert np.array_equal(mask_of(flat, SHAPE), expected)


@given(st.lists(corners, min_size=3, max_size=8))
def test_polygons_over_the_edge_stay_inside(polygon):
    assert mask_of([[number for corner in polygon for number in corner]], SHAPE).shape == SHAPE


def test_a_polygon_far_outside_takes_no_memory():
    mask = mask_of([[1e30, -1e30, 1e30, 1e30, -1e30, 1e30, -1e30, -1e30]], SHAPE)
    assert mask.all()


@pytest.mark.parametrize(
    ("segmentation", "reason"),
    [
        (None, "neither"),
        ("polygon", "neither"),
        ([], "three corners"),
        ([[1, 2, 3, 4]], "three corners"),
        ([[1, 2, 3, 4, 5]], "three corners"),
        ([[1, 2, 3, 4, 5, 6, 7]], "half a corner"),
        ([[1, 2, 3, 4, 5, float("nan")]], "three corners"),
        ([["a", "b", "c", "d", "e", "f"]], "no list of numbers"),
        ([[1, 2, 3, 4, 5, 6], "x"], "no list of numbers"),
        ([[[1, 2], [3, 4, 5]]], "no list of numbers"),
        ([[10**400] * 6], "no list of numbers"),
        ([{"x": 1}], "no list of numbers"),
        ({"size": [30, 50]}, "neither"),
        ({"size": [50, 30], "counts": [1500]}, "of size"),
        ({"size": None, "counts": [1500]}, "of size"),
        ({"size": [30, 50], "counts": [1499]}, "do not add up"),
        ({"size": [30, 50], "counts": [1501]}, "do not add up"),
        ({"size": [30, 50], "counts": [2000, -500]}, "do not add up"),
        ({"size": [30, 50], "counts": [10**12]}, "do not add up"),
        ({"size": [30, 50], "counts": [1500.0]}, "no whole numbers"),
        ({"size": [30, 50], "counts": [True]}, "no whole numbers"),
        ({"size": [30, 50], "counts": None}, "no whole numbers"),
        ({"size": [30, 50], "counts": ""}, "do not add up"),
        ({"size": [30, 50], "counts": "o" * 1000}, "damaged"),
        ({"size": [30, 50], "counts": "ä"}, "damaged"),
        ({"size": [30, 50], "counts": "\0"}, "damaged"),
        ({"size": [30, 50], "counts": "o"}, "end early"),
    ],
)
def test_what_is_damaged_is_refused_with_a_reason(segmentation, reason):
    with pytest.raises(ValueError, match=reason):
        mask_of(segmentation, SHAPE)


@given(st.text(alphabet=st.characters(min_codepoint=40, max_codepoint=120), max_size=40))
def test_no_text_of_run_lengths_does_more_than_be_refused(text):
    with contextlib.suppress(ValueError):
        assert mask_of({"size": list(SHAPE), "counts": text}, SHAPE).shape == SHAPE


def test_numbers_are_the_difference_to_the_one_before_last():
    runs = [5, 3, 700, 2, 701, 4, 85]
    encoded = run_lengths.frPyObjects({"size": [30, 50], "counts": runs}, 30, 50)["counts"].decode()
    assert decompressed(encoded) == runs
