"""What networks are fitted on: examples as batches of varied views, the same ones for the same seed, epoch and number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.augmentation import beside_lesion, random_ellipse, random_intensity, random_marks, random_view
from models.datasets import Example
from models.preprocessing import INPUT_SIZE, Ellipse, FloatMap, Letterbox, Mask, Pixels, guided_channels, lesion_view

_SHARE_BESIDE = 0.15
"""Share of the lesion scans of which the segmenter is shown a part without the lesion: normal scans are few."""

_SHARE_MARKED = 0.15
"""Share of the views into which callipers or numbers are drawn."""

Batch = tuple[FloatMap, FloatMap]


@dataclass(frozen=True)
class Recipe:
    """How a network is fitted; written into its metrics file.

    Attributes
    ----------
    epochs, batch_size, seed
        Passes over the training examples, examples a step, and the seed of everything that is random.
    learning_rate, weight_decay, warmup_fraction
        AdamW under a cosine that ends at zero, after a linear start.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int = 0
    weight_decay: float = 1e-4
    warmup_fraction: float = 0.05


class Batches:
    """Shuffled, augmented batches; the same seed and epoch give the same batches, also after a resume."""

    def __init__(self, count: int, repeats: Sequence[int], recipe: Recipe, *, is_training: bool) -> None:
        self.epoch = 0
        self._recipe = recipe
        self._is_training = is_training
        self._indices = np.repeat(np.arange(count), repeats) if is_training else np.arange(count)

    def __len__(self) -> int:
        whole, rest = divmod(len(self._indices), self._recipe.batch_size)
        return max(whole, 1) if self._is_training and len(self._indices) else whole + bool(rest)

    def __getitem__(self, number: int) -> Batch:
        order = self._indices
        if self._is_training:
            order = np.random.default_rng((self._recipe.seed, self.epoch)).permutation(order)
        chosen = order[number * self._recipe.batch_size : (number + 1) * self._recipe.batch_size]
        rng = np.random.default_rng((self._recipe.seed, self.epoch, number))
        pairs = [self._make(int(index), rng if self._is_training else None) for index in chosen]
        return np.stack([x for x, _ in pairs]), np.stack([y for _, y in pairs])

    def on_epoch_end(self) -> None:
        """Hear that all batches were seen; to be overridden."""

    def _make(self, index: int, rng: np.random.Generator | None) -> Batch:
        raise NotImplementedError


class SegmenterBatches(Batches):
    """Pairs of scan, float32 (batch, size, size, 1) in [0, 255], and truth, float32 (batch, size, size, 1) in {0, 1}.

    Where ``maps`` are given, uint8 of each scan's size, they come in the same view as a second channel of the truth, in [0, 1].
    """

    def __init__(
        self, examples: Sequence[Example], recipe: Recipe, *, is_training: bool, size: int = INPUT_SIZE, maps: Sequence[Pixels] | None = None
    ) -> None:
        super().__init__(len(examples), repeats_of(examples), recipe, is_training=is_training)
        self._size = size
        self._scans = [(e.read_pixels(), e.read_mask()) for e in examples]
        self._maps = [[each] for each in maps] if maps is not None else [[] for _ in examples]

    def _make(self, index: int, rng: np.random.Generator | None) -> Batch:
        (pixels, mask), maps = self._scans[index], self._maps[index]
        if rng is None:
            box = Letterbox.around(pixels, self._size)
            square, truth, seen = box.apply(pixels), box.apply(mask), [box.apply(each) for each in maps]
        else:
            beside = beside_lesion(rng, mask) if rng.random() < _SHARE_BESIDE else None
            if beside is not None:
                pixels, mask, maps = pixels[beside], mask[beside], [each[beside] for each in maps]
            keep = mask if mask.any() and rng.random() < 0.8 else None
            view = random_view(rng, pixels.shape, keep, self._size)
            square = view.apply(pixels)
            square = random_intensity(rng, random_marks(rng, square) if rng.random() < _SHARE_MARKED else square)
            truth, seen = view.apply(mask.astype(np.uint8) * 255) > 127, [view.apply(each) for each in maps]
        layers: list[FloatMap] = [truth.astype(np.float32), *(each.astype(np.float32) / np.float32(255) for each in seen)]
        return square[..., np.newaxis].astype(np.float32), np.stack(layers, axis=-1)


class ClassifierBatches(Batches):
    """Pairs of guided channels, float32 (batch, size, size, 3), and truth, float32 (batch, 2): 1 for malignant, and the grade, see ``grade_of``.

    ``masks`` are *predicted* ones, from a segmenter that did not train on the example; annotated masks never come here.
    ``view`` is ``"scan"``, the whole letterboxed scan, or ``"lesion"``, a window around the lesion's ellipse. ``truths``, float32 (examples, 2),
    stand in for what labels and grades say. ``growth``, in pixels, moves the ellipses of examples that are not varied, see ``preprocessing.GROWTHS``.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        masks: Sequence[Mask],
        recipe: Recipe,
        *,
        is_training: bool,
        size: int = INPUT_SIZE,
        view: str = "scan",
        truths: FloatMap | None = None,
        growth: float = 0.0,
    ) -> None:
        super().__init__(len(examples), repeats_of(examples), recipe, is_training=is_training)
        self._size, self._view, self._growth = size, view, growth
        self._truths = [np.array([e.label == "malignant", grade_of(e)], np.float32) for e in examples] if truths is None else truths
        self._scans = [(e.read_pixels(), mask) for e, mask in zip(examples, masks, strict=True)]

    def _make(self, index: int, rng: np.random.Generator | None) -> Batch:
        pixels, mask = self._scans[index]
        square, ellipse = self._still_view(pixels, mask) if rng is None else self._random_view(rng, pixels, mask)
        if self._view == "lesion":
            zoom = 1.0 if rng is None else float(np.exp(rng.uniform(-0.2, 0.2)))
            square, ellipse = lesion_view(square, ellipse, self._size, zoom)
        return guided_channels(square, ellipse), self._truths[index]

    @property
    def _square_size(self) -> int:
        """The letterboxed square, out of which a lesion's window is cut."""
        return INPUT_SIZE if self._view == "lesion" else self._size

    def _still_view(self, pixels: Pixels, mask: Mask) -> tuple[Pixels, Ellipse]:
        box = Letterbox.around(pixels, self._square_size)
        return box.apply(pixels), box.ellipse_of(mask).grown(self._growth)

    def _random_view(self, rng: np.random.Generator, pixels: Pixels, mask: Mask) -> tuple[Pixels, Ellipse]:
        view = random_view(rng, pixels.shape, mask, self._square_size)
        seen = view.apply(mask.astype(np.uint8) * 255) > 127
        if not seen.any():  # a lesion of a few pixels can vanish when it shrinks
            return self._still_view(pixels, mask)
        square = view.apply(pixels)
        square = random_intensity(rng, random_marks(rng, square) if rng.random() < _SHARE_MARKED else square)
        return square, random_ellipse(rng, Ellipse.of_mask(seen))


def grade_of(example: Example) -> float:
    """Return how suspicious the lesion looked to radiologists: BI-RADS 2 … 5 as 0 … 1, or -1 where nobody said."""
    return (min(max(int(example.birads), 2), 5) - 2) / 3 if example.birads.isdigit() else -1.0


def repeats_of(examples: Sequence[Example]) -> list[int]:
    """Return how often an epoch shows each example.

    Twice where it comes from a data set under half the size of the largest, and twice as often where it is normal: few scans are, and only
    they teach a segmenter to find nothing.
    """
    sizes = {e.dataset: 0 for e in examples}
    for e in examples:
        sizes[e.dataset] += 1
    largest = max(sizes.values(), default=0)
    return [(2 if sizes[e.dataset] * 2 < largest else 1) * (2 if e.label == "normal" else 1) for e in examples]
