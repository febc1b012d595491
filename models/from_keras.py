"""Keras network -> LiteRT flatbuffer, by TensorFlow; and the template of its architecture, with which the next ones need neither."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from models.analysis import NetworkError
from models.classifier import GRADE_LAYER, LOGIT_LAYER, build_classifier, with_activations
from models.segmenter import build_segmenter, with_probability
from models.templates import Floats, Place, Template, Weights
from models.weights import NetworkFile, load_small, read_weights

_Make = Callable[[int, tuple[int, ...]], Place]
"""Makes a place of where an array lies and of its shape."""

_FLOAT32 = 0
"""Of the schema of flatbuffers: the type of a tensor."""


def to_flatbuffer(network: keras.Model) -> bytes:
    """Return a float32 flatbuffer of a network for a batch of one.

    The *frozen* concrete function is converted: from an unfrozen Keras 3 network a NaN was seen to come out.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    shape = (1, *network.inputs[0].shape[1:])
    function = tf.function(lambda x: network(x, training=False)).get_concrete_function(tf.TensorSpec(shape, tf.float32))
    frozen = convert_variables_to_constants_v2(function)
    converted: bytes = tf.lite.TFLiteConverter.from_concrete_functions([frozen]).convert()
    return converted


def converted(file: NetworkFile, weights: Path) -> tuple[bytes, Floats | None]:
    """Return the flatbuffer of a network whose weights lie there, and of a classifier the weights of its logit, float32 (maps,)."""
    network, serving = _built(file)
    load_small(network, weights)
    return to_flatbuffer(serving), head_weights(network) if file.view else None


def head_weights(classifier: keras.Model) -> Floats:
    """Return the weights of the logit, float32 (maps,): with the activations they make Grad-CAM++ exact."""
    kernel = classifier.get_layer(LOGIT_LAYER).get_weights()[0]
    return np.asarray(kernel[:, 0], np.float32)


def template_of(file: NetworkFile) -> Template:
    """Return the template of a network's architecture.

    Two networks with random weights are converted. What is the same in both flatbuffers belongs to the architecture; each array that differs is the
    value of exactly one formula for some of the first one's weights, and the second one shows that it is.

    Raises
    ------
    ValueError
        An array is the value of no formula: the converter has learned something new.
    """
    network, serving = _built(file)
    paths = paths_in_file(network)
    rng = np.random.default_rng(0)
    _randomise(network, rng)
    flatbuffer, weights = to_flatbuffer(serving), _weights_of(network, paths)
    _randomise(network, rng)
    other, other_weights = to_flatbuffer(serving), _weights_of(network, paths)
    candidates = list(_candidates(network, paths))
    arrays, others = _arrays_of(flatbuffer), _arrays_of(other)
    places, blank = [], bytearray(flatbuffer)
    for at, array in arrays.items():
        if np.array_equal(array, others[at]):
            continue
        made = [make(at, array.shape) for make in candidates]
        fitting = [place for place in made if _is_value_of(place, weights, array) and _is_value_of(place, other_weights, others[at])]
        if len(fitting) != 1:
            raise ValueError(f"{len(fitting)} formulas give the array of {array.size} numbers at byte {at} of {file.name}")
        places.append(fitting[0])
        blank[at : at + array.nbytes] = bytes(array.nbytes)
    heads = [layer for layer in network.layers if file.view and layer.name in (LOGIT_LAYER, GRADE_LAYER)]
    return Template(bytes(blank), tuple(places), tuple((paths[id(layer.kernel)], paths[id(layer.bias)]) for layer in heads))


def _built(file: NetworkFile) -> tuple[keras.Model, keras.Model]:
    """Return a network of this kind and what of it serves."""
    network = (build_classifier if file.view else build_segmenter)(**file.options)
    return network, (with_activations if file.view else with_probability)(network)


def _randomise(network: keras.Model, rng: np.random.Generator) -> None:
    for variable in network.weights:
        if variable.dtype == "float32":
            variable.assign(rng.uniform(0.5, 1.5, variable.shape) * (1.0 if "variance" in variable.path else rng.choice([-1, 1], variable.shape)))
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # what it computes with is derived from its variables


def _weights_of(network: keras.Model, paths: dict[int, str]) -> Weights:
    return {paths[id(variable)]: np.asarray(variable) for variable in network.weights if id(variable) in paths}


def paths_in_file(network: keras.Model) -> dict[int, str]:
    """Return the path in a weights file of each variable, by its id; their values are lost, for each is saved with a number of its own."""
    for number, variable in enumerate(network.weights):
        variable.assign(np.full(variable.shape, number))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "numbered.weights.h5"
        network.save_weights(file)
        path_of = {int(np.ravel(values)[0]): path for path, values in read_weights(file).items()}
    return {id(variable): path_of[number] for number, variable in enumerate(network.weights) if number in path_of}


def _candidates(network: keras.Model, paths: dict[int, str]) -> Iterator[_Make]:
    """Yield all that an array of the flatbuffer may be."""

    def made(formula: str, *variables: keras.Variable, epsilon: float = 0.0) -> _Make:
        return lambda at, shape: Place(at, shape, formula, tuple(paths[id(each)] for each in variables), epsilon)

    made_by = {id(layer.output): layer for layer in network.layers}
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            normalisation = (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
            before = made_by[id(layer.input)]
            kind = "normalised depthwise kernel" if isinstance(before, keras.layers.DepthwiseConv2D) else "normalised kernel"
            yield made(kind, before.kernel, *normalisation, epsilon=layer.epsilon)
            yield made("shift", *normalisation, epsilon=layer.epsilon)
        elif isinstance(layer, keras.layers.Normalization):
            yield made("as it is", layer.adapt_mean)
            yield made("inverse deviation", layer.adapt_variance)
        elif isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            yield made("dense" if isinstance(layer, keras.layers.Dense) else "kernel", layer.kernel)
            if layer.bias is not None:
                yield made("as it is", layer.bias)


def _is_value_of(place: Place, weights: Weights, array: Floats) -> bool:
    try:
        return np.allclose(place.value(weights), array, rtol=1e-4, atol=1e-5)
    except NetworkError:
        return False


def _arrays_of(flatbuffer: bytes) -> dict[int, Floats]:
    """Return the float32 arrays of a flatbuffer by the place of their first byte."""
    from ai_edge_litert import schema_py_generated as schema

    content = np.frombuffer(flatbuffer, np.uint8)
    model = schema.Model.GetRootAs(content, 0)
    graph = model.Subgraphs(0)
    arrays: dict[int, npt.NDArray[np.float32]] = {}
    for number in range(graph.TensorsLength()):
        tensor = graph.Tensors(number)
        buffer = model.Buffers(tensor.Buffer())
        if tensor.Type() == _FLOAT32 and buffer.DataLength():
            at = buffer.DataAsNumpy().ctypes.data - content.ctypes.data
            shape = tuple(int(length) for length in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
            arrays[at] = np.frombuffer(flatbuffer, "<f4", buffer.DataLength() // 4, at).reshape(shape)
    return arrays
