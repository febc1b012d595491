"""Figures of the compared systems: pooled over folds, with group-bootstrap intervals, and paired differences between systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.analysis import FloatMap
from models.datasets import Example
from models.lesions import LesionRule, find_lesions
from models.measuring.evaluation import POOLED, Record, as_json, auc, overlap
from models.measuring.resampling import Interval, group_draws
from models.measuring.robustness import auc_difference
from models.preprocessing import Letterbox

Answers = Mapping[str, float]
"""A system's logits by the scan's key."""

MaskFigures = tuple[float | None, float | None, int]
"""Dice and IoU, None of a scan without an annotated lesion, and the number of lesions found."""

THRESHOLD = 0.5
"""Probability from which a lesion is called malignant, as in the reference; chosen on nothing."""

DIFFERENCES = (("guided", "efficientnetb0"), ("lesion", "efficientnetb0"), ("two-branch", "efficientnetb0"))
"""Pairs whose AUC is compared, the first minus the second."""

_OF_MASKS = ("dice", "median_dice", "iou", "missed", "false_lesions_on_normals")


def mean_logits(answers: Sequence[Answers]) -> dict[str, float]:
    """Return the mean of several systems' logits, key by key."""
    return {key: float(np.mean([given[key] for given in answers])) for key in answers[0]}


def measured_mask(example: Example, probability: FloatMap, size: int) -> MaskFigures:
    """Return Dice and IoU, None of a scan without an annotated lesion, and the number of lesions found.

    Lesions are found under the rule's defaults, from a probability of 0.5 on and without a veto: nothing is chosen.

    Parameters
    ----------
    probability
        float32 (rows, columns) of the scan, in [0, 1].
    size
        Side in pixels of the network grid on which lesions are found.
    """
    box = Letterbox.around(probability, size)
    lesions = find_lesions(box.crop(box.apply(probability)), LesionRule(), probability.shape)
    truth = example.read_mask()
    if example.label == "normal" or not truth.any():
        return None, None, len(lesions)
    found = np.any(lesions, axis=0) if lesions else np.zeros(truth.shape, np.bool_)
    return *overlap(found, truth), len(lesions)


def records_of(examples: Sequence[Example], answers: Answers, masks: Mapping[str, MaskFigures] | None) -> list[Record]:
    """Return a record of each scan; of a system without masks of its own only of the lesions, and then Dice and IoU are 0 and mean nothing."""
    records = []
    for e in examples:
        if e.label == "normal" and masks is None:
            continue
        dice, iou, lesions = masks[e.key] if masks is not None else (0.0, 0.0, 0)
        if e.label != "normal" and dice is None:
            dice, iou = 0.0, 0.0  # its annotation is empty: nothing that is found can be right
        logit = None if e.label == "normal" else answers[e.key]
        probability = None if logit is None else float(1 / (1 + np.exp(-logit)))
        records.append(
            Record(
                key=e.key,
                group=e.group,
                dataset=e.dataset,
                label=e.label,
                p_malignant=probability,
                logit=logit,
                dice=dice,
                iou=iou,
                lesions=lesions,
                annotation=e.annotation,
                objection=e.objection,
                histology=e.histology,
                birads=e.birads,
                device=e.device,
            )
        )
    return records


def metrics_of(records: Sequence[Record], *, has_masks: bool, resamples: int = 1000) -> dict[str, Any]:
    """Return the figures by data set and pooled, as ``evaluation.as_json`` does, at the threshold 0.5.

    Those of masks are there only where the system has any; and none that takes its threshold from the very scans.
    """
    hidden = {"specificity_at_sensitivity_95", *(() if has_masks else _OF_MASKS)}
    found = as_json(records, THRESHOLD, resamples)
    return {dataset: {name: figure for name, figure in each.items() if name not in hidden} for dataset, each in found.items()}


def difference_of(first: Sequence[Record], second: Sequence[Record], resamples: int = 1000) -> Interval:
    """Return the AUC of one system minus that of another on the same lesions, with the 95 % interval of whole groups resampled.

    Both systems are measured on each resample, so what makes a scan hard for both does not widen the interval.

    Raises
    ------
    ValueError
        The two were not asked about the same scans.
    """
    lesions = [r for r in first if r.label != "normal"]
    others = {r.key: r.score for r in second if r.label != "normal"}
    if others.keys() != {r.key for r in lesions}:
        raise ValueError("two systems can only be compared on the same scans")
    scores, base = np.array([r.score for r in lesions], np.float64), np.array([others[r.key] for r in lesions], np.float64)
    is_malignant = np.array([r.label == "malignant" for r in lesions], np.bool_)
    return auc_difference(scores, base, is_malignant, group_draws([r.group for r in lesions], resamples))


def differences_of(records: Mapping[str, Sequence[Record]], resamples: int = 1000) -> dict[str, dict[str, Interval]]:
    """Return the differences of AUC by pair, ``"guided minus efficientnetb0"``, and data set or pooled; of pairs whose systems are both there."""
    found = {}
    for first, second in DIFFERENCES:
        if first in records and second in records:
            datasets = {r.dataset: [r.dataset] for r in records[first]}
            chosen = {**dict(sorted(datasets.items())), POOLED: list(datasets)}
            found[f"{first} minus {second}"] = {
                name: difference_of(_among(records[first], names), _among(records[second], names), resamples) for name, names in chosen.items()
            }
    return found


def _among(records: Sequence[Record], datasets: Sequence[str]) -> list[Record]:
    return [r for r in records if r.dataset in datasets]


def auc_of(records: Sequence[Record]) -> float | None:
    """Return the AUC of the lesions among some records; None without both classes."""
    lesions = [r for r in records if r.label != "normal"]
    value = auc(np.array([r.score for r in lesions], np.float64), np.array([r.label == "malignant" for r in lesions], np.bool_))
    return round(value, 4) if np.isfinite(value) else None
