"""What is measured of a version of the networks, ready for a file: figures with intervals, break-downs, and the points of the plots.

Lesion scans and normal scans are never averaged together: a normal scan has no Dice, it has a false lesion or none.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from typing import Any

import numpy as np

from models.analysis import NetworkInfo, OperatingPoint
from models.datasets import Example, counts, fingerprint
from models.measuring.breakdowns import broken_down, counts_of
from models.measuring.figures import Figure, Table, auc, bin_edges, expected_calibration_error, figures, general_measures, measures_at
from models.measuring.records import Record, overlap, run, without_seen

__all__ = [
    "NOTE",
    "POOLED",
    "Figure",
    "Record",
    "as_json",
    "auc",
    "expected_calibration_error",
    "figures",
    "measured",
    "overlap",
    "report_of",
    "run",
    "software",
    "without_seen",
]

POOLED = "pooled"
"""Name under which the figures of all data sets together stand."""

NOTE = (
    "A lesion that was not found counts as called benign. Intervals: 95 %, whole groups resampled. metrics leaves out scans of the axilla and of "
    "needles, metrics_with_objections does not. specificity_at_sensitivity_95 takes its threshold from these very scans. ece and brier are of found "
    "lesions; resampling adds noise to ece, so its interval lies high: ece_if_calibrated is what a perfectly calibrated network would show on as "
    "many scans with these probabilities."
)

_DICE_BINS = 20
_SOFTWARE = ("ai-edge-litert", "keras", "numpy", "opencv-python-headless", "tensorflow")

Json = dict[str, Any]


def measured(
    command: str,
    records: Sequence[Record],
    points: Sequence[OperatingPoint],
    network: NetworkInfo,
    examples: Sequence[Example],
    split: str,
    resamples: int = 1000,
    seed: int = 0,
) -> Json:
    """Return all that an evaluation says, ready for a file; the same for the same records.

    Parameters
    ----------
    command
        As it is named in the file: without paths of this computer.
    points
        Operating points of the version; the first is the one in use.
    network
        The version, with the hashes of its weights.
    examples
        What the records are about.
    split
        ``validation``, ``held-out`` or ``all``.

    Returns
    -------
    dict
        ``metrics`` and ``metrics_with_objections`` by data set and ``pooled``, at the point in use; ``at`` each point by data set, the measures
        of verdicts; ``by`` each attribute, a list of groups with counts and figures; ``curves`` by data set, the points of the plots.
    """
    clean = [record for record in records if not record.objection]
    return {
        "command": command,
        "version": network.version,
        "model": {"segmenter": network.segmenter, "classifier": network.classifier},
        "hashes": dict(sorted(network.hashes.items())),
        "software": software(),
        "split": split,
        "data": {"datasets": sorted({e.dataset for e in examples}), "groups": len({e.group for e in examples}), "fingerprint": fingerprint(examples)},
        "scans": counts(examples),
        "seed": seed,
        "resamples": resamples,
        "operating_points": [{"name": point.name, "threshold": point.threshold, "measured_on": point.measured_on} for point in points],
        "note": NOTE,
        **report_of(records, points[0], resamples, seed),
        "at": {point.name: _at_point(clean, point, resamples, seed) for point in points},
        "by": {
            attribute: [_group_json(name, group, points, resamples, seed) for name, group in groups.items()]
            for attribute, groups in broken_down(records).items()
        },
        "curves": {name: curves(group) for name, group in _by_dataset(clean).items()},
    }


def report_of(records: Sequence[Record], threshold: float | OperatingPoint, resamples: int = 1000, seed: int = 0) -> dict[str, dict[str, Json]]:
    """Return ``metrics``, without the scans that the data sets' audit objects to, and ``metrics_with_objections``, with them."""
    clean = [record for record in records if not record.objection]
    return {"metrics": as_json(clean, threshold, resamples, seed), "metrics_with_objections": as_json(records, threshold, resamples, seed)}


def as_json(records: Sequence[Record], threshold: float | OperatingPoint, resamples: int = 1000, seed: int = 0) -> dict[str, Json]:
    """Return the figures of each data set among the records and of all of them, ready for a file."""
    return {name: _json_of(figures(group, threshold, resamples, seed)) for name, group in _by_dataset(records).items()}


def curves(records: Sequence[Record]) -> Json:
    """Return the points of the plots.

    Returns
    -------
    dict
        ``roc``: [false positive rate, true positive rate, threshold], corners only, from (0, 0) to (1, 1);
        ``reliability``: for each bin that holds found lesions its edges, how many, the mean probability and the share of malignant ones;
        ``dice``: edges and counts of a histogram over the lesions.
    """
    table = Table(records)
    dice, edges = np.histogram(table.dice[table.is_lesion], _DICE_BINS, (0, 1))
    return {
        "roc": _roc(table),
        "reliability": _reliability(table),
        "dice": {"edges": [round(float(edge), 4) for edge in edges], "counts": [int(count) for count in dice]},
    }


def software() -> dict[str, str]:
    """Return the versions of Python and of the packages on which the figures depend; those that are not installed are left out."""
    found = {"python": platform.python_version()}
    for name in _SOFTWARE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _by_dataset(records: Sequence[Record]) -> dict[str, Sequence[Record]]:
    names = sorted({record.dataset for record in records})
    return {**{name: [r for r in records if r.dataset == name] for name in names}, POOLED: records}


def _json_of(found: dict[str, Figure]) -> Json:
    return {name: asdict(figure) for name, figure in found.items()}


def _at_point(records: Sequence[Record], point: OperatingPoint, resamples: int, seed: int) -> Json:
    return {name: _verdicts(group, point, resamples, seed) for name, group in _by_dataset(records).items()}


def _verdicts(records: Sequence[Record], point: OperatingPoint, resamples: int, seed: int) -> Json:
    names = measures_at(Table(records), point)
    return _json_of({name: figure for name, figure in figures(records, point, resamples, seed).items() if name in names})


def _group_json(name: str, records: Sequence[Record], points: Sequence[OperatingPoint], resamples: int, seed: int) -> Json:
    general = general_measures(Table(records))
    found = figures(records, points[0], resamples, seed)
    return {
        "name": name,
        "counts": counts_of(records),
        "figures": _json_of({key: figure for key, figure in found.items() if key in general or key == "ece_if_calibrated"}),
        "at": {point.name: _verdicts(records, point, resamples, seed) for point in points},
    }


def _roc(table: Table) -> list[list[float]]:
    scores, is_malignant = table.score[table.is_lesion], table.is_malignant[table.is_lesion]
    positives, negatives = int(is_malignant.sum()), int((~is_malignant).sum())
    if not (positives and negatives):
        return []
    points = [[0.0, 0.0, 1.0]]
    for threshold in np.unique(scores)[::-1]:
        called = scores >= threshold
        rates = [float((called & ~is_malignant).sum() / negatives), float((called & is_malignant).sum() / positives)]
        points.append([*rates, float(threshold)])
    return [[round(value, 4) for value in point] for point in _corners(points)]


def _corners(points: list[list[float]]) -> list[list[float]]:
    """Leave out points in the middle of an upright or level stretch."""
    inner = [
        point
        for before, point, after in zip(points, points[1:], points[2:], strict=False)
        if not any(before[axis] == point[axis] == after[axis] for axis in (0, 1))
    ]
    return [points[0], *inner, points[-1]]


def _reliability(table: Table) -> list[Json]:
    scores, is_malignant = table.score[table.is_found], table.is_malignant[table.is_found]
    rows = []
    for low, high in pairwise(bin_edges()):
        inside = (scores >= low) & ((scores < high) | ((high == 1) & (scores == 1)))
        if inside.any():
            stated, observed = (round(float(values[inside].mean()), 4) for values in (scores, is_malignant))
            rows.append(
                {"low": round(float(low), 4), "high": round(float(high), 4), "lesions": int(inside.sum()), "stated": stated, "observed": observed}
            )
    return rows
