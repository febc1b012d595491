"""A mask tool as small as one can be: it paints with a disc, or erases with Ctrl held."""

from __future__ import annotations

from typing import Any

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import stroke


class PaintingTool:
    """Attributes: ``radius`` of the disc in scan pixels."""

    cursor = None

    def __init__(self, draft: Any, radius: float = 4.0) -> None:
        self.draft, self.radius = draft, radius
        self._at: Point | None = None

    @property
    def is_drawing(self) -> bool:
        return self._at is not None

    def pressed(self, pointer):
        if self.draft.begin():
            self._at = Point(pointer.x, pointer.y)
            self._paint(pointer)
        return self.is_drawing

    def moved(self, pointer):
        self._paint(pointer)

    def released(self, pointer):
        self._at = None
        self.draft.finish("painting")

    def escaped(self):
        was_drawing, self._at = self.is_drawing, None
        self.draft.drop()
        return was_drawing

    def put_away(self):
        self._at = None

    def taken(self, tool):
        pass

    def hovered(self, pointer):
        pass

    def left(self):
        pass

    def scrolled(self, pointer, notches):
        return False

    def entered(self):
        return False

    def stepped_back(self):
        return False

    def _paint(self, pointer):
        start, self._at = self._at, Point(pointer.x, pointer.y)
        self.draft.touched(stroke(self.draft.canvas, start, self._at, self.radius, not pointer.is_inverting))
