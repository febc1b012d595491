"""Sheets: the measurements of each frame, with the steps that undo them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from weakref import WeakValueDictionary

from cachetools import LRUCache
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from busi_gui.domain.callipers import Angle, Calliper, Measured
from busi_gui.domain.scan import Scan

_MOST_SHEETS = 2000
"""Frames whose measurements are remembered; those looked at longest ago are forgotten first."""
_MOST_STEPS = 200


class Sheet(QObject):
    """The measurements of one frame. A step of undo is one that was added, moved or deleted.

    Attributes
    ----------
    steps
        Undoes and does again.

    Signals
    -------
    changed()
        There are other measurements, or other steps to undo.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._callipers: tuple[Calliper, ...] = ()
        self.steps = QUndoStack(self)
        self.steps.setUndoLimit(_MOST_STEPS)
        self.steps.indexChanged.connect(self.changed)

    @property
    def callipers(self) -> tuple[Calliper, ...]:
        """What was measured, in order of their numbers."""
        return self._callipers

    @property
    def next_number(self) -> int:
        """Number of the next measurement."""
        return max((calliper.number for calliper in self._callipers), default=0) + 1

    def calliper(self, number: int | None) -> Calliper | None:
        """Return the measurement with this number; None where there is none."""
        return next((calliper for calliper in self._callipers if calliper.number == number), None)

    def add(self, measured: Measured) -> Calliper:
        """Add a measurement, and return it with its number."""
        calliper = Calliper(self.next_number, measured)
        self._step(f"measuring {_name(calliper)}", (*self._callipers, calliper))
        return calliper

    def change(self, calliper: Calliper) -> None:
        """Put a measurement in place of the one with its number."""
        others = tuple(calliper if old.number == calliper.number else old for old in self._callipers)
        self._step(f"moving {_name(calliper)}", others)

    def delete(self, number: int) -> None:
        """Delete the measurement with this number."""
        calliper = self.calliper(number)
        if calliper is not None:
            self._step(f"deleting {_name(calliper)}", tuple(other for other in self._callipers if other is not calliper))

    def clear(self) -> None:
        """Delete every measurement."""
        if self._callipers:
            self._step("clearing the measurements", ())

    def lay(self, callipers: tuple[Calliper, ...]) -> None:
        """Have exactly these measurements, as a step of undo or redo wants it."""
        self._callipers = callipers

    def _step(self, text: str, after: tuple[Calliper, ...]) -> None:
        self.steps.push(_Step(text, self, self._callipers, after))


class _Step(QUndoCommand):
    def __init__(self, text: str, sheet: Sheet, before: tuple[Calliper, ...], after: tuple[Calliper, ...]) -> None:
        super().__init__(text)
        self._sheet, self._before, self._after = sheet, before, after

    def redo(self) -> None:
        self._sheet.lay(self._after)

    def undo(self) -> None:
        self._sheet.lay(self._before)


_Frame = tuple[Path, int, tuple[int, int]]
"""File, frame and size: a file may have been replaced by another."""


class Sheets:
    """Finds the sheet of a frame, so that what was measured is there again when the reader comes back to it."""

    def __init__(self) -> None:
        # A cine has hundreds of frames on which nothing is ever measured: a sheet is kept once it was written on; until then it lives as long as
        # somebody holds it.
        self._alive: WeakValueDictionary[_Frame, Sheet] = WeakValueDictionary()
        self._kept: LRUCache[_Frame, Sheet] = LRUCache(_MOST_SHEETS)

    def of(self, scan: Scan) -> Sheet:
        """Return a scan's sheet."""
        frame = scan.path, scan.frame, scan.shape
        sheet = self._kept.get(frame, self._alive.get(frame))
        if sheet is None:
            sheet = self._alive[frame] = Sheet()
            sheet.changed.connect(partial(self._keep, frame))
        return sheet

    def _keep(self, frame: _Frame) -> None:
        sheet = self._alive.get(frame)
        if sheet is not None:
            self._kept[frame] = sheet


def _name(calliper: Calliper) -> str:
    kind = "angle" if isinstance(calliper.measured, Angle) else "distance"
    return f"{kind} {calliper.number}"
