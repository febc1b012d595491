"""Session: the case on screen, the folder around it, and what is being done for it; the only writer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Scan
from busi_gui.io.errors import ReadError
from busi_gui.io.scans import read_scan, scans_in
from busi_gui.services.jobs import JobThread, Report
from busi_gui.services.model_service import ModelService
from busi_gui.services.states import Activity, NetworkState, NetworkStatus


@dataclass(frozen=True)
class _Opened:
    """What the reader thread brings back: a whole scan and the readable files beside it."""

    scan: Scan
    folder: tuple[Path, ...]


class Session(QObject):
    """Opens scans and has them analysed.

    A scan is read whole before anything on screen changes; answers for a case that is no longer there are dropped.

    Signals
    -------
    case_changed(Case | None)
        Another case is on screen, or the same one with a new analysis.
    activity_changed(Activity | None)
        What is being done for the case on screen; None when idle.
    network_changed(NetworkState)
        The networks are loading, being prepared, ready, or failed.
    folder_changed(tuple[Path, ...])
        The readable files beside the open one, in natural order.
    failed(str)
        Something expected went wrong: a sentence for the reader that names the file and what to do.
    """

    case_changed = Signal(object)
    activity_changed = Signal(object)
    network_changed = Signal(object)
    folder_changed = Signal(object)
    failed = Signal(str)

    def __init__(self, models: ModelService, read: Callable[[Path], Scan] = read_scan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._read = read
        self._case: Case | None = None
        self._activity: Activity | None = None
        self._folder: tuple[Path, ...] = ()
        self._read_job: int | None = None
        self._analysis_job: int | None = None
        self._is_owed_analysis = False  # the networks failed it, not the reader
        self._reader = JobThread("reader", (ReadError,), self)
        self._reader.succeeded.connect(self._on_read)
        self._reader.failed.connect(self._on_read_failed)
        self._reader.stopped.connect(self._on_read_stopped)
        self._reader.broke.connect(self._on_broke)
        models.state_changed.connect(self._on_network_changed)
        models.progressed.connect(self._on_analysis_progressed)
        models.analysed.connect(self._on_analysed)
        models.failed.connect(self._on_analysis_failed)
        models.stopped.connect(self._on_analysis_stopped)
        models.broke.connect(self._on_analysis_broke)

    @property
    def case(self) -> Case | None:
        """The case on screen."""
        return self._case

    @property
    def activity(self) -> Activity | None:
        """What is being done for it."""
        return self._activity

    @property
    def network(self) -> NetworkState:
        """Where the networks are."""
        return self._models.state

    @property
    def folder(self) -> tuple[Path, ...]:
        """The readable files beside the open one."""
        return self._folder

    def open(self, path: Path) -> None:
        """Read a file in the background (of a folder its first readable file), then show and analyse it."""
        if self._read_job is not None:
            self._reader.stop(self._read_job)
        self._read_job = self._reader.submit(partial(self._read_with_folder, path))
        self._set_activity(Activity("reading", 0.0, can_stop=True))

    def step(self, offset: int) -> None:
        """Open the file ``offset`` places further in the folder; nothing beyond its ends."""
        if self._case is None or self._case.scan.path not in self._folder:
            return
        place = self._folder.index(self._case.scan.path) + offset
        if 0 <= place < len(self._folder):
            self.open(self._folder[place])

    def analyse(self) -> None:
        """Analyse the case on screen (again); nothing without a case, or while that is being done."""
        if self._case is None or self._analysis_job is not None:
            return
        self._is_owed_analysis = False
        self._analysis_job = self._models.analyse(self._case)
        self._set_activity(Activity("waiting for the networks", 0.0, can_stop=True))

    def stop(self) -> None:
        """Stop reading or analysing; what is on screen stays."""
        if self._read_job is not None:
            self._reader.stop(self._read_job)
            self._read_job = None
            self._set_activity(None)
        if self._analysis_job is not None:
            self._models.stop(self._analysis_job)

    def start(self) -> None:
        """Load the networks; after a failure, try again."""
        self._models.start()

    def shut_down(self) -> None:
        """Stop everything and wait for both threads."""
        self._reader.shut_down()
        self._models.shut_down()

    def _read_with_folder(self, path: Path, report: Report) -> _Opened:
        folder = path if path.is_dir() else path.parent
        files = tuple(scans_in(folder)) if folder.is_dir() else ()
        if path.is_dir():
            if not files:
                raise ReadError(f"{path} holds no scan that can be opened: no PNG, JPEG, BMP, TIFF or DICOM file.")
            path = files[0]
        report("reading", 0.5)
        scan = self._read(path)
        return _Opened(scan, files)

    def _set_activity(self, activity: Activity | None) -> None:
        if activity != self._activity:
            self._activity = activity
            self.activity_changed.emit(activity)

    def _set_case(self, case: Case) -> None:
        self._case = case
        self.case_changed.emit(case)

    def _on_read(self, job: int, opened: _Opened) -> None:
        if job != self._read_job:
            return
        self._read_job = None
        if self._analysis_job is not None:
            self._models.stop(self._analysis_job)
            self._analysis_job = None
        if opened.folder != self._folder:
            self._folder = opened.folder
            self.folder_changed.emit(self._folder)
        self._set_case(Case(opened.scan))
        self.analyse()

    def _on_read_failed(self, job: int, message: str) -> None:
        if job == self._read_job:
            self._read_job = None
            self._set_activity(None)
            self.failed.emit(message)

    def _on_read_stopped(self, job: int) -> None:
        if job == self._read_job:
            self._read_job = None
            self._set_activity(None)

    def _on_broke(self, job: int, error: BaseException) -> None:
        self._on_read_stopped(job)
        sys.excepthook(type(error), error, error.__traceback__)

    def _on_analysis_progressed(self, job: int, stage: str, fraction: float) -> None:
        if job == self._analysis_job and self._read_job is None:
            self._set_activity(Activity(stage, fraction, can_stop=True))

    def _on_analysed(self, job: int, case: Case) -> None:
        if job == self._analysis_job:
            self._analysis_job = None
            if self._read_job is None:
                self._set_activity(None)
            self._set_case(case)

    def _on_network_changed(self, state: NetworkState) -> None:
        self.network_changed.emit(state)
        if state.status is NetworkStatus.READY and self._is_owed_analysis:
            self.analyse()

    def _on_analysis_failed(self, job: int, message: str) -> None:
        if job == self._analysis_job:
            self._is_owed_analysis = self._models.state.status is NetworkStatus.FAILED
            self._on_analysis_stopped(job)
            self.failed.emit(message)

    def _on_analysis_stopped(self, job: int) -> None:
        if job == self._analysis_job:
            self._analysis_job = None
            if self._read_job is None:
                self._set_activity(None)

    def _on_analysis_broke(self, job: int, error: BaseException) -> None:
        self._on_analysis_stopped(job)
        sys.excepthook(type(error), error, error.__traceback__)
