"""Case: one opened Scan and all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from busi_gui.domain.measures import Measures, measure
from busi_gui.domain.scan import Box, Scan
from models.analysis import Analysis, Concern, Diagnosis, Mask
from models.input_check import check_scan


class CaseStatus(Enum):
    """How far the reader is with a case."""

    NEW = "new"
    ANALYSED = "analysed"
    CORRECTED = "corrected"
    REVIEWED = "reviewed"


@dataclass(frozen=True, eq=False)
class Lesion:
    """One finding in a case.

    Attributes
    ----------
    number
        From 1, most suspicious first: how readers and files name it.
    mask
        bool (rows, columns), True = lesion.
    """

    number: int
    mask: Mask
    diagnosis: Diagnosis
    measures: Measures


@dataclass(frozen=True, eq=False)
class Case:
    """A scan with its analysis, once there is one. Cases are values: a new analysis makes a new case."""

    scan: Scan
    analysis: Analysis | None = None
    lesions: tuple[Lesion, ...] = ()
    concerns: tuple[Concern, ...] = ()
    """Why the networks' answer may mean less than it seems; known once there is an analysis."""

    @property
    def is_doubted(self) -> bool:
        """Whether the picture looks like no breast ultrasound: then the networks' answer means nothing."""
        return any(concern.kind == "not ultrasound" for concern in self.concerns)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that the reader is to be warned of, as sentences: how the file was read, the input, the analysis."""
        return (*self.scan.warnings, *(concern.sentence for concern in self.concerns), *(self.analysis.warnings if self.analysis is not None else ()))

    def with_analysis(self, analysis: Analysis) -> Case:
        """Return the case with this analysis and its lesions, measured with the scan's spacing, and with what speaks against trusting it."""
        lesions = tuple(
            Lesion(number, found.mask, found.diagnosis, _measure(self.scan, found.mask)) for number, found in enumerate(analysis.lesions, start=1)
        )
        return replace(self, analysis=analysis, lesions=lesions, concerns=_concerns(self.scan, lesions))


def _concerns(scan: Scan, lesions: tuple[Lesion, ...]) -> tuple[Concern, ...]:
    field = (scan.field.top, scan.field.left, scan.field.bottom, scan.field.right) if scan.field is not None else None
    return check_scan(scan.pixels, [lesion.mask for lesion in lesions], scan.coloured, field)


def _measure(scan: Scan, mask: Mask) -> Measures:
    """Measure a lesion in millimetres only where one scale holds for all of it."""
    in_pixels = measure(mask, None)
    spacing = scan.spacing_within(Box(*in_pixels.bbox))
    return in_pixels if spacing is None else measure(mask, spacing)
