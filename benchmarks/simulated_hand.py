"""A simulated hand: moves the pointer over the real window, presses its buttons and keys, turns its wheel, and counts what it does.

Everything goes through Qt, as from a mouse and a keyboard. Points are x, y of the scan; the hand thinks in whole pixels of the screen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, hypot
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from busi_gui.views.editing.disc import SIZES
from busi_gui.views.main_window import MainWindow

EVERY_PX = 8.0
"""A hand that moves makes one event for so many pixels of the screen."""
Place = tuple[float, float]
_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_PLAIN = Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True)
class Effort:
    """What a hand has done.

    Attributes
    ----------
    keys
        Pressed; several at once are one, and so is one that is held for a drag or for the wheel.
    presses
        Of the mouse button.
    drags, ways
        Moves with the button down; and with the button up, on the way to where it is pressed next.
    notches
        Of the wheel.
    path_px
        How far the pointer has gone, in pixels of the screen.
    """

    keys: int = 0
    presses: int = 0
    drags: int = 0
    ways: int = 0
    notches: int = 0
    path_px: float = 0.0

    def __sub__(self, other: Effort) -> Effort:
        return Effort(*(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__))

    def events(self, way: float = 1.0) -> float:
        """Return the sum; a move on the way counts so much."""
        return self.keys + self.presses + self.drags + way * self.ways + self.notches


class Hand:
    """Works the window.

    Attributes
    ----------
    done
        What it has done so far.
    at
        Where it is, in whole pixels of the view.
    """

    def __init__(self, window: MainWindow) -> None:
        self.window, self.view = window, window.scan_view
        canvas: Any = self.view.focusProxy()
        self._canvas: QWidget = canvas
        self._target: QWidget = canvas.viewport()
        self.done = Effort()
        self.at = QPointF(self._target.rect().center())

    # what it is like ------------------------------------------------------------------------------------------------------------------------------

    def state(self) -> tuple[Effort, QPointF, str, int, float]:
        """Return what `restore` brings back: counts, place, tool, size of the disc, tolerance."""
        return self.done, self.at, self.tool, self.disc_px, self._tolerance

    def restore(self, state: tuple[Effort, QPointF, str, int, float]) -> None:
        """Be as before, without counting how it comes to that."""
        _, _, tool, disc_px, tolerance = state
        if self._tolerance != tolerance:
            self.take("grow")
            self._wheel((tolerance - self._tolerance) / 0.02)
        self.window.editor.disc.size.set_px(disc_px)
        self.take(tool)
        self._clear_message()
        self.done, self.at = state[0], state[1]

    def rest(self) -> None:
        """Lie in the middle of the scan, as when the window has just opened: no message, the hand as its tool, the usual disc."""
        self._clear_message()
        self.window.commands["hand"].trigger()
        self.window.editor.disc.size.set_px(20)
        self._canvas.setFocus()
        self.at = QPointF(self._target.rect().center())

    def _clear_message(self) -> None:
        """Close the message above the scan: it makes the view lower, and the scan, fitted into it, smaller."""
        if self.window.message_bar.isVisible():
            self.window.message_bar.clear()
            QApplication.processEvents()

    @property
    def tool(self) -> str:
        """Name of the tool in hand."""
        return next(name for name in _TOOLS if self.window.commands[name].isChecked())

    @property
    def disc_px(self) -> int:
        """Diameter of brush and push tool, in scan pixels."""
        return self.window.editor.disc.size.px

    @property
    def _tolerance(self) -> float:
        found: float = _grow_tool(self.window).tolerance
        return found

    # geometry -------------------------------------------------------------------------------------------------------------------------------------

    def sampled(self, line: Sequence[Place]) -> list[QPointF]:
        """Return where the pointer will be on its way along a line of the scan: whole pixels of the screen, `EVERY_PX` apart."""
        look = self.view.look
        assert look is not None
        ends = [look.to_screen(*place) for place in line]
        found, left = [ends[0]], EVERY_PX
        for (x, y), (to_x, to_y) in pairwise(ends):
            length, gone = hypot(to_x - x, to_y - y), 0.0
            while length - gone >= left:
                gone, left = gone + left, EVERY_PX
                found.append((x + (to_x - x) * gone / length, y + (to_y - y) * gone / length))
            left -= length - gone
        if len(ends) > 1:
            found.append(ends[-1])
        return [QPointF(QPointF(*place).toPoint()) for place in found]

    def on_scan(self, line: Sequence[QPointF]) -> list[Place]:
        """Return which points of the scan lie under points of the screen."""
        look = self.view.look
        assert look is not None
        return [look.to_scan(point.x(), point.y()) for point in line]

    def way_to(self, place: Place) -> int:
        """Return how many moves lead there."""
        point = self.sampled([place])[0] - self.at
        return ceil(hypot(point.x(), point.y()) / EVERY_PX)

    # doing ----------------------------------------------------------------------------------------------------------------------------------------

    def command(self, name: str) -> None:
        """Press the key of an action."""
        self.press(self.window.commands.keys(name)[0])

    def press(self, key: QKeySequence | Qt.Key) -> None:
        """Press a key, wherever the keys go now."""
        self._count(keys=1)
        QTest.keySequence(QApplication.focusWidget() or self._canvas, QKeySequence(key))

    def take(self, tool: str) -> None:
        """Take a tool in hand, by its key, unless it is there."""
        if self.tool != tool:
            self.command(tool)
            if self.tool != tool:
                raise RuntimeError(f"the key for {tool} did not take it in hand")

    def size_to(self, disc_px: int) -> None:
        """Make the disc as large as one of `SIZES`, with the wheel."""
        notches = notches_between(self.disc_px, disc_px)
        if notches:
            self._count(keys=1, notches=abs(notches))
            for _ in range(abs(notches)):
                self._wheel(1 if notches > 0 else -1)

    def go_to(self, place: Place) -> None:
        """Move there with the button up."""
        start, goal = self.at, self.sampled([place])[0]
        way = goal - start
        steps = ceil(hypot(way.x(), way.y()) / EVERY_PX)
        for step in range(1, steps + 1):
            self._move_to(QPointF((start + way * (step / steps)).toPoint()), _NONE, _PLAIN)

    def drag(self, line: Sequence[Place], *, ctrl: bool = False) -> None:
        """Go to the beginning of a line, press, follow it and let go; Ctrl is held meanwhile, or not."""
        with_key = _CTRL if ctrl else _PLAIN
        points = self.sampled(line)
        self.go_to(line[0])
        self._count(presses=1, keys=int(ctrl))
        self._send(QEvent.Type.MouseButtonPress, points[0], _LEFT, _LEFT, with_key)
        for point in points[1:]:
            self._move_to(point, _LEFT, with_key)
        self._send(QEvent.Type.MouseButtonRelease, points[-1], _LEFT, _NONE, with_key)

    def click(self, place: Place) -> None:
        """Go there and click."""
        self.go_to(place)
        self._count(presses=1)
        self._send(QEvent.Type.MouseButtonPress, self.at, _LEFT, _LEFT, _PLAIN)
        self._send(QEvent.Type.MouseButtonRelease, self.at, _LEFT, _NONE, _PLAIN)

    def drag_while_better(self, place: Place, worth: Callable[[], float], *, ctrl: bool = False) -> None:
        """Press there, drag right or left as long as what is seen becomes better, and let go where it was best."""
        with_key = _CTRL if ctrl else _PLAIN
        self.go_to(place)
        start = self.at
        self._count(presses=1, keys=int(ctrl))
        self._send(QEvent.Type.MouseButtonPress, start, _LEFT, _LEFT, with_key)

        def step(by: int) -> None:
            self._move_to(self.at + QPointF(by * EVERY_PX, 0), _LEFT, with_key)

        climb(step, worth)
        self._send(QEvent.Type.MouseButtonRelease, self.at, _LEFT, _NONE, with_key)

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    def _count(self, **more: float) -> None:
        self.done = replace(self.done, **{name: getattr(self.done, name) + number for name, number in more.items()})

    def _move_to(self, point: QPointF, held: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
        way = point - self.at
        self.at = point
        self._count(**{"ways" if held == _NONE else "drags": 1, "path_px": hypot(way.x(), way.y())})
        self._send(QEvent.Type.MouseMove, point, _NONE, held, keys)

    def _send(self, kind: QEvent.Type, point: QPointF, button: Qt.MouseButton, held: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
        event = QMouseEvent(kind, point, self._target.mapToGlobal(point), button, held, keys)
        QApplication.sendEvent(self._target, event)

    def _wheel(self, notches: float) -> None:
        turn = QPoint(0, round(120 * notches))
        at = self._target.mapToGlobal(self.at)
        QApplication.sendEvent(self._target, QWheelEvent(self.at, at, QPoint(), turn, _NONE, _SHIFT, Qt.ScrollPhase.NoScrollPhase, False))


_TOOLS = ("hand", "window", "distance", "angle", "calibrate", "brush", "eraser", "contour", "polygon", "scissors", "grow", "push", "cut")


def _grow_tool(window: MainWindow) -> Any:
    from busi_gui.views.editing.grow import Grow

    return window.editor.findChild(Grow)


def notches_between(first_px: int, second_px: int) -> int:
    """Return how many notches lead from one size of the disc to another."""
    return SIZES.index(second_px) - SIZES.index(first_px)


def climb(step: Callable[[int], None], worth: Callable[[], float], most: int = 60) -> None:
    """Take steps one way as long as it becomes better, else the other way, and go back to the best."""
    best = worth()
    for sign in (1, -1):
        number = gone = 0
        while number < most and number - gone <= 3:
            step(sign)
            number, now = number + 1, worth()
            if now < best - 1e-3:
                break
            if now > best:
                best, gone = now, number
        for _ in range(number - gone):
            step(-sign)
        if gone:
            return


def wait(is_done: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Let the program work until something is so."""
    application = QApplication.instance()
    assert application is not None
    deadline = time.monotonic() + limit_s
    while not is_done():
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents | QEventLoop.ProcessEventsFlag.AllEvents, 20)
        if time.monotonic() > deadline:
            raise RuntimeError("nothing came in time")
