"""Approval: one frame that its reader lets the networks learn from, as it was when he said so."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from busi_gui.domain.diagnosing import is_looked_at
from busi_gui.domain.reading import MaskSource, Outcome, OutcomeEvidence, OutcomeMethod, Outline, Reading
from busi_gui.domain.scan import Box, Identity, Pixels, Scan
from models.analysis import Mask

LONGEST_PX = 1024
"""Longer side of what is kept of a frame, at most: no network sees more."""
_NOBODY = {"", "anon", "anonymous", "anonymised", "anonymized", "anonymouspatient", "deidentified", "noname", "none", "patient", "unknown"}
"""What programs write in place of a patient's name or number, without blanks, signs and zeros: it names nobody, and all of them are not one."""


class NotApprovableError(ValueError):
    """Nothing can be learned from a frame as it is. The message is for the reader: why, and what to do."""


class ApprovalKind(Enum):
    """How what is approved came about; of several lesions that which was changed most counts."""

    ACCEPTED = "accepted"  # the network's outlines as they were
    CORRECTED = "corrected"
    DRAWN = "drawn"  # from nothing, or in another program
    EMPTY = "empty"  # no lesion


@dataclass(frozen=True, eq=False)
class ApprovedLesion:
    """One lesion of an approved frame.

    Attributes
    ----------
    number
        That of its outline.
    mask
        bool (rows, columns) of the approved pixels' size, True = lesion; never empty, read-only.
    outcome
        As the reader has chosen it.
    evidence
        How it is known.
    """

    number: int
    mask: Mask
    outcome: Outcome
    evidence: OutcomeEvidence

    @property
    def recorded_outcome(self) -> Outcome:
        """The outcome where it is said how it is known, else unknown: classifiers learn from no other."""
        return recorded_outcome(self.outcome, self.evidence.method)


@dataclass(frozen=True, eq=False)
class Approval:
    """One approved frame. Made by `approval_of`; the Workspace says of it whether it is held out.

    Attributes
    ----------
    key, frame
        Its file, by its `file_key`, and which frame of it, from 0.
    group
        Frames of one group show the same patient, see `patient_group`.
    pixels
        uint8 (rows, columns), the longer side at most ``LONGEST_PX``: what the networks look at of the frame; read-only.
    lesions
        By their numbers.
    networks
        Which networks outlined it, as `provenance` says it; empty where none did.
    reader, when
        Who has approved it, and when, in UTC.
    is_held_out
        The group is compared on, and never learned from.

    Raises
    ------
    ValueError
        It holds together in no way: a mask is empty or of another size, or the time has no zone.
    """

    key: str
    frame: int
    group: str
    pixels: Pixels
    lesions: tuple[ApprovedLesion, ...]
    kind: ApprovalKind
    networks: str
    reader: str
    when: datetime
    is_held_out: bool = False

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2 or not 0 < max(self.pixels.shape) <= LONGEST_PX:
            raise ValueError(f"what is approved is uint8 (rows, columns) of at most {LONGEST_PX}, not {self.pixels.dtype} {self.pixels.shape}")
        if any(lesion.mask.shape != self.pixels.shape or not lesion.mask.any() for lesion in self.lesions):
            raise ValueError("a lesion's mask is empty, or of another size than the pixels")
        if (self.kind is ApprovalKind.EMPTY) != (not self.lesions):
            raise ValueError(f"{len(self.lesions)} lesions in a frame that is {self.kind.value}")
        if self.when.utcoffset() is None:
            raise ValueError("the time has no zone")
        for array in (self.pixels, *(lesion.mask for lesion in self.lesions)):
            array.setflags(write=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what was approved: pixels, masks, outcomes and how they are known; 64 hex digits."""
        return _digest(self.pixels, self.lesions)


def approval_of(scan: Scan, reading: Reading, group: str, *, key: str, networks: str, reader: str, when: datetime) -> Approval:
    """Make an approval of a frame as it is now.

    Parameters
    ----------
    scan
        Of a picture with borders only its field is kept: the networks look at nothing else, and names are burned into borders.
    networks
        Which networks have looked at the frame; empty where none has.

    Raises
    ------
    NotApprovableError
        Nothing can be learned from it, and why.
    """
    if not reading.is_touched and not networks:
        raise NotApprovableError("Nothing has been set down on this frame yet. Have it analysed or outline what it shows, then approve it.")
    hidden = next((outline for outline in reading.outlines if outline.is_hidden), None)
    if hidden is not None:
        raise NotApprovableError(f"{hidden.title} is hidden. Show it, to see what you approve, or delete it.")
    pixels, lesions = _content(scan, reading)
    return Approval(key, scan.frame, group, pixels, lesions, _kind(reading.outlines), networks, reader, when)


def is_as_approved(approval_digest: str, scan: Scan, reading: Reading) -> bool:
    """Whether a frame and its reading are still what was approved: pixels, field, masks, outcomes and how they are known."""
    try:
        return _digest(*_content(scan, reading)) == approval_digest
    except NotApprovableError:
        return False


def recorded_outcome(outcome: Outcome, method: OutcomeMethod) -> Outcome:
    """Return an outcome where it is said how it is known, else unknown."""
    return outcome if method is not OutcomeMethod.UNKNOWN else Outcome.UNKNOWN


# who belongs together -----------------------------------------------------------------------------------------------------------------------------


def patient_group(identity: Identity, key: bytes, file: str) -> str:
    """Return what the scans of one patient have in common, from which nobody can tell who it is.

    Parameters
    ----------
    key
        The Workspace's own, kept secret: without it a list of names would be enough to find a patient's group.
    file
        The file's `file_key`: where the file names nobody, or what programs write in place of a name, it is a group of its own.

    Returns
    -------
    str
        ``"patient:"`` and 64 hex digits of an HMAC-SHA-256 of the patient's number, or name where there is none; else ``"file:"`` and ``file``.
    """
    named = (("number", identity.patient_id.strip()), ("name", " ".join(identity.name.replace("^", " ").split())))
    for kind, text in named:
        if re.sub(r"[\W_0]", "", text).casefold() not in _NOBODY:
            return f"patient:{hmac.new(key, f'{kind} {text.casefold()}'.encode('utf-8', 'replace'), hashlib.sha256).hexdigest()}"
    return f"file:{file}"


# what is approved ---------------------------------------------------------------------------------------------------------------------------------


def _content(scan: Scan, reading: Reading) -> tuple[Pixels, tuple[ApprovedLesion, ...]]:
    for outline in reading.outlines:
        _check(scan, outline)
    field = scan.field if scan.field is not None else Box(0, 0, *scan.shape)
    seen = scan.pixels[field.slices]
    if not np.ptp(seen):
        raise NotApprovableError("This frame shows nothing: all of it has the same grey. There is nothing to learn from it.")
    lesions = (
        ApprovedLesion(one.number, _small_mask(one.mask[field.slices]), one.assessment.outcome, one.assessment.evidence) for one in reading.outlines
    )
    return _small(seen), tuple(sorted(lesions, key=lambda lesion: lesion.number))


def _check(scan: Scan, outline: Outline) -> None:
    if outline.mask.shape != scan.shape:
        raise NotApprovableError(f"{outline.title} was outlined in a picture of another size than this frame. Delete it, and outline it anew.")
    if not is_looked_at(scan, outline.mask):
        raise NotApprovableError(
            f"{outline.title} lies outside the part of the picture that the networks look at. Choose a part that holds it, or delete it."
        )


def _kind(outlines: Iterable[Outline]) -> ApprovalKind:
    sources = {outline.source for outline in outlines}
    if not sources:
        return ApprovalKind.EMPTY
    if sources & {MaskSource.DRAWN, MaskSource.IMPORTED}:
        return ApprovalKind.DRAWN
    return ApprovalKind.CORRECTED if MaskSource.CORRECTED in sources else ApprovalKind.ACCEPTED


def _digest(pixels: Pixels, lesions: Iterable[ApprovedLesion]) -> str:
    lesions = tuple(lesions)
    said = [[one.number, one.outcome.value, one.evidence.method.value, one.evidence.date, _plain(one.evidence.source)] for one in lesions]
    digest = hashlib.sha256(json.dumps({"shape": pixels.shape, "lesions": said}).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    for lesion in lesions:
        digest.update(np.packbits(lesion.mask).data)
    return digest.hexdigest()


def _plain(text: str) -> str:
    """Return a text as every database keeps it."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


# made small ---------------------------------------------------------------------------------------------------------------------------------------


def _small(pixels: Pixels) -> Pixels:
    if max(pixels.shape) <= LONGEST_PX:
        return pixels.copy()
    return np.asarray((2 * _totals(pixels) + pixels.size) // (2 * pixels.size), np.uint8)


def _small_mask(mask: Mask) -> Mask:
    if max(mask.shape) <= LONGEST_PX:
        return mask.copy()
    covered = _totals(mask.view(np.uint8))
    # Half of a part, but of the smallest lesion something is left.
    return np.asarray(covered >= min((mask.size + 1) // 2, covered.max()))


def _totals(pixels: Pixels) -> npt.NDArray[np.int64]:
    """Return the means of equal parts of a picture, ``LONGEST_PX`` along its longer side, times how many pixels it has.

    In whole numbers: they are the same on every machine, or what was approved on one would seem changed on another.
    """
    scale = LONGEST_PX / max(pixels.shape)
    rows, columns = (max(1, round(side * scale)) for side in pixels.shape)
    return _sums(_sums(pixels, rows).T, columns).T


def _sums(values: npt.NDArray[np.integer], count: int) -> npt.NDArray[np.int64]:
    """Return the sums of the rows in each of ``count`` equal parts of all of them, times ``count``: rows on a border belong to two parts."""
    ends = np.arange(count + 1) * len(values)
    whole, rest = ends // count, ends % count
    sums = np.add.reduceat(values, whole[:-1], axis=0, dtype=np.int64) * count
    begun = values[np.minimum(whole, len(values) - 1)] * rest[:, None]
    return np.asarray(sums + np.diff(begun, axis=0))
