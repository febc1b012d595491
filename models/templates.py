"""Flatbuffers without their weights: with those of a version filled in they are what TensorFlow would convert its networks to, in an instant.

A version differs from another of the same architecture in its weights alone, and a flatbuffer has these as plain arrays at fixed places. What
kernels, biases and batch normalisation become there is arithmetic (`FORMULAS`): normalisation after a convolution is folded into it. So whoever has
the template of an architecture needs neither Keras nor TensorFlow to make what the pipeline runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.analysis import NetworkError

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "templates"
"""The templates of the architectures that the program is delivered with, from source and built."""

Floats = npt.NDArray[np.float32]
Weights = Mapping[str, Floats]
"""By their path in a weights file."""


@dataclass(frozen=True)
class Place:
    """Where an array of a flatbuffer lies, and what it is made of.

    Attributes
    ----------
    at
        Of its first byte; it is float32, little-endian.
    formula
        One of `FORMULAS`.
    paths
        Weights that go into it, in the formula's order.
    epsilon
        Added to a variance.
    """

    at: int
    formula: str
    paths: tuple[str, ...]
    epsilon: float = 0.0

    def value(self, weights: Weights) -> Floats:
        """Return the array, in the flatbuffer's order of axes; NetworkError where a weight is missing."""
        try:
            arrays = [np.asarray(weights[path], np.float32) for path in self.paths]
            return np.ascontiguousarray(FORMULAS[self.formula](arrays, self.epsilon), "<f4")
        except (KeyError, ValueError, IndexError) as error:
            raise NetworkError(f"The weights are not those of this architecture ({error}).") from error


def scale_and_shift(normalisation: Sequence[Floats], epsilon: float) -> tuple[Floats, Floats]:
    """Return what batch normalisation that stands still multiplies by and adds, float32 (channels,), from its gamma, beta, mean and variance."""
    gamma, beta, mean, variance = normalisation
    scale = (gamma / np.sqrt(variance + np.float32(epsilon))).astype(np.float32)
    return scale, beta - mean * scale


def _kernel(arrays: Sequence[Floats], _: float) -> Floats:
    return arrays[0].transpose(3, 0, 1, 2)


def _normalised_kernel(arrays: Sequence[Floats], epsilon: float) -> Floats:
    scale, _ = scale_and_shift(arrays[1:], epsilon)
    return (arrays[0] * scale).transpose(3, 0, 1, 2)


def _normalised_depthwise(arrays: Sequence[Floats], epsilon: float) -> Floats:
    scale, _ = scale_and_shift(arrays[1:], epsilon)
    return (arrays[0][..., 0] * scale)[np.newaxis]


def _inverse_deviation(arrays: Sequence[Floats], _: float) -> Floats:
    return (1 / np.maximum(np.sqrt(arrays[0]), 1e-7)).astype(np.float32)


FORMULAS: Mapping[str, Callable[[Sequence[Floats], float], Floats]] = {
    "kernel": _kernel,
    "normalised kernel": _normalised_kernel,
    "normalised depthwise kernel": _normalised_depthwise,
    "dense": lambda arrays, _: arrays[0].T,
    "as it is": lambda arrays, _: arrays[0],
    "inverse deviation": _inverse_deviation,
    "shift": lambda arrays, epsilon: scale_and_shift(arrays, epsilon)[1],
}
"""How an array is made of weights.

The kernel of a convolution (height, width, in, out), of one by channel (height, width, channels, 1), or of a dense layer (in, out), alone or with
gamma, beta, mean and variance of the batch normalisation that follows; a bias or a mean as it is; the variance of the intensities; or gamma, beta,
mean and variance alone.
"""


@dataclass(frozen=True)
class Template:
    """A flatbuffer with zeros in place of a version's weights.

    Attributes
    ----------
    flatbuffer
        Its bytes.
    places
        Where the weights go.
    head
        Path of the weights of a classifier's logit; empty for a segmenter.
    """

    flatbuffer: bytes
    places: tuple[Place, ...]
    head: str = ""

    def filled(self, weights: Weights) -> bytes:
        """Return the flatbuffer of a network with these weights; NetworkError where they are those of another architecture."""
        filled = bytearray(self.flatbuffer)
        for place in self.places:
            value = place.value(weights)
            filled[place.at : place.at + value.nbytes] = value.tobytes()
        return bytes(filled)

    def write(self, path: Path) -> None:
        """Write the template, small."""
        about = {"head": self.head, "places": [[p.at, p.formula, list(p.paths), p.epsilon] for p in self.places]}
        np.savez_compressed(path, about=np.array(json.dumps(about)), flatbuffer=np.frombuffer(self.flatbuffer, np.uint8))

    @classmethod
    def read(cls, path: Path) -> Template:
        """Read what ``write`` wrote."""
        with np.load(path) as stored:
            about, flatbuffer = json.loads(str(stored["about"])), stored["flatbuffer"].tobytes()
        return cls(flatbuffer, tuple(Place(at, formula, tuple(paths), epsilon) for at, formula, paths, epsilon in about["places"]), about["head"])


def template_path(architecture: str, options: Mapping[str, Any], folder: Path = FOLDER) -> Path:
    """Return where the template of an architecture, built with these options, lies if there is one."""
    parts = [architecture, *(f"{name}-{value}" for name, value in sorted(options.items()))]
    return folder / f"{'.'.join(parts)}.npz"
