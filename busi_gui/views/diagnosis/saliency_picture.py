"""SaliencyPicture: the Grad-CAM++ map of one lesion, small, beside the plain scan."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from busi_gui.domain.case import Case, Lesion
from busi_gui.views import theme
from busi_gui.views.scan.field_item import extent_of
from busi_gui.views.scan.layers import OPACITY, Layer
from busi_gui.views.scan.overlays import Polygon, coloured, outline
from models.analysis import Mask, SaliencyClass

_SIDE = 320
"""Longest side of the reduced scan in pixels: enough for a panel at twice the usual resolution."""


class SaliencyPicture(QAbstractButton):
    """Shows what moved the network without lying over the scan that the reader reads; a click lays the map over the scan itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scan = QImage()
        self._map = QImage()
        self._map_place = QRectF()
        self._outline: list[Polygon] = []
        self._other_outline: list[Polygon] = []
        self._colour = theme.TEXT
        self.setToolTip("Where the networks looked; of which class it tells little: the maps of both are much alike.\nClick to lay it over the scan.")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_lesion(self, case: Case, lesion: Lesion, name: SaliencyClass, colour_map: str, other: Mask | None = None) -> None:
        """Show a lesion's map for a class, over the scan and with the lesion's outline; another outline, bool (rows, columns), is dashed."""
        rows, columns = case.scan.shape
        scale = min(1.0, _SIDE / max(rows, columns))
        size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
        # Sampled, not averaged: a giant scan must not hold the window up.
        step = max(1, int(1 / scale) // 2)
        reduced = cv2.resize(np.ascontiguousarray(case.scan.pixels[::step, ::step]), size, interpolation=cv2.INTER_AREA)
        self._scan = _image(reduced, QImage.Format.Format_Grayscale8)
        saliency = lesion.diagnosis.saliency[name] if lesion.diagnosis is not None else np.zeros((1, 1), np.float32)
        self._map = _image(coloured(saliency, colour_map, _SIDE), QImage.Format.Format_RGBA8888)
        self._map_place = _scaled(extent_of(case.scan), size[0] / columns)
        masks = [
            cv2.resize(mask[::step, ::step].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
            for mask in (lesion.mask, other)
            if mask is not None
        ]
        self._outline, self._other_outline = [*(outline(mask.astype(np.bool_)) for mask in masks), []][:2]
        self._colour = theme.lesion_colour(lesion.number).name()
        self.setAccessibleName(f"Grad-CAM++ map of lesion {lesion.number} for {name}")
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Return True: the scan keeps its aspect."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that a width asks for, at most four fifths of it: a tall scan must not push the rest out of the panel."""
        if self._scan.isNull():
            return 0
        return min(round(0.8 * width), max(1, round(width * self._scan.height() / self._scan.width())))

    def sizeHint(self) -> QSize:
        """Return the reduced scan's size at most."""
        side = self.fontMetrics().height() * 12
        return QSize(side, self.heightForWidth(side))

    def minimumSizeHint(self) -> QSize:
        """Return a size at which a peak can still be told from the rest."""
        side = self.fontMetrics().height() * 6
        return QSize(side, min(side, self.heightForWidth(side)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw scan, map and outline, and a ring when the keyboard is here."""
        if self._scan.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        place = self._place()
        painter.drawImage(place, self._scan)
        painter.setOpacity(max(OPACITY[Layer.SALIENCY], 0.6))
        scale = place.width() / self._scan.width()
        painter.drawImage(_scaled(self._map_place, scale).translated(place.topLeft()), self._map)
        painter.setOpacity(1)
        for polygons, colour, style in (
            (self._other_outline, theme.TEXT, Qt.PenStyle.DashLine),
            (self._outline, self._colour, Qt.PenStyle.SolidLine),
        ):
            painter.setPen(QPen(QColor(colour), 1.5, style))
            for polygon in polygons:
                painter.drawPolygon(QPolygonF.fromList([place.topLeft() + QPointF(x, y) * scale for x, y in polygon]))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.drawRect(place.adjusted(1, 1, -1, -1))

    def _place(self) -> QRectF:
        """Return where the scan is drawn: as large as fits, in the middle."""
        scale = min(self.width() / self._scan.width(), self.height() / self._scan.height())
        width, height = self._scan.width() * scale, self._scan.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)


def _scaled(rect: QRectF, scale: float) -> QRectF:
    return QRectF(rect.topLeft() * scale, rect.size() * scale)


def _image(pixels: npt.NDArray[np.uint8], form: QImage.Format) -> QImage:
    """Return an image of its own memory of uint8 pixels (rows, columns) or (rows, columns, 4)."""
    rows, columns = pixels.shape[:2]
    return QImage(np.ascontiguousarray(pixels).data, columns, rows, pixels.strides[0], form).copy()
