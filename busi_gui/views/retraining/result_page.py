"""ResultPage: what came of a retraining, and the ways from there: adopt the proposal, go on, go back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from busi_gui.services.retraining_progress import RetrainingProgress, RetrainingStatus
from busi_gui.services.versions import VersionList, Versions
from busi_gui.views.choice_bar import ChoiceBar
from busi_gui.views.labels import Role, Words, plain_button, say
from busi_gui.views.retraining.figure_table import FigureTable
from busi_gui.views.retraining.gallery import Gallery
from busi_gui.views.retraining.outlined import CasePictures
from busi_gui.views.retraining.page import Page
from busi_gui.views.retraining.words import (
    NOT_CLINICAL,
    adopt_question,
    adopt_refusal,
    adopt_text,
    again_text,
    objections,
    remarks,
    result_heading,
)

_ADOPT_TIP = "Have these networks answer from now on; you are asked first"


class ResultPage(Page):
    """Heading, objections, figures, remarks and a gallery.

    Attributes
    ----------
    table, gallery
        Figures, and the cases that change most.
    question
        Asks before the proposal is put in use.
    adopt, again, networks, back, close_button
        Buttons; ``again`` starts once more after an end that came too early.

    Signals
    -------
    again_wanted(), networks_wanted(), back_wanted(), close_wanted()
        What the reader wants: another start, the list of networks, the approved cases, or to leave.
    """

    again_wanted = Signal()
    networks_wanted = Signal()
    back_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, versions: Versions, cases: CasePictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._versions = versions
        self._progress = RetrainingProgress()
        self._listed: VersionList | None = None
        self._adopting = ""
        self._heading, self._objections = Words("", Role.TITLE), Words("", Role.CAUTION)
        self._remarks, self._answer = Words(), Words()
        self._answer.setAccessibleName("Answer")
        self.table, self.gallery = FigureTable(), Gallery(cases)
        self.question = ChoiceBar("adopt_question")
        self.adopt = plain_button("&Adopt", _ADOPT_TIP, self._on_adopt)
        self.again = plain_button("&Go on", "Start again with what is approved now", self.again_wanted.emit)
        self.networks = plain_button("&Networks…", "See every version of the networks, and which is in use", self.networks_wanted.emit)
        self.back = plain_button("&Back to the cases", "See what is approved", self.back_wanted.emit)
        self.close_button = plain_button("Close", "", self.close_wanted.emit)
        self._lay_out()
        versions.listed.connect(self._on_listed)
        versions.busy_changed.connect(self._refresh)
        versions.progressed.connect(self._on_progressed)
        versions.done.connect(self._on_answer)
        versions.failed.connect(self._on_answer)

    @property
    def answer(self) -> str:
        """What came of adopting it."""
        return self._answer.text()

    def show_progress(self, progress: RetrainingProgress) -> None:
        """Show what came of a retraining that has ended."""
        if progress is self._progress:
            return
        self._progress, self._adopting = progress, ""
        evidence = progress.evidence
        self.question.clear()
        say(self._answer, "")
        say(self._objections, "\n".join(objections(progress)))
        self.table.show_evidence(evidence)
        self.gallery.show_cases(*((evidence.improved, evidence.worsened) if evidence is not None else ((), ())))
        is_judged = progress.status is RetrainingStatus.JUDGED
        self.adopt.setVisible(is_judged and bool(progress.kept))
        self.again.setVisible(not is_judged)
        self.again.setText(again_text(progress))
        self._refresh()

    def _lay_out(self) -> None:
        parts: tuple[QWidget, ...] = (self._heading, self._objections, self.table, self._remarks, self.gallery)
        for part in parts:
            self.column.addWidget(part)
        self.column.addStretch(1)
        below: tuple[QWidget, ...] = (self.question, self._answer, Words(NOT_CLINICAL, Role.SECONDARY))
        for part in below:
            self.end.addWidget(part)
        self.add_buttons([self.adopt, self.again, self.networks, self.back, self.close_button])

    def _refresh(self) -> None:
        name, is_in_use = self._progress.kept, self._is_in_use
        say(self._heading, result_heading(self._progress, is_in_use=is_in_use))
        self._heading.setAccessibleName(self._heading.text())
        say(self._remarks, "\n".join(remarks(self._progress, is_in_use=is_in_use)))
        why = adopt_refusal(self._progress, self._listed, is_busy=self._versions.is_busy)
        self.adopt.setText(adopt_text(name))
        self.adopt.setEnabled(not why)
        self.adopt.setToolTip(why or _ADOPT_TIP)
        if why:
            self.question.clear()

    def _on_adopt(self) -> None:
        name = self._progress.kept
        yes = (f"Use {name}".replace("&", "&&"), f"From now on {name} answers", self._use)
        self.question.ask(adopt_question(name), [yes, ("Leave it as it is", "Change nothing", self._leave)])
        for button in self.question.buttons:
            button.setAutoDefault(False)
        self.question.buttons[0].setFocus()

    def _use(self) -> None:
        self.question.clear()
        self._adopting = self._progress.kept
        say(self._answer, f"{self._adopting} is being put in use …")
        self._versions.use(self._adopting)
        self.close_button.setFocus()

    def _leave(self) -> None:
        self.question.clear()
        self.adopt.setFocus()

    @property
    def _is_in_use(self) -> bool:
        """Whether the proposal answers."""
        return self._listed is not None and bool(self._progress.kept) and self._listed.in_use.name == self._progress.kept

    def _on_listed(self, listed: VersionList) -> None:
        was_in_use, self._listed = self._is_in_use, listed
        if was_in_use and not self._is_in_use:
            say(self._answer, "")  # it said that it is
        self._refresh()

    def _on_progressed(self, stage: str, _fraction: float) -> None:
        if self._adopting:
            say(self._answer, f"{self._adopting} is being put in use: {stage} …")

    def _on_answer(self, said: str) -> None:
        if self._adopting:  # else it answers another window
            self._adopting = ""
            say(self._answer, said)
