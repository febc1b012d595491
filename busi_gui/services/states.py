"""What services announce: small frozen values that views draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.cine import FrameFinding
from busi_gui.store.records import ApprovalNote
from busi_gui.store.records import WorkspaceError as KeepingError
from models.analysis import NetworkInfo

__all__ = [
    "Activity",
    "ApprovalNote",
    "ApprovalState",
    "CaseEntry",
    "CineState",
    "FrameApproval",
    "FrameFinding",
    "KeepingError",
    "NetworkState",
    "NetworkStatus",
]


class NetworkStatus(Enum):
    """Where the networks are on their way to being of use."""

    LOADING = "loading"
    PREPARING = "preparing"  # flatbuffers are being derived from the weights, once for each version
    READY = "ready"
    FAILED = "failed"


_LEAST_FINDINGS = 2
"""Fewer are no curve."""


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


@dataclass(frozen=True)
class CineState:
    """Where the reader is in a file of several frames.

    Attributes
    ----------
    frame, frame_count
        The frame on screen, from 0, of how many.
    frame_ms
        How long each is shown when the cine plays.
    has_stated_rate
        Whether the file says so, or it is the program's guess.
    is_playing, is_looping
        Whether it plays, and whether it then begins again.
    unreadable
        Frames that are damaged or missing.
    findings
        What was found in the frames analysed so far.
    key_frame
        The frame proposed for reading, once all were analysed; None before, and where no frame shows a lesion.
    """

    frame: int
    frame_count: int
    frame_ms: float
    has_stated_rate: bool
    is_playing: bool = False
    is_looping: bool = True
    unreadable: frozenset[int] = frozenset()
    findings: Mapping[int, FrameFinding] = field(default_factory=dict)
    key_frame: int | None = None

    @property
    def has_curves(self) -> bool:
        """Whether enough was found to draw a curve along the frames."""
        return len(self.findings) >= _LEAST_FINDINGS


class ApprovalState(Enum):
    """Whether the networks may learn from a frame."""

    UNKNOWN = "unknown"
    NOT_APPROVED = "not approved"
    APPROVED = "approved"
    CHANGED = "changed"  # it was approved, and is another now


@dataclass(frozen=True)
class FrameApproval:
    """What there is to say of a frame's approval.

    Attributes
    ----------
    note
        The approval that the Workspace holds; None where it holds none.
    problem
        Why it is not known whether the frame is approved: a sentence for the reader, empty where all is well.
    """

    state: ApprovalState = ApprovalState.UNKNOWN
    note: ApprovalNote | None = None
    problem: str = ""


@dataclass(frozen=True)
class CaseEntry:
    """What the list of cases knows of one file.

    Attributes
    ----------
    is_read
        Whether the file was looked at; until then only the path is known, and what the reader did in this sitting.
    status
        How far the reader is with it.
    is_analysed
        Whether the networks have ever looked at it.
    p_malignant
        Of its most suspicious lesion, in [0, 1]; None where none was found, or it was never analysed.
    frame_count
        Frames of the file.
    modified
        When the file was last changed, in seconds since 1970; None where the drive does not say.
    is_doubted
        Whether it then looked like no breast ultrasound: the probability means nothing.
    error
        Why the file cannot be read, a sentence for the reader; empty where it can.
    p_low, p_high, opinions, networks
        What tells whether the verdict is doubtful, and which networks gave it; as in a ``Note``.
    approvals
        Of its frames, without thumbnails; empty where none is approved.
    """

    path: Path
    is_read: bool = False
    status: CaseStatus = CaseStatus.NEW
    is_analysed: bool = False
    p_malignant: float | None = None
    frame_count: int = 1
    modified: float | None = None
    error: str = ""
    is_doubted: bool = False
    p_low: float | None = None
    p_high: float | None = None
    opinions: tuple[float, ...] = ()
    networks: str = ""
    approvals: tuple[ApprovalNote, ...] = ()
