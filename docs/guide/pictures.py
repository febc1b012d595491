"""Take the pictures of the guide from the real window, on the synthetic samples and the shipped networks: ``make pictures``."""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["BUSI_GUI_DATA"] = tempfile.mkdtemp()

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsView, QProgressBar, QScrollArea, QWidget

from busi_gui import paths
from busi_gui.app import build_services
from busi_gui.services.settings import Settings
from busi_gui.views.main_window import MainWindow
from busi_gui.views.networks_dialog import NetworksDialog
from busi_gui.views.theme import apply_theme

FOLDER = Path(__file__).resolve().parent / "pictures"
SIZE = (1280, 800)
COLOURS = 224
LONGEST_MS = 120_000


class Photographer:
    """Works the window as a reader does, and keeps what he sees."""

    def __init__(self) -> None:
        self._app = QApplication([])
        apply_theme(self._app)
        self._services = build_services()
        self.session = self._services.session
        self.window = MainWindow(self._services, Settings())
        self.window.resize(*SIZE)
        self.window.show()
        self.window.panels.resize([230, 290])
        self.session.start()

    def end(self) -> None:
        """End the program."""
        self.window.close()
        self._services.shut_down()

    def open(self, path: Path) -> None:
        """Open a scan and wait for what the networks say of it."""
        self.window.open_path(path)
        self.until(lambda: self.session.case is not None and self.session.case.scan.path == path and self.session.case.analysis is not None)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is being diagnosed, and what follows has been drawn."""
        self.until(lambda: self.session.activity is None)
        QTest.qWait(600)
        self.until(lambda: self.session.activity is None)

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        for _ in range(LONGEST_MS // 50):
            if is_so():
                return
            QTest.qWait(50)
        raise TimeoutError("The window did not get so far.")

    def press(self, *names: str) -> None:
        """Choose actions of the menu."""
        for name in names:
            self.window.commands[name].trigger()

    def take(self, name: str, widget: QWidget | None = None, part: QRect | None = None) -> None:
        """Keep what a widget shows, the window by default, with few colours: it is mostly grey."""
        QTest.qWait(200)
        shown = (widget or self.window).grab(part) if part is not None else (widget or self.window).grab()
        target = FOLDER / f"{name}.png"
        shown.save(str(target))
        with Image.open(target) as taken:
            few = taken.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(target, optimize=True)

    @contextmanager
    def stroke(self, *places: tuple[float, float]) -> Iterator[None]:
        """Draw along places of the scan, (row, column) as shares of its height and width, and hold the button."""
        view = self.window.scan_view
        canvas = view.findChildren(QGraphicsView)[0].viewport()
        rows, columns = self.session.case.scan.shape  # type: ignore[union-attr]
        points = [view.look.to_screen(columns * column, rows * row) for row, column in places]  # type: ignore[union-attr]
        there = [QPoint(round(x), round(y)) for x, y in points]
        QTest.mouseMove(canvas, there[0])
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, there[0])
        for place in there[1:]:
            QTest.mouseMove(canvas, place)
            QTest.qWait(30)
        yield
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, there[-1])


def main() -> None:
    """Take all pictures anew."""
    with tempfile.TemporaryDirectory() as place:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(Path(place) / "settings"))
        scans = _scans(Path(place) / "scans")
        FOLDER.mkdir(exist_ok=True)
        desk = Photographer()
        _read(desk, scans)
        _correct(desk)
        _assess(desk, scans)
        _dialogs(desk)
        desk.end()


def _scans(folder: Path) -> Path:
    """Lay the samples into a folder, with one in the middle of a screen beside them."""
    folder.mkdir()
    for path in paths.samples_dir().glob("*_synthetic.*"):
        shutil.copy(path, folder)
    with Image.open(folder / "malignant_synthetic.png") as sample:
        scan = sample.convert("L")
    screen = Image.new("L", (scan.width * 2, scan.height + 240), 32)
    screen.paste(scan, (scan.width // 2, 120))
    screen.save(folder / "screen_synthetic.png")
    return folder


def _read(desk: Photographer, scans: Path) -> None:
    window = desk.window
    desk.open(scans / "screen_synthetic.png")
    desk.take("concern", part=_right_of(window, 0, 420))
    desk.open(scans / "benign_synthetic.png")
    desk.take("doubt", part=_right_of(window, 206, 538))
    for name in ("calibrated_synthetic.dcm", "malignant_synthetic.png"):
        desk.open(scans / name)
    desk.take("window")
    desk.take("result", part=_right_of(window, 206, 500))
    desk.press("saliency")
    desk.take("saliency", window.comparison)
    desk.press("saliency")


def _correct(desk: Photographer) -> None:
    desk.press("brush")
    case = desk.session.case
    assert case is not None
    rows, columns = np.nonzero(case.lesions[0].mask)
    height, width = case.scan.shape
    right, middle = columns.max() / width, rows.mean() / height
    with desk.stroke((middle - 0.03, right - 0.015), (middle, right - 0.01), (middle + 0.03, right - 0.015)):
        pass
    desk.settle()
    QTest.qWait(3000)
    with desk.stroke((middle + 0.05, right - 0.02), (middle + 0.09, right - 0.035), (middle + 0.12, right - 0.05)):
        desk.take("correcting")
    desk.settle()
    desk.press("hand")


def _assess(desk: Photographer, scans: Path) -> None:
    form = desk.window.lesion_list.assessment
    for choice, row in ((form.category, 5), (form.outcome, 2), (form.method, 1)):
        choice.setCurrentIndex(row)
        choice.activated.emit(row)
    desk.press("approve")
    desk.settle()
    area = desk.window.panel_dock.findChildren(QScrollArea)[0]
    area.ensureWidgetVisible(form, 0, 8)
    desk.take("assessment", area, form.rect().translated(form.mapTo(area, QPoint())).adjusted(-12, -12, 12, 12))
    for name in ("benign_synthetic.png", "calibrated_synthetic.dcm"):
        desk.open(scans / name)
        desk.press("approve")
        desk.settle()


def _dialogs(desk: Photographer) -> None:
    window = desk.window
    export = window.exchanging.open_export()
    export.place.setText("~/scans/busi-export")
    desk.take("export", export)
    export.close()
    retrain = window.retraining.open()
    retrain.resize(1000, 520)
    QTest.qWait(1500)
    desk.take("retraining", retrain)
    retrain.close()
    window.dialogs.open_networks()
    networks = window.findChildren(NetworksDialog)[-1]
    desk.until(lambda: not networks.findChildren(QProgressBar)[0].isVisible())
    networks.resize(860, 360)
    desk.take("networks", networks)
    networks.close()


def _right_of(window: MainWindow, top: int, bottom: int) -> QRect:
    """Return a part of the diagnosis, between two heights in pixels."""
    dock = window.panel_dock.geometry()
    return QRect(dock.left(), dock.top() + top, dock.width(), min(dock.height(), bottom) - top)


if __name__ == "__main__":
    main()
