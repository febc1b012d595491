"""Loss and gradients of a network, as TensorFlow operations that all have a builtin of LiteRT; so that a fit needs no TensorFlow.

Reverse mode by hand over the layers of the Keras networks, of one input; weights come in, gradients go out. Whoever wants a batch takes the mean of
several. LiteRT has no gradients, and XNNPACK, its fast kernels, takes convolutions with constant weights alone, so that

* batch normalisation that stands still, y = a conv(x, W) + b, is folded: conv(x, aW) + b, and dW = a d(aW);
* every convolution over channels is a product of matrices. One of 3 x 3 is the product with all nine taps side by side, nine shifts by a depthwise
  convolution with constant kernels, and a sum; backwards the nine shifts of dy are made once, for dx as for dW;
* squeeze-excite is moved into the projection that follows: (x e) W = x (e W), and x'dy gives both dW and de.

Reshapes, slices and paddings are copies there: maps are taken as they are wherever that is possible (`lite_operations`).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from models.lite_operations import Back, Tensor, activated, gram, padded, product, scaled, seen_by_taps, shifted, with_gaps

_LAST = "logits_full_size"
"""The layer of a segmenter that enlarges the logits to its input's size: here it is a part of the loss."""

_NARROW = 32
"""Channels up to which nine taps are added up by a product, not by a sum."""


class Step(NamedTuple):
    """What a network says of an input, the loss, and its gradients by the path of the variable."""

    answers: Tensor
    loss: Tensor
    gradients: dict[str, Tensor]


class Backward:
    """Gradients of a network from ``build_segmenter`` or ``build_classifier`` with EfficientNetB0.

    Parameters
    ----------
    network
        As it learns, see ``keras_learner.as_served``: gradients are those of its trainable variables.
    weights
        Tensors by the paths of its kernels and biases.
    affine
        By layer: what a normalisation multiplies by and adds, float32 (channels,) each.
    """

    def __init__(self, network: keras.Model, weights: Mapping[str, Tensor], affine: Mapping[str, tuple[Tensor, Tensor]]) -> None:
        self._network, self._weights, self._affine = network, weights, affine
        self._gradients: dict[str, Tensor] = {}
        self._after = {name: layer for layer in network.layers for name in inputs_of(layer)}
        self._wanted = {variable.path for variable in network.trainable_variables}

    def segmenter_step(self, scan: Tensor, truth: Tensor, share: Tensor) -> Step:
        """Return a step of a segmenter.

        Parameters
        ----------
        scan
            float32 (1, size, size, 1) in [0, 255].
        truth
            float32 (1, size, size, 2): the mask in {0, 1}, and another segmenter's lesion probability in [0, 1].
        share
            Of the loss against that probability, float32 (1,); the rest is ``losses.bce_dice_loss``.

        Returns
        -------
        Step
            Answers: the lesion probability, float32 (1, size, size, 1).
        """
        last = self._network.get_layer(_LAST)
        values, backs = self._forward(scan, last.name)
        answers, loss, gradient = _segmenter_loss(values[inputs_of(last)[0]], truth, share)
        self._backward(inputs_of(last)[0], gradient, backs)
        return Step(answers, loss, self._gradients)

    def classifier_step(self, guided: Tensor, truth: Tensor) -> Step:
        """Return a step of a classifier.

        Parameters
        ----------
        guided
            float32 (1, size, size, 3) in [0, 255].
        truth
            float32 (1, 2), as of ``losses.class_and_grade_loss``.

        Returns
        -------
        Step
            Answers: the logits of class and, where the network has it, grade, float32 (1, 1 or 2).
        """
        last = self._network.layers[-1].name
        values, backs = self._forward(guided, "")
        loss, gradient = _classifier_loss(values[last], truth)
        self._backward(last, gradient, backs)
        return Step(values[last], loss, self._gradients)

    def _forward(self, first: Tensor, before: str) -> tuple[dict[str, Tensor], list[tuple[keras.Layer, Back]]]:
        values: dict[str, Tensor] = {}
        backs = []
        for layer in self._network.layers:
            if layer.name == before:
                break
            kind = type(layer).__name__
            if kind == "InputLayer":
                values[layer.name] = first
                continue
            compute = getattr(self, f"_{kind}", None)
            if compute is None:
                raise ValueError(f"no gradient of {kind} is known")
            values[layer.name], back = compute(layer, *(values[name] for name in inputs_of(layer)))
            backs.append((layer, back))
        return values, backs

    def _backward(self, last: str, gradient: Tensor, backs: list[tuple[keras.Layer, Back]]) -> None:
        gradients = {last: gradient}
        for layer, back in reversed(backs):
            if layer.name not in gradients or not self._gradients_missing:
                continue
            for name, more in zip(inputs_of(layer), back(gradients.pop(layer.name)), strict=True):
                if more is not None:
                    gradients[name] = gradients[name] + more if name in gradients else more

    @property
    def _gradients_missing(self) -> set[str]:
        return self._wanted - set(self._gradients)

    def _note(self, variable: keras.Variable, gradient: Tensor) -> None:
        if variable.path in self._wanted:
            self._gradients[variable.path] = tf.reshape(gradient, variable.shape)

    # layers: what comes out, and how its gradient goes back -----------------------------------------------------------------------------------------

    def _Concatenate(self, layer: keras.Layer, *parts: Tensor) -> tuple[Tensor, Back]:  # noqa: N802 - named as the layers are
        ends = np.cumsum([0, *(part.shape[-1] for part in parts)])
        return tf.concat(parts, -1), lambda d: [d[..., first:last] for first, last in pairwise(ends)]

    def _Rescaling(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        return x, lambda _: [None]  # done by the normalisation after it

    def _Normalization(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        scale, shift = self._affine[layer.name]
        return x * scale + shift, lambda _: [None]

    def _ZeroPadding2D(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        return x, lambda d: [d]  # done by the convolution after it

    def _BatchNormalization(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        return x, lambda d: [d]  # done by the convolution before it

    def _Dropout(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        return x, lambda d: [d]

    def _Reshape(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        return x, lambda d: [d]  # channels alone, in any shape

    def _Add(self, layer: keras.Layer, x: Tensor, y: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        return x + y, lambda d: [d, d]

    def _UpSampling2D(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        _expect(layer.size == (2, 2) and layer.interpolation == "nearest", layer)
        _, height, width, channels = x.shape
        row = tf.reshape(tf.concat([x, x], -1), (1, height, 1, 2 * width * channels))
        larger = tf.reshape(tf.concat([row, row], 2), (1, 2 * height, 2 * width, channels))
        return larger, lambda d: [tf.nn.avg_pool2d(d, 2, 2, "VALID") * 4.0]

    def _Activation(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        return activated(layer.activation.__name__, x)

    def _GlobalAveragePooling2D(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        _, height, width, channels = x.shape
        return tf.reduce_mean(x, [1, 2]), lambda d: [tf.reshape(d * (1 / (height * width)), (1, 1, 1, channels))]

    def _Multiply(self, layer: keras.Layer, x: Tensor, excitation: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        return (x, excitation), lambda d: d  # done by the projection after it

    def _Dense(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        kernel = self._weights[layer.kernel.path]

        def back(d: Tensor) -> list[Tensor]:
            self._note(layer.kernel, product(tf.reshape(x, (x.shape[1], 1)), d))
            self._note(layer.bias, d)
            return [product(d, kernel, is_turned=True)]

        return product(x, kernel) + self._weights[layer.bias.path], back

    def _Conv2D(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        if layer.kernel_size == (1, 1):
            return self._projected(layer, *x) if isinstance(x, tuple) else self._pointwise(layer, x)
        is_stem = layer.strides == (2, 2)
        _expect(layer.kernel_size == (3, 3) and layer.padding == ("valid" if is_stem else "same"), layer)
        _expect(isinstance(self._after.get(layer.name), keras.layers.BatchNormalization) and not layer.use_bias, layer)
        return self._stem(layer, x) if is_stem else self._three_by_three(layer, x)

    def _kernel_of(self, layer: keras.Layer) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Return a layer's kernel with the normalisation after it folded in, what that multiplies by, and what is added."""
        kernel = self._weights[layer.kernel.path]
        after = self._after.get(layer.name)
        if isinstance(after, keras.layers.BatchNormalization):
            scale, shift = self._affine[after.name]
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                kernel = tf.reshape(kernel, kernel.shape[:3])
            return kernel * scale, scale, shift
        return kernel, None, self._weights[layer.bias.path] if layer.use_bias else None

    def _pointwise(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:
        folded, scale, shift = self._kernel_of(layer)
        folded = tf.reshape(folded, folded.shape[2:])
        y = product(x, folded)
        y, back_of_activation = activated(layer.activation.__name__, y if shift is None else y + shift)

        def back(d: Tensor) -> list[Tensor]:
            (d,) = back_of_activation(d)
            self._note(layer.kernel, scaled(gram(x, d), scale))
            if layer.use_bias:
                self._note(layer.bias, tf.reduce_sum(d, list(range(len(d.shape) - 1))))
            return [product(d, folded, is_turned=True)]

        return y, back

    def _three_by_three(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:
        folded, scale, shift = self._kernel_of(layer)
        (_, height, across, channels), width = x.shape, folded.shape[3]
        folded = tf.reshape(tf.transpose(tf.reshape(folded, (9, channels, width)), (1, 0, 2)), (channels, 9 * width))
        moved = shifted(product(x, folded), width, is_mirrored=False)
        nine_times = np.tile(np.eye(width, dtype=np.float32), (1, 9))
        if width <= _NARROW:
            y = product(moved, tf.constant(np.ascontiguousarray(nine_times.T)))
        else:
            y = tf.reshape(tf.reduce_sum(tf.reshape(moved, (height * across, 9, width)), 1), (1, height, across, width))

        def back(d: Tensor) -> list[Tensor]:
            # Of nine at once XNNPACK does not make one.
            nine = product(d, tf.constant(nine_times)) if width <= _NARROW else tf.concat([tf.concat([d] * 3, -1)] * 3, -1)
            columns = shifted(nine, width, is_mirrored=True)
            by_tap = tf.transpose(tf.reshape(gram(x, columns), (channels, 9, width)), (1, 0, 2))
            self._note(layer.kernel, scaled(by_tap, scale))
            return [product(columns, folded, is_turned=True)]

        return y + shift, back

    def _stem(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:
        folded, scale, shift = self._kernel_of(layer)
        channels, width = folded.shape[2:]
        picking = np.eye(9 * channels, dtype=np.float32).reshape(3, 3, channels, 9 * channels)
        padded = tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]])
        columns = tf.nn.conv2d(padded, tf.constant(picking), 2, "VALID")

        def back(d: Tensor) -> list[Tensor]:
            self._note(layer.kernel, scaled(gram(columns, d), scale))
            return [None]

        return product(columns, tf.reshape(folded, (9 * channels, width))) + shift, back

    def _projected(self, layer: keras.Layer, x: Tensor, excitation: Tensor) -> tuple[Tensor, Back]:
        folded, scale, shift = self._kernel_of(layer)
        folded, excitation = tf.reshape(folded, folded.shape[2:]), tf.reshape(excitation, (folded.shape[2], 1))
        excited = folded * excitation

        def back(d: Tensor) -> list[Any]:
            both = gram(x, d)
            self._note(layer.kernel, scaled(both * excitation, scale))
            into_multiply = [product(d, excited, is_turned=True), tf.reduce_sum(both * folded, 1)]
            return [into_multiply]

        return product(x, excited) + shift, back

    def _DepthwiseConv2D(self, layer: keras.Layer, x: Tensor) -> tuple[Tensor, Back]:  # noqa: N802
        folded, scale, shift = self._kernel_of(layer)
        side, channels = folded.shape[0], x.shape[3]
        kernel = tf.reshape(folded, (side, side, channels, 1))
        turned = tf.reshape(tf.reverse(tf.reshape(folded, (side * side, channels)), [0]), (side, side, channels, 1))
        steps = layer.strides[0]
        if steps == 1:
            before = after = side // 2
            y = tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME") + shift
        else:
            (before, after), _ = self._network.get_layer(inputs_of(layer)[0]).padding
            y = tf.nn.depthwise_conv2d(padded(x, before, after), kernel, [1, 2, 2, 1], "VALID") + shift

        def back(d: Tensor) -> list[Tensor]:
            seen = seen_by_taps(x, side, before, after, steps, d.shape[1:3])
            taps = [tf.reduce_sum(each * d, [0, 1, 2]) for each in seen]
            self._note(layer.kernel, scaled(tf.stack(taps), scale))
            if steps == 1:
                return [tf.nn.depthwise_conv2d(d, turned, [1, 1, 1, 1], "SAME")]
            spread = padded(with_gaps(d), side - 1 - before, before)
            return [tf.nn.depthwise_conv2d(spread, turned, [1, 1, 1, 1], "VALID")]

        return y, back


def inputs_of(layer: keras.Layer) -> list[str]:
    """Return the names of the layers that a layer takes its inputs from."""
    if isinstance(layer, keras.layers.InputLayer):
        return []
    tensors = layer.input if isinstance(layer.input, list) else [layer.input]
    return [tensor._keras_history.operation.name for tensor in tensors]  # noqa: SLF001 - Keras has no other name for it


def _expect(is_so: bool, layer: keras.Layer) -> None:
    if not is_so:
        raise ValueError(f"no gradient of {type(layer).__name__} {layer.name}, as it is, is known")


def _segmenter_loss(half: Tensor, truth: Tensor, share: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the probability, the loss, and its gradient for logits of half the size, (1, height, width, heads)."""
    _, height, width, heads = half.shape
    mask, taught = truth[..., :1], truth[..., 1:]
    logits = tf.image.resize(half, (2 * height, 2 * width), "bilinear")
    p = tf.sigmoid(logits)
    mixed = mask + (taught - mask) * share
    cross_entropy = tf.maximum(logits, 0.0) - logits * mixed + tf.math.log(1.0 + tf.exp(-tf.abs(logits)))
    overlap = 2 * tf.reduce_sum(p * mask, [1, 2], keepdims=True) + 1
    total = tf.reduce_sum(p, [1, 2], keepdims=True) + tf.reduce_sum(mask, [1, 2], keepdims=True) + 1
    loss = tf.reduce_mean(cross_entropy) + (1 - tf.reshape(share, ())) * tf.reduce_mean(1 - overlap / total)
    of_dice = (1 - share) * (1 / heads) / (total * total)
    gradient = (p - mixed) * (1 / (4 * height * width * heads)) + (overlap * of_dice - mask * (2 * total * of_dice)) * (p - p * p)
    # Enlarging by two: each pixel gets three quarters of the nearest and a quarter of the next, at the edge the nearest alone.
    rows = tf.concat([gradient[:, :1], gradient, gradient[:, -1:]], 1)
    whole = tf.concat([rows[:, :, :1], rows, rows[:, :, -1:]], 2)
    quarters = np.outer([0.25, 0.75, 0.75, 0.25], [0.25, 0.75, 0.75, 0.25]).astype(np.float32)
    kernel = tf.constant(np.repeat(quarters[:, :, np.newaxis, np.newaxis], heads, 2))
    return tf.reduce_mean(p, -1, keepdims=True), loss, tf.nn.depthwise_conv2d(whole, kernel, [1, 2, 2, 1], "VALID")


def _classifier_loss(logits: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss and its gradient for logits, (1, 1 or 2)."""
    is_known = tf.cast(truth[:, 1:] >= 0, tf.float32)
    wanted = tf.concat([truth[:, :1] * 0.95 + 0.025, truth[:, 1:] * is_known], 1)[:, : logits.shape[1]]
    weight = tf.concat([tf.ones((1, 1)), 0.5 * is_known], 1)[:, : logits.shape[1]]
    cross_entropy = tf.maximum(logits, 0.0) - logits * wanted + tf.math.log(1.0 + tf.exp(-tf.abs(logits)))
    return tf.reduce_sum(weight * cross_entropy), weight * (tf.sigmoid(logits) - wanted)
