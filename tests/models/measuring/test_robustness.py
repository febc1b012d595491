"""Masks drawn otherwise, and how far answers about them lie apart."""

import numpy as np
import pytest

from models.measuring.resampling import group_draws
from models.measuring.robustness import auc_difference, change_of, flips, hull, jagged, moved, pooled, redrawn, smoothed, wishes
from models.preprocessing import Ellipse


def disc(radius=20, shape=(100, 120)):
    return Ellipse(50, 60, radius, radius, 0).distance(shape) <= 1


def test_a_moved_outline_lies_so_many_pixels_away_also_fractions():
    square = np.zeros((40, 40), np.bool_)
    square[10:30, 10:30] = True
    assert np.flatnonzero(moved(square, 3)[20]).tolist() == list(range(7, 33))
    assert np.flatnonzero(moved(square, -3)[20]).tolist() == list(range(13, 27))
    assert not moved(square, 1.2)[9, 9]
    assert moved(square, 1.45)[9, 9]
    assert not moved(square, -20).any()
    assert np.array_equal(moved(square, 0), square)


def test_the_same_lesion_drawn_otherwise_stays_where_and_as_large_as_it_is():
    mask = disc()
    area = np.count_nonzero(mask)
    for name in ("smoothed", "jagged", "hull", "ellipse"):
        drawn = redrawn(mask, 1)[name]
        assert abs(np.count_nonzero(drawn) - area) < 0.06 * area, name
        assert abs(np.argwhere(drawn).mean(axis=0) - (50, 60)).max() < 1, name


def test_pixels_of_a_coarser_grid_move_the_outline_further():
    wide = {px: np.count_nonzero(redrawn(disc(), px)["dilated 2 px"][50]) for px in (1, 2)}
    assert wide == {1: 41 + 4, 2: 41 + 8}


def test_a_jagged_outline_goes_in_and_out_and_is_the_same_every_time():
    mask = disc()
    drawn = jagged(mask)
    assert (drawn & ~mask).any()
    assert (mask & ~drawn).any()
    assert not (drawn & ~moved(mask, 8)).any()
    assert np.array_equal(drawn, jagged(mask))


def test_smoothing_takes_a_spike_away_and_a_hull_fills_a_bay():
    spiky = disc()
    spiky[50:52, 80:95] = True
    assert not smoothed(spiky)[50, 90]
    bay = disc()
    bay[48:53, 60:] = False
    assert hull(bay)[50, 75]


def test_verdicts_flip_where_a_probability_crosses_the_threshold_which_belongs_above():
    before, after = np.array([0.1, 0.5, 0.4, 0.9]), np.array([0.2, 0.4, 0.5, 0.8])
    assert flips(after, before, 0.5) == 0.5
    assert flips(after, before, 0.95) == 0
    assert np.isnan(flips(after[:0], before[:0], 0.5))


def test_changes_leave_out_what_has_no_answer():
    before, after = np.array([0.1, 0.5, 0.4, 0.3]), np.array([0.2, 0.5, 0.7, np.nan])
    found = change_of(after, before, {"balanced": 0.6}, group_draws(list("abcd"), 50))
    assert found["median"]["value"] == pytest.approx(0.1)
    assert found["p95"]["value"] == pytest.approx(0.28)
    assert found["flips"]["balanced"]["value"] == pytest.approx(0.3333)
    assert found["median"]["scans"] == 3
    assert pooled([(after, before), (before, before)], {"balanced": 0.6}) == {"median": 0.0, "p95": 0.24, "flips": {"balanced": 0.1429}}


def test_the_auc_difference_of_the_same_answers_is_none_at_all_whatever_is_drawn():
    answers, is_malignant = np.array([0.1, 0.4, 0.35, 0.8, 0.2, 0.7]), np.array([0, 0, 1, 1, 0, 1], np.bool_)
    draws = group_draws(list("abcdef"), 100)
    same = auc_difference(answers, answers, is_malignant, draws)
    assert (same["value"], same["low"], same["high"]) == (0, 0, 0)
    better = auc_difference(is_malignant.astype(float), answers, is_malignant, draws)
    assert better["value"] == pytest.approx(1 / 9, abs=1e-4)


def test_a_wish_is_missed_only_by_what_is_above_it():
    change = {"median": 0.03, "p95": {"value": 0.16}, "flips": {"sensitive": 0.03, "balanced": 0.031}}
    assert wishes(change) == {"median": True, "p95": False, "flips, sensitive": True, "flips, balanced": False}
