"""How far a retraining is: a value that each event of its process takes further."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from models.retraining.events import Doing, Done, Event, Examined, Judged, Kept, Measured, Paced, Planned, Said, Shown, Stepped, network_name
from models.retraining.evidence import Evidence

_FITTING, _WRITTEN = 0.84, 0.93
"""Shares of the time after which networks are fitted, and the proposal is written, measured with 20 cases; with more, all of it takes longer."""


class RetrainingStatus(Enum):
    """Whether something is under way, and how it ended."""

    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    """By the reader: what was fitted is kept, and the same cases go on from there."""
    JUDGED = "judged"
    """To the end: a proposal, or why there is none."""
    FAILED = "failed"


@dataclass(frozen=True)
class CaseSuspicion:
    """Something that looks wrong with approved cases: their keys, a sentence for the reader, and whether it stops everything."""

    keys: frozenset[str]
    sentence: str
    stops: bool


@dataclass(frozen=True)
class RetrainingProgress:
    """What is known of a retraining.

    Attributes
    ----------
    doing
        What is being done, in words; empty before the first event and after the last.
    fraction
        Of all that is to be done, in [0, 1], never less than before: networks are fitted in most of the time, old and new are compared in the rest.
        0 before the first step.
    planned
        What is going to be fitted; None before that is known.
    suspicions
        What looked wrong with the cases.
    losses
        By network the loss of each step, as (step from 1, loss).
    measured
        Dice of the held-out cases after so many steps.
    outlines
        By case, as ``KEY-FRAME``, what the segmenter outlines in it by now: a PNG of 0 and 255, the longer side at most 128 px.
    seconds_left
        Until the end; None before the pace is known, and once it is known no more.
    is_fitted
        Whether nothing is left but to measure and to compare.
    shares
        By network, how much of what was fitted is taken over, in [0, 1]; empty before that is chosen.
    said
        What was decided on the way, in sentences.
    judged
        What came of it; None before the end, or without one.
    kept
        Name of the proposed version; empty where none is kept.
    problem
        Why it failed, in a sentence for the reader.
    """

    status: RetrainingStatus = RetrainingStatus.IDLE
    doing: str = ""
    fraction: float = 0.0
    planned: Planned | None = None
    suspicions: tuple[CaseSuspicion, ...] = ()
    losses: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    measured: tuple[Measured, ...] = ()
    outlines: Mapping[str, bytes] = field(default_factory=dict)
    seconds_left: float | None = None
    is_fitted: bool = False
    shares: Mapping[str, float] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    judged: Judged | None = None
    kept: str = ""
    problem: str = ""

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.status in (RetrainingStatus.RUNNING, RetrainingStatus.STOPPING)

    @property
    def evidence(self) -> Evidence | None:
        """What old and new networks came to; None where nothing was compared, or it cannot be understood."""
        if self.judged is None or self.judged.comparison is None:
            return None
        try:
            return Evidence.from_json(dict(self.judged.comparison))
        except (KeyError, TypeError, ValueError):
            return None

    def suspicions_of(self, key: str) -> list[CaseSuspicion]:
        """Return what looked wrong with a case, named as ``KEY-FRAME``."""
        return [each for each in self.suspicions if key in each.keys]

    def after(self, event: Event) -> RetrainingProgress:
        """Return what is known after another event."""
        change = _CHANGES.get(type(event))
        return self if change is None else replace(self, **change(self, event))

    def _stepped(self, event: Stepped) -> dict[str, Any]:
        before, fitted = self.losses.get(event.network, ()), self._share_at(event.network, event.step)
        said = self.said
        if not before and event.step > 1:
            said = (*said, f"The {network_name(event.network)} goes on from step {event.step} of an earlier run of the same cases.")
        return {
            "doing": f"fitting the {network_name(event.network)}",
            "fraction": max(self.fraction, _FITTING * fitted),
            "losses": {**self.losses, event.network: (*before, (event.step, event.loss))},
            "seconds_left": self.seconds_left if event.seconds_left is None else _to_the_end(event.seconds_left, fitted),
            "said": said,
        }

    def _went_on(self, event: Doing) -> dict[str, Any]:
        is_fitted = self.is_fitted or self._fitted_share() >= 1
        change: dict[str, Any] = {"doing": event.what, "is_fitted": is_fitted}
        return {**change, "fraction": max(self.fraction, _FITTING), "seconds_left": None} if is_fitted else change

    def _fitted_share(self) -> float:
        """Return the share of all steps that were taken."""
        last = {name: points[-1][0] for name, points in self.losses.items() if points}
        planned = self.planned.steps if self.planned is not None else {}
        name = next((name for name in reversed(list(planned)) if name in last), None)
        return self._share_at(name, last[name]) if name is not None else 0.0

    def _share_at(self, network: str, step: int) -> float:
        """Return the share of all steps that are behind a step; a network that ended early is as good as one that took all."""
        steps = self.planned.steps if self.planned is not None else {}
        if network not in steps:
            return 0.0
        networks = list(steps)
        taken = step + sum(steps[name] for name in networks[: networks.index(network)])
        return min(1.0, taken / max(1, sum(steps.values())))


def _to_the_end(seconds: float, fitted: float) -> float:
    """Return the seconds left to the end where so many are left to fit, and this share of all steps was taken."""
    return seconds + (seconds / (1 - fitted) if fitted < 1 else 0.0) * (1 - _FITTING) / _FITTING


def _suspicion(told: Mapping[str, Any]) -> CaseSuspicion:
    return CaseSuspicion(frozenset(told["keys"]), str(told["sentence"]), bool(told["stops"]))


def _png(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


_CHANGES: dict[type[Event], Callable[[RetrainingProgress, Any], dict[str, Any]]] = {
    Doing: RetrainingProgress._went_on,  # noqa: SLF001 - its own
    Examined: lambda _, event: {"suspicions": tuple(_suspicion(each) for each in event.suspicions)},
    Planned: lambda _, event: {"planned": event},
    Paced: lambda _, event: {"seconds_left": _to_the_end(event.seconds_left, 0.0)},
    Stepped: RetrainingProgress._stepped,  # noqa: SLF001 - its own
    Measured: lambda progress, event: {"measured": (*progress.measured, event)},
    Shown: lambda progress, event: {"outlines": {**progress.outlines, event.case: _png(event.mask)}},
    Said: lambda progress, event: {"said": (*progress.said, event.text)},
    Done: lambda progress, event: {"seconds_left": None, "is_fitted": True, "fraction": max(progress.fraction, _WRITTEN), "shares": event.shares},
    Judged: lambda _, event: {"judged": event, "doing": "", "fraction": 1.0},
    Kept: lambda _, event: {"kept": event.version},
}
