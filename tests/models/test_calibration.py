"""What is chosen on validation scans."""

import numpy as np
import pytest

from models.analysis import Diagnosis, OperatingPoint
from models.calibration import choose_lesion_rule, choose_operating_points, fit_doubt, fit_temperature, rates_at
from models.measuring.evaluation import auc


def test_temperature_of_overconfident_logits_is_found():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 4000)
    is_positive = rng.random(4000) < 1 / (1 + np.exp(-logits))
    assert fit_temperature(logits, is_positive) == pytest.approx(1, abs=0.1)
    assert fit_temperature(3 * logits, is_positive) == pytest.approx(3, abs=0.3)


def test_sensitive_point_finds_95_of_100_cancers():
    rng = np.random.default_rng(1)
    is_positive = rng.random(500) < 0.4
    p = np.clip(rng.normal(np.where(is_positive, 0.65, 0.35), 0.15), 0, 1)
    sensitive, balanced = choose_operating_points(p, is_positive, "made-up scans")
    assert sensitive.sensitivity >= 0.95
    assert rates_at(p, is_positive, sensitive.threshold + 0.02)[0] < 0.95
    assert balanced.sensitivity + balanced.specificity >= sensitive.sensitivity + sensitive.specificity
    assert sensitive.measured_on == "made-up scans"


def maps(level, number):
    """Return maps with one region of even probability: the nearer to one half, the more doubt."""
    flat = np.zeros((64, 64), np.float32)
    flat[20:40, 20:40] = level
    return [flat] * number


def test_veto_is_the_mildest_that_clears_the_normals():
    rule = choose_lesion_rule(maps(0.7, 8) + maps(0.95, 2), maps(0.99, 20), most_false=0.25)
    assert 4 * 0.7 * 0.3 > rule.max_doubt >= 4 * 0.7 * 0.3 - 0.06


def test_veto_stops_before_it_loses_lesions():
    rule = choose_lesion_rule(maps(0.95, 10), maps(0.7, 10) + maps(0.99, 10), most_false=0.0)
    assert rule.max_doubt >= 4 * 0.7 * 0.3


def made_up_opinions(number=4000, seed=0):
    """Two classifiers that see the same truth with noise of their own, more of it in some lesions."""
    rng = np.random.default_rng(seed)
    is_positive = rng.random(number) < 0.4
    noise = rng.choice((0.3, 3.0), number)[:, np.newaxis]
    logits = np.where(is_positive, 1.5, -1.5)[:, np.newaxis] + noise * rng.standard_normal((number, 2))
    return logits, is_positive


def test_doubt_tells_wrong_verdicts_from_right_ones():
    logits, is_positive = made_up_opinions()
    rule = fit_doubt(logits, 0.5, is_positive)
    assert rule.stated > 0
    assert rule.spread > 0
    point = OperatingPoint("even", 0.5, 0, 0, "", doubt=rule)
    fresh, truth = made_up_opinions(seed=1)
    p = 1 / (1 + np.exp(-fresh))
    joint = 1 / (1 + np.exp(-fresh.mean(axis=1)))
    diagnoses = [Diagnosis(float(a), None, None, {}, opinions=tuple(map(float, b))) for a, b in zip(joint, p, strict=True)]
    chances = np.array([point.chance_of_error(d) for d in diagnoses])
    is_wrong = (joint >= 0.5) != truth
    assert auc(chances, is_wrong) > 0.74
    assert chances.mean() == pytest.approx(is_wrong.mean(), abs=0.02)
    is_sure = np.array([not point.is_uncertain(d) for d in diagnoses])
    assert is_sure.mean() == pytest.approx(0.8, abs=0.03)
    assert is_wrong[is_sure].mean() < 0.6 * is_wrong.mean()


def test_a_sign_that_makes_no_sense_is_left_out():
    logits, is_positive = made_up_opinions()
    alone = fit_doubt(logits[:, :1], 0.5, is_positive)
    assert alone.spread == 0
    assert alone.stated > 0
