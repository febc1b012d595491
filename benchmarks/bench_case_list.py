"""Whether the list of cases stays in hand with thousands of files: how long its window ever stands still, and how much memory it takes.

A folder of synthetic PNG files is listed and its thumbnails are made by the real service, once left alone and once scrolled through all the while; a
timer of 2 ms measures the gaps of the UI thread. Then what the reader waits for: filters and orders, until they are drawn.

    python benchmarks/bench_case_list.py [--files 5000] [--out FILE]
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from PySide6.QtCore import QEventLoop, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from figures import add_out, write_figures

from busi_gui.app import put_window_first
from busi_gui.domain.case import Case, CaseStatus
from busi_gui.domain.scan import content_key
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.io.scans import scans_in
from busi_gui.services.case_book import CaseBook
from busi_gui.services.settings import Settings
from busi_gui.store.workspace import Workspace
from busi_gui.views.actions import Actions
from busi_gui.views.cases.case_list import CaseList
from busi_gui.views.cases.case_order import Order, Sieve
from busi_gui.views.theme import apply_theme
from tests.builders import write_image
from tests.views.fake_session import FakeSession, make_scan

DISTINCT = 40
"""Different pictures; the other files are copies of them, for making up thousands takes longer than measuring."""


class Beat(QObject):
    """Collects the gaps between two beats of a 2 ms timer, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[float] = []
        self.last = 0.0
        self.clock = QTimer(interval=2)
        self.clock.timeout.connect(self.beat)

    def start(self) -> None:
        self.gaps.clear()
        self.last = time.perf_counter()
        self.clock.start()

    def beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self.last))
        self.last = now

    def stop(self) -> None:
        self.clock.stop()

    def said(self) -> str:
        ordered = sorted(self.gaps)
        return f"longest gap {ordered[-1]:6.1f} ms   99 % below {ordered[int(len(ordered) * 0.99)]:6.1f}   median {median(ordered):5.1f}"


def make_folder(folder: Path, count: int, workspace: Workspace) -> tuple[Path, ...]:
    chance = random.Random(1)
    states = (CaseStatus.ANALYSED, CaseStatus.CORRECTED, CaseStatus.REVIEWED)
    for number in range(count):
        path = folder / f"scan {number}.png"
        if number >= DISTINCT:
            os.link(folder / f"scan {number % DISTINCT}.png", path)
            continue
        pixels, _ = synthetic_scan(number, ("benign", "malignant", "normal")[number % 3])
        write_image(path, pixels)
        if number % 4:
            found = {"p_malignant": chance.random() if number % 5 else None, "is_analysed": True}
            workspace.remember(content_key(pixels), status=states[number % 3], **found)
    files = tuple(scans_in(folder))
    for path in files:
        hash(path)  # as the reader thread does, which has looked for their places
    return files


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


Pass = tuple[CaseList, CaseBook, FakeSession, dict[str, float]]
"""What is to live on, and the figures."""


def pass_over(files: tuple[Path, ...], workspace: Workspace, actions: Actions, does_scroll: bool) -> Pass:
    """List a folder in a new window, wait until every thumbnail is made, and print how that went."""
    session, book = FakeSession(), CaseBook(workspace)
    cases = CaseList(session, book, actions)
    cases.resize(260, 800)
    cases.show()
    before, beat, scrolling = memory_mb(), Beat(), QTimer(interval=30)
    bar = cases.view.verticalScrollBar()
    scrolling.timeout.connect(lambda: bar.setValue((bar.value() + bar.pageStep()) % max(1, bar.maximum())))
    done, loop = QTimer(interval=20), QEventLoop()
    done.timeout.connect(lambda: book.progress[0] == len(files) and loop.quit())
    beat.start()
    started = time.perf_counter()
    session.set_folder(files)
    session.set_case(Case(make_scan(files[0])))
    listed_ms = 1000 * (time.perf_counter() - started)
    print(f"  listed in {listed_ms:.1f} ms")
    done.start()
    if does_scroll:
        scrolling.start()
    loop.exec()
    took = time.perf_counter() - started
    scrolling.stop()
    beat.stop()
    print(f"  {len(files)} thumbnails in {took:.1f} s ({len(files) / took:.0f} a second), {beat.said()}")
    print(f"  thumbnails {book.thumbnail_bytes / 2**20:.1f} MB, peak memory of the process {before:.0f} -> {memory_mb():.0f} MB")
    return cases, book, session, {"gap_ms": max(beat.gaps), "listed_ms": listed_ms, "thumbnails_per_s": len(files) / took, "peak_mb": memory_mb()}


def latency(name: str, cases: CaseList, action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    QApplication.processEvents()
    cases.grab()
    took = 1000 * (time.perf_counter() - started)
    print(f"  {name:34}{took:7.1f} ms   {cases.model.rowCount()} rows")
    return took


def wishes(cases: CaseList) -> list[float]:
    names = [(f"name has “{text}”" if text else "any name", partial(cases.filter.setText, text)) for text in ("1", "12", "123", "1234", "")]
    sieves = [(sieve.value, partial(cases.sieve.choose, sieve)) for sieve in (Sieve.NEW, Sieve.ABOVE, Sieve.REVIEWED, Sieve.ALL)]
    orders = [(order.value.lower(), partial(cases.order.choose, order)) for order in (Order.PROBABILITY, Order.STATUS, Order.NEWEST, Order.NAME)]
    return [latency(name, cases, action) for name, action in (*names, *sieves, *orders)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    add_out(parser)
    options = parser.parse_args()
    app = QApplication(sys.argv[:1])
    apply_theme(app)
    put_window_first(app)
    workspace, owner = Workspace(), QObject()
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        actions = Actions(Settings(), owner)
        files = make_folder(Path(folder), options.files, workspace)
        print(f"{os.cpu_count()} cores, platform {app.platformName()}, {len(files)} files of 480 x 600")
        print("left alone")
        first, book, _, alone = pass_over(files, workspace, actions, does_scroll=False)
        book.shut_down()
        first.close()
        print("scrolled through")
        cases, book, _session, scrolled = pass_over(files, workspace, actions, does_scroll=True)
        print("filters and orders, until drawn")
        wishes_ms = wishes(cases)
        book.shut_down()
    write_figures(options.out, {"files": options.files, "alone": alone, "scrolled": scrolled, "wishes_ms": wishes_ms})


if __name__ == "__main__":
    main()
