"""The replay pack: scans of the shipped networks' own training data in one file, to rehearse on and to hold a fit against.

A pack is a zip: ``index.json`` with a row and two hashes for each scan, and two PNG files of each, the scan and its mask. It holds scans of the
training split to rehearse on, and of the validation split as the base hold-out. Held-out scans never come into it: they stay locked.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.analysis import NetworkError
from models.datasets import LABELS, Example, select
from models.preprocessing import INPUT_SIZE, Mask, Pixels

MOST = 400
"""Scans in a pack, unless told otherwise: about 15 MB."""

_HOLD_OUT_SHARE = 0.25
"""Share of the scans that are held out."""

_KIND, _FORMAT = "busi-gui replay pack", 1
_INDEX = "index.json"
_MOST_BYTES = {_INDEX: 1 << 24}
_MOST_BYTES_OF_A_PICTURE = 1 << 19
"""A scan of noise, 256 × 256 px, takes 66 KB."""

_PARTS = ("rehearsal", "hold-out")


@dataclass(frozen=True, eq=False)
class PackExample(Example):
    """One scan of a pack: pixels, uint8 (rows, columns), at most 256 px either way, and the union of its lesions, bool of the same shape."""

    pixels: Pixels = field(default_factory=lambda: np.zeros((1, 1), np.uint8))
    mask: Mask = field(default_factory=lambda: np.zeros((1, 1), np.bool_))

    def read_pixels(self) -> Pixels:
        """Return the scan, uint8 (rows, columns)."""
        return self.pixels

    def read_mask(self) -> Mask:
        """Return the union of its lesions, bool (rows, columns)."""
        return self.mask


@dataclass(frozen=True)
class Pack:
    """What a pack holds.

    Attributes
    ----------
    rehearsal, hold_out
        Scans that the shipped networks have learned from, and scans that they were only tuned on; no group is in both.
    digest
        SHA-256 of the index, and by its hashes of everything.
    about
        One sentence for the reader.
    """

    rehearsal: list[PackExample]
    hold_out: list[PackExample]
    digest: str
    about: str


def make_pack(examples: Sequence[Example], out: Path, most: int = MOST, seed: int = 0) -> Pack:
    """Choose scans, balanced over data set, class and group, write them into the file ``out`` and return what is in it.

    The same examples, number and seed make the same file.

    Raises
    ------
    NetworkError
        There is no scan of the training or none of the validation split, or the file cannot be written.
    """
    hold_out = round(_HOLD_OUT_SHARE * most)
    chosen = [_balanced(select(examples, split), number, seed) for split, number in (("training", most - hold_out), ("validation", hold_out))]
    if not all(chosen):
        raise NetworkError("These data are too few for a replay pack: it needs scans of the training and of the validation split.")
    rows: list[dict[str, str]] = []
    beside = out.with_name(f"{out.name}.partial")
    try:
        with zipfile.ZipFile(beside, "w") as file:
            for part, scans in zip(_PARTS, chosen, strict=True):
                for example in scans:
                    rows.append(_add_scan(file, example, part, len(rows)))
            _add(file, _INDEX, json.dumps({"kind": _KIND, "format": _FORMAT, "scans": rows}, indent=1).encode())
        beside.replace(out)
    except OSError as error:
        raise NetworkError(f"{out} cannot be written ({error.strerror}).") from error
    return read_pack(out)


def read_pack(path: Path) -> Pack:
    """Read a pack, every hash compared.

    Raises
    ------
    NetworkError
        The file is missing, damaged, something else than a pack, or written by a newer program.
    """
    try:
        with zipfile.ZipFile(path) as file:
            index = _read(file, _INDEX)
            rows = _rows(json.loads(index), path)
            scans = [(row["part"], _scan_of(file, row)) for row in rows]
    except FileNotFoundError as error:
        raise NetworkError(f"There is no replay pack at {path}.") from error
    except (OSError, zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError, AttributeError, NotImplementedError, RuntimeError) as error:
        raise NetworkError(f"{path} is damaged, or no replay pack ({error}). Fetch or make it again.") from error
    rehearsal, hold_out = ([scan for its_part, scan in scans if its_part == part] for part in _PARTS)
    return Pack(rehearsal, hold_out, hashlib.sha256(index).hexdigest(), _sentence(rehearsal, hold_out))


def _balanced(examples: Sequence[Example], most: int, seed: int) -> list[Example]:
    """Return up to ``most`` examples: data sets and classes in turn, and in each of them a scan of every group before a second one of any."""
    rng = np.random.default_rng(seed)
    strata: dict[tuple[str, str], dict[str, list[Example]]] = {}
    for e in sorted((e for e in examples if not e.objection), key=lambda e: e.key):
        strata.setdefault((e.dataset, e.label), {}).setdefault(e.group, []).append(e)
    queues = []
    for _, groups in sorted(strata.items()):
        shuffled = [[group[i] for i in rng.permutation(len(group))] for group in groups.values()]
        rounds = zip_longest(*(shuffled[i] for i in rng.permutation(len(shuffled))))
        queues.append([e for e in chain.from_iterable(rounds) if e is not None])
    turns = chain.from_iterable(zip_longest(*queues))
    return [e for e in turns if e is not None][:most]


def _add_scan(file: zipfile.ZipFile, example: Example, part: str, number: int) -> dict[str, str]:
    pixels, mask = example.read_pixels(), example.read_mask()
    scale = min(1.0, INPUT_SIZE / max(pixels.shape))
    size = tuple(max(1, round(length * scale)) for length in pixels.shape[::-1])
    levels = mask.astype(np.uint8) * 255
    pictures = {
        "pixels": cv2.resize(pixels, size, interpolation=cv2.INTER_AREA),
        "mask": (cv2.resize(levels, size, interpolation=cv2.INTER_AREA) > 127).astype(np.uint8) * 255,
    }
    row = {name: getattr(example, name) for name in ("label", "group", "dataset", "birads")}
    row |= {"part": part, "path": f"{example.path.parent.name}/{example.path.name}"}
    for name, picture in pictures.items():
        content = cv2.imencode(".png", picture)[1].tobytes()
        row[name] = f"{number:05}-{name}.png"
        row[f"{name}_sha256"] = hashlib.sha256(content).hexdigest()
        _add(file, row[name], content)
    return row


def _add(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add an entry without a time, so that the same scans make the same file; pictures are small already."""
    file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED if name == _INDEX else zipfile.ZIP_STORED)


def _rows(index: Any, path: Path) -> list[dict[str, str]]:
    if index["kind"] != _KIND:
        raise ValueError("its index names another kind of file")
    if index["format"] != _FORMAT:
        raise NetworkError(f"{path} was made by a newer version of the program. Update this one, or make the pack again.")
    rows: list[dict[str, str]] = index["scans"]
    return rows


def _read(file: zipfile.ZipFile, name: str) -> bytes:
    """Return an entry; ValueError where it is larger than any of its kind can be."""
    if file.getinfo(name).file_size > _MOST_BYTES.get(name, _MOST_BYTES_OF_A_PICTURE):
        raise ValueError(f"{name} is too large")
    return file.read(name)


def _scan_of(file: zipfile.ZipFile, row: dict[str, str]) -> PackExample:
    pixels, mask = (_picture(file, row[name], row[f"{name}_sha256"]) for name in ("pixels", "mask"))
    if row["part"] not in _PARTS or row["label"] not in LABELS or pixels.shape != mask.shape:
        raise ValueError(f"the row of {row['pixels']} is not understood")
    return PackExample(Path(row["path"]), (), row["label"], row["group"], row["dataset"], birads=row["birads"], pixels=pixels, mask=mask > 127)


def _picture(file: zipfile.ZipFile, name: str, sha256: str) -> Pixels:
    content = _read(file, name)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{name} is not what the index names")
    width, height = (int.from_bytes(content[start : start + 4], "big") for start in (16, 20))  # of the PNG header, before anything is unpacked
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) if max(width, height) <= INPUT_SIZE else None
    if picture is None:
        raise ValueError(f"{name} is no small picture")
    return np.asarray(picture, np.uint8)


def _sentence(rehearsal: Sequence[Example], hold_out: Sequence[Example]) -> str:
    datasets = " and ".join(f"{count} of {name}" for name, count in sorted(Counter(e.dataset for e in [*rehearsal, *hold_out]).items()))
    return f"{len(rehearsal)} scans to rehearse on and {len(hold_out)} to compare on: {datasets}"
