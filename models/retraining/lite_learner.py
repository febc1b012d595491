"""LiteLearner: a network learns by LiteRT and NumPy alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.committee import Flatbuffer
from models.preprocessing import FloatMap
from models.retraining.adamw import AdamW
from models.retraining.learner import BATCH, Weights
from models.templates import LearningTemplate, Template, learning_path, template_path
from models.weights import NetworkFile, as_stored, read_weights, sha256_of, store_changed

_DISTILLED = 0.5
"""Share of the loss against another segmenter's answers, where the truth has them (``losses.distilled_loss``)."""


class LiteLearner:
    """A `Learner` of an architecture that the program has templates of.

    Parameters
    ----------
    served, learning
        The templates.
    weights
        By their path in a weights file.
    source
        That file; what does not learn is copied from it.

    Raises
    ------
    NetworkError
        The weights are those of another architecture.
    """

    def __init__(self, served: Template, learning: LearningTemplate, weights: dict[str, npt.NDArray[np.float32]], source: Path) -> None:
        self._served, self._learning, self._source = served, learning, source
        self._weights = {path: np.array(value, np.float32) for path, value in weights.items()}
        self._sha256 = sha256_of(source)
        self._trained = [learning.weights[number] for number in learning.trained]
        self._serving: _Serving | None = _Serving(served, self._weights)
        self._size = self._serving.size
        self._count = min(os.cpu_count() or 1, BATCH)
        self._workers: list[_Worker] = []
        self._pool = ThreadPoolExecutor(self._count, "learner")
        self._optimizer: AdamW | None = None

    @classmethod
    def of(cls, file: NetworkFile, weights: Path) -> LiteLearner:
        """Return a network of this kind with the weights that lie there."""
        served = Template.read(template_path(file.name, file.options))
        learning = LearningTemplate.read(learning_path(file.name, file.options))
        return cls(served, learning, read_weights(weights), weights)

    @property
    def kind(self) -> str:
        """LiteRT, and how an optimiser's state is laid out."""
        return "litert 1"

    @property
    def size(self) -> int:
        """Height and width of its input in pixels."""
        return self._size

    def trained_weights(self) -> Weights:
        """Return copies of the weights that a fit moves."""
        return [self._weights[path].copy() for path in self._trained]

    def set_trained_weights(self, weights: Sequence[npt.NDArray[np.float32]]) -> None:
        """Set what ``trained_weights`` returned."""
        for path, value in zip(self._trained, weights, strict=True):
            if value.shape != self._weights[path].shape:
                raise ValueError(f"{path} has the shape {self._weights[path].shape}, not {value.shape}")
            self._weights[path][...] = value
        self._serving = None

    def round_as_stored(self) -> None:
        """Round the weights as they are when they are stored."""
        self.set_trained_weights([as_stored(self._weights[path]) for path in self._trained])

    def store(self, path: Path) -> str:
        """Write the weights small, and return the file's SHA-256."""
        return store_changed(self._source, self._sha256, path, {name: self._weights[name] for name in self._trained})

    def begin(self, steps: int, rate: float) -> None:
        """Be ready for the first step."""
        self._optimizer = AdamW([self._weights[path] for path in self._trained], steps, rate)

    def learn(self, values: FloatMap, truth: FloatMap) -> float:
        """Take a step and return the loss before it."""
        assert self._optimizer is not None, "begin comes first"
        loss, gradients = self.gradients(values, truth)
        self._optimizer.take(gradients)
        self._serving = None
        return loss

    def gradients(self, values: FloatMap, truth: FloatMap) -> tuple[float, Weights]:
        """Return the mean loss of some inputs, and its gradient for each of the weights that learn."""
        losses = self._ask(values, truth)
        sums = zip(*(worker.gradients for worker in self._workers), strict=True)
        return float(np.mean(losses)), [np.sum(each, axis=0) / np.float32(len(values)) for each in sums]

    def rest(self) -> None:
        """Let go of what computes steps, a few hundred MB."""
        self._workers = []

    def state(self) -> Weights:
        """Return the weights that move and what the optimiser remembers."""
        assert self._optimizer is not None, "begin comes first"
        return [*self.trained_weights(), *self._optimizer.state()]

    def set_state(self, values: Sequence[npt.NDArray[np.float32]]) -> None:
        """Go on from what ``state`` returned."""
        assert self._optimizer is not None, "begin comes first"
        self.set_trained_weights(values[: len(self._trained)])
        self._optimizer.set_state(values[len(self._trained) :])

    def answers(self, values: FloatMap) -> FloatMap:
        """Return what it says of inputs, computed by what would serve with these weights."""
        if self._serving is None:
            self._serving = _Serving(self._served, self._weights)
        return np.concatenate([self._serving(each[np.newaxis]) for each in values])

    def answers_in_a_step(self, values: FloatMap) -> FloatMap:
        """Return what it says of inputs, computed by what a step is taken with."""
        self._ask(values, np.zeros((len(values), *self._learning.truth_shape), np.float32))
        return np.concatenate([answer for _, answer in sorted((n, a) for worker in self._workers for n, a in worker.answers.items())])

    def _ask(self, values: FloatMap, truth: FloatMap) -> list[float]:
        """Have all inputs computed; return their losses."""
        self._workers = self._workers or [_Worker(self._learning, self._weights) for _ in range(self._count)]
        numbers = [range(first, len(values), self._count) for first in range(self._count)]
        asked = [self._pool.submit(worker.run, self._weights, values, truth, mine) for worker, mine in zip(self._workers, numbers, strict=True)]
        return [loss for each in asked for loss in each.result()]


class _Worker:
    """Computes losses and gradients of one input after the other, on one thread."""

    def __init__(self, learning: LearningTemplate, weights: dict[str, npt.NDArray[np.float32]]) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._learning = learning
        self._step: Any = Interpreter(model_content=learning.flatbuffer, num_threads=1).get_signature_runner()
        self._has_share = "share" in self._step.get_input_details()
        self.gradients = [np.zeros_like(weights[learning.weights[number]]) for number in learning.trained]
        self.answers: dict[int, FloatMap] = {}
        self._standing: dict[str, npt.NDArray[np.float32]] = {}
        for number, affine in enumerate(learning.affine):
            self._standing[f"scale_{number}"], self._standing[f"shift_{number}"] = affine.values(weights)

    def run(self, weights: dict[str, npt.NDArray[np.float32]], values: FloatMap, truth: FloatMap, numbers: range) -> list[float]:
        """Compute some of the inputs: their losses are returned, their gradients added up, and their answers kept."""
        given = self._standing | {f"weight_{number}": weights[path] for number, path in enumerate(self._learning.weights)}
        for total in self.gradients:
            total[...] = 0
        self.answers = {}
        return [self._run_one(given, number, values[number : number + 1], truth[number : number + 1]) for number in numbers]

    def _run_one(self, given: dict[str, npt.NDArray[np.float32]], number: int, value: FloatMap, truth: FloatMap) -> float:
        if self._has_share:
            is_distilled = truth.shape[-1] > 1
            given = given | {"share": np.array([_DISTILLED if is_distilled else 0.0], np.float32)}
            truth = truth if is_distilled else np.concatenate([truth, truth], -1)
        told = self._step(values=value, truth=truth, **given)
        for total, place in zip(self.gradients, self._learning.trained, strict=True):
            total[...] += told[f"gradient_{place}"]
        self.answers[number] = told["answers"]
        return float(told["loss"])


class _Serving:
    """A network as it would serve with some weights."""

    def __init__(self, template: Template, weights: dict[str, npt.NDArray[np.float32]]) -> None:
        self._heads = [(weights[kernel], weights[bias]) for kernel, bias in template.heads]
        self._flatbuffer = Flatbuffer(template.filled(weights), os.cpu_count() or 1)
        self.size = self._flatbuffer.size

    def __call__(self, value: FloatMap) -> FloatMap:
        largest = max(self._flatbuffer(value), key=np.size)
        if not self._heads:
            return largest
        pooled = largest.mean((1, 2))  # of a classifier's activations
        return np.concatenate([pooled @ kernel + bias for kernel, bias in self._heads], axis=1)
