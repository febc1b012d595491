"""COCO's ways to write a mask -> bool arrays; what is damaged or malicious is refused before it reaches a decoder that trusts it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pycocotools import mask as run_lengths

from models.analysis import Mask

_BITS = 5
_FIRST = 48
_MORE = 0x20
_SIGN = 0x10
_LONGEST = 7
"""Letters of one number: 35 bits hold the pixels of every picture that can be read."""
_FEWEST = 6
"""Numbers of a polygon of three corners."""


def mask_of(segmentation: Any, shape: tuple[int, int]) -> Mask:
    """Return the mask that an annotation's ``segmentation`` means, bool (rows, columns), as pycocotools would.

    Parameters
    ----------
    segmentation
        Polygons (lists of x, y, x, y, …), or run lengths (``size`` and ``counts``), compressed or not.
    shape
        The picture's rows and columns.

    Raises
    ------
    ValueError
        It is none of these, damaged, or of another size; the message says which.
    """
    if isinstance(segmentation, list):
        return _of_polygons(segmentation, shape)
    if not isinstance(segmentation, dict) or "counts" not in segmentation:
        raise ValueError("its segmentation is neither a list of polygons nor run lengths")
    size = segmentation.get("size")
    if not isinstance(size, list) or size != list(shape):
        raise ValueError(f"its mask is of size {size} (rows, columns), the picture of {list(shape)}")
    counts = segmentation["counts"]
    runs = decompressed(counts) if isinstance(counts, str) else _whole_numbers(counts)
    return _of_runs(runs, shape)


def decompressed(text: str) -> list[int]:
    """Return the run lengths in COCO's compressed text; ValueError where it is damaged.

    Numbers of 5 bits a letter, the lowest first; from the fourth on each is the difference to the one before last.
    """
    runs: list[int] = []
    number, bits = 0, 0
    for letter in text:
        code = ord(letter) - _FIRST
        if not 0 <= code < 2 * _MORE or bits >= _BITS * _LONGEST:
            raise ValueError("its run lengths are damaged")
        number |= (code & (_MORE - 1)) << bits
        bits += _BITS
        if code & _MORE:
            continue
        if code & _SIGN:
            number -= 1 << bits
        runs.append(number + runs[-2] if len(runs) > 2 else number)
        number, bits = 0, 0
    if bits:
        raise ValueError("its run lengths end early")
    return runs


def _whole_numbers(counts: Any) -> list[int]:
    if not isinstance(counts, list) or not all(type(count) is int for count in counts):
        raise ValueError("its run lengths are no whole numbers")
    return counts


def _of_runs(runs: list[int], shape: tuple[int, int]) -> Mask:
    rows, columns = shape
    if any(run < 0 for run in runs) or sum(runs) != rows * columns:
        raise ValueError(f"its run lengths do not add up to the picture's {rows * columns} pixels")
    values = np.arange(len(runs)) % 2 == 1
    return np.ascontiguousarray(np.repeat(values, runs).reshape(columns, rows).T)


def _of_polygons(polygons: list[Any], shape: tuple[int, int]) -> Mask:
    rows, columns = shape
    corners = [_corners(polygon, shape) for polygon in (polygons if polygons and isinstance(polygons[0], list) else [polygons])]
    runs = run_lengths.frPyObjects([polygon.ravel().tolist() for polygon in corners], rows, columns)
    return _of_runs(decompressed(run_lengths.merge(runs)["counts"].decode("ascii")), shape)


def _corners(polygon: Any, shape: tuple[int, int]) -> npt.NDArray[np.float64]:
    try:
        numbers = np.array(polygon, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("one of its polygons is no list of numbers") from error
    if numbers.ndim != 1 or numbers.size < _FEWEST or numbers.size % 2 or not np.isfinite(numbers).all():
        raise ValueError("one of its polygons has fewer than three corners, or half a corner")
    rows, columns = shape
    # Drawn over the edge: what is outside means nothing, but its size decides how much memory the decoder takes.
    return np.clip(numbers.reshape(-1, 2), 0, (columns, rows))
