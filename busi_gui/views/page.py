"""Page: a Markdown file with its pictures, dressed for the dark ground. It loads nothing but files beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from busi_gui.views import theme

_MARGIN = 24


class Page(QTextBrowser):
    """Shows one file at a time. A link only says that it was clicked, with ``anchorClicked``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = Path()
        self._pictures: dict[str, QImage] = {}
        self.setOpenLinks(False)
        self.document().setDocumentMargin(_MARGIN)

    def show_markdown(self, text: str, folder: Path) -> None:
        """Show a text, from its beginning; ``folder`` is where its pictures are looked for."""
        self._folder, self._pictures = folder, {}
        self.setMarkdown(text)
        _dress(self.document())
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def place(self) -> int:
        """Return the place in the text that stands at the top, for ``go_to_place``."""
        return self.cursorForPosition(QPoint(_MARGIN, 0)).position()

    def go_to_place(self, place: int) -> None:
        """Bring a place in the text to the top, as far as there is text below it."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(place, self.document().characterCount() - 1))
        self._bring_up(cursor, 0)

    def go_to_heading(self, name: str) -> None:
        """Go to the heading of that name, as it is written in links: Qt gives headings no names."""
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and heading_name(block.text()) == name:
                self._bring_up(QTextCursor(block), 12)
                return
            block = block.next()

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Return a picture from beside the text, no larger than the page is wide; nothing from anywhere else."""
        path = QUrl(name).toString() if isinstance(name, QUrl) else name
        if kind != QTextDocument.ResourceType.ImageResource.value or ":" in path or path.startswith("/"):
            return None
        picture = QImage(str(self._folder / path))
        if picture.isNull():
            return None
        self._pictures[path] = picture
        return self._fitted(picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the pictures as large as there is room for."""
        super().resizeEvent(event)
        document = self.document()
        for name, picture in self._pictures.items():
            document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), self._fitted(picture))
        if self._pictures:
            document.markContentsDirty(0, document.characterCount())

    def _fitted(self, picture: QImage) -> QImage:
        ratio = self.devicePixelRatioF()
        width = min(picture.width(), self.viewport().width() - 2 * _MARGIN)
        fitted = picture.scaledToWidth(max(1, round(width * ratio)), Qt.TransformationMode.SmoothTransformation)
        fitted.setDevicePixelRatio(ratio)
        return fitted

    def _bring_up(self, cursor: QTextCursor, room: int) -> None:
        self.setTextCursor(cursor)
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.cursorRect().top() - room)


def heading_name(text: str) -> str:
    """Return what a link to a heading with this text is called."""
    return re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-")


def _dress(document: QTextDocument) -> None:
    """Give tables lines and room that can be seen on the dark ground, and paragraphs air; Qt's own lines are black."""
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            _dress_table(frame)
    block = document.begin()
    while block.isValid():
        if QTextCursor(block).currentTable() is None and block.textList() is None:
            spaced = QTextBlockFormat()
            spaced.setTopMargin(14 if block.blockFormat().headingLevel() else 0)
            spaced.setBottomMargin(8)
            QTextCursor(block).mergeBlockFormat(spaced)
        block = block.next()


def _dress_table(table: QTextTable) -> None:
    form = table.format()
    form.setBorder(1)
    form.setBorderCollapse(True)
    form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    form.setBorderBrush(QBrush(QColor(theme.BORDER)))
    form.setCellPadding(5)
    form.setCellSpacing(0)
    form.setTopMargin(6)
    form.setBottomMargin(12)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(form)
    for column in range(table.columns()):
        cell = table.cellAt(0, column)
        head = cell.format()
        head.setBackground(QColor(theme.RAISED))
        cell.setFormat(head)
