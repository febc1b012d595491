"""What every test relies on: Qt without a screen, settings and files of its own, and no thread left running.

Tests are found by path, so their folders are not packages; what they share is imported by its full name (`from tests.builders import …`).
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Qt: pytest-qt does so as soon as the first test asks for it.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pydicom.pixels  # with all its plugins, which the program does without: files are made and compared with them  # noqa: F401
import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of tests that may take longest: last, one would keep a single process busy while the others have nothing left to do."""
    longest: dict[Path, float] = {}
    for item in items:
        own = item.get_closest_marker("timeout")
        longest[item.path] = max(longest.get(item.path, 0.0), float([*own.args, *own.kwargs.values()][0]) if own else 0.0)
    items.sort(key=lambda item: -longest[item.path])


_SECONDS_TO_END = 2.0
"""How long a thread that has been told to stop may take to do so after its test."""


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep what can be derived again in one folder for the whole run, workers included, and never in the user's own."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder = folder / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BUSI_GUI_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def networks(cache_folder: Path) -> Path:
    """Return the folder of the shipped networks, prepared for this computer by the real command."""
    from busi_gui import paths

    subprocess.run([*paths.own_command(), "convert"], check=True, capture_output=True)
    return paths.weights_dir()


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty place for the reader's work, and for what is measured: no test looks at held-out scans that count."""
    folder = tmp_path / "data"
    monkeypatch.setenv("BUSI_GUI_DATA", str(folder))
    monkeypatch.setenv("BUSI_GUI_MEASURES", str(tmp_path / "measures"))
    return folder


@pytest.fixture(autouse=True)
def _settings_of_its_own(tmp_path: Path) -> None:
    """Let QSettings read and write in the test's folder only."""
    from PySide6.QtCore import QSettings

    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    # The native format follows on Linux; on Windows and macOS it is the system's registry, which only asking for an ini file avoids.
    for kind in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
            QSettings.setPath(kind, scope, str(tmp_path / "settings"))


@pytest.fixture(scope="session", autouse=True)
def _no_garbage_is_cleared_away() -> None:
    """Leave cycles of objects where they are: Python clears them away in whichever thread allocates, and a QObject among them would abort the run.

    The program, whose windows live as long as it does, clears them away in its own thread. Here a hundred windows die, and Qt does not always survive
    in which order Python takes one apart.
    """
    gc.disable()


@pytest.fixture(autouse=True)
def _no_thread_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread behind: it would work on in the next test, or keep the program from ending."""
    before = set(threading.enumerate())
    gc.freeze()  # what is there already is not gone through again when this test ends: it grows with every test
    yield
    deadline = time.monotonic() + _SECONDS_TO_END
    while (left := _running_threads(before, with_qt="qapp" in request.fixturenames)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left, f"threads left running: {', '.join(left)}"


def _running_threads(before: set[threading.Thread], *, with_qt: bool) -> list[str]:
    names = [thread.name for thread in threading.enumerate() if thread not in before and not thread.daemon]
    if with_qt and "PySide6.QtCore" in sys.modules:
        from PySide6.QtCore import QThread
        from shiboken6 import isValid

        ours = [thread for thread in gc.get_objects() if isinstance(thread, QThread)]
        names += [thread.objectName() or "QThread" for thread in ours if isValid(thread) and thread.isRunning() and not thread.isCurrentThread()]
    return names


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[QApplication]:
    """Return the application for a test that gives it the program's looks; afterwards it looks as before."""
    font, palette, style = QFont(qapp.font()), qapp.palette(), qapp.style().objectName()
    yield qapp
    qapp.setFont(font)
    qapp.setStyleSheet("")
    qapp.setStyle(style)
    qapp.setPalette(palette)
