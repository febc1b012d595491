"""Painting on a mask: the brush's stroke and the polygon, exact to the pixel."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, hypot, inf, isfinite

import numpy as np
import numpy.typing as npt

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks.windows import Canvas, enclosing, size_of
from busi_gui.domain.scan import Box
from models.analysis import Mask

Reals = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_TIE_PX = 1e-9
"""A middle exactly as far off as the radius is within it, whatever the last digit says."""
_SMALLEST_STEP_PX = 1e-6
"""Below this a stroke has no direction: it is a dab."""


def stroke(canvas: Canvas, start: Point, end: Point, radius: float, value: bool, aspect: float = 1.0) -> Box | None:
    """Paint with a round brush that is drawn from one point to another, in place.

    Every pixel is painted whose middle the brush passes over. The pixels under both ends always are, and a brush less than a pixel across in some
    direction paints every pixel that its centre passes through: strokes end to end have no gap, however thin.

    Parameters
    ----------
    canvas
        bool, or uint8 of 0 and 1, (rows, columns), writeable.
    start, end
        In scan pixels; may lie outside the scan.
    radius
        Across the columns, in scan pixels, positive.
    value
        Whether to paint or to erase.
    aspect
        How much taller than wide a pixel is shown: the brush is round there, and ``radius / aspect`` high in pixels.

    Returns
    -------
    Box or None
        The window that was painted, whether or not its pixels had that value before; None where nothing of the stroke lies on the scan.

    Raises
    ------
    ValueError
        The radius or the aspect is not positive.
    """
    if not (0 < radius < inf and 0 < aspect < inf):
        raise ValueError(f"no brush: radius {radius}, aspect {aspect}")
    shape = size_of(canvas)
    painted = _paint_swept(canvas, start, end, radius, value, aspect)
    smallest = min(radius, radius / aspect)
    if smallest < 0.5:
        painted = enclosing(painted, _paint_pixels(canvas, *pixels_between(start, end, shape), value))
    elif smallest < 0.75:
        # From there on, the middle of the pixel under the brush's centre is within the brush.
        for point in (start, end):
            painted = enclosing(painted, _paint_pixels(canvas, *pixels_between(point, point, shape), value))
    return painted


def swept_window(start: Point, end: Point, radius: float, aspect: float, shape: tuple[int, int]) -> Box | None:
    """Return a window that holds all that a stroke can paint; None where that is nothing."""
    across, down = radius + 1, radius / aspect + 1
    top, bottom = _clipped(min(start.y, end.y) - down, shape[0]), _clipped(max(start.y, end.y) + down, shape[0])
    left, right = _clipped(min(start.x, end.x) - across, shape[1]), _clipped(max(start.x, end.x) + across, shape[1])
    return Box(top, left, bottom, right) if top < bottom and left < right else None


def pixels_between(start: Point, end: Point, shape: tuple[int, int]) -> tuple[Places, Places]:
    """Return rows and columns of every pixel on the scan that a straight line passes through, in its order.

    The line is four-connected: where it passes through a corner, one of the two pixels beside it is taken in. A point on the scan's far edge lies
    on the last pixel.
    """
    first, last = _part_on_scan(start, end, shape)
    if first > last:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    step_x, step_y = end.x - start.x, end.y - start.y
    crossings = [*_crossings(start.x, step_x, first, last), *_crossings(start.y, step_y, first, last)]
    times = np.sort(np.array([first, *crossings, last]))
    # Between two crossings the line is in one pixel; at its ends it is in the pixel under them.
    middles = np.concatenate([[first], (times[:-1] + times[1:]) / 2, [last]])
    rows = _under(start.y + middles * step_y, shape[0])
    columns = _under(start.x + middles * step_x, shape[1])
    return _without_diagonal_steps(rows, columns)


def polygon(points: Sequence[Point], shape: tuple[int, int]) -> Mask:
    """Return the mask of a polygon.

    A pixel is in it if its middle is, by the even-odd rule: what an outline that crosses itself encloses twice is outside. Polygons that share an
    edge share no pixel, and leave none out between them.

    Parameters
    ----------
    points
        Its corners in scan pixels, in order; may lie outside the scan. Fewer than three make an empty mask.
    shape
        Rows and columns of the scan.
    """
    mask = np.zeros(shape, np.bool_)
    if len(points) < 3:
        return mask
    corners = np.array([(point.x, point.y) for point in points], np.float64)
    rows, columns = _edge_crossings(corners, shape)
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    for row, left, right in zip(rows[::2].tolist(), columns[::2].tolist(), columns[1::2].tolist(), strict=True):
        mask[row, left:right] = True
    return mask


def _paint_swept(canvas: Canvas, start: Point, end: Point, radius: float, value: bool, aspect: float) -> Box | None:
    """Paint every pixel whose middle is within the radius of the line: it is convex, so of every row a run."""
    window = swept_window(start, end, radius, aspect, size_of(canvas))
    if window is None:
        return None
    low, high = _reach(np.arange(window.top + 0.5, window.bottom), start, end, radius + _TIE_PX, aspect)
    first = np.ceil(np.clip(low - 0.5, 0, canvas.shape[1]))
    past = np.floor(np.clip(high - 0.5, -1, canvas.shape[1] - 1)) + 1
    hit = np.flatnonzero(first < past)
    if not hit.size:
        return None
    lefts, rights = first[hit].astype(np.intp), past[hit].astype(np.intp)
    for row, left, right in zip((hit + window.top).tolist(), lefts.tolist(), rights.tolist(), strict=True):
        canvas[row, left:right] = value
    return Box(window.top + int(hit[0]), int(lefts.min()), window.top + int(hit[-1]) + 1, int(rights.max()))


def _reach(y: Reals, start: Point, end: Point, radius: float, aspect: float) -> tuple[Reals, Reals]:
    """Return from where to where, in x, the brush passes over each level y; from infinity to minus infinity where it does not.

    All is in units of a pixel's width, in which the brush is round: a disc about either end, and a rectangle from one to the other.
    """
    levels = y * aspect
    ends = [(point.x, point.y * aspect) for point in (start, end)]
    low, high = np.full_like(levels, inf), np.full_like(levels, -inf)
    for x, level in ends:
        squared = radius**2 - (levels - level) ** 2
        half = np.where(squared >= 0, np.sqrt(np.maximum(squared, 0)), -inf)
        low, high = np.minimum(low, x - half), np.maximum(high, x + half)
    across, down = ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]
    length = hypot(across, down)
    if length > _SMALLEST_STEP_PX:
        along_x, along_y = across / length, down / length
        below = levels - ends[0][1]
        one = _where_between(along_x, below * along_y, 0.0, length)
        other = _where_between(-along_y, below * along_x, -radius, radius)
        left, right = np.maximum(one[0], other[0]), np.minimum(one[1], other[1])
        is_crossed = left <= right
        low = np.where(is_crossed, np.minimum(low, left + ends[0][0]), low)
        high = np.where(is_crossed, np.maximum(high, right + ends[0][0]), high)
    return low, high


def _where_between(slope: float, offset: Reals, low: float, high: float) -> tuple[Reals, Reals]:
    """Return from where to where ``slope * x + offset`` lies between two values."""
    if abs(slope) < 1e-12:
        inside = (low <= offset) & (offset <= high)
        return np.where(inside, -inf, inf), np.where(inside, inf, -inf)
    one, other = (low - offset) / slope, (high - offset) / slope
    return np.minimum(one, other), np.maximum(one, other)


def _paint_pixels(canvas: Canvas, rows: Places, columns: Places, value: bool) -> Box | None:
    if not rows.size:
        return None
    canvas[rows, columns] = value
    return Box(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)


def _part_on_scan(start: Point, end: Point, shape: tuple[int, int]) -> tuple[float, float]:
    """Return from where to where a line lies on the scan, 0 at its start and 1 at its end; the first exceeds the last where it does not."""
    first, last = 0.0, 1.0
    for place, step, size in ((start.x, end.x - start.x, shape[1]), (start.y, end.y - start.y, shape[0])):
        ways = (-place / step, (size - place) / step) if abs(step) > 1e-300 else ()
        if ways and all(isfinite(way) for way in ways):
            first, last = max(first, min(ways)), min(last, max(ways))
        elif not 0 <= place <= size:
            return 1.0, 0.0
    return first, last


def _crossings(place: float, step: float, first: float, last: float) -> list[float]:
    """Return where, between two times, a coordinate is a whole number."""
    if step == 0:
        return []
    low, high = sorted((place + first * step, place + last * step))
    times = (np.arange(ceil(low), floor(high) + 1) - place) / step
    return [float(time) for time in times if first < time < last]


def _under(places: Reals, size: int) -> Places:
    return np.clip(np.floor(places), 0, size - 1).astype(np.intp)


def _without_diagonal_steps(rows: Places, columns: Places) -> tuple[Places, Places]:
    is_diagonal = np.flatnonzero((np.diff(rows) != 0) & (np.diff(columns) != 0))
    return np.insert(rows, is_diagonal + 1, rows[is_diagonal]), np.insert(columns, is_diagonal + 1, columns[is_diagonal + 1])


def _clipped(place: float, size: int) -> int:
    return int(min(max(floor(place), 0), size)) if isfinite(place) else (size if place > 0 else 0)


def _edge_crossings(corners: Reals, shape: tuple[int, int]) -> tuple[Places, Places]:
    """Return row and first column past it of every place where an edge passes the middles of a row, the former in the scan, the latter cut to it."""
    ahead = np.roll(corners, -1, axis=0)
    # From top to bottom, whichever way round: two polygons then agree to the last digit where their common edge lies.
    is_falling = corners[:, 1] <= ahead[:, 1]
    upper, lower = np.where(is_falling[:, None], corners, ahead), np.where(is_falling[:, None], ahead, corners)
    first = np.clip(np.ceil(upper[:, 1] - 0.5), 0, shape[0]).astype(np.intp)
    past = np.clip(np.ceil(lower[:, 1] - 0.5), 0, shape[0]).astype(np.intp)
    count = np.maximum(past - first, 0)
    edge = np.repeat(np.arange(len(corners)), count)
    rows = np.arange(edge.size) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    share = (rows + 0.5 - upper[edge, 1]) / (lower[edge, 1] - upper[edge, 1])
    x = upper[edge, 0] + share * (lower[edge, 0] - upper[edge, 0])
    return rows, np.clip(np.ceil(x - 0.5), 0, shape[1]).astype(np.intp)
