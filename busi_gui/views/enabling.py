"""Enabling: which of the window's actions can be done just now."""

from __future__ import annotations

from PySide6.QtCore import QObject

from busi_gui.services.session import Session
from busi_gui.services.states import NetworkStatus
from busi_gui.views.actions import Actions


class Enabling(QObject):
    """Follows the session; the parts of the window see to the actions that are theirs alone."""

    def __init__(self, session: Session, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._actions = session, actions
        changes = (session.case_changed, session.folder_changed, session.beside_changed, session.activity_changed, session.network_changed)
        for change in changes:
            change.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        actions, session = self._actions, self._session
        case, activity = session.case, session.activity
        is_failed = session.network.status is NetworkStatus.FAILED
        actions["stop"].setEnabled(activity is not None and activity.can_stop)
        actions["analyse"].setEnabled(case is not None and activity is None and not is_failed)
        for name in ("reset_window", "fit", "one_to_one", "zoom_in", "zoom_out", "open_beside"):
            actions[name].setEnabled(case is not None)
        for name in ("swap_beside", "close_beside", "link_zoom"):
            actions[name].setEnabled(session.beside is not None)
        actions["next_lesion"].setEnabled(case is not None and len(case.lesions) > 1)
