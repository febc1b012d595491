"""Keeping: tells the reader when his work is not safe, or when somebody else has worked on the same frame, and offers what can be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QMessageBox, QVBoxLayout, QWidget

from busi_gui.services.session import Session
from busi_gui.services.states import KeepingError
from busi_gui.views.choice_bar import ChoiceBar

NOT_STORED = "Your last changes are on screen but not stored: {reason}"
THEIRS = "{reader} changed this frame on {when}, after you had opened it. Nothing is overwritten until you decide."


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
        session.editing.conflicted.connect(self._on_conflicted)
        session.editing.changed.connect(self._on_changed)

    @property
    def is_saved(self) -> bool:
        """Whether all that was done in this sitting is stored."""
        return self._session.histories.is_saved

    def may_close(self, close: Callable[[], object]) -> bool:
        """Return whether the window can be closed without losing work; else ask the reader, whose answer may call ``close``."""
        if self.is_saved or self._is_given_up:
            return True
        box = QMessageBox(QMessageBox.Icon.Warning, "Not stored", NOT_STORED.format(reason=self._reason), parent=self._window)
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
        if is_saved or self._session.editing.theirs is not None:
            self.unsaved.clear()
        else:
            self._ask_what_to_do()

    def _ask_what_to_do(self) -> None:
        self.unsaved.ask(
            NOT_STORED.format(reason=self._reason),
            (
                ("Try again", "Store what is on screen now", self._session.histories.save_again),
                ("Store elsewhere…", "Write the work of this sitting into a file of your choice", self.save_elsewhere),
            ),
        )

    def _on_conflicted(self) -> None:
        theirs, editing = self._session.editing.theirs, self._session.editing
        assert theirs is not None
        when = theirs.changed.astimezone()
        self.conflict.ask(
            THEIRS.format(reader=theirs.reader, when=f"{when:%d %B at %H:%M}"),
            (
                ("Keep mine", "Yours replaces theirs; theirs stays in the Workspace as an earlier one", editing.keep_mine),
                ("Take theirs", "Theirs replaces yours on screen; undo brings yours back", editing.take_theirs),
                ("Keep both", "Their lesions are added to yours, with their reader's name", editing.keep_both),
            ),
        )

    def _on_changed(self) -> None:
        if self._session.editing.theirs is None:
            self.conflict.clear()
