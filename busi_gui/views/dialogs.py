"""Dialogs: the windows that only tell or set something, opened by their actions."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from busi_gui.paths import guide_dir, model_card
from busi_gui.services.services import Services
from busi_gui.views.actions import Actions

if TYPE_CHECKING:
    from busi_gui.licences import Package
    from busi_gui.services.versions import VersionEntry
    from busi_gui.views.guide import GuideDialog
    from busi_gui.views.licences_dialog import LicencesDialog
    from busi_gui.views.model_card import ModelCardDialog
    from busi_gui.views.networks_dialog import NetworksDialog
    from busi_gui.views.retraining.evidence_dialog import EvidenceDialog


class Dialogs(QObject):
    """Opens each over the window, and loads it then: most are never seen in a day's work. They close themselves."""

    def __init__(self, services: Services, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._actions, self._window = services, actions, window
        self._guide: GuideDialog | None = None
        self._networks: NetworksDialog | None = None
        for name, show in {
            "about_networks": self.open_about_networks,
            "networks": self.open_networks,
            "model_card": self.open_model_card,
            "workspace": self.open_workspace,
            "guide": self.open_guide,
            "keys": self.open_keys,
            "about": self.open_about,
        }.items():
            actions[name].triggered.connect(show)

    def open_about_networks(self) -> None:
        """Show which networks answer."""
        from busi_gui.views.about import networks_dialog

        _open(networks_dialog(self._services.session.network, self._window, self.open_model_card))

    def open_networks(self) -> None:
        """Show every version of the networks."""
        self.open_networks_over(self._window)

    def open_networks_over(self, window: QWidget) -> NetworksDialog:
        """Show every version of the networks over a window; there is one list, which leaves the window over which it stood."""
        from busi_gui.views.networks_dialog import NetworksDialog

        if self._networks is not None:
            self._networks.reject()
        dialog = self._networks = NetworksDialog(self._services.versions, Path.home(), window)
        dialog.finished.connect(partial(self._on_networks_closed, dialog))
        dialog.evidence_wanted.connect(lambda entry: self.open_evidence(entry, dialog))
        _open(dialog)
        return dialog

    def _on_networks_closed(self, dialog: NetworksDialog, _result: int) -> None:
        if self._networks is dialog:
            self._networks = None

    def open_evidence(self, entry: VersionEntry, parent: QWidget) -> EvidenceDialog:
        """Show all that was compared before a version was proposed, over another window."""
        from busi_gui.views.retraining.evidence_dialog import EvidenceDialog

        dialog = EvidenceDialog(entry, self._services.retraining, parent)
        _open(dialog)
        return dialog

    def open_workspace(self) -> None:
        """Show where the reader's work is kept."""
        from busi_gui.views.workspace_dialog import WorkspaceDialog

        _open(WorkspaceDialog(self._services.work_place, self._window))

    def open_guide(self) -> GuideDialog:
        """Show how the program is used, beside the window; where it is open already, bring it to the front as it was left."""
        if self._guide is None:
            from busi_gui.views.guide import GuideDialog

            self._guide = GuideDialog(guide_dir(), self._window)
        self._guide.show()
        self._guide.activateWindow()
        return self._guide

    def open_keys(self) -> None:
        """Show every key, to be changed."""
        from busi_gui.views.keys import KeysDialog

        _open(KeysDialog(self._actions, self._window))

    def open_about(self) -> None:
        """Show what the program is."""
        from busi_gui.views.about import about_dialog

        _open(about_dialog(self._services.session.network, self._packages, self._window, self.open_licences))

    def open_licences(self) -> LicencesDialog:
        """Show the licences of everything by others in the program."""
        from busi_gui.views.licences_dialog import LicencesDialog

        dialog = LicencesDialog(self._packages, self._window)
        _open(dialog)
        return dialog

    def open_model_card(self) -> ModelCardDialog:
        """Show what is written about the networks."""
        from busi_gui.views.model_card import ModelCardDialog

        dialog = ModelCardDialog(model_card(), self._window)
        _open(dialog)
        return dialog

    @cached_property
    def _packages(self) -> list[Package]:
        from busi_gui.licences import of_this_program

        return of_this_program()


def _open(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
