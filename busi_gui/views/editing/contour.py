"""Contour: a line drawn around an area in one go, which closes by itself."""

from __future__ import annotations

from PySide6.QtCore import QObject

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import polygon
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.path_item import PathLook
from busi_gui.views.editing.path_tool import PathTool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer

NAME = "contour"


class Contour(PathTool):
    """A mask tool for `Tool.CONTOUR`: press, draw around, let go."""

    def __init__(self, view: ScanView, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(view, draft, parent)
        self._points: list[Point] = []

    def pressed(self, pointer: Pointer) -> bool:
        """Begin the line."""
        if not self._begin():
            return False
        self._points = [Point(pointer.x, pointer.y)]
        self._show(pointer)
        return True

    def moved(self, pointer: Pointer) -> None:
        """Draw on."""
        if self.is_drawing:
            self._points.append(Point(pointer.x, pointer.y))
            self._show(pointer)

    def released(self, pointer: Pointer) -> None:
        """Close the line, and take what it encloses."""
        if not self.is_drawing:
            return
        points = [*self._points, Point(pointer.x, pointer.y)]
        if self._is_elsewhere or self._is_slip(points):
            self._drop()
        else:
            self._take(polygon(points, self._shape), pointer.is_inverting, NAME)

    def _show(self, pointer: Pointer) -> None:
        points, takes_away = self._points, pointer.is_inverting
        self.guide.show(
            PathLook(
                self._colour(takes_away),
                line=tuple(points),
                closing=(points[-1], points[0]),
                areas=self._enclosed(points, takes_away),
                at=points[-1],
                label=self._label(takes_away),
            )
        )
