"""Windows of masks: where a lesion lies and where two masks differ, so that no tool has to look at a whole scan."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.scan import Box
from models.analysis import Mask

Canvas = npt.NDArray[np.bool_] | npt.NDArray[np.uint8]
"""A mask that is being worked on, writeable, of the scan's size: bool, or uint8 of 0 and 1."""


def window_of(mask: Canvas) -> Box | None:
    """Return the smallest window that holds all of a mask; None where it is empty."""
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    return Box(top, left, top + height, left + width) if width else None


def changed_window(before: Mask, after: Mask) -> Box | None:
    """Return the smallest window that holds every pixel in which two masks of one size differ; None where they are the same.

    Raises
    ------
    ValueError
        They differ in size.
    """
    _check_sizes(before, after)
    return window_of(before != after)


def enclosing(*boxes: Box | None) -> Box | None:
    """Return the smallest window that holds all of some windows; None counts for nothing."""
    found = [box for box in boxes if box is not None]
    if not found:
        return None
    tops, lefts, bottoms, rights = zip(*((box.top, box.left, box.bottom, box.right) for box in found), strict=True)
    return Box(min(tops), min(lefts), max(bottoms), max(rights))


def enlarged(box: Box, rows: int, columns: int, shape: tuple[int, int]) -> Box:
    """Return a window with so many more pixels on every side, as far as the scan reaches."""
    return Box(max(box.top - rows, 0), max(box.left - columns, 0), min(box.bottom + rows, shape[0]), min(box.right + columns, shape[1]))


def shifted(box: Box, rows: int, columns: int) -> Box:
    """Return a window so many rows further down and columns further right."""
    return Box(box.top + rows, box.left + columns, box.bottom + rows, box.right + columns)


def size_of(mask: Canvas) -> tuple[int, int]:
    """Return rows and columns."""
    rows, columns = mask.shape
    return rows, columns


def cut_out(mask: Canvas, box: Box) -> Mask:
    """Return a window of a mask with one more pixel around it, bool (rows + 2, columns + 2); outside the scan nothing is lesion."""
    framed = np.zeros((box.shape[0] + 2, box.shape[1] + 2), np.bool_)
    wider = enlarged(box, 1, 1, size_of(mask))
    top, left = wider.top - box.top + 1, wider.left - box.left + 1
    framed[top : top + wider.shape[0], left : left + wider.shape[1]] = mask[wider.slices]
    return framed


def put_in(part: Mask, box: Box, shape: tuple[int, int]) -> Mask:
    """Return a mask of the scan's size that is empty but for a window."""
    # Zeros cost no memory until they are written: a small part of a huge scan is small.
    whole = np.zeros(shape, np.bool_)
    whole[box.slices] = part
    return whole


def is_same(one: Mask, other: Mask) -> bool:
    """Whether two masks have the same size and the same pixels."""
    return bool(np.array_equal(one, other))


def dice(one: Mask, other: Mask) -> float:
    """Return how much two masks of one size have in common, 0 to 1: twice the shared area by the sum of both; 1 where both are empty.

    Raises
    ------
    ValueError
        They differ in size.
    """
    _check_sizes(one, other)
    both = int(np.count_nonzero(one)) + int(np.count_nonzero(other))
    return 2 * int(np.count_nonzero(one & other)) / both if both else 1.0


def _check_sizes(one: Mask, other: Mask) -> None:
    if one.shape != other.shape:
        raise ValueError(f"masks of one scan have one size, not {one.shape} and {other.shape}")
