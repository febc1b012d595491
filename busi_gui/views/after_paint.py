"""What stands beside the scan is drawn anew when the scan itself is on screen, and never so much at once that the window stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

PAINTED_MS = 10
"""So long after a change Qt has painted what was told to paint itself: what waits for it comes next, and no sooner."""

_TURN_MS = 1
"""Between two pieces: with no time between them the second would come before what has been waiting since the first."""


class AfterPaint(QObject):
    """Does a piece of work once, soon after it was asked for, however often it was asked for meanwhile.

    A reader looks at the scan while he works on it: an outline that follows the hand comes first, the words and figures of it a blink later. Done at
    once, both would keep the window's thread for as long as both together take, and several announcements of one change for several times as long.

    Parameters
    ----------
    work
        What to do.
    parent
        The work is done only while this lives.
    turns
        Shared by those who stand in one widget. None for work that has nothing beside it.
    """

    def __init__(self, work: Callable[[], object], parent: QObject, turns: Turns | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._turns = turns if turns is not None else Turns(self)

    @property
    def is_due(self) -> bool:
        """Whether the work was asked for and is not done yet."""
        return self in self._turns

    def ask(self) -> None:
        """Have the work done soon."""
        self._turns.add(self)

    def now(self) -> None:
        """Do the work at once, and not once more for what asked before."""
        self._turns.drop(self)
        self._work()


class Turns(QObject):
    """Lets pieces of work follow each other, one in each turn of the event loop; what they change in a widget is painted when all are done.

    Between two turns the window answers to mouse and keys. Were each turn painted, a panel would be seen to move as often as it has parts. What is
    asked for meanwhile waits until that is painted: a cine that plays would otherwise hold back every picture of it.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._asked: list[AfterPaint] = []
        self._round: list[AfterPaint] = []
        self._painted = parent if isinstance(parent, QWidget) else None
        self._is_held = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._take)

    def __contains__(self, piece: AfterPaint) -> bool:
        return piece in self._round or piece in self._asked

    def add(self, piece: AfterPaint) -> None:
        """Have a piece done after those that are due already."""
        if piece not in self:
            self._asked.append(piece)
        if not self._timer.isActive():
            self._timer.start(PAINTED_MS)

    def drop(self, piece: AfterPaint) -> None:
        """Forget that a piece was asked for."""
        for pieces in (self._round, self._asked):
            if piece in pieces:
                pieces.remove(piece)
        self._go_on()

    def _take(self) -> None:
        if not self._round and not self._is_held:
            self._round, self._asked = self._asked, []
            self._hold(len(self._round) > 1)
        try:
            if self._round:
                self._round[0].now()
            else:  # layouts have settled since the last piece
                self._hold(False)
        finally:
            self._go_on()

    def _go_on(self) -> None:
        if self._round or self._is_held:
            self._timer.start(_TURN_MS)
        elif not self._asked:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start(PAINTED_MS)

    def _hold(self, is_held: bool) -> None:
        if self._painted is not None and is_held is not self._is_held:
            self._is_held = is_held
            self._painted.setUpdatesEnabled(not is_held)


class PaintedLater(QObject):
    """Keeps parts of a window as they were while something else is painted, then paints one after the other, each in a turn of the event loop.

    For what changes everything at once, such as the first scan.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._held: list[QWidget] = []
        self._timer = QTimer(self, interval=PAINTED_MS)
        self._timer.timeout.connect(self._let_go)

    def hold(self, parts: Iterable[QWidget]) -> None:
        """Leave these parts unpainted until what is to be painted now has been."""
        for part in parts:
            if part not in self._held:
                part.setUpdatesEnabled(False)
                self._held.append(part)
        self._timer.start()

    def _let_go(self) -> None:
        if self._held:
            self._held.pop(0).setUpdatesEnabled(True)
        if not self._held:
            self._timer.stop()
