"""Flatbuffers that are filled with a version's weights, without Keras and TensorFlow."""

import lzma
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from models import convert
from models.analysis import NetworkError
from models.classifier import build_classifier, with_activations
from models.convert import convert_version
from models.from_keras import head_weights, template_of
from models.retraining.learner import open_learner
from models.segmenter import build_segmenter, with_probability
from models.templates import LearningTemplate, Template, learning_path, template_path
from models.weights import NetworkFile, flatbuffers, load_small, read_manifest, read_weights, save_small

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "resources" / "weights"
SHIPPED = read_manifest(WEIGHTS)


def built(file):
    """Return a network of this kind, with weights of its own, and what of it serves."""
    network = (build_classifier if file.view else build_segmenter)(**file.options)
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(7)
    for variable in network.weights:
        if variable.dtype == "float32":
            spread = 0.2 * rng.standard_normal(variable.shape) * np.std(np.asarray(variable) + 1e-3)
            variable.assign(np.asarray(variable) + (np.abs(spread) if "variance" in variable.path else spread))
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    return network, (with_activations if file.view else with_probability)(network)


def answers_of(flatbuffer, values):
    interpreter = Interpreter(model_content=flatbuffer)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values)
    interpreter.invoke()
    return sorted((interpreter.get_tensor(each["index"]) for each in interpreter.get_output_details()), key=np.size)


@pytest.fixture
def version(tmp_path):
    """A version of the shipped architectures with other weights; its folder, manifest and networks."""
    folder = tmp_path / "version"
    folder.mkdir()
    networks = {file.file: built(file) for file in SHIPPED.networks}
    hashes = {name: save_small(network, folder / name) for name, (network, _) in networks.items()}
    segmenter, *classifiers = (replace(file, sha256=hashes[file.file]) for file in SHIPPED.networks)
    manifest = replace(SHIPPED, segmenter=segmenter, classifiers=tuple(classifiers))
    manifest.write(folder)
    return folder, manifest, networks


def test_the_networks_of_any_weights_answer_as_in_keras(version, tmp_path):
    folder, manifest, networks = version
    convert_version(folder, tmp_path / "cache", lambda *_: None)
    derived = flatbuffers(manifest, tmp_path / "cache")
    made = [derived.segmenter, *(files.network for files in derived.classifiers)]
    for file, path in zip(manifest.networks, made, strict=True):
        network, serving = networks[file.file]
        load_small(network, folder / file.file)  # rounded as they were stored
        values = np.random.default_rng(1).uniform(0, 255, (1, *network.inputs[0].shape[1:])).astype(np.float32)
        expected = serving(values, training=False)
        expected = sorted(map(np.asarray, expected if isinstance(expected, list) else [expected]), key=np.size)
        for found, wanted in zip(answers_of(path.read_bytes(), values), expected, strict=True):
            assert wanted.std() > 0 or wanted.size == 1
            np.testing.assert_allclose(found, wanted, atol=1e-3 * max(1.0, float(np.abs(wanted).max())))
    for file, files in zip(manifest.classifiers, derived.classifiers, strict=True):
        np.testing.assert_array_equal(np.load(files.head), head_weights(networks[file.file][0]))


def with_channels(weights, path, axis, count):
    """Return weights of which one has another number of channels, its axes being as many as before."""
    return weights | {path: np.resize(weights[path], (*weights[path].shape[:axis], count, *weights[path].shape[axis + 1 :]))}


def test_weights_of_another_architecture_are_refused():
    template = Template.read(template_path(SHIPPED.segmenter.name, SHIPPED.segmenter.options))
    weights = read_weights(WEIGHTS / SHIPPED.segmenter.file)
    kernel = next(place.paths[0] for place in template.places if place.formula == "normalised kernel")
    bias = next(place.paths[0] for place in template.places if place.formula == "as it is" and weights[place.paths[0]].size == 1)
    others = [
        {path: value for path, value in weights.items() if path != kernel},
        with_channels(weights, kernel, 2, weights[kernel].shape[2] // 2),
        with_channels(weights, kernel, 2, weights[kernel].shape[2] * 2),
        with_channels(weights, bias, 0, 100_000),
    ]
    for other in others:
        with pytest.raises(NetworkError, match="not those of this architecture"):
            template.filled(other)
    assert len(template.filled(weights)) == len(template.flatbuffer)


@pytest.mark.parametrize("path_of", [template_path, learning_path])
def test_a_damaged_template_is_said_in_words(tmp_path, path_of):
    read = Template.read if path_of is template_path else LearningTemplate.read
    whole = path_of(SHIPPED.segmenter.name, SHIPPED.segmenter.options).read_bytes()
    for content in (b"", whole[: len(whole) // 2], lzma.compress(b"{}"), lzma.compress(b"[]\nfour"), b"nothing"):
        (tmp_path / "damaged.xz").write_bytes(content)
        with pytest.raises(NetworkError, match="damaged"):
            read(tmp_path / "damaged.xz")


def test_without_tensorflow_an_architecture_without_a_template_is_said_in_words(tmp_path, monkeypatch):
    small = NetworkFile("guided_efficientnetb0", "small.weights.h5", "", {"input_size": 64}, "scan")
    monkeypatch.setitem(sys.modules, "keras", None)
    for module in ("models.from_keras", "models.retraining.keras_learner"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(NetworkError, match="input_size 64 the program has no template"):
        convert._converted(small, tmp_path)
    with pytest.raises(NetworkError, match="input_size 64 the program has no template"):
        open_learner(small, tmp_path)


def test_an_architecture_without_a_template_is_converted_by_tensorflow_and_its_template_does_the_same(tmp_path):
    folder = tmp_path / "version"
    folder.mkdir()
    shutil.copy(WEIGHTS / SHIPPED.segmenter.file, folder)
    file = NetworkFile("guided_efficientnetb0", "small.weights.h5", "", {"input_size": 64}, "scan")
    assert not template_path(file.name, file.options).exists()
    network, _ = built(file)
    small = replace(file, sha256=save_small(network, folder / file.file))
    manifest = replace(SHIPPED, classifiers=(small,))
    manifest.write(folder)
    convert_version(folder, tmp_path / "cache", lambda *_: None)
    converted = flatbuffers(manifest, tmp_path / "cache").classifiers[0].network.read_bytes()
    template_of(small).write(tmp_path / "template.xz")
    template = Template.read(tmp_path / "template.xz")
    filled = template.filled(read_weights(folder / file.file))
    values = np.random.default_rng(2).uniform(0, 255, (1, 64, 64, 3)).astype(np.float32)
    for found, wanted in zip(answers_of(filled, values), answers_of(converted, values), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-4 * max(1.0, float(np.abs(wanted).max())))


def test_converting_the_shipped_version_loads_neither_keras_nor_tensorflow(tmp_path):
    code = (
        "import sys; from pathlib import Path; from models.convert import convert_version;"
        f"convert_version(Path({str(WEIGHTS)!r}), Path({str(tmp_path)!r}), lambda *_: None);"
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert flatbuffers(SHIPPED, tmp_path).are_there
