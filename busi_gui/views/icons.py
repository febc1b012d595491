"""Icons: stroke drawings in ``resources/icons``, tinted for each state of a button."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from busi_gui.paths import resources_dir
from busi_gui.views import theme

_SIZES = (16, 20, 24, 32, 40, 48, 64)
"""In device pixels: what bars ask for at device pixel ratio 1 and 2. Between them a larger one is shrunk, which stays sharp."""

_TINTS = (
    (QIcon.Mode.Normal, QIcon.State.Off, theme.TEXT),
    (QIcon.Mode.Normal, QIcon.State.On, theme.ACCENT),
    (QIcon.Mode.Disabled, QIcon.State.Off, theme.TEXT_DISABLED),
    (QIcon.Mode.Disabled, QIcon.State.On, theme.TEXT_DISABLED),
)


@cache
def icon(name: str) -> QIcon:
    """Return the icon with this file name (without ``.svg``), in text colour, accent when checked, dim when disabled.

    Raises
    ------
    FileNotFoundError
        There is no such icon.
    """
    result = QIcon()
    for mode, state, colour in _TINTS:
        renderer = _renderer(name, colour)
        for size in _SIZES:
            result.addPixmap(_drawn(renderer, size), mode, state)
    return result


@cache
def app_icon() -> QIcon:
    """Return the program's own icon, in its own colours."""
    result = QIcon()
    renderer = _renderer("app", theme.TEXT)
    for size in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_drawn(renderer, size))
    return result


def pixmap(name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """Return a drawing in one colour, ``size`` device-independent pixels wide, for a screen of this device pixel ratio."""
    drawn = _drawn(_renderer(name, colour), round(size * ratio))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def _renderer(name: str, colour: str) -> QSvgRenderer:
    drawing = (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(drawing.replace("currentColor", colour).encode()))


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    drawn = QPixmap(QSize(size, size))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter)
    painter.end()
    return drawn
