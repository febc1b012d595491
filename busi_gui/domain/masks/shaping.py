"""One step that tidies a mask or moves its outline: holes filled, teeth smoothed, crumbs dropped, grown or shrunk."""

from __future__ import annotations

from math import ceil, floor, hypot, isfinite, sqrt

import cv2
import numpy as np

from busi_gui.domain.masks.windows import cut_out, enlarged, put_in, size_of, window_of
from busi_gui.domain.scan import Spacing
from models.analysis import FloatMap, Mask

_TIE = 1e-9
"""A distance as long as asked for is not longer, whatever the last digit says; a share of it."""
_FINE_PX = 8.0
"""A Gaussian of this standard deviation is smooth from pixel to pixel: nothing finer is needed of a wider one."""
_MOST_REPAIRS = 4
"""Bridges are put back so often: what makes up for their area may break another."""


def fill_holes(mask: Mask) -> Mask:
    """Return a mask without holes: parts of the background that do not reach the outside, not even through a corner or over the scan's border."""
    box = window_of(mask)
    if box is None:
        return mask.copy()
    framed = cut_out(mask, box).view(np.uint8)
    cv2.floodFill(framed, None, (0, 0), 2, flags=4)
    return put_in(framed[1:-1, 1:-1] != 2, box, size_of(mask))


def keep_largest(mask: Mask) -> Mask:
    """Return only the largest part of a mask, of equal ones the topmost; parts that touch at a corner are one."""
    box = window_of(mask)
    if box is None:
        return mask.copy()
    return put_in(_largest(mask[box.slices], 1), box, size_of(mask))


def smooth(mask: Mask, radius_px: float) -> Mask:
    """Return a mask without teeth and bays that are narrower than about the radius.

    The mask is blurred (Gaussian, with the radius as standard deviation) and cut where the area stays what it was. No pixel changes that is farther
    than the radius from the outline; on the scan's border, which is no outline, nothing is rounded off. No part falls apart: a bridge that would
    break is left as it was. A part smaller than the radius may vanish beside a larger one, the last never does.

    Parameters
    ----------
    radius_px
        In pixels; nothing is done below half a pixel.
    """
    box = window_of(mask)
    if box is None or not radius_px >= 0.5:
        return mask.copy()
    shape = size_of(mask)
    reach = ceil(3 * radius_px) + 1
    box = enlarged(box, reach, reach, shape)
    before = np.ascontiguousarray(mask[box.slices])
    kept, outer = grown(before, -radius_px), grown(before, radius_px)
    blurred = _blurred(before, radius_px)
    after = _of_same_area(before, kept, outer, blurred)
    for _ in range(_MOST_REPAIRS):
        bridges = _broken_bridges(before, after)
        if bridges is None:
            break
        kept |= bridges
        after = _of_same_area(before, kept, outer, blurred)
    count = cv2.connectedComponents(before.view(np.uint8), connectivity=8)[0] - 1
    return put_in(_largest(after, count), box, shape)


def grown(mask: Mask, by: float, spacing: Spacing | None = None) -> Mask:
    """Return a mask grown by a distance on all sides, or shrunk by it where it is negative.

    Every pixel is added whose middle is within the distance of the middle of a pixel of the mask, in millimetres where there is a spacing; shrinking
    takes away what is as near to the background. Exact whatever the spacing. Beyond the scan's border nothing is known: growing ends there, and
    shrinking does not begin there.

    Parameters
    ----------
    by
        In millimetres with a spacing, else in pixels.

    Raises
    ------
    ValueError
        The distance is no finite number.
    """
    if not isfinite(by):
        raise ValueError(f"a mask cannot be grown by {by}")
    box = window_of(mask)
    if box is None or by == 0:
        return mask.copy()
    shape = size_of(mask)
    row, column = (spacing.row_mm, spacing.column_mm) if spacing is not None else (1.0, 1.0)
    distance = min(abs(by), hypot(shape[0] * row, shape[1] * column)) * (1 + _TIE)
    reach = (distance / row, distance / column)
    if by > 0:
        box = enlarged(box, ceil(reach[0]), ceil(reach[1]), shape)
        return put_in(_within_reach(mask[box.slices], reach), box, shape)
    box = enlarged(box, 1, 1, shape)
    return put_in(~_within_reach(~mask[box.slices], reach), box, shape)


def _blurred(mask: Mask, sigma_px: float) -> FloatMap:
    """Return a mask under a Gaussian, float32 (rows, columns) in [0, 1]; a wide one is laid over a smaller copy."""
    rows, columns = mask.shape
    factor = max(int(sigma_px // _FINE_PX), 1)
    size = max(columns // factor, 1), max(rows // factor, 1)
    small = mask.astype(np.float32) if factor == 1 else cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    sigmas = sigma_px * size[0] / columns, sigma_px * size[1] / rows
    blurred = cv2.GaussianBlur(small, (0, 0), sigmas[0], sigmaY=sigmas[1], borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred if factor == 1 else cv2.resize(blurred, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)


def _within_reach(mask: Mask, reach: tuple[float, float]) -> Mask:
    """Return what lies within an ellipse around any pixel: half as high and wide as ``reach`` says, in pixels.

    Only pixels on the edge can be the nearest to one outside. Each adds a run to every row in its reach; a row's runs are added up as where they
    begin and end.
    """
    rows, columns = mask.shape
    edge_rows, edge_columns = np.nonzero(_edge_of(mask))
    high, wide = min(floor(reach[0]), rows), min(floor(reach[1]), columns)
    ends = np.zeros((rows, columns + 2 * wide + 1), np.int32)
    for step in range(-high, high + 1):
        half = min(floor(reach[1] * sqrt(1 - (step / reach[0]) ** 2)), wide)
        is_inside = (edge_rows + step >= 0) & (edge_rows + step < rows)
        at, middle = edge_rows[is_inside] + step, edge_columns[is_inside] + wide
        # Of one step, no two runs begin in one place, nor end there: plain indexing counts them all.
        ends[at, middle - half] += 1
        ends[at, middle + half + 1] -= 1
    np.cumsum(ends, axis=1, out=ends)
    return mask | (ends[:, wide : wide + columns] > 0)


def _edge_of(mask: Mask) -> Mask:
    """Return the pixels that have one of the background above, below, left or right."""
    inside = np.zeros_like(mask)
    inside[:, :] = mask
    inside[1:] &= mask[:-1]
    inside[:-1] &= mask[1:]
    inside[:, 1:] &= mask[:, :-1]
    inside[:, :-1] &= mask[:, 1:]
    return mask & ~inside


def _largest(mask: Mask, count: int) -> Mask:
    """Return the largest parts of a mask, so many."""
    number, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask).view(np.uint8), connectivity=8)
    if number - 1 <= count:
        return mask.copy()
    order = np.argsort(-stats[1:, cv2.CC_STAT_AREA].astype(np.int64), kind="stable") + 1
    is_kept = np.zeros(number, np.bool_)
    is_kept[order[:count]] = True
    return np.asarray(is_kept[labels])


def _of_same_area(before: Mask, kept: Mask, outer: Mask, blurred: FloatMap) -> Mask:
    """Return what must be kept and, of the rest of what may be had, where a blurred mask is highest: as much as makes up the area from before."""
    wanted = int(np.count_nonzero(before)) - int(np.count_nonzero(kept))
    if wanted <= 0:
        return kept.copy()
    band = outer & ~kept
    levels = blurred[band]
    level = np.partition(levels, levels.size - wanted)[levels.size - wanted]
    return np.asarray(kept | (band & (blurred >= level)))


def _broken_bridges(before: Mask, after: Mask) -> Mask | None:
    """Return what a mask has lost that held parts of it together; None where it has no more parts than before."""
    count = cv2.connectedComponents(before.view(np.uint8), connectivity=8)[0]
    number, pieces = cv2.connectedComponents(after.view(np.uint8), connectivity=8)
    if number <= count:
        return None
    lost_number, lost = cv2.connectedComponents((before & ~after).view(np.uint8), connectivity=8)
    touches = np.zeros((lost_number, number), np.bool_)
    rows, columns = after.shape
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            here = lost[max(-down, 0) : rows - max(down, 0), max(-right, 0) : columns - max(right, 0)]
            there = pieces[max(down, 0) : rows + min(down, 0), max(right, 0) : columns + min(right, 0)]
            touches[here, there] = True
    is_bridge = np.count_nonzero(touches[:, 1:], axis=1) > 1
    is_bridge[0] = False
    return np.asarray(is_bridge[lost])
