"""MeasuresInHand: how large the lesion in hand is, also while it is being drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from busi_gui.domain.case import Case, Lesion, measured
from busi_gui.domain.masks import enclosing
from busi_gui.domain.measures import Measures
from busi_gui.domain.scan import Box, Calibration
from busi_gui.views.editing.draft import Draft
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.selection import Selection


@dataclass(frozen=True)
class InHand:
    """The lesion in hand, as it is drawn at this moment.

    Attributes
    ----------
    calibration
        Where its millimetres come from; NONE where it has none.
    is_hidden
        The reader does not want to see this lesion on the scan.
    """

    number: int
    measures: Measures
    calibration: Calibration
    is_hidden: bool = False


_LOOK_MS = 50
"""How long measures may lag behind a stroke: nobody reads faster, and they take longer to draw than the stroke itself."""


class MeasuresInHand(QObject):
    """Measures the selected lesion of a view, and its draft while there is one: once for all that happened since the last look.

    Parameters
    ----------
    view
        What is kept back there is not measured either.
    selection, draft
        The lesion in hand, and what is being drawn of it.
    parent
        Owns it.

    Signals
    -------
    changed()
        Another lesion, other measures, or none.
    """

    changed = Signal()

    def __init__(self, view: ScanView, selection: Selection, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._selection, self._draft = view, selection, draft
        self._lesion: InHand | None = None
        self._bounds: Box | None = None  # a window that holds all of the draft
        self._timer = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        view.case_shown.connect(self._look)
        selection.changed.connect(self._look)
        draft.changed.connect(self._on_drawn)
        self._look()

    @property
    def lesion(self) -> InHand | None:
        """The lesion in hand; None where there is none, or nothing is left of it."""
        return self._lesion

    def _on_drawn(self, window: Box | None) -> None:
        case, number = self._view.case, self._draft.number
        if case is None or number is None:
            self._bounds = None
        elif window is None:
            self._bounds = Box(0, 0, *case.scan.shape)
        else:
            self._bounds = enclosing(self._bounds or _box_of(case.lesion(number)), window)
        if not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        self._timer.stop()
        case = self._view.case
        found = self._drawn(case, self._draft.number, self._bounds) if case is not None else None
        if found != self._lesion:
            self._lesion = found
            self.changed.emit()

    def _drawn(self, case: Case, number: int | None, bounds: Box | None) -> InHand | None:
        if number is None or bounds is None:  # nothing is begun, or not a pixel of it
            return self._selected(case)
        canvas = self._draft.canvas
        if not canvas[bounds.slices].any():
            return None
        measures = measured(case.scan, canvas, bounds)
        self._bounds = Box(*measures.bbox)
        return InHand(number, measures, _calibration(case, measures))

    def _selected(self, case: Case) -> InHand | None:
        lesion = case.lesion(self._selection.number) if self._view.shows_result else None
        if lesion is None:
            return None
        return InHand(lesion.number, lesion.measures, _calibration(case, lesion.measures), is_hidden=lesion.outline.is_hidden)


def _box_of(lesion: Lesion | None) -> Box | None:
    return Box(*lesion.measures.bbox) if lesion is not None else None


def _calibration(case: Case, measures: Measures) -> Calibration:
    if measures.long_axis_mm is None:
        return Calibration.NONE
    return Calibration.HAND if case.scan.calibration is Calibration.HAND else Calibration.FILE
