"""A scan view on screen, the mouse that moves in it, and what it shows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from busi_gui.views.scan.scan_view import ScanView
from tests.views.cases import box_mask, make_case, make_scan

SHAPE = (60, 80)
MIDDLE = QPoint(200, 150)


def shown_view(qtbot):
    """Show a scan of 60 x 80 pixels with two lesions at 500 %."""
    # In a plain widget: Qt's offscreen platform warns of every window whose layout has a smallest size.
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    view = ScanView(window)
    view.resize(400, 300)
    window.show()
    view.show_case(make_case(make_scan(*SHAPE), (box_mask(SHAPE, 20, 30, 40, 50), box_mask(SHAPE, 2, 2, 8, 8))), False)
    yield view
    window.close()


def send(view, kind, place, button=Qt.MouseButton.NoButton, buttons=None):
    held = button if buttons is None else buttons
    target = view._canvas.viewport()
    where = QPointF(place)
    event = QMouseEvent(kind, where, QPointF(target.mapToGlobal(place)), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, event)


def drag(view, start, end, button=Qt.MouseButton.LeftButton):
    send(view, QEvent.Type.MouseButtonPress, start, button)
    send(view, QEvent.Type.MouseMove, (start + end) / 2, buttons=button)
    send(view, QEvent.Type.MouseMove, end, buttons=button)
    send(view, QEvent.Type.MouseButtonRelease, end, button, Qt.MouseButton.NoButton)


def wheel(view, place, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    target = view._canvas.viewport()
    turn = QPoint(0, round(120 * notches))
    event = QWheelEvent(
        QPointF(place), QPointF(target.mapToGlobal(place)), QPoint(), turn, Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(target, event)


def scan_point(view, place):
    return view._canvas.look.to_scan(place.x(), place.y())


def screen_point(view, row, column):
    x, y = view._canvas.look.to_screen(column + 0.5, row + 0.5)
    return QPoint(round(x), round(y))


def picture(view):
    return view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def grays(view, left, top, width, height):
    image = picture(view)
    return np.array([[QColor(image.pixel(left + x, top + y)).red() for x in range(width)] for y in range(height)])


def corners(view):
    return view._text.corners


def only_the_scan(view):
    view.hide_overlays(True)
    return picture(view)
