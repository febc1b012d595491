"""Keras network -> LiteRT flatbuffer."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from models.classifier import LOGIT_LAYER, build_classifier, with_activations
from models.segmenter import build_segmenter, with_probability
from models.weights import checked_weights, derived_files, load_small, read_manifest


def convert_version(version: Path, cache: Path, report: Callable[[str, float], None]) -> list[Path]:
    """Derive what the pipeline runs from a version's weights, unless it came with them or the cache holds it; return the paths.

    Raises
    ------
    NetworkError
        The version is missing or damaged.
    """
    manifest = read_manifest(version)
    files = derived_files(version, manifest, cache)
    if files.are_there:
        return files.paths
    cache.mkdir(parents=True, exist_ok=True)
    if not files.segmenter.is_file():
        report("converting the segmenter", 0.1)
        segmenter = build_segmenter(**manifest.segmenter.options)
        load_small(segmenter, checked_weights(version, manifest.segmenter))
        _write(files.segmenter, to_flatbuffer(with_probability(segmenter)))
    for number, (network, derived) in enumerate(zip(manifest.classifiers, files.classifiers, strict=True)):
        if derived.network.is_file() and derived.head.is_file():  # another version with the same weights was prepared
            continue
        report(f"converting the classifier of the {network.view}", 0.4 + 0.6 * number / len(manifest.classifiers))
        classifier = build_classifier(**network.options)
        load_small(classifier, checked_weights(version, network))
        _write(derived.network, to_flatbuffer(with_activations(classifier)))
        beside = derived.head.with_suffix(f".{os.getpid()}.npy")
        np.save(beside, head_weights(classifier))
        beside.replace(derived.head)
    report("done", 1.0)
    return files.paths


def head_weights(classifier: keras.Model) -> np.ndarray:
    """Return the weights of the logit, float32 (maps,): with the activations they make Grad-CAM++ exact."""
    kernel = classifier.get_layer(LOGIT_LAYER).get_weights()[0]
    return np.asarray(kernel[:, 0], np.float32)


def to_flatbuffer(network: keras.Model) -> bytes:
    """Return a float32 flatbuffer of a network for a batch of one.

    The *frozen* concrete function is converted: from an unfrozen Keras 3 network a NaN was seen to come out.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    shape = (1, *network.inputs[0].shape[1:])
    function = tf.function(lambda x: network(x, training=False)).get_concrete_function(tf.TensorSpec(shape, tf.float32))
    frozen = convert_variables_to_constants_v2(function)
    converted: bytes = tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
    return converted


def _write(path: Path, content: bytes) -> None:
    """Write beside and rename, so that two starts at once never see half a file."""
    beside = path.with_suffix(f".{os.getpid()}.partial")
    beside.write_bytes(content)
    beside.replace(path)
