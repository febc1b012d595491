"""FigureTable: what old and new networks came to, a row a figure; as high as its rows, so that the page scrolls and not the table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from busi_gui.views import theme
from busi_gui.views.retraining.words import FIGURE_COLUMNS, base_text, clinic_text, figure_cells
from models.retraining.evidence import Evidence, SetEvidence

_NAME_EM = 12
"""So wide is a figure's name to be."""


class FigureTable(QTableWidget):
    """The figures of the clinic's held-out cases, then those of other clinics, each part with a heading."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(FIGURE_COLUMNS), parent)
        self.setHorizontalHeaderLabels(FIGURE_COLUMNS)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
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
        self.setAccessibleName("Figures of the networks in use and of the proposal")

    def show_evidence(self, evidence: Evidence | None) -> None:
        """Show these figures; None: no table."""
        self.clearSpans()
        self.setRowCount(0)
        if evidence is not None:
            self._add(clinic_text(evidence.clinic.cases, evidence.clinic.groups), evidence.clinic)
            if evidence.base is not None:
                self._add(base_text(evidence.base.cases), evidence.base)
        self.setVisible(evidence is not None)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as all rows."""
        super().resizeEvent(event)
        self._fit()

    def _items(self, column: int) -> list[QTableWidgetItem]:
        found = (self.item(row, column) for row in range(self.rowCount()))
        return [item for item in found if item is not None]

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
        columns = range(1, len(FIGURE_COLUMNS))
        header, metrics = self.horizontalHeader(), self.fontMetrics()
        natural = [max(self.sizeHintForColumn(column), header.sectionSizeHint(column)) for column in columns]
        if self.viewport().width() - sum(natural) < _NAME_EM * metrics.height():  # cells go on in a second line
            padding = metrics.horizontalAdvance("00")
            words = [[word for item in self._items(column) for word in item.text().split()] for column in columns]
            longest = [max(map(metrics.horizontalAdvance, each), default=0) + padding for each in words]
            natural = [max(one, header.sectionSizeHint(column)) for column, one in zip(columns, longest, strict=True)]
        for column, width in zip(columns, natural, strict=True):
            self.setColumnWidth(column, width)
        self.resizeRowsToContents()
        bar = self.horizontalScrollBar()
        high = self.horizontalHeader().height() + self.verticalHeader().length() + 2 * self.frameWidth()
        self.setFixedHeight(high + (bar.sizeHint().height() if bar.maximum() > 0 else 0))
