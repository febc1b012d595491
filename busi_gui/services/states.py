"""What services announce: small frozen values that views draw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.analysis import NetworkInfo


class NetworkStatus(Enum):
    """Where the networks are on their way to being of use."""

    LOADING = "loading"
    PREPARING = "preparing"  # flatbuffers are being derived from the weights, once for each version
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class NetworkState:
    """State of the networks; ``info`` is set when they are ready, ``message`` says in a sentence why they failed."""

    status: NetworkStatus
    info: NetworkInfo | None = None
    message: str = ""


@dataclass(frozen=True)
class Activity:
    """What is being done for the case on screen: a word for it ("reading", "segmenting" …) and how far, in [0, 1]."""

    stage: str
    fraction: float
    can_stop: bool
