"""Figures that are known beforehand, and what goes into the file."""

import json
from dataclasses import replace

import numpy as np
import pytest

from models.analysis import Analysis, Diagnosis, DoubtRule, FoundLesion, NetworkInfo, OperatingPoint
from models.datasets import Example
from models.measuring.breakdowns import broken_down, counts_of
from models.measuring.evaluation import POOLED, Record, auc, curves, expected_calibration_error, figures, measured, overlap, report_of
from models.measuring.records import equivalent_diameter, record_of
from tests.models.made_up import picture

POINTS = (
    OperatingPoint("sensitive", 0.3, 0, 0, "nothing", doubt=DoubtRule(stated=1, uncertain_from=0.4)),
    OperatingPoint("even", 0.5, 0, 0, "nothing"),
)
INFO = NetworkInfo("9.9.9", "segmenter", "classifier", "nothing", POINTS[0], POINTS, {"a.weights.h5": "0123"})


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


def told(label, p, number, **known):
    return replace(
        record(label, p, group=f"{label} {number}"), key=f"busi/{label}/{number}", diameter_px=None if label == "normal" else 60.0, **known
    )


def a_set():
    rng = np.random.default_rng(5)
    labels = ["benign"] * 30 + ["malignant"] * 15 + ["normal"] * 5
    return [told(label, float(np.clip(0.3 * (label == "malignant") + rng.uniform(0, 0.7), 0, 1)), n) for n, label in enumerate(labels)]


def test_the_pooled_figures_are_those_of_all_data_sets_together():
    elsewhere = replace(record("benign", 0.2, 0.5), dataset="bus-bra")
    found = report_of([record("benign", 0.2, 0.9), elsewhere], 0.5, resamples=20)["metrics"]
    assert list(found) == ["bus-bra", "busi", POOLED]
    assert found[POOLED]["dice"]["value"] == 0.7


def test_an_evaluation_says_the_same_twice_and_names_no_scan():
    examples = [Example(picture(n), (), "benign", f"g{n}", "busi") for n in range(3)]
    files = [json.dumps(measured("evaluate X --split validation", a_set(), POINTS, INFO, examples, "validation", 40)) for _ in range(2)]
    assert files[0] == files[1]
    assert "picture" not in files[0]
    assert "busi/benign/" not in files[0]
    found = json.loads(files[0])
    assert found["hashes"] == {"a.weights.h5": "0123"}
    assert {"python", "numpy", "tensorflow", "keras", "ai-edge-litert"} <= set(found["software"])
    assert list(found["at"]) == ["sensitive", "even"]
    assert found["at"]["sensitive"]["pooled"]["sensitivity"]["value"] > found["at"]["even"]["pooled"]["sensitivity"]["value"]
    assert "doubt_auroc" in found["at"]["sensitive"]["busi"]
    assert "doubt_auroc" not in found["at"]["even"]["busi"]


def test_lesions_fall_into_groups_of_fixed_sizes():
    sizes = (29.9, 30, 79, 80, 300)
    groups = broken_down([replace(told("benign", 0.1, n), diameter_px=size) for n, size in enumerate(sizes)] + [told("normal", None, 9)])["size"]
    assert {name: len(group) for name, group in groups.items()} == {
        "below 30 px": 1,
        "30 to 50 px": 1,
        "50 to 80 px": 1,
        "80 to 110 px": 1,
        "110 px and more": 1,
    }


def test_rare_histologies_stand_together_and_silent_data_sets_apart():
    records = [told("benign", 0.1, n, histology="cyst") for n in range(10)] + [told("benign", 0.1, n, histology="lipoma") for n in range(10, 19)]
    silent = [replace(told("benign", 0.1, 30), dataset="elsewhere")]
    groups = broken_down([*records, *silent])
    assert {name: len(group) for name, group in groups["histology"].items()} == {"cyst": 10, "others": 9}
    assert groups["birads"] == {}
    assert {name: len(group) for name, group in groups["dataset"].items()} == {"busi": 19, "elsewhere": 1}


def test_scans_with_objections_are_broken_down_in_their_own_groups_only():
    records = [told("benign", 0.1, 1, annotation="text"), told("benign", 0.1, 2), told("malignant", 0.1, 3, objection="axilla", annotation="text")]
    groups = broken_down(records)
    assert {name: len(group) for name, group in groups["annotation"].items()} == {"marks in the picture": 1, "no marks": 1}
    assert {name: len(group) for name, group in groups["objection"].items()} == {"axilla": 1, "no objection": 2}
    assert counts_of(records) == {"benign": 2, "malignant": 1, "normal": 0, "groups": 3}


def test_the_area_under_the_points_of_the_plot_is_the_auc():
    records = a_set()
    roc = np.array(curves(records)["roc"])
    assert roc[0].tolist() == [0, 0, 1]
    assert roc[-1, :2].tolist() == [1, 1]
    area = float(np.sum(np.diff(roc[:, 0]) * (roc[1:, 1] + roc[:-1, 1]) / 2))
    assert area == pytest.approx(figures(records, 0.5, 5)["auc"].value, abs=1e-3)


def test_the_bins_of_the_reliability_plot_make_up_the_calibration_error():
    records = [*a_set(), told("malignant", 1.0, 99)]
    rows = curves(records)["reliability"]
    lesions = sum(row["lesions"] for row in rows)
    assert lesions == 46
    gap = sum(row["lesions"] * abs(row["stated"] - row["observed"]) for row in rows) / lesions
    assert gap == pytest.approx(figures(records, 0.5, 5)["ece"].value, abs=1e-3)


def test_a_record_takes_over_what_the_table_says_and_how_large_the_lesion_is():
    truth = np.zeros((512, 384), np.bool_)
    truth[100:200, 100:200] = True
    example = Example(picture(1), (), "benign", "g", "busi", None, "", "text", False, "cyst", "3", "Logiq")
    lesion = FoundLesion(truth, Diagnosis(0.25, None, None, {}, opinions=(0.2, 0.3)))
    found = record_of(example, Analysis(np.zeros((256, 192), np.float32), (lesion,), INFO, {}), truth, 2.0)
    assert (found.histology, found.birads, found.device, found.annotation) == ("cyst", "3", "Logiq", "text")
    assert found.opinions == (0.2, 0.3)
    assert found.dice == 1
    assert found.logit == pytest.approx(2 * np.log(1 / 3))
    assert found.diameter_px == pytest.approx(np.sqrt(4 * 50 * 50 / np.pi)), "in pixels of the network grid, where the longer side has 256"
    assert equivalent_diameter(np.zeros((10, 10), np.bool_)) == 0
