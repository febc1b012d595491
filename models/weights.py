"""A version of the networks on disk: Keras weights, a manifest that says what they are, and the flatbuffers derived from them.

A version is a folder with ``manifest.json``, the weights of one segmenter and of one or several classifiers. Large kernels are stored as int8 with a
scale for each output channel, the other ones as float16: a quarter of the size, and the figures in the manifest were measured with them.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from models.analysis import DoubtRule, NetworkError, NetworkInfo, OperatingPoint
from models.lesions import LesionRule

if TYPE_CHECKING:
    import h5py
    import keras

Codes = npt.NDArray[np.bool_]

SEGMENTER_FILE = "segmenter.weights.h5"
SEEN_FILE = "seen.npy"
MANIFEST_FILE = "manifest.json"
PREPARED_DIR = "flatbuffers"
"""In the folder of a version that was delivered together with what is derived from it."""
PREPARED_SUMS = "sha256.json"
"""In that folder: the SHA-256 of each file, by its name. With it a version may come without weights, which only retraining and converting need."""
FORMAT = 2
"""Of the manifest; another one cannot be understood."""

_MARK_DIGITS = 4
_LEAST_INT8 = 1 << 14
"""Elements of the smallest kernel that is stored as int8: the others are few bytes."""


@dataclass(frozen=True)
class NetworkFile:
    """One network of a version: architecture name, what builds it, its weights' file and their SHA-256; of a classifier its view."""

    name: str
    file: str
    sha256: str
    options: Mapping[str, Any] = field(default_factory=dict)
    view: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a version of the networks is, where it comes from, and how its answers are read.

    Attributes
    ----------
    classifiers
        At least one; their logits are averaged.
    temperature
        Calibration: the probability is sigmoid(mean logit / temperature).
    operating_points
        The first is the one in use.
    data
        Number of examples by split and ``dataset/label``.
    parent
        Version that it was made from; empty where it was made from nothing.
    metrics
        Figures as written by the evaluation, by split.
    who
        Whose approvals it learned from, or who made it; empty where that is not known.
    """

    version: str
    created: str
    segmenter: NetworkFile
    classifiers: tuple[NetworkFile, ...]
    lesion_rule: LesionRule
    temperature: float
    operating_points: tuple[OperatingPoint, ...]
    trained_on: str
    parent: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    recipes: Mapping[str, Any] = field(default_factory=dict)
    who: str = ""

    @property
    def info(self) -> NetworkInfo:
        """The part that is shown beside every result."""
        segmenter = f"{self.segmenter.name} {self.version} ({self.segmenter.sha256[:8]})"
        hashes = ", ".join(net.sha256[:8] for net in self.classifiers)
        classifier = f"{self.classifiers[0].name} {self.version} ({hashes})"
        files = {net.file: net.sha256 for net in self.networks}
        views = tuple(net.view for net in self.classifiers)
        points = self.operating_points
        return NetworkInfo(self.version, segmenter, classifier, self.trained_on, points[0], points, files, views, self.parent)

    @property
    def networks(self) -> tuple[NetworkFile, ...]:
        """Every network of the version."""
        return (self.segmenter, *self.classifiers)

    @property
    def mark(self) -> str:
        """SHA-256, hexadecimal, of all that its answers depend on: versions of the same mark answer alike, whatever they are called."""
        points = [(point.name, point.threshold, asdict(point.doubt)) for point in self.operating_points]
        answers = [[network.sha256 for network in self.networks], asdict(self.lesion_rule), self.temperature, points]
        return hashlib.sha256(json.dumps(answers).encode()).hexdigest()

    @property
    def marked_name(self) -> str:
        """Its name with four digits of its mark, such as ``0.2.2+clinic.1.3fa9``: what was made elsewhere is hardly ever called the same."""
        return f"{self.version}{'.' if '+' in self.version else '+'}{self.mark[:_MARK_DIGITS]}"

    def write(self, folder: Path) -> None:
        """Write ``manifest.json``, beside and then renamed."""
        beside = folder / "manifest.partial.json"
        beside.write_text(json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n", encoding="utf-8")
        beside.replace(folder / MANIFEST_FILE)


def is_version(folder: Path) -> bool:
    """Return whether a folder has the manifest of a version."""
    return (folder / MANIFEST_FILE).is_file()


def read_manifest(folder: Path) -> Manifest:
    """Read a version's manifest.

    Raises
    ------
    NetworkError
        There is none, or it cannot be understood.
    """
    path = folder / MANIFEST_FILE
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.pop("format") != FORMAT:
            raise NetworkError(f"{path} was written by another version of the program; install the networks that belong to this one.")
        raw["segmenter"], raw["classifiers"] = NetworkFile(**raw["segmenter"]), tuple(NetworkFile(**net) for net in raw["classifiers"])
        raw["lesion_rule"] = LesionRule(**raw["lesion_rule"])
        raw["operating_points"] = tuple(_point(point) for point in raw["operating_points"])
        return Manifest(**raw)
    except FileNotFoundError as error:
        raise NetworkError(f"There are no networks in {folder}: {MANIFEST_FILE} is missing. Install the program again.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NetworkError(f"{path} cannot be read ({error}). Install the program again.") from error


def _point(raw: dict[str, Any]) -> OperatingPoint:
    intervals = {name: tuple(value) for name in ("sensitivity_interval", "specificity_interval") if (value := raw.get(name))}
    return OperatingPoint(**{**raw, **intervals, "doubt": DoubtRule(**raw.get("doubt", {}))})


def checked_weights(folder: Path, network: NetworkFile) -> Path:
    """Return the path of a network's weights after comparing their hash; NetworkError where the file is missing or another."""
    path = folder / network.file
    if not path.is_file():
        raise NetworkError(f"{path} is missing. Install the program again.")
    if sha256_of(path) != network.sha256:
        raise NetworkError(f"{path} is damaged: its contents are not those that the manifest names. Install the program again.")
    return path


def check_unchanged(folder: Path, manifest: Manifest) -> None:
    """Compare the weights of a version, or what it runs where it was delivered without weights, with the hashes that it names.

    Raises
    ------
    NetworkError
        A file is missing or another.
    """
    sums = folder / PREPARED_DIR / PREPARED_SUMS
    if sums.is_file() and not has_weights(folder, manifest):
        _check_prepared(sums)
        return
    for network in manifest.networks:
        checked_weights(folder, network)


def has_weights(folder: Path, manifest: Manifest) -> bool:
    """Whether a version was delivered with its weights, or with some of them."""
    return any((folder / network.file).exists() for network in manifest.networks)


def write_sums(folder: Path) -> None:
    """Write down the hashes of the files in a folder of flatbuffers."""
    sums = {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.name != PREPARED_SUMS}
    (folder / PREPARED_SUMS).write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")


def _check_prepared(sums: Path) -> None:
    try:
        listed: dict[str, str] = json.loads(sums.read_text(encoding="utf-8"))
        changed = [name for name, digest in listed.items() if sha256_of(sums.parent / name) != digest]
    except (OSError, ValueError, AttributeError) as error:
        raise NetworkError(f"The networks in {sums.parent} cannot be read ({error}). Install the program again.") from error
    if changed or not listed:
        raise NetworkError(
            f"{sums.parent / (changed or [PREPARED_SUMS])[0]} is damaged: its contents are not those that were delivered. Install the program again."
        )


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


@dataclass(frozen=True)
class ClassifierFiles:
    """What is derived of one classifier: its flatbuffer, and the weights of its logit as ``.npy``."""

    network: Path
    head: Path


@dataclass(frozen=True)
class Flatbuffers:
    """Where the derived files of a version lie in a cache, named by the weights' hashes."""

    segmenter: Path
    classifiers: tuple[ClassifierFiles, ...]

    @property
    def are_there(self) -> bool:
        """Whether all of them were derived."""
        return all(path.is_file() for path in self.paths)

    @property
    def paths(self) -> list[Path]:
        """All of them."""
        return [self.segmenter, *(path for files in self.classifiers for path in (files.network, files.head))]


def flatbuffers(manifest: Manifest, cache: Path) -> Flatbuffers:
    """Return where the derived files of a version lie in a cache."""

    def stem(network: NetworkFile) -> str:
        return f"{network.name}-{network.sha256[:16]}"

    classifiers = tuple(ClassifierFiles(cache / f"{stem(net)}.tflite", cache / f"{stem(net)}.head.npy") for net in manifest.classifiers)
    return Flatbuffers(cache / f"{stem(manifest.segmenter)}.tflite", classifiers)


def derived_files(version: Path, manifest: Manifest, cache: Path) -> Flatbuffers:
    """Return where the derived files of a version lie: in its own folder where they came with it, else in a cache, where they may not be yet."""
    came_along = flatbuffers(manifest, version / PREPARED_DIR)
    return came_along if came_along.are_there else flatbuffers(manifest, cache)


def save_small(network: keras.Model, path: Path) -> str:
    """Write a network's weights and return the file's SHA-256; ``load_small`` reads them.

    Large kernels become int8, value = scale * int8 with one scale for each output channel; other kernels float16. Biases and normalisation
    statistics stay float32: they are few, and a small variance would vanish. What an optimizer remembers is no part of a network, and left out.
    """
    import h5py  # where networks are made or prepared

    full = path.with_name("full.weights.h5")
    network.save_weights(full)
    with h5py.File(full, "r") as source, h5py.File(path, "w") as target:

        def copy(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if name.split("/")[0] == "optimizer":
                return
            if isinstance(item, h5py.Group):
                target.require_group(name).attrs.update(item.attrs)
                return
            _put_small(target, name, item[()], item.attrs)

        target.attrs.update(source.attrs)
        source.visititems(copy)
    full.unlink()
    return sha256_of(path)


def store_changed(source: Path, sha256: str, path: Path, changed: Mapping[str, npt.NDArray[np.float32]]) -> str:
    """Write what ``save_small`` wrote with some weights changed, by their paths, and return the file's SHA-256; the others stay bit for bit.

    Raises
    ------
    NetworkError
        The source is no longer the file of this SHA-256: the program was replaced meanwhile.
    """
    import h5py

    if not source.is_file() or sha256_of(source) != sha256:
        raise NetworkError(f"{source} was replaced while the networks were retrained. Start it again.")
    with h5py.File(source, "r") as before, h5py.File(path, "w") as target:

        def copy(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Group):
                target.require_group(name).attrs.update(item.attrs)
            elif name in changed:
                _put_small(target, name, changed[name], {key: value for key, value in item.attrs.items() if key != "scale"})
            else:
                before.copy(item, target, name)

        target.attrs.update(before.attrs)
        before.visititems(copy)
    return sha256_of(path)


def as_stored(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return weights as they are after they were stored."""
    if values.ndim < 2:
        return values
    if _is_kept_as_float16(values):
        return values.astype(np.float16).astype(np.float32)
    codes, scale = as_int8(values)
    return codes.astype(np.float32) * scale


def _is_kept_as_float16(values: npt.NDArray[np.float32]) -> bool:
    return values.size < _LEAST_INT8 or values.shape[-1] == 1


def _put_small(target: h5py.File, name: str, values: Any, attributes: Mapping[str, Any]) -> None:
    if not isinstance(values, np.ndarray) or values.ndim < 2 or values.dtype != np.float32:
        target.create_dataset(name, data=values).attrs.update(attributes)
    elif _is_kept_as_float16(values):
        target.create_dataset(name, data=values.astype(np.float16)).attrs.update(attributes)
    else:
        codes, scale = as_int8(values)
        stored = target.create_dataset(name, data=codes, compression="gzip", shuffle=True, track_times=False)
        stored.attrs.update({**attributes, "scale": scale})


def as_int8(kernel: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return a kernel (…, channels) as int8 and the scale of each output channel, float32 (channels,): off by at most half a scale."""
    scale = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0) / 127
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    return np.round(kernel / scale).astype(np.int8), scale


def read_weights(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights in a file that Keras or ``save_small`` wrote, by their path in it; an optimizer's are left out."""
    import h5py

    weights: dict[str, npt.NDArray[np.float32]] = {}

    def take(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset) and name.split("/")[0] != "optimizer":
            weights[name] = _unpacked(item).astype(np.float32)

    with h5py.File(path, "r") as file:
        file.visititems(take)
    return weights


def _unpacked(stored: h5py.Dataset) -> npt.NDArray[Any]:
    """Return the values of what ``save_small`` has stored: int8 with their scale, all others as they are."""
    scale = stored.attrs.get("scale")
    return stored[()] if scale is None else stored[()].astype(np.float32) * scale  # type: ignore[no-any-return]


def load_small(network: keras.Model, path: Path) -> None:
    """Load what ``save_small`` wrote into a network of the same kind."""
    import h5py

    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.weights.h5"
        with h5py.File(path, "r") as source, h5py.File(full, "w") as target:

            def copy(name: str, item: h5py.Dataset | h5py.Group) -> None:
                if isinstance(item, h5py.Group):
                    target.require_group(name).attrs.update(item.attrs)
                    return
                target.create_dataset(name, data=_unpacked(item)).attrs.update({key: value for key, value in item.attrs.items() if key != "scale"})

            target.attrs.update(source.attrs)
            source.visititems(copy)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")  # of a network that was being fitted; it keeps its own
            network.load_weights(full)
