"""What every evaluated scan came to: found, drawn and said, beside what is known of the lesion, the machine and the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.analysis import Analysis, Diagnosis, Mask, OperatingPoint
from models.datasets import Example, are_alike, likeness_codes
from models.pipeline import Pipeline
from models.preprocessing import Letterbox


@dataclass(frozen=True)
class Record:
    """What one scan came to.

    Attributes
    ----------
    p_malignant
        Calibrated probability of the most suspicious lesion, None where none was found.
    logit
        The same before calibration.
    dice, iou
        Of all found lesions together against all annotated ones; None for a normal scan.
    annotation, objection, histology, birads, device
        As in ``Example``.
    diameter_px
        Of a disc as large as all annotated lesions together, in pixels of the network grid; None for a normal scan.
    opinions
        What each classifier says of the most suspicious lesion, calibrated; empty where one was asked or no lesion was found.
    """

    key: str
    group: str
    dataset: str
    label: str
    p_malignant: float | None
    logit: float | None
    dice: float | None
    iou: float | None
    lesions: int
    annotation: str = ""
    objection: str = ""
    histology: str = ""
    birads: str = ""
    device: str = ""
    diameter_px: float | None = None
    opinions: tuple[float, ...] = ()

    @property
    def score(self) -> float:
        """The probability that counts: a lesion that was not found is one that was not called malignant."""
        return 0.0 if self.p_malignant is None else self.p_malignant

    def chance_of_error(self, point: OperatingPoint) -> float | None:
        """Return how probable it is, by the point's rule, that the verdict on the most suspicious lesion is wrong; None where there is none."""
        if self.p_malignant is None:
            return None
        return point.chance_of_error(Diagnosis(self.p_malignant, None, None, {}, opinions=self.opinions))


def run(pipeline: Pipeline, examples: Iterable[Example], report: Callable[[Example], None] | None = None) -> list[Record]:
    """Analyse every example and compare with its annotation."""
    records = []
    for example in examples:
        pixels = example.read_pixels()
        records.append(record_of(example, pipeline.analyse(pixels), example.read_mask(), pipeline.manifest.temperature))
        if report:
            report(example)
    return records


def record_of(example: Example, analysis: Analysis, truth: Mask, temperature: float) -> Record:
    """Compare an analysis with the annotated mask, bool (rows, columns) of the scan's size."""
    found = np.zeros(truth.shape, np.bool_)
    for lesion in analysis.lesions:
        found |= lesion.mask
    dice, iou = overlap(found, truth) if truth.any() else (None, None)
    p = analysis.p_malignant
    return Record(
        key=example.key,
        group=example.group,
        dataset=example.dataset,
        label=example.label,
        p_malignant=p,
        logit=None if p is None else float(temperature * np.log(max(p, 1e-12) / max(1 - p, 1e-12))),
        dice=dice,
        iou=iou,
        lesions=len(analysis.lesions),
        annotation=example.annotation,
        objection=example.objection,
        histology=example.histology,
        birads=example.birads,
        device=example.device,
        diameter_px=equivalent_diameter(truth) if truth.any() else None,
        opinions=tuple(analysis.lesions[0].diagnosis.opinions) if analysis.lesions else (),
    )


def overlap(found: Mask, truth: Mask) -> tuple[float, float]:
    """Return Dice and IoU of two masks of one size, the second of them not empty."""
    both, total = int(np.count_nonzero(found & truth)), int(np.count_nonzero(found)) + int(np.count_nonzero(truth))
    return 2 * both / total, both / (total - both)


def equivalent_diameter(mask: Mask) -> float:
    """Return the diameter of a disc of the mask's area, sqrt(4 A / pi), in pixels of the network grid."""
    rows, columns = mask.shape
    return float(np.sqrt(4 * np.count_nonzero(mask) / np.pi) * Letterbox(rows, columns).scale)


def without_seen(examples: Sequence[Example], seen: npt.NDArray[np.bool_]) -> list[Example]:
    """Leave out what a version has seen, or something like it.

    Parameters
    ----------
    seen
        Perceptual hashes of the scans that the version learned from, see ``weights.read_seen``. Only data sets without a table of groups are
        compared: where there is one, the split itself keeps seen and unseen apart.
    """
    unsure = [e for e in examples if e.is_grouped_by_likeness]
    if not unsure or not len(seen):
        return list(examples)
    alike = are_alike(likeness_codes([e.read_pixels() for e in unsure]), seen)
    known = {e.group for e, row in zip(unsure, alike, strict=True) if row.any()}
    return [e for e in examples if e.group not in known]
