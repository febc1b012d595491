"""The COCO format: pictures in a folder, and one JSON file with every lesion's mask in run lengths."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from pycocotools import mask as run_lengths

from busi_gui.domain.case import Lesion
from busi_gui.io.exports.cases import ExportCase, outcome_cells, png
from busi_gui.io.exports.places import new_folder
from busi_gui.io.exports.texts import PROGRAM, Tally, readme, today
from busi_gui.io.results import NOTICE
from models.analysis import Mask

ANNOTATIONS = "annotations.json"
IMAGES = "images"
LESION_CATEGORY = 1
_README = "README.txt"
_LAYOUT = """\
The layout
----------
The format of the COCO data sets: images/ holds the scans, annotations.json the lesions. There is one category, lesion; a mask is written in COCO's
compressed run lengths, at the scan's own size, and pycocotools gives back every pixel of it. What is recorded of a lesion stands in its "attributes":
outcome (benign, malignant or unknown), outcome_method (how it is known: biopsy or follow-up), outcome_date, birads_category, mask_source, name,
number. Where an outcome stands, such as the number of a report, stays in the program. What is known of a scan stands in its own: class, which is
benign, malignant or normal only where that is recorded or a reader found no lesion; status; frame, from 0; group, the same for frames of one file and
for files of one patient, which belong on one side of every split; calibration; networks, version and hashes of those that looked at it.
"""


class _CocoWriter:
    def __init__(self, folder: Path, *, keeps_names: bool) -> None:
        self._folder = folder
        self._keeps_names = keeps_names
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._tally = Tally()
        (folder / IMAGES).mkdir()

    def add(self, case: ExportCase) -> None:
        scan = case.case.scan
        image = len(self._images) + 1
        (self._folder / IMAGES / f"{case.name}.png").write_bytes(png(scan.pixels))
        known = {
            "class": case.case_class,
            "status": case.status.value,
            "frame": scan.frame,
            "group": case.group,
            "calibration": scan.calibration.value,
            "networks": case.networks,
            "spacing_mm": [scan.spacing.row_mm, scan.spacing.column_mm] if scan.spacing is not None else None,
        }
        rows, columns = scan.shape
        self._images.append({"id": image, "file_name": f"{case.name}.png", "width": columns, "height": rows, "attributes": known})
        for lesion in case.case.lesions:
            self._annotations.append(_annotation(len(self._annotations) + 1, image, lesion, case.lesion_name(lesion.number)))
        self._tally.add(case)

    def finish(self) -> None:
        content = {
            "info": {
                "description": f"Outlines of lesions in breast ultrasound. {NOTICE}",
                "notice": NOTICE,
                "contributor": PROGRAM,
                "date_created": today(),
                "networks": list(self._tally.networks),
            },
            "licenses": [],
            "categories": [{"id": LESION_CATEGORY, "name": "lesion", "supercategory": "finding"}],
            "images": self._images,
            "annotations": self._annotations,
        }
        (self._folder / ANNOTATIONS).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        (self._folder / _README).write_bytes(readme(_LAYOUT, self._tally, keeps_names=self._keeps_names))


@contextmanager
def coco_export(out: Path, *, keeps_names: bool = False, is_overwriting: bool = False) -> Iterator[_CocoWriter]:
    """Write a data set in the COCO format into a new folder, see `busi_export`."""
    with new_folder(out, _is_ours, is_overwriting=is_overwriting) as folder:
        writer = _CocoWriter(folder, keeps_names=keeps_names)
        yield writer
        writer.finish()


def encoded_mask(mask: Mask) -> dict[str, Any]:
    """Return a mask, bool (rows, columns), as COCO's compressed run lengths, ready for JSON."""
    runs = run_lengths.encode(np.asfortranarray(mask, np.uint8))
    return {"size": list(mask.shape), "counts": runs["counts"].decode("ascii")}


def _annotation(number: int, image: int, lesion: Lesion, name: str) -> dict[str, Any]:
    top, left, bottom, right = lesion.measures.bbox
    said = lesion.outline.assessment
    outcome, method, date = outcome_cells(said)
    return {
        "id": number,
        "image_id": image,
        "category_id": LESION_CATEGORY,
        "segmentation": encoded_mask(lesion.mask),
        "area": lesion.measures.area_px,
        "bbox": [left, top, right - left, bottom - top],
        "iscrowd": 0,
        "attributes": {
            "number": lesion.number,
            "name": name,
            "outcome": outcome,
            "outcome_method": method,
            "outcome_date": date,
            "birads_category": said.category,
            "mask_source": lesion.outline.source.value,
        },
    }


def _is_ours(name: PurePosixPath) -> bool:
    if len(name.parts) == 1:
        return name.name in (ANNOTATIONS, _README)
    return len(name.parts) == 2 and name.parts[0] == IMAGES and name.suffix == ".png"
