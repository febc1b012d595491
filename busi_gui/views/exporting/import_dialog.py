"""ImportDialog: masks that were drawn elsewhere are taken over, for the reader to correct."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QPushButton, QWidget

from busi_gui.services.exporting import Exporting, ImportSummary, Layout
from busi_gui.views.exporting.exchange_dialog import ExchangeDialog, counted, path_field, problems_text
from busi_gui.views.labels import Role

LAYOUTS: dict[Layout, str] = {
    "auto": "What the folder looks like",
    "busi": "BUSI: folders benign, malignant, normal",
    "coco": "COCO: a JSON file with pictures",
}


class ImportDialog(ExchangeDialog):
    """Imports the masks of a data set, with progress, and says what became of it.

    Attributes
    ----------
    folder, layouts, is_overwriting
        The form: a field, a combo box, a check box.

    Parameters
    ----------
    exporting
        Does the work.
    folder
        Proposed; None for none.
    parent
        The window.

    Signals
    -------
    open_wanted(Path)
        The reader wants to look at the pictures: the first of them.
    """

    open_wanted = Signal(object)

    def __init__(self, exporting: Exporting, folder: Path | None = None, parent: QWidget | None = None) -> None:
        super().__init__(exporting, "Import masks", "Import", "Show the first", parent)
        self._first: Path | None = None
        self.folder = path_field()
        self.folder.setText(str(folder) if folder is not None else "")
        self.choose = QPushButton("C&hoose…")
        self.choose.setAccessibleName("Choose a folder")
        self.layouts = QComboBox()
        self.layouts.addItems(list(LAYOUTS.values()))
        self.is_overwriting = QCheckBox("&Replace what readers have drawn")
        self.add_field("&Folder of a data set", self.folder, self.choose)
        self.add_field("Fo&rmat", self.layouts)
        self.fields.addWidget(self.is_overwriting)
        note = "Else what a reader has touched stays as it is. What is replaced is kept in the history."
        self.is_overwriting.setAccessibleDescription(note)
        self.add_note(note)
        self.add_note(
            "The masks become the lesions of their pictures, named as imported; the pictures stay where they are. Pictures are known by their "
            "pixels: masks come to a copy of a scan just as to the scan.",
            Role.TEXT,
            is_indented=False,
        )
        self.choose.clicked.connect(self._on_choose)
        self.result_button.clicked.connect(self._on_open)
        self.fit()
        self.folder.setFocus()

    def begin(self) -> None:
        """Start the import."""
        text = self.folder.text().strip()
        if not text or not Path(text).is_absolute():
            self.refuse("Say which folder: a whole path.")
            self.folder.setFocus()
            return
        layout = list(LAYOUTS)[self.layouts.currentIndex()]
        self._exporting.start_import(Path(text), layout, is_overwriting=self.is_overwriting.isChecked())

    def stopped_text(self) -> str:
        """Return what a stopped import leaves behind."""
        return "Stopped. Masks that were taken over until then stay."

    def told(self, summary: object) -> str:
        """Return what came of the import, in words."""
        assert isinstance(summary, ImportSummary)
        self._first = summary.first
        lines = [f"{counted(summary.lesions, 'lesion', 'lesions')} in {counted(summary.stored, 'picture', 'pictures')} taken over."]
        if summary.unchanged:
            lines.append(f"{counted(summary.unchanged, 'picture', 'pictures')} had these masks already.")
        if summary.kept:
            lines.append(f"{counted(len(summary.kept), 'picture', 'pictures')} left as readers have them.")
        self.result_button.setEnabled(summary.first is not None)
        return "\n".join(filter(None, [*lines, problems_text(summary.problems)]))

    def _on_choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of a data set", self.folder.text())
        if name:
            self.folder.setText(name)

    def _on_open(self) -> None:
        if self._first is not None:
            self.open_wanted.emit(self._first)
            self.accept()
