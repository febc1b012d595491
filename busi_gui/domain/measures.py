"""Size and orientation of a lesion, in pixels and millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.scan import Spacing
from models.analysis import Mask


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

    @property
    def width_to_height(self) -> float:
        """Horizontal by vertical extent, in millimetres where calibrated: below 1 the lesion is taller than wide."""
        if self.width_mm is not None and self.height_mm is not None:
            return self.width_mm / self.height_mm
        return self.width_px / self.height_px


def measure(mask: Mask, spacing: Spacing | None) -> Measures:
    """Measure a lesion.

    Parameters
    ----------
    mask
        bool (rows, columns), True = lesion; parts that do not touch are measured together.
    spacing
        None where the scan is not calibrated: then every ``_mm`` is None.

    Raises
    ------
    ValueError
        The mask is empty.
    """
    mask = np.ascontiguousarray(mask)
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if width == 0:
        raise ValueError("an empty mask has no measures")
    lesion = mask[top : top + height, left : left + width]
    area = int(np.count_nonzero(lesion))
    sides = _sides(lesion)
    long_px, short_px, angle = _axes(sides)
    bbox = (top, left, top + height, left + width)
    if spacing is None:
        return Measures(area, bbox, long_px, short_px, width, height, angle)
    long_mm, short_mm, angle = _axes(sides * (spacing.column_mm, spacing.row_mm))
    return Measures(
        area_px=area,
        bbox=bbox,
        long_axis_px=long_px,
        short_axis_px=short_px,
        width_px=width,
        height_px=height,
        angle=angle,
        area_mm2=area * spacing.row_mm * spacing.column_mm,
        long_axis_mm=long_mm,
        short_axis_mm=short_mm,
        width_mm=width * spacing.column_mm,
        height_mm=height * spacing.row_mm,
    )


def _sides(mask: Mask) -> npt.NDArray[np.float64]:
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


def _axes(hull: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the greatest distance between two points, their extent across it, and its angle to the horizontal in degrees, 0 to 90."""
    across, down = (hull[:, np.newaxis, axis] - hull[np.newaxis, :, axis] for axis in (0, 1))
    length = np.hypot(across, down)
    longest = float(length.max())
    tied = np.flatnonzero(length >= longest * (1 - 1e-6))
    angles = np.degrees(np.arctan2(np.abs(down.flat[tied]), np.abs(across.flat[tied])))
    chosen = tied[int(angles.argmin())]
    normal = np.array([-down.flat[chosen], across.flat[chosen]]) / longest
    return longest, float(np.ptp(hull @ normal)), float(angles.min())
