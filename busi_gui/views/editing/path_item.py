"""What tools that draw lines show on the scan: the line, its anchors, and the pixels that it would add or take away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import window_of
from busi_gui.domain.scan import Box
from busi_gui.views import theme
from busi_gui.views.scan.corner_text import haloed
from busi_gui.views.scan.polygons import polygon_of
from busi_gui.views.scan.scan_view import ScanView
from models.analysis import Mask

_RIM = QColor(0, 0, 0, 170)
_LINE_PX = 1.75
_ANCHOR_PX, _RING_PX = 3.0, 7.0
"""Radius of an anchor, and of the ring around the one that a click would close on; of the screen."""
_DASHES = [4.0, 3.0]
_REACH_PX = 14.0
"""How far past its points a line is painted, with anchors and rings."""
_LABEL_AT = QPointF(14.0, -10.0)
"""From the pointer to what is written beside it."""
_ALPHA = 0.3


class Area:
    """Pixels of the scan in one colour: what would be added, or taken away.

    Attributes
    ----------
    mask, window
        Bool (rows, columns) of a window of the scan.
    """

    def __init__(self, mask: Mask, window: Box, colour: QColor) -> None:
        self.mask, self.window = mask, window
        self._colour = QColor(colour)
        self._image: QImage | None = None

    @classmethod
    def of(cls, mask: Mask, colour: QColor) -> Area | None:
        """Return the area of a mask of the whole scan; None where it is empty."""
        window = window_of(mask)
        return cls(mask[window.slices].copy(), window, colour) if window is not None else None

    @property
    def extent(self) -> QRectF:
        """Where it lies on the scan."""
        rows, columns = self.window.shape
        return QRectF(self.window.left, self.window.top, columns, rows)

    def draw(self, painter: QPainter) -> None:
        """Paint it, pixel by pixel, as one can see through."""
        if self._image is None:
            rows, columns = self.mask.shape
            tint = QColor(self._colour)
            tint.setAlphaF(_ALPHA)
            indexed = QImage(self.mask.view(np.uint8).data, columns, rows, columns, QImage.Format.Format_Indexed8)
            indexed.setColorTable([0, tint.rgba()])
            self._image = indexed.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(self.extent, self._image)


@dataclass(frozen=True, eq=False)
class PathLook:
    """What is shown. Points are in scan pixels.

    Attributes
    ----------
    colour
        Of the line.
    line
        What is drawn so far, and where it would go on.
    closing
        How it would be closed: dashed.
    anchors
        Points that the reader has set.
    ring
        The anchor on which a click would close the line.
    areas
        What would become of the pixels.
    at, label
        Where the pointer is, and what is written beside it.
    """

    colour: QColor
    line: Sequence[Point] = ()
    closing: Sequence[Point] = ()
    anchors: Sequence[Point] = ()
    ring: Point | None = None
    areas: tuple[Area, ...] = ()
    at: Point | None = None
    label: str = ""

    @property
    def extent(self) -> QRectF:
        """A rectangle that holds all of it, in scan pixels."""
        points = [*self.line, *self.closing, *self.anchors, *((self.at,) if self.at is not None else ())]
        extent = QRectF()
        if points:
            xs, ys = [point.x for point in points], [point.y for point in points]
            # A rectangle of no width would be lost when it is united with another.
            extent = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))).adjusted(-0.5, -0.5, 0.5, 0.5)
        for area in self.areas:
            extent = extent.united(area.extent)
        return extent


class PathGuide:
    """Lays a look over the scan, and has the view painted anew where it was and where it is, nowhere else."""

    def __init__(self, view: ScanView) -> None:
        self._view = view
        self._item = _PathItem()
        self._painted: tuple[QRectF, float] | None = None
        view.add_guide(self._item)

    @property
    def look(self) -> PathLook | None:
        """What is shown; None: nothing."""
        return self._item.look

    def show(self, look: PathLook | None) -> None:
        """Show this in place of the last, or nothing."""
        if look is None and self._item.look is None:
            return
        self._item.look = look
        before, self._painted = self._painted, None
        if look is not None:
            around = _REACH_PX if not look.label else self._view.fontMetrics().horizontalAdvance(look.label) * 1.5 + 40
            self._painted = look.extent, around
        for part in (before, self._painted):
            if part is not None:
                self._view.paint_anew(*part)


class _PathItem(QGraphicsItem):
    """Is painted wherever it is; who changes its look says where the view is to be painted anew."""

    def __init__(self) -> None:
        super().__init__()
        self.look: PathLook | None = None

    def boundingRect(self) -> QRectF:
        """Return more than any scan: a line may lead past it."""
        return QRectF(-1e5, -1e5, 3e5, 3e5)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw areas, lines, anchors and words, the latter as wide and as large at any zoom."""
        look = self.look
        if look is None:
            return
        for area in look.areas:
            area.draw(painter)
        to_screen = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line, closing = _on_screen(look.line, to_screen), _on_screen(look.closing, to_screen)
        for colour, wider in ((_RIM, 2.0), (look.colour, 0.0)):
            pen = QPen(colour, _LINE_PX + wider, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.BevelJoin)
            painter.setPen(pen)
            painter.drawPolyline(line)
            if wider == 0:
                pen.setDashPattern(_DASHES)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                painter.setPen(pen)
            painter.drawPolyline(closing)
        self._draw_anchors(painter, look, to_screen)
        if look.label and look.at is not None:
            painter.setFont(theme.scaled_font())
            haloed(painter, to_screen.map(QPointF(look.at.x, look.at.y)) + _LABEL_AT, look.label)
        painter.restore()

    def _draw_anchors(self, painter: QPainter, look: PathLook, to_screen: QTransform) -> None:
        for anchor in (to_screen.map(QPointF(point.x, point.y)) for point in look.anchors):
            painter.setPen(QPen(_RIM, 1.5))
            painter.setBrush(look.colour)
            painter.drawEllipse(anchor, _ANCHOR_PX, _ANCHOR_PX)
        if look.ring is not None:
            centre = to_screen.map(QPointF(look.ring.x, look.ring.y))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((_RIM, 4.0), (QColor(255, 255, 255), 2.0)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(centre, _RING_PX, _RING_PX)


def _on_screen(points: Sequence[Point], to_screen: QTransform) -> QPolygonF:
    places: npt.NDArray[np.float64] = np.array([(point.x, point.y) for point in points], np.float64).reshape(-1, 2)
    return polygon_of(places * (to_screen.m11(), to_screen.m22()) + (to_screen.dx(), to_screen.dy()))
