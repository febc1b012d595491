"""Rediagnosing: what the reader has outlined anew is diagnosed again, and what is known of each lesion is completed when there is time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.diagnosing import diagnosed, is_looked_at, with_ranges
from busi_gui.domain.scan import Scan
from busi_gui.services.jobs import Report
from busi_gui.services.model_service import AnalysisPipeline, ModelService, PipelineWork
from busi_gui.services.pane import Pane
from busi_gui.services.states import NetworkStatus
from models.analysis import Concern, FoundLesion, Mask

IDLE_MS = 300
"""How long nothing changes before what is not urgent is asked: longer than from one stroke to the next of a series."""
_MOST_AT_ONCE = 3
"""Lesions of one job: what was answered is on screen before the next are asked about."""


@dataclass(frozen=True, eq=False)
class _Found:
    """What comes of a job."""

    answers: Mapping[int, FoundLesion] = field(default_factory=dict)
    concerns: tuple[Concern, ...] | None = None


@dataclass(frozen=True, eq=False)
class _Job:
    """What is being asked: of which scan and masks, by the lesions' numbers; ``is_urgent`` for the plain answer."""

    number: int
    scan: Scan
    masks: Mapping[int, Mask]
    is_urgent: bool

    def is_about(self, case: Case, lesions: Sequence[Lesion]) -> bool:
        """Whether it asks about exactly these lesions, as they are outlined now."""
        return case.scan is self.scan and [lesion.number for lesion in lesions] == list(self.masks) and self.holds_for(case)

    def holds_for(self, case: Case) -> bool:
        """Whether its answer will still be one about the case."""
        return case.scan is self.scan and all((lesion := case.lesion(number)) and lesion.mask is mask for number, mask in self.masks.items())


class Rediagnosing(QObject):
    """Follows the case of one pane: the answer about a changed outline comes first and at once, the rest when nothing changes for a while.

    One job at a time asks about the newest state; an older one ends at its next stage. What is urgent waits for no more than one stage of whatever
    the networks are at. An answer for another frame, or for an outline that is no longer there, is dropped.

    Signals
    -------
    changed()
        Other lesions are being diagnosed than before, or none.
    settled(OpenFile, Case)
        After a change every lesion has its answer, or what was changed needs none.
    failed(str)
        The networks could not answer: a sentence for the reader. The lesion stays as it is until it is changed or asked about again.
    """

    changed = Signal()
    settled = Signal(object, object)
    failed = Signal(str)

    def __init__(self, models: ModelService, pane: Pane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._pane = pane
        self._is_at_once = True
        self._job: _Job | None = None
        self._numbers: frozenset[int] = frozenset()
        self._asked: list[Mask] = []  # that the reader wants diagnosed, whatever the setting
        self._given_up: list[Mask] = []  # that the networks failed
        self._attended: int | None = None
        self._is_held = False
        self._held_back: tuple[int, object] | None = None
        self._checked: tuple[Mask, ...] | None = None  # for which the concerns are those of the case
        self._idle = QTimer(self, singleShot=True, interval=IDLE_MS)
        self._idle.timeout.connect(self._complete)
        pane.shown.connect(self._on_shown)
        pane.changed.connect(self._on_changed)
        models.done.connect(self._on_done)
        models.failed.connect(self._on_failed)
        models.stopped.connect(self._on_ended)
        models.broke.connect(self._on_ended)
        models.state_changed.connect(self._look)
        models.replaced.connect(self._on_replaced)
        models.closing.connect(self._on_closing)

    @property
    def is_at_once(self) -> bool:
        """Whether a changed lesion is diagnosed without being asked for."""
        return self._is_at_once

    @is_at_once.setter
    def is_at_once(self, is_at_once: bool) -> None:
        self._is_at_once = is_at_once
        self._look()

    @property
    def numbers(self) -> frozenset[int]:
        """The lesions that are being diagnosed."""
        return self._numbers

    def diagnose_again(self) -> None:
        """Diagnose every lesion whose outline is another than the networks were asked about, also what they failed before."""
        self._given_up = []
        self._asked = [lesion.mask for lesion in _stale(self._pane.case)]
        self._look()

    def attend(self, number: int | None) -> None:
        """Note which lesion the reader looks at: it comes first."""
        self._attended = number

    def hold(self, is_held: bool) -> None:
        """Keep answers back while the reader draws: all that they would change on screen would make his stroke wait."""
        self._is_held = is_held
        back, self._held_back = self._held_back, None
        if not is_held and back is not None:
            self._on_done(*back)
        elif not is_held and self._job is None:
            self._idle.start()

    # what is to be done ---------------------------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Ask about what is outlined anew, and stop asking about what no longer is."""
        case, wanted = self._pane.case, self._wanted()
        if self._job is not None and not self._is_at_work_on(case, wanted):
            self._models.stop(self._job.number)
            self._job = None
        if self._job is None and case is not None:
            if wanted:
                self._ask(case, wanted[:_MOST_AT_ONCE])
            else:
                self._idle.start()
        self._announce(wanted)

    def _is_at_work_on(self, case: Case | None, wanted: list[Lesion]) -> bool:
        assert self._job is not None
        if case is None:
            return False
        if self._job.is_urgent or wanted:
            return self._job.is_urgent and self._job.is_about(case, wanted[:_MOST_AT_ONCE])
        return self._job.holds_for(case)

    def _wanted(self) -> list[Lesion]:
        """Return the lesions to be diagnosed now, that which the reader looks at first."""
        if self._models.state.status is not NetworkStatus.READY:
            return []
        stale = [lesion for lesion in _stale(self._pane.case) if not _holds(self._given_up, lesion.mask)]
        return self._attended_first([lesion for lesion in stale if self._is_at_once or _holds(self._asked, lesion.mask)])

    def _attended_first(self, lesions: list[Lesion]) -> list[Lesion]:
        return sorted(lesions, key=lambda lesion: lesion.number != self._attended)

    def _ask(self, case: Case, lesions: list[Lesion]) -> None:
        masks = {lesion.number: lesion.mask for lesion in lesions}
        self._submit(case, masks, partial(_answers, case.scan, masks), is_urgent=True)

    def _complete(self) -> None:
        """Find out what there was no time for: what speaks against the answers, then how much each outline matters."""
        case = self._pane.case
        if case is None or self._job is not None or self._is_held or self._models.state.status is not NetworkStatus.READY:
            return
        if not self._is_checked(case) and not _stale(case):
            self._submit(case, {lesion.number: lesion.mask for lesion in case.lesions}, partial(_concerns, case))
            return
        bare = [lesion for lesion in case.lesions if not lesion.is_stale and lesion.diagnosis is not None and not lesion.diagnosis.ranges]
        bare = [lesion for lesion in self._attended_first(bare) if is_looked_at(case.scan, lesion.mask) and not _holds(self._given_up, lesion.mask)]
        if bare:
            now = bare[:1] if bare[0].number == self._attended else bare
            self._submit(case, {lesion.number: lesion.mask for lesion in now}, partial(_ranges, case.scan, now))

    def _submit(self, case: Case, masks: Mapping[int, Mask], work: PipelineWork, *, is_urgent: bool = False) -> None:
        self._idle.stop()
        self._job = _Job(self._models.run(work, is_urgent=is_urgent), case.scan, masks, is_urgent)

    def _is_checked(self, case: Case) -> bool:
        checked = self._checked
        return checked is not None and len(checked) == len(case.lesions) and all(_holds(checked, lesion.mask) for lesion in case.lesions)

    def _announce(self, wanted: list[Lesion]) -> None:
        numbers = frozenset(lesion.number for lesion in wanted)
        if numbers != self._numbers:
            self._numbers = numbers
            self.changed.emit()

    # what happened --------------------------------------------------------------------------------------------------------------------------------

    def _on_shown(self) -> None:
        case = self._pane.case
        # With an analysis come the concerns about its own outlines.
        is_networks = case is not None and case.analysis is not None and not case.reading.is_touched
        self._checked = tuple(lesion.mask for lesion in case.lesions) if case is not None and is_networks else None
        self._idle.stop()
        self._look()

    def _on_changed(self) -> None:
        self._look()
        case = self._pane.case
        if case is not None and not _stale(case):
            self.settled.emit(self._pane.file, case)

    def _on_done(self, number: int, found: object) -> None:
        job, case = self._job, self._pane.case
        if job is None or number != job.number:
            return
        if self._is_held:
            self._held_back = number, found
            return
        self._job = None
        assert isinstance(found, _Found)
        assert case is not None  # and the one that was asked about: at every change of it other jobs were dropped
        if found.concerns is not None:
            self._checked = tuple(job.masks.values())
        if found.answers or found.concerns not in (None, case.concerns):
            self._pane.answer(found.answers, found.concerns)  # and look for the next
        else:
            self._look()

    def _on_failed(self, number: int, sentence: str) -> None:
        if self._job is not None and number == self._job.number:
            self._on_ended(number)
            self.failed.emit(sentence)

    def _on_ended(self, number: int, _error: object = None) -> None:
        """Do not ask again what was not answered."""
        if self._job is None or number != self._job.number:
            return
        job, self._job = self._job, None
        self._given_up = [*(mask for mask in self._given_up if self._is_there(mask)), *job.masks.values()]
        if not job.is_urgent:
            case = self._pane.case
            self._checked = tuple(lesion.mask for lesion in case.lesions) if case is not None else None
        self._look()

    def _on_replaced(self) -> None:
        """Take no answer of the former networks, and ask the new ones also what those did not answer."""
        if self._job is not None:
            self._models.stop(self._job.number)
        self._job = self._held_back = None
        self._given_up = []

    def _on_closing(self) -> None:
        self._pane.shown.disconnect(self._on_shown)
        self._pane.changed.disconnect(self._on_changed)
        self._idle.stop()

    def _is_there(self, mask: Mask) -> bool:
        case = self._pane.case
        return case is not None and _holds([lesion.mask for lesion in case.lesions], mask)


def _stale(case: Case | None) -> list[Lesion]:
    """Return the lesions that have no answer for their outline, and of which the networks see anything."""
    return [lesion for lesion in case.lesions if lesion.is_stale and is_looked_at(case.scan, lesion.mask)] if case is not None else []


def _holds(masks: Sequence[Mask], mask: Mask) -> bool:
    return any(one is mask for one in masks)


def _answers(scan: Scan, masks: Mapping[int, Mask], pipeline: AnalysisPipeline, report: Report) -> _Found:
    answers: dict[int, FoundLesion] = {}
    for number, mask in masks.items():
        report("diagnosing", len(answers) / len(masks))
        answers[number] = diagnosed(scan, mask, pipeline.diagnose)
    return _Found(answers)


def _ranges(scan: Scan, lesions: Sequence[Lesion], pipeline: AnalysisPipeline, report: Report) -> _Found:
    return _Found({lesion.number: with_ranges(scan, lesion, partial(pipeline.outline_ranges, report=report)) for lesion in lesions})


def _concerns(case: Case, _pipeline: AnalysisPipeline, _report: Report) -> _Found:
    return _Found(concerns=case.found_concerns())
