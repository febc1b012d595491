"""Between the shipped and the fitted weights: how much of the fit is taken over, chosen on held-out cases.

Averaging the weights of a network before and after a fit often keeps what it knew and most of what it learned (Wortsman et al., arXiv:2109.01903),
with one number that can be chosen by looking.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Shares of the fitted weights that are tried."""

Weights = Sequence[npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Scores:
    """What a share is worth, the higher the better.

    Attributes
    ----------
    clinic
        On the clinic's held-out cases.
    kept
        Figures, always the same ones, on what must be kept; None where nothing tells that.
    """

    clinic: float
    kept: tuple[float, ...] | None


def blend(shipped: Weights, fitted: Weights, share: float) -> list[npt.NDArray[np.float32]]:
    """Return (1 - share) of the shipped and ``share`` of the fitted weights, each exactly at 0 and 1."""
    if share in (0.0, 1.0):
        return [np.array(each) for each in (fitted if share else shipped)]
    return [np.asarray((1 - share) * old + share * new, np.float32) for old, new in zip(shipped, fitted, strict=True)]


def scores_of(measure: Callable[[float], Scores]) -> dict[float, Scores]:
    """Return what every share is worth, 0 first."""
    return {share: measure(share) for share in (0.0, *SHARES)}


def choose_share(scores: Mapping[float, Scores], most_lost: Sequence[float]) -> float:
    """Return the share with the highest score on the clinic's cases among those that keep every other figure within its ``most_lost``.

    It must be better than none; of equals the smallest is taken. Where nothing tells what must be kept, only the smallest share may be taken at
    all. 0, no change, where none is left.
    """
    shipped = scores[0.0]
    best = 0.0
    for share in sorted(scores):
        if _keeps(scores[share], shipped, most_lost, share) and scores[share].clinic > scores[best].clinic:
            best = share
    return best


def _keeps(candidate: Scores, shipped: Scores, most_lost: Sequence[float], share: float) -> bool:
    if candidate.kept is None or shipped.kept is None:
        return share <= SHARES[0]
    return all(new >= old - lost for new, old, lost in zip(candidate.kept, shipped.kept, most_lost, strict=True))
