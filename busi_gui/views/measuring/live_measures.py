"""LiveMeasures: every measure of the lesion in hand as a table, also while it is being drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QGridLayout, QWidget

from busi_gui.domain.measures import Measures
from busi_gui.domain.scan import Calibration
from busi_gui.views import wording
from busi_gui.views.labels import Role, Words
from busi_gui.views.measuring.measures_in_hand import MeasuresInHand

TALLER = "Taller than wide"
_ROWS = ("Diameters", "Horizontal × vertical", "Area", "Perimeter", "Width : height", "Long axis to the horizontal")


def measure_texts(measures: Measures) -> tuple[str, ...]:
    """Return what stands in each row of the table."""
    return (
        wording.diameters_text(measures),
        wording.extents_text(measures),
        wording.area_text(measures),
        wording.perimeter_text(measures),
        wording.ratio_text(measures),
        f"{measures.angle:.0f}°",
    )


class LiveMeasures(QWidget):
    """Maximum diameter and the one across it, extents, area, outline, proportion and angle; hidden while no lesion is in hand."""

    def __init__(self, in_hand: MeasuresInHand, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._in_hand = in_hand
        self._values = [_value() for _ in _ROWS]
        self._taller = Words(TALLER)
        self._calibration = Words(role=Role.SECONDARY)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(Words("Measures", Role.HEADING), 0, 0, 1, 2)
        for row, (name, value) in enumerate(zip(_ROWS, self._values, strict=True), start=1):
            grid.addWidget(Words(name, Role.SECONDARY), row, 0)
            grid.addWidget(value, row, 1)
        last = len(_ROWS) + 1
        grid.addWidget(self._taller, last, 0, 1, 2)
        grid.addWidget(self._calibration, last + 1, 0, 1, 2)
        self.setAccessibleName("Measures")
        in_hand.changed.connect(self._refresh)
        self._refresh()

    def rows(self) -> dict[str, str]:
        """Return what the table says, by the names of its rows."""
        return {name: value.text() for name, value in zip(_ROWS, self._values, strict=True)}

    def text(self) -> str:
        """Return every visible line, as it would be read out."""
        lines = [f"{name} {value}" for name, value in self.rows().items()]
        return "\n".join((*lines, *(words.text() for words in (self._taller, self._calibration) if words.isVisibleTo(self))))

    def _refresh(self) -> None:
        lesion = self._in_hand.lesion
        self.setVisible(lesion is not None)
        if lesion is None:
            return
        for name, label, text in zip(_ROWS, self._values, measure_texts(lesion.measures), strict=True):
            if text != label.text():
                label.setText(text)
                label.setAccessibleName(f"{name}: {text}")
        self._taller.setVisible(wording.is_taller_than_wide(lesion.measures))
        source = "In pixels: not calibrated" if lesion.calibration is Calibration.NONE else lesion.calibration.value.capitalize()
        self._calibration.setText(source)


def _value() -> Words:
    label = Words()
    label.setWordWrap(False)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    font = label.font()
    font.setFeature(QFont.Tag("tnum"), 1)  # figures of one width: nothing jumps while numbers run
    label.setFont(font)
    return label
