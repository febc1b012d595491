"""Cases that leave the program: made-up scans with lesions of every kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from busi_gui.domain.case import Case, CaseStatus
from busi_gui.domain.reading import Assessment, MaskSource, Outcome, OutcomeEvidence, OutcomeMethod, Reading
from busi_gui.io.exports.cases import ExportCase
from models.analysis import Mask
from tests.builders import make_scan

SHAPE = (40, 70)


def disc(row: int, column: int, radius: float, shape: tuple[int, int] = SHAPE) -> Mask:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((rows - row) ** 2 + (columns - column) ** 2 <= radius**2)


def dot(row: int, column: int, shape: tuple[int, int] = SHAPE) -> Mask:
    mask = np.zeros(shape, np.bool_)
    mask[row, column] = True
    return mask


SEVERAL = (disc(20, 20, 9), disc(22, 27, 8), dot(0, 69), dot(39, 0), disc(35, 65, 20))
"""Overlapping, of one pixel, in corners, and cut off by the edge."""


KNOWN = OutcomeEvidence(OutcomeMethod.BIOPSY, "2026-02-28", "B26-0815 at the bench")


def make_case(
    name: str = "case_0001",
    masks: tuple[Mask, ...] = (),
    outcomes: tuple[Outcome, ...] = (),
    source: MaskSource = MaskSource.DRAWN,
    is_touched: bool = True,
    names: tuple[str, ...] = (),
    category: str = "",
    evidence: OutcomeEvidence = KNOWN,
    export: dict[str, Any] | None = None,
    **fields: Any,
) -> ExportCase:
    """Return a case that leaves; ``export`` are fields of its own, others those of its scan."""
    reading = Reading(is_touched=is_touched)
    for place, mask in enumerate(masks):
        outcome = outcomes[place] if place < len(outcomes) else Outcome.UNKNOWN
        said = Assessment(category, outcome, "seen by nobody outside", evidence if outcome is not Outcome.UNKNOWN else OutcomeEvidence())
        reading = reading.added(mask, source, name=names[place] if place < len(names) else "", assessment=said)
    scan = make_scan(**{"seed": 1, "shape": masks[0].shape if masks else SHAPE, "path": Path("scan.png"), **fields})
    return ExportCase(name, Case(scan).with_reading(reading), **(export or {"status": CaseStatus.CORRECTED, "group": 1}))
