"""How far a verdict is to be trusted: whether it is called uncertain, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from models.analysis import Concern, Diagnosis, DoubtRule, OperatingPoint, OutlineRange


class Why(Enum):
    """Why a verdict is called uncertain, the most important first; the values stand in files."""

    NOT_ULTRASOUND = "not ultrasound"
    DISAGREEMENT = "networks disagree"
    PROBABILITY = "the probability itself"
    OUTLINE = "outline matters"
    PICTURE = "picture"


@dataclass(frozen=True)
class Reason:
    """One reason.

    Attributes
    ----------
    span
        The smallest shift of the outline that carries the lesion across the point, of `Why.OUTLINE`.
    concern
        What is seen in the picture, of `Why.PICTURE` and `Why.NOT_ULTRASOUND`.
    """

    why: Why
    span: OutlineRange | None = None
    concern: Concern | None = None


@dataclass(frozen=True)
class Doubt:
    """What speaks against a verdict.

    Attributes
    ----------
    reasons
        The most important first; empty where the verdict is not called uncertain.
    chance_of_error
        Probability that it is wrong, in [0, 1], where the networks have a rule for it; else None.
    is_measured
        Whether it is that rule by which the verdict is uncertain: only then has it been measured how many such verdicts are wrong.
    """

    reasons: tuple[Reason, ...] = ()
    chance_of_error: float | None = None
    is_measured: bool = False

    @property
    def is_uncertain(self) -> bool:
        """Whether the verdict is called uncertain."""
        return bool(self.reasons)


def doubt_about(diagnosis: Diagnosis, point: OperatingPoint, concerns: Iterable[Concern] = (), lesion: int | None = None) -> Doubt:
    """Return what speaks against the verdict on a lesion at an operating point.

    It is uncertain where the networks' rule says so, where a shift of the outline carries the lesion across the point, and where the picture looks
    like no ultrasound. What else is seen in the picture, such as callipers, is on most scans of some clinics: it adds to the reasons and is none by
    itself.

    Parameters
    ----------
    concerns
        What is known of the picture.
    lesion
        The lesion's number: concerns about others are passed over.
    """
    ours = [concern for concern in concerns if concern.lesion in (None, lesion)]
    is_measured = point.is_uncertain(diagnosis)
    reasons = [Reason(Why.NOT_ULTRASOUND, concern=concern) for concern in ours if concern.kind == "not ultrasound"]
    if is_measured:
        reasons += _rule_reasons(diagnosis, point)
    across = next((span for span in diagnosis.known_ranges if span.low < point.threshold <= span.high), None)
    if across is not None:
        reasons.append(Reason(Why.OUTLINE, span=across))
    if reasons:
        reasons += [Reason(Why.PICTURE, concern=concern) for concern in ours if concern.kind != "not ultrasound"]
    chance = point.chance_of_error(diagnosis) if point.doubt != DoubtRule() else None
    return Doubt(tuple(reasons), chance, is_measured)


def _rule_reasons(diagnosis: Diagnosis, point: OperatingPoint) -> list[Reason]:
    """Return which of its two figures makes the rule doubt; at least one does."""
    opinions = diagnosis.opinions
    are_apart = bool(opinions) and min(opinions) < point.threshold <= max(opinions)
    is_by_itself = point.is_uncertain(replace(diagnosis, opinions=()))
    reasons = [Reason(Why.DISAGREEMENT)] if are_apart or not is_by_itself else []
    return [*reasons, Reason(Why.PROBABILITY)] if is_by_itself else reasons
