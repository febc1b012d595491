"""A second start of the program: it finds the first window, or opens its own without waiting."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from busi_gui import paths
from busi_gui.single_instance import SingleInstance

STARTS = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from busi_gui.single_instance import SingleInstance
application = QCoreApplication([])
scan = Path(sys.argv[2]) if len(sys.argv) > 2 else None
sys.exit(0 if SingleInstance(Path(sys.argv[1])).hand_over(scan) else 5)
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def window(qapp, folder):
    made = SingleInstance(folder)
    assert made.listen()
    yield made
    made.close()


def start(*arguments):
    return subprocess.Popen([sys.executable, "-c", STARTS, *map(str, arguments)], cwd=paths.resources_dir().parent)


@pytest.mark.parametrize("scan", [None, Path("a scan of Müster.png")])
def test_a_second_start_hands_its_scan_on(qtbot, window, folder, scan):
    with qtbot.waitSignal(window.asked, timeout=20_000) as asked:
        second = start(folder, *([scan] if scan is not None else []))
    assert asked.args == [str(paths.resources_dir().parent / scan) if scan is not None else ""]
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0


def test_windows_of_other_data_do_not_know_each_other(qtbot, window, tmp_path):
    second = start(tmp_path / "other")
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 5


def test_what_a_killed_program_left_behind_is_no_window(qapp, folder):
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / "window.socket"))
    instance = SingleInstance(folder)
    assert not instance.hand_over(None)
    assert instance.listen()
    instance.close()


def test_a_window_that_hangs_keeps_nobody_waiting_and_is_not_pushed_aside(qapp, folder):
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(str(folder / "window.socket"))
        hanging.listen()
        instance = SingleInstance(folder)
        begin = time.monotonic()
        assert not instance.hand_over(Path("scan.png"))
        assert not instance.listen()
        assert time.monotonic() - begin < 1
        assert (folder / "window.socket").is_socket()


def test_who_no_longer_waits_has_a_window_of_his_own(qtbot, window, folder):
    asked = []
    window.asked.connect(asked.append)
    for content in (b'"scan.png"\n', b"[\n"):
        with socket.socket(socket.AF_UNIX) as impatient:
            impatient.connect(str(folder / "window.socket"))
            impatient.sendall(content)
    with qtbot.waitSignal(window.asked, timeout=20_000):
        second = start(folder)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert asked == [""]


def test_a_folder_with_a_long_path_has_a_window_too(qtbot, tmp_path):
    folder = tmp_path / ("long " * 40)
    window = SingleInstance(folder)
    assert window.listen()
    with qtbot.waitSignal(window.asked, timeout=20_000):
        second = start(folder)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=20_000)
    assert second.returncode == 0
    window.close()
