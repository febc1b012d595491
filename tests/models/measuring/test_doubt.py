"""Signs of wrong verdicts, put together."""

import numpy as np
import pytest

from models.measuring.doubt import cross_validated, fit_logistic, kept_accuracy
from models.measuring.figures import auc


def made_up(number=400, seed=0):
    """Return two signs of which the first tells with weight 1.5 and the second nothing, and whether verdicts are wrong."""
    rng = np.random.default_rng(seed)
    signs = rng.standard_normal((number, 2))
    return signs, rng.random(number) < 1 / (1 + np.exp(-(1.5 * signs[:, 0] - 1)))


def test_a_logistic_model_finds_the_weights_that_made_the_errors():
    signs, is_wrong = made_up(20_000)
    assert fit_logistic(signs, is_wrong) == pytest.approx([-1, 1.5, 0], abs=0.08)


def test_signs_that_part_perfectly_do_not_run_away():
    signs = np.linspace(-1, 1, 40)[:, np.newaxis]
    weights = fit_logistic(signs, signs[:, 0] > 0)
    assert np.isfinite(weights).all()
    assert 1 < weights[1] < 20


def test_chances_come_from_models_that_did_not_see_the_group():
    rng = np.random.default_rng(1)
    groups = [f"{n // 2}" for n in range(200)]
    noise = np.repeat(rng.standard_normal((100, 150)), 2, axis=0)
    is_wrong = np.repeat(rng.random(100) < 0.3, 2)
    assert auc(cross_validated(noise, is_wrong, [str(n) for n in range(200)]), is_wrong) > 0.95
    assert auc(cross_validated(noise, is_wrong, groups), is_wrong) < 0.65
    signs, errors = made_up()
    chances = cross_validated(signs, errors, [str(n) for n in range(400)])
    assert auc(chances, errors) > 0.75
    assert np.mean(chances) == pytest.approx(np.mean(errors), abs=0.02)
    assert np.array_equal(chances, cross_validated(signs, errors, [str(n) for n in range(400)]))


def test_accuracy_of_what_is_kept_leaves_out_the_most_doubtful():
    doubt = np.array([0.9, 0.1, 0.2, 0.3, 0.4])
    is_wrong = np.array([True, False, False, True, False])
    assert kept_accuracy(doubt, is_wrong, 0.8) == 0.75
    assert kept_accuracy(doubt, is_wrong, 0.4) == 1
    assert np.isnan(kept_accuracy(doubt[:0], is_wrong[:0]))
