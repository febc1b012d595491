"""Beside: a second file, one frame of which lies beside the case on screen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case
from busi_gui.services.analysing import Analysing
from busi_gui.services.model_service import ModelService
from busi_gui.services.notes import Notes
from busi_gui.services.open_file import Folder, Opened, OpenFile
from busi_gui.services.opening import Opening, Reader
from busi_gui.store.workspace import Workspace


class Beside(QObject):
    """Opens and analyses a second file without touching the first.

    Signals
    -------
    changed(Case | None)
        Another case lies beside, or none, or the same one with its analysis or another scale.
    failed(str)
        It could not be read or analysed: a sentence for the reader.
    """

    changed = Signal(object)
    failed = Signal(str)

    def __init__(self, reader: Reader, models: ModelService, workspace: Workspace, notes: Notes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._notes = notes
        self._file: OpenFile | None = None
        self._case: Case | None = None
        self._opening = Opening(reader, workspace, self)
        self._opening.opened.connect(self._on_opened)
        self._opening.failed.connect(self.failed)
        self._analysing = Analysing(models, self)
        self._analysing.done.connect(self._on_analysed)
        self._analysing.failed.connect(self.failed)

    @property
    def file(self) -> OpenFile | None:
        """The second file."""
        return self._file

    @property
    def case(self) -> Case | None:
        """Its frame, with the analysis once there is one."""
        return self._case

    def open(self, path: Path, known: Folder) -> None:
        """Open another file in its place; until it is read whole, what lies there stays."""
        self._opening.open(path, known)

    def close(self) -> None:
        """Have nothing there any more."""
        self._opening.stop()
        self._analysing.forget()
        if self._file is not None:
            self._reader.close(self._file.file)
        self._set(None, None)

    def exchange(self, file: OpenFile | None, case: Case | None) -> tuple[OpenFile, Case]:
        """Lay another case there, and return what lay there; nobody closes either file."""
        assert self._file is not None
        assert self._case is not None
        before = self._file, self._case
        self._analysing.forget()
        if file is not None:
            file.lay_aside()
        self._set(file, case)
        self.analyse()
        return before

    def analyse(self) -> None:
        """Analyse the case where that was not done yet."""
        if self._case is not None and self._case.analysis is None and self._analysing.activity is None:
            self._analysing.start(self._case)

    def refresh(self) -> None:
        """Show what is now set down for the file."""
        if self._file is None or self._case is None:
            return
        case, before = self._file.renewed(self._case), self._case
        self._set(self._file, case)
        if case.scan.field != before.scan.field:
            self._analysing.forget()
            self.analyse()

    def _set(self, file: OpenFile | None, case: Case | None) -> None:
        has_changed = case is not self._case
        self._file, self._case = file, case
        if has_changed:
            self.changed.emit(case)

    def _on_opened(self, opened: Opened) -> None:
        self._notes.tell(opened.problem)
        self._analysing.forget()
        if self._file is not None:
            self._reader.close(self._file.file)
        file = OpenFile(opened)
        self._set(file, file.case)
        self.analyse()

    def _on_analysed(self, case: Case) -> None:
        file = self._file
        assert file is not None
        self._set(file, file.take(case))
        self._notes.remember_case(file, case)
