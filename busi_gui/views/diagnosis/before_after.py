"""BeforeAfter: a lesion as it was diagnosed before, beside what it is now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QRadioButton, QVBoxLayout, QWidget

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.change import Change, change_from, last_answer
from busi_gui.views.diagnosis.saliency_picture import SaliencyPicture
from busi_gui.views.labels import Role, Words
from busi_gui.views.wording import area_change_text, probability_text, signed_text
from busi_gui.views.wrap_row import WrapRow
from models.analysis import FoundLesion, SaliencyClass


class BeforeAfter(QWidget):
    """Compares a lesion with the last outline that was diagnosed, or with the networks' own; hidden where there is no other.

    Signals
    -------
    held(Change | None)
        As long as the reader holds the button or the key, the scan is to show what was before; None: what is now.
    available_changed(bool)
        There is something to compare with, or no longer.
    """

    held = Signal(object)
    available_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[Case, Lesion, SaliencyClass, str] | None = None
        self._change: Change | None = None
        self._is_held = False
        self._wants_network = False
        self._is_available = False
        self._last = QRadioButton("last diagnosed")
        self._last.setAccessibleName("Compare with the outline that was diagnosed last")
        self._last.setToolTip("Before is the outline that was diagnosed last")
        self._network = QRadioButton("network’s")
        self._network.setAccessibleName("Compare with the outline of the networks")
        self._network.setToolTip("Before is the outline that the network drew")
        self._group = QButtonGroup(self)
        for button in (self._last, self._network):
            self._group.addButton(button)
        self._last.setChecked(True)
        self._group.buttonClicked.connect(self._on_chosen)
        self._probability, self._area, self._dice = Words(), Words(), Words()
        self._pictures = SaliencyPicture(), SaliencyPicture()
        self._captions = Words(role=Role.SECONDARY), Words(role=Role.SECONDARY)
        self.button = QPushButton()
        self.button.pressed.connect(self.hold)
        self.button.released.connect(self.let_go)
        self.show_key("")
        self._lay_out()
        self.setAccessibleName("Before and after")
        self.hide()

    @property
    def change(self) -> Change | None:
        """What is compared; None where there is no other outline."""
        return self._change

    @property
    def held_change(self) -> Change | None:
        """The same while the reader holds on to what was before."""
        return self._change if self._is_held else None

    def show_key(self, key: str) -> None:
        """Name the key on the button that does the same; empty for none."""
        self.button.setText(f"Show before while held ({key})" if key else "Show before while held")

    def show_lesion(self, case: Case | None, lesion: Lesion | None, name: SaliencyClass, colour_map: str) -> None:
        """Compare a lesion of a case, with maps for a class; None: none is in hand."""
        self._shown = (case, lesion, name, colour_map) if case is not None and lesion is not None else None
        self._draw()

    def hold(self) -> None:
        """Show what was before until `let_go`."""
        if self._change is not None and not self._is_held:
            self._is_held = True
            self.held.emit(self._change)

    def let_go(self) -> None:
        """Show what is now."""
        if self._is_held:
            self._is_held = False
            self.held.emit(None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(Words("Before and after", Role.HEADING))
        for part in (WrapRow([self._last, self._network], 0, 8), self._probability, self._area, self._dice):
            column.addWidget(part)
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, (picture, caption) in enumerate(zip(self._pictures, self._captions, strict=True)):
            picture.setEnabled(False)  # there to be looked at; the large one below is to be clicked
            picture.setToolTip("")
            grid.addWidget(picture, 0, place)
            grid.addWidget(caption, 1, place)
            grid.setColumnStretch(place, 1)
        column.addLayout(grid)
        column.addWidget(self.button)

    def _draw(self) -> None:
        choices = self._choices()
        self._last.setEnabled(choices[False] is not None)
        self._network.setEnabled(choices[True] is not None)
        is_network = choices[True] is not None and (self._wants_network or choices[False] is None)
        (self._network if is_network else self._last).setChecked(True)
        self._compare(choices[is_network])
        if self._change is None:
            self.let_go()
        elif self._is_held:
            self.held.emit(self._change)
        if (self._change is not None) != self._is_available:
            self._is_available = self._change is not None
            self.available_changed.emit(self._is_available)
        self.setVisible(self._is_available)

    def _choices(self) -> dict[bool, FoundLesion | None]:
        """Return what there is to compare with: the last diagnosed outline, and with True the networks' own."""
        if self._shown is None:
            return {False: None, True: None}
        case, lesion, _, _ = self._shown
        own = case.network_outline(lesion.number) if case.reading.is_touched else None
        return {False: _other(last_answer(lesion), lesion), True: _other(own, lesion)}

    def _compare(self, found: FoundLesion | None) -> None:
        if self._shown is None or found is None:
            self._change = None
            return
        case, lesion, name, colour_map = self._shown
        known = self._change
        is_same = known is not None and known.before.answer is found and known.after is lesion
        self._change = change = known if is_same and known is not None else change_from(case, lesion, found)
        self._say(change)
        after = change.after if change.p_after is not None else replace(change.after, answer=None)  # its map is of another outline
        for picture, shown, other in zip(self._pictures, (change.before, after), (after, change.before), strict=True):
            picture.show_lesion(case, shown, name, colour_map, other.mask)

    def _say(self, change: Change) -> None:
        before, after = change.p_before, change.p_after
        first, second = probability_text(before), "not diagnosed yet" if after is None else probability_text(after)
        by = f" ({signed_text(after - before, 2)})" if after is not None else ""
        self._probability.setText(f"Probability {first} → {second}{by}")
        self._area.setText(f"Area {area_change_text(change.before.measures, change.after.measures)}")
        self._dice.setText(f"Dice of both outlines {change.dice:.2f}")
        self._captions[0].setText(f"before: {first}")
        self._captions[1].setText(f"after: {second}")

    def _on_chosen(self) -> None:
        self._wants_network = self._network.isChecked()
        self._draw()


def _other(found: FoundLesion | None, lesion: Lesion) -> FoundLesion | None:
    """Return what was found where its outline is another than the lesion's, pixel for pixel: what comes from the Workspace is a copy."""
    return found if found is not None and not np.array_equal(found.mask, lesion.mask) else None
