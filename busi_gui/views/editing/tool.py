"""MaskTool: one way to change the outline of a lesion with the pointer."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt

from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.stylus import Pointer


class MaskTool(Protocol):
    """Turns the pointer's ways into changes of the draft. Made once for each view; told when it is taken in hand and put away."""

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """What the pointer looks like; None: a cross."""

    @property
    def is_drawing(self) -> bool:
        """Whether something is begun that Esc would drop."""

    def taken(self, tool: Tool) -> None:
        """Begin to be the tool in hand; which, for what is registered for several."""

    def put_away(self) -> None:
        """Drop what is begun and whatever is shown of it."""

    def hovered(self, pointer: Pointer) -> None:
        """Show what a press here would do."""

    def left(self) -> None:
        """Show nothing at the pointer, which is elsewhere."""

    def pressed(self, pointer: Pointer) -> bool:
        """Begin a drag, and return whether it is wanted."""

    def moved(self, pointer: Pointer) -> None:
        """Follow the pointer in a drag."""

    def released(self, pointer: Pointer) -> None:
        """End the drag: here a stroke becomes a step that can be taken back."""

    def scrolled(self, pointer: Pointer, notches: float) -> bool:
        """Become larger or smaller, and return whether this tool has a size."""

    def entered(self) -> bool:
        """Close what is begun, by Enter; return whether there was anything."""

    def stepped_back(self) -> bool:
        """Take the last point back; return whether there was one."""

    def escaped(self) -> bool:
        """Drop what is begun; return whether there was anything. With nothing begun, Esc lets go of the tool."""
