"""Comparison: the scan, and another one beside it where the reader wants to compare."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from busi_gui.domain.case import Case
from busi_gui.services.editing import Editing
from busi_gui.services.session import Session
from busi_gui.views.icons import icon
from busi_gui.views.scan.layers import Layer, Tool
from busi_gui.views.scan.linked_zoom import LinkedZoom
from busi_gui.views.scan.scan_pane import ScanPane
from busi_gui.views.scan.scan_view import ScanView
from models.analysis import SaliencyClass

SAME_SCALE = "same scale in mm"
LINKED = "zoom linked"
_STATE = b"share "
"""Before the first view's share of the width, in what `Comparison.save_state` returns."""


class Comparison(QWidget):
    """Holds the main view, and a second one to its right while the session has a scan beside.

    What is drawn, and how, is the same in both: layers, opacities, colours, tool, identity. Zoom and place are linked or not (`link`); window and
    level belong to each view. One of the two is active: the one that last had the focus. Fit, 1:1 and the like go there.

    Whoever owns the main view shows the session's case in it; the second view follows the session by itself.

    Parameters
    ----------
    session
        Says which scan is beside.
    main_view
        Shows the session's case; taken over as a child.
    parent
        Owns the widget.

    Attributes
    ----------
    main_view, second_view
        The views; the second is hidden, and without a case, while there is nothing beside.
    link
        Whether and how zoom and place go together.

    Signals
    -------
    active_changed(ScanView)
        Another view is active.
    opacity_scrolled(float)
        As that of `ScanView`, from either.
    """

    active_changed = Signal(object)
    opacity_scrolled = Signal(float)

    def __init__(self, session: Session, main_view: ScanView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._share = 0.5
        self._is_identity_visible = True
        self.main_view, self.second_view = main_view, ScanView()
        self._active = main_view
        self._panes = ScanPane(main_view, "This scan"), ScanPane(self.second_view, "Beside")
        self._build()
        self._connect()
        self._on_beside_changed(session.beside)

    def _build(self) -> None:
        self.second_view.setAccessibleName("Scan beside")
        _canvas(self.second_view).setAccessibleName("Scan beside")
        for widget in (self.second_view, *self.second_view.findChildren(QWidget)):
            widget.setAcceptDrops(False)  # a graphics view takes every drop for itself, and does nothing with it
        self.swap_button = self._panes[1].header.add_button("Swap", "Swap the two scans")
        self.close_button = self._panes[1].header.add_button("Close", "Close the scan beside")
        self.close_button.setIcon(icon("close"))
        self.close_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        for pane in self._panes:
            self._splitter.addWidget(pane)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._splitter)
        self.link = LinkedZoom(self.main_view, self.second_view, self)
        self.setFocusProxy(self.main_view)

    def _connect(self) -> None:
        for view in self.all_views():
            _canvas(view).installEventFilter(self)
            view.opacity_scrolled.connect(self.opacity_scrolled)
        self._splitter.splitterMoved.connect(self._on_splitter_moved)
        self.swap_button.clicked.connect(self.swap)
        self.close_button.clicked.connect(self._session.close_beside)
        self.link.changed.connect(self._describe)
        self._session.case_changed.connect(self._describe)
        self._session.beside_changed.connect(self._on_beside_changed)

    # the views ------------------------------------------------------------------------------------------------------------------------------------

    @property
    def active_view(self) -> ScanView:
        """The view that the reader works in."""
        return self._active

    def editing_of(self, view: ScanView) -> Editing:
        """Return where the reader's changes to the frame in a view go; always the same one, whichever frame that is."""
        return self._session.editing_beside if view is self.second_view else self._session.editing

    def views(self) -> tuple[ScanView, ...]:
        """Return the views on screen, left to right: those that keys for the next part of the window go through."""
        return self.all_views() if self._is_comparing else (self.main_view,)

    def all_views(self) -> tuple[ScanView, ScanView]:
        """Return both views, whether there is a scan beside or not."""
        return self.main_view, self.second_view

    def swap(self) -> None:
        """Let the two scans change places; each keeps its zoom, place, window and level."""
        before = [(view.case, view.look, view.window_width, view.window_level) for view in self.all_views()]
        self._session.swap_beside()
        looks = []
        for view, (case, look, width, level) in zip(self.all_views(), reversed(before), strict=True):
            now = view.look
            if case is None or view.case is None or view.case.scan is not case.scan or look is None or now is None:
                return
            view.set_window(width, level)
            looks.append(look.resized(now.width, now.height, now.ratio))
        self.link.set_looks(*looks)

    def save_state(self) -> QByteArray:
        """Return how the width is shared, to be remembered."""
        return QByteArray(_STATE + f"{self._share:.4f}".encode())

    def restore_state(self, state: QByteArray) -> bool:
        """Share the width as it was; return whether the state was one."""
        head, _, share = bytes(state.data()).partition(_STATE)
        try:
            value = float(share)
        except ValueError:
            return False
        if head or not 0 < value < 1:
            return False
        self._share = value
        self._share_width()
        return True

    # the same for both ----------------------------------------------------------------------------------------------------------------------------

    def is_layer_visible(self, layer: Layer) -> bool:
        """Return whether a layer is switched on, also while ``hide_overlays`` holds it back."""
        return self.main_view.is_layer_visible(layer)

    def layer_opacity(self, layer: Layer) -> float:
        """Return a layer's opacity in [0, 1]."""
        return self.main_view.layer_opacity(layer)

    def set_layer_visible(self, layer: Layer, visible: bool) -> None:
        """Switch a layer on or off."""
        for view in self.all_views():
            view.set_layer_visible(layer, visible)

    def set_layer_opacity(self, layer: Layer, opacity: float) -> None:
        """Fade a layer: 0 is unseen, 1 opaque."""
        for view in self.all_views():
            view.set_layer_opacity(layer, opacity)

    def set_saliency_class(self, name: SaliencyClass) -> None:
        """Choose for which class the saliency speaks."""
        for view in self.all_views():
            view.set_saliency_class(name)

    def set_colour_map(self, name: str) -> None:
        """Choose the saliency's colours, one of ``overlays.COLOUR_MAPS``."""
        for view in self.all_views():
            view.set_colour_map(name)

    def show_result_of(self, path: Path) -> None:
        """Show what was found in this file although it looks like no ultrasound."""
        for view in self.all_views():
            view.show_result_of(path)

    def set_tool(self, tool: Tool) -> None:
        """Choose what dragging with the left button does."""
        for view in self.all_views():
            view.set_tool(tool)

    def set_identity_visible(self, visible: bool) -> None:
        """Show or hide who is on the scans, and when."""
        self._is_identity_visible = visible
        for view in self.all_views():
            view.set_identity_visible(visible)
        self._describe()

    def hide_overlays(self, hidden: bool) -> None:
        """Show nothing but the scans, or everything again as it was."""
        for view in self.all_views():
            view.hide_overlays(hidden)

    # for the active one ---------------------------------------------------------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole scan, as large as it will go."""
        self._active.fit()

    def one_to_one(self) -> None:
        """Show one scan pixel as one pixel of the screen."""
        self._active.one_to_one()

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle."""
        self._active.zoom_by(factor)

    def reset_window(self) -> None:
        """Show every gray as it is."""
        self._active.reset_window()

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the focus."""
        if event.type() == QEvent.Type.FocusIn:
            self._activate(self.second_view if watched is _canvas(self.second_view) else self.main_view)
        return super().eventFilter(watched, event)

    @property
    def _is_comparing(self) -> bool:
        return self.second_view.case is not None

    def _activate(self, view: ScanView) -> None:
        is_other, self._active = view is not self._active, view
        self.setFocusProxy(view)
        for pane in self._panes:
            pane.set_active(pane.view is view)
        if is_other:
            self.active_changed.emit(view)

    def _on_beside_changed(self, beside: Case | None) -> None:
        shown = self.second_view.case
        if beside is None:
            focus = QApplication.focusWidget()
            had_focus = focus is not None and self._panes[1].isAncestorOf(focus)
            self.second_view.show_case(None, keep_view=False)
            self._set_comparing(False)
            self._activate(self.main_view)
            if had_focus:
                self.main_view.setFocus()
            return
        self._set_comparing(True)  # first: a scan is fitted to the room that it has
        self.second_view.show_case(beside, keep_view=shown is not None and shown.scan.path == beside.scan.path)
        self._describe()

    def _set_comparing(self, is_comparing: bool) -> None:
        self._panes[1].setVisible(is_comparing)
        for pane in self._panes:
            pane.set_framed(is_comparing)
            pane.set_active(pane.view is self._active)
        if is_comparing:
            self._share_width()
        else:
            self._splitter.refresh()

    def _share_width(self) -> None:
        width = sum(self._splitter.sizes())
        first = round(width * self._share)
        self._splitter.setSizes([first, width - first])

    def _on_splitter_moved(self) -> None:
        first, second = self._splitter.sizes()
        self._share = first / max(first + second, 1)

    def _describe(self) -> None:
        for pane, case in zip(self._panes, (self._session.case, self._session.beside), strict=True):
            pane.header.describe(case, with_date=self._is_identity_visible)
        self._panes[0].header.show_note(SAME_SCALE if self.link.is_same_scale else LINKED if self.link.is_linked else "")


def _canvas(view: ScanView) -> QWidget:
    """Return the part of a view that takes the focus."""
    return view.focusProxy() or view
