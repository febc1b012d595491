"""How far a picture is from the breast ultrasound scans that there are: thirteen plain figures of it, no network.

What sets ultrasound apart is its speckle: wide across the beam, narrow along it, so that a few pixels further the greys still agree sideways and
already disagree downwards. Photographs, radiographs, text and noise are alike in all directions or patterned in both. Together with how bright and
how uneven the picture is, this is compared with what scans show, as one Gaussian cloud: nothing is learned about what is *not* ultrasound, so
nothing hangs on which other pictures somebody thought of.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from models.familiarity_numbers import CENTRE, LIMIT, WHITENING
from models.preprocessing import FloatMap, Pixels

Reals = npt.NDArray[np.float64]

_SIDE = 256
"""Longer side in pixels at which pictures are looked at."""
_MOST_PX = 2048
"""Longer side above which rows and columns are left out before anything else: a picture of a hundred million pixels takes no longer."""


def reduced(pixels: npt.NDArray[np.uint8], side: int = _SIDE) -> Pixels:
    """Return a picture, uint8 (rows, columns), with this longer side: averaged where it was larger, interpolated where it was smaller."""
    step = max(1, -(-max(pixels.shape) // _MOST_PX))
    rough = np.ascontiguousarray(pixels[::step, ::step])
    scale = side / max(pixels.shape)
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(rough, size, interpolation=cv2.INTER_AREA if size[0] < rough.shape[1] else cv2.INTER_LINEAR), np.uint8)


def strangeness(pixels: Pixels) -> float:
    """Return how far a picture, uint8 (rows, columns), is from known scans: 0 in their middle, above 1 farther than all but a few of them."""
    away = np.array(WHITENING) @ (figures(pixels) - np.array(CENTRE))
    return float(away @ away / LIMIT)


def figures(pixels: Pixels) -> Reals:
    """Return the thirteen figures of a picture, float64 (13,)."""
    small = reduced(pixels)
    greys = small.astype(np.float32)
    fine = greys - cv2.GaussianBlur(greys, (0, 0), 4)
    power = float(np.mean(fine * fine)) + 0.5
    speckle = [_agreement(fine, 0, 1), _agreement(fine, 1, 0), _agreement(fine, 0, 2) - _agreement(fine, 2, 0)]
    levels = np.quantile(small, [0.1, 0.5, 0.9, 0.99]) / 255
    spread = cv2.dilate(small, np.ones((3, 3), np.uint8)) - cv2.erode(small, np.ones((3, 3), np.uint8))
    flat = float(np.mean((spread <= 1) & (small > 16)))  # black is flat in scans too
    white = float(np.mean(small >= 250))
    return np.array([_unevenness(greys), *speckle, *levels, flat**0.5, _fading(greys), 0.5 * np.log(power), _roughening(greys), white**0.5])


def _agreement(fine: FloatMap, down: int, across: int) -> float:
    """Return the correlation of fine detail with itself so many pixels further, in about [-1, 1]; 0 without detail."""
    rows, columns = fine.shape
    if rows <= down or columns <= across:
        return 0.0
    return float(np.mean(fine[down:, across:] * fine[: rows - down, : columns - across])) / (float(np.mean(fine * fine)) + 0.5)


def _unevenness(greys: FloatMap) -> float:
    """Return how much of the variation lies between blocks of 16 x 16 pixels, in [0, 1]: little in noise and in even textures."""
    rows, columns = greys.shape
    blocks = cv2.resize(greys, (max(1, columns // 16), max(1, rows // 16)), interpolation=cv2.INTER_AREA)
    return float(blocks.std() / max(float(greys.std()), 1.0))


def _fading(greys: FloatMap) -> float:
    """Return the correlation of brightness with depth, in [-1, 1]."""
    profile = greys.mean(axis=1)
    return _correlation(profile, np.arange(len(profile)))


def _roughening(greys: FloatMap) -> float:
    """Return the correlation of a neighbourhood's spread with its brightness, black left out, in [-1, 1]."""
    mean = cv2.blur(greys, (9, 9))
    spread = np.sqrt(np.maximum(cv2.blur(greys * greys, (9, 9)) - mean * mean, 0))
    is_lit = mean > 10
    return _correlation(mean[is_lit], spread[is_lit])


def _correlation(first: npt.NDArray[np.floating], second: npt.NDArray[np.generic]) -> float:
    """Return Pearson's correlation, 0 where one does not vary or there are too few."""
    if len(first) < 8 or first.std() < 0.01 or np.std(second) < 0.01:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
