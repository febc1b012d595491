"""Dialogs: the windows that only tell or set something, opened by their actions."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from busi_gui.paths import guide_dir, model_card
from busi_gui.services.services import Services
from busi_gui.views import about
from busi_gui.views.actions import Actions
from busi_gui.views.guide import GuideDialog
from busi_gui.views.keys import KeysDialog
from busi_gui.views.licences_dialog import LicencesDialog
from busi_gui.views.model_card import ModelCardDialog
from busi_gui.views.networks_dialog import NetworksDialog
from busi_gui.views.workspace_dialog import WorkspaceDialog

if TYPE_CHECKING:
    from busi_gui.licences import Package


class Dialogs(QObject):
    """Opens each over the window; they close themselves."""

    def __init__(self, services: Services, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        session = services.session
        self._window = window
        actions["about_networks"].triggered.connect(lambda: _open(about.networks_dialog(session.network, window, self.open_model_card)))
        self._versions = services.versions
        actions["networks"].triggered.connect(self.open_networks)
        actions["model_card"].triggered.connect(self.open_model_card)
        actions["workspace"].triggered.connect(lambda: _open(WorkspaceDialog(services.work_place, window)))
        self._guide: GuideDialog | None = None
        actions["guide"].triggered.connect(self.open_guide)
        actions["keys"].triggered.connect(lambda: _open(KeysDialog(actions, window)))
        actions["about"].triggered.connect(lambda: _open(about.about_dialog(session.network, self._packages, window, self.open_licences)))

    def open_networks(self) -> None:
        """Show every version of the networks."""
        _open(NetworksDialog(self._versions, Path.home(), self._window))

    def open_guide(self) -> GuideDialog:
        """Show how the program is used, beside the window; where it is open already, bring it to the front as it was left."""
        if self._guide is None:
            self._guide = GuideDialog(guide_dir(), self._window)
        self._guide.show()
        self._guide.activateWindow()
        return self._guide

    def open_licences(self) -> LicencesDialog:
        """Show the licences of everything by others in the program."""
        dialog = LicencesDialog(self._packages, self._window)
        _open(dialog)
        return dialog

    @cached_property
    def _packages(self) -> list[Package]:
        from busi_gui.licences import of_this_program  # what reads packages is loaded once somebody asks

        return of_this_program()

    def open_model_card(self) -> ModelCardDialog:
        """Show what is written about the networks."""
        dialog = ModelCardDialog(model_card(), self._window)
        _open(dialog)
        return dialog


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
