"""Draws a row of the case list: thumbnail, name, what was found, how far the reader is."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QPixmap, QPixmapCache, QPolygonF
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from busi_gui.domain.case import CaseStatus
from busi_gui.views import theme
from busi_gui.views.cases.case_rows import ROW_ROLE, UNREADABLE, Row

Index = QModelIndex | QPersistentModelIndex

_UNCERTAIN = "uncertain"
_NARROW_EM = 10
"""In a panel narrower than this words need the room: no thumbnails."""


class CaseDelegate(QStyledItemDelegate):
    """One row: the thumbnail on black, at its right the name, below it what was found and how far the reader is with it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._height = QFontMetrics(theme.scaled_font()).height()
        self._small_height = QFontMetrics(theme.scaled_font(theme.SMALL)).height()
        self._gap = max(4, self._height // 3)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return three lines with room around them."""
        return QSize(self._height * 8, self._height + 2 * self._small_height + 2 * self._gap)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        row = index.data(ROW_ROLE)
        if not isinstance(row, Row):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = option.rect.adjusted(self._gap, self._gap, -self._gap, -self._gap)
        if row.is_current:
            painter.fillRect(QRect(option.rect.left(), option.rect.top() + 2, 3, option.rect.height() - 4), QColor(theme.ACCENT))
        if option.state & QStyle.StateFlag.State_HasFocus:  # a style sheet cannot say it: to it a chosen row looks the same without the focus
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        if option.rect.width() >= _NARROW_EM * self._height:
            frame = QRect(room.left(), room.top(), room.height() * 4 // 3, room.height())
            self._draw_thumbnail(painter, frame, row)
            room.setLeft(frame.right() + 1 + 2 * self._gap)
        self._draw_words(painter, room, row)
        painter.restore()

    def _draw_thumbnail(self, painter: QPainter, frame: QRect, row: Row) -> None:
        painter.fillRect(frame, QColor("#000000"))
        if row.image is not None:
            picture = _scaled(row.image, frame.size(), painter.device().devicePixelRatioF())
            size = picture.deviceIndependentSize().toSize()
            painter.drawPixmap(frame.center() - QRect(0, 0, size.width(), size.height()).center(), picture)
        elif row.entry.error:
            painter.setPen(QPen(QColor(theme.BORDER), 1))
            inner = QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRect(inner)
            painter.drawLine(inner.topLeft(), inner.bottomRight())
            painter.drawLine(inner.bottomLeft(), inner.topRight())

    def _draw_words(self, painter: QPainter, room: QRect, row: Row) -> None:
        lines = 1 + bool(row.outcome and not row.entry.error) + bool(row.status or row.entry.error or row.frames)
        top = room.top() + (room.height() - self._height - (lines - 1) * self._small_height) // 2
        line = QRect(room.left(), top, room.width(), self._height)
        painter.setFont(theme.scaled_font(bold=row.is_current))
        painter.setPen(QColor(theme.TEXT))
        _write(painter, self._before_approval(painter, line, row), row.name, Qt.TextElideMode.ElideMiddle)
        painter.setFont(theme.scaled_font(theme.SMALL))
        line = QRect(room.left(), line.bottom() + 1, room.width(), self._small_height)
        if row.entry.error:
            painter.setPen(QColor(theme.CAUTION))
            _write(painter, self._after_mark(painter, line, None), UNREADABLE)
            return
        if row.outcome:
            _write(painter, line, row.outcome)
            self._draw_doubt(painter, self._draw_side(painter, line, row), row)
            line.translate(0, self._small_height)
        painter.setPen(QColor(theme.TEXT_SECONDARY))
        rest = QRect(line)
        if row.status is not None:
            rest = self._after_mark(painter, line, row.status)
            rest.setLeft(_write(painter, rest, row.status.value) + self._gap)
        if rest.width() >= painter.fontMetrics().horizontalAdvance(row.frames):  # half a number would be a wrong one
            painter.drawText(rest, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.frames)

    def _before_approval(self, painter: QPainter, line: QRect, row: Row) -> QRect:
        """Draw a bookmark at the end of the line where a frame is approved, and return what is left of the line."""
        if not row.is_approved:
            return line
        high = round(self._height * 0.66)
        mark = QRectF(line.right() - high * 0.7, line.top() + (line.height() - high) / 2, high * 0.7, high)
        pen = painter.pen()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.ACCENT))
        painter.drawPolygon(_points(mark, (0, 0), (1, 0), (1, 1), (0.5, 0.68), (0, 1)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        return line.adjusted(0, 0, -round(high * 0.7) - self._gap, 0)

    def _draw_doubt(self, painter: QPainter, rest: QRect, row: Row) -> None:
        """Draw the sign of danger, and the word where there is room, for an uncertain verdict."""
        if not row.is_uncertain:
            return
        painter.setPen(QColor(theme.CAUTION))
        rest = self._after_mark(painter, rest, None)
        if painter.fontMetrics().horizontalAdvance(_UNCERTAIN) <= rest.width():
            _write(painter, rest, _UNCERTAIN)

    def _draw_side(self, painter: QPainter, line: QRect, row: Row) -> QRect:
        """Draw a dot behind a number above the operating point and a ring behind one below; return what is left of the line."""
        side = round(self._small_height * 0.5)
        left = line.left() + painter.fontMetrics().horizontalAdvance(row.outcome) + self._gap
        rest = QRect(line)
        rest.setLeft(left + (side + self._gap if row.is_above is not None else 0))
        if row.is_above is None:
            return rest
        mark = QRectF(left, line.top() + (line.height() - side) / 2, side, side).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(QColor(theme.TEXT), 1.4))
        painter.setBrush(QColor(theme.TEXT) if row.is_above else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(mark)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        return rest

    def _after_mark(self, painter: QPainter, line: QRect, status: CaseStatus | None) -> QRect:
        """Draw a status' shape, the sign of danger for None, at the start of a line, and return what is left of the line."""
        side = round(self._small_height * 0.62)
        box = QRectF(line.left(), line.top() + (line.height() - side) / 2, side, side)
        draw_mark(painter, box, status)
        return line.adjusted(side + self._gap * 3 // 4, 0, 0, 0)


def draw_mark(painter: QPainter, box: QRectF, status: CaseStatus | None) -> None:
    """Draw a status' shape in the painter's colour: empty diamond, full diamond, pen on a line, tick; for None a triangle."""
    colour = painter.pen().color()
    painter.setPen(QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(colour if status is CaseStatus.ANALYSED else Qt.BrushStyle.NoBrush)
    inner = box.adjusted(1, 1, -1, -1)
    if status is None:
        painter.drawPolygon(_points(inner, (0.5, 0), (1, 1), (0, 1)))
        painter.drawLine(*_points(inner, (0.5, 0.4), (0.5, 0.75)).toList())
    elif status is CaseStatus.REVIEWED:
        painter.drawPolyline(_points(inner, (0, 0.55), (0.36, 0.95), (1, 0.1)))
    elif status is CaseStatus.CORRECTED:
        painter.drawPolyline(_points(inner, (1, 0), (0, 0.95), (1, 0.95)))
    else:
        painter.drawPolygon(_points(inner, (0.5, 0), (1, 0.5), (0.5, 1), (0, 0.5)))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _points(box: QRectF, *shares: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in shares])


def _write(painter: QPainter, line: QRect, text: str, where: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> int:
    """Write a text at the left of a line, cut where it does not fit, and return where it ends."""
    shown = painter.fontMetrics().elidedText(text, where, line.width())
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
    return line.left() + painter.fontMetrics().horizontalAdvance(shown)


def _scaled(image: QImage, room: QSize, ratio: float) -> QPixmap:
    """Return a thumbnail in the very pixels of the screen, from Qt's cache of a few megabytes where it was drawn lately."""
    key = f"thumbnail {image.cacheKey()} {room.width()} {room.height()} {ratio:g}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    size = QSize(round(room.width() * ratio), round(room.height() * ratio))
    smooth = Qt.TransformationMode.SmoothTransformation
    made = QPixmap.fromImage(image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, smooth))
    made.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, made)
    return made
