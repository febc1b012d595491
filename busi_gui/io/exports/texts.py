"""What every export says of itself: what it is, what it is not for, and what may still give a patient away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from busi_gui import __version__
from busi_gui.io.exports.cases import ExportCase
from busi_gui.io.results import NOTICE

PROGRAM = f"busi-gui {__version__}"

_IDENTITY = """\
Whom the scans show
-------------------
No file here holds a patient's name or number, nor any date but that on which an outcome was found, where a reader has recorded it (outcome_date).
What is burned into a picture (text at its edges, callipers, arrows) is part of its pixels and is not removed: look at every picture before you pass
it on.
"""
_KEPT_NAMES = "The files are called as they were in the program: their names may name patients.\n"
_SOURCES = """\
Where the outlines come from
----------------------------
network    outlined by the networks and changed by nobody; whether a reader has looked at the scan, its status says
corrected  outlined by the networks, changed by a reader
drawn      drawn by a reader
imported   drawn in another program
"""
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Tally:
    """Counts what an export holds, for its README."""

    def __init__(self) -> None:
        self.classes: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.networks: dict[str, None] = {}

    def add(self, case: ExportCase) -> None:
        """Count one frame."""
        self.classes[case.case_class] += 1
        self.sources.update(source.value for source in case.sources)
        if case.networks:
            self.networks.setdefault(case.networks)


def today() -> str:
    """Return the date of the export, in UTC."""
    return datetime.now(UTC).date().isoformat()


def readme(layout: str, tally: Tally, *, keeps_names: bool) -> bytes:
    """Return the text that lies beside an export.

    Parameters
    ----------
    layout
        What its files are, in paragraphs.
    """
    counts = [*_counted(tally.classes, "frames"), *_counted(tally.sources, "outlines")]
    parts = [
        f"Exported by {PROGRAM} on {today()} (UTC). {NOTICE}\n",
        layout,
        "What is in it\n-------------\n" + "".join(f"{line}\n" for line in [*counts, *(f"Networks {text}" for text in tally.networks)]),
        _SOURCES,
        _IDENTITY + (_KEPT_NAMES if keeps_names else ""),
    ]
    return "\n".join(parts).encode()


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def plain_text(text: str) -> str:
    """Return what `safe_text` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULAS) else text


def safe_row(cells: Iterable[object]) -> list[object]:
    """Return the cells of a row of a table: texts safe, numbers as they are, None empty."""
    return [safe_text(cell) if isinstance(cell, str) else "" if cell is None else cell for cell in cells]


def _counted(counts: Mapping[str, int], what: str) -> list[str]:
    return [f"{count} {what}: {name}" for name, count in sorted(counts.items())]
