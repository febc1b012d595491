"""The shipped networks in Keras and in ONNX Runtime, in place of their flatbuffers: what the program does without, for comparison."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import models.committee
import models.pipeline
from busi_gui import paths
from models.analysis import FloatMap
from models.weights import derived_files, load_small, read_manifest

Network = Callable[[FloatMap], list[FloatMap]]
"""Takes a batch of one and returns its outputs."""


@contextmanager
def networks_run_by(network: Callable[[Path, int], Network]) -> Iterator[None]:
    """Let the pipelines that are loaded meanwhile run each flatbuffer's network in another way, made from its path and the number of threads."""
    with patch.object(models.pipeline, "Flatbuffer", network), patch.object(models.committee, "Flatbuffer", network):
        yield


class KerasNetwork:
    """The network that a flatbuffer was made from, built and run by Keras."""

    def __init__(self, flatbuffer: Path, _threads: int) -> None:
        import keras

        from models.classifier import build_classifier, with_activations
        from models.segmenter import build_segmenter, with_probability

        folder = paths.weights_dir()
        manifest = read_manifest(folder)
        files = derived_files(folder, manifest, paths.cache_dir())
        place = [files.segmenter, *(each.network for each in files.classifiers)].index(flatbuffer)
        network = manifest.networks[place]
        built = build_classifier(**network.options) if place else build_segmenter(**network.options)
        load_small(built, folder / network.file)
        self._network: keras.Model = with_activations(built) if place else with_probability(built)

    def __call__(self, values: FloatMap) -> list[FloatMap]:
        """Run it on a batch of one through ``predict`` and return its outputs."""
        answer = self._network.predict(values, verbose=0)
        return list(answer) if isinstance(answer, list | tuple) else [answer]


class OnnxNetwork:
    """A flatbuffer's very network as ONNX, float32, in ONNX Runtime."""

    def __init__(self, flatbuffer: Path, threads: int) -> None:
        import onnxruntime
        import tf2onnx.convert

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "network.onnx"
            tf2onnx.convert.from_tflite(str(flatbuffer), opset=17, output_path=str(file))
            self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, values: FloatMap) -> list[FloatMap]:
        """Run it on a batch of one and return its outputs."""
        return [np.asarray(output, np.float32) for output in self._session.run(None, {self._input: values})]
