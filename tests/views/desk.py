"""A desk at which the reader measures, draws, deletes and undoes, on two scans side by side."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.deleting import Deleting
from busi_gui.views.editing.editor import MaskEditor
from busi_gui.views.measuring.calliper_hand import CalliperHand
from busi_gui.views.measuring.lesion_lines import LesionLines
from busi_gui.views.measuring.live_measures import LiveMeasures
from busi_gui.views.measuring.measures_in_hand import MeasuresInHand
from busi_gui.views.measuring.measuring import Measuring
from busi_gui.views.scan.comparison import Comparison
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.undoing import Undoing
from tests.views.fake_session import FakeSession
from tests.views.measured import case_of, drag


class Desk:
    """A window with what shows a session's scans, and all that acts on the reader's readings of them.

    Attributes
    ----------
    deleted
        Lesions that were to be deleted, by number.
    """

    def __init__(self, session: Session, settings: Settings) -> None:
        self.window = QWidget()
        self.window.setMinimumSize(800, 300)
        self.session = session
        self.main = ScanView()
        session.case_changed.connect(lambda case: self.main.show_case(case, keep_view=True))
        self.comparison = Comparison(session, self.main)
        self.second = self.comparison.second_view
        row = QHBoxLayout(self.window)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.comparison)
        self.actions = Actions(settings, self.window)
        tools = QActionGroup(self.window)
        for tool in Tool:
            tools.addAction(self.actions[tool.value])
            self.actions[tool.value].triggered.connect(lambda _=False, tool=tool: self.comparison.set_tool(tool))
        settings.brush_px = 8
        self.editor = MaskEditor(session, self.main, self.actions, settings, self.window)
        self.selection, self.draft = self.editor.selection, self.editor.draft
        self.measuring = Measuring(session, self.comparison, self.actions, self.window)
        self.undoing = Undoing(self.comparison, self.actions, self.editor.drop, self.window)
        self.deleted: list[int | None] = []
        self.deleting = Deleting(self.comparison, self.measuring, self.selection, self.actions, self._delete_lesion, self.window)
        self.in_hand = MeasuresInHand(self.main, self.selection, self.draft, self.window)
        self.lines = LesionLines(self.main, self.in_hand, self.actions, settings, self.window)
        self.table = LiveMeasures(self.in_hand, self.window)

    def hand(self, view: ScanView) -> CalliperHand:
        return self.measuring.hand(view)

    def press(self, name: str) -> None:
        """Choose an action of the menu, as far as it can be."""
        self.actions[name].trigger()

    def draw_ruler(self, view: ScanView) -> None:
        self.press("calibrate")
        drag(view, (70, 10), (70, 50))

    def _delete_lesion(self) -> None:
        self.deleted.append(self.selection.number)


def shown_desk(qtbot: QtBot, settings: Settings, session: Session | None = None) -> Iterator[Desk]:
    """Show a desk, active, with a calibrated scan if it is a made-up session."""
    desk = Desk(session or FakeSession(), settings)
    qtbot.addWidget(desk.window)
    with qtbot.waitActive(desk.window):
        desk.window.show()
        desk.window.activateWindow()
    desk.main.setFocus()
    if isinstance(desk.session, FakeSession):
        desk.session.set_case(case_of())
    yield desk
    desk.window.close()
