"""Doubts in words: why a verdict is called uncertain, and how many like it are wrong."""

from __future__ import annotations

from collections.abc import Sequence

from busi_gui.domain.doubt import Doubt, Reason, Why
from busi_gui.views.wording import probability_text
from models.analysis import ConcernKind, Diagnosis, NetworkInfo

UNCERTAIN = "Uncertain"
_SEEN: dict[ConcernKind, str] = {
    "not ultrasound": "The picture looks like no breast ultrasound.",
    "borders": "The picture has borders that are no ultrasound.",
    "doppler": "The picture shows colour Doppler.",
    "marks over lesion": "Callipers or letters lie over the lesion.",
    "cut off": "The lesion is cut off at the edge of the picture.",
}
_SHARES = ((1, 2), (2, 5), (1, 3), (1, 4), (1, 5), (1, 6), (1, 8), (1, 10), (1, 15), (1, 20), (1, 50), (1, 100))
"""Of a chance said in words: so many verdicts of so many."""


def chance_text(chance: float) -> str:
    """Return the chance of error, in [0, 1], as a sentence: ``"About 1 in 3 verdicts like this is wrong."``."""
    if chance > 0.55:
        return "More than half of the verdicts like this are wrong."
    wrong, verdicts = min(_SHARES, key=lambda share: abs(share[0] / share[1] - chance))
    return f"About {wrong} in {verdicts} verdicts like this {'is' if wrong == 1 else 'are'} wrong."


def doubt_heading(doubt: Doubt) -> str:
    """Return that a verdict is uncertain, and how many like it are wrong where that has been measured; empty where it is not."""
    if not doubt.is_uncertain:
        return ""
    measured = chance_text(doubt.chance_of_error) if doubt.is_measured and doubt.chance_of_error is not None else ""
    return f"{UNCERTAIN}. {measured}".rstrip()


def reason_texts(doubt: Doubt, diagnosis: Diagnosis, network: NetworkInfo) -> list[str]:
    """Return a sentence for each reason, the most important first."""
    return [_reason_text(reason, diagnosis, network) for reason in doubt.reasons]


def doubt_text(doubt: Doubt, diagnosis: Diagnosis, network: NetworkInfo) -> str:
    """Return all of it, a line each; empty where the verdict is not uncertain."""
    return "\n".join([doubt_heading(doubt), *reason_texts(doubt, diagnosis, network)]) if doubt.is_uncertain else ""


def _reason_text(reason: Reason, diagnosis: Diagnosis, network: NetworkInfo) -> str:
    point = network.operating_point
    if reason.concern is not None:
        return _SEEN[reason.concern.kind]
    if reason.span is not None:
        return f"An outline that lies {reason.span.shift:g} {reason.span.unit} elsewhere carries it across the {point.name} point."
    if reason.why is Why.DISAGREEMENT:
        return _disagreement_text(diagnosis.opinions, network.views)
    p = probability_text(diagnosis.p_malignant)
    if point.threshold <= diagnosis.p_malignant < 0.5:
        return f"The probability ({p}) says benign rather than malignant; the {point.name} point calls it malignant so that few cancers are missed."
    return f"The probability itself ({p}) is far from certain."


def _disagreement_text(opinions: Sequence[float], views: Sequence[str]) -> str:
    said = [probability_text(p) for p in opinions]
    if len(views) == len(said):
        said = [f"{p} of the {view}" if view == "lesion" else f"{p} of the whole {view}" for p, view in zip(said, views, strict=True)]
    many = "two" if len(said) == 2 else str(len(said))
    listed = f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else "".join(said)
    return f"The {many} networks disagree: they say {listed}."
