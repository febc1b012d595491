"""What changed between two outlines of a lesion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from busi_gui.domain.case import Case
from busi_gui.domain.change import case_before, change_from, dice_of, last_answer
from busi_gui.domain.diagnosing import diagnosed, is_looked_at, shifts_of, with_ranges
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import Box, Region, Scan, Spacing
from models.analysis import Diagnosis, FoundLesion

MASKS = arrays(np.bool_, (6, 7))


def mask_of(top, left, bottom, right):
    mask = np.zeros((40, 50), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def answer_of(mask, p=0.5):
    return FoundLesion(mask, Diagnosis(p, None, None, {}))


def last_change(case):
    (lesion,) = case.lesions
    before = last_answer(lesion)
    assert before is not None
    return change_from(case, lesion, before)


def case_of(*masks, **scan):
    reading = Reading()
    for mask in masks:
        reading = reading.added(mask)
    return Case(Scan(Path("scan.png"), np.zeros((40, 50), np.uint8), **scan)).with_reading(reading)


@given(MASKS, MASKS)
def test_dice_is_even_and_counts_what_is_shared_twice(first, second):
    expected = 1.0 if not (first.any() or second.any()) else 2 * (first & second).sum() / (first.sum() + second.sum())
    assert dice_of(first, second) == dice_of(second, first) == pytest.approx(expected)


def test_a_change_has_both_masks_measured_and_no_probability_of_what_was_not_diagnosed():
    first, second = mask_of(10, 10, 20, 20), mask_of(10, 10, 20, 30)
    case = case_of(first, spacing=Spacing(0.5, 0.5)).with_answers({1: answer_of(first, 0.8)})
    case = case.with_reading(case.reading.with_mask(1, second))
    change = last_change(case)
    assert (change.before.measures.area_mm2, change.after.measures.area_mm2) == (25, 50)
    assert change.dice == pytest.approx(2 / 3)
    assert (change.p_before, change.p_after) == (0.8, None)
    case = case.with_answers({1: answer_of(second, 0.6)})
    change = last_change(case)
    assert (change.p_before, change.p_after) == (0.8, 0.6)
    before = case_before(case, change)
    assert before.lesions[0].mask is first
    assert not before.lesions[0].is_stale
    assert case.lesions[0].mask is second


def test_only_what_lies_in_the_field_is_asked_about():
    asked = []

    def diagnose(pixels, mask):
        asked.append((pixels.shape, int(mask.sum())))
        return Diagnosis(0.5, None, None, {})

    case = case_of(mask_of(0, 0, 20, 20), mask_of(0, 0, 4, 4), field=Box(5, 5, 35, 45))
    assert [is_looked_at(case.scan, lesion.mask) for lesion in case.lesions] == [True, False]
    found = diagnosed(case.scan, case.lesions[0].mask, diagnose)
    assert asked == [((30, 40), 225)]
    assert found.mask is case.lesions[0].mask


def test_shifts_are_in_millimetres_only_where_all_of_the_lesion_has_them():
    part = Region(Box(0, 0, 40, 25), Spacing(0.1, 0.2))
    case = case_of(mask_of(5, 5, 15, 15), mask_of(5, 20, 15, 30), regions=(part,))
    assert shifts_of(case.scan, case.lesions[0]) == ("mm", ((10, 5), (20, 10)))
    assert shifts_of(case.scan, case.lesions[1]) == ("px", ((1, 1), (2, 2)))


def test_ranges_are_added_to_the_answer_that_is_known():
    mask = mask_of(5, 5, 15, 15)
    case = case_of(mask).with_answers({1: answer_of(mask, 0.5)})
    found = with_ranges(case.scan, case.lesions[0], lambda pixels, mask, shifts: [(0.5 - s / 10, 0.5 + s / 10) for s, _ in shifts])
    assert found.mask is mask
    assert [(one.shift, one.unit, one.low, one.high) for one in found.diagnosis.ranges] == [(1, "px", 0.4, 0.6), (2, "px", 0.3, 0.7)]
    assert found.diagnosis.p_malignant == 0.5
    stale = case.with_reading(case.reading.with_mask(1, mask_of(5, 5, 15, 16))).lesions[0]
    with pytest.raises(ValueError, match="no answer for its outline"):
        with_ranges(case.scan, stale, lambda *_: [])


@given(st.floats(0.05, 0.5), st.floats(0.05, 0.5))
def test_another_scale_forgets_ranges_and_keeps_the_answer(row_mm, column_mm):
    mask = mask_of(5, 5, 15, 15)
    case = case_of(mask).with_answers({1: answer_of(mask)})
    ranged = with_ranges(case.scan, case.lesions[0], lambda pixels, mask, shifts: [(0.4, 0.6) for _ in shifts])
    case = case.with_answers({1: ranged})
    assert case.lesions[0].diagnosis.ranges
    assert case.with_scale_of(case.scan).lesions[0].diagnosis.ranges
    (lesion,) = case.with_scale_of(case.scan.calibrated(Spacing(row_mm, column_mm))).lesions
    assert lesion.diagnosis.ranges == ()
    assert lesion.diagnosis.p_malignant == 0.5
    assert not lesion.is_stale
