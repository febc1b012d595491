"""Regions that grow from a click."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from busi_gui.domain.callipers import Point
from busi_gui.domain.region_grow import RegionGrow
from busi_gui.domain.scan import Box
from busi_gui.domain.synthetic import synthetic_scan


def speckled(levels: np.ndarray, noise: float = 20, seed: int = 0) -> np.ndarray:
    """Return grey levels with speckle, uint8."""
    grain = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal(levels.shape).astype(np.float32), (0, 0), 1.2)
    return np.asarray(np.clip(levels + noise * grain.reshape(levels.shape) / max(float(grain.std()), 1e-6), 0, 255), np.uint8)


def disc_mask(shape: tuple[int, int], row: int, column: int, radius: int) -> np.ndarray:
    return np.asarray(cv2.circle(np.zeros(shape, np.uint8), (column, row), radius, 1, -1) > 0)


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))


def innermost(mask: np.ndarray) -> Point:
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    return Point(column + 0.5, row + 0.5)


def pieces(mask: np.ndarray) -> int:
    return cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)[0] - 1


def has_holes(mask: np.ndarray) -> bool:
    return cv2.connectedComponents(np.pad(~mask, 1, constant_values=True).astype(np.uint8), connectivity=4)[0] > 2


@pytest.mark.parametrize(("x", "y", "least"), [(220, 150, 0.95), (240, 150, 0.93), (190, 130, 0.85), (250, 180, 0.85)])
def test_a_click_outlines_a_dark_disc_in_speckle_best_from_its_middle(x, y, least):
    truth = disc_mask((300, 400), 150, 220, 60)
    assert dice(RegionGrow(speckled(np.where(truth, 50, 120))).grown(Point(x, y)), truth) > least


@pytest.mark.parametrize("kind", ["benign", "malignant"])
def test_a_click_outlines_lesions_of_synthetic_scans(kind):
    found = []
    for seed in range(6):
        pixels, truth = synthetic_scan(seed, kind)
        found.append(dice(RegionGrow(pixels).grown(innermost(truth)), truth))
    assert np.median(found) > 0.85


def test_the_networks_opinion_leads_where_the_greys_say_nothing():
    truth = disc_mask((200, 256), 90, 120, 40)
    probability = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 2)
    assert dice(RegionGrow(np.full((200, 256), 90, np.uint8), probability).grown(Point(130, 95)), truth) > 0.95


@pytest.mark.parametrize(("x", "y"), [(120, 90), (140, 100), (100, 75), (95, 80)])
def test_the_border_of_a_faint_opinion_is_found_from_beside_its_middle(x, y):
    truth = disc_mask((200, 256), 90, 120, 40)
    probability = np.float32(0.6) * cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 2)
    assert dice(RegionGrow(np.full((200, 256), 90, np.uint8), probability).grown(Point(x, y)), truth) > 0.95


def test_the_networks_opinion_holds_a_region_back_at_a_gap_in_its_rim():
    truth = disc_mask((200, 256), 90, 120, 40)
    greys = np.where(truth, 60, 110)
    greys[80:100, 140:] = 60
    probability = cv2.GaussianBlur(truth.astype(np.float32), (0, 0), 2)
    assert dice(RegionGrow(speckled(greys, 8), probability).grown(Point(110, 90)), truth) > 0.93


def test_where_the_network_sees_nothing_the_greys_lead():
    truth = disc_mask((300, 400), 150, 220, 60)
    pixels = speckled(np.where(truth, 50, 120))
    assert dice(RegionGrow(pixels, np.zeros((192, 256), np.float32)).grown(Point(220, 150)), truth) > 0.95


def test_a_second_click_elsewhere_grows_a_region_of_its_own():
    left, right = disc_mask((300, 400), 150, 110, 50), disc_mask((300, 400), 140, 290, 40)
    pixels = speckled(np.where(left | right, 50, 120))
    grow = RegionGrow(pixels)
    first, second = grow.grown(Point(110, 150)), grow.grown(Point(290, 140))
    assert dice(first, left) > 0.95
    assert dice(second, right) > 0.95
    np.testing.assert_array_equal(second, RegionGrow(pixels).grown(Point(290, 140)))
    np.testing.assert_array_equal(first, grow.grown(Point(110, 150)))


def test_a_region_keeps_to_the_field_and_a_click_beside_it_still_grows_one():
    truth, beside = disc_mask((300, 400), 150, 280, 50), disc_mask((300, 400), 150, 70, 30)
    pixels = speckled(np.where(truth | beside, 50, 120))
    field = Box(40, 150, 290, 390)
    grow = RegionGrow(pixels, np.zeros((256, 246), np.float32), field)
    everything = np.zeros((300, 400), np.bool_)
    everything[field.slices] = True
    assert dice(grow.grown(Point(280, 150)), truth) > 0.95
    np.testing.assert_array_equal(grow.grown(Point(280, 150), 1), everything)
    assert dice(grow.grown(Point(70, 150)), beside) > 0.9


def test_no_tolerance_is_next_to_nothing_and_full_tolerance_is_everything():
    pixels, truth = synthetic_scan(3, "malignant")
    grow, click = RegionGrow(pixels), innermost(truth)
    least, most = grow.grown(click, 0), grow.grown(click, 1)
    assert 1 <= least.sum() < 100
    assert most.all()


def test_tolerance_is_fine_enough_to_steer_by():
    pixels, truth = synthetic_scan(1, "benign")
    grow, click = RegionGrow(pixels), innermost(truth)
    radii = np.sqrt([grow.grown(click, tolerance).sum() for tolerance in np.linspace(0.2, 0.5, 31)])
    assert np.diff(radii).max() < 0.15 * radii[-1]


def test_the_outline_is_not_ragged():
    pixels, truth = synthetic_scan(2, "benign")
    mask = RegionGrow(pixels).grown(innermost(truth))
    outline = max(cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)
    hull = cv2.convexHull(outline)
    assert cv2.arcLength(outline, closed=True) < 1.25 * cv2.arcLength(hull, closed=True)


@st.composite
def clicks(draw):
    """Draw a scan of smooth tissue with or without the network's opinion and a field, and a click on it."""
    shape = draw(st.tuples(st.integers(1, 70), st.integers(1, 70)))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    pixels = speckled(255 * cv2.GaussianBlur(rng.random(shape, np.float32), (0, 0), draw(st.sampled_from([0.1, 1.0, 4.0]))).reshape(shape))
    if draw(st.booleans()):
        pixels = cv2.resize(pixels, None, fx=5, fy=7).reshape(shape[0] * 7, shape[1] * 5)
    rows, columns = pixels.shape
    field = None
    if draw(st.booleans()):
        top, left = draw(st.integers(0, rows - 1)), draw(st.integers(0, columns - 1))
        field = Box(top, left, draw(st.integers(top + 1, rows)), draw(st.integers(left + 1, columns)))
    probability = cv2.GaussianBlur(rng.random((30, 40), np.float32) ** 4, (0, 0), 1.5) * 2 if draw(st.booleans()) else None
    return RegionGrow(pixels, probability, field), pixels.shape, Point(draw(st.floats(0, columns)), draw(st.floats(0, rows)))


@settings(max_examples=150, deadline=None)
@given(click=clicks(), tolerances=st.lists(st.floats(0, 1), min_size=2, max_size=4))
def test_a_region_is_in_one_piece_without_holes_around_the_click_and_only_grows(click, tolerances):
    grow, shape, point = click
    smaller = np.zeros(shape, np.bool_)
    for tolerance in sorted(tolerances):
        mask = grow.grown(point, tolerance)
        assert mask.shape == shape
        assert mask.dtype == np.bool_
        assert mask[min(int(point.y), shape[0] - 1), min(int(point.x), shape[1] - 1)]
        assert pieces(mask) == 1
        assert not has_holes(mask)
        assert (mask | ~smaller).all()
        smaller = mask


def test_masks_are_read_only_and_inputs_left_alone():
    pixels, truth = synthetic_scan(0, "benign", (120, 150))
    probability = cv2.GaussianBlur(cv2.resize(truth.astype(np.float32), (256, 205)), (0, 0), 3)
    before = pixels.copy(), probability.copy()
    grow = RegionGrow(pixels, probability)
    mask = grow.grown(innermost(truth))
    held = mask.copy()
    grow.grown(innermost(truth), 0.8)
    with pytest.raises(ValueError, match="read-only"):
        mask[0, 0] = True
    np.testing.assert_array_equal(mask, held)
    np.testing.assert_array_equal(pixels, before[0])
    np.testing.assert_array_equal(probability, before[1])


@pytest.mark.parametrize("point", [Point(-0.1, 5), Point(5, 50.1), Point(60.1, 5)])
def test_a_click_beside_the_scan_is_refused(point):
    with pytest.raises(ValueError, match="no click"):
        RegionGrow(np.zeros((50, 60), np.uint8)).grown(point)


@pytest.mark.parametrize("tolerance", [-0.01, 1.01, float("nan")])
def test_what_is_no_tolerance_is_refused(tolerance):
    with pytest.raises(ValueError, match="tolerance"):
        RegionGrow(np.zeros((50, 60), np.uint8)).grown(Point(5, 5), tolerance)


@pytest.mark.parametrize("pixels", [np.zeros((0, 5), np.uint8), np.zeros((5, 5), np.float32)])
def test_what_is_no_scan_is_refused(pixels):
    with pytest.raises(ValueError, match="a scan is uint8"):
        RegionGrow(pixels)


def test_a_huge_scan_answers_while_the_pointer_moves():
    small, truth = synthetic_scan(0)
    click = innermost(cv2.resize(truth.astype(np.uint8), (4096, 3072)) > 0)
    grow = RegionGrow(cv2.resize(small, (4096, 3072)))
    start = time.process_time()
    grow.grown(click)
    assert time.process_time() - start < 0.3
    took = []
    for tolerance in np.linspace(0.3, 0.8, 12):
        start = time.process_time()
        grow.grown(click, tolerance)
        took.append(time.process_time() - start)
    assert np.median(took) < 0.025
