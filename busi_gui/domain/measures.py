"""Size and orientation of a lesion, in pixels and millimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.callipers import Point
from busi_gui.domain.perimeter import perimeters
from busi_gui.domain.scan import Box, Spacing
from models.analysis import Mask

Reals = npt.NDArray[np.float64]
Line = tuple[Point, Point]
"""Both ends, in scan pixels."""


@dataclass(frozen=True)
class Measures:
    """Size of one lesion; every ``_mm`` is None where the scan is not calibrated.

    Attributes
    ----------
    area_px, area_mm2
        Count of pixels, and their area.
    bbox
        Top, left, bottom, right in pixels; bottom and right lie one past the lesion.
    long_axis_px, short_axis_px, long_axis_mm, short_axis_mm
        Maximum Feret diameter, and the extent across it, as callipers set on the edges would read. A pixel is a square that callipers touch at the
        middle of its sides, never at a corner: a single pixel is 1 long and a horizontal run of n pixels is n long and 1 across. With anisotropic
        spacing the millimetre axes are found in millimetres, not converted from pixels.
    width_px, height_px, width_mm, height_mm
        Horizontal and vertical extent.
    angle
        Of the long axis to the horizontal (the skin), in degrees, 0 to 90; of the axis in millimetres where calibrated. Where several axes are
        equally long, the flattest.
    perimeter_px, perimeter_mm
        Length of the outline, of holes and the scan's border as well; see `perimeters` for how and how exact. None where nobody measured it.
    long_axis, short_axis
        The lines to draw, of the axes in millimetres where calibrated. The short one is as long as the extent across the long one and lies where the
        lesion's hull is widest across it. None where nobody measured them.
    """

    area_px: int
    bbox: tuple[int, int, int, int]
    long_axis_px: float
    short_axis_px: float
    width_px: int
    height_px: int
    angle: float
    area_mm2: float | None = None
    long_axis_mm: float | None = None
    short_axis_mm: float | None = None
    width_mm: float | None = None
    height_mm: float | None = None
    perimeter_px: float | None = None
    perimeter_mm: float | None = None
    long_axis: Line | None = None
    short_axis: Line | None = None

    @property
    def width_to_height(self) -> float:
        """Horizontal by vertical extent, in millimetres where calibrated: below 1 the lesion is taller than wide."""
        if self.width_mm is not None and self.height_mm is not None:
            return self.width_mm / self.height_mm
        return self.width_px / self.height_px


def measure(mask: Mask, spacing: Spacing | None, within: Box | None = None) -> Measures:
    """Measure a lesion.

    Parameters
    ----------
    mask
        bool (rows, columns), True = lesion; parts that do not touch are measured together.
    spacing
        None where the scan is not calibrated: then every ``_mm`` is None.
    within
        A window that holds all of the lesion, where one is known: nothing else is looked at.

    Raises
    ------
    ValueError
        The mask is empty, or the window is.
    """
    above, before = (within.top, within.left) if within is not None else (0, 0)
    mask = np.ascontiguousarray(mask if within is None else mask[within.slices])
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if width == 0:
        raise ValueError("an empty mask has no measures")
    lesion = mask[top : top + height, left : left + width]
    left, top = left + before, top + above
    area = int(np.count_nonzero(lesion))
    # Of the pixel's middle, where a hull of whole numbers puts it, to a place on the scan.
    sides = _sides(lesion)
    corner = np.array([left + 0.5, top + 0.5])
    in_px = _axes(sides)
    around = perimeters(lesion, spacing)
    found = Measures(
        area_px=area,
        bbox=(top, left, top + height, left + width),
        long_axis_px=in_px.long,
        short_axis_px=in_px.short,
        width_px=width,
        height_px=height,
        angle=in_px.angle,
        perimeter_px=around[0],
        long_axis=_line(in_px.long_ends + corner),
        short_axis=_line(in_px.short_ends + corner),
    )
    if spacing is None:
        return found
    scale = np.array([spacing.column_mm, spacing.row_mm])
    in_mm = in_px.scaled(spacing.row_mm) if spacing.row_mm == spacing.column_mm else _axes(sides * scale)
    return replace(
        found,
        angle=in_mm.angle,
        area_mm2=area * spacing.row_mm * spacing.column_mm,
        long_axis_mm=in_mm.long,
        short_axis_mm=in_mm.short,
        width_mm=width * spacing.column_mm,
        height_mm=height * spacing.row_mm,
        perimeter_mm=around[1],
        long_axis=_line(in_mm.long_ends / scale + corner),
        short_axis=_line(in_mm.short_ends / scale + corner),
    )


@dataclass(frozen=True)
class _Axes:
    """The greatest distance between two points of a hull and its extent across; their ends, (2, 2) as x, y; the former's angle to the horizontal."""

    long: float
    short: float
    angle: float
    long_ends: Reals
    short_ends: Reals

    def scaled(self, scale: float) -> _Axes:
        """Return the axes of a hull that many times as large."""
        return _Axes(self.long * scale, self.short * scale, self.angle, self.long_ends * scale, self.short_ends * scale)


def _line(ends: Reals) -> Line:
    (x1, y1), (x2, y2) = ends.tolist()
    return Point(x1, y1), Point(x2, y2)


def _sides(mask: Mask) -> Reals:
    """Return the convex hull of the middles of all pixels' sides, float64 (points, 2) as x, y in pixels."""
    rows = np.flatnonzero(mask.any(axis=1))
    # Only the first and last pixel of a row can lie on the hull: that keeps a hull of a huge mask as cheap as its height.
    first = mask.argmax(axis=1)[rows]
    last = mask.shape[1] - 1 - _first_from_the_right(mask)[rows]
    ends = np.concatenate([np.column_stack([first, rows]), np.column_stack([last, rows])]).astype(np.int32)
    # Twice the size, for whole numbers: float hulls in OpenCV are single precision.
    middles = np.concatenate([2 * ends + step for step in ((-1, 0), (1, 0), (0, -1), (0, 1))]).astype(np.int32)
    return np.asarray(cv2.convexHull(middles), np.float64).reshape(-1, 2) / 2


def _first_from_the_right(mask: Mask) -> npt.NDArray[np.intp]:
    # In bands: NumPy searches backwards slowly, and a flipped copy of a huge mask costs more than the search.
    bands = np.array_split(mask.view(np.uint8), 1 + mask.size // 2**20)
    return np.concatenate([cv2.flip(band, 1).argmax(axis=1) for band in bands if band.size])


def _axes(hull: Reals) -> _Axes:
    """Return the axes of a convex hull, (points, 2) as x, y in order; of equally long ones the flattest."""
    across, down = (hull[:, np.newaxis, axis] - hull[np.newaxis, :, axis] for axis in (0, 1))
    length = np.hypot(across, down)
    longest = float(length.max())
    tied = np.flatnonzero(length >= longest * (1 - 1e-6))
    angles = np.degrees(np.arctan2(np.abs(down.flat[tied]), np.abs(across.flat[tied])))
    one, other = divmod(int(tied[int(angles.argmin())]), len(hull))
    # Left to right, or down: which end is first does not depend on where the hull begins.
    ends = np.array(sorted((hull[one].tolist(), hull[other].tolist())))
    along = (ends[1] - ends[0]) / longest
    normal = np.array([-along[1], along[0]])
    forth, aside = (hull - ends[0]) @ along, (hull - ends[0]) @ normal
    at = ends[0] + _widest(forth, aside) * along
    short_ends = at + np.array([[aside.min()], [aside.max()]]) * normal
    return _Axes(longest, float(np.ptp(aside)), float(angles.min()), ends, short_ends)


def _widest(forth: Reals, aside: Reals) -> float:
    """Return where along an axis a convex hull, whose points are given in order, is widest across it; amid, where it is so for a while."""
    order = np.roll(np.arange(forth.size), -int(forth.argmin()))
    forth, aside = forth[order], aside[order]
    turn = int(forth.argmax())
    back = np.append(forth[turn:], forth[0])[::-1], np.append(aside[turn:], aside[0])[::-1]
    width = np.abs(np.interp(forth, forth[: turn + 1], aside[: turn + 1]) - np.interp(forth, *back))
    widest = forth[width >= width.max() * (1 - 1e-9)]
    return float(widest.min() + widest.max()) / 2
