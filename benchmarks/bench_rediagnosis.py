"""From the end of a stroke to its diagnosis on screen, through the whole window: at rest, and while the networks are at something else.

    python benchmarks/bench_rediagnosis.py [--strokes 60] [--limit MS] [--out FILE]

With a limit the program fails where the 95th percentile at rest is above it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
from figures import add_out, write_figures
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from busi_gui import paths
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.io.scans import open_scan
from busi_gui.services.model_service import ModelService
from busi_gui.services.session import Session
from busi_gui.services.states import NetworkStatus
from busi_gui.store.workspace import Workspace
from busi_gui.views.diagnosis.diagnosis_panel import DiagnosisPanel
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.selection import Selection
from busi_gui.views.theme import apply_theme
from models.pipeline import Pipeline

FRAMES = 120
SHAPE = (480, 640)


class Desk:
    """A session with the view and the panel of the window."""

    def __init__(self) -> None:
        self.session = Session(ModelService(self._load, ["false"]), open_scan, Workspace())
        self.view = ScanView()
        self.view.resize(800, 600)
        self.panel = DiagnosisPanel(self.session, Selection(self.session))
        self.panel.resize(320, 800)
        self.session.case_changed.connect(lambda case: self.view.show_case(case, keep_view=True))
        for widget in (self.view, self.panel):
            widget.show()
        self.session.start()

    def _load(self) -> Pipeline:
        return Pipeline.load(paths.weights_dir(), paths.cache_dir())

    def wait(self, is_done: object, limit_s: float = 60) -> None:
        """Let the window work until a condition holds."""
        loop, end = QEventLoop(), perf_counter() + limit_s
        while not is_done():  # type: ignore[operator]
            QTimer.singleShot(1, loop.quit)
            loop.exec()
            if perf_counter() > end:
                raise TimeoutError

    def stroke(self, random: np.random.Generator) -> float:
        """Change the outline by a brush's dab, and return the milliseconds until its diagnosis has been painted."""
        case = self.session.case
        lesion = case.lesions[0]
        mask = lesion.mask.copy()
        border = np.argwhere(mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool))
        row, column = border[random.integers(len(border))].tolist()
        dab = cv2.circle(np.zeros(mask.shape, np.uint8), (column, row), int(random.integers(4, 14)), 1, -1).astype(bool)
        mask = (mask | dab) if random.random() < 0.5 or mask.sum() < 2000 else (mask & ~dab)
        start = perf_counter()
        self.session.editing.edit("brush stroke", case.reading.with_mask(lesion.number, mask))
        while self.session.case.lesions[0].is_stale:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 5)
        self.panel.repaint()
        self.view.repaint()
        return 1000 * (perf_counter() - start)

    def strokes(self, count: int, random: np.random.Generator, pause_ms: int) -> list[float]:
        """Return the times of so many strokes, with a pause after each."""
        times = []
        for _ in range(count):
            times.append(self.stroke(random))
            end = perf_counter() + pause_ms / 1000
            self.wait(lambda end=end: perf_counter() > end)
        return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=int, default=60)
    parser.add_argument("--limit", type=float, default=None)
    add_out(parser)
    options = parser.parse_args()
    app = QApplication([])
    apply_theme(app)
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Desk(), Path(folder), options.strokes)
    write_figures(options.out, figures)
    return int(options.limit is not None and figures["at_rest"]["p95_ms"] > options.limit)


def measure(desk: Desk, folder: Path, strokes: int) -> dict[str, dict[str, float]]:
    """Print every figure, and return those of a stroke's diagnosis."""
    random = np.random.default_rng(0)
    pixels, _ = synthetic_scan(0, "malignant", SHAPE)
    cv2.imwrite(str(folder / "still.png"), pixels)
    cine = folder / "cine.tif"
    noise = [np.clip(pixels.astype(np.int16) + random.integers(-6, 7, SHAPE), 0, 255).astype(np.uint8) for _ in range(FRAMES)]
    cv2.imwritemulti(str(cine), noise)
    open_and_analyse(desk, folder / "still.png")
    print(f"{os.cpu_count()} cores; {strokes} strokes each on a scan of {SHAPE[1]} x {SHAPE[0]}, from the stroke's end until it is painted")
    at_rest = tell("at rest, a stroke every 200 ms", desk.strokes(strokes, random, 200))
    tell("at rest, ranges found in between (500 ms)", desk.strokes(strokes // 2, random, 500))
    times = []
    for _ in range(strokes):
        desk.session.analyse()
        wait = perf_counter() + random.uniform(0, 0.15)
        desk.wait(lambda wait=wait: perf_counter() > wait)
        times.append(desk.stroke(random))
        desk.wait(lambda: desk.session.activity is None)
    analysing = tell("while the same scan is analysed", times)
    open_and_analyse(desk, cine)
    desk.session.analyse_all_frames()
    all_frames = tell("while all frames of a cine are analysed", desk.strokes(strokes, random, 150))
    print(f"  frames analysed meanwhile: {len(desk.session.cine.findings)} of {FRAMES}, still at it: {desk.session.activity is not None}")
    times = ranges_ms(desk)
    tell("ranges and concerns after a stroke, from its end", times)
    assert desk.session.shut_down()
    return {"at_rest": at_rest, "analysing": analysing, "all_frames": all_frames}


def ranges_ms(desk: Desk) -> list[float]:
    """Return how long after a stroke all is known, the wait for quiet included."""
    desk.session.stop()
    times = []
    random = np.random.default_rng(1)
    for _ in range(10):
        start = perf_counter()
        desk.stroke(random)
        desk.wait(lambda: bool(desk.session.case.lesions[0].diagnosis.ranges))
        times.append(1000 * (perf_counter() - start))
    return times


def open_and_analyse(desk: Desk, path: Path) -> None:
    desk.session.open(path)
    desk.wait(lambda: desk.session.case is not None and desk.session.case.scan.path == path and desk.session.activity is None)
    assert desk.session.network.status is NetworkStatus.READY
    assert desk.session.case.lesions, "the synthetic lesion is found"


def tell(what: str, times: list[float]) -> dict[str, float]:
    p95 = float(np.percentile(times, 95))
    print(f"{what:48} median {np.median(times):6.1f} ms   p95 {p95:6.1f}   max {max(times):6.1f}")
    return {"median_ms": float(np.median(times)), "p95_ms": p95, "max_ms": max(times)}


if __name__ == "__main__":
    sys.exit(main())
