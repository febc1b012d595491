"""Icons: stroke drawings in ``resources/icons``, tinted for each state of a button."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from busi_gui.paths import resources_dir
from busi_gui.views import theme

_TINTS = {
    (QIcon.Mode.Disabled, QIcon.State.Off): theme.TEXT_DISABLED,
    (QIcon.Mode.Disabled, QIcon.State.On): theme.TEXT_DISABLED,
    (QIcon.Mode.Normal, QIcon.State.On): theme.ACCENT,
}


@cache
def icon(name: str) -> QIcon:
    """Return the icon with this file name (without ``.svg``), in text colour, accent when checked, dim when disabled.

    Raises
    ------
    FileNotFoundError
        There is no such icon.
    """
    return QIcon(_Drawing(_drawing(name)))


@cache
def app_icon() -> QIcon:
    """Return the program's own icon, in its own colours."""
    result = QIcon()
    renderer = _renderer(_drawing("app"), theme.TEXT)
    for side in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_drawn(renderer, QSize(side, side)))
    return result


class _Drawing(QIconEngine):
    """Draws an icon in each size and tint when it is first seen so: to draw them all beforehand would be a tenth of the start."""

    def __init__(self, drawing: str) -> None:
        super().__init__()
        self._drawing = drawing
        self._drawn: dict[tuple[int, int, str], QPixmap] = {}

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the drawing for a state of a button, ``size`` device pixels large; none where Qt asks for no size at all."""
        if size.isEmpty():
            return QPixmap()
        colour = _TINTS.get((mode, state)) or _TINTS.get((QIcon.Mode.Normal, state), theme.TEXT)
        key = size.width(), size.height(), colour
        if key not in self._drawn:
            self._drawn[key] = _drawn(_renderer(self._drawing, colour), size)
        return self._drawn[key]

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Draw it for a state of a button."""
        painter.drawPixmap(rect, self.pixmap(rect.size() * painter.device().devicePixelRatio(), mode, state))

    def clone(self) -> QIconEngine:
        """Return one of its own for an icon that is to be changed."""
        other = _Drawing(self._drawing)
        _clones.append(other)
        return other


_clones: list[_Drawing] = []
"""Qt takes them, and PySide would let go of them."""


def pixmap(name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """Return a drawing in one colour, ``size`` device-independent pixels wide, for a screen of this device pixel ratio; drawn once."""
    key = f"busi-gui {name} {size} {colour} {ratio}"
    drawn = QPixmap()
    if not QPixmapCache.find(key, drawn):
        side = round(size * ratio)
        drawn = _drawn(_renderer(_drawing(name), colour), QSize(side, side))
        drawn.setDevicePixelRatio(ratio)
        QPixmapCache.insert(key, drawn)
    return drawn


def _drawing(name: str) -> str:
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def _renderer(drawing: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))


def _drawn(renderer: QSvgRenderer, size: QSize) -> QPixmap:
    drawn = QPixmap(size)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter)
    painter.end()
    return drawn
