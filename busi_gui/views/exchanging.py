"""Exchanging: the ways by which masks leave the program and come in, for the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QWidget

from busi_gui.domain.case import CaseStatus
from busi_gui.services.exporting import ImportSummary
from busi_gui.services.services import Services
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions

if TYPE_CHECKING:
    from busi_gui.views.exporting.export_dialog import ExportChoice, ExportDialog
    from busi_gui.views.exporting.import_dialog import ImportDialog

_Dialog = TypeVar("_Dialog", bound=QDialog)


class Exchanging(QObject):
    """Opens the dialogs for export and import, which are loaded then, and shows what an import has brought."""

    def __init__(self, services: Services, settings: Settings, actions: Actions, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._book, self._exporting = services.session, services.book, services.exporting
        self._settings, self._window = settings, window
        actions["export"].triggered.connect(self.open_export)
        actions["import_masks"].triggered.connect(self.open_import)
        self._export = actions["export"]
        self._exporting.finished.connect(self._on_finished)
        self._session.case_changed.connect(self._refresh)
        self._refresh()

    def open_export(self) -> ExportDialog:
        """Ask which cases to export, and how."""
        from busi_gui.views.exporting.export_dialog import ExportDialog

        folder, point = self._settings.last_folder or Path.home(), self._settings.operating_point
        return self._opened(ExportDialog(self._exporting, self._choices(), folder, self._window, point=point))

    def open_import(self) -> ImportDialog:
        """Ask which data set to import."""
        from busi_gui.views.exporting.import_dialog import ImportDialog

        dialog = self._opened(ImportDialog(self._exporting, self._settings.last_folder, self._window))
        dialog.open_wanted.connect(self._session.open)
        return dialog

    def _choices(self) -> list[ExportChoice]:
        from busi_gui.views.exporting.export_dialog import ExportChoice

        case, files = self._session.case, self._session.folder
        status = {path: self._book.entry(path).status for path in files}
        if case is not None:
            status[case.scan.path] = self._session.status
        read = (CaseStatus.CORRECTED, CaseStatus.REVIEWED)
        return [
            ExportChoice("This scan", (case.scan.path,) if case is not None else ()),
            ExportChoice("All corrected or reviewed scans of the list", tuple(path for path in files if status[path] in read)),
            ExportChoice("All reviewed scans of the list", tuple(path for path in files if status[path] is CaseStatus.REVIEWED)),
            ExportChoice("All scans of the list", files),
        ]

    def _opened(self, dialog: _Dialog) -> _Dialog:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def _on_finished(self, summary: object) -> None:
        if not isinstance(summary, ImportSummary):
            return
        self._book.look_again()
        if self._session.case is not None:
            self._session.open(self._session.case.scan.path)  # the masks may be its own

    def _refresh(self) -> None:
        self._export.setEnabled(self._session.case is not None)
