"""Classifiers whose weights were shuffled from the last layer on (Adebayo et al., arXiv:1810.03292), and what their saliency maps still show.

Needs the training libraries.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from models.analysis import FloatMap, Mask
from models.preprocessing import VIEW_SIZES, Letterbox, Pixels, guided_channels, lesion_view
from models.weights import NetworkFile, checked_weights, load_small, read_manifest

STAGES = {
    "nothing": (),
    "head": ("logit",),
    "head and last convolution": ("logit", "top_"),
    "and the last block": ("logit", "top_", "block7"),
    "and blocks 5 and 6": ("logit", "top_", "block7", "block6", "block5"),
    "everything": ("",),
}
"""Which layers' weights are shuffled, by the beginning of their names."""

_BATCH = 8


def activations_of(version: Path, network: NetworkFile, stage: str, lesions: Sequence[tuple[Pixels, Mask]], seed: int) -> tuple[FloatMap, FloatMap]:
    """Return what a classifier makes of lesions when some of its weights are shuffled.

    Parameters
    ----------
    version, network
        The version's folder, and which of its classifiers.
    stage
        Of ``STAGES``.
    lesions
        Scan and mask of each.

    Returns
    -------
    tuple
        Activations float32 (lesions, rows, columns, maps), and the weights of the logit (maps,).
    """
    from models.from_keras import head_weights

    classifier, serving = _trained(version, network.file)
    kept = classifier.get_weights()
    rng = np.random.default_rng(seed)
    for layer in classifier.layers:
        if layer.weights and any(layer.name.startswith(start) for start in STAGES[stage]):
            layer.set_weights([rng.permutation(weight.ravel()).reshape(weight.shape) for weight in layer.get_weights()])
    head = head_weights(classifier)
    inputs = np.stack([_input(network.view, pixels, mask) for pixels, mask in lesions])
    parts = [serving.predict_on_batch(inputs[at : at + _BATCH])[1] for at in range(0, len(inputs), _BATCH)]
    classifier.set_weights(kept)
    return np.concatenate(parts), head


@cache
def _trained(version: Path, file: str) -> tuple[Any, Any]:
    """Return a classifier of a version by its weights' file, and the network that serves with the same weights."""
    from models.classifier import build_classifier, with_activations

    network = next(net for net in read_manifest(version).classifiers if net.file == file)
    classifier = build_classifier(**network.options)
    load_small(classifier, checked_weights(version, network))
    return classifier, with_activations(classifier)


def _input(view: str, pixels: Pixels, mask: Mask) -> FloatMap:
    box = Letterbox.around(pixels)
    square, ellipse = box.apply(pixels), box.ellipse_of(mask)
    if view == "lesion":
        square, ellipse = lesion_view(square, ellipse, VIEW_SIZES[view])
    return guided_channels(square, ellipse)
