"""Maps whose truth is known beforehand."""

import numpy as np
import pytest

from models.measuring.fidelity import (
    area_under,
    blurred_scan,
    curve,
    energy_ratio,
    grad_cam,
    occlusion_map,
    order_of,
    peak_inside,
    rank_correlation,
    towards,
)
from models.preprocessing import Ellipse

LESION = Ellipse(30, 40, 12, 8, 0).distance((64, 80)) <= 1


def hill(row, column, shape=(64, 80)):
    return np.exp(-Ellipse(row, column, 10, 10, 0).distance(shape)).astype(np.float32)


def brightness_of_lesion(pixels):
    return float(pixels[LESION].mean())


def test_a_peak_is_inside_or_not_and_a_plateau_in_part():
    assert peak_inside(hill(30, 40), LESION) == 1
    assert peak_inside(hill(5, 5), LESION) == 0
    assert peak_inside(np.zeros(LESION.shape, np.float32), LESION) == 0
    plateau = np.zeros(LESION.shape, np.float32)
    plateau[30, 40:44] = 1
    plateau[2, :12] = 1
    assert peak_inside(plateau, LESION) == 0.25


def test_energy_is_relative_to_the_area():
    assert energy_ratio(np.full(LESION.shape, 0.3, np.float32), LESION) == pytest.approx(1, rel=1e-5)
    assert energy_ratio(LESION.astype(np.float32), LESION) == pytest.approx(1 / LESION.mean())
    assert energy_ratio((~LESION).astype(np.float32), LESION) == 0
    assert np.isnan(energy_ratio(np.zeros(LESION.shape, np.float32), LESION))


def test_an_order_begins_at_the_peak_and_ties_fall_as_the_seed_says():
    order = order_of(hill(30, 40))
    assert divmod(int(order[0]), 80) == (30, 40)
    assert np.array_equal(np.sort(order), np.arange(64 * 80))
    flat = np.zeros((64, 80), np.float32)
    assert not np.array_equal(order_of(flat, 0), order_of(flat, 1))
    assert np.array_equal(order_of(flat, 1), order_of(flat, 1))
    assert np.mean(np.diff(order_of(flat)) == 1) < 0.01


def test_deletion_falls_sooner_the_truer_the_order():
    scan = np.where(LESION, 200, 100).astype(np.uint8)
    nothing = np.zeros_like(scan)
    areas = {}
    for name, saliency in {"true": hill(30, 40), "none": np.zeros(LESION.shape, np.float32), "wrong": -hill(30, 40)}.items():
        values = curve(brightness_of_lesion, scan, nothing, order_of(saliency))
        assert values[0] == 200
        assert values[-1] == 0
        assert len(values) == 21
        areas[name] = area_under(values) / 200
    assert areas["true"] < 0.1
    assert areas["none"] == pytest.approx(0.5, abs=0.05)
    assert areas["wrong"] > 0.9
    assert (scan[LESION] == 200).all()


def test_insertion_rises_sooner_the_truer_the_order():
    scan = np.where(LESION, 200, 100).astype(np.uint8)
    values = curve(brightness_of_lesion, np.zeros_like(scan), scan, order_of(hill(30, 40)), steps=10)
    assert values[2] == 200
    assert area_under(values) / 200 > 0.9


def test_the_area_under_a_straight_line_is_its_middle():
    assert area_under(np.linspace(1, 0, 11)) == pytest.approx(0.5)
    assert area_under(np.array([1.0, 0.0, 0.0])) == 0.25


def test_covering_what_counts_is_what_lowers_the_score():
    scan = np.where(LESION, 200, 100).astype(np.uint8)
    found = occlusion_map(brightness_of_lesion, scan, np.zeros_like(scan), patch=16, stride=8)
    assert found.shape == scan.shape
    assert found.dtype == np.float32
    assert peak_inside(found, LESION) == 1
    assert energy_ratio(found, LESION) > 3
    assert found[:, 70:].max() == 0
    darker = occlusion_map(lambda pixels: -brightness_of_lesion(pixels), scan, np.zeros_like(scan), patch=16, stride=8)
    assert darker.max() == 0


def test_grad_cam_adds_the_maps_as_the_head_weighs_them():
    activations = np.zeros((2, 2, 2), np.float32)
    activations[0, 0], activations[1, 1], activations[0, 1] = (1, 0), (0, 1), (3, 1)
    assert grad_cam(activations, np.array([2, -1], np.float32)).tolist() == [[2, 5], [0, 0]]


def test_ranks_do_not_mind_the_scale_and_turn_with_the_sign():
    first = hill(30, 40)
    assert rank_correlation(first, first**3 + 2) == pytest.approx(1, abs=1e-3)
    assert rank_correlation(first, -first) == pytest.approx(-1)
    assert abs(rank_correlation(first, np.random.default_rng(0).random(first.shape).astype(np.float32))) < 0.05
    assert np.isnan(rank_correlation(first, np.zeros_like(first)))
    assert rank_correlation(np.array([1, 1, 2, 3], np.float32), np.array([1, 2, 3, 3], np.float32)) == pytest.approx(4 / 4.5)


def test_from_the_middle_outwards():
    distance = Ellipse(30, 40, 12, 8, 0).distance((64, 80))
    ranks = rank_correlation(towards(distance), -distance)
    assert ranks == pytest.approx(1, abs=1e-3)


def test_a_blurred_scan_keeps_its_brightness_and_loses_its_lesion():
    scan = np.where(LESION, 20, 120).astype(np.uint8)
    blurred = blurred_scan(scan)
    assert abs(float(blurred.mean()) - scan.mean()) < 3
    assert blurred[LESION].mean() - blurred[~LESION].mean() > -70
