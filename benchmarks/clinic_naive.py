"""What is commonly done with corrections: the segmenter is fitted to them at a high rate, each time from where it was left the last time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras

from models.batches import Recipe, SegmenterBatches
from models.losses import bce_dice_loss
from models.retraining.clinic import ClinicExample
from models.retraining.events import Tell
from models.retraining.fitting import segmenter_plan
from models.retraining.keras_learner import KerasLearner
from models.retraining.learner import BATCH
from models.retraining.outcomes import Lessons
from models.retraining.proposal import write_proposal
from models.retraining.steps import joined
from models.segmenter import build_segmenter
from models.weights import checked_weights, load_small, read_manifest

RATE = 1e-3


def fine_tuned(base: Path, cache: Path, cases: Sequence[ClinicExample], out: Path, version: str, tell: Tell) -> None:
    """Fit a version's segmenter to all cases, held-out ones too, and write the version ``out``.

    As many steps as a proposal takes. Nothing is rehearsed and nothing held back: no replay, no answers of the network before, batch normalisation
    learns and counts anew, nothing is blended, and nobody compares.
    """
    keras.utils.set_random_seed(0)
    manifest = read_manifest(base)
    network = build_segmenter(**manifest.segmenter.options)
    load_small(network, checked_weights(base, manifest.segmenter))
    network.compile(keras.optimizers.Adam(RATE), bce_dice_loss, jit_compile=False)
    recipe = Recipe(epochs=1, batch_size=BATCH, learning_rate=RATE)
    batch_of = joined([SegmenterBatches(cases, recipe, is_training=True, size=network.inputs[0].shape[1])])
    for step in range(segmenter_plan(len(cases)).steps):
        network.train_on_batch(*batch_of(step))
    out.parent.mkdir(parents=True, exist_ok=True)
    learner = KerasLearner(network, "")
    learner.round_as_stored()
    learners = {manifest.segmenter.file: learner}
    write_proposal(replace(manifest, version=version, parent=manifest.version), base, learners, out, cache, cases, Lessons([], []), tell)
