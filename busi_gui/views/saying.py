"""Saying: a sentence over the scan that goes by itself: why a tool does nothing here."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from busi_gui.services.editing import Editing
from busi_gui.views import theme
from busi_gui.views.labels import Words

LEAST_MS, LETTER_MS = 3000, 60
"""How long it stays: long enough to be read twice."""
_MARGIN = 12
_SHARE = 0.8
"""Of the width of what it lies over, at most."""


class Saying(QFrame):
    """Lies over a widget's lower edge. It takes no room from it, no click and no focus: the scan must not jump under the pointer.

    Parameters
    ----------
    over
        What it lies over.
    editing
        Whatever changes there, the reader has gone on, and the sentence goes.
    """

    def __init__(self, over: QWidget, editing: Editing) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("saying")
        self.setStyleSheet(f"#saying {{ background: {theme.RAISED}; border: 1px solid {theme.LINE}; border-left: 4px solid {theme.CAUTION}; }}")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._words = Words()
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGIN, 6, _MARGIN, 6)
        row.addWidget(self._words)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.clear)
        editing.changed.connect(self.clear)
        over.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty when it says nothing."""
        return self._words.text() if not self.isHidden() else ""

    def say(self, text: str) -> None:
        """Say this, in place of what was said before."""
        self._words.setText(text)
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(max(LEAST_MS, LETTER_MS * len(text)))

    def clear(self) -> None:
        """Say nothing."""
        self._timer.stop()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep to the lower edge."""
        if watched is self._over and event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        metrics = self._words.fontMetrics()
        wanted = metrics.horizontalAdvance(self._words.text()) + metrics.averageCharWidth() + 2 * _MARGIN + 6
        width = min(wanted, round(self._over.width() * _SHARE))
        height = self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()
        self.setGeometry((self._over.width() - width) // 2, self._over.height() - height - 2 * metrics.height(), width, height)
