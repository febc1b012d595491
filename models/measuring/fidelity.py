"""Is a saliency map true? Measures of one map against the lesion, the classifier's own answers, and other maps; numpy and OpenCV only.

Maps are float32 (height, width), not negative, larger where more is said to matter; masks are bool of the same size.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from models.analysis import FloatMap, Mask
from models.preprocessing import Pixels

Floats = npt.NDArray[np.float64]
Order = npt.NDArray[np.intp]
Score = Callable[[Pixels], float]
"""What a classifier says of a picture of the same lesion: higher for the class that is asked about."""

_EQUAL = 1e-4
"""Share of a map's maximum within which a position is as high: a plateau has no single peak."""


def peak_inside(saliency: FloatMap, lesion: Mask) -> float:
    """Return the share of the map's highest positions that lie in the lesion: 1 or 0, or between them on a plateau; 0 for a blank map."""
    highest = float(saliency.max())
    if highest <= 0:
        return 0.0
    return float(lesion[saliency >= highest * (1 - _EQUAL)].mean())


def energy_ratio(saliency: FloatMap, lesion: Mask) -> float:
    """Return the lesion's share of the map's sum, divided by its share of the area: 1 for an even map; NaN for a blank one or an empty lesion."""
    total, share = float(saliency.sum(dtype=np.float64)), float(lesion.mean())
    return float(saliency[lesion].sum(dtype=np.float64)) / total / share if total > 0 and share > 0 else float("nan")


def order_of(saliency: FloatMap, seed: int = 0) -> Order:
    """Return the map's positions, flat, from the highest to the lowest; those that are equal in a random order that the seed decides."""
    shuffled = np.random.default_rng(seed).permutation(saliency.size)
    return np.asarray(shuffled[np.argsort(-saliency.ravel()[shuffled], kind="stable")], np.intp)


def curve(score: Score, start: Pixels, end: Pixels, order: Order, steps: int = 20) -> Floats:
    """Return the score while one picture turns into another, float64 (steps + 1,): after each step an equal share more of the pixels is exchanged.

    Deletion turns a scan into a blurred one, insertion a blurred one into the scan (RISE, arXiv:1806.07421). The first and last value are those of
    the two pictures.

    Parameters
    ----------
    start, end
        uint8 (rows, columns).
    order
        All their positions, flat, first exchanged first.
    """
    picture, flat = start.copy(), end.ravel()
    values = [score(picture)]
    for part in np.array_split(order, steps):
        picture.ravel()[part] = flat[part]
        values.append(score(picture))
    return np.array(values, np.float64)


def area_under(values: Floats) -> float:
    """Return the area under a curve of equal steps from 0 to 1: the mean height of the lines between its values."""
    return float((values[1:] + values[:-1]).mean() / 2)


def blurred_scan(pixels: Pixels) -> Pixels:
    """Return a scan that has nothing of texture and margins left: a Gaussian blur of a twelfth of the longer side."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), max(pixels.shape) / 12), np.uint8)


def occlusion_map(score: Score, pixels: Pixels, filler: Pixels, patch: int, stride: int) -> FloatMap:
    """Return how much the score falls where a patch is covered, float32 of the scan's size: the mean fall of the patches over a pixel, at least 0.

    Parameters
    ----------
    pixels, filler
        uint8 (rows, columns); the patch shows the filler.
    patch, stride
        Side of the patch and step from one to the next, in pixels; patches overlap the border, so that each pixel is covered equally often.
    """
    rows, columns = pixels.shape
    whole = score(pixels)
    falls, covered = np.zeros(pixels.shape, np.float64), np.zeros(pixels.shape, np.float64)
    for top in range(stride - patch, rows, stride):
        for left in range(stride - patch, columns, stride):
            window = slice(max(0, top), top + patch), slice(max(0, left), left + patch)
            picture = pixels.copy()
            picture[window] = filler[window]
            falls[window] += whole - score(picture)
            covered[window] += 1
    return np.maximum(falls / np.maximum(covered, 1), 0).astype(np.float32)


def grad_cam(activations: FloatMap, gradients: FloatMap) -> FloatMap:
    """Return the Grad-CAM map (Selvaraju et al., arXiv:1610.02391), float32 (height, width): ReLU of the activations weighted by mean gradients.

    Parameters
    ----------
    activations
        Of the last convolution, float32 (height, width, maps).
    gradients
        Of the class's logit, float32 (maps,), the same at every position as behind global average pooling.
    """
    return np.maximum(activations.astype(np.float64) @ gradients.astype(np.float64), 0).astype(np.float32)


def rank_correlation(first: FloatMap, second: FloatMap) -> float:
    """Return Spearman's rank correlation of two maps, in [-1, 1], ties with their mean rank; NaN where one of them is even."""
    a, b = _ranks(first), _ranks(second)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0 else float("nan")


def _ranks(values: FloatMap) -> Floats:
    _, place, number = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    last = np.cumsum(number)
    return np.asarray((last - (number - 1) / 2)[place.ravel()], np.float64)


def towards(distance: FloatMap) -> FloatMap:
    """Return a map that is 1 where a distance is 0 and falls with it: the order from the lesion's middle outwards."""
    return (1 / (1 + distance)).astype(np.float32)
