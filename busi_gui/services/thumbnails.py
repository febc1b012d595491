"""A look at a file for the list of cases: a small picture, how many frames, and what its pixels are known by."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtGui import QImage

from busi_gui.domain.scan import Pixels, file_key
from busi_gui.io.errors import ReadError
from busi_gui.io.scans import open_scan

THUMBNAIL_PX = 128
"""Longer side of a thumbnail: sharp in a list on a screen of twice the usual pixels, and small enough for thousands of them (16 KiB at most)."""


@dataclass(frozen=True)
class Look:
    """What one look at a file found.

    Attributes
    ----------
    key
        What the scan is known by, see `file_key`; empty where it cannot be read.
    image
        Of its first readable frame, grey, aspect kept; None where it cannot be read.
    frame_count
        Frames of the file.
    modified
        When the file was last changed, in seconds since 1970; None where the drive does not say.
    error
        Why it cannot be read, a sentence for the reader; empty where it can.
    """

    path: Path
    key: str = ""
    image: QImage | None = None
    frame_count: int = 1
    modified: float | None = None
    error: str = ""


def look_at(path: Path) -> Look:
    """Read the first readable frame of a file and make it small."""
    modified = _modified(path)
    try:
        with open_scan(path) as file:
            scan, _ = file.read_first()
            return Look(path, file_key(scan), thumbnail_of(scan.pixels), file.frame_count, modified)
    except ReadError as error:
        return Look(path, modified=modified, error=str(error))


def thumbnail_of(pixels: Pixels) -> QImage:
    """Return a scan, uint8 (rows, columns), as a small grey picture; one that is small already stays as it is."""
    rows, columns = pixels.shape
    scale = min(1.0, THUMBNAIL_PX / max(rows, columns))
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    # Every pixel has its share: speckle that is merely picked from would glitter.
    small = np.ascontiguousarray(pixels if scale == 1 else cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    return QImage(small.data, *size, small.strides[0], QImage.Format.Format_Grayscale8).copy()


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None
