"""The classifiers of a version on LiteRT: each looks at the scan or at the lesion, and says what it thinks and where it saw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.analysis import FloatMap, NetworkError, SaliencyClass
from models.preprocessing import GROWTHS, INPUT_SIZE, VIEW_SIZES, Ellipse, LesionWindow, Pixels, guided_channels
from models.saliency import grad_cam_plus_plus, pooled_gradients, scaled_to_one
from models.weights import ClassifierFiles

_DAMAGED = "{path} is damaged ({error}). Delete it and start again: it is derived anew."


class Flatbuffer:
    """One flatbuffer with one input, loaded from a file or from its bytes; NetworkError where it is damaged. Not thread-safe.

    Attributes
    ----------
    size
        Height and width of its input in pixels.
    """

    def __init__(self, source: Path | bytes, threads: int) -> None:
        from ai_edge_litert.interpreter import Interpreter  # loaded with the networks, not with this module: the window paints first

        try:
            given = {"model_content": source} if isinstance(source, bytes) else {"model_path": str(source)}
            self._interpreter: Any = Interpreter(**given, num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise NetworkError(_DAMAGED.format(path="a flatbuffer" if isinstance(source, bytes) else source, error=error)) from error
        (asked,) = self._interpreter.get_input_details()
        self._input, self.size = asked["index"], int(asked["shape"][1])
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]

    def __call__(self, values: FloatMap) -> list[FloatMap]:
        """Run it on a batch of one and return its outputs."""
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


@dataclass(frozen=True, eq=False)
class Opinion:
    """What one classifier says of a lesion.

    Attributes
    ----------
    logit
        Of *malignant*, not calibrated: the mean over the ``GROWTHS``.
    activations
        Of its last convolution for the ellipse as it is, float32 (rows, columns, maps).
    window
        What it looked at for that ellipse; None: the whole square.
    """

    logit: float
    activations: FloatMap
    window: LesionWindow | None


class Member:
    """One classifier. Not thread-safe."""

    def __init__(self, view: str, files: ClassifierFiles, threads: int) -> None:
        self.view = view
        self.head = _read_head(files.head)
        """The weights of its logit, float32 (maps,)."""
        self._network = Flatbuffer(files.network, threads)
        self._size = VIEW_SIZES[view]

    def opinion(self, square: Pixels, ellipse: Ellipse) -> Opinion:
        """Say what it thinks of the lesion at about an ellipse of a letterboxed scan, uint8 (size, size)."""
        runs = {growth: self._run(square, ellipse.grown(growth)) for growth in GROWTHS}
        return replace(runs[0.0], logit=float(np.mean([run.logit for run in runs.values()])))

    def _run(self, square: Pixels, ellipse: Ellipse) -> Opinion:
        window = LesionWindow.around(ellipse, self._size) if self.view == "lesion" else None
        if window is not None:
            square, ellipse = window.apply(square), window.ellipse_of(ellipse)
        logit, activations = sorted(self._network(guided_channels(square, ellipse)[np.newaxis]), key=lambda output: output.size)
        return Opinion(float(logit.item()), activations[0], window)

    def saliency(self, opinion: Opinion, towards: SaliencyClass) -> FloatMap:
        """Return what in its view spoke for a class, Grad-CAM++ over the square, float32 (size, size) in [0, 1]."""
        rows, columns, _ = opinion.activations.shape
        sign = 1 if towards == "malignant" else -1
        coarse = scaled_to_one(grad_cam_plus_plus(opinion.activations, pooled_gradients(sign * self.head, rows * columns)))
        fine = np.clip(cv2.resize(coarse, (self._size, self._size), interpolation=cv2.INTER_CUBIC), 0, 1)
        return np.asarray(fine, np.float32) if opinion.window is None else opinion.window.carry_back(fine, INPUT_SIZE)


def joint_saliency(members: Sequence[Member], opinions: Sequence[Opinion], towards: SaliencyClass) -> FloatMap:
    """Return what spoke for a class, over the square: of the classifiers with the finest view the mean, scaled to one."""
    pairs = list(zip(members, opinions, strict=True))
    finest = [pair for pair in pairs if pair[0].view == "lesion"] or pairs
    return scaled_to_one(np.mean([member.saliency(opinion, towards) for member, opinion in finest], axis=0, dtype=np.float32))


def _read_head(path: Path) -> FloatMap:
    try:
        return np.asarray(np.load(path), np.float32)
    except (OSError, ValueError, EOFError) as error:
        raise NetworkError(_DAMAGED.format(path=path, error=error)) from error
