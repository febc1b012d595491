"""Versions: the networks on this computer, which of them are in use, and networks that come and go as one file, for the window."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from busi_gui.services.jobs import SHUT_DOWN_S, JobThread, Report
from busi_gui.services.model_service import ModelService
from busi_gui.services.states import NetworkState, NetworkStatus
from models.analysis import NetworkError, NetworksChange, NetworksInUse, VersionEntry

__all__ = ["SUFFIX", "VersionEntry", "VersionList", "Versions"]

SUFFIX = ".busi-networks"
"""Of a version as one file."""
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # on Windows a process would show a console
_POLL_S = 0.1


@dataclass(frozen=True)
class _Outcome:
    """What came of a wish, a sentence for the reader, and the name of what came here by it."""

    said: str = ""
    arrived: str = ""


_Work = Callable[[Report], _Outcome]
"""Raises NetworkError."""


class Store(Protocol):
    """What is asked of ``models.versions.VersionStore``; see there."""

    def versions(self) -> list[VersionEntry]:
        """Every version."""

    def in_use(self) -> NetworksInUse:
        """Those that are to be loaded."""

    def history(self) -> list[NetworksChange]:
        """Every change of them."""

    def adopt(self, name: str, who: str) -> NetworksChange:
        """Put a version in use."""

    def back(self, who: str) -> NetworksChange:
        """Put in use what was before."""

    def delete(self, name: str) -> None:
        """Delete what was never in use."""

    def export(self, name: str, file: Path, who: str) -> None:
        """Write a version into a file."""


@dataclass(frozen=True)
class VersionList:
    """Every version, the shipped one first; which are in use; every change of that, the first one first; and which has just been imported."""

    entries: tuple[VersionEntry, ...]
    in_use: NetworksInUse
    changes: tuple[NetworksChange, ...] = ()
    arrived: str = ""


@dataclass(frozen=True)
class _Done:
    said: str
    problem: str
    listed: VersionList
    is_switch: bool


class Versions(QObject):
    """Lists, chooses, exports, imports and deletes versions.

    Files are read and written on a thread of its own, which lives as long as it has something to do. What is imported is examined in a process of its
    own: reading weights that somebody has damaged could end this one.

    Parameters
    ----------
    store
        Where they are kept.
    import_command
        Started with a file's name behind it, takes it in and writes its entry as JSON; ``main.py versions import --json``.
    reader
        By whom changes are made.

    Signals
    -------
    listed(VersionList)
        What there is now.
    busy_changed(bool)
        Whether something is under way, the loading of other networks included.
    progressed(str, float)
        Other networks are being loaded: stage and fraction.
    chosen()
        Other networks are in use: they are to be loaded.
    done(str), failed(str)
        A sentence for the reader.
    """

    listed = Signal(object)
    busy_changed = Signal(bool)
    progressed = Signal(str, float)
    chosen = Signal()
    done = Signal(str)
    failed = Signal(str)

    def __init__(self, store: Store, import_command: Sequence[str], reader: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._import_command = list(import_command)
        self._reader = reader
        self._models: ModelService | None = None
        self._thread: JobThread | None = None
        self._listed: VersionList | None = None
        self._switch = ""  # what is said once the chosen networks answer
        self._why_undone = ""
        self._is_shut_down = False

    @property
    def is_busy(self) -> bool:
        """Whether something is under way: nothing else is begun before its end."""
        return self._thread is not None or bool(self._switch)

    def follow(self, models: ModelService) -> None:
        """Have the networks loaded that are chosen; where they cannot be, those before are put in use again."""
        self._models = models
        self.chosen.connect(models.reload)
        models.reloading.connect(self.progressed)
        models.kept.connect(self._on_kept)
        models.state_changed.connect(self._on_state)

    def refresh(self) -> None:
        """Look what there is; where something is under way, that is told at its end."""
        if not self.is_busy:
            self._submit(lambda _report: _Outcome())
        elif self._thread is None and self._listed is not None:  # the networks that were chosen are being loaded
            self.listed.emit(self._listed)

    def use(self, name: str) -> None:
        """Put a version in use, and have it loaded."""
        self._start(lambda _report: _changed(self._store.adopt(name, self._reader)), is_switch=True)

    def back(self) -> None:
        """Put in use what was in use before, and have it loaded."""
        self._start(lambda _report: _changed(self._store.back(self._reader)), is_switch=True)

    def delete(self, name: str) -> None:
        """Delete a version that was never in use."""
        self._start(lambda _report: self._deleted(name))

    def export(self, name: str, file: Path) -> None:
        """Write a version into a file."""
        self._start(lambda _report: self._exported(name, file))

    def import_file(self, file: Path) -> None:
        """Take in a version from a file."""
        self._start(partial(self._imported, file))

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Stop, wait until nothing is under way, and return whether that was within the limit."""
        self._is_shut_down = True
        return self._thread is None or self._thread.shut_down(limit_s)

    # on the thread --------------------------------------------------------------------------------------------------------------------------------

    def _done(self, work: _Work, is_switch: bool, report: Report) -> _Done:
        try:
            outcome, problem = work(report), ""
        except NetworkError as error:
            outcome, problem = _Outcome(), str(error)
        listed = VersionList(tuple(self._store.versions()), self._store.in_use(), tuple(self._store.history()), outcome.arrived)
        return _Done(outcome.said, problem, listed, is_switch and not problem)

    def _deleted(self, name: str) -> _Outcome:
        self._store.delete(name)
        return _Outcome(f"{name} is deleted.")

    def _exported(self, name: str, file: Path) -> _Outcome:
        self._store.export(name, file, self._reader)
        return _Outcome(f"{name} is written to {file}.")

    def _imported(self, file: Path, report: Report) -> _Outcome:
        entry = json.loads(_answer([*self._import_command, str(file)], report))
        name, parent = entry["name"], entry["parent"]
        stranger = f" It was made from {parent}, which is not on this computer." if parent and not entry["is_parent_here"] else ""
        came_as = f" It came as {entry['came_as']}, as other networks here are called." if entry["came_as"] else ""
        return _Outcome(f"{name} is imported, and whole. It is not in use before you say so.{came_as}{stranger}", name)

    # on the thread of the window --------------------------------------------------------------------------------------------------------------------

    def _start(self, work: _Work, *, is_switch: bool = False) -> None:
        if not self.is_busy:
            self._submit(work, is_switch=is_switch)

    def _submit(self, work: _Work, *, is_switch: bool = False) -> None:
        if self._is_shut_down:
            return
        self._thread = JobThread("versions", (), self)
        self._thread.succeeded.connect(self._on_done)
        self._thread.broke.connect(self._on_broke)
        self._thread.submit(partial(self._done, work, is_switch))
        self.busy_changed.emit(True)

    def _on_done(self, _job: int, done: _Done) -> None:
        undone, self._why_undone = self._why_undone, ""
        if done.is_switch and self._models is not None and not undone:
            self._switch = done.said
        self._end()
        self._listed = done.listed
        self.listed.emit(done.listed)
        if done.is_switch:
            self.chosen.emit()
        if undone or done.problem:
            self.failed.emit(" ".join(filter(None, (undone, done.problem or done.said))))
        elif done.said and not self._switch:
            self.done.emit(done.said)

    def _on_broke(self, _job: int, error: BaseException) -> None:
        self._why_undone = ""
        self._end()
        sys.excepthook(type(error), error, error.__traceback__)

    def _end(self) -> None:
        if self._thread is not None:
            self._thread.shut_down()
            self._thread.deleteLater()
            self._thread = None
        self.busy_changed.emit(self.is_busy)

    def _on_state(self, state: NetworkState) -> None:
        assert self._models is not None
        if not self._switch or self._models.is_loading:
            return
        if state.status is NetworkStatus.FAILED:
            self._on_kept(state.message)
        elif state.status is NetworkStatus.READY:
            said, self._switch = self._switch, ""
            self.busy_changed.emit(self.is_busy)
            self.done.emit(said)

    def _on_kept(self, message: str) -> None:
        """Put in use again what was before, for what was chosen cannot be loaded."""
        if self._switch and not self._is_shut_down:
            self._switch, self._why_undone = "", message
            self._submit(lambda _report: _changed(self._store.back(self._reader)), is_switch=True)


def _changed(change: NetworksChange) -> _Outcome:
    return _Outcome(f"The networks {change.after} are in use.")


def _answer(command: Sequence[str], report: Report) -> str:
    """Run a command to its end, or until the job is stopped, and return the last line that it wrote; NetworkError with what it complains of."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        creationflags=_NO_WINDOW,
    )
    try:
        while True:
            report("importing", 0.0)
            try:
                out, complaints = process.communicate(timeout=_POLL_S)
                break
            except subprocess.TimeoutExpired:
                continue
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode == 0 and out.strip():
        return out.strip().splitlines()[-1]
    said = [line for line in complaints.splitlines() if line.strip()]
    raise NetworkError(said[-1] if process.returncode == 1 and said else "The file could not be examined: it is damaged in an unknown way.")
