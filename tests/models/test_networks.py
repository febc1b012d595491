"""Shapes, nesting and losses of tiny networks."""

import keras
import numpy as np
import pytest

from models.classifier import LOGIT_LAYER, build_classifier, with_activations
from models.losses import bce_dice_loss, class_and_grade_loss
from models.segmenter import build_segmenter, with_probability


@pytest.mark.parametrize("encoder", ["efficientnetb0", "plain"])
def test_unetpp_has_ten_nested_nodes_and_four_heads(encoder):
    network = build_segmenter(encoder, 64)
    names = {layer.name for layer in network.layers}
    nested = {(i, j) for j in range(1, 5) for i in range(5 - j)}
    assert {f"join_{i}{j}" for i, j in nested} <= names
    assert len(nested) == 10
    for i, j in nested:  # X(i, j) joins X(i, 0) ... X(i, j-1) and one from below
        assert len(network.get_layer(f"join_{i}{j}").input) == j + 1
    assert network.output_shape == (None, 64, 64, 4)


def test_serving_segmenter_averages_the_heads_probabilities():
    network = build_segmenter(input_size=64)
    scan = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 1)).astype(np.float32)
    logits = np.asarray(network(scan))
    expected = (1 / (1 + np.exp(-logits))).mean(-1, keepdims=True)
    np.testing.assert_allclose(np.asarray(with_probability(network)(scan)), expected, atol=1e-6)


def test_unknown_encoder_and_odd_size_are_refused():
    with pytest.raises(ValueError, match="unknown encoder"):
        build_segmenter("resnet")
    with pytest.raises(ValueError, match="multiple of 32"):
        build_segmenter(input_size=100)


def test_classifier_gives_a_logit_by_name_and_its_activations():
    network = build_classifier(64)
    assert network.get_layer(LOGIT_LAYER).activation is keras.activations.linear
    logit, activations = with_activations(network)(np.zeros((1, 64, 64, 3), np.float32))
    assert logit.shape == (1, 1)
    assert activations.shape == (1, 2, 2, 1280)
    pooled = np.asarray(activations).mean((1, 2))
    kernel, bias = network.get_layer(LOGIT_LAYER).get_weights()
    np.testing.assert_allclose(np.asarray(logit), pooled @ kernel + bias, atol=1e-5)


def test_a_classifier_with_a_grade_serves_the_logit_alone():
    network = build_classifier(64, has_grade=True)
    assert network.output_shape == (None, 2)
    guided = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)).astype(np.float32)
    logit, _ = with_activations(network)(guided)
    np.testing.assert_allclose(np.asarray(logit), np.asarray(network(guided))[:, :1], atol=1e-6)


def test_what_nobody_graded_does_not_pull_the_grade():
    logits = keras.ops.convert_to_tensor(np.array([[2.0, -3.0], [2.0, 3.0]], np.float32))
    unknown = np.asarray(class_and_grade_loss(np.array([[1, -1], [1, -1]], np.float32), logits))
    assert unknown[0] == pytest.approx(unknown[1])
    alone = np.asarray(class_and_grade_loss(np.array([[1, -1], [1, 1]], np.float32), logits[:, :1]))
    np.testing.assert_allclose(alone, unknown, atol=1e-6)
    right, wrong = np.asarray(class_and_grade_loss(np.array([[1, 0], [1, 0]], np.float32), logits))
    assert unknown[0] < right < wrong


def test_loss_falls_as_the_mask_gets_right_and_stays_finite():
    truth = np.zeros((2, 8, 8, 1), np.float32)
    truth[0, 2:5, 2:5] = 1
    right = np.repeat(np.where(truth > 0, 9.0, -9.0), 4, -1).astype(np.float32)
    losses = [np.asarray(bce_dice_loss(truth, keras.ops.convert_to_tensor(z))) for z in (right, 0 * right, -right, -1e4 * right)]
    assert losses[0].max() < 0.05
    assert losses[0].max() < losses[1].min() < losses[2].min()
    assert np.isfinite(losses[3]).all()


def test_loss_asks_a_normal_scan_for_an_empty_mask():
    empty = np.zeros((1, 8, 8, 1), np.float32)
    quiet, loud = (np.asarray(bce_dice_loss(empty, keras.ops.full((1, 8, 8, 4), z)))[0] for z in (-9.0, 0.0))
    assert quiet < 0.1 < loud
