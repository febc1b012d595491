"""CalliperHand: sets callipers on the scan of one view, and moves their ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from PySide6.QtCore import QLineF, QObject, QPointF, Qt, Signal

from busi_gui.domain.callipers import Angle, Calliper, Distance, Measured, Point, kept_inside, length_of, opening_of, snapped
from busi_gui.domain.scan import Scan
from busi_gui.services.editing import Editing
from busi_gui.views import wording
from busi_gui.views.measuring.calliper_items import CallipersItem, Mark
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer

_POINTS = {Tool.DISTANCE: 2, Tool.ANGLE: 3, Tool.CALIBRATE: 2}
"""How many points each tool sets; other tools set none."""
_REACH_PX = 8.0
"""How near the pointer must come to an end to take it; of the screen, like the next."""
_SLIP_PX = 3.0
"""Points that lie closer are one: the second click of a double click, or a hand that is not quite still."""


@dataclass(frozen=True)
class _Grip:
    """An end that the reader drags.

    Attributes
    ----------
    before, calliper
        As it was when the end was taken, and as it is by now.
    place
        Of the end, in the calliper's points.
    offset
        From the pointer to the end, in scan pixels, so that the end does not jump when it is taken.
    """

    before: Calliper
    calliper: Calliper
    place: int
    offset: tuple[float, float]


class CalliperHand(QObject):
    """A stylus that measures in one view.

    Press, drag and release sets a distance, and so do two clicks; a leg of an angle can be dragged too. An end is moved with any tool.

    Parameters
    ----------
    view
        Where it measures.
    editing
        Of the frame in the view: every measurement that is added, moved or deleted is a step there.
    parent
        Owns the hand.

    Attributes
    ----------
    view
        Where it measures.
    cursor
        What the pointer looks like where it was last seen; None: as with the tool in hand.

    Signals
    -------
    changed()
        Other measurements are there or selected.
    ruler_drawn(Distance)
        A line was drawn with the tool for calibrating; it stays until `drop_ruler`.
    tool_left()
        The reader wants no measuring tool any more.
    """

    changed = Signal()
    ruler_drawn = Signal(object)
    tool_left = Signal()

    def __init__(self, view: ScanView, editing: Editing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self.cursor: Qt.CursorShape | None = None
        self._editing = editing
        self._scan: Scan | None = None
        self._tool = Tool.HAND
        self._selected: int | None = None
        self._grip: _Grip | None = None
        self._fixed: tuple[Point, ...] = ()
        self._loose: Point | None = None
        self._ruler: Distance | None = None
        self._item = CallipersItem()
        view.add_note(self._item)
        view.add_stylus(self)
        view.case_shown.connect(self._on_case_shown)
        self._on_case_shown()

    # for whoever owns it --------------------------------------------------------------------------------------------------------------------------

    @property
    def callipers(self) -> tuple[Calliper, ...]:
        """The measurements of the frame on screen, in the order of their numbers."""
        return self.view.case.reading.callipers if self.view.case is not None else ()

    @property
    def selected(self) -> Calliper | None:
        """The measurement that the reader has selected."""
        return next((calliper for calliper in self.callipers if calliper.number == self._selected), None)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is drawn over the scan."""
        return self._item.marks

    def delete_selected(self) -> bool:
        """Delete the selected measurement; return whether there was one."""
        selected = self.selected
        if selected is not None:
            self._step("deleting", selected, (other for other in self.callipers if other.number != selected.number))
        return selected is not None

    def clear(self) -> None:
        """Delete every measurement."""
        if self.callipers:
            self._lay("clearing the measurements", ())

    def drop_ruler(self) -> None:
        """Take the line for calibrating away."""
        self._ruler = None
        self._draw()

    # stylus ---------------------------------------------------------------------------------------------------------------------------------------

    @property
    def is_drawing(self) -> bool:
        """Whether something is begun that Esc would drop."""
        return bool(self._fixed) or self._grip is not None

    def set_tool(self, tool: Tool) -> None:
        """Take another tool; what was begun with the last one is dropped."""
        self._tool = tool
        self._drop()

    def pressed(self, pointer: Pointer) -> bool:
        """Take an end, or set a point if a measuring tool is in hand."""
        if self._scan is None or not self._item.isVisible():
            return False
        if not self.is_drawing:
            self._grip = self._end_near(pointer)
        if self._grip is not None:
            self._select(self._grip.before.number)
            return True
        point = self._placed(pointer)
        is_beside_scan = self._gap(point, Point(pointer.x, pointer.y)) > _REACH_PX
        if self._tool not in _POINTS or (is_beside_scan and not self._fixed):
            return False
        if self._fixed:
            self._loose = point
        else:
            self._fixed = (point,)
        self._draw()
        return True

    def moved(self, pointer: Pointer, *, is_held: bool) -> None:
        """Let the end or the loose point follow; else show where an end can be taken."""
        if self._grip is not None:
            self._grip = self._moved(self._grip, pointer)
        elif self._fixed:
            self._loose = self._placed(pointer)
        else:
            is_over_end = not is_held and self._item.isVisible() and self._end_near(pointer) is not None
            self.cursor = Qt.CursorShape.SizeAllCursor if is_over_end else None
            return
        self._draw()

    def released(self, pointer: Pointer) -> None:
        """Let go of the end, or fix the loose point if it is not where the last one is."""
        if self._grip is not None:
            self._let_go(self._moved(self._grip, pointer))
        elif self._fixed:
            self._fix(self._placed(pointer))
        self._draw()

    def clicked(self, pointer: Pointer) -> None:
        """Select the measurement whose line was clicked, or none."""
        if self._item.isVisible():
            self._select(self._line_near(pointer.place))

    def left(self) -> None:
        """Do nothing: callipers stay where the pointer was."""

    def scrolled(self, pointer: Pointer, notches: float) -> bool:
        """Return False: callipers have no size."""
        return False

    def entered(self) -> bool:
        """Return False: callipers end with their last point."""
        return False

    def stepped_back(self) -> bool:
        """Return False: a calliper that is begun is dropped with Esc."""
        return False

    def escaped(self) -> bool:
        """Drop what is begun; else let go of the tool; else of the selection."""
        if self.is_drawing:
            self._drop()
        elif self._tool in _POINTS:
            self.tool_left.emit()
        elif self.selected is not None:
            self._select(None)
        else:
            return False
        return True

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    def _on_case_shown(self) -> None:
        case = self.view.case
        before, self._scan = self._scan, case.scan if case is not None else None
        if self._scan is None or before is None or _frame(self._scan) != _frame(before):
            self._selected, self._ruler, self.cursor = None, None, None
            self._drop()
        elif self._grip is not None and self._grip.before not in self.callipers:
            self._grip = None  # undone, or somebody else's reading taken over, under the reader's hand
        self._draw()
        self.changed.emit()

    def _step(self, doing: str, calliper: Calliper, after: Iterable[Calliper]) -> None:
        kind = "angle" if isinstance(calliper.measured, Angle) else "distance"
        self._lay(f"{doing} {kind} {calliper.number}", after)

    def _lay(self, name: str, after: Iterable[Calliper]) -> None:
        self._editing.edit(name, self._editing.reading.measured(after))

    @property
    def _next_number(self) -> int:
        return max((calliper.number for calliper in self.callipers), default=0) + 1

    def _drop(self) -> None:
        self._grip, self._fixed, self._loose = None, (), None
        self._draw()

    def _select(self, number: int | None) -> None:
        self._selected = number
        self._draw()
        self.changed.emit()

    def _placed(self, pointer: Pointer) -> Point:
        """Return the point that the pointer means: in the scan, and with Shift in line with the one before."""
        return self._in_scan(Point(pointer.x, pointer.y), self._fixed[-1] if pointer.is_snapping and self._fixed else None)

    def _in_scan(self, point: Point, anchor: Point | None) -> Point:
        look = self.view.look
        if self._scan is None or look is None:
            return point
        return kept_inside(point, self._scan.shape) if anchor is None else snapped(anchor, point, self._scan.shape, look.aspect)

    def _moved(self, grip: _Grip, pointer: Pointer) -> _Grip:
        points = grip.calliper.measured.points
        anchor = points[0 if grip.place == 1 else 1] if pointer.is_snapping else None
        point = self._in_scan(Point(pointer.x + grip.offset[0], pointer.y + grip.offset[1]), anchor)
        return replace(grip, calliper=replace(grip.calliper, measured=grip.calliper.measured.moved(grip.place, point)))

    def _let_go(self, grip: _Grip) -> None:
        self._grip = None
        before, after = (calliper.measured.points for calliper in (grip.before, grip.calliper))
        has_moved = self._gap(before[grip.place], after[grip.place]) > 0
        if has_moved and all(self._gap(*leg) > _SLIP_PX for leg in pairwise(after)):
            others = (grip.calliper if old.number == grip.calliper.number else old for old in self.callipers)
            self._step("moving", grip.calliper, others)

    def _fix(self, point: Point) -> None:
        if self._gap(self._fixed[-1], point) <= _SLIP_PX:
            self._loose = None
            return
        points = (*self._fixed, point)
        if len(points) < _POINTS.get(self._tool, 0):
            self._fixed, self._loose = points, None
            return
        self._fixed, self._loose = (), None
        self._finish(_measured(points))

    def _finish(self, measured: Measured) -> None:
        if self._tool is Tool.CALIBRATE and isinstance(measured, Distance):
            self._ruler = measured
            self.ruler_drawn.emit(measured)
        else:
            calliper = Calliper(self._next_number, measured)
            self._selected = calliper.number
            self._step("measuring", calliper, (*self.callipers, calliper))

    # where things lie on the screen ---------------------------------------------------------------------------------------------------------------

    def _on_screen(self, point: Point) -> QPointF:
        look = self.view.look
        return QPointF(*look.to_screen(point.x, point.y)) if look is not None else QPointF()

    def _gap(self, one: Point, other: Point) -> float:
        return QLineF(self._on_screen(one), self._on_screen(other)).length()

    def _end_near(self, pointer: Pointer) -> _Grip | None:
        ends = [(calliper, place, point) for calliper in self.callipers for place, point in enumerate(calliper.measured.points)]
        near = [(QLineF(self._on_screen(point), pointer.place).length(), calliper, place, point) for calliper, place, point in ends]
        # Of two ends in one place the later one lies on top.
        gap, calliper, place, point = min(reversed(near), key=lambda end: end[0], default=(_REACH_PX + 1, None, 0, None))
        if gap > _REACH_PX or calliper is None or point is None:
            return None
        return _Grip(calliper, calliper, place, (point.x - pointer.x, point.y - pointer.y))

    def _line_near(self, place: QPointF) -> int | None:
        gaps = [
            (_gap_to_line(place, self._on_screen(start), self._on_screen(end)), calliper.number)
            for calliper in self.callipers
            for start, end in pairwise(calliper.measured.points)
        ]
        gap, number = min(gaps, default=(_REACH_PX + 1, None))
        return number if gap <= _REACH_PX else None

    # what is drawn --------------------------------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        scan = self._scan
        if scan is None:
            self._item.set_marks((), (0, 0))
            return
        callipers = self.callipers
        if self._grip is not None:
            callipers = tuple(self._grip.calliper if calliper.number == self._grip.before.number else calliper for calliper in callipers)
        are_numbered = len(callipers) + bool(self._fixed and self._tool is not Tool.CALIBRATE) > 1
        marks = [
            Mark(
                calliper.measured.points,
                (f"{calliper.number}:  " if are_numbered else "") + _reading(scan, calliper.measured),
                calliper.number == self._selected and not self._fixed,
            )
            for calliper in callipers
        ]
        if self._ruler is not None:
            marks.append(Mark(self._ruler.points, is_selected=True))
        if self._fixed:
            marks.append(self._unfinished(scan, f"{self._next_number}:  " if are_numbered else ""))
        self._item.set_marks(marks, scan.shape)

    def _unfinished(self, scan: Scan, number: str) -> Mark:
        points = (*self._fixed, self._loose) if self._loose is not None else self._fixed
        if len(points) < _POINTS.get(self._tool, 0):
            return Mark(points)
        measured = _measured(points)
        if self._tool is Tool.CALIBRATE and isinstance(measured, Distance):
            return Mark(points, f"{length_of(scan, measured).px:.0f} px")
        return Mark(points, number + _reading(scan, measured))


def _frame(scan: Scan) -> tuple[object, ...]:
    return scan.path, scan.frame, scan.shape


def _measured(points: tuple[Point, ...]) -> Measured:
    """Return what two or three points measure, in the order in which they were set."""
    if len(points) == 2:
        return Distance(*points)
    one, vertex, other = points
    return Angle(vertex, one, other)


def _reading(scan: Scan, measured: Measured) -> str:
    if isinstance(measured, Angle):
        return wording.opening_text(opening_of(scan, measured))
    return wording.length_text(length_of(scan, measured))


def _gap_to_line(place: QPointF, start: QPointF, end: QPointF) -> float:
    along, to_place = end - start, place - start
    squared = QPointF.dotProduct(along, along)
    share = min(max(QPointF.dotProduct(to_place, along) / squared, 0.0), 1.0) if squared else 0.0
    return QLineF(place, start + along * share).length()
