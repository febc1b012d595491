"""CornerText: what is written over the scan's corners."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from busi_gui.domain.scan import Calibration, Identity, Scan
from busi_gui.views import theme

NOT_CALIBRATED = "px (not calibrated)"
BY_HAND = f"({Calibration.HAND.value})"
SEVERAL_SCALES = "several scales: measured inside one part only"
PART_CALIBRATED = "calibrated in a part of the picture: measured inside it only"
SALIENCY_CAVEAT = "Shows what moved the network, not where the tumour is"

_LENGTHS_MM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Not strftime's: those follow the system's language, and the rest of the window is English."""
_HALO = QColor(0, 0, 0, 170)
_FAINT_HALO = QColor(0, 0, 0, 45)
_REWRITTEN = (
    QEvent.Type.Resize,
    QEvent.Type.DevicePixelRatioChange,
    QEvent.Type.FontChange,
    QEvent.Type.ApplicationFontChange,
    QEvent.Type.StyleChange,
)
_AROUND = [QPointF(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]


@dataclass(frozen=True)
class Corners:
    """What to write.

    Attributes
    ----------
    identity, acquisition
        Lines at the top left and top right.
    view
        Lines at the bottom left: zoom and window.
    px_per_mm
        Device-independent pixels of screen per millimetre along a row, None where no one scale holds for the picture.
    scale_note
        Where the millimetres come from, if that must be said, or in plain words why there are none.
    caveat
        One line at the bottom in the middle, or nothing.
    hint
        What to do with the tool in hand, at the top in the middle, or nothing.
    has_focus
        Whether to show that keys go here.
    """

    identity: tuple[str, ...] = ()
    acquisition: tuple[str, ...] = ()
    view: tuple[str, ...] = ()
    px_per_mm: float | None = None
    scale_note: str = ""
    caveat: str = ""
    hint: str = ""
    has_focus: bool = False


def corners_of(scan: Scan, who: Identity, px_per_column: float) -> Corners:
    """Return what is to be written of a scan, and of as much of its identity as may be seen, shown so many pixels of screen to a column."""
    number = f"ID {who.patient_id}" if who.patient_id else ""
    return Corners(
        identity=tuple(line for line in (who.name, number) if line),
        acquisition=tuple(line for line in (readable_date(who.study_date), scan.device) if line),
        px_per_mm=px_per_column / scan.spacing.column_mm if scan.spacing is not None else None,
        scale_note=scale_note(scan),
    )


def scale_bar(px_per_mm: float, longest_px: float) -> tuple[float, float]:
    """Return the longest nice length that fits, in millimetres and in pixels; the shortest one where none does."""
    fitting = [length for length in _LENGTHS_MM if length * px_per_mm <= longest_px]
    length_mm = fitting[-1] if fitting else _LENGTHS_MM[0]
    return length_mm, length_mm * px_per_mm


def scale_note(scan: Scan) -> str:
    """Return what must be said of a scan's millimetres, or in their place; empty where the file gives the whole picture one scale."""
    if scan.calibration is Calibration.HAND:
        return BY_HAND
    if scan.spacing is not None:
        return ""
    if not scan.regions:
        return NOT_CALIBRATED
    return SEVERAL_SCALES if len({region.spacing for region in scan.regions}) > 1 else PART_CALIBRATED


def readable_date(date: str) -> str:
    """Return a date as in ``26 Mar 2024`` where it is written ``2024-03-26``, and unchanged where it is not."""
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        return date
    # fromisoformat also takes weeks and dates without hyphens, which a reader of files leaves as they are because it is not sure of them.
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day.isoformat() == date else date


def wrapped(text: str, metrics: QFontMetricsF, longest: float) -> tuple[str, ...]:
    """Return a text in lines of at most so many pixels, broken between words; a word that is longer is cut short."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else ""
        if longer and metrics.horizontalAdvance(longer) <= longest:
            lines[-1] = longer
        else:
            lines.append(metrics.elidedText(word, Qt.TextElideMode.ElideRight, longest))
    return tuple(lines)


class CornerText(QWidget):
    """Lies over the scan, lets every click through, and is readable on black and on white."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._corners: Corners | None = None
        self._written: QPixmap | None = None
        parent.installEventFilter(self)

    @property
    def corners(self) -> Corners | None:
        """What is written now."""
        return self._corners

    def set_corners(self, corners: Corners | None) -> None:
        """Write this, or nothing."""
        if corners != self._corners:
            self._corners, self._written = corners, None
            self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the corners in the corners of what is written over."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Write anew in another size, on another screen, or in another font."""
        if event.type() in _REWRITTEN:
            self._written = None
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Write the corners; whatever moves beneath them, they are written once."""
        if self._corners is None:
            return
        if self._written is None:
            self._written = QPixmap(self.size() * self.devicePixelRatioF())
            self._written.setDevicePixelRatio(self.devicePixelRatioF())
            self._written.fill(Qt.GlobalColor.transparent)
            self._write_all(self._written, self._corners)
        painter = QPainter(self)
        painter.drawPixmap(QPointF(0, 0), self._written)
        painter.end()

    def _write_all(self, surface: QPixmap, corners: Corners) -> None:
        painter = QPainter(surface)
        painter.setFont(theme.scaled_font())
        margin = painter.fontMetrics().height() * 0.6
        area = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        half = area.width() / 2 - margin
        metrics = QFontMetricsF(painter.font())
        identity_width, acquisition_width = (_widest(metrics, lines) for lines in (corners.identity, corners.acquisition))
        # A name is cut short only where the two corners would meet.
        self._write(painter, area.topLeft(), corners.identity, max(half, area.width() - acquisition_width - 2 * margin), is_right=False)
        self._write(painter, area.topRight(), corners.acquisition, max(half, area.width() - identity_width - 2 * margin), is_right=True)
        line = metrics.height()
        self._write(painter, area.bottomLeft() - QPointF(0, line * len(corners.view)), corners.view, half, is_right=False)
        self._write_scale(painter, area, corners)
        self._write_caveat(painter, area, corners)
        self._write_hint(painter, area, corners)
        if corners.has_focus:
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _write(self, painter: QPainter, corner: QPointF, lines: tuple[str, ...], longest: float, *, is_right: bool) -> None:
        metrics = QFontMetricsF(painter.font())
        for place, line in enumerate(lines):
            text = metrics.elidedText(line, Qt.TextElideMode.ElideRight, longest)
            left = corner.x() - metrics.horizontalAdvance(text) if is_right else corner.x()
            haloed(painter, QPointF(left, corner.y() + metrics.ascent() + place * metrics.height()), text)

    def _write_scale(self, painter: QPainter, area: QRectF, corners: Corners) -> None:
        line = QFontMetricsF(painter.font()).height()
        if corners.px_per_mm is None:
            words = wrapped(corners.scale_note or NOT_CALIBRATED, QFontMetricsF(painter.font()), area.width() / 2)
            self._write(painter, area.bottomRight() - QPointF(0, line * len(words)), words, area.width() / 2, is_right=True)
            return
        length_mm, length = scale_bar(corners.px_per_mm, max(area.width() * 0.2, 60))
        words = wrapped(f"{length_mm:g} mm {corners.scale_note}", QFontMetricsF(painter.font()), area.width() / 2)
        self._write(painter, area.bottomRight() - QPointF(0, line * (len(words) + 0.5)), words, area.width() / 2, is_right=True)
        right, bottom, tick = round(area.right()), round(area.bottom()), round(line * 0.35)
        left = right - length
        lines = [QLineF(left, bottom, right, bottom), QLineF(left, bottom - tick, left, bottom), QLineF(right, bottom - tick, right, bottom)]
        for colour, width in ((_HALO, 4), (QColor(theme.TEXT), 2)):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
            painter.drawLines(lines)

    def _write_caveat(self, painter: QPainter, area: QRectF, corners: Corners) -> None:
        if not corners.caveat:
            return
        metrics = QFontMetricsF(painter.font())
        # Cut short it would say something else: it takes as many lines as it needs.
        lines = wrapped(corners.caveat, metrics, area.width())
        width = _widest(metrics, lines)
        # Above the corners where it would run into them.
        beside = _widest(metrics, (*corners.view, corners.scale_note or NOT_CALIBRATED))
        is_tight = width + 2 * max(beside, area.width() * 0.2) + 4 * metrics.averageCharWidth() > area.width()
        rise = metrics.height() * (len(corners.view) + 0.5) if is_tight else 0.0
        for place, line in enumerate(reversed(lines)):
            left = area.center().x() - metrics.horizontalAdvance(line) / 2
            haloed(painter, QPointF(left, area.bottom() - rise - metrics.descent() - place * metrics.height()), line, theme.CAUTION)

    def _write_hint(self, painter: QPainter, area: QRectF, corners: Corners) -> None:
        if not corners.hint:
            return
        metrics = QFontMetricsF(painter.font())
        lines = wrapped(corners.hint, metrics, area.width())
        beside = max(_widest(metrics, corners.identity), _widest(metrics, corners.acquisition))
        is_tight = _widest(metrics, lines) + 2 * beside + 4 * metrics.averageCharWidth() > area.width()
        drop = metrics.height() * (max(len(corners.identity), len(corners.acquisition)) + 0.5) if is_tight else 0.0
        for place, line in enumerate(lines):
            left = area.center().x() - metrics.horizontalAdvance(line) / 2
            haloed(painter, QPointF(left, area.top() + drop + metrics.ascent() + place * metrics.height()), line)


def _widest(metrics: QFontMetricsF, lines: tuple[str, ...]) -> float:
    return max((metrics.horizontalAdvance(line) for line in lines), default=0.0)


def haloed(painter: QPainter, baseline: QPointF, text: str, colour: str = theme.TEXT) -> None:
    """Write a line that is readable on black and on white, from its baseline's left end."""
    for halo, reach in ((_FAINT_HALO, 2), (_HALO, 1)):
        painter.setPen(halo)
        for offset in _AROUND:
            painter.drawText(baseline + offset * reach, text)
    painter.setPen(QColor(colour))
    painter.drawText(baseline, text)
