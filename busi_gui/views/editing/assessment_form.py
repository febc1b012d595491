"""AssessmentForm: what the reader thinks of the lesion in hand. Empty until he says it: no network ever fills it in."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSizePolicy, QWidget

from busi_gui.domain.reading import CATEGORIES, Assessment, Outcome
from busi_gui.views.editing.text_line import TextLine
from busi_gui.views.labels import Role, Words, dress

NO_CATEGORY = "–"
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
    """BI-RADS category, outcome and remark.

    Signals
    -------
    assessed(Assessment)
        The reader has set down something else; a remark once it is typed to the end.
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
        self.remark = TextLine()
        self.remark.setAccessibleName("Remark")
        self.remark.setPlaceholderText("In your own words")
        self.category.activated.connect(self._on_chosen)
        self.outcome.activated.connect(self._on_chosen)
        self.remark.committed.connect(self._on_remarked)
        self.remark.textEdited.connect(self.typing)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._heading, 0, 0, 1, 2)
        for row, (name, field) in enumerate((("BI-RADS", self.category), ("Outcome", self.outcome), ("Remark", self.remark)), start=1):
            label = QLabel(name)
            dress(label, Role.SECONDARY)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
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
        is_typing, is_other = self.remark.is_changed, about != self._about
        unsaid = self.remark.text() if is_typing and is_other else ""
        self._about, self._assessment = about, assessment
        self._heading.setText(f"Your assessment of {title}")
        with QSignalBlocker(self.category), QSignalBlocker(self.outcome):
            self.category.setCurrentIndex(CATEGORIES.index(assessment.category) + 1 if assessment.category else 0)
            self.outcome.setCurrentIndex(list(Outcome).index(assessment.outcome))
        if is_other or not is_typing:
            self.remark.show_text(assessment.remark)
            self.remark.setCursorPosition(0)
            self.remark.setToolTip(assessment.remark)
        return unsaid

    def _on_chosen(self) -> None:
        place = self.category.currentIndex()
        self._say(replace(self._assessment, category=CATEGORIES[place - 1] if place else "", outcome=list(Outcome)[self.outcome.currentIndex()]))

    def _on_remarked(self, text: str) -> None:
        self._say(replace(self._assessment, remark=text.strip()))

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
