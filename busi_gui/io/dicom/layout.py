"""Layout: how a DICOM file says that its pixels are stored, checked before any memory is taken."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from busi_gui.io.dicom.header import EXPORT_AGAIN, Header
from busi_gui.io.dicom.values import first, number, text, value, whole_number
from busi_gui.io.errors import ReadError, check_size

_GREY = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})
_COLOURS = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})
_MOST_SAMPLES = 48 * 2**20
"""Samples of a frame, of at most 32 bits: no picture of medicine comes near, and decoding them takes seconds, not minutes."""
_DEPTHS = {"PixelData": (1, 8, 16, 32), "FloatPixelData": (32,), "DoubleFloatPixelData": (64,)}


@dataclass(frozen=True)
class Layout:
    """How the samples of one frame are stored.

    Attributes
    ----------
    rows, columns
        Size of the picture.
    samples
        1 of grey or palette, 3 of colours.
    photometric
        What they mean, DICOM's photometric interpretation.
    bits_allocated, bits_stored, high_bit
        Bits that a sample takes, of these used, and the place of the highest used.
    is_signed
        Whether a sample may be negative.
    planar
        1 where all of a frame's red comes first, 0 where the colours of a pixel lie together.
    """

    rows: int
    columns: int
    samples: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    planar: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def frame_bits(self) -> int:
        """Bits of one frame that is not compressed."""
        samples = self.rows * self.columns * self.samples
        if self.photometric == "YBR_FULL_422":
            samples = samples // 3 * 2
        return samples * self.bits_allocated


def layout_of(path: Path, header: Header, keyword: str) -> Layout:
    """Read how the pixels are stored, to be called inside `quietly`.

    Raises
    ------
    ReadError
        The size is absurd, the colours are of a kind that cannot be shown, or the header contradicts itself.
    """
    dataset = header.dataset
    rows, columns = _size(dataset, "Rows"), _size(dataset, "Columns")
    check_size(path, rows, columns)
    samples, photometric = _colours(path, dataset)
    allocated = whole_number(dataset, "BitsAllocated") or 0
    most_pixels = _MOST_SAMPLES * 32 // max(32, allocated) // samples
    if rows * columns > most_pixels:
        raise ReadError(
            f"{path.name} claims to be {columns} x {rows} pixels, more than the {most_pixels // 2**20} megapixels that can be read: "
            "it is damaged, or must be made smaller first."
        )
    stored = whole_number(dataset, "BitsStored") or allocated
    if allocated not in _DEPTHS[keyword] or not 1 <= stored <= allocated or (allocated == 1 and samples > 1):
        raise ReadError(f"{path.name} contradicts itself: it cannot store {stored} of {allocated} bits for a pixel. {EXPORT_AGAIN}.")
    high = number(dataset, "HighBit")
    high_bit = int(high) if high is not None and stored - 1 <= high < allocated else stored - 1
    is_signed = whole_number(dataset, "PixelRepresentation") == 1 and keyword == "PixelData" and allocated > 1
    planar = int(samples == 3 and whole_number(dataset, "PlanarConfiguration") == 1)
    return Layout(rows, columns, samples, photometric, allocated, stored, high_bit, is_signed, planar)


def frames_stated(dataset: Dataset) -> int:
    """Return how many frames a header tells of; what means nothing is one."""
    stated = whole_number(dataset, "NumberOfFrames")
    return stated if stated is not None and stated > 0 else 1


def _size(dataset: Dataset, keyword: str) -> int:
    """Return rows or columns, 0 where they are not one number."""
    stated = value(dataset, keyword)
    return 0 if stated is None or stated is not first(dataset, keyword) else max(0, whole_number(dataset, keyword) or 0)


def _colours(path: Path, dataset: Dataset) -> tuple[int, str]:
    """Return how many samples a pixel has, and what they mean."""
    photometric = text(dataset, "PhotometricInterpretation").upper().replace("PALETTE_COLOR", "PALETTE COLOR")
    samples = whole_number(dataset, "SamplesPerPixel")
    if not photometric and samples in (None, 1):  # older than DICOM itself
        photometric = "MONOCHROME2"
    if photometric not in _GREY | _COLOURS:
        raise ReadError(f"{path.name} stores its colours as {photometric or 'nothing known'}, which cannot be shown. {EXPORT_AGAIN}, in grey or RGB.")
    expected = 3 if photometric in _COLOURS else 1
    if samples not in (None, expected):
        raise ReadError(f"{path.name} contradicts itself: {photometric} cannot have {samples} samples for each pixel. {EXPORT_AGAIN}.")
    return expected, photometric


def whole_bytes(bits: int) -> int:
    """Return how many bytes hold so many bits."""
    return math.ceil(bits / 8)
