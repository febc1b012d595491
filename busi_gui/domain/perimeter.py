"""Length of a lesion's outline, counted by the Cauchy-Crofton formula: no staircase makes it longer, no corner shorter."""

from __future__ import annotations

from functools import lru_cache
from math import atan2, gcd, hypot, pi

import numpy as np
import numpy.typing as npt

from busi_gui.domain.scan import Spacing
from models.analysis import Mask

_REACH = 3
_STEPS = [(right, down) for right in range(-_REACH, _REACH + 1) for down in range(_REACH + 1) if gcd(right, down) == 1 and (down or right > 0)]
"""Right and down, in pixels: the sixteen directions of a half turn that a step of at most three pixels either way can have."""


def perimeters(mask: Mask, spacing: Spacing | None) -> tuple[float, float | None]:
    """Return the length of a mask's outline in pixels, taken as square, and in millimetres; None without spacing.

    A curve is as long as it is often crossed by straight lines from all sides (Cauchy and Crofton). Lines through the pixels' middles in sixteen
    directions are counted, each direction with the angle that it stands for, as in Boykov and Kolmogorov, "Computing geodesics and minimal surfaces
    via graph cuts", ICCV 2003. Averaged over all directions that is unbiased, so a disc of radius 10 is off by less than 1 %. A straight edge is
    between 0.5 % too short, as level and upright ones are, and 0.9 % too long; a right-angled corner costs 0.7 px, for steps cut it. Of a shape a few
    pixels across more is missing: a step crosses its outline twice. With oblong pixels the directions lie less evenly: at 1 : 2 an edge is off by at
    most 4 %.

    Parameters
    ----------
    mask
        bool (rows, columns); beyond its border nothing is lesion. Holes are measured as well.
    """
    rows, columns = mask.shape
    framed = np.zeros((rows, columns + _REACH + 1), np.uint8)
    framed[:, 1 : columns + 1] = mask
    flat = framed.ravel()
    # Where, row after row in one long line, the mask begins and ends. Moved by a step, the lesion is the same list, moved.
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    crossings = np.array([_apart(ends, ends + down * framed.shape[1] + right) for right, down in _STEPS], np.float64)
    in_px = float(crossings @ _weights(1.0, 1.0))
    return in_px, None if spacing is None else float(crossings @ _weights(spacing.row_mm, spacing.column_mm))


def _apart(one: npt.NDArray[np.intp], other: npt.NDArray[np.intp]) -> int:
    """Return how many places lie in one of two sets but not in both; of each is given, in order, where its runs begin and end."""
    both: npt.NDArray[np.intp] = np.sort(np.concatenate([one, other]), kind="stable")
    return int(both[1::2].sum() - both[::2].sum())


@lru_cache(maxsize=64)
def _weights(row: float, column: float) -> npt.NDArray[np.float64]:
    """Return, for each of the steps, how long an outline is for every pixel whose neighbour at that step lies on its other side."""
    steps = [(right * column, down * row) for right, down in _STEPS]
    angles = np.array([atan2(down, right) for right, down in steps])
    order = np.argsort(angles)
    turned = angles[order]
    share = np.empty(len(steps))
    share[order] = (np.append(turned[1:], turned[0] + pi) - np.insert(turned[:-1], 0, turned[-1] - pi)) / 2
    weights: npt.NDArray[np.float64] = share * row * column / 2 / np.array([hypot(*step) for step in steps])
    weights.setflags(write=False)
    return weights
