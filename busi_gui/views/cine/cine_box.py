"""CineBox: everything beneath the scan that a cine asks for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from busi_gui.services.session import Session
from busi_gui.views import theme
from busi_gui.views.actions import Actions
from busi_gui.views.cine.cine_bar import ALL_FRAMES, CineBar

if TYPE_CHECKING:
    from busi_gui.views.cine.cine_plot import CinePlot

_LEAST_SHARE = 2.5
"""How much higher than plot and bar together everything must be, for the plot to come unasked."""


class CineBox(QWidget):
    """The plot above the bar, frame above frame; hidden where a file has a single frame.

    The plot comes by itself when the reader has all frames analysed, where that leaves the scan enough room, until he has
    chosen to see it or not. It is loaded and made when it is first to be seen, which takes a fifth of a second.
    """

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._action = session, actions["cine_plot"]
        self._is_wanted: bool | None = None  # None until the reader says
        self._has_run = False
        self.bar = CineBar(session, actions, self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.bar)
        self.setFocusProxy(self.bar.slider)
        self.setObjectName("cine_box")
        self.setStyleSheet(f"#cine_box {{ background: {theme.PANEL}; border-top: 1px solid {theme.LINE}; }}")
        self._action.triggered.connect(self._on_triggered)
        session.cine_changed.connect(self._refresh)
        session.activity_changed.connect(self._on_activity_changed)
        self._refresh()

    @cached_property
    def plot(self) -> CinePlot:
        """What was found along the cine."""
        from busi_gui.views.cine.cine_plot import CinePlot

        plot = CinePlot(self._session, self)
        plot.frame_chosen.connect(self.bar.show_frame)
        plot.stepped.connect(self.bar.step)
        self._column.insertWidget(0, plot)
        return plot

    def step(self, offset: int) -> None:
        """Show the frame so many further on (negative: back)."""
        self.bar.step(offset)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """See whether there is still room for the plot."""
        super().resizeEvent(event)
        self._refresh()

    def _refresh(self) -> None:
        cine = self._session.cine
        self.setVisible(cine is not None)
        self._has_run = cine is not None and (self._is_running or cine.key_frame is not None or (self._has_run and bool(cine.findings)))
        has_curves = self._has_run and cine is not None and cine.has_curves
        is_wanted = has_curves and self._has_room() if self._is_wanted is None else self._is_wanted
        self._action.setChecked(is_wanted)
        is_shown = is_wanted and cine is not None
        if is_shown or "plot" in self.__dict__:
            self.plot.setVisible(is_shown)
        self.bar.slider.set_margins(self.plot.margins if is_shown else None)

    @property
    def _is_running(self) -> bool:
        activity = self._session.activity
        return activity is not None and activity.stage.startswith(ALL_FRAMES)

    def _on_activity_changed(self) -> None:
        if self._is_running and not self._has_run:
            self._refresh()

    def _has_room(self) -> bool:
        """Whether the scan keeps most of the height."""
        above = self.parentWidget()
        return above is None or above.height() >= _LEAST_SHARE * (self.plot.heightForWidth(self.width()) + self.bar.heightForWidth(self.width()))

    def _on_triggered(self, is_wanted: bool) -> None:
        self._is_wanted = is_wanted
        self._refresh()
