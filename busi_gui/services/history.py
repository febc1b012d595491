"""History: a frame's reading with the steps that led to it. Histories: those of every frame that was read, written down at each step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from busi_gui.domain.edits import Edit, PackedReading
from busi_gui.domain.reading import Reading
from busi_gui.services.open_file import OpenFile
from busi_gui.store.records import ReadingConflict, StoredReading, WorkspaceError

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

MOST_STEPS = 1000
"""Steps of one frame that can be taken back; a stroke takes one to ten kilobytes."""
_MOST_LEFT = 3
"""Frames that were left last and are kept as they were: two panes change places through them, and who looks back does not wait."""


@dataclass(frozen=True)
class FrameKey:
    """What a frame is known by: its file's key, and which frame of it, from 0."""

    key: str
    frame: int


class History(QObject):
    """The reading of one frame. Every change is a step: it can be taken back and done again, bit for bit.

    Attributes
    ----------
    frame
        Whose reading it is.
    revision
        Of what the Workspace holds; 0 where it holds nothing.
    stored
        What the Workspace held when the history began.
    is_saved
        Whether the Workspace holds the reading as it is now.
    theirs
        What somebody else has written down in the meantime, which the reader has to decide about; None where nobody has.

    Signals
    -------
    changed()
        Another reading, or other steps to take back.
    """

    changed = Signal()

    def __init__(self, frame: FrameKey, stored: StoredReading | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.frame = frame
        self.revision = stored.revision if stored is not None else 0
        self.is_saved = True
        self.theirs: StoredReading | None = None
        self.stored = stored
        self._reading: Reading | PackedReading = stored.packed if stored is not None else Reading()
        self._steps = QUndoStack(self)
        self._steps.setUndoLimit(MOST_STEPS)

    @property
    def reading(self) -> Reading:
        """What is set down now."""
        if isinstance(self._reading, PackedReading):
            self._reading = self._reading.unpacked()
        return self._reading

    @property
    def is_touched(self) -> bool:
        """Whether the outlines are the reader's."""
        return (self._reading.bare if isinstance(self._reading, PackedReading) else self._reading).is_touched

    @property
    def is_worth_keeping(self) -> bool:
        """Whether the reader has done anything here: what only the network found comes again by itself.

        Also where nothing of it is left: what the file was opened with is not what the Workspace holds since then.
        """
        return bool(self.revision) or not self.reading.is_empty or not self.is_saved

    @property
    def undo_name(self) -> str:
        """What would be taken back next; empty where nothing can be."""
        return self._steps.undoText()

    @property
    def redo_name(self) -> str:
        """What would be done again next; empty where nothing can be."""
        return self._steps.redoText()

    @property
    def size_bytes(self) -> int:
        """About how much memory the steps take."""
        commands = (self._steps.command(place) for place in range(self._steps.count()))
        return sum(command.edit.size_bytes for command in commands if isinstance(command, _Step))

    def lay_aside(self) -> None:
        """Keep the reading small until it is wanted again."""
        if isinstance(self._reading, Reading):
            self._reading = PackedReading.of(self._reading)

    def step(self, name: str, after: Reading) -> frozenset[int] | None:
        """Change the reading in one step with this name; return the numbers of lesions whose masks it changed, None where it changes nothing."""
        edit = Edit.between(name, self.reading, after)
        if not edit.changes_anything:
            return None
        self._steps.push(_Step(self, edit, after))
        self.changed.emit()
        return edit.changed_masks

    def undo(self) -> None:
        """Take the last step back."""
        if self._steps.canUndo():
            self._steps.undo()
            self.changed.emit()

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        if self._steps.canRedo():
            self._steps.redo()
            self.changed.emit()

    def lay(self, reading: Reading) -> None:
        """Have exactly this reading, as a step wants it."""
        self._reading = reading


class _Step(QUndoCommand):
    def __init__(self, history: History, edit: Edit, after: Reading) -> None:
        super().__init__(edit.name)
        self.edit = edit
        self._history = history
        self._after: Reading | None = after  # at first the very masks that were drawn; they are let go of when the step is taken back

    def redo(self) -> None:
        after, self._after = self._after, None
        self._history.lay(self.edit.applied(self._history.reading) if after is None else after)

    def undo(self) -> None:
        self._history.lay(self.edit.reverted(self._history.reading))


class Histories(QObject):
    """The histories of all frames that were read in this sitting. Whatever changes one is in the Workspace before the next event.

    Signals
    -------
    changed(FrameKey)
        The reading of a frame, or the steps that lead there.
    failed(str)
        A reading could not be written down: a sentence for the reader. It is kept, and written with the next change.
    saved_changed(bool)
        Whether all that was done in this sitting is written down.
    conflicted(FrameKey)
        Somebody else has written down another reading: the reader has to decide. Both are kept.
    """

    changed = Signal(object)
    failed = Signal(str)
    saved_changed = Signal(bool)
    conflicted = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._histories: dict[FrameKey, History] = {}
        self._looked_at: list[History] = []
        self._left: list[History] = []
        self._is_saved = True

    @property
    def is_saved(self) -> bool:
        """Whether all that was done in this sitting is written down."""
        return self._is_saved

    def of(self, file: OpenFile, frame: int | None = None) -> History:
        """Return the history of a frame of an open file; None: the one that is looked at."""
        key = FrameKey(file.key, file.frame if frame is None else frame)
        history = self._histories.get(key)
        stored = file.readings.get(key.frame)
        if history is None or (history.is_saved and stored is not None and stored.revision > history.revision):
            # Whatever somebody else wrote since then comes first: the steps that this window remembers no longer lead to it.
            history = self._histories[key] = History(key, stored, self)
            history.changed.connect(self._on_changed)
            self._bring_back(history, file.asides.pop(key.frame, None))
        return history

    def _bring_back(self, history: History, aside: StoredReading | None) -> None:
        """Put what was laid aside before the program ended back on screen; where somebody else's work is there, the reader has to decide still."""
        if aside is None:
            return
        history.lay(aside.packed.unpacked())
        if history.revision:
            history.is_saved, history.theirs = False, history.stored
            self._announce_saved()
        else:
            self._store(history)

    def is_touched(self, file: OpenFile) -> bool:
        """Whether the outlines of any frame of a file are the reader's."""
        touched = {frame: stored.packed.bare.is_touched for frame, stored in file.readings.items()}
        touched |= {key.frame: history.is_touched for key, history in self._histories.items() if key.key == file.key}
        return any(touched.values())

    def is_frame_touched(self, frame: FrameKey) -> bool:
        """Whether the outlines of a frame that was read in this sitting are the reader's."""
        history = self._histories.get(frame)
        return history is not None and history.is_touched

    def is_looked_at(self, frame: FrameKey) -> bool:
        """Whether a frame is looked at."""
        return any(history.frame == frame for history in self._looked_at)

    def enter(self, history: History | None) -> None:
        """Look at a frame: its history stays as it is until it is left."""
        if history is not None:
            self._looked_at.append(history)

    def leave(self, history: History | None) -> None:
        """Look at a frame no more. Some while later its history is kept small; one that holds nothing of the reader's is forgotten."""
        if history is None:
            return
        self._looked_at.remove(history)
        self._left = [one for one in self._left if one is not history] + [history]
        while len(self._left) > _MOST_LEFT:
            oldest = self._left.pop(0)
            if oldest in self._looked_at:
                continue
            if oldest.is_worth_keeping:
                oldest.lay_aside()
            elif self._histories.get(oldest.frame) is oldest:
                del self._histories[oldest.frame]
                oldest.deleteLater()

    def keep_mine(self, history: History) -> None:
        """Put the reading on screen in place of what somebody else wrote; theirs stays in the Workspace as an earlier revision."""
        if history.theirs is not None:
            history.revision, history.theirs = history.theirs.revision, None
            self._store(history)
            self.changed.emit(history.frame)

    def take_theirs(self, history: History) -> None:
        """Take over what somebody else wrote, as a step that can be taken back."""
        if history.theirs is not None:
            theirs, history.theirs = history.theirs, None
            history.revision = theirs.revision
            self._resolve(history, f"taking over the reading of {theirs.reader}", theirs.packed.unpacked())

    def keep_both(self, history: History) -> None:
        """Add the lesions that somebody else wrote to those on screen, named after their reader, as a step that can be taken back."""
        if history.theirs is None:
            return
        theirs, history.theirs = history.theirs, None
        history.revision = theirs.revision
        both = history.reading
        for outline in theirs.packed.unpacked().outlines:
            named = f"{outline.title} ({theirs.reader})"
            both = both.added(outline.mask, outline.source, name=named, is_locked=outline.is_locked, assessment=outline.assessment)
        self._resolve(history, f"adding the lesions of {theirs.reader}", both)

    def save_again(self) -> None:
        """Try again to write down what could not be."""
        for history in self._histories.values():
            if not history.is_saved and history.theirs is None:
                self._store(history)

    def save_elsewhere(self, file: Path) -> None:
        """Write every reading of this sitting into another Workspace, made where there is none.

        What lies there of the same frames is replaced.

        Raises
        ------
        WorkspaceError
            That cannot be written either.
        """
        from busi_gui.store.workspace import Workspace  # what a database needs takes a while to load

        workspace = Workspace(file)
        try:
            for key, history in self._histories.items():
                if not history.reading.is_empty:
                    workspace.store(key.key, key.frame, history.reading, base=None)
        finally:
            workspace.close()

    def _on_changed(self) -> None:
        history = self.sender()
        assert isinstance(history, History)
        self._store(history)
        self.changed.emit(history.frame)

    def _resolve(self, history: History, name: str, after: Reading) -> None:
        if history.step(name, after) is None:  # the reader had come to the same by himself: nothing to take back, but it is decided
            self._store(history)
            self.changed.emit(history.frame)

    def _store(self, history: History) -> None:
        key, reading = history.frame, history.reading
        if reading.is_empty and not history.revision and history.theirs is None:
            return  # nothing of the reader's, and nothing was ever written down
        history.is_saved = False
        is_new_conflict = False
        try:
            if history.theirs is None:
                try:
                    history.revision = self._workspace.store(key.key, key.frame, reading, base=history.revision)
                    history.is_saved = True
                except ReadingConflict as conflict:
                    history.theirs, is_new_conflict = conflict.theirs, True
            if history.theirs is not None:
                self._workspace.store_aside(key.key, key.frame, reading)
        except WorkspaceError as error:
            self.failed.emit(str(error))
        if is_new_conflict:
            self.conflicted.emit(key)
        self._announce_saved()

    def _announce_saved(self) -> None:
        is_saved = all(history.is_saved for history in self._histories.values())
        if is_saved != self._is_saved:
            self._is_saved = is_saved
            self.saved_changed.emit(is_saved)
