"""Cut: a line through the lesion in hand, of which each side becomes a lesion of its own."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PySide6.QtCore import QObject

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import cut_along
from busi_gui.domain.masks.crumbs import without_crumbs
from busi_gui.domain.reading_changes import with_split
from busi_gui.services.session import Session
from busi_gui.views import theme
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.path_item import Area, PathLook
from busi_gui.views.editing.path_tool import PathTool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer
from models.analysis import Mask

NOTHING_TO_CUT = "There is no lesion in hand to cut. Click on one with the hand first."
DOES_NOT_PART = "The line does not part {called}."
_TOLERANCE_PX = 0.25
"""How far the line that is cut along may be off the one that was drawn: fewer corners are cut along sooner."""


class Cut(PathTool):
    """A mask tool for `Tool.CUT`. The larger side keeps number, name and assessment; with Shift the line is straight."""

    def __init__(self, session: Session, view: ScanView, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(view, draft, parent)
        self._session = session
        self._points: list[Point] = []

    def hovered(self, pointer: Pointer) -> None:
        """Show nothing before the line is begun."""

    def pressed(self, pointer: Pointer) -> bool:
        """Begin the line."""
        if self._draft.mask is None:
            self.said.emit(NOTHING_TO_CUT)
            return False
        if not self._begin():
            return False
        self._points = [Point(pointer.x, pointer.y)]
        self._show()
        return True

    def moved(self, pointer: Pointer) -> None:
        """Draw on."""
        if self.is_drawing and not self._is_elsewhere:
            point = Point(pointer.x, pointer.y)
            self._points = [self._points[0], point] if pointer.is_snapping else [*self._points, point]
            self._show()

    def released(self, pointer: Pointer) -> None:
        """Cut along the line."""
        if not self.is_drawing:
            return
        self.moved(pointer)
        number, title, is_dropped = self._number, self._called, self._is_elsewhere or self._is_slip(self._points)
        pieces = [] if is_dropped else self._pieces()
        self._drop()
        if is_dropped:
            return
        if len(pieces) < 2:
            self.said.emit(DOES_NOT_PART.format(called=title))
            return
        editing = self._session.editing
        editing.edit(f"cutting {title}", with_split(editing.reading, number, pieces))

    def _pieces(self) -> list[Mask]:
        mask = self._mask
        return without_crumbs(cut_along(mask, simplified(self._points))) if mask is not None else []

    def _show(self) -> None:
        pieces, case = self._pieces(), self._draft.case
        numbers = [self._number, *(case.reading.next_number + place for place in range(len(pieces) - 1))] if case is not None else []
        found = [Area.of(piece, theme.lesion_colour(number)) for piece, number in zip(pieces, numbers, strict=False)] if len(pieces) > 1 else []
        self.guide.show(PathLook(self._colour(True), line=tuple(self._points), areas=tuple(area for area in found if area is not None)))


def simplified(points: Sequence[Point]) -> list[Point]:
    """Return a line with no more corners than it needs."""
    places = np.array([(point.x, point.y) for point in points], np.float32).reshape(-1, 1, 2)
    return [Point(float(x), float(y)) for x, y in cv2.approxPolyDP(places, _TOLERANCE_PX, closed=False).reshape(-1, 2)]
