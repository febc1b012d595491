"""Tuning: the network's own threshold, moved for the lesion in hand while the reader watches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.scan import Box
from busi_gui.domain.sensitivity import Sensitivity
from busi_gui.services.session import Session
from busi_gui.views.actions import Actions
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.lesion_edits import called
from busi_gui.views.editing.sensitivity_strip import SensitivityStrip
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.selection import Selection
from models.analysis import Analysis, FoundLesion, Mask

NO_ANSWER = "The networks have not looked at this scan yet: there is no sensitivity to change."
NOTHING_SEEN = "The network sees nothing where {called} lies: there is no sensitivity to change."
BUSY = "Close what you are drawing with Enter, or drop it with Esc, before you change the sensitivity."
LEVELS = 255
"""Thresholds that are told apart."""
_USUAL = 128
"""The level at which most networks' outlines are cut: there it is looked first."""
_WORDS = ((0.08, "a little {}"), (0.25, "{}"), (1.0, "much {}"))
"""How much more or less, by how far the threshold is from the network's own."""


@dataclass(frozen=True, eq=False)
class _Open:
    """The lesion that is being tuned.

    Attributes
    ----------
    mask
        As it was.
    called
        What it is called within a sentence.
    most
        Threshold of the slider's left end, in levels: every step to the right is one less.
    own
        The network's own threshold, in levels; None where it is not known.
    found
        What the network outlined there at its own threshold; None where it outlined nothing.
    """

    mask: Mask
    called: str
    sensitivity: Sensitivity
    most: int
    own: int | None
    found: FoundLesion | None

    def at(self, level: int) -> Mask:
        """Return the lesion at a threshold: at the network's own, to the pixel, what it drew."""
        return self.found.mask if self.found is not None and level == self.own else self.sensitivity.at(level / LEVELS)


class Tuning(QObject):
    """Opens the strip for the lesion in hand, and shows what the network outlines at the threshold where the slider stands.

    Leaving the strip in any way but Esc takes what is shown, as one step: by Enter, by its key, by a click elsewhere, by taking another tool or
    lesion in hand, by going to another frame. Where the slider was never moved there is no step.

    Attributes
    ----------
    strip
        The slider, over the scan.

    Signals
    -------
    said(str)
        Why it cannot be opened: a sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, session: Session, view: ScanView, draft: Draft, selection: Selection, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._view, self._draft, self._selection = session, view, draft, selection
        self._action = actions["sensitivity"]
        self._open: _Open | None = None
        self._is_moved = False
        self._known_of: Analysis | None = None
        self._own: int | None = None
        self.strip = SensitivityStrip(view)
        self.strip.moved.connect(self._on_moved)
        self.strip.taken.connect(self.take)
        self.strip.dropped.connect(self.drop)
        self._action.triggered.connect(self._on_triggered)
        for tool in Tool:
            # A tool is taken in hand when its action is triggered, and that comes after it was toggled.
            actions[tool.value].toggled.connect(self.take)
        draft.interrupted.connect(self.take)
        draft.changed.connect(self._on_draft_changed)
        selection.changed.connect(self._on_selected)
        session.case_changed.connect(self._on_case_changed)
        self._refresh()

    @property
    def is_open(self) -> bool:
        """Whether a lesion is being tuned."""
        return self._open is not None

    @property
    def threshold(self) -> float | None:
        """Where the slider stands; None while no lesion is being tuned."""
        return (self._open.most - self.strip.slider.value()) / LEVELS if self._open is not None else None

    def open(self) -> bool:
        """Begin with the lesion in hand, and return whether that could be; where not, the reader is told why."""
        case, lesion = self._session.case, self._lesion
        if case is None or lesion is None or self.is_open:
            return False
        if self._draft.number is not None:
            self.said.emit(BUSY)
            return False
        sensitivity = self._sensitivity_of(case, lesion)
        if sensitivity is None or not self._draft.begin():
            return False
        low, high = (round(end * LEVELS) for end in sensitivity.ends)
        own = self._own_level(case)
        found = case.network_outline(lesion.number)
        is_networks = found is not None and np.array_equal(found.mask, lesion.mask)
        start = own if own is not None and is_networks and low <= own <= high else min(max(round(sensitivity.nearest * LEVELS), low), high)
        self._open, self._is_moved = _Open(lesion.mask, called(lesion.outline), sensitivity, high, own, found), False
        tick = high - own if own is not None and low <= own <= high else None
        self.strip.open(f"Sensitivity of {called(lesion.outline)}", high - low, high - start, tick)
        self.strip.say(_in_words(start, own))
        return True

    def take(self) -> None:
        """Put what is shown into the reading, as one step, and close the strip."""
        if self._open is not None:
            name, is_moved = f"sensitivity of {self._open.called}", self._is_moved
            self._close()
            if is_moved:
                self._draft.finish(name)
            else:
                self._draft.drop()

    def drop(self) -> bool:
        """Put the lesion back as it was, and close the strip; return whether it was open."""
        if self._open is None:
            return False
        self._close()
        self._draft.drop()
        return True

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    @property
    def _lesion(self) -> Lesion | None:
        case = self._session.case
        return case.lesion(self._selection.number) if case is not None else None

    def _sensitivity_of(self, case: Case, lesion: Lesion) -> Sensitivity | None:
        if case.analysis is None or not self._view.shows_result:
            self.said.emit(NO_ANSWER)
            return None
        others = [other.mask for other in case.lesions if other is not lesion]
        try:
            sensitivity = Sensitivity(case.analysis.probability, lesion.mask, case.scan.field, others)
        except ValueError:  # it lies where the networks did not look
            sensitivity = None
        if sensitivity is None or sensitivity.ends[0] >= sensitivity.ends[1]:
            self.said.emit(NOTHING_SEEN.format(called=called(lesion.outline)))
            return None
        return sensitivity

    def _own_level(self, case: Case) -> int | None:
        if case.analysis is not None and self._known_of is not case.analysis:
            self._known_of, self._own = case.analysis, own_level(case.analysis, case.scan.field)
        return self._own

    def _close(self) -> None:
        self._open = None
        had_focus = self.strip.slider.hasFocus()
        self.strip.hide()
        if had_focus:
            self._view.setFocus()

    def _on_triggered(self) -> None:
        if self.is_open:
            self.take()
        else:
            self.open()

    def _on_moved(self) -> None:
        if self._open is not None:
            level = self._open.most - self.strip.slider.value()
            self._is_moved = True
            self.strip.say(_in_words(level, self._open.own))
            self._draft.propose(self._open.at(level))

    def _on_draft_changed(self) -> None:
        """Close where the draft has been dropped by whoever may: the lesion is gone, or locked."""
        if self._open is not None and self._draft.number is None:
            self._close()

    def _on_selected(self) -> None:
        self.take()
        self._refresh()

    def _on_case_changed(self, case: Case | None) -> None:
        """Put it back where somebody else has changed the lesion in the meantime."""
        lesion = case.lesion(self._draft.number) if case is not None and self._draft.number is not None else None
        if self._open is not None and (lesion is None or lesion.mask is not self._open.mask):
            self.drop()
        self._refresh()

    def _refresh(self) -> None:
        self._action.setEnabled(self._lesion is not None)


def _in_words(level: int, own: int | None) -> str:
    """Return what a threshold means, both in levels."""
    if own is None:
        return f"from a probability of {level / LEVELS:.2f}"
    further = own - level
    if further == 0:
        return "as the network draws it"
    words = next(words for most, words in _WORDS if abs(further) <= most * LEVELS)
    return words.format("more than the network draws" if further > 0 else "less than the network draws")


def own_level(analysis: Analysis, field: Box | None) -> int | None:
    """Return the level at which the network's outlines are cut; None where it drew none."""
    if not analysis.lesions:
        return None
    first, *others = (found.mask for found in analysis.lesions)
    try:
        sensitivity = Sensitivity(analysis.probability, first, field, others)
    except ValueError:  # it lies where the networks did not look
        return None
    is_usual = np.array_equal(sensitivity.at(_USUAL / LEVELS), first)
    return _USUAL if is_usual else round(sensitivity.nearest * LEVELS)
