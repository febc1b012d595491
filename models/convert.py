"""A version's weights -> the LiteRT flatbuffers that the pipeline runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np

from models.templates import Floats, Template, no_template, template_path
from models.weights import NetworkFile, checked_weights, derived_files, read_manifest, read_weights


def convert_version(version: Path, cache: Path, report: Callable[[str, float], None]) -> list[Path]:
    """Derive what the pipeline runs from a version's weights, unless it came with them or the cache holds it; return the paths.

    Raises
    ------
    NetworkError
        The version is missing or damaged, or of an architecture that this program has no template of, and TensorFlow is not there to convert it.
    """
    manifest = read_manifest(version)
    files = derived_files(version, manifest, cache)
    if files.are_there:
        return files.paths
    cache.mkdir(parents=True, exist_ok=True)
    if not files.segmenter.is_file():
        report("preparing the segmenter", 0.1)
        _write(files.segmenter, _derived(manifest.segmenter, version)[0])
    for number, (network, derived) in enumerate(zip(manifest.classifiers, files.classifiers, strict=True)):
        if derived.network.is_file() and derived.head.is_file():  # another version with the same weights was prepared
            continue
        report(f"preparing the classifier of the {network.view}", 0.4 + 0.6 * number / len(manifest.classifiers))
        flatbuffer, head = _derived(network, version)
        _write(derived.network, flatbuffer)
        _write(derived.head, _as_npy(head))
    report("done", 1.0)
    return files.paths


def _derived(network: NetworkFile, version: Path) -> tuple[bytes, Floats | None]:
    """Return a network's flatbuffer, and of a classifier the weights of its logit."""
    weights, template = checked_weights(version, network), template_path(network.name, network.options)
    if not template.is_file():
        return _converted(network, weights)
    filling, values = Template.read(template), read_weights(weights)
    flatbuffer = filling.filled(values)
    return flatbuffer, np.ascontiguousarray(values[filling.heads[0][0]][:, 0]) if filling.heads else None


def _converted(network: NetworkFile, weights: Path) -> tuple[bytes, Floats | None]:
    try:
        from models.from_keras import converted
    except ModuleNotFoundError as error:
        if error.name not in ("keras", "tensorflow"):
            raise
        raise no_template(network.name, network.options) from error
    return converted(network, weights)


def _as_npy(array: Floats | None) -> bytes:
    file = BytesIO()
    np.save(file, np.asarray(array))
    return file.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Write beside and rename, so that two starts at once never see half a file."""
    beside = path.with_suffix(f".{os.getpid()}.partial")
    beside.write_bytes(content)
    beside.replace(path)
