"""What is chosen on validation scans."""

import numpy as np
import pytest

from models.calibration import choose_lesion_rule, choose_operating_points, fit_temperature, rates_at


def test_temperature_of_overconfident_logits_is_found():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 4000)
    is_positive = rng.random(4000) < 1 / (1 + np.exp(-logits))
    assert fit_temperature(logits, is_positive) == pytest.approx(1, abs=0.1)
    assert fit_temperature(3 * logits, is_positive) == pytest.approx(3, abs=0.3)


def test_sensitive_point_finds_90_of_100_cancers():
    rng = np.random.default_rng(1)
    is_positive = rng.random(500) < 0.4
    p = np.clip(rng.normal(np.where(is_positive, 0.65, 0.35), 0.15), 0, 1)
    sensitive, balanced = choose_operating_points(p, is_positive, "made-up scans")
    assert sensitive.sensitivity >= 0.9
    assert rates_at(p, is_positive, sensitive.threshold + 0.02)[0] < 0.92
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
