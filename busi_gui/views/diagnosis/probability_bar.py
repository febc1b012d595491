"""ProbabilityBar: how malignant the network takes a lesion to be, on a line from benign to malignant."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from busi_gui.views import theme
from busi_gui.views.wording import band_text, probability_text, side_text
from models.analysis import Diagnosis, OperatingPoint

BENIGN, MALIGNANT = "0 benign", "malignant 1"
NUMBER_SCALE = 1.6  # of the text: the number is what is looked for
_LIGHTER = (0.3, 0.6)
"""How much lighter than the line the stretches are over which the probability moves with the outline, the widest first."""


class ProbabilityBar(QWidget):
    """A line from 0 to 1 with the probability, the stretches over which it moves with the outline, and the operating point.

    Place says it, words say it, colour only repeats it: both sides of the operating point have the same colour.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._diagnosis: Diagnosis | None = None
        self._point: OperatingPoint | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Probability of malignancy")

    def show_diagnosis(self, diagnosis: Diagnosis, point: OperatingPoint) -> None:
        """Draw a lesion's diagnosis against the operating point of the network that gave it."""
        self._diagnosis, self._point = diagnosis, point
        words = f"{self.number}. {side_text(diagnosis.p_malignant, point)}. {band_text(diagnosis)}".rstrip()
        self.setAccessibleDescription(words)
        self.setToolTip(words)
        self.update()

    @property
    def number(self) -> str:
        """The probability as it is written beside the line; empty before there is one."""
        return probability_text(self._diagnosis.p_malignant) if self._diagnosis else ""

    def x_of(self, probability: float) -> float:
        """Return where a probability lies, in pixels from the widget's left edge."""
        track = self._track()
        return track.left() + probability * track.width()

    def sizeHint(self) -> QSize:
        """Return the size that shows every label."""
        return QSize(self.fontMetrics().horizontalAdvance("0") * 34, self._height())

    def minimumSizeHint(self) -> QSize:
        """Return the size below which labels would meet."""
        ends = self._label_metrics().horizontalAdvance(f"{BENIGN}  {MALIGNANT}")
        return QSize(round(ends + self._number_width()) + 4, self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line."""
        if self._diagnosis is None or self._point is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.5)
        self._draw_track(painter, self._diagnosis)
        self._draw_notch(painter, self._point)
        self._draw_ends(painter)
        self._draw_number(painter)

    def _draw_track(self, painter: QPainter, diagnosis: Diagnosis) -> None:
        track = self._track()
        radius = 2.0
        painter.setPen(QPen(QColor(theme.BORDER), 1))
        painter.setBrush(QColor(theme.LINE))
        painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        filled = QRectF(track.topLeft(), QPointF(self.x_of(diagnosis.p_malignant), track.bottom()))
        painter.setBrush(QColor(theme.ACCENT))
        painter.drawRoundedRect(filled, radius, radius)
        # The widest first: each stretch lies on the one that holds it, and is lighter.
        for span, white in zip(reversed(diagnosis.known_ranges), _LIGHTER[-len(diagnosis.known_ranges) :], strict=False):
            left, right = self.x_of(span.low), self.x_of(span.high)
            painter.setBrush(theme.mixed(QColor(theme.ACCENT), QColor("#ffffff"), white))
            painter.drawRect(QRectF(left, track.top(), max(right - left, 1.0), track.height()))
        x = self.x_of(diagnosis.p_malignant)
        painter.setBrush(QColor(theme.PANEL))
        painter.drawRect(QRectF(x - 2.5, track.top() - 3, 5, track.height() + 6))
        painter.setBrush(QColor("#ffffff"))
        painter.drawRect(QRectF(x - 1.25, track.top() - 3, 2.5, track.height() + 6))

    def _draw_notch(self, painter: QPainter, point: OperatingPoint) -> None:
        track, x = self._track(), self.x_of(point.threshold)
        painter.setPen(QPen(QColor(theme.PANEL), 4))
        painter.drawLine(QPointF(x, track.top()), QPointF(x, track.bottom()))
        painter.setPen(QPen(QColor(theme.TEXT), 1.5))
        painter.drawLine(QPointF(x, track.top() - 2), QPointF(x, track.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.TEXT))
        tip = QPointF(x, track.top() - 1)
        painter.drawPolygon(QPolygonF([tip, tip + QPointF(-4, -6), tip + QPointF(4, -6)]))
        name = f"{point.name} {probability_text(point.threshold)}"
        painter.setFont(theme.scaled_font(theme.SMALL))
        width = self._label_metrics().horizontalAdvance(name) + 2
        left = min(max(x - width / 2, 0.0), max(self.width() - width, 0.0))
        painter.setPen(QColor(theme.TEXT_SECONDARY))
        painter.drawText(QRectF(left, 0, width, self._label_metrics().height()), Qt.AlignmentFlag.AlignCenter, name)

    def _draw_ends(self, painter: QPainter) -> None:
        track = self._track()
        row = QRectF(track.left(), track.bottom() + 4, track.width(), self._label_metrics().height())
        painter.setFont(theme.scaled_font(theme.SMALL))
        painter.setPen(QColor(theme.TEXT_SECONDARY))
        painter.drawText(row, Qt.AlignmentFlag.AlignLeft, BENIGN)
        painter.drawText(row, Qt.AlignmentFlag.AlignRight, MALIGNANT)

    def _draw_number(self, painter: QPainter) -> None:
        track = self._track()
        painter.setFont(self._number_font())
        painter.setPen(QColor(theme.TEXT))
        height = QFontMetricsF(self._number_font()).height()
        box = QRectF(track.right(), track.center().y() - height / 2, self.width() - track.right(), height)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.number)

    def _track(self) -> QRectF:
        """Return the line itself: below the notch's name, left of the number."""
        top = max(self._label_metrics().height() + 7, QFontMetricsF(self._number_font()).height() / 2 - self._thickness() / 2)
        return QRectF(2, top, max(self.width() - self._number_width() - 4, 10.0), self._thickness())

    def _number_width(self) -> float:
        return QFontMetricsF(self._number_font()).horizontalAdvance(">0.99") + 8

    def _thickness(self) -> float:
        return max(10.0, self.fontMetrics().height() * 0.7)

    def _height(self) -> int:
        below = max(self._label_metrics().height() + 4, (QFontMetricsF(self._number_font()).height() - self._thickness()) / 2)
        return round(self._track().bottom() + below + 2)

    def _label_metrics(self) -> QFontMetricsF:
        return QFontMetricsF(theme.scaled_font(theme.SMALL))

    def _number_font(self) -> QFont:
        return theme.scaled_font(NUMBER_SCALE, bold=True)
