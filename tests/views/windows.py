"""The window as a whole, on a session that only notes what it is asked for."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from busi_gui.paths import data_dir, versions_dir
from busi_gui.services.approving import Approving
from busi_gui.services.case_book import CaseBook
from busi_gui.services.exporting import Exporting
from busi_gui.services.services import Services
from busi_gui.services.settings import Settings
from busi_gui.services.work_place import WorkPlace
from busi_gui.store.workspace import Workspace
from busi_gui.views.main_window import MainWindow
from tests.services.version_room import shipped_only
from tests.views.fake_session import FakeSession


def shown_window(qtbot: QtBot, session: FakeSession, settings: Settings) -> MainWindow:
    """Return an active window, closed when the test ends."""
    workspace = Workspace()
    approving, work_place = Approving(session, workspace), WorkPlace(workspace, data_dir())
    services = Services(session, CaseBook(workspace), Exporting(workspace), work_place, approving, shipped_only(versions_dir()))
    window = MainWindow(services, settings)

    def end(_: object) -> None:
        services.approving.shut_down()
        services.book.shut_down()
        services.exporting.shut_down()

    qtbot.addWidget(window, before_close_func=end)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window
