"""Approving: the reader lets the networks learn from frames, one that he looks at or many files; and takes it back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from busi_gui.domain.approving import NotApprovableError, is_as_approved
from busi_gui.domain.provenance import full_text
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import Scan
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from busi_gui.services.approving_run import ApprovingSummary, approve_files, new_approval, noted_networks, withdraw_files
from busi_gui.services.editing import Editing
from busi_gui.services.history import History
from busi_gui.services.jobs import SHUT_DOWN_S, JobThread, Report
from busi_gui.services.pane import Pane
from busi_gui.services.session import Session
from busi_gui.services.states import ApprovalState, FrameApproval
from busi_gui.store.records import ApprovalNote, WorkspaceError

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

__all__ = ["Approving", "ApprovingSummary"]

ACCEPTING = "taking the outlines as your own"
KEPT_BACK = "This looks like no breast ultrasound. If it is one, outline what it shows; then it can be approved."
UNDECIDED = "Another reader has changed this frame. Decide whose outlines stay, then approve it."
NOT_APPROVED = "Nothing was approved. {why}"
NOT_WITHDRAWN = "The approval was not withdrawn. {why}"
_SETTLED_MS = 150
"""How long nothing changes before it is looked whether a frame is still as it was approved: no stroke waits for it."""


@dataclass(frozen=True, eq=False)
class _Frame:
    """One frame as it is at a moment; ``networks`` are those that have looked at it."""

    path: Path
    key: str
    scan: Scan
    reading: Reading
    networks: str
    is_known: bool
    """Whether its outlines are there: those of the networks come with their analysis."""

    @classmethod
    def of(cls, pane: Pane) -> _Frame | None:
        file, case = pane.file, pane.case
        if file is None or case is None:
            return None
        is_known = case.reading.is_touched or case.analysis is not None
        networks = full_text(case.analysis.network) if case.analysis is not None else ""
        if not networks and case.reading.is_touched:
            networks = noted_networks(file.note, file.frame_count, case.reading)
        return cls(file.path, file.key, case.scan, case.reading, networks, is_known)

    def is_of(self, other: _Frame | None) -> bool:
        """Whether both are the same frame, however it was changed."""
        return other is not None and (self.key, self.scan.frame) == (other.key, other.scan.frame)

    def is_same(self, other: _Frame | None) -> bool:
        """Whether both would be approved alike."""
        if other is None or not self.is_of(other) or self.is_known != other.is_known:
            return False
        return self.scan.pixels is other.scan.pixels and self.scan.field == other.scan.field and self.reading is other.reading


class _Watched:
    """A pane, and what is known of the approval of its frame."""

    def __init__(self, pane: Pane, look: Callable[[_Watched], None]) -> None:
        self.pane = pane
        self.frame: _Frame | None = None
        self.approval = FrameApproval()
        self.job: int | None = None
        self.timer = QTimer(pane, singleShot=True, interval=_SETTLED_MS)
        self.timer.timeout.connect(partial(look, self))


@dataclass(frozen=True, eq=False)
class _Decision:
    """What the reader wants done with a frame, and its history, which stays as it is until then."""

    frame: _Frame
    history: History
    is_withdrawing: bool


class Approving(QObject):
    """Approves and withdraws in a thread of its own; the outlines of an approved frame become the reader's, as they are, by a step of the session's.

    Signals
    -------
    changed(Editing)
        Something else is known of the approval of the frame that is edited there.
    approved_changed(Path, tuple[ApprovalNote, ...])
        What of a file is approved now.
    refused(str)
        Why nothing was approved or withdrawn: a sentence for the reader.
    progressed(int, int, str)
        Of many files: how many are done, of how many, and which is next.
    finished(ApprovingSummary)
        Many files are done, or those before something stopped it.
    """

    changed = Signal(object)
    approved_changed = Signal(object, object)
    refused = Signal(str)
    progressed = Signal(int, int, str)
    finished = Signal(object)

    def __init__(
        self, session: Session, workspace: Workspace, open_file: Callable[[Path], ScanFile] = open_scan, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._workspace, self._open_file, self._histories = session, workspace, open_file, session.histories
        self._decisions: dict[int, _Decision] = {}
        self._run: int | None = None
        self._total = 0
        self._thread = JobThread("approving", (NotApprovableError, WorkspaceError), self)
        self._thread.progressed.connect(self._on_progressed)
        self._thread.succeeded.connect(self._on_succeeded)
        self._thread.failed.connect(self._on_failed)
        self._thread.stopped.connect(self._on_stopped)
        self._thread.broke.connect(self._on_broke)
        self._watched = [_Watched(pane, self._look) for pane in session.panes]
        for watched in self._watched:
            for change in (watched.pane.shown, watched.pane.changed):
                change.connect(partial(self._follow, watched))
            self._follow(watched)

    @property
    def is_shared(self) -> bool:
        """Whether other workstations see what is approved."""
        return self._workspace.is_shared

    # the frame that is edited ---------------------------------------------------------------------------------------------------------------------

    def approval(self, editing: Editing) -> FrameApproval:
        """Return what is known of the approval of the frame that is edited there."""
        return self._of(editing).approval

    def approve(self, editing: Editing) -> None:
        """Let the networks learn from the frame that is edited there as it is now, whether or not it was approved before."""
        self._decide(self._of(editing), is_withdrawing=False)

    def withdraw(self, editing: Editing) -> None:
        """Let nothing be learned any more from the frame that is edited there; its outlines stay the reader's."""
        self._decide(self._of(editing), is_withdrawing=True)

    def toggle(self, editing: Editing) -> None:
        """Withdraw an approval that still holds; else approve the frame as it is now."""
        watched = self._of(editing)
        # A stroke may just have ended, and is not looked at yet: then it no longer holds.
        holds = watched.approval.state is ApprovalState.APPROVED and watched.frame is not None and watched.frame.is_same(_Frame.of(watched.pane))
        self._decide(watched, is_withdrawing=holds and not watched.timer.isActive())

    # many files -----------------------------------------------------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Whether many files are being approved or withdrawn."""
        return self._run is not None

    def approve_files(self, files: Sequence[Path]) -> None:
        """Approve what readers have set down on some files, as the Workspace holds it; nothing while that is done with others."""
        self._start(files, approve_files)

    def withdraw_files(self, files: Sequence[Path]) -> None:
        """Let nothing be learned from some files any more; nothing while others are dealt with."""
        self._start(files, withdraw_files)

    def stop(self) -> None:
        """Stop before the next file; what is done stays."""
        if self._run is not None:
            self._thread.stop(self._run)

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Stop, wait for the thread, and return whether it ended within the limit."""
        for watched in self._watched:
            watched.timer.stop()
        return self._thread.shut_down(limit_s)

    # -----------------------------------------------------------------------------------------------------------------------------------------------

    def _of(self, editing: Editing) -> _Watched:
        return next(watched for watched in self._watched if watched.pane.editing is editing)

    def _follow(self, watched: _Watched) -> None:
        """Look at another frame at once, at the same one when nothing changes for a while."""
        before, watched.frame = watched.frame, _Frame.of(watched.pane)
        if watched.frame is not None and watched.frame.is_same(before):
            return
        if watched.frame is not None and watched.frame.is_of(before):
            watched.timer.start()
            return
        self._announce(watched, FrameApproval())
        self._look(watched)

    def _look(self, watched: _Watched) -> None:
        watched.timer.stop()
        if watched.job is not None:
            self._thread.stop(watched.job)
        frame = watched.frame
        watched.job = None if frame is None else self._thread.submit(partial(_looked_at, self._workspace, frame), is_urgent=True)

    def _decide(self, watched: _Watched, *, is_withdrawing: bool) -> None:
        frame, case, history = _Frame.of(watched.pane), watched.pane.case, watched.pane.editing.history
        if frame is None or case is None or history is None or any(frame.is_of(one.frame) for one in self._decisions.values()):
            return
        why = KEPT_BACK if case.is_kept_back else UNDECIDED if history.theirs is not None else ""
        if why and not is_withdrawing:
            self.refused.emit(NOT_APPROVED.format(why=why))
            return
        self._histories.enter(history)
        work = partial(_withdrawn if is_withdrawing else _approved, self._workspace, frame)
        self._decisions[self._thread.submit(work, is_urgent=True)] = _Decision(frame, history, is_withdrawing)

    def _start(self, files: Sequence[Path], do: Callable[..., ApprovingSummary]) -> None:
        if self._run is None and files:
            self._total = len(files)
            self._run = self._thread.submit(partial(_gone_through, tuple(files), do, self._workspace, self._open_file))

    def _announce(self, watched: _Watched, approval: FrameApproval) -> None:
        if approval != watched.approval:
            watched.approval = approval
            self.changed.emit(watched.pane.editing)

    # what the thread brings back ------------------------------------------------------------------------------------------------------------------

    def _on_progressed(self, job: int, name: str, fraction: float) -> None:
        if job == self._run:
            self.progressed.emit(round(fraction * self._total), self._total, name)

    def _on_succeeded(self, job: int, result: object) -> None:
        decision = self._end_decision(job)
        if isinstance(result, _Look):
            self._take(job, result)
        elif isinstance(result, ApprovingSummary):
            self._run = None
            for path, approvals in result.approvals.items():
                self._tell(path, approvals)
            self.finished.emit(result)
        elif decision is not None:
            self._carry_out(decision)

    def _carry_out(self, decision: _Decision) -> None:
        history, frame = decision.history, decision.frame
        if not decision.is_withdrawing and not history.is_touched and history.reading is frame.reading:
            case = self._session.case
            if case is not None and case.scan.path == frame.path and case.scan.frame_count == 1:
                self._session.set_reviewed(True)  # the reader is done with it, and has corrected nothing
            history.step(ACCEPTING, frame.reading.accepted())
            frame = replace(frame, reading=history.reading)
        # The list of cases is told by what the Workspace then holds, also where the reader has gone on to another file.
        self._thread.submit(partial(_looked_at, self._workspace, frame), is_urgent=True)

    def _take(self, job: int, look: _Look) -> None:
        self.approved_changed.emit(look.frame.path, look.approvals)
        for watched in self._watched:
            if job == watched.job:
                watched.job = None
            if look.frame.is_same(watched.frame):
                watched.timer.stop()
                self._announce(watched, look.approval)
            elif look.frame.is_of(watched.frame):
                watched.timer.start()

    def _tell(self, path: Path, approvals: tuple[ApprovalNote, ...]) -> None:
        self.approved_changed.emit(path, approvals)
        for watched in self._watched:
            if watched.frame is not None and watched.frame.path == path:
                self._look(watched)

    def _on_failed(self, job: int, message: str) -> None:
        decision = self._end_decision(job)
        if decision is not None:
            self.refused.emit((NOT_WITHDRAWN if decision.is_withdrawing else NOT_APPROVED).format(why=message))
            return
        for watched in self._watched:
            if job == watched.job:
                watched.job = None
                self._announce(watched, FrameApproval(problem=message))

    def _on_stopped(self, job: int) -> None:
        self._end_decision(job)
        if job == self._run:  # before its first file
            self._run = None
            self.finished.emit(ApprovingSummary(is_stopped=True))

    def _on_broke(self, job: int, error: BaseException) -> None:
        self._on_stopped(job)
        sys.excepthook(type(error), error, error.__traceback__)

    def _end_decision(self, job: int) -> _Decision | None:
        decision = self._decisions.pop(job, None)
        if decision is not None:
            self._histories.leave(decision.history)
        return decision


# in the thread ------------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Look:
    """What a look at a frame found."""

    frame: _Frame
    approvals: tuple[ApprovalNote, ...]
    approval: FrameApproval


def _looked_at(workspace: Workspace, frame: _Frame, _report: Report) -> _Look:
    approvals = workspace.approval_notes([frame.key]).get(frame.key, ())
    note = next((one for one in approvals if one.frame == frame.scan.frame), None)
    if note is None:
        return _Look(frame, approvals, FrameApproval(ApprovalState.NOT_APPROVED))
    if not frame.is_known:
        return _Look(frame, approvals, FrameApproval(note=note))
    holds = not note.problem and is_as_approved(note.digest, frame.scan, frame.reading)
    return _Look(frame, approvals, FrameApproval(ApprovalState.APPROVED if holds else ApprovalState.CHANGED, note))


def _approved(workspace: Workspace, frame: _Frame, _report: Report) -> None:
    workspace.approve(new_approval(workspace, frame.key, frame.scan, frame.reading, frame.networks))


def _withdrawn(workspace: Workspace, frame: _Frame, _report: Report) -> None:
    workspace.withdraw(frame.key, frame.scan.frame)


def _gone_through(
    files: tuple[Path, ...], do: Callable[..., ApprovingSummary], workspace: Workspace, open_file: Callable[[Path], ScanFile], report: Report
) -> ApprovingSummary:
    def counting(name: str, done: int, total: int) -> None:
        report(name, done / total)

    return do(files, workspace, counting, open_file)
