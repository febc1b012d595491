"""Which signs tell that a verdict is wrong? Each alone and several together, at each operating point.

Taken is the most suspicious lesion of each scan in which there is one and one was found. A verdict is wrong where its side of the operating point is
not the data set's class. Signs:

* *distance*: how near the calibrated logit lies to the threshold's;
* *chance*: the chance of error that the calibrated probability itself states, which is not the same on both sides of a threshold other than 0.5: the
  probability of a lesion called benign, and what it lacks to 1 of one called malignant (as a logit);
* *opinions*: the spread of what the classifiers say, where there are several;
* *band*: how far the logit moves when the outline moves by 2 px either way;
* *mirrored*: how far it moves when the scan and the outline are mirrored;
* *segmenter*: the doubt in and around the lesion, see `models.lesions.doubt_of`.

AUROC is that of telling wrong verdicts from right ones; 0.5 knows nothing. Signs together are logistic models, judged on groups of scans that they
were not fitted on. The thresholds themselves were chosen on validation scans.

    python benchmarks/doubt.py DATASET [DATASET …] [--split held-out]
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from measured import Measuring, shown
from tqdm import tqdm

from models.analysis import Analysis
from models.datasets import Example
from models.lesions import doubt_of
from models.measuring.doubt import Floats, cross_validated, kept_accuracy
from models.measuring.figures import auc
from models.measuring.resampling import Places, group_draws, with_interval
from models.pipeline import Pipeline

DISTANCE = "distance"
KEPT = 0.8


def main() -> None:
    measuring = Measuring("doubt", argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter))
    found: list[tuple[Example, dict[str, float]]] = []
    for example in tqdm([e for e in measuring.examples if e.label != "normal"], unit="scan", disable=None):
        analysis = measuring.pipeline.analyse(example.read_pixels())
        if analysis.lesions:
            found.append((example, signs_of(measuring.pipeline, example, analysis)))
    groups = [example.group for example, _ in found]
    draws = group_draws(groups, measuring.options.resamples, measuring.options.seed)
    columns = {name: np.array([signs[name] for _, signs in found]) for name in found[0][1]}
    logits = columns.pop("logit")
    is_malignant = np.array([example.label == "malignant" for example, _ in found])
    rows: list[dict[str, Any]] = []
    for point, threshold in measuring.thresholds.items():
        limit = logit(threshold)
        signs = {DISTANCE: -np.abs(logits - limit), "chance": np.where(logits >= limit, -logits, logits), **columns}
        is_wrong = (logits >= limit) != is_malignant
        rows += rows_of(point, signs, is_wrong, groups, draws, measuring.options.seed)
    summary = {point: best_of([row for row in rows if row["point"] == point]) for point in measuring.thresholds}
    show(rows, summary, len(found))
    measuring.write(rows, summary, lesions=len(found), kept=KEPT)


def signs_of(pipeline: Pipeline, example: Example, analysis: Analysis) -> dict[str, float]:
    pixels, lesion = example.read_pixels(), analysis.lesions[0]
    diagnosis = lesion.diagnosis
    mirrored = pipeline.diagnose(np.ascontiguousarray(pixels[:, ::-1]), np.ascontiguousarray(lesion.mask[:, ::-1]))
    own = logit(diagnosis.p_malignant)
    shape = analysis.probability.shape
    on_grid = cv2.resize(lesion.mask.astype(np.uint8) * 255, shape[::-1], interpolation=cv2.INTER_AREA) >= 128
    signs = {
        "logit": own,
        "band": logit(diagnosis.high or 0.0) - logit(diagnosis.low or 0.0),
        "mirrored": abs(own - logit(mirrored.p_malignant)),
        "segmenter": doubt_of(on_grid, analysis.probability) if on_grid.any() else float(pipeline.manifest.lesion_rule.max_doubt),
    }
    return signs | ({"opinions": float(np.std([logit(p) for p in diagnosis.opinions]))} if diagnosis.opinions else {})


def logit(probability: float) -> float:
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(inside / (1 - inside)))


def rows_of(point: str, signs: dict[str, Floats], is_wrong: Any, groups: Sequence[str], draws: Sequence[Places], seed: int) -> list[dict[str, Any]]:
    """Judge each sign alone, and every set of them put together."""
    doubts = {(name,): values for name, values in signs.items()}
    for number in range(2, len(signs) + 1):
        for names in itertools.combinations(signs, number):
            doubts[names] = cross_validated(np.column_stack([signs[name] for name in names]), is_wrong, groups, seed=seed)
    return [row_of(point, names, doubt, signs[DISTANCE], is_wrong, draws) for names, doubt in doubts.items()]


def row_of(point: str, names: Sequence[str], doubt: Floats, distance: Floats, is_wrong: Any, draws: Sequence[Places]) -> dict[str, Any]:
    scans = len(doubt)
    return {
        "point": point,
        "signs": list(names),
        "auroc": with_interval(lambda at: auc(doubt[at], is_wrong[at]), scans, draws),
        "auroc_more_than_distance": with_interval(lambda at: auc(doubt[at], is_wrong[at]) - auc(distance[at], is_wrong[at]), scans, draws),
        "kept_accuracy": with_interval(lambda at: kept_accuracy(doubt[at], is_wrong[at], KEPT), scans, draws),
        "accuracy": with_interval(lambda at: float(1 - is_wrong[at].mean()), scans, draws),
    }


def best_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the signs with the highest AUROC, and whether they are surely better than the distance alone."""
    best = max(rows, key=lambda row: row["auroc"]["value"])
    return {
        "signs": best["signs"],
        "auroc": best["auroc"],
        "is surely better than distance": best["auroc_more_than_distance"]["low"] > 0,
        "accuracy": best["accuracy"],
        "kept_accuracy": best["kept_accuracy"],
    }


def show(rows: Sequence[dict[str, Any]], summary: dict[str, Any], lesions: int) -> None:
    print(f"{lesions} lesions; accuracy of all verdicts and of the {100 * KEPT:.0f} % that are least doubtful")
    for point, best in summary.items():
        print(f"\n{point}: accuracy {shown(best['accuracy']).strip()}")
        print(f"{'signs':52}{'AUROC of wrong':>22}{'more than distance':>24}{'accuracy, kept':>22}")
        for row in sorted((row for row in rows if row["point"] == point), key=lambda row: (len(row["signs"]) > 1, -row["auroc"]["value"])):
            figures = shown(row["auroc"]) + shown(row["auroc_more_than_distance"], 24) + shown(row["kept_accuracy"])
            print(f"{' + '.join(row['signs']):52}{figures}")


if __name__ == "__main__":
    main()
