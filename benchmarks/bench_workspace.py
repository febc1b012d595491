"""How long a stroke takes to be written down, in a file and on a PostgreSQL server, and how long the window waits for the Workspace to open.

Every stroke changes one of three lesions and is on the drive when its time ends. PostgreSQL is a server of the benchmark's own on this computer, with
its safe settings; it is left out where there is none.

    python benchmarks/bench_workspace.py [--strokes 200]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks.painting import stroke
from busi_gui.domain.reading import Reading
from busi_gui.store.workspace import Workspace
from tests.store.postgres import NoPostgresError, Postgres
from tests.store.readings import disc

SHAPES = ((768, 1024), (3072, 4096))
FRAMES = 300


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def strokes(workspace: Workspace, shape: tuple[int, int], count: int, *, is_wild: bool) -> list[float]:
    """Return how long each of some strokes took, in ms: about the outline of its lesion, or all over the scan where they are wild."""
    rows, columns = shape
    reading = Reading()
    for place in (0.25, 0.5, 0.75):
        reading = reading.added(disc(rows * place, columns * place, rows / 7, shape))
    key = f"{rows:010}{columns:010}{is_wild:020}"
    revision = workspace.store(key, 0, reading, base=0)
    dice = np.random.default_rng(1)
    times = []
    for number in range(count):
        lesion = 1 + number % 3
        outline = reading.outline(lesion)
        assert outline is not None
        mask = outline.mask.copy()
        middle = Point(columns * lesion / 4, rows * lesion / 4)
        turn, reach = dice.uniform(0, 6.28), rows / 7
        start = Point(middle.x + reach * np.cos(turn), middle.y + reach * np.sin(turn))
        end = Point(dice.uniform(0, columns), dice.uniform(0, rows)) if is_wild else Point(start.x + reach / 4, start.y + reach / 4)
        stroke(mask, start, end, rows / 40, bool(number % 2))
        reading = reading.with_mask(lesion, mask)
        began = time.perf_counter()
        revision = workspace.store(key, 0, reading, base=revision)
        times.append((time.perf_counter() - began) * 1000)
    return times


def measure(name: str, place: Path | str, count: int) -> None:
    print(f"{name}: new in {timed(lambda: Workspace(place).close()):.0f} ms", end="")
    opened = [timed(lambda: Workspace(place).close()) for _ in range(15)]
    print(f", opened in {np.median(opened):.1f} ms (longest of 15: {max(opened):.1f})")
    workspace = Workspace(place)
    for shape in SHAPES:
        for is_wild, where in ((False, "about the outline"), (True, "all over the scan")):
            times = strokes(workspace, shape, count, is_wild=is_wild)
            figures = f"{np.median(times):.1f} ms, p99 {np.percentile(times, 99):.1f} ms, longest {max(times):.1f} ms"
            print(f"  {shape[1]} x {shape[0]}: a stroke {where} {figures}")
    for shape in SHAPES:
        key = f"{shape[0]:040}"
        reading = Reading().added(disc(shape[0] / 2, shape[1] / 2, shape[0] / 7, shape))
        for frame in range(FRAMES):
            workspace.store(key, frame, reading, base=0)
        print(f"  {shape[1]} x {shape[0]}: {FRAMES} frames read back in {timed(lambda key=key: workspace.readings(key)):.0f} ms")  # type: ignore[misc]
    workspace.close()


def cold(place: Path) -> None:
    """How long importing and opening take in a program that has just started."""
    question = """
import sys, time
from pathlib import Path
began = time.perf_counter()
import busi_gui.store.workspace as store
loaded = time.perf_counter()
store.Workspace(Path(sys.argv[1]))
print(f"  in a new program: loaded in {(loaded - began) * 1000:.0f} ms, opened in {(time.perf_counter() - loaded) * 1000:.0f} ms", flush=True)
"""
    subprocess.run([sys.executable, "-c", question, str(place)], check=True, cwd=Path(__file__).resolve().parents[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite file", Path(folder) / "workspace.db", options.strokes)
        cold(Path(folder) / "workspace.db")
    try:
        server = Postgres(is_safe=True)
    except NoPostgresError as error:
        print(f"PostgreSQL: {error}")
        return
    try:
        measure("PostgreSQL on this computer", server.database(), options.strokes)
    finally:
        server.remove()


if __name__ == "__main__":
    main()
