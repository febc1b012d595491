"""How the program starts, breaks and ends."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from busi_gui import app, paths
from busi_gui.services.settings import Settings
from busi_gui.store.choice import choose_place
from busi_gui.store.workspace import Workspace
from busi_gui.views.labels import Words
from busi_gui.views.messages import BugDialog
from tests.services.all_services import services_around
from tests.views.fake_session import FakeSession

# Run in a process of its own, for there is one application for all tests; its settings go where the argument says.
SETTINGS = """
import sys
from PySide6.QtCore import QSettings
QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, sys.argv[1])
"""
BUILDS = """
import os
from busi_gui import app
app.MainWindow = lambda *_: os._exit(sys.excepthook is sys.__excepthook__)
app.start(None)
"""
HANGS = """
import functools, time
from pathlib import Path
from PySide6.QtCore import QTimer
from busi_gui import app
from busi_gui.services.approving import Approving
from busi_gui.services.case_book import CaseBook
from busi_gui.services.exporting import Exporting
from busi_gui.services.model_service import ModelService
from busi_gui.services.retraining import Retraining
from busi_gui.services.services import Services
from busi_gui.services.session import Session
from busi_gui.services.versions import Versions
from busi_gui.services.work_place import WorkPlace
from busi_gui.store.workspace import Workspace
from models.versions import VersionStore

session = Session(ModelService(lambda: None, ["false"]), lambda path: time.sleep(600))
session.shut_down = functools.partial(session.shut_down, limit_s=0.2)
workspace = Workspace()
versions = Versions(VersionStore(Path(), Path()), [], "")
approving = Approving(session, workspace)
work_place, retraining = WorkPlace(workspace, Path()), Retraining(workspace, list)
book, exporting = CaseBook(workspace), Exporting(workspace)
app.build_services = lambda: Services(session, book, exporting, work_place, approving, versions, retraining)
application, window, session = app.start(Path("scan.png"))
QTimer.singleShot(300, application.quit)
application.exec()
sys.exit(3)
"""


@pytest.fixture
def hook(qapp, monkeypatch):
    """Install the program's hook for one test, with nothing told yet."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    qapp.setProperty("bugs_told", None)
    app._install_excepthook()
    yield
    qapp.setProperty("bugs_told", None)


def raised(error):
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001 - whatever it is, the hook gets it
        sys.excepthook(type(caught), caught, caught.__traceback__)


def run(code, folder):
    command = [sys.executable, "-c", SETTINGS + code, str(folder)]
    return subprocess.run(command, cwd=paths.resources_dir().parent, capture_output=True, text=True, timeout=60, check=False)


def open_dialogs():
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, BugDialog) and widget.isVisible()]


def test_bugs_are_shown_with_tracebacks_to_copy_and_none_is_lost_while_the_dialog_is_open(qtbot, hook):
    for error in (ZeroDivisionError("first"), KeyError("second"), ZeroDivisionError("first")):
        raised(error)
    (dialog,) = open_dialogs()
    qtbot.addWidget(dialog)
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied.count("Traceback (most recent call last)") == 2
    assert copied.count("ZeroDivisionError: first") == 1
    assert "KeyError: 'second'" in copied


def test_a_bug_is_reported_where_the_program_says(qtbot, hook, tmp_path):
    reported = []

    def report(error):
        reported.append(error)
        return tmp_path / "report.txt"

    app._install_excepthook(report)
    raised(bug := ZeroDivisionError("once"))
    (dialog,) = open_dialogs()
    qtbot.addWidget(dialog)
    assert reported == [bug]
    assert any("report.txt" in words.text() for words in dialog.findChildren(Words))


def test_a_keyboard_interrupt_quits(hook, monkeypatch):
    quits = []
    monkeypatch.setattr(QApplication, "quit", lambda: quits.append(1))
    raised(KeyboardInterrupt())
    assert quits == [1]
    assert not open_dialogs()


def test_the_hook_is_there_before_the_window_is_built(tmp_path):
    done = run(BUILDS, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("has_ended", [True, False])
def test_settings_are_saved_and_a_thread_that_hangs_is_left_behind(qapp, monkeypatch, tmp_path, has_ended):
    session, settings, exits = FakeSession(), Settings(tmp_path / "settings.ini"), []
    services = services_around(session, Workspace(), tmp_path)
    settings.colour_map = "magma"

    def leave(code):
        exits.append(code)
        assert "magma" in (tmp_path / "settings.ini").read_text(encoding="utf-8")

    monkeypatch.setattr(session, "shut_down", lambda: has_ended, raising=False)
    monkeypatch.setattr(os, "_exit", leave)
    app._leave(services, settings)
    assert exits == ([] if has_ended else [0])


def test_the_program_ends_although_a_drive_does_not_answer(tmp_path):
    done = run(HANGS, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "did not end in time" in done.stderr
    assert "QThread" not in done.stderr


def test_the_work_is_kept_where_the_reader_chose(data_folder, tmp_path):
    choose_place(data_folder, str(tmp_path / "chosen.db"))
    opened = app._open_workspace()
    assert (opened.workspace.place, opened.place, opened.problem) == (str(tmp_path / "chosen.db"), str(tmp_path / "chosen.db"), "")
    opened.workspace.close()


def test_a_workspace_of_a_newer_program_is_left_as_it_is_and_the_reader_is_told(data_folder, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "temporary"))
    file = data_folder / "workspace.db"
    Workspace(file).close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = file.read_bytes()
    opened = app._open_workspace()
    assert "newer version of this program" in opened.problem
    assert opened.place == str(tmp_path / "temporary" / "busi-gui" / "workspace.db")
    opened.workspace.close()
    assert file.read_bytes() == before
    assert [path.name for path in data_folder.iterdir()] == ["workspace.db"]


@pytest.mark.parametrize("chosen", ["postgresql://reader@127.0.0.1:1/breast", "/proc/no/such/place.db"])
def test_where_that_is_gone_the_work_is_kept_on_this_computer_and_the_reader_is_told(data_folder, chosen):
    choose_place(data_folder, chosen)
    opened = app._open_workspace()
    assert opened.workspace.place == str(data_folder / "workspace.db")
    assert opened.problem.endswith(f"What you do now is kept in {data_folder / 'workspace.db'}.")
    opened.workspace.close()
