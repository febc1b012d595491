"""What the Workspace gives and takes: notes, stored readings, and what can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from busi_gui.domain.approving import ApprovalKind
from busi_gui.domain.case import CaseStatus
from busi_gui.domain.edits import PackedReading
from busi_gui.domain.reading import Outcome
from busi_gui.domain.scan import Box, Spacing


class WorkspaceError(Exception):
    """The database cannot be read or written. The message is for the reader: where it is, why, and what to do."""


@dataclass(frozen=True)
class Note:
    """What is remembered of one scan.

    Attributes
    ----------
    status
        How far the reader is with it.
    p_malignant
        Of its most suspicious lesion when it was last analysed, in [0, 1]; None where none was found, or it never was.
    calibration
        The scale that the reader took from its ruler; None where he did not.
    field
        The part that the reader keeps of a picture with borders; None for all of it.
    is_analysed
        Whether the networks have ever looked at it: without a probability they then found no lesion.
    is_doubted
        Whether it then looked like no breast ultrasound.
    calibrated_shape
        Rows and columns of the frame on which the scale was taken: it holds for no frame of another size.
    p_low, p_high
        How far that probability moves with the outline, in [0, 1]; None where that is not known.
    opinions
        What each classifier said of that lesion, in [0, 1]; empty where one was asked, or it is not known.
    networks
        Version, names and hashes of the networks that looked at it last; empty where none did, or it is not known.
    """

    status: CaseStatus = CaseStatus.NEW
    p_malignant: float | None = None
    calibration: Spacing | None = None
    field: Box | None = None
    is_analysed: bool = False
    is_doubted: bool = False
    calibrated_shape: tuple[int, int] | None = None
    p_low: float | None = None
    p_high: float | None = None
    opinions: tuple[float, ...] = ()
    networks: str = ""


@dataclass(frozen=True, eq=False)
class StoredReading:
    """The reading of one frame as the Workspace holds it.

    Attributes
    ----------
    revision
        From 1, one more with each change.
    reader
        Who wrote it last: user and workstation.
    changed
        When, in UTC.
    packed
        What was set down; every mask in it can be unpacked.
    problem
        What of it cannot be understood and is left out, in sentences for the reader; empty where all is well. It is still in the Workspace, and stays
        there as an earlier revision when the frame is written anew.
    """

    revision: int
    reader: str
    changed: datetime
    packed: PackedReading
    problem: str = ""


@dataclass(frozen=True)
class ApprovalNote:
    """What there is to say of an approved frame without its pixels, see `Approval`.

    Attributes
    ----------
    outcomes
        The recorded outcome of each lesion, by their numbers; unknown where it is not said how it is known.
    thumbnail
        PNG, grey, the longer side at most 96 px, a white line around each lesion; empty where it was not asked for.
    problem
        What of it cannot be understood, a sentence for the reader; empty where all is well. Nothing is learned from it then.
    """

    key: str
    frame: int
    group: str
    kind: ApprovalKind
    outcomes: tuple[Outcome, ...]
    networks: str
    reader: str
    when: datetime
    digest: str
    is_held_out: bool
    thumbnail: bytes = b""
    problem: str = ""

    @property
    def lacks_outcome(self) -> bool:
        """Whether no classifier learns from one of its lesions, as no outcome of it is recorded."""
        return Outcome.UNKNOWN in self.outcomes


class ReadingConflict(Exception):  # noqa: N818 - somebody else was quicker, which is no error
    """Somebody else has written down another reading of the frame since it was read.

    Attributes
    ----------
    theirs
        What the Workspace holds.
    """

    def __init__(self, theirs: StoredReading) -> None:
        super().__init__(f"{theirs.reader} has changed this frame")
        self.theirs = theirs
