"""Draft: the mask in hand while it is being changed, as the reader sees it, and its way into the reading."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case
from busi_gui.domain.reading import MaskSource
from busi_gui.domain.scan import Box
from busi_gui.services.session import Session
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.selection import Selection
from models.analysis import Mask

LOCKED = "{title} is locked. Unlock it in the list of lesions to change it."


class Draft(QObject):
    """A working copy of the selected lesion's mask, or the beginning of a new lesion.

    Tools `begin` it at a press, change `canvas` in place and say where, or `propose` a whole mask, and `finish` it at the release: that is one step
    of undo. Until then nobody but the reader's eyes knows of it, and `drop` leaves everything as it was.

    Signals
    -------
    changed(Box | None)
        The canvas is another within this window; None: all of it, or there is none any more. For live measures.
    said(str)
        Why nothing can be drawn: a sentence for the reader.
    """

    changed = Signal(object)
    said = Signal(str)

    def __init__(self, session: Session, view: ScanView, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._view, self._selection = session, view, selection
        self._canvas: npt.NDArray[np.bool_] | None = None
        self._number: int | None = None

    @property
    def case(self) -> Case | None:
        """The case on screen."""
        return self._session.case

    @property
    def number(self) -> int | None:
        """The lesion that is being changed; of a new one the number that it will have. None while nothing is."""
        return self._number

    @property
    def canvas(self) -> npt.NDArray[np.bool_]:
        """The mask as drawn so far, bool (rows, columns), writeable; ValueError while nothing is drawn."""
        if self._canvas is None:
            raise ValueError("nothing is being drawn")
        return self._canvas

    @property
    def mask(self) -> Mask | None:
        """The selected lesion's mask as it is in the reading, for tools that look before they draw; None: a stroke would begin a new lesion."""
        lesion = self.case.lesion(self._selection.number) if self.case is not None else None
        return lesion.mask if lesion is not None else None

    def others(self) -> Iterable[Mask]:
        """Return the masks of all lesions but the one in hand."""
        return [lesion.mask for lesion in self.case.lesions if lesion.number != self._selection.number] if self.case is not None else []

    def begin(self) -> bool:
        """Begin a change; return whether there is anything to change: a locked lesion is not, and the reader is told."""
        case = self.case
        if case is None:
            return False
        lesion = case.lesion(self._selection.number)
        if lesion is not None and lesion.outline.is_locked:
            self.said.emit(LOCKED.format(title=lesion.outline.title))
            return False
        self._number = lesion.number if lesion is not None else case.reading.next_number
        self._canvas = lesion.mask.copy() if lesion is not None else np.zeros(case.scan.shape, np.bool_)
        return True

    def touched(self, window: Box | None) -> None:
        """Show the canvas anew within this window; None: nothing was changed."""
        if window is not None:
            self.changed.emit(window)

    def propose(self, mask: Mask) -> None:
        """Show a whole mask in place of the canvas; `finish` takes it."""
        self._canvas = mask.copy()
        self.changed.emit(None)

    def finish(self, name: str) -> None:
        """Put what was drawn into the reading, as one step with this name; a lesion of which nothing is left is deleted."""
        canvas, number, case = self._canvas, self._number, self.case
        self.drop()
        if canvas is None or number is None or case is None:
            return
        reading = case.reading
        if reading.outline(number) is not None:
            self._session.editing.edit(name, reading.with_mask(number, canvas))
        elif canvas.any():
            self._session.editing.edit(name, reading.added(canvas, MaskSource.DRAWN))
            self._selection.select(number)

    def drop(self) -> None:
        """Forget what was drawn since `begin`."""
        if self._canvas is not None:
            self._canvas = self._number = None
            self.changed.emit(None)
