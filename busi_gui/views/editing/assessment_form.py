"""AssessmentForm: what the reader thinks of the lesion in hand. Empty until he says it: no network ever fills it in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLayout, QSizePolicy, QToolButton, QWidget

from busi_gui.domain.reading import CATEGORIES, Assessment, Outcome, OutcomeEvidence, OutcomeMethod
from busi_gui.views.editing.date_field import DateField
from busi_gui.views.editing.text_line import TextLine
from busi_gui.views.icons import icon
from busi_gui.views.labels import Role, Words, dress

NO_CATEGORY = "–"
METHODS = {OutcomeMethod.UNKNOWN: "not said", OutcomeMethod.BIOPSY: "biopsy", OutcomeMethod.FOLLOW_UP: "follow-up"}
NOT_LEARNED = "An outcome counts for learning once it says how it is known."
SOURCE_TIP = "Where it stands, in your own words. It could say whom the scan shows: it stays on this computer, and in no export."
MEANINGS = {
    "0": "incomplete",
    "1": "negative",
    "2": "benign",
    "3": "probably benign",
    "4A": "low suspicion",
    "4B": "moderate suspicion",
    "4C": "high suspicion",
    "5": "highly suggestive of malignancy",
    "6": "known malignancy",
}
"""Of the BI-RADS categories, in a few words."""


class AssessmentForm(QWidget):
    """BI-RADS category, outcome, how that is known where there is one, and remark.

    Signals
    -------
    assessed(Assessment)
        The reader has set down something else; words and dates once they are typed to the end.
    typing()
        The reader has begun to type.
    """

    assessed = Signal(object)
    typing = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._about: Hashable = None
        self._assessment = Assessment()
        self._heading = Words("Your assessment", Role.HEADING)
        self.category = _Choice([NO_CATEGORY, *(f"{category}  {MEANINGS[category]}" for category in CATEGORIES)])
        self.category.setAccessibleName("BI-RADS category")
        self.outcome = _Choice([outcome.value for outcome in Outcome])
        self.outcome.setAccessibleName("Outcome, by histology or follow-up")
        self.outcome.setToolTip("By histology or follow-up")
        self.method = _Choice(list(METHODS.values()))
        self.method.setAccessibleName("How the outcome is known")
        self.date = DateField()
        self.date.setAccessibleName("When the outcome was found")
        self.date.setToolTip("When it was found: the day of the biopsy, or of the last follow-up")
        self.clear_date = QToolButton()
        self.clear_date.setIcon(icon("close"))
        self.clear_date.setStyleSheet("padding: 1px;")
        self.clear_date.setToolTip("No date")
        self.clear_date.setAccessibleName("No date")
        self.source, self.remark = TextLine(), TextLine()
        self.source.setAccessibleName("Where the outcome stands")
        self.source.setPlaceholderText("Report number")
        self.source.setToolTip(SOURCE_TIP)
        self.remark.setAccessibleName("Remark")
        self.remark.setPlaceholderText("In your own words")
        self._hint = Words(NOT_LEARNED, Role.SECONDARY)
        self._evidence: list[QWidget] = [self.method, self.date, self.source]
        self._lay_out()
        self._connect()
        self._show_evidence()

    def _connect(self) -> None:
        for choice in (self.category, self.outcome, self.method):
            choice.activated.connect(self._on_chosen)
        self.date.committed.connect(lambda day: self._say_evidence(date=day))
        self.clear_date.clicked.connect(self.date.clear_day)
        self.source.committed.connect(lambda text: self._say_evidence(source=text.strip()))
        self.remark.committed.connect(self._on_remarked)
        self.date.typing.connect(self.typing)
        for line in (self.source, self.remark):
            line.textEdited.connect(self.typing)

    def _lay_out(self) -> None:
        dated = QHBoxLayout()
        dated.setSpacing(2)
        dated.addWidget(self.date, 1)
        dated.addWidget(self.clear_date)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._heading, 0, 0, 1, 2)
        rows: tuple[tuple[str, QWidget, QLayout | None], ...] = (
            ("BI-RADS", self.category, None),
            ("Outcome", self.outcome, None),
            ("Known by", self.method, None),
            ("Date", self.date, dated),
            ("Source", self.source, None),
            ("Remark", self.remark, None),
        )
        for row, (name, field, layout) in enumerate(rows, start=1):
            label = QLabel(name)
            dress(label, Role.SECONDARY)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            if layout is not None:
                grid.addLayout(layout, row, 1)
            else:
                grid.addWidget(field, row, 1)
            if field in self._evidence:
                self._evidence.append(label)
        grid.addWidget(self._hint, len(rows) + 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)

    def show_assessment(self, about: Hashable, title: str, assessment: Assessment) -> str:
        """Show what the reader has set down for a lesion.

        Parameters
        ----------
        about
            Tells the lesion from all others, also of other scans: what is being typed about it stays.
        title
            What it is called.

        Returns
        -------
        str
            What was typed about another lesion and came too late for it; mostly nothing.
        """
        is_other = about != self._about
        unsaid = "; ".join(line.text() for line in (self.source, self.remark) if is_other and line.is_changed)
        self._about, self._assessment = about, assessment
        self._heading.setText(f"Your assessment of {title}")
        with QSignalBlocker(self.category), QSignalBlocker(self.outcome), QSignalBlocker(self.method):
            self.category.setCurrentIndex(CATEGORIES.index(assessment.category) + 1 if assessment.category else 0)
            self.outcome.setCurrentIndex(list(Outcome).index(assessment.outcome))
            self.method.setCurrentIndex(list(METHODS).index(assessment.evidence.method))
        if is_other or not self.date.is_changed:
            self.date.show_day(assessment.evidence.date)
        for line, text in ((self.source, assessment.evidence.source), (self.remark, assessment.remark)):
            if is_other or not line.is_changed:
                line.show_text(text)
                line.setCursorPosition(0)
        self.remark.setToolTip(assessment.remark)
        self._show_evidence()
        return unsaid

    def _show_evidence(self) -> None:
        is_known = self._assessment.outcome is not Outcome.UNKNOWN
        for part in self._evidence:
            part.setVisible(is_known)
        self.clear_date.setVisible(is_known and bool(self._assessment.evidence.date))
        self._hint.setVisible(is_known and not self._assessment.has_recorded_outcome)

    def _on_chosen(self) -> None:
        place, outcome = self.category.currentIndex(), list(Outcome)[self.outcome.currentIndex()]
        evidence = replace(self._assessment.evidence, method=list(METHODS)[self.method.currentIndex()])
        if outcome is Outcome.UNKNOWN:
            evidence = OutcomeEvidence()  # of nothing
        self._say(replace(self._assessment, category=CATEGORIES[place - 1] if place else "", outcome=outcome, evidence=evidence))

    def _on_remarked(self, text: str) -> None:
        self._say(replace(self._assessment, remark=text.strip()))

    def _say_evidence(self, **changes: Any) -> None:
        self._say(replace(self._assessment, evidence=replace(self._assessment.evidence, **changes)))

    def _say(self, assessment: Assessment) -> None:
        if assessment != self._assessment:
            self._assessment = assessment
            self.assessed.emit(assessment)


class _Choice(QComboBox):
    """A box that takes what is typed into it, rather than the window, and never the wheel of who scrolls past."""

    def __init__(self, texts: list[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.addItems(texts)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMaxVisibleItems(len(texts))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def event(self, event: QEvent) -> bool:
        """Keep letters and digits from the window: they choose."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.KeypadModifier
            if event.text().isalnum() and event.modifiers() in plain:
                event.accept()
                return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        event.ignore()
