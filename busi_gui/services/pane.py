"""Pane: one frame that the reader looks at, with what is known of it and what he has set down on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case
from busi_gui.domain.reading import Reading
from busi_gui.services.editing import Editing
from busi_gui.services.history import FrameKey, Histories
from busi_gui.services.open_file import OpenFile
from models.analysis import Concern, FoundLesion


class Pane(QObject):
    """Keeps the case of a frame and the reader's reading of it together.

    Signals
    -------
    changed()
        The reader, an undo or an answer of the networks has made another case of the one that was shown; not after `show`.
    shown()
        Another frame is looked at, or none, or the same one with more known of it.
    edited(OpenFile)
        The reader has changed, taken back or done again what he set down; before ``changed``.
    """

    changed = Signal()
    shown = Signal()
    edited = Signal(object)

    def __init__(self, histories: Histories, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editing = Editing(histories, self)
        self._file: OpenFile | None = None
        self._case: Case | None = None
        self._point = ""
        self._is_laying = False  # a case is being put on screen: its reading comes with it
        histories.changed.connect(self._on_reading_changed)

    @property
    def editing(self) -> Editing:
        """What the reader sets down on the frame."""
        return self._editing

    @property
    def file(self) -> OpenFile | None:
        """The file that the frame is of."""
        return self._file

    @property
    def case(self) -> Case | None:
        """The frame, its analysis and its reading."""
        return self._case

    def show(self, file: OpenFile | None, case: Case | None) -> None:
        """Look at a frame, or at nothing; what the network outlined goes into its reading first, unless the reader has touched that."""
        self._is_laying = True
        self._file = file
        self._editing.use(file)
        if case is not None and case.analysis is not None:
            self._editing.receive(case.reading)
        self._is_laying = False
        self._case = None if case is None else self._read(case).at_point(self._point)
        self.shown.emit()

    def use_point(self, name: str) -> None:
        """Hold what the networks say against their operating point of that name, now and of every frame that is looked at."""
        self._point = name
        before, self._case = self._case, self._case.at_point(name) if self._case is not None else None
        if self._case is not before:
            self.changed.emit()

    def answer(self, answers: Mapping[int, FoundLesion], concerns: tuple[Concern, ...] | None = None) -> None:
        """Take what the networks say of some lesions, each by its number and with the mask that they were asked about."""
        if self._case is not None:
            self._case = self._case.with_answers(answers, concerns)
            self.changed.emit()

    def forget_answers(self) -> None:
        """Let go of everything that the networks said of the frame, before it is shown anew."""
        if self._case is not None:
            self._case = self._case.without_answers()

    def _on_reading_changed(self, frame: FrameKey) -> None:
        file, case = self._file, self._case
        if self._is_laying or file is None or case is None or frame != FrameKey(file.key, file.frame):
            return
        self._case = _with_reading(case, self._editing.reading)
        self.edited.emit(file)
        self.changed.emit()

    def _read(self, case: Case) -> Case:
        """Return a case that is put on screen with the frame's reading.

        Of outlines that are the reader's, what the networks said of them before holds when they look at the scan again; what they say of their own
        outlines, whose numbers mean nothing here, does not.
        """
        reading, before = self._editing.reading, self._case
        if not reading.is_touched or case.reading is reading:
            return _with_reading(case, reading)
        is_same = before is not None and before.scan.pixels is case.scan.pixels and before.scan.field == case.scan.field
        known = before.with_scale_of(case.scan) if before is not None and is_same else Case(case.scan)
        general = tuple(concern for concern in case.concerns if concern.lesion is None)
        special = tuple(concern for concern in known.concerns if concern.lesion is not None)
        return replace(case, lesions=known.lesions, concerns=(*general, *special)).with_reading(reading)


def _with_reading(case: Case, reading: Reading) -> Case:
    """Return a case with a reading; what the network outlined is shown only with the analysis that it came of."""
    return case.with_reading(reading if reading.is_touched or case.analysis is not None else Reading(callipers=reading.callipers))
