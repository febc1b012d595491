"""Builds services and window, connects them, and takes them down in order; supplies the pipeline loader."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from busi_gui import __version__, paths
from busi_gui.heaps import share_heaps
from busi_gui.logs import Logs
from busi_gui.services.approving import Approving
from busi_gui.services.case_book import CaseBook
from busi_gui.services.exporting import Exporting
from busi_gui.services.garbage import Garbage
from busi_gui.services.model_service import ModelService
from busi_gui.services.retraining import Retraining
from busi_gui.services.services import Services
from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.services.versions import Versions
from busi_gui.services.work_place import WorkPlace
from busi_gui.single_instance import SingleInstance
from busi_gui.store.choice import own_place, place_in_use
from busi_gui.store.late import LateWorkspace, OpenedWorkspace
from busi_gui.store.reader import this_reader
from busi_gui.store.records import WorkspaceError
from busi_gui.views.after_paint import PAINTED_MS
from busi_gui.views.main_window import MainWindow
from busi_gui.views.messages import show_bug
from busi_gui.views.notice import show_notice_once
from busi_gui.views.theme import apply_theme
from models.versions import VersionStore

if TYPE_CHECKING:
    from models.pipeline import Pipeline

_log = logging.getLogger(__name__)

Report = Callable[[BaseException], Path | None]
_SWITCH_S = 0.0005
"""For how long another thread may keep Python to itself; by default ten times as long, which a stroke or an undo would feel."""


def main(arguments: Sequence[str]) -> int:
    """Show the window, with the scan or folder named on the command line, and return its exit code."""
    parser = argparse.ArgumentParser(prog="main.py", description="Opens the window; main.py --help lists the headless commands.")
    parser.add_argument("scan", nargs="?", type=Path, help="a scan, or a folder of scans")
    options = parser.parse_args(arguments)
    if not _has_display():
        sys.stderr.write("There is no display to open a window on. Analyse without one: python main.py analyze SCAN --out DIR\n")
        return 2
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    app = _application()
    instance = SingleInstance(paths.data_dir(), app)
    if instance.hand_over(options.scan):
        return 0
    logs = Logs(paths.data_dir() / "log")
    logs.start()
    _app, window, _session = start(options.scan, logs.report)
    instance.asked.connect(partial(_show_again, window))
    instance.listen()
    try:
        return app.exec()
    finally:
        instance.close()
        logs.end()


def start(scan: Path | None, report: Report | None = None) -> tuple[QApplication, MainWindow, Session]:
    """Build and show the program; what takes time begins once its event loop runs. ``report`` writes down an error that nobody expected."""
    share_heaps()
    app = _application()
    _install_excepthook(report)  # before anything that can break
    apply_theme(app)
    settings = Settings()
    services = build_services()
    window = MainWindow(services, settings)
    app.aboutToQuit.connect(partial(_leave, services, settings))
    window.show()
    put_window_first(app)
    show_notice_once(window, settings)
    services.work_place.opened.connect(partial(_tell_problems, window, services))
    # The window paints, and answers, before anything is begun that takes long and has it wait for its turn.
    if scan is not None:
        QTimer.singleShot(PAINTED_MS, partial(services.session.open, scan.absolute()))
    for load in (services.work_place.open, services.session.start):
        QTimer.singleShot(PAINTED_MS, load)
    return app, window, services.session


def put_window_first(app: QApplication) -> None:
    """Keep Python itself from holding the window up: other threads lend it their turn sooner, and garbage is cleared away in small portions."""
    sys.setswitchinterval(_SWITCH_S)
    app.aboutToQuit.connect(Garbage(app).end)


def _tell_problems(window: MainWindow, services: Services, of_workspace: str) -> None:
    if problems := " ".join(filter(None, (of_workspace, services.problem))):
        window.message_bar.show_message(problems)


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([sys.argv[0]])
        app.setApplicationName("busi-gui")
        app.setOrganizationName("busi-gui")
        app.setApplicationVersion(__version__)
    return app


def _show_again(window: MainWindow, scan: str) -> None:
    """Bring the window before the reader's eyes, with the scan that another start of the program was given."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    window.activateWindow()
    if scan:
        window.open_path(Path(scan))


def build_services() -> Services:
    """Return a session on the shipped networks and the list of its cases; nothing is loaded before the session's ``start``."""
    late = LateWorkspace(_open_workspace)
    workspace = late.as_workspace()
    models = ModelService(_load_pipeline, [*paths.own_command(), "convert"])
    session = Session(models, workspace=workspace)
    book = CaseBook(workspace)
    session.noted.connect(book.note)
    approving = Approving(session, workspace)
    approving.approved_changed.connect(book.note_approvals)
    store = _version_store()
    versions = Versions(store, [*paths.own_command(), "versions", "import", "--json"], this_reader())
    versions.follow(models)
    exporting, work_place = Exporting(workspace, _load_pipeline), WorkPlace(workspace, paths.data_dir(), lambda: late.opened().problem)
    retraining = Retraining(workspace, lambda: _retrain_command(late.opened().place))
    retraining.kept.connect(versions.refresh)
    return Services(session, book, exporting, work_place, approving, versions, retraining, store.in_use().problem)


def _retrain_command(place: str) -> list[str]:
    """Return what retrains from the Workspace in a place; nothing where that is in memory alone."""
    from busi_gui.store.place import names_password

    if not place:
        return []
    where = [] if names_password(place) else [place]  # whoever lists processes would see it; without a place the command takes the chosen one
    return [*paths.own_command(), "retrain", "--json", "--stop-with-input", *where]


def _open_workspace() -> OpenedWorkspace:
    """Open the place that the reader has chosen, or else the program's own, or else one that goes with the system's temporary files."""
    from busi_gui.store.workspace import Workspace  # once the window stands

    folder, problem = paths.data_dir(), ""
    for place in (place_in_use(folder), own_place(folder), own_place(Path(tempfile.gettempdir()) / "busi-gui")):
        try:
            workspace = Workspace(place)
        except WorkspaceError as error:
            problem = problem or str(error)
        else:
            return OpenedWorkspace(workspace, str(place), f"{problem} What you do now is kept in {workspace.place}." if problem else "")
    return OpenedWorkspace(Workspace(), "", f"{problem} What you do now is not kept at all: nothing can be written on this computer.")


def _load_pipeline() -> Pipeline:
    from models.pipeline import Pipeline  # in the model thread

    return Pipeline.load(_version_store().in_use().folder, paths.cache_dir())


def _version_store() -> VersionStore:
    return VersionStore(paths.weights_dir(), paths.versions_dir())


def _has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM"))


def _leave(services: Services, settings: Settings) -> None:
    """End all threads; where one hangs, on a drive that does not answer, end the process without it."""
    settings.save()
    if not services.shut_down():
        _log.error("a thread did not end in time: leaving without it")
        # Qt aborts a program that destroys a running thread, and a process without a window that waits for one would stay for ever.
        os._exit(0)


def _install_excepthook(report: Report | None = None) -> None:
    """Log what nobody expected and show it; the last good state stays on screen."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):  # Ctrl+C where the program was started
            QApplication.quit()
            return
        _log.critical("unexpected error", exc_info=(kind, error, trace))
        show_bug("".join(traceback.format_exception(kind, error, trace)), None if report is None else report(error))

    sys.excepthook = hook
