"""Session: the case on screen, the files around it, and what is being done for it; the only writer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from busi_gui.domain.case import Case, CaseStatus
from busi_gui.domain.cine import key_frame
from busi_gui.domain.scan import Box, Spacing
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from busi_gui.services.all_frames import AllFrames, AnalysedFrame
from busi_gui.services.analysing import Analysing
from busi_gui.services.beside import Beside
from busi_gui.services.cine import Cine
from busi_gui.services.editing import Editing
from busi_gui.services.history import Histories
from busi_gui.services.jobs import SHUT_DOWN_S
from busi_gui.services.model_service import ModelService
from busi_gui.services.notes import Notes
from busi_gui.services.open_file import Folder, Opened, OpenFile
from busi_gui.services.opening import Opening, Reader
from busi_gui.services.pane import Pane
from busi_gui.services.rediagnosing import Rediagnosing
from busi_gui.services.renewing import Renewing
from busi_gui.services.states import Activity, CineState, NetworkState, NetworkStatus
from busi_gui.services.walk import Walk
from busi_gui.store.late import in_memory

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

_READING = Activity("reading", 0.0, can_stop=True)
_FINDINGS_MS = 100
"""How often findings are announced while all frames are analysed: as often as the eye tells changes apart."""


class Session(QObject):
    """Opens scans and has them analysed.

    The first frame of a file is read whole before anything on screen changes; answers for what is no longer there are dropped.

    Signals
    -------
    case_changed(Case | None)
        Another case or frame is on screen, or the same one with a new analysis, scale or field.
    activity_changed(Activity | None)
        What is being done for the case on screen; None when idle.
    network_changed(NetworkState)
        The networks are loading, being prepared, ready, or failed; or another of their operating points is in use.
    folder_changed(tuple[Path, ...])
        The readable files beside the open one, in natural order.
    cine_changed(CineState | None)
        Another frame is on screen, or it plays, or more was found; None where the file has a single frame.
    beside_changed(Case | None)
        Another scan lies beside the one on screen, or none, or the same one with its analysis.
    noted(Path, Note)
        Something else is remembered of an open scan: how far the reader is with it, its probability, scale or field.
    failed(str)
        Something expected went wrong: a sentence for the reader that names the file and what to do.
    """

    case_changed = Signal(object)
    activity_changed = Signal(object)
    network_changed = Signal(object)
    folder_changed = Signal(object)
    cine_changed = Signal(object)
    beside_changed = Signal(object)
    noted = Signal(object, object)
    failed = Signal(str)

    def __init__(
        self,
        models: ModelService,
        open_file: Callable[[Path], ScanFile] = open_scan,
        workspace: Workspace | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._models = models
        self._own_workspace = in_memory() if workspace is None else None
        workspace = workspace or self._own_workspace
        assert workspace is not None
        self._activity: Activity | None = None  # as announced
        self._is_cine_announced = False
        self._walk = Walk()
        self._reader = Reader(open_file, self)
        self._opening = Opening(self._reader, workspace, self)
        self._analysing = Analysing(models, self)
        self._cine = Cine(self._reader, self)
        self._all_frames = AllFrames(models, open_file, self)
        self._notes = Notes(workspace, self)
        self._histories = Histories(workspace, self)
        self._notes.follow(self._histories, lambda: (self._file, self._beside.file))
        self._pane = Pane(self._histories, self)
        self._rediagnosing = Rediagnosing(models, self._pane, self)
        self._renewing = Renewing(models, self._pane, self._analysing, self)
        self._beside = Beside(self._reader, models, workspace, self._notes, Pane(self._histories, self), self)
        self._findings_timer = QTimer(self, singleShot=True, interval=_FINDINGS_MS)
        self._connect()

    def _connect(self) -> None:
        self._opening.opened.connect(self._on_opened)
        self._opening.ended.connect(self._announce_activity)
        self._analysing.changed.connect(self._announce_activity)
        self._analysing.done.connect(self._on_analysed)
        self._cine.shown.connect(self._on_shown)
        self._cine.changed.connect(self._announce_cine)
        self._cine.rested.connect(self._on_rested)
        self._all_frames.changed.connect(self._announce_activity)
        self._all_frames.found.connect(self._on_frame_analysed)
        self._all_frames.ended.connect(self._on_all_analysed)
        self._notes.changed.connect(self._on_noted)
        self._pane.changed.connect(lambda: self.case_changed.emit(self.case))
        self._renewing.forgotten.connect(self._set_case)
        self._pane.edited.connect(self._notes.remember_edited)
        self._rediagnosing.settled.connect(self._notes.remember_answers)
        self._beside.changed.connect(self.beside_changed)
        self._findings_timer.timeout.connect(self._announce_cine)
        self._models.state_changed.connect(self.network_changed)
        for part in (self._opening, self._analysing, self._cine, self._all_frames, self._notes, self._rediagnosing, self._beside):
            part.failed.connect(self.failed)
        for thread in (self._reader, self._models):
            thread.broke.connect(self._on_broke)

    @property
    def case(self) -> Case | None:
        """The case on screen."""
        return self._pane.case

    @property
    def _file(self) -> OpenFile | None:
        return self._pane.file

    @property
    def status(self) -> CaseStatus:
        """How far the reader is with the case on screen."""
        return self._file.note.status if self._file is not None else CaseStatus.NEW

    @property
    def activity(self) -> Activity | None:
        """What is being done for it."""
        return self._activity

    @property
    def network(self) -> NetworkState:
        """Where the networks are."""
        return self._models.state

    @property
    def folder(self) -> tuple[Path, ...]:
        """The readable files beside the open one."""
        return self._walk.folder.files

    @property
    def place(self) -> int | None:
        """Where the case on screen stands in its folder, from 0; None without a case, or where it is not listed."""
        return self._walk.place_of(self.case.scan.path) if self.case is not None else None

    @property
    def cine(self) -> CineState | None:
        """Where the reader is in a file of several frames; None where it has one."""
        return self._cine.state

    @property
    def beside(self) -> Case | None:
        """The case beside the one on screen."""
        return self._beside.case

    @property
    def panes(self) -> tuple[Pane, Pane]:
        """The frame on screen and the one beside it."""
        return self._pane, self._beside.pane

    @property
    def editing(self) -> Editing:
        """What the reader sets down on the frame on screen."""
        return self._pane.editing

    @property
    def rediagnosing(self) -> Rediagnosing:
        """What becomes of the lesions that were outlined anew."""
        return self._rediagnosing

    @property
    def editing_beside(self) -> Editing:
        """What the reader sets down on the frame beside it."""
        return self._beside.editing

    @property
    def histories(self) -> Histories:
        """Whether what the reader set down is safe, and what to do where it is not."""
        return self._histories

    def open(self, path: Path) -> None:
        """Read a file in the background (of a folder its first readable file), then show and analyse it."""
        self._walk.settle()
        self._opening.open(path, self._walk.folder)
        self._announce_activity()

    def step(self, offset: int) -> None:
        """Open the file ``offset`` places further in the folder; nothing beyond its ends. See `Walk`."""
        path = self._walk.step(self.case.scan.path if self.case is not None else None, offset)
        if path is not None:
            # Within the folder as it was listed: on a slow drive listing takes longer than reading a scan. Every other way of opening lists it anew.
            self._opening.open_listed(path, self._walk.folder)
            self._announce_activity()

    def show_frame(self, frame: int) -> None:
        """Show another frame of the cine, from 0, unreadable ones passed over; beyond the ends the nearest. What plays stops."""
        self._cine.show(frame)

    def play(self, is_playing: bool) -> None:
        """Let the cine play, from the beginning where it stands at its end, or hold it."""
        self._cine.play(is_playing)

    def set_looping(self, is_looping: bool) -> None:
        """Choose whether a cine that plays begins again at its end."""
        self._cine.set_looping(is_looping)

    def analyse(self) -> None:
        """Diagnose what was outlined anew, and analyse the case on screen (again), a cine held at it; nothing while that is being done."""
        self._rediagnosing.diagnose_again()
        if self.case is not None and self._analysing.activity is None:
            self._cine.hold()
            self._analysing.start(self.case)

    def analyse_all_frames(self) -> None:
        """Analyse the frames of the cine that were not analysed yet, in order and with progress; `stop` keeps what was found until then."""
        file = self._file
        if file is not None and file.frame_count > 1:
            frames = [frame for frame in range(file.frame_count) if frame not in file.findings and frame not in file.unreadable]
            self._all_frames.start(file.path, frames, file.frame_count, file.note)

    def calibrate(self, spacing: Spacing | None) -> None:
        """Give the scan on screen the scale that the reader took from its ruler, remembered for these pixels; None: the file's own again."""
        if self._file is not None:
            self._notes.calibrate(self._file, spacing)

    def crop(self, field: Box | None) -> None:
        """Let the networks look at nothing but this part of the scan on screen, remembered for these pixels; None: at all of it."""
        if self._file is not None:
            self._notes.crop(self._file, field)

    def set_reviewed(self, is_reviewed: bool) -> None:
        """Remember that the reader is done with the case on screen, or not yet."""
        if self._file is not None:
            self._notes.set_reviewed(self._file, is_reviewed=is_reviewed, is_touched=self._histories.is_touched(self._file))

    def open_beside(self, path: Path) -> None:
        """Read and analyse another file, and lay it beside the case on screen: of a cine its first readable frame."""
        self._beside.open(path, self._walk.folder)

    def close_beside(self) -> None:
        """Have nothing beside the case on screen any more."""
        self._beside.close()

    def swap_beside(self) -> None:
        """Let the case on screen and the one beside it change places."""
        if self._beside.case is not None:
            self._show(*self._beside.exchange(self._file, self.case))

    def use_point(self, name: str) -> None:
        """Hold every probability against the networks' operating point of that name; their first where they have none such."""
        for part in (self._models, self._pane, self._beside):
            part.use_point(name)

    def stop(self) -> None:
        """Stop what is announced: reading, else analysing; what is on screen stays, and so does its analysis when a read is stopped."""
        if self._opening.is_busy:
            self._walk.settle()
            self._opening.stop()
        elif self._all_frames.activity is not None:
            self._all_frames.stop()
        else:
            self._analysing.stop()

    def start(self) -> None:
        """Load the networks; after a failure, try again, and then analyse the case that they failed."""
        self._models.start()
        if self._analysing.is_owed:
            self.analyse()
        self._beside.analyse()

    def shut_down(self, limit_s: float = SHUT_DOWN_S) -> bool:
        """Stop everything, wait for both threads, and return whether both ended, each within the limit."""
        self._findings_timer.stop()
        self._cine.use(None)
        self._all_frames.stop()
        have_both_ended = all([self._reader.shut_down(limit_s), self._models.shut_down(limit_s)])
        if have_both_ended and self._own_workspace is not None:
            self._own_workspace.close()
        return have_both_ended

    def _announce_activity(self) -> None:
        activity = _READING if self._opening.is_busy else self._all_frames.activity or self._analysing.activity
        if activity != self._activity:
            self._activity = activity
            self.activity_changed.emit(activity)

    def _announce_cine(self) -> None:
        self._findings_timer.stop()
        state = self._cine.state
        if state is not None or self._is_cine_announced:
            self._is_cine_announced = state is not None
            self.cine_changed.emit(state)

    def _set_case(self, case: Case, file: OpenFile | None = None) -> None:
        self._pane.show(file or self._file, case)
        self.case_changed.emit(self.case)
        self._announce_cine()

    def _show(self, file: OpenFile, case: Case) -> None:
        """Put another file on screen, and have it analysed where that was not done."""
        self._walk.settle()
        self._all_frames.stop()
        self._cine.use(file)
        if self._walk.place_of(file.path) is None:
            self._set_folder(file.folder)
        self._set_case(case, file)
        if case.analysis is None:
            self._analysing.start(case)
        else:
            self._analysing.forget()

    def _set_folder(self, folder: Folder) -> None:
        if folder is not self._walk.folder:
            self._walk.folder = folder
            self.folder_changed.emit(folder.files)

    def _on_opened(self, opened: Opened) -> None:
        self._notes.tell(opened.problem)
        if self._file is not None:
            self._reader.close(self._file.file)
        file = OpenFile(opened)
        self._set_folder(file.folder)
        self._show(file, file.case)

    def _on_shown(self) -> None:
        assert self._file is not None
        self._analysing.forget()  # of the frame before
        self._set_case(self._file.case)

    def _on_rested(self) -> None:
        if self.case is None or self.case.analysis is not None or self._analysing.activity is not None:
            return
        if self._models.state.status is NetworkStatus.FAILED:
            self._analysing.owe()
        else:
            self._analysing.start(self.case)

    def _on_analysed(self, case: Case) -> None:
        file = self._file
        assert file is not None
        self._set_case(file.take(case))
        self._notes.remember_case(file, self.case or case)  # with the reader's outlines, where there are any

    def _on_frame_analysed(self, one: AnalysedFrame) -> None:
        file = self._file
        assert file is not None
        file.keep_analysis(one.frame, one.packed, one.found)
        if one.frame == file.frame and self.case is not None and self.case.analysis is None:
            self._analysing.forget()
            self._set_case(file.case)
        elif not self._findings_timer.isActive():
            self._findings_timer.start()

    def _on_all_analysed(self) -> None:
        file = self._file
        assert file is not None
        file.key_frame = key_frame(file.findings, file.frame_count)
        self._announce_cine()
        self._notes.remember_findings(file)

    def _on_noted(self, changed: OpenFile) -> None:
        """Show what is now set down for a scan wherever it is open, and tell of it."""
        for file in (self._file, self._beside.file):
            if file is not None and file.key == changed.key:
                file.set_note(changed.note)
                self.noted.emit(file.path, file.note)
        if self._file is not None:
            self._all_frames.follow(self._file.note)  # whether or not the field fits the frame on screen
        self._refresh()
        self._beside.refresh()

    def _refresh(self) -> None:
        before = self.case
        if self._file is None or before is None or (case := self._file.renewed(before)) is before:
            return
        self._set_case(case)
        if case.scan.field != before.scan.field:
            self._analysing.start(case)

    def _on_broke(self, _job: int, error: BaseException) -> None:
        sys.excepthook(type(error), error, error.__traceback__)
