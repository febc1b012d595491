"""FigureTable: what old and new networks came to, a row a figure; as high as its rows, so that the page scrolls and not the table."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QTableWidget, QTableWidgetItem, QWidget

from busi_gui.views import theme
from busi_gui.views.retraining.words import FIGURE_COLUMNS, base_text, clinic_text, figure_cells
from models.retraining.evidence import Evidence, SetEvidence

_NAME_EM, _LEAST_EM = 12, 4
"""So wide is a figure's name to be, and so wide is it at least."""


class FigureTable(QTableWidget):
    """The figures of the clinic's held-out cases, then those of other clinics, each part with a heading."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(FIGURE_COLUMNS), parent)
        self.setHorizontalHeaderLabels(FIGURE_COLUMNS)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(self.fontMetrics().height() * 2)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setHighlightSections(False)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)  # Tab goes on to the buttons
        self.setAccessibleName("Figures before, and of the proposal")

    def show_evidence(self, evidence: Evidence | None, *, is_elsewhere: bool = False) -> None:
        """Show these figures; None: no table. ``is_elsewhere``: they were measured in another clinic."""
        self.clearSpans()
        self.setRowCount(0)
        if evidence is not None:
            self._add(clinic_text(evidence.clinic.cases, evidence.clinic.groups, is_elsewhere=is_elsewhere), evidence.clinic)
            if evidence.base is not None:
                self._add(base_text(evidence.base.cases), evidence.base)
        self.setVisible(evidence is not None)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as all rows."""
        super().resizeEvent(event)
        self._fit()

    def _items(self, column: int) -> list[QTableWidgetItem]:
        return [item for row in range(self.rowCount()) if (item := self.item(row, column)) is not None]

    def _cells(self, row: int) -> list[QTableWidgetItem]:
        return [item for column in range(self.columnCount()) if (item := self.item(row, column)) is not None]

    def _add(self, title: str, part: SetEvidence) -> None:
        row = self.rowCount()
        self.insertRow(row)
        heading = QTableWidgetItem(title)
        heading.setFont(theme.scaled_font(bold=True))
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.setItem(row, 0, heading)
        self.setSpan(row, 0, 1, len(FIGURE_COLUMNS))
        for name, figure in part.figures.items():
            row = self.rowCount()
            self.insertRow(row)
            for column, text in enumerate(figure_cells(name, figure)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.setItem(row, column, item)

    def _fit(self) -> None:
        header, em, padding = self.horizontalHeader(), self.fontMetrics().height(), self._padding
        advance = self.fontMetrics().horizontalAdvance
        columns = range(1, len(FIGURE_COLUMNS))
        texts = [[item.text() for item in self._items(column)] for column in columns]
        widths = [max(map(advance, each), default=0) + padding + 2 for each in texts]  # two: at the very width of a text Qt breaks it
        if self.viewport().width() - sum(widths) < _NAME_EM * em:  # cells go on in a second line
            widths = [max((advance(word) for text in each for word in text.split()), default=0) + padding for each in texts]
        for column, width in zip(columns, widths, strict=True):
            self.setColumnWidth(column, max(width, header.sectionSizeHint(column)))
        self.setColumnWidth(0, max(self.viewport().width() - sum(map(self.columnWidth, columns)), em * _LEAST_EM))
        for row in range(self.rowCount()):
            self.setRowHeight(row, max(map(self._height_of, self._cells(row))) + em // 2)
        bar = self.horizontalScrollBar()
        high = header.height() + self.verticalHeader().length() + 2 * self.frameWidth()
        self.setFixedHeight(high + (bar.sizeHint().height() if bar.maximum() > 0 else 0))

    @property
    def _padding(self) -> int:
        """What a cell has beside its words. Qt's own heights of rows know nothing of what a style sheet adds."""
        return self.fontMetrics().horizontalAdvance("00") + 2 * (self.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1)

    def _height_of(self, item: QTableWidgetItem) -> int:
        is_heading = self.columnSpan(item.row(), item.column()) > 1
        room = self.viewport().width() if is_heading else self.columnWidth(item.column()) - self._padding
        box = QFontMetrics(item.font()).boundingRect(QRect(0, 0, room, 10_000), Qt.TextFlag.TextWordWrap, item.text())
        return box.height()
