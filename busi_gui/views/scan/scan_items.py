"""What the scene is made of: the scan, coloured maps, lesions.

Coordinates are scan pixels: pixel (row, column) covers x in [column, column + 1] and y in [row, row + 1].
"""

from __future__ import annotations

from math import ceil, floor, log2

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from busi_gui.domain.case import Lesion
from busi_gui.views import theme
from busi_gui.views.scan.overlays import Bytes, Polygon, coloured, gray_table, outline, simplified
from busi_gui.views.scan.pyramid import Pyramid
from models.analysis import FloatMap

_ALMOST = 1e-3
"""Of a device pixel: how far rounding may put an edge off the pixel that it lies on."""
_TOLERANCE_PX = 0.25
"""Of a device pixel: how far a border may be off where the scan is shown smaller than it is."""
_RIM = QColor(0, 0, 0, 110)


class ScanItem(QGraphicsItem):
    """The scan through the window: sampled for the very pixels of the screen that it covers, however large it is."""

    def __init__(self) -> None:
        super().__init__()
        self._pyramid: Pyramid | None = None
        self._grays = gray_table(255, 127.5)
        self._drawn: tuple[tuple[float, ...], Bytes] | None = None

    def set_pixels(self, pixels: Bytes | None) -> None:
        """Show these pixels, uint8 (rows, columns)."""
        self.prepareGeometryChange()
        self._pyramid = None if pixels is None else Pyramid(pixels)
        self._drawn = None
        self.update()

    def set_grays(self, table: Bytes) -> None:
        """Show gray value g as ``table[g]``."""
        self._grays = table
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the scan's extent."""
        if self._pyramid is None:
            return QRectF()
        rows, columns = self._pyramid.pixels.shape
        return QRectF(0, 0, columns, rows)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw the part in sight, pixel by pixel of the screen."""
        if self._pyramid is None:
            return
        ratio = painter.device().devicePixelRatio()
        to_screen = painter.worldTransform()
        sight = QRectF(widget.rect()) if widget is not None else QRectF(painter.window())
        shown = to_screen.mapRect(self.boundingRect()) & sight
        left, top = floor(shown.left() * ratio + _ALMOST), floor(shown.top() * ratio + _ALMOST)
        width, height = ceil(shown.right() * ratio - _ALMOST) - left, ceil(shown.bottom() * ratio - _ALMOST) - top
        if width <= 0 or height <= 0:
            return
        step = 1 / (to_screen.m11() * ratio), 1 / (to_screen.m22() * ratio)
        origin = (left / ratio - to_screen.dx()) / to_screen.m11(), (top / ratio - to_screen.dy()) / to_screen.m22()
        grays = cv2.LUT(self._sampled(self._pyramid, origin, step, (width, height)), self._grays)
        image = QImage(grays.data, width, height, width, QImage.Format.Format_Grayscale8)
        image.setDevicePixelRatio(ratio)
        painter.save()
        painter.resetTransform()
        painter.drawImage(QPointF(left / ratio, top / ratio), image)
        painter.restore()

    def _sampled(self, pyramid: Pyramid, origin: tuple[float, float], step: tuple[float, float], size: tuple[int, int]) -> Bytes:
        # Fading a layer or moving the window draws the scan again from where it stands: that one is kept.
        key = (*origin, *step, *size)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = (key, pyramid.sampled(origin, step, size))
        return self._drawn[1]


class MapItem(QGraphicsItem):
    """A map of the networks, stretched over what they looked at. Coloured when first drawn, once for each map and colour map."""

    def __init__(self, colour_map: str) -> None:
        super().__init__()
        self._values: FloatMap | None = None
        self._rect = QRectF()
        self._colour_map = colour_map
        self._image: QImage | None = None

    def set_values(self, values: FloatMap | None, extent: QRectF) -> None:
        """Show a map, float32 (height, width) in [0, 1], over this part of the scan."""
        if values is self._values and self._rect == extent:
            return
        self.prepareGeometryChange()
        self._values, self._rect, self._image = values, extent, None
        self.update()

    def set_colour_map(self, name: str) -> None:
        """Show it in these colours."""
        self._colour_map, self._image = name, None
        self.update()

    @property
    def is_silent(self) -> bool:
        """Whether the map is zero everywhere, or there is none."""
        return self._values is None or not np.any(self._values)

    def boundingRect(self) -> QRectF:
        """Return the map's extent."""
        return self._rect

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Stretch the coloured map over its extent."""
        if self._values is None:
            return
        if self._image is None:
            self._image = _image(coloured(self._values, self._colour_map))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self._rect, self._image)


def _image(rgba: Bytes) -> QImage:
    rows, columns, _ = rgba.shape
    image = QImage(np.ascontiguousarray(rgba).data, columns, rows, 4 * columns, QImage.Format.Format_RGBA8888)
    # Qt draws this format fastest; it is a copy, so the array need not outlive this call.
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


class Shape:
    """A lesion's borders, traced once, with as many points as the screen can show."""

    def __init__(self, lesion: Lesion) -> None:
        self._polygons = outline(lesion.mask, lesion.measures.bbox)
        self._paths = {0: _path(self._polygons)}

    @property
    def path(self) -> QPainterPath:
        """The borders with every point; holes are left out of the area."""
        return self._paths[0]

    def path_at(self, scale: float) -> QPainterPath:
        """Return the borders as a screen can tell them apart that shows a scan pixel ``scale`` device pixels wide."""
        octave = max(0, floor(-log2(scale)))
        if octave not in self._paths:
            self._paths[octave] = _path(simplified(self._polygons, _TOLERANCE_PX * 2**octave))
        return self._paths[octave]

    @property
    def upper_right(self) -> QPointF:
        """The border's outermost point up and to the right, where a number can stand."""
        corners = np.concatenate(self._polygons or [np.zeros((1, 2))])
        x, y = corners[np.argmax(corners[:, 0] - corners[:, 1])].tolist()
        return QPointF(x, y)


def _path(polygons: list[Polygon]) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for polygon in polygons:
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in polygon.tolist()]))
        path.closeSubpath()
    return path


def _scale_of(painter: QPainter) -> float:
    return abs(painter.worldTransform().m11()) * painter.device().devicePixelRatio()


class OutlineItem(QGraphicsItem):
    """One lesion's outline: a line of even width at any zoom, with a dark rim that parts it from bright tissue, and the lesion's number."""

    def __init__(self, number: int, shape: Shape, *, numbered: bool) -> None:
        super().__init__()
        self._number, self._shape, self._numbered = number, shape, numbered
        self._badge_at = shape.upper_right
        self._selected = False

    @property
    def number(self) -> int:
        """The lesion's."""
        return self._number

    def set_selected(self, selected: bool) -> None:
        """Make the line brighter and wider, or not."""
        self._selected = selected
        self.setZValue(1 if selected else 0)
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the outline's extent."""
        return self._shape.path.boundingRect().adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw rim, line and number."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        path = self._shape.path_at(_scale_of(painter))
        # A cosmetic pen counts device pixels.
        ratio = painter.device().devicePixelRatio()
        width = 3 if self._selected else 2
        for colour, wide in ((_RIM, width + 2), (theme.lesion_colour(self._number, selected=self._selected), width)):
            # Points lie closer than the line is wide: round joins would be unseen, and take three times as long.
            pen = QPen(colour, wide * ratio, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.BevelJoin)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(path)
        if self._numbered:
            self._draw_number(painter)

    def _draw_number(self, painter: QPainter) -> None:
        corner = painter.worldTransform().map(self._badge_at)
        painter.save()
        painter.resetTransform()
        painter.setFont(theme.scaled_font(theme.SMALL, bold=True))
        side = painter.fontMetrics().height()
        badge = QRectF(corner.x(), corner.y() - side, side, side)
        painter.setPen(QPen(_RIM, 1))
        painter.setBrush(theme.lesion_colour(self._number, selected=self._selected))
        painter.drawEllipse(badge)
        painter.setPen(QColor(theme.ON_ACCENT))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.restore()


class FillItem(QGraphicsItem):
    """One lesion's area in its colour."""

    def __init__(self, number: int, shape: Shape) -> None:
        super().__init__()
        self._number, self._shape = number, shape

    def boundingRect(self) -> QRectF:
        """Return the lesion's extent."""
        return self._shape.path.boundingRect()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Fill the lesion; its holes stay clear."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(self._shape.path_at(_scale_of(painter)), theme.lesion_colour(self._number))
