"""Masks from the COCO format, as this and other programs write it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from busi_gui.domain.reading import CATEGORIES, Assessment, Outcome, OutcomeEvidence
from busi_gui.io.errors import ReadError, unreadable
from busi_gui.io.exports.coco import IMAGES
from busi_gui.io.imports.found import FoundDataset, FoundImage, FoundMask, Shape
from busi_gui.io.imports.runs import mask_of

_PLACES = ("", IMAGES, "data")
"""Where the pictures of a data set lie."""
_FOLDER = "annotations"
"""Where its annotations lie, if not in the data set's own folder."""
_MOST_BYTES = 2**30

Table = dict[str, Any]


def annotation_files(folder: Path) -> list[Path]:
    """List the JSON files of a folder, or of ``annotations`` in it, that may be COCO's; a file given in its place is the one."""
    try:
        if folder.is_file():
            return [folder] if folder.suffix.lower() == ".json" else []
        return sorted(path for name in ("", _FOLDER) for path in (folder / name).glob("*.json"))
    except OSError as error:
        raise unreadable(folder, error) from error


def read_coco(folder: Path) -> FoundDataset:
    """List the pictures of a data set in the COCO format: a folder, or its JSON file. Pictures that lie nowhere near it are passed over.

    A lesion's outcome is what its attributes say, else its category where that is called benign or malignant.

    Raises
    ------
    ReadError
        There is no such file, it cannot be read, is no JSON, or has no list of images and annotations.
    """
    images: list[FoundImage] = []
    passed_over: list[str] = []
    files = annotation_files(folder)
    if not files:
        raise ReadError(f"{folder.name} holds no JSON file, nor does a folder named annotations in it: it is no data set in the COCO format.")
    for path in files:
        tables = _read(path)
        annotations: dict[str, list[Table]] = {}
        for annotation in tables["annotations"]:
            annotations.setdefault(str(annotation.get("image_id")), []).append(annotation)
        outcomes = {str(category.get("id")): _outcome(category.get("name")) for category in tables["categories"]}
        for image in tables["images"]:
            name = str(image.get("file_name", ""))
            found = _find(path.parent, name)
            if found is None:
                passed_over.append(f"{name or 'A picture without a name'}, which {path.name} lists, is not there: it is left out.")
                continue
            of_image = tuple(annotations.get(str(image.get("id")), ()))
            images.append(FoundImage(found, partial(_read_masks, image, of_image, outcomes)))
    return FoundDataset(tuple(images), tuple(passed_over))


def _read(path: Path) -> dict[str, list[Table]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ReadError(f"{path.name} is larger than {_MOST_BYTES // 2**30} GiB: split the data set into smaller ones.")
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path.name} is damaged: it is no JSON ({error}). Export it again.") from error
    if not isinstance(content, dict):
        content = {}
    tables = {name: content.get(name, []) for name in ("images", "annotations", "categories")}
    is_whole = all(isinstance(table, list) and all(isinstance(row, dict) for row in table) for table in tables.values())
    if not is_whole or "images" not in content or "annotations" not in content:
        raise ReadError(f"{path.name} is not in the COCO format: it has no lists of images and annotations.")
    return tables


def _find(folder: Path, name: str) -> Path | None:
    """Return where a picture lies: below the data set under the name that the annotations give it, else under the last part of that name."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..") and not part.endswith(":")]
    if not parts:
        return None
    names = list(dict.fromkeys((str(PurePosixPath(*parts)), parts[-1])))
    roots = (folder, folder.parent) if folder.name == _FOLDER else (folder,)
    candidates = (Path(root, place, relative) for relative in names for root in roots for place in _PLACES)
    try:
        return next((path for path in candidates if path.is_file()), None)
    except (OSError, ValueError):  # a name that no drive can have
        return None


def _read_masks(image: Table, annotations: Sequence[Table], outcomes: Mapping[str, Outcome], shape: Shape) -> tuple[FoundMask, ...]:
    name = image.get("file_name")
    stated = image.get("height"), image.get("width")
    if None not in stated and stated != shape:
        raise ReadError(f"{name} is {shape[1]} x {shape[0]} pixels, but was {stated[1]} x {stated[0]} when its lesions were drawn: it is left out.")
    drawn = tuple(_found(name, annotation, outcomes, shape) for annotation in _in_order(annotations))
    if not drawn and _attributes(image).get("class") != "normal":
        # Whoever annotates may not have come to it yet: that it shows no lesion must be said.
        raise ReadError(f"{name} has no lesion outlined in it: it is left out.")
    return drawn


def _in_order(annotations: Iterable[Table]) -> Iterator[Table]:
    """Yield annotations in the order of their numbers, where they have any; those with only a box outline nothing."""

    def number(annotation: Table) -> float:
        said = _attributes(annotation).get("number")
        return said if isinstance(said, int) else float("inf")

    return iter(sorted((one for one in annotations if one.get("segmentation")), key=number))


def _found(name: object, annotation: Table, outcomes: Mapping[str, Outcome], shape: Shape) -> FoundMask:
    try:
        mask = mask_of(annotation["segmentation"], shape)
    except ValueError as error:
        raise ReadError(f"A lesion of {name} cannot be read: {error}. The picture is left out.") from error
    if not mask.any():
        raise ReadError(f"A lesion of {name} has no pixel. The picture is left out.")
    attributes = _attributes(annotation)
    category, called = attributes.get("birads_category"), attributes.get("name")
    outcome = _outcome(attributes.get("outcome"))
    if outcome is Outcome.UNKNOWN:
        outcome = outcomes.get(str(annotation.get("category_id")), Outcome.UNKNOWN)
    evidence = OutcomeEvidence.understood(attributes.get("outcome_method"), attributes.get("outcome_date"))
    said = Assessment(category if category in CATEGORIES else "", outcome, evidence=evidence)
    return FoundMask(mask, called if isinstance(called, str) else "", said)


def _attributes(annotation: Table) -> Table:
    attributes = annotation.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _outcome(name: object) -> Outcome:
    return next((outcome for outcome in Outcome if isinstance(name, str) and name.strip().casefold() == outcome.value), Outcome.UNKNOWN)
