"""Figures that are known beforehand."""

from dataclasses import replace

import numpy as np
import pytest

from models.evaluation import Record, auc, expected_calibration_error, figures, overlap, report_of


def record(label, p, dice=0.8, group=None, lesions=1):
    is_normal = label == "normal"
    return Record("k", group or f"{label}{p}", "busi", label, p, None, None if is_normal else dice, None if is_normal else dice / (2 - dice), lesions)


def test_dice_and_iou_of_half_overlapping_squares():
    a, b = np.zeros((10, 10), np.bool_), np.zeros((10, 10), np.bool_)
    a[:4, :4], b[2:6, :4] = True, True
    dice, iou = overlap(a, b)
    assert dice == pytest.approx(0.5)
    assert iou == pytest.approx(1 / 3)


def test_auc_counts_pairs_and_half_of_ties():
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    assert auc(scores, np.array([True, True, False, False])) == pytest.approx(0.875)
    assert np.isnan(auc(scores, np.ones(4, np.bool_)))


def test_calibration_error_is_zero_where_frequency_is_as_stated():
    p = np.repeat([0.25, 0.75], 4)
    assert expected_calibration_error(p, np.array([1, 0, 0, 0, 1, 1, 1, 0], np.bool_)) == 0
    assert expected_calibration_error(p, np.zeros(8, np.bool_)) == pytest.approx(0.5)


def test_a_missed_cancer_counts_against_sensitivity_and_auc():
    records = [record("malignant", None, 0.0, lesions=0), record("malignant", 0.9), record("benign", 0.2), record("benign", 0.1)]
    found = figures(records, 0.5, resamples=20)
    assert found["sensitivity"].value == 0.5
    assert found["specificity"].value == 1
    assert found["auc"].value == 0.5
    assert found["missed"].value == 0.25


def test_normals_have_a_false_lesion_rate_and_no_part_in_dice():
    records = [record("normal", 0.7), record("normal", None, lesions=0), record("benign", 0.2, 0.9)]
    found = figures(records, 0.5, resamples=20)
    assert found["false_lesions_on_normals"].value == 0.5
    assert found["dice"].value == 0.9
    assert found["dice"].scans == 1


def test_interval_widens_when_scans_of_a_group_are_copies():
    rng = np.random.default_rng(0)
    dices = rng.uniform(0.5, 1, 30)
    alone = [record("benign", 0.1, d, group=f"{i}") for i, d in enumerate(dices) for _ in range(4)]
    split = [record("benign", 0.1, d, group=f"{i}-{j}") for i, d in enumerate(dices) for j in range(4)]
    found = [figures(rs, 0.5, 300)["dice"] for rs in (alone, split)]
    width = [(figure.high or 0) - (figure.low or 0) for figure in found]
    assert width[0] > 1.5 * width[1]


def test_nothing_to_measure_is_none_and_not_nan():
    assert figures([], 0.5)["auc"].value is None


def test_scans_with_an_objection_are_counted_apart():
    axilla = replace(record("benign", None, 0.0, lesions=0), objection="axilla")
    found = report_of([record("benign", 0.2, 0.9), axilla], 0.5, resamples=20)
    assert found["metrics"]["busi"]["dice"]["value"] == 0.9
    assert found["metrics_with_objections"]["busi"]["dice"]["value"] == 0.45
