"""LesionCard and LesionList: one lesion in full, and the way from one to the next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QRadioButton, QVBoxLayout, QWidget

from busi_gui.domain.case import Lesion
from busi_gui.domain.scan import Calibration
from busi_gui.views import theme, wording
from busi_gui.views.diagnosis.probability_bar import ProbabilityBar
from busi_gui.views.labels import Dot, Role, Words
from models.analysis import OperatingPoint


class LesionCard(QFrame):
    """Everything that the networks say of one lesion."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dot = Dot()
        self._title = Words(role=Role.HEADING)
        self.bar = ProbabilityBar()
        self._side = Words()
        self._band = Words()
        self._uncertain = Words(role=Role.CAUTION)
        self._point = Words(role=Role.SECONDARY)
        heading = QHBoxLayout()
        heading.addWidget(self._title, 1)
        heading.addWidget(self._dot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(heading)
        for part in (self.bar, self._side, self._uncertain, self._band, self._point):
            column.addWidget(part)

    def show_lesion(self, lesion: Lesion, count: int, point: OperatingPoint) -> None:
        """Say what the networks say of a lesion, one of ``count`` in the scan."""
        self._title.setText(lesion_title(lesion.number, count))
        self._dot.show_colour(theme.lesion_colour(lesion.number))
        diagnosis = lesion.diagnosis
        for part in (self.bar, self._side, self._band):
            part.setVisible(diagnosis is not None)
        self._uncertain.setVisible(diagnosis is not None and wording.is_uncertain(diagnosis, point))
        if diagnosis is not None:
            self.bar.show_diagnosis(diagnosis, point)
            self._side.setText(f"{wording.side_text(diagnosis.p_malignant, point)}.")
            self._band.setText(wording.band_text(diagnosis))
            self._uncertain.setText(f"Uncertain: a small shift of the outline carries it across the {point.name} point.")
        self._point.setText(wording.point_text(point))

    def text(self) -> str:
        """Return every visible line, as it would be read out."""
        return "\n".join(label.text() for label in self.findChildren(Words) if label.isVisibleTo(self))


class LesionRow(QFrame):
    """One lesion in the list: number, probability, size, colour."""

    def __init__(self, lesion: Lesion, calibration: Calibration, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        probability = wording.probability_text(lesion.diagnosis.p_malignant) if lesion.diagnosis is not None else "not diagnosed"
        size = wording.size_text(lesion.measures, calibration).removesuffix(" (not calibrated)")
        suspicious = " · most suspicious" if lesion.number == 1 else ""
        self.button = QRadioButton(f"Lesion {lesion.number}")
        self.button.setAccessibleName(f"Lesion {lesion.number}: {probability}, {size}{suspicious.replace(' ·', ',')}")
        dot = Dot()
        dot.show_colour(theme.lesion_colour(lesion.number))
        top = QHBoxLayout()
        top.addWidget(self.button, 1)
        top.addWidget(QLabel(probability))
        top.addSpacing(6)
        top.addWidget(dot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(Words(f"{size}{suspicious}", Role.SECONDARY))


class LesionList(QWidget):
    """Lesions of one scan, most suspicious first; hidden unless there are several.

    Signals
    -------
    lesion_selected(int)
        The reader chose the lesion with this number.
    """

    lesion_selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.lesion_selected)
        self._rows: list[LesionRow] = []
        self._count = Words(role=Role.HEADING)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self._count)
        self.setAccessibleName("Lesions")
        self.hide()

    def show_lesions(self, lesions: Sequence[Lesion], calibration: Calibration = Calibration.FILE) -> None:
        """List these lesions, whose millimetres come from ``calibration``."""
        for row in self._rows:
            self._group.removeButton(row.button)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [LesionRow(lesion, calibration) for lesion in lesions]
        for row, lesion in zip(self._rows, lesions, strict=True):
            self._group.addButton(row.button, lesion.number)
            self._column.addWidget(row)
        self._count.setText(f"{len(lesions)} lesions")
        self.setVisible(len(lesions) > 1)

    def select(self, number: int) -> None:
        """Mark a lesion as the one on show, without announcing it."""
        button = self._group.button(number)
        if button is not None:
            button.setChecked(True)


def lesion_title(number: int, count: int) -> str:
    """Return a lesion's heading; the most suspicious of several is named so."""
    if count == 1:
        return "Lesion"
    return f"Lesion {number} of {count}" + (", most suspicious" if number == 1 else "")
