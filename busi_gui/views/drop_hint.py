"""DropHint: shown over the window while files are dragged across it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from busi_gui.views import theme


def dropped_path(data: QMimeData) -> Path | None:
    """Return the first local file or folder in what is dragged, None when there is none."""
    return next((Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()), None)


class DropHint(QWidget):
    """A frame with a line of text that lets every event through."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def text(self) -> str:
        """What the hint says."""
        return self._text

    def show_for(self, path: Path) -> None:
        """Say what dropping would open."""
        # File or folder: looking which could hold up the drag for as long as a network drive sleeps.
        self._text = f"Drop to open “{path.name or path}”"
        self.setAccessibleName(self._text)
        self.setGeometry(self._over.rect())
        self.raise_()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame and the text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.BACKGROUND)
        veil.setAlphaF(0.8)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(theme.ACCENT), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(12, 12, -12, -12), 8, 8)
        painter.setPen(QColor(theme.TEXT))
        painter.setFont(theme.scaled_font(theme.LARGE, bold=True))
        shown = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideMiddle, self.width() - 64)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, shown)
