"""PointControls: keeps panel, key, setting and session in step about the operating point in use."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.diagnosis.diagnosis_panel import DiagnosisPanel
from busi_gui.views.wording import probability_text


class PointControls(QObject):
    """Remembers which operating point the reader wants.

    A name that the networks do not have, for another version has others, stays remembered: their first is used until they have it again.

    Signals
    -------
    said(str)
        Another point is in use now: a sentence for who chose it by its key and may not see the panel.
    """

    said = Signal(str)

    def __init__(self, session: Session, panel: DiagnosisPanel, actions: Actions, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._action = actions["switch_point"]
        self._action.triggered.connect(self._on_switched)
        panel.point_chosen.connect(self._choose)
        session.network_changed.connect(self._refresh)
        if settings.operating_point:
            session.use_point(settings.operating_point)
        self._refresh()

    def _choose(self, name: str) -> None:
        self._settings.operating_point = name
        self._session.use_point(name)

    def _on_switched(self) -> None:
        info = self._session.network.info
        if info is None or len(info.operating_points) < 2:
            return
        names = [point.name for point in info.operating_points]
        place = (names.index(info.operating_point.name) + 1) % len(names)
        self._choose(names[place])
        self.said.emit(f"The {names[place]} point: malignant from {probability_text(info.operating_points[place].threshold)} on.")

    def _refresh(self) -> None:
        info = self._session.network.info
        self._action.setEnabled(info is not None and len(info.operating_points) > 1)
