"""One road for all background work: numbered jobs, one at a time, in order, on a thread of their own; urgent ones in between."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from models.analysis import AnalysisStopped

_STACK_BYTES = 16 * 1024 * 1024  # the kernels of an interpreter outgrow the 512 KiB that macOS gives a thread

SHUT_DOWN_S = 10.0
"""How long quitting waits for a thread: longer than any stage of an analysis, shorter than anybody waits for a hung network drive."""

_NICENESS = {QThread.Priority.LowPriority: 5, QThread.Priority.LowestPriority: 10}
"""By how much threads stand back on Linux, where a priority of a thread means nothing. With all of them at 15 the window stood still as long as with
none: perhaps since a thread that holds Python's lock, for which the window waits, is then kept from running itself."""

Report = Callable[[str, float], None]
"""Told a stage and a fraction in [0, 1] before each stage; raises AnalysisStopped when the job is to end."""

Work = Callable[[Report], Any]

_log = logging.getLogger(__name__)


class JobThread(QObject):
    """Runs jobs on one thread; every signal arrives in the thread that made this object.

    Parameters
    ----------
    name
        Of the thread, for whoever looks at the process.
    expected
        Errors whose message is for the reader.
    priority
        Against the window's own thread. Linux knows it by niceness, which this thread and those that it starts are given; elsewhere Qt sets it.

    Signals
    -------
    progressed(int, str, float)
        Job, stage, fraction.
    succeeded(int, object)
        Job and what its work returned.
    failed(int, str)
        Job and a sentence for the reader: one of the ``expected`` errors.
    stopped(int)
        The job ended because it was asked to.
    broke(int, object)
        Job and an exception that nobody expected: a bug.
    """

    progressed = Signal(int, str, float)
    succeeded = Signal(int, object)
    failed = Signal(int, str)
    stopped = Signal(int)
    broke = Signal(int, object)

    _submitted = Signal(int, object, object)
    _urged = Signal()

    def __init__(
        self,
        name: str,
        expected: tuple[type[Exception], ...],
        parent: QObject | None = None,
        priority: QThread.Priority = QThread.Priority.LowPriority,
    ) -> None:
        super().__init__(parent)
        self._last = 0
        self._stops: dict[int, threading.Event] = {}
        self._is_shut_down = False
        self._thread = QThread(self)
        self._thread.setObjectName(name)
        self._thread.setStackSize(_STACK_BYTES)
        self._worker = _Worker(expected, _NICENESS.get(priority, 0))
        self._worker.moveToThread(self._thread)
        self._submitted.connect(self._worker.run)
        self._urged.connect(self._worker.run_urgent)
        self._worker.progressed.connect(self.progressed)
        self._worker.ended.connect(self._on_ended)
        # Emitted by the thread itself, at its start and when its event loop has ended: what was opened there is closed there.
        self._thread.started.connect(self._worker.begin, Qt.ConnectionType.DirectConnection)
        self._thread.finished.connect(self._worker.finish, Qt.ConnectionType.DirectConnection)
        self._thread.start(priority)

    def submit(self, work: Work, *, is_urgent: bool = False) -> int:
        """Queue a job and return its number; a number is never used again.

        An urgent one is done before all others, at the next stage of the one at work: it must be short, and get along with half-done work.
        """
        self._last += 1
        stop = threading.Event()
        self._stops[self._last] = stop
        if is_urgent:
            self._worker.urgent.append((self._last, work, stop))
            self._urged.emit()
        else:
            self._submitted.emit(self._last, work, stop)
        return self._last

    def stop(self, job: int) -> None:
        """Ask a job to end at its next stage, or before it starts; unknown and ended jobs are passed over."""
        if job in self._stops:
            self._stops[job].set()

    def at_end(self, work: Callable[[], None]) -> None:
        """Have something done in the thread as the last thing there, such as closing what was opened; it must not raise."""
        self._worker.last_things.append(work)

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Stop every job and wait for the thread; nothing can be submitted afterwards. A second call only waits.

        Returns
        -------
        bool
            Whether the thread ended within the limit. Where it did not, it must not be destroyed: Qt aborts the program.
        """
        if not self._is_shut_down:
            self._is_shut_down = True
            for stop in self._stops.values():
                stop.set()
            self._worker.progressed.disconnect(self.progressed)
            self._worker.ended.disconnect(self._on_ended)
            self._thread.quit()
        return self._thread.wait(round(1000 * limit_s))

    @Slot(int, str, object)
    def _on_ended(self, job: int, how: str, value: object) -> None:
        del self._stops[job]
        if how == "stopped":
            self.stopped.emit(job)
        else:
            {"succeeded": self.succeeded, "failed": self.failed, "broke": self.broke}[how].emit(job, value)


class _Worker(QObject):
    """Lives in the job thread. ``urgent`` is filled from outside and emptied here; a deque takes both at once."""

    progressed = Signal(int, str, float)
    ended = Signal(int, str, object)

    def __init__(self, expected: tuple[type[Exception], ...], niceness: int) -> None:
        super().__init__()
        self._expected, self._niceness = expected, niceness
        self.last_things: list[Callable[[], None]] = []
        self.urgent: deque[tuple[int, Work, threading.Event]] = deque()
        self._is_urged = False

    @Slot(int, object, object)
    def run(self, job: int, work: Work, stop: threading.Event) -> None:
        self.run_urgent()
        self._run(job, work, stop)

    @Slot()
    def run_urgent(self) -> None:
        if self._is_urged:  # from within an urgent job
            return
        self._is_urged = True
        while self.urgent:
            self._run(*self.urgent.popleft())
        self._is_urged = False

    def _run(self, job: int, work: Work, stop: threading.Event) -> None:
        def report(stage: str, fraction: float) -> None:
            self.run_urgent()
            if stop.is_set():
                raise AnalysisStopped
            self.progressed.emit(job, stage, fraction)

        how, value = _outcome(work, report, stop, self._expected)
        self.ended.emit(job, how, value)

    @Slot()
    def begin(self) -> None:
        if sys.platform == "linux" and self._niceness:
            with suppress(OSError):  # where it is forbidden all threads are alike
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, os.getpid()) + self._niceness)

    @Slot()
    def finish(self) -> None:
        for work in self.last_things:
            work()


def _outcome(work: Work, report: Report, stop: threading.Event, expected: tuple[type[Exception], ...]) -> tuple[str, object]:
    """Run the work; whatever happens becomes a word and a value, for nothing may be raised into Qt's event loop from here."""
    if stop.is_set():
        return "stopped", None
    try:
        return "succeeded", work(report)
    except AnalysisStopped:
        return "stopped", None
    except expected as error:
        _log.info("a job failed: %s", type(error).__name__)  # its message names files, whose names may name patients
        return "failed", str(error)
    except Exception as error:  # noqa: BLE001 - the worker's boundary: the UI thread treats it as the bug that it is
        return "broke", error
