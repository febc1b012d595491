"""Does an answer hold when it should? Other ways to draw the same lesion, and how far probabilities and verdicts move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from models.measuring.figures import auc
from models.measuring.resampling import Floats, Interval, Places, Statistic, with_interval
from models.preprocessing import Ellipse, Mask

Bools = npt.NDArray[np.bool_]


# the same lesion, drawn otherwise -----------------------------------------------------------------------------------------------------------------


def redrawn(mask: Mask, px: float) -> dict[str, Mask]:
    """Return other drawings of one lesion, bool (rows, columns), by their names; one that was shrunk may be empty.

    Parameters
    ----------
    mask
        bool (rows, columns), not empty.
    px
        How many pixels of the mask one of the names' pixels is: that of the network grid is ``1 / Letterbox.scale`` of the scan's.
    """
    return {
        "smoothed": smoothed(mask),
        "jagged": jagged(mask, 3 * px),
        "hull": hull(mask),
        "ellipse": Ellipse.of_mask(mask).distance(mask.shape) <= 1,
        **{f"dilated {n} px": moved(mask, n * px) for n in (1, 2, 3)},
        **{f"eroded {n} px": moved(mask, -n * px) for n in (1, 2, 3)},
    }


def smoothed(mask: Mask) -> Mask:
    """Return the mask without what is finer than about a seventh of its radius."""
    sigma = 0.15 * np.sqrt(np.count_nonzero(mask) / np.pi)
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(sigma, 0.5)) >= 0.5)


def jagged(mask: Mask, reach_px: float = 3.0) -> Mask:
    """Return the mask with a rim that goes in and out by about ``reach_px``, as a hasty hand would leave it; always the same."""
    noise = cv2.GaussianBlur(np.random.default_rng(0).standard_normal(mask.shape).astype(np.float32), (0, 0), 1.5)
    return np.asarray(_depth(mask) + 0.7 * reach_px * noise / noise.std() > 0)


def hull(mask: Mask) -> Mask:
    """Return the convex hull of a mask that is not empty."""
    points = cv2.findNonZero(mask.astype(np.uint8))
    return np.asarray(cv2.fillConvexPoly(np.zeros(mask.shape, np.uint8), cv2.convexHull(points), 1) > 0)


def moved(mask: Mask, px: float) -> Mask:
    """Return the mask grown by so many of its pixels, or shrunk where negative; fractions count."""
    depth = _depth(mask)
    return np.asarray(depth >= -px if px > 0 else depth > -px)


def _depth(mask: Mask) -> npt.NDArray[np.float32]:
    """Return how deep each pixel lies inside, negative outside: distances to the nearest pixel of the other side."""
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(inside - outside, np.float32)


# how far answers move -----------------------------------------------------------------------------------------------------------------------------


def flips(first: Floats, second: Floats, threshold: float) -> float:
    """Return the share of pairs that lie on different sides of a threshold, which itself belongs above; NaN without a pair."""
    return float(np.mean((first >= threshold) != (second >= threshold))) if first.size else float("nan")


def change_of(answers: Floats, base: Floats, thresholds: Mapping[str, float], draws: Sequence[Places]) -> dict[str, Any]:
    """Return how far answers lie from those of the same scans before: ``median``, ``p95`` and ``flips`` by operating point, with intervals.

    Parameters
    ----------
    answers, base
        Probabilities float64 (scans,) in [0, 1], of which one may be NaN: that scan is then left out of these figures.
    thresholds
        Of each operating point.
    draws
        Of the places of all scans, see ``resampling.group_draws``.
    """
    usable = np.isfinite(answers) & np.isfinite(base)
    change = np.abs(answers - base)

    def of(places: Places) -> Places:
        return np.asarray(places[usable[places]], np.intp)

    def percentile(places: Places, share: float) -> float:
        chosen = change[of(places)]
        return float(np.percentile(chosen, share)) if chosen.size else float("nan")

    scans = answers.size
    found: dict[str, Any] = {
        "median": with_interval(lambda places: percentile(places, 50), scans, draws),
        "p95": with_interval(lambda places: percentile(places, 95), scans, draws),
        "flips": {
            name: with_interval(lambda places, t=threshold: flips(answers[of(places)], base[of(places)], t), scans, draws)  # type: ignore[misc]
            for name, threshold in thresholds.items()
        },
    }
    counted = int(np.count_nonzero(usable))
    for each in (found["median"], found["p95"], *found["flips"].values()):
        each["scans"] = counted
    return found


def pooled(changes: Sequence[tuple[Floats, Floats]], thresholds: Mapping[str, float]) -> dict[str, Any]:
    """Return ``median``, ``p95`` and ``flips`` of several sets of answers and their bases thrown together; NaN are left out."""
    answers, base = (np.concatenate([pair[side] for pair in changes]) for side in (0, 1))
    usable = np.isfinite(answers) & np.isfinite(base)
    answers, base = answers[usable], base[usable]
    change = np.abs(answers - base)
    return {
        "median": round(float(np.median(change)), 4),
        "p95": round(float(np.percentile(change, 95)), 4),
        "flips": {name: round(flips(answers, base, threshold), 4) for name, threshold in thresholds.items()},
    }


def auc_with_interval(answers: Floats, is_malignant: Bools, draws: Sequence[Places]) -> Interval:
    """Return the AUC of answers with its interval; NaN answers are left out."""
    return _on_usable(lambda places: auc(answers[places], is_malignant[places]), np.isfinite(answers), draws)


def auc_difference(answers: Floats, base: Floats, is_malignant: Bools, draws: Sequence[Places]) -> Interval:
    """Return how much higher the AUC of answers is than that of others about the same scans, with a paired interval."""

    def difference(places: Places) -> float:
        return auc(answers[places], is_malignant[places]) - auc(base[places], is_malignant[places])

    return _on_usable(difference, np.isfinite(answers) & np.isfinite(base), draws)


def _on_usable(statistic: Statistic, usable: Bools, draws: Sequence[Places]) -> Interval:
    found = with_interval(lambda places: statistic(places[usable[places]]), usable.size, draws)
    return found | {"scans": int(np.count_nonzero(usable))}


# the wishes ---------------------------------------------------------------------------------------------------------------------------------------

MOST_MEDIAN, MOST_P95, MOST_FLIPS, MOST_AUC = 0.03, 0.15, 0.03, 0.01
"""How far a diagnosis may move with the way its lesion is drawn: change of the probability, share of verdicts that turn, AUC."""


def wishes(change: Mapping[str, Any]) -> dict[str, bool]:
    """Return which wishes a set of changes fulfils, by name; ``change`` as of ``pooled`` or ``change_of``."""

    def value(figure: Any) -> float:
        return float(figure["value"]) if isinstance(figure, Mapping) else float(figure)

    return {
        "median": value(change["median"]) <= MOST_MEDIAN,
        "p95": value(change["p95"]) <= MOST_P95,
        **{f"flips, {name}": value(share) <= MOST_FLIPS for name, share in change["flips"].items()},
    }
