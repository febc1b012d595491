"""What looks wrong with a clinic's approved cases, before anything is learned from them.

Each rule looks at all cases together: a network may be wrong about one, and that is what it is to learn; it is not wrong about most of them in the
same direction. How often annotated masks, which are no suspicion, are called one, and what is found, is measured by ``benchmarks/suspicions.py``,
which says too on which scans the limits were chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from models.datasets import are_alike
from models.measuring.figures import auc
from models.pipeline import Report
from models.retraining.clinic import ClinicExample
from models.retraining.signs import Analyst, Signs, signs_of

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STOPPING_SHARE = 0.2
"""From this share of the cases on, single wrong ones are a sign that others are wrong as well."""

LEAST_SHIFTED = 3
"""Outlines with a found lesion of their size below which nothing is said of a shift."""
SHIFT, SHIFT_OF_FEW = 0.045, 0.08
"""A middle offset beyond SHIFT + SHIFT_OF_FEW / sqrt(outlines), in diameters, is one; networks and readers differ by 0.05 to 0.07 in a case."""

INVERTED_SHARE, INVERTED_BORDER = 0.5, 0.5
"""An outline over such shares of the picture and of its border is the background; no annotated lesion covers either."""
WHOLE_SHARE, LARGEST_SHARE, SMALLEST_PX = 0.998, 0.75, 6.0
"""The whole picture; the largest share of it that a lesion covers; its smallest diameter on the network grid, 1 mm on a scan 4 cm high."""

LEAST_EMPTY, EMPTY_SHARE = 3, 0.6
"""So many empty cases, and such a share of them, in which a lesion is found."""
LEAST_COPIES, COPIES_SHARE = 8, 1 / 3
"""From so many pictures of one look on all but one are left out; from such a share of the cases on they stop."""
LEAST_FOREIGN, FOREIGN_SHARE = 2, 0.1
"""So many pictures, and such a share, that look like something else: of true scans one in 250 does."""
VERY_STRANGE = 2.0
"""Strangeness from which on a single one is enough: no true scan of 700 has it."""
LEAST_OUTCOMES = 8
"""Patients with an outcome from which on these must not contradict the networks more often than they agree, be it by chance: who is asked for nothing
looks at his outcomes once more, and who is not asked learns from swapped ones."""
_SHUFFLES = 9999


class Kind(Enum):
    """What may be wrong."""

    SHIFTED = "shifted outlines"
    INVERTED = "inverted outlines"
    EMPTY = "lesions approved as empty"
    SIZE = "implausible sizes"
    COPIES = "copies"
    FOREIGN = "not ultrasound"
    CONTRADICTED = "contradicted outcomes"
    LEAK = "look-alikes of held-out cases"


_LEFT_OUT = frozenset({Kind.INVERTED, Kind.SIZE, Kind.COPIES, Kind.FOREIGN, Kind.LEAK})


@dataclass(frozen=True)
class Suspicion:
    """One thing that looks wrong.

    Attributes
    ----------
    kind
        What it is.
    stops
        Nothing may be learned before it is mended.
    keys
        Of the cases concerned, sorted. Of copies all but the first; of look-alikes those that would be learned from.
    figures
        What was measured, by name.
    sentence
        For the reader: what was seen, and what may be the cause.
    """

    kind: Kind
    stops: bool
    keys: tuple[str, ...]
    figures: Mapping[str, float]
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"kind": self.kind.value, "stops": self.stops, "keys": list(self.keys), "figures": dict(self.figures), "sentence": self.sentence}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Suspicion:
        """Return what ``as_json`` told of; KeyError or ValueError where something is missing or no kind."""
        return cls(Kind(values["kind"]), bool(values["stops"]), tuple(values["keys"]), dict(values["figures"]), values["sentence"])


def examine(cases: Sequence[ClinicExample], pipeline: Analyst, report: Report) -> tuple[Suspicion, ...]:
    """Return what looks wrong with approved cases, what stops the retraining first; empty where nothing does.

    Parameters
    ----------
    cases
        All of them, held out or not, in any order.
    pipeline
        The shipped networks.
    report
        Told "examining" and a fraction in [0, 1] before each case; what it raises ends the work.
    """
    signs = []
    for number, case in enumerate(cases):
        report("examining", number / len(cases))
        signs.append(signs_of(case, pipeline.analyse(case.pixels)))
    return suspicions_of(signs)


def left_out(suspicions: Sequence[Suspicion]) -> frozenset[str]:
    """Return the keys of the cases that are neither to be learned from nor compared on, even where nothing stops the retraining."""
    return frozenset(key for each in suspicions if each.kind in _LEFT_OUT for key in each.keys)


def suspicions_of(signs: Sequence[Signs]) -> tuple[Suspicion, ...]:
    """Return what looks wrong with cases of which this was measured; see ``examine``."""
    ordered = sorted(signs, key=lambda each: each.key)
    outlined = [each for each in ordered if each.size_px is not None]
    whole = [each for each in outlined if each.share >= WHOLE_SHARE]
    inverted = [each for each in outlined if _is_inverted(each)]
    copies = [*_copies(ordered)]
    surplus = {key for each in copies for key in each.keys}
    sane = [e for e in outlined if e not in whole and e not in inverted and e.key not in surplus and not e.picture.is_foreign]
    found = [
        *_inverted(inverted, outlined),
        *_shifted(sane),
        *_empty([each for each in ordered if each.size_px is None and not each.picture.is_foreign]),
        *_sizes([each for each in outlined if each not in inverted], outlined),
        *_foreign(ordered),
        *_contradicted(ordered),
        *copies,
        *_leak(ordered),
    ]
    return tuple(sorted(found, key=lambda suspicion: not suspicion.stops))


def _is_inverted(signs: Signs) -> bool:
    return INVERTED_SHARE <= signs.share < WHOLE_SHARE and signs.border_share >= INVERTED_BORDER


def _keys(signs: Sequence[Signs]) -> tuple[str, ...]:
    return tuple(each.key for each in signs)


def _inverted(inverted: Sequence[Signs], outlined: Sequence[Signs]) -> Iterator[Suspicion]:
    if inverted:
        yield Suspicion(
            Kind.INVERTED,
            len(inverted) >= STOPPING_SHARE * len(outlined),
            _keys(inverted),
            {"cases": len(inverted), "of": len(outlined), "share": round(float(np.median([each.share for each in inverted])), 3)},
            f"The outlines of {len(inverted)} of {len(outlined)} cases cover most of the picture and its border: were lesion and background swapped?",
        )


def _sizes(cases: Sequence[Signs], outlined: Sequence[Signs]) -> Iterator[Suspicion]:
    large = [each for each in cases if each.share > LARGEST_SHARE]
    small = [each for each in cases if (each.size_px or 0.0) < SMALLEST_PX]
    wrong = sorted({each.key for each in (*large, *small)})
    if wrong:
        yield Suspicion(
            Kind.SIZE,
            len(wrong) >= STOPPING_SHARE * len(outlined),
            tuple(wrong),
            {"large": len(large), "small": len(small), "of": len(outlined)},
            f"The outlines of {len(wrong)} of {len(outlined)} cases are of no lesion's size: {len(large)} cover nearly the whole picture, "
            f"{len(small)} are a handful of pixels.",
        )


def _shifted(cases: Sequence[Signs]) -> Iterator[Suspicion]:
    # An outline that the program drew itself cannot be shifted, and hides those that are.
    asked = [each for each in cases if each.offset is not None and not (each.kind == "accepted" and (each.dice or 0.0) > 0.9)]
    if len(asked) < LEAST_SHIFTED:
        return
    offsets = np.array([each.offset for each in asked], np.float64)
    middle = np.median(offsets, axis=0)
    length, gain = float(np.hypot(*middle)), float(np.mean([each.gain for each in asked]))
    # The picture decides who is right: an outline in its place stands out no less than one moved to where the networks look.
    if length < SHIFT + SHIFT_OF_FEW / np.sqrt(len(asked)) or gain <= 0:
        return
    along = offsets @ middle / length
    moved = [each for each, way in zip(asked, along, strict=True) if way > length / 2]
    down, across = (float(np.median([(each.offset or (0.0, 0.0))[axis] * each.diameter_px for each in moved])) for axis in (0, 1))
    yield Suspicion(
        Kind.SHIFTED,
        True,
        _keys(moved),
        {
            "cases": len(moved),
            "of": len(asked),
            "down_px": round(down, 1),
            "right_px": round(across, 1),
            "diameters": round(length, 3),
            "gain": round(gain, 3),
        },
        f"The outlines of {len(moved)} of {len(asked)} cases lie about {_in_words(down, across)} the lesions that the networks find, and "
        "stand out less there: were they exported from another size or part of the pictures?",
    )


def _in_words(down: float, across: float) -> str:
    """Return a direction; what is less than a third of the larger part is not worth saying."""
    parts = [(down, "below", "above"), (across, "right of", "left of")]
    least = max(abs(down), abs(across)) / 3
    return " and ".join(f"{abs(px):.0f} px {after if px > 0 else before}" for px, after, before in parts if abs(px) >= least)


def _empty(empty: Sequence[Signs]) -> Iterator[Suspicion]:
    found = [each for each in empty if each.picture.is_found]
    if len(found) >= LEAST_EMPTY and len(found) >= EMPTY_SHARE * len(empty):
        yield Suspicion(
            Kind.EMPTY,
            True,
            _keys(found),
            {"cases": len(found), "of": len(empty)},
            f"{len(found)} of {len(empty)} cases are approved as empty, and the networks are sure of a lesion in them: were their outlines lost?",
        )


def _foreign(cases: Sequence[Signs]) -> Iterator[Suspicion]:
    foreign = [each for each in cases if each.picture.is_foreign]
    are_many = len(foreign) >= LEAST_FOREIGN and len(foreign) >= FOREIGN_SHARE * len(cases)
    if are_many or any(each.picture.strangeness > VERY_STRANGE for each in foreign):
        yield Suspicion(
            Kind.FOREIGN,
            len(foreign) >= STOPPING_SHARE * len(cases),
            _keys(foreign),
            {"cases": len(foreign), "of": len(cases)},
            f"{len(foreign)} of {len(cases)} pictures do not look like breast ultrasound: are they of something else?",
        )


def _copies(cases: Sequence[Signs]) -> Iterator[Suspicion]:
    surplus: list[Signs] = []
    largest = 0
    for cluster in _clusters(cases):
        if len(cluster) >= LEAST_COPIES:
            surplus += cluster[1:]
            largest = max(largest, len(cluster))
    if surplus:
        yield Suspicion(
            Kind.COPIES,
            len(surplus) + 1 >= COPIES_SHARE * len(cases),
            tuple(sorted(each.key for each in surplus)),
            {"copies": len(surplus), "largest": largest, "of": len(cases)},
            f"The same picture is there up to {largest} times: {len(surplus)} of {len(cases)} cases are copies, from which nothing new is learned.",
        )


def _clusters(cases: Sequence[Signs]) -> list[list[Signs]]:
    """Return the cases in clusters of pictures that look alike, by way of others too."""
    from scipy.sparse.csgraph import connected_components  # where retraining runs only

    if not cases:
        return []
    codes = np.array([each.picture.code for each in cases])
    number, labels = connected_components(are_alike(codes, codes), directed=False)
    return [[each for each, label in zip(cases, labels, strict=True) if label == cluster] for cluster in range(number)]


def _leak(cases: Sequence[Signs]) -> Iterator[Suspicion]:
    learned, held_out = ([each for each in cases if each.is_held_out == side] for side in (False, True))
    if not (learned and held_out):
        return
    alike = are_alike(*(np.array([each.picture.code for each in side]) for side in (learned, held_out)))
    leaking = [each for each, row in zip(learned, alike, strict=True) if row.any()]
    if leaking:
        yield Suspicion(
            Kind.LEAK,
            False,
            _keys(leaking),
            {"cases": len(leaking), "of": len(learned)},
            f"{len(leaking)} of {len(learned)} cases to learn from look like held-out ones of another patient. They are left out: else the "
            "comparison would flatter.",
        )


def _contradicted(cases: Sequence[Signs]) -> Iterator[Suspicion]:
    known = [each for each in cases if each.label in ("benign", "malignant") and each.picture.p_malignant is not None and not each.picture.is_foreign]
    # Scans of one patient are one opinion.
    patients: dict[tuple[str, str], list[float]] = {}
    for each in known:
        patients.setdefault((each.group, each.label), []).append(_logit(each.picture.p_malignant or 0.0))
    scores = np.array([np.mean(logits) for logits in patients.values()], np.float64)
    is_malignant = np.array([label == "malignant" for _, label in patients], np.bool_)
    if len(scores) < LEAST_OUTCOMES or is_malignant.all() or not is_malignant.any():
        return
    area = auc(scores, is_malignant)
    if area >= 0.5:
        return
    chance = _chance_of_as_low(area, scores, is_malignant)
    wrong = [each for each in known if ((each.picture.p_malignant or 0.0) >= float(np.median(_probabilities(known)))) != (each.label == "malignant")]
    yield Suspicion(
        Kind.CONTRADICTED,
        True,
        _keys(wrong),
        {"auc": round(area, 3), "chance": round(chance, 4), "patients": len(scores)},
        f"The outcomes of {len(scores)} patients contradict the networks more often than they agree (AUC {area:.2f}, p = {chance:.2g}): were benign "
        "and malignant swapped?",
    )


def _probabilities(cases: Sequence[Signs]) -> list[float]:
    return [each.picture.p_malignant or 0.0 for each in cases]


def _logit(probability: float) -> float:
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(inside / (1 - inside)))


def _chance_of_as_low(area: float, scores: Floats, is_malignant: Bools) -> float:
    """Return how probable an AUC as low is where outcomes have nothing to do with scores: by shuffling the outcomes, always the same way."""
    order = np.argsort(np.argsort(scores, kind="stable"), kind="stable")
    shuffled = np.random.default_rng(0).permuted(np.tile(is_malignant, (_SHUFFLES, 1)), axis=1)
    positives = int(is_malignant.sum())
    areas = (shuffled @ order.astype(np.float64) - positives * (positives - 1) / 2) / (positives * (len(scores) - positives))
    return float((1 + np.count_nonzero(areas <= area + 1e-9)) / (1 + _SHUFFLES))
