"""LesionRows: the lesions of the case on screen, one row each, to choose one or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from busi_gui.domain.case import Case
from busi_gui.services.session import Session
from busi_gui.views.actions import Actions
from busi_gui.views.editing.lesion_edits import LesionEdits
from busi_gui.views.editing.lesion_row import LesionRow, row_text
from busi_gui.views.selection import Selection
from models.analysis import NetworkInfo

_NUMBER = Qt.ItemDataRole.UserRole


class LesionRows(QListWidget):
    """As tall as its rows; whoever holds it scrolls. A click or an arrow key takes a lesion in hand, with Ctrl or Shift several are chosen.

    Parameters
    ----------
    edits
        Does what the rows' buttons ask for.
    """

    def __init__(self, session: Session, selection: Selection, actions: Actions, edits: LesionEdits, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._selection, self._actions, self._edits = session, selection, actions, edits
        self._rows: dict[int, LesionRow] = {}
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("QListView::item { padding: 0; }")  # rows have margins of their own, and padding would push them out of sight
        self.setAccessibleName("Lesions")
        self.itemSelectionChanged.connect(self._on_selected)
        selection.changed.connect(self.mark)
        selection.chosen_changed.connect(self.mark)

    def show_case(self, case: Case | None) -> None:
        """List the lesions of a case."""
        lesions = case.lesions if case is not None else ()
        if list(self._rows) != [lesion.number for lesion in lesions]:
            self._replace([lesion.number for lesion in lesions])
        network = self._network(case)
        keys = {name: self._actions.keys_text(name) for name in ("lock_lesion", "hide_lesion", "delete")}
        for place, lesion in enumerate(lesions):
            assert case is not None  # it has lesions
            text = row_text(lesion, network, case.scan.calibration, case.concerns)
            row, item = self._rows[lesion.number], self.item(place)
            row.show_lesion(lesion, text, keys)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text.spoken)
            item.setSizeHint(QSize(0, row.sizeHint().height() + 4))
        self.updateGeometry()
        self.mark()

    def row_of(self, number: int) -> LesionRow | None:
        """Return the row of a lesion."""
        return self._rows.get(number)

    def begin_naming(self, number: int) -> None:
        """Let the reader type a lesion's name in its row."""
        row = self._rows.get(number)
        if row is not None:
            row.begin_naming()

    def mark(self) -> None:
        """Mark what is in hand and what is chosen along with it."""
        number, chosen = self._selection.number, self._selection.chosen
        with QSignalBlocker(self):
            for place, (listed, row) in enumerate(self._rows.items()):
                item = self.item(place)
                item.setSelected(listed in chosen)
                row.set_current(listed == number)
                if listed == number and self.currentItem() is not item:
                    self.selectionModel().setCurrentIndex(self.indexFromItem(item), self.selectionModel().SelectionFlag.NoUpdate)

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        height = sum(self.item(place).sizeHint().height() for place in range(self.count()))
        return QSize(super().sizeHint().width(), height + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest row's parts that are never cut, and the height of all rows."""
        width = max((row.minimumSizeHint().width() for row in self._rows.values()), default=0)
        return QSize(width + 2 * self.frameWidth() + 4, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the rows as wide as the list at once."""
        super().resizeEvent(event)
        self.updateEditorGeometries()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Let the reader type a name."""
        item = self.itemAt(event.position().toPoint())
        if item is not None and event.button() == Qt.MouseButton.LeftButton:
            self.begin_naming(item.data(_NUMBER))

    def scrollTo(self, index: QModelIndex | QPersistentModelIndex, hint: QAbstractItemView.ScrollHint = QListWidget.ScrollHint.EnsureVisible) -> None:
        """Stay: all rows are in sight, as far as it is the list's to say."""

    def _network(self, case: Case | None) -> NetworkInfo | None:
        return case.analysis.network if case is not None and case.analysis is not None else self._session.network.info

    def _replace(self, numbers: list[int]) -> None:
        with QSignalBlocker(self):
            self.clear()
            self._rows = {number: self._new_row(number) for number in numbers}
            for number, row in self._rows.items():
                item = QListWidgetItem()
                item.setData(_NUMBER, number)
                self.addItem(item)
                self.setItemWidget(item, row)

    def _new_row(self, number: int) -> LesionRow:
        row, edits = LesionRow(), self._edits
        row.renamed.connect(lambda name: edits.rename(number, name))
        row.naming_ended.connect(self.setFocus)
        row.lock_wanted.connect(lambda is_locked: self._flag(edits.set_locked, number, is_locked))
        row.hide_wanted.connect(lambda is_hidden: self._flag(edits.set_hidden, number, is_hidden))
        row.delete_wanted.connect(lambda: edits.delete([number]))
        return row

    def _flag(self, change: Callable[[Sequence[int], bool], bool], number: int, is_set: bool) -> None:
        chosen = self._selection.chosen
        change(chosen if number in chosen else [number], is_set)

    def _on_selected(self) -> None:
        chosen = [item.data(_NUMBER) for item in self.selectedItems()]
        current = self.currentIndex().data(_NUMBER)
        if chosen:
            self._selection.select(current if current in chosen else chosen[0])
            self._selection.choose(chosen)
        self.mark()
