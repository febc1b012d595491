"""Page: what the pages of a retraining share: a body that scrolls, and below it what always stays in sight."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from busi_gui.views.exporting.exchange_dialog import scrolling
from busi_gui.views.labels import Words
from busi_gui.views.wrap_row import WrapRow

_LEAST_WIDE_EM, _LEAST_HIGH_EM = 12, 10


class Page(QWidget):
    """An empty page.

    Attributes
    ----------
    column, end
        Layouts of the body and of what stays in sight.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        body, below = QWidget(), QWidget()
        self.column, self.end = QVBoxLayout(body), QVBoxLayout(below)
        self.column.setContentsMargins(18, 18, 18, 6)
        self.end.setContentsMargins(18, 6, 18, 12)
        for layout in (self.column, self.end):
            layout.setSpacing(self.fontMetrics().height() // 2)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scrolling(body), 1)
        outer.addWidget(below)

    def text(self) -> str:
        """Return everything that it says in words."""
        return "\n".join(words.text() for words in self.findChildren(Words) if words.isVisibleTo(self))

    def minimumSizeHint(self) -> QSize:
        """Return a size of a few lines: the rest scrolls."""
        em = self.fontMetrics().height()
        return QSize(em * _LEAST_WIDE_EM, em * _LEAST_HIGH_EM)

    def add_buttons(self, buttons: Sequence[QPushButton]) -> None:
        """Put buttons below the body, the last of them at the right."""
        self.end.addWidget(WrapRow(buttons, end=1, gap=self.fontMetrics().height() // 2))
