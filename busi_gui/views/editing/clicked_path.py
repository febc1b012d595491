"""ClickedPath: what polygon and smart scissors have in common: a line from click to click, closed on the first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from busi_gui.domain.callipers import Point
from busi_gui.domain.masks import polygon
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.path_item import PathLook
from busi_gui.views.editing.path_tool import PathTool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.stylus import Pointer

CLOSE_PX = 9.0
"""A click as close to the first anchor closes the line; of the screen."""
AGAIN_PX = 4.0
"""A second click as close to the last one is a double click, however slow."""


class ClickedPath(PathTool):
    """A line between anchors. A click sets one; a click on the first, a double click or Enter closes it; Backspace takes the last anchor back."""

    name = ""
    fewest = 3
    """Anchors without which there is nothing to close."""

    def __init__(self, view: ScanView, draft: Draft, parent: QObject | None = None) -> None:
        super().__init__(view, draft, parent)
        self._anchors: list[Point] = []
        self._clicks: list[Point] = []  # where the pointer was when they were set: an anchor may have jumped to an edge
        self._ways: list[list[Point]] = []
        self._pointer: Pointer | None = None

    # what a tool decides --------------------------------------------------------------------------------------------------------------------------

    def _placed(self, pointer: Pointer) -> Point:
        """Return where a click would set an anchor."""
        raise NotImplementedError

    def _way(self, place: Point, pointer: Pointer) -> list[Point]:
        """Return the line from the last anchor, which is left out, to a place."""
        raise NotImplementedError

    def _closing(self) -> list[Point]:
        """Return what lies between the last anchor and the first, neither of them included."""
        raise NotImplementedError

    def _on_anchored(self) -> None:
        """Take note that another anchor is the last one."""

    # mask tool ------------------------------------------------------------------------------------------------------------------------------------

    @property
    def anchors(self) -> tuple[Point, ...]:
        """What the reader has set."""
        return tuple(self._anchors)

    def put_away(self) -> None:
        """Drop the line and show nothing any more."""
        self._pointer = None
        super().put_away()

    def hovered(self, pointer: Pointer) -> None:
        """Show where the line would go on, or that a click would close it."""
        self._pointer = pointer
        if not self.is_drawing:
            super().hovered(pointer)
            return
        is_closing = self._would_close(pointer)
        place = self._anchors[0] if is_closing else self._placed(pointer)
        way = [*self._closing(), place] if is_closing else self._way(place, pointer)
        line = [*self._line, *way]
        self._show(line, () if is_closing else (place, self._anchors[0]), is_closing=is_closing)

    def left(self) -> None:
        """Show what is set, and nothing at the pointer, which is elsewhere."""
        self._pointer = None
        if self.is_drawing and not self._view.are_overlays_hidden:
            self._show(self._line, (self._anchors[-1], self._anchors[0]), is_closing=False)
        else:
            self.guide.show(None)

    def pressed(self, pointer: Pointer) -> bool:
        """Set an anchor, or close the line."""
        self._pointer = pointer
        if not self.is_drawing:
            if not self._begin():
                return False
            self._anchors, self._ways, self._clicks = [self._placed(pointer)], [], [Point(pointer.x, pointer.y)]
            self._on_anchored()
        elif self._would_close(pointer) or (len(self._anchors) > 1 and self._screen_distance(self._clicks[-1], pointer) < AGAIN_PX):
            self._close(pointer.is_inverting)
            return True
        elif not self._is_near_first(pointer):
            self._anchor_at(pointer)
        self.hovered(pointer)
        return True

    def moved(self, pointer: Pointer) -> None:
        """Show where the line would go on."""
        self.hovered(pointer)

    def released(self, pointer: Pointer) -> None:
        """Do nothing: a press has set the anchor."""

    def entered(self) -> bool:
        """Close the line."""
        if not self.is_drawing:
            return False
        self._close(self._pointer is not None and self._pointer.is_inverting)
        return True

    def stepped_back(self) -> bool:
        """Take the last anchor back, with the first one all of the line."""
        if not self.is_drawing:
            return False
        self._anchors.pop()
        if not self._anchors:
            self._drop()
            return True
        self._ways.pop()
        self._clicks.pop()
        self._on_anchored()
        if self._pointer is not None:
            self.hovered(self._pointer)
        else:
            self.left()
        return True

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    @property
    def _line(self) -> list[Point]:
        return [self._anchors[0], *(point for way in self._ways for point in way)]

    def _would_close(self, pointer: Pointer) -> bool:
        return len(self._anchors) >= self.fewest and self._is_near_first(pointer)

    def _is_near_first(self, pointer: Pointer) -> bool:
        return any(self._screen_distance(point, pointer) < CLOSE_PX for point in (self._anchors[0], self._clicks[0]))

    def _anchor_at(self, pointer: Pointer) -> None:
        place = self._placed(pointer)
        if place != self._anchors[-1]:
            self._ways.append(self._way(place, pointer))
            self._anchors.append(place)
            self._clicks.append(Point(pointer.x, pointer.y))
            self._on_anchored()

    def _close(self, takes_away: bool) -> None:
        if len(self._anchors) < self.fewest or self._is_elsewhere:
            self._drop()
        else:
            self._take(polygon([*self._line, *self._closing()], self._shape), takes_away, self.name)

    def _show(self, line: Sequence[Point], closing: Sequence[Point], *, is_closing: bool) -> None:
        takes_away = self._pointer is not None and self._pointer.is_inverting
        self.guide.show(
            PathLook(
                self._colour(takes_away),
                line=line,
                closing=closing,
                anchors=self.anchors,
                ring=self._anchors[0] if is_closing else None,
                areas=self._enclosed(line, takes_away),
                at=Point(self._pointer.x, self._pointer.y) if self._pointer is not None else None,
                label=self._label(takes_away),
            )
        )
