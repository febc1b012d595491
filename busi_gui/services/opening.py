"""Reader: the reader thread and the files open in it. Opening: one file after another is opened there, the newest asked for wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.scan import file_key
from busi_gui.io.errors import ReadError, unreadable
from busi_gui.io.marks import is_index_name
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import KINDS, scans_in
from busi_gui.services.jobs import JobThread, Report, Work
from busi_gui.services.open_file import Folder, Opened
from busi_gui.store.records import Note, StoredReading, WorkspaceError

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace


class FilesOfAThread:
    """The files that are open in one thread, and used by no other; all methods belong to that thread."""

    def __init__(self, open_file: Callable[[Path], ScanFile]) -> None:
        self._open_file = open_file
        self._files: list[ScanFile] = []

    def open(self, path: Path) -> ScanFile:
        """Open a file; raises ReadError."""
        file = self._open_file(path)
        self._files.append(file)
        return file

    def close(self, file: ScanFile) -> None:
        """Close a file."""
        self._files.remove(file)
        file.close()

    def close_all(self) -> None:
        """Close whatever is still open."""
        while self._files:
            self._files.pop().close()


class Reader(JobThread):
    """The reader thread, and the files that are open in it until it ends.

    Signals
    -------
    As in ``JobThread``.
    """

    def __init__(self, open_file: Callable[[Path], ScanFile], parent: QObject | None = None) -> None:
        super().__init__("reader", (ReadError,), parent)
        self.files = FilesOfAThread(open_file)
        self.at_end(self.files.close_all)

    def close(self, file: ScanFile) -> None:
        """Close a file when what was asked for before is done."""
        self.submit(partial(_closed, self.files, file))


class Opening(QObject):
    """Opens files and brings their first readable frames, one at a time; asked for another, it forgets the one before.

    Signals
    -------
    opened(Opened)
        Whoever hears it has to close the file when it is done with.
    failed(str)
        It cannot be read, as in ``JobThread``; or, after ``opened``, some of what readers had set down cannot.
    ended()
        Nothing is being opened any more, and nothing was opened; before ``failed``.
    """

    opened = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, reader: Reader, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._workspace = workspace
        self._job: int | None = None
        self._dropped: set[int] = set()
        reader.succeeded.connect(self._on_succeeded)
        reader.failed.connect(self._on_failed)
        reader.stopped.connect(self._on_stopped)
        reader.broke.connect(self._on_stopped)

    @property
    def is_busy(self) -> bool:
        """Whether a file is being opened."""
        return self._job is not None

    def open(self, path: Path, known: Folder) -> None:
        """Open a file, of a folder its first readable one, and list its folder, which may be the one already known."""
        self._start(partial(self._opened_with_folder, path, known))

    def open_listed(self, path: Path, folder: Folder) -> None:
        """Open a file of a folder that was listed before."""
        self._start(partial(self._opened, path, _listed(folder)))

    def stop(self) -> None:
        """Forget what is being opened; it is not waited for: a slow drive would keep the reader."""
        if self._drop():
            self.ended.emit()

    def _start(self, work: Work) -> None:
        self._drop()
        self._job = self._reader.submit(work)

    def _drop(self) -> bool:
        job, self._job = self._job, None
        if job is not None:
            self._reader.stop(job)
            self._dropped.add(job)
        return job is not None

    def _opened_with_folder(self, path: Path, known: Folder, report: Report) -> Opened:
        if not is_index_name(path) and not _is_folder(path):
            # The file first: what is wrong with it is what the reader wants to know, whatever its folder is like.
            return self._opened(path, partial(_folder_of, path, known), report)
        files = tuple(scans_in(path))
        if not files:
            raise ReadError(f"{path} holds no scan that can be opened: no {KINDS} file.")
        report("reading", 0.5)
        return self._opened(files[0], _listed(known.listing(files)), report)

    def _opened(self, path: Path, folder: Callable[[], Folder], report: Report) -> Opened:
        file = self._reader.files.open(path)
        try:
            scan, damaged = file.read_first(partial(report, "reading", 0.0))
            report("reading", 0.5)
            key = file_key(scan)
            note, readings, asides, problem = self._remembered(key)
            return Opened(file, scan, file.unreadable | damaged.keys(), folder(), key, note, readings, asides, problem)
        except BaseException:  # stopped, too
            self._reader.files.close(file)
            raise

    def _remembered(self, key: str) -> tuple[Note, Mapping[int, StoredReading], Mapping[int, StoredReading], str]:
        try:
            return self._workspace.note(key), self._workspace.readings(key), self._workspace.asides(key), ""
        except WorkspaceError as error:
            return Note(), {}, {}, str(error)

    def _on_succeeded(self, job: int, result: object) -> None:
        if job in self._dropped:
            self._dropped.discard(job)
            assert isinstance(result, Opened)
            self._reader.close(result.file)
        elif job == self._job:
            self._job = None
            assert isinstance(result, Opened)
            self.opened.emit(result)
            if result.damage:
                self.failed.emit(result.damage)

    def _on_failed(self, job: int, message: str) -> None:
        if job == self._job:
            self._end()
            self.failed.emit(message)
        self._dropped.discard(job)

    def _on_stopped(self, job: int, _error: object = None) -> None:
        if job == self._job:
            self._end()
        self._dropped.discard(job)

    def _end(self) -> None:
        self._job = None
        self.ended.emit()


def _closed(files: FilesOfAThread, file: ScanFile, _report: Report) -> None:
    files.close(file)


def _listed(folder: Folder) -> Callable[[], Folder]:
    return lambda: folder


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        raise unreadable(path, error) from error


def _folder_of(path: Path, known: Folder) -> Folder:
    """Return the readable files of a file's folder; the file alone where its folder cannot be listed, as on shares that give out single files."""
    if path in known.places and known.is_spread:
        return known
    try:
        return known.listing(tuple(scans_in(path.parent)))
    except (OSError, ReadError):
        return known.listing((path,))
