"""Flatbuffers without their weights: with those of a version filled in they are what TensorFlow would convert its networks to, in an instant.

A version differs from another of the same architecture in its weights alone, and a flatbuffer has these as plain arrays at fixed places. What
kernels, biases and batch normalisation become there is arithmetic (`FORMULAS`): normalisation after a convolution is folded into it. So whoever has
the template of an architecture needs neither Keras nor TensorFlow to make what the pipeline runs.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.analysis import NetworkError

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "templates"
"""The templates of the architectures that the program is delivered with, from source and built."""

_UNFIT = "The weights are not those of this architecture: {path} ({problem})."
_DAMAGED = "{path} is damaged ({error}). Install the program again."

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
    shape
        Lengths of its axes.
    formula
        One of `FORMULAS`.
    paths
        Weights that go into it, in the formula's order.
    epsilon
        Added to a variance.
    """

    at: int
    shape: tuple[int, ...]
    formula: str
    paths: tuple[str, ...]
    epsilon: float = 0.0

    def value(self, weights: Weights) -> Floats:
        """Return the array, in the flatbuffer's order of axes; NetworkError where a weight is missing, or has another shape."""
        try:
            arrays = [np.asarray(weights[path], np.float32) for path in self.paths]
            value = np.ascontiguousarray(FORMULAS[self.formula](arrays, self.epsilon), "<f4")
        except (KeyError, ValueError, IndexError) as error:
            raise NetworkError(_UNFIT.format(path=self.paths[0], problem=error)) from error
        if _longer_axes(value.shape) != _longer_axes(self.shape):
            raise NetworkError(_UNFIT.format(path=self.paths[0], problem=f"{value.shape} instead of {self.shape}"))
        return value.reshape(self.shape)


def _longer_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


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
    heads
        Paths of kernel and bias of a classifier's logit and, where it has one, of its grade; none for a segmenter.
    """

    flatbuffer: bytes
    places: tuple[Place, ...]
    heads: tuple[tuple[str, str], ...] = ()

    def filled(self, weights: Weights) -> bytes:
        """Return the flatbuffer of a network with these weights; NetworkError where they are those of another architecture."""
        filled = bytearray(self.flatbuffer)
        for place in self.places:
            value = place.value(weights)
            filled[place.at : place.at + value.nbytes] = value.tobytes()
        return bytes(filled)

    def write(self, path: Path) -> None:
        """Write the template, small."""
        _write(path, {"heads": self.heads, "places": [[p.at, p.shape, p.formula, p.paths, p.epsilon] for p in self.places]}, self.flatbuffer)

    @classmethod
    def read(cls, path: Path) -> Template:
        """Read what ``write`` wrote; NetworkError where it is damaged."""
        about, flatbuffer = _read(path)
        try:
            places = tuple(Place(at, tuple(shape), formula, tuple(paths), epsilon) for at, shape, formula, paths, epsilon in about["places"])
            return cls(flatbuffer, places, tuple((kernel, bias) for kernel, bias in about["heads"]))
        except (KeyError, ValueError, TypeError) as error:
            raise NetworkError(_DAMAGED.format(path=path, error=error)) from error


def template_path(architecture: str, options: Mapping[str, Any], folder: Path = FOLDER) -> Path:
    """Return where the template of an architecture, built with these options, lies if there is one."""
    parts = [architecture, *(f"{name}-{value}" for name, value in sorted(options.items()))]
    return folder / f"{'.'.join(parts)}.serving.xz"


@dataclass(frozen=True)
class Affine:
    """What a normalisation that stands still multiplies by and adds.

    Attributes
    ----------
    paths
        Gamma, beta, mean and variance of a batch normalisation; or mean and variance of intensities.
    epsilon
        Added to a variance.
    rescaled
        What intensities are multiplied by before.
    """

    paths: tuple[str, ...]
    epsilon: float = 0.0
    rescaled: float = 1.0

    def values(self, weights: Weights) -> tuple[Floats, Floats]:
        """Return both, float32 (channels,)."""
        arrays = [np.asarray(weights[path], np.float32).ravel() for path in self.paths]
        if len(arrays) == 2:
            inverse = _inverse_deviation(arrays[1:], 0.0)
            return inverse * np.float32(self.rescaled), -arrays[0] * inverse
        return scale_and_shift(arrays, self.epsilon)


@dataclass(frozen=True)
class LearningTemplate:
    """A flatbuffer that computes loss and gradients of a network from an input, its truth and its weights.

    Its inputs are ``values``, ``truth``, of a segmenter ``share`` (see ``backward.Backward``), ``weight_N`` in the order of ``weights``, and
    ``scale_N`` and ``shift_N`` in that of ``affine``; its outputs ``answers``, ``loss`` and ``gradient_N`` of those that are ``trained``.

    Attributes
    ----------
    flatbuffer
        Its bytes.
    weights
        Paths in a weights file.
    trained
        Which of them learn, as places in ``weights``.
    affine
        What stands still.
    truth_shape
        Of the truth of one input.
    """

    flatbuffer: bytes
    weights: tuple[str, ...]
    trained: tuple[int, ...]
    affine: tuple[Affine, ...]
    truth_shape: tuple[int, ...]

    def write(self, path: Path) -> None:
        """Write the template, small."""
        affine = [[each.paths, each.epsilon, each.rescaled] for each in self.affine]
        _write(path, {"weights": self.weights, "trained": self.trained, "affine": affine, "truth": self.truth_shape}, self.flatbuffer)

    @classmethod
    def read(cls, path: Path) -> LearningTemplate:
        """Read what ``write`` wrote; NetworkError where it is damaged."""
        about, flatbuffer = _read(path)
        try:
            affine = tuple(Affine(tuple(paths), epsilon, rescaled) for paths, epsilon, rescaled in about["affine"])
            return cls(flatbuffer, tuple(about["weights"]), tuple(about["trained"]), affine, tuple(about["truth"]))
        except (KeyError, ValueError, TypeError) as error:
            raise NetworkError(_DAMAGED.format(path=path, error=error)) from error


def learning_path(architecture: str, options: Mapping[str, Any], folder: Path = FOLDER) -> Path:
    """Return where what an architecture, built with these options, learns with lies if there is such a file."""
    served = template_path(architecture, options, folder)
    return served.with_name(served.name.replace(".serving.", ".learning."))


def _write(path: Path, about: Mapping[str, Any], flatbuffer: bytes) -> None:
    path.write_bytes(lzma.compress(json.dumps(about).encode() + b"\n" + flatbuffer, preset=9 | lzma.PRESET_EXTREME))


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    try:
        about, _, flatbuffer = lzma.decompress(path.read_bytes()).partition(b"\n")
        return json.loads(about), flatbuffer
    except (OSError, EOFError, ValueError, lzma.LZMAError) as error:
        raise NetworkError(_DAMAGED.format(path=path, error=error)) from error


def no_template(architecture: str, options: Mapping[str, Any]) -> NetworkError:
    """Return what to say where an architecture has no template and TensorFlow is not there to do without."""
    named = ", ".join(f"{name} {value}" for name, value in sorted(options.items()))
    return NetworkError(
        f"Of {architecture}{f' with {named}' if named else ''} the program has no template. Install it again if these are its own networks; "
        "others need TensorFlow, which comes with the program's source."
    )
