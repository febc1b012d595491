"""RetrainingControls: opens the retrain window, says in the status bar how far it is, and asks before the program ends in the middle of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from busi_gui.services.services import Services
from busi_gui.views.actions import Actions
from busi_gui.views.retraining.strip import RetrainingStrip

if TYPE_CHECKING:
    from busi_gui.views.retraining.dialog import RetrainDialog


class RetrainingControls(QObject):
    """Joins the action ``retrain`` to its window, which is loaded and made when it is first wanted.

    Attributes
    ----------
    service
        What retrains.
    strip
        For the status bar.

    Signals
    -------
    networks_wanted(QWidget)
        The reader wants to see every version of the networks, over this window.
    """

    networks_wanted = Signal(object)

    def __init__(self, services: Services, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self.service, self._versions, self._actions, self._window = services.retraining, services.versions, actions, window
        self._dialog: RetrainDialog | None = None
        self._is_ending = False
        self.strip = RetrainingStrip(self.service, window)
        self.strip.clicked.connect(self.open)
        actions["retrain"].triggered.connect(self.open)

    def open(self) -> RetrainDialog:
        """Show the window, or bring it to the front."""
        if self._dialog is None:
            from busi_gui.views.retraining.dialog import RetrainDialog

            key = self._actions.keys_text("approve").split(", ")[0]
            self._dialog = RetrainDialog(self.service, self._versions, self._window, approve_key=key)
            self._dialog.networks_wanted.connect(partial(self.networks_wanted.emit, self._dialog))
            self._dialog.seen.connect(self.strip.mark_seen)
        self._dialog.open_again()
        return self._dialog

    def close(self) -> None:
        """Close the window with the main window: the program ends when the last one is closed."""
        if self._dialog is not None:
            self._dialog.close()

    def may_close(self, close: Callable[[], object]) -> bool:
        """Return whether no retraining would be broken off; else ask the reader, whose answer may call ``close``."""
        if not self.service.progress.is_running or self._is_ending:
            return True
        box = QMessageBox(QMessageBox.Icon.Question, "Retraining", "The networks are being retrained.", parent=self._window)
        box.setInformativeText("If you quit now it stops. What was fitted is kept: start it again with the same cases, and it goes on from there.")
        end = box.addButton("Quit and go on later", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def answer(button: QAbstractButton) -> None:
            if button is end:
                self._is_ending = True
                close()

        box.buttonClicked.connect(answer)
        box.open()
        return False
