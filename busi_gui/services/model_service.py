"""ModelService: jobs on the model thread, answers in the UI thread."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QProcess, Signal

from busi_gui.domain.case import Case, analysed_case
from busi_gui.services.jobs import SHUT_DOWN_S, JobThread, Report
from busi_gui.services.states import NetworkState, NetworkStatus
from models.analysis import Analysis, Diagnosis, Mask, NetworkError, NetworkInfo, NotConverted

_PERCENT = re.compile(r"^ *(\d+) %", re.MULTILINE)
"""How ``main.py convert`` says how far it is."""

_LOADING, _PREPARING = "loading the networks", "preparing the networks"
_WAY_OUT = "Try again, or reinstall the program."

_log = logging.getLogger(__name__)


class AnalysisPipeline(Protocol):
    """What the service asks of a pipeline; ``models.pipeline.Pipeline`` has it, and so has the fake of the tests."""

    @property
    def info(self) -> NetworkInfo:
        """Which networks answer."""

    def analyse(self, pixels: npt.NDArray[np.uint8], report: Report) -> Analysis:
        """Analyse a scan, uint8 (rows, columns)."""

    def diagnose(self, pixels: npt.NDArray[np.uint8], mask: Mask) -> Diagnosis:
        """Diagnose one lesion of a scan, uint8 and bool (rows, columns)."""

    def outline_ranges(
        self, pixels: npt.NDArray[np.uint8], mask: Mask, shifts_px: Sequence[tuple[float, float]], report: Report
    ) -> Sequence[tuple[float, float]]:
        """Return the lowest and highest probability when the outline moves by up to each shift, down and across, in and out."""


PipelineWork = Callable[[AnalysisPipeline, Report], Any]
"""What is done with the networks on their thread."""


class ModelService(QObject):
    """Owns the model thread and the networks in it.

    Jobs may be asked for before the networks are there: they wait. A version of the networks that has never run on this computer is
    first converted, in a process of its own. Where other networks are put in use, those that run answer until the others are there: whatever was done
    before ``replaced`` was said by the former ones, and whatever is done after it by the new.

    Signals
    -------
    state_changed(NetworkState)
        The networks are being loaded or converted, are ready, or failed.
    reloading(str, float)
        Other networks are being loaded or converted while those that run answer: stage and fraction.
    replaced()
        Other networks answer from now on; before ``state_changed``. What the former said does not hold for them.
    kept(str)
        The other networks cannot be loaded, a sentence for the reader; those that ran go on.
    closing()
        Nothing is answered any more.
    progressed(int, str, float), done(int, object), failed(int, str), stopped(int), broke(int, object)
        As in ``JobThread``; ``done`` brings what the job's work returned, for ``analyse`` the case with its analysis.
    """

    state_changed = Signal(object)
    reloading = Signal(str, float)
    replaced = Signal()
    kept = Signal(str)
    closing = Signal()
    progressed = Signal(int, str, float)
    done = Signal(int, object)
    failed = Signal(int, str)
    stopped = Signal(int)
    broke = Signal(int, object)

    def __init__(self, load: Callable[[], AnalysisPipeline], convert_command: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._convert_command = list(convert_command)
        self._converter: QProcess | None = None
        self._said = ""
        self._pipeline: AnalysisPipeline | None = None
        self._loaded: AnalysisPipeline | None = None  # by the model thread, and used there alone
        self._is_outdated = False  # others were put in use while networks are being loaded
        self._state = NetworkState(NetworkStatus.LOADING)
        self._point = ""
        self._number = 0
        self._waiting: dict[int, tuple[PipelineWork, bool]] = {}  # with whether it is urgent
        self._running: dict[int, int] = {}  # thread's job -> own number
        self._loading: int | None = None
        self._is_shut_down = False
        self._thread = JobThread("model", (NetworkError,), self)
        self._thread.progressed.connect(self._on_progressed)
        self._thread.succeeded.connect(self._on_succeeded)
        self._thread.failed.connect(self._on_failed)
        self._thread.stopped.connect(self._on_stopped)
        self._thread.broke.connect(self._on_broke)

    @property
    def state(self) -> NetworkState:
        """Where the networks are."""
        return self._state

    @property
    def is_loading(self) -> bool:
        """Whether networks are being loaded or converted, the first ones or others."""
        return self._loading is not None or self._converter is not None or self._is_outdated

    def use_point(self, name: str) -> None:
        """Name in the state the networks' operating point of that name as the one in use, their first where they have none such."""
        self._point = name
        if self._pipeline is not None and self._state.info is not None and (info := self._pipeline.info.at(name)) != self._state.info:
            self._set_state(replace(self._state, info=info))

    def start(self) -> None:
        """Load the networks, converting them first where that was never done; also the way to try again after a failure."""
        if self._loading is None and self._converter is None and self._pipeline is None:
            self._set_state(NetworkState(NetworkStatus.LOADING))
            self._loading = self._thread.submit(self._load_pipeline)

    def reload(self) -> None:
        """Load the networks that are in use now in place of those that run. While networks are being loaded: as soon as that has ended."""
        if self.is_loading:
            self._is_outdated = True
        elif self._pipeline is None:
            self.start()
        else:
            self.reloading.emit(_LOADING, 0.0)
            self._loading = self._thread.submit(self._load_pipeline)

    def analyse(self, case: Case) -> int:
        """Ask for the analysis of a case's scan and return the job's number; the answer is the case with its analysis."""
        return self.run(partial(_analyse, case))

    def run(self, work: PipelineWork, *, is_urgent: bool = False) -> int:
        """Ask for work with the networks, on their thread, and return the job's number; the answer is what the work returns.

        Urgent work is done at the next stage of what is at work: see ``JobThread.submit``.
        """
        self._number += 1
        self._waiting[self._number] = work, is_urgent
        if self._state.status is NetworkStatus.FAILED:
            self.start()
        self._submit_waiting()
        return self._number

    def tidy(self, work: Callable[[], None]) -> None:
        """Have something small done on the thread when what runs there now has ended, with or without networks."""
        self._thread.submit(partial(_tidied, work))

    def at_end(self, work: Callable[[], None]) -> None:
        """As in ``JobThread``."""
        self._thread.at_end(work)

    def stop(self, number: int) -> None:
        """Stop a job at its next stage; one that still waits is dropped at once."""
        if self._waiting.pop(number, None) is not None:
            self.stopped.emit(number)
        for job, own in self._running.items():
            if own == number:
                self._thread.stop(job)

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Stop everything, wait, and return whether the thread ended within the limit; safe to call while busy, and twice."""
        if not self._is_shut_down:
            self._is_shut_down = True
            self.closing.emit()
            self._waiting.clear()
            if self._converter is not None:
                self._converter.finished.disconnect(self._on_converted)
                self._converter.kill()
                self._converter.waitForFinished(3000)
        return self._thread.shut_down(limit_s)

    def _load_pipeline(self, report: Report) -> AnalysisPipeline | None:
        try:
            return self._load_now(report)
        except NotConverted:
            return None

    def _load_now(self, report: Report) -> AnalysisPipeline:
        report(_LOADING, 0.0)
        self._loaded = self._load()
        return self._loaded

    def _with_networks(self, work: PipelineWork, report: Report) -> Any:
        assert self._loaded is not None
        return work(self._loaded, report)

    def _submit_waiting(self) -> None:
        if self._pipeline is None:
            return
        for number, (work, is_urgent) in self._waiting.items():
            self._running[self._thread.submit(partial(self._with_networks, work), is_urgent=is_urgent)] = number
        self._waiting.clear()

    def _set_state(self, state: NetworkState) -> None:
        self._state = state
        self.state_changed.emit(state)

    def _on_progressed(self, job: int, stage: str, fraction: float) -> None:
        if job in self._running:
            self.progressed.emit(self._running[job], stage, fraction)

    def _on_succeeded(self, job: int, result: object) -> None:
        if job != self._loading:
            if (number := self._running.pop(job, None)) is not None:
                self.done.emit(number, result)
            return
        self._loading = None
        if result is None:
            self._convert()
            return
        self._use(result)  # type: ignore[arg-type]

    def _use(self, pipeline: AnalysisPipeline) -> None:
        former, self._pipeline = self._pipeline, pipeline
        self._state = NetworkState(NetworkStatus.READY, pipeline.info.at(self._point))
        if former is not None and former.info != pipeline.info:
            self.replaced.emit()
        self.state_changed.emit(self._state)
        self._submit_waiting()
        self._reload_if_outdated()

    def _reload_if_outdated(self) -> bool:
        is_outdated, self._is_outdated = self._is_outdated, False
        if is_outdated:
            self.reload()
        return is_outdated

    def _on_failed(self, job: int, message: str) -> None:
        if job == self._loading:
            self._fail_networks(message)
        else:
            self.failed.emit(self._running.pop(job), message)

    def _on_stopped(self, job: int) -> None:
        if job in self._running:
            self.stopped.emit(self._running.pop(job))

    def _on_broke(self, job: int, error: object) -> None:
        if job == self._loading:
            self._fail_networks("The networks could not be loaded because of an error in the program; see the log.")
            self.broke.emit(0, error)
        else:
            self.broke.emit(self._running.pop(job, 0), error)

    def _convert(self) -> None:
        if self._pipeline is None:
            self._set_state(NetworkState(NetworkStatus.PREPARING))
        else:
            self.reloading.emit(_PREPARING, 0.0)
        self._said = ""
        self._converter = QProcess(self)
        self._converter.setProcessChannelMode(QProcess.ProcessChannelMode.MergedChannels)
        self._converter.readyReadStandardOutput.connect(self._on_converter_said)
        self._converter.finished.connect(self._on_converted)
        self._converter.errorOccurred.connect(self._on_converter_error)
        self._converter.start(self._convert_command[0], self._convert_command[1:])

    def _on_converter_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._converter is not None:
            self._end_conversion(f"the converter could not be started. {_WAY_OUT}")

    def _on_converter_said(self) -> None:
        """Pass on how far the conversion is, to those who wait for it."""
        if self._converter is None:
            return
        self._said += bytes(self._converter.readAll().data()).decode(errors="replace")
        if steps := _PERCENT.findall(self._said):
            fraction = int(steps[-1]) / 100
            for number in self._waiting:
                self.progressed.emit(number, _PREPARING, fraction)
            if self._pipeline is not None:
                self.reloading.emit(_PREPARING, fraction)

    def _on_converted(self, code: int, status: QProcess.ExitStatus) -> None:
        if self._converter is None:
            return
        self._on_converter_said()
        said = self._said.strip()
        _log.info("conversion ended with %d: %s", code, said[-2000:])
        self._end_conversion(_conversion_problem(said, code, status))

    def _end_conversion(self, problem: str) -> None:
        assert self._converter is not None
        self._converter.deleteLater()
        self._converter = None
        if problem:
            self._fail_networks(f"The networks could not be prepared for this computer: {problem}")
        else:
            self._loading = self._thread.submit(self._load_now)  # NotConverted is a NetworkError: now it is shown, not tried for ever

    def _fail_networks(self, message: str) -> None:
        self._loading = None
        if self._reload_if_outdated():
            return
        if self._pipeline is not None:
            self.kept.emit(message)
            return
        self._set_state(NetworkState(NetworkStatus.FAILED, message=message))
        for number in list(self._waiting):
            del self._waiting[number]
            self.failed.emit(number, message)


def _conversion_problem(said: str, code: int, status: QProcess.ExitStatus) -> str:
    """Return why a conversion failed and what to do, empty where it did not fail."""
    if status is QProcess.ExitStatus.CrashExit:  # the system ends who takes too much memory without a word
        return "it ended early, probably for lack of memory; close other programs and try again."
    if code == 0:
        return ""
    reasons = [line.strip() for line in said.splitlines() if line.strip() and not _PERCENT.match(line)]
    reason = reasons[-1] if reasons else "no reason given"
    return f"{reason.rstrip('.')}. {_WAY_OUT}"


def _tidied(work: Callable[[], None], _report: Report) -> None:
    work()


def _analyse(case: Case, pipeline: AnalysisPipeline, report: Report) -> Case:
    """Analyse and measure, both on the model thread: a large mask takes longer to measure than a frame lasts."""
    return analysed_case(case.scan, partial(pipeline.analyse, report=report))
