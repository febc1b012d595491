"""ApprovingControls: the key that approves the frame that the reader works on, or takes that back."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from busi_gui.services.approving import Approving
from busi_gui.services.editing import Editing
from busi_gui.services.states import ApprovalState
from busi_gui.views.actions import Actions
from busi_gui.views.scan.comparison import Comparison

_TEXTS = {ApprovalState.APPROVED: "Withdraw the approval", ApprovalState.CHANGED: "Approve again for learning"}


class ApprovingControls(QObject):
    """Joins the action ``approve`` to the active view; its text says what it would do.

    Signals
    -------
    said(str)
        Why nothing was approved or withdrawn: a sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, approving: Approving, comparison: Comparison, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._approving, self._comparison, self._action = approving, comparison, actions["approve"]
        self._action.triggered.connect(lambda: approving.toggle(self._editing))
        approving.refused.connect(self.said)
        approving.changed.connect(self._refresh)
        comparison.active_changed.connect(self._refresh)
        for view in comparison.all_views():
            comparison.editing_of(view).changed.connect(self._refresh)
        self._refresh()

    @property
    def _editing(self) -> Editing:
        return self._comparison.editing_of(self._comparison.active_view)

    def _refresh(self) -> None:
        editing = self._editing
        self._action.setEnabled(editing.history is not None)
        self._action.setText(_TEXTS.get(self._approving.approval(editing).state, "Approve for learning"))
