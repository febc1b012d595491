"""CaseView: the rows of the list of cases on screen."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtWidgets import QListView

_ROWS_A_TURN = 300
"""Laid out before the window answers again: the first ones fill any screen."""


class CaseView(QListView):
    """A list of rows of one height, of which several can be chosen.

    Laying out thousands of rows takes longer than the window may stand still: those of a new folder are laid out in turns. Afterwards it is all at
    once again, for another order must not carry the reader to the top.
    """

    def __init__(self) -> None:
        super().__init__()
        self._wanted: QPersistentModelIndex | None = None
        self.setUniformItemSizes(True)
        self.setBatchSize(_ROWS_A_TURN)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Cases")
        self.verticalScrollBar().rangeChanged.connect(self._on_more_laid_out)

    def lay_out_in_turns(self) -> None:
        """Do so with the rows that the model is about to bring."""
        self._wanted = None
        self.setLayoutMode(QListView.LayoutMode.Batched)

    def rows_in_sight(self) -> range:
        """Return the rows that the reader sees, those that are cut off included; none where nothing is laid out (yet)."""
        area = self.viewport().rect()
        first = self.indexAt(area.topLeft() + QPoint(1, 1)).row()
        last = self.indexAt(QPoint(1, area.bottom() - 1)).row()
        if first < 0:
            return range(0)
        return range(first, last + 1 if last >= 0 else self.model().rowCount())

    def show_row(self, index: QModelIndex) -> None:
        """Make a row the current one and bring it into sight, as soon as it is laid out."""
        self.setCurrentIndex(index)
        self.scrollTo(index)
        self._wanted = QPersistentModelIndex(index) if self.layoutMode() is QListView.LayoutMode.Batched else None

    def _on_more_laid_out(self) -> None:
        if self.layoutMode() is not QListView.LayoutMode.Batched:
            return
        if self._wanted is not None and self._is_laid_out(self._wanted):
            self.scrollTo(self._wanted)
            self._wanted = None
        if self._is_laid_out(self.model().index(self.model().rowCount() - 1, 0)):
            self.setLayoutMode(QListView.LayoutMode.SinglePass)

    def _is_laid_out(self, index: QModelIndex | QPersistentModelIndex) -> bool:
        return self.visualRect(index).isValid()
