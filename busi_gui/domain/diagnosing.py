"""Asking the networks about a lesion of a scan: of the part that they look at, and with shifts in the scan's own unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from busi_gui.domain.case import Lesion
from busi_gui.domain.scan import Box, Pixels, Scan
from models.analysis import Diagnosis, FoundLesion, Mask, OutlineRange, ShiftUnit

SHIFTS = (1.0, 2.0)
"""How far the outline is moved in and out, in millimetres, or in pixels where the lesion has none."""

Diagnose = Callable[[Pixels, Mask], Diagnosis]
"""Given uint8 and bool (rows, columns), such as a pipeline's ``diagnose``."""

Ranges = Callable[[Pixels, Mask, Sequence[tuple[float, float]]], Sequence[tuple[float, float]]]
"""Given the same and shifts down and across in pixels, such as a pipeline's ``outline_ranges``."""


def is_looked_at(scan: Scan, mask: Mask) -> bool:
    """Return whether any of a lesion, bool (rows, columns), lies in the part of the scan that the networks look at."""
    return scan.field is None or bool(mask[scan.field.slices].any())


def diagnosed(scan: Scan, mask: Mask, diagnose: Diagnose) -> FoundLesion:
    """Have a lesion diagnosed, of a picture with borders only what lies in the part that shows the ultrasound.

    Returns
    -------
    FoundLesion
        The diagnosis, whose saliency covers the scan's field, with the very mask that was given.

    Raises
    ------
    ValueError
        None of it is looked at.
    """
    return FoundLesion(mask, diagnose(*_within(scan, mask)))


def with_ranges(scan: Scan, lesion: Lesion, ranges: Ranges) -> FoundLesion:
    """Return what is known of a lesion together with how much its outline matters; ValueError where it has no answer for its outline."""
    if lesion.answer is None or lesion.is_stale:
        raise ValueError(f"lesion {lesion.number} has no answer for its outline")
    unit, shifts_px = shifts_of(scan, lesion)
    found = ranges(*_within(scan, lesion.mask), shifts_px)
    known = tuple(OutlineRange(shift, unit, *each) for shift, each in zip(SHIFTS, found, strict=True))
    return replace(lesion.answer, diagnosis=replace(lesion.answer.diagnosis, ranges=known))


def shifts_of(scan: Scan, lesion: Lesion) -> tuple[ShiftUnit, tuple[tuple[float, float], ...]]:
    """Return the unit of `SHIFTS` for a lesion, and each of them as pixels down the rows and along the columns."""
    spacing = scan.spacing_within(Box(*lesion.measures.bbox))
    if spacing is None:
        return "px", tuple((shift, shift) for shift in SHIFTS)
    return "mm", tuple((shift / spacing.row_mm, shift / spacing.column_mm) for shift in SHIFTS)


def _within(scan: Scan, mask: Mask) -> tuple[Pixels, Mask]:
    if scan.field is None:
        return scan.pixels, mask
    return np.ascontiguousarray(scan.pixels[scan.field.slices]), np.ascontiguousarray(mask[scan.field.slices])
