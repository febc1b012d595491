"""Fitting the shipped segmenter to a clinic's approved cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.batches import Recipe, SegmenterBatches
from models.datasets import Example
from models.lesions import LesionRule
from models.preprocessing import FloatMap, Pixels
from models.retraining.blending import Scores, Weights, blend, scores_of
from models.retraining.clinic import ClinicExample
from models.retraining.events import Measured, Shown, Tell
from models.retraining.learner import BATCH, Learner
from models.retraining.outlining import Agreement, agreement, as_small_png, outlined, probabilities
from models.retraining.replay import Pack
from models.retraining.steps import Clock, Plan, joined, take_steps

_STEPS_A_CASE, _LEAST_STEPS, _MOST_STEPS = 20, 200, 3000
"""A step takes about 0.6 s on two idle cores: 20 cases four minutes, 150 and more half an hour, and as long again on a busy machine."""

RATE = 2e-5
"""A thirty-fifth of what the shipped segmenter was fitted with.

Adam moves a weight by at most about the rate in a step: in 400 steps by 0.005, where the weights of a kernel measure 0.05 and more. Tried on two
clinics of twenty corrections each, on whose other patients nearly as much was gained as at 1e-4; but at that rate Dice elsewhere fell by 0.02 to 0.1,
while half of each batch was rehearsed, and at this one it stayed.
"""

_MEASUREMENTS = 12

_SAMPLED = 24
"""Scans of the pack's hold-out that the curve is measured on; what is taken over is chosen on all of them."""

_SHOWN = 4
"""Held-out cases whose outlines are shown while the network is fitted."""

MOST_LOST = (0.005, 0.005, 0.025)
"""Mean Dice, share of found lesions and share of clean scans that may be lost on the pack's hold-out: half of what the gate allows, which asks the
whole pipeline. Of what is counted one scan may be lost: less cannot be."""

_MOST_DRIFT = (0.03, 0.03, 0.05)
"""The same, without a pack, on outlines that the reader accepted as they were: two readers differ by more."""

_LEAST_ACCEPTED = 5


@dataclass(frozen=True)
class Material:
    """What a fit works with.

    Attributes
    ----------
    learned, held_out
        Cases to learn from, and to compare on.
    maps
        What the shipped segmenter says of ``learned``, uint8 of each scan's size, 255 for a probability of 1.
    pack
        None where the program was given none.
    rule
        What of a probability is a lesion.
    """

    learned: Sequence[ClinicExample]
    held_out: Sequence[ClinicExample]
    maps: Sequence[Pixels]
    pack: Pack | None
    rule: LesionRule

    @property
    def to_keep(self) -> tuple[Sequence[Example], tuple[float, float, float]]:
        """Scans on which nothing must be lost, and how much of Dice, found lesions and clean scans may be.

        Without a pack nothing tells what becomes of other pictures than the clinic's. Its agreement with the shipped segmenter is no measure of harm
        either: where the reader corrected, disagreeing is what was learned. What remains are outlines that the reader accepted as they were: there
        the shipped answer is the truth. They were learned from, so that they judge mildly; few of them judge nothing.
        """
        if self.pack is not None:
            return self.pack.hold_out, _but_a_scan(MOST_LOST, self.pack.hold_out)
        accepted = [case for case in self.learned if case.kind == "accepted"]
        return (accepted if len(accepted) >= _LEAST_ACCEPTED else []), _MOST_DRIFT


def _but_a_scan(most_lost: tuple[float, float, float], scans: Sequence[Example]) -> tuple[float, float, float]:
    dice, found, clean = most_lost
    with_lesion = sum(bool(scan.read_mask().any()) for scan in scans)
    return dice, max(found, _share_of_one(with_lesion)), max(clean, _share_of_one(len(scans) - with_lesion))


def _share_of_one(scans: int) -> float:
    return 1 / scans + 1e-9 if scans else 0.0


def segmenter_plan(cases: int, seed: int = 0) -> Plan:
    """Return how the segmenter is fitted on so many cases: in proportion to them, but long enough for few and not for ever for many."""
    steps = int(np.clip(_STEPS_A_CASE * cases, _LEAST_STEPS, _MOST_STEPS))
    return Plan("segmenter", steps, max(1, steps // _MEASUREMENTS), RATE, seed)


def fit_segmenter(learner: Learner, material: Material, plan: Plan, folder: Path, clock: Clock) -> Weights:
    """Fit the shipped segmenter, resumably, and return the weights that moved.

    Half of every batch are scans of the pack. Without one, what the shipped segmenter says of the clinic's own scans has half of the weight.
    """
    size = learner.size
    judge = _Judge(learner, material, clock.tell)
    if material.pack is not None:
        half = Recipe(epochs=1, batch_size=BATCH // 2, learning_rate=plan.rate, seed=plan.seed)
        parts = [SegmenterBatches(material.learned, half, is_training=True, size=size)]
        parts.append(SegmenterBatches(material.pack.rehearsal, replace(half, seed=plan.seed + 1), is_training=True, size=size))
        take_steps(learner, joined(parts), plan, folder, clock, judge.measure)
    else:
        whole = Recipe(epochs=1, batch_size=BATCH, learning_rate=plan.rate, seed=plan.seed)
        own = SegmenterBatches(material.learned, whole, is_training=True, size=size, maps=material.maps)
        take_steps(learner, joined([own]), plan, folder, clock, judge.measure)
    return learner.trained_weights()


def segmenter_scores(learner: Learner, shipped: Weights, fitted: Weights, material: Material, tell: Tell) -> dict[float, Scores]:
    """Return what each share of the fitted weights is worth, measured with weights that are rounded as they are stored.

    Of the clinic's cases that is the mean Dice; kept must be Dice, the share of found lesions and that of clean scans.
    """
    judge = _Judge(learner, material, tell)
    to_keep, _ = material.to_keep

    def measure(share: float) -> Scores:
        learner.set_trained_weights(blend(shipped, fitted, share))
        learner.round_as_stored()
        what = f"comparing with {share:.0%} of what was learned"
        kept = judge.agreement(to_keep, what) if to_keep else None
        return Scores(judge.agreement(material.held_out, what).dice, (kept.dice, kept.found, kept.clean) if kept is not None else None)

    return scores_of(measure)


class _Judge:
    """Says what a segmenter is worth as it is at the moment."""

    def __init__(self, learner: Learner, material: Material, tell: Tell) -> None:
        self._learner, self._size = learner, learner.size
        self._material, self._tell = material, tell

    def agreement(self, examples: Sequence[Example], what: str) -> Agreement:
        return self._agreement_of(probabilities(self._learner, examples, what, self._tell), examples)

    def measure(self, step: int) -> Measured:
        """Measure a point of the curve, and show what is outlined."""
        cases, pack = self._material.held_out, self._material.pack
        maps = list(probabilities(self._learner, cases, "measuring", self._tell))
        for case, probability in list(zip(cases, maps, strict=True))[:_SHOWN]:
            self._tell(Shown(step, case.key, as_small_png(outlined(probability, self._material.rule, self._size))))
        base = None if pack is None else self.agreement(pack.hold_out[:_SAMPLED], "measuring").dice
        return Measured(step, self._agreement_of(maps, cases).dice, base)

    def _agreement_of(self, maps: Iterable[FloatMap], examples: Sequence[Example]) -> Agreement:
        return agreement(maps, examples, self._material.rule, self._size)
