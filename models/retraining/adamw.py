"""AdamW with a clipped gradient under a warm cosine, on NumPy arrays, as Keras takes its steps."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sqrt

import numpy as np
import numpy.typing as npt

Arrays = list[npt.NDArray[np.float32]]

WARMUP = 0.05
"""Share of the steps in which the rate rises."""
DECAY, CLIP = 1e-4, 1.0
"""Of the weights in each step, in rates; and the length of all gradients together, beyond which they are shortened."""
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7


class AdamW:
    """Moves weights by their gradients (Loshchilov and Hutter, arXiv:1711.05101).

    Parameters
    ----------
    weights
        float32; they are changed where they are.
    steps, rate
        The rate rises from 0 to ``rate`` in the first `WARMUP` of the steps, and falls to 0 as a cosine does.
    """

    def __init__(self, weights: Arrays, steps: int, rate: float) -> None:
        self._weights, self._steps, self._highest = weights, steps, rate
        self._taken = 0
        self._means = [np.zeros_like(each) for each in weights]
        self._squares = [np.zeros_like(each) for each in weights]

    def take(self, gradients: Arrays) -> None:
        """Take a step; the gradients are scaled so that all together are at most 1 long."""
        length = sqrt(sum(float(np.vdot(each, each)) for each in gradients))
        scale, rate = np.float32(CLIP / max(length, CLIP)), self.rate(self._taken)
        self._taken += 1
        size = np.float32(rate * sqrt(1 - _BETA_2**self._taken) / (1 - _BETA_1**self._taken))
        for weight, mean, square, gradient in zip(self._weights, self._means, self._squares, gradients, strict=True):
            clipped = gradient * scale
            weight[...] -= weight * np.float32(DECAY * rate)
            mean[...] += (clipped - mean) * np.float32(1 - _BETA_1)
            square[...] += (clipped * clipped - square) * np.float32(1 - _BETA_2)
            weight[...] -= mean * size / (np.sqrt(square) + np.float32(_EPSILON))

    def rate(self, taken: int) -> float:
        """Return the rate of the step after so many."""
        warm = round(WARMUP * self._steps)
        if taken < warm:
            return self._highest * taken / warm
        passed = min((taken - warm) / max(self._steps - warm, 1), 1.0)
        return self._highest * 0.5 * (1 + cos(pi * passed))

    def state(self) -> Arrays:
        """Return copies of what it remembers."""
        return [np.array([self._taken], np.float32), *(each.copy() for each in (*self._means, *self._squares))]

    def set_state(self, values: Sequence[npt.NDArray[np.float32]]) -> None:
        """Go on from what ``state`` returned; ValueError where it is of other weights."""
        taken, *others = values
        for own, value in zip([*self._means, *self._squares], others, strict=True):
            if own.shape != value.shape:
                raise ValueError(f"{value.shape} is not {own.shape}")
            own[...] = value
        self._taken = int(taken[0])
