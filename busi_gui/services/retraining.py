"""Retraining: the networks learn from the approved cases in a process of their own, while the reader goes on reading."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from busi_gui.domain.approving import Approval
from busi_gui.domain.scan import Pixels
from busi_gui.services.jobs import SHUT_DOWN_S, JobThread, Report
from busi_gui.services.retraining_progress import RetrainingProgress, RetrainingStatus
from busi_gui.store.records import ApprovalNote, WorkspaceError
from models.analysis import Mask
from models.retraining.events import event_of
from models.retraining.needs import lacking

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

__all__ = ["ApprovalNote", "CasePicture", "Retraining"]

NO_DRIVE = "Nothing that is approved is kept: nothing can be written on this computer. So there is nothing to learn from."
STOP_S = 2.0
"""So long its process may take to end when it is told to; then it is killed. Its checkpoint stays whole either way."""
_PICTURE_PX = 320
"""Longer side of the pictures of cases, at most."""
_MOST_COMPLAINTS = 4000


@dataclass(frozen=True, eq=False)
class CasePicture:
    """A case, small: its pixels, uint8 (rows, columns), the longer side at most 320 px, and all lesions together, bool of the same size."""

    pixels: Pixels
    mask: Mask


class Retraining(QObject):
    """Lists the approved cases, lets the networks learn from them, and tells how far that is.

    Parameters
    ----------
    command
        Retrains in a process of its own, writes an event as JSON in each line, and ends when its input is closed: ``main.py retrain --json
        --stop-with-input PLACE``. Empty where nothing is kept that could be learned from.

    Signals
    -------
    listed(tuple[ApprovalNote, ...])
        What is approved, in the order of approval, with thumbnails.
    pictured(str, CasePicture)
        What a case looks like, named as ``KEY-FRAME``.
    changed(RetrainingProgress)
        More is known.
    kept(str)
        A version was added to those on this computer.
    failed(str)
        Why cases cannot be listed or shown: a sentence for the reader.
    """

    listed = Signal(object)
    pictured = Signal(str, object)
    changed = Signal(object)
    kept = Signal(str)
    failed = Signal(str)

    def __init__(self, workspace: Workspace, command: Callable[[], Sequence[str]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._command = workspace, command
        self.progress = RetrainingProgress()
        self._process: QProcess | None = None
        self._thread: JobThread | None = None
        self._unfinished = b""
        self._complaints = ""
        self._is_shut_down = False
        self._deadline = QTimer(self, singleShot=True, interval=round(1000 * STOP_S))
        self._deadline.timeout.connect(self._kill)

    # what there is to learn from --------------------------------------------------------------------------------------------------------------------

    def list_cases(self) -> None:
        """Look what is approved."""
        self._submit(lambda _report: tuple(self._workspace.approvals()), self.listed.emit)

    def show_case(self, name: str) -> None:
        """Read what a case looks like, named as ``KEY-FRAME``; nothing comes where it is not approved any more."""
        self._submit(partial(_pictured, self._workspace, name), lambda picture: None if picture is None else self.pictured.emit(name, picture))

    @staticmethod
    def lacks(notes: Sequence[ApprovalNote]) -> list[str]:
        """Return what is missing before anything can be learned from some cases, in sentences; empty where nothing is."""
        whole = [note for note in notes if not note.problem]
        return lacking(sum(not note.is_held_out for note in whole), sum(note.is_held_out and bool(note.outcomes) for note in whole))

    # the process ------------------------------------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let the networks learn from what is approved now; nothing while they do."""
        if self._process is not None or self._is_shut_down:
            return
        command = list(self._command())
        if not command:
            self._tell(RetrainingProgress(RetrainingStatus.FAILED, problem=NO_DRIVE))
            return
        self._unfinished, self._complaints = b"", ""
        process = self._process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_complaints)
        process.errorOccurred.connect(self._on_error)
        process.finished.connect(self._on_finished)
        self._tell(RetrainingProgress(RetrainingStatus.RUNNING, doing="starting"))
        process.start(command[0], command[1:])

    def stop(self) -> None:
        """End it within two seconds; what was fitted is kept, and another start with the same cases goes on from there."""
        if self._process is None or self.progress.status is not RetrainingStatus.RUNNING:
            return
        self._tell(replace(self.progress, status=RetrainingStatus.STOPPING))
        self._process.closeWriteChannel()
        self._deadline.start()

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """End everything, and return whether that was within the limit."""
        self._is_shut_down = True
        self.stop()
        if self._process is not None and not self._process.waitForFinished(round(1000 * min(STOP_S, limit_s))):
            self._kill()
            self._process.waitForFinished(1000)
        return self._thread is None or self._thread.shut_down(limit_s)

    # ------------------------------------------------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        assert self._process is not None
        *lines, self._unfinished = (self._unfinished + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        progress = self.progress
        for line in lines:
            try:
                event = event_of(json.loads(line))
            except (ValueError, TypeError, AttributeError):
                self._complain(line.decode("utf-8", "replace"))
            else:
                progress = progress.after(event)
        kept = progress.kept if progress.kept != self.progress.kept else ""
        self._tell(progress)
        if kept:
            self.kept.emit(kept)

    def _read_complaints(self) -> None:
        assert self._process is not None
        self._complain(bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace"))

    def _complain(self, text: str) -> None:
        self._complaints = (self._complaints + text + "\n")[-_MOST_COMPLAINTS:]

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._end(RetrainingStatus.FAILED, "The retraining could not be started: the program is not whole, or there is no memory left for it.")

    def _on_finished(self, code: int, exit_status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_complaints()
        if self.progress.judged is not None and (self.progress.kept or not self.progress.judged.may_adopt):
            self._end(RetrainingStatus.JUDGED)
        elif self.progress.status is RetrainingStatus.STOPPING:
            self._end(RetrainingStatus.STOPPED)
        else:
            self._end(RetrainingStatus.FAILED, self._why(code, exit_status))

    def _why(self, code: int, exit_status: QProcess.ExitStatus) -> str:
        said = [line.strip() for line in self._complaints.splitlines() if line.strip()]
        if exit_status is QProcess.ExitStatus.NormalExit and code == 1 and said:
            return said[-1]
        return (
            f"The retraining ended by itself{f' ({said[-1]})' if said else ''}: perhaps there was no memory left for it. Nothing has changed, and "
            "what was fitted is kept: started again, it goes on from there."
        )

    def _end(self, status: RetrainingStatus, problem: str = "") -> None:
        process, self._process = self._process, None
        self._deadline.stop()
        if process is not None:
            process.deleteLater()
        self._tell(replace(self.progress, status=status, problem=problem, doing="", seconds_left=None))

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _tell(self, progress: RetrainingProgress) -> None:
        if progress is not self.progress:
            self.progress = progress
            self.changed.emit(progress)

    # the thread -------------------------------------------------------------------------------------------------------------------------------------

    def _submit(self, work: Callable[[Report], object], take: Callable[[object], object]) -> None:
        if self._is_shut_down:
            return
        if self._thread is None:
            self._takes: dict[int, Callable[[object], object]] = {}
            self._thread = JobThread("approved cases", (WorkspaceError,), self)
            self._thread.succeeded.connect(lambda job, found: self._takes.pop(job)(found))
            self._thread.failed.connect(self._on_failed)
        self._takes[self._thread.submit(work)] = take

    def _on_failed(self, job: int, message: str) -> None:
        del self._takes[job]
        self.failed.emit(message)


def _pictured(workspace: Workspace, name: str, _report: Report) -> CasePicture | None:
    key, _, frame = name.rpartition("-")
    approval: Approval | None = workspace.approval(key, int(frame))
    if approval is None:
        return None
    scale = min(1.0, _PICTURE_PX / max(approval.pixels.shape))
    rows, columns = (max(1, round(side * scale)) for side in approval.pixels.shape)
    mask = np.zeros(approval.pixels.shape, np.uint8)
    for lesion in approval.lesions:
        mask[lesion.mask] = 255
    pixels, small = (cv2.resize(each, (columns, rows), interpolation=cv2.INTER_AREA) for each in (approval.pixels, mask))
    return CasePicture(pixels, np.asarray(small > 127))
