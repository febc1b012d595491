"""Whom the networks fail: records in groups by size, histology, BI-RADS, machine, marks, data set and objection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from models.measuring.records import Record

SIZE_BOUNDS_PX = (30, 50, 80, 110)
"""Equivalent diameters on the network grid between groups of size: about a tenth, a third, a third, a sixth and a tenth of the training lesions."""

LEAST_OF_A_KIND = 10
"""Lesions of a histology below which it stands among the others."""

Groups = Mapping[str, Sequence[Record]]


def broken_down(records: Sequence[Record]) -> dict[str, Groups]:
    """Return the records by each attribute, in groups with a name for readers.

    Only data sets that say anything of an attribute take part in its groups: in another one an empty field means that nobody wrote it down.
    Scans with an objection stand in the last one, ``objection``, alone.
    """
    clean = [record for record in records if not record.objection]
    lesions = [record for record in clean if record.diameter_px is not None]
    return {
        "size": _by_size(lesions),
        "histology": _by_histology(_told(lesions, lambda r: r.histology)),
        "birads": _by(_told(lesions, lambda r: r.birads), lambda r: f"BI-RADS {r.birads}" if r.birads else "not said"),
        "device": _by(_told(clean, lambda r: r.device), lambda r: r.device or "not said"),
        "annotation": _by(_told(clean, lambda r: r.annotation), lambda r: "marks in the picture" if r.annotation else "no marks"),
        "dataset": _by(clean, lambda r: r.dataset),
        "objection": _by(_told(records, lambda r: r.objection), lambda r: r.objection or "no objection"),
    }


def counts_of(records: Sequence[Record]) -> dict[str, int]:
    """Return how many records there are of each label, and of how many lesions or patients."""
    found = Counter(record.label for record in records)
    return {**{label: found[label] for label in ("benign", "malignant", "normal")}, "groups": len({record.group for record in records})}


def size_names() -> list[str]:
    """Return the names of the groups of size, the smallest first."""
    first, last = f"below {SIZE_BOUNDS_PX[0]} px", f"{SIZE_BOUNDS_PX[-1]} px and more"
    return [first, *(f"{low} to {high} px" for low, high in pairwise(SIZE_BOUNDS_PX)), last]


def _by_size(records: Sequence[Record]) -> Groups:
    names = size_names()
    groups: dict[str, list[Record]] = {name: [] for name in names}
    for record in records:
        groups[names[sum((record.diameter_px or 0) >= bound for bound in SIZE_BOUNDS_PX)]].append(record)
    return {name: group for name, group in groups.items() if group}


def _by_histology(records: Sequence[Record]) -> Groups:
    frequent = {name for name, count in Counter(r.histology for r in records).items() if name and count >= LEAST_OF_A_KIND}
    groups = _by(records, lambda r: r.histology if r.histology in frequent else "others")
    return dict(sorted(groups.items(), key=lambda item: (item[0] == "others", -len(item[1]), item[0])))


def _by(records: Sequence[Record], name_of: Callable[[Record], str]) -> Groups:
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(name_of(record), []).append(record)
    return dict(sorted(groups.items()))


def _told(records: Sequence[Record], attribute: Callable[[Record], str]) -> list[Record]:
    telling = {record.dataset for record in records if attribute(record)}
    return [record for record in records if record.dataset in telling]
