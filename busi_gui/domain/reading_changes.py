"""Changes of a reading that are about several lesions, or about two frames: merged, split, carried on, taken over from the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from busi_gui.domain.case import Case
from busi_gui.domain.masks import dice, enclosing, merged, window_of
from busi_gui.domain.reading import MaskSource, Outline, Reading
from busi_gui.domain.scan import Box
from models.analysis import FoundLesion, Mask

SAME_DICE = 0.99
"""Two outlines that have so much in common are the same to a reader."""


class LockedError(ValueError):
    """A lesion that the reader has locked stood in the way.

    Attributes
    ----------
    outline
        The lesion.
    """

    def __init__(self, outline: Outline) -> None:
        super().__init__(f"{outline.title} is locked")
        self.outline = outline


class TakenError(ValueError):
    """All of an outline belongs to other lesions already.

    Attributes
    ----------
    outline
        One of them.
    """

    def __init__(self, outline: Outline) -> None:
        super().__init__(f"{outline.title} lies there")
        self.outline = outline


def kept_clear(reading: Reading, number: int | None, mask: Mask) -> Mask:
    """Return a mask for a lesion without what belongs to others, for a pixel belongs to one lesion; where two overlap already, they go on doing so.

    Parameters
    ----------
    number
        The lesion that gets the mask; None for a new one.
    mask
        bool (rows, columns); returned as it is where it meets no other lesion.

    Raises
    ------
    TakenError
        Nothing is left of it.
    """
    before = reading.outline(number)
    clear = mask
    last: Outline | None = None
    for other in reading.outlines:
        if other.number == number or not np.any(over := clear & other.mask if before is None else clear & other.mask & ~before.mask):
            continue
        clear, last = clear & ~over, other
    if last is not None and not clear.any():
        raise TakenError(last)
    return clear


def with_merged(reading: Reading, numbers: Sequence[int]) -> Reading:
    """Return a reading in which several lesions are one: the first, with its number, name, assessment and place in the list.

    What is made of any network's outline is *corrected*; of lesions that the reader drew, *drawn*.

    Parameters
    ----------
    numbers
        At least one; the first is kept.

    Raises
    ------
    KeyError
        One of them is not there.
    LockedError
        One of them is locked.
    """
    outlines = [_unlocked(reading, number) for number in numbers]
    first, *others = outlines
    if not others:
        return reading
    whole = merged([outline.mask for outline in outlines])
    return reading.without(*(outline.number for outline in others)).with_mask(first.number, whole, _source_of_all(outlines))


def with_split(reading: Reading, number: int, pieces: Sequence[Mask]) -> Reading:
    """Return a reading in which a lesion has fallen into pieces, each a lesion of its own.

    The first piece keeps number, name and assessment; the others follow it in the list with new numbers.

    Parameters
    ----------
    pieces
        bool (rows, columns) each, none empty; of fewer than two nothing is changed.

    Raises
    ------
    KeyError
        There is no such lesion.
    LockedError
        It is locked.
    """
    outline = _unlocked(reading, number)
    if len(pieces) < 2:
        return reading
    source = MaskSource.CORRECTED if outline.source is MaskSource.NETWORK else outline.source
    after = reading.with_mask(number, pieces[0], source)
    for piece in pieces[1:]:
        after = after.added(piece, source, is_hidden=outline.is_hidden)
    added = after.outlines[len(reading.outlines) :]
    place = [one.number for one in reading.outlines].index(number) + 1
    kept = after.outlines[: len(reading.outlines)]
    return replace(after, outlines=(*kept[:place], *added, *kept[place:]))


def carried(reading: Reading, outline: Outline) -> tuple[Reading, int]:
    """Return a reading with a lesion of another frame laid on, and the number that it has there.

    A lesion of the same number that it overlaps is taken for the same one: it gets the mask, and keeps all else. Otherwise the lesion is added, with
    its own number where that is free; the network's outline of the other frame is *corrected* here, for on this frame the network did not draw it.
    What belongs to other lesions of this frame is left to them.

    Raises
    ------
    LockedError
        The lesion whose mask it would replace is locked.
    TakenError
        It lies on other lesions altogether.
    """
    source = MaskSource.CORRECTED if outline.source is MaskSource.NETWORK else outline.source
    known = reading.outline(outline.number)
    if known is not None and bool(np.any(known.mask & outline.mask)):
        _unlocked(reading, known.number)
        return reading.with_mask(known.number, kept_clear(reading, known.number, outline.mask), source), known.number
    number = outline.number if known is None else reading.next_number
    laid = replace(outline, number=number, mask=kept_clear(reading, None, outline.mask), source=source, is_locked=False, is_hidden=False)
    return replace(reading, outlines=(*reading.outlines, laid), is_touched=True), number


def nearest(reading: Reading, number: int) -> int | None:
    """Return the number of the lesion that is nearest to another, edge to edge in pixels; the first of several, None where there is no other.

    Raises
    ------
    KeyError
        There is no such lesion.
    """
    outline = reading.outline(number)
    if outline is None:
        raise KeyError(f"there is no lesion {number}")
    others = [other for other in reading.outlines if other.number != number]
    if len(others) < 2:
        return others[0].number if others else None
    away = cv2.distanceTransform((~outline.mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return min(others, key=lambda other: float(away[other.mask].min())).number


@dataclass(frozen=True, eq=False)
class Offer:
    """An outline of the network's that the reader may take over.

    Attributes
    ----------
    found
        What the network outlined.
    number
        The reader's lesion that it would replace; None where the reader has none there.
    """

    found: FoundLesion
    number: int | None


def offers(case: Case) -> tuple[Offer, ...]:
    """Return those outlines of the network that differ from the reader's or that he has no lesion for; none while the reading is untouched."""
    if case.analysis is None or not case.reading.is_touched:
        return ()
    return tuple(offer for found in case.analysis.lesions if (offer := _offer(case, found)) is not None)


def taken_over(reading: Reading, offer: Offer) -> Reading:
    """Return a reading with an outline of the network's, in place of the reader's or in addition.

    Raises
    ------
    LockedError
        The lesion whose mask it would replace is locked.
    TakenError
        It lies on other lesions altogether.
    """
    if offer.number is not None:
        _unlocked(reading, offer.number)
    mask = kept_clear(reading, offer.number, offer.found.mask)
    # What had to leave pixels to other lesions is not what the network drew.
    source = MaskSource.NETWORK if mask is offer.found.mask else MaskSource.CORRECTED
    return reading.added(mask, source) if offer.number is None else reading.with_mask(offer.number, mask, source)


def _offer(case: Case, found: FoundLesion) -> Offer | None:
    window = window_of(found.mask)
    if window is None:
        return None
    shared = {lesion.number: int(np.count_nonzero(lesion.mask[window.slices] & found.mask[window.slices])) for lesion in case.lesions}
    number = max(shared, key=lambda one: shared[one], default=None)
    if number is None or not shared[number]:
        return Offer(found, None)
    lesion = case.lesion(number)
    # What shares more with another outline of the network's, as two that the reader has merged do, is compared with that one only.
    if lesion is None or case.network_outline(number) is not found or lesion.mask is found.mask:
        return None
    both = enclosing(Box(*lesion.measures.bbox), window) or window
    return Offer(found, number) if dice(lesion.mask[both.slices], found.mask[both.slices]) < SAME_DICE else None


def _unlocked(reading: Reading, number: int) -> Outline:
    outline = reading.outline(number)
    if outline is None:
        raise KeyError(f"there is no lesion {number}")
    if outline.is_locked:
        raise LockedError(outline)
    return outline


def _source_of_all(outlines: Sequence[Outline]) -> MaskSource:
    sources = {outline.source for outline in outlines}
    if sources & {MaskSource.NETWORK, MaskSource.CORRECTED}:
        return MaskSource.CORRECTED
    return sources.pop() if len(sources) == 1 else MaskSource.DRAWN
