"""WholeLines: a page of text that is scrolled by lines and never cut through one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from busi_gui.views.labels import Words


class WholeLines(QScrollArea):
    """Paragraphs below each other, all in text of one size and with a line between them: the last one in view is seen whole.

    Parameters
    ----------
    paragraphs
        The first one on top; one that is hidden takes no room.
    """

    def __init__(self, *paragraphs: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(self._line_px)
        for words in paragraphs:
            column.addWidget(words)
        column.addStretch(1)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(3 * self._line_px)
        self.verticalScrollBar().setSingleStep(self._line_px)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the part of a line free that there is room for."""
        super().resizeEvent(event)
        rest = self.height() % self._line_px
        if self.viewportMargins().bottom() != rest:
            self.setViewportMargins(0, 0, 0, rest)

    @property
    def _line_px(self) -> int:
        return self.fontMetrics().lineSpacing()
