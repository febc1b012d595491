"""LayerControls: which layers lie over the scan, how strongly, and in which colours; keeps actions, sliders, view and settings in step."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QSlider, QWidget, QWidgetAction

from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.scan.comparison import Comparison
from busi_gui.views.scan.layers import OPACITY, SHOWN, Layer
from busi_gui.views.scan.overlays import COLOUR_MAPS

WHEEL_STEP = 0.05


class LayerControls(QObject):
    """State of the layers.

    Signals
    -------
    opacity_changed(Layer, float)
        A layer's opacity, in [0, 1].
    colour_map_chosen(str)
        The reader wants the maps in these colours.
    """

    opacity_changed = Signal(object, float)
    colour_map_chosen = Signal(str)

    def __init__(self, view: Comparison, actions: Actions, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._actions, self._settings = view, actions, settings
        self._opacity: dict[Layer, float] = {}
        for layer in Layer:
            action = actions[layer.value]
            action.setChecked(settings.is_layer_visible(layer.value, layer in SHOWN))
            action.toggled.connect(self._on_layer_toggled)
            view.set_layer_visible(layer, action.isChecked())
            self._opacity[layer] = settings.layer_opacity(layer.value, OPACITY[layer])
            view.set_layer_opacity(layer, self._opacity[layer])
        if settings.colour_map in COLOUR_MAPS:
            view.set_colour_map(settings.colour_map)
        actions["hide_overlays"].setAutoRepeat(False)
        actions["hide_overlays"].triggered.connect(self.hide_all)
        view.opacity_scrolled.connect(self._on_opacity_scrolled)

    def opacity(self, layer: Layer) -> float:
        """Return a layer's opacity in [0, 1]."""
        return self._opacity[layer]

    def set_opacity(self, layer: Layer, opacity: float) -> None:
        """Change a layer's opacity, clipped to [0, 1]. A layer that is faded is to be seen: it is shown if it was not."""
        opacity = min(max(opacity, 0.0), 1.0)
        if opacity == self._opacity[layer]:
            return
        self._opacity[layer] = opacity
        self._actions[layer.value].setChecked(True)
        self._view.set_layer_opacity(layer, opacity)
        self._settings.set_layer_opacity(layer.value, opacity)
        self.opacity_changed.emit(layer, opacity)

    def hide_all(self) -> None:
        """Show nothing but the scan until `show_again`."""
        self._view.hide_overlays(True)

    def show_again(self) -> None:
        """Show the layers as they were."""
        self._view.hide_overlays(False)

    def slider(self, layer: Layer) -> QSlider:
        """Return a new slider for a layer's opacity."""
        return _OpacitySlider(self, layer)

    def opacity_menu(self, parent: QWidget) -> QMenu:
        """Return a menu with a slider for each layer."""
        box = QWidget()
        grid = QGridLayout(box)
        for row, layer in enumerate(Layer):
            slider = self.slider(layer)
            slider.setMinimumWidth(140)
            label = QLabel(self._actions[layer.value].text())
            label.setBuddy(slider)
            grid.addWidget(label, row, 0)
            grid.addWidget(slider, row, 1)
        menu = QMenu("Opacity", parent)
        action = QWidgetAction(menu)
        action.setDefaultWidget(box)
        menu.addAction(action)
        return menu

    def colour_map_menu(self, parent: QWidget) -> QMenu:
        """Return a menu of the colour maps."""
        menu = QMenu("Colours of the maps", parent)
        group = QActionGroup(menu)
        for name in COLOUR_MAPS:
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(name == (self._settings.colour_map or COLOUR_MAPS[0]))
            group.addAction(action)
        group.triggered.connect(self._on_colour_map_chosen)
        return menu

    def _on_layer_toggled(self, is_visible: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._view.set_layer_visible(Layer(action.objectName()), is_visible)
            self._settings.set_layer_visible(action.objectName(), is_visible)

    def _on_opacity_scrolled(self, notches: float) -> None:
        self.set_opacity(Layer.SALIENCY, self._opacity[Layer.SALIENCY] + notches * WHEEL_STEP)

    def _on_colour_map_chosen(self, action: QAction) -> None:
        self._view.set_colour_map(action.text())
        self._settings.colour_map = action.text()
        self.colour_map_chosen.emit(action.text())


class _OpacitySlider(QSlider):
    """A slider in percent, in step with the others of its layer."""

    def __init__(self, controls: LayerControls, layer: Layer) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._controls, self._layer = controls, layer
        self.setRange(0, 100)
        self.setPageStep(10)
        self.setAccessibleName(f"Opacity of the {layer.value}")
        self._on_opacity_changed(layer, controls.opacity(layer))
        self.valueChanged.connect(self._on_value_changed)
        controls.opacity_changed.connect(self._on_opacity_changed)

    def _on_value_changed(self, percent: int) -> None:
        self._controls.set_opacity(self._layer, percent / 100)

    def _on_opacity_changed(self, layer: Layer, opacity: float) -> None:
        if layer is not self._layer:
            return
        self.blockSignals(True)  # rounding to percent must not come back as a change
        self.setValue(round(opacity * 100))
        self.blockSignals(False)
        self.setToolTip(f"Opacity of the {layer.value}: {opacity:.0%}")
        self.update()
