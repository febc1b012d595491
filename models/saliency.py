"""Grad-CAM++ (Chattopadhay et al., arXiv:1710.11063): where a classifier's logit came from."""

from __future__ import annotations

import numpy as np

from models.analysis import FloatMap


def grad_cam_plus_plus(activations: FloatMap, gradients: FloatMap) -> FloatMap:
    """Return the map of one class, float32 (height, width), not negative and not scaled.

    alpha = g^2 / (2 g^2 + (sum A) g^3) at each position, 0 where g = 0; a map's weight is sum(alpha * ReLU(g)); the answer is
    ReLU(sum of weight * A).
    No epsilon is added to the denominator: behind global pooling g^2 is far smaller than any usual one.

    Parameters
    ----------
    activations
        A, of the last convolution: float32 (height, width, maps).
    gradients
        g = dS/dA of the class's **logit** S: float32 (height, width, maps), or (maps,) where it is the same at every position.
    """
    a = activations.astype(np.float64)
    g = np.broadcast_to(gradients.astype(np.float64), a.shape)
    # Divided through by g^2, which stays exact however small g is.
    denominator = 2 + a.sum(axis=(0, 1)) * g
    alpha = np.where((g != 0) & (denominator != 0), 1 / np.where(denominator == 0, 1, denominator), 0)
    weights = (alpha * np.maximum(g, 0)).sum(axis=(0, 1))
    return np.asarray(np.maximum(a @ weights, 0), np.float32)


def pooled_gradients(head: FloatMap, positions: int) -> FloatMap:
    """Return dS/dA, float32 (maps,), behind global average pooling and one dense unit: the unit's weights over the number of positions."""
    return (head / positions).astype(np.float32)


def scaled_to_one(saliency: FloatMap) -> FloatMap:
    """Return the map divided by its maximum, in [0, 1]; a zero map stays zero."""
    highest = float(saliency.max())
    return saliency / np.float32(highest) if highest > 0 else np.zeros_like(saliency)
