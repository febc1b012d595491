"""LiveMeasures: every measure of the lesion in hand as a table, also while it is being drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from busi_gui.domain.measures import Measures
from busi_gui.domain.scan import Calibration
from busi_gui.views import theme, wording
from busi_gui.views.labels import Role, Words
from busi_gui.views.measuring.measures_in_hand import MeasuresInHand

TALLER = "taller than wide"
_RATIO = "Width : height"
_EXTENTS = "Horizontal × vertical"
_ROWS = ("Diameters", _EXTENTS, "Area", "Perimeter", _RATIO, "Long axis")


def measure_texts(measures: Measures) -> tuple[str, ...]:
    """Return what stands in each row of the table."""
    return (
        wording.diameters_text(measures),
        wording.extents_text(measures),
        wording.area_text(measures),
        wording.perimeter_text(measures),
        wording.ratio_text(measures),
        f"{measures.angle:.0f}° to the horizontal",
    )


_WIDEST = "88.8 × 88.8 mm"
"""Room is kept for so much from the beginning: the panel must not change its width when a lesion comes."""


class LiveMeasures(QWidget):
    """Maximum diameter and the one across it, extents, area, outline, proportion and angle; hidden while no lesion is in hand."""

    def __init__(self, in_hand: MeasuresInHand, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._in_hand = in_hand
        self._values = [_number() for _ in _ROWS]
        extents = self._values[_ROWS.index(_EXTENTS)]  # the longest row
        extents.setMinimumWidth(extents.fontMetrics().horizontalAdvance(_WIDEST))
        self._taller = _one_line(TALLER)
        self._taller.setFont(theme.scaled_font(theme.SMALL))
        keeping = self._taller.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)  # the panel must not change its width under the reader's stroke
        self._taller.setSizePolicy(keeping)
        self._calibration = Words(role=Role.SECONDARY)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(Words("Measures", Role.HEADING))
        for name, value in zip(_ROWS, self._values, strict=True):
            # In rows of their own: what is long in one takes no room from the others.
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addWidget(_one_line(name, Role.SECONDARY), 1)
            if name == _RATIO:
                row.addWidget(self._taller)
            row.addWidget(value)
            column.addLayout(row)
        column.addWidget(self._calibration)
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


def _number() -> Words:
    label = _one_line()
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    font = label.font()
    font.setFeature(QFont.Tag("tnum"), 1)  # figures of one width: nothing jumps while numbers run
    label.setFont(font)
    return label


def _one_line(text: str = "", role: Role = Role.TEXT) -> Words:
    label = Words(text, role)
    label.setWordWrap(False)
    return label
