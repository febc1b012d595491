"""WrapRow: controls side by side, on as many lines as the width asks for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class WrapRow(QWidget):
    """Lays its parts out from left to right, and goes on below where the line is full.

    Parameters
    ----------
    parts
        In the order in which they are read.
    end
        How many of them, counted from the last, belong to the right end of their line.
    gap
        Pixels between two parts; lines lie half as far apart.
    """

    def __init__(self, parts: Sequence[QWidget], end: int, gap: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._parts, self._gap = list(parts), gap
        self._ends = self._parts[len(self._parts) - end :]
        self._sizes: list[tuple[QWidget, QSize]] | None = None  # of the parts in sight, as they were last asked for
        for part in self._parts:
            part.setParent(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Return True: a narrow row has more lines."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        lines = self._lines(width)
        return sum(max(size.height() for _, size in line) for line in lines) + self._gap // 2 * (len(lines) - 1)

    def sizeHint(self) -> QSize:
        """Return the size of one line."""
        sizes = [size for _, size in self._sized()]
        wide = sum(size.width() + self._gap for size in sizes) - self._gap
        return QSize(max(wide, 0), max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        """Return the width of the widest part, and a line's height."""
        narrowest = (max(part.minimumSizeHint().width(), part.minimumWidth()) for part in self._shown())
        return QSize(max(narrowest, default=0), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the parts out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def showEvent(self, event: QShowEvent) -> None:
        """Lay out anew what has changed while it could not be seen: of that Qt says nothing."""
        super().showEvent(event)
        self._sizes = None
        self._lay_out()

    def event(self, event: QEvent) -> bool:
        """Lay the parts out anew when one of them has grown."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._sizes = None
            self.updateGeometry()
            self._lay_out()
        return super().event(event)

    def _shown(self) -> list[QWidget]:
        return [part for part in self._parts if not part.isHidden()]

    def _sized(self) -> list[tuple[QWidget, QSize]]:
        """Return the parts with their sizes. Layouts ask for the height again and again: while the row is in sight, Qt tells what has changed."""
        shown = self._shown()
        if self._sizes is None or not self.isVisible() or [part for part, _ in self._sizes] != shown:
            self._sizes = [(part, _size(part)) for part in shown]
        return self._sizes

    def _lines(self, width: int) -> list[list[tuple[QWidget, QSize]]]:
        """Return the parts of each line."""
        lines: list[list[tuple[QWidget, QSize]]] = []
        room = -1
        for part, size in self._sized():
            if lines and size.width() <= room:
                lines[-1].append((part, size))
            else:
                lines.append([(part, size)])
                room = width
            room -= size.width() + self._gap
        return lines

    def _lay_out(self) -> None:
        top = 0
        for line in self._lines(self.width()):
            tall = max(size.height() for _, size in line)
            rest = self.width() - sum(size.width() + self._gap for _, size in line) + self._gap
            left = 0
            for part, size in line:
                if part in self._ends and rest > 0:
                    left, rest = left + rest, 0
                wide = min(size.width(), self.width())
                part.setGeometry(left, top + (tall - size.height()) // 2, wide, size.height())
                left += wide + self._gap
            top += tall + self._gap // 2


def _size(part: QWidget) -> QSize:
    """Return the size that a part would like to have, within what it may have."""
    return part.sizeHint().expandedTo(part.minimumSize()).boundedTo(part.maximumSize())
