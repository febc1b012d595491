"""The protocol of the reference rebuilt, to show what its leaks are worth. THE FIGURES ARE WRONG BY CONSTRUCTION.

The reference (mohammadreza-tabatabaei/Breast-Ultrasound-Cancer-Detection-using-Segmentation-Guided-Deep-Learning) flips every image left-right
and upside down *before* it splits at random, so that nearly every image that it is tested on has a copy that it was trained on. It trains and
tests its segmenter across such a split, too, shows its classifier the outline of masks, which tells the class by the way annotators draw, and
picks the best epoch by looking. BUSI's near-duplicates, scans filed under two classes and scans of the axilla are all in it.

What is as there: the copies, the random split without groups, which scans are in, the outline as guidance, the best epoch by AUC (of the
segmenter by Dice).

What is otherwise here, and to which side it leans:

* The networks, their fits and the augmentation of batches are ours, the same as under the honest protocol: what differs between the two tables
  is the protocol. The reference freezes ResNet50 and half of a guided EfficientNetB0, weighs classes, stretches scans to a square instead of
  letterboxing them, and scales them to 0…1 for a network that expects 0…255.
* One split, 80/20, serves segmenter and classifiers. The reference splits anew for each (70/15/15, the guided one 72/13/15), so that its segmenter
  was also trained on most of the very images that the classifier is tested on. Its leak is the larger.
* The best epoch is picked on the test scans, where the reference picks on a validation part that leaks in the same way. Ours is the
  larger leak here; ``metrics_last_epoch`` are without it.
* ``guided`` learns from masks that the segmenter predicts for its own training scans, as the reference does; ``guided-annotated`` from annotated
  masks. Both are tested with predicted masks.
* Copies of the segmenter's training scans are flipped; the reference distorts them at random.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from models.analysis import NetworkError
from models.augmentation import random_intensity, random_view
from models.batches import Batch
from models.comparing.comparison import THRESHOLD, Answers, MaskFigures, auc_of, measured_mask, metrics_of, records_of
from models.comparing.system_fits import (
    SEGMENTER_SECONDS,
    GuidedBatches,
    Job,
    Options,
    ScanBatches,
    Tell,
    claim,
    fit_segmenter,
    fit_system,
    logits_of,
    read_logits,
    read_maps,
    run_jobs,
    seconds_of_fit,
    serving,
    starts,
    write_json,
    write_maps,
)
from models.comparing.systems import SYSTEMS, System
from models.datasets import Example, counts, fingerprint
from models.lesions import most_likely_region
from models.measuring.evaluation import Record, software
from models.preprocessing import Ellipse, FloatMap, Letterbox, Mask, Pixels, guided_channels
from models.probabilities import predict_probabilities
from models.training import SEGMENTER_RECIPE

if TYPE_CHECKING:
    import keras

_Array = TypeVar("_Array", bound=npt.NDArray[Any])

EPOCHS = 6
"""Passes of every fit: there are three copies of each scan, so some 900 steps of a classifier on BUSI."""

WRONG = "THESE FIGURES ARE WRONG BY CONSTRUCTION: nearly every scan that was tested has a flipped copy that was trained on."

_FLIPS = ("", "left-right", "upside-down")
_TESTED_SHARE = 0.2

LEAKY_SYSTEMS = {
    **{name: SYSTEMS[name] for name in ("resnet50", "efficientnetb0", "guided")},
    "guided-annotated": replace(SYSTEMS["guided"], name="guided-annotated", title="the same, fitted on annotated masks"),
    "mask": replace(SYSTEMS["mask"], title="the mask alone, no pixels"),
}
"""What the leaky protocol knows; all of it but ``mask`` unless asked."""


def chosen_systems(names: Sequence[str] | None) -> list[System]:
    """Return the systems of these names, or the default ones; NetworkError where there is none of such a name."""
    wanted = [name for name in LEAKY_SYSTEMS if name != "mask"] if names is None else names
    unknown = [name for name in wanted if name not in LEAKY_SYSTEMS]
    if unknown:
        raise NetworkError(f"The leaky protocol has no system {unknown[0]}; choose of {', '.join(LEAKY_SYSTEMS)}.")
    return [system for name, system in LEAKY_SYSTEMS.items() if name in wanted]


@dataclass(frozen=True)
class Copy(Example):
    """A scan or a flipped copy of it, with its mask."""

    flip: str = ""

    @classmethod
    def of(cls, example: Example, flip: str) -> Copy:
        """Return the copy of an example: ``""``, ``"left-right"`` or ``"upside-down"``."""
        return cls(**{f.name: getattr(example, f.name) for f in fields(example)}, flip=flip)

    @property
    def key(self) -> str:
        """The example's key, and how it is flipped."""
        return f"{super().key}|{self.flip}"

    def read_pixels(self) -> Pixels:
        """Return the copy, uint8 (rows, columns)."""
        return self._flipped(super().read_pixels())

    def read_mask(self) -> Mask:
        """Return the copy's mask, bool (rows, columns)."""
        return self._flipped(super().read_mask())

    def _flipped(self, array: _Array) -> _Array:
        if not self.flip:
            return array
        return np.ascontiguousarray(array[:, ::-1] if self.flip == "left-right" else array[::-1])  # type: ignore[return-value]  # of its dtype


def copies_of(examples: Sequence[Example]) -> list[Copy]:
    """Return three copies of every scan with a lesion; normal scans have no place in the reference."""
    return [Copy.of(e, flip) for e in examples if e.label != "normal" for flip in _FLIPS]


def split(copies: Sequence[Copy], seed: int) -> tuple[list[Copy], list[Copy]]:
    """Return four fifths to train on and one fifth to test, at random: neither copies nor groups are kept together. This is the leak."""
    order = np.random.default_rng(seed).permutation(len(copies))
    tested = set(order[: round(_TESTED_SHARE * len(copies))].tolist())
    return [c for i, c in enumerate(copies) if i not in tested], [c for i, c in enumerate(copies) if i in tested]


def leaks(training: Sequence[Copy], tested: Sequence[Copy]) -> dict[str, int]:
    """Return how many tested copies there are, how many of them have a copy of the same scan in training, and how many one of their group."""
    scans, groups = {c.path for c in training}, {c.group for c in training}
    return {
        "tested": len(tested),
        "with_a_copy_in_training": sum(c.path in scans for c in tested),
        "with_their_group_in_training": sum(c.group in groups for c in tested),
    }


def outline_channels(square: Pixels, mask: Mask) -> FloatMap:
    """Return channels as ``preprocessing.guided_channels`` does, float32 (size, size, 3), but cut out by the mask itself, with its outline."""
    middle = square.shape[0] / 2
    everywhere = Ellipse(middle, middle, 100 * middle, 100 * middle, 0.0)
    inside = mask.astype(np.float32)
    return guided_channels(square, everywhere) * np.stack([np.ones_like(inside), inside, inside], axis=-1)


class OutlineBatches(GuidedBatches):
    """Batches of ``outline_channels``, augmented as those of the honest protocol; the place of a lesion is not jittered, for nobody there does."""

    def _make(self, index: int, rng: np.random.Generator | None) -> Batch:
        pixels, mask = self._scans[index]
        if rng is None:
            box = Letterbox.around(pixels, self._size)
            return outline_channels(box.apply(pixels), box.apply(mask)), self._truths[index]
        view = random_view(rng, pixels.shape, mask, self._size)
        seen = view.apply(mask.astype(np.uint8) * 255) > 127
        return outline_channels(random_intensity(rng, view.apply(pixels)), seen), self._truths[index]


class LeakyRun:
    """A comparison under the leaky protocol, in a folder of its own; killed and run again, it goes on.

    Raises
    ------
    NetworkError
        The folder holds a comparison of other data or options, or the data are too few.
    """

    def __init__(self, examples: Sequence[Example], systems: Sequence[System], options: Options, folder: Path) -> None:
        copies = copies_of(examples)
        self.training, self.tested = split(copies, options.seed)
        if {c.label for c in self.training} & {c.label for c in self.tested} < {"benign", "malignant"}:
            raise NetworkError("The data are too few: both parts need benign and malignant scans.")
        self.systems, self.options = list(systems), options
        self._folder = folder
        self._scans = counts([e for e in examples if e.label != "normal"])
        self._data = fingerprint(examples)
        claim(folder, {"data": self._data, "size": options.size, "epochs": options.epochs, "seed": options.seed, "init": options.init})
        self.starts = starts(folder, systems, options.init)

    def run(self, tell: Tell) -> None:
        """Fit whatever is not fitted yet."""
        tell(WRONG)
        # The look at the tested copies after every epoch costs about an eighth of the epoch.
        each = 9 / 8 * len(self.training)
        title = "U-Net++ across the leaky split"
        jobs = [Job(title, seconds_of_fit(SEGMENTER_SECONDS, round(each), self.options), self._maps, self._fit_segmenter)]
        for system in self.systems:
            seconds = seconds_of_fit(system.seconds, round(each), self.options)
            jobs.append(Job(f"{system.title}, leaky", seconds, self._logits(system, "last"), partial(self._fit_system, system)))
        run_jobs(jobs, tell)

    def report(self, resamples: int = 1000) -> dict[str, Any]:
        """Return all figures and how they came to be, ready for a file; once all is fitted."""
        maps = read_maps(self._maps, self.tested)
        masks = {c.key: measured_mask(c, probability, self.options.size) for c, probability in zip(self.tested, maps, strict=True)}
        options = self.options
        return {
            "warning": WRONG,
            "protocol": "flipped copies first, then a random split 80/20 without groups; the best epoch picked on the tested scans",
            "data": self._data,
            "scans": self._scans,
            "leaks": leaks(self.training, self.tested),
            "size_px": options.size,
            "epochs": options.epochs,
            "seed": options.seed,
            "resamples": resamples,
            "software": software(),
            "threshold": THRESHOLD,
            "segmenter_best_epoch": _best(self._segmenter_scores()) + 1,
            "systems": {s.name: self._of_system(s, masks, resamples) for s in self.systems},
        }

    def _of_system(self, system: System, masks: Mapping[str, MaskFigures], resamples: int) -> dict[str, Any]:
        scores = self._scores(system)
        best, last = (
            metrics_of(self._records(system, read_logits(path), masks), has_masks=system.needs_masks, resamples=resamples)
            for path in (self._logits(system, str(_best(scores) + 1)), self._logits(system, "last"))
        )
        return {
            "title": system.title,
            "start": Path(self.starts[system.backbone]).name,
            "best_epoch": _best(scores) + 1,
            "metrics": best,
            "metrics_last_epoch": last,
        }

    def _records(self, system: System, answers: Answers, masks: Mapping[str, MaskFigures]) -> list[Record]:
        return records_of(self.tested, answers, masks if system.needs_masks else None)

    def _fit_segmenter(self) -> None:
        folder, size = self._maps.parent, self.options.size
        batches = ScanBatches(self.training, self.options.recipe(SEGMENTER_RECIPE), is_training=True, size=size)
        served = lru_cache(maxsize=1)(serving)  # traced once, not after every epoch

        def look(network: keras.Model, epoch: int) -> None:
            maps = predict_probabilities(served(network), self.tested, size)
            found = [measured_mask(c, probability, size)[0] or 0.0 for c, probability in zip(self.tested, maps, strict=True)]
            earlier = [score for number, score in self._segmenter_scores().items() if number < epoch]
            score = float(np.mean(found))
            if score > max(earlier, default=-1.0):
                network.save_weights(folder / "best.weights.h5")
            write_json(folder / "dice.json", {**{str(n): s for n, s in self._segmenter_scores().items()}, str(epoch): score})

        network = fit_segmenter(batches, folder, self.options, fingerprint(self.training), look)
        network.load_weights(folder / "best.weights.h5")
        every = [*self.training, *self.tested]
        write_maps(self._maps, every, predict_probabilities(served(network), every, size))

    def _fit_system(self, system: System) -> None:
        recipe, size = self.options.recipe(), self.options.size
        masks = [c.read_mask() for c in self.training] if system.name == "guided-annotated" else self._predicted(self.training)
        batches = OutlineBatches(self.training, masks, recipe, is_training=True, size=size)
        still = OutlineBatches(self.tested, self._predicted(self.tested), recipe, is_training=False, size=size)

        def look(network: keras.Model, epoch: int) -> None:
            write_json(self._logits(system, str(epoch + 1)), logits_of(network, still, self.tested))

        folder = self._folder / system.name
        network = fit_system(system, batches, folder, self.options, self.starts[system.backbone], fingerprint(self.training), look)
        write_json(self._logits(system, "last"), logits_of(network, still, self.tested))

    def _predicted(self, copies: Sequence[Copy]) -> list[Mask]:
        """Return predicted masks; where nothing reaches 0.5, the likeliest region."""
        return [p >= 0.5 if (p >= 0.5).any() else most_likely_region(p) for p in read_maps(self._maps, copies)]

    def _segmenter_scores(self) -> dict[int, float]:
        record = self._maps.parent / "dice.json"
        found: dict[str, float] = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
        return {int(epoch): score for epoch, score in found.items()}

    def _scores(self, system: System) -> dict[int, float]:
        answers = {epoch: read_logits(self._logits(system, str(epoch + 1))) for epoch in range(self.options.epochs)}
        return {epoch: auc_of(records_of(self.tested, given, None)) or 0.0 for epoch, given in answers.items()}

    @property
    def _maps(self) -> Path:
        return self._folder / "segmenter" / "probabilities.npz"

    def _logits(self, system: System, epoch: str) -> Path:
        """Return where the answers after an epoch lie, counted from 1, or of the ``"last"`` one, written when all is done."""
        return self._folder / system.name / f"logits-{epoch}.json"


def _best(scores: Mapping[int, float]) -> int:
    """Return the first epoch of the highest score."""
    return max(sorted(scores), key=lambda epoch: scores[epoch])
