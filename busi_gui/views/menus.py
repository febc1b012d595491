"""Menus and toolbar: where the actions of the table are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from busi_gui.views import theme
from busi_gui.views.actions import Actions
from busi_gui.views.icons import icon
from busi_gui.views.scan.layer_controls import LayerControls
from busi_gui.views.scan.layers import Layer

SEPARATOR = ""
FILE = ("open", "open_folder", "open_beside")
EDIT = ("undo", "redo", SEPARATOR, "distance", "angle", "delete", "clear_measurements", SEPARATOR, "calibrate", "file_scale")
VIEW_TOP = ("hand", "window", "reset_window", SEPARATOR, "fit", "one_to_one", "zoom_in", "zoom_out", SEPARATOR)
VIEW_LAYERS = ("outline", "fill", "probability", "saliency")
VIEW_BOTTOM = (
    SEPARATOR,
    "lesion_measures",
    "lesion_extents",
    SEPARATOR,
    "link_zoom",
    "swap_beside",
    "close_beside",
    SEPARATOR,
    "identity",
    SEPARATOR,
    "next_pane",
    "hide_panels",
)
LESION = (
    *("brush", "eraser", "contour", "polygon", "scissors", "grow", "push", "cut", SEPARATOR, "smaller_brush", "larger_brush", SEPARATOR),
    *("sensitivity", "fill_holes", "smooth", "keep_largest", "widen", "narrow", "network_outline", SEPARATOR),
    *("new_lesion", "next_lesion", "merge_lesions", "split_lesion", "copy_to_next_frame", SEPARATOR),
    *("rename_lesion", "lock_lesion", "hide_lesion"),
)
CINE = (
    *("play", "loop_cine", SEPARATOR, "first_frame", "previous_frame", "next_frame", "last_frame", "key_frame", SEPARATOR),
    *("analyse_frames", "cine_plot"),
)
NETWORK = ("analyse", "diagnose_at_once", "show_before", "stop", SEPARATOR, "switch_point", SEPARATOR, "retrain", "networks", "about_networks")
HELP = ("guide", "keys", "model_card", SEPARATOR, "about")
TOOLBAR_LEFT = (
    *("open", "previous", "next", "open_beside", SEPARATOR),
    *("hand", "window", "distance", "angle", SEPARATOR),
    *("brush", "eraser", "contour", "polygon", "scissors", "grow", "push", SEPARATOR, "undo", "redo", SEPARATOR),
    *("fit", "one_to_one", SEPARATOR),
    *VIEW_LAYERS,
)


_TIGHT = "QToolBar { spacing: 0; } QToolBar::separator:horizontal { margin: 4px 1px; } QToolBar QToolButton { padding: 4px 2px; }"


class RecentMenu(QMenu):
    """Files opened lately, built anew each time it is shown.

    Parameters
    ----------
    recent_files
        Returns them, newest first.
    open_path
        Called with the one that is chosen.
    clear
        Forgets them.
    """

    def __init__(self, recent_files: Callable[[], Sequence[Path]], open_path: Callable[[Path], None], clear: QAction, parent: QWidget) -> None:
        super().__init__("Open recent", parent)
        self._recent_files, self._open_path, self._clear = recent_files, open_path, clear
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._on_about_to_show)
        self.triggered.connect(self._on_triggered)

    def _on_about_to_show(self) -> None:
        self.clear()
        paths = self._recent_files()
        for path in paths:
            action = self.addAction(path.name.replace("&", "&&"))
            action.setData(str(path))
            action.setToolTip(str(path))
        if not paths:
            self.addAction("No file yet").setEnabled(False)
        self.addSeparator()
        self.addAction(self._clear)
        self._clear.setEnabled(bool(paths))

    def _on_triggered(self, action: QAction) -> None:
        if action is not self._clear and action.data():
            self._open_path(Path(action.data()))


def fill_menu_bar(window: QMainWindow, actions: Actions, layers: LayerControls, recent: RecentMenu, panels: Sequence[QAction]) -> None:
    """Build every menu of the window; ``panels`` show and hide its docks."""
    bar = window.menuBar()
    file = bar.addMenu("&File")
    _add(file, actions, FILE)
    file.addMenu(recent)
    _add(file, actions, (SEPARATOR, "previous", "next", "reviewed", "approve", SEPARATOR, "export", "import_masks", "workspace", SEPARATOR, "quit"))
    _add(bar.addMenu("&Edit"), actions, EDIT)
    view = bar.addMenu("&View")
    _add(view, actions, (*VIEW_TOP, *VIEW_LAYERS))
    view.addMenu(layers.opacity_menu(window))
    view.addMenu(layers.colour_map_menu(window))
    _add(view, actions, VIEW_BOTTOM)
    view.addActions(panels)
    _add(bar.addMenu("&Lesion"), actions, LESION)
    _add(bar.addMenu("&Cine"), actions, CINE)
    _add(bar.addMenu("&Network"), actions, NETWORK)
    _add(bar.addMenu("&Help"), actions, HELP)


class ToolBar(QToolBar):
    """A toolbar that draws its buttons together before it hides any: what Qt hides first stands last, and that is what diagnoses."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self._worded: QToolButton | None = None
        self._roomy = 0

    def set_worded(self, button: QToolButton) -> None:
        """Let this button say in words what it does where there is room."""
        self._worded = button
        self._draw_together(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw together, or apart again."""
        super().resizeEvent(event)
        is_tight = bool(self.styleSheet())
        if not is_tight:
            self._roomy = self.sizeHint().width()  # of the text as large as it is now
        if (self.width() < self._roomy) != is_tight:
            self._draw_together(not is_tight)

    def _draw_together(self, is_tight: bool) -> None:
        self.setStyleSheet(_TIGHT if is_tight else "")
        if self._worded is not None:
            style = Qt.ToolButtonStyle.ToolButtonIconOnly if is_tight else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
            self._worded.setToolButtonStyle(style)


def build_toolbar(window: QMainWindow, actions: Actions, layers: LayerControls) -> QToolBar:
    """Return the toolbar: files, tools, view, overlays, and at the right end the networks."""
    bar = ToolBar("Tools", window)
    bar.setObjectName("toolbar")
    side = theme.icon_px()
    bar.setIconSize(QSize(side, side))
    _add(bar, actions, TOOLBAR_LEFT)
    slider = layers.slider(Layer.SALIENCY)
    slider.setFixedWidth(side * 3)
    bar.addWidget(slider)
    bar.addWidget(_hold_button(actions["hide_overlays"], layers))
    space = QWidget()
    space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(space)
    _add(bar, actions, ("stop", "analyse"))
    diagnose = bar.widgetForAction(actions["analyse"])
    if isinstance(diagnose, QToolButton):
        bar.set_worded(diagnose)
    for name in (*TOOLBAR_LEFT, "stop", "analyse"):
        if name and (button := bar.widgetForAction(actions[name])) is not None:
            button.setAccessibleName(actions[name].text().rstrip("…"))
    more = bar.findChild(QToolButton, "qt_toolbar_ext_button")
    if more is not None:
        more.setIcon(icon("chevron-down"))  # the style's own is black on black
        more.setStyleSheet("padding: 0;")
        more.setAccessibleName("More tools")
    return bar


def _hold_button(action: QAction, layers: LayerControls) -> QToolButton:
    """Return a button that hides the overlays as long as it is pressed, as the key does."""
    button = QToolButton()
    button.setIcon(action.icon())
    button.setToolTip(action.toolTip())
    button.setAccessibleName(action.text())
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.pressed.connect(layers.hide_all)
    button.released.connect(layers.show_again)
    return button


def _add(place: QMenu | QToolBar, actions: Actions, names: Sequence[str]) -> None:
    for name in names:
        if name == SEPARATOR:
            place.addSeparator()
        else:
            place.addAction(actions[name])
