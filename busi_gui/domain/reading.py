"""Reading: what the reader has set down on one frame: outlines of lesions, what he thinks of them, and callipers."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any

import numpy as np

from busi_gui.domain.callipers import Calliper
from models.analysis import Mask

CATEGORIES = ("0", "1", "2", "3", "4A", "4B", "4C", "5", "6")
"""BI-RADS assessment categories."""


class MaskSource(Enum):
    """Where the outline of a lesion comes from; said wherever a result leaves the program."""

    NETWORK = "network"
    CORRECTED = "corrected"  # the network's, changed by the reader
    DRAWN = "drawn"
    IMPORTED = "imported"


class Outcome(Enum):
    """What a lesion turned out to be, by histology or follow-up."""

    UNKNOWN = "unknown"
    BENIGN = "benign"
    MALIGNANT = "malignant"


class OutcomeMethod(Enum):
    """How an outcome is known."""

    UNKNOWN = ""
    BIOPSY = "biopsy"
    FOLLOW_UP = "follow-up"


@dataclass(frozen=True)
class OutcomeEvidence:
    """How it is known what a lesion turned out to be.

    Attributes
    ----------
    date
        When it was found, ISO 8601 such as ``"2026-03-01"``; empty where that is not known.
    source
        Where it stands, in the reader's own words, such as the number of a pathology report. It could say whom a scan shows: it never leaves the
        program.

    Raises
    ------
    ValueError
        The date is none, or is written in another way.
    """

    method: OutcomeMethod = OutcomeMethod.UNKNOWN
    date: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        written = ""
        with suppress(ValueError):
            written = date.fromisoformat(self.date).isoformat()
        if self.date != written:
            raise ValueError(f"no date like 2026-03-01: {self.date}")

    @classmethod
    def understood(cls, method: object, date: object, source: object = "") -> OutcomeEvidence:
        """Return the evidence that stands somewhere else, such as in a file; what cannot be understood of it counts for nothing."""
        evidence = cls(source=source if isinstance(source, str) else "")
        with suppress(ValueError):
            evidence = replace(evidence, method=OutcomeMethod(method))
        with suppress(ValueError):
            evidence = replace(evidence, date=date if isinstance(date, str) else "")
        return evidence


@dataclass(frozen=True)
class Assessment:
    """What the reader decides about a lesion; never filled in by the program.

    Attributes
    ----------
    category
        One of ``CATEGORIES``, empty where the reader has not chosen.
    remark
        In the reader's own words.
    evidence
        How the outcome is known.
    """

    category: str = ""
    outcome: Outcome = Outcome.UNKNOWN
    remark: str = ""
    evidence: OutcomeEvidence = OutcomeEvidence()

    def __post_init__(self) -> None:
        if self.category and self.category not in CATEGORIES:
            raise ValueError(f"no BI-RADS category: {self.category}")

    @property
    def has_recorded_outcome(self) -> bool:
        """Whether the outcome is known, and how."""
        return self.outcome is not Outcome.UNKNOWN and self.evidence.method is not OutcomeMethod.UNKNOWN


@dataclass(frozen=True, eq=False)
class Outline:
    """One lesion as the reader has it.

    Attributes
    ----------
    number
        From 1; never given to another lesion of the frame while this one is there: its colour and its place in files hang on it.
    mask
        bool (rows, columns) of the scan's size, True = lesion; never empty, read-only from now on.
    name
        What the reader calls it, empty for "Lesion 1".
    is_locked
        No tool changes its mask, until the reader unlocks it.
    is_hidden
        It is not drawn over the scan.

    Raises
    ------
    ValueError
        The mask is no bool (rows, columns), or empty.
    """

    number: int
    mask: Mask
    source: MaskSource = MaskSource.NETWORK
    name: str = ""
    is_locked: bool = False
    is_hidden: bool = False
    assessment: Assessment = Assessment()

    def __post_init__(self) -> None:
        if self.mask.dtype != np.bool_ or self.mask.ndim != 2 or not self.mask.any():
            raise ValueError(f"a lesion is bool (rows, columns) with at least one True, not {self.mask.dtype} {self.mask.shape}")
        self.mask.setflags(write=False)

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name or f"Lesion {self.number}"


@dataclass(frozen=True, eq=False)
class Reading:
    """All that the reader has set down on one frame. Readings are values: every change makes a new one.

    Attributes
    ----------
    outlines
        The lesions, in the order of the list.
    callipers
        Distances and angles, in the order of their numbers.
    is_touched
        Whether the outlines are the reader's: then no analysis ever replaces them.
    """

    outlines: tuple[Outline, ...] = ()
    callipers: tuple[Calliper, ...] = ()
    is_touched: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that would have to be remembered."""
        return not self.is_touched and not self.callipers

    @property
    def next_number(self) -> int:
        """The number of the next lesion."""
        return max((outline.number for outline in self.outlines), default=0) + 1

    def outline(self, number: int | None) -> Outline | None:
        """Return the lesion with this number; None where there is none."""
        return next((outline for outline in self.outlines if outline.number == number), None)

    def is_same(self, other: Reading) -> bool:
        """Whether both say the same, bit for bit."""
        if (self.callipers, self.is_touched, len(self.outlines)) != (other.callipers, other.is_touched, len(other.outlines)):
            return False
        return all(_is_same(mine, theirs) for mine, theirs in zip(self.outlines, other.outlines, strict=True))

    # changes --------------------------------------------------------------------------------------------------------------------------------------

    def found(self, masks: Iterable[Mask]) -> Reading:
        """Return the reading with the network's outlines in place of all others: its lesions are numbered from 1."""
        return replace(self, outlines=tuple(Outline(number, mask) for number, mask in enumerate(masks, start=1)), is_touched=False)

    def added(self, mask: Mask, source: MaskSource = MaskSource.DRAWN, **changes: Any) -> Reading:
        """Return the reading with one more lesion, last in the list, numbered `next_number`; ``changes`` are other fields of its outline."""
        return self._with((*self.outlines, Outline(self.next_number, mask, source, **changes)))

    def with_mask(self, number: int, mask: Mask, source: MaskSource | None = None) -> Reading:
        """Return the reading with another mask for a lesion; an empty one deletes the lesion.

        What was the network's is *corrected* from then on, unless ``source`` says what the mask is.

        Raises
        ------
        KeyError
            There is no such lesion.
        """
        outline = self._known(number)
        if not mask.any():
            return self.without(number)
        corrected = MaskSource.CORRECTED if outline.source is MaskSource.NETWORK else outline.source
        return self._put(replace(outline, mask=mask, source=source or corrected))

    def without(self, *numbers: int) -> Reading:
        """Return the reading without some lesions; KeyError where one is not there."""
        for number in numbers:
            self._known(number)
        return self._with(tuple(outline for outline in self.outlines if outline.number not in numbers))

    def changed(self, number: int, **changes: Any) -> Reading:
        """Return the reading with other fields of a lesion's outline, such as ``name``, ``is_locked``, ``assessment``; KeyError without it."""
        return self._put(replace(self._known(number), **changes))

    def measured(self, callipers: Iterable[Calliper]) -> Reading:
        """Return the reading with exactly these callipers; whose the outlines are stays as it is."""
        return replace(self, callipers=tuple(callipers))

    def accepted(self) -> Reading:
        """Return the reading with its outlines as the reader's own, as they are: where they come from stays, also that there is none."""
        return self._with(self.outlines)

    def _known(self, number: int) -> Outline:
        outline = self.outline(number)
        if outline is None:
            raise KeyError(f"there is no lesion {number}")
        return outline

    def _put(self, changed: Outline) -> Reading:
        return self._with(tuple(changed if outline.number == changed.number else outline for outline in self.outlines))

    def _with(self, outlines: tuple[Outline, ...]) -> Reading:
        return replace(self, outlines=outlines, is_touched=True)


def _is_same(mine: Outline, theirs: Outline) -> bool:
    rest = [(one.number, one.source, one.name, one.is_locked, one.is_hidden, one.assessment) for one in (mine, theirs)]
    return rest[0] == rest[1] and (mine.mask is theirs.mask or np.array_equal(mine.mask, theirs.mask))
