"""A warm analysis on LiteRT, beside the same networks through Keras' ``predict`` and beside the reference's way, in one run.

The ways take turns, so that a machine whose speed drifts slows all of them alike; quote the ratios. Needs the training libraries.

    python benchmarks/bench_analysis_speed.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import keras
import numpy as np

from busi_gui import paths
from busi_gui.io.scans import read_scan
from models.classifier import build_classifier, with_activations
from models.convert import convert_version, head_weights
from models.pipeline import Pipeline
from models.preprocessing import VIEW_SIZES, Letterbox, guided_channels, lesion_view, segmenter_input
from models.saliency import grad_cam_plus_plus, pooled_gradients
from models.segmenter import build_segmenter, with_probability
from models.weights import load_small, read_manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    pixels = read_scan(paths.samples_dir() / "malignant_synthetic.png").pixels
    ways = {
        "LiteRT (this program)": litert_way(pixels),
        "the same networks, predict": predict_way(pixels),
        "the reference's way": reference_way(pixels),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():  # warm: first calls trace, allocate and fill caches
        way()
        way()
    for _ in range(rounds):
        for name, way in ways.items():
            start = perf_counter()
            way()
            times[name].append(1000 * (perf_counter() - start))
    base = median(times["LiteRT (this program)"])
    print(f"{os.cpu_count()} cores, {rounds} rounds; segment + classify + band + Grad-CAM++ of one {pixels.shape[1]} x {pixels.shape[0]} scan")
    for name, values in times.items():
        print(f"{name:28} median {median(values):7.1f} ms   min {min(values):7.1f}   max {max(values):7.1f}   x {median(values) / base:5.1f}")


def litert_way(pixels: np.ndarray) -> Callable[[], object]:
    convert_version(paths.weights_dir(), paths.cache_dir(), lambda *_: None)
    pipeline = Pipeline.load(paths.weights_dir(), paths.cache_dir())
    if not pipeline.analyse(pixels).lesions:
        raise SystemExit("the sample's lesion was not found: nothing would be classified")
    return lambda: pipeline.analyse(pixels)


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
