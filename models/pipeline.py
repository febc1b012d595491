"""Pipeline: lesions, their diagnosis and what moved it, on LiteRT flatbuffers. Loaded once, owned by one thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from models.analysis import OUTLINE_SHIFT_PX, Analysis, Diagnosis, FloatMap, FoundLesion, Mask, NetworkError, NetworkInfo, NotConverted, SaliencyClass
from models.lesions import find_lesions
from models.preprocessing import INPUT_SIZE, Ellipse, Letterbox, Pixels, guided_channels, segmenter_input
from models.saliency import grad_cam_plus_plus, pooled_gradients, scaled_to_one
from models.weights import Manifest, checked_weights, flatbuffer_paths, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

Report = Callable[[str, float], None]

_DAMAGED = "{path} is damaged ({error}). Delete it and start again: it is derived anew."


@dataclass(frozen=True)
class _Answer:
    """One run of the classifier: calibrated probability, and activations float32 (rows, columns, maps)."""

    probability: float
    activations: FloatMap


class Pipeline:
    """U-Net++, guided classifier and Grad-CAM++ of one version of the networks. Not thread-safe.

    Attributes
    ----------
    manifest
        The version that it runs.
    """

    def __init__(self, manifest: Manifest, files: Mapping[str, Path], threads: int | None = None) -> None:
        self.manifest = manifest
        threads = threads or min(4, os.cpu_count() or 1)
        self._segmenter = _Interpreter(files["segmenter"], threads)
        self._classifier = _Interpreter(files["classifier"], threads)
        self._head = _read_head(files["head"])

    @classmethod
    def load(cls, version: Path, cache: Path, threads: int | None = None) -> Pipeline:
        """Load a version of the networks.

        Parameters
        ----------
        version
            Folder with the manifest and weights; the weights' hashes are checked.
        cache
            Where ``main.py convert`` put the flatbuffers.
        threads
            Threads of each network; by default the machine's cores, at most 4.

        Raises
        ------
        NetworkError
            Files are missing or damaged.
        NotConverted
            The flatbuffers were never derived on this computer.
        """
        manifest = read_manifest(version)
        for network in (manifest.segmenter, manifest.classifier):
            checked_weights(version, network)
        files = flatbuffer_paths(manifest, cache)
        if not all(path.is_file() for path in files.values()):
            raise NotConverted("The networks are not prepared for this computer yet. Run: python main.py convert")
        return cls(manifest, files, threads)

    @property
    def info(self) -> NetworkInfo:
        """Which networks answer."""
        return self.manifest.info

    def analyse(self, pixels: Pixels, report: Report | None = None) -> Analysis:
        """Find and diagnose the lesions of a scan.

        Parameters
        ----------
        pixels
            uint8 (rows, columns).
        report
            Told the stage and a fraction in [0, 1] before each stage; what it raises ends the run.

        Returns
        -------
        Analysis
            With a mask of the scan's size for each lesion, most suspicious first.
        """
        report = report or _silent
        watch = _Stopwatch()
        box = Letterbox.around(pixels)
        report("segmenting", 0.0)
        with watch.time("segment"):
            probability = self.lesion_probability(pixels, box)
            masks = find_lesions(probability, self.manifest.lesion_rule, (box.rows, box.columns))
        square = box.apply(pixels)
        diagnosed = []
        for number, mask in enumerate(masks):
            answer, band = self._diagnose_with_band(square, box, mask, partial(report, "classifying", 0.4 + 0.6 * number / len(masks)), watch)
            report("explaining", 0.4 + 0.6 * (number + 0.8) / len(masks))
            with watch.time("explain"):
                diagnosed.append(FoundLesion(mask, Diagnosis(answer.probability, *band, self._saliency(answer.activations, box))))
        diagnosed.sort(key=lambda lesion: -lesion.diagnosis.p_malignant)
        return Analysis(probability, tuple(diagnosed), self.info, watch.milliseconds)

    def diagnose(self, pixels: Pixels, mask: Mask) -> Diagnosis:
        """Diagnose one lesion of a scan from a given mask, bool (rows, columns), in one run of the classifier; ValueError on an empty one.

        How much the outline matters is left out: `outline_ranges` takes several runs.
        """
        box = Letterbox.around(pixels)
        logit, activations = self._classify(box.apply(pixels), box.ellipse_of(mask))
        return Diagnosis(self._calibrated(logit), None, None, self._saliency(activations, box))

    def outline_ranges(
        self, pixels: Pixels, mask: Mask, shifts_px: Sequence[tuple[float, float]], report: Report | None = None
    ) -> tuple[tuple[float, float], ...]:
        """Return how far the probability moves when the outline moves in and out by up to each shift.

        Of a mask only its ellipse reaches the classifier: a shift moves the half-axes, see ``Ellipse.grown``; none becomes shorter than half.

        Parameters
        ----------
        pixels, mask
            uint8 and bool (rows, columns).
        shifts_px
            The smallest first, each down the rows and along the columns, in scan pixels: the same number of millimetres is a different number of
            pixels in either direction where pixels are not square. Along an axis that lies at an angle it is what an ellipse with these half-axes
            measures there.
        report
            Told the stage before each run of the classifier, of which there are one and two for each shift; what it raises ends the work.

        Returns
        -------
        tuple
            Lowest and highest calibrated probability for each shift, in [0, 1]; each range holds those before it, and the outline as it is.

        Raises
        ------
        ValueError
            The mask is empty.
        """
        report = report or _silent
        box = Letterbox.around(pixels)
        square, ellipse = box.apply(pixels), box.ellipse_of(mask)
        steps = [(0.0, 0.0)] + [(sign * down * box.scale, sign * across * box.scale) for down, across in shifts_px for sign in (-1, 1)]
        answers = []
        for number, (down, across) in enumerate(steps):
            report("moving the outline", number / len(steps))
            answers.append(self._calibrated(self._classify(square, ellipse.grown(down, across))[0]))
        within = [answers[: 1 + 2 * (place + 1)] for place in range(len(shifts_px))]
        return tuple((min(each), max(each)) for each in within)

    def lesion_probability(self, pixels: Pixels, box: Letterbox) -> FloatMap:
        """Return the segmenter's opinion on the network grid, float32 (height, width) in [0, 1]."""
        (square,) = self._segmenter(segmenter_input(pixels, box))
        return box.crop(square[0, :, :, 0])

    def logit(self, pixels: Pixels, mask: Mask) -> float:
        """Return the classifier's logit of a lesion before calibration."""
        box = Letterbox.around(pixels)
        logit, _ = self._classify(box.apply(pixels), box.ellipse_of(mask))
        return logit

    def _diagnose_with_band(
        self, square: Pixels, box: Letterbox, mask: Mask, report: Callable[[], None], watch: _Stopwatch
    ) -> tuple[_Answer, tuple[float, float]]:
        report()
        with watch.time("classify"):
            ellipse = box.ellipse_of(mask)
            logit, activations = self._classify(square, ellipse)
        probabilities = [self._calibrated(logit)]
        for shift in (-OUTLINE_SHIFT_PX * box.scale, OUTLINE_SHIFT_PX * box.scale):
            report()  # before each run: what is more urgent need not wait for all three
            with watch.time("classify"):
                probabilities.append(self._calibrated(self._classify(square, ellipse.grown(shift))[0]))
        return _Answer(probabilities[0], activations), (min(probabilities), max(probabilities))

    def _classify(self, square: Pixels, ellipse: Ellipse) -> tuple[float, FloatMap]:
        outputs = self._classifier(guided_channels(square, ellipse)[np.newaxis])
        logit, activations = sorted(outputs, key=lambda output: output.size)
        return float(logit.item()), activations[0]

    def _calibrated(self, logit: float) -> float:
        return float(1 / (1 + np.exp(-logit / self.manifest.temperature)))

    def _saliency(self, activations: FloatMap, box: Letterbox) -> dict[SaliencyClass, FloatMap]:
        rows, columns, _ = activations.shape
        maps: dict[SaliencyClass, FloatMap] = {}
        for name, sign in (("malignant", 1), ("benign", -1)):
            coarse = grad_cam_plus_plus(activations, pooled_gradients(sign * self._head, rows * columns))
            square = cv2.resize(scaled_to_one(coarse), (INPUT_SIZE, INPUT_SIZE), interpolation=cv2.INTER_CUBIC)
            maps[name] = np.clip(box.crop(square), 0, 1)  # type: ignore[index]
        return maps


def _read_head(path: Path) -> FloatMap:
    try:
        return np.asarray(np.load(path), np.float32)
    except (OSError, ValueError, EOFError) as error:
        raise NetworkError(_DAMAGED.format(path=path, error=error)) from error


class _Interpreter:
    """One flatbuffer with one input."""

    def __init__(self, path: Path, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter  # loaded with the networks, not with this module: the window paints first

        try:
            self._interpreter: Any = Interpreter(model_path=str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise NetworkError(_DAMAGED.format(path=path, error=error)) from error
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]

    def __call__(self, values: FloatMap) -> list[FloatMap]:
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


class _Stopwatch:
    """Adds up milliseconds by stage."""

    def __init__(self) -> None:
        self.milliseconds = {"segment": 0.0, "classify": 0.0, "explain": 0.0}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self.milliseconds[stage] += 1000 * (perf_counter() - start)


def _silent(stage: str, fraction: float) -> None:
    """Report to nobody."""
