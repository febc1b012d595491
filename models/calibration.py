"""What is chosen on validation scans after the networks are fitted: lesion rule, temperature, operating points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from models.analysis import DoubtRule, FloatMap, OperatingPoint
from models.lesions import LesionRule, least_doubt
from models.measuring.doubt import fit_logistic

LEAST_SENSITIVITY = 0.95
"""What the "sensitive" point finds of the malignant validation lesions."""

KEPT = 0.8
"""Share of the validation lesions whose verdicts are not called uncertain."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def choose_lesion_rule(normals: Sequence[FloatMap], lesions: Sequence[FloatMap], most_false: float, most_lost: float = 0.15) -> LesionRule:
    """Return the rule with the mildest veto that leaves false lesions on at most ``most_false`` of normal scans.

    Parameters
    ----------
    normals, lesions
        Lesion probabilities of scans without and with a lesion, none of which the segmenter was fitted on.
    most_false, most_lost
        Shares in [0, 1]. No veto is chosen that loses more of the lesions than ``most_lost``, whatever it leaves on normal scans.
    """
    rule = LesionRule()
    false_doubts = np.array([least_doubt(p, rule) for p in normals])
    true_doubts = np.array([least_doubt(p, rule) for p in lesions])
    chosen = rule
    for limit in np.arange(rule.max_doubt, 0.5, -0.05):
        if true_doubts.size and np.mean(true_doubts > limit) > most_lost:
            break
        chosen = replace(rule, max_doubt=round(float(limit), 2))
        if not false_doubts.size or np.mean(false_doubts <= limit) <= most_false:
            break
    return chosen


def fit_temperature(logits: Floats, is_positive: Bools) -> float:
    """Return the temperature T > 0 with the least negative log-likelihood of sigmoid(logit / T) (Guo et al., arXiv:1706.04599)."""
    candidates = np.exp(np.linspace(np.log(0.2), np.log(8), 400))
    signs = np.where(is_positive, 1.0, -1.0)
    losses = [np.logaddexp(0, -signs * logits / t).mean() for t in candidates]
    return round(float(candidates[int(np.argmin(losses))]), 4)


def choose_operating_points(probabilities: Floats, is_positive: Bools, measured_on: str) -> tuple[OperatingPoint, OperatingPoint]:
    """Return "sensitive", the highest threshold with a sensitivity of at least 0.95, and "balanced", with the highest sum of both rates.

    Only lesions that were found can lie above a threshold: what the segmenter misses is not made up for here, but in the rates that the
    evaluation measures.
    """
    ordered = np.sort(np.unique(probabilities))
    middles = (ordered[1:] + ordered[:-1]) / 2 if ordered.size > 1 else ordered
    rates = [(t, *rates_at(probabilities, is_positive, t)) for t in middles]
    sensitive = max((rate for rate in rates if rate[1] >= LEAST_SENSITIVITY), default=rates[0])
    balanced = max(rates, key=lambda rate: rate[1] + rate[2])
    return _point("sensitive", sensitive, measured_on), _point("balanced", balanced, measured_on)


def calibrated(logits: Floats, is_positive: Bools, measured_on: str) -> tuple[float, tuple[OperatingPoint, ...]]:
    """Return temperature and operating points, each with its doubt, as chosen on lesions.

    Parameters
    ----------
    logits
        Each classifier's logit, not calibrated, float64 (lesions, classifiers).
    is_positive
        bool (lesions,): malignant; both classes are there.
    measured_on
        What the lesions are, in words.
    """
    joint = logits.mean(axis=1)
    temperature = fit_temperature(joint, is_positive)
    points = choose_operating_points(1 / (1 + np.exp(-joint / temperature)), is_positive, measured_on)
    return temperature, tuple(replace(point, doubt=fit_doubt(logits / temperature, point.threshold, is_positive)) for point in points)


def fit_doubt(opinions: Floats, threshold: float, is_positive: Bools) -> DoubtRule:
    """Return the rule that tells verdicts that are likely to be wrong: see ``analysis.DoubtRule``.

    Neither coefficient may say the contrary of what it stands for, that a verdict is the surer the more error the probability states or the more
    the classifiers disagree: such a one is noise, and left out.

    Parameters
    ----------
    opinions
        Calibrated logits, float64 (lesions, classifiers); their mean decides.
    threshold
        Of the operating point, a probability.
    is_positive
        bool (lesions,): malignant.
    """
    logits = opinions.mean(axis=1)
    limit = np.log(threshold / (1 - threshold))
    is_called = logits >= limit
    is_wrong = is_called != is_positive
    columns = {"stated": np.where(is_called, -logits, logits), "spread": opinions.std(axis=1)}
    while True:
        weights = fit_logistic(np.column_stack(list(columns.values())) if columns else np.zeros((len(logits), 0)), is_wrong)
        odd = [name for name, weight in zip(columns, weights[1:], strict=True) if weight < 0]
        if not odd:
            break
        del columns[odd[0]]
    fitted = dict(zip(columns, (round(float(w), 4) for w in weights[1:]), strict=True))
    signs = np.column_stack([np.ones(len(logits)), *columns.values()])
    chances = 1 / (1 + np.exp(-signs @ weights))
    return DoubtRule(base=round(float(weights[0]), 4), **fitted, uncertain_from=round(float(np.quantile(chances, KEPT)), 4))


def rates_at(probabilities: Floats, is_positive: Bools, threshold: float) -> tuple[float, float]:
    """Return sensitivity and specificity of calling malignant from ``threshold`` on; 0 where a class has no scan."""
    called = probabilities >= threshold
    positives, negatives = called[is_positive], ~called[~is_positive]
    return float(positives.mean()) if positives.size else 0.0, float(negatives.mean()) if negatives.size else 0.0


def _point(name: str, rate: tuple[float, float, float], measured_on: str) -> OperatingPoint:
    threshold, sensitivity, specificity = (round(float(value), 4) for value in rate)
    return OperatingPoint(name, threshold, sensitivity, specificity, measured_on)
