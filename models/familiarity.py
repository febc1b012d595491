"""How far a picture is from the breast ultrasound scans that there are: nine plain figures of it, no network.

What sets ultrasound apart is its speckle: wide across the beam, narrow along it, so that a few pixels further the greys still agree sideways and
already disagree downwards. Photographs, radiographs, text and noise are alike in all directions or patterned in both. This is compared with what
scans show, as one Gaussian cloud: nothing is learned about what is *not* ultrasound, so nothing hangs on which other pictures somebody thought of.
How bright a scan is does not count: that is the reader's to choose.
"""

from __future__ import annotations

from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from models.familiarity_numbers import CENTRE, LIMIT, WHITENING
from models.preprocessing import FloatMap, Mask, Pixels

Reals = npt.NDArray[np.float64]
_Array = TypeVar("_Array", bound=npt.NDArray[Any])

_SIDE = 256
"""Longer side in pixels at which pictures are looked at."""
_RIM = 0.04
"""Share of each side that is left out."""
_BLACK = 8
"""Grey up to which nothing is seen."""
_MOST_PX = 2048
"""Longer side above which rows and columns are left out before anything else: a picture of a hundred million pixels takes no longer."""


def reduced(pixels: npt.NDArray[np.uint8], side: int = _SIDE) -> Pixels:
    """Return a picture, uint8 (rows, columns), with this longer side: averaged where it was larger, interpolated where it was smaller."""
    step = max(1, -(-max(pixels.shape) // _MOST_PX))
    rough = np.ascontiguousarray(pixels[::step, ::step])
    scale = side / max(pixels.shape)
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(rough, size, interpolation=cv2.INTER_AREA if size[0] < rough.shape[1] else cv2.INTER_LINEAR), np.uint8)


def reduced_mask(mask: Mask, side: int = _SIDE) -> Mask:
    """Return a mask, bool (rows, columns), as ``reduced`` returns its scan."""
    return np.asarray(reduced(mask.view(np.uint8) * np.uint8(255), side) > 127)


def strangeness(pixels: Pixels, coloured: Mask | None = None) -> float:
    """Return how far a picture is from known scans: 0 in their middle, above 1 farther than all but a few of them.

    Parameters
    ----------
    pixels
        uint8 (rows, columns).
    coloured
        bool (rows, columns), where there is colour: it lies over the scan and is left out.
    """
    away = np.array(WHITENING) @ (figures(pixels, coloured) - np.array(CENTRE))
    return float(away @ away / LIMIT)


def figures(pixels: Pixels, coloured: Mask | None = None) -> Reals:
    """Return the nine figures of a picture, float64 (9,): of what is grey and not black, without the rim, where screens draw their frames."""
    small = reduced(_without_rim(pixels))
    greys = small.astype(np.float32)
    is_lit = _lit(greys)
    if coloured is not None:
        is_lit &= cv2.dilate(reduced_mask(_without_rim(coloured)).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    fine = _fine_detail(greys, is_lit)
    sideways, downwards = ([_agreement(fine, *(step * n for step in steps)) for n in (1, 2, 4)] for steps in ((0, 1), (1, 0)))
    span = cv2.dilate(small, np.ones((3, 3), np.uint8)) - cv2.erode(small, np.ones((3, 3), np.uint8))
    flat = float(np.mean((span <= 1) & is_lit)) / max(float(np.mean(is_lit)), 0.01)
    speckle = [sideways[0], downwards[0], sideways[1] - downwards[1], sideways[2], downwards[2], _agreement(fine, 2, 2)]
    return np.array([_unevenness(greys, is_lit), *speckle, flat**0.5, _roughening(greys, is_lit)])


def _without_rim(array: _Array) -> _Array:
    rows, columns = (round(_RIM * side) for side in array.shape)
    return array[rows : array.shape[0] - rows, columns : array.shape[1] - columns]  # type: ignore[return-value]  # of the dtype that came in


def _lit(greys: FloatMap) -> Mask:
    """Return what is not black nor near to it: fans have black corners, deep tissue sends nothing back, and the step between is no speckle."""
    bright = (cv2.blur(greys, (5, 5)) > _BLACK).astype(np.uint8)
    return np.asarray(cv2.erode(bright, np.ones((17, 17), np.uint8)) > 0)


def _fine_detail(greys: FloatMap, is_lit: Mask) -> FloatMap:
    """Return what is finer than the tissue's layers, 0 where it is black; what stands out, as lines and letters drawn on it do, is left out."""
    fine = np.where(is_lit, greys - cv2.GaussianBlur(greys, (0, 0), 4), 0).astype(np.float32)
    most = 4 * float(np.median(np.abs(fine[is_lit]))) + 1 if is_lit.any() else 1.0
    return np.where(np.abs(fine) < most, fine, 0).astype(np.float32)


def _agreement(fine: FloatMap, down: int, across: int) -> float:
    """Return the correlation of fine detail with itself so many pixels further, in about [-1, 1]; 0 without detail."""
    rows, columns = fine.shape
    if rows <= down or columns <= across:
        return 0.0
    return float(np.mean(fine[down:, across:] * fine[: rows - down, : columns - across])) / (float(np.mean(fine * fine)) + 0.5)


def _unevenness(greys: FloatMap, is_lit: Mask) -> float:
    """Return how much of the variation lies between blocks of 16 x 16 pixels, in [0, 1]: little in noise and in even textures."""
    size = max(1, greys.shape[1] // 16), max(1, greys.shape[0] // 16)
    share = cv2.resize(is_lit.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(np.where(is_lit, greys, 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    is_full = share > 0.5
    return float((sums[is_full] / share[is_full]).std() / max(float(greys[is_lit].std()), 1.0)) if is_full.any() else 0.0


def _roughening(greys: FloatMap, is_lit: Mask) -> float:
    """Return the correlation of a neighbourhood's spread with its brightness, in [-1, 1]; 0 where one of them does not vary."""
    mean = cv2.blur(greys, (9, 9))
    spread = np.sqrt(np.maximum(cv2.blur(greys * greys, (9, 9)) - mean * mean, 0))
    mean, spread = mean[is_lit], spread[is_lit]
    if mean.size < 8 or mean.std() < 0.01 or spread.std() < 0.01:
        return 0.0
    return float(np.corrcoef(mean, spread)[0, 1])
