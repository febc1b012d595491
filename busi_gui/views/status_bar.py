"""StatusBar: what is under the pointer, what this program is not for, and what it is doing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QProgressBar, QStatusBar, QWidget

from busi_gui.domain.case import Case
from busi_gui.services.session import Session
from busi_gui.services.states import Activity, NetworkState, NetworkStatus
from busi_gui.views.labels import ElidedLabel
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.wording import NOT_FOR_CLINICAL_USE


class StatusBar(QStatusBar):
    """One line below everything; what does not fit is cut, and the window never grows for it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.pointer = ElidedLabel()
        self.notice = ElidedLabel()
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.notice.show_text(NOT_FOR_CLINICAL_USE)
        self.state = ElidedLabel()
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 100)
        self.progress.setFixedSize(self.fontMetrics().horizontalAdvance("0") * 10, 4)
        self.progress.setAccessibleName("Progress")
        self.setSizeGripEnabled(False)
        for label, stretch in ((self.pointer, 3), (self.notice, 2), (self.state, 3)):
            self.addWidget(label, stretch)
        self.addWidget(self.progress)
        session.activity_changed.connect(self._on_state_changed)
        session.network_changed.connect(self._on_state_changed)
        self._on_state_changed()

    def add_before_state(self, widget: QWidget) -> None:
        """Put something between the notice and the state of the networks."""
        self.insertWidget(2, widget)

    def show_pointer(self, view: ScanView, row: int, column: int, gray: int, lesion: int) -> None:
        """Say what is under the pointer in a view; lesion 0 is none."""
        place = place_text(view.case if view.shows_result else None, lesion)
        self.pointer.show_text(f"row {row} column {column} · {gray}" + (f" · {place}" if place else ""))

    def clear_pointer(self) -> None:
        """Say nothing of the pointer."""
        self.pointer.show_text("")

    def _on_state_changed(self) -> None:
        activity = self._session.activity
        self.state.show_text(state_text(self._session.network, activity))
        self.progress.setVisible(activity is not None)
        if activity is not None:
            self.progress.setValue(round(activity.fraction * 100))


def place_text(case: Case | None, lesion: int) -> str:
    """Return where a point lies; empty while no lesion is known."""
    if case is None or not case.lesions:
        return ""
    if len(case.lesions) == 1:
        return "inside the lesion" if lesion else "outside the lesion"
    return f"inside lesion {lesion}" if lesion else "outside the lesions"


def state_text(network: NetworkState, activity: Activity | None) -> str:
    """Return what is being done, or else how the networks are."""
    if activity is not None:
        return f"{activity.stage} …"
    version = f" {network.info.version}" if network.info else ""
    return {
        NetworkStatus.LOADING: "networks are being loaded …",
        NetworkStatus.PREPARING: "networks are being prepared …",
        NetworkStatus.READY: f"networks{version} ready",
        NetworkStatus.FAILED: "networks cannot be used",
    }[network.status]
