"""Figures of the compared systems: pooled over folds, with group-bootstrap intervals, and paired differences between systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from models.analysis import FloatMap
from models.datasets import Example
from models.evaluation import Figure, Record, auc, figures, overlap
from models.lesions import LesionRule, find_lesions
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
    lesions = find_lesions(box.crop(box.apply(probability)), LesionRule(), probability.shape)  # type: ignore[arg-type]  # two numbers
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
            )
        )
    return records


def figures_of(records: Sequence[Record], *, has_masks: bool, resamples: int = 1000) -> dict[str, dict[str, Any]]:
    """Return the figures by data set, at the threshold 0.5; those of masks only where the system has any."""
    found: dict[str, dict[str, Any]] = {}
    for dataset in sorted({r.dataset for r in records}):
        all_figures = figures([r for r in records if r.dataset == dataset], THRESHOLD, resamples)
        found[dataset] = {name: asdict(figure) for name, figure in all_figures.items() if has_masks or name not in _OF_MASKS}
    return found


def auc_difference(first: Sequence[Record], second: Sequence[Record], resamples: int = 1000, seed: int = 0) -> Figure:
    """Return the AUC of one system minus that of another on the same lesions, with the 95 % interval of whole groups resampled.

    Both systems are measured on each resample, so what makes a scan hard for both does not widen the interval.

    Raises
    ------
    ValueError
        The two were not asked about the same scans.
    """
    scores = [{r.key: r.score for r in records if r.label != "normal"} for records in (first, second)]
    if scores[0].keys() != scores[1].keys():
        raise ValueError("two systems can only be compared on the same scans")
    lesions = [r for r in first if r.label != "normal"]
    paired = np.array([[given[r.key] for r in lesions] for given in scores], np.float64).reshape(2, -1)
    is_malignant = np.array([r.label == "malignant" for r in lesions], np.bool_)
    value = _difference(paired, is_malignant)
    draws = [_difference(paired[:, chosen], is_malignant[chosen]) for chosen in _resampled([r.group for r in lesions], resamples, seed)]
    usable = [draw for draw in draws if np.isfinite(draw)]
    if not np.isfinite(value) or not usable:
        return Figure(None, None, None, len(lesions))
    low, high = np.percentile(usable, [2.5, 97.5])
    return Figure(round(value, 4), round(float(low), 4), round(float(high), 4), len(lesions))


def _difference(paired: npt.NDArray[np.float64], is_malignant: npt.NDArray[np.bool_]) -> float:
    return auc(paired[0], is_malignant) - auc(paired[1], is_malignant)


def _resampled(groups: Sequence[str], resamples: int, seed: int) -> list[npt.NDArray[np.int64]]:
    """Return the positions of each resample: whole groups, drawn with replacement."""
    bundles: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        bundles.setdefault(group, []).append(place)
    members = [np.array(places, np.int64) for places in bundles.values()]
    rng = np.random.default_rng(seed)
    return [np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))]) for _ in range(resamples if members else 0)]


def differences_of(records: Mapping[str, Sequence[Record]], resamples: int = 1000) -> dict[str, dict[str, Any]]:
    """Return the differences of AUC by pair, ``"guided minus efficientnetb0"``, and data set; of pairs whose systems are both there."""
    found = {}
    for first, second in DIFFERENCES:
        if first in records and second in records:
            datasets = sorted({r.dataset for r in records[first]})
            of_each = {d: [[r for r in records[name] if r.dataset == d] for name in (first, second)] for d in datasets}
            found[f"{first} minus {second}"] = {d: asdict(auc_difference(*pair, resamples)) for d, pair in of_each.items()}
    return found


def auc_of(records: Sequence[Record]) -> float | None:
    """Return the AUC of the lesions among some records; None without both classes."""
    lesions = [r for r in records if r.label != "normal"]
    value = auc(np.array([r.score for r in lesions], np.float64), np.array([r.label == "malignant" for r in lesions], np.bool_))
    return round(value, 4) if np.isfinite(value) else None
