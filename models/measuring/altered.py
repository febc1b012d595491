"""The same scan as another machine or archive might have kept it: brighter, softer, smaller, mirrored, with marks or without.

Pictures are uint8 (rows, columns); lengths follow the picture's longer side, so that a mark is as large in any.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.burned_in import SIDE, find_crosses, find_words
from models.familiarity import reduced, reduced_mask
from models.preprocessing import Mask, Pixels

WHITE, YELLOWISH = 255, 200
"""Greys of a machine's marks: of white ones, and of yellowish ones in a grey picture."""

_ARM, _DOT_GAP = 5.0, 5.0
"""Half a cross's width, and from dot to dot, in pixels of a picture whose longer side is ``burned_in.SIDE``."""
_STROKE_GREYS, _LETTER_BRIGHT = 30, 110
"""How far a stroke stands out from what lies around it, and how bright a letter is at least."""
_SHORTEST_LINE, _LINE_GREYS, _LINE_SHARE = 16, 12, 0.7
"""A dotted line is at least so many pixels long, and stands out by so many greys on such a share of its stretches."""

Place = tuple[int, int]
"""Row and column."""


def gained(pixels: Pixels, factor: float) -> Pixels:
    """Return the picture with every grey multiplied, as a turned gain knob does."""
    return _bytes(pixels.astype(np.float32) * factor)


def contrasted(pixels: Pixels, factor: float) -> Pixels:
    """Return the picture with greys moved away from their mean, or towards it."""
    greys = pixels.astype(np.float32)
    return _bytes((greys - greys.mean()) * factor + greys.mean())


def gamma_corrected(pixels: Pixels, gamma: float) -> Pixels:
    """Return the picture with greys g / 255 raised to ``gamma``: over 1 darkens the middle."""
    return _bytes(np.float32(255) * (pixels.astype(np.float32) / np.float32(255)) ** np.float32(gamma))


def compressed(pixels: Pixels, quality: int) -> Pixels:
    """Return the picture after JPEG of a quality in 1 … 100."""
    encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)


def blurred(pixels: Pixels, sigma_px: float) -> Pixels:
    """Return the picture behind a Gaussian blur."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px), np.uint8)


def resized(pixels: Pixels, factor: float) -> Pixels:
    """Return the picture of another size."""
    size = tuple(max(1, round(side * factor)) for side in pixels.shape[::-1])
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR), np.uint8)


def resized_mask(mask: Mask, factor: float) -> Mask:
    """Return a mask of the size that ``resized`` gives its picture."""
    return np.asarray(resized(mask.astype(np.uint8) * 255, factor) >= 128)


def with_callipers(pixels: Pixels, mask: Mask, grey: int) -> Pixels:
    """Return the picture with a cross at either end of the lesion's longest diameter and a dotted line between, as machines draw them.

    Parameters
    ----------
    mask
        The lesion, bool (rows, columns), not empty.
    grey
        Of the marks, see ``WHITE`` and ``YELLOWISH``.
    """
    drawn = pixels.copy()
    scale = max(pixels.shape) / SIDE
    arm, width = max(2, round(_ARM * scale)), max(1, round(scale))
    first, last = longest_diameter(mask)
    for row, column in (first, last):
        cv2.line(drawn, (column - arm, row), (column + arm, row), grey, width)
        cv2.line(drawn, (column, row - arm), (column, row + arm), grey, width)
    length = float(np.hypot(last[0] - first[0], last[1] - first[1]))
    for share in np.arange(_DOT_GAP * scale, length, _DOT_GAP * scale) / max(length, 1):
        row, column = (round(a + share * (b - a)) for a, b in zip(first, last, strict=True))
        cv2.rectangle(drawn, (column, row), (column + width - 1, row + width - 1), grey, cv2.FILLED)
    return drawn


def longest_diameter(mask: Mask) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the two pixels of a mask that lie farthest apart, (row, column) each, the left one first."""
    points = cv2.convexHull(cv2.findNonZero(mask.astype(np.uint8)))[:, 0, ::-1].astype(np.int64)
    gaps = ((points[:, np.newaxis] - points[np.newaxis]) ** 2).sum(axis=-1)
    ends = sorted((points[place] for place in np.unravel_index(int(gaps.argmax()), gaps.shape)), key=lambda end: (end[1], end[0]))
    (top, left), (bottom, right) = ends
    return (int(top), int(left)), (int(bottom), int(right))


def marks_in(pixels: Pixels, mask: Mask) -> Mask:
    """Return where the marks of a measurement stand, and words: bool (rows, columns), each stroke with a rim.

    Crosses are looked for on the lesion and 12 px around it, dotted lines between two crosses, numbers beside a cross, words everywhere. Tissue
    in thin bright lines is left alone, and so are body marks and Doppler boxes. Lengths are those of a picture whose longer side is
    ``burned_in.SIDE``.

    Parameters
    ----------
    pixels, mask
        The scan, uint8, and its lesion, bool (rows, columns).
    """
    small, near = reduced(pixels, SIDE), cv2.dilate(reduced_mask(mask, SIDE).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    strokes = cv2.morphologyEx(small, cv2.MORPH_TOPHAT, np.ones((7, 7), np.uint8))
    found = np.zeros(small.shape, np.uint8)
    for top, left, bottom, right in find_words(small):
        found[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = 1
    crosses = find_crosses(small, near)
    for row, column in crosses:
        reach = _reach_of_cross(strokes, row, column)
        cv2.line(found, (column - reach, row), (column + reach, row), 1, 3)
        cv2.line(found, (column, row - reach), (column, row + reach), 1, 3)
        cv2.rectangle(found, (column - 3, row - 3), (column + 3, row + 3), 1, cv2.FILLED)
    for first, last in itertools.combinations(crosses, 2):
        if _is_dotted(small, first, last):
            cv2.line(found, first[::-1], last[::-1], 1, 3)
    found |= _numbers_beside(strokes, small, crosses)
    return np.asarray(cv2.resize(found, pixels.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)


def _reach_of_cross(strokes: Pixels, row: int, column: int) -> int:
    """Return how far the arms of a cross reach: as long as both sides of its upright or its lying stroke still stand out."""
    for reach in range(3, 9):
        ends = [(row - reach, column), (row + reach, column), (row, column - reach), (row, column + reach)]
        inside = [strokes[r, c] > _STROKE_GREYS for r, c in ends if 0 <= r < strokes.shape[0] and 0 <= c < strokes.shape[1]]
        if sum(inside) < 3:
            return reach
    return 8


def _is_dotted(pixels: Pixels, first: Place, last: Place) -> bool:
    """Return whether a thin line or row of dots leads from one place to another: brighter than what lies beside it on most of its length."""
    down, across = last[0] - first[0], last[1] - first[1]
    length = float(np.hypot(down, across))
    if length < _SHORTEST_LINE:
        return False
    steps = np.arange(6, length - 6) / length
    rows, columns = first[0] + steps * down, first[1] + steps * across

    def greys(aside: float) -> npt.NDArray[np.float32]:
        x, y = columns - aside * down / length, rows + aside * across / length
        return np.asarray(cv2.remap(pixels.astype(np.float32), x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR), np.float32).ravel()

    middle = np.max([greys(aside) for aside in (-1, 0, 1)], axis=0)
    beside = np.max([greys(aside) for aside in (-3, 3)], axis=0)
    # The dots of a row are a few pixels apart: the brightest of each stretch counts.
    stretches = np.array_split(np.arange(steps.size), max(1, steps.size // 6))
    standing_out = [middle[each].max() - beside[each].max() > _LINE_GREYS for each in stretches if each.size]
    return bool(np.mean(standing_out) > _LINE_SHARE)


def _numbers_beside(strokes: Pixels, pixels: Pixels, crosses: Sequence[Place]) -> npt.NDArray[np.uint8]:
    """Return the bright letters whose middle lies at most 14 px from a cross, uint8, with a rim of a pixel."""
    binary = ((strokes > _STROKE_GREYS) & (pixels > _LETTER_BRIGHT)).astype(np.uint8)
    number, labels, stats, middles = cv2.connectedComponentsWithStats(binary, connectivity=8)
    found = np.zeros(pixels.shape, np.uint8)
    for label in range(1, number):
        _, _, width, height, area = stats[label]
        is_near = any(np.hypot(middles[label][1] - row, middles[label][0] - column) <= 14 for row, column in crosses)
        if is_near and 3 <= height <= 12 and width <= 1.5 * height and area >= 4:
            found |= (labels == label).astype(np.uint8)
    return np.asarray(cv2.dilate(found, np.ones((3, 3), np.uint8)), np.uint8)


def without_marks(pixels: Pixels, mask: Mask) -> Pixels:
    """Return the picture with what ``marks_in`` finds filled in from around (Telea's inpainting)."""
    return np.asarray(cv2.inpaint(pixels, marks_in(pixels, mask).astype(np.uint8), 3, cv2.INPAINT_TELEA), np.uint8)


Alteration = Callable[[Pixels, Mask], tuple[Pixels, Mask]]


def _of_pixels(change: Callable[[Pixels], Pixels]) -> Alteration:
    return lambda pixels, mask: (change(pixels), mask)


def _mirrored(pixels: Pixels, mask: Mask) -> tuple[Pixels, Mask]:
    return np.ascontiguousarray(pixels[:, ::-1]), np.ascontiguousarray(mask[:, ::-1])


def _marked(grey: int) -> Alteration:
    return lambda pixels, mask: (with_callipers(pixels, mask, grey) if mask.any() else pixels, mask)


def _scaled(factor: float) -> Alteration:
    return lambda pixels, mask: (resized(pixels, factor), resized_mask(mask, factor))


ALTERATIONS: dict[str, Alteration] = {
    "gain × 0.8": _of_pixels(lambda pixels: gained(pixels, 0.8)),
    "gain × 1.2": _of_pixels(lambda pixels: gained(pixels, 1.2)),
    "contrast − 20 %": _of_pixels(lambda pixels: contrasted(pixels, 0.8)),
    "contrast + 20 %": _of_pixels(lambda pixels: contrasted(pixels, 1.2)),
    "gamma 0.8": _of_pixels(lambda pixels: gamma_corrected(pixels, 0.8)),
    "gamma 1.25": _of_pixels(lambda pixels: gamma_corrected(pixels, 1.25)),
    "JPEG quality 60": _of_pixels(lambda pixels: compressed(pixels, 60)),
    "blur, sigma 1 px": _of_pixels(lambda pixels: blurred(pixels, 1.0)),
    "size 75 %": _scaled(0.75),
    "size 125 %": _scaled(1.25),
    "mirrored": _mirrored,
    "callipers, white": _marked(WHITE),
    "callipers, yellowish": _marked(YELLOWISH),
    "marks removed": lambda pixels, mask: (without_marks(pixels, mask), mask),
}
"""What may be done to a picture and the mask of its lesions, both of one size before and after; a normal scan gets no callipers."""


def _bytes(greys: npt.NDArray[np.floating[Any]]) -> Pixels:
    return np.clip(np.round(greys), 0, 255).astype(np.uint8)
