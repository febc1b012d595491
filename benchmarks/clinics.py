"""Simulated clinics of BUS-BRA: the scans of one machine, in the order in which a reader corrects them, beside patients whom he never sees.

Held-out patients of the data set take no part: they stay locked. See ``clinic.py`` for what is done with a clinic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

import numpy as np
from suspicions import COPIES, DIRECTIONS, SHIFTS, case_of, held_out_apart, moved

from models.datasets import Example, select
from models.preprocessing import Mask
from models.retraining.clinic import UNKNOWN, ClinicExample

DATASET = "bus-bra"
ACCEPTED_FROM = 0.9
"""Dice of the networks' outline with the annotated one from which on a reader leaves it as it is."""

COPIED, FOREIGN = "one case a hundred times", "half of something else"
SPOILED = ("shifted masks", "inverted masks", "empty masks", "swapped outcomes")
POISONS = (*SPOILED, COPIED, FOREIGN)

_FIRST_POISONED = 100
"""Seed of the first poisoned clinic: others than those that are learned from."""


@dataclass(frozen=True)
class Clinic:
    """One machine's patients: ``unseen`` are only measured on, ``corrections`` are approved one after the other. No patient is in both."""

    device: str
    unseen: tuple[Example, ...]
    corrections: tuple[Example, ...]


def open_scans(examples: Sequence[Example]) -> list[Example]:
    """Return the scans of which clinics are made: none that is held out, and none that the data set's audit objects to."""
    chosen = [*select(examples, "training"), *select(examples, "validation")]
    return [example for example in chosen if example.dataset == DATASET and not example.objection]


def devices_of(examples: Sequence[Example], unseen: int, most: int) -> list[str]:
    """Return the machines with ``most`` scans and more besides so many unseen patients, those with the most patients first."""
    scans: dict[str, dict[str, int]] = {}
    for example in examples:
        groups = scans.setdefault(example.device, {})
        groups[example.group] = groups.get(example.group, 0) + 1
    # Whoever is drawn as unseen may have more scans than others: only what is left in any case counts.
    left = {device: sum(sorted(groups.values(), reverse=True)[unseen:]) for device, groups in scans.items()}
    return sorted((device for device in scans if left[device] >= most), key=lambda device: (-len(scans[device]), device))


def drawn(examples: Sequence[Example], seed: int, unseen: int, most: int) -> Clinic:
    """Return the clinic of a seed: a machine, its patients shuffled, the first of them unseen.

    Parameters
    ----------
    examples
        What ``open_scans`` returned.
    unseen, most
        Patients to measure on, and scans to correct. A scan of every patient is corrected before a second one of any.

    Raises
    ------
    SystemExit
        No machine has enough of them.
    """
    devices = devices_of(examples, unseen, most)
    if not devices:
        raise SystemExit(f"No machine has {most} scans besides those of {unseen} unseen patients.")
    device = devices[seed % len(devices)]
    groups: dict[str, list[Example]] = {}
    for example in sorted((e for e in examples if e.device == device), key=lambda e: e.key):
        groups.setdefault(example.group, []).append(example)
    names = list(groups)
    shuffled = [groups[names[place]] for place in np.random.default_rng(seed).permutation(len(names))]
    in_turn = chain.from_iterable(zip_longest(*shuffled[unseen:]))
    corrections = tuple(example for example in in_turn if example is not None)[:most]
    return Clinic(device, tuple(chain.from_iterable(shuffled[:unseen])), corrections)


def kind_of(found: int, dice: float) -> str:
    """Return how a case comes about where the networks find so many lesions, with this Dice all together."""
    if not found:
        return "drawn"
    return "accepted" if dice >= ACCEPTED_FROM else "corrected"


def approved(examples: Sequence[Example], kinds: Sequence[str], *, with_outcomes: bool) -> list[ClinicExample]:
    """Return scans as a reader approves them: with the annotated masks, every fifth patient held out."""
    cases = [replace(case_of(e, e.read_pixels(), e.read_mask()), kind=kind) for e, kind in zip(examples, kinds, strict=True)]
    return held_out_apart(cases if with_outcomes else [with_outcome(case, lambda _: UNKNOWN) for case in cases])


def with_outcome(case: ClinicExample, outcome: Callable[[str], str]) -> ClinicExample:
    """Return a case with another outcome of every lesion."""
    return replace(case, label=outcome(case.label), lesions=tuple(replace(lesion, outcome=outcome(lesion.outcome)) for lesion in case.lesions))


# poison -------------------------------------------------------------------------------------------------------------------------------------------


def poisoned_clinic(examples: Sequence[Example], number: int) -> Clinic:
    """Return the clinic of a poisoned one's number: 20 to 25 scans, and 30 unseen patients."""
    most = int(np.random.default_rng([_FIRST_POISONED, number]).integers(20, 26))
    return drawn(examples, _FIRST_POISONED + number, 30, most)


def poisoned(kind: str, cases: Sequence[ClinicExample], share: float, number: int, foreign: Sequence[ClinicExample]) -> list[ClinicExample]:
    """Return a clinic's cases, spoiled; every fifth patient is held out, spoiled or not.

    Parameters
    ----------
    kind
        One of ``POISONS``.
    cases
        With their outcomes.
    share
        Of the cases that are spoiled; copies and pictures of something else are as many as their names say.
    number
        Of the clinic, from which all that is random comes.
    foreign
        Pictures of something else, at least half as many as cases.
    """
    rng = np.random.default_rng([_FIRST_POISONED, number, 1])
    if kind == COPIED:
        one = cases[int(rng.integers(len(cases)))]
        copies = [replace(one, path=one.path.with_name(f"{one.key}, copy {copy}")) for copy in range(1, COPIES)]
        return held_out_apart([*cases, *copies])
    if kind == FOREIGN:
        others = [foreign[place] for place in rng.permutation(len(foreign))[: len(cases) // 2]]
        return held_out_apart([*others, *cases[len(others) :]])
    spoil = _spoil(kind, rng)
    chosen = set(rng.permutation(len(cases))[: round(share * len(cases))].tolist())
    return held_out_apart([spoil(case) if place in chosen else case for place, case in enumerate(cases)])


def _spoil(kind: str, rng: np.random.Generator) -> Callable[[ClinicExample], ClinicExample]:
    length, direction = SHIFTS[int(rng.integers(len(SHIFTS)))], DIRECTIONS[int(rng.integers(len(DIRECTIONS)))]
    return {
        "shifted masks": lambda case: _outlined(case, _shifted(case.read_mask(), length, direction)),
        "inverted masks": lambda case: _outlined(case, ~case.read_mask()),
        "empty masks": lambda case: _outlined(case, np.zeros(case.pixels.shape, np.bool_)),
        "swapped outcomes": lambda case: with_outcome(case, lambda outcome: {"benign": "malignant", "malignant": "benign"}[outcome]),
    }[kind]


def _outlined(case: ClinicExample, mask: Mask) -> ClinicExample:
    """Return a case under the same name with another mask."""
    return replace(case_of(case, case.pixels, mask), path=case.path)


def _shifted(mask: Mask, share: float, direction: tuple[int, int]) -> Mask:
    """Return a mask moved by a share of its diameter; one that would leave the picture keeps its place."""
    length = share * float(np.sqrt(4 * np.count_nonzero(mask) / np.pi))
    there = moved(mask, round(length * direction[0]), round(length * direction[1]))
    return there if there.any() else mask
