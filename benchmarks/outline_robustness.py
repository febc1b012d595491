"""Does the diagnosis depend on who drew the outline? The same held-out lesions, diagnosed from differently drawn masks.

An AUC that is clearly higher on annotated masks than on predicted ones would mean that the annotators' style leaks into the diagnosis.

    python benchmarks/outline_robustness.py DATASET [DATASET …]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
from tqdm import tqdm

from busi_gui import paths
from models.datasets import Example, read_datasets, select
from models.evaluation import auc
from models.pipeline import Pipeline
from models.preprocessing import Ellipse, Mask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", nargs="+", type=Path)
    examples = [e for e in select(read_datasets(parser.parse_args().datasets), "held-out") if e.label != "normal"]
    pipeline = Pipeline.load(paths.weights_dir(), paths.cache_dir())
    rows = [row for e in tqdm(examples, unit="scan", disable=None) if (row := probabilities(pipeline, e))]
    is_malignant = np.array([label for label, _ in rows])
    base = np.array([p["network"] for _, p in rows])
    threshold = pipeline.info.operating_point.threshold
    print(f"{len(rows)} held-out lesions that the network found with a Dice of at least 0.5")
    print(f"{'outline':12} {'AUC':>6} {'median change':>14} {'95th percentile':>16} {'other side':>11}")
    for name in rows[0][1]:
        p = np.array([row[name] for _, row in rows])
        change = np.abs(p - base)
        flips = np.mean((p >= threshold) != (base >= threshold))
        print(f"{name:12} {auc(p, is_malignant):6.3f} {np.median(change):14.3f} {np.percentile(change, 95):16.3f} {100 * flips:9.1f} %")


def probabilities(pipeline: Pipeline, example: Example) -> tuple[bool, dict[str, float]] | None:
    """Return the class and the probability from each way to draw the lesion; None where the network found another one, or none."""
    pixels, truth = example.read_pixels(), example.read_mask()
    lesions = pipeline.analyse(pixels).lesions
    overlaps = [2 * np.count_nonzero(lesion.mask & truth) / (np.count_nonzero(lesion.mask) + np.count_nonzero(truth)) for lesion in lesions]
    if not overlaps or max(overlaps) < 0.5:
        return None
    found = lesions[int(np.argmax(overlaps))]
    drawn = {
        "annotated": truth,
        "smoothed": smoothed(truth),
        "jagged": jagged(truth),
        "hull": hull(truth),
        "ellipse": Ellipse.of_mask(truth).distance(truth.shape) <= 1,
        "dilated 3 px": moved(truth, 3),
        "eroded 3 px": moved(truth, -3),
    }
    answers = {name: pipeline.diagnose(pixels, mask).p_malignant for name, mask in drawn.items() if mask.any()}
    answers = {name: answers.get(name, answers["annotated"]) for name in drawn}
    return example.label == "malignant", {"network": found.diagnosis.p_malignant, **answers}


def smoothed(mask: Mask) -> Mask:
    sigma = 0.15 * np.sqrt(np.count_nonzero(mask) / np.pi)
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(sigma, 0.5)) >= 0.5)


def jagged(mask: Mask) -> Mask:
    """Return the mask with a rim that goes in and out by up to three pixels, as a hasty hand would leave it."""
    noise = cv2.GaussianBlur(np.random.default_rng(0).standard_normal(mask.shape).astype(np.float32), (0, 0), 1.5)
    inside = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5) - cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(inside + 3 * noise / noise.std() * 0.7 > 0)


def hull(mask: Mask) -> Mask:
    points = cv2.findNonZero(mask.astype(np.uint8))
    return np.asarray(cv2.fillConvexPoly(np.zeros(mask.shape, np.uint8), cv2.convexHull(points), 1) > 0)


def moved(mask: Mask, pixels: int) -> Mask:
    """Return the mask grown by so many pixels, or shrunk where negative."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(pixels) + 1,) * 2)
    return np.asarray((cv2.dilate if pixels > 0 else cv2.erode)(mask.astype(np.uint8), kernel) > 0)


if __name__ == "__main__":
    main()
