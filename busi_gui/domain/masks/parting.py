"""Masks apart and together: the parts of one, a lesion cut along a line, several joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks.painting import pixels_between, stroke
from busi_gui.domain.masks.windows import size_of, window_of
from busi_gui.domain.scan import Box
from models.analysis import FloatMap, Mask

Labels = npt.NDArray[np.int32]
Places = npt.NDArray[np.intp]
Reals = npt.NDArray[np.float64]

_AROUND = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]


def parts(mask: Mask) -> list[Mask]:
    """Return the parts of a mask that do not touch, not even at a corner; the largest first, of equal ones the topmost. Empty for an empty mask."""
    box = window_of(mask)
    if box is None:
        return []
    return _masks_of(_labelled(mask[box.slices]), box, size_of(mask))


def cut(mask: Mask, start: Point, end: Point) -> list[Mask]:
    """Return what a mask falls into when it is cut along a straight line; see `cut_along`."""
    return cut_along(mask, [start, end])


def cut_along(mask: Mask, points: Sequence[Point]) -> list[Mask]:
    """Return what a mask falls into when it is cut along a line.

    The cut runs between pixels: every pixel on the line goes to the side on which its middle lies. What did not touch what was cut goes with the
    nearest piece.

    Parameters
    ----------
    points
        The line's corners in scan pixels, in order; it ends where they end.

    Returns
    -------
    list of Mask
        The pieces, the largest first: they share no pixel and together are the mask. One where the line does not part it; none of an empty mask.
    """
    box = window_of(mask)
    if box is None:
        return []
    before = mask[box.slices]
    rows, columns, ways = _line_within(points, box, size_of(mask))
    is_cut = before[rows, columns]
    rows, columns, ways = rows[is_cut], columns[is_cut], ways[is_cut]
    rest = before.copy()
    rest[rows, columns] = False
    pieces = _labelled(rest)
    _share_out(pieces, rows, columns, ways)
    whole = _labelled(before)
    pieces = _with_strays(pieces, whole)
    return _masks_of(pieces, box, size_of(mask)) if pieces.max() > 1 else [mask.copy()]


def merged(masks: Sequence[Mask]) -> Mask:
    """Return all that lies in any of several masks of one size.

    Raises
    ------
    ValueError
        There is none, or they differ in size.
    """
    if not masks or len({mask.shape for mask in masks}) > 1:
        raise ValueError("only masks of one scan can be merged")
    whole = masks[0].copy()
    for mask in masks[1:]:
        box = window_of(mask)
        if box is not None:
            whole[box.slices] |= mask[box.slices]
    return whole


def bridged(mask: Mask, radius_px: float = 1.5) -> Mask:
    """Return a mask whose parts are joined into one, each to what is joined already by the shortest straight bridge, nearest first.

    Parameters
    ----------
    radius_px
        Half the width of a bridge, in pixels, positive.
    """
    box = window_of(mask)
    whole = mask.copy()
    if box is None:
        return whole
    inside = whole[box.slices]
    pieces = _labelled(inside)
    is_joined = pieces == 1
    for _ in range(int(pieces.max()) - 1):
        distance, nearest, places = _nearest(is_joined)
        distance[is_joined | (pieces == 0)] = np.inf
        row, column = _amid(distance <= distance.min() + 1e-3)
        there_row, there_column = places[nearest[row, column]]
        stroke(inside, Point(column + 0.5, row + 0.5), Point(there_column + 0.5, there_row + 0.5), radius_px, True)
        is_joined |= pieces == pieces[row, column]
    return whole


def _amid(mask: Mask) -> tuple[int, int]:
    """Return row and column of the pixel that is nearest to the middle of all."""
    places = np.argwhere(mask)
    row, column = places[np.hypot(*(places - places.mean(axis=0)).T).argmin()].tolist()
    return row, column


def _labelled(mask: Mask) -> Labels:
    """Return the number of the part that each pixel belongs to, from 1; 0 is the background."""
    labels: Labels = cv2.connectedComponents(np.ascontiguousarray(mask).view(np.uint8), connectivity=8)[1]
    return labels


def _masks_of(labels: Labels, box: Box, shape: tuple[int, int]) -> list[Mask]:
    """Return a mask of the scan's size for every label in use, the largest first, of equal ones the topmost."""
    places = np.flatnonzero(labels)
    found = labels.flat[places]
    # Numbers of 16 bits are sorted in one pass.
    order = np.argsort(found.astype(np.uint16) if labels.max() < 2**16 else found, kind="stable")
    sizes = np.bincount(found)
    each = np.split(places[order], np.cumsum(sizes[sizes > 0])[:-1])
    masks = []
    for inside in sorted(each, key=lambda inside: (-inside.size, inside[0])):
        mask = np.zeros(shape, np.bool_)
        mask[box.top + inside // labels.shape[1], box.left + inside % labels.shape[1]] = True
        masks.append(mask)
    return masks


def _line_within(points: Sequence[Point], box: Box, shape: tuple[int, int]) -> tuple[Places, Places, Reals]:
    """Return row and column in a window of every pixel in it that a line passes through, each once, and the way from the line to its middle.

    A way is right and down; of several segments through one pixel, the first one's.
    """
    found = [(*pixels_between(start, end, shape), start, end) for start, end in pairwise(points)]
    rows = np.concatenate([np.empty(0, np.intp), *(rows for rows, _, _, _ in found)])
    columns = np.concatenate([np.empty(0, np.intp), *(columns for _, columns, _, _ in found)])
    ways = np.concatenate([np.empty((0, 2)), *(_ways(*segment) for segment in found)])
    is_inside = (rows >= box.top) & (rows < box.bottom) & (columns >= box.left) & (columns < box.right)
    rows, columns, ways = rows[is_inside] - box.top, columns[is_inside] - box.left, ways[is_inside]
    _, first = np.unique(rows * box.shape[1] + columns, return_index=True)
    return rows[first], columns[first], ways[first]


def _ways(rows: Places, columns: Places, start: Point, end: Point) -> Reals:
    """Return the shortest way from a segment to the middle of every pixel, right and down; of one on the segment, a hint of one across it."""
    step = np.array([end.x - start.x, end.y - start.y])
    middles = np.column_stack([columns + 0.5 - start.x, rows + 0.5 - start.y])
    squared = max(float(step @ step), 1e-300)
    ways: Reals = middles - np.clip(middles @ step / squared, 0, 1)[:, np.newaxis] * step
    ways[np.hypot(*ways.T) < 1e-9] = 1e-9 * np.array([-step[1], step[0]]) / np.sqrt(squared)
    return ways


def _share_out(pieces: Labels, rows: Places, columns: Places, ways: Reals) -> None:
    """Give every pixel on the line to a piece that it touches, in place: if it can be, to one on its own side of the line."""
    framed = np.pad(pieces, 1)
    around = np.array(_AROUND)
    fit = (ways / np.maximum(np.hypot(*ways.T), 1e-300)[:, None]) @ (around[:, ::-1] / np.hypot(*around.T)[:, None]).T
    for least in (0.1, -np.inf):
        left = np.arange(rows.size)
        while left.size:
            neighbours = framed[rows[left, None] + 1 + around[:, 0], columns[left, None] + 1 + around[:, 1]]
            fits = np.where((neighbours > 0) & (fit[left] > least), fit[left], -np.inf)
            best = fits.argmax(axis=1)[:, None]
            labels = np.take_along_axis(np.where(np.isneginf(fits), 0, neighbours), best, axis=1)[:, 0]
            taken = left[labels > 0]
            if not taken.size:
                break
            framed[rows[taken] + 1, columns[taken] + 1] = labels[labels > 0]
            left = left[labels == 0]
        is_open = framed[rows + 1, columns + 1] == 0
        rows, columns, fit = rows[is_open], columns[is_open], fit[is_open]
    pieces[...] = framed[1:-1, 1:-1]


def _with_strays(pieces: Labels, whole: Labels) -> Labels:
    """Return the pieces, each with those parts of the mask nearest to it that were not cut; 1 everywhere on the mask where nothing was.

    Parameters
    ----------
    pieces
        Label of every pixel after the cut.
    whole
        Before it.
    """
    part_of = np.zeros(int(pieces.max()) + 1, np.intp)
    part_of[pieces] = whole
    is_parted = np.bincount(part_of[1:], minlength=int(whole.max()) + 1) > 1
    if not is_parted.any():
        return (whole > 0).astype(np.int32)
    shared = np.where(is_parted[whole], pieces, 0)
    distance, nearest, places = _nearest(shared > 0)
    for stray in np.flatnonzero(~is_parted[1:]) + 1:
        inside = np.flatnonzero(whole == stray)
        closest = inside[distance.flat[inside].argmin()]
        shared.flat[inside] = shared[tuple(places[nearest.flat[closest]])]
    return shared


def _nearest(mask: Mask) -> tuple[FloatMap, Labels, Places]:
    """Return how far each pixel is from a mask, the number of the pixel of it that is nearest, and of every number the row and column."""
    distance, nearest = cv2.distanceTransformWithLabels((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    places = np.zeros((int(nearest.max()) + 1, 2), np.intp)
    on_mask = np.nonzero(mask)
    places[nearest[on_mask]] = np.column_stack(on_mask)
    return distance, nearest, places
