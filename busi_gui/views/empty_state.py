"""EmptyState: in place of the scan while none is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from busi_gui.paths import samples_dir
from busi_gui.views import theme
from busi_gui.views.labels import ElidedLabel, Link, Role, Words, dress

WIDTH_EM = 32


class RecentFile(QWidget):
    """A link to a file opened lately, with its folder.

    Signals
    -------
    opened(Path)
        The reader clicked it.
    """

    opened = Signal(object)

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        room = self.fontMetrics().horizontalAdvance("0") * WIDTH_EM
        link = Link(self.fontMetrics().elidedText(path.name, Qt.TextElideMode.ElideMiddle, room))
        link.setToolTip(str(path))
        link.setAccessibleName(f"Open {path.name} in {path.parent}")
        link.clicked.connect(self._on_clicked)
        folder = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        dress(folder, Role.SECONDARY)
        folder.show_text(str(path.parent))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(link)
        row.addWidget(folder, 1)

    def _on_clicked(self) -> None:
        self.opened.emit(self._path)


class EmptyState(QScrollArea):
    """Says what can be opened and how.

    Signals
    -------
    path_chosen(Path)
        The reader chose a recent file or the sample.
    """

    path_chosen = Signal(object)

    def __init__(self, open_file: QAction, open_folder: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sample = first_sample()
        self.recent = QVBoxLayout()
        self.recent.setSpacing(0)
        self._recent_heading = Words("Opened lately", Role.HEADING)
        buttons = QVBoxLayout()
        buttons.setSpacing(8)
        for action in (open_file, open_folder):
            buttons.addWidget(_button(action), 0, Qt.AlignmentFlag.AlignLeft)
        self.sample = QPushButton("Open a sample scan")
        self.sample.clicked.connect(self._on_sample)
        self.sample.setVisible(self._sample is not None)
        buttons.addWidget(self.sample, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout()
        column.setSpacing(12)
        column.addWidget(Words("Drop a scan or a folder here", Role.TITLE))
        column.addWidget(Words("PNG, JPEG, BMP, TIFF, WebP or DICOM. Nothing leaves this computer, and the files stay as they are."))
        column.addLayout(buttons)
        column.addSpacing(12)
        column.addWidget(self._recent_heading)
        column.addLayout(self.recent)
        self._lay_out(column)

    def show_recent(self, paths: Sequence[Path]) -> None:
        """List files opened lately, newest first."""
        while (item := self.recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for path in paths:
            entry = RecentFile(path)
            entry.opened.connect(self.path_chosen)
            self.recent.addWidget(entry)
        self._recent_heading.setVisible(bool(paths))

    def _lay_out(self, column: QVBoxLayout) -> None:
        block = QWidget()
        block.setLayout(column)
        block.setMaximumWidth(self.fontMetrics().horizontalAdvance("0") * WIDTH_EM * 2)
        body = QWidget()
        across = QHBoxLayout(body)
        across.setContentsMargins(24, 24, 24, 24)
        across.addStretch(1)
        across.addWidget(block, 4, Qt.AlignmentFlag.AlignVCenter)
        across.addStretch(1)
        palette = body.palette()
        palette.setColor(QPalette.ColorRole.Window, QColor(theme.SCAN_BACKGROUND))
        body.setPalette(palette)
        body.setAutoFillBackground(True)
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)

    def _on_sample(self) -> None:
        self.path_chosen.emit(self._sample)


def first_sample() -> Path | None:
    """Return the first of the shipped sample scans, None when there are none."""
    folder = samples_dir()
    if not folder.is_dir():
        return None
    return min((path for path in folder.iterdir() if path.suffix.lower() in {".png", ".jpg", ".dcm"}), default=None)


def _button(action: QAction) -> QPushButton:
    button = QPushButton(action.icon(), action.text())
    side = theme.icon_px() * 4 // 5
    button.setIconSize(QSize(side, side))
    button.setToolTip(action.toolTip())
    button.clicked.connect(action.trigger)
    return button
