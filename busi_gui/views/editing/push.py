"""Push: a disc that pushes the outline of the lesion in hand before it."""

from __future__ import annotations

from math import floor

from PySide6.QtCore import QObject, Qt, Signal

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import Nudge
from busi_gui.views.editing.disc import Disc, Look
from busi_gui.views.editing.draft import Draft
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer

NOTHING_TO_PUSH = "There is no lesion in hand whose outline could be pushed. Click on one with the hand, or paint one with the brush."
PUSHED = "pushing the outline"


class Push(QObject):
    """A mask tool for `Tool.PUSH`.

    Signals
    -------
    said(str)
        Why nothing can be pushed: a sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, view: ScanView, draft: Draft, disc: Disc, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._draft, self._disc = view, draft, disc
        self._nudge: Nudge | None = None

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """Nothing: the disc is the cursor."""
        return Qt.CursorShape.BlankCursor if self._disc.look is not None else None

    @property
    def is_drawing(self) -> bool:
        """Whether a push goes on."""
        return self._nudge is not None

    def taken(self, tool: Tool) -> None:
        """Do nothing: the disc shows itself with the pointer."""

    def put_away(self) -> None:
        """Drop the push and show nothing any more."""
        self._nudge = None
        self._disc.show(None)

    def hovered(self, pointer: Pointer) -> None:
        """Show the disc, and whether a press here would push outwards (+) or inwards (−)."""
        mask = self._draft.mask
        rows, columns = mask.shape if mask is not None else (0, 0)
        row, column = floor(pointer.y), floor(pointer.x)
        is_inside = mask is not None and 0 <= row < rows and 0 <= column < columns and bool(mask[row, column])
        self._show(pointer, "" if mask is None else "+" if is_inside else "−")

    def left(self) -> None:
        """Show nothing at the pointer, which is elsewhere."""
        self._disc.show(None)

    def pressed(self, pointer: Pointer) -> bool:
        """Set the disc down."""
        if self._draft.mask is None:
            self.said.emit(NOTHING_TO_PUSH)
            return False
        if not self._draft.begin():
            return False
        self._nudge = Nudge(self._draft.canvas, Point(pointer.x, pointer.y), self._disc.size.radius, self._aspect)
        return True

    def moved(self, pointer: Pointer) -> None:
        """Push on."""
        if self._nudge is not None:
            self._draft.touched(self._nudge.moved(Point(pointer.x, pointer.y)))
            self._show(pointer, "+" if self._nudge.is_outwards else "−")

    def released(self, pointer: Pointer) -> None:
        """Make the push a step."""
        if self._nudge is not None:
            self.moved(pointer)
            self._nudge = None
            self._draft.finish(PUSHED)

    def scrolled(self, pointer: Pointer, notches: float) -> bool:
        """Become larger or smaller between pushes."""
        if not self.is_drawing:
            self._disc.size.step(notches)
        return True

    def entered(self) -> bool:
        """Return False: a push ends with its release."""
        return False

    def stepped_back(self) -> bool:
        """Return False: a push has no points."""
        return False

    def escaped(self) -> bool:
        """Drop the push."""
        was_drawing, self._nudge = self.is_drawing, None
        self._draft.drop()
        return was_drawing

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    @property
    def _aspect(self) -> float:
        return self._view.look.aspect if self._view.look is not None else 1.0

    def _show(self, pointer: Pointer, sign: str) -> None:
        self._disc.show(Look(Point(pointer.x, pointer.y), self._disc.size.radius, self._aspect, sign))
