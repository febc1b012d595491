"""The systems that are compared: what each sees, which network reads it, and where its weights start.

All of them are fed with the same batches, the guided channels of ``preprocessing.guided_channels`` (scan, lesion, place), drawn with the same
seeds: what tells them apart is inside the network, which picks what it sees. So an image-only system is trained on crops that keep the
lesion, as the others are; when it is tested, it sees the whole scan and nothing of a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers, ops

from models.analysis import NetworkError
from models.classifier import LOGIT_LAYER, build_classifier
from models.training import IMAGENET_FILE, initialise

RESNET_FILE = IMAGENET_FILE.with_name("resnet50_imagenet_notop.weights.h5")
"""Where a copy of ResNet50's ImageNet start is looked for before Keras is asked to download it."""

_SCAN, _PLACE = 0, 2
"""Channels of ``preprocessing.guided_channels``."""

_IMAGENET_MEAN = (103.939, 116.779, 123.68)
"""What Keras' ResNet50 expects subtracted of blue, green and red; a grey scan is the same in all three."""


@dataclass(frozen=True)
class System:
    """One line of the comparison.

    Attributes
    ----------
    name, title
        As on the command line, and as in a table.
    build
        From an input size in pixels to an untrained network; None where the answer is the mean of other systems' logits.
    backbone
        ``"efficientnetb0"`` or ``"resnet50"``: which ImageNet start fits.
    view
        ``"scan"`` or ``"lesion"``, see ``training.ClassifierBatches``.
    needs_masks
        Whether its answer depends on the predicted mask. Only then the mask's figures are its own.
    has_second_task
        Whether it learns a second thing beside the class.
    mean_of
        Names of the systems whose logits are averaged.
    seconds
        What fitting takes for one image of 192 px on two idle cores; it grows with the square of the size.
    """

    name: str
    title: str
    build: Callable[[int], keras.Model] | None = None
    backbone: str = "efficientnetb0"
    view: str = "scan"
    needs_masks: bool = True
    has_second_task: bool = False
    mean_of: tuple[str, ...] = ()
    seconds: float = 0.035


class Channels(layers.Layer):  # type: ignore[misc]
    """Picks channels, in a given order and as often as given; minus an offset for each."""

    def __init__(self, order: Sequence[int], offsets: Sequence[float] = (0.0, 0.0, 0.0), **options: Any) -> None:
        super().__init__(**options)
        self._order, self._offsets = list(order), list(offsets)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Return the picked channels, float32 (batch, rows, columns, len(order)), of x in [0, 255]."""
        return ops.take(x, self._order, axis=-1) - ops.convert_to_tensor(self._offsets, x.dtype)


def build_resnet50(size: int) -> keras.Model:
    """Build ResNet50 on the scan alone, with the head of ``build_classifier``; input and output are those of ``build_classifier``."""
    guided = keras.Input((size, size, 3), name="guided")
    prepared = Channels((_SCAN,) * 3, _IMAGENET_MEAN, name="scan_as_bgr")(guided)
    backbone = keras.applications.ResNet50(include_top=False, weights=None, input_tensor=prepared)
    return keras.Model(guided, _head(backbone.output), name="resnet50")


def build_unguided(size: int) -> keras.Model:
    """Build EfficientNetB0 on the scan alone; input and output are those of ``build_classifier``."""
    return _efficientnet(size, _SCAN, "efficientnetb0")


def build_place_only(size: int) -> keras.Model:
    """Build EfficientNetB0 on the lesion's place alone, without a pixel of the scan; input and output are those of ``build_classifier``."""
    return _efficientnet(size, _PLACE, "place_efficientnetb0")


def _efficientnet(size: int, channel: int, name: str) -> keras.Model:
    guided = keras.Input((size, size, 3), name="guided")
    seen = Channels((channel,) * 3, name="seen")(guided)
    backbone = keras.applications.EfficientNetB0(include_top=False, weights=None, input_tensor=seen)
    return keras.Model(guided, _head(backbone.output), name=name)


def _head(features: keras.KerasTensor) -> keras.KerasTensor:
    pooled = layers.GlobalAveragePooling2D(name="pool")(features)
    pooled = layers.Dropout(0.3, name="dropout")(pooled)
    return layers.Dense(1, name=LOGIT_LAYER, dtype="float32")(pooled)


def _build_multi_task(size: int) -> keras.Model:
    return build_classifier(size, has_grade=True)


_ALL = (
    System("resnet50", "ResNet50 (baseline)", build_resnet50, "resnet50", needs_masks=False, seconds=0.093),
    System("efficientnetb0", "EfficientNetB0 (no segmentation)", build_unguided, needs_masks=False),
    System("guided", "U-Net++ + EfficientNetB0", build_classifier),
    System("mask", "the lesion's place alone, no pixels", build_place_only),
    System("lesion", "window around the lesion", build_classifier, view="lesion"),
    System("multi-task", "guided, with a second task", _build_multi_task, has_second_task=True),
    System("two-branch", "mean of guided and lesion", mean_of=("guided", "lesion")),
)
SYSTEMS = {system.name: system for system in _ALL}


def chosen_systems(names: Sequence[str]) -> list[System]:
    """Return the systems of these names and those that they are a mean of, in the table's order.

    Raises
    ------
    NetworkError
        There is no system of such a name.
    """
    unknown = [name for name in names if name not in SYSTEMS]
    if unknown:
        raise NetworkError(f"There is no system {unknown[0]}; choose of {', '.join(SYSTEMS)}.")
    wanted = {part for name in names for part in (name, *SYSTEMS[name].mean_of)}
    return [system for system in _ALL if system.name in wanted]


def possible_start(backbone: str, init: str) -> str:
    """Return ``init``; of ResNet50 ``"imagenet"``, or ``"random"`` where those weights are neither on disk nor to be downloaded.

    Those of EfficientNetB0 are never done without: ``start`` raises NetworkError where there are none.
    """
    if backbone != "resnet50" or init == "random":
        return init
    try:
        _resnet_backbone()
    except NetworkError:
        return "random"
    return "imagenet"


def start(network: keras.Model, backbone: str, init: str) -> None:
    """Start a network as ``training.initialise`` does; a file is one of EfficientNetB0, and ResNet50 then starts from ImageNet.

    Raises
    ------
    NetworkError
        There are no such weights.
    """
    if backbone != "resnet50" or init == "random":
        initialise(network, init)
        return
    for layer in _resnet_backbone().layers:
        if layer.weights:
            network.get_layer(layer.name).set_weights(layer.get_weights())


def _resnet_backbone() -> keras.Model:
    try:
        if RESNET_FILE.is_file():
            backbone = keras.applications.ResNet50(include_top=False, weights=None)
            backbone.load_weights(RESNET_FILE)
            return backbone
        return keras.applications.ResNet50(include_top=False, weights="imagenet")
    except Exception as error:  # Keras' download raises whatever the network stack raises
        raise NetworkError(f"ResNet50's ImageNet weights are neither at {RESNET_FILE} nor to be downloaded ({error}).") from error
