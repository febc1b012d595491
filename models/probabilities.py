"""What a segmenter says of whole scans."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.datasets import Example
from models.preprocessing import INPUT_SIZE, FloatMap, Letterbox, resample

SegmenterAnswers = Callable[[FloatMap], FloatMap]
"""A segmenter as it is served: scans, float32 (batch, size, size, 1) in [0, 255] -> lesion probability of the same shape."""


def predict_probabilities(answers: SegmenterAnswers, examples: Sequence[Example], size: int = INPUT_SIZE) -> list[FloatMap]:
    """Return the lesion probability of each example, float32 (rows, columns) of its scan."""
    maps = []
    for start in range(0, len(examples), 16):
        scans = [e.read_pixels() for e in examples[start : start + 16]]
        boxes = [Letterbox.around(pixels, size) for pixels in scans]
        squares = [box.apply(pixels) for box, pixels in zip(boxes, scans, strict=True)]
        batch = np.stack(squares)[..., np.newaxis].astype(np.float32)
        said = np.asarray(answers(batch))[..., 0]
        maps += [resample(box.crop(probability), pixels.shape) for box, probability, pixels in zip(boxes, said, scans, strict=True)]
    return maps
