"""ModelCard: what the networks were made of and for, how well they do and where they fail, as the program ships it."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QBrush,
    QColor,
    QGuiApplication,
    QKeySequence,
    QShortcut,
    QTextBlockFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLineEdit, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from busi_gui.views import theme
from busi_gui.views.labels import Role, Words

MISSING = "This program came without its model card. What is known of the networks in it says “About the networks” in the menu Network."
_NOT_OPENED = "Nothing is opened over the network. The address is copied: {}"
_NOT_FOUND = "“{}” does not stand here."


class ModelCardDialog(QDialog):
    """Shows a Markdown file. Esc closes it; Ctrl+C copies, Ctrl+F searches.

    Parameters
    ----------
    file
        Where the card is; that it is missing is said.
    """

    def __init__(self, file: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Model card")
        self.card = QTextBrowser()
        self.card.setOpenLinks(False)
        self.card.anchorClicked.connect(self._on_link)
        self.card.setAccessibleName("Model card")
        self.card.document().setDocumentMargin(24)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find")
        self.field.setAccessibleName("Find in the model card")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda: self._search(is_new=True))
        self.field.returnPressed.connect(self._search)
        self.said = Words(role=Role.SECONDARY)
        self._lay_out()
        QShortcut(QKeySequence.StandardKey.Find, self, self._on_find)
        self._show(file)

    def text(self) -> str:
        """Return everything that it says."""
        return self.card.toPlainText()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox()
        close = QPushButton("Close")
        close.setAutoDefault(False)  # Enter in the field goes to the next place
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        em = self.fontMetrics().height()
        self.field.setMaximumWidth(em * 16)
        below = QHBoxLayout()
        below.setContentsMargins(12, 0, 12, 12)
        below.setSpacing(12)
        below.addWidget(self.field, 2)
        below.addWidget(self.said, 3)
        below.addWidget(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.card, 1)
        column.addLayout(below)
        screen = self.screen().availableSize()
        self.resize(min(em * 52, screen.width() - 80), min(em * 44, screen.height() - 120))
        self.card.setFocus()

    def _show(self, file: Path) -> None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        self.field.setEnabled(bool(text.strip()))
        if not text.strip():
            self.card.setPlainText(MISSING)
            return
        self.card.setSearchPaths([str(file.parent)])
        self.card.setMarkdown(text)
        _dress(self.card)

    def _search(self, *, is_new: bool = False) -> None:
        """Go to the next place, after the last to the first; what is typed on goes on from where it was."""
        text = self.field.text()
        cursor = self.card.textCursor()
        if is_new:
            cursor.setPosition(cursor.selectionStart())
            self.card.setTextCursor(cursor)
        if text and not self.card.find(text):
            self.card.moveCursor(QTextCursor.MoveOperation.Start)
            self.said.setText("" if self.card.find(text) else _NOT_FOUND.format(text))
        else:
            self.said.setText("")

    def _on_find(self) -> None:
        self.field.setFocus()
        self.field.selectAll()

    def _go_to(self, name: str) -> None:
        """Go to the heading of that name, as it is written in links: Qt gives headings no names."""
        block = self.card.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and re.sub(r"[^\w -]", "", block.text().lower()).replace(" ", "-") == name:
                self.card.setTextCursor(QTextCursor(block))
                self.card.verticalScrollBar().setValue(self.card.verticalScrollBar().value() + self.card.cursorRect().top() - 12)
            block = block.next()

    def _on_link(self, link: QUrl) -> None:
        if link.hasFragment() and not link.scheme() and not link.path():
            self._go_to(link.fragment())
            return
        QGuiApplication.clipboard().setText(link.toString())
        self.said.setText(_NOT_OPENED.format(link.toString()))


def _dress(card: QTextBrowser) -> None:
    """Give tables lines and room that can be seen on the dark ground, and paragraphs air; Qt's own lines are black."""
    document = card.document()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            form = frame.format()
            form.setBorder(1)
            form.setBorderCollapse(True)
            form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            form.setBorderBrush(QBrush(QColor(theme.BORDER)))
            form.setCellPadding(5)
            form.setCellSpacing(0)
            form.setTopMargin(6)
            form.setBottomMargin(12)
            form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            frame.setFormat(form)
            for column in range(frame.columns()):
                cell = frame.cellAt(0, column)
                head = cell.format()
                head.setBackground(QColor(theme.RAISED))
                cell.setFormat(head)
    block = document.begin()
    while block.isValid():
        if QTextCursor(block).currentTable() is None and block.textList() is None:
            spaced = QTextBlockFormat()
            spaced.setTopMargin(14 if block.blockFormat().headingLevel() else 0)
            spaced.setBottomMargin(8)
            QTextCursor(block).mergeBlockFormat(spaced)
        block = block.next()
    card.moveCursor(QTextCursor.MoveOperation.Start)
