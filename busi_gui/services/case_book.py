"""CaseBook: what is known of every file of a folder, looked at in the background, those in sight first."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from cachetools import LRUCache
from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtGui import QImage

from busi_gui.services.jobs import SHUT_DOWN_S, JobThread, Report
from busi_gui.services.states import CaseEntry
from busi_gui.services.thumbnails import Look, look_at
from busi_gui.store.records import ApprovalNote, Note, WorkspaceError

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

THUMBNAIL_BYTES = 64 * 2**20
"""What all thumbnails together may take; those not drawn for longest go first, and are made again when they come in sight."""

_BATCH = 32
_BATCH_S = 0.05
"""How long files are looked at before it is announced: often enough for the eye, seldom enough for the UI thread."""


@dataclass(frozen=True)
class _Batch:
    """What one job brings back: as many looks as there was time for, what is remembered and approved of those scans, and what went wrong."""

    looks: tuple[Look, ...]
    notes: dict[str, Note]
    approvals: dict[str, tuple[ApprovalNote, ...]]
    problem: str
    bugs: tuple[Exception, ...]


class CaseBook(QObject):
    """Looks at the files of a folder on a thread of its own and keeps what it found.

    The next files are chosen when the last ones have been announced, so those that come in sight wait for one short batch, and a busy window is
    never flooded.

    Parameters
    ----------
    workspace
        Where the notes of earlier sittings are.
    look
        Looks at one file, in the book's thread.
    thumbnail_bytes
        What all thumbnails together may take.

    Signals
    -------
    entries_changed(tuple[Path, ...])
        More is known of these files, or they have a thumbnail now.
    progressed(int, int)
        Files looked at, of how many.
    failed(str)
        The notes of earlier sittings cannot be read: a sentence for the reader, once a folder.
    """

    entries_changed = Signal(object)
    progressed = Signal(int, int)
    failed = Signal(str)

    def __init__(
        self,
        workspace: Workspace,
        look: Callable[[Path], Look] = look_at,
        thumbnail_bytes: int = THUMBNAIL_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._look = workspace, look
        self._paths: tuple[Path, ...] = ()
        self._entries: dict[Path, CaseEntry] = {}
        self._pending: dict[Path, None] = {}  # an ordered set
        self._in_sight: tuple[Path, ...] = ()
        self._images: LRUCache[Path, QImage] = LRUCache(thumbnail_bytes, QImage.sizeInBytes)
        # in this sitting: newer than what a batch that was under way found in the workspace
        self._noted: dict[Path, Note] = {}
        self._approved: dict[Path, tuple[ApprovalNote, ...]] = {}
        self._has_problem = False
        self._job: int | None = None
        self._thread = JobThread("thumbnails", (), self, QThread.Priority.LowestPriority)
        self._thread.succeeded.connect(self._on_batch)
        self._thread.broke.connect(self._on_broke)

    @property
    def progress(self) -> tuple[int, int]:
        """Files looked at, of how many."""
        return len(self._paths) - len(self._pending), len(self._paths)

    @property
    def thumbnail_bytes(self) -> int:
        """What all thumbnails take now."""
        return int(self._images.currsize)

    def entry(self, path: Path) -> CaseEntry:
        """Return what is known of a file."""
        return self._entries.get(path) or CaseEntry(path)

    def thumbnail(self, path: Path) -> QImage | None:
        """Return a file's thumbnail, at most THUMBNAIL_PX on its longer side; None while there is none."""
        return self._images.get(path)

    def show_folder(self, paths: tuple[Path, ...]) -> None:
        """Look at these files, in this order, and no longer at others. What is known of them already is kept, unless they could not be read."""
        if paths is self._paths:
            return
        self._stop()
        before = self._entries
        self._paths, self._in_sight, self._has_problem = paths, (), False
        self._entries = {path: before[path] for path in paths if path in before and not before[path].error}
        self._pending = dict.fromkeys(path for path in paths if not self.entry(path).is_read)
        for path in [path for path in self._images if path not in self._entries]:
            del self._images[path]
        self.progressed.emit(*self.progress)
        self._go_on()

    def look_at(self, paths: Sequence[Path]) -> None:
        """Look at these files before all others: they are in sight."""
        self._in_sight = tuple(paths)
        self._go_on()

    def look_again(self) -> None:
        """Look at every file again, for somebody else has set down something about some of them; their thumbnails stay until then."""
        self._stop()
        self._noted.clear()
        self._approved.clear()
        self._pending = dict.fromkeys(self._paths)
        self.progressed.emit(*self.progress)
        self._go_on()

    def note(self, path: Path, note: Note) -> None:
        """Take over what was just remembered of a file."""
        self._noted[path] = note
        self._entries[path] = _noted(self.entry(path), note)
        self.entries_changed.emit((path,))

    def note_approvals(self, path: Path, approvals: tuple[ApprovalNote, ...]) -> None:
        """Take over what of a file is approved now."""
        self._approved[path] = approvals
        self._entries[path] = replace(self.entry(path), approvals=approvals)
        self.entries_changed.emit((path,))

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Stop, wait for the thread, and return whether it ended within the limit."""
        return self._thread.shut_down(limit_s)

    def _go_on(self) -> None:
        if self._job is not None:
            return
        wanted = tuple(islice(self._wanted(), _BATCH))
        if wanted:
            self._job = self._thread.submit(partial(_look_at_all, wanted, self._look, self._workspace))

    def _wanted(self) -> Iterator[Path]:
        """Yield what is to be looked at: first what is in sight, even if its thumbnail had to make room for others."""
        first = dict.fromkeys(path for path in self._in_sight if path in self._pending or self._has_lost_thumbnail(path))
        return chain(first, (path for path in self._pending if path not in first))

    def _has_lost_thumbnail(self, path: Path) -> bool:
        entry = self.entry(path)
        return entry.is_read and not entry.error and path not in self._images

    def _stop(self) -> None:
        if self._job is not None:
            self._thread.stop(self._job)
            self._job = None  # not waited for: a slow drive would keep the next folder

    def _on_batch(self, job: int, batch: _Batch) -> None:
        if job != self._job:
            return
        self._job = None
        for look in batch.looks:
            self._take(look, batch.notes.get(look.key, Note()), batch.approvals.get(look.key, ()))
        for error in batch.bugs:
            sys.excepthook(type(error), error, error.__traceback__)
        if batch.problem and not self._has_problem:
            self._has_problem = True
            self.failed.emit(batch.problem)
        self.entries_changed.emit(tuple(look.path for look in batch.looks))
        self.progressed.emit(*self.progress)
        self._go_on()

    def _take(self, look: Look, note: Note, approvals: tuple[ApprovalNote, ...]) -> None:
        self._pending.pop(look.path, None)
        if look.image is not None:
            self._images[look.path] = look.image
        entry = CaseEntry(look.path, is_read=True, frame_count=look.frame_count, modified=look.modified, error=look.error)
        entry = replace(entry, approvals=self._approved.get(look.path, approvals))
        self._entries[look.path] = _noted(entry, self._noted.get(look.path, note))

    def _on_broke(self, job: int, error: BaseException) -> None:
        if job == self._job:
            self._job = None  # it would break again: what is in sight next starts another
        sys.excepthook(type(error), error, error.__traceback__)


_REMEMBERED = ("status", "is_analysed", "p_malignant", "is_doubted", "p_low", "p_high", "opinions", "networks")
"""What an entry has of its note, by the same names."""


def _noted(entry: CaseEntry, note: Note) -> CaseEntry:
    return replace(entry, **{name: getattr(note, name) for name in _REMEMBERED})


def _look_at_all(paths: Sequence[Path], look: Callable[[Path], Look], workspace: Workspace, _report: Report) -> _Batch:
    """Look at files one after the other until the time of a batch is up; at one at least."""
    end = time.monotonic() + _BATCH_S
    looks: list[Look] = []
    bugs: list[Exception] = []
    for path in paths:
        try:
            looks.append(look(path))
        except Exception as error:  # noqa: BLE001 - the worker's boundary: one file must not keep the others from being looked at
            bugs.append(error)
            looks.append(Look(path, error=f"{path.name} cannot be looked at: the program made a mistake with it."))
        if time.monotonic() > end:
            break
    keys = [look.key for look in looks if look.key]
    try:
        return _Batch(tuple(looks), workspace.notes(keys), workspace.approval_notes(keys), "", tuple(bugs))
    except WorkspaceError as error:
        return _Batch(tuple(looks), {}, {}, str(error), tuple(bugs))
