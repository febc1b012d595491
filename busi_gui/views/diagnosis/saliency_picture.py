"""SaliencyPicture: the Grad-CAM++ map of one lesion, small, beside the plain scan."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.scan import Pixels, Scan
from busi_gui.views import theme
from busi_gui.views.scan.field_item import extent_of
from busi_gui.views.scan.layers import OPACITY, Layer
from busi_gui.views.scan.overlays import Polygon, coloured, outline
from busi_gui.views.scan.polygons import polygon_of
from models.analysis import Mask, SaliencyClass

_SIDE = 320
"""Longest side of the reduced scan in pixels: enough for a panel at twice the usual resolution."""


class _Shown(NamedTuple):
    """What is to be drawn."""

    scan: Scan
    lesion: Lesion
    name: SaliencyClass
    colour_map: str
    other: Mask | None


class _Drawn(NamedTuple):
    """The same as pictures and polygons of the reduced scan."""

    scan: QImage
    map: QImage
    map_place: QRectF
    outline: list[Polygon]
    other: list[Polygon]


class SaliencyPicture(QAbstractButton):
    """Shows what moved the network without lying over the scan that the reader reads; a click lays the map over the scan itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: _Shown | None = None
        self._drawn: _Drawn | None = None
        self._scan: tuple[Pixels, QImage] | None = None
        self.setToolTip("Where the networks looked; of which class it tells little: the maps of both are much alike.\nClick to lay it over the scan.")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_lesion(self, case: Case, lesion: Lesion, name: SaliencyClass, colour_map: str, other: Mask | None = None) -> None:
        """Show a lesion's map for a class, over the scan and with the lesion's outline; another outline, bool (rows, columns), is dashed.

        What is to be drawn is made when it is painted: of several wishes only the last, and nothing of what is out of sight.
        """
        before, self._shown, self._drawn = self._shown, _Shown(case.scan, lesion, name, colour_map, other), None
        self.setAccessibleName(f"Grad-CAM++ map of lesion {lesion.number} for {name}")
        if before is None or before.scan.shape != case.scan.shape:
            self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Return True: the scan keeps its aspect."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height that a width asks for, at most four fifths of it: a tall scan must not push the rest out of the panel."""
        if self._shown is None:
            return 0
        columns, rows = _reduced_size(self._shown.scan)
        return min(round(0.8 * width), max(1, round(width * rows / columns)))

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
        if self._shown is None:
            return
        if self._drawn is None:
            self._drawn = self._made(self._shown)
        drawn = self._drawn
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        place = self._place(drawn.scan.size())
        painter.drawImage(place, drawn.scan)
        painter.setOpacity(max(OPACITY[Layer.SALIENCY], 0.6))
        scale = place.width() / drawn.scan.width()
        painter.drawImage(_scaled(drawn.map_place, scale).translated(place.topLeft()), drawn.map)
        painter.setOpacity(1)
        colour = theme.lesion_colour(self._shown.lesion.number).name()
        for polygons, of_lines, style in ((drawn.other, theme.TEXT, Qt.PenStyle.DashLine), (drawn.outline, colour, Qt.PenStyle.SolidLine)):
            painter.setPen(QPen(QColor(of_lines), 1.5, style))
            for polygon in polygons:
                painter.drawPolygon(polygon_of(polygon * scale + (place.x(), place.y())))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            painter.drawRect(place.adjusted(1, 1, -1, -1))

    def _made(self, shown: _Shown) -> _Drawn:
        scan = shown.scan
        size = _reduced_size(scan)
        # Sampled, not averaged: a giant scan must not hold the window up.
        step = max(1, int(max(scan.shape) / _SIDE) // 2)
        if self._scan is None or self._scan[0] is not scan.pixels:
            reduced = cv2.resize(np.ascontiguousarray(scan.pixels[::step, ::step]), size, interpolation=cv2.INTER_AREA)
            self._scan = scan.pixels, _image(reduced, QImage.Format.Format_Grayscale8)
        diagnosis = shown.lesion.diagnosis
        saliency = diagnosis.saliency[shown.name] if diagnosis is not None else np.zeros((1, 1), np.float32)

        def outlined(mask: Mask | None) -> list[Polygon]:
            if mask is None:
                return []
            return outline(cv2.resize(mask[::step, ::step].view(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(np.bool_))

        return _Drawn(
            self._scan[1],
            _image(coloured(saliency, shown.colour_map, _SIDE), QImage.Format.Format_RGBA8888),
            _scaled(extent_of(scan), size[0] / scan.shape[1]),
            outlined(shown.lesion.mask),
            outlined(shown.other),
        )

    def _place(self, size: QSize) -> QRectF:
        """Return where the scan is drawn: as large as fits, in the middle."""
        scale = min(self.width() / size.width(), self.height() / size.height())
        width, height = size.width() * scale, size.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)


def _reduced_size(scan: Scan) -> tuple[int, int]:
    """Return columns and rows of the reduced scan."""
    rows, columns = scan.shape
    scale = min(1.0, _SIDE / max(rows, columns))
    return max(1, round(columns * scale)), max(1, round(rows * scale))


def _scaled(rect: QRectF, scale: float) -> QRectF:
    return QRectF(rect.topLeft() * scale, rect.size() * scale)


def _image(pixels: npt.NDArray[np.uint8], form: QImage.Format) -> QImage:
    """Return an image of its own memory of uint8 pixels (rows, columns) or (rows, columns, 4)."""
    rows, columns = pixels.shape[:2]
    return QImage(np.ascontiguousarray(pixels).data, columns, rows, pixels.strides[0], form).copy()
