"""Draft: the mask in hand while it is being changed, as the reader sees it, and its way into the reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QRectF, Signal

from busi_gui.domain.case import Case
from busi_gui.domain.masks import enclosing
from busi_gui.domain.reading import MaskSource, Outline
from busi_gui.domain.scan import Box, Scan
from busi_gui.services.history import History
from busi_gui.services.session import Session
from busi_gui.views.scan.lesion_items import AROUND_PX
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.selection import Selection
from models.analysis import Mask

LOCKED = "{title} is locked. Unlock it in the list of lesions to change it."
HIDDEN = "{title} is hidden. Show it in the list of lesions to change it."
GONE = "{title} is no longer there: what was being drawn was dropped."
TAKEN = "{title} lies there, and no pixel belongs to two lesions. To change it, click on it with the hand first."


@dataclass(eq=False)
class _Work:
    """What is being drawn.

    Attributes
    ----------
    number
        The lesion's, or the one that a new lesion will have.
    is_new
        Whether it is no lesion yet.
    base
        The mask that it began with, read-only.
    canvas
        As drawn so far.
    others
        What else lies on the frame: nothing new is drawn there.
    touched
        A window that holds every change; None while there is none.
    taken_by
        Another lesion that kept what would have been drawn.
    """

    scan: Scan
    history: History
    number: int
    is_new: bool
    base: Mask
    canvas: npt.NDArray[np.bool_]
    others: tuple[tuple[Outline, Box], ...]
    touched: Box | None = None
    taken_by: Outline | None = None


class Draft(QObject):
    """A working copy of the selected lesion's mask, or the beginning of a new lesion.

    Tools `begin` it at a press, change `canvas` in place and say where, or `propose` a whole mask, and `finish` it at the release: that is one step
    of undo. Until then nobody but the reader's eyes knows of it, and `drop` leaves everything as it was.

    A pixel belongs to one lesion: whatever is drawn stops at the others, locked or not. Where two overlap already, they go on doing so.

    What is begun belongs to its frame: finished after another frame has come on screen, it is a step of the frame where it began. Where the lesion's
    mask becomes another in the meantime, such as by an undo, the change is made to that one.

    Signals
    -------
    changed(Box | None)
        The canvas is another within this window; None: all of it, or there is none any more. For live measures.
    said(str)
        Why nothing can be drawn: a sentence for the reader.
    interrupted()
        Another frame has come on screen: finish what is begun, now; the rest is dropped.
    lost()
        What was being drawn is dropped: its lesion is gone, or locked.
    """

    changed = Signal(object)
    said = Signal(str)
    interrupted = Signal()
    lost = Signal()

    def __init__(self, session: Session, view: ScanView, selection: Selection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._view, self._selection = session, view, selection
        self._work: _Work | None = None
        self._shown: tuple[npt.NDArray[np.bool_] | None, int] = (None, 0)
        session.case_changed.connect(self._on_case_changed)

    @property
    def case(self) -> Case | None:
        """The case on screen."""
        return self._session.case

    @property
    def number(self) -> int | None:
        """The lesion that is being changed; of a new one the number that it will have. None while nothing is."""
        return self._work.number if self._work is not None else None

    @property
    def next_number(self) -> int:
        """The lesion that `begin` would change; of a new one the number that it would have."""
        case = self.case
        if self.mask is not None and self._selection.number is not None:
            return self._selection.number
        return case.reading.next_number if case is not None else 1

    @property
    def canvas(self) -> npt.NDArray[np.bool_]:
        """The mask as drawn so far, bool (rows, columns), writeable; ValueError while nothing is drawn."""
        if self._work is None:
            raise ValueError("nothing is being drawn")
        return self._work.canvas

    @property
    def mask(self) -> Mask | None:
        """The selected lesion's mask as it is in the reading, for tools that look before they draw; None: a stroke would begin a new lesion."""
        lesion = self.case.lesion(self._selection.number) if self.case is not None else None
        return lesion.mask if lesion is not None else None

    def others(self) -> Iterable[Mask]:
        """Return the masks of all lesions but the one in hand."""
        return [lesion.mask for lesion in self.case.lesions if lesion.number != self._selection.number] if self.case is not None else []

    def begin(self) -> bool:
        """Begin a change; return whether there is anything to change: a locked or hidden lesion is not, and the reader is told."""
        case, history = self.case, self._session.editing.history
        if case is None or history is None:
            return False
        lesion = case.lesion(self._selection.number)
        if lesion is not None and (lesion.outline.is_locked or lesion.outline.is_hidden):
            self.said.emit((LOCKED if lesion.outline.is_locked else HIDDEN).format(title=lesion.outline.title))
            return False
        number = lesion.number if lesion is not None else case.reading.next_number
        base = lesion.mask if lesion is not None else np.zeros(case.scan.shape, np.bool_)
        others = tuple((other.outline, Box(*other.measures.bbox)) for other in case.lesions if other is not lesion)
        self._work = _Work(case.scan, history, number, lesion is None, base, base.copy(), others)
        self._session.rediagnosing.hold(True)
        return True

    def touched(self, window: Box | None) -> None:
        """Show the canvas anew within this window; None: nothing was changed."""
        work = self._work
        if work is None or window is None:
            return
        self._keep_clear(work, window)
        work.touched = enclosing(work.touched, window)
        self._show(work.canvas, work.number)
        self._view.paint_anew(QRectF(window.left, window.top, window.shape[1], window.shape[0]), AROUND_PX)
        self.changed.emit(window)

    def propose(self, mask: Mask) -> None:
        """Show a whole mask in place of the canvas; `finish` takes it."""
        work = self._work
        if work is None:
            return
        work.canvas[...] = mask
        work.touched = Box(0, 0, *work.scan.shape)
        self._keep_clear(work, work.touched)
        self._show(work.canvas, work.number)
        self._view.paint_anew(QRectF(0, 0, work.scan.shape[1], work.scan.shape[0]), AROUND_PX)
        self.changed.emit(None)

    def finish(self, name: str) -> None:
        """Put what was drawn into the reading, as one step with this name; a lesion of which nothing is left is deleted."""
        work = self._work
        self._end()
        if work is not None:
            self._put(name, work)
        self._session.rediagnosing.hold(False)  # only now: an answer about the outline of before has nobody to tell any more

    def _put(self, name: str, work: _Work) -> None:
        window = (work.touched or Box(0, 0, *work.scan.shape)).slices
        if np.array_equal(work.canvas[window], work.base[window]):
            if work.taken_by is not None:
                self.said.emit(TAKEN.format(title=work.taken_by.title))
            return
        reading = work.history.reading
        if not work.is_new:
            work.history.step(name, reading.with_mask(work.number, work.canvas))
        elif work.canvas[window].any():
            work.history.step(name, reading.added(work.canvas, MaskSource.DRAWN))
            self._selection.select(reading.next_number)

    def drop(self) -> None:
        """Forget what was drawn since `begin`."""
        self._end()
        self._session.rediagnosing.hold(False)

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        work, self._work = self._work, None
        if work is None:
            return
        self._show(None, 0)
        if work.touched is not None:
            box = work.touched
            self._view.paint_anew(QRectF(box.left, box.top, box.shape[1], box.shape[0]), AROUND_PX)
        self.changed.emit(None)

    def _show(self, canvas: npt.NDArray[np.bool_] | None, number: int) -> None:
        if (canvas is None) == (self._shown[0] is None) and canvas is self._shown[0] and number == self._shown[1]:
            return
        self._shown = canvas, number
        self._view.show_draft(number, canvas)

    def _keep_clear(self, work: _Work, window: Box) -> None:
        """Take back what was drawn over other lesions within a window; what overlapped before stays."""
        for outline, box in work.others:
            if box.top >= window.bottom or window.top >= box.bottom or box.left >= window.right or window.left >= box.right:
                continue
            shared = Box(max(box.top, window.top), max(box.left, window.left), min(box.bottom, window.bottom), min(box.right, window.right)).slices
            over = work.canvas[shared] & outline.mask[shared] & ~work.base[shared]
            if over.any():
                work.canvas[shared][over] = False
                work.taken_by = outline

    def _on_case_changed(self, case: Case | None) -> None:
        work = self._work
        if work is None:
            return
        if case is None or (case.scan.path, case.scan.frame, case.scan.shape) != (work.scan.path, work.scan.frame, work.scan.shape):
            self.interrupted.emit()
            self.drop()
            return
        outline = case.reading.outline(work.number) if not work.is_new else None
        if not work.is_new and (outline is None or outline.is_locked):
            self.said.emit(LOCKED.format(title=outline.title) if outline is not None else GONE.format(title=f"Lesion {work.number}"))
            self.drop()
            self.lost.emit()
            return
        self._rebase(work, case, outline)

    def _rebase(self, work: _Work, case: Case, outline: Outline | None) -> None:
        """Carry on upon what the frame holds now."""
        work.number = outline.number if outline is not None else case.reading.next_number
        work.others = tuple((lesion.outline, Box(*lesion.measures.bbox)) for lesion in case.lesions if lesion.outline is not outline)
        if outline is not None and outline.mask is not work.base:
            drawn, erased = work.canvas & ~work.base, work.base & ~work.canvas
            work.base = outline.mask
            work.canvas[...] = (outline.mask | drawn) & ~erased
        everything = Box(0, 0, *work.scan.shape)
        self._keep_clear(work, everything)
        work.touched = everything
        self._show(work.canvas, work.number)
        self.changed.emit(None)
