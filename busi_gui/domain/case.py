"""Case: one opened Scan and all that is known of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from busi_gui.domain.measures import Measures, measure
from busi_gui.domain.scan import Box, Pixels, Scan
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
    """A scan with its analysis, once there is one. Cases are values: a new analysis makes a new case.

    Masks have the scan's size. The maps of the analysis (lesion probability, saliency) cover what the networks looked at: the scan's ``field``, or
    the whole scan where it has none.
    """

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

    def with_scale_of(self, scan: Scan) -> Case:
        """Return the case of the same pixels and field with another scale: its lesions are measured again, all else holds whatever the scale is."""
        lesions = tuple(replace(lesion, measures=_measure(scan, lesion.mask)) for lesion in self.lesions)
        return replace(self, scan=scan, lesions=lesions)


def _concerns(scan: Scan, lesions: tuple[Lesion, ...]) -> tuple[Concern, ...]:
    field = (scan.field.top, scan.field.left, scan.field.bottom, scan.field.right) if scan.field is not None else None
    return check_scan(scan.pixels, [lesion.mask for lesion in lesions], scan.coloured, field)


def analysed_case(scan: Scan, analyse: Callable[[Pixels], Analysis]) -> Case:
    """Have a scan analysed, of a picture with borders only the part that shows the ultrasound, and return the case that comes of it.

    Parameters
    ----------
    analyse
        Given uint8 (rows, columns), such as a pipeline's ``analyse``; what it raises is passed on.

    Returns
    -------
    Case
        With masks of the scan's own size, and maps that cover its field.
    """
    if scan.field is None:
        return Case(scan).with_analysis(analyse(scan.pixels))
    pixels = np.ascontiguousarray(scan.pixels[scan.field.slices])
    pixels.setflags(write=False)
    analysis = analyse(pixels)
    lesions = tuple(replace(found, mask=_pasted(found.mask, scan.field, scan.shape)) for found in analysis.lesions)
    return Case(scan).with_analysis(replace(analysis, lesions=lesions))


def _pasted(mask: Mask, field: Box, shape: tuple[int, int]) -> Mask:
    """Return a mask of the whole scan from one of its field."""
    whole = np.zeros(shape, np.bool_)
    whole[field.slices] = mask
    return whole


def _measure(scan: Scan, mask: Mask) -> Measures:
    """Measure a lesion in millimetres only where one scale holds for all of it."""
    in_pixels = measure(mask, None)
    box = Box(*in_pixels.bbox)
    spacing = scan.spacing_within(box)
    return in_pixels if spacing is None else measure(mask, spacing, box)
