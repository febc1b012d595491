"""Intervals from resampling whole groups: scans of one lesion or patient come and go together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Statistic = Callable[[Places], float]
"""What is measured on some of the scans, named by their places; NaN where they do not suffice."""

Interval = dict[str, float | int | None]
"""``value``, ``low`` and ``high``, the 95 % interval, and ``scans``; None where there is nothing to measure."""


def group_draws(groups: Sequence[str], resamples: int = 1000, seed: int = 0) -> list[Places]:
    """Return ``resamples`` draws of whole groups with replacement, each as the places of its scans; the same for the same seed."""
    places: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        places.setdefault(group, []).append(place)
    bundles = [np.array(each, np.intp) for each in places.values()]
    if not bundles:
        return []
    rng = np.random.default_rng(seed)
    return [np.concatenate([bundles[index] for index in rng.integers(0, len(bundles), len(bundles))]) for _ in range(resamples)]


def with_interval(statistic: Statistic, scans: int, draws: Sequence[Places]) -> Interval:
    """Return a statistic of all ``scans`` with its 95 % percentile interval over the draws, rounded to four digits.

    Draws on which the statistic is NaN are left out. To compare two answers about the same scans, let the statistic be their difference: the draws
    are then paired.
    """
    value = statistic(np.arange(scans))
    found = [each for draw in draws if np.isfinite(each := statistic(draw))]
    if not np.isfinite(value) or not found:
        return {"value": None, "low": None, "high": None, "scans": scans}
    low, high = np.percentile(found, [2.5, 97.5])
    return {"value": round(value, 4), "low": round(float(low), 4), "high": round(float(high), 4), "scans": scans}
