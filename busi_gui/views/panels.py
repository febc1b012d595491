"""Panels: the docks at the sides of the window, and the way of the keyboard through its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar, QWidget

from busi_gui.views.after_paint import PaintedLater


class Panels(QObject):
    """Makes the docks of a window, hides them for a look at the scan, and moves the focus from part to part.

    Parameters
    ----------
    window
        Gets the docks.
    middle
        Returns the widgets in the middle of the window that can have the focus, left to right; at least one.
    """

    def __init__(self, window: QMainWindow, middle: Callable[[], Sequence[QWidget]]) -> None:
        super().__init__(window)
        self._window, self._middle = window, middle
        self._docks: list[QDockWidget] = []
        self._hidden: list[QDockWidget] = []
        self._later = PaintedLater(self)

    def add(self, title: str, name: str, content: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        """Put a widget into a dock at a side; ``name`` is what a saved state calls it."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        dock.setWidget(content)
        dock.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self._window.addDockWidget(area, dock)
        self._docks.append(dock)
        return dock

    def toggle_actions(self) -> list[QAction]:
        """Return for each dock the action that shows and hides it."""
        return [dock.toggleViewAction() for dock in self._docks]

    def resize(self, largest: Sequence[int]) -> None:
        """Give the docks these widths, but leave the scan more than half of the window: large text must not make it a slit."""
        shares = [self._window.width() // (len(self._docks) * 2 + 1), self._window.width() // (len(self._docks) * 2)]
        widths = [min(wide, share) for wide, share in zip(largest, shares, strict=True)]
        self._window.resizeDocks(self._docks, widths, Qt.Orientation.Horizontal)

    def set_hidden(self, is_hidden: bool) -> None:
        """Hide the docks that are shown, or show again those that this has hidden."""
        if is_hidden:
            self._hidden = [dock for dock in self._docks if dock.isVisible()]
        for dock in self._hidden:
            dock.setVisible(not is_hidden)
        if is_hidden:
            self._middle()[0].setFocus()

    def paint_later(self) -> None:
        """Have the middle painted first, where everything changes at once, and then what stands around it, part by part."""
        self._later.hold((*self._docks, *self._window.findChildren(QToolBar), self._window.statusBar()))

    def focus_next(self) -> None:
        """Move the focus to the next part of the window: the middle, then the docks' contents."""
        contents = [dock.widget() for dock in self._docks]
        parts = [part for part in (*self._middle(), *contents) if part.isVisible()]
        focus: QWidget | None = self._window.focusWidget()
        place = next((i for i, part in enumerate(parts) if focus is not None and (focus is part or part.isAncestorOf(focus))), -1)
        parts[(place + 1) % len(parts)].setFocus(Qt.FocusReason.ShortcutFocusReason)
