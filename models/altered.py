"""The same scan as another machine or archive might have kept it: brighter, softer, smaller, mirrored, with marks or without.

Pictures are uint8 (rows, columns); lengths follow the picture's longer side, so that a mark is as large in any.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from models.burned_in import SIDE, find_words
from models.familiarity import reduced
from models.preprocessing import Mask, Pixels

WHITE, YELLOWISH = 255, 200
"""Greys of a machine's marks: of white ones, and of yellowish ones in a grey picture."""

_ARM, _DOT_GAP = 5.0, 5.0
"""Half a cross's width, and from dot to dot, in pixels of a picture whose longer side is ``burned_in.SIDE``."""
_MARK_GREYS, _MARK_BRIGHT = 45, 120
"""How far a burned-in mark stands out from what lies around it, and how bright it is at least."""


def gained(pixels: Pixels, factor: float) -> Pixels:
    """Return the picture with every grey multiplied, as a turned gain knob does."""
    return _bytes(pixels.astype(np.float32) * factor)


def contrasted(pixels: Pixels, factor: float) -> Pixels:
    """Return the picture with greys moved away from their mean, or towards it."""
    greys = pixels.astype(np.float32)
    return _bytes((greys - greys.mean()) * factor + greys.mean())


def gamma_corrected(pixels: Pixels, gamma: float) -> Pixels:
    """Return the picture with greys g / 255 raised to ``gamma``: over 1 darkens the middle."""
    return _bytes(255 * (pixels.astype(np.float32) / 255) ** gamma)


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


def marks_in(pixels: Pixels) -> Mask:
    """Return where crosses, dotted lines and words seem to be burned in, bool (rows, columns), with a rim of a pixel or two.

    Bright and small: what is left of the picture when everything wider than a stroke is taken away. Bright tissue in thin lines is found as well.
    """
    scale = max(1.0, max(pixels.shape) / SIDE)
    side = 2 * round(3 * scale) + 1
    strokes = cv2.morphologyEx(pixels, cv2.MORPH_TOPHAT, np.ones((side, side), np.uint8))
    found = (strokes > _MARK_GREYS) & (pixels > _MARK_BRIGHT)
    small = reduced(pixels, SIDE)
    words = np.zeros(small.shape, np.uint8)
    for top, left, bottom, right in find_words(small):
        words[top:bottom, left:right] = 1
    found |= (cv2.resize(words, pixels.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0) & (strokes > _MARK_GREYS / 2)
    rim = 2 * round(scale) + 1
    return np.asarray(cv2.dilate(found.astype(np.uint8), np.ones((rim, rim), np.uint8)) > 0)


def without_marks(pixels: Pixels) -> Pixels:
    """Return the picture with what ``marks_in`` finds filled in from around (Telea's inpainting)."""
    return np.asarray(cv2.inpaint(pixels, marks_in(pixels).astype(np.uint8), 3, cv2.INPAINT_TELEA), np.uint8)


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
    "marks removed": _of_pixels(without_marks),
}
"""What may be done to a picture and the mask of its lesions, both of one size before and after; a normal scan gets no callipers."""


def _bytes(greys: npt.NDArray[np.float32]) -> Pixels:
    return np.clip(np.round(greys), 0, 255).astype(np.uint8)
