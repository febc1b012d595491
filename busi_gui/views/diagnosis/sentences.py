"""What the panel says where there is no diagnosis to show, and how a lesion stands with the networks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.diagnosing import is_looked_at
from busi_gui.services.states import Activity, NetworkState, NetworkStatus
from busi_gui.views.wording import probability_text


@dataclass(frozen=True)
class Sentence:
    """What the panel says where there is no diagnosis to show, and the button that helps."""

    heading: str
    text: str
    button: Literal["", "diagnose", "try again", "take over"] = ""


NO_CASE = Sentence("No scan is open", "Open a scan, or drop one on the window. What the networks say of it is shown here.")
READING = Sentence("", "The scan is shown when all of it has been read.")
ANALYSING = Sentence("", "Read the scan in the meantime: the result comes by itself.")
NETWORKS_LOADING = Sentence("The networks are being loaded", "Read the scan in the meantime. It is analysed when they are ready.")
NETWORKS_PREPARING = Sentence(
    "The networks are being prepared for this computer",
    "This is done once for each version and can take some minutes. Read the scan in the meantime. It is analysed when they are ready.",
)
NOT_ANALYSED = Sentence("Not analysed", "The networks have not looked at this scan.", "diagnose")


def sentence_for(case: Case | None, activity: Activity | None, network: NetworkState, brush_key: str = "") -> Sentence | None:
    """Return what to say in place of a diagnosis, or before those of the reader's own lesions; None when there is nothing to add."""
    if case is not None and case.analysis is not None:
        return None if case.lesions else _without_lesions(case, brush_key)
    if network.status is NetworkStatus.FAILED:
        reading = " The scan can still be read by eye." if case is not None else ""
        return Sentence("The networks cannot be used", f"{network.message}{reading}", "try again")
    if activity is not None and (case is None or activity.stage == "reading"):
        return READING
    if case is None:
        return NO_CASE
    if activity is None:  # also while the networks load: one that the reader stopped does not come by itself
        return NOT_ANALYSED
    waiting = {NetworkStatus.LOADING: NETWORKS_LOADING, NetworkStatus.PREPARING: NETWORKS_PREPARING}
    return waiting.get(network.status, ANALYSING)


def _without_lesions(case: Case, brush_key: str) -> Sentence:
    draw = f"Draw one with {brush_key or 'the brush'} if you see one."
    found = case.analysis.lesions if case.analysis is not None else ()
    if found:  # the reader has deleted them, or taken the step back that brought them
        highest = probability_text(max(one.diagnosis.p_malignant for one in found))
        what = f"a lesion ({highest})" if len(found) == 1 else f"{len(found)} lesions (the most suspicious: {highest})"
        return Sentence("No lesion outlined", f"The networks found {what}. {draw}", "take over")
    if case.reading.is_touched:
        return Sentence("No lesion outlined", f"The networks found none either. {draw}")
    return Sentence("No lesion found", f"Look for yourself: the network misses some. {draw}")


class Standing(Enum):
    """How a lesion stands with the networks."""

    KNOWN = "known"  # the answer is about the outline as it is
    ASKED = "asked"  # it is being diagnosed
    WAITING = "waiting"  # for the networks
    STALE = "stale"  # for the reader
    UNUSABLE = "unusable"  # the networks failed
    OUTSIDE = "outside"  # of the part of the scan that they look at


def standing_of(case: Case, lesion: Lesion, asked: frozenset[int], network: NetworkState) -> Standing:
    """Return how a lesion stands with the networks.

    Parameters
    ----------
    asked
        Numbers of the lesions that are being diagnosed.
    """
    if not lesion.is_stale:
        return Standing.KNOWN
    if not is_looked_at(case.scan, lesion.mask):
        return Standing.OUTSIDE
    if lesion.number in asked:
        return Standing.ASKED
    return {NetworkStatus.READY: Standing.STALE, NetworkStatus.FAILED: Standing.UNUSABLE}.get(network.status, Standing.WAITING)


def standing_text(standing: Standing, *, has_answer: bool, diagnose_key: str) -> str:
    """Return what the reader is to know of a diagnosis that is not, or no longer, about the outline; empty where there is nothing to know."""
    if standing in (Standing.KNOWN, Standing.ASKED):
        return ""
    if standing is Standing.OUTSIDE:
        return "Not diagnosed: it lies outside the dashed frame, and the networks look at nothing else."
    begin = "The outline has changed" if has_answer else "Not diagnosed"
    diagnose = f"{diagnose_key} diagnoses it{' again' if has_answer else ''}"
    return {
        Standing.STALE: f"{begin}: {diagnose}." if diagnose_key else f"{begin}. Choose Diagnose in the menu Network.",
        Standing.WAITING: f"{begin}. It is diagnosed when the networks are ready.",
        Standing.UNUSABLE: f"{begin}: the networks cannot be used.",
    }[standing]
