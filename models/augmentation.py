"""Random views of a scan that a probe could have made: never upside down, for skin is on top and shadows lie below."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.preprocessing import Ellipse, Mask, Pixels


@dataclass(frozen=True)
class View:
    """A crop of a scan and the affine map (2, 3) that carries it into the network's square."""

    crop: tuple[slice, slice]
    matrix: np.ndarray
    size: int

    def apply(self, pixels: Pixels) -> Pixels:
        """Return the view of a scan, or of a mask as 0/255, uint8 (size, size)."""
        cropped = np.ascontiguousarray(pixels[self.crop])
        return np.asarray(cv2.warpAffine(cropped, self.matrix, (self.size, self.size), flags=cv2.INTER_LINEAR), np.uint8)


def random_view(rng: np.random.Generator, shape: tuple[int, int], keep: Mask | None, size: int) -> View:
    """Return a random view: a crop of another aspect that keeps ``keep``, then flip, ±10° rotation, scale, stretch and shift.

    Changing the aspect matters: in public data the picture's format alone tells benign from malignant with AUC 0.685.
    """
    rows, columns = shape
    top, bottom = _random_span(rng, rows, np.flatnonzero(keep.any(axis=1)) if keep is not None else np.empty(0, int))
    left, right = _random_span(rng, columns, np.flatnonzero(keep.any(axis=0)) if keep is not None else np.empty(0, int))
    height, width = bottom - top, right - left
    fit = size / max(height, width)
    zoom = rng.uniform(0.8, 1.05)
    stretch = rng.uniform(0.93, 1.07)
    scale_x = fit * zoom * stretch * (-1 if rng.random() < 0.5 else 1)
    scale_y = fit * zoom / stretch
    angle = np.radians(rng.uniform(-10, 10))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = rotation @ np.diag([scale_x, scale_y])
    shift = size / 2 + rng.uniform(-0.04, 0.04, 2) * size
    offset = shift - linear @ np.array([width / 2, height / 2])
    return View((slice(top, bottom), slice(left, right)), np.column_stack([linear, offset]), size)


def random_intensity(rng: np.random.Generator, square: Pixels) -> Pixels:
    """Return the scan, uint8, with another gamma, gain, sharpness, speckle and JPEG quality."""
    levels = np.linspace(0, 1, 256)
    levels = levels ** rng.uniform(0.7, 1.4) * rng.uniform(0.8, 1.2) + rng.uniform(-0.05, 0.05)
    levels[0] = 0  # what lies outside the scan stays black
    pixels = cv2.LUT(square, (np.clip(levels, 0, 1) * 255).astype(np.uint8))
    if rng.random() < 0.3:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.3, 1.2))
    if rng.random() < 0.3:
        grain = cv2.GaussianBlur(rng.standard_normal(pixels.shape, np.float32), (0, 0), rng.uniform(0.5, 1.2))
        pixels = np.clip(pixels * (1 + rng.uniform(0.1, 0.5) * grain), 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 95))])
        pixels = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)
    return np.asarray(pixels, np.uint8)


def random_marks(rng: np.random.Generator, square: Pixels) -> Pixels:
    """Return the scan, uint8, as the machine's operator might have left it: callipers, their dotted line, numbers, anywhere in the picture.

    In public data burned-in marks alone tell the class with AUC 0.572, and a segmenter that has seen them only beside lesions looks for them.
    """
    pixels = square.copy()
    side = square.shape[0]
    grey = int(rng.integers(150, 256))
    for _ in range(int(rng.integers(1, 3))):
        ends = rng.uniform(0.1, 0.9, (2, 2)) * side
        for x, y in ends:
            cv2.drawMarker(pixels, (round(x), round(y)), grey, int(rng.choice((cv2.MARKER_CROSS, cv2.MARKER_TILTED_CROSS))), int(rng.integers(5, 11)))
        if rng.random() < 0.6:
            steps = max(2, int(np.hypot(*(ends[1] - ends[0])) / rng.uniform(3, 7)))
            for x, y in ends[0] + np.linspace(0, 1, steps)[:, np.newaxis] * (ends[1] - ends[0]):
                pixels[min(round(y), side - 1), min(round(x), side - 1)] = grey
    if rng.random() < 0.4:
        place = (round(rng.uniform(0, 0.8) * side), round(rng.uniform(0.05, 0.98) * side))
        cv2.putText(pixels, f"{rng.uniform(0.2, 40):.2f}", place, cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.25, 0.45), grey, 1, cv2.LINE_AA)
    return pixels


def beside_lesion(rng: np.random.Generator, mask: Mask) -> tuple[slice, slice] | None:
    """Return a part of the scan, full height, that holds nothing of the lesion and is over a third of its width; None where there is none.

    Full height, for below a lesion lies its shadow: there is no telling that without the lesion.
    """
    occupied = np.flatnonzero(mask.any(axis=0))
    if not occupied.size:
        return None
    columns = mask.shape[1]
    margin = round(0.03 * columns)
    parts = [part for part in ((0, int(occupied[0]) - margin), (int(occupied[-1]) + 1 + margin, columns)) if part[1] - part[0] > columns / 3]
    if not parts:
        return None
    left, right = parts[int(rng.integers(len(parts)))]
    return slice(0, mask.shape[0]), slice(left, right)


def random_ellipse(rng: np.random.Generator, ellipse: Ellipse) -> Ellipse:
    """Return the ellipse as another reader or network might have placed it: shifted, scaled per axis and turned a little."""
    grow_major, grow_minor = np.exp(rng.normal(0, 0.17, 2))
    shift_row, shift_column = rng.normal(0, 0.12, 2) * ellipse.minor
    major, minor = ellipse.major * grow_major, ellipse.minor * grow_minor
    angle = ellipse.angle + rng.normal(0, 12)
    if minor > major:
        major, minor, angle = minor, major, angle + 90
    return Ellipse(ellipse.row + shift_row, ellipse.column + shift_column, float(major), float(minor), float(angle))


def _random_span(rng: np.random.Generator, length: int, keep: np.ndarray) -> tuple[int, int]:
    """Return a random interval of [0, length) of at least 55 % of it that holds ``keep`` and a little margin."""
    if rng.random() < 0.3:
        return 0, length
    first, last = (int(keep[0]), int(keep[-1]) + 1) if keep.size else (length, 0)
    margin = round(0.04 * length)
    span = max(round(rng.uniform(0.55, 1.0) * length), min(last - first + 2 * margin, length), 1)
    lowest = max(0, last + margin - span)
    highest = min(length - span, first - margin)
    start = int(rng.integers(lowest, highest + 1)) if highest >= lowest else min(max(0, (first + last - span) // 2), length - span)
    return start, start + span
