"""What the scene is made of: the scan and coloured maps.

Coordinates are scan pixels: pixel (row, column) covers x in [column, column + 1] and y in [row, row + 1].
"""

from __future__ import annotations

from math import ceil, floor

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from busi_gui.views.scan.overlays import Bytes, coloured, gray_table
from busi_gui.views.scan.pyramid import Pyramid
from models.analysis import FloatMap

_ALMOST = 1e-3
"""Of a device pixel: how far rounding may put an edge off the pixel that it lies on."""


class ScanItem(QGraphicsItem):
    """The scan through the window: sampled for the very pixels of the screen that it covers, however large it is."""

    def __init__(self) -> None:
        super().__init__()
        self._pyramid: Pyramid | None = None
        self._grays = gray_table(255, 127.5)
        self._drawn: tuple[tuple[float, ...], Bytes] | None = None
        self._image: QImage | None = None

    def set_pixels(self, pixels: Bytes | None) -> None:
        """Show these pixels, uint8 (rows, columns)."""
        self.prepareGeometryChange()
        self._pyramid = None if pixels is None else Pyramid(pixels)
        self._drawn = self._image = None
        self.update()

    def set_grays(self, table: Bytes) -> None:
        """Show gray value g as ``table[g]``."""
        self._grays, self._image = table, None
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
        image = self._seen(self._pyramid, origin, step, (width, height))
        image.setDevicePixelRatio(ratio)
        painter.save()
        painter.resetTransform()
        painter.drawImage(QPointF(left / ratio, top / ratio), image)
        painter.restore()

    def _seen(self, pyramid: Pyramid, origin: tuple[float, float], step: tuple[float, float], size: tuple[int, int]) -> QImage:
        # Fading a layer or drawing on a mask draws the scan again from where it stands, and moving the window with other grays: both are kept.
        key = (*origin, *step, *size)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn, self._image = (key, pyramid.sampled(origin, step, size)), None
        if self._image is None:
            grays = cv2.LUT(self._drawn[1], self._grays)
            # Qt draws this format fastest; it is a copy, so the array need not outlive this call.
            self._image = QImage(grays.data, *size, size[0], QImage.Format.Format_Grayscale8).convertToFormat(QImage.Format.Format_RGB32)
        return self._image


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
