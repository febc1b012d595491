"""ScanView: the scan, what lies over it, and what is written in its corners."""

from __future__ import annotations

from dataclasses import replace
from math import floor
from pathlib import Path

from PySide6.QtCore import QRectF, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsItemGroup, QVBoxLayout, QWidget

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.scan import Identity
from busi_gui.views.scan.corner_text import SALIENCY_CAVEAT, CornerText, corners_of
from busi_gui.views.scan.field_item import FieldItem, extent_of
from busi_gui.views.scan.layers import HINTS, OPACITY, SHOWN, Layer, Tool
from busi_gui.views.scan.lesion_items import AROUND_NUMBER_PX, LesionLayers
from busi_gui.views.scan.overlays import gray_table
from busi_gui.views.scan.scan_canvas import ScanCanvas
from busi_gui.views.scan.scan_items import MapItem, ScanItem
from busi_gui.views.scan.stylus import Stylus
from busi_gui.views.scan.viewport import Viewport
from models.analysis import Mask, SaliencyClass

__all__ = ["Layer", "ScanView", "Tool"]

WINDOW_MIN, WINDOW_MAX = 1.0, 510.0
FULL_WINDOW = (255.0, 127.5)
"""Width and level that show every gray as it is."""


class ScanView(QWidget):
    """Shows one case.

    Signals
    -------
    pointer_moved(int, int, int, int)
        Row, column, gray value and lesion number (0 outside every lesion) under the pointer.
    pointer_left()
        The pointer is no longer over the scan.
    case_shown()
        Another case is on screen, or none, or the same one with more known of it.
    look_changed()
        Another part of the scan is in sight.
    zoom_changed(float)
        In percent: at 100 one scan pixel fills one pixel of the screen.
    window_changed(float, float)
        Width and level, in gray values.
    lesion_clicked(int)
        Number of the lesion that was clicked.
    opacity_scrolled(float)
        Notches of the wheel with Alt held; whoever knows which layer the reader means answers with ``set_layer_opacity``.
    frames_scrolled(int)
        The wheel asks for so many frames further on (negative: back), where `set_wheel_scrolls_frames` lets it.
    """

    pointer_moved = Signal(int, int, int, int)
    pointer_left = Signal()
    case_shown = Signal()
    look_changed = Signal()
    zoom_changed = Signal(float)
    window_changed = Signal(float, float)
    lesion_clicked = Signal(int)
    opacity_scrolled = Signal(float)
    frames_scrolled = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._case: Case | None = None
        self._selected: int | None = None
        self._hint = ""
        self._asked_for: Path | None = None
        self._saliency_class: SaliencyClass = "malignant"
        self._shown = {layer: layer in SHOWN for layer in Layer}
        self._window, self._level = FULL_WINDOW
        self._zoom = 0.0
        self._is_hidden = False
        self._is_identity_visible = True
        self._has_focus = False
        self._notes: list[QGraphicsItem] = []
        self._build()

    def _build(self) -> None:
        self._canvas = ScanCanvas(self)
        self._canvas.setAccessibleName("Scan")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self.setFocusProxy(self._canvas)
        self._text = CornerText(self._canvas)
        self._scan = ScanItem()
        self._saliency, self._probability = MapItem("inferno"), MapItem("CET-L6")
        fills, outlines = QGraphicsItemGroup(), QGraphicsItemGroup()
        self._lesion_layers = LesionLayers(fills, outlines)
        self._layers = {Layer.SALIENCY: self._saliency, Layer.PROBABILITY: self._probability, Layer.FILL: fills, Layer.OUTLINE: outlines}
        for height, item in enumerate((self._scan, *self._layers.values())):
            item.setZValue(height)
            self._canvas.add(item)
        self._field = FieldItem()
        self._field.setZValue(0.5)  # over the scan, under every layer
        self._canvas.add(self._field)
        self.add_guide(self._lesion_layers.live)
        for layer, item in self._layers.items():
            item.setOpacity(OPACITY[layer])
        self._draw_layers()
        self._canvas.viewport_changed.connect(self._on_viewport_changed)
        self._canvas.window_dragged.connect(self._on_window_dragged)
        self._canvas.hovered.connect(self._on_hovered)
        self._canvas.left.connect(self.pointer_left)
        self._canvas.clicked.connect(self._on_clicked)
        self._canvas.opacity_scrolled.connect(self.opacity_scrolled)
        self._canvas.frames_scrolled.connect(self.frames_scrolled)
        self._canvas.focus_changed.connect(self._on_focus_changed)

    @property
    def case(self) -> Case | None:
        """What is on screen."""
        return self._case

    @property
    def shows_result(self) -> bool:
        """Whether what was found is shown: of what looks like no ultrasound only to who asks for it."""
        return self._case is None or not self._case.is_kept_back or self._case.scan.path == self._asked_for

    @property
    def look(self) -> Viewport | None:
        """Which part of the scan is in sight; None without a scan."""
        return self._canvas.look

    @look.setter
    def look(self, look: Viewport) -> None:
        self._canvas.set_look(look)

    @property
    def window_width(self) -> float:
        """Width of the window in gray values: the step from black to white."""
        return self._window

    @property
    def window_level(self) -> float:
        """Gray value that is shown as middle gray."""
        return self._level

    @property
    def zoom_percent(self) -> float:
        """Device pixels per scan pixel, in percent; 0 without a scan."""
        return self._canvas.look.zoom * 100 if self._canvas.look is not None else 0.0

    def is_layer_visible(self, layer: Layer) -> bool:
        """Return whether a layer is switched on, also while ``hide_overlays`` holds it back."""
        return self._shown[layer]

    @property
    def are_overlays_hidden(self) -> bool:
        """Whether ``hide_overlays`` holds all layers back."""
        return self._is_hidden

    def layer_opacity(self, layer: Layer) -> float:
        """Return a layer's opacity in [0, 1]."""
        return self._layers[layer].opacity()

    def show_case(self, case: Case | None, keep_view: bool) -> None:
        """Put a case on screen, or nothing.

        Window and level stay as the reader has set them. No lesion is selected any more, unless it is the same file, perhaps another frame of it, and
        there is a lesion with that number.

        Parameters
        ----------
        case
            The case.
        keep_view
            Keep zoom and place, if the scan is as large as the last one; else fit.
        """
        before, self._case = self._case, case
        is_same_file = before is not None and case is not None and before.scan.path == case.scan.path
        # A scan that the reader has calibrated shows the pixels that it has always shown.
        is_same_scan = before is not None and case is not None and before.scan.pixels is case.scan.pixels
        if case is None or not is_same_file or case.lesion(self._selected) is None:
            self._selected = None
        if not is_same_scan:
            self._scan.set_pixels(case.scan.pixels if case is not None else None)
        self._draw_lesions()
        self._draw_maps()
        self._place(keep_view)
        self.case_shown.emit()

    def set_layer_visible(self, layer: Layer, visible: bool) -> None:
        """Switch a layer on or off."""
        self._shown[layer] = visible
        self._draw_layers()

    def set_layer_opacity(self, layer: Layer, opacity: float) -> None:
        """Fade a layer: 0 is unseen, 1 opaque."""
        self._layers[layer].setOpacity(min(max(opacity, 0.0), 1.0))

    def set_saliency_class(self, name: SaliencyClass) -> None:
        """Choose for which class the saliency speaks."""
        self._saliency_class = name
        self._draw_maps()

    def set_colour_map(self, name: str) -> None:
        """Choose the saliency's colours, one of ``overlays.COLOUR_MAPS``."""
        self._saliency.set_colour_map(name)

    def set_selected_lesion(self, number: int | None) -> None:
        """Bring out one lesion, and show its saliency; None: the first one's."""
        self._selected = number
        self._lesion_layers.select(number)
        self._draw_maps()

    def show_result_of(self, path: Path) -> None:
        """Show what was found in this file although it looks like no ultrasound."""
        self._asked_for = path
        self._draw_lesions()
        self._draw_maps()
        self.case_shown.emit()

    def set_tool(self, tool: Tool) -> None:
        """Choose what dragging with the left button does."""
        self._canvas.set_tool(tool)
        self.set_hint(HINTS.get(tool, ""))

    def set_hint(self, text: str) -> None:
        """Write this line over the scan, until another tool is taken in hand."""
        self._hint = text
        self._write()

    def set_wheel_scrolls_frames(self, scrolls: bool) -> None:
        """Let the wheel ask for frames of a cine, and zoom only with Ctrl; or let it zoom, as over a single frame."""
        self._canvas.set_wheel_scrolls_frames(scrolls)

    def add_stylus(self, stylus: Stylus) -> None:
        """Let this one work on the scan with the left button."""
        self._canvas.add_stylus(stylus)

    def add_note(self, item: QGraphicsItem) -> None:
        """Lay what the reader draws over every layer, in scan coordinates; it is hidden with the overlays."""
        item.setZValue(len(self._layers) + 1)
        item.setVisible(not self._is_hidden)
        self._notes.append(item)
        self._canvas.add(item)

    def add_guide(self, item: QGraphicsItem) -> None:
        """Lay what shows what a tool does over everything else, in scan coordinates; it stays when the overlays are hidden."""
        item.setZValue(len(self._layers) + 2)
        self._canvas.add(item)

    def show_draft(self, number: int, mask: Mask | None) -> None:
        """Draw a lesion from a mask that is being changed, bool (rows, columns), in place of its own; None: draw all lesions as they are.

        Line and area look as they do at rest, but where the reader has switched the outline off, it is drawn all the same. Who changes the mask calls
        `paint_anew`.
        """
        line = self.layer_opacity(Layer.OUTLINE) if self._shown[Layer.OUTLINE] else OPACITY[Layer.OUTLINE]
        self._lesion_layers.show_draft(number, mask, line, self.layer_opacity(Layer.FILL) if self._shown[Layer.FILL] else 0.0)

    def paint_anew(self, part: QRectF, around: float = 0.0) -> None:
        """Paint a part of the scan anew, and so many pixels of the screen around it; nothing else."""
        self._canvas.paint_anew(part, around)

    def set_identity_visible(self, visible: bool) -> None:
        """Show or hide who is on the scan, and when: a day and a device are enough to find a patient."""
        self._is_identity_visible = visible
        self._write()

    def hide_overlays(self, hidden: bool) -> None:
        """Show nothing but the scan, or everything again as it was."""
        self._is_hidden = hidden
        self._draw_layers()

    def set_window(self, width: float, level: float) -> None:
        """Show gray values from ``level - width / 2`` (black) to ``level + width / 2`` (white)."""
        width, level = min(max(width, WINDOW_MIN), WINDOW_MAX), min(max(level, 0.0), 255.0)
        if (width, level) == (self._window, self._level):
            return
        self._window, self._level = width, level
        self._scan.set_grays(gray_table(width, level))
        self._write()
        self.window_changed.emit(width, level)

    def reset_window(self) -> None:
        """Show every gray as it is."""
        self.set_window(*FULL_WINDOW)

    def fit(self) -> None:
        """Show the whole scan, as large as it will go; it stays so when the view changes its size."""
        if self._canvas.look is not None:
            self._canvas.set_look(self._canvas.look.fit())

    def one_to_one(self) -> None:
        """Show one scan pixel as one pixel of the screen."""
        if self._canvas.look is not None:
            self._canvas.set_look(self._canvas.look.one_to_one())

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle."""
        look = self._canvas.look
        if look is not None:
            self._canvas.set_look(look.zoomed(factor, look.width / 2, look.height / 2))

    def _place(self, keep_view: bool) -> None:
        if self._case is None:
            self._canvas.set_look(None)
            return
        scan = self._case.scan
        rows, columns = scan.shape
        aspect = scan.spacing.row_mm / scan.spacing.column_mm if scan.spacing is not None else 1.0
        look = self._canvas.look
        if keep_view and look is not None and (look.rows, look.columns, look.aspect) == (rows, columns, aspect):
            self._canvas.set_look(look)
            return
        size = float(self._canvas.width()), float(self._canvas.height())
        self._canvas.set_look(Viewport(*size, columns, rows, aspect, self._canvas.devicePixelRatioF()).fit())

    @property
    def _lesions(self) -> tuple[Lesion, ...]:
        return self._case.lesions if self._case is not None and self.shows_result else ()

    def _draw_lesions(self) -> None:
        for part in self._lesion_layers.show(self._lesions, self._selected):
            self._canvas.paint_anew(part, AROUND_NUMBER_PX)

    def _draw_maps(self) -> None:
        scan = self._case.scan if self._case is not None else None
        analysis = self._case.analysis if self._case is not None and self.shows_result else None
        self._field.show_scan(scan)
        self._probability.set_values(analysis.probability if analysis is not None else None, extent_of(scan))
        lesion = self._explained_lesion()
        diagnosis = lesion.diagnosis if lesion is not None else None
        self._saliency.set_values(diagnosis.saliency.get(self._saliency_class) if diagnosis is not None else None, extent_of(scan))
        self._write()

    def _explained_lesion(self) -> Lesion | None:
        lesions = self._lesions
        return next((lesion for lesion in lesions if lesion.number == self._selected), lesions[0] if lesions else None)

    def _draw_layers(self) -> None:
        for layer, item in self._layers.items():
            item.setVisible(self._shown[layer] and not self._is_hidden)
        for note in self._notes:
            note.setVisible(not self._is_hidden)
        self._field.setVisible(not self._is_hidden)
        self._write()

    def _write(self) -> None:
        look = self._canvas.look
        if self._case is None or look is None or self._is_hidden:
            self._text.set_corners(None)
            return
        who = self._case.scan.identity if self._is_identity_visible else Identity()
        corners = replace(
            corners_of(self._case.scan, who, look.scale),
            view=(f"{look.zoom * 100:.0f} %", f"W {int(self._window)}  L {int(self._level)}"),
            caveat=self._caveat(),
            hint=self._hint,
            has_focus=self._has_focus,
        )
        self._text.set_corners(corners)

    def _caveat(self) -> str:
        if not self._shown[Layer.SALIENCY] or self._explained_lesion() is None:
            return ""
        return f"Nothing in the scan spoke for {self._saliency_class}" if self._saliency.is_silent else SALIENCY_CAVEAT

    def _lesion_at(self, row: int, column: int) -> int:
        return next((lesion.number for lesion in self._lesions if lesion.mask[row, column] and not lesion.outline.is_hidden), 0)

    def _pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        rows, columns = self._case.scan.shape if self._case is not None else (0, 0)
        row, column = floor(y), floor(x)
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    def _on_viewport_changed(self) -> None:
        self._write()
        self.look_changed.emit()
        if self.zoom_percent != self._zoom:
            self._zoom = self.zoom_percent
            self.zoom_changed.emit(self._zoom)

    def _on_window_dragged(self, right: float, down: float) -> None:
        # Right is softer, up is brighter; the full range in about half a screen.
        self.set_window(self._window + right * 0.6, self._level + down * 0.6)

    def _on_hovered(self, x: float, y: float) -> None:
        pixel = self._pixel_at(x, y)
        if pixel is None or self._case is None:
            self.pointer_left.emit()
            return
        self.pointer_moved.emit(*pixel, int(self._case.scan.pixels[pixel]), self._lesion_at(*pixel))

    def _on_clicked(self, x: float, y: float) -> None:
        pixel = self._pixel_at(x, y)
        number = self._lesion_at(*pixel) if pixel is not None else 0
        if number:
            self.lesion_clicked.emit(number)

    def _on_focus_changed(self, focused: bool) -> None:
        self._has_focus = focused
        self._write()
