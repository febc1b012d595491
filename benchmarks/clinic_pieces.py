"""Which pieces the simulation of clinics consists of, in which order, and where their results lie."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinics import POISONS, SPOILED

Json = dict[str, Any]

PARTS = ("learning", "poisoned", "naive", "outcomes", "cost", "halves")
SIZES: Mapping[str, tuple[int, ...]] = {"learning": (5, 10, 20, 50, 100), "naive": (5, 10, 20, 50), "outcomes": (20, 50, 100)}
BEFORE = "before"
"""The part that is there for the others: what a clinic's scans come to before anything is learned."""
MOST = 100
"""Corrections in a clinic."""
POISONED_EACH, HALVES_EACH = 5, 3

_GUESSED, _GUESSED_A_CASE = 240.0, 20.0
"""Seconds that a piece takes, and for each of its cases, before any like it was done."""


@dataclass(frozen=True)
class Piece:
    """One run of its own: a part, a clinic's seed or a poisoned one's number, how many scans are corrected, and how they are spoiled."""

    part: str
    seed: int
    cases: int = 0
    poison: str = ""

    @property
    def name(self) -> str:
        """What its result is called."""
        return f"{self.part}-{self.seed:02}" + (f"-{self.cases:03}" if self.cases else "")


def planned(parts: Sequence[str], seeds: int) -> list[Piece]:
    """Return the pieces of some parts in the order in which they are done: one clinic whole, and what must not be learned, before other clinics."""
    pieces = [*_of_clinic(("learning",), 0, parts), *(_spoiled("poisoned", POISONS, POISONED_EACH) if "poisoned" in parts else [])]
    pieces += [piece for piece in _of_clinic(("naive", "outcomes"), 0, parts) if piece not in pieces]
    pieces += [piece for seed in range(1, seeds) for piece in _of_clinic(tuple(SIZES), seed, parts)]
    return pieces + (_spoiled("halves", SPOILED, HALVES_EACH) if "halves" in parts else [])


def _of_clinic(wanted: Sequence[str], seed: int, parts: Sequence[str]) -> list[Piece]:
    """Return the wanted pieces of one clinic, and first what there was before; what learning costs is measured on the first clinic."""
    asked = [part for part in wanted if part in parts or (part == "learning" and seed == 0 and "cost" in parts)]
    return [Piece(BEFORE, seed), *(Piece(part, seed, size) for part in asked for size in SIZES[part])] if asked else []


def _spoiled(part: str, poisons: Sequence[str], each: int) -> list[Piece]:
    # Every kind once before any a second time: a benchmark that is ended early has seen them all. One number is passed over in each round, so that
    # a kind is not tied to every second machine.
    return [Piece(part, number * (len(poisons) + 1) + place, poison=poison) for number in range(each) for place, poison in enumerate(poisons)]


class Results:
    """The folder of a run: a file for every piece that is done, and nothing else is believed to be."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def path(self, name: str) -> Path:
        """Where a result lies or is to lie."""
        return self._run / "results" / f"{name}.json"

    def read(self, name: str) -> Json | None:
        """Return a result, None where it is missing."""
        path = self.path(name)
        found: Json | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        return found

    def write(self, name: str, result: Json) -> None:
        """Write a result beside, then rename."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".partial")
        beside.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        beside.replace(path)

    def done(self, pieces: Sequence[Piece]) -> dict[Piece, Json]:
        """Return the results of those pieces that are done."""
        found = {piece: self.read(piece.name) for piece in pieces}
        return {piece: result for piece, result in found.items() if result is not None}


def expected_seconds(piece: Piece, done: Mapping[Piece, Json]) -> float:
    """Return how long a piece takes at most, as far as those tell that are done: the longest of its kind, in proportion to its cases."""
    like = [(other, float(result["total_seconds"])) for other, result in done.items() if (other.part, other.poison) == (piece.part, piece.poison)]
    same = [seconds for other, seconds in like if other.cases == piece.cases]
    if same:
        return max(same)
    guessed = _GUESSED + _GUESSED_A_CASE * (piece.cases or 25)
    return max([guessed, *(seconds * piece.cases / other.cases for other, seconds in like if 0 < other.cases < piece.cases)])
