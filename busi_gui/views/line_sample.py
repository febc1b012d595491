"""LineSample: how a line looks, beside its name."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget


class LineSample(QWidget):
    """A short piece of a line: what a legend begins with."""

    def __init__(self, colour: str, dash: Qt.PenStyle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pen = QPen(QColor(colour), 2, dash)
        self._pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return room for three dashes."""
        em = self.fontMetrics().height()
        return QSize(round(em * 1.6), em)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setPen(self._pen)
        painter.drawLine(0, self.height() // 2, self.width(), self.height() // 2)
        painter.end()
