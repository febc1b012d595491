"""What the window leaves behind for whoever looks for a fault, and what it never writes there."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from busi_gui import paths
from busi_gui.logs import Logs

CRASHES = """
import ctypes, sys
from pathlib import Path
from busi_gui.logs import Logs
Logs(Path(sys.argv[1])).start()
ctypes.string_at(0)
"""
WITHOUT_CONSOLE = """
import sys, main
sys.stdin = sys.stdout = sys.stderr = None
sys.exit(main.main(sys.argv[1:]))
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "log"


@pytest.fixture
def logs(folder):
    made = Logs(folder)
    made.start()
    yield made
    made.end()


def run(code, *arguments):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=paths.resources_dir().parent, capture_output=True, text=True, timeout=60, check=False)


def raised():
    try:
        try:
            Path("/scans/Muster_Erika.dcm").read_bytes()
        except OSError as error:
            raise ValueError("Muster^Erika cannot be read") from error
    except ValueError as caught:
        return caught


def written(folder):
    return "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())


def test_the_log_has_numbers_kinds_of_errors_and_their_places_and_no_words_from_outside(logs, folder):
    log = logging.getLogger("busi_gui.services.made_up")
    log.warning("%d frames of %s cannot be read", 3, "Muster_Erika.dcm")
    log.error("it broke", exc_info=raised())
    logging.getLogger("pydicom").error("Muster^Erika is odd")
    text = written(folder)
    assert "WARNING busi_gui.services.made_up: 3 frames of … cannot be read" in text
    assert "builtins.FileNotFoundError" in text
    assert text.index("FileNotFoundError") < text.index("from which arose") < text.index("builtins.ValueError")
    assert "tests/test_logs.py:" in text
    assert "Muster" not in text


def test_an_unexpected_error_is_reported_once_with_its_places_and_without_its_words(logs, folder):
    reports = [logs.report(error) for error in [raised()] * 3]
    assert reports[1:] == [None, None]
    text = reports[0].read_text(encoding="utf-8")
    assert reports[0].parent == folder
    assert "busi-gui " in text
    assert "builtins.ValueError" in text
    assert "tests/test_logs.py:" in text
    assert "Muster" not in text


def test_the_log_stays_small(logs, folder):
    log = logging.getLogger("busi_gui.made_up")
    for _ in range(6):
        for _ in range(100):
            log.warning("x" * 10_000)
    assert sum(path.stat().st_size for path in folder.glob("busi-gui.log*")) < 4.1e6


def test_a_fault_beneath_python_leaves_a_report_that_the_next_start_keeps(folder):
    assert run(CRASHES, folder).returncode != 0
    logs = Logs(folder)
    logs.start()
    (report,) = folder.glob("crash-*.txt")
    assert "string_at" in report.read_text(encoding="utf-8")
    logs.end()
    assert {path.name for path in folder.iterdir()} == {report.name, "busi-gui.log"}, "nothing else was left"


def test_where_nothing_can_be_written_the_program_goes_on(tmp_path):
    (tmp_path / "file").touch()
    logs = Logs(tmp_path / "file" / "log")
    logs.start()
    assert logs.report(raised()) is None
    logs.end()


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["info", "/no/such/scan.png"], 1), (["nonsense", "more"], 2), (["decode"], 0)])
def test_without_a_console_commands_run_to_their_end(arguments, code):
    done = run(WITHOUT_CONSOLE, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
