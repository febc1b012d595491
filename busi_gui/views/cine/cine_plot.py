"""CinePlot: what the networks found along a cine."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from busi_gui.services.session import Session
from busi_gui.services.states import CineState
from busi_gui.views.cine.cine_chart import AREA_COLOUR, AREA_DASH, POINT_COLOUR, POINT_DASH, PROBABILITY_COLOUR, PROBABILITY_DASH, CineChart
from busi_gui.views.cine.cine_words import finding_text, has_areas_in_mm
from busi_gui.views.labels import Role, Words, dress
from busi_gui.views.line_sample import LineSample
from busi_gui.views.wording import by_hand, probability_text
from busi_gui.views.wrap_row import WrapRow

NOTHING_YET = "Analyse all frames to see probability and area along the cine."
PROBABILITY_NAME = "probability"
AREA_MM_NAME, AREA_PX_NAME = "area, mm²", "area, px (not calibrated)"

_CHART_EM = 5.5


class CinePlot(QWidget):
    """Probability and lesion area along the frames, with a line above that names the curves and reads out one frame.

    Signals
    -------
    stepped(int)
        The wheel asks for so many frames further on.
    frame_chosen(int)
        The reader wants to see this frame, from 0.
    """

    stepped = Signal(int)
    frame_chosen = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._hovered: int | None = None
        self.chart = CineChart()
        self.chart.frame_chosen.connect(self.frame_chosen)
        self.chart.frame_hovered.connect(self._on_hovered)
        self.chart.stepped.connect(self.stepped)
        self.readout = QLabel()
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.probability_name, self.area_name, self.point_name = QLabel(PROBABILITY_NAME), QLabel(), QLabel()
        self._parts: list[QWidget] = []
        self._pages = QStackedWidget()
        self._lay_out()
        session.cine_changed.connect(self._refresh)
        session.case_changed.connect(self._show_point)
        session.network_changed.connect(self._show_point)
        self._refresh()

    @property
    def margins(self) -> tuple[int, int]:
        """Pixels left and right of the frames: those of the axes."""
        return self.chart.margins

    @property
    def has_curves(self) -> bool:
        """Whether there is enough to draw a curve."""
        cine = self._session.cine
        return cine is not None and cine.has_curves

    @property
    def text(self) -> str:
        """What is said in place of curves; empty when there are some."""
        return "" if self.has_curves else NOTHING_YET

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        nothing = Words(NOTHING_YET, Role.SECONDARY)
        nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        curves = QWidget()
        column = QVBoxLayout(curves)
        column.setContentsMargins(0, em // 4, 0, 0)
        column.setSpacing(em // 4)
        above = QHBoxLayout()
        above.setContentsMargins(self.margins[0], 0, em // 2, 0)
        above.addWidget(self._legend())
        column.addLayout(above)
        column.addWidget(self.chart, 1)
        self.chart.setMinimumWidth(em * 6)
        self.chart.setFixedHeight(round(em * _CHART_EM))
        self._pages.addWidget(nothing)
        self._pages.addWidget(curves)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)
        self.setAccessibleName("Along the cine")

    def _legend(self) -> WrapRow:
        """Return the line above the chart, or the lines where it is narrow."""
        em = self.fontMetrics().height()
        lines = ((PROBABILITY_COLOUR, PROBABILITY_DASH), (AREA_COLOUR, AREA_DASH), (POINT_COLOUR, POINT_DASH))
        for (colour, dash), name in zip(lines, (self.probability_name, self.area_name, self.point_name), strict=True):
            part = QWidget()
            row = QHBoxLayout(part)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(em // 3)
            dress(name, Role.SECONDARY)
            row.addWidget(LineSample(colour, dash))
            row.addWidget(name)
            self._parts.append(part)
        return WrapRow([*self._parts, self.readout], end=1, gap=em)

    def _refresh(self) -> None:
        cine = self._session.cine
        if cine is None:
            return
        self._pages.setCurrentIndex(1 if self.has_curves else 0)
        self.chart.show_cine(cine)
        self.area_name.setText(self._area_name(cine))
        self._show_point()
        self._read_out(cine)
        self._describe(cine)

    def _area_name(self, cine: CineState) -> str:
        case = self._session.case
        if not has_areas_in_mm(cine):
            return AREA_PX_NAME
        return AREA_MM_NAME + (by_hand(case.scan.calibration) if case is not None else "")

    def _read_out(self, cine: CineState) -> None:
        frame = cine.frame if self._hovered is None else min(self._hovered, cine.frame_count - 1)
        # As wide as the longest that may come: what is read out must not move what stands beside it.
        longest = (f"frame {cine.frame_count}: cannot be read", f"frame {cine.frame_count}: >0.99, 888888 px")
        self.readout.setFixedWidth(max(self.fontMetrics().horizontalAdvance(text) for text in longest) + 4)
        self.readout.setText(finding_text(cine, frame))

    def _describe(self, cine: CineState) -> None:
        found = [(finding.p_malignant, frame) for frame, finding in cine.findings.items() if finding.p_malignant is not None]
        highest = f", highest: {finding_text(cine, max(found)[1])}" if found else ""
        self.chart.setAccessibleDescription(f"{len(cine.findings)} of {cine.frame_count} frames analysed{highest}")

    def _show_point(self) -> None:
        case, network = self._session.case, self._session.network.info
        info = case.analysis.network if case is not None and case.analysis is not None else network
        point = info.operating_point if info is not None else None
        self.chart.show_point(point)
        self.point_name.setText(f"{point.name} {probability_text(point.threshold)}" if point is not None else "")
        self._parts[-1].setVisible(point is not None)

    def _on_hovered(self, frame: int | None) -> None:
        self._hovered = frame
        if self._session.cine is not None:
            self._read_out(self._session.cine)
