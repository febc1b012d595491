"""Between the domain and rows of tables. What a newer program or a hand wrote, and cannot be understood, must not cost the rest."""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import RowMapping

from busi_gui.domain.calliper_json import callipers_from_json, callipers_to_json
from busi_gui.domain.callipers import Calliper
from busi_gui.domain.case import CaseStatus
from busi_gui.domain.edits import PackedReading
from busi_gui.domain.packing import PackedMask
from busi_gui.domain.reading import CATEGORIES, Assessment, MaskSource, Outcome, OutcomeEvidence, Outline, Reading
from busi_gui.domain.scan import Box, Spacing
from busi_gui.store.records import Note, StoredReading
from models.analysis import Mask

Row = Mapping[str, Any] | RowMapping
Values = dict[str, Any]
_E = TypeVar("_E", bound=Enum)

_SIDES = ("top", "left", "bottom", "right")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_ANY_MASK = np.ones((1, 1), np.bool_)


# notes --------------------------------------------------------------------------------------------------------------------------------------------


def note_of(row: Row) -> Note:
    """Return the note in a row."""
    calibration, field, status = None, None, CaseStatus.NEW
    opinions: tuple[float, ...] = ()
    with suppress(ValueError, TypeError):
        status = CaseStatus(row["status"])
    with suppress(ValueError, TypeError):
        calibration = Spacing(row["row_mm"], row["column_mm"])
    with suppress(ValueError, TypeError):
        field = _box(row)
    with suppress(ValueError, TypeError):
        opinions = tuple(float(p) for p in json.loads(row["opinions"] or "[]"))
    sides = row["calibrated_rows"], row["calibrated_columns"]
    shape = None if None in sides else sides
    p_malignant, low, high = (_number(row[name]) for name in ("p_malignant", "p_low", "p_high"))
    networks = str(row["networks"] or "")
    return Note(status, p_malignant, calibration, field, row["is_analysed"], row["is_doubted"], shape, low, high, opinions, networks)


def _number(value: Any) -> float | None:
    with suppress(ValueError, TypeError):
        return float(value)
    return None


def values_of_note(note: Note) -> Values:
    """Return what stands in a note's row."""
    spacing, box = note.calibration, note.field
    return {
        "status": note.status.value,
        "is_analysed": note.is_analysed,
        "is_doubted": note.is_doubted,
        "p_malignant": note.p_malignant,
        "p_low": note.p_low,
        "p_high": note.p_high,
        "opinions": json.dumps(note.opinions),
        "networks": note.networks,
        "row_mm": spacing.row_mm if spacing is not None else None,
        "column_mm": spacing.column_mm if spacing is not None else None,
        "calibrated_rows": note.calibrated_shape[0] if note.calibrated_shape is not None else None,
        "calibrated_columns": note.calibrated_shape[1] if note.calibrated_shape is not None else None,
        **{side: getattr(box, side) if box is not None else None for side in _SIDES},
    }


# readings, to rows --------------------------------------------------------------------------------------------------------------------------------


class Packing:
    """Packs masks, each array once: masks are never written again, so that only the one that a stroke has changed is new."""

    def __init__(self) -> None:
        self._packed: dict[int, tuple[weakref.ref[Mask], PackedMask]] = {}

    def of(self, reading: Reading) -> PackedReading:
        """Pack a reading; where its outlines are not the reader's they are left out."""
        if not reading.is_touched:
            return PackedReading(Reading(callipers=reading.callipers), {})
        bare = Reading(tuple(_bare(outline) for outline in reading.outlines), reading.callipers, is_touched=True)
        return PackedReading(bare, {outline.number: self._mask(outline.mask) for outline in reading.outlines})

    def _mask(self, mask: Mask) -> PackedMask:
        held = self._packed.get(id(mask))
        if held is not None and held[0]() is mask:
            return held[1]
        packed = PackedMask.of(mask)
        name = id(mask)
        self._packed[name] = weakref.ref(mask, lambda _dead: self._packed.pop(name, None)), packed
        return packed


def _bare(outline: Outline) -> Outline:
    assessment, evidence = outline.assessment, outline.assessment.evidence
    clean = replace(assessment, remark=storable(assessment.remark), evidence=replace(evidence, source=storable(evidence.source)))
    return Outline(outline.number, _ANY_MASK, outline.source, storable(outline.name), outline.is_locked, outline.is_hidden, clean)


def storable(text: str) -> str:
    """Return a text without what no database takes: NUL, and halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def values_of_reading(packed: PackedReading) -> Values:
    """Return what stands in a reading's row, but for who wrote it."""
    shape = next((mask.shape for mask in packed.masks.values()), (None, None))
    return {
        "is_touched": packed.bare.is_touched,
        "callipers": json.dumps(callipers_to_json(packed.bare.callipers)),
        "scan_rows": shape[0],
        "scan_columns": shape[1],
    }


def values_of_lesions(packed: PackedReading) -> dict[int, Values]:
    """Return what stands in the rows of a reading's lesions, by their numbers."""
    return {outline.number: _values_of_lesion(place, outline, packed.masks[outline.number]) for place, outline in enumerate(packed.bare.outlines)}


def says_the_same(one: PackedReading, other: PackedReading) -> bool:
    """Whether two packed readings say the same, bit for bit."""
    first, second = ((packed.bare.is_touched, packed.bare.callipers, packed.masks, values_of_lesions(packed)) for packed in (one, other))
    return first == second


def _values_of_lesion(place: int, outline: Outline, mask: PackedMask) -> Values:
    return {
        "number": outline.number,
        "place": place,
        "name": outline.name,
        "source": outline.source.value,
        "is_locked": outline.is_locked,
        "is_hidden": outline.is_hidden,
        "category": outline.assessment.category,
        **values_of_outcome(outline.assessment.outcome, outline.assessment.evidence),
        "remark": outline.assessment.remark,
        **values_of_mask(mask),
    }


def values_of_outcome(outcome: Outcome, evidence: OutcomeEvidence) -> Values:
    """Return what stands in the row of a lesion about what it turned out to be; the evidence's source is `storable`."""
    return {
        "outcome": outcome.value,
        "outcome_method": evidence.method.value,
        "outcome_date": evidence.date,
        "outcome_source": evidence.source,
    }


def values_of_mask(mask: PackedMask) -> Values:
    """Return what stands in the row of a lesion about its mask."""
    return {**{side: getattr(mask.box, side) if mask.box is not None else None for side in _SIDES}, "mask": mask.content}


# readings, from rows ------------------------------------------------------------------------------------------------------------------------------


def reading_of(head: Row, lesions: Iterable[Row]) -> StoredReading:
    """Return the reading in a row and the rows of its lesions, in the order of the list; what is damaged is left out, and said."""
    problems = []
    outlines, masks = [], {}
    for row in lesions:
        try:
            outline, mask = _lesion(row, (head["scan_rows"], head["scan_columns"]))
        except (ValueError, TypeError):
            problems.append(f"Lesion {row['number']} of frame {head['frame'] + 1} is damaged in the Workspace, and left out.")
        else:
            outlines.append(outline)
            masks[outline.number] = mask
    callipers, are_all = _callipers(head["callipers"])
    if not are_all:
        problems.append(f"Callipers of frame {head['frame'] + 1} are damaged in the Workspace, and left out.")
    changed = LONG_AGO
    with suppress(ValueError, TypeError):
        changed = datetime.fromisoformat(head["changed"])
    bare = Reading(tuple(outlines), callipers, is_touched=bool(head["is_touched"]))
    return StoredReading(revision_of(head), str(head["reader"]), changed, PackedReading(bare, masks), " ".join(problems))


def revision_of(head: Row) -> int:
    """Return the revision in a reading's row."""
    return head["revision"] if isinstance(head["revision"], int) else 0


def mask_of(row: Row, shape: tuple[Any, Any]) -> PackedMask:
    """Return the mask in the row of a lesion; ValueError or TypeError where it is damaged, or empty."""
    box = _box(row)
    rows, columns = (int(side) for side in shape)
    content = row["mask"]
    if not isinstance(content, bytes) or not Box(0, 0, rows, columns).holds(box):
        raise ValueError("the mask does not lie in the scan")
    # Its window alone is unpacked, to see whether it can be: a scan may be a hundred times as large.
    if not PackedMask(box.shape, Box(0, 0, *box.shape), content).unpacked().any():
        raise ValueError("the mask is empty")
    return PackedMask((rows, columns), box, content)


def outcome_of(row: Row) -> tuple[Outcome, OutcomeEvidence]:
    """Return what a lesion turned out to be, as its row has it; what cannot be understood counts for nothing."""
    evidence = OutcomeEvidence.understood(row["outcome_method"], row["outcome_date"], row["outcome_source"])
    return _one_of(Outcome, row["outcome"], Outcome.UNKNOWN), evidence


def _lesion(row: Row, shape: tuple[Any, Any]) -> tuple[Outline, PackedMask]:
    mask = mask_of(row, shape)
    category = row["category"] if row["category"] in CATEGORIES else ""
    outcome, evidence = outcome_of(row)
    assessment = Assessment(category, outcome, str(row["remark"]), evidence)
    # What cannot be told whose it is must count neither as the network's nor as the reader's.
    source = _one_of(MaskSource, row["source"], MaskSource.IMPORTED)
    outline = Outline(int(row["number"]), _ANY_MASK, source, str(row["name"]), bool(row["is_locked"]), bool(row["is_hidden"]), assessment)
    return outline, mask


def _box(row: Row) -> Box:
    return Box(*(row[side] for side in _SIDES))


def _one_of(kind: type[_E], value: object, otherwise: _E) -> _E:
    with suppress(ValueError):
        return kind(value)
    return otherwise


def _callipers(text: object) -> tuple[tuple[Calliper, ...], bool]:
    """Return the callipers in a JSON text, and whether all could be understood."""
    try:
        return callipers_from_json(json.loads(str(text)))
    except ValueError:
        return (), False


@dataclass(frozen=True)
class Held:
    """The rows of one frame's reading as the database has them.

    Attributes
    ----------
    lesions
        By number, in the order of the list.
    """

    head: Row
    lesions: Mapping[int, Row]

    @cached_property
    def reading(self) -> StoredReading:
        """What they say."""
        return reading_of(self.head, self.lesions.values())

    @property
    def revision(self) -> int:
        """Its revision."""
        return revision_of(self.head)

    @cached_property
    def values(self) -> dict[int, Values]:
        """What stands in the rows of the lesions, by their numbers, understood or not."""
        return {number: {name: value for name, value in row.items() if name not in ("key", "frame")} for number, row in self.lesions.items()}

    def has(self, values: Values) -> bool:
        """Whether the row of the reading holds these values."""
        return all(self.head[name] == value for name, value in values.items())

    def is_any_damaged(self, numbers: Iterable[int]) -> bool:
        """Whether some of these lesions cannot be understood."""
        return bool(reading_of(self.head, [self.lesions[number] for number in numbers]).problem)
