"""Messages: the only module that tells the user anything that went wrong."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from busi_gui.views import theme
from busi_gui.views.icons import icon
from busi_gui.views.labels import Role, Words

_REPORT = "A report that names no scan and no patient, for whoever looks after the program, lies in"
_TOLD = "bugs_told"
_MOST_TOLD = 20
"""After so many different bugs only the log goes on: one whose words change each time would fill the dialog without end."""
_last_dialog: list[BugDialog] = []
"""Nothing else in Python holds the dialog, and without that it would be gone as soon as ``show_bug`` returns."""


class MessageBar(QFrame):
    """A bar above the scan with what went wrong and what to do. It waits; it never takes the focus.

    Signals
    -------
    closed()
        The reader closed it.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_bar")
        self.setStyleSheet(f"#message_bar {{ background: {theme.RAISED}; border: 0; border-left: 4px solid {theme.CAUTION}; }}")
        self._words = Words()
        self.copy = QPushButton("Copy")
        self.copy.setAccessibleName("Copy the message")
        self.copy.clicked.connect(self._on_copy)
        self.close_button = QToolButton()
        self.close_button.setIcon(icon("close"))
        self.close_button.setToolTip("Close the message")
        self.close_button.setAccessibleName("Close the message")
        self.close_button.clicked.connect(self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.addWidget(self._words, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def text(self) -> str:
        """What the bar says; empty when it says nothing."""
        return self._words.text()

    def show_message(self, text: str) -> None:
        """Say this, in place of what was said before."""
        self._words.setText(text)
        self._words.setAccessibleName(text)
        self.show()

    def clear(self) -> None:
        """Say nothing."""
        self._words.setText("")
        self.hide()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)

    def _on_close(self) -> None:
        self.clear()
        self.closed.emit()


class BugDialog(QDialog):
    """Says that the program made a mistake, with the details to copy."""

    def __init__(self, text: str, report: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.setWindowTitle("Unexpected error")
        self._details = details = QPlainTextEdit(text)
        details.setReadOnly(True)
        details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(theme.scaled_font().pointSizeF())
        details.setFont(fixed)
        details.setAccessibleName("Details")
        buttons = QDialogButtonBox()
        self.copy = QPushButton("Copy details")
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(self._on_copy)
        close = buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 18)
        column.setSpacing(12)
        column.addWidget(Words("The program made a mistake", Role.TITLE))
        column.addWidget(Words("What was on the screen before still holds; what you did last may not have been done."))
        if report is not None:
            column.addWidget(Words(f"{_REPORT} {report}"))
        column.addWidget(details, 1)
        column.addWidget(buttons)
        close.setDefault(True)
        em = self.fontMetrics().height()
        screen = self.screen().availableSize()
        self.resize(min(em * 40, screen.width() - 80), min(em * 24, screen.height() - 120))

    def add(self, text: str) -> None:
        """List another bug under what is said already."""
        self._text = f"{self._text}\n\n{text}"
        self._details.appendPlainText(f"\n{text}")

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)


def show_bug(text: str, report: Path | None = None) -> BugDialog | None:
    """Show an unexpected error in a dialog, each error once.

    An error in drawing comes back with every repaint, and a dialog for each would bury the program: the same text is shown once, and another while
    the dialog is open is listed in it.

    Parameters
    ----------
    text
        The traceback.
    report
        The file in which it lies too; None where there is none.

    Returns
    -------
    BugDialog | None
        The dialog, open; None when no other was opened.
    """
    app = QApplication.instance()
    if app is None:
        return None
    told = app.property(_TOLD) or []
    if text in told or len(told) >= _MOST_TOLD:
        return None
    app.setProperty(_TOLD, [*told, text])
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, BugDialog) and widget.isVisible():
            widget.add(text)
            return None
    dialog = BugDialog(text, report)
    _last_dialog[:] = [dialog]
    dialog.open()  # exec() would start an event loop inside whatever just broke
    return dialog
