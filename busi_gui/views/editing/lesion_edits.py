"""LesionEdits: what can be done to lesions as a whole, each as one step that can be taken back; buttons, keys and list all come here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi, sqrt

import numpy as np
from PySide6.QtCore import QObject, Signal

from busi_gui.domain import masks
from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.reading import Assessment, Outline, Reading
from busi_gui.domain.reading_changes import LockedError, Offer, TakenError, kept_clear, nearest, taken_over, with_merged, with_split
from busi_gui.domain.scan import Box, Scan, Spacing
from busi_gui.services.session import Session
from busi_gui.views.editing.draft import HIDDEN, LOCKED
from models.analysis import Mask

TAKEN = "{title} lies there, and no pixel belongs to two lesions."
SMOOTH_SHARE, SMOOTH_LEAST_PX = 0.08, 1.5
"""Teeth and bays are smoothed that are narrower than this share of the radius of a disc as large as the lesion, and never less."""


class LesionEdits(QObject):
    """Changes lesions of the case on screen through the session. Every method returns whether it has done a step; where it has not, it says why.

    Signals
    -------
    said(str)
        Why there was nothing to do: a sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session

    # what is said of a lesion ---------------------------------------------------------------------------------------------------------------------

    def rename(self, number: int, name: str) -> bool:
        """Give a lesion a name; of an empty one, or of its number alone, it is called by its number."""
        outline = self._reading.outline(number)
        name = " ".join(name.split())
        if outline is None:
            return False
        name = "" if name == f"Lesion {number}" else name
        return name != outline.name and self._edit(f"renaming {called(outline)}", self._reading.changed(number, name=name))

    def set_locked(self, numbers: Sequence[int], is_locked: bool) -> bool:
        """Lock lesions, so that nothing changes their outlines, or unlock them."""
        return self._flag(numbers, "locking" if is_locked else "unlocking", is_locked=is_locked)

    def set_hidden(self, numbers: Sequence[int], is_hidden: bool) -> bool:
        """Have lesions not drawn over the scan, or drawn again."""
        return self._flag(numbers, "hiding" if is_hidden else "showing", is_hidden=is_hidden)

    def assess(self, number: int, assessment: Assessment) -> bool:
        """Set down what the reader thinks of a lesion."""
        outline = self._reading.outline(number)
        if outline is None or outline.assessment == assessment:
            return False
        return self._edit(f"assessing {called(outline)}", self._reading.changed(number, assessment=assessment))

    # outlines -------------------------------------------------------------------------------------------------------------------------------------

    def delete(self, numbers: Sequence[int]) -> bool:
        """Delete lesions, unless one of them is locked."""
        outlines = self._outlines(numbers)
        locked = next((outline for outline in outlines if outline.is_locked), None)
        if locked is not None:
            return self._say(f"{locked.title} is locked. Unlock it in the list of lesions to delete it.")
        return bool(outlines) and self._edit(f"deleting {all_called(outlines)}", self._reading.without(*(outline.number for outline in outlines)))

    def fill_holes(self, number: int) -> bool:
        """Fill every hole of a lesion."""
        return self._reshape(number, "filling holes of", masks.fill_holes, "{title} has no holes.")

    def smooth(self, number: int) -> bool:
        """Take teeth and bays off a lesion's outline."""
        return self._reshape(number, "smoothing", lambda mask: masks.smooth(mask, smoothing_px(mask)), "{title} is smooth already.")

    def keep_largest(self, number: int) -> bool:
        """Delete what does not touch the largest part of a lesion."""
        return self._reshape(number, "keeping the largest part of", masks.keep_largest, "{title} has only one part.")

    def move_outline(self, number: int, by: float) -> bool:
        """Move a lesion's outline out, or where the distance is negative in; in the unit of `spacing_of`."""
        case, lesion = self._session.case, self._lesion(number)
        if case is None or lesion is None:
            return False
        spacing = spacing_of(case.scan, lesion)
        unit = "px" if spacing is None else "mm"
        if by < 0 and not lesion.outline.is_locked and not masks.grown(lesion.mask, by, spacing).any():
            return self._say(f"{lesion.outline.title} is too small to shrink by {-by:g} {unit}: nothing would be left of it.")
        nothing = f"{{title}} stays as it is: {abs(by):g} {unit} is less than a pixel, or there is no room for it."
        return self._reshape(number, "growing" if by > 0 else "shrinking", lambda mask: masks.grown(mask, by, spacing), nothing)

    def split(self, number: int) -> bool:
        """Make a lesion of each part of one that does not touch the others."""
        lesion = self._free(number)
        if lesion is None:
            return False
        parts = masks.parts(lesion.mask)
        if len(parts) < 2:
            return self._say(f"{lesion.outline.title} has only one part.")
        return self._edit(f"splitting {called(lesion.outline)}", with_split(self._reading, number, parts))

    def merge(self, numbers: Sequence[int]) -> bool:
        """Make one lesion of several: the first; of a single one and its nearest."""
        reading = self._reading
        outlines = self._outlines(numbers)
        if len(outlines) == 1:
            other = reading.outline(nearest(reading, outlines[0].number))
            outlines = [*outlines, other] if other is not None else outlines
        if len(outlines) < 2:
            return self._say("There is no other lesion to merge with.")
        hidden = next((outline for outline in outlines if outline.is_hidden), None)
        if hidden is not None:
            return self._say(HIDDEN.format(title=hidden.title))
        return self._edit_unlocked(f"merging {all_called(outlines)}", lambda: with_merged(reading, [outline.number for outline in outlines]))

    def take_network_outline(self, number: int) -> bool:
        """Give a lesion the outline again that the network drew there."""
        case, lesion = self._session.case, self._free(number)
        if case is None or lesion is None:
            return False
        found = case.network_outline(number)
        if found is None:
            return self._say(f"The network outlines nothing where {called(lesion.outline)} lies.")
        if np.array_equal(found.mask, lesion.mask):
            return self._say(f"{lesion.outline.title} has the network’s outline.")
        return self.take_over(Offer(found, number))

    def take_over(self, offer: Offer) -> bool:
        """Take an outline of the network's over, in place of the reader's or as a lesion of its own."""
        outline = self._reading.outline(offer.number)
        name = f"the network’s outline of {called(outline)}" if outline is not None else "adding the network’s lesion"
        return self._edit_unlocked(name, lambda: taken_over(self._reading, offer))

    # ----------------------------------------------------------------------------------------------------------------------------------------------

    @property
    def _reading(self) -> Reading:
        case = self._session.case
        return case.reading if case is not None else Reading()

    def _lesion(self, number: int) -> Lesion | None:
        case = self._session.case
        return case.lesion(number) if case is not None else None

    def _outlines(self, numbers: Sequence[int]) -> list[Outline]:
        return [outline for number in numbers if (outline := self._reading.outline(number)) is not None]

    def _free(self, number: int) -> Lesion | None:
        """Return a lesion whose outline may be changed; None where there is none, or where the reader is told why it may not."""
        lesion = self._lesion(number)
        if lesion is None:
            return None
        for is_so, sentence in ((lesion.outline.is_locked, LOCKED), (lesion.outline.is_hidden, HIDDEN)):
            if is_so:
                self._say(sentence.format(title=lesion.outline.title))
                return None
        return lesion

    def _reshape(self, number: int, doing: str, change: Callable[[Mask], Mask], nothing: str) -> bool:
        lesion = self._free(number)
        if lesion is None:
            return False
        after = kept_clear(self._reading, number, change(lesion.mask))
        if np.array_equal(after, lesion.mask):
            return self._say(nothing.format(title=lesion.outline.title))
        return self._edit(f"{doing} {called(lesion.outline)}", self._reading.with_mask(number, after))

    def _flag(self, numbers: Sequence[int], doing: str, **flag: bool) -> bool:
        (field, value), after, changed = next(iter(flag.items())), self._reading, []
        for outline in self._outlines(numbers):
            if getattr(outline, field) != value:
                changed.append(outline)
                after = after.changed(outline.number, **flag)
        return bool(changed) and self._edit(f"{doing} {all_called(changed)}", after)

    def _edit(self, name: str, after: Reading) -> bool:
        self._session.editing.edit(name, after)
        return True

    def _edit_unlocked(self, name: str, change: Callable[[], Reading]) -> bool:
        try:
            after = change()
        except LockedError as error:
            return self._say(LOCKED.format(title=error.outline.title))
        except TakenError as error:
            return self._say(TAKEN.format(title=error.outline.title))
        return self._edit(name, after)

    def _say(self, sentence: str) -> bool:
        self.said.emit(sentence)
        return False


def called(outline: Outline) -> str:
    """Return what a lesion is called within a sentence: its name, or ``"lesion 1"``."""
    return outline.name or f"lesion {outline.number}"


def all_called(outlines: Sequence[Outline]) -> str:
    """Return what lesions are called within a sentence: one by its name, more by their count."""
    return called(outlines[0]) if len(outlines) == 1 else f"{len(outlines)} lesions"


def spacing_of(scan: Scan, lesion: Lesion) -> Spacing | None:
    """Return the scale in which a lesion's outline is moved; None where it is moved by pixels."""
    return scan.spacing_within(Box(*lesion.measures.bbox))


def smoothing_px(mask: Mask) -> float:
    """Return the radius with which a lesion is smoothed, in pixels: the larger the lesion, the larger the teeth."""
    return max(SMOOTH_LEAST_PX, SMOOTH_SHARE * sqrt(np.count_nonzero(mask) / pi))


def step_unit(case: Case | None, number: int | None) -> str:
    """Return in what an outline is moved, ``"mm"`` or ``"px"``."""
    lesion = case.lesion(number) if case is not None else None
    return "mm" if case is not None and lesion is not None and spacing_of(case.scan, lesion) is not None else "px"
