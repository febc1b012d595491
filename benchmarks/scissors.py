"""How near does the path of the smart scissors come to an annotated outline, and how fast? Against straight lines between the same anchors.

Anchors lie on the outline, or where a shaken hand would set them. Without data sets only the speed is measured, on a synthetic scan.

    python benchmarks/scissors.py DATASET [DATASET …]
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

from busi_gui.domain.callipers import Point
from busi_gui.domain.scissors import Scissors
from busi_gui.domain.synthetic import synthetic_scan
from models.datasets import Example, read_datasets, select

EVERY = 60 / 500
"""How far the anchors are apart where they are not counted, as a share of the scan's longer side."""
HAND_PX = 3.0
"""How far a hand misses the outline, standard deviation on a scan of 500 px."""
SHAKEN = "shaken"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", nargs="*", type=Path)
    parser.add_argument("--split", default="held-out")
    parser.add_argument("--scans", type=int, default=30, help="of each data set and class")
    arguments = parser.parse_args()
    print_times()
    if not arguments.datasets:
        print("Name the data sets to see how near the paths come to the outlines.")
        return
    print_nearness(chosen(select(read_datasets(arguments.datasets), arguments.split), arguments.scans))


def chosen(examples: list[Example], number: int) -> list[Example]:
    """Return so many of each data set and class, always the same."""
    rng = np.random.default_rng(0)
    kinds = sorted({(e.dataset, e.label) for e in examples if e.label != "normal"})
    groups = [[e for e in examples if (e.dataset, e.label) == kind] for kind in kinds]
    return [group[index] for group in groups for index in sorted(rng.permutation(len(group))[:number])]


def print_nearness(examples: list[Example]) -> None:
    ways: dict[str, Callable[[Scissors, list[Point]], list[Point]]] = {
        "straight": lambda _, anchors: anchors,
        "scissors": lambda scissors, anchors: around(scissors, anchors, 0),
        "snapped": lambda scissors, anchors: around(scissors, anchors, 0.02),
    }
    rows: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for example in examples:
        pixels, outline = example.read_pixels(), outline_of(example)
        size = max(pixels.shape)
        scissors, rng = Scissors(pixels), np.random.default_rng(0)
        for name, number in (("4", 4), ("6", 6), ("8", 8), ("every 60/500", 0)):
            exact = anchors_on(outline, number or max(3, round(cv2.arcLength(outline.astype(np.float32), True) / (EVERY * size))))
            for hand in ("", SHAKEN):
                moved = exact + (rng.normal(0, HAND_PX * size / 500, exact.shape) if hand else 0)
                anchors = [Point(float(x), float(y)) for x, y in np.clip(moved, 0, pixels.shape[::-1])]
                for way, draw in ways.items():
                    rows.setdefault((f"{name} {hand}", way), []).append(nearness(draw(scissors, anchors), outline, pixels.shape))
    print(f"\n{len(examples)} annotated lesions; mean distance to the outline in pixels of a scan of 500, and Dice")
    print(f"{'anchors':22}" + "".join(f"{way:>24}" for way in ways))
    for kind in dict.fromkeys(kind for kind, _ in rows):
        print(f"{kind:22}", end="")
        for way in ways:
            distance, dice = np.mean(rows[kind, way], axis=0)
            print(f"{distance:12.2f} px {dice:6.3f}   ", end="")
        print()


def around(scissors: Scissors, anchors: list[Point], snap: float) -> list[Point]:
    """Return the closed outline that a reader would get with these anchors."""
    size = max(scissors._pixels.shape)  # noqa: SLF001 - a scan's size, for lengths that are shares of it
    fixed = [scissors.snapped(point, snap * size) if snap else point for point in anchors]
    points: list[Point] = []
    for start, end in zip(fixed, [*fixed[1:], fixed[0]], strict=True):
        scissors.anchored(start)
        points += scissors.path_to(end)[:-1]
    return points


def outline_of(example: Example) -> np.ndarray:
    """Return the outline of the largest lesion, float (points, 2), x and y, in the pixels' middles."""
    contours, _ = cv2.findContours(example.read_mask().astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(max(contours, key=cv2.contourArea)[:, 0, :] + 0.5)


def anchors_on(outline: np.ndarray, number: int) -> np.ndarray:
    closed = np.concatenate([outline, outline[:1]])
    walked = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    return outline[[min(int(np.searchsorted(walked, way)), len(outline) - 1) for way in np.linspace(0, walked[-1], number, endpoint=False)]]


def nearness(points: list[Point], outline: np.ndarray, shape: tuple[int, int]) -> tuple[float, float]:
    """Return the mean distance of a closed path from the true outline, for a scan of 500 px, and the Dice of what they enclose."""
    corners = np.array([(point.x - 0.5, point.y - 0.5) for point in points])
    drawn, true = (filled(places, shape) for places in (corners, outline - 0.5))
    line = cv2.polylines(np.ones(shape, np.uint8), [np.round(outline - 0.5).astype(np.int32)], True, 0)
    away = cv2.distanceTransform(line, cv2.DIST_L2, 5)
    rim = cv2.polylines(np.zeros(shape, np.uint8), [np.round(corners).astype(np.int32)], True, 1) > 0
    dice = 2 * np.count_nonzero(drawn & true) / (np.count_nonzero(drawn) + np.count_nonzero(true))
    return float(away[rim].mean()) * 500 / max(shape), dice


def filled(places: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return cv2.fillPoly(np.zeros(shape, np.uint8), [np.round(places).astype(np.int32)], 1) > 0


def print_times() -> None:
    print(f"{'scan':>12} {'first anchor':>13} {'next anchor':>12} {'move':>9}")
    for shape in ((480, 600), (768, 1024), (3072, 4096)):
        pixels = cv2.resize(synthetic_scan(0)[0], shape[::-1])
        rows, columns = shape
        scissors = Scissors(pixels)
        first = milliseconds(lambda: scissors.anchored(Point(columns / 2, rows / 3)))  # noqa: B023 - called at once
        again = max(milliseconds(lambda: scissors.anchored(Point(columns / 2, rows / 3 + 1))) for _ in range(5))  # noqa: B023
        ends = [Point(columns * share, rows * (1 - share)) for share in np.linspace(0, 1, 40)]
        move = max(milliseconds(lambda: scissors.path_to(end)) for end in ends)  # noqa: B023
        print(f"{columns:>7}x{rows:<4} {first:10.1f} ms {again:9.1f} ms {move:6.1f} ms")


def milliseconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return 1000 * (perf_counter() - start)


if __name__ == "__main__":
    main()
