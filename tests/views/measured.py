"""A reader who measures: scans with scales, a hand in a view, and what it draws."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box, Region, Scan, Spacing
from busi_gui.views.scan.scan_view import ScanView
from tests.views.cases import speckle
from tests.views.fake_session import FakeSession

SHAPE = (60, 80)
"""Shown in a view of 400 x 300: a scan pixel is 5 pixels of the screen."""
TENTH = Spacing(0.1, 0.1)


def scan_of(path="a.png", spacing=TENTH, frame=0, frame_count=1, shape=SHAPE, regions=()):
    return Scan(Path(path), speckle(shape[0], shape[1], frame), frame=frame, frame_count=frame_count, spacing=spacing, regions=regions)


def case_of(*args, **kwargs):
    return Case(scan_of(*args, **kwargs))


def two_parts():
    """Return a case whose left half has another scale than its right half."""
    return case_of(spacing=None, regions=(Region(Box(0, 0, 60, 40), TENTH), Region(Box(0, 40, 60, 80), Spacing(0.3, 0.3))))


def measured_view(qtbot):
    """Show a calibrated scan in a view of 400 x 300; yields the session whose case it shows, and the view."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    session, view = FakeSession(), ScanView(window)
    view.resize(400, 300)
    session.case_changed.connect(lambda case: view.show_case(case, keep_view=True))
    window.show()
    session.set_case(case_of())
    yield session, view
    window.close()


def at(view, x, y):
    """Return where a scan point lies in the view."""
    return QPoint(*(round(part) for part in view.look.to_screen(x, y)))


def send(view, kind, place, button=Qt.MouseButton.NoButton, buttons=None, modifiers=Qt.KeyboardModifier.NoModifier):
    target = view._canvas.viewport()
    held = button if buttons is None else buttons
    QApplication.sendEvent(target, QMouseEvent(kind, QPointF(place), QPointF(target.mapToGlobal(place)), button, held, modifiers))


def press(view, place, modifiers=Qt.KeyboardModifier.NoModifier):
    """Press the left button; as from a real mouse, the focus follows."""
    QTest.mousePress(view._canvas.viewport(), Qt.MouseButton.LeftButton, modifiers, place)


def move(view, place, *, held=True, modifiers=Qt.KeyboardModifier.NoModifier):
    buttons = Qt.MouseButton.LeftButton if held else Qt.MouseButton.NoButton
    send(view, QEvent.Type.MouseMove, place, buttons=buttons, modifiers=modifiers)


def release(view, place, modifiers=Qt.KeyboardModifier.NoModifier):
    send(view, QEvent.Type.MouseButtonRelease, place, Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, modifiers)


def drag(view, start, end, modifiers=Qt.KeyboardModifier.NoModifier):
    """Drag from one scan point to another."""
    press(view, at(view, *start), modifiers)
    move(view, at(view, *end), modifiers=modifiers)
    release(view, at(view, *end), modifiers)


def click(view, place):
    """Click on a scan point, coming from elsewhere."""
    move(view, at(view, *place), held=False)
    press(view, at(view, *place))
    release(view, at(view, *place))


def readings(hand):
    return [mark.reading for mark in hand.marks]


def points(mark):
    return [(round(point.x, 6), round(point.y, 6)) for point in mark.points]
