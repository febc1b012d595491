"""The network's own threshold, moved for one lesion."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from busi_gui.domain.scan import Box
from busi_gui.domain.sensitivity import Sensitivity
from models.lesions import LesionRule, find_lesions

GRID = (192, 256)
RULE = LesionRule(threshold=0.5, max_doubt=100)


def hill(row: float, column: float, radius: float, height: float = 1.0, slope: float = 6.0, shape: tuple[int, int] = GRID) -> np.ndarray:
    """Return a lesion probability that falls off around a place; 0.5 of its height at the radius."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    return (height / (1 + np.exp(np.minimum((np.hypot(y - row, x - column) - radius) / slope, 50)))).astype(np.float32)


TWO = np.maximum(hill(90, 80, 24), hill(100, 170, 20))
"""Two lesions whose surroundings touch at low thresholds."""


def random_map(seed: int, grid: tuple[int, int] = (48, 64)) -> np.ndarray:
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal(grid).astype(np.float32), (0, 0), 5)
    return np.asarray(1 / (1 + np.exp(-8 * noise / noise.std() + 6)), np.float32)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


@pytest.mark.parametrize("shape", [(192, 256), (768, 1024), (431, 577), (100, 133)])
@pytest.mark.parametrize("seed", range(5))
def test_at_the_networks_own_threshold_it_is_the_networks_own_mask(shape, seed):
    probability = np.maximum(random_map(seed, GRID), hill(90, 120, 30))
    rule = LesionRule(threshold=0.37 + 0.03 * seed, max_doubt=1000)
    masks = find_lesions(probability, rule, shape)
    assert masks
    for number, mask in enumerate(masks):
        others = [other for place, other in enumerate(masks) if place != number]
        found = Sensitivity(probability, mask, others=others).at(rule.threshold)
        assert dice(found, mask) > 0.995


def test_a_ring_is_filled_as_the_network_fills_it():
    probability = np.clip(hill(90, 120, 50, slope=2) - hill(90, 120, 30, slope=2), 0, 1)
    (mask,) = find_lesions(probability, RULE, (768, 1024))
    found = Sensitivity(probability, mask).at(0.5)
    assert found[4 * 90, 4 * 120]
    assert dice(found, mask) > 0.999


def test_within_a_field_it_lies_where_the_lesion_does():
    field = Box(100, 40, 484, 552)
    (mask,) = find_lesions(hill(90, 80, 24), RULE, field.shape)
    whole = np.zeros((600, 700), np.bool_)
    whole[field.slices] = mask
    sensitivity = Sensitivity(hill(90, 80, 24), whole, field)
    np.testing.assert_array_equal(sensitivity.at(0.5), whole)
    beyond = ~np.zeros_like(whole)
    beyond[field.slices] = False
    assert not (sensitivity.at(0.01) & beyond).any()


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    place=st.tuples(st.integers(0, 89), st.integers(0, 119), st.integers(1, 30)),
    thresholds=st.lists(st.floats(0.001, 1), min_size=2, max_size=5),
    with_other=st.booleans(),
    field=st.sampled_from([None, Box(5, 10, 80, 115)]),
)
def test_a_lower_threshold_only_adds_and_nothing_of_another_lesion(seed, place, thresholds, with_other, field):
    row, column, radius = place
    mask = cv2.circle(np.zeros((90, 120), np.uint8), (column, row), radius, 1, -1) > 0
    other = (cv2.circle(np.zeros((90, 120), np.uint8), (60, 45), 12, 1, -1) > 0) & ~mask
    others = [other] if with_other else []
    try:
        sensitivity = Sensitivity(random_map(seed), mask, field, others)
    except ValueError:
        assert field is not None
        assert mask[field.slices].sum() < 5
        return
    smaller = np.zeros(mask.shape, np.bool_)
    for threshold in sorted(thresholds, reverse=True):
        found = sensitivity.at(threshold)
        assert (found | ~smaller).all()
        assert not any((found & one).any() for one in others)
        smaller = found


def test_another_lesion_is_kept_out_with_what_lies_around_it():
    one, other = find_lesions(TWO, RULE, (768, 1024))
    one, other = (one, other) if one[360, 320] else (other, one)
    alone, beside = Sensitivity(TWO, one).at(0.02), Sensitivity(TWO, one, others=[other]).at(0.02)
    assert alone[400, 680]
    assert not (beside & other).any()
    ring = (cv2.dilate(other.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0) & ~other
    assert not (beside & ring).any()
    assert beside.sum() > 1.5 * one.sum()


def test_a_lesion_inside_of_another_is_not_swallowed():
    probability = hill(90, 120, 60)
    (mask,) = find_lesions(probability, RULE, (768, 1024))
    inner = cv2.circle(np.zeros((768, 1024), np.uint8), (480, 360), 40, 1, -1) > 0
    found = Sensitivity(probability, mask & ~inner, others=[inner]).at(0.3)
    assert not (found & inner).any()
    assert found[200, 480]


def test_its_ends_are_where_the_lesion_vanishes_and_where_it_floods():
    probability = hill(90, 120, 20, height=0.9, slope=15)
    (mask,) = find_lesions(probability, RULE, (768, 1024))
    sensitivity = Sensitivity(probability, mask)
    low, high = sensitivity.ends
    assert 0 < low < 0.5 < high < 1
    assert sensitivity.at(high).any()
    assert not sensitivity.at(high + 0.01).any()
    assert sensitivity.at(low).sum() <= 4.2 * mask.sum()
    assert sensitivity.at(low - 0.01).sum() > 3.8 * mask.sum()


@pytest.mark.parametrize("shape", [(70, 90), (300, 400), (1000, 1300)])
@pytest.mark.parametrize("seed", range(4))
def test_something_is_left_at_the_upper_end_at_any_size(shape, seed):
    probability = random_map(seed)
    for mask in find_lesions(probability, RULE, shape):
        sensitivity = Sensitivity(probability, mask)
        assert sensitivity.at(sensitivity.ends[1]).any()


@pytest.mark.parametrize("threshold", [0.15, 0.3, 0.5, 0.7])
def test_the_threshold_of_a_mask_is_the_one_that_it_was_cut_at(threshold):
    probability = hill(90, 120, 30, slope=10)
    (mask,) = find_lesions(probability, LesionRule(threshold=threshold, max_doubt=1000), (768, 1024))
    assert Sensitivity(probability, mask).nearest == pytest.approx(threshold, abs=0.006)


def test_the_threshold_of_a_crisp_lesion_is_the_networks_own():
    probability = hill(90, 120, 30, slope=0.05)
    (mask,) = find_lesions(probability, RULE, (768, 1024))
    sensitivity = Sensitivity(probability, mask)
    assert dice(sensitivity.at(0.2), sensitivity.at(0.8)) > 0.95
    assert sensitivity.nearest == pytest.approx(0.5, abs=0.01)


def test_the_threshold_of_a_corrected_mask_lies_between_the_ends_and_comes_nearest():
    probability = hill(90, 120, 30, slope=10)
    drawn = cv2.ellipse(np.zeros((768, 1024), np.uint8), (500, 370), (190, 140), 10, 0, 360, 1, -1) > 0
    sensitivity = Sensitivity(probability, drawn)
    low, high = sensitivity.ends
    assert low <= sensitivity.nearest <= high
    best = dice(sensitivity.at(sensitivity.nearest), drawn)
    assert all(dice(sensitivity.at(threshold), drawn) <= best + 0.002 for threshold in np.linspace(low, high, 40))


def test_a_mask_where_the_network_sees_nothing_stands_for_what_is_nearest():
    probability = np.maximum(hill(60, 60, 12, slope=1), hill(60, 200, 12, slope=1))
    drawn = cv2.circle(np.zeros((768, 1024), np.uint8), (360, 240), 15, 1, -1) > 0
    found = Sensitivity(probability, drawn).at(0.5)
    assert found[240, 240]
    assert not found[:, 512:].any()


def test_where_the_network_sees_nothing_at_all_there_is_nothing_to_move():
    drawn = cv2.circle(np.zeros((768, 1024), np.uint8), (360, 240), 15, 1, -1) > 0
    sensitivity = Sensitivity(np.zeros(GRID, np.float32), drawn)
    assert sensitivity.ends[0] == sensitivity.ends[1] == sensitivity.nearest
    assert not sensitivity.at(0.5).any()


def test_a_lesion_of_one_pixel_is_found_on_the_map():
    drawn = np.zeros((768, 1024), np.bool_)
    drawn[4 * 100, 4 * 170] = True
    found = Sensitivity(TWO, drawn).at(0.5)
    assert found[4 * 100, 4 * 170]
    assert not found[4 * 90, 4 * 80]


@pytest.mark.parametrize("mask", [np.zeros((50, 60), np.bool_), np.eye(50, 60, k=-40, dtype=np.bool_)])
def test_an_empty_mask_or_one_outside_of_the_field_is_refused(mask):
    with pytest.raises(ValueError, match="no sensitivity"):
        Sensitivity(TWO, mask, Box(0, 20, 50, 60))


@pytest.mark.parametrize("threshold", [0, -0.1, 1.01, float("nan")])
def test_what_is_no_threshold_is_refused(threshold):
    (mask, _) = find_lesions(TWO, RULE, (96, 128))
    with pytest.raises(ValueError, match="threshold"):
        Sensitivity(TWO, mask).at(threshold)


def test_masks_are_read_only_and_inputs_left_alone():
    probability = TWO.copy()
    one, other = find_lesions(probability, RULE, (96, 128))
    before = one.copy(), other.copy()
    sensitivity = Sensitivity(probability, one, others=[other])
    found = sensitivity.at(0.4)
    held = found.copy()
    sensitivity.at(0.1)
    assert sensitivity.nearest
    with pytest.raises(ValueError, match="read-only"):
        found[0, 0] = True
    np.testing.assert_array_equal(found, held)
    np.testing.assert_array_equal(probability, TWO)
    np.testing.assert_array_equal((one, other), before)


def test_a_huge_scan_answers_while_the_slider_moves():
    one, other = find_lesions(TWO, RULE, (3072, 4096))
    sensitivity = Sensitivity(TWO, one, others=[other])
    took = []
    for threshold in np.linspace(0.05, 0.95, 15):
        start = time.process_time()
        sensitivity.at(threshold)
        took.append(time.process_time() - start)
    assert np.median(took) < 0.025
