"""FrameSlider: where in a cine the reader is, which frames are damaged, and which is proposed for reading."""

from __future__ import annotations

from math import floor

from PySide6.QtCore import QEvent, QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QToolTip, QWidget

from busi_gui.services.states import CineState
from busi_gui.views import theme
from busi_gui.views.cine.cine_words import runs, unreadable_text
from busi_gui.views.scan.notches import Notches

KEY_FRAME = "key frame"
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}


class FrameSlider(QSlider):
    """A slider with one place for each frame, and a scale below it; a click jumps there, and a drag scrubs.

    Signals
    -------
    frame_chosen(int)
        The reader wants to see this frame, from 0.
    stepped(int)
        The reader wants to go on by so many frames, by wheel or by key.
    """

    frame_chosen = Signal(int)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._cine = CineState(0, 1, 0.0, has_stated_rate=False)
        self._margins: tuple[float, float] | None = None
        self._notches = Notches()
        self.setPageStep(10)
        self.setAccessibleName("Frame")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.valueChanged.connect(lambda value: self.frame_chosen.emit(value - 1))

    def show_cine(self, cine: CineState, frame: int) -> None:
        """Show a cine, and where in it the reader is; a handle that the reader holds stays in the hand."""
        is_new = (cine.frame_count, cine.unreadable, cine.key_frame) != (self._cine.frame_count, self._cine.unreadable, self._cine.key_frame)
        self._cine = cine
        with QSignalBlocker(self):  # it is not the reader who moves it
            self.setRange(1, cine.frame_count)
            if not self.isSliderDown():
                self.setValue(frame + 1)
        if is_new:
            self.setAccessibleDescription(unreadable_text(cine.unreadable))
        self.update()

    def set_margins(self, margins: tuple[float, float] | None) -> None:
        """Keep so many pixels free left and right of the frames, to stand below a plot; None: as few as the handle needs."""
        self._margins = margins
        self.update()

    def x_of(self, frame: float) -> float:
        """Return where the middle of a frame's place is, in pixels from the left edge; halves are the borders between frames."""
        track = self._track()
        return track.left() + (frame + 0.5) / self._cine.frame_count * track.width()

    def frame_at(self, x: float) -> int:
        """Return the frame whose place is there, or nearest."""
        track = self._track()
        place = floor((x - track.left()) / track.width() * self._cine.frame_count)
        return min(max(place, 0), self._cine.frame_count - 1)

    def sizeHint(self) -> QSize:
        """Return room for the handle and the scale."""
        return QSize(self.fontMetrics().height() * 12, self._height())

    def minimumSizeHint(self) -> QSize:
        """Return room for the handle and the scale."""
        return QSize(self.fontMetrics().height() * 6, self._height())

    def event(self, event: QEvent) -> bool:
        """Name the frame under the pointer, and what cannot be read."""
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip_at(event.pos().x()), self)
            return True
        return super().event(event)

    def tip_at(self, x: float) -> str:
        """Return what is said of the place under the pointer."""
        frame = self.frame_at(x)
        named = f"Frame {frame + 1}{f', {KEY_FRAME}' if frame == self._cine.key_frame else ''}"
        damaged = unreadable_text(self._cine.unreadable)
        return f"{named}\n{damaged}" if damaged else named

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump to where it was clicked; also to the frame on screen, for that holds a cine that plays."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        with QSignalBlocker(self):
            self.setValue(self.frame_at(event.position().x()) + 1)
        self.frame_chosen.emit(self.value() - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if self.isSliderDown():
            self.setValue(self.frame_at(event.position().x()) + 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go one frame for a notch, as over the scan."""
        event.accept()
        notches = self._notches.add(event)
        if notches:
            self.stepped.emit(-notches)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step by the arrows."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track, damaged frames, scale, key frame and handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_track(painter)
        self._draw_unreadable(painter)
        key = self._draw_key_frame(painter)
        self._draw_scale(painter, key)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#ffffff" if self.isSliderDown() or self.underMouse() else theme.TEXT))
        painter.drawEllipse(QPointF(self.x_of(self.value() - 1), self._track().center().y()), self._radius(), self._radius())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def _draw_track(self, painter: QPainter) -> None:
        track = self._track()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.BORDER))
        painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)
        painter.setBrush(QColor(theme.ACCENT))
        gone = QRectF(track.topLeft(), QPointF(self.x_of(self.value() - 1), track.bottom()))
        painter.drawRoundedRect(gone, track.height() / 2, track.height() / 2)

    def _draw_unreadable(self, painter: QPainter) -> None:
        track = self._track()
        for first, last in runs(self._cine.unreadable):
            left, right = self.x_of(first - 0.5), self.x_of(last + 0.5)
            box = QRectF(left, track.center().y() - self._radius(), max(right - left, 3.0), 2 * self._radius())
            painter.fillRect(box, QColor(theme.PANEL))
            painter.fillRect(box, QBrush(QColor(theme.TEXT_SECONDARY), Qt.BrushStyle.BDiagPattern))
            painter.setPen(QPen(QColor(theme.TEXT_SECONDARY), 1))
            painter.drawLine(box.topLeft(), box.bottomLeft())
            painter.drawLine(box.topRight(), box.bottomRight())

    def _draw_key_frame(self, painter: QPainter) -> QRectF:
        """Draw a lozenge and a word below the key frame, and return the room that they take."""
        if self._cine.key_frame is None:
            return QRectF()
        metrics, row = self._small(), self._scale_row()
        x, side = self.x_of(self._cine.key_frame), row.height() * 0.36
        middle = QPointF(x, row.center().y())
        painter.setPen(QPen(QColor(theme.ACCENT), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF([middle + QPointF(*at) for at in ((0, -side), (side, 0), (0, side), (-side, 0))]))
        wide, gap = metrics.horizontalAdvance(KEY_FRAME), side + 4
        left = x + gap if x + gap + wide <= self.width() else x - gap - wide
        painter.setFont(theme.scaled_font(theme.SMALL))
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(QPointF(left, self._baseline()), KEY_FRAME)
        return QRectF(min(left, x - side), row.top(), wide + gap + side, row.height())

    def _draw_scale(self, painter: QPainter, taken: QRectF) -> None:
        metrics = self._small()
        painter.setFont(theme.scaled_font(theme.SMALL))
        painter.setPen(QColor(theme.TEXT_SECONDARY))
        room = metrics.horizontalAdvance(f"{self._cine.frame_count}  ")
        for number in self._numbers(room):
            wide = metrics.horizontalAdvance(f"{number}")
            left = self.x_of(number - 1) - wide / 2
            if taken.isNull() or left + wide < taken.left() - wide / 2 or left > taken.right() + wide / 2:
                painter.drawText(QPointF(left, self._baseline()), f"{number}")

    def _numbers(self, room: float) -> list[int]:
        """Return the numbers to write below, as close as there is room for."""
        count = self._cine.frame_count
        each = self._track().width() / count
        steps = [tens * ones for tens in (1, 10, 100, 1000, 10000, 100000) for ones in (1, 2, 5)]
        step = next((step for step in steps if step * each >= room * 1.5), count)
        return [1, *range(step if step > 1 else 2, count + 1, step)]

    def _track(self) -> QRectF:
        """Return the line on which the frames lie."""
        thick = self.fontMetrics().height() / 4
        # Room for the half of the handle, and of the last number, that lies beyond the last frame.
        least = max(self._radius(), self._small().horizontalAdvance(f"{self._cine.frame_count}") / 2) + 2
        left, right = self._margins or (least, least)
        middle = self._radius() + 3
        return QRectF(left, middle - thick / 2, max(self.width() - left - right, 1.0), thick)

    def _scale_row(self) -> QRectF:
        top = 2 * self._radius() + 6
        return QRectF(0, top, self.width(), self._small().height())

    def _baseline(self) -> float:
        return self._scale_row().top() + self._small().ascent()

    def _radius(self) -> float:
        return max(6.0, self.fontMetrics().height() * 0.38)

    def _small(self) -> QFontMetricsF:
        return QFontMetricsF(theme.scaled_font(theme.SMALL))

    def _height(self) -> int:
        return round(self._scale_row().bottom()) + 2
