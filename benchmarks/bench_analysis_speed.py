"""A warm analysis on LiteRT, beside the same networks in ONNX Runtime and through Keras' ``predict``, and beside the reference's way, in one run.

The reference asks one segmenter and one classifier once each, and explains; so the networks are asked here, too. The program's own analysis asks
more: the scan's mirror image, two classifiers, three ellipses, and how far the answer moves when the outline does; it is measured besides.

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
from figures import add_out, write_figures
from other_networks import KerasNetwork, Network, OnnxNetwork, networks_run_by

from busi_gui import paths
from busi_gui.io.scans import read_scan
from models.classifier import build_classifier, with_activations
from models.committee import Flatbuffer
from models.convert import convert_version
from models.pipeline import Pipeline
from models.preprocessing import Letterbox, guided_channels, segmenter_input
from models.saliency import grad_cam_plus_plus, pooled_gradients
from models.segmenter import build_segmenter, with_probability
from models.weights import derived_files, read_manifest

WAYS = {
    "single": "once each, LiteRT",
    "onnx_single": "once each, ONNX Runtime",
    "predict": "once each, Keras' predict",
    "reference": "the reference's way",
    "whole": "this program's analysis, LiteRT",
    "onnx_whole": "this program's, ONNX Runtime",
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
    ways: dict[str, Callable[[], object]] = {"single": single_way(pixels, Flatbuffer), "whole": partial(pipeline.analyse, pixels)}
    differences = {}
    if importlib.util.find_spec("onnxruntime") is not None:
        with networks_run_by(OnnxNetwork):
            beside = loaded()
        differences = {"onnx_probability_difference": difference(pipeline, beside, pixels)}
        ways |= {"onnx_single": single_way(pixels, OnnxNetwork), "onnx_whole": partial(beside.analyse, pixels)}
    ways |= {"predict": single_way(pixels, KerasNetwork), "reference": reference_way(pixels)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():  # warm: first calls trace, allocate and fill caches
        way()
        way()
    for _ in range(rounds):
        for name, way in ways.items():
            start = perf_counter()
            way()
            times[name].append(1000 * (perf_counter() - start))
    base = median(times["single"])
    print(f"{os.cpu_count()} cores, {rounds} rounds; segment + classify + Grad-CAM++ of one {pixels.shape[1]} x {pixels.shape[0]} scan")
    for name, values in times.items():
        print(f"{WAYS[name]:32} median {median(values):7.1f} ms   min {min(values):7.1f}   max {max(values):7.1f}   x {median(values) / base:5.1f}")
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


def single_way(pixels: np.ndarray, network: Callable[[Path, int], Network]) -> Callable[[], object]:
    """Ask the segmenter and the classifier of the whole scan once each, and explain, as the reference's way does."""
    manifest = read_manifest(paths.weights_dir())
    files = derived_files(paths.weights_dir(), manifest, paths.cache_dir())
    place = next(place for place, each in enumerate(manifest.classifiers) if each.view == "scan")
    threads = min(4, os.cpu_count() or 1)
    segmenter, classifier = network(files.segmenter, threads), network(files.classifiers[place].network, threads)
    head = np.load(files.classifiers[place].head)
    box = Letterbox.around(pixels)

    def run() -> None:
        probability = segmenter(segmenter_input(pixels, box))[0][0, ..., 0]
        ellipse = box.ellipse_of(cv2.resize((box.crop(probability) >= 0.5).astype(np.uint8), pixels.shape[::-1]).astype(bool))
        _, activations = sorted(classifier(guided_channels(box.apply(pixels), ellipse)[np.newaxis]), key=lambda output: output.size)
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
