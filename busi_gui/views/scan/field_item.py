"""FieldItem: which part of the picture the networks looked at."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from busi_gui.domain.scan import Scan
from busi_gui.views import theme

_SHADE = QColor(0, 0, 0, 110)


def extent_of(scan: Scan | None) -> QRectF:
    """Return the part of the scan that the networks looked at, which is what their maps cover, in scan coordinates."""
    if scan is None:
        return QRectF()
    if scan.field is None:
        return QRectF(0, 0, scan.shape[1], scan.shape[0])
    rows, columns = scan.field.shape
    return QRectF(scan.field.left, scan.field.top, columns, rows)


class FieldItem(QGraphicsItem):
    """Dims what the reader has cropped away, and frames the rest with a dashed line; unseen where the whole scan is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._whole, self._field = QRectF(), QRectF()

    def show_scan(self, scan: Scan | None) -> None:
        """Show the field of this scan."""
        whole = QRectF(0, 0, scan.shape[1], scan.shape[0]) if scan is not None and scan.field is not None else QRectF()
        if (whole, extent_of(scan)) != (self._whole, self._field):
            self.prepareGeometryChange()
            self._whole, self._field = whole, extent_of(scan)
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the scan's extent."""
        return self._whole

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw shade and frame."""
        if self._whole.isNull():
            return
        outside = QPainterPath()
        outside.addRect(self._whole)
        outside.addRect(self._field)  # odd and even: what lies in both is left out
        painter.fillPath(outside, _SHADE)
        pen = QPen(QColor(theme.TEXT), painter.device().devicePixelRatio(), Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 4])
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(self._field)
