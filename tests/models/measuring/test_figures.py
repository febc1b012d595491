"""Figures from weights say the same as counting by hand; doubt and calibration have known answers."""

from dataclasses import replace

import numpy as np
import pytest

from models.analysis import DoubtRule, OperatingPoint
from models.measuring.figures import Table, auc, calibrated_floor, expected_calibration_error, figures, general_measures, measures_at
from models.measuring.records import Record

POINT = OperatingPoint("even", 0.5, 0.0, 0.0, "nothing", doubt=DoubtRule(base=0.0, stated=1.0, uncertain_from=0.3))


def record(label, p, dice=0.8, group=None, lesions=1):
    is_normal = label == "normal"
    return Record("k", group or f"{label}{p}", "busi", label, p, None, None if is_normal else dice, None if is_normal else dice / (2 - dice), lesions)


def many(number=60, seed=3):
    rng = np.random.default_rng(seed)
    records = []
    for n in range(number):
        label = ("benign", "malignant", "normal")[n % 3]
        p = None if rng.random() < 0.15 else float(np.round(rng.random(), 1))
        records.append(record(label, p, float(np.round(rng.random(), 2)), f"g{n // 4}", 0 if p is None else 1))
    return records


@pytest.mark.parametrize("seed", range(3))
def test_a_drawn_scan_counts_as_often_as_it_was_drawn(seed):
    records = many(seed=seed)
    table = Table(records)
    weights = table.resampled(20, np.random.default_rng(seed))
    measures = {**general_measures(table), **measures_at(table, POINT)}
    drawn = {name: measure.compute(weights) for name, measure in measures.items()}
    for row, counts in enumerate(weights):
        again = Table([r for r, count in zip(records, counts, strict=True) for _ in range(int(count))])
        for name, measure in {**general_measures(again), **measures_at(again, POINT)}.items():
            assert drawn[name][row] == pytest.approx(measure.compute(np.ones((1, len(again))))[0], nan_ok=True), name


def test_whole_groups_are_drawn():
    table = Table(many())
    weights = table.resampled(50, np.random.default_rng(0))
    assert weights.sum() > 0
    for number in range(table.groups):
        of_group = weights[:, table.group == number]
        assert (of_group == of_group[:, :1]).all()
    assert {int(total) for total in weights[:, ::4].sum(axis=1)} == {table.groups}


def test_the_figures_that_numpy_has_too_are_the_same():
    records = many()
    found = figures(records, 0.5, resamples=5)
    dices = [r.dice for r in records if r.dice is not None]
    assert found["dice"].value == pytest.approx(np.mean(dices), abs=1e-4)
    assert found["median_dice"].value == pytest.approx(np.median(dices), abs=1e-4)
    assert found["missed"].value == pytest.approx(np.mean(np.array(dices) < 0.1), abs=1e-4)
    spoken = [r for r in records if r.label != "normal" and r.p_malignant is not None]
    assert found["brier"].value == pytest.approx(np.mean([((r.p_malignant or 0) - (r.label == "malignant")) ** 2 for r in spoken]), abs=1e-4)


def test_specificity_is_taken_where_19_of_20_malignant_lesions_are_found():
    malignant = [record("malignant", p) for p in (0.05, *np.linspace(0.4, 0.9, 19))]
    benign = [record("benign", p) for p in (0.01, 0.2, 0.39, 0.41)]
    assert figures([*malignant, *benign], 0.5, resamples=5)["specificity_at_sensitivity_95"].value == 0.75
    missed = [replace(r, p_malignant=None) for r in malignant[:2]]
    of_missed = figures([*malignant[2:], *missed, *benign], 0.5, resamples=5)["specificity_at_sensitivity_95"]
    assert of_missed.value == 0, "what was not found can't be called malignant, whatever the threshold"


def test_the_floor_of_the_calibration_error_is_what_calibrated_networks_show():
    rng = np.random.default_rng(1)
    p = rng.random(300)
    labels = [["benign", "malignant"][int(malignant)] for malignant in rng.random(300) < p]
    table = Table([record(label, float(q), group=str(n)) for n, (label, q) in enumerate(zip(labels, p, strict=True))])
    floor = calibrated_floor(table, 2000, np.random.default_rng(0))
    errors = [expected_calibration_error(p, rng.random(300) < p) for _ in range(2000)]
    assert floor.value == pytest.approx(np.mean(errors), abs=0.002)
    assert floor.high == pytest.approx(np.percentile(errors, 97.5), abs=0.005)
    few = calibrated_floor(Table(list(table.records[:30])), 2000, np.random.default_rng(0))
    assert (few.value or 0) > 2 * (floor.value or 1)


def test_scans_of_one_lesion_share_their_class_in_the_floor():
    p = np.random.default_rng(1).random(25)
    apart = Table([record("benign", float(q), group=f"{n}-{c}") for n, q in enumerate(p) for c in range(8)])
    together = Table([record("benign", float(q), group=f"{n}") for n, q in enumerate(p) for c in range(8)])
    floors = [calibrated_floor(table, 1000, np.random.default_rng(0)).value or 0 for table in (apart, together)]
    assert floors[1] > 1.5 * floors[0]


def test_doubt_is_worth_something_where_wrong_verdicts_lie_near_the_threshold():
    records = [record("malignant", p, group=f"m{p}") for p in (0.95, 0.9, 0.85, 0.45)] + [record("benign", p, group=f"b{p}") for p in (0.05, 0.55)]
    found = figures([*records, record("malignant", None, 0.0, lesions=0)], POINT, resamples=50)
    assert found["doubt_auroc"].value == 1
    assert found["verdict_accuracy"].value == pytest.approx(4 / 6, abs=1e-4)
    assert found["verdict_accuracy"].scans == 6, "where nothing is found, there is no verdict to doubt"
    assert found["verdict_accuracy_surest_80"].value == pytest.approx(4 / 4.8, abs=1e-4)
    assert found["uncertain"].value == pytest.approx(2 / 6, abs=1e-4)
    assert found["verdict_accuracy_certain"].value == 1
    assert found["verdict_accuracy_uncertain"].value == 0


def test_disagreement_of_the_classifiers_is_part_of_the_doubt():
    point = replace(POINT, doubt=DoubtRule(spread=1.0))
    agree, differ = replace(record("benign", 0.2), opinions=(0.2, 0.2)), replace(record("benign", 0.2), opinions=(0.02, 0.75))
    assert (differ.chance_of_error(point) or 0) > (agree.chance_of_error(point) or 1)
    assert record("benign", None).chance_of_error(point) is None


def test_a_point_without_a_rule_of_doubt_has_no_figures_of_it():
    assert "doubt_auroc" not in figures(many(), OperatingPoint("even", 0.5, 0, 0, ""), resamples=5)


def test_auc_of_the_same_scores_is_a_half():
    assert auc(np.full(6, 0.3), np.arange(6) < 2) == 0.5
