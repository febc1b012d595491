"""How often are honest clinics called suspicious, and how often are poisoned ones found out? Simulated clinics of annotated scans.

Each scan is analysed once; clinics are drawn from them by whole patients, every fifth of them held out, from all scans and from those of one machine.
In an honest one the annotated masks are what the reader has approved. Poisoned ones are drawn from all scans and then spoiled in one way. Clinics
share scans, so that the figures hold for these scans and are no independent draws.

The limits of ``models/retraining/suspicions.py`` come from 231 training scans, on which the networks are better than on others. After a first run on
validation scans four were moved: what a shift of few outlines must exceed, the share of empty cases, the chance of contradicted outcomes, and copies
take no part in judging a shift. On validation scans the figures are therefore somewhat kind; held-out scans were not looked at.

    python benchmarks/suspicions.py DATASET [DATASET …] [--clinics 300]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
import skimage
from input_check import SKIMAGE
from measured import Measuring
from tqdm import tqdm

from models.analysis import Analysis
from models.datasets import Example
from models.pipeline import Pipeline
from models.preprocessing import Letterbox, Mask, Pixels
from models.retraining.clinic import ClinicExample, ClinicLesion, clinic_example
from models.retraining.needs import HELD_OUT_EVERY
from models.retraining.signs import Signs, picture_signs, signs_of
from models.retraining.suspicions import Kind, suspicions_of
from tests.models import not_scans

SIZES = (5, 10, 20, 50)
OUTCOMES = (20, 35, 50)
"""Sizes of clinics with swapped outcomes: 20 scans are of about 13 patients, 35 of 22."""
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1))
SHIFTS = (0.10, 0.15, 0.20, 0.25)
"""In diameters of the lesion."""
SHIFT_PX = 20
"""On the network grid."""
COPIES = 100


@dataclass(frozen=True)
class Scan:
    """A scan's signs as it is annotated, and with its outlines spoiled; a mask that is shifted out of the picture keeps its place."""

    example: Example
    honest: Signs
    shifted: dict[tuple[float, int], Signs]
    inverted: Signs
    empty: Signs
    whole: Signs
    handful: Signs


Approved = TypeVar("Approved", Signs, ClinicExample)
Clinic = list[Scan]
Spoil = Callable[[Clinic, np.random.Generator], list[Signs]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clinics", type=int, default=300, help="simulated clinics of each kind and size")
    measuring = Measuring("suspicions", parser, splits=("training", "validation", "held-out"))
    scans = [scan_of(measuring.pipeline, example) for example in tqdm(measuring.examples, unit="scan", disable=None)]
    foreign = foreign_signs(measuring.pipeline, measuring.options.seed)
    rows = [*honest_rows(scans, measuring.options.clinics, measuring.options.seed)]
    for name, (kind, sizes, spoil) in spoils(foreign).items():
        rows += [row_of(name, "all", scans, size, spoil, {kind}, measuring.options.clinics, measuring.options.seed) for size in sizes]
    measuring.write(rows, summary_of(rows), clinics=measuring.options.clinics, foreign=len(foreign))


# one scan -----------------------------------------------------------------------------------------------------------------------------------------


def scan_of(pipeline: Pipeline, example: Example) -> Scan:
    pixels, truth = example.read_pixels(), example.read_mask()
    analysis = pipeline.analyse(pixels)
    picture = picture_signs(pixels, analysis)

    def signs(mask: Mask) -> Signs:
        return signs_of(case_of(example, pixels, mask), analysis, picture)

    honest = signs(truth)
    if not truth.any():
        return Scan(example, honest, {}, honest, honest, honest, honest)
    diameter = float(np.sqrt(4 * np.count_nonzero(truth) / np.pi))
    lengths = {share: share * diameter for share in SHIFTS} | {SHIFT_PX: SHIFT_PX / Letterbox.around(pixels).scale}
    shifted = {}
    for name, length in lengths.items():
        for number, (down, across) in enumerate(DIRECTIONS):
            mask = moved(truth, round(length * down), round(length * across))
            shifted[name, number] = signs(mask) if mask.any() else honest
    rows, columns = np.argwhere(truth)[np.count_nonzero(truth) // 2]
    handful = np.zeros(truth.shape, np.bool_)
    handful[rows : rows + 2, columns : columns + 2] = True
    return Scan(example, honest, shifted, signs(~truth), signs(np.zeros_like(truth)), signs(np.ones_like(truth)), signs(handful))


def case_of(example: Example, pixels: Pixels, mask: Mask) -> ClinicExample:
    number, labels = cv2.connectedComponents(mask.astype(np.uint8))
    lesions = tuple(ClinicLesion(np.asarray(labels == label), example.label) for label in range(1, number))
    return clinic_example(example.key, example.group, pixels, lesions, "corrected" if lesions else "empty", is_held_out=False)


def moved(mask: Mask, down: int, across: int) -> Mask:
    shift = np.array([[1, 0, across], [0, 1, down]], np.float32)
    return np.asarray(cv2.warpAffine(mask.astype(np.uint8), shift, mask.shape[::-1], flags=cv2.INTER_NEAREST) > 0)


def foreign_signs(pipeline: Pipeline, seed: int) -> list[Signs]:
    """Return the signs of pictures of something else, approved with what the networks find in them."""
    analysed = {name: (pixels, pipeline.analyse(pixels)) for name, pixels in foreign_pictures(seed).items()}
    return [signs_of(foreign_case(name, pixels, analysis), analysis) for name, (pixels, analysis) in analysed.items()]


def foreign_pictures(seed: int) -> dict[str, Pixels]:
    """Return pictures of something else by their names."""
    folder = Path(skimage.__file__).parent / "data"
    pictures = {name: cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE) for name in SKIMAGE["photograph"].split() if (folder / name).is_file()}
    for kind, make in not_scans.MADE_UP.items():
        pictures |= {f"{kind}, {name}": pixels for name, pixels in make(np.random.default_rng(seed), (400, 500)).items()}
    return pictures


def foreign_case(name: str, pixels: Pixels, analysis: Analysis) -> ClinicExample:
    lesions = tuple(ClinicLesion(lesion.mask) for lesion in analysis.lesions)
    return clinic_example(name, name, pixels, lesions, "accepted" if lesions else "empty", is_held_out=False)


# clinics ------------------------------------------------------------------------------------------------------------------------------------------


def drawn(scans: Sequence[Scan], size: int, rng: np.random.Generator) -> Clinic:
    """Return ``size`` scans, drawn by whole patients."""
    groups: dict[str, Clinic] = {}
    for scan in scans:
        groups.setdefault(scan.example.group, []).append(scan)
    names = list(groups)
    chosen = [scan for place in rng.permutation(len(names)) for scan in groups[names[place]]]
    return chosen[:size]


def held_out_apart(signs: Sequence[Approved]) -> list[Approved]:
    """Return the same with every fifth patient held out, in the order in which they come."""
    numbers: dict[str, int] = {}
    for each in signs:
        numbers.setdefault(each.group, len(numbers))
    return [replace(each, is_held_out=numbers[each.group] % HELD_OUT_EVERY == HELD_OUT_EVERY - 1) for each in signs]


def spoils(foreign: Sequence[Signs]) -> dict[str, tuple[Kind, Sequence[int], Spoil]]:
    """Return each way to spoil a clinic: what should be found, in clinics of which sizes, and how."""

    def shifted(shifts: Sequence[float], share: float = 1.0) -> Spoil:
        def spoil(clinic: Clinic, rng: np.random.Generator) -> list[Signs]:
            way = shifts[int(rng.integers(len(shifts)))], int(rng.integers(len(DIRECTIONS)))
            return [scan.shifted.get(way, scan.honest) if number < share * len(clinic) else scan.honest for number, scan in enumerate(clinic)]

        return spoil

    def copied(clinic: Clinic, rng: np.random.Generator) -> list[Signs]:
        signs = [scan.honest for scan in clinic]
        one = signs[rng.integers(len(signs))]
        return signs + [replace(one, key=f"{one.key}, copy {number}") for number in range(COPIES - 1)]

    def of_something_else(share: float) -> Spoil:
        def spoil(clinic: Clinic, rng: np.random.Generator) -> list[Signs]:
            others = [foreign[place] for place in rng.permutation(len(foreign))[: max(1, round(share * len(clinic)))]]
            return others + [scan.honest for scan in clinic[len(others) :]]

        return spoil

    def leaking(clinic: Clinic, _: np.random.Generator) -> list[Signs]:
        signs = held_out_apart([scan.honest for scan in clinic])
        one = next((each for each in signs if each.is_held_out), signs[-1])
        # Put first, it is learned from, and as many patients as before stand before the held-out one.
        return [replace(one, key=f"{one.key}, again", group=signs[0].group), *signs]

    return {
        "shifted by 10 % of the diameter": (Kind.SHIFTED, SIZES, shifted(SHIFTS[:1])),
        "shifted by 10 to 25 % of the diameter": (Kind.SHIFTED, SIZES, shifted(SHIFTS)),
        f"shifted by {SHIFT_PX} px of the network grid": (Kind.SHIFTED, SIZES, shifted([SHIFT_PX])),
        "three quarters shifted by 10 to 25 %": (Kind.SHIFTED, SIZES, shifted(SHIFTS, 0.75)),
        "inverted": (Kind.INVERTED, SIZES, lambda clinic, _: [scan.inverted for scan in clinic]),
        "empty": (Kind.EMPTY, SIZES, lambda clinic, _: [scan.empty for scan in clinic]),
        "the whole picture": (Kind.SIZE, SIZES, lambda clinic, _: [scan.whole for scan in clinic]),
        "a handful of pixels": (Kind.SIZE, SIZES, lambda clinic, _: [scan.handful for scan in clinic]),
        f"one case {COPIES} times": (Kind.COPIES, SIZES, copied),
        "half of something else": (Kind.FOREIGN, SIZES, of_something_else(0.5)),
        "one picture of something else": (Kind.FOREIGN, SIZES, of_something_else(0.0)),
        "outcomes swapped": (Kind.CONTRADICTED, OUTCOMES, lambda clinic, _: [swapped(s) for s in clinic]),
        "a held-out case learned from": (Kind.LEAK, SIZES[1:], leaking),
    }


def swapped(scan: Scan) -> Signs:
    other = {"benign": "malignant", "malignant": "benign"}
    return replace(scan.honest, label=other.get(scan.honest.label, scan.honest.label))


# figures ------------------------------------------------------------------------------------------------------------------------------------------


def honest_rows(scans: Sequence[Scan], clinics: int, seed: int) -> list[dict[str, Any]]:
    pools = {"all": list(scans)}
    for scan in scans:
        pools.setdefault(scan.example.device or scan.example.dataset.upper(), []).append(scan)
    return [
        row_of("honest", pool, members, size, lambda clinic, _: [scan.honest for scan in clinic], set(Kind), clinics, seed)
        for pool, members in pools.items()
        for size in SIZES
        if size <= len(members)
    ]


def row_of(name: str, pool: str, scans: Sequence[Scan], size: int, spoil: Spoil, kinds: set[Kind], clinics: int, seed: int) -> dict[str, Any]:
    """Return in what share of simulated clinics something is suspected, of the right kind, and stops the retraining."""
    rng = np.random.default_rng([seed, size])
    suspected, stopped, seen = 0, 0, Counter[str]()
    for _ in range(clinics):
        found = suspicions_of(held_out_apart(spoil(drawn(scans, size, rng), rng)))
        suspected += any(each.kind in kinds for each in found)
        stopped += any(each.stops for each in found)
        seen.update({each.kind.value for each in found})
    row = {"clinics": name, "from": pool, "size": size, "suspected": round(suspected / clinics, 4), "stopped": round(stopped / clinics, 4)}
    print(
        f"{name:40}{pool:32}{size:4} cases: suspected {100 * row['suspected']:5.1f} %, stopped {100 * row['stopped']:5.1f} %  {dict(seen)}",
        flush=True,
    )
    return row | {"kinds": dict(sorted(seen.items()))}


def summary_of(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    honest = [row for row in rows if row["clinics"] == "honest"]
    poisoned = [row for row in rows if row["clinics"] != "honest"]
    least = {name: min(row["suspected"] for row in poisoned if row["clinics"] == name) for name in dict.fromkeys(row["clinics"] for row in poisoned)}
    return {"most false alarms": max(row["suspected"] for row in honest), "least found": least}


if __name__ == "__main__":
    main()
