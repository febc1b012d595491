"""Editing: what the reader changes on the frame that a pane shows."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.reading import Reading
from busi_gui.services.history import FrameKey, Histories, History
from busi_gui.services.open_file import OpenFile
from busi_gui.store.records import StoredReading

NETWORK_STEP = "the network’s outlines"


class Editing(QObject):
    """The reading of one pane's frame, and the steps that lead there and back. The one road for every change of a reading.

    Signals
    -------
    changed()
        Another reading, another frame, or other steps to take back.
    conflicted()
        Somebody else has written down another reading of this frame, `theirs`: ask the reader, then `keep_mine`, `take_theirs` or `keep_both`.
    """

    changed = Signal()
    conflicted = Signal()

    def __init__(self, histories: Histories, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._histories = histories
        self._history: History | None = None
        histories.changed.connect(self._on_changed)
        histories.conflicted.connect(self._on_conflicted)

    @property
    def reading(self) -> Reading:
        """What the reader has set down on the frame; an empty reading where there is no frame."""
        return self._history.reading if self._history is not None else Reading()

    @property
    def theirs(self) -> StoredReading | None:
        """What somebody else has written down of the frame, while the reader has not decided about it."""
        return self._history.theirs if self._history is not None else None

    @property
    def history(self) -> History | None:
        """The frame's own steps, for what is begun here and may end after the reader has gone on to another frame; None where there is no frame."""
        return self._history

    @property
    def undo_name(self) -> str:
        """What would be taken back next; empty where nothing can be."""
        return self._history.undo_name if self._history is not None else ""

    @property
    def redo_name(self) -> str:
        """What would be done again next; empty where nothing can be."""
        return self._history.redo_name if self._history is not None else ""

    def use(self, file: OpenFile | None) -> None:
        """Edit the frame of a file that is looked at now, from now on."""
        history = self._histories.of(file) if file is not None else None
        if history is not self._history:
            before, self._history = self._history, history
            self._histories.leave(before)
            self._histories.enter(history)
            self.changed.emit()
            if history is not None and history.theirs is not None:
                self.conflicted.emit()

    def edit(self, name: str, after: Reading) -> None:
        """Change the reading in one step.

        Parameters
        ----------
        name
            What is done, to stand behind "Undo": ``"brush stroke"``.
        after
            Made from `reading` by its methods; where nothing differs there is no step.
        """
        if self._history is not None:
            self._history.step(name, after)

    def receive(self, found: Reading) -> None:
        """Take the network's outlines, as a step of its own, unless the reader has touched what is there or it is the same."""
        if self._history is not None and not self.reading.is_touched:
            if self._history.redo_name == NETWORK_STEP:
                self._history.redo()  # the reader has taken it back: in its place, all that can be done again from there on would be lost
            callipers = self.reading.callipers
            self._history.step(NETWORK_STEP, found if found.callipers == callipers else found.measured(callipers))

    def undo(self) -> None:
        """Take the last step on this frame back."""
        if self._history is not None:
            self._history.undo()

    def redo(self) -> None:
        """Do the step again that was taken back last."""
        if self._history is not None:
            self._history.redo()

    def keep_mine(self) -> None:
        """Of two readings of the frame keep the one on screen."""
        if self._history is not None:
            self._histories.keep_mine(self._history)

    def take_theirs(self) -> None:
        """Of two readings of the frame take the other reader's, as a step."""
        if self._history is not None:
            self._histories.take_theirs(self._history)

    def keep_both(self) -> None:
        """Add the other reader's lesions to those on screen, as a step."""
        if self._history is not None:
            self._histories.keep_both(self._history)

    def _on_changed(self, frame: FrameKey) -> None:
        if self._history is not None and frame == self._history.frame:
            self.changed.emit()

    def _on_conflicted(self, frame: FrameKey) -> None:
        if self._history is not None and frame == self._history.frame and self._history.theirs is not None:
            self.conflicted.emit()
