"""How long the window takes to follow the brush, and to take a stroke back.

The real program is started in a process of its own, with the shipped networks, on a synthetic scan. Mouse events are sent through Qt to the view,
and after each the event loop is run until what had to be painted anew is painted: that is one figure. The same strokes are drawn the naive way, by
making and uploading a picture of the whole mask at each event, and by napari, where a Python that has it is named.

Beside the time on the clock stands what the window's thread computed meanwhile: on a machine that others use as well, the rest is waiting for them.

    python benchmarks/bench_brush.py [--strokes 500] [--napari PYTHON] [--profile] [--out FILE]
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from figures import add_out, middle_and_p99, write_figures

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

    from busi_gui.services.session import Session
    from busi_gui.views.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

SIZES = ((768, 1024), (3072, 4096))
BRUSH_PX = 40
STROKES, MOVES = 24, 50  # of those that are timed event by event
WANTED_MS = {768: (4.0, 12.0), 3072: (8.0, 24.0)}
UNDO_WANTED_MS, HISTORY_WANTED_MB = 10.0, 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=500, help="how many to keep in the history")
    parser.add_argument("--napari", type=Path, help="a Python in which napari can be imported")
    parser.add_argument("--only", type=int, choices=[rows for rows, _ in SIZES], help="scans of so many rows alone")
    parser.add_argument("--profile", action="store_true", help="say where the time goes, instead")
    parser.add_argument("--way", choices=("window", "naive", "napari"), help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    add_out(parser)
    options = parser.parse_args()
    ways = {"naive": naive_way, "napari": napari_way}
    if options.way is not None:
        answer = ways[options.way](options.rows) if options.way in ways else window_way(options.rows, options.strokes, is_profiled=options.profile)
        options.out.write_text(json.dumps(answer))
    else:
        sizes = [size for size in SIZES if options.only in (None, size[0])]
        figures = {f"{size[1]} x {size[0]}": compare(*size, options.strokes, options.napari, is_profiled=options.profile) for size in sizes}
        write_figures(options.out, figures)


def compare(rows: int, columns: int, strokes: int, napari: Path | None, *, is_profiled: bool) -> dict[str, float]:
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {os.environ.get('QT_QPA_PLATFORM', 'a display')}"
    print(f"\n{columns} x {rows}, brush {BRUSH_PX} px, {STROKES} strokes of {MOVES} moves; {machine}")
    own = run(sys.executable, "window", rows, strokes, is_profiled=is_profiled)
    if is_profiled:
        return {}
    wanted = "wanted: median {:g}, p99 {:g}".format(*WANTED_MS[rows])
    say("a move and its repaint", own["moves"], f"computing {own['computing']:.2f} ms; {wanted}")
    say("a press and its repaint", own["presses"])
    say("a release, the step, and its repaint", own["releases"])
    say("a hover and its repaint", own["hovers"])
    say("a move while the networks analyse", own["busy"], f"computing {own['busy_computing']:.2f} ms; wanted: as above; {own['analyses']} analyses")
    say("undo: the action alone", own["undo_action"])
    say("undo: to the finished repaint", own["undo"], f"computing {own['undo_computing']:.2f} ms; wanted: {UNDO_WANTED_MS:g} at most")
    say("redo: the action alone", own["redo_action"])
    say("redo: to the finished repaint", own["redo"], f"computing {own['redo_computing']:.2f} ms; wanted: {UNDO_WANTED_MS:g} at most")
    kept = f"history of {own['kept']} strokes"
    print(f"  {kept:38} {own['history_mb']:14.2f} MB   wanted: {HISTORY_WANTED_MB:g} at most; the process grew by {own['growth_mb']:.1f} MB")
    naive = run(sys.executable, "naive", rows, strokes)
    say("whole picture at each event", naive["moves"], ratio(naive, own))
    if napari is not None:
        theirs = run(str(napari), "napari", rows, strokes)
        say(f"napari {theirs['version']}, painting labels", theirs["moves"], ratio(theirs, own))
    times = middle_and_p99("moves", own["moves"]) | middle_and_p99("busy", own["busy"]) | middle_and_p99("undo", own["undo"])
    return times | {"history_mb": own["history_mb"], "naive_ratio": float(np.median(naive["moves"]) / np.median(own["moves"]))}


def run(python: str, way: str, rows: int, strokes: int, *, is_profiled: bool = False) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        environment = os.environ | {"BUSI_GUI_DATA": folder, "BENCH_FOLDER": folder}
        command = [python, __file__, "--way", way, "--rows", str(rows), "--out", str(out), "--strokes", str(strokes)]
        done = subprocess.run(
            [*command, *(["--profile"] if is_profiled else [])], env=environment, capture_output=not is_profiled, text=True, check=False
        )
        if done.returncode or not out.exists():
            raise SystemExit(f"{way}: {(done.stderr or '')[-3000:]}")
        answer: dict[str, Any] = json.loads(out.read_text())
        return answer


def say(name: str, times: list[float], more: str = "") -> None:
    ordered = np.sort(times)
    print(f"  {name:38} median {np.median(ordered):7.2f} ms   p99 {np.percentile(ordered, 99):7.2f}   max {ordered[-1]:7.2f}   {more}")


def ratio(other: dict[str, Any], own: dict[str, Any]) -> str:
    shares = [np.median(other["moves"]) / np.median(own["moves"]), np.percentile(other["moves"], 99) / np.percentile(own["moves"], 99)]
    return f"{shares[0]:.1f} times ours, p99 {shares[1]:.1f} times"


def strokes_over(rows: int, columns: int, count: int = STROKES, moves: int = MOVES) -> Iterator[list[tuple[float, float]]]:
    """Yield strokes as x, y in scan pixels: arcs that go back and forth over a lesion and its edge in the middle of the scan."""
    random = np.random.default_rng(3)
    for _ in range(count):
        start, length, distance = random.uniform(0, 2 * np.pi), random.uniform(0.4, 1.6), random.uniform(0.05, 0.16)
        angles = start + np.linspace(0, length, moves)
        reach = distance + 0.02 * np.sin(np.linspace(0, 9, moves))
        yield [(columns * (0.5 + r * np.cos(a)), rows * 0.5 + columns * r * np.sin(a)) for a, r in zip(angles, reach, strict=True)]


# the program --------------------------------------------------------------------------------------------------------------------------------------


def window_way(rows: int, kept: int, *, is_profiled: bool) -> dict[str, Any]:
    import cv2
    from bench_window import use_settings_of_its_own

    from busi_gui.domain.synthetic import synthetic_scan

    use_settings_of_its_own()
    columns = rows * 4 // 3
    scan = Path(os.environ["BENCH_FOLDER"]) / "scan.png"
    pixels = cv2.resize(synthetic_scan(5, "malignant", (768, 1024))[0], (columns, rows), interpolation=cv2.INTER_LINEAR)
    scan.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    from busi_gui import app as program

    application, window, session = program.start(scan)
    window.resize(1280, 800)
    wait(application, lambda: session.case is not None and session.case.analysis is not None)
    reader = Reader(application, window)
    window.commands["brush"].trigger()
    window.editor.disc.size.set_px(BRUSH_PX)
    application.processEvents()
    for each in (places := list(strokes_over(rows, columns)))[:3]:
        reader.draw(each)  # what is made once, such as fonts, is made now
    reader.forget()
    if is_profiled:
        profile(lambda: [reader.draw(each) for each in places])
        profile(lambda: undo_and_redo(reader, window, session, len(places)))
        leave(application)
        return {}
    for each in places:
        reader.draw(each)
    computing = float(np.median(reader.computing))
    answer: dict[str, Any] = {"moves": reader.moves, "presses": reader.presses, "releases": reader.releases, "computing": computing}
    answer |= undo_and_redo(reader, window, session, len(places))
    reader.hover(places)
    answer["hovers"] = reader.moves
    answer |= analysed_meanwhile(reader, session, places)
    answer |= history_of(reader, session, rows, columns, kept)
    leave(application)
    return answer


class Reader:
    """Sends the mouse where a reader would move it, and takes the time until everything is painted."""

    def __init__(self, application: QApplication, window: MainWindow) -> None:
        self.application, self.window = application, window
        self.view = window.scan_view
        canvas: Any = self.view.focusProxy()
        self.target: QWidget = canvas.viewport()
        self.painted = 0
        self.is_painting = True
        self.target.installEventFilter(_Paints(self))
        self.forget()

    def forget(self) -> None:
        self.moves, self.computing = list[float](), list[float]()
        self.presses, self.releases = list[float](), list[float]()

    def draw(self, places: list[tuple[float, float]]) -> None:
        """Draw a stroke; every second one erases, so that each changes something."""
        from PySide6.QtCore import QEvent, Qt

        self.held = Qt.KeyboardModifier.NoModifier if self.is_painting else Qt.KeyboardModifier.ControlModifier
        self.is_painting = not self.is_painting

        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        self.presses.append(self.sent(QEvent.Type.MouseButtonPress, places[0], left, left))
        for place in places[1:]:
            start = time.thread_time()
            self.moves.append(self.sent(QEvent.Type.MouseMove, place, none, left))
            self.computing.append(1000 * (time.thread_time() - start))
        self.releases.append(self.sent(QEvent.Type.MouseButtonRelease, places[-1], left, none))

    def hover(self, strokes: list[list[tuple[float, float]]]) -> None:
        from PySide6.QtCore import QEvent, Qt

        none = Qt.MouseButton.NoButton
        self.held = Qt.KeyboardModifier.NoModifier
        self.forget()
        self.moves = [self.sent(QEvent.Type.MouseMove, place, none, none) for places in strokes for place in places]

    def sent(self, kind: Any, place: tuple[float, float], button: Any, held: Any) -> float:
        from PySide6.QtCore import QPointF
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        look = self.view.look
        assert look is not None
        where = QPointF(*look.to_screen(*place))
        event = QMouseEvent(kind, where, self.target.mapToGlobal(where), button, held, self.held)
        before, start = self.painted, time.perf_counter()
        QApplication.sendEvent(self.target, event)
        self.application.processEvents()
        took = 1000 * (time.perf_counter() - start)
        if self.painted == before:
            raise SystemExit("nothing was painted")
        return took


def _Paints(reader: Reader) -> Any:  # noqa: N802 - a class that can only be made once Qt is imported
    from PySide6.QtCore import QEvent, QObject

    class Paints(QObject):
        def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802
            reader.painted += event.type() == QEvent.Type.Paint
            return False

    return Paints(reader.target)


def undo_and_redo(reader: Reader, window: MainWindow, session: Session, count: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"undo_action": [], "undo": [], "redo_action": [], "redo": []}
    for name in ("undo", "redo"):
        action, computing = window.commands[name], []
        for _ in range(count):
            if not action.isEnabled():
                break  # a stroke over what is painted already is no step
            before, painted, start, began = session.editing.reading, reader.painted, time.perf_counter(), time.thread_time()
            action.trigger()
            if session.editing.reading is before:
                raise SystemExit(f"the action for {name} changed nothing")
            acted = time.perf_counter()
            reader.application.processEvents()
            done = time.perf_counter()
            computing.append(1000 * (time.thread_time() - began))
            if reader.painted == painted:
                raise SystemExit("nothing was painted")
            answer[name].append(1000 * (done - start))
            answer[f"{name}_action"].append(1000 * (acted - start))
        answer[f"{name}_computing"] = float(np.median(computing))
    return answer


def analysed_meanwhile(reader: Reader, session: Session, places: list[list[tuple[float, float]]]) -> dict[str, Any]:
    """Draw while the networks look at the scan again and again."""
    analyses = 0

    def go_on() -> None:
        nonlocal analyses
        if session.activity is None:
            analyses += 1
            session.analyse()

    session.activity_changed.connect(go_on)
    go_on()
    reader.forget()
    for each in places:
        reader.draw(each)
    session.activity_changed.disconnect(go_on)
    wait(reader.application, lambda: session.activity is None)
    # A copy: what is drawn next is not drawn meanwhile.
    return {"busy": list(reader.moves), "busy_computing": float(np.median(reader.computing)), "analyses": analyses}


def history_of(reader: Reader, session: Session, rows: int, columns: int, count: int) -> dict[str, Any]:
    history = session.editing.history
    assert history is not None
    before, size_before = resident_mb(), history.size_bytes
    for each in strokes_over(rows, columns, count, 12):
        reader.draw(each)
    return {"kept": count, "history_mb": (history.size_bytes - size_before) / 1e6, "growth_mb": resident_mb() - before}


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def wait(application: QApplication, is_done: Callable[[], bool], limit_s: float = 120) -> None:
    from PySide6.QtCore import QEventLoop

    deadline = time.monotonic() + limit_s
    while not is_done():
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents | QEventLoop.ProcessEventsFlag.AllEvents, 50)
        if time.monotonic() > deadline:
            raise SystemExit("nothing came in time")


def leave(application: QApplication) -> None:
    """End the program as the reader does: its threads end with it."""
    from PySide6.QtCore import QTimer

    QTimer.singleShot(0, application.quit)
    application.exec()


def profile(work: Callable[[], object]) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(work)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30).sort_stats("cumtime").print_stats(60)


# other ways ---------------------------------------------------------------------------------------------------------------------------------------


def naive_way(rows: int) -> dict[str, Any]:
    """Make a picture of the whole mask at each event, and show that over the scan."""
    from PySide6.QtGui import QImage, QPixmap
    from PySide6.QtWidgets import QApplication, QGraphicsPixmapItem, QGraphicsScene, QGraphicsView

    from busi_gui.domain.callipers import Point
    from busi_gui.domain.masks import stroke
    from busi_gui.domain.synthetic import synthetic_scan

    application = QApplication([])
    columns = rows * 4 // 3
    gray = np.kron(synthetic_scan(5, "malignant", (768, 1024))[0], np.ones((rows // 768, rows // 768), np.uint8))
    scene = QGraphicsScene()
    scene.addPixmap(QPixmap.fromImage(QImage(gray.data, columns, rows, columns, QImage.Format.Format_Grayscale8)))
    scene.addItem(overlay := QGraphicsPixmapItem())
    view = QGraphicsView(scene)
    view.resize(900, 700)
    view.show()
    view.fitInView(0, 0, columns, rows)
    application.processEvents()
    mask = np.zeros((rows, columns), np.bool_)
    moves = []
    for places in strokes_over(rows, columns, STROKES if rows < 2000 else 6):
        at = places[0]
        for place in places[1:]:
            start = time.perf_counter()
            stroke(mask, Point(*at), Point(*place), BRUSH_PX / 2, True)
            rgba = np.zeros((rows, columns, 4), np.uint8)
            rgba[mask] = (230, 159, 0, 110)
            overlay.setPixmap(QPixmap.fromImage(QImage(rgba.data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)))
            application.processEvents()
            moves.append(1000 * (time.perf_counter() - start))
            at = place
    return {"moves": moves}


def napari_way(rows: int) -> dict[str, Any]:
    """Have napari paint the same strokes into a labels layer, by its own mouse events, and wait for its repaint."""
    import napari
    from qtpy.QtCore import QEvent, QPointF, Qt
    from qtpy.QtGui import QMouseEvent
    from qtpy.QtWidgets import QApplication

    columns = rows * 4 // 3
    viewer = napari.Viewer(show=True)
    viewer.window.resize(1280, 800)
    viewer.add_image(np.random.default_rng(0).integers(0, 256, (rows, columns), np.uint8))
    labels = viewer.add_labels(np.zeros((rows, columns), np.uint8))
    labels.mode, labels.brush_size, labels.selected_label = "paint", BRUSH_PX, 1
    application = QApplication.instance()
    for _ in range(20):
        application.processEvents()
    target = viewer.window._qt_viewer.canvas.native  # noqa: SLF001 - there is no other way to its widget

    def sent(kind: Any, place: tuple[float, float], button: Any, held: Any) -> None:
        scale = viewer.camera.zoom / target.devicePixelRatioF()
        centre = viewer.camera.center
        where = QPointF(target.width() / 2 + (place[0] - centre[2]) * scale, target.height() / 2 + (place[1] - centre[1]) * scale)
        event = QMouseEvent(kind, where, QPointF(target.mapToGlobal(where.toPoint())), button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(target, event)
        application.processEvents()

    left, none, moves = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, []
    for places in strokes_over(rows, columns):
        sent(QEvent.Type.MouseButtonPress, places[0], left, left)
        for place in places[1:]:
            start = time.perf_counter()
            sent(QEvent.Type.MouseMove, place, none, left)
            moves.append(1000 * (time.perf_counter() - start))
        sent(QEvent.Type.MouseButtonRelease, places[-1], left, none)
    if not labels.data.any():
        raise SystemExit("napari painted nothing")
    return {"moves": moves, "version": napari.__version__}


if __name__ == "__main__":
    main()
