"""Beside: a second file, one frame of which lies beside the case on screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case
from busi_gui.services.analysing import Analysing
from busi_gui.services.editing import Editing
from busi_gui.services.model_service import ModelService
from busi_gui.services.notes import Notes
from busi_gui.services.open_file import Folder, Opened, OpenFile
from busi_gui.services.opening import Opening, Reader
from busi_gui.services.pane import Pane
from busi_gui.services.rediagnosing import Rediagnosing
from busi_gui.services.renewing import Renewing

if TYPE_CHECKING:
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

    def __init__(self, reader: Reader, models: ModelService, workspace: Workspace, notes: Notes, pane: Pane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._notes = notes
        self._pane = pane
        pane.changed.connect(self._on_pane_changed)
        pane.edited.connect(notes.remember_edited)
        self._rediagnosing = Rediagnosing(models, pane, self)
        self._rediagnosing.failed.connect(self.failed)
        self._opening = Opening(reader, workspace, self)
        self._opening.opened.connect(self._on_opened)
        self._opening.failed.connect(self.failed)
        self._analysing = Analysing(models, self)
        self._analysing.done.connect(self._on_analysed)
        self._analysing.failed.connect(self.failed)
        Renewing(models, pane, self._analysing, self).forgotten.connect(self._on_forgotten)

    @property
    def pane(self) -> Pane:
        """Where it is shown."""
        return self._pane

    @property
    def file(self) -> OpenFile | None:
        """The second file."""
        return self._pane.file

    @property
    def case(self) -> Case | None:
        """Its frame, with the analysis once there is one."""
        return self._pane.case

    @property
    def editing(self) -> Editing:
        """What the reader sets down on it."""
        return self._pane.editing

    def use_point(self, name: str) -> None:
        """As in ``Pane``."""
        self._pane.use_point(name)

    def open(self, path: Path, known: Folder) -> None:
        """Open another file in its place; until it is read whole, what lies there stays."""
        self._opening.open(path, known)

    def close(self) -> None:
        """Have nothing there any more."""
        self._opening.stop()
        self._analysing.forget()
        if self.file is not None:
            self._reader.close(self.file.file)
        self._set(None, None)

    def exchange(self, file: OpenFile | None, case: Case | None) -> tuple[OpenFile, Case]:
        """Lay another case there, and return what lay there; nobody closes either file."""
        assert self.file is not None
        assert self.case is not None
        before = self.file, self.case
        self._analysing.forget()
        if file is not None:
            file.lay_aside()
        self._set(file, case)
        self.analyse()
        return before

    def analyse(self) -> None:
        """Analyse the case where that was not done yet."""
        if self.case is not None and self.case.analysis is None and self._analysing.activity is None:
            self._analysing.start(self.case)

    def refresh(self) -> None:
        """Show what is now set down for the file."""
        if self.file is None or self.case is None:
            return
        case, before = self.file.renewed(self.case), self.case
        self._set(self.file, case)
        if case.scan.field != before.scan.field:
            self._analysing.forget()
            self.analyse()

    def _set(self, file: OpenFile | None, case: Case | None) -> None:
        before = self.case
        self._pane.show(file, case)
        if self.case is not before:
            self._on_pane_changed()

    def _on_pane_changed(self) -> None:
        self.changed.emit(self.case)

    def _on_opened(self, opened: Opened) -> None:
        self._notes.tell(opened.problem)
        self._analysing.forget()
        if self.file is not None:
            self._reader.close(self.file.file)
        file = OpenFile(opened)
        self._set(file, file.case)
        self.analyse()

    def _on_analysed(self, case: Case) -> None:
        file = self.file
        assert file is not None
        self._set(file, file.take(case))
        self._notes.remember_case(file, self.case or case)

    def _on_forgotten(self, case: Case) -> None:
        self._set(self.file, case)
