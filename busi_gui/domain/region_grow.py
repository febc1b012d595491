"""A lesion from one click: the region around it that follows the grey levels and, where the network has one, its opinion."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.callipers import Point
from busi_gui.domain.level_sets import outlined, parts_at
from busi_gui.domain.scan import Box, Pixels
from models.analysis import FloatMap, Mask

DEFAULT_TOLERANCE = 0.5
"""The region that stands out best from what is around it; less is inside of it, more outside."""

_GRID_SIZE = 256
"""Longer side of the grid on which a region grows, in pixels: the networks', for nothing finer than speckle is lost. Lengths here are its pixels."""

_BLUR_PX = 2.0
"""Standard deviation that takes the speckle away, after a median of 5 px."""
_STEP, _PER_EDGE, _PER_GREY = 2.0, 2.0, 0.1
"""What a pixel costs by itself, per grey level of gradient, and per grey level that it is brighter than the seed."""
_PER_PROBABILITY_EDGE = 800.0
_GREY_IN_LESION = 0.1
"""Where the network is sure of a lesion the greys count only so much: it sees through echoes and shadows in it."""
_SWEEPS = 4
_ROUNDING_PX = 1.5
_RING_PX = 4
"""How far inside and outside of a region it is looked whether it stands out."""
_PROBABILITY_IN_GREYS = 80.0
"""A step from 1 to 0 in lesion probability stands out as much as one of so many grey levels."""
_LEVELS = 48
_SMALLEST_PX, _LARGEST_SHARE = 30, 0.6
"""A region that stands out is not smaller or larger than this."""


@dataclass(frozen=True, eq=False)
class _Ground:
    """What a region grows on.

    Attributes
    ----------
    field
        The part of the scan that it covers.
    grey
        The scan without its speckle, float32 (height, width).
    edge
        Gradient of the grey levels per pixel, float32 (height, width).
    probability
        Lesion probability, float32 (height, width); None where nobody knows.
    """

    field: Box
    grey: FloatMap
    edge: FloatMap
    probability: FloatMap | None

    @classmethod
    def of(cls, pixels: Pixels, field: Box, probability: FloatMap | None) -> _Ground:
        rows, columns = field.shape
        shrunk = min(1.0, _GRID_SIZE / max(rows, columns))
        size = max(1, round(columns * shrunk)), max(1, round(rows * shrunk))
        small = cv2.medianBlur(cv2.resize(pixels[field.slices], size, interpolation=cv2.INTER_AREA), 5)
        grey = _blurred(small.astype(np.float32).reshape(size[::-1]), _BLUR_PX)
        if probability is not None:
            probability = cv2.resize(probability, size, interpolation=cv2.INTER_LINEAR).reshape(size[::-1])
        return cls(field, grey, _gradient(grey), probability)

    def pixel_of(self, seed: tuple[int, int]) -> tuple[float, float]:
        """Return where the middle of a pixel of the scan lies on the grid, counted from the middle of its first pixel; inside the grid."""
        places = (
            (place - first + 0.5) * size / extent - 0.5
            for place, first, size, extent in zip(seed, (self.field.top, self.field.left), self.grey.shape, self.field.shape, strict=True)
        )
        row, column = (min(max(place, 0.0), size - 1.0) for place, size in zip(places, self.grey.shape, strict=True))
        return row, column

    def cost_from(self, seed: tuple[int, int]) -> FloatMap:
        """Return what a pixel costs a region that grows from a pixel of the grid, float32 (height, width), positive."""
        row, column = seed
        around = self.grey[max(0, row - 6) : row + 7, max(0, column - 6) : column + 7].mean()
        cost = _STEP + _PER_EDGE * self.edge + _PER_GREY * np.maximum(self.grey - around, 0)
        if self.probability is not None:
            cost *= _GREY_IN_LESION + 1 - self.probability
            cost += _PER_PROBABILITY_EDGE * _gradient(_blurred(self.probability, 1.0))
        return np.asarray(cost, np.float32)


@dataclass(frozen=True, eq=False)
class _Reach:
    """How far every pixel is from a seed, float32 (height, width), negative so that more is nearer; and the one distance that stands out."""

    ground: _Ground
    seed: tuple[int, int]
    nearness: FloatMap

    @classmethod
    def of(cls, ground: _Ground, seed: tuple[int, int]) -> _Reach:
        row, column = ground.pixel_of(seed)
        distance = _geodesic(ground.cost_from((round(row), round(column))), (round(row), round(column)))
        nearness = -_blurred(distance, _ROUNDING_PX)
        # All four pixels that the seed lies between: then it is in every region, whatever the scale.
        nearness[int(row) : int(row) + 2, int(column) : int(column) + 2] = 0
        nearness.setflags(write=False)
        return cls(ground, seed, nearness)

    @cached_property
    def _by_distance(self) -> npt.NDArray[np.float32]:
        return np.sort(-self.nearness, axis=None)

    @cached_property
    def _seeds(self) -> Mask:
        return np.asarray(self.nearness >= 0, np.bool_)

    @cached_property
    def _best_size(self) -> int:
        """How many pixels lie within the distance at which the region stands out best."""
        ordered = self._by_distance
        sizes = np.geomspace(min(_SMALLEST_PX, ordered.size), max(1, _LARGEST_SHARE * ordered.size), _LEVELS).astype(np.intp)
        worth = [self._standing_out(ordered[size - 1]) for size in sizes]
        return int(sizes[int(np.argmax(worth))])

    def level_of(self, tolerance: float) -> float:
        """Return the distance for a tolerance: the region's radius grows in proportion up to the best, and beyond it gently at first."""
        ordered, best = self._by_distance, self._best_size
        if tolerance <= DEFAULT_TOLERANCE:
            size = best * (tolerance / DEFAULT_TOLERANCE) ** 2
        else:
            share = (tolerance - DEFAULT_TOLERANCE) / (1 - DEFAULT_TOLERANCE)
            size = (sqrt(best) + (sqrt(ordered.size) - sqrt(best)) * share**2) ** 2
        return float(ordered[min(max(round(size), 1), ordered.size) - 1])

    def region(self, distance: float) -> Mask:
        """Return what lies within a distance, bool (height, width), without filling holes."""
        return parts_at(self.nearness, -distance, self._seeds)

    def _standing_out(self, distance: float) -> float:
        """Return how much brighter, and less likely to be a lesion, it is around a region than along its inside."""
        inside = _filled(self.region(distance))
        ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _RING_PX + 1,) * 2)
        outer = cv2.dilate(inside, ring) - inside
        inner = inside - cv2.erode(inside, ring, borderType=cv2.BORDER_CONSTANT, borderValue=1)
        if not (outer.any() and inner.any()):
            return -np.inf
        grey = self.ground.grey
        worth = cv2.mean(grey, outer)[0] - cv2.mean(grey, inner)[0]
        if self.ground.probability is not None:
            worth += _PROBABILITY_IN_GREYS * (cv2.mean(self.ground.probability, inner)[0] - cv2.mean(self.ground.probability, outer)[0])
        return float(worth)


class RegionGrow:
    """Regions of one scan that grow from a click.

    Every pixel has a geodesic distance from the click: a way costs more across edges, through brighter tissue, and across the border of what
    the network takes for a lesion. It is found once per click, on a grid of at most 256 px; a tolerance then is a level of it. The level in the
    middle is the one at which the region stands out best from its surroundings.

    Parameters
    ----------
    pixels
        uint8 (rows, columns); never written to.
    probability
        Lesion probability on the network grid, float32 (height, width) in [0, 1], over the field; None where the networks have not answered.
    field
        The part of the scan that the networks look at; None: all of it. A click outside of it goes by the greys of the whole scan.

    Raises
    ------
    ValueError
        The pixels are not uint8 (rows, columns) with at least one pixel.
    """

    def __init__(self, pixels: Pixels, probability: FloatMap | None = None, field: Box | None = None) -> None:
        if pixels.dtype != np.uint8 or pixels.ndim != 2 or pixels.size == 0:
            raise ValueError(f"a scan is uint8 (rows, columns), not {pixels.dtype} {pixels.shape}")
        self._pixels = pixels
        self._probability = probability
        self._whole = Box(0, 0, *pixels.shape)
        self._field = field or self._whole
        self._grounds: dict[Box, _Ground] = {}
        self._last: _Reach | None = None

    def grown(self, seed: Point, tolerance: float = DEFAULT_TOLERANCE) -> Mask:
        """Return the region around a click.

        The first tolerance of a click takes longer than further ones.

        Parameters
        ----------
        seed
            On the scan; it is in the region whatever the tolerance.
        tolerance
            In [0, 1]; from less to more the region only grows, from next to nothing to all of the field.

        Returns
        -------
        Mask
            bool (rows, columns), in one piece, without holes, read-only.

        Raises
        ------
        ValueError
            The seed is not on the scan, or the tolerance not in [0, 1].
        """
        rows, columns = self._pixels.shape
        if not (0 <= seed.x <= columns and 0 <= seed.y <= rows):
            raise ValueError(f"no click on a scan of {rows} x {columns}: {seed}")
        if not 0 <= tolerance <= 1:
            raise ValueError(f"a tolerance is in [0, 1], not {tolerance}")
        pixel = min(int(seed.y), rows - 1), min(int(seed.x), columns - 1)
        if self._last is None or self._last.seed != pixel:
            self._last = _Reach.of(self._ground_at(pixel), pixel)
        reach = self._last
        distance = reach.level_of(tolerance)
        mask = outlined(reach.nearness, -distance, reach.region(distance), (rows, columns), reach.ground.field, pixel)
        mask.setflags(write=False)
        return mask

    def _ground_at(self, pixel: tuple[int, int]) -> _Ground:
        field, probability = self._field, self._probability
        if not field.holds(Box(*pixel, pixel[0] + 1, pixel[1] + 1)):
            field, probability = self._whole, None
        if field not in self._grounds:
            self._grounds[field] = _Ground.of(self._pixels, field, probability)
        return self._grounds[field]


def _blurred(values: FloatMap, sigma: float) -> FloatMap:
    return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32).reshape(values.shape)


def _filled(region: Mask) -> npt.NDArray[np.uint8]:
    """Return a region without its holes, uint8 (height, width) of 0 and 1."""
    contours, _ = cv2.findContours(region.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(region.shape, np.uint8)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    return filled


def _gradient(values: FloatMap) -> FloatMap:
    """Return how much a map changes per pixel, float32 of its shape."""
    across, down = (cv2.Sobel(values, cv2.CV_32F, *order, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE) for order in ((1, 0), (0, 1)))
    return np.asarray(np.hypot(across, down), np.float32).reshape(values.shape)


def _geodesic(cost: FloatMap, seed: tuple[int, int]) -> FloatMap:
    """Return what the cheapest way from a pixel to every other costs, float32 (height, width), by sweeps down and up.

    A few sweeps leave some ways a little too dear, never too cheap, and every pixel on a way is nearer than its end: what lies within a distance
    is in one piece after any number of them. (Raster scanning after Toivanen, Pattern Recognition Letters 17, 1996; along a row all columns at once.)
    """
    distance = np.full(cost.shape, np.inf, np.float32)
    distance[seed] = 0
    passed = np.cumsum(cost, axis=1)
    before = passed - cost
    slanted = np.float32(sqrt(2)) * cost
    last = len(cost) - 1
    for _ in range(_SWEEPS):
        for step, rows in ((1, range(last + 1)), (-1, range(last, -1, -1))):
            for row in rows:
                own = distance[row]
                if 0 <= row - step <= last:
                    above = distance[row - step]
                    np.minimum(own, above + cost[row], out=own)
                    np.minimum(own[1:], above[:-1] + slanted[row, 1:], out=own[1:])
                    np.minimum(own[:-1], above[1:] + slanted[row, :-1], out=own[:-1])
                rightward = np.minimum.accumulate(own - passed[row]) + passed[row]
                leftward = np.minimum.accumulate((own + before[row])[::-1])[::-1] - before[row]
                np.minimum(own, rightward, out=own)
                np.minimum(own, leftward, out=own)
    return distance
