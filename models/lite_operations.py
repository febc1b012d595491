"""Operations as LiteRT computes them fast, and gradients of activations, of one input (1, height, width, channels)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

Tensor = Any
"""TensorFlow has no types of its own to name."""
Back = Callable[[Any], list[Any]]
"""From the gradient of a layer's output to those of its inputs; None where nobody needs one."""

_LARGE = 64
"""Rows of a map from which on a sum over its pixels is taken row by row, and these are added up."""


def activated(name: str, x: Tensor) -> tuple[Tensor, Back]:
    """Return an activation by its Keras name, and how its gradient goes back; ValueError for another one."""
    if name == "relu":
        y = tf.nn.relu(x)
        return y, lambda d: [d * tf.minimum(y * 1e30, 1.0)]  # comparing is slow
    if name in ("silu", "swish"):
        s = tf.sigmoid(x)
        y = x * s
        return y, lambda d: [d * (s + (y - y * s))]
    if name == "sigmoid":
        s = tf.sigmoid(x)
        return s, lambda d: [d * (s - s * s)]
    if name == "linear":
        return x, lambda d: [d]
    raise ValueError(f"no gradient of {name} is known")


def scaled(gradient: Tensor, scale: Tensor | None) -> Tensor:
    """Return a gradient of a kernel that was multiplied by a scale, or by nothing."""
    return gradient if scale is None else gradient * scale


def product(x: Tensor, y: Tensor, *, is_turned: bool = False) -> Tensor:
    """Return x y for x (…, in) and y (in, out), or x y' where it is turned."""
    # A reshape is a copy there, so maps are taken as they are; of x[newaxis] and z[0] the one is a copy, too, and the other refused.
    if len(x.shape) == 2:
        return tf.reshape(product(tf.reshape(x, (1, *x.shape)), y, is_turned=is_turned), (x.shape[0], y.shape[0 if is_turned else 1]))
    return tf.matmul(x, tf.reshape(y, (*[1] * (len(x.shape) - 2), *y.shape)), transpose_b=is_turned)


def gram(x: Tensor, d: Tensor) -> Tensor:
    """Return x'd, (in, out), summed over all pixels of x (…, in) and d (…, out)."""
    if len(x.shape) == 4 and x.shape[1] >= _LARGE:
        return tf.reduce_sum(tf.matmul(x, d, transpose_a=True), [0, 1])
    one, other = (tf.reshape(each, (1, -1, each.shape[-1])) for each in (x, d))
    return tf.reshape(tf.matmul(one, other, transpose_a=True), (x.shape[-1], d.shape[-1]))


def shifted(x: Tensor, width: int, *, is_mirrored: bool) -> Tensor:
    """Return nine groups of channels, each moved to where its tap of 3 x 3 looks, or mirrored to where that is looked at from."""
    kernel = np.zeros((3, 3, 9 * width, 1), np.float32)
    for tap in range(9):
        row, column = divmod(8 - tap if is_mirrored else tap, 3)
        kernel[row, column, tap * width : (tap + 1) * width] = 1
    return tf.nn.depthwise_conv2d(x, tf.constant(kernel), [1, 1, 1, 1], "SAME")


def padded(x: Tensor, before: int, after: int) -> Tensor:
    """Return a map with zeros around it."""
    return tf.pad(x, [[0, 0], [before, after], [before, after], [0, 0]])


def seen_by_taps(x: Tensor, side: int, before: int, after: int, steps: int, size: tuple[int, int]) -> list[Tensor]:
    """Return what each tap of a depthwise kernel sees, (1, *size, channels) each, row by row of the kernel."""
    height, channels = x.shape[1], x.shape[3]
    rows, columns = size
    if steps == 1:
        around = padded(x, before, after)
        return [around[:, i : i + rows, j : j + columns] for i in range(side) for j in range(side)]
    # Every second pixel lies side by side once rows and columns are taken in pairs.
    around = padded(x, before, after + (height + before + after) % 2)
    half, halved = around.shape[1] // 2, around.shape[2] // 2
    pairs = tf.reshape(around, (half, 2, halved, 2 * channels))
    every_second = {
        (i, j): tf.reshape(pairs[:, i : i + 1, :, j * channels : (j + 1) * channels], (1, half, halved, channels)) for i in (0, 1) for j in (0, 1)
    }
    return [every_second[i % 2, j % 2][:, i // 2 : i // 2 + rows, j // 2 : j // 2 + columns] for i in range(side) for j in range(side)]


def with_gaps(d: Tensor) -> Tensor:
    """Return a map of twice the size, zero in every second row and column."""
    _, rows, columns, channels = d.shape
    wide = tf.pad(tf.reshape(d, (rows, columns, 1, channels)), [[0, 0], [0, 0], [0, 1], [0, 0]])
    high = tf.pad(tf.reshape(wide, (rows, 1, 2 * columns * channels)), [[0, 0], [0, 1], [0, 0]])
    return tf.reshape(high, (1, 2 * rows, 2 * columns, channels))
