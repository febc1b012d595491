"""LicencesDialog: what the program consists of that others have made, and under which licences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListWidget, QPlainTextEdit, QVBoxLayout, QWidget

from busi_gui.views.about import NO_LICENCES
from busi_gui.views.labels import plain_button

if TYPE_CHECKING:
    from busi_gui.licences import Package

NO_TEXT = "It brings no text of its licence."


class LicencesDialog(QDialog):
    """A list of packages that can be filtered, and word for word what the chosen one says. Esc closes it.

    Attributes
    ----------
    field, names, text
        What the names and licences that are listed contain; the names; the texts.

    Parameters
    ----------
    packages
        In the order of the list; that there is none is said.
    """

    def __init__(self, packages: Sequence[Package], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._packages = packages
        self.setWindowTitle("Licences")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Filter")
        self.field.setAccessibleName("Filter by name or licence")
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._on_filtered)
        self.names = QListWidget()
        self.names.setAccessibleName("Packages")
        self.names.addItems([f"{package.name} {package.version}" for package in packages])
        self.names.currentRowChanged.connect(self._on_chosen)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Licence")
        self.text.setPlainText(NO_LICENCES)
        self._lay_out()
        QShortcut(QKeySequence.StandardKey.Find, self, self.field.setFocus)
        self.names.setCurrentRow(0)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.addWidget(self.field)
        side.addWidget(self.names, 1)
        em = self.fontMetrics().height()
        for part in (self.field, self.names):
            part.setFixedWidth(em * 18)
        row = QHBoxLayout()
        row.addLayout(side)
        row.addWidget(self.text, 1)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(plain_button("Close", "", self.reject))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addLayout(row, 1)
        column.addLayout(last)
        screen = self.screen().availableSize()
        self.resize(min(em * 60, screen.width() - 80), min(em * 40, screen.height() - 120))

    def _on_chosen(self, row: int) -> None:
        if row < 0:
            return
        package = self._packages[row]
        texts = [f"{name}\n\n{text}" for name, text in package.texts] or [NO_TEXT]
        self.text.setPlainText("\n\n\n".join((f"{package.name} {package.version}\nLicence: {package.terms}", *texts)))

    def _on_filtered(self, text: str) -> None:
        wanted = text.strip().lower()
        shown = [wanted in f"{package.name} {package.terms}".lower() for package in self._packages]
        for row, is_shown in enumerate(shown):
            self.names.item(row).setHidden(not is_shown)
        current = self.names.currentRow()
        if any(shown) and not (current >= 0 and shown[current]):
            self.names.setCurrentRow(shown.index(True))
