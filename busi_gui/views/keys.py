"""KeysDialog: every key and mouse gesture, to look up and to change."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from busi_gui.views import theme
from busi_gui.views.actions import MOUSE_GESTURES, Actions
from busi_gui.views.labels import Role, Words

NAME_ROLE = Qt.ItemDataRole.UserRole
CHOOSE = "Choose a line above to change its key."
FIXED = "Mouse gestures cannot be changed."


class KeysDialog(QDialog):
    """A table that can be searched; below it the key of the chosen line can be changed."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setWindowTitle("Keys")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search actions and keys")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search_changed)
        self.table = self._built_table()
        self.editor = QKeySequenceEdit()
        self.editor.setMaximumSequenceLength(1)
        self.editor.setClearButtonEnabled(True)
        self.editor.setAccessibleName("New key")
        self.editor.editingFinished.connect(self._on_key_typed)
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Give this action its default keys back")
        self.reset.clicked.connect(self._on_reset)
        self.reset_all = QPushButton("Reset all")
        self.reset_all.clicked.connect(self._on_reset_all)
        self._note = Words(CHOOSE, Role.SECONDARY)
        self._note.setAccessibleName("Note")
        self._lay_out()
        self._fill()
        self._on_row_changed()
        em = self.fontMetrics().height()
        screen = self.screen().availableSize()
        self.resize(min(em * 34, screen.width() - 80), min(em * 36, screen.height() - 120))

    @property
    def note(self) -> str:
        """What is said below the editor: a hint, or why a key cannot be had."""
        return self._note.text()

    def choose(self, name: str) -> None:
        """Choose the action with this name."""
        for row in range(self.table.rowCount()):
            if self._item(row).data(NAME_ROLE) == name:
                self.table.setCurrentCell(row, 0)

    def _built_table(self) -> QTableWidget:
        table = QTableWidget(0, 2)
        table.setHorizontalHeaderLabels(["What", "Key"])
        # What can be done is never cut short; of the right column only a few gestures are long, and those take two lines.
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)  # Tab goes on to the editor
        table.setAccessibleName("Actions and their keys")
        table.currentCellChanged.connect(self._on_row_changed)
        return table

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        label = QLabel("New key")
        label.setBuddy(self.editor)
        row.addWidget(label)
        row.addWidget(self.editor, 1)
        row.addWidget(self.reset)
        row.addWidget(self.reset_all)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        last = QHBoxLayout()
        last.addWidget(self._note, 1)
        last.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        column.addLayout(last)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in the search field must not press one

    def _fill(self) -> None:
        lines = [(spec.name, spec.text.rstrip("…"), spec.tooltip, self._actions.keys_text(spec.name)) for spec in self._actions]
        lines += [("", what, "", gesture) for what, gesture in MOUSE_GESTURES]
        self.table.setRowCount(len(lines))
        for row, (name, text, tooltip, keys) in enumerate(lines):
            for column, content in enumerate((text, keys)):
                item = QTableWidgetItem(content)
                item.setData(NAME_ROLE, name)
                item.setToolTip(tooltip)
                if column == 1 and not (name and self._actions.is_changed(name)):
                    item.setForeground(QColor(theme.TEXT_SECONDARY))
                self.table.setItem(row, column, item)
        self._on_search_changed(self.search.text())

    def _item(self, row: int) -> QTableWidgetItem:
        item = self.table.item(row, 0)
        assert item is not None, "every row has its items"
        return item

    def _chosen(self) -> str:
        row = self.table.currentRow()
        return str(self._item(row).data(NAME_ROLE)) if row >= 0 else ""

    def _on_search_changed(self, text: str) -> None:
        for row in range(self.table.rowCount()):
            items = [self.table.item(row, column) for column in range(2)]
            line = " ".join(f"{item.text()} {item.toolTip()}" for item in items if item is not None)
            self.table.setRowHidden(row, text.strip().lower() not in line.lower())

    def _on_row_changed(self) -> None:
        name = self._chosen()
        self.editor.setEnabled(bool(name))
        self.reset.setEnabled(bool(name) and self._actions.is_changed(name))
        self.editor.setKeySequence(self._actions.keys(name)[0] if name and self._actions.keys(name) else QKeySequence())
        is_gesture = self.table.currentRow() >= 0 and not name
        self._note.setText(FIXED if is_gesture else "" if name else CHOOSE)

    def _on_key_typed(self) -> None:
        name, keys = self._chosen(), self.editor.keySequence()
        if not name or keys in self._actions.keys(name) or (keys.isEmpty() and not self._actions.keys(name)):
            return
        other = self._actions.conflict(name, keys) if not keys.isEmpty() else None
        if other is not None:
            shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
            self._on_row_changed()
            self._note.setText(f"{shown} belongs to “{other.text.rstrip('…')}”. Give that another key first.")
            return
        self._actions.set_keys(name, keys)
        self._refresh()

    def _on_reset(self) -> None:
        name = self._chosen()
        default = self._actions.default_keys(name)
        taken = next((other for keys in default if (other := self._actions.conflict(name, keys)) is not None), None)
        if taken is not None:
            self._note.setText(f"The default key now belongs to “{taken.text.rstrip('…')}”. Give that another key first.")
            return
        self._actions.reset_keys(name)
        self._refresh()

    def _on_reset_all(self) -> None:
        self._actions.reset_all_keys()
        self._refresh()

    def _refresh(self) -> None:
        row = self.table.currentRow()
        self._fill()
        self.table.setCurrentCell(row, 0)
        self._on_row_changed()
