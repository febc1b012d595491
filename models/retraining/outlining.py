"""What a segmenter outlines while it is fitted, and how well that agrees with what was approved."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence

import cv2
import keras
import numpy as np

from models.datasets import Example
from models.lesions import LesionRule, find_lesions
from models.measuring.records import overlap
from models.preprocessing import FloatMap, Letterbox, Mask, resample
from models.retraining.events import Doing, Tell
from models.training import predict_probabilities

_AT_ONCE = 4
"""Scans between two events: a stop takes effect there."""

_SHOWN_PX = 128


def probabilities(serving: keras.Model, examples: Sequence[Example], what: str, tell: Tell) -> Iterator[FloatMap]:
    """Yield the lesion probability of each example, float32 of its scan's size; ``what`` is told as being done."""
    for start in range(0, len(examples), _AT_ONCE):
        tell(Doing(what, start / len(examples)))
        yield from predict_probabilities(serving, examples[start : start + _AT_ONCE], serving.inputs[0].shape[1])


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


def mean_dice(maps: Iterable[FloatMap], examples: Sequence[Example], rule: LesionRule, size: int) -> float:
    """Return the mean Dice of what is outlined; of a scan without a lesion 1 where nothing is, else 0."""
    return float(np.mean([dice(outlined(p, rule, size), e.read_mask()) for p, e in zip(maps, examples, strict=True)]))


def dice(found: Mask, truth: Mask) -> float:
    """Return the Dice of two masks of one size, 1 where both are empty."""
    return overlap(found, truth)[0] if truth.any() or found.any() else 1.0


def as_small_png(mask: Mask) -> str:
    """Return a mask as a PNG of 0 and 255, at most 128 px on the longer side, in base64."""
    scale = min(1.0, _SHOWN_PX / max(mask.shape))
    rows, columns = (max(1, round(length * scale)) for length in mask.shape)
    small = cv2.resize(mask.astype(np.uint8) * 255, (columns, rows), interpolation=cv2.INTER_NEAREST_EXACT)
    return base64.b64encode(cv2.imencode(".png", small)[1].tobytes()).decode()
