"""Garbage: cycles of objects are cleared away in the UI thread only.

Python clears them away in whichever thread happens to allocate. Where a QObject with timers is among them and that thread is not its own, Qt aborts
the program.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 1000
_YOUNG = 5000
"""So many new containers are worth a look at the young ones; fewer wait."""
_ALL_AFTER = 60
"""Every so many looks all are looked at."""
_STARTING = 4
"""So many looks after the start there is nothing to clear away yet, but what is loaded behind the window keeps coming: hundreds of thousands of
containers, among which a single search for garbage took 36 ms."""


class Garbage(QObject):
    """Takes over from Python's automatic collection as long as it lives; to be made in the UI thread, once everything is imported and built."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._looks = 0
        gc.disable()
        gc.freeze()  # what stands by now stays: to look at it each time would hold the window up
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Clear away what can be, in a few milliseconds."""
        self._looks += 1
        if self._looks <= _STARTING:
            gc.freeze()
        elif self._looks % _ALL_AFTER == 0:
            gc.collect()
        elif gc.get_count()[0] > _YOUNG:
            gc.collect(1)

    def end(self) -> None:
        """Let Python do it again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
