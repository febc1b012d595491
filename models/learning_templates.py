"""What an architecture learns with, as a flatbuffer: made once, by TensorFlow."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from models.backward import Backward
from models.classifier import build_classifier
from models.from_keras import paths_in_file
from models.retraining.keras_learner import as_served
from models.segmenter import build_segmenter
from models.templates import Affine, LearningTemplate
from models.weights import NetworkFile


def learning_template_of(file: NetworkFile) -> LearningTemplate:
    """Return what a network of this kind learns with.

    Raises
    ------
    ValueError
        A layer is of a kind that has no gradient here, or a variable that learns gets none.
    """
    network = (build_classifier if file.view else build_segmenter)(**file.options)
    paths = paths_in_file(network)
    as_served(network, file.view)
    kinds = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.Dense)
    variables = [variable for layer in network.layers if isinstance(layer, kinds) for variable in (layer.kernel, layer.bias) if variable is not None]
    normalised = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization | keras.layers.Normalization)]
    trained = {variable.path for variable in network.trainable_variables}
    size, channels = network.inputs[0].shape[1], network.inputs[0].shape[3]
    truth = (1, 2) if file.view else (1, size, size, 2)
    specification = {"values": _float32((1, size, size, channels), "values"), "truth": _float32(truth, "truth")}
    specification |= {} if file.view else {"share": _float32((1,), "share")}
    specification |= {f"weight_{number}": _float32(variable.shape, f"weight_{number}") for number, variable in enumerate(variables)}
    for number, layer in enumerate(normalised):
        specification |= {name: _float32((layer.input.shape[-1],), name) for name in (f"scale_{number}", f"shift_{number}")}

    class Module(tf.Module):  # type: ignore[misc]
        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def step(self, **given: Any) -> dict[str, Any]:
            weights = {variable.path: given[f"weight_{number}"] for number, variable in enumerate(variables)}
            affine = {layer.name: (given[f"scale_{number}"], given[f"shift_{number}"]) for number, layer in enumerate(normalised)}
            backward = Backward(network, weights, affine)
            step = (
                backward.classifier_step(given["values"], given["truth"])
                if file.view
                else backward.segmenter_step(given["values"], given["truth"], given["share"])
            )
            if missing := trained - set(step.gradients):
                raise ValueError(f"no gradient of {', '.join(sorted(missing))}")
            gradients = {f"gradient_{n}": step.gradients[each.path] for n, each in enumerate(variables) if each.path in trained}
            return {"answers": step.answers, "loss": step.loss, **gradients}

    module = Module()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.step.get_concrete_function(**specification)], module)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    rescaling = next(layer.scale for layer in network.layers if isinstance(layer, keras.layers.Rescaling))
    affine = tuple(_affine_of(layer, paths, rescaling) for layer in normalised)
    learning = tuple(number for number, variable in enumerate(variables) if variable.path in trained)
    return LearningTemplate(converter.convert(), tuple(paths[id(variable)] for variable in variables), learning, affine, truth[1:])


def _float32(shape: tuple[int, ...], name: str) -> tf.TensorSpec:
    return tf.TensorSpec(shape, tf.float32, name=name)


def _affine_of(layer: keras.Layer, paths: dict[int, str], rescaling: float) -> Affine:
    if isinstance(layer, keras.layers.Normalization):
        return Affine((paths[id(layer.adapt_mean)], paths[id(layer.adapt_variance)]), rescaled=rescaling)
    variables = (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
    return Affine(tuple(paths[id(variable)] for variable in variables), layer.epsilon)
