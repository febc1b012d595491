"""A reader with several lesions before him, and the list of them in a window."""

import pytest
from PySide6.QtWidgets import QMainWindow

from busi_gui.views.editing.lesion_list import LesionList
from tests.views.fake_session import draw_what_is_due
from tests.views.lesions import LesionDesk


@pytest.fixture
def desk(qtbot):
    made = LesionDesk()
    qtbot.addWidget(made.window)
    return made


@pytest.fixture
def window(qtbot, desk):
    """Return a window with every action's key, so that keys go where they go in the program."""
    made = QMainWindow()
    for spec in desk.actions:
        made.addAction(desk.actions[spec.name])
    qtbot.addWidget(made)
    return made


@pytest.fixture
def panel(qtbot, desk, window):
    made = LesionList(desk.session, desk.selection, desk.actions, desk.settings)
    made.said.connect(desk.said.append)
    desk.selection.changed.connect(lambda _: draw_what_is_due())
    window.setCentralWidget(made)
    window.resize(300, 700)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return made
