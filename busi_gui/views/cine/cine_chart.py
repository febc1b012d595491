"""CineChart: two curves over the frames of a cine, and the pointer that goes through them."""

from __future__ import annotations

from math import floor, log10

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from busi_gui.services.states import CineState
from busi_gui.views import theme
from busi_gui.views.cine.cine_words import has_areas_in_mm, runs
from busi_gui.views.scan.notches import Notches
from models.analysis import OperatingPoint

PROBABILITY_COLOUR, PROBABILITY_DASH = theme.ACCENT, Qt.PenStyle.SolidLine
AREA_COLOUR, AREA_DASH = theme.LESIONS[0], Qt.PenStyle.DashLine
POINT_COLOUR, POINT_DASH = theme.TEXT_SECONDARY, Qt.PenStyle.DotLine
"""The lines are told apart by their dash as well."""

Values = npt.NDArray[np.float64]

_HEADROOM = 0.06
"""Of the height: how far the lines keep from the upper and lower edge."""


class CineChart(pg.GraphicsView):  # type: ignore[misc]
    """Probability on the left axis, area on the right, one place for each frame; not analysed frames are gaps, damaged ones hatched.

    Signals
    -------
    frame_chosen(int)
        The reader clicked on a frame, from 0, or dragged to it.
    frame_hovered(object)
        The frame under the pointer; None when the pointer went away.
    stepped(int)
        The wheel asks for so many frames further on.
    """

    frame_chosen = Signal(int)
    frame_hovered = Signal(object)
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=theme.PANEL)
        self._cine = CineState(0, 1, 0.0, has_stated_rate=False)
        self._notches = Notches()
        self._dragged_to: int | None = None
        self._plot = pg.PlotItem(enableMenu=False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(False, False)
        self._plot.hideAxis("bottom")
        self._plot.showAxis("right")
        self._plot.layout.setContentsMargins(0, 0, 0, 0)
        self._plot.disableAutoRange()
        self.setCentralItem(self._plot)
        self.margins = self._dressed_axes()
        self._build()
        self._draw_pens()
        for widget in (self, self.viewport()):
            widget.setAcceptDrops(False)  # a graphics view takes every drop for itself, and does nothing with it
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the slider goes to every frame by key
        self.setAccessibleName("Probability of malignancy and lesion area along the frames")

    def show_cine(self, cine: CineState) -> None:
        """Draw a cine; only what has changed is drawn anew."""
        before, self._cine = self._cine, cine
        if cine.frame_count != before.frame_count:
            self._plot.setXRange(-0.5, cine.frame_count - 0.5, padding=0)
        if cine.frame_count != before.frame_count or cine.findings != before.findings:
            self._draw_findings()
        if (cine.frame_count, cine.unreadable) != (before.frame_count, before.unreadable):
            self._hatching.set_runs(runs(cine.unreadable), cine.frame_count)
        self._frame.setValue(cine.frame)
        self._key.setVisible(cine.key_frame is not None)
        if cine.key_frame is not None:
            self._key.setValue(cine.key_frame)

    def show_point(self, point: OperatingPoint | None) -> None:
        """Draw the probability from which a lesion is called malignant; None: nowhere."""
        self._point.setVisible(point is not None)
        if point is not None:
            self._point.setValue(point.threshold)

    def frame_at(self, x: float) -> int:
        """Return the frame in whose place a point of the widget is, or the nearest."""
        place = floor((x - self.margins[0]) / self._room() * self._cine.frame_count)
        return min(max(place, 0), self._cine.frame_count - 1)

    def x_of(self, frame: int) -> float:
        """Return where the middle of a frame's place is, in pixels from the left edge."""
        return self.margins[0] + (frame + 0.5) / self._cine.frame_count * self._room()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the frame."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self._go_to(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Name the frame, and go there with the button held."""
        event.accept()
        frame = self.frame_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton and frame != self._dragged_to:
            self._go_to(frame)
        self.frame_hovered.emit(frame)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing is left to do: the frame is there."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take it for another click."""
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go one frame for a notch, as over the scan."""
        event.accept()
        notches = self._notches.add(event)
        if notches:
            self.stepped.emit(-notches)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say when the pointer goes away."""
        if event.type() == QEvent.Type.Leave:
            self.frame_hovered.emit(None)
        return bool(super().viewportEvent(event))

    def event(self, event: QEvent) -> bool:
        """Keep lines as wide as they were on a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._draw_pens()
        return bool(super().event(event))

    def _room(self) -> float:
        """Return the width of all frames together, in pixels."""
        left, right = self.margins
        return max(float(self.width()) - left - right, 1.0)

    def _go_to(self, frame: int) -> None:
        self._dragged_to = frame
        self.frame_chosen.emit(frame)

    def _dressed_axes(self) -> tuple[int, int]:
        """Give both axes the colour of their line, and return their widths: the same for every cine, so that the slider can stand below."""
        font = theme.scaled_font(theme.SMALL)
        metrics, widths = QFontMetricsF(font), []
        for name, longest, colour in (("left", "0.5", PROBABILITY_COLOUR), ("right", "88888", AREA_COLOUR)):
            axis = self._plot.getAxis(name)
            width = round(metrics.horizontalAdvance(longest)) + 12
            axis.setStyle(tickFont=font, tickLength=3, tickTextOffset=4, autoExpandTextSpace=False, hideOverlappingLabels=False)
            axis.setTextPen(colour)
            axis.setPen(theme.BORDER)
            axis.setWidth(width)
            widths.append(width)
        self._plot.setYRange(-_HEADROOM, 1 + _HEADROOM, padding=0)
        self._plot.getAxis("left").setTicks([[(0, "0"), (0.5, "0.5"), (1, "1")]])
        return widths[0], widths[1]

    def _build(self) -> None:
        self._hatching = _Hatching()
        self._area, self._probability = (pg.PlotCurveItem(connect="finite", antialias=True) for _ in range(2))
        self._area_dots, self._probability_dots = (pg.ScatterPlotItem(pxMode=True, size=4, pen=None, symbol="o") for _ in range(2))
        self._point, self._key, self._frame = (pg.InfiniteLine(angle=angle) for angle in (0, 90, 90))
        items = (
            *(self._hatching, self._point, self._key),
            *(self._area, self._area_dots, self._probability, self._probability_dots, self._frame),
        )
        for height, item in enumerate(items):
            item.setZValue(height)
            self._plot.addItem(item, ignoreBounds=True)
        self._key.hide()
        self.show_point(None)

    def _draw_pens(self) -> None:
        ratio = self.devicePixelRatioF()  # these pens count device pixels
        self._probability.setPen(pg.mkPen(PROBABILITY_COLOUR, width=2 * ratio, style=PROBABILITY_DASH))
        self._area.setPen(pg.mkPen(AREA_COLOUR, width=1.5 * ratio, style=AREA_DASH))
        self._probability_dots.setBrush(PROBABILITY_COLOUR)
        self._area_dots.setBrush(AREA_COLOUR)
        self._point.setPen(pg.mkPen(POINT_COLOUR, width=ratio, style=POINT_DASH))
        self._key.setPen(pg.mkPen(theme.ACCENT, width=ratio, style=Qt.PenStyle.DashDotLine))
        self._frame.setPen(pg.mkPen(theme.TEXT, width=1.5 * ratio))

    def _draw_findings(self) -> None:
        cine = self._cine
        in_mm = has_areas_in_mm(cine)
        probabilities, areas = (np.full(cine.frame_count, np.nan) for _ in range(2))
        for frame, found in cine.findings.items():
            if 0 <= frame < cine.frame_count:
                probabilities[frame] = np.nan if found.p_malignant is None else found.p_malignant
                areas[frame] = (found.area_mm2 if in_mm else found.area_px) or 0.0
        top = _round_up(float(np.nanmax(areas, initial=1.0)))
        axis = self._plot.getAxis("right")
        axis.setTicks([[(share, _short(top * share)) for share in (0, 0.5, 1)]])
        for curve, dots, values in ((self._probability, self._probability_dots, probabilities), (self._area, self._area_dots, areas / top)):
            frames = np.arange(cine.frame_count, dtype=np.float64)
            curve.setData(frames, values)
            alone = _alone(values)
            dots.setData(frames[alone], values[alone])


class _Hatching(pg.GraphicsObject):  # type: ignore[misc]
    """Marks the places of damaged frames."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[tuple[int, int]] = []
        self._count = 1

    def set_runs(self, stretches: list[tuple[int, int]], count: int) -> None:
        """Mark these stretches of ``count`` frames, each from its first to its last."""
        self.prepareGeometryChange()
        self._runs, self._count = stretches, count
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the whole chart."""
        return QRectF(-0.5, -_HEADROOM, self._count, 1 + 2 * _HEADROOM)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Hatch them."""
        pen = QPen(QColor(theme.BORDER), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for first, last in self._runs:
            box = QRectF(first - 0.5, -_HEADROOM, last - first + 1, 1 + 2 * _HEADROOM)
            painter.fillRect(box, QBrush(QColor(theme.BORDER), Qt.BrushStyle.BDiagPattern))
            painter.drawLine(box.topLeft(), box.bottomLeft())
            painter.drawLine(box.topRight(), box.bottomRight())


def _alone(values: Values) -> npt.NDArray[np.bool_]:
    """Return which values have none beside them: no line shows those."""
    known = np.concatenate([[False], np.isfinite(values), [False]])
    alone: npt.NDArray[np.bool_] = known[1:-1] & ~known[:-2] & ~known[2:]
    return alone


def _round_up(value: float) -> float:
    """Return the next number of the kind that an axis ends with: 1, 2 or 5, with noughts."""
    tens: float = 10.0 ** floor(log10(value))
    return next((times * tens for times in (1, 2, 5) if value <= times * tens), 10 * tens)


def _short(value: float) -> str:
    """Return a number in five letters at most."""
    return f"{value / 1000:g}k" if value >= 100_000 else f"{value:g}"
