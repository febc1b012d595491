"""Stylus: what works on the scan with the left button, such as callipers; and the pointer that it is told of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, Qt

from busi_gui.views.scan.layers import Tool


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is.

    Attributes
    ----------
    x, y
        Of the scan; may lie outside it.
    place
        In the canvas, in device-independent pixels.
    is_snapping, is_inverting
        Whether Shift is held, and whether Ctrl is.
    """

    x: float
    y: float
    place: QPointF
    is_snapping: bool = False
    is_inverting: bool = False


class Stylus(Protocol):
    """Is asked first what a press of the left button means, and may take the drag that begins with it for itself."""

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """What the pointer looks like where it was last seen; None: as with the tool in hand."""

    @property
    def is_drawing(self) -> bool:
        """Whether something is begun that Esc would drop."""

    def set_tool(self, tool: Tool) -> None:
        """Another tool is in the reader's hand."""

    def pressed(self, pointer: Pointer) -> bool:
        """Begin a drag, and return whether it is this one's."""

    def moved(self, pointer: Pointer, *, is_held: bool) -> None:
        """Follow the pointer, in a drag or not."""

    def released(self, pointer: Pointer) -> None:
        """End the drag."""

    def clicked(self, pointer: Pointer) -> None:
        """Take note of a click that was not this one's drag."""

    def left(self) -> None:
        """Note that the pointer is no longer over the scan."""

    def scrolled(self, pointer: Pointer, notches: float) -> bool:
        """Take the wheel, turned with Shift held, and return whether it means anything here."""

    def entered(self) -> bool:
        """End what is begun, by Enter, and return whether there was anything to end."""

    def stepped_back(self) -> bool:
        """Take the last point back of what is begun, by Backspace, and return whether there was one."""

    def escaped(self) -> bool:
        """Drop what is begun, or let go of the tool, and return whether there was anything to do."""
