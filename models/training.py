"""Fitting the networks: recipes, checkpoints, metrics.

Everything here runs on any Keras backend. A run lives in a folder and can be killed at any time: started again with the same options, it goes
on from its last epoch, and what is finished is not done again.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import h5py
import keras
import numpy as np

from models.analysis import NetworkError
from models.batches import Batch, Batches, Recipe
from models.claiming import claim
from models.losses import bce_dice_loss, class_and_grade_loss
from models.weights import sha256_of

PROJECT_ROOT = Path(__file__).resolve().parents[1]
IMAGENET_FILE = PROJECT_ROOT.parent / "shared" / "weights" / "efficientnetb0_imagenet_notop.weights.h5"
"""Where a copy of the ImageNet start is looked for before Keras is asked to download it."""

_UNFIT = "{path} holds neither this network's weights nor those of an EfficientNetB0 without top."

SEGMENTER_RECIPE = Recipe(epochs=8, batch_size=8, learning_rate=7e-4)
CLASSIFIER_RECIPE = Recipe(epochs=10, batch_size=16, learning_rate=4e-4)


class _Fed(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches as Keras asks for them: the next ones are made while a step is taken."""

    def __init__(self, batches: Batches) -> None:
        super().__init__(workers=1, max_queue_size=8)
        self._batches = batches

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, number: int) -> Batch:
        return self._batches[number]

    def on_epoch_end(self) -> None:
        """Pass on what Keras says."""
        self._batches.on_epoch_end()


def fit(
    network: keras.Model,
    training: Batches,
    validation: Batches,
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
    shown = _Fed(validation) if len(validation) else None
    network.fit(_Fed(training), validation_data=shown, epochs=recipe.epochs, callbacks=callbacks, shuffle=False, verbose="auto")
    if not all(np.isfinite(values).all() for values in network.get_weights()):
        shutil.rmtree(folder / "backup", ignore_errors=True)
        raise NetworkError(f"The fit in {folder} diverged: the loss became infinite. Start it again with another --seed or fewer --epochs.")
    beside = folder / "partial.weights.h5"
    network.save_weights(beside)
    beside.rename(done)
    return done


class _EpochNumber(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells batches and dropout which epoch it is, so that a run that was killed goes on as it would have."""

    def __init__(self, batches: Batches, seed: int) -> None:
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
