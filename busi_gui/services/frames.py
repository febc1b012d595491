"""Frames: pixels of the open file, read on the reader thread when they are wanted."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.scan import Scan
from busi_gui.io.scan_file import ScanFile
from busi_gui.services.jobs import Report
from busi_gui.services.open_file import OpenFile
from busi_gui.services.opening import Reader


class Frames(QObject):
    """Reads the wanted frame first, then those ahead of it, one at a time; what is wanted now replaces what was wanted before.

    Signals
    -------
    arrived(int)
        A frame that was wanted is at hand. Where a newer one is wanted by now it is announced all the same, so that whoever scrolls faster than
        frames can be read sees some of them; not once the newer is at hand.
    lost(int, str, bool)
        A frame that cannot be read, why, and whether it is the one wanted now.
    """

    arrived = Signal(int)
    lost = Signal(int, str, bool)

    def __init__(self, reader: Reader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._file: OpenFile | None = None
        self._job: int | None = None
        self._reading = 0  # the job's frame
        self._is_reading_wanted = False
        self._wanted: int | None = None
        self._ahead: tuple[int, ...] = ()
        reader.succeeded.connect(self._on_succeeded)
        reader.failed.connect(self._on_failed)
        reader.stopped.connect(self._on_stopped)
        reader.broke.connect(self._on_broke)

    @property
    def wanted(self) -> int | None:
        """The frame that is awaited."""
        return self._wanted

    def use(self, file: OpenFile | None) -> None:
        """Read frames of another file from now on."""
        self.want(None)
        self._file = file
        if self._job is not None:
            self._reader.stop(self._job)
            self._job = None

    def want(self, frame: int | None, ahead: tuple[int, ...] = ()) -> None:
        """Have a frame read, unless it is at hand, and others after it; None: no frame is awaited any more."""
        self._wanted = frame
        self._ahead = ahead
        if self._job is not None and self._reading not in (frame, *ahead):
            self._reader.stop(self._job)  # which ends it only where it still waits behind something else
        self._read_next()

    def _read_next(self) -> None:
        if self._file is None or self._job is not None:
            return
        for frame in (self._wanted, *self._ahead):
            if frame is not None and frame not in self._file.unreadable and not self._file.has(frame):
                self._reading, self._is_reading_wanted = frame, frame == self._wanted
                self._job = self._reader.submit(partial(_read, self._file.file, frame))
                return

    def _on_succeeded(self, job: int, scan: Scan) -> None:
        if job != self._job or self._file is None:
            return
        self._job = None
        self._file.keep(scan)
        is_awaited = self._wanted == scan.frame or (self._wanted is not None and self._is_reading_wanted)
        if self._wanted == scan.frame:
            self._wanted = None
        if is_awaited:
            self._file.look_at_scan(scan)
            self.arrived.emit(scan.frame)
        self._read_next()

    def _on_failed(self, job: int, message: str) -> None:
        if job != self._job or self._file is None:
            return
        self._job = None
        self._file.lose(self._reading)
        is_wanted = self._wanted == self._reading
        if is_wanted:
            self._wanted = None
        self.lost.emit(self._reading, message, is_wanted)
        self._read_next()

    def _on_stopped(self, job: int) -> None:
        if job == self._job:
            self._job = None
            self._read_next()

    def _on_broke(self, job: int, _error: object) -> None:
        self._on_failed(job, "")  # told as the bug that it is


def _read(file: ScanFile, frame: int, _report: Report) -> Scan:
    return file.read(frame)
