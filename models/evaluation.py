"""Dice, IoU, AUC, sensitivity, specificity, calibration error: each with a group-bootstrap interval.

Lesion scans and normal scans are never averaged together: a normal scan has no Dice, it has a false lesion or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.analysis import Mask
from models.datasets import Example, are_alike, likeness_codes
from models.pipeline import Pipeline

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Record:
    """What one scan came to.

    Attributes
    ----------
    p_malignant
        Calibrated probability of the most suspicious lesion, None where none was found.
    logit
        The same before calibration.
    dice, iou
        Of all found lesions together against all annotated ones; None for a normal scan.
    """

    key: str
    group: str
    dataset: str
    label: str
    p_malignant: float | None
    logit: float | None
    dice: float | None
    iou: float | None
    lesions: int
    annotation: str = ""
    objection: str = ""

    @property
    def score(self) -> float:
        """The probability that counts: a lesion that was not found is one that was not called malignant."""
        return 0.0 if self.p_malignant is None else self.p_malignant


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval and the number of scans behind it; NaN-free: None where there is nothing to measure."""

    value: float | None
    low: float | None
    high: float | None
    scans: int


def overlap(found: Mask, truth: Mask) -> tuple[float, float]:
    """Return Dice and IoU of two masks of one size, the second of them not empty."""
    both, total = int(np.count_nonzero(found & truth)), int(np.count_nonzero(found)) + int(np.count_nonzero(truth))
    return 2 * both / total, both / (total - both)


def auc(scores: Floats, is_positive: npt.NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve: the share of pairs in which the positive scores higher, ties counting half; NaN without both classes."""
    positives, negatives = scores[is_positive], scores[~is_positive]
    if not (positives.size and negatives.size):
        return float("nan")
    order = np.sort(negatives)
    below, not_above = np.searchsorted(order, positives, "left"), np.searchsorted(order, positives, "right")
    return float((below + not_above).mean() / (2 * negatives.size))


def expected_calibration_error(probabilities: Floats, is_positive: npt.NDArray[np.bool_], bins: int = 10) -> float:
    """Return the mean gap between stated and observed frequency over equally wide bins, weighted by their share (Guo et al., arXiv:1706.04599)."""
    if not probabilities.size:
        return float("nan")
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [abs(probabilities[place == b].mean() - is_positive[place == b].mean()) * np.mean(place == b) for b in np.unique(place)]
    return float(np.sum(gaps))


def without_seen(examples: Sequence[Example], seen: npt.NDArray[np.bool_]) -> list[Example]:
    """Leave out what a version has seen, or something like it.

    Parameters
    ----------
    seen
        Perceptual hashes of the scans that the version learned from, see ``weights.read_seen``. Only data sets without a table of groups are
        compared: where there is one, the split itself keeps seen and unseen apart.
    """
    unsure = [e for e in examples if e.is_grouped_by_likeness]
    if not unsure or not len(seen):
        return list(examples)
    alike = are_alike(likeness_codes([e.read_pixels() for e in unsure]), seen)
    known = {e.group for e, row in zip(unsure, alike, strict=True) if row.any()}
    return [e for e in examples if e.group not in known]


def run(pipeline: Pipeline, examples: Iterable[Example], report: Callable[[Example], None] | None = None) -> list[Record]:
    """Analyse every example and compare with its annotation."""
    records = []
    for example in examples:
        pixels, truth = example.read_pixels(), example.read_mask()
        analysis = pipeline.analyse(pixels)
        found = np.zeros(truth.shape, np.bool_)
        for lesion in analysis.lesions:
            found |= lesion.mask
        dice, iou = overlap(found, truth) if truth.any() else (None, None)
        p = analysis.p_malignant
        logit = None if p is None else float(pipeline.manifest.temperature * np.log(max(p, 1e-12) / max(1 - p, 1e-12)))
        records.append(
            Record(
                example.key,
                example.group,
                example.dataset,
                example.label,
                p,
                logit,
                dice,
                iou,
                len(analysis.lesions),
                example.annotation,
                example.objection,
            )
        )
        if report:
            report(example)
    return records


def figures(records: Sequence[Record], threshold: float, resamples: int = 1000, seed: int = 0) -> dict[str, Figure]:
    """Return every figure of a set of records, with 95 % intervals from resampling whole groups.

    Parameters
    ----------
    threshold
        The operating point at which sensitivity, specificity, accuracy and precision are taken.
    """
    measures = _measures(threshold)
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.group, []).append(record)
    bundles = list(groups.values())
    rng = np.random.default_rng(seed)
    draws: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(resamples if bundles else 0):
        sample = [record for index in rng.integers(0, len(bundles), len(bundles)) for record in bundles[index]]
        for name, (choose, compute) in measures.items():
            draws[name].append(compute([r for r in sample if choose(r)]))
    return {name: _figure([r for r in records if choose(r)], compute, draws[name]) for name, (choose, compute) in measures.items()}


def report_of(records: Sequence[Record], threshold: float, resamples: int = 1000) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
    """Return ``metrics``, without the scans that the data sets' audit objects to, and ``metrics_with_objections``, with them."""
    clean = [record for record in records if not record.objection]
    return {"metrics": as_json(clean, threshold, resamples), "metrics_with_objections": as_json(records, threshold, resamples)}


def as_json(records: Sequence[Record], threshold: float, resamples: int = 1000) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the figures of each data set among the records, ready for a file."""
    datasets = sorted({record.dataset for record in records})
    return {
        name: {key: asdict(figure) for key, figure in figures([r for r in records if r.dataset == name], threshold, resamples).items()}
        for name in datasets
    }


_Choose = Callable[[Record], bool]
_Compute = Callable[[Sequence[Record]], float]


def _measures(threshold: float) -> dict[str, tuple[_Choose, _Compute]]:
    def is_lesion(r: Record) -> bool:
        return r.dice is not None

    def is_called(r: Record) -> bool:
        return r.score >= threshold

    return {
        "dice": (is_lesion, lambda rs: _mean(r.dice or 0 for r in rs)),
        "median_dice": (is_lesion, lambda rs: float(np.median([r.dice or 0 for r in rs])) if rs else float("nan")),
        "iou": (is_lesion, lambda rs: _mean(r.iou or 0 for r in rs)),
        "missed": (is_lesion, lambda rs: _mean((r.dice or 0) < 0.1 for r in rs)),
        "false_lesions_on_normals": (lambda r: r.label == "normal", lambda rs: _mean(r.lesions > 0 for r in rs)),
        "auc": (is_lesion, lambda rs: auc(_scores(rs), _is_malignant(rs))),
        "accuracy": (is_lesion, lambda rs: _mean(is_called(r) == (r.label == "malignant") for r in rs)),
        "sensitivity": (lambda r: r.label == "malignant", lambda rs: _mean(is_called(r) for r in rs)),
        "specificity": (lambda r: r.label == "benign", lambda rs: _mean(not is_called(r) for r in rs)),
        "precision": (lambda r: is_lesion(r) and is_called(r), lambda rs: _mean(r.label == "malignant" for r in rs)),
        "ece": (lambda r: is_lesion(r) and r.p_malignant is not None, lambda rs: expected_calibration_error(_scores(rs), _is_malignant(rs))),
    }


def _figure(records: Sequence[Record], compute: _Compute, draws: Sequence[float]) -> Figure:
    value = compute(records)
    usable = [draw for draw in draws if np.isfinite(draw)]
    if not np.isfinite(value) or not usable:
        return Figure(None, None, None, len(records))
    low, high = np.percentile(usable, [2.5, 97.5])
    return Figure(round(value, 4), round(float(low), 4), round(float(high), 4), len(records))


def _mean(values: Iterable[float]) -> float:
    collected = np.array(list(values), np.float64)
    return float(collected.mean()) if collected.size else float("nan")


def _scores(records: Sequence[Record]) -> Floats:
    return np.array([r.score for r in records], np.float64)


def _is_malignant(records: Sequence[Record]) -> npt.NDArray[np.bool_]:
    return np.array([r.label == "malignant" for r in records], np.bool_)
