"""CallipersItem: lines between marks, with their readings, as a layer over the scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, degrees, hypot

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from busi_gui.domain.callipers import Point
from busi_gui.views import theme
from busi_gui.views.scan.corner_text import haloed

_LINE = QColor("#ffffff")
_RIM = QColor(0, 0, 0, 150)
_ARM = 6.0
"""Half the width of a mark; this and what follows in device-independent pixels."""
_GAP = 8.0
"""Between a mark and what is written beside it."""
_ARC = 18.0
"""Radius of the arc in an angle."""
_DASHES = [3.0, 3.0]


@dataclass(frozen=True)
class Mark:
    """One measurement as it is drawn.

    Attributes
    ----------
    points
        In scan pixels, joined in their order; of three the middle one is the vertex of an angle.
    reading
        What is written beside it, empty for nothing.
    is_selected
        Whether it stands out.
    """

    points: tuple[Point, ...]
    reading: str = ""
    is_selected: bool = False


class CallipersItem(QGraphicsItem):
    """Every measurement of a frame: as large at any zoom, readable on black and on white."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: tuple[Mark, ...] = ()
        self._extent = QRectF()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is drawn."""
        return self._marks

    def set_marks(self, marks: Sequence[Mark], shape: tuple[int, int]) -> None:
        """Draw these over a scan of so many rows and columns."""
        rows, columns = shape
        extent = QRectF(0, 0, columns, rows)
        if extent != self._extent:
            self.prepareGeometryChange()
            self._extent = extent
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the scan's extent: marks never leave it, and the canvas draws all of itself whatever is said here."""
        return self._extent

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw lines and marks, then the readings, each where it hides no other."""
        if not self._marks:
            return
        to_screen = painter.worldTransform()
        sight = QRectF(widget.rect()) if widget is not None else QRectF(painter.window())
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        drawn = [(mark, _on_screen(mark, to_screen)) for mark in self._marks]
        for mark, points in drawn:
            _draw(painter, mark, points)
        painter.setFont(theme.scaled_font())
        metrics = QFontMetricsF(painter.font())
        taken = [_around(point) for _, points in drawn for point in points]
        lines = [line for _, points in drawn for line in _lines(points)]
        for mark, points in drawn:
            if mark.reading:
                size = QSizeF(metrics.horizontalAdvance(mark.reading), metrics.height())
                place = reading_place(points, size, sight, taken, lines)
                taken.append(place)
                haloed(painter, place.topLeft() + QPointF(0, metrics.ascent()), mark.reading)
        painter.restore()


def reading_place(points: Sequence[QPointF], size: QSizeF, sight: QRectF, taken: Sequence[QRectF], lines: Sequence[QLineF]) -> QRectF:
    """Return where to write a reading of this size: beside the points, in sight, over no line and nothing that is taken, as far as can be had."""
    inside = sight.adjusted(_GAP, _GAP, -_GAP, -_GAP)
    places = list(_beside(points, size))
    seen = [place for place in places if inside.contains(place)]
    pushed = [_pushed_into(inside, place) for place in places]
    for place in (*seen, *pushed):
        if not any(place.intersects(other) for other in taken) and not any(_crosses(line, place) for line in lines):
            return place
    return (*seen, *pushed)[0]


def _pushed_into(inside: QRectF, place: QRectF) -> QRectF:
    left = max(min(place.left(), inside.right() - place.width()), inside.left())
    top = max(min(place.top(), inside.bottom() - place.height()), inside.top())
    return QRectF(left, top, place.width(), place.height())


def _beside(points: Sequence[QPointF], size: QSizeF) -> Iterator[QRectF]:
    """Yield places in the angle, if it is one; to the right, to the left, below and above; then farther and farther from the right end."""
    width, height = size.width(), size.height()
    if len(points) == 3:
        for farther in range(4):
            middle = _in_angle(points, width / 2 + _ARC + _GAP * (1 + farther))
            yield QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
    left, right = min(points, key=QPointF.x), max(points, key=QPointF.x)
    top, bottom = min(points, key=QPointF.y), max(points, key=QPointF.y)
    away = _ARM + _GAP
    yield QRectF(right.x() + away, right.y() - height / 2, width, height)
    yield QRectF(left.x() - away - width, left.y() - height / 2, width, height)
    yield QRectF(bottom.x() - width / 2, bottom.y() + away, width, height)
    yield QRectF(top.x() - width / 2, top.y() - away - height, width, height)
    for step in range(1, 4):
        yield QRectF(right.x() + away, right.y() + height * (step - 0.5), width, height)
        yield QRectF(right.x() + away, right.y() - height * (step + 0.5), width, height)


def _in_angle(points: Sequence[QPointF], distance: float) -> QPointF:
    """Return the place at a distance from the vertex, midway between the legs."""
    one, vertex, other = points
    units = [(end - vertex) / (QLineF(vertex, end).length() or 1.0) for end in (one, other)]
    between = units[0] + units[1]
    return vertex + between * (distance / (hypot(between.x(), between.y()) or 1.0))


def _on_screen(mark: Mark, to_screen: QTransform) -> list[QPointF]:
    return [to_screen.map(QPointF(point.x, point.y)) for point in mark.points]


def _crosses(line: QLineF, box: QRectF) -> bool:
    corners = (box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft())
    sides = [QLineF(start, end) for start, end in pairwise((*corners, corners[0]))]
    return box.contains(line.p1()) or any(line.intersects(side)[0] == QLineF.IntersectionType.BoundedIntersection for side in sides)


def _around(point: QPointF) -> QRectF:
    return QRectF(point.x() - _ARM, point.y() - _ARM, 2 * _ARM, 2 * _ARM)


def _lines(points: Sequence[QPointF]) -> list[QLineF]:
    return [QLineF(start, end) for start, end in pairwise(points)]


def _draw(painter: QPainter, mark: Mark, points: list[QPointF]) -> None:
    lines = _lines(points)
    arms = [arm for point in points for arm in _arms(point)]
    for colour, wider in ((_RIM, 2.0), (_LINE, 0.0)):
        pen = QPen(colour, (1.6 if mark.is_selected else 1.0) + wider, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
        if colour is _LINE and not mark.is_selected:
            pen.setDashPattern(_DASHES)
        painter.setPen(pen)
        painter.drawLines(lines)
        if len(points) == 3:
            _draw_arc(painter, points)
        painter.setPen(QPen(colour, (2.0 if mark.is_selected else 1.4) + wider, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
        painter.drawLines(arms)
    if mark.is_selected:
        painter.setPen(QPen(QColor(theme.ACCENT), 1.4))
        for point in points:
            painter.drawEllipse(point, _ARM + 3, _ARM + 3)


def _arms(point: QPointF) -> tuple[QLineF, QLineF]:
    across, down = QPointF(_ARM, 0), QPointF(0, _ARM)
    return QLineF(point - across, point + across), QLineF(point - down, point + down)


def _draw_arc(painter: QPainter, points: list[QPointF]) -> None:
    one, vertex, other = points
    legs = [end - vertex for end in (one, other)]
    radius = min(_ARC, *(QLineF(vertex, end).length() / 2 for end in (one, other)))
    # Qt counts sixteenths of a degree, against the clock.
    start, end = (degrees(atan2(-leg.y(), leg.x())) for leg in legs)
    span = (end - start + 180) % 360 - 180
    box = QRectF(vertex.x() - radius, vertex.y() - radius, 2 * radius, 2 * radius)
    painter.drawArc(box, round(start * 16), round(span * 16))
