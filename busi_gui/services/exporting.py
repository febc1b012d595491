"""Exporting: exports and imports in the background, on a thread of their own, one at a time."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from busi_gui.io.errors import ReadError, WriteError
from busi_gui.io.imports.found import FoundDataset, Layout
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from busi_gui.services.export_run import ExportFormat, ExportOptions, ExportSummary, Networks, run_export
from busi_gui.services.import_run import ImportSummary, store_dataset
from busi_gui.services.jobs import SHUT_DOWN_S, JobThread, Report, Work
from busi_gui.store.records import WorkspaceError
from models.analysis import NetworkError

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

__all__ = ["ExportFormat", "ExportOptions", "ExportSummary", "Exporting", "ImportSummary", "Layout", "free_place"]


class Exporting(QObject):
    """Exports what readers drew, and imports what was drawn elsewhere. The thread opens the files itself, and keeps one frame at a time.

    Parameters
    ----------
    workspace
        Where readings come from and go to.
    load_networks
        Makes a pipeline of the thread's own, for exports with the networks' outlines; None: there are no such exports.
    open_file
        Opens scans.

    Signals
    -------
    progressed(int, int, str)
        How many are done, of how many, and which is next; its name is empty at the end.
    finished(ExportSummary | ImportSummary)
        All is done.
    failed(str)
        A sentence for the reader. Of an export nothing is left; of an import what was stored until then.
    stopped()
        It ended because the reader asked for it, or by a bug; see ``failed``.
    """

    progressed = Signal(int, int, str)
    finished = Signal(object)
    failed = Signal(str)
    stopped = Signal()

    def __init__(
        self,
        workspace: Workspace,
        load_networks: Callable[[], Networks] | None = None,
        open_file: Callable[[Path], ScanFile] = open_scan,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._load_networks = load_networks
        self._open_file = open_file
        self._job: int | None = None
        self._total = 0
        self._is_stopping = False
        self._then: Callable[[FoundDataset], Work] | None = None
        self._thread = JobThread("exporting", (ReadError, WriteError, WorkspaceError, NetworkError), self)
        self._thread.progressed.connect(self._on_progressed)
        self._thread.succeeded.connect(self._on_succeeded)
        self._thread.failed.connect(self._on_failed)
        self._thread.stopped.connect(self._on_stopped)
        self._thread.broke.connect(self._on_broke)

    @property
    def is_busy(self) -> bool:
        """Whether something is being exported or imported."""
        return self._job is not None

    @property
    def has_networks(self) -> bool:
        """Whether the networks' outlines can be exported."""
        return self._load_networks is not None

    def start_export(self, files: Sequence[Path], format_: ExportFormat, out: Path, options: ExportOptions | None = None) -> None:
        """Export what readers drew on some files into ``out``, a folder or of a table its file; nothing while something else is done."""
        if self._job is None:
            self._submit(partial(self._export, tuple(files), format_, out, options or ExportOptions()), len(files))

    def start_import(self, folder: Path, layout: Layout = "auto", *, is_overwriting: bool = False) -> None:
        """Import the masks of a data set; nothing while something else is done.

        Parameters
        ----------
        is_overwriting
            What a reader has drawn is replaced, as another revision.
        """
        if self._job is None:
            # First the list, so that it is known here of how many there is to be told.
            self._submit(partial(_listed, folder, layout), 0)
            self._then = lambda dataset: partial(self._import, folder, dataset, is_overwriting)

    def stop(self) -> None:
        """End what is being done before the next file."""
        if self._job is not None:
            self._is_stopping = True
            self._thread.stop(self._job)

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Stop, wait for the thread, and return whether it ended within the limit; see ``JobThread``."""
        return self._thread.shut_down(limit_s)

    def _submit(self, work: Work, total: int) -> None:
        self._total = total
        self._is_stopping = False
        self._then = None
        self._job = self._thread.submit(work)

    def _export(self, files: Sequence[Path], format_: ExportFormat, out: Path, options: ExportOptions, report: Report) -> ExportSummary:
        report("", 0.0)
        return run_export(files, format_, out, options, self._workspace, self._load_networks, _counting(report), self._open_file)

    def _import(self, folder: Path, dataset: FoundDataset, is_overwriting: bool, report: Report) -> ImportSummary:
        counting = _counting(report)
        return store_dataset(folder, dataset, self._workspace, is_overwriting=is_overwriting, report=counting, open_file=self._open_file)

    def _on_progressed(self, job: int, stage: str, fraction: float) -> None:
        if job == self._job and self._total:
            self.progressed.emit(round(fraction * self._total), self._total, stage)

    def _on_succeeded(self, job: int, result: object) -> None:
        if job != self._job:
            return
        if not isinstance(result, FoundDataset):
            self._job = None
            self.finished.emit(result)
        elif self._is_stopping:  # asked for when the list was done, and this not yet known
            self._on_stopped(job)
        else:
            assert self._then is not None
            self._submit(self._then(result), len(result.images))

    def _on_failed(self, job: int, message: str) -> None:
        if job == self._job:
            self._job = None
            self.failed.emit(message)

    def _on_stopped(self, job: int) -> None:
        if job == self._job:
            self._job = None
            self.stopped.emit()

    def _on_broke(self, job: int, error: BaseException) -> None:
        self._on_stopped(job)
        sys.excepthook(type(error), error, error.__traceback__)


def free_place(folder: Path, format_: ExportFormat) -> Path:
    """Return a place in a folder where an export overwrites nothing."""
    stem, suffix = ("measures", ".csv") if format_ is ExportFormat.CSV else (f"{format_.value} export", "")
    names = itertools.chain([f"{stem}{suffix}"], (f"{stem} {number}{suffix}" for number in itertools.count(2)))
    return next(path for name in names if not (path := folder / name).exists())


def _listed(folder: Path, layout: Layout, report: Report) -> FoundDataset:
    from busi_gui.io.imports.datasets import read_dataset  # nobody imports when the program starts

    report("", 0.0)
    return read_dataset(folder, layout)


def _counting(report: Report) -> Callable[[str, int, int], None]:
    return lambda name, done, total: report(name, done / total if total else 1.0)
