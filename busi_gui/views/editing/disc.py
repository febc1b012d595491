"""The disc that brush and push tool work with: its size, and how it is shown at the pointer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from busi_gui.domain.callipers import Point
from busi_gui.domain.scan import Box
from busi_gui.services.settings import Settings
from busi_gui.views import theme
from busi_gui.views.scan.corner_text import haloed
from busi_gui.views.scan.lesion_items import EVERYWHERE
from busi_gui.views.scan.scan_view import ScanView
from models.analysis import Mask

SMALLEST_PX, LARGEST_PX = 1, 200
USUAL_PX = 20
_STEP = 1.2
"""From one size to the next."""
_LABEL_MS = 1200
"""How long the size is written at the pointer after it has changed."""
_DARK, _LIGHT = QColor(0, 0, 0, 170), QColor(255, 255, 255)
_LINE_PX = 2.0
_REACH_PX = 4.0
"""How far around the circle its line, the rim of that, and the sign in its middle reach."""
_SIGN_PX = 4.0
"""Half the length of the sign's bars, of the screen."""
_PREVIEW_ALPHA = 0.45


def _sizes() -> tuple[int, ...]:
    sizes = [SMALLEST_PX]
    while sizes[-1] < LARGEST_PX:
        sizes.append(min(max(sizes[-1] + 1, round(sizes[-1] * _STEP)), LARGEST_PX))
    return tuple(sizes)


SIZES = _sizes()
"""Diameters in scan pixels that keys and wheel step through: each about a fifth larger than the last, and the smallest one by one."""


class DiscSize(QObject):
    """The diameter of the disc, remembered; one for brush, eraser and push tool.

    Signals
    -------
    changed()
        It is another.
    """

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        stored = settings.brush_px
        self._px = stored if SMALLEST_PX <= stored <= LARGEST_PX else USUAL_PX
        self._turned = 0.0

    @property
    def px(self) -> int:
        """Diameter in scan pixels, along the columns."""
        return self._px

    @property
    def radius(self) -> float:
        """Half of it."""
        return self._px / 2

    def set_px(self, px: int) -> None:
        """Take another diameter, kept between the smallest and the largest."""
        px = min(max(px, SMALLEST_PX), LARGEST_PX)
        if px != self._px:
            self._px = px
            self._settings.brush_px = px
            self.changed.emit()

    def step(self, notches: float) -> None:
        """Become larger (negative: smaller) by so many sizes; parts of a notch, of a fine wheel, add up."""
        self._turned += notches
        whole = int(self._turned)
        self._turned -= whole
        for _ in range(abs(whole)):
            beyond = [size for size in SIZES if (size > self._px if whole > 0 else size < self._px)]
            if beyond:
                self.set_px(beyond[0] if whole > 0 else beyond[-1])


@dataclass(frozen=True, eq=False)
class Look:
    """How the disc looks where it is.

    Attributes
    ----------
    centre, radius, aspect
        In scan pixels, across the columns; how much taller than wide a pixel is shown.
    sign
        "+", "−", or nothing, in its middle.
    note
        A word below it, such as which lesion would be begun.
    line_from
        Where a straight line would begin; None for none.
    preview, window
        What a press would change, bool (rows, columns) of a window of the scan; None where nothing is to be shown.
    colour
        Of the preview.
    """

    centre: Point
    radius: float
    aspect: float = 1.0
    sign: str = ""
    note: str = ""
    line_from: Point | None = None
    preview: Mask | None = None
    window: Box | None = None
    colour: str = theme.TEXT


class Disc(QObject):
    """Shows the disc at the pointer, true to size, and for a moment how large it has become.

    Parameters
    ----------
    view
        Where it is shown.
    size
        How large it is.
    parent
        Owns it.
    """

    def __init__(self, view: ScanView, size: DiscSize, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.size = size
        self._view = view
        self._item = _DiscItem()
        self._painted: tuple[QRectF, float] | None = None
        self._fading = QTimer(self, singleShot=True, interval=_LABEL_MS)
        self._fading.timeout.connect(self._on_faded)
        size.changed.connect(self._on_size_changed)
        view.add_guide(self._item)

    @property
    def look(self) -> Look | None:
        """What is shown; None: nothing."""
        return self._item.look

    @property
    def label(self) -> str:
        """What is written beside it."""
        return self._item.label

    def show(self, look: Look | None) -> None:
        """Show the disc, or nothing."""
        if look is None and self._item.look is None:
            return
        self._item.look = look
        self._item.image = _image(look)
        self._paint()

    def _on_size_changed(self) -> None:
        self._fading.start()
        if self._item.look is not None:
            self.show(replace(self._item.look, radius=self.size.radius, preview=None))

    def _on_faded(self) -> None:
        self._paint()

    def _size_text(self, centre: Point) -> str:
        case = self._view.case
        text = f"{self.size.px} px"
        if case is None:
            return text
        rows, columns = case.scan.shape
        row, column = min(max(int(centre.y), 0), rows - 1), min(max(int(centre.x), 0), columns - 1)
        spacing = case.scan.spacing_within(Box(row, column, row + 1, column + 1))
        return text if spacing is None else f"{text} · {self.size.px * spacing.column_mm:.1f} mm"

    def _paint(self) -> None:
        """Have the view paint anew where the disc was, and where it is."""
        look = self._item.look
        size = self._size_text(look.centre) if look is not None and self._fading.isActive() else ""
        self._item.label = " · ".join(words for words in (size, look.note if look is not None else "") if words)
        before, self._painted = self._painted, None
        if look is not None:
            self._painted = _extent(look), _REACH_PX if not self._item.label else self._view.fontMetrics().height() * 12.0
        for part in (before, self._painted):
            if part is not None:
                self._view.paint_anew(*part)


def _extent(look: Look) -> QRectF:
    """Return what the disc covers of the scan, and its line and preview."""
    across, down = look.radius, look.radius / look.aspect
    extent = QRectF(look.centre.x - across, look.centre.y - down, 2 * across, 2 * down)
    if look.line_from is not None:
        extent = extent.united(QRectF(look.line_from.x, look.line_from.y, 0, 0).adjusted(-across, -down, across, down))
    return extent


def _image(look: Look | None) -> QImage | None:
    if look is None or look.preview is None:
        return None
    colour = QColor(look.colour)
    colour.setAlphaF(_PREVIEW_ALPHA)
    rows, columns = look.preview.shape
    tints = np.zeros((rows, columns), np.uint32)
    tints[look.preview] = colour.rgba()
    return QImage(tints.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32).convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


class _DiscItem(QGraphicsItem):
    """Is painted wherever it is; who changes its look says where the view is to be painted anew."""

    def __init__(self) -> None:
        super().__init__()
        self.look: Look | None = None
        self.image: QImage | None = None
        self.label = ""

    def boundingRect(self) -> QRectF:
        """Return more than any scan: the disc may lie beside it."""
        return EVERYWHERE

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw preview, line, circle, sign and words."""
        look = self.look
        if look is None:
            return
        if self.image is not None and look.window is not None:
            rows, columns = look.window.shape
            painter.drawImage(QRectF(look.window.left, look.window.top, columns, rows), self.image)
        to_screen = painter.worldTransform()
        centre = to_screen.map(QPointF(look.centre.x, look.centre.y))
        across, down = look.radius * to_screen.m11(), look.radius / look.aspect * to_screen.m22()
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        lines = [_bar(centre, _SIGN_PX, 0)] if look.sign in ("+", "−") else []
        lines += [_bar(centre, 0, _SIGN_PX)] if look.sign == "+" else []
        if look.line_from is not None:
            lines.append(QLineF(to_screen.map(QPointF(look.line_from.x, look.line_from.y)), centre))
        for colour, width in ((_DARK, _LINE_PX + 2), (_LIGHT, _LINE_PX)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(centre, across, down)
            painter.setPen(QPen(colour, width - 0.75))
            painter.drawLines(lines)
        if self.label:
            painter.setFont(theme.scaled_font())
            haloed(
                painter,
                centre + QPointF(-painter.fontMetrics().horizontalAdvance(self.label) / 2, down + painter.fontMetrics().height() * 1.2),
                self.label,
            )
        painter.restore()


def _bar(centre: QPointF, across: float, down: float) -> QLineF:
    half = QPointF(across, down)
    return QLineF(centre - half, centre + half)
