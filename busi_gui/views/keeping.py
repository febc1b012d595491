"""Keeping: tells the reader when his work is not safe, or when somebody else has worked on the same frame, and offers what can be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox, QVBoxLayout, QWidget

from busi_gui.services.editing import Editing
from busi_gui.services.session import Session
from busi_gui.services.states import KeepingError
from busi_gui.views.choice_bar import ChoiceBar

NOT_STORED = "Your last changes are on screen but not stored: {reason}"
THEIRS = "{reader} changed {frame} on {when}, after you had opened it. Nothing is overwritten until you decide."
UNDECIDED = "another reader has changed the same frame. Go back to it, and decide whose work stays."
"""Why something is not stored, where nothing else is the matter."""


class Keeping(QObject):
    """Watches over what the reader has set down.

    Attributes
    ----------
    bars
        What asks him; to be put above the scan.

    Signals
    -------
    said(str)
        A sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._window = session, parent
        self._reason = ""
        self._asked: tuple[Editing, object] | None = None  # about which frame, and whose work
        self._is_given_up = False  # the reader quits although, or because, his work lies elsewhere
        self.unsaved, self.conflict = ChoiceBar("unsaved_bar"), ChoiceBar("conflict_bar")
        self.bars = QWidget()
        column = QVBoxLayout(self.bars)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.unsaved)
        column.addWidget(self.conflict)
        session.histories.failed.connect(self._on_failed)
        session.histories.saved_changed.connect(self._on_saved_changed)
        for editing in self._editings:
            editing.conflicted.connect(self._ask_whose_stays)
            editing.changed.connect(self._ask_whose_stays)

    @property
    def is_saved(self) -> bool:
        """Whether all that was done in this sitting is stored."""
        return self._session.histories.is_saved

    def may_close(self, close: Callable[[], object]) -> bool:
        """Return whether the window can be closed without losing work; else ask the reader, whose answer may call ``close``."""
        if self.is_saved or self._is_given_up:
            return True
        box = QMessageBox(QMessageBox.Icon.Warning, "Not stored", NOT_STORED.format(reason=self._reason or UNDECIDED), parent=self._window)
        box.setInformativeText("If you quit now, they are lost.")
        elsewhere = box.addButton("Store elsewhere…", QMessageBox.ButtonRole.AcceptRole)
        lose = box.addButton("Quit and lose them", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def answer(button: QAbstractButton) -> None:
            self._is_given_up = button is lose or (button is elsewhere and self.save_elsewhere())
            if self._is_given_up:
                close()

        box.buttonClicked.connect(answer)
        box.open()
        return False

    def save_elsewhere(self) -> bool:
        """Ask where to, and write all that was done in this sitting there; return whether it is safe now."""
        name, _ = QFileDialog.getSaveFileName(self._window, "Store the work of this sitting elsewhere", "busi-gui-work.db", "Workspaces (*.db)")
        if not name:
            return False
        try:
            self._session.histories.save_elsewhere(Path(name))
        except KeepingError as error:
            self.said.emit(str(error))
            return False
        self.said.emit(f"The work of this sitting is stored in {name}. Open it with File, Workspace… once this one is of use again.")
        return True

    def _on_failed(self, reason: str) -> None:
        self._reason = reason
        if not self.is_saved:
            self._ask_what_to_do()

    def _on_saved_changed(self, is_saved: bool) -> None:
        if is_saved:
            self._reason = ""
        if is_saved or self._undecided is not None:
            self.unsaved.clear()
        else:
            self._ask_what_to_do()

    def _ask_what_to_do(self) -> None:
        self.unsaved.ask(
            NOT_STORED.format(reason=self._reason or UNDECIDED),
            (
                ("Try again", "Store what is on screen now", self._session.histories.save_again),
                ("Store elsewhere…", "Write the work of this sitting into a file of your choice", self.save_elsewhere),
            ),
        )

    @property
    def _editings(self) -> tuple[Editing, Editing]:
        return self._session.editing, self._session.editing_beside

    @property
    def _undecided(self) -> Editing | None:
        """Of the frames on screen the first that somebody else has changed as well."""
        return next((editing for editing in self._editings if editing.theirs is not None), None)

    def _ask_whose_stays(self) -> None:
        editing = self._undecided
        asked = (editing, editing.theirs) if editing is not None else None
        if asked == self._asked:
            return  # with each stroke in the meantime
        self._asked = asked
        if editing is None or editing.theirs is None:
            self.conflict.clear()
            return
        frame = "this frame" if editing is self._session.editing else "the frame beside"
        self.conflict.ask(
            THEIRS.format(reader=editing.theirs.reader, frame=frame, when=f"{editing.theirs.changed.astimezone():%d %B at %H:%M}"),
            (
                ("Keep mine", "Yours replaces theirs; theirs stays in the Workspace as an earlier one", editing.keep_mine),
                ("Take theirs", "Theirs replaces yours on screen; undo brings yours back", editing.take_theirs),
                ("Keep both", "Their lesions are added to yours, with their reader's name", editing.keep_both),
            ),
        )
