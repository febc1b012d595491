"""U-Net++: a lesion probability for every pixel of a letterboxed scan.

The network is the nested U-Net of Zhou et al. (IEEE TMI 39, 2020, arXiv:1912.05074): node X(i, j) at depth *i* joins every
earlier node of its row, X(i, 0) … X(i, j-1), with the upsampled X(i+1, j-1), and one head on each X(0, j), j ≥ 1, is supervised.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers

from models.preprocessing import INPUT_SIZE

# Last feature map of each resolution in Keras' EfficientNetB0, from 1/2 down to 1/32, before it is widened again: few channels, all the depth.
_EFFICIENTNET_SKIPS = ("block1a_project_bn", "block2b_add", "block3b_add", "block5c_add", "block6d_add")
_NARROW_WIDTHS = (16, 24, 48, 96)
_PLAIN_WIDTHS = (32, 64, 128, 256, 512)


def build_segmenter(encoder: str = "efficientnetb0", input_size: int = INPUT_SIZE) -> keras.Model:
    """Build an untrained U-Net++.

    Parameters
    ----------
    encoder
        ``"efficientnetb0"`` (default: narrow decoder, few milliseconds) or ``"plain"``, the encoder of the paper.
    input_size
        Height and width of the letterboxed input in pixels, a multiple of 32.

    Returns
    -------
    keras.Model
        Input ``scan``: float32 (batch, input_size, input_size, 1) in [0, 255]; intensities are scaled inside.
        Output ``lesion_logits``: float32 (batch, input_size, input_size, 4), one map for each supervised head X(0, 1) … X(0, 4).

    Raises
    ------
    ValueError
        Unknown encoder, or a size that the five resolutions do not divide.
    """
    if encoder not in _ENCODERS:
        raise ValueError(f"unknown encoder {encoder!r}; choose one of {', '.join(sorted(_ENCODERS))}")
    if input_size % 32:
        raise ValueError(f"input size {input_size} is not a multiple of 32")
    scan = keras.Input((input_size, input_size, 1), name="scan")
    features, widths, scale = _ENCODERS[encoder](scan)
    logits = _nested_decoder(features, widths)
    if scale > 1:
        logits = layers.UpSampling2D(scale, interpolation="bilinear", name="logits_full_size")(logits)
    output = layers.Activation("linear", dtype="float32", name="lesion_logits")(logits)
    return keras.Model(scan, output, name=f"unetpp_{encoder}")


def with_probability(segmenter: keras.Model) -> keras.Model:
    """Return the network that serves: the mean probability of all heads, float32 (batch, size, size, 1) in [0, 1]."""
    probabilities = layers.Activation("sigmoid", name="head_probabilities")(segmenter.output)
    mean = _MeanOfHeads(name="lesion_probability")(probabilities)
    return keras.Model(segmenter.input, mean, name=f"{segmenter.name}_serving")


class _MeanOfHeads(layers.Layer):  # type: ignore[misc]
    """Averages the supervised heads (the "accurate mode" of the paper)."""

    def call(self, heads: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.mean(heads, axis=-1, keepdims=True)


def _efficientnet_features(scan: keras.KerasTensor) -> tuple[list[keras.KerasTensor], tuple[int, ...], int]:
    as_rgb = layers.Concatenate(name="gray_as_rgb")([scan, scan, scan])
    backbone = keras.applications.EfficientNetB0(include_top=False, weights=None, input_tensor=as_rgb)
    return [backbone.get_layer(name).output for name in _EFFICIENTNET_SKIPS], _NARROW_WIDTHS, 2


def _plain_features(scan: keras.KerasTensor) -> tuple[list[keras.KerasTensor], tuple[int, ...], int]:
    x = layers.Rescaling(1 / 255, name="rescaling")(scan)
    features = []
    for depth, width in enumerate(_PLAIN_WIDTHS):
        if depth:
            x = layers.MaxPooling2D(name=f"pool_{depth}")(x)
        x = _double_convolution(x, width, f"x{depth}0")
        features.append(x)
    return features, _PLAIN_WIDTHS[:-1], 1


_ENCODERS: dict[str, Callable[[keras.KerasTensor], tuple[list[keras.KerasTensor], tuple[int, ...], int]]] = {
    "efficientnetb0": _efficientnet_features,
    "plain": _plain_features,
}


def _nested_decoder(features: list[keras.KerasTensor], widths: tuple[int, ...]) -> keras.KerasTensor:
    """Fill the triangle of nodes column by column and put a 1×1 head on each X(0, j)."""
    rows: list[list[keras.KerasTensor]] = [[feature] for feature in features]
    for column in range(1, len(features)):
        for depth in range(len(features) - column):
            below = layers.UpSampling2D(name=f"up_{depth}{column}")(rows[depth + 1][column - 1])
            joined = layers.Concatenate(name=f"join_{depth}{column}")([*rows[depth], below])
            rows[depth].append(_double_convolution(joined, widths[depth], f"x{depth}{column}"))
    heads = [layers.Conv2D(1, 1, name=f"head_{column}")(node) for column, node in enumerate(rows[0][1:], start=1)]
    return layers.Concatenate(name="heads")(heads)


def _double_convolution(x: keras.KerasTensor, width: int, name: str) -> keras.KerasTensor:
    for step in ("a", "b"):
        x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"{name}_conv_{step}")(x)
        x = layers.BatchNormalization(name=f"{name}_bn_{step}")(x)
        x = layers.Activation("relu", name=f"{name}_relu_{step}")(x)
    return x
