"""PathTool: what tools have in common that enclose or point out an area, to be added to the lesion in hand or taken away from it."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor

from busi_gui.domain.callipers import Point
from busi_gui.domain.case import Case
from busi_gui.domain.masks import polygon
from busi_gui.views import theme
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.lesion_edits import called
from busi_gui.views.editing.path_item import Area, PathGuide, PathLook
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer
from models.analysis import Mask

NOTHING_TO_TAKE_FROM = "There is no lesion in hand to take away from. Click on one with the hand first."
NOTHING_THERE = "Nothing of {called} lies there."
ALREADY = "All of that belongs to {called} already. With Ctrl it is taken away."
TAKING_AWAY = "− taking away"
SLIP_PX = 4.0
"""A line that stays so close to where it began was a slip; of the screen."""


class PathTool(QObject):
    """A mask tool that changes the lesion in hand by an area: it is added or, with Ctrl held at the end, taken away.

    An area is always added to what is there, also where it encloses the lesion or lies within it. With no lesion in hand it begins a new one. What is
    begun is dropped when another frame comes on screen.

    Parameters
    ----------
    view
        Where it draws.
    draft
        What it changes.
    parent
        Owns the tool.

    Attributes
    ----------
    guide
        What it shows.

    Signals
    -------
    said(str)
        Why nothing is changed: a sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, view: ScanView, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._draft = view, draft
        self.guide = PathGuide(view)
        self._begun_on: tuple[object, ...] | None = None

    # the mask tool, as far as most agree ----------------------------------------------------------------------------------------------------------

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """A cross."""
        return None

    @property
    def is_drawing(self) -> bool:
        """Whether something is begun."""
        return self._begun_on is not None

    def taken(self, tool: Tool) -> None:
        """Do nothing: there is nothing to see before the pointer moves."""

    def put_away(self) -> None:
        """Drop what is begun and show nothing any more."""
        self._forget()

    def hovered(self, pointer: Pointer) -> None:
        """Say beside the pointer what it would do, where that is not plain."""
        self.guide.show(PathLook(self._colour(pointer.is_inverting), at=_point(pointer), label=self._label(pointer.is_inverting)))

    def pressed(self, pointer: Pointer) -> bool:
        """Begin; every tool in its own way."""
        raise NotImplementedError

    def moved(self, pointer: Pointer) -> None:
        """Follow the pointer."""
        raise NotImplementedError

    def released(self, pointer: Pointer) -> None:
        """End the drag."""
        raise NotImplementedError

    def left(self) -> None:
        """Show nothing at the pointer, which is elsewhere."""
        self.guide.show(None)

    def scrolled(self, pointer: Pointer, notches: float) -> bool:
        """Return False: there is no size."""
        return False

    def entered(self) -> bool:
        """Return False: there is nothing to close."""
        return False

    def stepped_back(self) -> bool:
        """Return False: there are no points to take back."""
        return False

    def escaped(self) -> bool:
        """Drop what is begun."""
        was_drawing = self.is_drawing
        self._drop()
        return was_drawing

    # for the tools --------------------------------------------------------------------------------------------------------------------------------

    def _begin(self) -> bool:
        """Begin a change; return whether the lesion in hand, or a new one, may be changed."""
        if not self._draft.begin():
            return False
        self._begun_on = _frame(self._draft.case)
        return True

    def _forget(self) -> None:
        """Let go of what is begun, without a word to the draft."""
        self._begun_on = None
        self.guide.show(None)

    def _drop(self) -> None:
        if self.is_drawing:
            self._forget()
            self._draft.drop()

    @property
    def _is_elsewhere(self) -> bool:
        """Whether another frame has come on screen since it was begun."""
        return self._begun_on != _frame(self._draft.case)

    @property
    def _number(self) -> int:
        """The lesion that is being changed, or would be."""
        return self._draft.number or self._draft.next_number

    @property
    def _mask(self) -> Mask | None:
        """The mask of that lesion as it is in the reading; None where it is a new one."""
        case = self._draft.case
        lesion = case.lesion(self._number) if case is not None else None
        return lesion.mask if lesion is not None else None

    @property
    def _shape(self) -> tuple[int, int]:
        return self._draft.case.scan.shape if self._draft.case is not None else (0, 0)

    @property
    def _aspect(self) -> float:
        return self._view.look.aspect if self._view.look is not None else 1.0

    @property
    def _called(self) -> str:
        lesion = self._draft.case.lesion(self._number) if self._draft.case is not None else None
        return called(lesion.outline) if lesion is not None else f"lesion {self._number}"

    def _colour(self, takes_away: bool) -> QColor:
        return QColor(theme.TEXT) if takes_away else theme.lesion_colour(self._number, selected=True)

    def _label(self, takes_away: bool) -> str:
        """Return what is written beside the pointer: nothing where it simply adds."""
        if takes_away:
            return TAKING_AWAY
        return f"drawing lesion {self._number}" if self._mask is None else ""

    def _screen_distance(self, point: Point, pointer: Pointer) -> float:
        """Return how far a point of the scan is from the pointer, in device-independent pixels."""
        look = self._view.look
        if look is None:
            return 0.0
        x, y = look.to_screen(point.x, point.y)
        return hypot(x - pointer.place.x(), y - pointer.place.y())

    def _is_slip(self, points: Sequence[Point]) -> bool:
        """Return whether a line stays so close to its beginning that it was not meant."""
        look = self._view.look
        if look is None or not points:
            return True
        first = points[0]
        return all(hypot((point.x - first.x) * look.scale, (point.y - first.y) * look.scale_y) < SLIP_PX for point in points)

    def _change(self, area: Mask, takes_away: bool) -> tuple[Area, ...]:
        """Return which pixels would change if an area, bool (rows, columns), were added or taken away."""
        found = Area.of(area, self._colour(takes_away))
        if found is None:
            return ()
        mask, part = self._mask, found.window.slices
        if takes_away:
            found.mask &= mask[part] if mask is not None else np.zeros_like(found.mask)
        else:
            for other in (*self._others(), *((mask,) if mask is not None else ())):
                found.mask &= ~other[part]
        return (found,)

    def _others(self) -> list[Mask]:
        case = self._draft.case
        return [lesion.mask for lesion in case.lesions if lesion.number != self._number] if case is not None else []

    def _enclosed(self, points: Sequence[Point], takes_away: bool) -> tuple[Area, ...]:
        return self._change(polygon(points, self._shape), takes_away) if len(points) > 2 else ()

    def _take(self, area: Mask, takes_away: bool, name: str) -> None:
        """End what is begun: one step that adds an area or takes it away; where that changes nothing the reader is told why."""
        mask = self._mask
        base = mask if mask is not None else np.zeros(area.shape, np.bool_)
        sentence = _why_nothing(area, base, takes_away, is_new=mask is None).format(called=self._called)
        self._forget()
        if sentence or not area.any():
            self._draft.drop()
            if sentence:
                self.said.emit(sentence)
            return
        self._draft.propose(base & ~area if takes_away else base | area)
        self._draft.finish(name)


def _why_nothing(area: Mask, base: Mask, takes_away: bool, *, is_new: bool) -> str:
    if not area.any():
        return ""
    if takes_away:
        return NOTHING_TO_TAKE_FROM if is_new else "" if (base & area).any() else NOTHING_THERE
    return "" if (area & ~base).any() else ALREADY


def _frame(case: Case | None) -> tuple[object, ...]:
    return (case.scan.path, case.scan.frame, case.scan.shape) if case is not None else ()


def _point(pointer: Pointer) -> Point:
    return Point(pointer.x, pointer.y)
