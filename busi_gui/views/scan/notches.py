"""Notches: the turns of a wheel, or the pushes of a touchpad, counted whole."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent

_NOTCH = 120
"""Eighths of a degree: Qt's unit for one notch of a usual wheel. Touchpads and free-running wheels send less at a time, and more often."""


class Notches:
    """Adds up what a wheel sends until it makes a notch."""

    def __init__(self) -> None:
        self._rest = 0

    def add(self, event: QWheelEvent) -> int:
        """Return how many notches the wheel has now gone on, away from the reader positive; mostly 0 while a touchpad moves slowly."""
        turned = event.angleDelta().y()
        # What is left over from another movement must not be felt in this one.
        if event.phase() == Qt.ScrollPhase.ScrollBegin or turned * self._rest < 0:
            self._rest = 0
        self._rest += turned
        notches = int(self._rest / _NOTCH)
        self._rest -= notches * _NOTCH
        return notches

    def forget(self) -> None:
        """Begin anew."""
        self._rest = 0
