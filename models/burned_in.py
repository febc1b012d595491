"""Marks that a machine has burned into a scan: crosses of callipers, words, and the box of colour Doppler.

They are looked for at one size, 288 px, where the strokes of a picture from a machine's screen are one or two pixels wide.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

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
_Offsets = list[tuple[int, int]]


def marked_lesions(pixels: Pixels, masks: Sequence[Mask]) -> list[bool]:
    """Return for each lesion whether a cross or word touches it.

    Parameters
    ----------
    pixels
        uint8 (rows, columns) with a longer side of ``SIDE``.
    masks
        bool, of the same size.
    """
    around = [cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _REACH_PX + 1,) * 2)) > 0 for mask in masks]
    crosses = _crossness(pixels, np.logical_or.reduce(around)) > _CROSS_GREYS if masks else np.zeros(pixels.shape, np.bool_)
    words = np.zeros(pixels.shape, np.bool_)
    for top, left, bottom, right in find_words(pixels):
        words[top:bottom, left:right] = True
    return [bool((crosses & near).any() or (words & near).any()) for near in around]


def _crossness(pixels: Pixels, near: Mask) -> FloatMap:
    """Return how clearly a cross stands on each pixel, upright or lying, in greys: its weakest part against the brightest field between its arms."""
    best = np.full(pixels.shape, -255, np.float32)
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if not rows.size:
        return best
    margin = 7  # so that filters see what lies beyond
    top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
    part = pixels[top : rows[-1] + margin + 1, left : columns[-1] + margin + 1].astype(np.float32)
    found = np.max([_weakest(part, arms) - _brightest(part, fields) for arms, fields in _crosses()], axis=0)
    best[top : top + part.shape[0], left : left + part.shape[1]] = found
    best[~near] = -255
    return best


def _weakest(part: FloatMap, kernels: Sequence[Kernel]) -> FloatMap:
    return np.asarray(np.min([cv2.filter2D(part, -1, kernel, borderType=cv2.BORDER_REPLICATE) for kernel in kernels], axis=0), np.float32)


def _brightest(part: FloatMap, kernels: Sequence[Kernel]) -> FloatMap:
    return np.asarray(np.max([cv2.filter2D(part, -1, kernel, borderType=cv2.BORDER_REPLICATE) for kernel in kernels], axis=0), np.float32)


@cache
def _crosses() -> list[tuple[list[Kernel], list[Kernel]]]:
    """Return for crosses of several sizes, upright and lying, the halves of their arms and the fields between."""
    return [_upright(2), _upright(3), _upright(4), _lying(2), _lying(3)]


def _upright(arm: int) -> tuple[list[Kernel], list[Kernel]]:
    halves = [[(sign * i, 0) for i in half] for sign in (-1, 1) for half in _halves(arm)]
    halves += [[(0, sign * i) for i in half] for sign in (-1, 1) for half in _halves(arm)]
    corner = list(itertools.product(range(2, arm + 1), repeat=2))
    fields = [[(down * i, across * j) for i, j in corner] for down, across in itertools.product((-1, 1), repeat=2)]
    return [_kernel(half, arm) for half in halves], [_kernel(field, arm) for field in fields]


def _lying(arm: int) -> tuple[list[Kernel], list[Kernel]]:
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
    """Return where at least two letters stand in a line, as top, left, bottom, right; ``pixels`` as for ``marked_lesions``."""
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
    """Return whether two straight thin upright lines stand side by side, as the sides of a Doppler box do; ``pixels`` as for ``marked_lesions``.

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
