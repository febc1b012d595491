"""The real window on the real networks: what a reader does in the first minutes."""

import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt

from busi_gui import app, paths
from busi_gui.services.settings import Settings
from busi_gui.services.states import NetworkStatus
from busi_gui.views.main_window import MainWindow
from tests.builders import make_pixels, write_image
from tests.e2e.files import write_bad_files, write_giant

pytestmark = pytest.mark.usefixtures("networks")


class Desk:
    """The program as `main.py` builds it, without its command line."""

    def __init__(self, qtbot):
        self.qtbot = qtbot
        self.services = app.build_services()
        self.session = self.services.session
        self.window = MainWindow(self.services, Settings())
        qtbot.addWidget(self.window)
        self.window.show()
        self.session.start()

    def open(self, path):
        self.window.open_path(path)
        self.until(lambda: self.session.case is not None and self.session.case.scan.path == path and self.session.case.analysis is not None)

    def until(self, condition):
        self.qtbot.waitUntil(condition, timeout=60_000)

    @property
    def message(self):
        return self.window.message_bar.text if self.window.message_bar.isVisible() else ""


@pytest.fixture
def desk(qtbot):
    made = Desk(qtbot)
    yield made
    made.services.shut_down()


def test_a_scan_is_opened_analysed_and_its_neighbours_are_one_key_away(desk, tmp_path):
    first, second = (write_image(tmp_path / f"{n}.png", make_pixels(seed=n, shape=(300, 400))) for n in (1, 2))
    desk.open(first)
    assert desk.session.network.status is NetworkStatus.READY
    desk.qtbot.keyClick(desk.window, Qt.Key.Key_D)
    desk.until(lambda: desk.session.case.scan.path == second and desk.session.case.analysis is not None)
    assert "2.png" in desk.window.windowTitle()


def test_each_bad_file_is_named_and_the_scan_stays(desk, tmp_path):
    good = write_image(tmp_path / "good.png", make_pixels(shape=(300, 400)))
    desk.open(good)
    for path, word in write_bad_files(tmp_path).items():
        desk.window.message_bar.clear()
        desk.window.open_path(path)
        desk.until(lambda: bool(desk.message))
        assert word in desk.message
        assert desk.session.case.scan.path == good


def test_one_pixel_is_shown_and_has_no_lesion(desk, tmp_path):
    desk.open(write_image(tmp_path / "dot.png", np.full((1, 1), 90, np.uint8)))
    assert desk.session.case.lesions == ()


def test_a_hundred_million_pixels_are_shown(desk, tmp_path):
    desk.open(write_giant(tmp_path / "giant.png"))
    assert desk.session.case.scan.shape == (9000, 12000)
    assert not desk.message


def test_another_scan_opened_while_the_first_is_analysed_is_the_one_shown(desk, tmp_path):
    paths_ = [write_image(tmp_path / f"{n}.png", make_pixels(seed=n, shape=(300, 400))) for n in range(4)]
    for path in paths_:
        desk.window.open_path(path)
    desk.until(lambda: desk.session.activity is None and desk.session.case is not None and desk.session.case.analysis is not None)
    assert desk.session.case.scan.path == paths_[-1]


def test_stopped_and_started_again_it_gives_its_diagnosis(desk, tmp_path):
    path = write_image(tmp_path / "scan.png", make_pixels(shape=(300, 400)))
    desk.window.open_path(path)
    desk.until(lambda: desk.session.case is not None)
    desk.session.stop()
    desk.until(lambda: desk.session.activity is None)
    if desk.session.case.analysis is None:
        desk.qtbot.keyClick(desk.window, Qt.Key.Key_R)
    desk.until(lambda: desk.session.case.analysis is not None)


def test_quitting_at_any_moment_ends_cleanly(tmp_path):
    """The whole program in a process of its own, closed while it loads, reads and analyses: it must end by itself, without a word of complaint."""
    scan = write_image(tmp_path / "scan.png", make_pixels(shape=(300, 400)))
    code = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QTimer; from busi_gui import app; "
        f"application, window, session = app.start(Path({str(scan)!r})); "
        "QTimer.singleShot(int(sys.argv[1]), application.quit); code = application.exec(); "
        "assert not {'keras', 'tensorflow'} & set(sys.modules), 'imported'; sys.exit(code)"
    )
    for delay_ms in (0, 60, 150, 400, 1500):
        command = [sys.executable, "-c", code, str(delay_ms)]
        done = subprocess.run(command, cwd=paths.resources_dir().parent, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        assert "QThread" not in done.stderr
