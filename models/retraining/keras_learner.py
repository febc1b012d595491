"""KerasLearner: a network of any architecture learns by Keras and TensorFlow."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from models.classifier import build_classifier
from models.losses import bce_dice_loss, class_and_grade_loss, distilled_loss
from models.preprocessing import FloatMap
from models.retraining.adamw import CLIP, DECAY, WARMUP
from models.retraining.learner import Weights
from models.segmenter import build_segmenter, with_probability
from models.weights import NetworkFile, load_small, save_small

FIXED = re.compile(r"stem|block[1-6]")
"""Layers of a classifier that stay as they are: they see speckle, edges and shadows, learned from a thousand lesions. Of a few dozen, only the last
block, what is made of it and the head can be learned without learning the cases by heart; it takes a third of the time, too."""


class KerasLearner:
    """A `Learner` on a Keras network, which it changes.

    Parameters
    ----------
    network
        From ``build_segmenter``, or from ``build_classifier``.
    view
        Of a classifier; empty for a segmenter.
    """

    def __init__(self, network: keras.Model, view: str) -> None:
        self.network, self._view = as_served(network, view), view
        self._served = network if view else with_probability(network)

    @classmethod
    def of(cls, file: NetworkFile, weights: Path) -> KerasLearner:
        """Return a network of this kind with the weights that lie there."""
        network = (build_classifier if file.view else build_segmenter)(**file.options)
        load_small(network, weights)
        return cls(network, file.view)

    @property
    def kind(self) -> str:
        """Keras, and how it lays out an optimiser's state."""
        return "keras 1"

    @property
    def size(self) -> int:
        """Height and width of its input in pixels."""
        size: int = self.network.inputs[0].shape[1]
        return size

    def trained_weights(self) -> Weights:
        """Return copies of the weights that a fit moves."""
        return [_copied(variable) for variable in self.network.trainable_variables]

    def set_trained_weights(self, weights: Sequence[npt.NDArray[np.float32]]) -> None:
        """Set what ``trained_weights`` returned."""
        for variable, value in zip(self.network.trainable_variables, weights, strict=True):
            variable.assign(value)

    def round_as_stored(self) -> None:
        """Round the weights as they are when they are stored."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rounded.weights.h5"
            self.store(path)
            load_small(self.network, path)

    def store(self, path: Path) -> str:
        """Write the weights small, and return the file's SHA-256."""
        return save_small(self.network, path)

    def begin(self, steps: int, rate: float) -> None:
        """Compile the network; all variables of the optimiser are there then."""
        warmup = round(WARMUP * steps)
        schedule = keras.optimizers.schedules.CosineDecay(0.0, steps - warmup, warmup_target=rate, warmup_steps=warmup)
        optimizer = keras.optimizers.AdamW(schedule, weight_decay=DECAY, global_clipnorm=CLIP)
        loss = class_and_grade_loss if self._view else segmenter_loss
        self.network.compile(optimizer, loss, jit_compile=keras.backend.backend() == "jax")
        optimizer.build(self.network.trainable_variables)

    def learn(self, values: FloatMap, truth: FloatMap) -> float:
        """Take a step and return the loss before it."""
        self.network.reset_metrics()
        return float(self.network.train_on_batch(values, truth))

    def rest(self) -> None:
        """Keep everything: compiling takes a quarter of a minute."""

    def state(self) -> Weights:
        """Return the weights that move and the optimiser's."""
        return [_copied(variable) for variable in self._variables]

    def set_state(self, values: Sequence[npt.NDArray[np.float32]]) -> None:
        """Go on from what ``state`` returned."""
        for variable, value in zip(self._variables, values, strict=True):
            variable.assign(value)

    def answers(self, values: FloatMap) -> FloatMap:
        """Return what it says of inputs."""
        said: FloatMap = np.asarray(self._served.predict_on_batch(values))
        return said

    def answers_in_a_step(self, values: FloatMap) -> FloatMap:
        """Return what it says of inputs: one network does both."""
        return self.answers(values)

    @property
    def _variables(self) -> list[keras.Variable]:
        return [*self.network.trainable_variables, *self.network.optimizer.variables]


def segmenter_loss(truth: keras.KerasTensor, logits: keras.KerasTensor) -> keras.KerasTensor:
    """Return the loss of a segmenter, float32 (batch,): distilled where the truth has a second channel, what another segmenter says."""
    return (distilled_loss if truth.shape[-1] > 1 else bce_dice_loss)(truth, logits)


def as_served(network: keras.Model, view: str) -> keras.Model:
    """Let a network learn as it is served, and of a classifier only the last block and the head."""
    for layer in network.layers:
        if view and FIXED.match(layer.name):
            layer.trainable = False
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
        elif isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return network


def _copied(variable: keras.Variable) -> npt.NDArray[np.float32]:
    return np.array(keras.ops.convert_to_numpy(variable))
