"""Small pieces of text and colour that panels are made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QWidget

from busi_gui.views import theme

_LONG_WORD = re.compile(r"\S{20,}")
_JOINT = re.compile(r"[/\\_.,-]")
"""After these a long word may be broken."""


class Role(Enum):
    """What a text is to the reader: size, whether bold, colour."""

    TEXT = (1.0, False, theme.TEXT)
    TITLE = (theme.LARGE, True, theme.TEXT)
    HEADING = (1.0, True, theme.TEXT)
    SECONDARY = (theme.SMALL, False, theme.TEXT_SECONDARY)
    CAUTION = (1.0, False, theme.CAUTION)


def dress(widget: QWidget, role: Role) -> None:
    """Give a widget the font and colour of a role."""
    scale, bold, colour = role.value
    widget.setFont(theme.scaled_font(scale, bold=bold))
    palette = widget.palette()
    palette.setColor(QPalette.ColorRole.WindowText, QColor(colour))
    widget.setPalette(palette)


class Words(QLabel):
    """A paragraph: wraps, can be selected with the mouse, is never taken for markup."""

    def __init__(self, text: str = "", role: Role = Role.TEXT, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = ""
        self.setText(text)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        dress(self, role)

    def setText(self, text: str) -> None:
        """Say this. Paths and other long words may be broken on screen; `text` and the clipboard of whoever asks it have them whole."""
        self._said = text
        super().setText(_LONG_WORD.sub(lambda word: _JOINT.sub("\\g<0>\u200b", word.group()), text))

    def text(self) -> str:
        """Return what it says."""
        return self._said


def say(words: Words, text: str) -> None:
    """Say this; nothing is not shown."""
    if text != words.text():
        words.setText(text)
    words.setVisible(bool(text))


class ElidedLabel(QLabel):
    """One line that gives way: what does not fit is cut in the chosen place, and the tooltip says it all."""

    def __init__(self, where: Qt.TextElideMode = Qt.TextElideMode.ElideRight, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full = ""
        self._where = where
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def full_text(self) -> str:
        """The text, whole."""
        return self._full

    def show_text(self, text: str) -> None:
        """Show a text as far as there is room."""
        if text == self._full:
            return
        self._full = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._elide()

    def sizeHint(self) -> QSize:
        """Return the size of the whole text."""
        hint = super().sizeHint()
        # Two more than the advance: a style sheet's border and rounding would otherwise cut the last letter.
        shown = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(hint.width() - shown + self.fontMetrics().horizontalAdvance(self._full) + 2, hint.height())

    def minimumSizeHint(self) -> QSize:
        """Return a size of a few letters."""
        return QSize(min(self.sizeHint().width(), self.fontMetrics().horizontalAdvance("0000")), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.contentsRect().width()
        shown = self.fontMetrics().elidedText(self._full, self._where, max(room, 0))
        self.setText(shown)
        self.setToolTip(self._full if shown != self._full else "")


class Link(QPushButton):
    """A button that looks like a word to click on."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text.replace("&", "&&"), parent)
        self.setFlat(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setStyleSheet(
            f"QPushButton {{ border: 1px solid transparent; background: transparent; color: {theme.ACCENT}; padding: 2px; }}"
            f"QPushButton:hover {{ text-decoration: underline; }} QPushButton:focus {{ border: 1px solid {theme.ACCENT}; }}"
        )


def plain_button(text: str, tooltip: str, do: Callable[[], object]) -> QPushButton:
    """Return a button of a dialog that Enter presses only where it has the focus."""
    button = QPushButton(text)
    button.setToolTip(tooltip)
    button.setAutoDefault(False)
    button.clicked.connect(do)
    return button


class Dot(QWidget):
    """The colour in which a lesion is outlined on the scan."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = QColor(theme.TEXT)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_colour(self, colour: QColor) -> None:
        """Take another colour."""
        self._colour = colour
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that goes with the text."""
        side = round(self.fontMetrics().height() * 0.7)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawEllipse(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
