"""Analysing: the analysis of one case at a time, as the window sees it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case
from busi_gui.services.model_service import ModelService
from busi_gui.services.states import Activity, NetworkStatus

WAITING = Activity("waiting for the networks", 0.0, can_stop=True)


class Analysing(QObject):
    """Has a case analysed; the answer for one that was forgotten is dropped.

    Signals
    -------
    changed()
        Another activity, or none any more.
    done(Case)
        The case with its analysis.
    failed(str)
        As in ``ModelService``.
    """

    changed = Signal()
    done = Signal(object)
    failed = Signal(str)

    def __init__(self, models: ModelService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._job: int | None = None
        self._activity = WAITING
        self._is_owed = False
        models.progressed.connect(self._on_progressed)
        models.done.connect(self._on_done)
        models.failed.connect(self._on_failed)
        models.stopped.connect(self._on_stopped)
        models.broke.connect(self._on_stopped)

    @property
    def activity(self) -> Activity | None:
        """How far it is; None when nothing is analysed."""
        return self._activity if self._job is not None else None

    @property
    def is_owed(self) -> bool:
        """Whether the last case was not analysed because the networks, not the reader, failed it."""
        return self._is_owed

    def start(self, case: Case) -> None:
        """Analyse a case, and forget the one before."""
        if self._job is not None:
            self._models.stop(self._drop())
        self._is_owed = False
        self._activity = WAITING
        self._job = self._models.analyse(case)
        self.changed.emit()

    def stop(self) -> None:
        """Ask the networks to end; that they have is announced."""
        if self._job is not None:
            self._models.stop(self._job)

    def forget(self) -> None:
        """Stop, and hear no more of it."""
        self._is_owed = False
        if self._job is not None:
            self._models.stop(self._drop())
            self.changed.emit()

    def owe(self) -> None:
        """Note that a case waits for networks that failed: they are not tried again for each that is looked at."""
        self._is_owed = True

    def _drop(self) -> int:
        job, self._job = self._job, None
        assert job is not None
        return job

    def _on_progressed(self, job: int, stage: str, fraction: float) -> None:
        if job == self._job:
            self._activity = Activity(stage, fraction, can_stop=True)
            self.changed.emit()

    def _on_done(self, job: int, case: object) -> None:
        if job == self._job:
            self._on_stopped(job)
            self.done.emit(case)

    def _on_failed(self, job: int, message: str) -> None:
        if job == self._job:
            self._is_owed = self._models.state.status is NetworkStatus.FAILED
            self._on_stopped(job)
            self.failed.emit(message)

    def _on_stopped(self, job: int, _error: object = None) -> None:
        if job == self._job:
            self._job = None
            self.changed.emit()
