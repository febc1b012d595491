"""AllFrames: every frame of a cine is analysed, one job after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import analysed_case
from busi_gui.domain.cine import FrameFinding, finding_of
from busi_gui.io.errors import ReadError
from busi_gui.io.scan_file import ScanFile
from busi_gui.services.analysing import WAITING
from busi_gui.services.jobs import Report
from busi_gui.services.model_service import AnalysisPipeline, ModelService
from busi_gui.services.open_file import as_noted
from busi_gui.services.opening import FilesOfAThread
from busi_gui.services.packed import PackedCase
from busi_gui.services.states import Activity, NetworkStatus
from busi_gui.store.records import Note


@dataclass(frozen=True, eq=False)
class AnalysedFrame:
    """What came of one frame; ``found`` in the file's own scale."""

    frame: int
    packed: PackedCase
    found: FrameFinding


@dataclass(frozen=True)
class _NotRead:
    """A frame, or the whole file, that could not be read in the model thread."""

    message: str
    is_file: bool


class _Source:
    """A file of its own for the model thread, for a file belongs to one thread; opened when its first frame is read."""

    def __init__(self, path: Path, files: FilesOfAThread) -> None:
        self._path = path
        self._files = files
        self._file: ScanFile | None = None

    def analysed(self, frame: int, note: Note, pipeline: AnalysisPipeline, report: Report) -> AnalysedFrame | _NotRead:
        try:
            if self._file is None:
                self._file = self._files.open(self._path)
            scan = self._file.read(frame)
        except ReadError as error:
            return _NotRead(str(error), is_file=self._file is None)
        case = analysed_case(as_noted(scan, note), partial(pipeline.analyse, report=report))
        return AnalysedFrame(frame, PackedCase.of(case), finding_of(case, scan))

    def close(self) -> None:
        if self._file is not None:
            self._files.close(self._file)
            self._file = None


class AllFrames(QObject):
    """Analyses the frames of one cine on the model thread, in a file of its own.

    Each frame is a job of its own, so that the analysis of the frame on screen never waits for more than one. It ends where other networks answer:
    the findings of one cine are all of the same.

    Signals
    -------
    changed()
        Another activity, or none any more.
    found(AnalysedFrame)
        One more frame.
    ended()
        All frames were gone through; those that could not be read were passed over.
    failed(str)
        It ended early: a sentence for the reader.
    """

    changed = Signal()
    found = Signal(object)
    ended = Signal()
    failed = Signal(str)

    def __init__(self, models: ModelService, open_file: Callable[[Path], ScanFile], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._files = FilesOfAThread(open_file)
        models.at_end(self._files.close_all)
        self._source: _Source | None = None
        self._note = Note()
        self._left: deque[int] = deque()
        self._done = 0
        self._frame_count = 0
        self._job: int | None = None
        self._waiting = WAITING
        models.progressed.connect(self._on_progressed)
        models.done.connect(self._on_done)
        models.failed.connect(self._on_failed)
        models.stopped.connect(self._on_stopped)
        models.broke.connect(self._on_stopped)
        models.replaced.connect(self.stop)

    @property
    def activity(self) -> Activity | None:
        """How far it is; None when it is not at work."""
        if self._source is None:
            return None
        if self._models.state.status is not NetworkStatus.READY:
            return self._waiting
        fraction = self._done / (self._done + len(self._left))
        return Activity(f"frame {self._left[0] + 1} of {self._frame_count}", fraction, can_stop=True)

    def start(self, path: Path, frames: Iterable[int], frame_count: int, note: Note) -> None:
        """Analyse some frames of a file, in order, with what the reader has set down for it; nothing else is analysed in its place any more."""
        self.stop()
        self._left = deque(frames)
        self._done = 0
        self._frame_count = frame_count
        self._note = note
        if not self._left:
            self.ended.emit()
            return
        self._source = _Source(path, self._files)
        self._waiting = WAITING
        self._submit()
        self.changed.emit()

    def stop(self) -> None:
        """Stop at the next stage of the frame at work; what was found is kept by who heard of it."""
        if self._job is not None:
            self._models.stop(self._job)
        self._end()

    def follow(self, note: Note) -> None:
        """Stop if the networks are to look at another part of the file from now on."""
        if note.field != self._note.field:
            self.stop()

    def _submit(self) -> None:
        assert self._source is not None
        self._job = self._models.run(partial(self._source.analysed, self._left[0], self._note))

    def _end(self) -> None:
        source, self._source, self._job = self._source, None, None
        if source is not None:
            self._models.tidy(source.close)
            self.changed.emit()

    def _on_progressed(self, job: int, stage: str, fraction: float) -> None:
        if job == self._job:
            self._waiting = Activity(stage, fraction, can_stop=True)
            self.changed.emit()

    def _on_done(self, job: int, result: object) -> None:
        if job != self._job:
            return
        if isinstance(result, _NotRead) and result.is_file:
            self._on_failed(job, result.message)
            return
        if isinstance(result, AnalysedFrame):
            self.found.emit(result)
        if self._job != job:  # stopped by who heard of it
            return
        self._left.popleft()
        self._done += 1
        if self._left:
            self._submit()
            self.changed.emit()
        else:
            self._end()
            self.ended.emit()

    def _on_failed(self, job: int, message: str) -> None:
        if job == self._job:
            self._end()
            self.failed.emit(message)

    def _on_stopped(self, job: int, _error: object = None) -> None:
        if job == self._job:
            self._end()
