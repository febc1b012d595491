"""ScissorsTool: an outline that clings to the edges in the scan, from click to click."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from busi_gui.domain.callipers import Point
from busi_gui.domain.scissors import Scissors
from busi_gui.views.editing.clicked_path import ClickedPath
from busi_gui.views.editing.draft import Draft
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer

SNAP_PX = 12.0
"""How far a click may jump to the strongest edge; of the screen."""

LEAST_LEFT = 0.5
"""A closing line along the edges must leave as much of the area that a straight one encloses."""


class ScissorsTool(ClickedPath):
    """A mask tool for `Tool.SCISSORS`. With Shift the line goes straight to where the pointer is."""

    name = "smart scissors"
    fewest = 2

    def __init__(self, view: ScanView, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(view, draft, parent)
        self._scissors: Scissors | None = None
        self._of: object = None

    def put_away(self) -> None:
        """Drop the line, and what was prepared of the scan."""
        super().put_away()
        self._scissors = self._of = None

    def _placed(self, pointer: Pointer) -> Point:
        point = Point(pointer.x, pointer.y)
        look, scissors = self._view.look, self._prepared()
        if scissors is None or look is None:
            return point
        return scissors.snapped(point, 0.0 if pointer.is_snapping else SNAP_PX / look.scale)

    def _way(self, place: Point, pointer: Pointer) -> list[Point]:
        scissors = self._prepared()
        return [place] if scissors is None or pointer.is_snapping else scissors.path_to(place)[1:]

    def _closing(self) -> list[Point]:
        scissors = self._prepared()
        if scissors is None:
            return []
        line = self._line
        clinging = scissors.path_to(self._anchors[0])[1:-1]
        # Before half the way around is done, the way back along the edges is the one that has come: then it is closed straight.
        return clinging if _area_of([*line, *clinging]) > LEAST_LEFT * _area_of(line) else []

    def _on_anchored(self) -> None:
        scissors = self._prepared()
        if scissors is not None:
            scissors.anchored(self._anchors[-1])

    def _prepared(self) -> Scissors | None:
        case = self._draft.case
        if case is None:
            return None
        # As long as something is begun: on another frame it is dropped, and never asked about.
        if self._scissors is None or self._of is not case.scan.pixels:
            self._scissors, self._of = Scissors(case.scan.pixels), case.scan.pixels
        return self._scissors


def _area_of(points: Sequence[Point]) -> float:
    """Return the area that a closed line encloses, in pixels of the scan; what it goes around both ways counts for nothing."""
    return abs(sum(one.x * other.y - other.x * one.y for one, other in zip(points, [*points[1:], points[0]], strict=True))) / 2
