"""How well does a region grown from one click fit an annotated lesion, and how fast? Against the network by itself.

The click is where the annotated lesion is thickest. Scans of the held-out split, which no network has seen.

    python benchmarks/region_grow.py DATASET [DATASET …]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from busi_gui import paths
from busi_gui.domain.callipers import Point
from busi_gui.domain.region_grow import DEFAULT_TOLERANCE, RegionGrow
from busi_gui.domain.synthetic import synthetic_scan
from models.analysis import Mask
from models.datasets import Example, read_datasets, select
from models.lesions import find_lesions
from models.pipeline import Pipeline
from models.preprocessing import Letterbox

TOLERANCES = np.round(np.linspace(0.1, 0.9, 17), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", nargs="*", type=Path)
    parser.add_argument("--split", default="held-out")
    parser.add_argument("--scans", type=int, default=40, help="of each data set and class")
    arguments = parser.parse_args()
    print_times()
    if not arguments.datasets:
        print("Name the data sets to see how well the regions fit.")
        return
    print_fit(chosen(select(read_datasets(arguments.datasets), arguments.split), arguments.scans))


def chosen(examples: list[Example], number: int) -> list[Example]:
    """Return so many of each data set and class, always the same."""
    rng = np.random.default_rng(0)
    kinds = sorted({(e.dataset, e.label) for e in examples if e.label != "normal"})
    groups = [[e for e in examples if (e.dataset, e.label) == kind] for kind in kinds]
    return [group[index] for group in groups for index in sorted(rng.permutation(len(group))[:number])]


def print_fit(examples: list[Example]) -> None:
    pipeline = Pipeline.load(paths.weights_dir(), paths.cache_dir())
    fits: dict[str, list[list[float]]] = {"grey levels only": [], "grey levels and probability": []}
    beside: dict[str, list[float]] = {name: [] for name in fits}
    rng = np.random.default_rng(0)
    alone: list[float] = []
    for example in examples:
        pixels, truth = example.read_pixels(), largest(example.read_mask())
        probability = pipeline.lesion_probability(pixels, Letterbox.around(pixels))
        found = find_lesions(probability, pipeline.manifest.lesion_rule, truth.shape)
        alone.append(max((dice(mask, truth) for mask in found), default=0.0))
        click, astray = innermost(truth), somewhere_inside(truth, rng)
        for name, known in zip(fits, (None, probability), strict=True):
            grow = RegionGrow(pixels, known)
            fits[name].append([dice(grow.grown(click, float(tolerance)), truth) for tolerance in TOLERANCES])
            beside[name].append(dice(grow.grown(astray), truth))
    missed = np.array(alone) < 0.7
    print(f"\n{len(examples)} annotated lesions; {missed.sum()} of them the network by itself outlines with a Dice under 0.7 or not at all")
    print(f"{'Dice':32}{'median':>8}{'mean':>8}{'over 0.7':>10}{'median of those':>17}")
    print_row("network at its own threshold", np.array(alone), missed)
    for name, rows in fits.items():
        table = np.array(rows)
        print_row(f"{name}, {DEFAULT_TOLERANCE:g}", table[:, list(TOLERANCES).index(DEFAULT_TOLERANCE)], missed)
        print_row("  clicked anywhere well inside", np.array(beside[name]), missed)
        print_row("  the best tolerance of each", table.max(axis=1), missed)
        medians = np.median(table, axis=0)
        print("  by tolerance " + "  ".join(f"{tolerance:g}: {median:.2f}" for tolerance, median in zip(TOLERANCES, medians, strict=True)))


def print_row(name: str, values: np.ndarray, missed: np.ndarray) -> None:
    print(f"{name:32}{np.median(values):8.3f}{values.mean():8.3f}{100 * np.mean(values > 0.7):8.0f} %{np.median(values[missed]):17.3f}")


def dice(one: Mask, other: Mask) -> float:
    return float(2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other)))


def largest(mask: Mask) -> Mask:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return np.asarray(labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax())


def innermost(mask: Mask) -> Point:
    inside = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    return Point(column + 0.5, row + 0.5)


def somewhere_inside(mask: Mask, rng: np.random.Generator) -> Point:
    """Return a place at least a third as deep inside as the innermost one."""
    inside = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = rng.choice(np.argwhere(inside >= inside.max() / 3))
    return Point(column + 0.5, row + 0.5)


def print_times() -> None:
    print(f"{'scan':>12} {'click':>9} {'tolerance, median':>18} {'slowest':>10}")
    for shape in ((480, 600), (768, 1024), (3072, 4096)):
        small, lesion = synthetic_scan(0)
        pixels = cv2.resize(small, shape[::-1])
        click = innermost(cv2.resize(lesion.astype(np.uint8), shape[::-1]) > 0)
        network = cv2.resize(cv2.GaussianBlur(lesion.astype(np.float32), (0, 0), 3), (256, 205))
        grow = RegionGrow(pixels, network)
        first = milliseconds(lambda: grow.grown(click))  # noqa: B023 - called at once
        steps = [milliseconds(lambda: grow.grown(click, float(tolerance))) for tolerance in np.linspace(0, 1, 101)]  # noqa: B023
        print(f"{shape[1]:>7}x{shape[0]:<4} {first:6.1f} ms {np.median(steps):15.1f} ms {max(steps):7.1f} ms")


def milliseconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return 1000 * (perf_counter() - start)


if __name__ == "__main__":
    main()
