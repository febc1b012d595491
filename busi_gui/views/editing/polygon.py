"""PolygonTool: an outline of straight lines, from corner to corner."""

from __future__ import annotations

from busi_gui.domain.callipers import Point, kept_inside, snapped
from busi_gui.views.editing.clicked_path import ClickedPath
from busi_gui.views.scan.stylus import Pointer


class PolygonTool(ClickedPath):
    """A mask tool for `Tool.POLYGON`. With Shift a side lies level, upright or diagonally."""

    name = "polygon"

    def _placed(self, pointer: Pointer) -> Point:
        point = Point(pointer.x, pointer.y)
        if not pointer.is_snapping or not self._anchors or not self.is_drawing:
            return point
        return snapped(kept_inside(self._anchors[-1], self._shape), point, self._shape, self._aspect)

    def _way(self, place: Point, pointer: Pointer) -> list[Point]:
        return [place]

    def _closing(self) -> list[Point]:
        return []
