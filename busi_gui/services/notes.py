"""Notes: what is remembered of the scans that are open, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case, CaseStatus
from busi_gui.domain.provenance import full_text
from busi_gui.domain.scan import Box, Spacing
from busi_gui.services.history import FrameKey, Histories
from busi_gui.services.open_file import OpenFile
from busi_gui.store.records import Note, WorkspaceError

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace


@dataclass(frozen=True)
class Answer:
    """What is remembered of what the networks said of a file; the attributes are those of a ``Note``."""

    p_malignant: float | None = None
    p_low: float | None = None
    p_high: float | None = None
    opinions: tuple[float, ...] = ()
    networks: str = ""
    is_doubted: bool = False

    @classmethod
    def of(cls, case: Case) -> Answer:
        """Return what is to be remembered of a case: of its most suspicious lesion."""
        networks = full_text(case.analysis.network) if case.analysis is not None else ""
        said = case.highest
        if said is None:
            return cls(networks=networks, is_doubted=case.is_doubted)
        widest = said.known_ranges[-1] if said.known_ranges else None
        low, high = (widest.low, widest.high) if widest is not None else (None, None)
        return cls(said.p_malignant, low, high, said.opinions, networks, case.is_doubted)

    def over(self, note: Note) -> Answer:
        """Return the same with what a note knows better of the same answer: how much the outline matters is found out last, and each time anew."""
        is_same = (self.p_malignant, self.networks) == (note.p_malignant, note.networks)
        if not is_same or self.p_malignant is None or note.p_low is None or note.p_high is None:
            return self
        known = [(low, high) for low, high in ((self.p_low, self.p_high), (note.p_low, note.p_high)) if low is not None and high is not None]
        return replace(self, p_low=min(low for low, _ in known), p_high=max(high for _, high in known))


class Notes(QObject):
    """Writes down what changes for a scan; where that cannot be, the change holds until the program ends.

    Written at once, in the UI thread: it takes milliseconds, and what the reader has seen happen is never lost by quitting.

    Signals
    -------
    changed(OpenFile)
        Its note is another.
    failed(str)
        Nothing can be remembered: said once, for it is the same trouble each time.
    """

    changed = Signal(object)
    failed = Signal(str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._has_told = False
        self._histories: Histories | None = None
        self._files: Callable[[], Iterable[OpenFile | None]] = tuple

    def follow(self, histories: Histories, files: Callable[[], Iterable[OpenFile | None]]) -> None:
        """Also note what changes on a frame that is not looked at: a stroke may end after its own was left. ``files`` says which are open now."""
        self._histories, self._files = histories, files
        histories.changed.connect(self._on_reading_changed)

    def remember(self, file: OpenFile, **changes: Any) -> None:
        """Change fields of a file's note, by name."""
        note = replace(file.note, **changes)
        if note == file.note:
            return
        try:
            self._workspace.remember(file.key, **changes)
        except WorkspaceError as error:
            self.tell(str(error))
        file.set_note(note)
        self.changed.emit(file)

    def remember_case(self, file: OpenFile, case: Case) -> None:
        """Note what came of the frame of a file that is looked at; of a cine only the first, for the key frame speaks for it in the end."""
        if case.analysis is not None and (file.frame_count == 1 or not file.note.is_analysed):
            self.remember_analysis(file, Answer.of(case))

    def remember_answers(self, file: OpenFile, case: Case) -> None:
        """Note what the networks now say of the lesions of a single picture that they have looked at before; how far the reader is stays as it is."""
        found = case.analysis.lesions if case.analysis is not None else ()
        if not case.lesions and found and not case.reading.is_touched:
            return  # that the network's outlines were taken off the screen does not mean that it found none
        if file.frame_count == 1 and file.note.is_analysed:
            self.remember(file, **asdict(Answer.of(case).over(file.note)))

    def remember_analysis(self, file: OpenFile, answer: Answer) -> None:
        """Note that a file was analysed and what came of it; one that is further than that stays where it is."""
        try:
            is_new = self._workspace.note(file.key).status is CaseStatus.NEW  # another window may have it open
        except WorkspaceError as error:
            self.tell(str(error))
            is_new = file.note.status is CaseStatus.NEW
        status = {"status": CaseStatus.ANALYSED} if is_new else {}
        self.remember(file, **status, is_analysed=True, **asdict(answer.over(file.note)))

    def remember_findings(self, file: OpenFile) -> None:
        """Note what came of all frames of a cine: its key frame speaks for it."""
        if file.findings:
            key = file.findings.get(file.key_frame) if file.key_frame is not None else None
            if key is not None:
                answer = Answer(key.p_malignant, key.p_low, key.p_high, key.opinions, key.networks, key.is_doubted)
            else:
                found = list(file.findings.values())
                answer = Answer(networks=found[-1].networks, is_doubted=any(one.is_doubted for one in found))
            self.remember_analysis(file, answer)

    def remember_reading(self, file: OpenFile, *, is_touched: bool) -> None:
        """Note whether outlines of a file are the reader's; one that he is done with stays so."""
        if is_touched and file.note.status in (CaseStatus.NEW, CaseStatus.ANALYSED):
            self.remember(file, status=CaseStatus.CORRECTED)
        elif not is_touched and file.note.status is CaseStatus.CORRECTED:
            self.remember(file, status=_unread(file, is_touched))

    def remember_edited(self, file: OpenFile) -> None:
        """Note whether outlines of a file that has been edited are the reader's."""
        assert self._histories is not None
        self.remember_reading(file, is_touched=self._histories.is_touched(file))

    def remember_left(self, key: str) -> None:
        """Note that outlines of a file that is no longer open are the reader's; one that he is done with stays so."""
        try:
            if self._workspace.note(key).status in (CaseStatus.NEW, CaseStatus.ANALYSED):
                self._workspace.remember(key, status=CaseStatus.CORRECTED)
        except WorkspaceError as error:
            self.tell(str(error))

    def calibrate(self, file: OpenFile, spacing: Spacing | None) -> None:
        """Give a file the scale that the reader took from its ruler; None: its own again."""
        self.remember(file, calibration=spacing, calibrated_shape=None if spacing is None else file.scan.shape)

    def crop(self, file: OpenFile, field: Box | None) -> None:
        """Let the networks look at nothing but this part of a file; None: at all of it."""
        kept = None if field == Box(0, 0, *file.scan.shape) else field
        if kept != file.note.field:
            # What was found in another part does not speak for this one.
            self.remember(file, field=kept, is_analysed=False, **asdict(Answer()))

    def set_reviewed(self, file: OpenFile, *, is_reviewed: bool, is_touched: bool) -> None:
        """Note that the reader is done with a file, or not yet; ``is_touched``: its outlines are his."""
        self.remember(file, status=CaseStatus.REVIEWED if is_reviewed else _unread(file, is_touched))

    def tell(self, problem: str) -> None:
        """Say that something cannot be remembered, unless that was said before or there is nothing to say."""
        if problem and not self._has_told:
            self._has_told = True
            self.failed.emit(problem)

    def _on_reading_changed(self, frame: FrameKey) -> None:
        assert self._histories is not None
        if self._histories.is_looked_at(frame):
            return
        files = [file for file in self._files() if file is not None and file.key == frame.key]
        for file in files:
            self.remember_edited(file)
        if not files and self._histories.is_frame_touched(frame):
            self.remember_left(frame.key)


def _unread(file: OpenFile, is_touched: bool) -> CaseStatus:
    if is_touched:
        return CaseStatus.CORRECTED
    return CaseStatus.ANALYSED if file.note.is_analysed else CaseStatus.NEW
