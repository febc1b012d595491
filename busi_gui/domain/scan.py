"""Scan: the read-only pixels of one ultrasound frame, its spacing, and where it came from."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


def content_key(pixels: Pixels, more: str = "") -> str:
    """Return what a scan is known by, wherever its file lies and whatever it is called: 40 hex digits of a hash of size and pixels.

    Parameters
    ----------
    pixels
        uint8 (rows, columns).
    more
        What else is to be the same.
    """
    digest = hashlib.blake2b((repr(pixels.shape) + more).encode(), digest_size=20)
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def file_key(first: Scan) -> str:
    """Return what a file is known by: a single picture by its pixels, a cine by its first readable frame and how many there are.

    A still is thus not taken for the cine that it was taken from. A first frame of one grey tells nothing of the cine, and a scale must never be
    taken for another's: such a cine is known by where it lies as well.
    """
    if first.frame_count == 1:
        return content_key(first.pixels)
    place = "" if np.ptp(first.pixels) else str(first.path)
    return content_key(first.pixels, f" {first.frame_count} {place}")


@dataclass(frozen=True)
class Spacing:
    """Millimetres from one pixel to the next, down the rows and along the columns; both positive."""

    row_mm: float
    column_mm: float

    def __post_init__(self) -> None:
        if not (self.row_mm > 0 and self.column_mm > 0):
            raise ValueError(f"spacing must be positive, not {self.row_mm} x {self.column_mm} mm")


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels, half open: rows ``top`` to ``bottom`` and columns ``left`` to ``right``, their ends not included."""

    top: int
    left: int
    bottom: int
    right: int

    def __post_init__(self) -> None:
        if not (0 <= self.top < self.bottom and 0 <= self.left < self.right):
            raise ValueError(f"no rectangle of pixels: {self}")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of its pixels in an array (rows, columns)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def holds(self, other: Box) -> bool:
        """Whether every pixel of the other lies in this one."""
        return self.top <= other.top and self.left <= other.left and other.bottom <= self.bottom and other.right <= self.right


@dataclass(frozen=True)
class Region:
    """A part of the picture that shows tissue at one scale."""

    box: Box
    spacing: Spacing


class Calibration(Enum):
    """Where the millimetres come from; said wherever one is shown."""

    NONE = "not calibrated"
    FILE = "calibrated by the file"
    HAND = "calibrated by hand"


@dataclass(frozen=True)
class Identity:
    """Who and when, as the file says; empty where it is silent. Kept apart: never in logs, nor in files that leave the program."""

    name: str = ""
    patient_id: str = ""
    study_date: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the file says nothing of whom it shows."""
        return not (self.name or self.patient_id or self.study_date)


@dataclass(frozen=True, eq=False)
class Scan:
    """One frame of an ultrasound file.

    Attributes
    ----------
    path
        The file.
    pixels
        uint8 (rows, columns) in [0, 255], 0 is black; read-only from birth.
    frame, frame_count
        Which frame the pixels are, from 0, of how many.
    frame_ms
        How long a frame is shown when the cine plays, in milliseconds; None where the file does not say.
    spacing
        The one scale of the whole picture. None where the file does not say, not credibly, or says several: then ``regions`` may know more.
    regions
        Parts with a scale of their own, as the file says, that do not overlap where they disagree.
    calibration
        Where the millimetres come from.
    coloured
        bool (rows, columns), True where the file has colour, as colour Doppler does; None where it has none.
    field
        The part that shows the ultrasound: the networks look at nothing else. None: all of it.
    identity
        Whom it shows.
    device
        Maker and model, empty where unknown.
    warnings
        Sentences for the reader about how the file was read.

    Raises
    ------
    ValueError
        The pixels are not uint8 (rows, columns) with at least one pixel.
    """

    path: Path
    pixels: Pixels = dataclasses.field(repr=False)
    frame: int = 0
    frame_count: int = 1
    frame_ms: float | None = None
    spacing: Spacing | None = None
    regions: tuple[Region, ...] = ()
    calibration: Calibration = Calibration.NONE
    coloured: npt.NDArray[np.bool_] | None = dataclasses.field(default=None, repr=False)
    field: Box | None = None
    identity: Identity = Identity()
    device: str = ""
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2 or self.pixels.size == 0:
            raise ValueError(f"a scan is uint8 (rows, columns), not {self.pixels.dtype} {self.pixels.shape}")
        pixels = np.ascontiguousarray(self.pixels)
        if pixels is self.pixels and pixels.flags.writeable:
            pixels = pixels.copy()
        pixels.setflags(write=False)
        object.__setattr__(self, "pixels", pixels)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.pixels.shape
        return rows, columns

    def spacing_within(self, box: Box) -> Spacing | None:
        """Return the scale that holds for all of a part of the picture: the whole picture's, or of a region that has the part inside it."""
        if self.spacing is not None and not self.regions:
            return self.spacing
        return next((region.spacing for region in self.regions if region.box.holds(box)), None)

    def calibrated(self, spacing: Spacing) -> Scan:
        """Return the scan with a scale that the reader took from its ruler: it holds for the whole picture, in place of the file's."""
        return replace(self, spacing=spacing, regions=(), calibration=Calibration.HAND)
