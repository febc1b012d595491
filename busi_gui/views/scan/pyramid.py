"""Pyramid: a scan of any size, sampled for a screen in time that depends on the screen alone."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


class Pyramid:
    """A scan, uint8 (rows, columns), with halved copies of itself that are made when first looked at.

    A screen that shows four scan pixels in one would flicker with what lies between its samples; from the copy of a quarter of the size, each sample
    is the average that the eye expects, and a scan of 100 million pixels costs no more than one of 2 million.
    """

    def __init__(self, pixels: Pixels) -> None:
        self._levels = [pixels]

    @property
    def pixels(self) -> Pixels:
        """The scan itself."""
        return self._levels[0]

    def sampled(self, origin: tuple[float, float], step: tuple[float, float], size: tuple[int, int]) -> Pixels:
        """Return the scan as seen on a grid, uint8 (height, width).

        Parameters
        ----------
        origin
            x, y of the grid's outer corner, counted from the outer corner of the scan's first pixel.
        step
            Scan pixels per grid pixel, along x and y.
        size
            Width and height of the grid.
        """
        depth = max(0, int(np.floor(np.log2(max(min(step), 1e-9)) + 1e-6)))
        level, factor = self._level(depth)
        (left, top), (step_x, step_y) = ((value / factor for value in pair) for pair in (origin, step))
        first_x, last_x = _reach(left, step_x, size[0], level.shape[1])
        first_y, last_y = _reach(top, step_y, size[1], level.shape[0])
        # OpenCV counts from pixel centres, half a pixel inside both corners.
        affine = np.array([[step_x, 0, left - first_x + (step_x - 1) / 2], [0, step_y, top - first_y + (step_y - 1) / 2]])
        part = level[first_y:last_y, first_x:last_x]
        interpolation = cv2.INTER_CUBIC if max(step_x, step_y) < 1 else cv2.INTER_LINEAR
        flags = interpolation | cv2.WARP_INVERSE_MAP
        return _uint8(cv2.warpAffine(part, affine, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))

    def _level(self, depth: int) -> tuple[Pixels, int]:
        while len(self._levels) <= depth and min(self._levels[-1].shape) > 1:
            last = self._levels[-1]
            height, width = last.shape[0] // 2, last.shape[1] // 2
            # An odd last row or column is left out: whole blocks of four are averaged ten times as fast, and exactly.
            even = last[: 2 * height, : 2 * width]
            self._levels.append(_uint8(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)))
        depth = min(depth, len(self._levels) - 1)
        return self._levels[depth], 1 << depth


def _uint8(pixels: npt.NDArray[Any]) -> Pixels:
    # OpenCV keeps the type; only its annotations do not say so.
    kept: Pixels = pixels
    return kept


def _reach(start: float, step: float, count: int, length: int) -> tuple[int, int]:
    """Return the first pixel that the samples need, and one past the last, with a margin for interpolation."""
    first = min(max(int(np.floor(start)) - 2, 0), length - 1)
    last = max(min(int(np.ceil(start + step * count)) + 2, length), first + 1)
    return first, last
