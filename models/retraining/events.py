"""What a fit tells whoever waits for it, one small record after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Event:
    """Something that was planned, measured or done."""

    name: ClassVar[str]

    def as_json(self) -> dict[str, object]:
        """Return the record as plain values, its name as ``event``."""
        return {"event": self.name, **asdict(self)}


@dataclass(frozen=True)
class Planned(Event):
    """What is going to be fitted.

    Attributes
    ----------
    cases, held_out
        Approved cases that are learned from, and those that are only compared on; copies are left out.
    steps
        Of each network that is fitted, by its name: ``segmenter``, ``classifier-scan`` …
    batch
        Scans a step.
    """

    name: ClassVar[str] = "planned"
    cases: int
    held_out: int
    steps: Mapping[str, int]
    batch: int


@dataclass(frozen=True)
class Doing(Event):
    """What is being done between steps, and how much of it, in [0, 1]; told often, so that a stop takes effect there too."""

    name: ClassVar[str] = "doing"
    what: str
    fraction: float


@dataclass(frozen=True)
class Paced(Event):
    """Seconds a step of a network takes, as measured on its first ones, and seconds left until every network is fitted."""

    name: ClassVar[str] = "paced"
    network: str
    seconds_a_step: float
    seconds_left: float


@dataclass(frozen=True)
class Stepped(Event):
    """A step of a network was taken: its number from 1, its loss, and seconds left until all are fitted, None before the pace is known."""

    name: ClassVar[str] = "step"
    network: str
    step: int
    loss: float
    seconds_left: float | None


@dataclass(frozen=True)
class Measured(Event):
    """Mean Dice of scans with a lesion after so many steps, on the clinic's held-out cases and on the replay pack's hold-out, None without a pack."""

    name: ClassVar[str] = "measured"
    step: int
    clinic: float
    base: float | None


@dataclass(frozen=True)
class Shown(Event):
    """What the segmenter outlines by now on a held-out case: a PNG of 0 and 255, at most 128 px on the longer side, in base64."""

    name: ClassVar[str] = "example"
    step: int
    case: str
    mask: str


@dataclass(frozen=True)
class Said(Event):
    """A decision in words: what stays as it is, and why."""

    name: ClassVar[str] = "said"
    text: str


@dataclass(frozen=True)
class Done(Event):
    """The proposed version is written; the share of the fitted weights in each network, 0 where it stays as it was."""

    name: ClassVar[str] = "done"
    version: str
    shares: Mapping[str, float]


@dataclass(frozen=True)
class Examined(Event):
    """The approved cases were examined before anything is fitted.

    Attributes
    ----------
    cases, usable
        How many are approved, and how many of them are learned from or compared on.
    suspicions
        What looks wrong, as ``Suspicion.as_json`` tells it.
    """

    name: ClassVar[str] = "examined"
    cases: int
    usable: int
    suspicions: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class Judged(Event):
    """Whether the proposal may be adopted, what speaks against it, what else there is to know, and all that was compared, None where nothing was."""

    name: ClassVar[str] = "judged"
    may_adopt: bool
    objections: tuple[str, ...]
    remarks: tuple[str, ...]
    comparison: Mapping[str, object] | None


@dataclass(frozen=True)
class Kept(Event):
    """The proposal is kept with the other versions, under this name."""

    name: ClassVar[str] = "kept"
    version: str


Tell = Callable[[Event], None]
"""Told every event; what it raises ends the work, and the last checkpoint stays."""


def event_of(values: Mapping[str, Any]) -> Event:
    """Return the event that ``as_json`` told of; ValueError where it is none."""
    kind = next((each for each in Event.__subclasses__() if each.name == values.get("event")), None)
    if kind is None:
        raise ValueError(f"no event: {values.get('event')!r}")
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if name != "event"}
    try:
        return kind(**told)
    except TypeError as error:
        raise ValueError(f"not all is told of {kind.name}: {error}") from error


def network_name(network: str) -> str:
    """Return what a network is called in a sentence, such as ``"classifier of the scan"``."""
    return network.replace("-", " of the ")
