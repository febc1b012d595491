"""ChoiceBar: a question above the scan that waits for its answer without standing in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from busi_gui.views import theme
from busi_gui.views.labels import Words
from busi_gui.views.wrap_row import WrapRow


class ChoiceBar(QFrame):
    """Says what has happened and offers what can be done; it never takes the focus, and the reader works on meanwhile."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setStyleSheet(f"#{name} {{ background: {theme.RAISED}; border: 0; border-left: 4px solid {theme.CAUTION}; }}")
        self._words = Words()
        self._row: WrapRow | None = None
        self._made: list[QPushButton] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 6, 6, 6)
        self._column.addWidget(self._words)
        self.hide()

    @property
    def text(self) -> str:
        """What the bar says; empty when it says nothing."""
        return self._words.text()

    @property
    def buttons(self) -> Sequence[QPushButton]:
        """What can be chosen."""
        return self._made

    def ask(self, text: str, choices: Sequence[tuple[str, str, Callable[[], object]]]) -> None:
        """Ask this, in place of what was asked before.

        Parameters
        ----------
        choices
            Of each its name, a tooltip, and what it does; the bar stays until somebody calls `clear`.
        """
        self.clear()
        self._words.setText(text)
        self._words.setAccessibleName(text)
        for name, tooltip, do in choices:
            button = QPushButton(name)
            button.setToolTip(tooltip)
            button.clicked.connect(do)
            self._made.append(button)
        self._row = WrapRow(self._made, end=0, gap=self.fontMetrics().height() // 2)
        self._column.addWidget(self._row)
        self.show()

    def clear(self) -> None:
        """Ask nothing."""
        self._words.setText("")
        if self._row is not None:
            self._row.hide()
            self._row.deleteLater()
        self._row, self._made = None, []
        self.hide()
