"""The layout of the BUSI data set: a folder for each class, a scan, and one mask beside it for each lesion. The networks' training reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import numpy as np

from busi_gui.io.exports.cases import CASE_CLASSES, ExportCase, mask_png, outcome_cells, png
from busi_gui.io.exports.places import new_folder
from busi_gui.io.exports.texts import Tally, readme, safe_row

SOURCES = "sources.csv"
COLUMNS = (
    *("file", "scan", "lesion", "name", "mask_source", "birads_category", "outcome", "outcome_method", "outcome_date"),
    *("status", "group", "network"),
)
_README = "README.txt"
_LAYOUT = """\
The layout
----------
The layout of the BUSI data set: benign/, malignant/ and normal/ hold scans (x.png), each with a mask for each lesion (x_mask.png, x_mask_1.png, ...):
255 in the lesion, 0 elsewhere, of the scan's size. A scan is malignant where a lesion in it is recorded as malignant, else benign where one is
recorded as benign; it is normal where a reader found no lesion, and then its mask is empty. What the networks think of a lesion decides nothing here.
unknown/ holds scans of whose lesions no outcome is recorded, and those without a lesion that no reader has looked at. Training does not read it:
record the outcomes and export again.
sources.csv says of each mask where it comes from, and of each outcome how it is known (outcome_method: biopsy or follow-up) and since when
(outcome_date). Where it stands, such as the number of a report, stays in the program. Rows with the same group are frames of one file or files of one
patient: keep them on one side of every split. Texts that a spreadsheet would take for a formula begin with an apostrophe.
"""


class _BusiWriter:
    def __init__(self, folder: Path, *, keeps_names: bool) -> None:
        self._folder = folder
        self._keeps_names = keeps_names
        self._tally = Tally()
        with self._sources.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(COLUMNS)

    @property
    def _sources(self) -> Path:
        return self._folder / SOURCES

    def add(self, case: ExportCase) -> None:
        scan = PurePosixPath(case.case_class, f"{case.name}.png")
        (self._folder / scan).parent.mkdir(exist_ok=True)
        (self._folder / scan).write_bytes(png(case.case.scan.pixels))
        rows: list[tuple[object, ...]] = []
        for place, lesion in enumerate(case.case.lesions):
            mask = scan.with_name(f"{case.name}_mask{f'_{place}' if place else ''}.png")
            (self._folder / mask).write_bytes(mask_png(lesion.mask))
            outline, said = lesion.outline, lesion.outline.assessment
            known = (lesion.number, case.lesion_name(lesion.number), outline.source.value, said.category, *outcome_cells(said))
            rows.append((str(mask), str(scan), *known, case.status.value, case.group, case.networks))
        if not rows:
            mask = scan.with_name(f"{case.name}_mask.png")
            (self._folder / mask).write_bytes(mask_png(np.zeros(case.case.scan.shape, np.bool_)))
            rows.append((str(mask), str(scan), None, *[""] * 6, case.status.value, case.group, case.networks))
        with self._sources.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(map(safe_row, rows))
        self._tally.add(case)

    def finish(self) -> None:
        (self._folder / _README).write_bytes(readme(_LAYOUT, self._tally, keeps_names=self._keeps_names))


@contextmanager
def busi_export(out: Path, *, keeps_names: bool = False, is_overwriting: bool = False) -> Iterator[_BusiWriter]:
    """Write a data set in BUSI's layout into a new folder: there whole when all went well, else not at all.

    Parameters
    ----------
    out
        A folder that does not exist, or is empty.
    keeps_names
        The cases are called after their files, which is to be said.
    is_overwriting
        An earlier export may be replaced.

    Raises
    ------
    WriteError
        The folder or disk refuses, or what lies in the folder must stay.
    """
    with new_folder(out, _is_ours, is_overwriting=is_overwriting) as folder:
        writer = _BusiWriter(folder, keeps_names=keeps_names)
        yield writer
        writer.finish()


def _is_ours(name: PurePosixPath) -> bool:
    if len(name.parts) == 1:
        return name.name in (SOURCES, _README)
    return len(name.parts) == 2 and name.parts[0] in CASE_CLASSES and name.suffix == ".png"
