"""Grow: a click takes the region around it; a drag makes it larger or smaller."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject

from busi_gui.domain.callipers import Point
from busi_gui.domain.region_grow import DEFAULT_TOLERANCE, RegionGrow
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.path_item import PathLook
from busi_gui.views.editing.path_tool import NOTHING_TO_TAKE_FROM, TAKING_AWAY, PathTool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer
from models.analysis import Mask

NAME = "region grow"
WHOLE_PX = 500.0
"""Dragging so far, in device-independent pixels, leads from the lowest tolerance to the highest."""
NOTCH = 0.02
"""Of tolerance, for one notch of the wheel."""


class Grow(PathTool):
    """A mask tool for `Tool.GROW`: press on a seed, drag right for more and left for less, let go."""

    def __init__(self, view: ScanView, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(view, draft, parent)
        self._tolerance = DEFAULT_TOLERANCE
        self._seed = Point(0.0, 0.0)
        self._from = 0.0, DEFAULT_TOLERANCE
        self._grower: RegionGrow | None = None
        self._of: tuple[object, object] = (None, None)

    @property
    def tolerance(self) -> float:
        """With which the next region begins, in [0, 1]."""
        return self._tolerance

    def put_away(self) -> None:
        """Drop the region, and what was prepared of the scan."""
        super().put_away()
        self._grower, self._of = None, (None, None)

    def pressed(self, pointer: Pointer) -> bool:
        """Set the seed, if it lies on the scan."""
        rows, columns = self._shape
        if not (0 <= pointer.x < columns and 0 <= pointer.y < rows):
            return False
        if pointer.is_inverting and self._mask is None:
            self.said.emit(NOTHING_TO_TAKE_FROM)
            return False
        if not self._begin():
            return False
        self._seed = Point(pointer.x, pointer.y)
        self._from = pointer.place.x(), self._tolerance
        self._show(pointer)
        return True

    def moved(self, pointer: Pointer) -> None:
        """Take more to the right, less to the left."""
        if self.is_drawing and not self._is_elsewhere:
            start, tolerance = self._from
            self._tolerance = min(max(tolerance + (pointer.place.x() - start) / WHOLE_PX, 0.0), 1.0)
            self._show(pointer)

    def released(self, pointer: Pointer) -> None:
        """Take the region."""
        if not self.is_drawing:
            return
        if self._is_elsewhere:
            self._drop()
        else:
            self.moved(pointer)
            self._take(self._region(), pointer.is_inverting, NAME)

    def scrolled(self, pointer: Pointer, notches: float) -> bool:
        """Take more or less, also of the next region."""
        if self.is_drawing and not self._is_elsewhere:
            start, tolerance = self._from
            self._from = start, tolerance + notches * NOTCH
            self.moved(pointer)
        else:
            self._tolerance = min(max(self._tolerance + notches * NOTCH, 0.0), 1.0)
            self.hovered(pointer)
        return True

    def _label(self, takes_away: bool) -> str:
        return f"{TAKING_AWAY if takes_away else '+'} {self._tolerance * 100:.0f} %  {super()._label(False)}".rstrip()

    def _show(self, pointer: Pointer) -> None:
        region, takes_away = self._region(), pointer.is_inverting
        mask = self._mask
        base = mask if mask is not None else np.zeros(region.shape, np.bool_)
        self._draft.propose(base & ~region if takes_away else base | region)
        self.guide.show(
            PathLook(
                self._colour(takes_away),
                anchors=(self._seed,),
                areas=self._change(region, takes_away),
                at=Point(pointer.x, pointer.y),
                label=self._label(takes_away),
            )
        )

    def _region(self) -> Mask:
        case = self._draft.case
        assert case is not None, "a region is begun on a scan"
        analysis = case.analysis if self._view.shows_result else None  # what looks like no ultrasound is seen by the greys alone
        of = case.scan.pixels, analysis
        if self._grower is None or any(one is not other for one, other in zip(of, self._of, strict=True)):
            probability = analysis.probability if analysis is not None else None
            self._grower, self._of = RegionGrow(case.scan.pixels, probability, case.scan.field), of
        return self._grower.grown(self._seed, self._tolerance)
