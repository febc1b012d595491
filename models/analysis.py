"""What the networks say about a scan: plain frozen values, safe to import anywhere (numpy only).

Maps lie on the *network grid*: float32 (height, width) with the longer side at most ``preprocessing.INPUT_SIZE``, covering exactly the
scan's extent. A network knows nothing finer, and a map of a 12000 x 9000 scan stays a quarter of a megabyte; ``preprocessing.resample``
brings one to the scan's size.
Masks have the scan's own size, for readers correct them pixel by pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

OUTLINE_SHIFT_PX = 2.0
"""How far the outline is moved in and out, in scan pixels, for the band of the probability."""

FloatMap = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Finding = Literal["malignant", "benign", "no lesion"]
SaliencyClass = Literal["malignant", "benign"]
ShiftUnit = Literal["mm", "px"]
ConcernKind = Literal["not ultrasound", "borders", "doppler", "marks over lesion", "cut off"]


class NetworkError(Exception):
    """Networks cannot be loaded, converted or trained. The message is for the reader: what, which file, what to do."""


class NotConverted(NetworkError):  # noqa: N818 - a state of the cache that the caller mends, shown only when it can't
    """The flatbuffers of these weights are not in the cache yet: ``main.py convert`` derives them."""


class AnalysisStopped(Exception):  # noqa: N818 - being stopped is not an error
    """Raised by a ``report`` callback to end a run at the next stage."""


@dataclass(frozen=True)
class DoubtRule:
    """How probable it is that a verdict at an operating point is wrong: a logistic model, fitted on validation lesions.

    sigmoid(base + stated * c + spread * s), where c is the logit of the error that the probability itself states, p for a lesion called benign and
    1 - p for one called malignant, and s the standard deviation of the calibrated logits of the classifiers that were asked. The distance to the
    threshold tells less: at a threshold far below one half most of what lies just above it is called malignant in vain.

    Attributes
    ----------
    base, stated, spread
        The model's coefficients.
    uncertain_from
        The probability, of being wrong, from which a verdict is called uncertain; over 1: never.
    """

    base: float = 0.0
    stated: float = 0.0
    spread: float = 0.0
    uncertain_from: float = 2.0


@dataclass(frozen=True)
class OperatingPoint:
    """The probability from which a lesion is called malignant, and what that cost and found where it was measured.

    Attributes
    ----------
    name
        Such as ``"sensitive"``.
    threshold
        Calibrated probability in [0, 1].
    sensitivity, specificity
        In [0, 1], on the split named ``measured_on``.
    sensitivity_interval, specificity_interval
        95 % intervals from resampling whole groups; None where there is none.
    doubt
        How to tell verdicts that are likely to be wrong.
    """

    name: str
    threshold: float
    sensitivity: float
    specificity: float
    measured_on: str
    sensitivity_interval: tuple[float, float] | None = None
    specificity_interval: tuple[float, float] | None = None
    doubt: DoubtRule = DoubtRule()

    def chance_of_error(self, diagnosis: Diagnosis) -> float:
        """Return the probability that the verdict on a lesion is wrong, in [0, 1], by ``doubt``."""
        sign = -1 if diagnosis.p_malignant >= self.threshold else 1
        stated = sign * _logit(diagnosis.p_malignant)
        spread = float(np.std([_logit(p) for p in diagnosis.opinions])) if diagnosis.opinions else 0.0
        rule = self.doubt
        return float(1 / (1 + np.exp(-(rule.base + rule.stated * stated + rule.spread * spread))))

    def is_uncertain(self, diagnosis: Diagnosis) -> bool:
        """Whether the verdict on a lesion is called uncertain."""
        return self.chance_of_error(diagnosis) >= self.doubt.uncertain_from


def _logit(probability: float) -> float:
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(inside / (1 - inside)))


@dataclass(frozen=True)
class NetworkInfo:
    """Which networks answered, and where they come from; shown beside every result.

    Attributes
    ----------
    segmenter, classifier
        Name, version and first eight digits of the weights' hash, such as ``"unetpp_efficientnetb0 0.1 (1a2b3c4d)"``; of several classifiers all
        hashes.
    trained_on
        One sentence about the training data.
    operating_point
        The one in use.
    operating_points
        All there are to choose from, the one in use among them, in their own order; empty: only that.
    hashes
        SHA-256 of each weights file, by its name.
    views
        What each classifier looks at, ``"scan"`` or ``"lesion"``, in the order of ``Diagnosis.opinions``; empty where that is not known.
    parent
        Version that they were made from by learning more; empty where there is none.
    """

    version: str
    segmenter: str
    classifier: str
    trained_on: str
    operating_point: OperatingPoint
    operating_points: tuple[OperatingPoint, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict, hash=False)
    views: tuple[str, ...] = ()
    parent: str = ""

    def at(self, name: str) -> NetworkInfo:
        """Return the same with the operating point of that name in use; unchanged where there is none."""
        chosen = next((point for point in self.operating_points if point.name == name), self.operating_point)
        return replace(self, operating_point=chosen)


@dataclass(frozen=True)
class OutlineRange:
    """How much the outline matters: the probability's range when the outline moves in and out by up to a shift.

    Attributes
    ----------
    shift
        In the unit; positive.
    unit
        ``"mm"`` where the scan is calibrated, else ``"px"``: pixels of the scan.
    low, high
        Lowest and highest probability, in [0, 1]; they enclose that of the outline as it is, and those of every smaller shift.
    """

    shift: float
    unit: ShiftUnit
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The network's opinion of one lesion.

    Attributes
    ----------
    p_malignant
        Calibrated probability that the lesion is malignant, in [0, 1].
    low, high
        Lowest and highest probability when the outline moves in or out by 2 px; they enclose ``p_malignant``. None where that was not asked.
    saliency
        Grad-CAM++ map for each class on the network grid, in [0, 1]; all zero where nothing speaks for the class.
    ranges
        How much the outline matters, the smallest shift first; empty where that was not asked.
    opinions
        What each classifier says by itself, calibrated, in [0, 1]; ``p_malignant`` is the answer of their mean logit. Empty: one was asked.
    """

    p_malignant: float
    low: float | None
    high: float | None
    saliency: Mapping[SaliencyClass, FloatMap] = field(repr=False)
    ranges: tuple[OutlineRange, ...] = ()
    opinions: tuple[float, ...] = ()

    @property
    def known_ranges(self) -> tuple[OutlineRange, ...]:
        """All that is known of how much the outline matters: ``ranges``, or else the band of 2 px; empty where neither was asked."""
        if self.ranges or self.low is None or self.high is None:
            return self.ranges
        return (OutlineRange(OUTLINE_SHIFT_PX, "px", self.low, self.high),)


@dataclass(frozen=True, eq=False)
class FoundLesion:
    """One lesion that the segmenter outlined: bool (rows, columns) of the scan's size, and its diagnosis."""

    mask: Mask = field(repr=False)
    diagnosis: Diagnosis


@dataclass(frozen=True, eq=False)
class Analysis:
    """One run of the networks over one frame.

    Attributes
    ----------
    probability
        Lesion probability on the network grid, in [0, 1].
    lesions
        Most suspicious first; empty when no lesion was found, which is an answer of its own.
    timings_ms
        Milliseconds for ``segment``, ``classify`` and ``explain``.
    warnings
        Sentences for the reader.
    """

    probability: FloatMap = field(repr=False)
    lesions: tuple[FoundLesion, ...]
    network: NetworkInfo
    timings_ms: Mapping[str, float]
    warnings: tuple[str, ...] = ()

    @property
    def p_malignant(self) -> float | None:
        """Probability of the most suspicious lesion, None when no lesion was found."""
        return self.lesions[0].diagnosis.p_malignant if self.lesions else None

    @property
    def finding(self) -> Finding:
        """The most suspicious lesion's side of the operating point, or ``"no lesion"``."""
        if self.p_malignant is None:
            return "no lesion"
        return "malignant" if self.p_malignant >= self.network.operating_point.threshold else "benign"


@dataclass(frozen=True)
class Concern:
    """Why the networks' answer about a scan may mean less than it seems, found by looking at the input; see ``input_check``.

    Attributes
    ----------
    sentence
        For the reader: what is seen, and what follows from it.
    lesion
        Number of the lesion that it is about; None where it is about the whole scan.
    field
        Top, left, bottom and right (one past) of the part of the picture that shows the scan, where cropping to it is proposed.
    """

    kind: ConcernKind
    sentence: str
    lesion: int | None = None
    field: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class ComparedFigure:
    """One figure of the networks that were in use (``before``) and of those that were proposed (``after``); None where it could not be measured."""

    name: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Evidence:
    """Why a version was proposed.

    Attributes
    ----------
    summary
        What was compared, in a sentence or two.
    figures
        The most important first.
    remarks
        What the figures say, in sentences; none of versions of older programs, whose summary holds them.
    objections
        Why it may not be used, in sentences; empty where it may.
    comparison
        All that was compared, as plain values: what ``models.retraining.evidence.Evidence.from_json`` takes; None where that is not written down.
    """

    summary: str = ""
    figures: tuple[ComparedFigure, ...] = ()
    objections: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    comparison: Mapping[str, Any] | None = field(default=None, hash=False, repr=False)


@dataclass(frozen=True)
class VersionEntry:
    """One version of the networks that lies on this computer; see ``models.versions``.

    Attributes
    ----------
    name
        Of the version, and of its folder unless it is the shipped one.
    parent
        Version that it was made from; empty where that is not known.
    is_parent_here
        Whether that one lies on this computer too.
    created
        Date, ``YYYY-MM-DD``.
    who
        Whose approvals it learned from; empty where that is not known.
    learned_from
        In words.
    origin
        How it came here, in words; empty for the shipped one.
    is_imported
        Whether it was made elsewhere: its evidence is of other cases than those of this Workspace.
    came_as
        What it was called where it came from; empty where it is called the same here.
    is_adopted
        Whether it is in use or ever was; one that is not, and not shipped, is a proposal.
    problem
        Why it cannot be used, a sentence for the reader; empty where it can.
    evidence
        None where there is none.
    hashes
        SHA-256 of each weights file, by its name.
    """

    name: str
    parent: str = ""
    is_parent_here: bool = False
    created: str = ""
    who: str = ""
    learned_from: str = ""
    origin: str = ""
    is_imported: bool = False
    came_as: str = ""
    is_shipped: bool = False
    is_in_use: bool = False
    is_adopted: bool = False
    problem: str = ""
    evidence: Evidence | None = None
    hashes: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_proposal(self) -> bool:
        """Whether it came here to be decided about and was never in use."""
        return not self.is_shipped and not self.is_adopted


@dataclass(frozen=True)
class NetworksInUse:
    """Which networks are in use.

    Attributes
    ----------
    folder
        Where they lie.
    before
        Name of those that going back leads to; empty where there are none.
    problem
        Why they are not the chosen ones, a sentence for the reader; empty where they are.
    """

    name: str
    folder: Path
    before: str = ""
    problem: str = ""


@dataclass(frozen=True)
class NetworksChange:
    """One change of the networks in use: when (UTC, ISO 8601), by whom, from which version to which, and whether it was a way back."""

    when: str
    who: str
    before: str
    after: str
    is_back: bool = False
