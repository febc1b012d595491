"""Measure the mask tools: milliseconds for one brush event, one push, one tidying, one measurement, on a usual and on a huge scan."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import (
    Nudge,
    changed_window,
    cut,
    fill_holes,
    grown,
    keep_largest,
    merged,
    parts,
    polygon,
    smooth,
    stroke,
    window_of,
)
from busi_gui.domain.measures import measure
from busi_gui.domain.scan import Spacing
from models.analysis import Mask

SHAPES = ((768, 1024), (3072, 4096))
SPACING = Spacing(0.08, 0.1)


def main() -> None:
    for shape in SHAPES:
        lesion = oval(shape)
        print(f"{shape[1]} x {shape[0]}, a lesion of {np.count_nonzero(lesion)} px")
        for name, work in tools(lesion).items():
            took = [timed(work) for _ in range(15)]
            print(f"  {name:<28}{np.median(took):8.2f} ms   at most {max(took):8.2f} ms")
        for name, start, step in (("push outwards", 0.5, 0.01), ("push inwards", 0.1, 0.01)):
            took = push(lesion, start, step)
            print(f"  {name:<28}{np.median(took):8.2f} ms   at most {max(took):8.2f} ms")


def oval(shape: tuple[int, int]) -> Mask:
    """Return a lesion that takes a tenth of the scan."""
    mask = np.zeros(shape, np.uint8)
    cv2.ellipse(mask, (shape[1] // 2, shape[0] // 2), (shape[1] // 5, shape[0] // 6), 20, 0, 360, 1, -1)
    return mask > 0


def tools(lesion: Mask) -> dict[str, Callable[[], object]]:
    rows, columns = lesion.shape
    middle = Point(columns / 2, rows / 2)
    canvas, holed = lesion.copy(), lesion.copy()
    holed[rows // 2 : rows // 2 + rows // 20, columns // 2 : columns // 2 + columns // 20] = False
    angles = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    outline = [Point(middle.x + columns / 5 * np.cos(angle), middle.y + rows / 5 * np.sin(angle)) for angle in angles]
    box = window_of(lesion)
    return {
        "brush, radius 20": lambda: stroke(canvas, middle, Point(middle.x + 8.3, middle.y + 5.1), 20, True),
        "brush, a tenth of the height": lambda: stroke(canvas, middle, Point(middle.x + 8.3, middle.y + 5.1), rows / 10, True),
        "brush across the whole scan": lambda: stroke(canvas, Point(3, 3), Point(columns - 5.0, rows - 5.0), 20, True),
        "polygon, 1000 points": lambda: polygon(outline, (rows, columns)),
        "fill holes": lambda: fill_holes(holed),
        "keep the largest": lambda: keep_largest(holed),
        "smooth, 3 px": lambda: smooth(lesion, 3),
        "grow by 1 mm": lambda: grown(lesion, 1, SPACING),
        "shrink by 1 mm": lambda: grown(lesion, -1, SPACING),
        "parts": lambda: parts(lesion),
        "cut": lambda: cut(lesion, Point(middle.x, 0), Point(middle.x + 40, rows)),
        "merge two": lambda: merged([lesion, holed]),
        "window": lambda: window_of(lesion),
        "changed window": lambda: changed_window(lesion, holed),
        "measure": lambda: measure(lesion, SPACING),
        "measure, window known": lambda: measure(lesion, SPACING, box),
    }


def push(lesion: Mask, start: float, step: float) -> list[float]:
    """Return the milliseconds of each event of a push to the right, from and by shares of the width."""
    rows, columns = lesion.shape
    nudge = Nudge(lesion.copy(), Point(start * columns, rows / 2), rows / 20)
    places = [Point((start + count * step) * columns, rows / 2) for count in range(1, 40)]
    return [timed(partial(nudge.moved, place)) for place in places]


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
