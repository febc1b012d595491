"""Many approvals at once: files and what the Workspace holds of them -> approvals. Without Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from busi_gui.domain.approving import Approval, NotApprovableError, approval_of, patient_group
from busi_gui.domain.case import CaseStatus
from busi_gui.domain.reading import MaskSource, Reading
from busi_gui.domain.scan import Scan, file_key
from busi_gui.io.errors import ReadError
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from busi_gui.services.export_run import Report
from busi_gui.services.open_file import as_noted
from busi_gui.store.records import ApprovalNote, Note, WorkspaceError
from models.analysis import AnalysisStopped

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

UNREAD = "No reader has reviewed it or changed its outlines."
UNTAKEN = "It was reviewed, but its outlines are the networks’, which are not kept. Open it and approve it there."
DOUBTED = "It looks like no breast ultrasound."


@dataclass(frozen=True)
class ApprovingSummary:
    """What came of approving or withdrawing many files.

    Attributes
    ----------
    approved, withdrawn
        Frames that are approved now and were not, or in another state; and those that are no longer.
    unchanged
        Frames that were approved already as they are.
    problems
        Why others were not: sentences for the reader.
    approvals
        What of each file that was dealt with is approved now.
    is_stopped
        It ended early because the reader asked for it; what was done until then stays.
    trouble
        It ended early because the Workspace failed: why; empty where it did not.
    """

    approved: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()
    approvals: Mapping[Path, tuple[ApprovalNote, ...]] = field(default_factory=dict)
    is_stopped: bool = False
    trouble: str = ""


def approve_files(files: Sequence[Path], workspace: Workspace, report: Report, open_file: Callable[[Path], ScanFile] = open_scan) -> ApprovingSummary:
    """Approve the frames of some files whose outlines are a reader's, and those that a reader has seen to show no lesion, as the Workspace has them.

    One frame is in memory at a time. What ``report`` raises to stop ends the run, and so does a Workspace that fails; what was approved stays.
    """
    return _Run(workspace, open_file).through(files, report, _Run.approve)


def withdraw_files(
    files: Sequence[Path], workspace: Workspace, report: Report, open_file: Callable[[Path], ScanFile] = open_scan
) -> ApprovingSummary:
    """Let nothing be learned from some files any more; as for `approve_files`."""
    return _Run(workspace, open_file).through(files, report, _Run.withdraw)


def new_approval(workspace: Workspace, key: str, scan: Scan, reading: Reading, networks: str) -> Approval:
    """Return an approval of a frame by whoever reads here, now; nothing is written down yet.

    Raises
    ------
    NotApprovableError, WorkspaceError
        Why there is none.
    """
    group = patient_group(scan.identity, workspace.group_key(), key)
    return approval_of(scan, reading, group, key=key, networks=networks, reader=workspace.reader, when=datetime.now(UTC))


def noted_networks(note: Note, frame_count: int, reading: Reading) -> str:
    """Return which networks have looked at a frame as far as that is remembered; of a cine's frames, those whose outlines come from them."""
    is_theirs = any(outline.source in (MaskSource.NETWORK, MaskSource.CORRECTED) for outline in reading.outlines)
    return note.networks if frame_count == 1 or is_theirs else ""


class _Run:
    """Goes through files, and counts what became of their frames."""

    def __init__(self, workspace: Workspace, open_file: Callable[[Path], ScanFile]) -> None:
        self._workspace, self._open_file = workspace, open_file
        self._approved = self._withdrawn = self._unchanged = 0
        self._problems: list[str] = []
        self._approvals: dict[Path, tuple[ApprovalNote, ...]] = {}

    def through(self, files: Sequence[Path], report: Report, do: Callable[[_Run, ScanFile, Scan, str], None]) -> ApprovingSummary:
        trouble, is_stopped = "", False
        try:
            for done, path in enumerate(files):
                report(path.name, done, len(files))
                self._one(path, do)
        except AnalysisStopped:
            is_stopped = True
        except WorkspaceError as error:
            trouble = str(error)
        return ApprovingSummary(self._approved, self._withdrawn, self._unchanged, tuple(self._problems), self._approvals, is_stopped, trouble)

    def approve(self, file: ScanFile, first: Scan, key: str) -> None:
        note, before = self._workspace.note(key), {one.frame: one for one in self._workspace.approval_notes([key]).get(key, ())}
        for frame, reading in self._readings(key, first, note):
            try:
                scan = as_noted(first if frame == first.frame else file.read(frame), note)
                approval = new_approval(self._workspace, key, scan, reading, noted_networks(note, file.frame_count, reading))
            except (NotApprovableError, ReadError) as error:
                self._leave_out(file, str(error), frame)
                continue
            if frame in before and before[frame].digest == approval.digest and not before[frame].problem:
                self._unchanged += 1
                continue
            self._workspace.approve(approval)
            self._approved += 1

    def withdraw(self, _file: ScanFile, _first: Scan, key: str) -> None:
        for one in self._workspace.approval_notes([key]).get(key, ()):
            self._workspace.withdraw(key, one.frame)
            self._withdrawn += 1

    def _one(self, path: Path, do: Callable[[_Run, ScanFile, Scan, str], None]) -> None:
        try:
            with self._open_file(path) as file:
                first, _ = file.read_first()
                key = file_key(first)
                try:
                    do(self, file, first, key)
                except NotApprovableError as error:
                    self._leave_out(file, str(error))
                self._approvals[path] = self._workspace.approval_notes([key]).get(key, ())
        except ReadError as error:
            self._problems.append(str(error))

    def _readings(self, key: str, first: Scan, note: Note) -> Iterator[tuple[int, Reading]]:
        """Yield what can be approved of a file; NotApprovableError where nothing can."""
        touched = {frame: stored for frame, stored in sorted(self._workspace.readings(key).items()) if stored.packed.bare.is_touched}
        if not touched:
            yield first.frame, _seen_empty(first, note)
        for frame, stored in touched.items():
            yield frame, stored.packed.unpacked()

    def _leave_out(self, file: ScanFile, why: str, frame: int = 0) -> None:
        which = f", frame {frame + 1}" if file.frame_count > 1 else ""
        self._problems.append(f"{file.path.name}{which}: {why}")


def _seen_empty(first: Scan, note: Note) -> Reading:
    """Return the reading of a picture that nobody has outlined anything in, where a reader has seen that it shows no lesion."""
    if note.status is not CaseStatus.REVIEWED:
        raise NotApprovableError(UNREAD)
    if note.is_doubted:
        raise NotApprovableError(DOUBTED)
    if first.frame_count > 1 or not note.is_analysed or note.p_malignant is not None:
        raise NotApprovableError(UNTAKEN)
    return Reading().accepted()
