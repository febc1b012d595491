"""PageDialog: Markdown files that ship with the program, to read and to search; nothing is ever opened over the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListWidget, QToolButton, QVBoxLayout, QWidget

from busi_gui.views.icons import icon
from busi_gui.views.labels import Role, Words, plain_button
from busi_gui.views.page import Page

_NOT_OPENED = "Nothing is opened over the network. The address is copied: {}"
_NOT_FOUND = "“{}” does not stand here."


class PageDialog(QDialog):
    """Shows pages, and where there are several a list of them. Esc closes it, Ctrl+C copies, Ctrl+F searches, Alt+Left and Alt+Right go back and on.

    Attributes
    ----------
    page, contents
        What is read; the list of all pages, by their first headings.
    field, said
        What is looked for; what came of it.
    back, forward
        Go where the reader was before.

    Parameters
    ----------
    title
        Of the dialog.
    files
        The pages in order; the first is shown. A file that is missing is left out.
    missing
        What is said where there is none.
    """

    def __init__(self, title: str, files: Sequence[Path], missing: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self._pages = {file: text for file in files if (text := _read(file))}
        self._documents: dict[Path, QTextDocument] = {}
        self._visited: list[tuple[Path, int]] = []
        self._at = -1
        self.page = Page()
        self.page.setAccessibleName(title)
        self.page.anchorClicked.connect(self._on_link)
        self.contents = QListWidget()
        self.contents.setAccessibleName("Pages")
        self.contents.addItems([_title(text) for text in self._pages.values()])
        self.contents.currentRowChanged.connect(lambda row: self.open_page(list(self._pages)[row]))
        self.back = self._arrow("previous", "Back", "Alt+Left", -1)
        self.forward = self._arrow("next", "Forward", "Alt+Right", 1)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find")
        self.field.setAccessibleName(f"Find in: {title}")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(lambda: self._search(is_new=True))
        self.field.returnPressed.connect(self._search)
        self.field.setEnabled(bool(self._pages))
        self.said = Words(role=Role.SECONDARY)
        self._lay_out()
        QShortcut(QKeySequence.StandardKey.Find, self, self._on_find)
        if self._pages:
            self.open_page(next(iter(self._pages)))
        else:
            self.page.setPlainText(missing)

    @property
    def file(self) -> Path | None:
        """The page that is shown."""
        return self._visited[self._at][0] if self._visited else None

    def text(self) -> str:
        """Return everything that the page says."""
        return self.page.toPlainText()

    def open_page(self, file: Path, heading: str = "") -> None:
        """Go to a page, and to a heading of it as links name it."""
        if file != self.file:
            self._leave()
            self._visited[self._at + 1 :] = [(file, 0)]
            self._at += 1
            self._show()
        if heading:
            self.page.go_to_heading(heading)

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        is_single = len(self._pages) < 2
        self.contents.setFixedWidth(self.contents.sizeHintForColumn(0) + em)
        for part in (self.contents, self.back, self.forward):
            part.setHidden(is_single)
        self.field.setMaximumWidth(em * 16)
        pages = QHBoxLayout()
        pages.setSpacing(0)
        pages.addWidget(self.contents)
        pages.addWidget(self.page, 1)
        below = QHBoxLayout()
        below.setContentsMargins(12, 0, 12, 12)
        below.setSpacing(12)
        below.addWidget(self.back)
        below.addWidget(self.forward)
        below.addWidget(self.field, 2)
        below.addWidget(self.said, 3)
        below.addWidget(plain_button("Close", "", self.reject))  # Enter in the field goes to the next place
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(pages, 1)
        column.addLayout(below)
        screen = self.screen().availableSize()
        self.resize(min(em * (52 if is_single else 72), screen.width() - 80), min(em * 44, screen.height() - 120))
        self.page.setFocus()

    def _arrow(self, name: str, text: str, keys: str, step: int) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        shown = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        button.setToolTip(f"{text} ({shown})")
        button.setAccessibleName(text)
        button.clicked.connect(lambda: self._go(step))
        QShortcut(QKeySequence(keys), self, lambda: self._go(step))
        return button

    # pages ----------------------------------------------------------------------------------------------------------------------------------------

    def _go(self, step: int) -> None:
        if 0 <= self._at + step < len(self._visited):
            self._leave()
            self._at += step
            self._show()
            self.page.go_to_place(self._visited[self._at][1])

    def _leave(self) -> None:
        if self._visited:
            self._visited[self._at] = (self._visited[self._at][0], self.page.place())

    def _show(self) -> None:
        file = self._visited[self._at][0]
        self.page.show_markdown(self._pages[file], file.parent)
        self.contents.blockSignals(True)
        self.contents.setCurrentRow(list(self._pages).index(file))
        self.contents.blockSignals(False)
        self.back.setEnabled(self._at > 0)
        self.forward.setEnabled(self._at < len(self._visited) - 1)
        self.said.setText("")

    def _on_link(self, link: QUrl) -> None:
        file = self.file
        if file is not None and not link.scheme() and not link.host():
            target = file.parent / link.path() if link.path() else file
            if target in self._pages:
                self.open_page(target, link.fragment())
                return
        QGuiApplication.clipboard().setText(link.toString())
        self.said.setText(_NOT_OPENED.format(link.toString()))

    # searching ------------------------------------------------------------------------------------------------------------------------------------

    def _search(self, *, is_new: bool = False) -> None:
        """Go to the next place, after the last of a page to the next page, at last to the first again; what is typed on goes on from where it was."""
        text = self.field.text()
        if is_new:
            cursor = self.page.textCursor()
            cursor.setPosition(cursor.selectionStart())
            self.page.setTextCursor(cursor)
        is_here = not text or self.page.find(text) or self._find_elsewhere(text)
        self.said.setText("" if is_here else _NOT_FOUND.format(text))

    def _find_elsewhere(self, text: str) -> bool:
        """Go to the first place of the next page that has one; the page in hand comes last."""
        files = list(self._pages)
        after = self.contents.currentRow() + 1
        for file in (*files[after:], *files[:after]):
            if not self._document(file).find(text).isNull():
                self.open_page(file)
                self.page.moveCursor(QTextCursor.MoveOperation.Start)
                return self.page.find(text)
        return False

    def _document(self, file: Path) -> QTextDocument:
        if file not in self._documents:
            self._documents[file] = QTextDocument(self)
            self._documents[file].setMarkdown(self._pages[file])
        return self._documents[file]

    def _on_find(self) -> None:
        self.field.setFocus()
        self.field.selectAll()


def _read(file: Path) -> str:
    """Return a file's text, empty where it is missing, damaged or holds none."""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _title(text: str) -> str:
    return text.partition("\n")[0].lstrip("# ")
