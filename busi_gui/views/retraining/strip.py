"""RetrainingStrip: how far a retraining is, in the status bar."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from busi_gui.services.retraining import Retraining
from busi_gui.services.retraining_progress import RetrainingProgress, RetrainingStatus
from busi_gui.views import theme
from busi_gui.views.retraining.words import strip_text, strip_tip

_LETTERS = "0000"


class RetrainingStrip(QPushButton):
    """A line to click on while a retraining runs, and after its end until that was seen; it gives way where there is no room.

    Signals
    -------
    clicked()
        The reader wants to see more.
    """

    def __init__(self, retraining: Retraining, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._retraining = retraining
        self._seen: RetrainingProgress | None = None
        self._full = ""
        self.setFlat(True)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setStyleSheet(
            # A frame would take its room from the letters: a line is all that the bar has.
            f"QPushButton {{ border: 0; background: transparent; color: {theme.ACCENT}; padding: 0; min-height: 0; text-align: right; }}"
            f"QPushButton:hover {{ text-decoration: underline; }} QPushButton:focus {{ border: 0; background: {theme.ACCENT_DIM}; }}"
        )
        retraining.changed.connect(self._show)
        self._show(retraining.progress)

    @property
    def full_text(self) -> str:
        """What it says, whole; empty while it is hidden."""
        return self._full

    def mark_seen(self) -> None:
        """Say nothing of what came of it any more: the reader has seen it."""
        self._seen = self._retraining.progress
        self._show(self._seen)

    def sizeHint(self) -> QSize:
        """Return the size of the whole text, no higher than a line."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._full) + metrics.horizontalAdvance("0"), metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Return a size of a few letters."""
        return QSize(self.fontMetrics().horizontalAdvance(_LETTERS), self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._elide()

    def _show(self, progress: RetrainingProgress) -> None:
        is_old = progress is self._seen and not progress.is_running
        text = "" if is_old or progress.status is RetrainingStatus.IDLE else strip_text(progress)
        if text != self._full:
            self._full = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self._elide()
        tip = strip_tip(progress)
        if tip != self.toolTip():
            self.setToolTip(tip)
        self.setVisible(bool(text))

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, max(self.width() - 2, 0))
        self.setText(shown.replace("&", "&&"))
