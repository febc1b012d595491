"""The network's own threshold, moved for one lesion: more of what it found likely, or less."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.level_sets import enlarged, outlined, parts_at
from busi_gui.domain.scan import Box
from models.analysis import FloatMap, Mask

_FAINTEST = 13
"""A lesion in which the network sees less than this (of 255) stands for what it sees nearest to it."""
_STEPS = 255
"""Thresholds that are told apart: the networks' own masks are cut from bytes, and these are to be the same."""
_FINER = 4
"""How many times finer than the network grid masks are compared, down and across."""
_STRIDE = 8
"""Every so many thresholds are tried before those around the best of them are."""
_FLOOD = 4.0
_FLOOD_SHARE = 0.6
"""A lesion floods when it is so many times as large as it was, or takes so much of all that the network saw."""


class Sensitivity:
    """What the network outlines of one lesion at thresholds other than its own.

    From a higher to a lower threshold the mask only grows. At the network's own it is the network's mask. What lies nearer to another lesion than to
    this one is never in it.

    Parameters
    ----------
    probability
        Lesion probability on the network grid, float32 (height, width) in [0, 1], over the field.
    mask
        The lesion, bool (rows, columns): the network's mask, or one that a reader corrected or drew. It says which part of the map is meant: what it
        covers, or where the network sees nothing there, what is nearest to it.
    field
        The part of the scan that the networks look at; None: all of it.
    others
        Masks of the other lesions, bool (rows, columns).

    Raises
    ------
    ValueError
        The mask is empty, or lies where the networks did not look.
    """

    def __init__(self, probability: FloatMap, mask: Mask, field: Box | None = None, others: Sequence[Mask] = ()) -> None:
        rows, columns = mask.shape
        self._shape = rows, columns
        self._field = field or Box(0, 0, rows, columns)
        covered = _covered(mask, self._field, probability.shape)
        if not covered.any():
            raise ValueError("an empty mask, or one outside of what the networks saw, has no sensitivity")
        self._footprint = np.asarray(covered >= min(0.5, float(covered.max())), np.bool_)
        self._mask = mask
        self._others = tuple(other for other in others if other.any())
        levels = np.round(probability * _STEPS).astype(np.uint8)
        self._levels = np.where(self._is_nearer_than_others(), levels, np.uint8(0))
        self._home = self._find_home()

    def at(self, threshold: float) -> Mask:
        """Return the lesion at a threshold in (0, 1].

        Returns
        -------
        Mask
            bool (rows, columns), read-only; holes filled unless another lesion lies in one, empty above the upper end.

        Raises
        ------
        ValueError
            The threshold is not in (0, 1].
        """
        if not 0 < threshold <= 1:
            raise ValueError(f"a threshold is in (0, 1], not {threshold}")
        mask = self._outlined(max(1, round(threshold * _STEPS)), self._shape, self._field)
        if self._others:
            np.logical_and(mask, self._free, out=mask)
        mask.setflags(write=False)
        return mask

    @cached_property
    def nearest(self) -> float:
        """The threshold whose mask comes nearest to the given one, by Dice: where a slider stands on a lesion that was corrected."""
        rows, columns = self._levels.shape
        shape = rows * _FINER, columns * _FINER
        wanted = np.asarray(_covered(self._mask, self._field, shape) >= 0.5, np.bool_)
        size = int(np.count_nonzero(wanted))

        def likeness(level: int) -> float:
            found = self._outlined(level, shape, Box(0, 0, *shape))
            return 2 * int(np.count_nonzero(found & wanted)) / (int(np.count_nonzero(found)) + size or 1)

        last = max(1, round(self.ends[1] * _STEPS))
        about = max(range(1, last + 1, _STRIDE), key=likeness)
        known: dict[int, float] = {level: likeness(level) for level in range(max(1, about - _STRIDE), min(last, about + _STRIDE) + 1)}
        highest = max(known.values())
        best = [level for level, value in known.items() if value == highest]
        return best[len(best) // 2] / _STEPS

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The lowest threshold at which the lesion does not flood, and the highest at which anything of it is left; both in (0, 1]."""
        large, _, _ = enlarged(self._levels, self._home, self._field.shape)
        high: int = max(1, int(large.max()))
        limit = min(_FLOOD * np.count_nonzero(self._footprint), _FLOOD_SHARE * self._levels.size)
        below, low = 0, high
        # Bisection: the lesion only grows as the threshold falls.
        while low - below > 1:
            middle = (low + below) // 2
            size = np.count_nonzero(parts_at(self._levels, middle, self._home))
            below, low = (below, middle) if size <= limit else (middle, low)
        return low / _STEPS, high / _STEPS

    @cached_property
    def _free(self) -> Mask:
        """What no other lesion has, bool (rows, columns)."""
        taken = np.zeros(self._shape, np.bool_)
        for other in self._others:
            taken |= other
        return ~taken

    def _outlined(self, level: int, shape: tuple[int, int], field: Box) -> Mask:
        return outlined(self._levels, level, parts_at(self._levels, level, self._home), shape, field)

    def _is_nearer_than_others(self) -> Mask:
        """Return what of the grid belongs to this lesion: what is no nearer to another one, bool (height, width)."""
        shape = self._footprint.shape
        nearer = np.ones(shape, np.bool_)
        own = _distance_to(self._footprint)
        for other in self._others:
            covered = _covered(other, self._field, shape)
            if covered.any():
                nearer &= own <= _distance_to(np.asarray(covered >= min(0.5, float(covered.max())), np.bool_))
        return nearer

    def _find_home(self) -> Mask:
        """Return the pixels of the grid that a part must touch to belong to this lesion, the same for every threshold."""
        seen = self._levels >= _FAINTEST
        if not seen.any() or (seen & self._footprint).any():
            return self._footprint
        away = np.where(seen, _distance_to(self._footprint), np.inf)
        nearest = np.zeros(seen.shape, np.bool_)
        nearest[np.unravel_index(int(away.argmin()), seen.shape)] = True
        return parts_at(self._levels, _FAINTEST, nearest)


def _covered(mask: Mask, field: Box, shape: tuple[int, ...]) -> FloatMap:
    """Return which share of every pixel of a grid over the field a mask covers, float32 ``shape`` in [0, 1]."""
    part = mask.view(np.uint8)[field.slices] * np.uint8(255)
    is_finer = shape[0] >= field.shape[0]
    shrunk = cv2.resize(part, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR if is_finer else cv2.INTER_AREA)
    return np.asarray(shrunk.reshape(shape) / np.float32(255), np.float32)


def _distance_to(region: Mask) -> npt.NDArray[np.float32]:
    """Return the distance of every pixel to a region that is not empty, float32 of its shape."""
    return np.asarray(cv2.distanceTransform((~region).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32).reshape(region.shape)
