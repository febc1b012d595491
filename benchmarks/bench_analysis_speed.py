"""A warm analysis on LiteRT, beside the same networks in ONNX Runtime and through Keras' ``predict``, and beside the reference's way, in one run.

The ways take turns, so that a machine whose speed drifts slows all of them alike; quote the ratios. Needs the training libraries, and those of the
extra ``bench`` for ONNX Runtime, without which that way is left out.

    python benchmarks/bench_analysis_speed.py [--rounds 15] [--out FILE]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import keras
import numpy as np
from figures import add_out, networks_run_by, write_figures
from keras_networks import OnnxNetwork

from busi_gui import paths
from busi_gui.io.scans import read_scan
from models.classifier import build_classifier, with_activations
from models.convert import convert_version, head_weights
from models.pipeline import Pipeline
from models.preprocessing import VIEW_SIZES, Letterbox, guided_channels, lesion_view, segmenter_input
from models.saliency import grad_cam_plus_plus, pooled_gradients
from models.segmenter import build_segmenter, with_probability
from models.weights import load_small, read_manifest

WAYS = {
    "litert": "LiteRT (this program)",
    "onnx": "the same networks, ONNX Runtime",
    "predict": "the same networks, predict",
    "reference": "the reference's way",
}
MOST_DIFFERENT = 1e-3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    add_out(parser)
    options = parser.parse_args()
    rounds = options.rounds
    pixels = read_scan(paths.samples_dir() / "malignant_synthetic.png").pixels
    pipeline = loaded()
    if not pipeline.analyse(pixels).lesions:
        raise SystemExit("the sample's lesion was not found: nothing would be classified")
    ways: dict[str, Callable[[], object]] = {"litert": partial(pipeline.analyse, pixels)}
    differences = {}
    if importlib.util.find_spec("onnxruntime") is not None:
        with networks_run_by(OnnxNetwork):
            beside = loaded()
        differences = {"onnx_probability_difference": difference(pipeline, beside, pixels)}
        ways["onnx"] = partial(beside.analyse, pixels)
    ways |= {"predict": predict_way(pixels), "reference": reference_way(pixels)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():  # warm: first calls trace, allocate and fill caches
        way()
        way()
    for _ in range(rounds):
        for name, way in ways.items():
            start = perf_counter()
            way()
            times[name].append(1000 * (perf_counter() - start))
    base = median(times["litert"])
    print(f"{os.cpu_count()} cores, {rounds} rounds; segment + classify + band + Grad-CAM++ of one {pixels.shape[1]} x {pixels.shape[0]} scan")
    for name, values in times.items():
        print(f"{WAYS[name]:28} median {median(values):7.1f} ms   min {min(values):7.1f}   max {max(values):7.1f}   x {median(values) / base:5.1f}")
    write_figures(options.out, {"rounds": rounds, **{f"{name}_ms": values for name, values in times.items()}, **differences})


def loaded() -> Pipeline:
    convert_version(paths.weights_dir(), paths.cache_dir(), lambda *_: None)
    return Pipeline.load(paths.weights_dir(), paths.cache_dir())


def difference(one: Pipeline, other: Pipeline, pixels: np.ndarray) -> float:
    """Return by how much the answers of two pipelines differ at most, in lesion probability, probability of malignancy, and saliency."""
    found, again = one.analyse(pixels), other.analyse(pixels)
    pairs = [(found.probability, again.probability)]
    for mine, theirs in zip(found.lesions, again.lesions, strict=True):
        pairs.append((np.float64(mine.diagnosis.p_malignant), np.float64(theirs.diagnosis.p_malignant)))
        pairs.append((mine.diagnosis.saliency["malignant"], theirs.diagnosis.saliency["malignant"]))
    largest = max(float(np.abs(mine - theirs).max()) for mine, theirs in pairs)
    if largest > MOST_DIFFERENT:
        raise SystemExit(f"the networks in ONNX Runtime answer otherwise, by {largest:.2g}")
    return largest


def predict_way(pixels: np.ndarray) -> Callable[[], object]:
    """Segment, ask each classifier once and explain with the same Keras networks through ``predict``."""
    manifest = read_manifest(paths.weights_dir())
    segmenter = build_segmenter(**manifest.segmenter.options)
    load_small(segmenter, paths.weights_dir() / manifest.segmenter.file)
    serving = with_probability(segmenter)
    classifiers = []
    for network in manifest.classifiers:
        classifier = build_classifier(**network.options)
        load_small(classifier, paths.weights_dir() / network.file)
        classifiers.append((network.view, with_activations(classifier), head_weights(classifier)))
    box = Letterbox.around(pixels)

    def run() -> None:
        probability = serving.predict(segmenter_input(pixels, box), verbose=0)[0, ..., 0]
        ellipse = box.ellipse_of(cv2.resize((box.crop(probability) >= 0.5).astype(np.uint8), pixels.shape[::-1]).astype(bool))
        for view, explained, head in classifiers:
            seen = lesion_view(box.apply(pixels), ellipse, VIEW_SIZES[view]) if view == "lesion" else (box.apply(pixels), ellipse)
            _, activations = explained.predict(guided_channels(*seen)[np.newaxis], verbose=0)
            grad_cam_plus_plus(activations[0], pooled_gradients(head, activations[0, :, :, 0].size))

    return run


def reference_way(pixels: np.ndarray) -> Callable[[], object]:
    """Take the reference's sizes: a plain 32 ... 512 network at 256 px, EfficientNetB0 at 224, both by ``predict``, then gradients."""
    import tensorflow as tf

    segmenter = with_probability(build_segmenter("plain"))
    classifier = with_activations(build_classifier(224))

    def run() -> None:
        segmenter.predict(cv2.resize(pixels, (256, 256))[np.newaxis, :, :, np.newaxis].astype(np.float32), verbose=0)
        guided = np.repeat(cv2.resize(pixels, (224, 224))[np.newaxis, :, :, np.newaxis], 3, -1).astype(np.float32)
        classifier.predict(guided, verbose=0)
        with tf.GradientTape() as tape:
            logit, activations = classifier(guided)
        gradients = tape.gradient(logit, activations)
        if gradients is None:
            raise SystemExit("no gradient")
        grad_cam_plus_plus(activations.numpy()[0], gradients.numpy()[0])

    return run


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    main()
