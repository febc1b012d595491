"""Drops: files and folders dragged onto the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from busi_gui.views import theme


def dropped_path(data: QMimeData) -> Path | None:
    """Return the first local file or folder in what is dragged, None when there is none."""
    return next((Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()), None)


class Drops(QObject):
    """Takes what is dropped on a widget, and says beforehand what dropping would do.

    Signals
    -------
    dropped(Path)
        The first file or folder that was dropped.
    """

    dropped = Signal(object)

    def __init__(self, onto: QWidget) -> None:
        super().__init__(onto)
        self.hint = DropHint(onto)
        onto.setAcceptDrops(True)
        onto.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take drags, drops, and their end."""
        if isinstance(event, QDragEnterEvent):
            path = dropped_path(event.mimeData())
            if path is not None:
                event.acceptProposedAction()
                self.hint.show_for(path)
            return path is not None
        if event.type() == QEvent.Type.DragLeave:
            self.hint.hide()
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.hint.hide()
            path = dropped_path(event.mimeData())
            if path is not None:
                event.acceptProposedAction()
                self.dropped.emit(path)
                return True
        return super().eventFilter(watched, event)


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
