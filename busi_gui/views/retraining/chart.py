"""Chart: curves over the steps of a fit, with a legend above and words while there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from busi_gui.views import theme
from busi_gui.views.labels import Role, Words
from busi_gui.views.retraining.outlined import legend_part
from busi_gui.views.retraining.words import STEPS_NAME
from busi_gui.views.wrap_row import WrapRow

Values = npt.NDArray[np.float64]

_WIDE_EM, _HIGH_EM = 18, 10
_FAINT = 0.45
_NO_VALUES = np.zeros(0)


@dataclass(frozen=True)
class Line:
    """How a curve is drawn: lines are told apart by their dash as well. A faint one is thin, and has no place in the legend."""

    name: str
    colour: str
    dash: Qt.PenStyle = Qt.PenStyle.SolidLine
    is_faint: bool = False
    has_dots: bool = False


class Chart(QWidget):
    """Curves with two named axes. Each is drawn anew by `draw`, the axes by `fit`.

    Attributes
    ----------
    description
        In words where the curves have come to, for whoever cannot see them.

    Parameters
    ----------
    value_name
        Of the vertical axis.
    nothing
        What is said before there is a curve.
    """

    def __init__(self, value_name: str, nothing: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: dict[Line, pg.PlotDataItem] = {}
        self._legend: dict[str, QWidget] = {}
        self._value_name = value_name
        em = self.fontMetrics().height()
        self._view = pg.GraphicsView(background=theme.PANEL)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMinimumSize(QSize(em * 8, em * 6))
        self._view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)  # else it asks for what it had before
        for widget in (self._view, self._view.viewport()):
            widget.setAcceptDrops(False)  # a graphics view takes every drop for itself, and does nothing with it
            widget.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # the wheel scrolls the page
        self._plot = self._made_plot()
        self._view.setCentralItem(self._plot)
        nothing_yet = Words(nothing, Role.SECONDARY)
        nothing_yet.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._row: WrapRow | None = None
        curves = QWidget()
        self._column = QVBoxLayout(curves)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._view, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(nothing_yet)
        self._pages.addWidget(curves)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Words(name, Role.HEADING))
        outer.addWidget(self._pages, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(em * _HIGH_EM)
        self.setAccessibleName(name)

    @property
    def names(self) -> list[str]:
        """What the legend names, from left to right."""
        return list(self._legend)

    @property
    def is_empty(self) -> bool:
        """Whether there is no curve yet."""
        return self._pages.currentIndex() == 0

    def data_of(self, line: Line) -> tuple[Values, Values]:
        """Return the steps and values of a curve as it is drawn; empty where there is none."""
        item = self._lines.get(line)
        if item is None or item.xData is None:
            return _NO_VALUES, _NO_VALUES
        return np.asarray(item.xData, np.float64), np.asarray(item.yData, np.float64)

    def sizeHint(self) -> QSize:
        """Return a size that grows with the text."""
        em = self.fontMetrics().height()
        return QSize(em * _WIDE_EM, em * _HIGH_EM)

    def draw(self, line: Line, steps: Values, values: Values) -> None:
        """Draw a curve, in place of what it was."""
        item = self._lines.get(line)
        if item is None:
            item = self._lines[line] = self._added(line)
        item.setData(steps, values)
        self._pages.setCurrentIndex(1)

    def fit(self, last_step: float, low: float, high: float, description: str) -> None:
        """Show the steps up to the last, and values between two."""
        last = max(last_step, 1.0)
        self._plot.setRange(xRange=(-0.01 * last, 1.01 * last), yRange=(low, high), padding=0)
        self.setAccessibleDescription(description)

    def clear(self) -> None:
        """Draw nothing."""
        for item in self._lines.values():
            self._plot.removeItem(item)
        self._lines = {}
        self._legend = {}
        self._show_legend()
        self.setAccessibleDescription("")
        self._pages.setCurrentIndex(0)

    def event(self, event: QEvent) -> bool:
        """Keep lines as wide as they were on a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            for line, item in self._lines.items():
                self._dress(line, item)
        return bool(super().event(event))

    def _made_plot(self) -> pg.PlotItem:
        plot = pg.PlotItem(enableMenu=False)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.disableAutoRange()
        font = theme.scaled_font(theme.SMALL)
        line = QFontMetricsF(font).height()
        plot.layout.setContentsMargins(0, line / 2, line, 0)  # else the last number of an axis is cut
        size = f"{line * 0.75:.0f}px"
        for name, text in (("left", self._value_name), ("bottom", STEPS_NAME)):
            axis = plot.getAxis(name)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickFont=font, tickLength=3, tickTextOffset=4)
            axis.setPen(theme.BORDER)
            axis.setTextPen(theme.TEXT_SECONDARY)
            axis.setLabel(text, color=theme.TEXT_SECONDARY, **{"font-size": size})
        return plot

    def _added(self, line: Line) -> pg.PlotDataItem:
        item = pg.PlotDataItem(antialias=False, skipFiniteCheck=True)
        item.setZValue(0 if line.is_faint else 1)
        self._dress(line, item)
        self._plot.addItem(item, ignoreBounds=True)
        if not line.is_faint:
            self._legend[line.name] = legend_part(line.name, line.colour, line.dash)
            self._show_legend()
        return item

    def _dress(self, line: Line, item: pg.PlotDataItem) -> None:
        ratio = self.devicePixelRatioF()  # these pens count device pixels
        colour = theme.mixed(QColor(theme.PANEL), QColor(line.colour), _FAINT) if line.is_faint else QColor(line.colour)
        item.setPen(pg.mkPen(colour, width=1 if line.is_faint else 2 * ratio, style=line.dash))
        if line.has_dots:
            item.setSymbol("o")
            item.setSymbolSize(5)
            item.setSymbolPen(None)
            item.setSymbolBrush(line.colour)

    def _show_legend(self) -> None:
        if self._row is not None:
            for part in self._legend.values():
                part.setParent(None)
            self._row.hide()
            self._row.deleteLater()
        self._row = WrapRow(list(self._legend.values()), end=0, gap=self.fontMetrics().height())
        for part in self._legend.values():
            part.show()
        self._column.insertWidget(0, self._row)


def drawn_points(steps: Sequence[float] | Values, values: Sequence[float] | Values, most: int) -> tuple[Values, Values]:
    """Return so many points at most of a curve: of each stretch the lowest and the highest, so that no spike is lost."""
    x, y = np.asarray(steps, np.float64), np.asarray(values, np.float64)
    if len(y) <= most:
        return x, y
    size = -(-2 * len(y) // most)
    starts = np.arange(0, len(y) - len(y) % size, size)
    stretches = y[: len(starts) * size].reshape(-1, size)
    rest = np.arange(len(starts) * size, len(y))
    places = np.unique(np.concatenate([starts + stretches.argmin(axis=1), starts + stretches.argmax(axis=1), rest, [len(y) - 1]]))
    return x[places], y[places]
