"""Data-set layouts -> examples with group and patient, and splits that never separate a group."""

from __future__ import annotations

import csv
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from models.preprocessing import Mask, Pixels

Codes = npt.NDArray[np.bool_]

LABELS = ("benign", "malignant", "normal")
SPLITS = ("training", "validation", "held-out")
_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}
_MASK_NAME = re.compile(r"^(?P<stem>.+)_mask(_\d+)?$")
_BUS_BRA, _FOLDS = "bus_data.csv", "5-fold-cv.csv"
"""Tables of BUS-BRA as it is published."""


class DatasetError(Exception):
    """A folder is not a data set that can be read; the message says which folder and what is missing."""


@dataclass(frozen=True)
class Example:
    """One annotated scan on disk.

    Attributes
    ----------
    path, mask_paths
        The scan and its lesions' masks (none or several; a normal scan's mask is empty).
    label
        ``benign``, ``malignant`` or ``normal``.
    group
        Scans of one group show the same lesion or patient and stay on one side of every split. Unique over data sets.
    fold
        1…5 where the data set brings official folds, else None.
    objection, annotation
        What speaks against it (``multiclass``: the same frame is filed under two classes; ``axilla``; ``needle``), and what is burned
        into it. Empty when there is nothing to say.
    is_grouped_by_likeness
        No table said which scans belong together: near-duplicates were looked for.
    histology, birads, device
        What the data set says of the lesion and the machine; empty where it says nothing. ``birads`` is ``"2"`` … ``"5"``.
    """

    path: Path
    mask_paths: tuple[Path, ...]
    label: str
    group: str
    dataset: str
    fold: int | None = None
    objection: str = ""
    annotation: str = field(default="", compare=False)
    is_grouped_by_likeness: bool = False
    histology: str = field(default="", compare=False)
    birads: str = field(default="", compare=False)
    device: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """A name that is stable across machines and layouts: data set, class, file name without suffix."""
        return f"{self.dataset}/{self.label}/{self.path.stem}"

    def read_pixels(self) -> Pixels:
        """Return the scan, uint8 (rows, columns); DatasetError when the file cannot be decoded."""
        return _read_gray(self.path)

    def read_mask(self) -> Mask:
        """Return the union of its lesions, bool (rows, columns) of the scan's size."""
        shape = self.read_pixels().shape
        union = np.zeros(shape, np.bool_)
        for path in self.mask_paths:
            mask = _read_gray(path)
            if mask.shape != shape:
                mask = cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_NEAREST)
            union |= mask > 127
        return union


def read_datasets(roots: Iterable[Path]) -> list[Example]:
    """Read every data set at or one level below the given folders, sorted by key.

    Raises
    ------
    DatasetError
        A folder is missing, or neither it nor a folder in it holds ``benign``, ``malignant`` or ``normal``, or BUS-BRA as it is published.
    """
    examples: list[Example] = []
    for root in roots:
        if not root.is_dir():
            raise DatasetError(f"{root} is not a folder")
        found = [folder for folder in (root, *sorted(root.iterdir())) if _is_dataset(folder)]
        if not found:
            raise DatasetError(f"{root} holds no folder named benign, malignant or normal and no {_BUS_BRA}, nor does a folder in it")
        for folder in found:
            examples += _read_dataset(folder)
    examples.sort(key=lambda example: example.key)
    for first, second in itertools.pairwise(examples):
        if first.key == second.key:
            raise DatasetError(f"{first.path} and {second.path} have the same name; give the folders or files different ones")
    return examples


def split_of(example: Example) -> str:
    """Return ``training``, ``validation`` or ``held-out``; the same on every machine, for a whole group.

    Official folds: 5 is held out, and half of fold 4 (by group) validates. Elsewhere a hash of the group decides: a fifth is held out,
    a tenth validates.
    """
    bucket = int(hashlib.sha256(example.group.encode()).hexdigest(), 16) % 10
    if example.fold is not None:
        if example.fold == 5:
            return "held-out"
        return "validation" if example.fold == 4 and bucket < 5 else "training"
    return "held-out" if bucket < 2 else "validation" if bucket == 2 else "training"


def cross_fit_part(example: Example, parts: int) -> int:
    """Return which of ``parts`` cross-fitting parts a training example's group belongs to."""
    return int(hashlib.sha256(f"part:{example.group}".encode()).hexdigest(), 16) % parts


def select(examples: Sequence[Example], split: str) -> list[Example]:
    """Return the examples of a split that training and evaluation use; ``all`` selects every split.

    ``multiclass`` (the same frame filed under two classes) is always left out. Scans of the axilla or with a needle stay in: figures are
    given without and with them, see ``evaluation.report_of``.
    """
    return [e for e in examples if e.objection != "multiclass" and split in ("all", split_of(e))]


def fingerprint(examples: Sequence[Example]) -> str:
    """Return a short hash of which examples there are, in which groups and splits; the same on every machine."""
    lines = sorted(f"{e.key} {e.label} {e.group} {split_of(e)}" for e in examples)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def counts(examples: Sequence[Example]) -> dict[str, int]:
    """Return how many examples there are of each ``dataset/label``, sorted by name."""
    return dict(sorted(Counter(f"{e.dataset}/{e.label}" for e in examples).items()))


def likeness_codes(images: Sequence[Pixels]) -> Codes:
    """Return two perceptual hashes of each scan, bool (scans, 2, 256): pHash and dHash, both 16 x 16."""
    import imagehash  # training only, and scipy with it
    from PIL import Image

    pictures = [Image.fromarray(image) for image in images]
    codes = [[make(p, hash_size=16).hash.ravel() for make in (imagehash.phash, imagehash.dhash)] for p in pictures]
    return np.array(codes, np.bool_).reshape(-1, 2, 256)


def are_alike(first: Codes, second: Codes) -> npt.NDArray[np.bool_]:
    """Return which scans of two lists show the same, bool (first, second).

    They do when their pHash differ in at most 64 bits or their dHash in at most 56. On BUSI's audited list of duplicates: pair precision
    0.996, recall 0.945.
    """
    from scipy.spatial.distance import cdist

    if not (len(first) and len(second)):
        return np.zeros((len(first), len(second)), np.bool_)
    phash, dhash = (256 * cdist(first[:, kind], second[:, kind], "hamming") for kind in (0, 1))
    return np.asarray((phash <= 64) | (dhash <= 56), np.bool_)


def group_by_likeness(images: Sequence[Pixels]) -> list[int]:
    """Return a group number for each scan, so that near-duplicates share one; likeness is closed transitively."""
    from scipy.sparse.csgraph import connected_components

    codes = likeness_codes(images)
    return [int(number) for number in connected_components(are_alike(codes, codes), directed=False)[1]]


def _is_dataset(folder: Path) -> bool:
    return folder.is_dir() and (_is_bus_bra(folder) or any((folder / label).is_dir() for label in LABELS))


def _is_bus_bra(folder: Path) -> bool:
    return (folder / _BUS_BRA).is_file() and (folder / "Images").is_dir()


def _read_dataset(root: Path) -> list[Example]:
    if _is_bus_bra(root):
        return _published_bus_bra(root)
    if (root / "patients.csv").is_file():
        return _with_table(root, root / "patients.csv", "bus-bra", "patient")
    if (root / "groups.csv").is_file():
        return _with_table(root, root / "groups.csv", "busi", "group")
    if (root / "sources.csv").is_file():
        return _exported(root)
    found = _scan_files(root)
    numbers = group_by_likeness([_read_gray(path) for path, _ in found])
    name = "busi" if "busi" in root.name.lower() else root.name
    # A group is named after its first scan, so that a file more or less elsewhere does not move it to another split.
    leaders: dict[int, Path] = {}
    for (path, _), number in zip(found, numbers, strict=True):
        leaders.setdefault(number, path)
    groups = [f"{name}:like {leaders[number].parent.name}/{leaders[number].stem}" for number in numbers]
    return [
        Example(path, masks, path.parent.name, group, name, is_grouped_by_likeness=True) for (path, masks), group in zip(found, groups, strict=True)
    ]


def _published_bus_bra(root: Path) -> list[Example]:
    """Read BUS-BRA as it is published: Images/bus_0001-l.png, Masks/mask_0001-l.png, a row for each, and the official folds where they are there.

    Patients get the names by which the other layout knows them, so that the splits are the same.
    """
    folds = {row["ID"]: int(row["kFold"]) for row in _rows(root / _FOLDS, ("ID", "kFold"))} if (root / _FOLDS).is_file() else {}
    examples = []
    for row in _rows(root / _BUS_BRA, ("ID", "Case", "Pathology")):
        name, label = row["ID"], row["Pathology"].strip().lower()
        scan, mask = root / "Images" / f"{name}.png", root / "Masks" / f"{name.replace('bus_', 'mask_', 1)}.png"
        missing = next((path for path in (scan, mask) if not path.is_file()), None)
        if missing is not None:
            raise DatasetError(f"{root / _BUS_BRA} has a row for {name}, but {missing} is missing")
        if label not in LABELS:
            raise DatasetError(f"{root / _BUS_BRA} says of {name} that it is {label!r}: known are {', '.join(LABELS)}")
        group = f"bus-bra:busbra_{int(row['Case']):04d}"
        histology, birads, device = (row.get(column) or "" for column in ("Histology", "BIRADS", "Device"))
        examples.append(Example(scan, (mask,), label, group, "bus-bra", folds.get(name), histology=histology.lower(), birads=birads, device=device))
    return examples


def _exported(root: Path) -> list[Example]:
    """Read what this program has exported: its table says which scans are of one patient."""
    groups = {row["scan"]: row["group"] for row in _rows(root / "sources.csv", ("scan", "group"))}
    found = _scan_files(root)
    unknown = next((path for path, _ in found if path.relative_to(root).as_posix() not in groups), None)
    if unknown is not None:
        raise DatasetError(f"{root / 'sources.csv'} cannot be used: it has no row for {unknown.relative_to(root).as_posix()}")
    return [Example(path, masks, path.parent.name, f"{root.name}:{groups[path.relative_to(root).as_posix()]}", root.name) for path, masks in found]


def _rows(table: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a table; DatasetError where it lacks a column or cannot be read."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(f"{table} cannot be used: {error}") from error
    for column in columns:
        if any(row.get(column) in (None, "") for row in rows):
            raise DatasetError(f"{table} cannot be used: in a row the column {column} is missing or empty")
    return rows


def _with_table(root: Path, table: Path, dataset: str, group_column: str) -> list[Example]:
    try:
        with table.open(newline="", encoding="utf-8") as lines:
            rows = {row["image"]: row for row in csv.DictReader(lines)}
        return [_example_of_row(root, path, masks, rows, dataset, group_column) for path, masks in _scan_files(root)]
    except (KeyError, ValueError) as error:
        raise DatasetError(f"{table} cannot be used: {error}") from error


def _example_of_row(root: Path, path: Path, masks: tuple[Path, ...], rows: dict[str, dict[str, str]], dataset: str, group_column: str) -> Example:
    name = path.relative_to(root).as_posix()
    row = rows.get(name) or rows.get(str(Path(name).with_suffix(".jpg").as_posix()))
    if row is None:
        raise ValueError(f"it has no row for {name}")
    group = f"{dataset}:{row[group_column]}"
    fold = int(row["fold5"]) if row.get("fold5") else None
    objection, annotation, histology, birads, device = (row.get(name) or "" for name in ("objection", "annotation", "histology", "birads", "device"))
    return Example(path, masks, row["label"], group, dataset, fold, objection, annotation, False, histology, birads, device)


def _scan_files(root: Path) -> list[tuple[Path, tuple[Path, ...]]]:
    """List scans under the class folders with the masks that belong to each (``x_mask.png``, ``x_mask_1.png`` …)."""
    scans: list[tuple[Path, tuple[Path, ...]]] = []
    for label in LABELS:
        files = sorted(p for p in (root / label).glob("*") if p.suffix.lower() in _IMAGE_SUFFIXES)
        masks: dict[str, list[Path]] = {}
        for path in files:
            if match := _MASK_NAME.match(path.stem):
                masks.setdefault(match["stem"], []).append(path)
        scans += [(p, tuple(masks.get(p.stem, ()))) for p in files if not _MASK_NAME.match(p.stem)]
    return scans


def _read_gray(path: Path) -> Pixels:
    encoded = np.fromfile(path, np.uint8)
    pixels = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE) if encoded.size else None
    if pixels is None:
        raise DatasetError(f"{path} cannot be decoded as an image")
    return np.asarray(pixels, np.uint8)
