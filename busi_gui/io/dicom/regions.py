"""Millimetres: which parts of a picture have a scale that can be believed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from pydicom.dataset import Dataset

from busi_gui.domain.scan import Box, Region, Spacing
from busi_gui.io.dicom.values import functional, items, number, numbers, text, varies_by_frame, whole_number

_SPATIAL_2D, _CENTIMETRES = 1, 3
_CREDIBLE_MM = (0.002, 2.0)
"""Pixel sizes that ultrasound can have; a placeholder of 1 cm per pixel cannot be meant."""
_SECTIONS = frozenset({"CT", "MR", "NM", "PT", "RTDOSE", "SEG"})
_COARSEST_SECTION_MM = 20.0
_PLACEHOLDER = [1.0, 1.0]
"""What is written for the size of a pixel that is not known."""
_SAME_SCALE = 1e-3
_NO_SCALE = "The file states no credible scale: sizes are given in pixels, not in millimetres."
_SEVERAL_SCALES = "The file states several scales for parts of the picture: sizes are in millimetres inside one part only, else in pixels."


@dataclass(frozen=True)
class Scales:
    """The millimetres of one frame.

    Attributes
    ----------
    spacing
        The one scale of the whole picture, None where there is none or more than one.
    regions
        Parts with a scale of their own.
    warnings
        Sentences for the reader.
    """

    spacing: Spacing | None = None
    regions: tuple[Region, ...] = ()
    warnings: tuple[str, ...] = (_NO_SCALE,)


def scales_of(dataset: Dataset, shape: tuple[int, int], frame_count: int) -> list[Scales]:
    """Read the scales, to be called inside `quietly`.

    Parameters
    ----------
    dataset
        A file's header.
    shape
        Rows and columns.
    frame_count
        How many frames it has.

    Returns
    -------
    list of Scales
        One for all frames, or one for each.
    """
    regions = items(dataset, "SequenceOfUltrasoundRegions")
    if regions:
        return [_of_regions(regions, shape)]
    frames = range(frame_count if varies_by_frame(dataset, "PixelMeasuresSequence") else 1)
    return [_of_picture(dataset, functional(dataset, frame, "PixelMeasuresSequence")) for frame in frames]


def _of_picture(dataset: Dataset, measures: Dataset | None) -> Scales:
    """Return the scale that the file states for the whole of a frame, as sections and volumes do.

    What lies at the detector (ImagerPixelSpacing) is magnified by an unknown factor, and is not used.
    """
    stated = numbers(dataset if measures is None else measures, "PixelSpacing")
    if len(stated) != 2:
        return Scales()
    is_section = text(dataset, "Modality") in _SECTIONS
    coarsest = _COARSEST_SECTION_MM if is_section else _CREDIBLE_MM[1]
    if (stated == _PLACEHOLDER and not is_section) or not all(_CREDIBLE_MM[0] <= size <= coarsest for size in stated):
        return Scales()
    return Scales(Spacing(*stated), warnings=())


def _of_regions(stated: Iterable[Dataset], shape: tuple[int, int]) -> Scales:
    tissue, others = [], []
    for item in stated:
        box, spacing = _box(item, shape), _spacing(item)
        if spacing is not None and box is None:
            return Scales()  # the picture is not the one whose scale this is: it was made smaller, or cut, and then no scale holds
        if spacing is not None and box is not None:
            tissue.append(Region(box, spacing))
        elif box is not None and _has_other_axes(item):
            others.append(box)
    if not tissue:
        return Scales()
    regions = _apart(tissue, others)
    if not regions:
        return Scales()  # a scale without a region would hold for the whole picture
    is_one = all(agree(region.spacing, tissue[0].spacing) for region in tissue)
    return Scales(tissue[0].spacing if is_one else None, regions, () if is_one else (_SEVERAL_SCALES,))


def agree(one: Spacing, other: Spacing) -> bool:
    """Whether two scales are the same but for rounding."""
    pairs = ((one.row_mm, other.row_mm), (one.column_mm, other.column_mm))
    return all(math.isclose(a, b, rel_tol=_SAME_SCALE) for a, b in pairs)


def _box(item: Dataset, shape: tuple[int, int]) -> Box | None:
    """Return a region's pixels if it is a rectangle inside the picture: one that is larger was copied from another. One pixel over is common."""
    ends = [whole_number(item, f"RegionLocation{end}") for end in ("MinY0", "MinX0", "MaxY1", "MaxX1")]
    top, left, bottom, right = (-1 if end is None else end for end in ends)
    if not (0 <= top < bottom <= shape[0] and 0 <= left < right <= shape[1]):
        return None
    return Box(top, left, min(bottom + 1, shape[0]), min(right + 1, shape[1]))


def _spacing(item: Dataset) -> Spacing | None:
    """Return a region's spacing if it shows tissue in two dimensions of space, in centimetres, of a credible size."""
    stated = [whole_number(item, keyword) for keyword in ("RegionSpatialFormat", "PhysicalUnitsXDirection", "PhysicalUnitsYDirection")]
    if stated != [_SPATIAL_2D, _CENTIMETRES, _CENTIMETRES]:
        return None
    row_mm, column_mm = (abs(10 * (number(item, keyword) or 0.0)) for keyword in ("PhysicalDeltaY", "PhysicalDeltaX"))
    if not all(_CREDIBLE_MM[0] <= size <= _CREDIBLE_MM[1] for size in (row_mm, column_mm)):
        return None
    return Spacing(row_mm, column_mm)


def _has_other_axes(item: Dataset) -> bool:
    """Whether a region shows something else than space, such as movement or flow over time; one without units is a placeholder."""
    shape = whole_number(item, "RegionSpatialFormat") or 0
    units = [whole_number(item, keyword) or 0 for keyword in ("PhysicalUnitsXDirection", "PhysicalUnitsYDirection")]
    return shape > _SPATIAL_2D and any(unit not in (0, _CENTIMETRES) for unit in units)


def _apart(tissue: list[Region], others: list[Box]) -> tuple[Region, ...]:
    """Leave out what belongs to two regions that disagree, and what is not tissue: there no scale can be believed."""
    forbidden: dict[int, list[Box]] = {number: list(others) for number in range(len(tissue))}
    for (one, region), (other, beside) in combinations(enumerate(tissue), 2):
        if not agree(region.spacing, beside.spacing):
            forbidden[one].append(beside.box)
            forbidden[other].append(region.box)
    kept = []
    for number_of, region in enumerate(tissue):
        box: Box | None = region.box
        for taken in forbidden[number_of]:
            box = None if box is None else _without(box, taken)
        if box is not None:
            kept.append(Region(box, region.spacing))
    return tuple(kept)


def _without(box: Box, taken: Box) -> Box | None:
    """Return the largest rectangle of a box that does not touch another, None where there is none."""
    if taken.top >= box.bottom or taken.bottom <= box.top or taken.left >= box.right or taken.right <= box.left:
        return box
    sides = (
        (box.top, box.left, taken.top, box.right),
        (taken.bottom, box.left, box.bottom, box.right),
        (box.top, box.left, box.bottom, taken.left),
        (box.top, taken.right, box.bottom, box.right),
    )
    boxes = [Box(*ends) for ends in sides if ends[0] < ends[2] and ends[1] < ends[3]]
    return max(boxes, key=lambda side: side.shape[0] * side.shape[1], default=None)
