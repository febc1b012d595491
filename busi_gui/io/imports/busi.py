"""Masks from the layout of the BUSI data set: class folders, in them ``x.png`` with ``x_mask.png``, ``x_mask_1.png`` and so on."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from busi_gui.domain.reading import CATEGORIES, Assessment, Outcome, OutcomeEvidence
from busi_gui.io.errors import ReadError, unreadable
from busi_gui.io.exports.busi import SOURCES
from busi_gui.io.exports.cases import CASE_CLASSES
from busi_gui.io.exports.texts import plain_text
from busi_gui.io.imports.found import FoundDataset, FoundImage, FoundMask, Shape
from busi_gui.io.scans import RASTER_SUFFIXES, read_scan
from models.analysis import Mask

_MASK = re.compile(r"^(?P<stem>.+)_mask(_(?P<number>\d+))?$", re.IGNORECASE)
_WHITE = 127
"""What is brighter belongs to a lesion, as it does to the networks' training: masks saved as JPEG are not quite white."""

Row = Mapping[str, str]


def is_busi(folder: Path) -> bool:
    """Whether a folder, or one in it, holds a class folder of the layout."""
    return bool(_datasets(folder))


def read_busi(folder: Path) -> FoundDataset:
    """List the pictures of a data set in BUSI's layout, or of several in one folder.

    A lesion's outcome is what ``sources.csv`` says of it, where this program wrote one; else the class that its folder is named after.

    Raises
    ------
    ReadError
        The folder cannot be listed, or holds no class folder.
    """
    datasets = _datasets(folder)
    if not datasets:
        raise ReadError(
            f"{folder.name} is no data set in BUSI's layout: it holds no folder named benign, malignant or normal, nor does a folder in it."
        )
    images: list[FoundImage] = []
    passed_over: list[str] = []
    for root in datasets:
        rows = _sources(root)
        for case_class in CASE_CLASSES:
            _list_class(root, case_class, rows, images, passed_over)
    return FoundDataset(tuple(images), tuple(passed_over))


def _datasets(folder: Path) -> list[Path]:
    try:
        places = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
        # A folder named "unknown" alone is nobody's layout but ours.
        return [place for place in places if any((place / name).is_dir() for name in CASE_CLASSES[:3]) or (place / SOURCES).is_file()]
    except OSError as error:
        raise unreadable(folder, error) from error


def _list_class(root: Path, case_class: str, rows: Mapping[str, Row], images: list[FoundImage], passed_over: list[str]) -> None:
    folder = root / case_class
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in RASTER_SUFFIXES) if folder.is_dir() else []
    except OSError as error:
        raise unreadable(folder, error) from error
    masks: dict[str, list[Path]] = {}
    for path in files:
        if match := _MASK.match(path.stem):
            masks.setdefault(match["stem"], []).append(path)
    for path in files:
        if _MASK.match(path.stem):
            continue
        drawn = sorted(masks.get(path.stem, []), key=_number)
        if drawn or case_class == "normal":
            images.append(FoundImage(path, partial(_read_masks, root, path, tuple(drawn), rows)))
        else:
            passed_over.append(f"{case_class}/{path.name} has no mask beside it ({path.stem}_mask.png): it is left out.")


def _number(path: Path) -> int:
    match = _MASK.match(path.stem)
    return int(match["number"] or 0) if match else 0


def _read_masks(root: Path, image: Path, paths: Sequence[Path], rows: Mapping[str, Row], shape: Shape) -> tuple[FoundMask, ...]:
    case_class = image.parent.name
    found = []
    for path in paths:
        pixels = read_scan(path).pixels
        if pixels.shape != shape:
            sizes = " x ".join(map(str, pixels.shape[::-1])), " x ".join(map(str, shape[::-1]))
            raise ReadError(f"{path.name} is {sizes[0]} pixels, but {image.name} is {sizes[1]}: a mask has its scan's size. It is left out.")
        mask = pixels > _WHITE
        if mask.any():
            found.append(_found(mask, case_class, rows.get(path.relative_to(root).as_posix())))
    if not found and case_class != "normal":
        raise ReadError(f"{case_class}/{image.name} has only empty masks (a mask is white where the lesion is): it is left out.")
    return tuple(found)


def _found(mask: Mask, case_class: str, row: Row | None) -> FoundMask:
    of_folder = Outcome(case_class) if case_class in ("benign", "malignant") else Outcome.UNKNOWN
    if row is None:
        return FoundMask(mask, assessment=Assessment(outcome=of_folder))
    category = plain_text(row.get("birads_category") or "")
    outcome = row.get("outcome") or ""
    known = [one for one in Outcome if one.value == outcome]
    evidence = OutcomeEvidence.understood(row.get("outcome_method"), row.get("outcome_date"))
    said = Assessment(category if category in CATEGORIES else "", known[0] if known else of_folder, evidence=evidence)
    return FoundMask(mask, plain_text(row.get("name") or ""), said)


def _sources(root: Path) -> dict[str, Row]:
    """Return the rows of a data set's table by their masks; a table that is not ours, or damaged, has none."""
    try:
        with (root / SOURCES).open(encoding="utf-8-sig", newline="") as file:
            return {row["file"]: row for row in csv.DictReader(file)}
    except (OSError, ValueError, KeyError, csv.Error):
        return {}
