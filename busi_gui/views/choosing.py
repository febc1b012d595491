"""Choosing: the dialogs in which the reader chooses what to open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from busi_gui.services.session import Session
from busi_gui.services.settings import Settings

FILE_FILTER = "Scans (*.png *.jpg *.jpeg *.bmp *.tif *.tiff *.webp *.dcm *.dicom *.ima DICOMDIR);;All files (*)"


class Choosing(QObject):
    """Asks for files and folders, beginning where the last one lay, and has the session open them."""

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._settings, self._window = session, settings, window

    def open_file(self) -> None:
        """Ask for a scan."""
        if name := self._file("Open a scan"):
            self._session.open(Path(name))

    def open_folder(self) -> None:
        """Ask for a folder of scans."""
        if name := QFileDialog.getExistingDirectory(self._window, "Open a folder of scans", self._folder):
            self._session.open(Path(name))

    def open_beside(self) -> None:
        """Ask for a scan to lie beside the one on screen."""
        if name := self._file("Open a scan beside this one"):
            self._session.open_beside(Path(name))

    @property
    def _folder(self) -> str:
        return str(self._settings.last_folder or "")

    def _file(self, title: str) -> str:
        name, _ = QFileDialog.getOpenFileName(self._window, title, self._folder, FILE_FILTER)
        return name
