"""Carrying: a lesion on its way to the next frame of a cine, which may have to be read first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from busi_gui.domain.cine import next_readable
from busi_gui.domain.reading import Outline
from busi_gui.domain.reading_changes import LockedError, TakenError, carried
from busi_gui.services.session import Session
from busi_gui.services.states import CineState

LAST_FRAME = "There is no frame after this one to copy the lesion to."


@dataclass(frozen=True)
class _Load:
    """What is carried, from which frame of which file, to which."""

    outline: Outline
    path: Path
    origin: int
    target: int


class Carrying(QObject):
    """Remembers a lesion until the session shows the frame that it goes to, and lays it there: one step on that frame.

    Where that frame turns out to be unreadable it goes on to the next. What is carried is dropped when the reader goes elsewhere; the lesion stays on
    the frame that it comes from in any case.

    Signals
    -------
    laid(int)
        The lesion lies on the frame on screen, with this number.
    said(str)
        Why it was not laid: a sentence for the reader.
    """

    laid = Signal(int)
    said = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._load: _Load | None = None
        # Laying the lesion announces the case anew: first all must have heard of the frame.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._look)
        session.case_changed.connect(self._on_changed)
        session.cine_changed.connect(self._on_changed)

    @property
    def is_under_way(self) -> bool:
        """Whether a lesion waits for its frame."""
        return self._load is not None

    def carry(self, number: int) -> None:
        """Take a lesion of the frame on screen to the next readable one, and go there."""
        case, cine = self._session.case, self._session.cine
        outline = case.reading.outline(number) if case is not None else None
        if case is None or cine is None or outline is None:
            return
        self._go(outline, case.scan.path, case.scan.frame, cine)

    def _go(self, outline: Outline, path: Path, origin: int, cine: CineState, after: int | None = None) -> None:
        target = next_readable((origin if after is None else after) + 1, 1, cine.frame_count, cine.unreadable)
        if target is None:
            self._load = None
            self.said.emit(LAST_FRAME)
            return
        self._load = _Load(outline, path, origin, target)
        self._session.show_frame(target)

    def _on_changed(self) -> None:
        if self._load is not None:
            self._soon.start()

    def _look(self) -> None:
        """See where the reader is by now."""
        load, cine = self._load, self._session.cine
        if load is None:
            return
        if self._is_at(load, load.origin):
            if cine is not None and load.target in cine.unreadable:
                self._go(load.outline, load.path, load.origin, cine, after=load.target)
            return
        self._load = None
        if self._is_at(load, load.target):
            self._lay(load)

    def _lay(self, load: _Load) -> None:
        case = self._session.case
        assert case is not None
        if load.outline.mask.shape != case.scan.shape:
            self.said.emit(f"Frame {load.target + 1} has another size than frame {load.origin + 1}: {load.outline.title} was not copied.")
            return
        try:
            after, number = carried(case.reading, load.outline)
        except LockedError as error:
            self.said.emit(f"{error.outline.title} of this frame is locked. Unlock it in the list of lesions to replace its outline.")
            return
        except TakenError as error:
            self.said.emit(f"{error.outline.title} of this frame lies there already: {load.outline.title} was not copied.")
            return
        self._session.editing.edit(f"copying {load.outline.name or f'lesion {load.outline.number}'} from frame {load.origin + 1}", after)
        self.laid.emit(number)

    def _is_at(self, load: _Load, frame: int) -> bool:
        case = self._session.case
        return case is not None and (case.scan.path, case.scan.frame) == (load.path, frame)
