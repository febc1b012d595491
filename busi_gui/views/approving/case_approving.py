"""CaseApproving: many files of the list approved at once, or withdrawn: the commands, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QProgressBar, QToolButton, QVBoxLayout, QWidget

from busi_gui.services.approving import Approving, ApprovingSummary
from busi_gui.services.session import Session
from busi_gui.views.actions import Actions
from busi_gui.views.exporting.exchange_dialog import counted, problems_text
from busi_gui.views.icons import icon
from busi_gui.views.labels import ElidedLabel, Role, dress

_APPROVE_TIP = "Lets the networks learn from what readers have set down on these scans, as the Workspace holds it"
_WITHDRAW_TIP = "Lets nothing be learned from these scans; outlines stay as they are"


class CaseApproving(QWidget):
    """Shows itself while files are being approved or withdrawn, with a way to stop.

    Signals
    -------
    said(str)
        What came of it, and why files were left out.
    """

    said = Signal(str)

    def __init__(self, session: Session, approving: Approving, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._approving, self._actions = session, approving, actions
        self._doing = ""
        self._label = ElidedLabel()
        dress(self._label, Role.SECONDARY)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(max(3, self.fontMetrics().height() // 5))
        self._bar.setAccessibleName("Approving")
        self.stop_button = QToolButton()
        self.stop_button.setIcon(icon("stop"))
        self.stop_button.setToolTip("Stop before the next scan; what is done stays")
        self.stop_button.setAccessibleName("Stop approving")
        self.stop_button.clicked.connect(approving.stop)
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self.stop_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 6, 6)
        column.setSpacing(3)
        column.addWidget(self._label)
        column.addLayout(row)
        approving.progressed.connect(self._on_progressed)
        approving.finished.connect(self._on_finished)
        self.hide()

    @property
    def text(self) -> str:
        """How far it is; empty when nothing is being done."""
        return "" if self.isHidden() else self._label.full_text

    def extend(self, menu: QMenu, paths: Sequence[Path]) -> None:
        """Add to the menu of some files what can be approved or withdrawn."""
        menu.addSeparator()
        menu.setToolTipsVisible(True)
        case = self._session.case
        if case is not None and list(paths) == [case.scan.path]:
            menu.addAction(self._actions["approve"])  # of the frame on screen, also with the networks' outlines
            return
        many = len(paths) > 1
        approve = menu.addAction(f"Approve {len(paths)} scans for learning" if many else "Approve for learning")
        withdraw = menu.addAction(f"Withdraw the approval of {len(paths)} scans" if many else "Withdraw the approval")
        for action, tip, begin, doing in (
            (approve, _APPROVE_TIP, self._approving.approve_files, "approving"),
            (withdraw, _WITHDRAW_TIP, self._approving.withdraw_files, "withdrawing"),
        ):
            action.setToolTip(tip)
            action.setEnabled(not self._approving.is_busy)
            action.triggered.connect(lambda _=False, begin=begin, doing=doing: self._begin(doing, begin, tuple(paths)))

    def _begin(self, doing: str, begin: Callable[[Sequence[Path]], None], paths: tuple[Path, ...]) -> None:
        self._doing = doing
        self._bar.setRange(0, len(paths))
        self._bar.setValue(0)
        self._label.show_text(f"{doing} …")
        self.show()
        begin(paths)

    def _on_progressed(self, done: int, total: int, name: str) -> None:
        self._bar.setValue(done)
        self._label.show_text(f"{self._doing} {done + 1} of {total}: {name}")

    def _on_finished(self, summary: ApprovingSummary) -> None:
        self.hide()
        self.said.emit(summary_text(summary, is_withdrawing=self._doing == "withdrawing"))


def summary_text(summary: ApprovingSummary, *, is_withdrawing: bool) -> str:
    """Return what came of approving or withdrawing many files, and why some were left out."""
    if is_withdrawing:
        lines = [f"The approval of {counted(summary.withdrawn, 'frame', 'frames')} was withdrawn."]
    else:
        already = f", {summary.unchanged} approved before" if summary.unchanged else ""
        lines = [f"{counted(summary.approved, 'frame', 'frames')} approved for learning{already}."]
    if summary.is_stopped:
        lines.append("Stopped before the rest.")
    if summary.trouble:
        lines.append(f"The rest was left as it was. {summary.trouble}")
    if summary.problems:
        lines.append(f"Left out: {len(summary.problems)}.")
    return "\n".join(filter(None, [" ".join(lines), problems_text(summary.problems)]))
