"""MaskEditor: correcting masks in the main view; joins tools, selection and commands to actions and session."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.mask_hand import MaskHand
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.selection import Selection


class MaskEditor(QObject):
    """Owns what it takes to correct masks.

    Attributes
    ----------
    selection
        The lesion in hand.
    draft
        What is being drawn.
    hand
        Works on the scan with the mask tool in hand.

    Signals
    -------
    said(str)
        A sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, session: Session, view: ScanView, actions: Actions, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._view, self._actions, self._settings = session, view, actions, settings
        self.selection = Selection(session, self)
        self.draft = Draft(session, view, self.selection, self)
        self.hand = MaskHand(view, self.draft, self)
        for part in (self.draft, self.hand):
            part.said.connect(self.said)
        self.hand.tool_left.connect(actions["hand"].trigger)
        session.case_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        for name in ("brush", "eraser", "contour", "polygon", "scissors", "grow", "push", "cut"):
            self._actions[name].setEnabled(self._session.case is not None)
