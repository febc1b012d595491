"""AfterPaint: what stands beside the scan is drawn anew when the scan itself is on screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

PAINTED_MS = 10
"""So long after a change Qt has painted what was told to paint itself: what waits for it comes next, and no sooner."""


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
    """

    def __init__(self, work: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._work = work
        self._timer = QTimer(self, singleShot=True, interval=PAINTED_MS)
        self._timer.timeout.connect(self.now)

    @property
    def is_due(self) -> bool:
        """Whether the work was asked for and is not done yet."""
        return self._timer.isActive()

    def ask(self) -> None:
        """Have the work done soon."""
        if not self._timer.isActive():
            self._timer.start()

    def now(self) -> None:
        """Do the work at once, and not once more for what asked before."""
        self._timer.stop()
        self._work()
