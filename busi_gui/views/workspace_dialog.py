"""WorkspaceDialog: where the reader's work is kept, a copy of it, and another place for it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from busi_gui.services.work_place import WorkPlace
from busi_gui.views.labels import Role, Words

ALONE = "Everything that you do is stored there at once, known by the pixels of each scan: it is found again when a file is moved or renamed."
SHARED = (
    "Everything that you do is stored there at once. Whoever else uses it sees your corrections when they open the same scan, "
    "and is asked before yours are replaced."
)
OTHER = "A file, or the address of a PostgreSQL database such as postgresql://reader@server/breast. Empty: this program's own place."


class WorkspaceDialog(QDialog):
    """Shows the place, copies it into a file, and takes the name of another, used from the next start on."""

    def __init__(self, place: WorkPlace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._place = place
        self.setWindowTitle("Workspace")
        self.copy = QPushButton("Copy to a file…")
        self.copy.clicked.connect(self._on_copy)
        self.other = QLineEdit(place.chosen)
        self.other.setAccessibleName("Another place")
        self.other.returnPressed.connect(self._on_use)
        self.browse = QPushButton("Browse…")
        self.browse.clicked.connect(self._on_browse)
        self.use = QPushButton("Use from the next start")
        self.use.clicked.connect(self._on_use)
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Working")
        self._answer = Words()
        self._answer.setAccessibleName("Answer")
        self._lay_out()
        self._refresh()
        place.opened.connect(self._refresh)
        place.done.connect(self._on_answer)
        place.failed.connect(self._on_answer)
        self.resize(self.fontMetrics().height() * 36, self.sizeHint().height())

    @property
    def answer(self) -> str:
        """What came of the last wish."""
        return self._answer.text()

    def _lay_out(self) -> None:
        place = self._place
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 18)
        column.setSpacing(12)
        column.addWidget(Words("Your work is kept in", Role.HEADING))
        column.addWidget(Words(place.place))
        column.addWidget(Words(f"{SHARED if place.is_shared else ALONE} It is signed “{place.reader}”.", Role.SECONDARY))
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(Words("Keep it elsewhere", Role.HEADING))
        column.addWidget(Words(OTHER, Role.SECONDARY))
        row = QHBoxLayout()
        row.addWidget(self.other, 1)
        row.addWidget(self.browse)
        row.addWidget(self.use)
        column.addLayout(row)
        column.addWidget(self._progress)
        column.addWidget(self._answer)
        column.addStretch(1)
        buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in the field means the field's own button

    def _refresh(self) -> None:
        is_busy = self._place.is_busy
        for part in (self.copy, self.other, self.browse, self.use):
            part.setEnabled(not is_busy)
        self._progress.setVisible(is_busy)

    def _on_copy(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Copy the Workspace to", "busi-gui-workspace.db", "Workspaces (*.db)")
        if name:
            self._answer.setText("")
            self._place.copy_to(Path(name))
            self._refresh()

    def _on_browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "Keep the work in", self.other.text(), "Workspaces (*.db)", options=QFileDialog.Option.DontConfirmOverwrite
        )
        if name:
            self.other.setText(name)

    def _on_use(self) -> None:
        self._answer.setText("")
        self._place.choose(self.other.text())
        self._refresh()

    def _on_answer(self, said: str) -> None:
        self._answer.setText(said)
        self._refresh()
