"""A window in which the reader draws with the mouse, on a session that only notes what it is asked for."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from busi_gui.domain.callipers import Point
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import Spacing
from busi_gui.services.settings import Settings
from busi_gui.views.main_window import MainWindow
from models.analysis import Mask
from tests.views.cases import box_mask, make_case, make_scan
from tests.views.fake_session import FakeSession
from tests.views.windows import shown_window

SHAPE = (60, 80)
NO_KEY = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class Drawing:
    """The mouse over the main view of a window, in scan pixels."""

    def __init__(self, window: MainWindow, session: FakeSession) -> None:
        self.window, self.session = window, session
        self.view, self.editor = window.scan_view, window.editor
        self.target = self.view._canvas.viewport()
        self.said: list[str] = []
        self.editor.said.connect(self.said.append)

    def take(self, tool: str, px: int | None = None) -> None:
        self.window.commands[tool].trigger()
        if px is not None:
            self.editor.disc.size.set_px(px)

    def press(self, x: float, y: float, held: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> None:
        self._send(QEvent.Type.MouseButtonPress, x, y, button, button, held)

    def move(self, x: float, y: float, held: Qt.KeyboardModifier = NO_KEY, buttons: Qt.MouseButton = LEFT) -> None:
        self._send(QEvent.Type.MouseMove, x, y, NONE, buttons, held)

    def release(self, x: float, y: float, held: Qt.KeyboardModifier = NO_KEY, button: Qt.MouseButton = LEFT) -> None:
        self._send(QEvent.Type.MouseButtonRelease, x, y, button, NONE, held)

    def hover(self, x: float, y: float, held: Qt.KeyboardModifier = NO_KEY) -> None:
        self.move(x, y, held, NONE)

    def stroke(self, *places: tuple[float, float], held: Qt.KeyboardModifier = NO_KEY) -> None:
        self.press(*places[0], held)
        for place in places[1:]:
            self.move(*place, held)
        self.release(*places[-1], held)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = NO_KEY) -> None:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(self.view._canvas, QKeyEvent(kind, key, held))

    def wheel(self, x: float, y: float, notches: float) -> None:
        where = self.place(x, y)
        turn = QPoint(0, round(120 * notches))
        QApplication.sendEvent(
            self.target, QWheelEvent(where, QPointF(self.target.mapToGlobal(where)), QPoint(), turn, NONE, SHIFT, Qt.ScrollPhase.NoScrollPhase, False)
        )

    def place(self, x: float, y: float) -> QPointF:
        look = self.view.look
        assert look is not None
        return QPointF(*look.to_screen(x, y))

    @property
    def reading(self) -> Reading:
        return self.session.editing.reading

    def mask(self, number: int = 1) -> np.ndarray:
        outline = self.reading.outline(number)
        return np.zeros(SHAPE, np.bool_) if outline is None else outline.mask

    def picture(self) -> np.ndarray:
        """Return what the view shows."""
        image = self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine()).copy()

    def _send(self, kind, x, y, button, buttons, held) -> None:
        where = self.place(x, y)
        QApplication.sendEvent(self.target, QMouseEvent(kind, where, QPointF(self.target.mapToGlobal(where)), button, buttons, held))


def shown_drawing(qtbot: QtBot, settings: Settings, *masks: Mask, spacing: Spacing | None = None, **changes: Any) -> Drawing:
    """Show a scan with these lesions; ``changes`` are fields of the last one's outline."""
    session = FakeSession()
    window = shown_window(qtbot, session, settings)
    session.set_case(make_case(make_scan(*SHAPE, spacing=spacing), masks))
    if changes:
        session.editing.edit("as it was", session.editing.reading.changed(len(masks), **changes))
    drawing = Drawing(window, session)
    drawing.view.setFocus()
    return drawing


def swept(places: list[tuple[float, float]], diameter: float, aspect: float = 1.0, shape: tuple[int, int] = SHAPE) -> np.ndarray:
    """Return which pixels' middles lie within the radius of a line through some places, counted one by one."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    hit = np.zeros(shape, np.bool_)
    ends = [Point(*places[0]), *(Point(*place) for place in places)]
    for one, other in pairwise(ends):
        x, y = other.x - one.x, (other.y - one.y) * aspect
        across, down = columns - one.x, (rows - one.y) * aspect
        share = np.clip((across * x + down * y) / (x * x + y * y), 0, 1) if x or y else np.zeros(shape)
        hit |= np.hypot(across - share * x, down - share * y) <= diameter / 2 + 1e-9
    return hit


BOX = box_mask(SHAPE, 20, 30, 40, 50)
