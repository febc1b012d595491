"""Marks that a machine has burned into a scan: crosses of callipers, words, and the box of colour Doppler.

They are looked for at 288 px, where the strokes of a picture from a machine's screen are one or two pixels wide.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from models.familiarity import reduced, reduced_mask
from models.preprocessing import FloatMap, Mask, Pixels

SIDE = 288
"""Longer side in pixels at which marks are looked for."""

_REACH_PX = 8
"""How far from a lesion a calliper still belongs to it."""
_CROSS_GREYS = 15.0
"""By how many greys the weakest part of a cross is brighter than the brightest field between its arms."""
_LETTER_GREYS, _LETTER_BRIGHT = 60, 170
"""How far a stroke of a letter stands out, and how bright it is at least."""
_BOX_SIDE_PX, _LINE_GREYS, _LINE_SHARE = 40, 3, 0.7
"""A box's side is at least so long, so many greys brighter than both its sides, on such a share of its length."""

Box = tuple[int, int, int, int]
Kernel = npt.NDArray[np.float32]
Cross = tuple[list[Kernel], list[Kernel]]
"""The halves of a cross's arms, and the fields between them."""
_Offsets = list[tuple[int, int]]


def marked_lesions(pixels: Pixels, masks: Sequence[Mask]) -> list[bool]:
    """Return for each lesion, bool (rows, columns) of the size of its scan, uint8 (rows, columns), whether a cross or word touches it."""
    small = reduced(pixels, SIDE)
    words = np.zeros(small.shape, np.bool_)
    for top, left, bottom, right in find_words(small) if masks else ():
        words[top:bottom, left:right] = True
    around = [_grown(reduced_mask(mask, SIDE), _REACH_PX) for mask in masks]
    found = [bool((words & near).any()) or _has_cross(small, near, _crosses()) for near in around]
    if max(pixels.shape) < 1.5 * SIDE or all(found):
        return found
    # Of a large picture twice: strokes of one pixel vanish where it is made small.
    double = reduced(pixels, 2 * SIDE)
    return [
        was or _has_cross(double, cv2.resize(near.view(np.uint8), double.shape[::-1]) > 0, _large_crosses())
        for was, near in zip(found, around, strict=True)
    ]


def _grown(mask: Mask, reach: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)) > 0)


def _has_cross(pixels: Pixels, near: Mask, crosses: Sequence[Cross]) -> bool:
    """Return whether a cross stands on one of these pixels."""
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if not rows.size:
        return False
    margin = 7  # so that filters see what lies beyond
    box = slice(max(0, rows[0] - margin), rows[-1] + margin + 1), slice(max(0, columns[0] - margin), columns[-1] + margin + 1)
    return bool((_on_crosses(pixels[box], crosses) & near[box]).any())


def find_crosses(pixels: Pixels, near: Mask) -> list[tuple[int, int]]:
    """Return row and column of the middle of each cross on the pixels ``near``, both of one size, ``pixels`` with a longer side of ``SIDE``."""
    number, _, _, middles = cv2.connectedComponentsWithStats((_on_crosses(pixels, _crosses()) & near).astype(np.uint8), connectivity=8)
    return [(round(float(row)), round(float(column))) for column, row in middles[1:number]]


def _on_crosses(pixels: Pixels, crosses: Sequence[Cross]) -> Mask:
    """Return where a cross stands: its weakest part is clearly brighter than the brightest field between its arms."""
    part = pixels.astype(np.float32)
    found = [_weakest(part, arms) - _brightest(part, fields) > _CROSS_GREYS for arms, fields in crosses]
    return np.asarray(np.any(found, axis=0), np.bool_)


def _weakest(part: FloatMap, kernels: Sequence[Kernel]) -> FloatMap:
    return np.asarray(np.min([cv2.filter2D(part, -1, kernel, borderType=cv2.BORDER_REPLICATE) for kernel in kernels], axis=0), np.float32)


def _brightest(part: FloatMap, kernels: Sequence[Kernel]) -> FloatMap:
    return np.asarray(np.max([cv2.filter2D(part, -1, kernel, borderType=cv2.BORDER_REPLICATE) for kernel in kernels], axis=0), np.float32)


@cache
def _crosses() -> list[Cross]:
    """Return crosses of several sizes, upright and lying."""
    return [_upright(2), _upright(3), _upright(4), _lying(2), _lying(3)]


@cache
def _large_crosses() -> list[Cross]:
    """Return the crosses that are left in a picture of twice the size, where those are long."""
    return [_upright(3), _lying(3)]


def _upright(arm: int) -> Cross:
    halves = [[(sign * i, 0) for i in half] for sign in (-1, 1) for half in _halves(arm)]
    halves += [[(0, sign * i) for i in half] for sign in (-1, 1) for half in _halves(arm)]
    corner = list(itertools.product(range(2, arm + 1), repeat=2))
    fields = [[(down * i, across * j) for i, j in corner] for down, across in itertools.product((-1, 1), repeat=2)]
    return [_kernel(half, arm) for half in halves], [_kernel(field, arm) for field in fields]


def _lying(arm: int) -> Cross:
    directions = list(itertools.product((-1, 1), repeat=2))
    halves = [[(down * i, across * i) for i in half] for down, across in directions for half in _halves(arm)]
    wedge = [(i, j) for i in range(2, arm + 2) for j in range(2 - i, i - 1)]
    fields = [[(sign * i, j) for i, j in wedge] for sign in (-1, 1)] + [[(j, sign * i) for i, j in wedge] for sign in (-1, 1)]
    return [_kernel(half, arm) for half in halves], [_kernel(field, arm) for field in fields]


def _halves(arm: int) -> tuple[list[int], list[int]]:
    """Return an arm's pixels near the middle and near its tip: a bright spot fades towards the tips, a stroke does not."""
    steps = list(range(1, arm + 1))
    return steps[: arm // 2], steps[arm // 2 :]


def _kernel(offsets: _Offsets, arm: int) -> Kernel:
    kernel = np.zeros((2 * arm + 3,) * 2, np.float32)
    for down, across in offsets:
        kernel[arm + 1 + down, arm + 1 + across] = 1
    return np.asarray(kernel / kernel.sum(), np.float32)


def find_words(pixels: Pixels) -> list[Box]:
    """Return where at least two letters stand in a line, as top, left, bottom, right; ``pixels`` has a longer side of ``SIDE``."""
    strokes = cv2.morphologyEx(pixels, cv2.MORPH_TOPHAT, np.ones((5, 5), np.uint8))
    binary = ((strokes > _LETTER_GREYS) & (pixels > _LETTER_BRIGHT)).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    letters = [(int(t), int(x), int(t + h), int(x + w)) for x, t, w, h, area in stats[1:] if 4 <= h <= 12 and w <= 2.2 * h and area >= 4]
    letters.sort(key=lambda box: box[1])
    return [(min(a[0], b[0]), a[1], max(a[2], b[2]), b[3]) for a, b in itertools.combinations(letters, 2) if _are_neighbours(a, b)]


def _are_neighbours(left: Box, right: Box) -> bool:
    """Return whether two letters stand in a line, one beside the other: machines write upright letters of one height."""
    gap = right[1] - left[3]
    return 0 <= gap < max(6, left[2] - left[0]) and abs(left[0] - right[0]) <= 1 and abs(left[2] - right[2]) <= 1


def has_box(pixels: Pixels) -> bool:
    """Return whether two straight thin upright lines stand side by side, as the sides of a Doppler box do; ``pixels`` as for ``find_words``.

    Tissue has lines along the skin, hardly ever straight ones down.
    """
    greys = pixels.astype(np.int16)
    line = np.zeros(pixels.shape, np.float32)
    middle = greys[3:-3, 4:-4]
    above = np.minimum(middle - greys[3:-3, 2:-6], middle - greys[3:-3, 6:-2])
    line[3:-3, 4:-4] = above > _LINE_GREYS
    share = cv2.boxFilter(line, -1, (1, _BOX_SIDE_PX), borderType=cv2.BORDER_CONSTANT).max(axis=0)
    sides = np.flatnonzero(share >= _LINE_SHARE)
    return bool(sides.size and sides[-1] - sides[0] > _BOX_SIDE_PX // 2)
