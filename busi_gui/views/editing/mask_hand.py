"""MaskHand: the stylus of the main view that hands the pointer to the mask tool in hand."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.tool import MaskTool
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer

HIDDEN = "The overlays are hidden: let go of the key that hides them, then draw."


class MaskHand(QObject):
    """Chooses the mask tool for the tool in the reader's hand, and sees to it that nothing begun is left behind.

    A drag is ended, as if the button had been let go, when the keys go elsewhere or another frame comes on screen: what was drawn is kept, and one
    step takes it back. Esc drops it.

    Parameters
    ----------
    view
        Where it draws.
    draft
        What the tools change.
    parent
        Owns the hand.

    Signals
    -------
    tool_left()
        The reader wants no mask tool any more.
    said(str)
        Why nothing can be drawn: a sentence for the reader.
    """

    tool_left = Signal()
    said = Signal(str)

    def __init__(self, view: ScanView, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._draft = view, draft
        self._tools: dict[Tool, MaskTool] = {}
        self._in_hand: MaskTool | None = None
        self._pointer: Pointer | None = None
        self._is_dragging = False
        view.add_stylus(self)
        view.look_changed.connect(self._on_look_changed)
        self._canvas = view.focusProxy() or view
        self._canvas.installEventFilter(self)
        draft.interrupted.connect(self._on_interrupted)
        draft.lost.connect(self._on_lost)
        view.case_shown.connect(self.refresh)

    def register(self, tool: Tool, mask_tool: MaskTool) -> None:
        """Let a mask tool work while this tool is in the reader's hand; the same one may be registered for several."""
        self._tools[tool] = mask_tool

    @property
    def tool(self) -> MaskTool | None:
        """The mask tool in hand; None while the reader holds another kind of tool."""
        return self._in_hand

    @property
    def pointer(self) -> Pointer | None:
        """Where the pointer was last seen over the scan; None while it is elsewhere."""
        return self._pointer

    def refresh(self) -> None:
        """Show anew what a press would do where the pointer rests."""
        self._hover()

    def interrupt(self) -> None:
        """End a drag as if the button had been let go now."""
        if self._is_dragging and self._in_hand is not None and self._pointer is not None:
            self._is_dragging = False
            self._in_hand.released(self._pointer)

    # stylus ---------------------------------------------------------------------------------------------------------------------------------------

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """What the pointer looks like; None: as with the tool in hand."""
        return self._in_hand.cursor if self._in_hand is not None else None

    @property
    def is_drawing(self) -> bool:
        """Whether something is begun that Esc would drop."""
        return self._in_hand is not None and self._in_hand.is_drawing

    def set_tool(self, tool: Tool) -> None:
        """Take the mask tool that goes with another tool; what was begun with the last one is dropped."""
        chosen = self._tools.get(tool)
        if self._in_hand is not None:
            self._is_dragging = False
            self._in_hand.put_away()
            self._draft.drop()
        self._in_hand = chosen
        if chosen is not None:
            chosen.taken(tool)
            self._hover()

    def pressed(self, pointer: Pointer) -> bool:
        """Begin a drag if a mask tool is in hand and wants it; while the overlays are hidden the reader is told why not."""
        self._pointer = pointer
        if self._in_hand is None or self._draft.case is None:
            return False
        if self._view.are_overlays_hidden:
            self.said.emit(HIDDEN)
            return False
        self._is_dragging = self._in_hand.pressed(pointer)
        return self._is_dragging

    def moved(self, pointer: Pointer, *, is_held: bool) -> None:
        """Follow the pointer, in a drag or not."""
        self._pointer = pointer
        if self._in_hand is None:
            return
        if self._is_dragging:
            self._in_hand.moved(pointer)
        elif not is_held:
            self._hover()

    def released(self, pointer: Pointer) -> None:
        """End the drag, unless something else has ended it."""
        self._pointer = pointer
        if self._in_hand is not None and self._is_dragging:
            self._is_dragging = False
            self._in_hand.released(pointer)
        self._hover()

    def clicked(self, pointer: Pointer) -> None:
        """Do nothing: a click is a press and a release."""

    def left(self) -> None:
        """Show nothing at the pointer, which is elsewhere."""
        if not self._is_dragging:
            self._pointer = None
            if self._in_hand is not None:
                self._in_hand.left()

    def scrolled(self, pointer: Pointer, notches: float) -> bool:
        """Make the tool larger or smaller, if it has a size."""
        return self._in_hand is not None and self._in_hand.scrolled(pointer, notches)

    def entered(self) -> bool:
        """Close what is begun."""
        return self._in_hand is not None and self._in_hand.entered()

    def stepped_back(self) -> bool:
        """Take the last point back of what is begun."""
        return self._in_hand is not None and self._in_hand.stepped_back()

    def escaped(self) -> bool:
        """Drop what is begun; with nothing begun, let go of the tool."""
        if self._in_hand is None:
            return False
        self._is_dragging = False
        if self._in_hand.escaped():
            self._hover()
        else:
            self.tool_left.emit()
        return True

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """End a drag when the keys go elsewhere; show at once what Shift and Ctrl would do."""
        if event.type() == QEvent.Type.FocusOut:
            self.interrupt()
        elif event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent) and self._pointer is not None:
            is_down = event.type() == QEvent.Type.KeyPress
            if event.key() == Qt.Key.Key_Control:
                self._pointer = replace(self._pointer, is_inverting=is_down)
                self._hover()
            elif event.key() == Qt.Key.Key_Shift:
                self._pointer = replace(self._pointer, is_snapping=is_down)
                self._hover()
        return super().eventFilter(watched, event)

    def _on_interrupted(self) -> None:
        """Keep what can be kept of a drag; what would need more clicks is dropped."""
        self.interrupt()
        self._on_lost()

    def _on_lost(self) -> None:
        self._is_dragging = False
        if self._in_hand is not None:
            self._in_hand.escaped()

    def _hover(self) -> None:
        if self._in_hand is None or self._pointer is None or self._is_dragging:
            return
        if self._draft.case is None or self._view.are_overlays_hidden:
            self._in_hand.left()
        else:
            self._in_hand.hovered(self._pointer)

    def _on_look_changed(self) -> None:
        """Keep to the pointer: it rests, and the scan beneath it moves."""
        look, pointer = self._view.look, self._pointer
        if look is None or pointer is None or self._in_hand is None:
            return
        x, y = look.to_scan(pointer.place.x(), pointer.place.y())
        self._pointer = replace(pointer, x=x, y=y)
        self._hover()
