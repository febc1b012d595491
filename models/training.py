"""Fitting the networks: batches, recipes, checkpoints, metrics.

Everything here runs on any Keras backend. A run lives in a folder and can be killed at any time: started again with the same options, it goes
on from its last epoch, and what is finished is not done again.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import h5py
import keras
import numpy as np

from models.analysis import NetworkError
from models.augmentation import beside_lesion, random_ellipse, random_intensity, random_marks, random_view
from models.datasets import Example
from models.losses import bce_dice_loss, class_and_grade_loss
from models.preprocessing import INPUT_SIZE, Ellipse, FloatMap, Letterbox, Mask, Pixels, guided_channels, lesion_view, resample
from models.weights import sha256_of

PROJECT_ROOT = Path(__file__).resolve().parents[1]
IMAGENET_FILE = PROJECT_ROOT.parent / "shared" / "weights" / "efficientnetb0_imagenet_notop.weights.h5"
"""Where a copy of the ImageNet start is looked for before Keras is asked to download it."""

_UNFIT = "{path} holds neither this network's weights nor those of an EfficientNetB0 without top."

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


SEGMENTER_RECIPE = Recipe(epochs=8, batch_size=8, learning_rate=7e-4)
CLASSIFIER_RECIPE = Recipe(epochs=10, batch_size=16, learning_rate=4e-4)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Shuffled, augmented batches; the same seed and epoch give the same batches, also after a resume."""

    def __init__(self, count: int, repeats: Sequence[int], recipe: Recipe, *, is_training: bool) -> None:
        super().__init__(workers=1, max_queue_size=8)
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

    def _make(self, index: int, rng: np.random.Generator | None) -> Batch:
        raise NotImplementedError


class SegmenterBatches(_Batches):
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


class ClassifierBatches(_Batches):
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


def fit(
    network: keras.Model,
    training: _Batches,
    validation: _Batches,
    loss: Callable[..., keras.KerasTensor] | keras.losses.Loss,
    recipe: Recipe,
    folder: Path,
    made_from: Mapping[str, str],
) -> Path:
    """Fit a network, resumably, and return the path of its weights ``folder/network.weights.h5``.

    The weights are those of the last epoch: the cosine has come to rest there, and no epoch is picked by looking.
    ``folder/metrics.csv`` has a line an epoch, ``folder/recipe.json`` recipe and ``made_from``: what else the weights depend on, such as
    the data and the start.

    Raises
    ------
    NetworkError
        There is nothing to learn from, the folder holds a run that was made otherwise, or the loss became infinite.
    """
    done = folder / "network.weights.h5"
    folder.mkdir(parents=True, exist_ok=True)
    claim(folder, {**asdict(recipe), **made_from})
    if done.exists():
        network.load_weights(done)
        return done
    if not len(training):
        raise NetworkError("There is nothing to learn from: the data hold no scan of the training split.")
    steps = recipe.epochs * len(training)
    warmup = round(recipe.warmup_fraction * steps)
    rate = keras.optimizers.schedules.CosineDecay(0.0, steps - warmup, warmup_target=recipe.learning_rate, warmup_steps=warmup)
    network.compile(
        keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay, global_clipnorm=1.0),
        loss,
        jit_compile=keras.backend.backend() == "jax",
    )
    network.optimizer.build(network.trainable_variables)  # else TensorFlow traces the first step twice, which takes half a minute
    callbacks = [
        keras.callbacks.BackupAndRestore(folder / "backup"),
        keras.callbacks.CSVLogger(folder / "metrics.csv", append=True),
        keras.callbacks.TerminateOnNaN(),
        _EpochNumber(training, recipe.seed),
    ]
    shown = validation if len(validation) else None
    network.fit(training, validation_data=shown, epochs=recipe.epochs, callbacks=callbacks, shuffle=False, verbose="auto")
    if not all(np.isfinite(values).all() for values in network.get_weights()):
        shutil.rmtree(folder / "backup", ignore_errors=True)
        raise NetworkError(f"The fit in {folder} diverged: the loss became infinite. Start it again with another --seed or fewer --epochs.")
    beside = folder / "partial.weights.h5"
    network.save_weights(beside)
    beside.rename(done)
    return done


def claim(folder: Path, wanted: Mapping[str, object]) -> None:
    """Write down how a run is made, or compare with what is written: a run must never go on with other data or options, a NetworkError says so."""
    record = folder / "recipe.json"
    if not record.is_file():
        record.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        return
    made = json.loads(record.read_text(encoding="utf-8"))
    others = [name for name in wanted if made.get(name) != wanted[name]]
    if others:
        raise NetworkError(f"{folder} holds a run with another {', '.join(others)}. Name another folder with --run, or delete this one.")


class _EpochNumber(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells batches and dropout which epoch it is, so that a run that was killed goes on as it would have."""

    def __init__(self, batches: _Batches, seed: int) -> None:
        super().__init__()
        self._batches, self._seed = batches, seed

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._batches.epoch = epoch
        for number, layer in enumerate(self.model.layers):
            generator = getattr(layer, "seed_generator", None)
            if generator is not None:
                generator.state.assign(np.array([(self._seed * 1009 + number) % 2**31, epoch * 2**16], np.uint32))


def initialise(network: keras.Model, init: str) -> None:
    """Start a network from ``"imagenet"``, from ``"random"``, from a weights file of its own kind, or from an EfficientNetB0 weights file.

    Raises
    ------
    NetworkError
        The file is missing or fits neither, or ImageNet weights are neither on disk nor to be downloaded.
    """
    if init == "random":
        return
    if init == "imagenet":
        _take_over(_imagenet_backbone(), network)
        return
    path = Path(init)
    if not path.is_file():
        raise NetworkError(f"{path} does not exist; --init takes 'imagenet', 'random' or a .weights.h5 file")
    # Counted first: Keras loads what it can from another network's file, and only warns.
    if _variables_in(path) != len(network.weights):
        _take_over(_backbone_from(path), network)
        return
    try:
        network.load_weights(path)
    except ValueError as error:
        raise NetworkError(_UNFIT.format(path=path)) from error


def start_name(init: str) -> str:
    """Return how a run writes down its start: of a file its name and hash, never where it lies on one computer."""
    path = Path(init)
    return f"{path.name} ({sha256_of(path)[:16]})" if path.is_file() else init


def _variables_in(path: Path) -> int:
    """Return how many variables a weights file holds, the optimiser's left out."""
    names: list[str] = []
    try:
        with h5py.File(path, "r") as file:
            file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    except OSError as error:
        raise NetworkError(_UNFIT.format(path=path)) from error
    return sum(not name.startswith("optimizer/") for name in names)


def _take_over(backbone: keras.Model, network: keras.Model) -> None:
    """Copy the backbone's weights into the layers of the same name."""
    own = {_backbone_name(layer): layer for layer in network.layers}
    if not any(layer.weights and _backbone_name(layer) in own for layer in backbone.layers):
        raise NetworkError(f"An EfficientNetB0 start does not fit {network.name}: use --init random.")
    for layer in backbone.layers:
        target = own.get(_backbone_name(layer))
        if layer.weights and target is not None:
            target.set_weights(layer.get_weights())
            if isinstance(target, keras.layers.Normalization):
                target.finalize_state()  # set_weights alone leaves the derived mean and variance as they were


def _backbone_name(layer: keras.Layer) -> str:
    """Return the layer's name without the number that Keras appends to the unnamed ones of a second network in a process."""
    return re.sub(r"^(normalization|rescaling)_\d+$", r"\1", layer.name)


def _imagenet_backbone() -> keras.Model:
    if IMAGENET_FILE.is_file():
        return _backbone_from(IMAGENET_FILE)
    try:
        return keras.applications.EfficientNetB0(include_top=False, weights="imagenet")
    except Exception as error:  # Keras' download raises whatever the network stack raises
        raise NetworkError(
            f"The ImageNet weights could not be downloaded ({error}). Fetch an EfficientNetB0 weights file without top on another machine and "
            f"give it with --init PATH, or put it at {IMAGENET_FILE}."
        ) from error


def _backbone_from(path: Path) -> keras.Model:
    backbone = keras.applications.EfficientNetB0(include_top=False, weights=None)
    if _variables_in(path) != len(backbone.weights):
        raise NetworkError(_UNFIT.format(path=path))
    backbone.load_weights(path)
    return backbone


def segmenter_loss() -> Callable[..., keras.KerasTensor]:
    """Return the segmenter's loss: BCE + Dice on logits."""
    return bce_dice_loss


def classifier_loss() -> Callable[..., keras.KerasTensor]:
    """Return the classifier's loss: binary cross-entropy of class and grade on logits, labels smoothed by 0.05."""
    return class_and_grade_loss


def predict_probabilities(serving: keras.Model, examples: Sequence[Example], size: int = INPUT_SIZE) -> list[FloatMap]:
    """Return the lesion probability of each example, float32 (rows, columns) of its scan, from ``segmenter.with_probability``."""
    maps = []
    for start in range(0, len(examples), 16):
        scans = [e.read_pixels() for e in examples[start : start + 16]]
        boxes = [Letterbox.around(pixels, size) for pixels in scans]
        squares = [box.apply(pixels) for box, pixels in zip(boxes, scans, strict=True)]
        batch = np.stack(squares)[..., np.newaxis].astype(np.float32)
        answers = np.asarray(serving.predict_on_batch(batch))[..., 0]
        maps += [resample(box.crop(answer), pixels.shape) for box, answer, pixels in zip(boxes, answers, scans, strict=True)]
    return maps
