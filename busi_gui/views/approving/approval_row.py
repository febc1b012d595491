"""ApprovalRow: whether the networks may learn from the frame on screen, and a way to change that."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from busi_gui.services.approving import Approving
from busi_gui.services.session import Session
from busi_gui.services.states import ApprovalState
from busi_gui.views import theme
from busi_gui.views.actions import Actions
from busi_gui.views.after_paint import AfterPaint, Turns
from busi_gui.views.approving.words import explanation, state_text
from busi_gui.views.icons import pixmap
from busi_gui.views.labels import Link, Role, Words, dress
from busi_gui.views.wrap_row import WrapRow

_LOOKS = {
    ApprovalState.APPROVED: ("approved", theme.ACCENT),
    ApprovalState.CHANGED: ("approval-changed", theme.CAUTION),
}
_LOOK = ("approve", theme.TEXT_SECONDARY)
_VERBS = {ApprovalState.APPROVED: "Withdraw", ApprovalState.CHANGED: "Approve again"}


class ApprovalRow(QWidget):
    """An icon, the state in words, and what can be done; nothing of it shows without a scan.

    Attributes
    ----------
    button
        Approves, withdraws or approves again.
    withdraw
        Withdraws an approval of what the frame is no longer.
    """

    def __init__(self, session: Session, approving: Approving, actions: Actions, turns: Turns | None = None) -> None:
        super().__init__()
        self._session, self._approving, self._actions = session, approving, actions
        self._body = QWidget()
        self._icon = QLabel()
        self._words = Words()
        self.button, self.withdraw = Link(), Link("Withdraw")
        self.withdraw.setToolTip("Let nothing be learned from this frame")
        row = QHBoxLayout(self._body)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._words)
        column.addWidget(WrapRow([self.button, self.withdraw], 0, 8))
        row.addLayout(column, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._body)
        self.setAccessibleName("Approval for learning")
        self.button.clicked.connect(lambda: approving.toggle(session.editing))
        self.withdraw.clicked.connect(lambda: approving.withdraw(session.editing))
        drawing = AfterPaint(self._refresh, self, turns)
        for signal in (approving.changed, session.case_changed):
            signal.connect(drawing.ask)
        actions.keys_changed.connect(drawing.now)
        drawing.now()

    @property
    def text(self) -> str:
        """What the row says of the frame; empty while it says nothing."""
        return self._words.text() if self._body.isVisibleTo(self) else ""

    def minimumSizeHint(self) -> QSize:
        """Return the width below which a button would be cut, whatever is shown just now."""
        widest = max(self.button.fontMetrics().horizontalAdvance(f"{verb}  ") for verb in _VERBS.values())
        return QSize(theme.icon_px() + 8 + widest, super().minimumSizeHint().height())

    def _refresh(self) -> None:
        self._body.setVisible(self._session.case is not None)
        if self._session.case is None:
            return
        approval = self._approving.approval(self._session.editing)
        is_doubtful = bool(approval.problem) or approval.state is ApprovalState.CHANGED
        name, colour = _LOOKS.get(approval.state, _LOOK)
        side = theme.icon_px()
        self._icon.setPixmap(pixmap(name, side, colour, self.devicePixelRatioF()))
        self._words.setText(state_text(approval) or "…")
        dress(self._words, Role.CAUTION if is_doubtful else Role.TEXT)
        key = self._actions.keys_text("approve").split(", ")[0]
        self.button.setText(_VERBS.get(approval.state, "Approve for learning"))
        self.button.setToolTip(f"{self.button.text()} ({key})" if key else self.button.text())
        self.withdraw.setVisible(approval.state is ApprovalState.CHANGED)
        tip = explanation(approval, is_shared=self._approving.is_shared)
        self._body.setToolTip(tip)
        self.setAccessibleDescription(f"{self._words.text()}. {tip}")
