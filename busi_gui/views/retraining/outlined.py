"""OutlinedPicture: a small scan with outlines of the same lesion by several hands; and CasePictures, which fetches the scans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from busi_gui.domain.scan import Pixels
from busi_gui.services.retraining import CasePicture, Retraining
from busi_gui.views import theme
from busi_gui.views.labels import Role, Words
from busi_gui.views.line_sample import LineSample
from busi_gui.views.retraining.words import NETWORK_NAME, NEW_NAME, OLD_NAME, READER_NAME
from busi_gui.views.scan.overlays import outline
from busi_gui.views.wrap_row import WrapRow
from models.analysis import Mask


@dataclass(frozen=True)
class Hand:
    """Whose an outline is, and how it is drawn: the lines are told apart by their dash as well."""

    name: str
    colour: str
    dash: Qt.PenStyle


READER = Hand(READER_NAME, theme.LESIONS[2], Qt.PenStyle.DotLine)
OLD = Hand(OLD_NAME, theme.LESIONS[1], Qt.PenStyle.DashLine)
NEW = Hand(NEW_NAME, theme.LESIONS[0], Qt.PenStyle.SolidLine)
NETWORK = Hand(NETWORK_NAME, theme.LESIONS[0], Qt.PenStyle.SolidLine)
"""While it learns: what it will propose is not known yet."""
_LINE_PX = 2.0


class CasePictures(QObject):
    """What cases look like, each asked for once.

    Signals
    -------
    came(str)
        A case is there, named as ``KEY-FRAME``.
    """

    came = Signal(str)

    def __init__(self, retraining: Retraining, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._retraining = retraining
        self._known: dict[str, CasePicture | None] = {}
        retraining.pictured.connect(self._on_pictured)

    def of(self, name: str) -> Pixels | None:
        """Return the pixels of a case, uint8 (rows, columns); None while they are fetched, or where it is not approved any more."""
        if name not in self._known:
            self._known[name] = None
            self._retraining.show_case(name)
        picture = self._known[name]
        return None if picture is None else picture.pixels

    def reader_of(self, name: str) -> Mask | None:
        """Return the reader's outlines of a case that was asked for, bool (rows, columns); None before it is there."""
        picture = self._known.get(name)
        return None if picture is None else picture.mask

    def forget(self) -> None:
        """Ask again for what is shown next: what is approved may have changed."""
        self._known.clear()

    def _on_pictured(self, name: str, picture: CasePicture) -> None:
        if name in self._known:
            self._known[name] = picture
            self.came.emit(name)


class OutlinedPicture(QWidget):
    """A scan on black, as large as there is room, with outlines on it.

    Parameters
    ----------
    side
        How wide and high it is, in device-independent pixels.

    Signals
    -------
    chosen()
        It was clicked, or Enter or Space was pressed on it; only after `make_choosable`.
    """

    chosen = Signal()

    def __init__(self, side: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = side
        self._is_choosable = False
        self._image = QImage()
        self._outlines: list[tuple[Hand, QPainterPath, tuple[int, int]]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def fill_its_room(self) -> None:
        """Let it grow with what it lies in, and shrink."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(self._side // 3, self._side // 3)

    def make_choosable(self, tip: str) -> None:
        """Let it be chosen with mouse and keys; ``tip`` says what for."""
        self._is_choosable = True
        self.setToolTip(tip)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def has_picture(self) -> bool:
        """Whether the scan itself is there."""
        return not self._image.isNull()

    @property
    def hands(self) -> list[str]:
        """Whose outlines are drawn."""
        return [hand.name for hand, path, _ in self._outlines if not path.isEmpty()]

    def show_pixels(self, pixels: Pixels | None) -> None:
        """Show a scan, uint8 (rows, columns); None: only the outlines."""
        if pixels is None:
            self._image = QImage()
        else:
            whole = np.ascontiguousarray(pixels)
            rows, columns = whole.shape
            self._image = QImage(whole.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()
        self.update()

    def show_outlines(self, outlines: Sequence[tuple[Hand, Mask]]) -> None:
        """Draw the borders of these masks, bool (rows, columns) of the whole picture in any size, in place of those before."""
        self._outlines = [(hand, path_of(mask), (mask.shape[0], mask.shape[1])) for hand, mask in outlines]
        self.update()

    def sizeHint(self) -> QSize:
        """Return a square."""
        return QSize(self._side, self._side)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose it."""
        if self._is_choosable and event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.chosen.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose it."""
        if self._is_choosable and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw scan and outlines."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor("#000000"))
        room = self._room()
        if room is not None:
            if self.has_picture:
                painter.drawImage(room, self._image)
            for hand, path, shape in self._outlines:
                _draw(painter, room, hand, path, shape)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 3))
            painter.drawRect(self.rect())
        painter.end()

    def _room(self) -> QRectF | None:
        """Return where the picture lies in the square."""
        if self.has_picture:
            rows, columns = self._image.height(), self._image.width()
        elif self._outlines:
            rows, columns = self._outlines[0][2]
        else:
            return None
        scale = min(self.width() / columns, self.height() / rows)
        wide, high = columns * scale, rows * scale
        return QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high)


class HandLegend(WrapRow):
    """Names outlines beside how they are drawn."""

    def __init__(self, hands: Sequence[Hand], gap: int, parent: QWidget | None = None) -> None:
        super().__init__([legend_part(hand.name, hand.colour, hand.dash) for hand in hands], end=0, gap=gap, parent=parent)


def legend_part(name: str, colour: str, dash: Qt.PenStyle) -> QWidget:
    """Return a line with its name."""
    part = QWidget()
    row = QHBoxLayout(part)
    row.setContentsMargins(0, 0, 0, 0)
    words = Words(name, Role.SECONDARY)
    words.setWordWrap(False)
    row.addWidget(LineSample(colour, dash))
    row.addWidget(words)
    return part


def mask_of_png(content: bytes) -> Mask | None:
    """Return the mask that a PNG of 0 and 255 holds, bool (rows, columns); None where it holds none."""
    if not content:
        return None
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return None
    return None if pixels is None else np.asarray(pixels > 127)


def path_of(mask: Mask) -> QPainterPath:
    """Return the borders of a mask in its own pixels; a mask is small, and its steps are smoothed away."""
    path = QPainterPath()
    for polygon in outline(mask):
        middles = (polygon + np.roll(polygon, -1, axis=0)) / 2 if len(polygon) > 8 else polygon
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in middles]))
        path.closeSubpath()
    return path


def _draw(painter: QPainter, room: QRectF, hand: Hand, path: QPainterPath, shape: tuple[int, int]) -> None:
    painter.save()
    painter.translate(room.topLeft())
    painter.scale(room.width() / shape[1], room.height() / shape[0])
    for colour, width, dash in ((QColor(0, 0, 0, 110), _LINE_PX + 2, Qt.PenStyle.SolidLine), (QColor(hand.colour), _LINE_PX, hand.dash)):
        pen = QPen(colour, width * painter.device().devicePixelRatioF(), dash, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.RoundJoin)
        pen.setCosmetic(True)  # then it counts device pixels
        painter.setPen(pen)
        painter.drawPath(path)
    painter.restore()
