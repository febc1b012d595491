"""How long until the window shows, until a diagnosis is on screen, and how long the window ever stands still.

The real program is started in a process of its own with a scan on its command line; a timer in it measures the gaps of the UI thread from the first
paint on, while the networks load, the scan is analysed, and then opened, analysed, zoomed and stepped through again and again.

    python benchmarks/bench_window.py [SCAN] [--runs 5] [--retraining [DIR]] [--tensorflow] [--out FILE]

With ``--retraining`` the networks are retrained meanwhile, on the approved cases of a folder of user data or on synthetic ones, with its window open:
gaps count from its first step on, and it is stopped at the end. With ``--tensorflow`` the window's process runs the networks in Keras, as the program
never does, for comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from figures import add_out, environment_of_a_user, write_figures

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from main import load_qt  # noqa: E402 - found by the line above

load_qt()  # as the program does, before anything else asks for Qt

from PySide6.QtCore import QEvent, QObject, QTimer  # noqa: E402 - after the line above

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from busi_gui.domain.case import Case
    from busi_gui.services.retraining import Retraining
    from busi_gui.services.session import Session

FIGURES = {
    "first_paint_ms": "start of the process to first paint",
    "diagnosis_ms": "start of the process to diagnosis on screen",
    "gap_ms": "longest gap of the UI thread from first paint on",
    "gap_diagnosed_ms": "longest gap once the first diagnosis was shown",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scan", nargs="?", type=Path, default=ROOT / "resources" / "samples" / "malignant_synthetic.png")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--retraining", nargs="?", const=Path(), type=Path, metavar="DIR", help="retrain meanwhile, on the approved cases of user data"
    )
    parser.add_argument("--tensorflow", action="store_true", help="run the networks in Keras")
    add_out(parser)
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_process:
        if options.tensorflow:
            import keras  # noqa: F401 - as a program does that lives with it: before its window
            from other_networks import KerasNetwork, networks_run_by

            with networks_run_by(KerasNetwork):
                run_program(options.scan, rounds=1, is_clean=False)
        else:
            run_program(options.scan, is_retraining=options.retraining is not None)
        return
    is_cold = options.retraining is None  # else what the disk has to read is read long before gaps count
    results = [measured(options.scan, options.retraining, with_keras=options.tensorflow) for _ in range(options.runs + is_cold)][is_cold:]
    print(f"{os.cpu_count()} cores, {options.runs} runs, {options.scan.name}, platform {os.environ.get('QT_QPA_PLATFORM', 'of the display')}")
    figures = {key: [result[key] for result in results] for key in FIGURES}
    for key, values in figures.items():
        print(f"{FIGURES[key]:52} median {median(values):8.1f} ms   max {max(values):8.1f}")
    write_figures(options.out, figures)


def measured(scan: Path, data: Path | None, *, with_keras: bool) -> dict[str, float]:
    command = [sys.executable, __file__, str(scan), "--in-process", *(["--tensorflow"] if with_keras else [])]
    with tempfile.TemporaryDirectory() as folder:
        if data == Path():
            from made_up_clinic import approve_made_up_cases

            approve_made_up_cases(Path(folder))
        own = Path(folder) if data in (None, Path()) else data
        if data is not None:
            command.append("--retraining")
        environment = environment_of_a_user() | {"BENCH_STARTED": repr(time.time()), "BUSI_GUI_DATA": str(own.absolute())}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


class Watch(QObject):
    """Takes the time when the window is painted for the first time and of the first diagnosis, and every gap between two beats of a 2 ms timer."""

    def __init__(self, application: QApplication, session: Session, scan: Path, rounds: int, retraining: Retraining | None) -> None:
        super().__init__()
        self.application, self.session, self.scan, self.retraining = application, session, scan, retraining
        self.painted = self.diagnosed = self.last = 0.0
        self.is_painting = False
        self.gaps: list[tuple[float, bool]] = []
        self.clock = QTimer(interval=2)
        self.clock.timeout.connect(self.beat)
        self.rounds = rounds
        self.work = QTimer(interval=150)
        self.work.timeout.connect(self.next_round)
        self.work.start()
        self.session.case_changed.connect(self.on_case)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if not self.is_painting and event.type() == QEvent.Type.Paint:
            self.is_painting = True
            QTimer.singleShot(0, self.on_painted)  # all widgets are painted in one event: this comes after it
        return False

    def on_painted(self) -> None:
        self.painted = time.time()
        self.clock.start()

    def on_case(self, case: Case) -> None:
        if case.analysis and not self.diagnosed:
            self.diagnosed = time.time()

    def beat(self) -> None:
        now = time.perf_counter()
        if self.last and self.has_begun:
            self.gaps.append((1000 * (now - self.last), bool(self.diagnosed)))
        self.last = now

    @property
    def has_begun(self) -> bool:
        """Whether gaps count: at once, or from the first step of a retraining on."""
        return self.retraining is None or bool(self.retraining.progress.losses)

    def next_round(self) -> None:
        if self.retraining is not None and not self.retraining.progress.is_running:
            raise SystemExit(f"the retraining has ended: {self.retraining.progress.judged or self.retraining.progress.problem}")
        if self.session.activity is None and self.diagnosed and self.has_begun:
            self.rounds -= 1
            self.session.open(self.scan) if self.rounds else self.application.exit()  # to quit, the window would ask about the retraining


def run_program(scan: Path, *, is_retraining: bool = False, rounds: int = 12, is_clean: bool = True) -> None:
    """Run the program until it has opened the scan so many times, and print what was measured."""
    use_settings_of_its_own()
    started = float(os.environ["BENCH_STARTED"])
    from busi_gui import app as program

    application, window, session = program.start(scan)
    retraining = None
    if is_retraining:
        window.retraining.open()
        retraining = window.retraining.service
        retraining.start()

    watch = Watch(application, session, scan, rounds, retraining)
    application.installEventFilter(watch)
    application.exec()
    figures = {
        "first_paint_ms": 1000 * (watch.painted - started),
        "diagnosis_ms": 1000 * (watch.diagnosed - started),
        "gap_ms": max(gap for gap, _ in watch.gaps),
        "gap_diagnosed_ms": max(gap for gap, is_working in watch.gaps if is_working),
    }
    forbidden = {"tensorflow", "keras"} & set(sys.modules)
    if forbidden and is_clean:
        raise SystemExit(f"the window's process imported {forbidden}")
    print(json.dumps(figures))


def use_settings_of_its_own() -> None:
    """Keep the user's settings out of it, with the first-start notice accepted: it waits for a click."""
    from PySide6.QtCore import QSettings

    from busi_gui.services.settings import Settings
    from busi_gui.views.notice import VERSION

    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, tempfile.mkdtemp())
    settings = Settings()
    settings.accepted_notice = VERSION
    settings.save()


if __name__ == "__main__":
    main()
