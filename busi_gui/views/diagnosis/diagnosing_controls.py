"""DiagnosingControls: when lesions are diagnosed again, and the scan as it was before; keeps actions, view, panel and settings in step."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel

from busi_gui.domain.case import Case
from busi_gui.domain.change import Change, case_before
from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.views import theme
from busi_gui.views.actions import Actions
from busi_gui.views.diagnosis.before_after import BeforeAfter
from busi_gui.views.scan.scan_view import ScanView


class DiagnosingControls(QObject):
    """Joins the setting and the key that shows what was before to who does it.

    Attributes
    ----------
    sign
        Says on the scan that it shows what was before; hidden while it shows what is.
    """

    def __init__(
        self, session: Session, view: ScanView, before_after: BeforeAfter, actions: Actions, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._view, self._before_after, self._actions, self._settings = session, view, before_after, actions, settings
        self._instead: Case | None = None  # of the case on screen, what the view shows
        self.sign = QLabel("Before the change", view)
        self.sign.setStyleSheet(f"background: {theme.PANEL}; color: {theme.TEXT}; border: 1px solid {theme.BORDER}; padding: 3px 8px;")
        self.sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sign.hide()
        at_once, before = actions["diagnose_at_once"], actions["show_before"]
        at_once.setChecked(settings.diagnose_at_once)
        session.rediagnosing.is_at_once = settings.diagnose_at_once
        at_once.toggled.connect(self._on_at_once_toggled)
        before.setAutoRepeat(False)
        before.triggered.connect(before_after.hold)
        before.setEnabled(before_after.change is not None)
        before_after.available_changed.connect(before.setEnabled)
        before_after.held.connect(self._on_held)
        view.case_shown.connect(self._on_case_shown)

    def let_go(self) -> None:
        """Show what is now: the key was released, or its release goes elsewhere."""
        self._before_after.let_go()

    def _on_at_once_toggled(self, is_at_once: bool) -> None:
        self._settings.diagnose_at_once = is_at_once
        self._session.rediagnosing.is_at_once = is_at_once

    def _on_held(self, change: Change | None) -> None:
        case = self._session.case
        self._instead = case_before(case, change) if case is not None and change is not None else None
        self.sign.setVisible(self._instead is not None)
        # As wide as the view: the tool's line is in the upper edge too, and words over words cannot be read.
        self.sign.setGeometry(0, 0, self._view.width(), 2 * self.sign.sizeHint().height())
        self._view.show_case(self._instead or case, keep_view=True)

    def _on_case_shown(self) -> None:
        """Keep on showing what was before where an answer came in the meantime."""
        shown, instead = self._view.case, self._instead
        if instead is None or shown is instead:
            return
        if shown is not None and shown.scan.pixels is instead.scan.pixels:
            self._view.show_case(instead, keep_view=True)
        else:
            self.let_go()
