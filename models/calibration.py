"""What is chosen on validation scans after the networks are fitted: lesion rule, temperature, operating points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from models.analysis import FloatMap, OperatingPoint
from models.lesions import LesionRule, highest_peak

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def choose_lesion_rule(normals: Sequence[FloatMap], lesions: Sequence[FloatMap], most_false: float) -> LesionRule:
    """Return the rule with the lowest veto that leaves false lesions on at most ``most_false`` of normal scans.

    Parameters
    ----------
    normals, lesions
        Lesion probabilities of scans without and with a lesion, none of which the segmenter was fitted on.
    most_false
        Share in [0, 1]. When even the strictest veto leaves more, the strictest is taken. No veto is chosen that loses over 15 % of the lesions.
    """
    rule = LesionRule()
    false_peaks = np.array([highest_peak(p, rule) for p in normals])
    true_peaks = np.array([highest_peak(p, rule) for p in lesions])
    chosen = rule
    for veto in np.linspace(0.5, 0.98, 49):
        if true_peaks.size and np.mean(true_peaks < veto) > 0.15:
            break
        chosen = replace(rule, min_peak=round(float(veto), 3))
        if not false_peaks.size or np.mean(false_peaks >= veto) <= most_false:
            break
    return chosen


def fit_temperature(logits: Floats, is_positive: Bools) -> float:
    """Return the temperature T > 0 with the least negative log-likelihood of sigmoid(logit / T) (Guo et al., arXiv:1706.04599)."""
    candidates = np.exp(np.linspace(np.log(0.2), np.log(8), 400))
    signs = np.where(is_positive, 1.0, -1.0)
    losses = [np.logaddexp(0, -signs * logits / t).mean() for t in candidates]
    return round(float(candidates[int(np.argmin(losses))]), 4)


def choose_operating_points(probabilities: Floats, is_positive: Bools, measured_on: str) -> tuple[OperatingPoint, OperatingPoint]:
    """Return "sensitive", the highest threshold with a sensitivity of at least 0.95, and "balanced", with the highest sum of both rates."""
    ordered = np.sort(np.unique(probabilities))
    middles = (ordered[1:] + ordered[:-1]) / 2
    rates = [(t, *rates_at(probabilities, is_positive, t)) for t in middles]
    sensitive = max((rate for rate in rates if rate[1] >= 0.95), default=rates[0])
    balanced = max(rates, key=lambda rate: rate[1] + rate[2])
    return _point("sensitive", sensitive, measured_on), _point("balanced", balanced, measured_on)


def rates_at(probabilities: Floats, is_positive: Bools, threshold: float) -> tuple[float, float]:
    """Return sensitivity and specificity of calling malignant from ``threshold`` on; 0 where a class has no scan."""
    called = probabilities >= threshold
    positives, negatives = called[is_positive], ~called[~is_positive]
    return float(positives.mean()) if positives.size else 0.0, float(negatives.mean()) if negatives.size else 0.0


def _point(name: str, rate: tuple[float, float, float], measured_on: str) -> OperatingPoint:
    threshold, sensitivity, specificity = (round(float(value), 4) for value in rate)
    return OperatingPoint(name, threshold, sensitivity, specificity, measured_on)
