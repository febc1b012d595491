"""RetrainDialog: the networks learn from the approved cases: what from, how far it is, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from busi_gui.services.retraining import Retraining
from busi_gui.services.retraining_progress import RetrainingProgress, RetrainingStatus
from busi_gui.services.versions import Versions
from busi_gui.views.retraining.cases_page import CasesPage
from busi_gui.views.retraining.outlined import CasePictures
from busi_gui.views.retraining.page import Page
from busi_gui.views.retraining.result_page import ResultPage
from busi_gui.views.retraining.running_page import RunningPage

_WINDOW = Qt.WindowType.Window | Qt.WindowType.WindowMinMaxButtonsHint | Qt.WindowType.WindowCloseButtonHint


class RetrainDialog(QDialog):
    """Three pages, of which that is shown which the retraining has come to. Made once and kept: closing hides it, and the training goes on.

    To the desktop it is a window of its own, beside the main window and not above it: minimised alone, it lets the reader go on reading.

    Attributes
    ----------
    cases, running, ending
        The pages.

    Parameters
    ----------
    approve_key
        Key of the command that approves a frame, as the reader would press it; empty where it has none.

    Signals
    -------
    networks_wanted()
        The reader wants to see every version of the networks.
    seen()
        What came of it is before the reader.
    """

    networks_wanted = Signal()
    seen = Signal()

    def __init__(self, retraining: Retraining, versions: Versions, parent: QWidget | None = None, *, approve_key: str = "") -> None:
        super().__init__(parent)
        self._retraining = retraining
        self._was_running = False
        self._is_back = False
        self._place: QPoint | None = None  # where it was when it was hidden
        self.setWindowTitle("Retrain the networks")
        self.setWindowFlags(_WINDOW)
        self.setModal(False)
        pictures = CasePictures(retraining, self)
        self._pictures = pictures
        self.cases = CasesPage(retraining, approve_key)
        self.running = RunningPage(pictures)
        self.ending = ResultPage(versions, pictures)
        self._pages = QStackedWidget()
        pages: tuple[Page, ...] = (self.cases, self.running, self.ending)
        for page in pages:
            self._pages.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._pages)
        self._connect()
        em = self.fontMetrics().height()
        screen = self.screen().availableSize()
        self.resize(min(em * 68, screen.width() - 80), min(em * 46, screen.height() - 100))
        self._show_progress(retraining.progress)

    @property
    def page(self) -> Page:
        """The page that is shown."""
        page = self._pages.currentWidget()
        assert isinstance(page, Page)
        return page

    def open_again(self) -> None:
        """Show it, or bring it to the front, with what is approved now."""
        if self.isVisible():
            self._list()
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        if self._place is not None and not self.isVisible():
            self.move(self._place)  # else it comes back a title bar lower each time
        if not self.isVisible():
            self.winId()  # only then there is a window to tell
            self.windowHandle().setTransientParent(None)  # type: ignore[arg-type]
        self.show()
        self.raise_()
        self.activateWindow()

    def showEvent(self, event: QShowEvent) -> None:
        """Look what is approved."""
        super().showEvent(event)
        if not event.spontaneous():
            self._list()
        self._tell_if_seen()

    def hideEvent(self, event: QHideEvent) -> None:
        """Remember where it was."""
        super().hideEvent(event)
        if not event.spontaneous() and not self.isMaximized():
            self._place = self.pos()

    def changeEvent(self, event: QEvent) -> None:
        """Know when it is no icon any more."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.running.draw_if_seen()
            self._tell_if_seen()

    def _connect(self) -> None:
        self.cases.retrain_wanted.connect(self._retraining.start)
        self.cases.result_wanted.connect(self._on_result)
        self.running.stop_wanted.connect(self._retraining.stop)
        self.ending.again_wanted.connect(self._retraining.start)
        self.ending.networks_wanted.connect(self.networks_wanted)
        self.ending.back_wanted.connect(self._on_back)
        for wish in (self.cases.close_wanted, self.running.hide_wanted, self.ending.close_wanted):
            wish.connect(self.reject)
        self._retraining.changed.connect(self._show_progress)

    def _list(self) -> None:
        if not self._retraining.progress.is_running:
            self.cases.refresh()

    def _show_progress(self, progress: RetrainingProgress) -> None:
        if progress.is_running and not self._was_running:
            self._is_back = False
            self._pictures.forget()
            self.running.clear()
        self._was_running = progress.is_running
        if progress.is_running:
            self.running.show_progress(progress)
            self._turn_to(self.running, self.running.hide_button)
        elif self._is_back or progress.status is RetrainingStatus.IDLE:
            self._turn_to(self.cases, self.cases.grid)
        else:
            self.ending.show_progress(progress)
            self._turn_to(self.ending, self.ending.close_button)
            self._tell_if_seen()

    def _turn_to(self, page: QWidget, first: QWidget) -> None:
        if page is not self.page:
            self._pages.setCurrentWidget(page)
            first.setFocus()

    def _on_back(self) -> None:
        self._is_back = True
        self._show_progress(self._retraining.progress)
        self.cases.refresh()

    def _on_result(self) -> None:
        self._is_back = False
        self._show_progress(self._retraining.progress)

    def _tell_if_seen(self) -> None:
        has_ended = self._retraining.progress.status is not RetrainingStatus.IDLE and not self._retraining.progress.is_running
        if has_ended and self.isVisible() and not self.isMinimized():
            self.seen.emit()
