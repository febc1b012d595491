"""A version of the networks on disk: Keras weights, a manifest that says what they are, and the flatbuffers derived from them.

A version is a folder with ``manifest.json``, ``segmenter.weights.h5`` and ``classifier.weights.h5``. Kernels are stored as float16:
half the size, and the figures in the manifest were measured with them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.analysis import NetworkError, NetworkInfo, OperatingPoint
from models.lesions import LesionRule

if TYPE_CHECKING:
    import keras

Codes = npt.NDArray[np.bool_]

SEGMENTER_FILE = "segmenter.weights.h5"
CLASSIFIER_FILE = "classifier.weights.h5"
SEEN_FILE = "seen.npy"
_MANIFEST_FILE = "manifest.json"
_FORMAT = 1


@dataclass(frozen=True)
class NetworkFile:
    """One network of a version: architecture name, what builds it, its weights' file and their SHA-256."""

    name: str
    file: str
    sha256: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What a version of the networks is, where it comes from, and how its answers are read.

    Attributes
    ----------
    temperature
        Calibration: the probability is sigmoid(logit / temperature).
    operating_points
        The first is the one in use.
    data
        Number of examples by split and ``dataset/label``.
    metrics
        Figures as written by the evaluation, by split.
    """

    version: str
    created: str
    segmenter: NetworkFile
    classifier: NetworkFile
    lesion_rule: LesionRule
    temperature: float
    operating_points: tuple[OperatingPoint, ...]
    trained_on: str
    parent: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    recipes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def info(self) -> NetworkInfo:
        """The part that is shown beside every result."""
        names = [f"{net.name} {self.version} ({net.sha256[:8]})" for net in (self.segmenter, self.classifier)]
        hashes = {net.file: net.sha256 for net in (self.segmenter, self.classifier)}
        return NetworkInfo(self.version, names[0], names[1], self.trained_on, self.operating_points[0], self.operating_points, hashes)

    def write(self, folder: Path) -> None:
        """Write ``manifest.json``, beside and then renamed."""
        beside = folder / "manifest.partial.json"
        beside.write_text(json.dumps({"format": _FORMAT, **asdict(self)}, indent=2) + "\n", encoding="utf-8")
        beside.replace(folder / _MANIFEST_FILE)


def read_manifest(folder: Path) -> Manifest:
    """Read a version's manifest.

    Raises
    ------
    NetworkError
        There is none, or it cannot be understood.
    """
    path = folder / _MANIFEST_FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.pop("format") != _FORMAT:
            raise NetworkError(f"{path} was written by another version of the program; install the networks that belong to this one.")
        raw["segmenter"], raw["classifier"] = NetworkFile(**raw["segmenter"]), NetworkFile(**raw["classifier"])
        raw["lesion_rule"] = LesionRule(**raw["lesion_rule"])
        raw["operating_points"] = tuple(OperatingPoint(**point) for point in raw["operating_points"])
        return Manifest(**raw)
    except FileNotFoundError as error:
        raise NetworkError(f"There are no networks in {folder}: {_MANIFEST_FILE} is missing. Install the program again.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NetworkError(f"{path} cannot be read ({error}). Install the program again.") from error


def checked_weights(folder: Path, network: NetworkFile) -> Path:
    """Return the path of a network's weights after comparing their hash; NetworkError where the file is missing or another."""
    path = folder / network.file
    if not path.is_file():
        raise NetworkError(f"{path} is missing. Install the program again.")
    if sha256_of(path) != network.sha256:
        raise NetworkError(f"{path} is damaged: its contents are not those that the manifest names. Install the program again.")
    return path


def write_seen(folder: Path, codes: Codes) -> None:
    """Store the perceptual hashes, bool (scans, 2, 256), of every scan that a version learned from or was tuned on."""
    np.save(folder / SEEN_FILE, np.packbits(codes, axis=-1))


def read_seen(folder: Path) -> Codes:
    """Return what ``write_seen`` stored; empty where a version has none."""
    path = folder / SEEN_FILE
    return np.unpackbits(np.load(path), axis=-1).astype(np.bool_) if path.is_file() else np.zeros((0, 2, 256), np.bool_)


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flatbuffer_paths(manifest: Manifest, cache: Path) -> dict[str, Path]:
    """Return where the derived files of a version lie in a cache: ``segmenter``, ``classifier`` and ``head``, named by the weights' hashes."""
    segmenter = f"{manifest.segmenter.name}-{manifest.segmenter.sha256[:16]}"
    classifier = f"{manifest.classifier.name}-{manifest.classifier.sha256[:16]}"
    return {
        "segmenter": cache / f"{segmenter}.tflite",
        "classifier": cache / f"{classifier}.tflite",
        "head": cache / f"{classifier}.head.npy",
    }


def save_float16(network: keras.Model, path: Path) -> str:
    """Write a network's weights with kernels as float16 and everything else as float32; return the file's SHA-256.

    Biases and normalisation statistics stay float32: they are few, and a small variance would vanish in float16.
    """
    import h5py  # training only

    full = path.with_name("full.weights.h5")
    network.save_weights(full)
    with h5py.File(full, "r") as source, h5py.File(path, "w") as target:

        def copy(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Group):
                target.require_group(name).attrs.update(item.attrs)
                return
            values = item[()]
            is_kernel = isinstance(values, np.ndarray) and values.ndim >= 2 and values.dtype == np.float32
            target.create_dataset(name, data=values.astype(np.float16) if is_kernel else values).attrs.update(item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)
    full.unlink()
    return sha256_of(path)
