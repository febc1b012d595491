"""A case list on a session and a book that do nothing by themselves."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from busi_gui.domain.case import CaseStatus
from busi_gui.services.case_book import CaseBook
from busi_gui.services.states import CaseEntry

PATHS = tuple(Path("/scans") / name for name in ("scan 1.png", "scan 2.png", "scan 10.png", "other.dcm"))


class FakeBook(CaseBook):
    """Has the signals of a book; tests set what it knows, and read in `sights` what views had in sight."""

    def __init__(self) -> None:
        QObject.__init__(self)  # no thread
        self.folder: tuple[Path, ...] = ()
        self.sights: list[list[Path]] = []
        self.entries: dict[Path, CaseEntry] = {}
        self.images: dict[Path, QImage] = {}
        self.done = 0

    @property
    def progress(self):
        return self.done, len(self.folder)

    def entry(self, path):
        return self.entries.get(path, CaseEntry(path))

    def thumbnail(self, path):
        return self.images.get(path)

    def show_folder(self, paths):
        self.folder = paths
        self.progressed.emit(*self.progress)

    def look_at(self, paths):
        self.sights.append(list(paths))

    def set_entry(self, path, p_malignant=None, status=CaseStatus.ANALYSED, *, is_analysed=True, **fields):
        self.entries[path] = CaseEntry(path, True, status, is_analysed, p_malignant, **fields)
        self.entries_changed.emit((path,))

    def set_new(self, path, **fields):
        self.set_entry(path, None, CaseStatus.NEW, is_analysed=False, **fields)

    def set_progress(self, done):
        self.done = done
        self.progressed.emit(*self.progress)


def grey_image(width: int, height: int, grey: int = 200) -> QImage:
    """Return a thumbnail of one grey."""
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(grey)
    return image
