"""The measures of lesions as a table, one row a lesion, that spreadsheets and statistics programs read alike."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from busi_gui.domain.case import Lesion
from busi_gui.domain.doubt import doubt_about
from busi_gui.domain.measures import Measures, measure
from busi_gui.domain.scan import Calibration, Spacing
from busi_gui.io.exports.cases import ExportCase, outcome_cells
from busi_gui.io.exports.places import new_file
from busi_gui.io.exports.texts import PROGRAM, safe_row
from busi_gui.io.results import NOTICE
from models.analysis import OUTLINE_SHIFT_PX

_UNITS = ("_px", "_mm", "_mm2")
_UNIT_OF = {"angle": "angle_deg", "bbox": "bbox_px", "long_axis": "long_axis_ends_px", "short_axis": "short_axis_ends_px"}
"""Measures whose names do not say their unit."""
_PARTS_OF = {"bbox": ("top", "left", "bottom", "right")}
_BEFORE = ("file", "frame", "lesions", "lesion", "name", "mask_source", "birads_category", "outcome", "outcome_method", "outcome_date")
_AFTER = (
    *("width_to_height", "calibration", "row_spacing_mm", "column_spacing_mm"),
    *("p_malignant", "p_malignant_low", "p_malignant_high", "outline_shift_px", "operating_point", "operating_threshold"),
    *("uncertain", "chance_of_error", "reasons", "opinions"),
    *("network_version", "segmenter", "classifier", "networks", "status", "group", "program", "notice"),
)


class _TableWriter:
    def __init__(self, file: TextIO) -> None:
        self._measures = list(measure_cells(_sample()))
        self._rows = csv.writer(file)
        self._rows.writerow((*_BEFORE, *self._measures, *_AFTER))

    def add(self, case: ExportCase) -> None:
        # A frame without a lesion has a row too: that none was found is a finding.
        lesions: Iterable[Lesion | None] = case.case.lesions or (None,)
        self._rows.writerows(safe_row(self._row(case, lesion)) for lesion in lesions)

    def _row(self, case: ExportCase, lesion: Lesion | None) -> list[object]:
        measured = measure_cells(lesion.measures) if lesion is not None else {}
        head = [case.name, case.case.scan.frame, len(case.case.lesions), *_who(case, lesion)]
        return [*head, *(measured.get(name) for name in self._measures), *_scale(case, lesion), *_answer(case, lesion), *_last(case)]


@contextmanager
def table_export(out: Path, *, is_overwriting: bool = False) -> Iterator[_TableWriter]:
    """Write the measures of lesions into a new CSV file: there whole when all went well, else not at all.

    UTF-8 with a mark at its start, by which spreadsheets know it and which statistics programs pass over; commas between cells, points in numbers.
    Texts that a spreadsheet would take for a formula begin with an apostrophe. Of an outcome it holds how it is known and since when, not where it
    stands.

    Raises
    ------
    WriteError
        The folder or disk refuses, or the file is there and is not to be overwritten.
    """
    with new_file(out, is_overwriting=is_overwriting) as beside, beside.open("w", encoding="utf-8-sig", newline="") as file:
        yield _TableWriter(file)


def measure_cells(measures: Measures) -> dict[str, float | int | None]:
    """Return every measure by the name of its column, which ends in its unit; those of several numbers, such as points, have a column for each."""
    cells: dict[str, float | int | None] = {}
    for field in dataclasses.fields(measures):
        for parts, number in _numbers(getattr(measures, field.name), _PARTS_OF.get(field.name, ())):
            cells[_column(_UNIT_OF.get(field.name, field.name), parts)] = round(number, 4) if isinstance(number, float) else number
    return cells


def _numbers(value: Any, names: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float | int | None]]:
    """Yield the numbers in a value, each with the names of the parts that it stands in."""
    if dataclasses.is_dataclass(value):
        parts = [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    elif isinstance(value, tuple):
        parts = list(zip(names or getattr(value, "_fields", ()) or map(str, range(1, len(value) + 1)), value, strict=True))
    else:
        yield (), value
        return
    for name, part in parts:
        yield from (((name, *rest), number) for rest, number in _numbers(part))


def _column(name: str, parts: tuple[str, ...]) -> str:
    unit = next((unit for unit in _UNITS if name.endswith(unit)), "") if parts else ""
    return "_".join((name.removesuffix(unit), *parts)) + unit


def _sample() -> Measures:
    """Return measures of which none is missing: their columns are those of the table."""
    mask = np.zeros((9, 15), np.bool_)
    mask[2:7, 3:12] = True
    return measure(mask, Spacing(0.1, 0.1))


def _who(case: ExportCase, lesion: Lesion | None) -> tuple[object, ...]:
    if lesion is None:
        return (None,) * 7
    said = lesion.outline.assessment
    return lesion.number, case.lesion_name(lesion.number), lesion.outline.source.value, said.category, *outcome_cells(said)


def _scale(case: ExportCase, lesion: Lesion | None) -> tuple[object, ...]:
    scan = case.case.scan
    if lesion is None:
        return None, scan.calibration.value, *((scan.spacing.row_mm, scan.spacing.column_mm) if scan.spacing is not None else (None, None))
    measures = lesion.measures
    if measures.width_mm is None or measures.height_mm is None:
        # A scale may hold for other parts of the picture than the lesion's.
        return round(measures.width_to_height, 4), Calibration.NONE.value, None, None
    spacing = (measures.height_mm / measures.height_px, measures.width_mm / measures.width_px)
    return round(measures.width_to_height, 4), scan.calibration.value, *(round(mm, 6) for mm in spacing)


def _answer(case: ExportCase, lesion: Lesion | None) -> tuple[object, ...]:
    network = case.network
    said = lesion.diagnosis if lesion is not None and not lesion.is_stale else None
    chances: tuple[object, ...] = (None,) * 4
    if said is not None:
        is_known = said.low is not None
        chances = (*(_rounded(p) for p in (said.p_malignant, said.low, said.high)), OUTLINE_SHIFT_PX if is_known else None)
    if network is None:
        return (*chances, *(None,) * 9, case.networks)
    point = network.operating_point
    doubts: tuple[object, ...] = (None,) * 4
    if said is not None and lesion is not None:
        doubt = doubt_about(said, point, case.case.concerns, lesion.number)
        reasons, opinions = "; ".join(reason.why.value for reason in doubt.reasons), "; ".join(f"{p:.4f}" for p in said.opinions)
        doubts = ("yes" if doubt.is_uncertain else "no", _rounded(doubt.chance_of_error), reasons, opinions)
    return (*chances, point.name, point.threshold, *doubts, network.version, network.segmenter, network.classifier, case.networks)


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 4)


def _last(case: ExportCase) -> tuple[object, ...]:
    return case.status.value, case.group, PROGRAM, NOTICE
