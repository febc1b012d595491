"""Blending: exact at both ends, and nothing is taken over that costs more than it may or brings nothing."""

import numpy as np
import pytest

from models.retraining.blending import Scores, blend, choose_share

OLD = [np.array([1.0, 3.0], np.float32), np.array([[0.1]], np.float32)]
NEW = [np.array([2.0, -1.0], np.float32), np.array([[0.3]], np.float32)]


def test_at_share_0_and_1_the_weights_are_exactly_the_shipped_and_the_fitted_ones():
    for share, wanted in ((0.0, OLD), (1.0, NEW)):
        for got, weights in zip(blend(OLD, NEW, share), wanted, strict=True):
            np.testing.assert_array_equal(got, weights)
            assert got is not weights


def test_between_them_it_is_their_mean():
    np.testing.assert_allclose(blend(OLD, NEW, 0.25)[0], [1.25, 2.0])


@pytest.mark.parametrize(
    ("clinic", "kept", "share"),
    [
        ([0.80, 0.82, 0.84, 0.86, 0.88], [0.90, 0.90, 0.90, 0.90, 0.90], 1.0),
        ([0.80, 0.82, 0.84, 0.86, 0.88], [0.90, 0.90, 0.895, 0.88, 0.85], 0.5),  # more would cost too much
        ([0.80, 0.84, 0.82, 0.86, 0.84], [0.90, 0.90, 0.90, 0.85, 0.90], 0.25),  # of equals the smallest
        ([0.80, 0.80, 0.79, 0.80, 0.75], [0.90, 0.95, 0.95, 0.95, 0.95], 0.0),  # brings nothing
        ([0.80, 0.90, 0.90, 0.90, 0.90], [0.90, 0.88, 0.85, 0.80, 0.70], 0.0),  # costs too much
        ([0.80, 0.82, 0.84, 0.86, 0.88], [None] * 5, 0.25),  # nothing tells what it costs
    ],
)
def test_the_best_share_for_the_clinic_that_keeps_the_rest_is_chosen(clinic, kept, share):
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    scores = {each: Scores(c, None if k is None else (k, 1.0)) for each, c, k in zip(shares, clinic, kept, strict=True)}
    assert choose_share(scores, (0.01, 0.0)) == share


def test_every_figure_that_must_be_kept_has_a_limit_of_its_own():
    scores = {0.0: Scores(0.8, (0.9, 1.0)), 0.25: Scores(0.82, (0.9, 0.99)), 0.5: Scores(0.84, (0.9, 0.9)), 1.0: Scores(0.86, (0.95, 0.5))}
    assert choose_share(scores, (0.01, 0.02)) == 0.25
    assert choose_share(scores, (0.01, 0.2)) == 0.5
