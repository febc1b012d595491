"""The window as a whole, on a session that only notes what it is asked for."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from busi_gui.paths import data_dir
from busi_gui.services.settings import Settings
from busi_gui.store.workspace import Workspace
from busi_gui.views.main_window import MainWindow
from tests.services.all_services import services_around
from tests.views.fake_session import FakeSession


def shown_window(qtbot: QtBot, session: FakeSession, settings: Settings) -> MainWindow:
    """Return an active window, closed when the test ends."""
    workspace = Workspace()
    services = services_around(session, workspace, data_dir())
    window = MainWindow(services, settings)

    def end(_: object) -> None:
        for part in (services.retraining, services.approving, services.book, services.exporting):
            part.shut_down()

    qtbot.addWidget(window, before_close_func=end)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return window
