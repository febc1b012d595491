"""SaliencyChoice: what moved the network, for either class."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from busi_gui.domain.case import Case, Lesion
from busi_gui.views.diagnosis.saliency_picture import SaliencyPicture
from busi_gui.views.labels import Role, Words
from busi_gui.views.scan.corner_text import SALIENCY_CAVEAT
from busi_gui.views.scan.overlays import COLOUR_MAPS
from models.analysis import SaliencyClass


class SaliencyChoice(QWidget):
    """The saliency map of the lesion on show, for which class it is drawn, and what it is not.

    Signals
    -------
    class_chosen(str)
        ``"malignant"`` or ``"benign"``.
    look_changed()
        The map is for another class, or in other colours.
    """

    class_chosen = Signal(str)
    look_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._class: SaliencyClass = "malignant"
        self._colour_map = COLOUR_MAPS[0]
        self._shown: tuple[Case, Lesion] | None = None
        self._group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(12)
        for name in ("malignant", "benign"):
            button = QRadioButton(name)
            button.setObjectName(f"saliency_{name}")
            button.setAccessibleName(f"Saliency for {name}")
            button.setChecked(name == "malignant")
            button.toggled.connect(self._on_toggled)
            self._group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(Words("Saliency for", Role.HEADING))
        column.addLayout(row)
        self.picture = SaliencyPicture()
        column.addWidget(self.picture)
        column.addWidget(Words(f"{SALIENCY_CAVEAT.rstrip('.')}.", Role.SECONDARY))

    @property
    def chosen_class(self) -> SaliencyClass:
        """The class that the map speaks for."""
        return self._class

    @property
    def colour_map(self) -> str:
        """Name of the map's colours."""
        return self._colour_map

    def show_lesion(self, case: Case, lesion: Lesion) -> None:
        """Show the map of a lesion for the chosen class."""
        self._shown = case, lesion
        self._draw()

    def set_colour_map(self, name: str) -> None:
        """Draw the map with the colours of this name, the usual ones where there is no such map."""
        self._colour_map = name if name in COLOUR_MAPS else COLOUR_MAPS[0]
        self._draw()
        self.look_changed.emit()

    def _draw(self) -> None:
        if self._shown is not None:
            self.picture.show_lesion(*self._shown, self._class, self._colour_map)

    def _on_toggled(self, is_checked: bool) -> None:
        button = self.sender()
        if is_checked and isinstance(button, QRadioButton):
            self._class = "malignant" if button.text() == "malignant" else "benign"
            self._draw()
            self.look_changed.emit()
            self.class_chosen.emit(self._class)
