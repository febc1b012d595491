"""The toolbar at every width: what diagnoses is always in sight."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from busi_gui.services.settings import Settings
from tests.views.fake_session import FakeSession
from tests.views.windows import shown_window


@pytest.fixture
def window(qtbot, qapp, tmp_path):
    return shown_window(qtbot, FakeSession(), Settings(tmp_path / "settings.ini"))


def diagnose(window):
    button = window.toolbar.widgetForAction(window.commands["analyse"])
    assert isinstance(button, QToolButton)
    return button


def test_a_narrow_window_draws_the_tools_together_instead_of_hiding_what_diagnoses(window, qtbot):
    for dock in (window.cases_dock, window.panel_dock):
        dock.hide()  # they would not let it become narrow
    window.resize(1400, 800)
    qtbot.waitUntil(lambda: diagnose(window).toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    window.resize(window.toolbar.sizeHint().width() - 40, 680)
    qtbot.waitUntil(lambda: diagnose(window).toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly)
    qtbot.waitUntil(lambda: diagnose(window).isVisible() and diagnose(window).geometry().right() <= window.toolbar.width())
    assert not window.toolbar.findChild(QToolButton, "qt_toolbar_ext_button").isVisible()
    window.resize(1400, 800)
    qtbot.waitUntil(lambda: diagnose(window).toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
