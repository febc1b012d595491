"""Scan: the read-only pixels of one ultrasound frame, its spacing, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Spacing:
    """Millimetres from one pixel to the next, down the rows and along the columns; both positive."""

    row_mm: float
    column_mm: float

    def __post_init__(self) -> None:
        if not (self.row_mm > 0 and self.column_mm > 0):
            raise ValueError(f"spacing must be positive, not {self.row_mm} x {self.column_mm} mm")


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
    spacing
        None where the file does not say, or not credibly: then nothing is measured in millimetres.
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
    pixels: Pixels = field(repr=False)
    frame: int = 0
    frame_count: int = 1
    spacing: Spacing | None = None
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
