"""Which cases of a folder a list shows, and in which order; in words what it shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.doubt import doubt_about
from busi_gui.services.states import CaseEntry
from busi_gui.views.wording import probability_text
from models.analysis import Diagnosis, OperatingPoint


class Sieve(Enum):
    """Which cases are shown, as the reader chooses it."""

    ALL = "All scans"
    NEW = "New"
    ANALYSED = "Analysed"
    CORRECTED = "Corrected"
    REVIEWED = "Reviewed"
    APPROVED = "Approved"
    NOT_APPROVED = "Not approved"
    ABOVE = "Above point"
    UNCERTAIN = "Uncertain"


class Order(Enum):
    """In which order, as the reader chooses it."""

    NAME = "By name"
    PROBABILITY = "By probability"
    STATUS = "By status"
    NEWEST = "Newest first"


_STATUS_OF = {
    Sieve.NEW: CaseStatus.NEW,
    Sieve.ANALYSED: CaseStatus.ANALYSED,
    Sieve.CORRECTED: CaseStatus.CORRECTED,
    Sieve.REVIEWED: CaseStatus.REVIEWED,
}
_STATUS_PLACES = {status: place for place, status in enumerate(CaseStatus)}
_LAST = len(CaseStatus)


@dataclass(frozen=True)
class Wish:
    """What the reader wants to see: names with these words in them, of these cases, in this order."""

    words: str = ""
    sieve: Sieve = Sieve.ALL
    order: Order = Order.NAME

    @property
    def is_whole_folder(self) -> bool:
        """Whether it is every file, in the folder's own order."""
        return self == Wish()

    @property
    def is_filter(self) -> bool:
        """Whether files may be left out."""
        return bool(self.words) or self.sieve is not Sieve.ALL

    @property
    def depends_on_entries(self) -> bool:
        """Whether what becomes known of a file may move it, or bring it in or out."""
        return self.sieve is not Sieve.ALL or self.order is not Order.NAME


def is_above(entry: CaseEntry, point: OperatingPoint | None) -> bool:
    """Whether a case's most suspicious lesion lies at the operating point or above it."""
    return point is not None and not entry.is_doubted and entry.p_malignant is not None and entry.p_malignant >= point.threshold


def is_uncertain(entry: CaseEntry, point: OperatingPoint | None, networks: str) -> bool:
    """Whether the verdict on a case's most suspicious lesion is called uncertain; of what other networks said nobody can tell by these."""
    if point is None or entry.p_malignant is None or entry.is_doubted or entry.networks != networks:
        return False
    said = Diagnosis(entry.p_malignant, entry.p_low, entry.p_high, {}, opinions=entry.opinions)
    return doubt_about(said, point).is_uncertain


def arranged(names: Sequence[str], entries: Sequence[CaseEntry], wish: Wish, point: OperatingPoint | None, networks: str = "") -> list[int]:
    """Return the places in the folder of the files that a wish is for, in its order; among equals the folder's own stays.

    Parameters
    ----------
    names
        Of every file of the folder, as listed, in lower case.
    entries
        What is known of each.
    point
        Above which `Sieve.ABOVE` shows cases; with None it shows none, nor does `Sieve.UNCERTAIN`.
    networks
        Version, names and hashes of the networks that the point is of.
    """
    words = wish.words.casefold()
    places = [place for place, name in enumerate(names) if words in name] if words else list(range(len(names)))
    if wish.sieve is not Sieve.ALL:
        places = [place for place in places if _passes(entries[place], wish.sieve, point, networks)]
    if wish.order is not Order.NAME:
        rank = _RANKS[wish.order]
        places.sort(key=lambda place: rank(entries[place]))
    return places


def shown_names(paths: Sequence[Path]) -> list[str]:
    """Return what the files of a folder are called in its list: their names or, where some have the same, their paths from where all lie."""
    names = [path.name for path in paths]
    if len(set(names)) == len(names):
        return names
    root = os.path.join(os.path.commonpath([path.parent for path in paths]), "")  # noqa: PTH118 - with a separator at its end
    return [str(path).removeprefix(root).replace(os.sep, "/") for path in paths]


def nothing_text(wish: Wish, point: OperatingPoint | None, is_complete: bool) -> str:
    """Return what is said where a wish leaves no file; not complete while files are still being looked at."""
    named = f" with “{wish.words}” in its name" if wish.words else ""
    if wish.sieve is Sieve.ALL:
        return f"No file here has “{wish.words}” in its name."
    if wish.sieve in (Sieve.ABOVE, Sieve.UNCERTAIN) and point is None:
        what = "lie above the operating point" if wish.sieve is Sieve.ABOVE else "are uncertain"
        return f"Which files {what} is known when the networks are loaded."
    if wish.sieve is Sieve.ABOVE and point is not None:
        what = f"lies above the {point.name} point ({probability_text(point.threshold)})"
    else:
        what = f"is {wish.sieve.value.lower()}"
    return f"No file here{named} {what}." if is_complete else f"Of the files looked at so far, none{named} {what}."


def _passes(entry: CaseEntry, sieve: Sieve, point: OperatingPoint | None, networks: str) -> bool:
    # Of a file that was not looked at yet nobody knows whether it is new.
    if entry.error or not (entry.is_read or entry.is_analysed or entry.status is not CaseStatus.NEW):
        return False
    if sieve in (Sieve.APPROVED, Sieve.NOT_APPROVED):
        return entry.is_read and bool(entry.approvals) is (sieve is Sieve.APPROVED)
    if sieve is Sieve.UNCERTAIN:
        return is_uncertain(entry, point, networks)
    return is_above(entry, point) if sieve is Sieve.ABOVE else entry.status is _STATUS_OF[sieve]


def _by_probability(entry: CaseEntry) -> tuple[int, float]:
    if entry.p_malignant is not None and not entry.is_doubted:
        return 0, -entry.p_malignant
    return (1 if entry.is_analysed else 2), 0.0


def _by_status(entry: CaseEntry) -> tuple[int, float]:
    is_known = not entry.error and (entry.is_read or entry.status is not CaseStatus.NEW)
    return (_STATUS_PLACES[entry.status] if is_known else _LAST), 0.0


def _by_age(entry: CaseEntry) -> tuple[int, float]:
    return (0, -entry.modified) if entry.modified is not None else (1, 0.0)


_RANKS: dict[Order, Callable[[CaseEntry], tuple[int, float]]] = {
    Order.PROBABILITY: _by_probability,
    Order.STATUS: _by_status,
    Order.NEWEST: _by_age,
}
