"""Arrays to what is drawn: colours for maps, outlines for masks, grays for a window. Pure functions, no widgets."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from weakref import ref

import cv2
import numpy as np
import numpy.typing as npt

from models.analysis import FloatMap, Mask

Bytes = npt.NDArray[np.uint8]
Polygon = npt.NDArray[np.float64]
"""(points, 2): x, y, counted from the outer corner of the scan's first pixel. Closed: the last point joins the first."""

COLOUR_MAPS = ("inferno", "viridis", "cividis", "magma", "CET-L6")
"""Perceptually uniform, from dark to bright: as much more colour is as much more value, for colour-blind readers too."""

MAX_OUTLINE_PIXELS = 4_000_000
"""Larger boxes are outlined on a reduced mask: no screen shows more, and the window must not wait for it."""

_MAP_SIDE = 768
"""A map is smoothed up to about this many pixels before it is coloured: values are interpolated, not colours."""
_OPAQUE_FROM = 0.4
"""Value from which a map's colour is no longer faded: below, the scan shines through, down to nothing at 0."""


@cache
def colour_table(name: str) -> Bytes:
    """Return a colour map as uint8 (256, 4), RGBA; alpha rises from 0, so that where a map says nothing the scan stays as it is.

    Raises
    ------
    ValueError
        The name is not in ``COLOUR_MAPS``.
    """
    if name not in COLOUR_MAPS:
        raise ValueError(f"no colour map {name!r}, only {', '.join(COLOUR_MAPS)}")
    table = np.empty((256, 4), np.uint8)
    table[:, :3] = np.loadtxt(_colours_file(name), delimiter=",", comments=";") * 255 + 0.5
    table[:, 3] = np.clip(np.arange(256) / (255 * _OPAQUE_FROM), 0, 1) * 255
    table.setflags(write=False)
    return table


def _colours_file(name: str) -> Path:
    """Return pyqtgraph's table of a colour map: (256, 3) red, green, blue in [0, 1]. To load pyqtgraph for it would take a hundred times as long."""
    spec = find_spec("pyqtgraph")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("pyqtgraph is not there", name="pyqtgraph")
    return Path(spec.submodule_search_locations[0], "colors", "maps", f"{name}.csv")


def coloured(values: FloatMap, name: str, side: int = _MAP_SIDE) -> Bytes:
    """Return a map, float32 (height, width) in [0, 1], as a smooth picture of its extent, about ``side`` long: uint8 (rows, columns, 4), RGBA.

    The picture is read-only. The last few are kept: a panel that shows a case again, after every stroke, asks for the same ones. Nobody writes to a
    map once it is shown.
    """
    kept = next((rgba for known, colours, rgba in _coloured if known() is values and colours == (name, side)), None)
    if kept is not None:
        return kept
    height, width = values.shape
    # A map that says nothing is nowhere seen, however smooth.
    times = max(1, side // max(height, width)) if values.any() else 1
    smooth = cv2.resize(values, (width * times, height * times), interpolation=cv2.INTER_CUBIC) if times > 1 else values
    levels = np.clip(smooth * 255 + 0.5, 0, 255).astype(np.uint8)
    rgba: Bytes = colour_table(name)[levels]
    rgba.setflags(write=False)
    _coloured.append((ref(values), (name, side), rgba))
    return rgba


_coloured: deque[tuple[ref[FloatMap], tuple[str, int], Bytes]] = deque(maxlen=8)
"""Maps that were coloured last, with the name of their colours and the size of the picture."""


def gray_table(width: float, level: float) -> Bytes:
    """Return the grays that a window shows, uint8 (256,): black up to ``level - width / 2``, white from ``level + width / 2``."""
    grays = (np.arange(256) - (level - width / 2)) / width * 255
    table: Bytes = np.clip(grays + 0.5, 0, 255).astype(np.uint8)
    return table


def outline(mask: Mask, bbox: tuple[int, int, int, int] | None = None) -> list[Polygon]:
    """Return the borders between lesion and tissue, one polygon for each outer border and each hole.

    Borders run between pixels, never through them: a polygon joins the middles of the pixel sides that part lesion from tissue, which is the
    level 0.5 of the mask. A box of more than ``MAX_OUTLINE_PIXELS`` is outlined on a mask reduced by a whole number.

    Parameters
    ----------
    mask
        bool (rows, columns).
    bbox
        Top, left, bottom, right of the lesion, bottom and right one past it, where known: a giant mask is then not searched.
    """
    top, left, bottom, right = bbox if bbox is not None else _bbox(mask)
    if bottom <= top or right <= left:
        return []
    box = mask[top:bottom, left:right].view(np.uint8)
    # An odd step samples the very middle of each block: the outline is not shifted. An average of a giant mask would take ten times as long.
    factor = int(np.ceil(np.sqrt(box.size / MAX_OUTLINE_PIXELS))) | 1 if box.size > MAX_OUTLINE_PIXELS else 1
    reduced = np.ascontiguousarray(box[factor // 2 :: factor, factor // 2 :: factor])
    return [polygon * factor + (left, top) for polygon in _borders(reduced)]


def simplified(polygons: list[Polygon], tolerance: float) -> list[Polygon]:
    """Return polygons with fewer points, none of them farther than ``tolerance`` scan pixels from the old border."""
    return [cv2.approxPolyDP(polygon.astype(np.float32), tolerance, True)[:, 0, :].astype(np.float64) for polygon in polygons]


def _bbox(mask: Mask) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return 0, 0, 0, 0
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _borders(box: Bytes) -> Iterator[Polygon]:
    contours, _ = cv2.findContours(box, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        yield _without_straight(_sides_along(contour[:, 0, :]))


def _sides_along(pixels: npt.NDArray[np.int32]) -> Polygon:
    """Return the middles of the pixel sides that a border passes, from the pixels along it, (pixels, 2) as x, y.

    OpenCV goes from pixel to pixel around the tissue. Coming from one pixel it turns, in the order of `_AROUND`, to the first that belongs to the
    lesion: those that it turns past do not, so that every side turned past is one of the border. A mask of twice the size, whose border pixels would
    be the border itself, takes thirty times as long to follow.
    """
    back, ahead = _direction(np.roll(pixels, 1, axis=0) - pixels), _direction(np.roll(pixels, -1, axis=0) - pixels)
    if len(pixels) == 1:
        back = ahead = np.ones(1, np.intp)  # nothing but sides all around
    count = _SIDE_COUNT[back, ahead]
    pixel = np.repeat(np.arange(len(pixels)), count)
    place = np.arange(pixel.size) - np.repeat(np.cumsum(count) - count, count)
    sides: Polygon = pixels[pixel] + _SIDES[back[pixel], ahead[pixel], place]
    return sides


def _direction(steps: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    """Return the place in `_AROUND` of each step to a neighbour."""
    return _PLACE[steps[:, 1] + 1, steps[:, 0] + 1]


def _sides_turned_past() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
    count, sides = np.zeros((8, 8), np.intp), np.zeros((8, 8, 4, 2))
    for back in range(8):
        for ahead in range(8):
            past = [(back + turn) % 8 for turn in range(1, (ahead - back - 1) % 8 + 1)]
            found = [(0.5 + _AROUND[place][0] / 2, 0.5 + _AROUND[place][1] / 2) for place in past if place % 2 == 0]
            count[back, ahead] = len(found)
            sides[back, ahead, : len(found)] = np.reshape(found, (-1, 2))
    return count, sides


_AROUND = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
"""Steps to the eight neighbours of a pixel, as x, y; those to one that shares a side stand at even places."""
_PLACE = np.array([[3, 2, 1], [4, 0, 0], [5, 6, 7]], np.intp)
_SIDE_COUNT, _SIDES = _sides_turned_past()
"""How many sides are turned past, from the pixel that one comes from to the one that one goes to, and their middles in the pixel as x, y."""


def _without_straight(points: Polygon) -> Polygon:
    """Leave out the points that lie straight between their neighbours."""
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    return points[np.any(before != after, axis=1)]
