"""Grad-CAM++ against the formula of its paper, written out."""

import numpy as np
import pytest

from models.saliency import grad_cam_plus_plus, pooled_gradients, scaled_to_one


def transcription(a, g):
    """The paper's equations, one position and one map at a time."""
    height, width, maps = a.shape
    result = np.zeros((height, width))
    for k in range(maps):
        total = a[:, :, k].sum()
        weight = 0.0
        for i in range(height):
            for j in range(width):
                gradient = float(g[i, j, k])
                denominator = 2 * gradient**2 + total * gradient**3
                alpha = gradient**2 / denominator if denominator else 0.0
                weight += alpha * max(gradient, 0.0)
        result += weight * a[:, :, k]
    return np.maximum(result, 0)


@pytest.mark.parametrize("size", [1.0, 1e-4])
def test_map_equals_a_transcription_of_the_formula(size):
    rng = np.random.default_rng(1)
    a = rng.gamma(1, 1, (5, 6, 9)).astype(np.float32)
    g = (size * rng.standard_normal((5, 6, 9))).astype(np.float32)
    g[:, :, 2] = 0
    expected = transcription(a.astype(np.float64), g.astype(np.float64))
    np.testing.assert_allclose(grad_cam_plus_plus(a, g), expected, atol=1e-5, rtol=1e-5)


def test_constant_gradient_may_be_given_once_for_all_positions():
    rng = np.random.default_rng(2)
    a, g = rng.random((4, 4, 7)).astype(np.float32), rng.standard_normal(7).astype(np.float32)
    np.testing.assert_array_equal(grad_cam_plus_plus(a, g), grad_cam_plus_plus(a, np.broadcast_to(g, a.shape)))


def test_zero_gradients_give_a_zero_map():
    a = np.ones((4, 4, 3), np.float32)
    assert not grad_cam_plus_plus(a, np.zeros(3, np.float32)).any()
    assert not scaled_to_one(np.zeros((4, 4), np.float32)).any()


def test_gradients_against_a_class_give_a_zero_map():
    assert not grad_cam_plus_plus(np.ones((4, 4, 3), np.float32), np.full(3, -1, np.float32)).any()


def test_pooled_gradient_is_the_gradient_of_the_pooled_logit():
    rng = np.random.default_rng(3)
    a, head = rng.random((3, 4, 5)), rng.standard_normal(5).astype(np.float32)
    moved = a.copy()
    moved[1, 2, 3] += 1e-3
    slope = (moved.mean((0, 1)) @ head - a.mean((0, 1)) @ head) / 1e-3
    assert pooled_gradients(head, 12)[3] == pytest.approx(slope, rel=1e-4)


def test_scaled_map_reaches_one():
    assert scaled_to_one(np.array([[0.0, 0.2]], np.float32)).max() == 1
