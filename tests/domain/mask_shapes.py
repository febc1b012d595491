"""Masks that tests of the mask tools work on, and what hypothesis draws them from."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from busi_gui.domain.callipers import Point
from models.analysis import Mask


def mask_of(*rows: str) -> Mask:
    """Return a mask from rows of letters, ``#`` for lesion."""
    return np.array([[letter == "#" for letter in row] for row in rows])


def disc(shape: tuple[int, int], centre: tuple[float, float], radius: float) -> Mask:
    """Return every pixel whose middle is within the radius of (x, y)."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    return np.asarray((columns - centre[0]) ** 2 + (rows - centre[1]) ** 2 <= radius**2)


def lump(seed: int, shape: tuple[int, int] = (60, 80), coarse: float = 4.0) -> Mask:
    """Return smooth random parts with bays, holes and crumbs, some of them at the border."""
    noise = np.random.default_rng(seed).standard_normal(shape)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), coarse) > 0.3 / coarse / 3)


def lesion(seed: int, shape: tuple[int, int] = (60, 80)) -> Mask:
    """Return the largest part of a random mask: of one piece, with bays and perhaps holes."""
    mask = lump(seed, shape, min(4.0, min(shape) / 6)) | disc(shape, (shape[1] / 2, shape[0] / 2), 2)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))


def count_parts(mask: Mask) -> int:
    """Return how many parts do not touch, not even at a corner."""
    return int(cv2.connectedComponents(np.ascontiguousarray(mask).view(np.uint8), connectivity=8)[0]) - 1


def count_holes(mask: Mask) -> int:
    """Return how many parts of the background do not reach the outside."""
    framed = np.pad(~mask, 1, constant_values=True)
    return int(cv2.connectedComponents(framed.view(np.uint8), connectivity=4)[0]) - 2


def points(shape: tuple[int, int] = (24, 30), margin: float = 8.0) -> st.SearchStrategy[Point]:
    """Draw points on a scan and a little outside, often on or between the middles of pixels."""
    ways = [
        st.one_of(
            st.floats(-margin, size + margin).map(lambda place: round(place, 6)),
            st.integers(-int(2 * margin), int(2 * (size + margin))).map(lambda half: half / 2),
        )
        for size in (shape[1], shape[0])
    ]
    return st.builds(Point, *ways)


def small_masks(shape: tuple[int, int] = (16, 20)) -> st.SearchStrategy[Mask]:
    """Draw masks of every kind: noise, smooth parts, nothing, everything."""
    noise = arrays(np.bool_, shape)
    smooth = st.integers(0, 10_000).map(lambda seed: lump(seed, shape, 2.0))
    return st.one_of(noise, smooth, st.sampled_from([np.zeros(shape, np.bool_), np.ones(shape, np.bool_)]))
