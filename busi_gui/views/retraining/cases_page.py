"""CasesPage: what is approved, what is done with each case, and whether that is enough to retrain."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from busi_gui.services.retraining import ApprovalNote, Retraining
from busi_gui.services.retraining_progress import RetrainingStatus
from busi_gui.views.labels import Role, Words, plain_button, say
from busi_gui.views.retraining.case_grid import CaseGrid
from busi_gui.views.retraining.case_words import (
    NOTHING_HEADING,
    CaseEntry,
    CaseFilter,
    case_lines,
    entries_of,
    filter_text,
    nothing_text,
    summary_lines,
)
from busi_gui.views.retraining.page import Page
from busi_gui.views.retraining.words import COMPARED, DURATION, RETRAIN_TIP
from busi_gui.views.wrap_row import WrapRow

_CHOOSE = "Choose a case to see what is done with it."
_TOLD_LINES = 3
"""Room for what is said of a case: the grid is not to move with each."""


class CasesPage(Page):
    """A grid of approved cases, filters, and in words what a retraining would do with them.

    Attributes
    ----------
    grid, filter
        The cases, and which of them are shown.
    retrain, result, close_button, again
        Buttons; ``result`` is there once something came of a retraining, ``again`` lists anew what could not be listed.

    Signals
    -------
    retrain_wanted()
        The reader wants the networks to learn from these cases.
    result_wanted()
        The reader wants to see what came of the last one.
    close_wanted()
        The reader wants to leave.
    """

    retrain_wanted = Signal()
    result_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, retraining: Retraining, approve_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._retraining = retraining
        self._entries: list[CaseEntry] | None = None
        self._is_listing = False
        self._heading = Words("", Role.TITLE)
        self._problem = Words("", Role.CAUTION)
        self.again = plain_button("Try &again", "Look once more what is approved", self.refresh)
        self._nothing = Words(nothing_text(approve_key))
        self.filter = QComboBox()
        self.filter.setAccessibleName("Which cases are shown")
        self.filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.grid = CaseGrid()
        self._told = Words(_CHOOSE, Role.SECONDARY)
        self._told.setMinimumHeight(_TOLD_LINES * self._told.fontMetrics().lineSpacing())
        self._summary, self._lacks, self._compared = Words(), Words("", Role.CAUTION), Words(f"{COMPARED}\n{DURATION}", Role.SECONDARY)
        self.retrain = plain_button("&Retrain", RETRAIN_TIP, self.retrain_wanted.emit)
        self.retrain.setDefault(True)
        self.result = plain_button("&Last result", "See again what came of the last retraining", self.result_wanted.emit)
        self.close_button = plain_button("Close", "", self.close_wanted.emit)
        self._lay_out()
        self.filter.currentIndexChanged.connect(self._show_chosen)
        self.grid.chosen.connect(self._on_chosen)
        retraining.listed.connect(self._on_listed)
        retraining.failed.connect(self._on_failed)
        self._refresh()

    def refresh(self) -> None:
        """Look what is approved."""
        self._is_listing = True
        say(self._problem, "")
        self._refresh()
        self._retraining.list_cases()

    def choose(self, which: CaseFilter) -> None:
        """Show only some cases."""
        self.filter.setCurrentIndex(list(CaseFilter).index(which))

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        show = QLabel("&Show")
        show.setBuddy(self.filter)
        self._filter_row = WrapRow([show, self.filter], end=0, gap=em // 2)
        self._of_cases: tuple[QWidget, ...] = (self._filter_row, self.grid, self._told, self._summary, self._compared)
        self.column.addWidget(self._heading)
        self.column.addWidget(self._problem)
        self.column.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        self.column.addWidget(self._nothing)
        for part in self._of_cases:
            self.column.addWidget(part, 1 if part is self.grid else 0)
        self.column.addWidget(self._lacks)
        self.column.addStretch(0)
        self.add_buttons([self.retrain, self.result, self.close_button])

    def _on_listed(self, notes: Sequence[ApprovalNote]) -> None:
        self._is_listing = False
        say(self._problem, "")
        self._entries = entries_of(notes, self._retraining.progress)
        self._refresh()

    def _on_failed(self, message: str) -> None:
        if self._is_listing:  # else it is about a picture
            self._is_listing = False
            say(self._problem, message)
            self._refresh()

    def _refresh(self) -> None:
        entries, problem = self._entries or [], self._problem.text()
        progress = self._retraining.progress
        self.result.setVisible(progress.status is not RetrainingStatus.IDLE and not progress.is_running)
        is_known = self._entries is not None and not problem
        self._heading.setText(self._title(is_empty=not entries))
        self.again.setVisible(bool(problem))
        self._nothing.setVisible(is_known and not entries)
        for part in self._of_cases:
            part.setVisible(is_known and bool(entries))
        lacks = self._retraining.lacks([entry.note for entry in entries]) if is_known else []
        say(self._lacks, "\n".join(lacks) if entries else "")
        self._summary.setText("\n".join(summary_lines(entries)))
        self._offer(lacks, is_known=is_known)
        if is_known:
            self._show_filters(entries)
            self._show_chosen()

    def _title(self, *, is_empty: bool) -> str:
        if self._problem.text():
            return "What is approved cannot be listed"
        if self._entries is None:
            return "Looking for approved cases …"
        return NOTHING_HEADING if is_empty else "Retrain the networks with your approved cases"

    def _offer(self, lacks: Sequence[str], *, is_known: bool) -> None:
        why = " ".join(lacks) if is_known else "What is approved is not known"
        self.retrain.setEnabled(not why)
        self.retrain.setToolTip(why or RETRAIN_TIP)

    def _show_filters(self, entries: Sequence[CaseEntry]) -> None:
        chosen = max(self.filter.currentIndex(), 0)
        self.filter.blockSignals(True)
        self.filter.clear()
        self.filter.addItems([filter_text(which, entries) for which in CaseFilter])
        self.filter.setCurrentIndex(chosen)
        self.filter.blockSignals(False)

    def _show_chosen(self) -> None:
        which = list(CaseFilter)[max(self.filter.currentIndex(), 0)]
        self.grid.show_entries([entry for entry in self._entries or () if which.holds(entry)])

    def _on_chosen(self, entry: CaseEntry | None) -> None:
        self._told.setText(_CHOOSE if entry is None else "\n".join(case_lines(entry)))
