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


def random_ellipse(rng: np.random.Generator, ellipse: Ellipse) -> Ellipse:
    """Return the ellipse as another reader or network might have placed it: shifted, scaled per axis and turned a little."""
    grow_major, grow_minor = np.exp(rng.normal(0, 0.12, 2))
    shift_row, shift_column = rng.normal(0, 0.08, 2) * ellipse.minor
    major, minor = ellipse.major * grow_major, ellipse.minor * grow_minor
    angle = ellipse.angle + rng.normal(0, 8)
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
