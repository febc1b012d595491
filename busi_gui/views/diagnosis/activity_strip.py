"""ActivityStrip: what is being done, and the way to stop it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from busi_gui.services.states import Activity
from busi_gui.views.labels import Role, Words


class ActivityStrip(QFrame):
    """What is being done, how far it is, and the way to stop it."""

    def __init__(self, on_stop: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = Words(role=Role.HEADING)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName("Progress")
        self.stop = QPushButton("Stop")
        self.stop.clicked.connect(on_stop)
        row = QHBoxLayout()
        row.addWidget(self._stage, 1)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.progress)
        self.hide()

    def show_activity(self, activity: Activity | None) -> None:
        """Show an activity; hide when there is none."""
        self.setVisible(activity is not None)
        if activity is None:
            return
        self._stage.setText(f"{activity.stage.capitalize()}\N{NO-BREAK SPACE}…")
        self.progress.setValue(round(activity.fraction * 100))
        self.stop.setVisible(activity.can_stop)
