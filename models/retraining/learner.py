"""Learner: a shipped network that learns from approved cases, whatever computes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.preprocessing import FloatMap
from models.templates import learning_path, no_template, template_path
from models.weights import NetworkFile

Weights = list[npt.NDArray[np.float32]]

BATCH = 4
"""Scans a step, half of them to rehearse on."""


class Learner(Protocol):
    """A network as it is served: batch normalisation keeps its statistics, scale and shift, and nothing is left out by chance.

    A few dozen scans are no statistics, and without chance in the network a step depends on its number alone. Of a segmenter every kernel and bias
    learns, of a classifier those of the last block and the head.
    """

    @property
    def kind(self) -> str:
        """What computes it: a state is another's where this is another."""

    @property
    def size(self) -> int:
        """Height and width of its input in pixels."""

    def trained_weights(self) -> Weights:
        """Return copies of the weights that a fit moves."""

    def set_trained_weights(self, weights: Sequence[npt.NDArray[np.float32]]) -> None:
        """Set what ``trained_weights`` returned."""

    def round_as_stored(self) -> None:
        """Round the weights as they are when they are stored."""

    def store(self, path: Path) -> str:
        """Write the weights as ``weights.save_small`` does, and return the file's SHA-256."""

    def begin(self, steps: int, rate: float) -> None:
        """Be ready for so many steps of AdamW under a cosine that ends at zero, ``rate`` at its highest."""

    def learn(self, values: FloatMap, truth: FloatMap) -> float:
        """Take a step on ``BATCH`` inputs, float32, and return the loss before it.

        The truth of a segmenter is that of ``losses.bce_dice_loss``, or with a second channel of ``losses.distilled_loss``; of a classifier that of
        ``losses.class_and_grade_loss``.
        """

    def rest(self) -> None:
        """Let go of what only steps need; the next one takes a moment longer."""

    def state(self) -> Weights:
        """Return all that the next step depends on: the weights that move, and what the optimiser remembers."""

    def set_state(self, values: Sequence[npt.NDArray[np.float32]]) -> None:
        """Go on from what ``state`` returned; ValueError where it is another network's."""

    def answers(self, values: FloatMap) -> FloatMap:
        """Return what it says of inputs, float32 (batch, …): the lesion probability, (batch, size, size, 1), or logits of class and grade."""

    def answers_in_a_step(self, values: FloatMap) -> FloatMap:
        """Return the same for ``BATCH`` inputs, computed by what a step is taken with."""


def open_learner(file: NetworkFile, weights: Path) -> Learner:
    """Return a shipped network with the weights that lie there.

    LiteRT computes the architectures that the program has templates of; for others Keras and TensorFlow are needed.
    """
    if learning_path(file.name, file.options).is_file() and template_path(file.name, file.options).is_file():
        from models.retraining.lite_learner import LiteLearner

        return LiteLearner.of(file, weights)
    try:
        from models.retraining.keras_learner import KerasLearner
    except ModuleNotFoundError as error:
        if error.name not in ("keras", "tensorflow"):
            raise
        raise no_template(file.name, file.options) from error
    return KerasLearner.of(file, weights)
