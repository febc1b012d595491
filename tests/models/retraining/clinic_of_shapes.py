"""A made-up clinic: dark discs on grey, a version of tiny networks for them, and a replay pack of the like."""

from contextlib import contextmanager
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from keras import layers

from models import from_keras
from models.analysis import DoubtRule, OperatingPoint
from models.batches import Recipe, SegmenterBatches
from models.classifier import ACTIVATION_LAYER, GRADE_LAYER, LOGIT_LAYER
from models.lesions import LesionRule
from models.retraining import fitting, keras_learner, outcomes
from models.retraining.clinic import UNKNOWN, ClinicLesion, clinic_example
from models.retraining.replay import Pack, PackExample
from models.training import segmenter_loss
from models.weights import Manifest, NetworkFile, save_small

SIZE = 32
POINTS = (
    OperatingPoint("sensitive", 0.1, 0.95, 0.6, "made-up scans", doubt=DoubtRule(base=0.1)),
    OperatingPoint("balanced", 0.3, 0.8, 0.8, "made-up scans"),
)


def tiny_segmenter(input_size=SIZE, encoder=""):
    scan = keras.Input((input_size, input_size, 1), name="scan")
    x = layers.Rescaling(1 / 255, name="rescaling")(scan)
    for step in ("a", "b"):
        x = layers.Conv2D(6, 3, padding="same", use_bias=False, name=f"conv_{step}")(x)
        x = layers.BatchNormalization(name=f"bn_{step}")(x)
        x = layers.Activation("relu", name=f"relu_{step}")(x)
    return keras.Model(scan, layers.Conv2D(4, 1, name="heads")(x), name="tiny_segmenter")


def tiny_classifier(input_size=SIZE, has_grade=False):
    guided = keras.Input((input_size, input_size, 3), name="guided")
    x = layers.Rescaling(1 / 255, name="rescaling")(guided)
    x = layers.Conv2D(4, 3, strides=2, name="stem_conv")(x)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = layers.Conv2D(6, 3, strides=2, name="top_conv")(x)
    x = layers.BatchNormalization(name="top_bn")(x)
    x = layers.Activation("relu", name=ACTIVATION_LAYER)(x)
    pooled = layers.Dropout(0.3, name="dropout")(layers.GlobalAveragePooling2D(name="pool")(x))
    answers = [layers.Dense(1, name=LOGIT_LAYER)(pooled), layers.Dense(1, name=GRADE_LAYER)(pooled)]
    return keras.Model(guided, layers.Concatenate(name="answers")(answers), name="tiny_classifier")


@contextmanager
def tiny_networks():
    """Put the tiny networks in the places of the real ones, and take few steps."""
    with pytest.MonkeyPatch.context() as patch:
        for module, steps_of_one in ((fitting, "_STEPS_A_CASE"), (outcomes, "_STEPS_A_LESION")):
            patch.setattr(module, "_LEAST_STEPS", 12)
            patch.setattr(module, steps_of_one, 1)
        for module in (keras_learner, from_keras):
            patch.setattr(module, "build_segmenter", tiny_segmenter)
            patch.setattr(module, "build_classifier", tiny_classifier)
        yield


def disc(seed, *, dark=60, shape=(48, 64)):
    """Return a scan with a disc, uint8, and the disc's mask."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, np.uint8)
    cv2.circle(mask, (int(rng.integers(20, 44)), int(rng.integers(16, 32))), int(rng.integers(8, 12)), 1, -1)
    scan = np.where(mask > 0, dark, 170) + rng.normal(0, 8, shape)
    return np.clip(scan, 0, 255).astype(np.uint8), mask > 0


def case(number, *, outcome=UNKNOWN, kind="corrected", is_held_out=False, dark=60):
    pixels, mask = disc(number, dark=dark)
    return clinic_example(f"case {number}", f"group {number}", pixels, (ClinicLesion(mask, outcome),), kind, is_held_out=is_held_out)


def empty_case(number, *, is_held_out=False):
    pixels = np.random.default_rng(number).normal(170, 8, (48, 64)).astype(np.uint8)
    return clinic_example(f"case {number}", f"group {number}", pixels, (), "empty", is_held_out=is_held_out)


def cases(number=6, held_out=3, **more):
    """Return cases to learn from, every second one malignant where ``known``, and held-out ones."""
    known = more.pop("known", False)
    outcomes = [("benign", "malignant")[n % 2] if known else UNKNOWN for n in range(number + held_out)]
    return [case(n, outcome=outcome, is_held_out=n >= number, **more) for n, outcome in enumerate(outcomes)]


def pack(number=8, hold_out=4):
    def scan(n):
        pixels, mask = disc(1000 + n)
        label = ("benign", "malignant")[n % 2]
        return PackExample(Path(f"{label}/{n}.png"), (), label, f"pack:{n}", "busi", pixels=pixels, mask=mask)

    scans = [scan(n) for n in range(number + hold_out)]
    return Pack(scans[:number], scans[number:], "0" * 64, "made-up scans")


def fitted_segmenter():
    """Return a tiny segmenter that finds discs."""
    keras.utils.set_random_seed(3)
    network = tiny_segmenter()
    recipe = Recipe(epochs=60, batch_size=8, learning_rate=1e-2)
    batches = SegmenterBatches(pack(24).rehearsal, recipe, is_training=True, size=SIZE)
    network.compile(keras.optimizers.Adam(1e-2), segmenter_loss())
    for epoch in range(recipe.epochs):
        batches.epoch = epoch
        for step in range(len(batches)):
            network.train_on_batch(*batches[step])
    return network


def write_version(folder):
    """Write a version of a segmenter that finds discs and two classifiers that know nothing; return its manifest."""
    folder.mkdir()
    segmenter = fitted_segmenter()
    files = [NetworkFile(segmenter.name, "segmenter.weights.h5", save_small(segmenter, folder / "segmenter.weights.h5"), {"input_size": SIZE})]
    for view in ("scan", "lesion"):
        name = f"classifier-{view}.weights.h5"
        options = {"input_size": SIZE, "has_grade": True}
        files.append(NetworkFile("tiny_classifier", name, save_small(tiny_classifier(**options), folder / name), options, view))
    manifest = Manifest(
        "1.0", "2026-01-01", files[0], tuple(files[1:]), LesionRule(), 1.5, POINTS, "made-up scans", data={"training": {"busi/benign": 3}}
    )
    manifest.write(folder)
    return manifest
