"""What both protocols of the comparison share: jobs that are never done twice, fits of systems and segmenters, what they answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.analysis import NetworkError
from models.batches import ClassifierBatches, Recipe, SegmenterBatches
from models.comparing.systems import System, possible_start, start
from models.datasets import Example
from models.preprocessing import FloatMap
from models.probabilities import SegmenterAnswers
from models.segmenter import build_segmenter, with_probability
from models.training import CLASSIFIER_RECIPE, SEGMENTER_RECIPE, classifier_loss, fit, segmenter_loss

Tell = Callable[[str], None]
Look = Callable[[keras.Model, int], None]
"""Gets the network after each epoch, and the epoch's number, counted from 0."""

RECIPE = replace(CLASSIFIER_RECIPE, batch_size=8, learning_rate=3e-4)
"""Small batches: the data are few, and batch normalisation needs some hundred steps to settle."""

SEGMENTER_SECONDS = 0.045
"""What fitting U-Net++ takes for one image of 192 px on two idle cores."""

_SECONDS_A_FIT = 20.0
"""What building and tracing a network takes, whatever it learns."""


@dataclass(frozen=True)
class Options:
    """How everything in one comparison is fitted.

    Attributes
    ----------
    size
        Side of every network's input in pixels, a multiple of 32.
    epochs
        Passes of every fit, fixed beforehand.
    seed
        Of folds, weights and batches.
    init
        ``"imagenet"``, ``"random"`` or an EfficientNetB0 weights file.
    """

    size: int
    epochs: int
    seed: int = 0
    init: str = "imagenet"

    def __post_init__(self) -> None:
        """Refuse a size that the networks cannot have."""
        if self.size % 32 or self.size < 32:
            raise NetworkError(f"A size of {self.size} px does not do: take a multiple of 32.")

    def recipe(self, base: Recipe = RECIPE) -> Recipe:
        """Return a recipe with these epochs and this seed."""
        return replace(base, epochs=self.epochs, seed=self.seed)


@dataclass(frozen=True)
class Job:
    """One fit with its answers.

    Attributes
    ----------
    title
        For whoever waits.
    seconds
        What it is expected to take on two idle cores.
    result
        The file that it leaves behind; where that lies, the job is done.
    run
        Does it.
    """

    title: str
    seconds: float
    result: Path
    run: Callable[[], None]


def run_jobs(jobs: Sequence[Job], tell: Tell, now: Callable[[], float] = time.monotonic) -> None:
    """Do what is not done yet, in order; before each, say what it is and how long all may still take.

    The estimate follows this machine: what was expected is scaled by how long the jobs of this call really took.
    """
    pending = [job for job in jobs if not job.result.exists()]
    if len(pending) < len(jobs):
        tell(f"{len(jobs) - len(pending)} of {len(jobs)} fits lie in the run's folder already.")
    spent = expected = 0.0
    for number, job in enumerate(pending):
        pace = spent / expected if expected else 1.0
        minutes = pace * sum(other.seconds for other in pending[number:]) / 60
        tell(f"{number + 1} of {len(pending)}: {job.title}; about {max(minutes, 1):.0f} minutes left for all")
        began = now()
        job.run()
        spent, expected = spent + now() - began, expected + job.seconds


def seconds_of_fit(a_image: float, images: int, options: Options) -> float:
    """Return what a fit is expected to take, from what one image of 192 px takes."""
    return _SECONDS_A_FIT + a_image * (options.size / 192) ** 2 * images * options.epochs


def claim(folder: Path, plan: Mapping[str, Any]) -> dict[str, Any]:
    """Write down what a run is made of, or compare with what is written; return it.

    Raises
    ------
    NetworkError
        The folder holds a comparison of other data or options.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / "plan.json"
    if not record.is_file():
        write_json(record, plan)
    made: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    others = [name for name in plan if made.get(name) != plan[name]]
    if others:
        raise NetworkError(f"{folder} holds a comparison with another {', '.join(others)}. Name another folder with --run, or delete this one.")
    return made


def starts(folder: Path, systems: Sequence[System], init: str) -> dict[str, str]:
    """Return where each backbone starts. Once found out it stays so for the run: an hour later a download may do what it did not."""
    record = folder / "starts.json"
    found: dict[str, str] = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    for backbone in {system.backbone for system in systems if system.build} - set(found):
        found[backbone] = possible_start(backbone, init)
    write_json(record, dict(sorted(found.items())))
    return found


class Telling:
    """To be mixed into batches: they tell when an epoch ends, its number counted from 0.

    Keras tells of the end before it saves where the fit stands: an epoch that is done again is told again.
    """

    epoch: int
    at_end: Callable[[int], None] | None = None

    def on_epoch_end(self) -> None:
        """Pass on what Keras says."""
        if self.at_end is not None:
            self.at_end(self.epoch)


class ScanBatches(Telling, SegmenterBatches):
    """The segmenter's batches, that tell of epochs."""


class GuidedBatches(Telling, ClassifierBatches):
    """The classifiers' batches, that tell of epochs."""


def fit_system(system: System, batches: GuidedBatches, folder: Path, options: Options, init: str, data: str, look: Look | None = None) -> keras.Model:
    """Fit one system, resumably, and return it as it is after its last epoch; only the training batches are looked at.

    An epoch that a kill has cut off, or that ended just before it, is looked at again.
    """
    if system.build is None:
        raise ValueError(f"{system.name} is a mean of others: there is nothing to fit")
    recipe = options.recipe()
    network = new_network(lambda: system.build(options.size), system.backbone, init, recipe.seed)  # type: ignore[misc]  # not None: see above
    made_from = {"system": system.name, "init": init, "data": data, "size": str(options.size)}
    _listen(network, batches, look)
    none = ClassifierBatches([], [], recipe, is_training=False)
    fit(network, batches, none, classifier_loss(), recipe, folder, made_from)
    return network


def fit_segmenter(batches: ScanBatches, folder: Path, options: Options, data: str, look: Look | None = None) -> keras.Model:
    """Fit U-Net++ with an EfficientNetB0 encoder, resumably, and return it as ``fit_system`` does."""
    recipe = options.recipe(SEGMENTER_RECIPE)
    network = new_network(lambda: build_segmenter(input_size=options.size), "efficientnetb0", options.init, recipe.seed)
    made_from = {"system": "segmenter", "init": options.init, "data": data, "size": str(options.size)}
    _listen(network, batches, look)
    fit(network, batches, SegmenterBatches([], recipe, is_training=False), segmenter_loss(), recipe, folder, made_from)
    return network


def _listen(network: keras.Model, batches: GuidedBatches | ScanBatches, look: Look | None) -> None:
    def ended(epoch: int) -> None:
        # Keras says so, too, when it has drawn one batch to learn its shape, before anything is fitted or restored.
        is_over = int(np.asarray(network.optimizer.iterations)) == (epoch + 1) * len(batches)
        if is_over and look is not None:
            look(network, epoch)

    batches.at_end = ended


def new_network(build: Callable[[], keras.Model], backbone: str, init: str, seed: int) -> keras.Model:
    """Build and start a network; the same seed gives the same weights, whatever was built before in this process."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    network = build()
    start(network, backbone, init)
    keras.utils.set_random_seed(seed)
    return network


def serving(segmenter: keras.Model) -> SegmenterAnswers:
    """Return what ``probabilities.predict_probabilities`` takes."""
    answers: SegmenterAnswers = with_probability(segmenter).predict_on_batch
    return answers


def logits_of(network: keras.Model, batches: ClassifierBatches, examples: Sequence[Example]) -> dict[str, float]:
    """Return the logit of *malignant* by key; ``batches`` are the examples' own, in order and without augmentation.

    Five decimals: what two runs of one fit differ by must not part scans that score the same.
    """
    answers = [np.asarray(network.predict_on_batch(batches[number][0]))[:, 0] for number in range(len(batches))]
    return {e.key: round(float(value), 5) for e, value in zip(examples, np.concatenate(answers), strict=True)}


def write_maps(path: Path, examples: Sequence[Example], maps: Sequence[FloatMap]) -> None:
    """Store lesion probabilities in [0, 1] by key, in steps of 1/255."""
    beside = path.with_name("partial.npz")
    kept = {e.key: np.round(probability * 255).astype(np.uint8) for e, probability in zip(examples, maps, strict=True)}
    np.savez_compressed(beside, **kept)  # type: ignore[arg-type]
    beside.replace(path)


def read_maps(path: Path, examples: Sequence[Example]) -> list[FloatMap]:
    """Return what ``write_maps`` has stored of some examples, float32 of each scan's size."""
    with np.load(path) as stored:
        return [stored[e.key].astype(np.float32) / 255 for e in examples]


def write_json(path: Path, content: Any) -> None:
    """Write beside and rename, so that a kill never leaves half a file."""
    beside = path.with_name(f"{path.name}.partial")
    beside.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    beside.replace(path)


def read_logits(path: Path) -> dict[str, float]:
    """Return what a system answered, by key."""
    logits: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return logits
