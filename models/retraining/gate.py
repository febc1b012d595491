"""Old and new networks over the same cases: what each came to, and whether the new ones may be adopted.

What is compared is whole pipelines, as a reader would meet them: outlines, missed and made-up lesions, probabilities and verdicts, not losses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.analysis import Analysis
from models.datasets import Example
from models.measuring.figures import MISSED_BELOW, auc
from models.measuring.records import overlap
from models.measuring.resampling import Floats, Places, group_draws, with_interval
from models.pipeline import Report
from models.preprocessing import Mask
from models.retraining.clinic import ClinicExample
from models.retraining.decision import Decision, Limits, decide
from models.retraining.evidence import (
    AUC,
    DICE,
    FALSE_LESIONS,
    MISSED,
    SENSITIVITY,
    Agreement,
    Compared,
    Evidence,
    GalleryCase,
    SetEvidence,
    shown_small,
)
from models.retraining.signs import Analyst

__all__ = ["Decision", "Evidence", "Limits", "compare", "decide"]

_GALLERY = 5

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Answer:
    """What one pipeline came to on one case; ``dice`` is None where there is no lesion."""

    dice: float | None
    score: float
    finding: str
    mask: Mask = field(repr=False)


@dataclass(frozen=True, eq=False)
class _Pair:
    """What both came to on one case; masks are small."""

    key: str
    group: str
    label: str
    reader: Mask = field(repr=False)
    old: _Answer
    new: _Answer


def compare(
    old: Analyst,
    new: Analyst,
    clinic_held_out: Sequence[ClinicExample],
    base_hold_out: Sequence[Example],
    report: Report,
    learned_from: Sequence[ClinicExample] = (),
    resamples: int = 1000,
    seed: int = 0,
) -> Evidence:
    """Run both pipelines over the same cases and return what each came to.

    Parameters
    ----------
    old, new
        The networks in use and the proposed ones.
    clinic_held_out
        What the clinic has approved and the new networks have not learned from.
    base_hold_out
        Scans of other clinics that neither has learned from; empty where there are none.
    report
        Told "comparing" and a fraction in [0, 1] before each scan; what it raises ends the work.
    learned_from
        The clinic's other cases, to measure on them too how far the networks have moved: where there are no scans of other clinics that counts.
    resamples, seed
        Draws of groups behind each interval. The same cases, in any order, give the same evidence.
    """
    total = len(clinic_held_out) + len(base_hold_out) + len(learned_from)
    done = iter(range(total))

    def asked(examples: Sequence[Example]) -> list[_Pair]:
        pairs = []
        for example in sorted(examples, key=lambda each: each.key):
            report("comparing", next(done) / total)
            pairs.append(_pair_of(old, new, example))
        return pairs

    clinic, base, learned = asked(clinic_held_out), asked(base_hold_out), asked(learned_from)
    changes = sorted(((_change(pair), pair) for pair in clinic if pair.old.dice is not None), key=lambda each: (each[0], each[1].key))
    return Evidence(
        _set_evidence(clinic, resamples, seed),
        _agreement([*clinic, *learned]),
        _set_evidence(base, resamples, seed) if base else None,
        tuple(_shown(pair) for change, pair in changes[::-1] if change > 0)[:_GALLERY],
        tuple(_shown(pair) for change, pair in changes if change < 0)[:_GALLERY],
    )


def _pair_of(old: Analyst, new: Analyst, example: Example) -> _Pair:
    pixels, truth = example.read_pixels(), example.read_mask()
    answers = (_answer(pipeline.analyse(pixels), truth) for pipeline in (old, new))
    return _Pair(example.key, example.group, example.label, shown_small(truth), *answers)


def _answer(analysis: Analysis, truth: Mask) -> _Answer:
    found = np.zeros(truth.shape, np.bool_)
    for lesion in analysis.lesions:
        found |= lesion.mask
    # A lesion that was not found is one that was not called malignant.
    return _Answer(overlap(found, truth)[0] if truth.any() else None, analysis.p_malignant or 0.0, analysis.finding, shown_small(found))


def _change(pair: _Pair) -> float:
    return (pair.new.dice or 0.0) - (pair.old.dice or 0.0)


def _shown(pair: _Pair) -> GalleryCase:
    old, new = (round(answer.dice or 0.0, 4) for answer in (pair.old, pair.new))
    return GalleryCase(pair.key, old, new, pair.reader, pair.old.mask, pair.new.mask)


def _set_evidence(pairs: Sequence[_Pair], resamples: int, seed: int) -> SetEvidence:
    draws = group_draws([pair.group for pair in pairs], resamples, seed)
    is_lesion = np.array([pair.old.dice is not None for pair in pairs], np.bool_)
    is_known = np.array([pair.label in ("benign", "malignant") for pair in pairs], np.bool_) & is_lesion
    is_malignant = np.array([pair.label == "malignant" for pair in pairs], np.bool_) & is_lesion

    def figure(about: Bools, values: Callable[[_Answer], float], statistic: Callable[[Floats, Places], float] = _mean) -> Compared:
        both = [np.array([values(answer) for answer in answers], np.float64) for answers in ([p.old for p in pairs], [p.new for p in pairs])]
        return _compared(both[0], both[1], about, statistic, draws)

    def auc_of(scores: Floats, places: Places) -> float:
        return auc(scores[places], is_malignant[places])

    figures = {
        DICE: figure(is_lesion, lambda answer: answer.dice or 0.0),
        MISSED: figure(is_lesion, lambda answer: (answer.dice or 0.0) < MISSED_BELOW),
        FALSE_LESIONS: figure(~is_lesion, lambda answer: answer.finding != "no lesion"),
        AUC: figure(is_known, lambda answer: answer.score, auc_of),
        SENSITIVITY: figure(is_malignant, lambda answer: answer.finding == "malignant"),
    }
    return SetEvidence(len(pairs), len({pair.group for pair in pairs}), figures, _changes_by_group(pairs))


def _mean(values: Floats, places: Places) -> float:
    return float(values[places].mean()) if places.size else float("nan")


def _compared(old: Floats, new: Floats, about: Bools, statistic: Callable[[Floats, Places], float], draws: Sequence[Places]) -> Compared:
    def chosen(places: Places) -> Places:
        return np.asarray(places[about[places]], np.intp)

    def difference(places: Places) -> float:
        return statistic(new, chosen(places)) - statistic(old, chosen(places))

    everything = chosen(np.arange(len(about)))
    interval = with_interval(difference, len(about), draws)
    values = [round(value, 4) if np.isfinite(value := statistic(side, everything)) else None for side in (old, new)]
    return Compared(values[0], values[1], interval["value"], interval["low"], interval["high"], int(everything.size))


def _changes_by_group(pairs: Sequence[_Pair]) -> tuple[float, ...]:
    groups: dict[str, list[float]] = {}
    for pair in pairs:
        if pair.old.dice is not None:
            groups.setdefault(pair.group, []).append(_change(pair))
    return tuple(sorted(round(float(np.mean(changes)), 4) for changes in groups.values()))


def _agreement(pairs: Sequence[_Pair]) -> Agreement:
    if not pairs:
        return Agreement(0, None, None)
    dices = [overlap(p.old.mask, p.new.mask)[0] if (p.old.mask | p.new.mask).any() else 1.0 for p in pairs]
    changed = [p.old.finding != p.new.finding for p in pairs]
    return Agreement(len(pairs), round(float(np.mean(dices)), 4), round(float(np.mean(changed)), 4))
