"""Parts of a map on a coarse grid that reach a level, outlined at a scan's own resolution."""

from __future__ import annotations

from math import gcd

import cv2
import numpy as np

from busi_gui.domain.scan import Box, Pixels
from models.analysis import FloatMap, Mask

Map = FloatMap | Pixels


def parts_at(values: Map, level: float, seeds: Mask) -> Mask:
    """Return the parts of a map (height, width), that reach a level and touch the seeds, bool (height, width); corners join."""
    _, labels = cv2.connectedComponents((values >= level).astype(np.uint8), connectivity=8)
    labels = labels.reshape(values.shape)
    wanted = np.zeros(int(labels.max()) + 1, np.bool_)
    wanted[labels[seeds]] = True
    wanted[0] = False
    return np.asarray(wanted[labels], np.bool_)


def outlined(values: Map, level: float, parts: Mask, shape: tuple[int, int], field: Box, seed: tuple[int, int] | None = None) -> Mask:
    """Return where some parts of a map lie on a scan: their outline follows the interpolated level, their holes are filled.

    Whatever a lower level adds to the parts, the mask only grows: it is the interpolated map without what is no neighbour of the parts, cut at the
    level, and filled.

    Parameters
    ----------
    values
        uint8 or float32 (height, width) over the field.
    parts
        What of the map reaches the level and is wanted, see `parts_at`; bool (height, width).
    shape
        Rows and columns of the scan.
    field
        The part of the scan that the map covers.
    seed
        Row and column of the scan: only what encloses this pixel is returned.

    Returns
    -------
    Mask
        bool ``shape``, writeable.
    """
    mask = np.zeros(shape, np.uint8)
    if parts.any():
        large, rows, columns = enlarged(values, parts, field.shape)
        reached = (large >= level).view(np.uint8)
        top, left = field.top + rows.start, field.left + columns.start
        contours, _ = cv2.findContours(reached, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=(left, top))
        if seed is not None:
            contours = [contour for contour in contours if cv2.pointPolygonTest(contour, (float(seed[1]), float(seed[0])), False) >= 0]
        cv2.drawContours(mask, contours, -1, 1, cv2.FILLED)
    return mask.view(np.bool_)


def enlarged(values: Map, parts: Mask, shape: tuple[int, int]) -> tuple[Map, slice, slice]:
    """Return some parts of a map at a scan's resolution, and which rows and columns of it that is.

    Parameters
    ----------
    values
        uint8 or float32 (height, width).
    parts
        What is wanted of it, at least one pixel, bool (height, width); what is no neighbour of it counts as the map's lowest value.
    shape
        Rows and columns that the whole map would have.

    Returns
    -------
    large, rows, columns
        Like the map, (rows, columns): exactly what enlarging the whole map, bilinearly, gives there.
    """
    near = cv2.dilate(parts.astype(np.uint8), np.ones((3, 3), np.uint8)).reshape(values.shape) > 0
    (tall, rows), (wide, columns) = (_span(near.any(axis=1 - axis), shape[axis]) for axis in (0, 1))
    alone = np.where(near[tall, wide], values[tall, wide], values.min())
    size = columns.stop - columns.start, rows.stop - rows.start
    return cv2.resize(alone, size, interpolation=cv2.INTER_LINEAR).reshape(size[::-1]), rows, columns


def _span(occupied: Mask, size: int) -> tuple[slice, slice]:
    """Return the part of the grid's side that is occupied, with one pixel to spare, and the pixels of the scan's side that it covers.

    Both begin and end where a pixel of the one does and one of the other: cut elsewhere, the part would be enlarged a little shifted.
    """
    places = np.flatnonzero(occupied)
    step = occupied.size // gcd(occupied.size, size)
    first = max(0, int(places[0]) - 1) // step * step
    last = min(occupied.size, -(-(int(places[-1]) + 2) // step) * step)
    return slice(first, last), slice(first * size // occupied.size, last * size // occupied.size)
