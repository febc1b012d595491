"""NetworksDialog: every version of the networks, which is in use, and the ways to another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from busi_gui.services.versions import SUFFIX, VersionEntry, VersionList, Versions
from busi_gui.views import theme
from busi_gui.views.choice_bar import ChoiceBar
from busi_gui.views.labels import ElidedLabel, Role, Words, plain_button, say
from busi_gui.views.version_words import (
    ONLY_SHIPPED,
    cautions,
    delete_question,
    first_figure_text,
    learned_text,
    maker_text,
    no_evidence,
    status_text,
    told_lines,
    use_question,
)
from busi_gui.views.whole_lines import WholeLines

_FILES = f"Networks (*{SUFFIX})"
_COLUMNS = ("Version", "Status", "Made", "By", "Before → after", "Learned from")
_STRETCHED = 5
_EVIDENCE_TIP = "See every figure with its interval, and the held-out cases that change most"
_DELETE_TIP = "Delete networks that were never in use; all others are kept, for results rest on them"
_IMPORT_TIP = "Take in networks from a file. Whether it is whole is found out, who made it is not: take files from people whom you trust"


class NetworksDialog(QDialog):
    """A list of versions, what is known of the chosen one, and what can be done with it.

    Attributes
    ----------
    table
        A row a version.
    use, back, evidence, export, import_, delete
        Buttons.
    question
        Asks before other networks are put in use, or some are deleted.

    Signals
    -------
    evidence_wanted(VersionEntry)
        The reader wants to see all that was compared before a version was proposed.
    """

    evidence_wanted = Signal(object)

    def __init__(self, versions: Versions, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._versions = versions
        self._folder = folder
        self._listed: VersionList | None = None
        self.setWindowTitle("Networks")
        self._heading = Words("", Role.HEADING)
        self._problem = Words("", Role.CAUTION)
        self.table = _table()
        self._empty = Words(ONLY_SHIPPED, Role.SECONDARY)
        self._told, self._cautions, self._hashes = Words(), Words("", Role.CAUTION), Words()
        self._details = WholeLines(self._cautions, self._told, self._hashes)
        self.question = ChoiceBar("networks_question")
        self.use = plain_button("&Use…", "Have these networks answer from now on; you are asked first", self._on_use)
        self.back = plain_button("&Back", "Have the networks answer that were in use before these", versions.back)
        self.evidence = plain_button("E&vidence…", _EVIDENCE_TIP, self._on_evidence)
        self.export = plain_button("&Export…", "Write these networks into one file, for another computer", self._on_export)
        self.import_ = plain_button(
            "&Import…",
            _IMPORT_TIP,
            self._on_import,
        )
        self.delete = plain_button("&Delete…", _DELETE_TIP, self._on_delete)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Working")
        self._stage, self._answer = ElidedLabel(), Words()
        self._answer.setAccessibleName("Answer")
        self._lay_out()
        self.table.currentCellChanged.connect(self._on_row_changed)
        self.table.horizontalScrollBar().rangeChanged.connect(self._fit_table)
        versions.listed.connect(self._show)
        versions.busy_changed.connect(self._on_busy)
        versions.progressed.connect(self._on_progressed)
        versions.done.connect(self._on_answer)
        versions.failed.connect(self._on_answer)
        self._refresh()
        versions.refresh()

    @property
    def answer(self) -> str:
        """What came of the last wish."""
        return self._answer.text()

    @property
    def chosen(self) -> VersionEntry | None:
        """The version whose row is chosen."""
        row = self.table.currentRow()
        return self._listed.entries[row] if self._listed is not None and 0 <= row < len(self._listed.entries) else None

    def text(self) -> str:
        """Return everything that it says beside the table."""
        return "\n".join(words.text() for words in self.findChildren(Words) if words.isVisibleTo(self))

    def choose(self, name: str) -> None:
        """Choose the row of a version."""
        for row, entry in enumerate(self._listed.entries if self._listed is not None else ()):
            if entry.name == name:
                self.table.setCurrentCell(row, 0)

    def _lay_out(self) -> None:
        self._details.setAccessibleName("What is known of the chosen networks")
        close = plain_button("Close", "", self.reject)
        row = QHBoxLayout()
        for button in (self.use, self.back, self.evidence, self.export, self.import_, self.delete):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close)
        progress = QHBoxLayout()
        progress.addWidget(self._stage)
        progress.addWidget(self._bar, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 18)
        column.setSpacing(10)
        for part, stretch in ((self._heading, 0), (self._problem, 0), (self.table, 1), (self._empty, 0), (self._details, 2)):
            column.addWidget(part, stretch)
        column.addWidget(self.question)
        column.addLayout(progress)
        column.addWidget(self._answer)
        column.addLayout(row)
        em = self.fontMetrics().height()
        screen = self.screen().availableSize()
        self.resize(min(em * 70, screen.width() - 80), min(em * 44, screen.height() - 120))
        self.table.setFocus()

    # what is shown --------------------------------------------------------------------------------------------------------------------------------

    def _show(self, listed: VersionList) -> None:
        before = self.chosen
        self._listed = listed
        self.table.setRowCount(len(listed.entries))
        for row, entry in enumerate(listed.entries):
            cells = (entry.name, status_text(entry), entry.created, maker_text(entry), first_figure_text(entry), learned_text(entry))
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if entry.problem:
                    item.setForeground(QColor(theme.TEXT_SECONDARY))
                font = item.font()
                font.setBold(entry.is_in_use)
                item.setFont(font)
                self.table.setItem(row, column, item)
        self._fit_table()
        self.choose(listed.arrived or (before.name if before is not None else listed.in_use.name))
        if self.chosen is None:
            self.choose(listed.in_use.name)
        if listed.arrived:
            self.table.setFocus()
        self._refresh()

    def _fit_table(self) -> None:
        """Let it be no higher than its rows: the room below is for what is known of the chosen ones."""
        bar = self.table.horizontalScrollBar()
        rows = self.table.horizontalHeader().sizeHint().height() + self.table.verticalHeader().length() + 2 * self.table.frameWidth()
        self.table.setMaximumHeight(rows + (bar.sizeHint().height() if bar.maximum() > 0 else 0))

    def _refresh(self) -> None:
        listed, entry, is_busy = self._listed, self.chosen, self._versions.is_busy
        in_use = listed.in_use if listed is not None else None
        self._heading.setText(f"{in_use.name} is in use" if in_use is not None else "Looking for networks …")
        say(self._problem, in_use.problem if in_use is not None else "")
        self._empty.setVisible(listed is not None and len(listed.entries) == 1)
        before = in_use.before if in_use is not None else ""
        self.back.setText(f"&Back to {before.replace('&', '&&')}" if before else "&Back")
        is_there = entry is not None and not is_busy
        self.back.setEnabled(bool(before) and not is_busy)
        self.import_.setEnabled(not is_busy)
        self.use.setEnabled(is_there and entry is not None and not entry.is_in_use and not cautions(entry))
        why = no_evidence(entry) if entry is not None else "No version is chosen"
        self.evidence.setEnabled(not why)
        self.evidence.setToolTip(why or _EVIDENCE_TIP)
        self.export.setEnabled(is_there and entry is not None and not entry.problem)
        self.delete.setEnabled(is_there and entry is not None and entry.is_proposal)
        self._bar.setVisible(is_busy)
        self._stage.setVisible(is_busy)

    def _on_row_changed(self) -> None:
        entry, listed = self.chosen, self._listed
        self.question.clear()
        self._answer.setText("")
        self._details.verticalScrollBar().setValue(0)
        if entry is not None and listed is not None:
            say(self._cautions, "\n".join(cautions(entry)))
            say(self._told, "\n\n".join(told_lines(entry, listed)))
            say(self._hashes, "\n".join(f"{name} sha256:{digest}" for name, digest in entry.hashes.items()))
        self._refresh()

    def _on_busy(self, is_busy: bool) -> None:
        if is_busy:
            self.question.clear()
            self._answer.setText("")
            self._bar.setRange(0, 0)
            self._stage.show_text("")
        self._refresh()

    def _on_progressed(self, stage: str, fraction: float) -> None:
        self._bar.setRange(0, 100 if fraction else 0)
        self._bar.setValue(round(100 * fraction))
        self._stage.show_text(f"{stage} …")

    def _on_answer(self, said: str) -> None:
        self._answer.setText(said)

    # what the reader does -------------------------------------------------------------------------------------------------------------------------

    def _on_use(self) -> None:
        entry, listed = self.chosen, self._listed
        if entry is not None and listed is not None:
            tip = f"From now on {entry.name} answers"
            self._ask(use_question(entry, listed), f"Use {entry.name}", tip, lambda: self._versions.use(entry.name))

    def _on_evidence(self) -> None:
        if self.chosen is not None:
            self.evidence_wanted.emit(self.chosen)

    def _on_delete(self) -> None:
        entry = self.chosen
        if entry is not None:
            self._ask(delete_question(entry), f"Delete {entry.name}", "Delete its files", lambda: self._versions.delete(entry.name))

    def _ask(self, question: str, yes: str, tip: str, do: Callable[[], None]) -> None:
        def answer() -> None:
            self.question.clear()
            do()
            self.table.setFocus()

        self._answer.setText("")
        self.question.ask(question, [(yes.replace("&", "&&"), tip, answer), ("Leave it as it is", "Change nothing", self.question.clear)])
        for button in self.question.buttons:
            button.setAutoDefault(False)
        self.question.buttons[0].setFocus()

    def _on_export(self) -> None:
        entry = self.chosen
        if entry is None:
            return
        name, _ = QFileDialog.getSaveFileName(self, "Export networks to", str(self._folder / f"{entry.name}{SUFFIX}"), _FILES)
        if name:
            self._export_to(entry, Path(name))

    def _export_to(self, entry: VersionEntry, file: Path) -> None:
        self._folder = file.parent
        named = file if file.suffix == SUFFIX else file.with_name(file.name + SUFFIX)
        if named != file and named.exists():  # the reader was asked about the other name
            self._answer.setText(f"{named} is there already: choose another name.")
            return
        self._versions.export(entry.name, named)

    def _on_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Import networks from", str(self._folder), f"{_FILES};;All files (*)")
        if name:
            self._folder = Path(name).parent
            self._versions.import_file(Path(name))


def _table() -> QTableWidget:
    table = QTableWidget(0, len(_COLUMNS))
    table.setHorizontalHeaderLabels(_COLUMNS)
    header = table.horizontalHeader()
    for column in range(len(_COLUMNS)):
        is_stretched = column == _STRETCHED
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch if is_stretched else QHeaderView.ResizeMode.ResizeToContents)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    header.setHighlightSections(False)
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)  # Tab goes on to the buttons
    table.setAccessibleName("Versions of the networks")
    return table
