"""What one approved case shows beside what the networks find in it: what `suspicions` judges by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np

from models.analysis import Analysis
from models.datasets import Codes, likeness_codes
from models.familiarity import reduced, reduced_mask, strangeness
from models.input_check import check_scan
from models.measuring.records import equivalent_diameter, overlap
from models.preprocessing import Mask, Pixels
from models.retraining.clinic import ClinicExample

_LEAST_ALIKE = 1 / 3
"""A found lesion of less than this share of an outline's area, or the other way round, is not the one that was outlined."""
_RIM = 0.2
"""Width of the rims inside and outside an outline whose greys are compared, as a share of its diameter."""


class Analyst(Protocol):
    """What analyses scans: a `Pipeline`, or whatever answers like one."""

    def analyse(self, pixels: Pixels, /) -> Analysis:
        """Find and diagnose the lesions of a scan, uint8 (rows, columns)."""
        ...


@dataclass(frozen=True, eq=False)
class PictureSigns:
    """What is measured of a picture, whatever is outlined in it.

    Attributes
    ----------
    code
        Perceptual hashes, bool (2, 256).
    strangeness
        How far it is from known scans, see ``familiarity.strangeness``; 0 where the input check takes it for one.
    is_found
        The networks find a lesion.
    p_malignant
        Of the most suspicious one, in [0, 1]; None where none is found.
    """

    code: Codes = field(repr=False)
    strangeness: float
    is_found: bool
    p_malignant: float | None

    @property
    def is_foreign(self) -> bool:
        """Whether it looks like something else than breast ultrasound."""
        return self.strangeness > 0


@dataclass(frozen=True, eq=False)
class Signs:
    """What is measured of one approved case.

    Attributes
    ----------
    key, group, is_held_out, label, kind
        As of the case.
    size_px
        Equivalent diameter of all lesions together, in pixels of the network grid; None without one.
    share
        Of the picture that all lesions together cover, in [0, 1].
    border_share
        Of the picture's outermost pixels that they cover, in [0, 1].
    offset
        How far the outline lies below and right of the lesion that the networks find there, in diameters of the outline; None where they find none
        of about its size.
    diameter_px
        Of the outline that ``offset`` is about, in pixels of the scan.
    gain
        By how much the outline would stand out more against its surroundings, in standard deviations of the greys, if it lay where the found
        lesion lies; 0 without ``offset``.
    dice
        Of all outlines together with all that is found; None without a lesion.
    """

    key: str
    group: str
    is_held_out: bool
    label: str
    kind: str
    picture: PictureSigns
    size_px: float | None
    share: float
    border_share: float
    offset: tuple[float, float] | None
    diameter_px: float
    gain: float
    dice: float | None


def picture_signs(pixels: Pixels, analysis: Analysis) -> PictureSigns:
    """Return what is measured of a picture, uint8 (rows, columns), and of what the networks found in it."""
    is_foreign = any(concern.kind == "not ultrasound" for concern in check_scan(pixels))
    return PictureSigns(likeness_codes([pixels])[0], strangeness(pixels) if is_foreign else 0.0, bool(analysis.lesions), analysis.p_malignant)


def signs_of(case: ClinicExample, analysis: Analysis, picture: PictureSigns | None = None) -> Signs:
    """Return what is measured of a case, given what the networks found in its picture, and ``picture_signs`` where they are known."""
    union, found = case.read_mask(), np.zeros(case.pixels.shape, np.bool_)
    for lesion in analysis.lesions:
        found |= lesion.mask
    rim = np.concatenate([union[0], union[-1], union[:, 0], union[:, -1]])
    offset, diameter, gain = _displacement(case, analysis)
    return Signs(
        case.key,
        case.group,
        case.is_held_out,
        case.label,
        case.kind,
        picture or picture_signs(case.pixels, analysis),
        size_px=equivalent_diameter(union) if case.lesions else None,
        share=float(union.mean()),
        border_share=float(rim.mean()),
        offset=offset,
        diameter_px=diameter,
        gain=gain,
        dice=overlap(found, union)[0] if case.lesions else None,
    )


def _displacement(case: ClinicExample, analysis: Analysis) -> tuple[tuple[float, float] | None, float, float]:
    """Return ``offset``, ``diameter_px`` and ``gain`` of the best pair of an outline and a found lesion."""
    outlines = [mask for lesion in case.lesions if (mask := reduced_mask(lesion.mask)).any()]
    found = [mask for lesion in analysis.lesions if (mask := reduced_mask(lesion.mask)).any()]
    pairs = [(outline, lesion) for outline in outlines for lesion in found if _are_of_a_size(outline, lesion)]
    if not pairs:
        return None, 0.0, 0.0
    outline, lesion = max(pairs, key=lambda pair: (overlap(*pair)[0], -float(np.hypot(*_between(*pair)))))
    down, across = _between(outline, lesion)
    diameter = float(np.sqrt(4 * np.count_nonzero(outline) / np.pi))
    small = reduced(case.pixels)
    gain = standing_out(small, _moved(outline, -down, -across)) - standing_out(small, outline)
    return (down / diameter, across / diameter), diameter * max(case.pixels.shape) / max(small.shape), gain


def _are_of_a_size(outline: Mask, lesion: Mask) -> bool:
    ratio = np.count_nonzero(outline) / np.count_nonzero(lesion)
    return bool(_LEAST_ALIKE < ratio < 1 / _LEAST_ALIKE)


def _between(outline: Mask, lesion: Mask) -> tuple[float, float]:
    """Return how many pixels the middle of an outline lies below and right of a lesion's."""
    rows, columns = ([float(where[axis].mean()) for where in (np.nonzero(outline), np.nonzero(lesion))] for axis in (0, 1))
    return rows[0] - rows[1], columns[0] - columns[1]


def _moved(mask: Mask, down: float, across: float) -> Mask:
    shift = np.array([[1, 0, round(across)], [0, 1, round(down)]], np.float32)
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), shift, mask.shape[::-1], flags=cv2.INTER_NEAREST) > 0)


def standing_out(pixels: Pixels, mask: Mask) -> float:
    """Return how much darker it is along the inside of an outline than along its outside, in standard deviations; 0 where one of them is empty.

    Parameters
    ----------
    pixels, mask
        uint8 and bool (rows, columns) of one size.
    """
    reach = max(3, round(_RIM * float(np.sqrt(4 * np.count_nonzero(mask) / np.pi))))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    drawn = mask.astype(np.uint8)
    inside = mask & (cv2.erode(drawn, kernel, borderValue=0) == 0)
    outside = (cv2.dilate(drawn, kernel) > 0) & ~mask
    if not (inside.any() and outside.any()):
        return 0.0
    greys = pixels.astype(np.float32)
    spread = float(greys[inside | outside].std())
    return float(greys[outside].mean() - greys[inside].mean()) / max(spread, 1.0)
