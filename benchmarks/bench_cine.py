"""How a cine of hundreds of frames opens, scrolls, plays and is analysed, beside a program that decodes everything at opening.

A synthetic cine (speckle, JPEG baseline) is written as DICOM into a temporary folder. Each way of using it runs in a process of its own, for the
peak of memory is counted for a process. Frames are shown one after another, each as soon as the one before it is there.

    python benchmarks/bench_cine.py [--frames 300] [--window] [--out FILE]
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from figures import add_out, write_figures
from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer

from busi_gui import paths
from busi_gui.io.scans import open_scan
from busi_gui.services.model_service import ModelService
from busi_gui.services.session import Session

SHAPE = (600, 800)
FRAME_MS = 33.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--window", action="store_true", help="also in the real window")
    add_out(parser)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--cine", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps({**WAYS[options.way](options.cine), "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    with tempfile.TemporaryDirectory() as folder:
        cine = written_cine(Path(folder) / "cine.dcm", options.frames)
        print(f"{os.cpu_count()} cores, {options.frames} frames of {SHAPE[1]} x {SHAPE[0]}, JPEG baseline, {cine.stat().st_size / 2**20:.1f} MB")
        write_figures(options.out, report(cine, is_window_wanted=options.window))


def report(cine: Path, *, is_window_wanted: bool) -> dict[str, dict[str, float]]:
    whole = measured("whole", cine)
    session = measured("session", cine)
    print(f"time to the first frame             {session['first_ms']:8.0f} ms     wanted: 300 at most")
    print(f"scrolling through all frames        {session['scroll_fps']:8.1f} /s     wanted: 30 at least")
    print(f"scrolling back, as far as kept      {session['back_fps']:8.1f} /s")
    print(f"playing at {1000 / FRAME_MS:.0f}/s                    {session['play_fps']:8.1f} /s     frames shown")
    print(f"peak memory, without networks       {session['peak']:8.0f} MB     wanted: 400 at most")
    print(f"decoding everything at opening      {whole['first_ms']:8.0f} ms     {whole['peak']:.0f} MB")
    print(f"first frame, ratio                  {whole['first_ms'] / session['first_ms']:8.1f} x     sooner than with everything decoded at opening")
    figures = {"whole": whole, "session": session}
    if is_window_wanted:
        window = figures["window"] = measured("window", cine)
        print(f"in the window: first frame          {window['first_ms']:8.0f} ms")
        print(f"in the window: scrolling            {window['scroll_fps']:8.1f} /s")
        print(
            f"in the window: all frames analysed  {window['analysed_fps']:8.1f} /s     {window['analysed']:.0f} frames, key frame {window['key']:.0f}"
        )
        print(f"in the window: peak memory          {window['peak']:8.0f} MB     wanted: 400 at most")
    return figures


def written_cine(path: Path, count: int) -> Path:
    """Write a cine in which a lesion comes and goes: a synthetic scan that moves a little, with fresh noise in every frame."""
    # Only here: the processes that are measured write nothing.
    from PIL import Image
    from pydicom.encaps import encapsulate
    from pydicom.uid import JPEGBaseline8Bit

    from busi_gui.domain.synthetic import synthetic_scan
    from tests.builders import make_dicom

    pixels, _ = synthetic_scan(7, "malignant", SHAPE)
    rng = np.random.default_rng(7)
    frames = []
    for frame in range(count):
        noise = rng.normal(0, 6, SHAPE)
        moved = np.roll(pixels, (frame % 20, round(30 * np.sin(frame / 15))), axis=(0, 1))
        encoded = io.BytesIO()
        Image.fromarray((moved + noise).clip(0, 255).astype(np.uint8)).save(encoded, "JPEG", quality=85)
        frames.append(encoded.getvalue())
    dataset = make_dicom(np.zeros((count, 8, 8), np.uint8), frames=count, FrameTime=FRAME_MS)
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    dataset.Rows, dataset.Columns = SHAPE
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path, enforce_file_format=True)
    return path


def measured(way: str, cine: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--way", way, "--cine", str(cine)]
    done = subprocess.run(command, env=os.environ | {"QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def whole_way(cine: Path) -> dict[str, float]:
    """Decode every frame before the first is shown."""
    start = perf_counter()
    with open_scan(cine) as file:
        frames = [file.read(frame) for frame in range(file.frame_count)]
    assert len(frames) > 1
    return {"first_ms": 1000 * (perf_counter() - start)}


def session_way(cine: Path) -> dict[str, float]:
    """Use a session without a window and without networks."""
    application = QCoreApplication([])
    session = Session(ModelService(no_networks, ["false"]))
    figures = scrolled(session, cine)
    session.play(True)
    wait(application, session, lambda: False, limit_ms=3000, counted=(shown := []))
    figures["play_fps"] = len(shown) / 3
    session.shut_down()
    return figures


def no_networks() -> None:
    raise SystemError("nothing is analysed here")


def scrolled(session: Session, cine: Path) -> dict[str, float]:
    application = QCoreApplication.instance()
    assert application is not None
    start = perf_counter()
    session.open(cine)
    wait(application, session, lambda: session.case is not None)
    first_ms = 1000 * (perf_counter() - start)
    assert session.cine is not None
    last = session.cine.frame_count - 1
    return {
        "first_ms": first_ms,
        "scroll_fps": rate(application, session, range(1, last + 1)),
        "back_fps": rate(application, session, range(last - 1, max(0, last - 100), -1)),
    }


def rate(application: QCoreApplication, session: Session, frames: range) -> float:
    start = perf_counter()
    for frame in frames:
        session.show_frame(frame)
        wait(application, session, lambda frame=frame: session.case.scan.frame == frame)
    return len(frames) / (perf_counter() - start)


class Wait(QObject):
    """An event loop that ends when a condition holds after a case was announced."""

    def __init__(self, session: Session, is_met: Callable[[], bool], counted: list[int]) -> None:
        super().__init__()
        self.loop, self.is_met, self.counted = QEventLoop(), is_met, counted
        session.case_changed.connect(self.on_case)
        session.cine_changed.connect(self.on_cine)
        session.failed.connect(self.on_failed)

    def on_case(self, case: object) -> None:
        self.counted.append(case.scan.frame)
        self.on_cine(None)

    def on_cine(self, _state: object) -> None:
        if self.is_met():
            self.loop.quit()

    def on_failed(self, message: str) -> None:
        raise SystemExit(message)


def wait(
    application: QCoreApplication, session: Session, is_met: Callable[[], bool], limit_ms: int = 600_000, counted: list[int] | None = None
) -> None:
    application.processEvents()
    if is_met():
        return
    waiting = Wait(session, is_met, [] if counted is None else counted)
    QTimer.singleShot(limit_ms, waiting.loop.quit)
    waiting.loop.exec()
    for signal, slot in ((session.case_changed, waiting.on_case), (session.cine_changed, waiting.on_cine), (session.failed, waiting.on_failed)):
        signal.disconnect(slot)


def window_way(cine: Path) -> dict[str, float]:
    """Use the real program with the shipped networks, and analyse all frames."""
    from bench_window import use_settings_of_its_own

    use_settings_of_its_own()
    os.environ["BUSI_GUI_DATA"] = tempfile.mkdtemp()
    subprocess.run([*paths.own_command(), "convert"], check=True, capture_output=True)
    from busi_gui import app as program

    application, _window, session = program.start(None)
    figures = scrolled(session, cine)
    start = perf_counter()
    before = len(session.cine.findings)
    session.analyse_all_frames()
    wait(application, session, lambda: session.cine.key_frame is not None or (session.activity is None and len(session.cine.findings) > 1))
    figures["analysed_fps"] = (len(session.cine.findings) - before) / (perf_counter() - start)
    figures["analysed"] = len(session.cine.findings)
    figures["key"] = -1 if session.cine.key_frame is None else session.cine.key_frame
    QTimer.singleShot(0, application.quit)  # as the reader does: it ends every thread
    application.exec()
    return figures


WAYS = {"whole": whole_way, "session": session_way, "window": window_way}

if __name__ == "__main__":
    main()
