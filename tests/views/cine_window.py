"""A scan with a cine's controls beneath it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.cine.cine_bar import CINE_ACTIONS
from busi_gui.views.cine.cine_box import CineBox
from busi_gui.views.scan.scan_view import ScanView
from tests.views.cines import make_cine
from tests.views.fake_session import FakeSession, make_case, make_diagnosis, make_scan


class Window(QWidget):
    """A scan with a cine's controls beneath it, wired as in the program."""

    def __init__(self, session: FakeSession, settings: Settings) -> None:
        super().__init__()
        self.commands = Actions(settings, self)
        self.view, self.box = ScanView(), CineBox(session, self.commands)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.box)
        for name in CINE_ACTIONS:
            self.addAction(self.commands[name])
        self.view.frames_scrolled.connect(self.box.step)
        session.cine_changed.connect(lambda cine: self.view.set_wheel_scrolls_frames(cine is not None))


def shown_window(qtbot: QtBot, session: FakeSession, settings: Path) -> Iterator[Window]:
    """Show the 34th of 120 frames."""
    window = Window(session, Settings(settings))
    qtbot.addWidget(window)
    window.resize(900, 800)
    window.show()
    case = make_case(make_diagnosis(0.83), scan=replace(make_scan(), frame=33, frame_count=120))
    session.set_case(case)
    window.view.show_case(case, False)
    session.set_cine(make_cine())
    window.activateWindow()
    yield window
    window.close()


def button(box: QWidget, name: str) -> QToolButton:
    """Return the button of an action."""
    found = box.findChild(QToolButton, name)
    assert found is not None
    return found


def focused() -> QWidget:
    """Return what has the focus."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget
