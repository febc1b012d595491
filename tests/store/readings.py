"""Readings of a small scan, as a reader would have set them down."""

from __future__ import annotations

from typing import Any

import numpy as np

from busi_gui.domain.callipers import Angle, Calliper, Distance, Point
from busi_gui.domain.reading import Assessment, MaskSource, Outcome, OutcomeEvidence, OutcomeMethod, Reading
from models.analysis import Mask

SHAPE = (60, 80)
KEY = "0123456789abcdef0123456789abcdef01234567"


def disc(row: float, column: float, radius: float = 6, shape: tuple[int, int] = SHAPE) -> Mask:
    """Return a mask of one disc, bool (rows, columns)."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((rows - row) ** 2 + (columns - column) ** 2 <= radius**2)


def full() -> Reading:
    """Return a reading that has something in every field."""
    evidence = OutcomeEvidence(OutcomeMethod.BIOPSY, "2026-03-01", "report “日本” 17")
    assessed = Assessment("4B", Outcome.MALIGNANT, "“speckled”, 日本\nsecond line", evidence)
    reading = Reading().found([disc(20, 20), disc(40, 60, 9)])
    reading = reading.with_mask(2, disc(40, 60, 10)).changed(2, name="upper outer", is_locked=True, assessment=assessed)
    reading = reading.added(disc(10, 70, 3), MaskSource.IMPORTED, is_hidden=True).added(disc(50, 10, 4))
    reading = reading.without(1).measured(CALLIPERS)
    return type(reading)(tuple(reversed(reading.outlines)), reading.callipers, is_touched=True)


CALLIPERS = (
    Calliper(1, Distance(Point(1.25, 2.5), Point(1 / 3, 79.9))),
    Calliper(3, Angle(vertex=Point(5, 5), one=Point(1e-9, 5), other=Point(5, 0.1))),
)


def drawn(*places: tuple[float, float], **changes: Any) -> Reading:
    """Return a reading with a drawn disc at each place; ``changes`` are of the first one's outline."""
    reading = Reading()
    for row, column in places:
        reading = reading.added(disc(row, column))
    return reading.changed(1, **changes) if changes else reading
