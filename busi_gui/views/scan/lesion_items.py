"""What is drawn of lesions: outline, number and area, of those at rest and of the one that is being drawn.

Coordinates are scan pixels: pixel (row, column) covers x in [column, column + 1] and y in [row, row + 1].
"""

from __future__ import annotations

from functools import cached_property
from math import ceil, floor, log2

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from busi_gui.domain.case import Lesion
from busi_gui.domain.masks import changed_window
from busi_gui.domain.scan import Box
from busi_gui.views import theme
from busi_gui.views.scan.overlays import Polygon, outline, simplified
from busi_gui.views.scan.polygons import polygon_of
from models.analysis import Mask

LINE_PX = 2
"""How wide an outline is, and one more where the lesion is selected; of the screen."""
RIM_PX = 1
"""How far the dark rim reaches on either side of it."""
_TOLERANCE_PX = 0.25
"""Of a device pixel: how far a border may be off where the scan is shown smaller than it is."""
_RIM = QColor(0, 0, 0, 110)
_PIECE = 32
"""Points of a piece of line."""
_FAINTEST = 0.3
"""Opacity of an outline that is being drawn: fainter, it could not be followed."""
EVERYWHERE = QRectF(-1e5, -1e5, 3e5, 3e5)
"""More than any scan. What changes its extent has the whole view painted anew: these items never do, and see for themselves what is to be painted."""
AROUND_PX, AROUND_NUMBER_PX = 8.0, 60.0
"""How far past its pixels a line is drawn, or a number that stands at their corner; of the screen, at 200 % text as well."""
_BESIDE_PX = 8
"""How far past what is to be painted a piece of a border is followed: its ends are not to be seen."""


class Borders:
    """Borders as Qt draws them, with as many points as a screen can tell apart.

    Parameters
    ----------
    polygons
        One for each border, closed.
    """

    def __init__(self, polygons: list[Polygon]) -> None:
        self._polygons = polygons

    @cached_property
    def lines(self) -> list[QPolygonF]:
        """Short pieces of line, end to end: Qt draws a wide line of a thousand points at half the speed of the same in pieces."""
        closed = [np.concatenate([polygon, polygon[:1]]) for polygon in self._polygons]
        return [polygon_of(line[first : first + _PIECE + 1]) for line in closed for first in range(0, len(line) - 1, _PIECE)]

    @cached_property
    def path(self) -> QPainterPath:
        """What they enclose; holes are left out of it."""
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.OddEvenFill)
        for polygon in self._polygons:
            path.addPolygon(polygon_of(polygon))
            path.closeSubpath()
        return path


class Shape:
    """A lesion's borders, traced when they are first drawn, with as many points as the screen can show."""

    def __init__(self, mask: Mask, bbox: tuple[int, int, int, int] | None = None) -> None:
        self.mask = mask
        self._bbox = bbox
        self._borders: dict[int, Borders] = {}

    @property
    def extent(self) -> QRectF:
        """A rectangle that holds all of the lesion."""
        if self._bbox is None:
            return self.borders_at(1.0).path.boundingRect()
        top, left, bottom, right = self._bbox
        return QRectF(left, top, right - left, bottom - top)

    def is_near(self, part: QRectF, scale: float) -> bool:
        """Whether a line along the borders is seen in a part of the scan, shown at this scale."""
        around = AROUND_PX / scale
        return self.extent.adjusted(-around, -around, around, around).intersects(part)

    def borders_at(self, scale: float, part: QRectF | None = None) -> Borders:
        """Return the borders as a screen can tell them apart that shows a scan pixel ``scale`` device pixels wide.

        Parameters
        ----------
        part
            Where they are to be painted: of a small part of the lesion only the borders in it are followed, and what may join their ends outside it
            is not to be seen.
        """
        if part is not None and _is_small(part, self.extent):
            return borders_within(self.mask, part, scale)
        octave = _octave(scale)
        if octave not in self._borders:
            self._borders[octave] = _seen_at(octave, self._polygons)
        return self._borders[octave]

    @cached_property
    def upper_right(self) -> QPointF:
        """The border's outermost point up and to the right, where a number can stand."""
        corners = np.concatenate(self._polygons or [np.zeros((1, 2))])
        x, y = corners[np.argmax(corners[:, 0] - corners[:, 1])].tolist()
        return QPointF(x, y)

    @cached_property
    def _polygons(self) -> list[Polygon]:
        return outline(self.mask, self._bbox)


def borders_within(mask: Mask, part: QRectF, scale: float) -> Borders:
    """Return the borders of a mask, bool (rows, columns), in a part of the scan; what joins their ends lies farther outside than a line is wide."""
    beside = ceil(_BESIDE_PX / scale) + 1
    rows, columns = mask.shape
    top, bottom = max(floor(part.top()) - beside, 0), min(ceil(part.bottom()) + beside, rows)
    left, right = max(floor(part.left()) - beside, 0), min(ceil(part.right()) + beside, columns)
    if top >= bottom or left >= right:
        return Borders([])
    window = Box(top, left, bottom, right)
    polygons = [polygon + np.array((left, top)) for polygon in outline(mask[window.slices], (0, 0, *window.shape))]
    return _seen_at(_octave(scale), polygons)


def draw_outline(painter: QPainter, borders: Borders, number: int, *, selected: bool) -> None:
    """Draw a line of even width at any zoom, with a dark rim that parts it from bright tissue."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A cosmetic pen counts device pixels.
    ratio = painter.device().devicePixelRatio()
    width = LINE_PX + 1 if selected else LINE_PX
    for colour, wide in ((_RIM, width + 2 * RIM_PX), (theme.lesion_colour(number, selected=selected), width)):
        # Points lie closer than the line is wide: round joins would be unseen, and take three times as long. The rim shines through: its pieces must
        # not overlap.
        cap = Qt.PenCapStyle.FlatCap if colour is _RIM else Qt.PenCapStyle.SquareCap
        pen = QPen(colour, wide * ratio, Qt.PenStyle.SolidLine, cap, Qt.PenJoinStyle.BevelJoin)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for line in borders.lines:
            painter.drawPolyline(line)


def draw_fill(painter: QPainter, borders: Borders, number: int) -> None:
    """Fill an area with a lesion's colour."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillPath(borders.path, theme.lesion_colour(number))


def scale_of(painter: QPainter) -> float:
    """Return how many device pixels wide a scan pixel is."""
    return abs(painter.worldTransform().m11()) * painter.device().devicePixelRatio()


class OutlineItem(QGraphicsItem):
    """One lesion's outline and its number."""

    def __init__(self, number: int, shape: Shape, *, numbered: bool) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)  # to be told which part is to be painted
        self._number, self._shape, self._numbered = number, shape, numbered
        self._selected = self._is_held_back = False

    @property
    def number(self) -> int:
        """The lesion's."""
        return self._number

    def set_selected(self, selected: bool) -> None:
        """Make the line brighter and wider, or not."""
        if selected != self._selected:
            self._selected = selected
            self.setZValue(1 if selected else 0)
            self.update()

    def set_shape(self, shape: Shape) -> None:
        """Draw another mask's borders; whoever shows it has the view painted anew where they differ."""
        self._shape = shape

    def set_held_back(self, is_held_back: bool) -> None:
        """Draw only the number: the line is being drawn by somebody else."""
        self._is_held_back = is_held_back  # what takes its place paints the view anew where it differs

    def boundingRect(self) -> QRectF:
        """Return more than any scan."""
        return EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw rim, line and number."""
        if not self._is_held_back and self._shape.is_near(option.exposedRect, scale_of(painter)):
            borders = self._shape.borders_at(scale_of(painter), option.exposedRect)
            draw_outline(painter, borders, self._number, selected=self._selected)
        if self._numbered:
            self._draw_number(painter)

    def _draw_number(self, painter: QPainter) -> None:
        corner = painter.worldTransform().map(self._shape.upper_right)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.resetTransform()
        painter.setFont(theme.scaled_font(theme.SMALL, bold=True))
        side = painter.fontMetrics().height()
        badge = QRectF(corner.x(), corner.y() - side, side, side)
        painter.setPen(QPen(_RIM, 1))
        painter.setBrush(theme.lesion_colour(self._number, selected=self._selected))
        painter.drawEllipse(badge)
        painter.setPen(QColor(theme.ON_ACCENT))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, str(self._number))
        painter.restore()


class FillItem(QGraphicsItem):
    """One lesion's area in its colour."""

    def __init__(self, number: int, shape: Shape) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._number, self._shape = number, shape
        self._is_held_back = False

    @property
    def number(self) -> int:
        """The lesion's."""
        return self._number

    def set_held_back(self, is_held_back: bool) -> None:
        """Draw nothing: the area is being drawn by somebody else."""
        self._is_held_back = is_held_back

    def set_shape(self, shape: Shape) -> None:
        """Fill another mask; whoever shows it has the view painted anew where they differ."""
        self._shape = shape

    def boundingRect(self) -> QRectF:
        """Return more than any scan."""
        return EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Fill the lesion; its holes stay clear."""
        if not self._is_held_back and self._shape.is_near(option.exposedRect, scale_of(painter)):
            draw_fill(painter, self._shape.borders_at(scale_of(painter), option.exposedRect), self._number)


class LiveItem(QGraphicsItem):
    """The lesion that is being drawn, straight from its working mask: only what is painted is ever followed."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._mask: Mask | None = None
        self._number = 0
        self._line_opacity = self._fill_opacity = 0.0

    @property
    def mask(self) -> Mask | None:
        """What is drawn; None: nothing."""
        return self._mask

    def show_mask(self, mask: Mask | None, number: int, line_opacity: float, fill_opacity: float) -> None:
        """Draw a mask, bool (rows, columns), as a selected lesion looks; whoever changes it paints the view anew there."""
        self._mask, self._number = mask, number
        self._line_opacity, self._fill_opacity = line_opacity, fill_opacity

    def boundingRect(self) -> QRectF:
        """Return more than any scan."""
        return EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw area and line as far as they are to be painted."""
        if self._mask is None:
            return
        borders = borders_within(self._mask, option.exposedRect, scale_of(painter))
        opacity = painter.opacity()
        if self._fill_opacity:
            painter.setOpacity(opacity * self._fill_opacity)
            draw_fill(painter, borders, self._number)
        painter.setOpacity(opacity * self._line_opacity)
        draw_outline(painter, borders, self._number, selected=True)
        painter.setOpacity(opacity)


class LesionLayers:
    """The lesions at rest: a group of outlines and one of areas. What is traced of a mask is kept as long as the mask is shown.

    Attributes
    ----------
    fills, outlines
        Groups to be put on a scene.
    live
        What draws the lesion that is being changed, to be put there as well.
    """

    def __init__(self, fills: QGraphicsItem, outlines: QGraphicsItem) -> None:
        self.fills, self.outlines = fills, outlines
        self._items: list[OutlineItem | FillItem] = []
        self._shapes: list[Shape] = []
        self._order: tuple[list[int], bool] = [], False
        self._held_back: int | None = None
        self.live = LiveItem()

    def show(self, lesions: tuple[Lesion, ...], selected: int | None) -> tuple[QRectF, ...]:
        """Draw these lesions in place of others; those that the reader has hidden are left out.

        Returns
        -------
        tuple[QRectF, ...]
            The parts of the scan that have to be painted anew, and `AROUND_NUMBER_PX` around them; lesions that come or go see to it themselves.
        """
        seen = [lesion for lesion in lesions if not lesion.outline.is_hidden]
        known, self._shapes = self._shapes, []
        for lesion in seen:
            shape = next((shape for shape in known if shape.mask is lesion.mask), None)
            self._shapes.append(shape or Shape(lesion.mask, lesion.measures.bbox))
        order = [lesion.number for lesion in seen], len(lesions) > 1
        changed: list[QRectF] = []
        if order == self._order:
            changed = [part for pair in zip(known, self._shapes, strict=True) for part in _differing(*pair, is_numbered=order[1])]
            for item, shape in zip(self._items, (shape for shape in self._shapes for _ in range(2)), strict=True):
                item.set_shape(shape)
        else:
            self._order = order
            self._build(order[0], is_numbered=order[1])
        self.select(selected)
        self._hold_back(self._held_back)
        return tuple(changed)

    def _build(self, numbers: list[int], *, is_numbered: bool) -> None:
        for item in self._items:
            item.scene().removeItem(item)
        self._items = []
        for number, shape in zip(numbers, self._shapes, strict=True):
            outline_item, fill_item = OutlineItem(number, shape, numbered=is_numbered), FillItem(number, shape)
            outline_item.setParentItem(self.outlines)
            fill_item.setParentItem(self.fills)
            self._items += [outline_item, fill_item]

    def select(self, number: int | None) -> None:
        """Bring out one lesion, or none."""
        for item in self._items:
            if isinstance(item, OutlineItem):
                item.set_selected(item.number == number)

    def show_draft(self, number: int, mask: Mask | None, line_opacity: float, fill_opacity: float) -> None:
        """Draw one lesion from a mask that is being changed, in place of its own; None: draw all as they are."""
        self.live.show_mask(mask, number, max(line_opacity, _FAINTEST), fill_opacity)
        self._hold_back(number if mask is not None else None)

    def _hold_back(self, number: int | None) -> None:
        self._held_back = number
        for item in self._items:
            item.set_held_back(item.number == number)


def _differing(before: Shape, after: Shape, *, is_numbered: bool) -> tuple[QRectF, ...]:
    """Return the parts of the scan where two masks of a lesion are drawn in another way."""
    if before.mask is after.mask:
        return ()
    if before.mask.shape != after.mask.shape:
        return (EVERYWHERE,)
    both = before.extent.united(after.extent).toAlignedRect()
    window = slice(both.top(), both.top() + both.height()), slice(both.left(), both.left() + both.width())
    box = changed_window(before.mask[window], after.mask[window])
    if box is None:
        return ()
    part = QRectF(both.left() + box.left, both.top() + box.top, box.shape[1], box.shape[0])
    numbers = (QRectF(shape.upper_right, QSizeF()) for shape in (before, after)) if is_numbered else ()
    return (part, *numbers)


def _seen_at(octave: int, polygons: list[Polygon]) -> Borders:
    return Borders(polygons if octave == 0 else simplified(polygons, _TOLERANCE_PX * 2**octave))


def _octave(scale: float) -> int:
    """Return how often the scan is halved, at most, before it is as small as it is shown."""
    return max(0, floor(-log2(scale)))


def _is_small(part: QRectF, extent: QRectF) -> bool:
    seen = part & extent
    return seen.width() * seen.height() < 0.5 * extent.width() * extent.height()
