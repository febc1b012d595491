"""Brush and eraser: a disc that paints the lesion in hand, or takes away from it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Qt, Signal

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import enclosing, stroke
from busi_gui.domain.masks.painting import swept_window
from busi_gui.domain.scan import Box
from busi_gui.views import theme
from busi_gui.views.editing.disc import Disc, Look
from busi_gui.views.editing.draft import Draft
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer

NOTHING_TO_ERASE = "There is no lesion in hand to erase from. Click on one with the hand, or paint one with the brush."
PAINTED, ERASED = "brush stroke", "erasing"


class Brush(QObject):
    """A mask tool, for both `Tool.BRUSH` and `Tool.ERASER`: one is the other with Ctrl held.

    Signals
    -------
    said(str)
        Why nothing can be erased: a sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, view: ScanView, draft: Draft, disc: Disc, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._draft, self._disc = view, draft, disc
        self._is_eraser = False
        self._paints = True
        self._at: Point | None = None  # of a stroke that goes on
        self._line: _Line | None = None
        self._last_end: tuple[object, Point] | None = None

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """Nothing: the disc is the cursor."""
        return Qt.CursorShape.BlankCursor if self._disc.look is not None else None

    @property
    def is_drawing(self) -> bool:
        """Whether a stroke goes on."""
        return self._at is not None

    def taken(self, tool: Tool) -> None:
        """Become brush or eraser."""
        self._is_eraser = tool is Tool.ERASER

    def put_away(self) -> None:
        """Drop the stroke and show nothing any more."""
        self._forget()
        self._disc.show(None)

    def hovered(self, pointer: Pointer) -> None:
        """Show the disc, and which pixels a press would change."""
        paints = self._paints_at(pointer)
        mask, point = self._draft.mask, Point(pointer.x, pointer.y)
        look = self._look(point, "+" if paints else "−")
        shape = self._draft.case.scan.shape if self._draft.case is not None else (0, 0)
        line_from = self._last_point if pointer.is_snapping else None
        window = swept_window(point, point, self._disc.size.radius, look.aspect, shape)
        if window is not None and (paints or mask is not None):
            dab = np.zeros(window.shape, np.bool_)
            inside = Point(point.x - window.left, point.y - window.top)
            stroke(dab, inside, inside, self._disc.size.radius, True, look.aspect)
            if mask is not None:
                dab &= mask[window.slices] != paints
            for other in self._draft.others() if paints else ():
                dab &= ~other[window.slices]
            colour = theme.lesion_colour(self._draft.next_number, selected=True).name() if paints else theme.TEXT
            look = replace(look, preview=dab, window=window, colour=colour)
        self._disc.show(replace(look, line_from=line_from))

    def left(self) -> None:
        """Show nothing at the pointer, which is elsewhere."""
        self._disc.show(None)

    def pressed(self, pointer: Pointer) -> bool:
        """Begin a stroke with a dab, or with Shift a straight line from where the last one ended."""
        self._paints = self._paints_at(pointer)
        if not self._paints and self._draft.mask is None:
            self.said.emit(NOTHING_TO_ERASE)
            return False
        start = self._last_point if pointer.is_snapping else None
        if not self._draft.begin():
            return False
        self._at = start or Point(pointer.x, pointer.y)
        self.moved(pointer)
        return True

    def moved(self, pointer: Pointer) -> None:
        """Paint from where the pointer was to where it is; with Shift one straight line from where Shift was first held."""
        if self._at is None:
            return
        point = Point(pointer.x, pointer.y)
        if pointer.is_snapping:
            self._line = self._line or _Line(self._at)
            window = self._line.drawn(self._draft.canvas, point, self._disc.size.radius, self._paints, self._aspect)
            self._draft.touched(window)
        else:
            start = self._line.end if self._line is not None else self._at
            self._line, self._at = None, point
            self._draft.touched(stroke(self._draft.canvas, start, point, self._disc.size.radius, self._paints, self._aspect))
        self._disc.show(self._look(point, "+" if self._paints else "−"))

    def released(self, pointer: Pointer) -> None:
        """Make the stroke a step."""
        if self._at is None:
            return
        self.moved(pointer)
        number, case = self._draft.number, self._draft.case
        self._forget()
        self._draft.finish(PAINTED if self._paints else ERASED)
        if case is not None:
            self._last_end = (case.scan.path, case.scan.frame, number), Point(pointer.x, pointer.y)

    def scrolled(self, pointer: Pointer, notches: float) -> bool:
        """Become larger or smaller."""
        self._disc.size.step(notches)
        return True

    def entered(self) -> bool:
        """Return False: a stroke ends with its release."""
        return False

    def stepped_back(self) -> bool:
        """Return False: a stroke has no points."""
        return False

    def escaped(self) -> bool:
        """Drop the stroke."""
        was_drawing = self.is_drawing
        self._forget()
        self._draft.drop()
        return was_drawing

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    @property
    def _aspect(self) -> float:
        return self._view.look.aspect if self._view.look is not None else 1.0

    @property
    def _last_point(self) -> Point | None:
        """Where the last stroke on this lesion ended."""
        case = self._draft.case
        if case is None or self._last_end is None:
            return None
        of, point = self._last_end
        return point if of == (case.scan.path, case.scan.frame, self._draft.next_number) else None

    def _paints_at(self, pointer: Pointer) -> bool:
        return self._is_eraser == pointer.is_inverting

    def _look(self, point: Point, sign: str) -> Look:
        is_new = self._draft.mask is None
        note = f"drawing lesion {self._draft.next_number}" if is_new and sign == "+" else ""
        return Look(point, self._disc.size.radius, self._aspect, sign, note)

    def _forget(self) -> None:
        self._at = self._line = None


class _Line:
    """A straight line that follows the pointer: each replaces the last."""

    def __init__(self, start: Point) -> None:
        self._start = self.end = start
        self._before: tuple[Box, npt.NDArray[np.bool_]] | None = None

    def drawn(self, canvas: npt.NDArray[np.bool_], end: Point, radius: float, paints: bool, aspect: float) -> Box | None:
        """Draw the line to here, and return the window that changed."""
        undone = None
        if self._before is not None:
            undone, before = self._before
            canvas[undone.slices] = before
        self.end = end
        rows, columns = canvas.shape
        window = swept_window(self._start, end, radius, aspect, (rows, columns))
        self._before = (window, canvas[window.slices].copy()) if window is not None else None
        return enclosing(undone, stroke(canvas, self._start, end, radius, paints, aspect))
