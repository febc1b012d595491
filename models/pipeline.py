"""Pipeline: lesions, their diagnosis and what moved it, on LiteRT flatbuffers. Loaded once, owned by one thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from models.analysis import OUTLINE_SHIFT_PX, Analysis, Diagnosis, FloatMap, FoundLesion, Mask, NetworkInfo, NotConverted, SaliencyClass
from models.committee import Flatbuffer, Member, Opinion, joint_saliency
from models.lesions import find_lesions
from models.preprocessing import Ellipse, Letterbox, Pixels, segmenter_input
from models.weights import Flatbuffers, Manifest, check_unchanged, derived_files, read_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

Report = Callable[[str, float], None]


class Pipeline:
    """U-Net++, guided classifier and Grad-CAM++ of one version of the networks. Not thread-safe.

    Attributes
    ----------
    manifest
        The version that it runs.
    members
        Its classifiers, in the manifest's order.
    """

    def __init__(self, manifest: Manifest, files: Flatbuffers, threads: int | None = None) -> None:
        self.manifest = manifest
        threads = threads or min(4, os.cpu_count() or 1)
        self._segmenter = Flatbuffer(files.segmenter, threads)
        self.members = [Member(net.view, derived, threads) for net, derived in zip(manifest.classifiers, files.classifiers, strict=True)]

    @classmethod
    def load(cls, version: Path, cache: Path, threads: int | None = None) -> Pipeline:
        """Load a version of the networks.

        Parameters
        ----------
        version
            Folder with the manifest and weights, or flatbuffers; hashes are checked, see ``weights.check_unchanged``.
        cache
            Where ``main.py convert`` put the flatbuffers, unless they came with the version.
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
        check_unchanged(version, manifest)
        files = derived_files(version, manifest, cache)
        if not files.are_there:
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
        with watch.time("segment"):
            probability = self.lesion_probability(pixels, box, report)
            masks = find_lesions(probability, self.manifest.lesion_rule, (box.rows, box.columns))
        square = box.apply(pixels)
        diagnosed = []
        for number, mask in enumerate(masks):
            opinions, band = self._opinions_with_band(square, box, mask, partial(report, "classifying", 0.4 + 0.6 * number / len(masks)), watch)
            report("explaining", 0.4 + 0.6 * (number + 0.8) / len(masks))
            with watch.time("explain"):
                diagnosed.append(FoundLesion(mask, self._diagnosis(opinions, band, box)))
        diagnosed.sort(key=lambda lesion: -lesion.diagnosis.p_malignant)
        return Analysis(probability, tuple(diagnosed), self.info, watch.milliseconds)

    def diagnose(self, pixels: Pixels, mask: Mask) -> Diagnosis:
        """Diagnose one lesion of a scan from a given mask, bool (rows, columns), in one run of each classifier; ValueError on an empty one.

        How much the outline matters is left out: `outline_ranges` takes several runs.
        """
        box = Letterbox.around(pixels)
        return self._diagnosis(self._ask(box.apply(pixels), box.ellipse_of(mask)), (None, None), box)

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
            Told the stage before each run of the classifiers, of which there are one and two for each shift; what it raises ends the work.

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
            answers.append(self._joint(self._ask(square, ellipse.grown(down, across))))
        within = [answers[: 1 + 2 * (place + 1)] for place in range(len(shifts_px))]
        return tuple((min(each), max(each)) for each in within)

    def lesion_probability(self, pixels: Pixels, box: Letterbox, report: Report | None = None) -> FloatMap:
        """Return the segmenter's opinion on the network grid, float32 (height, width) in [0, 1]: the mean of the scan's and its mirror image's.

        On validation scans of BUSI the mean has a Dice of 0.813, the scan alone 0.796, and half as many false lesions on normal scans.
        """
        report = report or _silent
        report("segmenting", 0.0)
        straight = self._segmented(pixels, box)
        report("segmenting", 0.2)
        mirrored = self._segmented(np.ascontiguousarray(pixels[:, ::-1]), box)[:, ::-1]
        return np.ascontiguousarray((straight + mirrored) / 2, np.float32)

    def _segmented(self, pixels: Pixels, box: Letterbox) -> FloatMap:
        (square,) = self._segmenter(segmenter_input(pixels, box))
        return box.crop(square[0, :, :, 0])

    def opinions(self, pixels: Pixels, mask: Mask) -> list[Opinion]:
        """Return what each classifier says of a lesion, before calibration; ValueError on an empty mask."""
        box = Letterbox.around(pixels)
        return self._ask(box.apply(pixels), box.ellipse_of(mask))

    def _opinions_with_band(
        self, square: Pixels, box: Letterbox, mask: Mask, report: Callable[[], None], watch: _Stopwatch
    ) -> tuple[list[Opinion], tuple[float, float]]:
        report()
        ellipse = box.ellipse_of(mask)
        with watch.time("classify"):
            opinions = self._ask(square, ellipse)
        probabilities = [self._joint(opinions)]
        for shift in (-OUTLINE_SHIFT_PX * box.scale, OUTLINE_SHIFT_PX * box.scale):
            report()  # before each run: what is more urgent need not wait for all three
            with watch.time("classify"):
                probabilities.append(self._joint(self._ask(square, ellipse.grown(shift))))
        return opinions, (min(probabilities), max(probabilities))

    def _ask(self, square: Pixels, ellipse: Ellipse) -> list[Opinion]:
        return [member.opinion(square, ellipse) for member in self.members]

    def _joint(self, opinions: Sequence[Opinion]) -> float:
        """Return the calibrated probability of the mean logit."""
        return self._calibrated(float(np.mean([opinion.logit for opinion in opinions])))

    def _calibrated(self, logit: float) -> float:
        return float(1 / (1 + np.exp(-logit / self.manifest.temperature)))

    def _diagnosis(self, opinions: Sequence[Opinion], band: tuple[float | None, float | None], box: Letterbox) -> Diagnosis:
        maps: dict[SaliencyClass, FloatMap] = {name: box.crop(joint_saliency(self.members, opinions, name)) for name in ("malignant", "benign")}
        each = tuple(self._calibrated(opinion.logit) for opinion in opinions) if len(opinions) > 1 else ()
        return Diagnosis(self._joint(opinions), *band, maps, opinions=each)


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
