"""Dice, AUC, sensitivity, calibration error and the rest, each with a group-bootstrap interval.

A figure is computed from *weights*, float64 (draws, scans): how often each scan was drawn. One row of ones gives the value itself, rows of resampled
groups give its interval, all of them in one pass and the same on every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.analysis import DoubtRule, OperatingPoint
from models.measuring.records import Record

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BINS = 10
"""Equally wide bins of the calibration error and the reliability diagram."""

LEAST_SENSITIVITY = 0.95
SUREST = 0.8
"""The share of verdicts that is left when the least sure fifth is put aside."""

MISSED_BELOW = 0.1
"""Dice below which a lesion counts as missed."""


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval and the number of scans behind it; NaN-free: None where there is nothing to measure."""

    value: float | None
    low: float | None
    high: float | None
    scans: int


class Table:
    """Records as columns, each an array (scans,).

    Attributes
    ----------
    dice, iou, score, diameter_px
        float64; NaN where a scan has none.
    is_lesion, is_malignant, is_benign, is_normal, is_found, has_false_lesion
        bool. ``is_found``: a lesion scan in which some lesion was found, so that there is a probability and a verdict.
    group
        Number of the scan's group.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)
        self.dice = _column(r.dice for r in records)
        self.iou = _column(r.iou for r in records)
        self.score = _column(r.score for r in records)
        self.diameter_px = _column(r.diameter_px for r in records)
        self.is_lesion = np.array([r.dice is not None for r in records], np.bool_)
        self.is_malignant = np.array([r.label == "malignant" for r in records], np.bool_)
        self.is_benign = np.array([r.label == "benign" for r in records], np.bool_)
        self.is_normal = np.array([r.label == "normal" for r in records], np.bool_)
        self.is_found = self.is_lesion & np.array([r.p_malignant is not None for r in records], np.bool_)
        self.has_false_lesion = self.is_normal & np.array([r.lesions > 0 for r in records], np.bool_)
        numbers: dict[str, int] = {}
        self.group = np.array([numbers.setdefault(r.group, len(numbers)) for r in records], np.intp)
        self.groups = len(numbers)

    def __len__(self) -> int:
        """Return the number of scans."""
        return len(self.records)

    def chances_of_error(self, point: OperatingPoint) -> Floats:
        """Return by the point's rule how probable it is that each verdict is wrong; NaN where there is none."""
        return _column(r.chance_of_error(point) for r in self.records)

    def resampled(self, resamples: int, rng: np.random.Generator) -> Floats:
        """Return how often each scan comes up when whole groups are drawn with replacement, float64 (resamples, scans)."""
        if not len(self):
            return np.zeros((resamples, 0))
        drawn = rng.multinomial(self.groups, np.full(self.groups, 1 / self.groups), size=resamples)
        return np.asarray(drawn[:, self.group], np.float64)


@dataclass(frozen=True)
class Measure:
    """One figure: which scans it is about, and its value for each row of weights, NaN where a row has nothing to measure."""

    about: Bools
    compute: Callable[[Floats], Floats]


def figures(records: Sequence[Record], threshold: float | OperatingPoint, resamples: int = 1000, seed: int = 0) -> dict[str, Figure]:
    """Return every figure of a set of records, with 95 % intervals from resampling whole groups.

    Parameters
    ----------
    threshold
        The operating point at which sensitivity, specificity, accuracy and precision are taken; given as such, what its rule of doubt is worth
        is measured too.

    Returns
    -------
    dict
        Those without a threshold first. ``specificity_at_sensitivity_95`` takes the highest threshold that finds 95 % of the malignant lesions
        *among these very records* and is by so much kinder than a threshold that was chosen elsewhere. ``ece_if_calibrated`` is what a perfectly
        calibrated network would show, see `calibrated_floor`; its interval spans 95 % of such networks.
    """
    table = Table(records)
    rng = np.random.default_rng(seed)
    weights = table.resampled(resamples, rng)
    measures = dict(general_measures(table))
    measures.update(measures_at(table, threshold if isinstance(threshold, OperatingPoint) else OperatingPoint("", threshold, 0.0, 0.0, "")))
    found = {name: _figure(measure, weights) for name, measure in measures.items()}
    floor = calibrated_floor(table, resamples, rng)
    place = list(found).index("ece") + 1
    return dict([*list(found.items())[:place], ("ece_if_calibrated", floor), *list(found.items())[place:]])


def general_measures(table: Table) -> Mapping[str, Measure]:
    """Return the measures that need no threshold."""
    t = table
    lesions, found = t.is_lesion, t.is_found
    return {
        "dice": Measure(lesions, lambda w: _mean(w, lesions, t.dice)),
        "median_dice": Measure(lesions, lambda w: _median(w[:, lesions], t.dice[lesions])),
        "iou": Measure(lesions, lambda w: _mean(w, lesions, t.iou)),
        "missed": Measure(lesions, lambda w: _mean(w, lesions, t.dice < MISSED_BELOW)),
        "false_lesions_on_normals": Measure(t.is_normal, lambda w: _mean(w, t.is_normal, t.has_false_lesion)),
        "auc": Measure(lesions, lambda w: _weighted_auc(w[:, lesions], t.score[lesions], t.is_malignant[lesions])),
        "specificity_at_sensitivity_95": Measure(
            lesions, lambda w: _specificity_at(LEAST_SENSITIVITY, w[:, lesions], t.score[lesions], t.is_malignant[lesions])
        ),
        "brier": Measure(found, lambda w: _mean(w, found, (t.score - t.is_malignant) ** 2)),
        "ece": Measure(found, lambda w: _weighted_ece(w[:, found], t.score[found], t.is_malignant[found])),
    }


def measures_at(table: Table, point: OperatingPoint) -> Mapping[str, Measure]:
    """Return the measures of verdicts at an operating point, and of its rule of doubt where it has one.

    A lesion that was not found is called benign. Of doubt only verdicts on found lesions are asked: where nothing is found, nothing is said.
    """
    t = table
    is_called = t.score >= point.threshold
    lesions, called = t.is_lesion, t.is_lesion & is_called
    is_right = is_called == t.is_malignant
    measures = {
        "accuracy": Measure(lesions, lambda w: _mean(w, lesions, is_right)),
        "sensitivity": Measure(t.is_malignant, lambda w: _mean(w, t.is_malignant, is_called)),
        "specificity": Measure(t.is_benign, lambda w: _mean(w, t.is_benign, ~is_called)),
        "precision": Measure(called, lambda w: _mean(w, called, t.is_malignant)),
    }
    if point.doubt != DoubtRule():
        measures.update(_doubt_measures(t, point, is_right))
    return measures


def _doubt_measures(table: Table, point: OperatingPoint, is_right: Bools) -> Mapping[str, Measure]:
    found, chances = table.is_found, table.chances_of_error(point)
    is_uncertain = found & (chances >= point.doubt.uncertain_from)
    is_certain = found & ~is_uncertain
    return {
        "doubt_auroc": Measure(found, lambda w: _weighted_auc(w[:, found], chances[found], ~is_right[found])),
        "verdict_accuracy": Measure(found, lambda w: _mean(w, found, is_right)),
        "verdict_accuracy_surest_80": Measure(found, lambda w: _of_surest(w[:, found], chances[found], is_right[found])),
        "uncertain": Measure(found, lambda w: _mean(w, found, is_uncertain)),
        "verdict_accuracy_certain": Measure(is_certain, lambda w: _mean(w, is_certain, is_right)),
        "verdict_accuracy_uncertain": Measure(is_uncertain, lambda w: _mean(w, is_uncertain, is_right)),
    }


def calibrated_floor(table: Table, simulations: int, rng: np.random.Generator) -> Figure:
    """Return the calibration error that a perfectly calibrated network would show on as many scans, with these very probabilities.

    Classes are drawn with the stated probabilities, one random number for each group: scans of one lesion share their class. A small set has a high
    floor, and an error below ``high`` is no sign of poor calibration.
    """
    found = table.is_found
    scores, group = table.score[found], table.group[found]
    if not (scores.size and simulations):
        return Figure(None, None, None, int(scores.size))
    drawn = rng.random((simulations, table.groups))[:, group] < scores
    bins = _bin_of(scores)
    gaps = [np.abs(scores[bins == b].sum() - drawn[:, bins == b].sum(axis=1)) for b in np.unique(bins)]
    errors = np.sum(gaps, axis=0) / scores.size
    low, high = np.percentile(errors, [2.5, 97.5])
    return Figure(round(float(errors.mean()), 4), round(float(low), 4), round(float(high), 4), int(scores.size))


def auc(scores: Floats, is_positive: Bools) -> float:
    """Return the area under the ROC curve: the share of pairs in which the positive scores higher, ties counting half; NaN without both classes."""
    return float(_weighted_auc(np.ones((1, len(scores))), np.asarray(scores, np.float64), np.asarray(is_positive, np.bool_))[0])


def expected_calibration_error(probabilities: Floats, is_positive: Bools, bins: int = BINS) -> float:
    """Return the mean gap between stated and observed frequency over equally wide bins, weighted by their share (Guo et al., arXiv:1706.04599)."""
    return float(_weighted_ece(np.ones((1, len(probabilities))), probabilities, is_positive, bins)[0])


def bin_edges(bins: int = BINS) -> Floats:
    """Return the edges of the bins, from 0 to 1."""
    return np.linspace(0, 1, bins + 1)


def _figure(measure: Measure, weights: Floats) -> Figure:
    scans = int(np.count_nonzero(measure.about))
    value = float(measure.compute(np.ones((1, len(measure.about))))[0])
    drawn = measure.compute(weights)
    usable = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or not usable.size:
        return Figure(None, None, None, scans)
    low, high = np.percentile(usable, [2.5, 97.5])
    return Figure(round(value, 4), round(float(low), 4), round(float(high), 4), scans)


def _column(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0), np.float64)


def _mean(weights: Floats, about: Bools, values: npt.NDArray[np.generic]) -> Floats:
    chosen = weights[:, about]
    return _ratio(chosen @ np.asarray(values[about], np.float64), chosen.sum(axis=1))


def _median(weights: Floats, values: Floats) -> Floats:
    """Return the median of each row's multiset; weights are whole numbers."""
    if not values.size:
        return np.full(len(weights), np.nan)
    order = np.argsort(values, kind="stable")
    ordered, reached = values[order], np.cumsum(weights[:, order], axis=1)
    total = reached[:, -1]
    lower = ordered[np.argmax(reached > np.floor((total - 1) / 2)[:, None], axis=1)]
    upper = ordered[np.argmax(reached > np.floor(total / 2)[:, None], axis=1)]
    return np.asarray(np.where(total > 0, (lower + upper) / 2, np.nan), np.float64)


def _levels(weights: Floats, scores: Floats, is_positive: Bools) -> tuple[Floats, Floats]:
    """Return the weight of positives and of negatives at every distinct score, the highest first: float64 (draws, levels) each."""
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    sides = (weights * is_positive, weights * ~is_positive)
    positives, negatives = (np.add.reduceat(side[:, order], starts, axis=1) for side in sides)
    return positives, negatives


def _weighted_auc(weights: Floats, scores: Floats, is_positive: Bools) -> Floats:
    if not scores.size:
        return np.full(len(weights), np.nan)
    positives, negatives = _levels(weights, scores, is_positive)
    above = np.cumsum(positives, axis=1) - positives / 2
    return _ratio((negatives * above).sum(axis=1), positives.sum(axis=1) * negatives.sum(axis=1))


def _specificity_at(least: float, weights: Floats, scores: Floats, is_positive: Bools) -> Floats:
    if not scores.size:
        return np.full(len(weights), np.nan)
    positives, negatives = _levels(weights, scores, is_positive)
    reached, called = np.cumsum(positives, axis=1), np.cumsum(negatives, axis=1)
    first = np.argmax(reached >= least * reached[:, -1:] - 1e-9, axis=1)
    specificity = 1 - _ratio(called[np.arange(len(called)), first], called[:, -1])
    return np.asarray(np.where(reached[:, -1] > 0, specificity, np.nan), np.float64)


def _bin_of(probabilities: Floats, bins: int = BINS) -> npt.NDArray[np.intp]:
    return np.minimum((probabilities * bins).astype(np.intp), bins - 1)


def _weighted_ece(weights: Floats, probabilities: Floats, is_positive: Bools, bins: int = BINS) -> Floats:
    gap = probabilities - is_positive
    place = _bin_of(probabilities, bins)
    gaps = np.zeros(len(weights))
    for b in np.unique(place):
        gaps += np.abs(weights[:, place == b] @ gap[place == b])
    return _ratio(gaps, weights.sum(axis=1))


def _of_surest(weights: Floats, chances: Floats, is_right: Bools) -> Floats:
    """Return how many of the surest verdicts are right; the one at the border counts with the part that is within."""
    order = np.argsort(chances, kind="stable")
    ordered = weights[:, order]
    before = np.cumsum(ordered, axis=1) - ordered
    kept = np.clip(SUREST * ordered.sum(axis=1, keepdims=True) - before, 0, ordered)
    return _ratio(kept @ is_right[order].astype(np.float64), kept.sum(axis=1))
