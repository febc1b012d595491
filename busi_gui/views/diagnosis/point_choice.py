"""PointChoice: which operating point probabilities are held against."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QVBoxLayout, QWidget

from busi_gui.views import theme
from busi_gui.views.labels import Role, Words
from busi_gui.views.wording import point_text, probability_text
from busi_gui.views.wrap_row import WrapRow
from models.analysis import NetworkInfo, OperatingPoint


class PointChoice(QWidget):
    """A button for each point of the networks; hidden where there is no choice.

    Signals
    -------
    chosen(str)
        The reader wants the point of that name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[OperatingPoint, ...] = ()
        self._group = QButtonGroup(self)
        self._buttons: list[QRadioButton] = []
        self._row: WrapRow | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setAccessibleName("Operating point")
        self._group.buttonClicked.connect(lambda button: self.chosen.emit(self._points[self._buttons.index(button)].name))
        self.hide()

    def show_network(self, network: NetworkInfo) -> None:
        """Offer the operating points of these networks, the one in use chosen."""
        if network.operating_points != self._points:
            self._build(network.operating_points)
        for point, button in zip(self._points, self._buttons, strict=True):
            with QSignalBlocker(button):
                button.setChecked(point == network.operating_point)
        self.setVisible(len(self._points) > 1)

    def _build(self, points: tuple[OperatingPoint, ...]) -> None:
        if self._row is not None:
            self._row.hide()
            self._row.deleteLater()
        for button in self._buttons:
            self._group.removeButton(button)
        self._points = points
        self._buttons = [_button(point) for point in points]
        for button in self._buttons:
            self._group.addButton(button)
        self._row = WrapRow([Words("Point", Role.SECONDARY), *self._buttons], end=0, gap=self.fontMetrics().height() // 2)
        self._column.addWidget(self._row)


def _button(point: OperatingPoint) -> QRadioButton:
    button = QRadioButton(point.name)
    button.setFont(theme.scaled_font(theme.SMALL))
    button.setObjectName(f"point_{point.name}")
    button.setAccessibleName(f"{point.name} point")
    button.setToolTip(f"Malignant from {probability_text(point.threshold)} on.\n{point_text(point)}")
    return button
