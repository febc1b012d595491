"""Smart scissors: a path from the last anchor to the pointer that keeps to the edges between them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.callipers import Point, kept_inside
from busi_gui.domain.scan import Pixels
from models.analysis import FloatMap

Places = npt.NDArray[np.float64]

_GRID_SIZE = 400
"""Longer side of what the path is sought on, in pixels; a larger scan is scaled down. The search takes time with the square of it."""

_BLUR = 0.008
"""Standard deviation that takes the speckle away before edges are looked for, as a share of the longer side."""

_FULL_EDGE = 3500.0
"""Grey levels per longer side from which an edge counts fully: 12 per pixel of a scan of 288."""

_WEIGHTS = (0.0, 0.45, 0.55)
"""What Canny's edges, the direction and the strength of an edge count. Canny sees edges in speckle: on real scans it is better left out."""

_ROUNDING = 0.014
"""Standard deviation by which a path is smoothed along itself, as a share of the longer side."""

_FAINTEST = 0.5
"""Grey levels per pixel beneath which there is no edge to keep to."""


@dataclass(frozen=True, eq=False)
class _Edges:
    """The edges of a scan on a grid no larger than is worth searching.

    Attributes
    ----------
    scale
        Pixels of the grid per pixel of the scan, down and across.
    strength
        Gradient of the smoothed scan in grey levels per pixel of the grid, float32 (rows, columns).
    direction
        Its direction, float32 (rows, columns, 2), x and y; zero where it has none.
    """

    scale: tuple[float, float]
    strength: FloatMap
    direction: FloatMap

    @classmethod
    def of(cls, pixels: Pixels) -> _Edges:
        rows, columns = pixels.shape
        shrunk = min(1.0, _GRID_SIZE / max(rows, columns))
        height, width = max(1, round(rows * shrunk)), max(1, round(columns * shrunk))
        small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        small = cv2.GaussianBlur(small, (0, 0), max(0.8, _BLUR * max(height, width)), borderType=cv2.BORDER_REPLICATE)
        across, down = (
            cv2.Sobel(small, cv2.CV_32F, *order, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE).reshape(height, width)
            for order in ((1, 0), (0, 1))
        )
        strength = np.hypot(across, down)
        unit = np.maximum(strength, 1e-6)
        return cls((height / rows, width / columns), strength, np.dstack([across / unit, down / unit]))

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.strength.shape
        return rows, columns

    @property
    def cost(self) -> FloatMap:
        """What a step onto a pixel costs, in [0, 1]: 0 on a full edge."""
        return np.asarray(1 - np.minimum(self.strength * (max(self.shape) / _FULL_EDGE), 1), np.float32)

    def pixel_of(self, point: Point) -> tuple[int, int]:
        """Return column and row of the grid's pixel that a point of the scan lies on."""
        rows, columns = self.shape
        return min(max(int(point.x * self.scale[1]), 0), columns - 1), min(max(int(point.y * self.scale[0]), 0), rows - 1)

    def mean_strength(self, places: Places) -> float:
        """Return how strong the edges are along a path of the grid, float (points, 2), x and y, on average."""
        rows, columns = self.shape
        x, y = (np.clip(places[:, axis].astype(np.intp), 0, size - 1) for axis, size in ((0, columns), (1, rows)))
        return float(self.strength[y, x].mean())


class Scissors:
    """Paths along the edges of one scan, from an anchor to wherever the pointer is.

    Edges are those of the scan without its speckle, on a grid of at most 400 px, so that a scan of any size answers at once. The path is the cheapest
    one of Mortensen and Barrett's intelligent scissors (SIGGRAPH 1995; OpenCV's ``IntelligentScissorsMB``), smoothed along itself. Where there
    is no edge to keep to it is the straight line. The scan is prepared when the first anchor is set.

    Parameters
    ----------
    pixels
        uint8 (rows, columns); never written to.

    Raises
    ------
    ValueError
        The pixels are not uint8 (rows, columns) with at least one pixel.
    """

    def __init__(self, pixels: Pixels) -> None:
        if pixels.dtype != np.uint8 or pixels.ndim != 2 or pixels.size == 0:
            raise ValueError(f"a scan is uint8 (rows, columns), not {pixels.dtype} {pixels.shape}")
        self._pixels = pixels
        self._prepared: _Edges | None = None
        self._search: cv2.segmentation.IntelligentScissorsMB | None = None
        self._anchor: Point | None = None

    @property
    def anchor(self) -> Point | None:
        """The last fixed point, None before there is one."""
        return self._anchor

    def snapped(self, point: Point, reach_px: float) -> Point:
        """Return the place of the strongest edge within a reach, in scan pixels, the nearer the better; the point itself where there is none."""
        edges = self._edges()
        rows, columns = edges.shape
        y, x = np.ogrid[:rows, :columns]
        away = np.hypot((x + 0.5) / edges.scale[1] - point.x, (y + 0.5) / edges.scale[0] - point.y)
        worth = np.where((away <= reach_px) & (edges.strength >= _FAINTEST), edges.strength * (1 - 0.5 * away / max(reach_px, 1e-6)), 0)
        if not worth.any():
            return self._inside(point)
        row, column = np.unravel_index(int(worth.argmax()), worth.shape)
        return Point((column + 0.5) / edges.scale[1], (row + 0.5) / edges.scale[0])

    def anchored(self, point: Point, snap_px: float = 0.0) -> Point:
        """Fix a point, from which `path_to` leads on; a point outside the scan is moved to its border.

        Parameters
        ----------
        snap_px
            How far, in scan pixels, it may jump to the strongest edge; 0 leaves it where it is.

        Returns
        -------
        Point
            Where it is fixed.
        """
        place = self.snapped(point, snap_px) if snap_px > 0 else self._inside(point)
        edges = self._edges()
        if self._search is None:
            self._search = cv2.segmentation.IntelligentScissorsMB()
            self._search.setWeights(*_WEIGHTS)
            self._search.applyImageFeatures(np.ones(edges.shape, np.uint8), edges.direction, edges.cost)
        self._search.buildMap(edges.pixel_of(place))
        self._anchor = place
        return place

    def path_to(self, point: Point) -> list[Point]:
        """Return the path from the anchor to a point: both ends exactly, and what lies between, at most a pixel of the grid apart.

        Raises
        ------
        ValueError
            No anchor is set.
        """
        if self._anchor is None or self._search is None:
            raise ValueError("a path needs an anchor to start from")
        start, end = self._anchor, self._inside(point)
        edges = self._edges()
        scale = np.array(edges.scale[::-1])
        first, last = (np.array([place.x, place.y]) * scale for place in (start, end))
        straight = np.linspace(first, last, 2 + int(np.abs(last - first).max()))
        found = self._search.getContour(edges.pixel_of(end)).reshape(-1, 2) + 0.5
        path = _rounded(np.concatenate([first[np.newaxis], found[1:-1], last[np.newaxis]]), _ROUNDING * max(edges.shape))
        if edges.mean_strength(path) <= max(_FAINTEST, edges.mean_strength(straight)):
            return [start, end]
        inner = path[1:-1] / scale
        return [start, *(self._inside(Point(float(x), float(y))) for x, y in inner), end]

    def _edges(self) -> _Edges:
        if self._prepared is None:
            self._prepared = _Edges.of(self._pixels)
        return self._prepared

    def _inside(self, point: Point) -> Point:
        rows, columns = self._pixels.shape
        return kept_inside(point, (rows, columns))


def _rounded(path: Places, sigma: float) -> Places:
    """Return a path smoothed along itself, float (points, 2); its ends stay where they are, for it is reflected at them."""
    reach = min(int(3 * sigma), len(path) - 2)
    if reach < 1:
        return path
    weights = cv2.getGaussianKernel(2 * reach + 1, max(min(sigma, reach / 2), 0.3))[:, 0]
    longer = np.pad(path, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return np.column_stack([np.convolve(longer[:, axis], weights, "valid") for axis in (0, 1)])
