"""LesionLines: the axes of the lesion in hand, drawn over the scan with their lengths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from busi_gui.domain.measures import Line, Measures
from busi_gui.domain.scan import Calibration
from busi_gui.services.settings import Settings
from busi_gui.views import theme, wording
from busi_gui.views.actions import Actions
from busi_gui.views.measuring.measures_in_hand import InHand, MeasuresInHand
from busi_gui.views.scan.corner_text import haloed
from busi_gui.views.scan.scan_view import ScanView

_RIM = QColor(0, 0, 0, 150)
_WIDTH = 1.25
"""Of a line; this and what follows in device-independent pixels."""
_TICK = 4.0
"""Half the length of the stroke at a line's end."""
_ASIDE = 8.0
"""Between the lesion and the lines for its extents."""
_GAP = 8.0
"""Between all that and what is written."""
_HALO = 4.0
"""How far lines and letters reach past where they lie."""


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a lesion.

    Attributes
    ----------
    number
        Of the lesion: its colour hangs on it.
    measures
        Where the lines lie; without axes none are drawn.
    has_extents
        Whether horizontal and vertical extent are drawn as well.
    text
        What is written beside it, a line each.
    """

    number: int
    measures: Measures
    has_extents: bool
    text: tuple[str, ...]

    @property
    def axes(self) -> tuple[Line, ...]:
        """The lines across the lesion, in scan pixels."""
        return tuple(line for line in (self.measures.long_axis, self.measures.short_axis) if line is not None)


class LesionLinesItem(QGraphicsItem):
    """Axes and extents of one lesion: as thin at any zoom, readable on black and on white."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: Drawn | None = None
        self._extent = QRectF()
        self._covered = QRectF()

    @property
    def drawn(self) -> Drawn | None:
        """What is drawn."""
        return self._drawn

    @property
    def covered(self) -> QRectF:
        """The rectangle that was last drawn in, in device-independent pixels of the view; empty where nothing was."""
        return self._covered

    def draw(self, drawn: Drawn | None, shape: tuple[int, int]) -> None:
        """Draw this over a scan of so many rows and columns; None: nothing. Whoever calls it has the view painted where that changes it."""
        rows, columns = shape
        extent = QRectF(0, 0, columns, rows)
        if extent != self._extent:
            self.prepareGeometryChange()
            self._extent = extent
        self._drawn = drawn

    def boundingRect(self) -> QRectF:
        """Return the scan's extent: the canvas draws all of itself whatever is said here."""
        return self._extent

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the lines with a stroke at each end, then their lengths, off the lesion."""
        self._covered = QRectF()
        if self._drawn is None:
            return
        sight = QRectF(widget.rect()) if widget is not None else QRectF(painter.window())
        layout = laid_out(self._drawn, painter.worldTransform(), sight)
        self._covered = layout.covered
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, width in ((_RIM, _WIDTH + 2), (theme.lesion_colour(self._drawn.number, selected=True), _WIDTH)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLines(layout.strokes)
        painter.setFont(theme.scaled_font())
        metrics = QFontMetricsF(painter.font())
        for place, line in enumerate(self._drawn.text):
            haloed(painter, layout.text.topLeft() + QPointF(0, metrics.ascent() + place * metrics.height()), line)
        painter.restore()


@dataclass(frozen=True)
class Layout:
    """Where everything is drawn, in device-independent pixels of the view.

    Attributes
    ----------
    strokes
        The lines, and the short ones across their ends.
    text
        The rectangle that is written in.
    """

    strokes: list[QLineF]
    text: QRectF

    @property
    def covered(self) -> QRectF:
        """The rectangle that everything is drawn in, with rims and halos."""
        covered = QRectF(self.text)
        for stroke in self.strokes:
            covered |= QRectF(stroke.p1(), stroke.p2()).normalized()
        return covered.adjusted(-_HALO, -_HALO, _HALO, _HALO)


def laid_out(drawn: Drawn, to_screen: QTransform, sight: QRectF) -> Layout:
    """Return where everything is drawn of a lesion in a view with this rectangle."""
    box = _box(drawn.measures, to_screen)
    lines = [_on_screen(line, to_screen) for line in drawn.axes]
    if drawn.has_extents:
        lines += extents(box)
        box.adjust(0, 0, _ASIDE + _TICK, _ASIDE + _TICK)
    strokes = [stroke for line in lines for stroke in (line, *_ticks(line))]
    metrics = QFontMetricsF(theme.scaled_font())
    size = QSizeF(max(metrics.horizontalAdvance(line) for line in drawn.text), metrics.height() * len(drawn.text))
    return Layout(strokes, text_place(box, size, sight))


def extents(box: QRectF) -> list[QLineF]:
    """Return the lines for horizontal and vertical extent, below a lesion's box and to its right."""
    below, beside = box.bottom() + _ASIDE, box.right() + _ASIDE
    return [QLineF(box.left(), below, box.right(), below), QLineF(beside, box.top(), beside, box.bottom())]


def text_place(box: QRectF, size: QSizeF, sight: QRectF) -> QRectF:
    """Return where to write a text of this size: below a box, above it, to its right or left; in the corner of sight where it leaves no room."""
    inside = sight.adjusted(_GAP, _GAP, -_GAP, -_GAP)
    for place in _around(box, size):
        pushed = QRectF(QPointF(_between(inside.left(), place.left(), inside.right() - size.width()), place.top()), size)
        pushed.moveTop(_between(inside.top(), place.top(), inside.bottom() - size.height()))
        if not pushed.intersects(box):
            return pushed
    return QRectF(inside.bottomLeft() - QPointF(0, size.height()), size)


def _around(box: QRectF, size: QSizeF) -> Iterator[QRectF]:
    left, top = box.center().x() - size.width() / 2, box.center().y() - size.height() / 2
    yield QRectF(QPointF(left, box.bottom() + _GAP), size)
    yield QRectF(QPointF(left, box.top() - _GAP - size.height()), size)
    yield QRectF(QPointF(box.right() + _GAP, top), size)
    yield QRectF(QPointF(box.left() - _GAP - size.width(), top), size)


def _between(low: float, value: float, high: float) -> float:
    return max(low, min(value, high))


def _box(measures: Measures, to_screen: QTransform) -> QRectF:
    top, left, bottom, right = measures.bbox
    return to_screen.mapRect(QRectF(left, top, right - left, bottom - top))


def _on_screen(line: Line, to_screen: QTransform) -> QLineF:
    start, end = (to_screen.map(QPointF(point.x, point.y)) for point in line)
    return QLineF(start, end)


def _ticks(line: QLineF) -> Iterator[QLineF]:
    """Yield a short stroke across each end of a line."""
    length = line.length()
    if length > 0:
        across = QPointF(-line.dy(), line.dx()) * (_TICK / length)
        for end in (line.p1(), line.p2()):
            yield QLineF(end - across, end + across)


class LesionLines(QObject):
    """Draws the measures of the lesion in hand over a view's scan, as the reader wants it; hidden with the overlays.

    Parameters
    ----------
    view
        Where they are drawn.
    in_hand
        What is measured.
    actions
        ``lesion_measures`` and ``lesion_extents`` switch them.
    settings
        Remembers whether they are on.
    parent
        Owns it.
    """

    def __init__(self, view: ScanView, in_hand: MeasuresInHand, actions: Actions, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._in_hand, self._settings = view, in_hand, settings
        self.item = LesionLinesItem()
        view.add_note(self.item)
        self.item.setZValue(self.item.zValue() - 0.5)  # beneath what the reader has measured
        self._switches = {name: actions[name] for name in ("lesion_measures", "lesion_extents")}
        for name, is_on in (("lesion_measures", True), ("lesion_extents", False)):
            self._switches[name].setChecked(settings.is_layer_visible(name, is_on))
            self._switches[name].toggled.connect(self._on_switched)
        in_hand.changed.connect(self._draw)
        self._draw()

    def _on_switched(self) -> None:
        for name, action in self._switches.items():
            self._settings.set_layer_visible(name, action.isChecked())
        self._draw()

    def _draw(self) -> None:
        case, lesion = self._view.case, self._in_hand.lesion
        is_on, has_extents = (action.isChecked() for action in self._switches.values())
        self._switches["lesion_extents"].setEnabled(is_on)
        is_drawn = lesion is not None and not lesion.is_hidden and is_on
        drawn = _drawn(lesion, has_extents) if lesion is not None and is_drawn else None
        if drawn == self.item.drawn:
            return
        before = self.item.covered
        self.item.draw(drawn, case.scan.shape if case is not None else (0, 0))
        self._paint_anew(before)
        if drawn is not None and self._view.look is not None:
            look = self._view.look
            to_screen = QTransform(look.scale, 0, 0, look.scale_y, *look.origin)
            self._paint_anew(laid_out(drawn, to_screen, QRectF(0, 0, look.width, look.height)).covered)

    def _paint_anew(self, part: QRectF) -> None:
        """Paint a part of the view anew, and nothing else: lines that follow a brush must not make it slow."""
        look = self._view.look
        if look is not None and not part.isEmpty():
            (left, top), (right, bottom) = look.to_scan(part.left(), part.top()), look.to_scan(part.right(), part.bottom())
            self._view.paint_anew(QRectF(left, top, right - left, bottom - top))


def _drawn(lesion: InHand, has_extents: bool) -> Drawn:
    sizes = wording.size_text(lesion.measures, lesion.calibration)
    if lesion.calibration is Calibration.NONE:
        sizes = wording.diameters_text(lesion.measures)  # the corner says that the scan is not calibrated: here the words would cover tissue
    more = (f"horizontal × vertical {wording.extents_text(lesion.measures)}",) if has_extents else ()
    return Drawn(lesion.number, lesion.measures, has_extents, (sizes, *more))
