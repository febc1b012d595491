"""CalibrationDialog: how long the line on the depth ruler is, and what scale that makes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QDoubleSpinBox, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from busi_gui.domain.callipers import CREDIBLE_MM, Distance, Ruler
from busi_gui.domain.scan import Calibration, Scan, Spacing
from busi_gui.views.labels import Role, Words

_LONGEST_MM = 500.0
_MOST_TILT = 5.0
"""Degrees that a line along a ruler may be off it by the reader's hand."""
_SHORT_PX = 50.0
"""A line in which one pixel more or less is 2 % of every length."""
_SAME = 0.02
"""Share by which two scales may differ and still be the same to a reader's hand."""
_GAP = 24
_WIDTH = 52
"""Of a line of text, in letters."""


class CalibrationDialog(QDialog):
    """Asks for the length of a line, shows the scale, and says what speaks against it.

    Parameters
    ----------
    scan
        What the line was drawn on.
    line
        The line.
    parent
        The window.

    Signals
    -------
    calibrated(Spacing)
        The reader wants this scale for the whole picture.
    """

    calibrated = Signal(object)

    def __init__(self, scan: Scan, line: Distance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scan, self._line = scan, line
        self.setWindowTitle("Calibrate on the ruler")
        self.length = QDoubleSpinBox()
        self.length.setDecimals(2)
        self.length.setAccessibleName("Length of the line")
        self.unit = QComboBox()
        self.unit.addItems(["mm", "cm"])
        self.unit.setAccessibleName("Unit")
        self._scale = Words()
        self._cautions = Words(role=Role.CAUTION)
        self.buttons = QDialogButtonBox()
        self.ok = self.buttons.addButton("Use my ruler" if _known(scan) else "Calibrate", QDialogButtonBox.ButtonRole.AcceptRole)
        self.cancel = self.buttons.addButton(_cancel_text(scan), QDialogButtonBox.ButtonRole.RejectRole)
        self.ok.setDefault(True)
        self._lay_out()
        self._on_unit_changed()
        self.length.setValue(10)
        self.length.valueChanged.connect(self._refresh)
        self.unit.currentIndexChanged.connect(self._on_unit_changed)
        self.buttons.accepted.connect(self._on_accepted)
        self.buttons.rejected.connect(self.reject)
        self._refresh()
        self.length.setFocus()
        self.length.selectAll()

    @property
    def ruler(self) -> Ruler:
        """The line with the length that the reader gives it."""
        return Ruler(self._line, self.length.value() * self._mm_per_unit)

    @property
    def scale(self) -> str:
        """What scale the line makes, in words."""
        return self._scale.text()

    @property
    def cautions(self) -> str:
        """What speaks against it, a sentence a line; empty for nothing."""
        return self._cautions.text()

    def is_about(self, scan: Scan) -> bool:
        """Whether a scan is of the file that the line was drawn on, whichever frame."""
        return scan.path == self._scan.path and scan.shape == self._scan.shape

    def place_beside(self, line: QRect, area: QRect) -> None:
        """Move where the line stays in sight; both rectangles in screen coordinates.

        Parameters
        ----------
        line
            Around the line.
        area
            Of the view.
        """
        self.adjustSize()
        width, height = self.sizeHint().width(), self.sizeHint().height()
        left = line.left() - _GAP - width if line.center().x() > area.center().x() else line.right() + _GAP
        top = line.center().y() - height // 2
        place = QPoint(min(max(left, area.left()), area.right() - width), min(max(top, area.top() + _GAP), area.bottom() - _GAP - height))
        self.move(place)

    @property
    def _mm_per_unit(self) -> float:
        return 10.0 if self.unit.currentText() == "cm" else 1.0

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.length, 1)
        row.addWidget(self.unit)
        question = QLabel("How long is this line?")
        question.setBuddy(self.length)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 12)
        column.setSpacing(12)
        column.addWidget(question)
        column.addLayout(row)
        column.addWidget(self._scale)
        column.addWidget(self._cautions)
        column.addWidget(Words("A ruler says how high or how wide a pixel is, not both: pixels are taken as square.", Role.SECONDARY))
        column.addWidget(self.buttons)
        for words in self.findChildren(Words):
            words.setFixedWidth(self.fontMetrics().averageCharWidth() * _WIDTH)
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # as high as its sentences, which change with the number

    def _on_unit_changed(self) -> None:
        # The number stays: who has typed 4 and then chooses cm means 4 cm.
        self.length.setRange(0.01, _LONGEST_MM / self._mm_per_unit)
        self.length.setSingleStep(5 / self._mm_per_unit)
        self._refresh()

    def _refresh(self) -> None:
        ruler = self.ruler
        rows, columns = self._scan.shape
        wide, high = (f"{count * ruler.mm_per_px:.0f}" for count in (columns, rows))
        self._scale.setText(
            f"{ruler.px:.0f} px: {_digits(ruler.mm_per_px)} mm per pixel. The whole picture would be {wide} mm wide and {high} mm deep."
        )
        cautions = cautions_for(self._scan, ruler)
        self._cautions.setText("\n".join(cautions))
        self._cautions.setVisible(bool(cautions))
        self.ok.setEnabled(ruler.is_credible)

    def _on_accepted(self) -> None:
        self.calibrated.emit(self.ruler.spacing)
        self.accept()


def cautions_for(scan: Scan, ruler: Ruler) -> list[str]:
    """Return what speaks against calibrating a scan by a ruler, in sentences."""
    cautions = []
    if not ruler.is_credible:
        low, high = (f"{end:g}" for end in CREDIBLE_MM)
        cautions.append(f"No ultrasound scan has this scale ({low} to {high} mm per pixel). Check the length and its unit.")
    cautions += _against_what_is_known(scan, ruler)
    if ruler.tilt > _MOST_TILT:
        cautions.append(f"The line is {ruler.tilt:.0f}° off the horizontal or vertical, where rulers lie. Hold Shift to draw it straight.")
    if ruler.px < _SHORT_PX:
        cautions.append(f"The line is short: one pixel more or less is {100 / ruler.px:.0f} % of every length. Draw it over more marks.")
    return cautions


def _against_what_is_known(scan: Scan, ruler: Ruler) -> list[str]:
    known = _known(scan)
    if not known:
        return []
    mine = _digits(ruler.mm_per_px)
    scales = " and ".join(_spacing_text(spacing) for spacing in known)
    if len(known) > 1:
        return [f"The file gives parts of this picture scales of their own: {scales} mm per pixel. Yours ({mine}) would hold for all of it."]
    source = "Your calibration by hand so far" if scan.calibration is Calibration.HAND else "The file"
    if all(abs(ruler.mm_per_px / mm - 1) <= _SAME for mm in (known[0].row_mm, known[0].column_mm)):
        return []
    return [f"{source} says {scales} mm per pixel, your ruler {mine}. Check which is right before you measure."]


def _cancel_text(scan: Scan) -> str:
    if not _known(scan):
        return "Cancel"
    return "Keep the scale" if scan.calibration is Calibration.HAND else "Keep the file's scale"


def _known(scan: Scan) -> list[Spacing]:
    """Return the scales that a scan has already, each once."""
    stated = [region.spacing for region in scan.regions] or ([scan.spacing] if scan.spacing is not None else [])
    return list(dict.fromkeys(stated))


def _spacing_text(spacing: Spacing) -> str:
    row, column = _digits(spacing.row_mm), _digits(spacing.column_mm)
    return row if row == column else f"{row} (down) × {column} (across)"


def _digits(mm: float) -> str:
    """Return a scale with three digits that count."""
    return f"{mm:.3g}"
