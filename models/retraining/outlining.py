"""What a segmenter outlines while it is fitted, and how well that agrees with what was approved."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.datasets import Example
from models.lesions import LesionRule, find_lesions
from models.measuring.figures import MISSED_BELOW
from models.measuring.records import overlap
from models.preprocessing import FloatMap, Letterbox, Mask, resample
from models.probabilities import predict_probabilities
from models.retraining.events import Doing, Tell
from models.retraining.learner import Learner

_AT_ONCE = 4
"""Scans between two events: a stop takes effect there."""

_SHOWN_PX = 128


def probabilities(learner: Learner, examples: Sequence[Example], what: str, tell: Tell) -> Iterator[FloatMap]:
    """Yield the lesion probability of each example, float32 of its scan's size; ``what`` is told as being done."""
    for start in range(0, len(examples), _AT_ONCE):
        tell(Doing(what, start / len(examples)))
        yield from predict_probabilities(learner.answers, examples[start : start + _AT_ONCE], learner.size)


def lesions_of(probability: FloatMap, rule: LesionRule, size: int) -> list[Mask]:
    """Return the lesions that the rule finds in a map of a scan's size, bool of that size; ``size`` is that of the network's square."""
    _, _, height, width = Letterbox.around(probability, size).inner
    return find_lesions(resample(probability, (height, width)), rule, probability.shape)


def outlined(probability: FloatMap, rule: LesionRule, size: int) -> Mask:
    """Return the union of the lesions in a map of a scan's size."""
    union = np.zeros(probability.shape, np.bool_)
    for mask in lesions_of(probability, rule, size):
        union |= mask
    return union


@dataclass(frozen=True)
class Agreement:
    """How well what is outlined agrees with what was approved; a figure is 1 where no scan tells it.

    Attributes
    ----------
    dice
        Mean over the scans with a lesion. Those without one are no part of it: whether something is outlined there or not would drown what
        happens to outlines.
    found
        Share of the scans with a lesion whose Dice is 0.1 or more.
    clean
        Share of the scans without a lesion in which nothing is outlined.
    """

    dice: float
    found: float
    clean: float


def agreement(maps: Iterable[FloatMap], examples: Sequence[Example], rule: LesionRule, size: int) -> Agreement:
    """Return how well what the rule finds in maps of the scans' sizes agrees with their masks."""
    dice, is_clean = [], []
    for probability, example in zip(maps, examples, strict=True):
        found, truth = outlined(probability, rule, size), example.read_mask()
        if truth.any():
            dice.append(overlap(found, truth)[0])
        else:
            is_clean.append(not found.any())
    shares = np.array(dice or [1.0])
    return Agreement(float(shares.mean()), float((shares >= MISSED_BELOW).mean()), float(np.mean(is_clean or [True])))


def as_small_png(mask: Mask) -> str:
    """Return a mask as a PNG of 0 and 255, at most 128 px on the longer side, in base64."""
    scale = min(1.0, _SHOWN_PX / max(mask.shape))
    rows, columns = (max(1, round(length * scale)) for length in mask.shape)
    small = cv2.resize(mask.astype(np.uint8) * 255, (columns, rows), interpolation=cv2.INTER_NEAREST_EXACT)
    return base64.b64encode(cv2.imencode(".png", small)[1].tobytes()).decode()
