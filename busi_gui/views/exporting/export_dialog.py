"""ExportDialog: which cases leave the program, as what, and where to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QFileDialog, QLabel, QPushButton, QRadioButton, QWidget

from busi_gui.services.exporting import ExportFormat, Exporting, ExportOptions, ExportSummary, free_place
from busi_gui.views.exporting.exchange_dialog import ExchangeDialog, counted, path_field, problems_text
from busi_gui.views.labels import Role

FORMATS = {
    ExportFormat.BUSI: ("&BUSI folders", "Pictures and masks in folders benign, malignant and normal: to train networks with."),
    ExportFormat.COCO: ("&COCO", "Pictures, and all masks in one JSON file: for other annotation programs and networks."),
    ExportFormat.CSV: ("&Table of measures (CSV)", "One row a lesion, without pictures: for spreadsheets and statistics."),
}
PICTURES = (
    "Name and number of the patient stay behind, and all dates but those of outcomes. What is burned into a picture does not: look at every "
    "picture before you pass it on. Not for clinical use; for research."
)


@dataclass(frozen=True)
class ExportChoice:
    """Cases that the reader can choose, such as ``"All in the list"``."""

    label: str
    files: tuple[Path, ...]


class ExportDialog(ExchangeDialog):
    """Exports what the reader drew, with progress, and says what became of it.

    Attributes
    ----------
    cases, formats, place, with_network, keeps_names, is_overwriting
        The form: a combo box, radio buttons by format, a field, three check boxes.

    Parameters
    ----------
    exporting
        Does the work.
    choices
        Which cases there are to choose from, the proposed first; those without a file are left out.
    folder
        Where exports are proposed to go.
    parent
        The window.
    point
        Name of the operating point that a table is made with.
    """

    def __init__(
        self, exporting: Exporting, choices: Sequence[ExportChoice], folder: Path, parent: QWidget | None = None, *, point: str = ""
    ) -> None:
        super().__init__(exporting, "Export", "Export", "Open folder", parent)
        self._choices = [choice for choice in choices if choice.files]
        self._folder = folder
        self._point = point
        self._proposed = ""
        self.cases = QComboBox()
        self.cases.addItems([f"{choice.label} ({len(choice.files)})" for choice in self._choices])
        self.formats = {format_: QRadioButton(label) for format_, (label, _) in FORMATS.items()}
        self._group = QButtonGroup(self)
        self.place = path_field()
        self.choose = QPushButton("C&hoose…")
        self.choose.setAccessibleName("Choose where to")
        self.with_network = QCheckBox("With the &networks’ outlines")
        self.keeps_names = QCheckBox("&Keep the files’ names")
        self.is_overwriting = QCheckBox("&Replace an earlier export there")
        self._fill()
        self.with_network.setEnabled(exporting.has_networks)
        self.start_button.setEnabled(bool(self._choices))
        self.choose.clicked.connect(self._on_choose)
        self.result_button.clicked.connect(self._on_open_folder)
        self._group.buttonToggled.connect(self._on_format)
        self.formats[ExportFormat.BUSI].setChecked(True)
        self.fit()
        self.cases.setFocus()

    @property
    def format(self) -> ExportFormat:
        """As what the cases are exported."""
        return next(format_ for format_, button in self.formats.items() if button.isChecked())

    def begin(self) -> None:
        """Start the export."""
        text = self.place.text().strip()
        if not text or not Path(text).is_absolute():
            self.refuse("Say where to: a whole path, such as that of a new folder.")
            self.place.setFocus()
            return
        options = ExportOptions(self.with_network.isChecked(), self.keeps_names.isChecked(), self.is_overwriting.isChecked(), self._point)
        self._exporting.start_export(self._choices[self.cases.currentIndex()].files, self.format, Path(text), options)

    def stopped_text(self) -> str:
        """Return what a stopped export leaves behind."""
        return "Stopped. Nothing was written."

    def told(self, summary: object) -> str:
        """Return what the export holds, in words."""
        assert isinstance(summary, ExportSummary)
        classes = ", ".join(f"{count} {name}" for name, count in summary.classes.items())
        lines = [f"{counted(summary.frames, 'picture', 'pictures')} ({classes}) with {counted(summary.lesions, 'lesion', 'lesions')}: {summary.out}"]
        if summary.format is ExportFormat.BUSI and "unknown" in summary.classes:
            lines.append("Training does not read the folder unknown: record what those lesions turned out to be, and export again.")
        if summary.untouched:
            lines.append(f"{counted(summary.untouched, 'scan', 'scans')} left out: no reader has outlined anything there.")
        return "\n".join(filter(None, [*lines, problems_text(summary.problems)]))

    def _fill(self) -> None:
        self.add_field("C&ases", self.cases)
        self.fields.addWidget(QLabel("Format"))
        for format_, button in self.formats.items():
            self._group.addButton(button)
            button.setAccessibleDescription(FORMATS[format_][1])
            self.fields.addWidget(button)
            self.add_note(FORMATS[format_][1])
        self.add_field("&Where to", self.place, self.choose)
        notes = {
            self.with_network: "For scans that no reader has touched; each is named as the networks’.",
            self.keeps_names: "They may name patients. Else files are called case_0001 and so on.",
            self.is_overwriting: "Only what an export wrote; anything else in the folder keeps it from being replaced.",
        }
        for box, note in notes.items():
            box.setAccessibleDescription(note)
            self.fields.addWidget(box)
            self.add_note(note)
        self.add_note(PICTURES, Role.TEXT, is_indented=False)

    def _on_format(self, _button: object, is_checked: bool) -> None:
        if not is_checked:
            return
        text = self.place.text()
        if text == self._proposed:
            self._proposed = str(free_place(self._folder, self.format))
            self.place.setText(self._proposed)
        elif self.format is ExportFormat.CSV:
            self.place.setText(f"{text.removesuffix('.csv')}.csv")
        else:
            self.place.setText(text.removesuffix(".csv"))

    def _on_choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Where to export to", str(Path(self.place.text()).parent))
        if name:
            self._folder = Path(name)
            self._proposed = str(free_place(self._folder, self.format))
            self.place.setText(self._proposed)

    def _on_open_folder(self) -> None:
        place = Path(self.place.text().strip())
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(place.parent if self.format is ExportFormat.CSV else place)))
