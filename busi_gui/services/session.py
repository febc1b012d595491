"""Session: the case on screen, the folder around it, and what is being done for it; the only writer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box, Scan, Spacing
from busi_gui.io.errors import ReadError, unreadable
from busi_gui.io.scans import read_scan, scans_in
from busi_gui.services.jobs import SHUT_DOWN_S, JobThread, Report, Work
from busi_gui.services.model_service import ModelService
from busi_gui.services.states import Activity, CineState, NetworkState, NetworkStatus

_READING = Activity("reading", 0.0, can_stop=True)
_WAITING = Activity("waiting for the networks", 0.0, can_stop=True)


@dataclass(frozen=True)
class _Folder:
    """The readable files of a folder, and each one's place among them.

    Made in the reader thread: comparing and hashing the paths of a large folder takes longer than a frame lasts.
    """

    files: tuple[Path, ...] = ()
    places: dict[Path, int] = field(default_factory=dict)

    def listing(self, files: tuple[Path, ...]) -> _Folder:
        """Return a folder of these files: this one where they are its own, so that whether it changed is seen without looking at each."""
        return self if files == self.files else _Folder(files, {path: place for place, path in enumerate(files)})


@dataclass(frozen=True)
class _Opened:
    """What the reader thread brings back: a whole scan and the readable files beside it."""

    scan: Scan
    folder: _Folder


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
    cine_changed(CineState | None)
        Another frame is on screen, or it plays, or more was found; None where the file has a single frame.
    beside_changed(Case | None)
        Another scan lies beside the one on screen, or none, or the same one with its analysis.
    failed(str)
        Something expected went wrong: a sentence for the reader that names the file and what to do.
    """

    case_changed = Signal(object)
    activity_changed = Signal(object)
    network_changed = Signal(object)
    folder_changed = Signal(object)
    cine_changed = Signal(object)
    beside_changed = Signal(object)
    failed = Signal(str)

    def __init__(self, models: ModelService, read: Callable[[Path], Scan] = read_scan, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._read = read
        self._case: Case | None = None
        self._activity: Activity | None = None  # as announced
        self._analysis_activity = _WAITING
        self._folder = _Folder()
        self._read_job: int | None = None
        self._stepped_to: int | None = None  # place of a file that is being stepped to, or could not be read
        self._analysis_job: int | None = None
        self._is_owed_analysis = False  # the networks failed it, not the reader
        self._reader = JobThread("reader", (ReadError,), self)
        self._reader.succeeded.connect(self._on_read)
        self._reader.failed.connect(self._on_read_failed)
        self._reader.stopped.connect(self._on_read_stopped)
        self._reader.broke.connect(self._on_broke)
        models.state_changed.connect(self.network_changed)
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
        return self._folder.files

    @property
    def place(self) -> int | None:
        """Where the case on screen stands in its folder, from 0; None without a case, or where it is not listed."""
        return self._folder.places.get(self._case.scan.path) if self._case is not None else None

    @property
    def cine(self) -> CineState | None:
        """Where the reader is in a file of several frames; None where it has one."""
        raise NotImplementedError

    @property
    def beside(self) -> Case | None:
        """The case beside the one on screen."""
        raise NotImplementedError

    def show_frame(self, frame: int) -> None:
        """Show another frame of the cine, from 0; what plays stops. A frame beyond the ends is the nearest."""
        raise NotImplementedError

    def play(self, is_playing: bool) -> None:
        """Let the cine play, from the beginning where it stands at its end, or hold it."""
        raise NotImplementedError

    def set_looping(self, is_looping: bool) -> None:
        """Choose whether a cine that plays begins again at its end."""
        raise NotImplementedError

    def analyse_all_frames(self) -> None:
        """Analyse every frame of the cine, with progress; `stop` keeps what was found until then."""
        raise NotImplementedError

    def calibrate(self, spacing: Spacing | None) -> None:
        """Give the scan on screen the scale that the reader took from its ruler, remembered for these pixels; None: the file's own again."""
        raise NotImplementedError

    def crop(self, field: Box | None) -> None:
        """Let the networks look at nothing but this part of the scan on screen, remembered for these pixels; None: at all of it."""
        raise NotImplementedError

    def set_reviewed(self, is_reviewed: bool) -> None:
        """Remember that the reader is done with the case on screen, or not yet."""
        raise NotImplementedError

    def open_beside(self, path: Path) -> None:
        """Read and analyse another file, and lay it beside the case on screen."""
        raise NotImplementedError

    def close_beside(self) -> None:
        """Have nothing beside the case on screen any more."""
        raise NotImplementedError

    def swap_beside(self) -> None:
        """Let the case on screen and the one beside it change places."""
        raise NotImplementedError

    def open(self, path: Path) -> None:
        """Read a file in the background (of a folder its first readable file), then show and analyse it."""
        self._stepped_to = None
        self._start_reading(partial(self._read_with_folder, path, self._folder))

    def step(self, offset: int) -> None:
        """Open the file ``offset`` places further in the folder; nothing beyond its ends.

        After files that could not be read it goes on from the last of them, so that one bad file does not bar the way to the next.
        """
        place = self._stepped_to if self._stepped_to is not None else self.place
        if place is not None and 0 <= place + offset < len(self._folder.files):
            self._stepped_to = place + offset
            # Within the folder as it was listed: on a slow drive listing takes longer than reading a scan. Whoever opens a file by name, from the
            # list or by a drop gets the folder as it is then, with what was added to it.
            self._start_reading(partial(self._read_listed, self._folder.files[place + offset], self._folder))

    def analyse(self) -> None:
        """Analyse the case on screen (again); nothing without a case, or while that is being done."""
        if self._case is None or self._analysis_job is not None:
            return
        self._is_owed_analysis = False
        self._analysis_activity = _WAITING
        self._analysis_job = self._models.analyse(self._case)
        self._announce_activity()

    def stop(self) -> None:
        """Stop what is announced: reading, else analysing; what is on screen stays, and so does its analysis when a read is stopped."""
        if self._read_job is not None:
            self._stepped_to = None
            self._reader.stop(self._read_job)
            self._on_read_stopped(self._read_job)  # not waited for: a slow drive would keep the reader
        elif self._analysis_job is not None:
            self._models.stop(self._analysis_job)

    def start(self) -> None:
        """Load the networks; after a failure, try again, and then analyse the case that they failed."""
        self._models.start()
        if self._is_owed_analysis:
            self.analyse()

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Stop everything, wait for both threads, and return whether both ended, each within the limit."""
        has_reader_ended = self._reader.shut_down(limit_s)
        return self._models.shut_down(limit_s) and has_reader_ended

    def _start_reading(self, work: Work) -> None:
        if self._read_job is not None:
            self._reader.stop(self._read_job)
        self._read_job = self._reader.submit(work)
        self._announce_activity()

    def _read_with_folder(self, path: Path, known: _Folder, report: Report) -> _Opened:
        if _is_folder(path):
            files = tuple(scans_in(path))
            if not files:
                raise ReadError(f"{path} holds no scan that can be opened: no PNG, JPEG, BMP, TIFF or DICOM file.")
            report("reading", 0.5)
            return _Opened(self._read(files[0]), known.listing(files))
        # The file first: what is wrong with it is what the reader wants to know, whatever its folder is like.
        scan = self._read(path)
        report("reading", 0.5)
        return _Opened(scan, known.listing(_files_beside(path)))

    def _read_listed(self, path: Path, folder: _Folder, _report: Report) -> _Opened:
        return _Opened(self._read(path), folder)

    def _announce_activity(self) -> None:
        """Say what is being done now: reading before analysing, for it is what the reader asked for last."""
        if self._read_job is not None:
            activity: Activity | None = _READING
        else:
            activity = self._analysis_activity if self._analysis_job is not None else None
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
        self._stepped_to = None
        outdated, self._analysis_job = self._analysis_job, None
        if outdated is not None:
            self._models.stop(outdated)
        if opened.folder is not self._folder:
            self._folder = opened.folder
            self.folder_changed.emit(self._folder.files)
        self._set_case(Case(opened.scan))
        self.analyse()

    def _on_read_failed(self, job: int, message: str) -> None:
        if job == self._read_job:
            self._on_read_stopped(job)
            self.failed.emit(message)

    def _on_read_stopped(self, job: int) -> None:
        if job == self._read_job:
            self._read_job = None
            self._announce_activity()

    def _on_broke(self, job: int, error: BaseException) -> None:
        self._on_read_stopped(job)
        sys.excepthook(type(error), error, error.__traceback__)

    def _on_analysis_progressed(self, job: int, stage: str, fraction: float) -> None:
        if job == self._analysis_job:
            self._analysis_activity = Activity(stage, fraction, can_stop=True)
            self._announce_activity()

    def _on_analysed(self, job: int, case: Case) -> None:
        if job == self._analysis_job:
            self._on_analysis_stopped(job)
            self._set_case(case)

    def _on_analysis_failed(self, job: int, message: str) -> None:
        if job == self._analysis_job:
            self._is_owed_analysis = self._models.state.status is NetworkStatus.FAILED
            self._on_analysis_stopped(job)
            self.failed.emit(message)

    def _on_analysis_stopped(self, job: int) -> None:
        if job == self._analysis_job:
            self._analysis_job = None
            self._announce_activity()

    def _on_analysis_broke(self, job: int, error: BaseException) -> None:
        self._on_analysis_stopped(job)
        sys.excepthook(type(error), error, error.__traceback__)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        raise unreadable(path, error) from error


def _files_beside(path: Path) -> tuple[Path, ...]:
    """Return the readable files of a file's folder; the file alone where its folder cannot be listed, as on shares that give out single files."""
    try:
        return tuple(scans_in(path.parent))
    except (OSError, ReadError):
        return (path,)
