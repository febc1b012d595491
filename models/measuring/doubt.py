"""Which verdicts are likely to be wrong? Signs of it put together, judged on groups that they were not fitted on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

_RIDGE = 1.0
"""Strength of the penalty on the weights of standardised signs: they are few, and so are wrong verdicts."""


def fit_logistic(signs: Floats, is_wrong: Bools, ridge: float = _RIDGE) -> Floats:
    """Return base and weights, float64 (1 + signs,), of the logistic model with the least penalised log-likelihood, by Newton's method.

    Parameters
    ----------
    signs
        float64 (verdicts, signs), each best of about unit spread.
    is_wrong
        bool (verdicts,).
    ridge
        Half of it times the squared weights is added to the loss; the base is free.
    """
    design = np.column_stack([np.ones(len(signs)), signs])
    penalty = np.diag([1e-6] + [ridge] * signs.shape[1])
    weights = np.zeros(design.shape[1])
    for _ in range(100):
        chances = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (chances - is_wrong) + penalty @ weights
        curvature = (design * (chances * (1 - chances))[:, np.newaxis]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step * min(1.0, 2 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-10:
            break
    return np.asarray(weights, np.float64)


def cross_validated(signs: Floats, is_wrong: Bools, groups: Sequence[str], folds: int = 5, repeats: int = 5, seed: int = 0) -> Floats:
    """Return for each verdict the chance of being wrong, float64 (verdicts,), by models fitted on other groups: the mean of ``repeats`` divisions."""
    rng = np.random.default_rng(seed)
    names = np.unique(np.asarray(groups))
    numbers = np.searchsorted(names, np.asarray(groups))
    chances = np.zeros(len(is_wrong))
    for _ in range(repeats):
        part = (rng.permutation(len(names)) % folds)[numbers]
        for fold in range(folds):
            fitted, asked = part != fold, part == fold
            middle, spread = signs[fitted].mean(axis=0), signs[fitted].std(axis=0)
            scaled = (signs - middle) / np.where(spread > 0, spread, 1)
            weights = fit_logistic(scaled[fitted], is_wrong[fitted])
            chances[asked] += 1 / (1 + np.exp(-(weights[0] + scaled[asked] @ weights[1:])))
    return chances / repeats


def kept_accuracy(doubt: Floats, is_wrong: Bools, share: float = 0.8) -> float:
    """Return how many of the least doubtful ``share`` of the verdicts are right, in [0, 1]; NaN where none is left. Ties: the earlier one is kept."""
    kept = np.argsort(doubt, kind="stable")[: round(share * len(doubt))]
    return float(1 - is_wrong[kept].mean()) if kept.size else float("nan")
