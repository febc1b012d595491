"""ScanCanvas: the scene, and how the pointer moves about in it."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QNativeGestureEvent, QResizeEvent, QSinglePointEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsRectItem, QGraphicsScene, QGraphicsView, QWidget

from busi_gui.views import theme
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.notches import Notches
from busi_gui.views.scan.stylus import Pointer, Stylus
from busi_gui.views.scan.viewport import Viewport

_WHEEL_FACTOR = 1.2
"""Zoom for one notch of the wheel."""
_CLICK_PX = 3
"""How far the pointer may slip in a click."""
_KEY_STEP_PX = 48
_DRAWING_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Backspace, Qt.Key.Key_Return, Qt.Key.Key_Enter)
"""Keys that belong to what is being drawn, whatever else they are the keys of."""


class _Drag(Enum):
    PAN = "pan"
    WINDOW = "window"
    STYLUS = "stylus"


_DRAGS = {Tool.HAND: _Drag.PAN, Tool.WINDOW: _Drag.WINDOW}
"""Of the tools that change only what is seen; the others belong to a stylus."""


class ScanCanvas(QGraphicsView):
    """A scene whose mouse belongs to the reader: wheel zooms or goes through frames, drags pan or change the window.

    The scene is in device-independent pixels of the widget; what is on the scan hangs on one item that is scaled and moved.

    Signals
    -------
    viewport_changed()
        Another part of the scan is in sight.
    window_dragged(float, float)
        The window is to change by so many pixels of dragging, right and down.
    hovered(float, float)
        x, y of the scan under the pointer; may lie outside the scan.
    left()
        The pointer went away.
    clicked(float, float)
        x, y of the scan that was clicked.
    opacity_scrolled(float)
        Notches of the wheel with Alt, away from the reader positive.
    frames_scrolled(int)
        The wheel asks for so many frames further on; towards the reader positive.
    focus_changed(bool)
        Keys go here, and the reader came by key; or they no longer do.
    """

    viewport_changed = Signal()
    window_dragged = Signal(float, float)
    hovered = Signal(float, float)
    left = Signal()
    clicked = Signal(float, float)
    opacity_scrolled = Signal(float)
    frames_scrolled = Signal(int)
    focus_changed = Signal(bool)

    _look: Viewport | None = None
    """None until there is a scan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setBackgroundBrush(QColor(theme.SCAN_BACKGROUND))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self._on_scan = QGraphicsRectItem()
        self._on_scan.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.scene().addItem(self._on_scan)
        self._tool = Tool.HAND
        self._drag: _Drag | None = None
        self._pressed_at = QPointF()
        self._dragged_at = QPointF()
        self._has_slipped = False
        self._is_space_held = False
        self._scrolls_frames = False
        self._notches = Notches()
        self._styluses: list[Stylus] = []
        self._in_use: Stylus | None = None
        self._hovered_at: QPointF | None = None
        self._show_cursor()

    def add(self, item: QGraphicsItem) -> None:
        """Put an item on the scene, in scan coordinates."""
        item.setParentItem(self._on_scan)

    @property
    def look(self) -> Viewport | None:
        """Where the scan lies in this widget; None without a scan."""
        return self._look

    def set_look(self, look: Viewport | None) -> None:
        """Show this part of the scan."""
        before, self._look = self._look, look
        if look is not None and look != before:
            self._on_scan.setTransform(QTransform(look.scale, 0, 0, look.scale_y, *look.origin))
        self.viewport_changed.emit()
        self._tell_of_pointer()

    def paint_anew(self, part: QRectF, around: float) -> None:
        """Paint a part of the scan anew, and so many device-independent pixels around it.

        An item that is told to update has the whole view painted: the outlines' lines are wider than the items know.
        """
        if self._look is not None:
            (left, top), (right, bottom) = self._look.to_screen(part.left(), part.top()), self._look.to_screen(part.right(), part.bottom())
            self.viewport().update(QRectF(left, top, right - left, bottom - top).adjusted(-around, -around, around, around).toAlignedRect())

    def set_tool(self, tool: Tool) -> None:
        """Choose what dragging with the left button does."""
        self._tool = tool
        for stylus in self._styluses:
            stylus.set_tool(tool)
        self._show_cursor()

    def set_wheel_scrolls_frames(self, scrolls: bool) -> None:
        """Let the wheel go through frames, and zoom only with Ctrl; or zoom always."""
        if scrolls != self._scrolls_frames:
            self._scrolls_frames = scrolls
            self._notches.forget()

    def add_stylus(self, stylus: Stylus) -> None:
        """Ask this one, after those that came before, what to do with the left button."""
        self._styluses.append(stylus)
        stylus.set_tool(self._tool)

    def sizeHint(self) -> QSize:
        """Return the least size: a scan fits into any, and takes the room that others leave."""
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole scan in sight if it was."""
        super().resizeEvent(event)
        self.setSceneRect(0, 0, self.width(), self.height())
        self._refit()

    def event(self, event: QEvent) -> bool:
        """Stay sharp on a screen with other pixels; while something is being drawn Esc drops it, whatever else it is the key of."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._refit()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _DRAWING_KEYS:
            event.setAccepted(any(stylus.is_drawing for stylus in self._styluses))
            return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Zoom by pinching on a trackpad."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self._zoom_at(1 + event.value(), event.position())
            return True
        if event.type() == QEvent.Type.Leave:
            self._hovered_at = None
            for stylus in self._styluses:
                stylus.left()
            self.left.emit()
        return super().viewportEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom to the pointer, or on a cine without Ctrl go through the frames; with Alt, fade the overlay."""
        # Alt turns the wheel sideways.
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.opacity_scrolled.emit(notches)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            event.setAccepted(self._look is not None and self._is_scrolled(self._pointer(event, self._look), notches))
            return
        elif self._scrolls_frames and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._scroll_frames(event)
        else:
            self._zoom_at(_WHEEL_FACTOR**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag, or a click."""
        event.accept()
        if self._look is None or self._drag is not None or self._is_taken(event):
            return
        self._drag = self._drag_for(event.button())
        self._pressed_at = self._dragged_at = event.position()
        # A click of the left button may slip a little; the others have no click to protect.
        self._has_slipped = event.button() != Qt.MouseButton.LeftButton
        self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag on, and say what is under the pointer."""
        event.accept()
        if self._look is None:
            return
        pointer = self._pointer(event, self._look)
        if self._in_use is not None:
            self._in_use.moved(pointer, is_held=True)
        elif self._drag is not None:
            self._drag_to(event.position())
        else:
            for stylus in self._styluses:
                stylus.moved(pointer, is_held=False)
            self._show_cursor()
        self._hovered_at = event.position()
        self._tell_of_pointer()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag; it was a click if the pointer stayed."""
        event.accept()
        if self._look is None:
            self._drag = self._in_use = None
            return
        pointer = self._pointer(event, self._look)
        if self._in_use is not None:
            self._put_down(event.button(), pointer)
            return
        if self._drag is None or self._drag_for(event.button()) is None:
            return
        was_click = not self._has_slipped
        self._drag = None
        self._show_cursor()
        if was_click:
            for stylus in self._styluses:
                stylus.clicked(pointer)
            self.clicked.emit(pointer.x, pointer.y)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit the scan; for a stylus it is two presses like any others."""
        event.accept()
        if self._drag is None and self._is_taken(event):
            return
        if event.button() == Qt.MouseButton.LeftButton and self._look is not None:
            self.set_look(self._look.fit())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space is the hand while held; arrows move, plus and minus zoom."""
        steps = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        zooms = {Qt.Key.Key_Plus: _WHEEL_FACTOR, Qt.Key.Key_Equal: _WHEEL_FACTOR, Qt.Key.Key_Minus: 1 / _WHEEL_FACTOR}
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space:
            self._hold_space(True)
        elif key in _DRAWING_KEYS and self._is_meant_for_stylus(key):
            self._show_cursor()
        elif self._look is not None and key in steps:
            self.set_look(self._look.panned(steps[key][0] * _KEY_STEP_PX, steps[key][1] * _KEY_STEP_PX))
        elif self._look is not None and key in zooms:
            self.set_look(self._look.zoomed(zooms[key], self._look.width / 2, self._look.height / 2))
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Space let go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold_space(False)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys go here, to whom came by key."""
        super().focusInEvent(event)
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.focus_changed.emit(event.reason() in by_key)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget the held key: its release goes elsewhere."""
        super().focusOutEvent(event)
        self._hold_space(False)
        self.focus_changed.emit(False)

    def _tell_of_pointer(self) -> None:
        """Say what is under the pointer; also when it rests and the scan beneath it is another one, or moves."""
        if self._hovered_at is None:
            return
        if self._look is None:
            self.left.emit()
            return
        self.hovered.emit(*self._look.to_scan(self._hovered_at.x(), self._hovered_at.y()))

    def _refit(self) -> None:
        if self._look is not None:
            self.set_look(self._look.resized(self.width(), self.height(), self.devicePixelRatioF()))

    def _zoom_at(self, factor: float, place: QPointF) -> None:
        if self._look is not None:
            self.set_look(self._look.zoomed(factor, place.x(), place.y()))

    def _scroll_frames(self, event: QWheelEvent) -> None:
        notches = self._notches.add(event) if self._look is not None else 0
        if notches:
            self.frames_scrolled.emit(-notches)

    def _drag_for(self, button: Qt.MouseButton) -> _Drag | None:
        if button == Qt.MouseButton.LeftButton:
            return _Drag.PAN if self._is_space_held else _DRAGS.get(self._tool)
        return {Qt.MouseButton.MiddleButton: _Drag.PAN, Qt.MouseButton.RightButton: _Drag.WINDOW}.get(button)

    def _pointer(self, event: QSinglePointEvent, look: Viewport) -> Pointer:
        place, held = event.position(), event.modifiers()
        is_snapping, is_inverting = (bool(held & key) for key in (Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier))
        return Pointer(*look.to_scan(place.x(), place.y()), place, is_snapping, is_inverting)

    def _is_scrolled(self, pointer: Pointer, notches: float) -> bool:
        return any(stylus.scrolled(pointer, notches) for stylus in self._styluses)

    def _is_meant_for_stylus(self, key: Qt.Key) -> bool:
        """Tell the first stylus to which a key means something, and return whether there is one."""
        if key == Qt.Key.Key_Escape:
            return any(stylus.escaped() for stylus in self._styluses)
        if key == Qt.Key.Key_Backspace:
            return any(stylus.stepped_back() for stylus in self._styluses)
        return any(stylus.entered() for stylus in self._styluses)

    def _is_taken(self, event: QMouseEvent) -> bool:
        """Let a stylus have the drag that begins with a press, if one wants it."""
        if self._look is None or event.button() != Qt.MouseButton.LeftButton or self._is_space_held:
            return False
        pointer = self._pointer(event, self._look)
        self._in_use = next((stylus for stylus in self._styluses if stylus.pressed(pointer)), None)
        if self._in_use is not None:
            self._drag = _Drag.STYLUS
            self._show_cursor()
        return self._in_use is not None

    def _put_down(self, button: Qt.MouseButton, pointer: Pointer) -> None:
        if self._in_use is not None and button == Qt.MouseButton.LeftButton:
            stylus, self._in_use, self._drag = self._in_use, None, None
            stylus.released(pointer)
            self._show_cursor()

    def _drag_to(self, place: QPointF) -> None:
        if not self._has_slipped and (place - self._pressed_at).manhattanLength() <= _CLICK_PX:
            return
        self._has_slipped = True
        moved = place - self._dragged_at
        self._dragged_at = place
        if self._drag is _Drag.WINDOW:
            self.window_dragged.emit(moved.x(), moved.y())
        elif self._look is not None:
            self.set_look(self._look.panned(moved.x(), moved.y()))

    def _hold_space(self, held: bool) -> None:
        self._is_space_held = held
        self._show_cursor()

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.CrossCursor
        asked = self._in_use.cursor if self._in_use is not None else next((s.cursor for s in self._styluses if s.cursor is not None), None)
        if self._drag is _Drag.PAN:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._drag is None and self._is_space_held:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._drag is not _Drag.WINDOW and asked is not None:
            shape = asked
        elif self._drag is None and self._tool is Tool.HAND:
            shape = Qt.CursorShape.OpenHandCursor
        if self.viewport().cursor().shape() != shape:
            self.viewport().setCursor(shape)
