"""WorkPlace: where the reader's work is kept, and how it is kept elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, SignalInstance

from busi_gui.services.jobs import SHUT_DOWN_S, JobThread, Report
from busi_gui.store.choice import choose_place, chosen_place
from busi_gui.store.records import WorkspaceError

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

PASSWORD = (
    "Leave the password out of the address: it would be kept where others can read it. "
    "Put it into the environment variable PGPASSWORD of this computer."
)


class WorkPlace(QObject):
    """Says where the Workspace lies, copies it, and chooses another one for the next start.

    Both take as long as a drive or a server does, so they are done on a thread of their own, which lives as long as it has something to do.

    Parameters
    ----------
    folder
        Of the user's data, where the choice is kept.
    opening
        Opens the Workspace, and returns what the reader is to be told of that: empty where all is well.

    Signals
    -------
    opened(str)
        It is open, and this is to be told.
    done(str)
        A sentence for the reader: it is copied, or chosen.
    failed(str)
        Why it is not.
    """

    opened = Signal(str)
    done = Signal(str)
    failed = Signal(str)

    def __init__(self, workspace: Workspace, folder: Path, opening: Callable[[], str] = str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._folder, self._opening = workspace, folder, opening
        self._thread: JobThread | None = None
        self._told = self.done
        self._is_shut_down = False

    @property
    def place(self) -> str:
        """The file or server, without a password."""
        return self._workspace.place

    @property
    def is_shared(self) -> bool:
        """Whether several workstations use it."""
        return self._workspace.is_shared

    @property
    def reader(self) -> str:
        """As whom the reader's work is signed."""
        return self._workspace.reader

    @property
    def chosen(self) -> str:
        """The place that the reader has chosen for the next start, as he wrote it; empty for the program's own."""
        return chosen_place(self._folder)

    @property
    def is_busy(self) -> bool:
        """Whether it copies, or tries another place."""
        return self._thread is not None

    def open(self) -> None:
        """Open the Workspace, so that nobody has to wait for it later."""
        self._start(lambda _report: self._opening(), self.opened)

    def copy_to(self, file: Path) -> None:
        """Copy the whole Workspace into a new file."""
        self._start(partial(self._copied, file), self.done)

    def choose(self, place: str) -> None:
        """Keep the work in another file or on a server from the next start on, once that has answered; empty for the program's own place."""
        from busi_gui.store.place import names_password  # what a database needs takes a while to load

        place = place.strip()
        if names_password(place):
            self.failed.emit(PASSWORD)
            return
        self._start(partial(self._tried, place), self.done)

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Begin nothing more, wait until nothing is under way, and return whether that was within the limit."""
        self._is_shut_down = True
        return self._thread is None or self._thread.shut_down(limit_s)

    def _start(self, work: Callable[[Report], str], told: SignalInstance) -> None:
        if self._thread is None and not self._is_shut_down:
            self._told = told
            self._thread = JobThread("work place", (WorkspaceError,), self)
            self._thread.succeeded.connect(self._on_succeeded)
            self._thread.failed.connect(self._on_failed)
            self._thread.broke.connect(self._on_broke)
            self._thread.submit(work)

    def _copied(self, file: Path, _report: Report) -> str:
        self._workspace.copy_to(file)
        return f"The Workspace is copied to {file}."

    def _tried(self, place: str, _report: Report) -> str:
        from busi_gui.store.workspace import Workspace

        if place:
            Workspace(place if "://" in place else Path(place)).close()
        choose_place(self._folder, place)
        return "From the next start of the program on your work is kept there. What is here stays here: copy it first to take it along."

    def _on_succeeded(self, _job: int, said: str) -> None:
        self._end()
        self._told.emit(said)

    def _on_failed(self, _job: int, message: str) -> None:
        self._end()
        self.failed.emit(message)

    def _on_broke(self, _job: int, error: BaseException) -> None:
        self._end()
        sys.excepthook(type(error), error, error.__traceback__)

    def _end(self) -> None:
        if self._thread is not None:
            self._thread.shut_down()
            self._thread.deleteLater()
            self._thread = None
