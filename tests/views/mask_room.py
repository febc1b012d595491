"""A window in which masks are drawn with the mouse: scans with an edge to cling to, and the ways of a hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from busi_gui.domain.callipers import Point
from busi_gui.domain.case import Case
from busi_gui.domain.reading import MaskSource, Outline, Reading
from busi_gui.domain.scan import Scan, Spacing
from busi_gui.services.settings import Settings
from models.analysis import Analysis, Diagnosis, FoundLesion
from models.lesions import LesionRule, find_lesions
from tests.views.cases import NETWORK, box_mask
from tests.views.fake_session import FakeSession
from tests.views.windows import shown_window

SHAPE = (120, 160)
NONE, CTRL, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
BOX = (40, 50, 80, 100)
"""A lesion: top, left, bottom, right."""

BEFORE = "what was there"
"""The step that has laid the lesions there."""


def disc_scan(name="a.png", frame=0, frame_count=1, spacing=None, shape=SHAPE):
    """Return a scan with a dark disc in the middle of bright tissue."""
    pixels = np.full(shape, 150, np.uint8)
    cv2.circle(pixels, (shape[1] // 2, shape[0] // 2), shape[0] // 4, 30, -1)
    noise = np.random.default_rng(3).normal(0, 6, shape)
    pixels = np.clip(cv2.GaussianBlur(pixels, (0, 0), 1.5) + noise, 0, 255).astype(np.uint8)
    return Scan(Path(name), pixels, frame=frame, frame_count=frame_count, spacing=spacing)


def box(top=BOX[0], left=BOX[1], bottom=BOX[2], right=BOX[3]):
    return box_mask(SHAPE, top, left, bottom, right)


def outlined(*masks, source=MaskSource.DRAWN, **changes):
    """Return a case with these lesions, nothing of which the networks have seen."""
    scan = disc_scan()
    outlines = tuple(Outline(number, mask.copy(), source, **changes) for number, mask in enumerate(masks, start=1))
    return Case(scan).with_reading(Reading(outlines, is_touched=True))


def analysed(scan=None):
    """Return a case that the network has looked at: it found a blob in the middle."""
    scan = scan or disc_scan()
    grid = (192, 256)
    rows, columns = np.mgrid[: grid[0], : grid[1]]
    probability = (1 / (1 + np.exp((np.hypot(rows - 96, columns - 128) - 40) / 6))).astype(np.float32)
    masks = find_lesions(probability, LesionRule(max_doubt=1000), scan.shape)
    diagnosis = Diagnosis(0.4, 0.3, 0.5, {"malignant": probability, "benign": probability})
    return Case(scan).with_analysis(Analysis(probability, tuple(FoundLesion(mask, diagnosis) for mask in masks), NETWORK, {}), ())


class Room:
    """The window, and a hand in it. Places are (x, y) of the scan, and rounded to pixels of the screen."""

    def __init__(self, qtbot, tmp_path, case):
        self.session = FakeSession()
        self.window = shown_window(qtbot, self.session, Settings(tmp_path / "settings.ini"))
        self.view, self.editor = self.window.scan_view, self.window.editor
        self.target = self.view._canvas.viewport()
        self.said = []
        self.editor.said.connect(self.said.append)
        self.session.set_case(case)
        if case.analysis is None and case.reading.outlines:
            self.session.editing.edit(BEFORE, case.reading)
        self.view.setFocus()

    @property
    def reading(self):
        return self.session.editing.reading

    @property
    def undo_name(self):
        return self.session.editing.undo_name

    def mask(self, number=1):
        return self.reading.outline(number).mask

    def take(self, tool):
        self.window.commands[tool].trigger()

    @property
    def tool(self):
        return self.editor.hand.tool

    @property
    def look(self):
        return self.tool.guide.look

    @property
    def viewport(self):
        """Where the scan lies in the view."""
        assert self.view.look is not None
        return self.view.look

    def place(self, x, y):
        across, down = self.viewport.to_screen(x, y)
        return QPoint(round(across), round(down))

    def point(self, x, y):
        """Return where the mouse really is on the scan when it is sent there."""
        place = self.place(x, y)
        return Point(*self.viewport.to_scan(place.x(), place.y()))

    def points(self, *places):
        return [self.point(*place) for place in places]

    def press(self, x, y, held=NONE):
        QTest.mousePress(self.target, Qt.MouseButton.LeftButton, held, self.place(x, y))

    def move(self, x, y, held=NONE, *, is_pressed=False):
        place = QPointF(self.place(x, y))
        buttons = Qt.MouseButton.LeftButton if is_pressed else Qt.MouseButton.NoButton
        where = QPointF(self.target.mapToGlobal(place.toPoint()))
        QApplication.sendEvent(self.target, QMouseEvent(QEvent.Type.MouseMove, place, where, Qt.MouseButton.NoButton, buttons, held))

    def release(self, x, y, held=NONE):
        QTest.mouseRelease(self.target, Qt.MouseButton.LeftButton, held, self.place(x, y))

    def click(self, x, y, held=NONE):
        self.move(x, y, held)
        self.press(x, y, held)
        self.release(x, y, held)

    def drag(self, *places, held=NONE, at_end=None):
        (x, y), *others = places
        self.press(x, y, held)
        for x, y in others:
            self.move(x, y, held, is_pressed=True)
        self.release(x, y, held if at_end is None else at_end)

    def key(self, key, held=NONE):
        QTest.keyClick(self.view._canvas, key, held)

    def wheel(self, x, y, notches, held=SHIFT):
        place = self.place(x, y)
        turn = QPoint(0, round(120 * notches))
        event = QWheelEvent(
            QPointF(place),
            QPointF(self.target.mapToGlobal(place)),
            QPoint(),
            turn,
            Qt.MouseButton.NoButton,
            held,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.target, event)


SQUARE = ((20, 20), (90, 20), (90, 70), (20, 70))
"""A way around an area, in the order in which it is drawn."""
TALL = Spacing(0.2, 0.1)
"""Pixels that are twice as tall as wide."""
