"""Stored values -> what the reader sees: grey of 8 bits, and where the file had colour."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from busi_gui.domain.scan import Pixels
from busi_gui.io.colours import Mask, coloured_in
from busi_gui.io.dicom.codecs import Stored
from busi_gui.io.dicom.layout import Layout
from busi_gui.io.dicom.tables import Table, colour_table, grey_table
from busi_gui.io.dicom.values import functional, items, number, text, varies_by_frame

Values = npt.NDArray[Any]

_STRIP = 2**20
_STRETCHED = "The file says neither what is black nor what is white: its darkest pixel is shown black, its brightest white."


class Renderer(ABC):
    """Makes stored values of one file grey.

    Attributes
    ----------
    warnings
        Sentences for the reader.
    """

    warnings: tuple[str, ...] = ()

    @abstractmethod
    def render(self, stored: Stored, frame: int) -> tuple[Pixels, Mask | None]:
        """Return a frame as uint8 (rows, columns) in [0, 255], 0 is black, and where it has colour, None where nowhere."""


def renderer_for(dataset: Dataset, layout: Layout, frame_count: int, *, is_little_endian: bool) -> Renderer | None:
    """Read how values become grey, to be called inside `quietly`; None where a palette is missing or contradicts itself."""
    if layout.samples == 3:
        return _Colours()
    if layout.photometric == "PALETTE COLOR":
        table = colour_table(dataset, is_signed=layout.is_signed, is_little_endian=is_little_endian)
        return None if table is None else _Palette(table)
    return _Greys(dataset, layout, frame_count, is_little_endian)


class _Colours(Renderer):
    def render(self, stored: Stored, frame: int) -> tuple[Pixels, Mask | None]:
        colours = stored.values
        if stored.bits != 8 or colours.dtype != np.uint8:
            colours = _in_eight_bits(colours, stored.bits)
        if not stored.is_rgb:
            colours = cv2.cvtColor(np.ascontiguousarray(colours[..., [0, 2, 1]]), cv2.COLOR_YCrCb2RGB)
        colours = np.ascontiguousarray(colours)
        return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.uint8), coloured_in(colours)


def _in_eight_bits(values: Values, bits: int) -> Pixels:
    """Return unsigned integers of another depth in [0, 255]."""
    result = np.empty(values.shape, np.uint8)
    rows = max(1, _STRIP // (values[0].size or 1))
    for top in range(0, len(values), rows):
        result[top : top + rows] = (values[top : top + rows] * (255 / (2**bits - 1))).round().clip(0, 255)
    return result


class _Palette(Renderer):
    def __init__(self, table: Table) -> None:
        colours = np.ascontiguousarray(table.entries[None])
        self._greys = Table(table.first, np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY))[0], 255.0)
        coloured = coloured_in(colours)
        self._coloured = None if coloured is None else Table(table.first, coloured[0], 1.0)

    def render(self, stored: Stored, frame: int) -> tuple[Pixels, Mask | None]:
        levels, lowest = _levels(stored.values)
        pixels = _looked_up(self._greys.look_up(levels), stored.values, lowest)
        if self._coloured is None:
            return pixels, None
        coloured = _looked_up(self._coloured.look_up(levels), stored.values, lowest)
        return pixels, coloured if coloured.any() else None


def _levels(values: Values) -> tuple[Values, int]:
    """Return every level between the lowest and the highest of integers, and the lowest."""
    lowest, highest = int(values.min()), int(values.max())
    return np.arange(lowest, highest + 1), lowest


def _looked_up(table: Values, values: Values, lowest: int) -> Values:
    """Return each value's entry of a table that begins with the lowest; by strips, since places take eight bytes for each pixel."""
    result = np.empty(values.shape, table.dtype)
    rows = max(1, _STRIP // values.shape[1])
    for top in range(0, len(values), rows):
        result[top : top + rows] = table[values[top : top + rows].astype(np.int64) - lowest]
    return result


@dataclass(frozen=True)
class _Window:
    """Which values are black and white, of DICOM's three shapes (PS3.3, C.11.2.1.2 and C.11.2.1.3)."""

    shape: str
    centre: float
    width: float

    def apply(self, values: Values) -> Values:
        """Return values in [0, 1]."""
        if self.shape == "SIGMOID":
            return np.asarray(1 / (1 + np.exp(np.clip(-4 * (values - self.centre) / self.width, -500, 500))))
        if self.shape == "LINEAR_EXACT":
            return np.clip((values - self.centre) / self.width + 0.5, 0, 1)
        if self.width == 1:
            return np.where(values > self.centre - 0.5, 1.0, 0.0)
        return np.clip((values - (self.centre - 0.5)) / (self.width - 1) + 0.5, 0, 1)


@dataclass(frozen=True)
class _Scale:
    """From stored values to their meaning, and from that to grey."""

    slope: float = 1.0
    intercept: float = 0.0
    modality: Table | None = None
    voi: Table | None = None
    window: _Window | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it changes nothing."""
        return self.slope == 1 and self.intercept == 0 and self.modality is None and not self.has_ends

    @property
    def has_ends(self) -> bool:
        """Whether it says what is black and white."""
        return self.voi is not None or self.window is not None

    def meant(self, values: Values) -> Values:
        """Return what stored values mean, in float64."""
        if self.modality is not None:
            return self.modality.look_up(values).astype(np.float64)
        return values.astype(np.float64) * self.slope + self.intercept

    def apply(self, values: Values, ends: tuple[float, float]) -> Pixels:
        """Return stored values as uint8; ``ends`` are what is meant by black and white where the file does not say."""
        meant = self.meant(values)
        if self.voi is not None:
            shown = self.voi.look_up(meant.round()) / self.voi.white
        elif self.window is not None:
            shown = self.window.apply(meant)
        else:
            shown = (meant - ends[0]) / ((ends[1] - ends[0]) or 1.0)
        return np.asarray((shown * 255).round().clip(0, 255), np.uint8)


class _Greys(Renderer):
    def __init__(self, dataset: Dataset, layout: Layout, frame_count: int, is_little_endian: bool) -> None:
        has_own = varies_by_frame(dataset, "FrameVOILUTSequence") or varies_by_frame(dataset, "PixelValueTransformationSequence")
        frames = range(frame_count if has_own else 1)
        self._scales = [_scale(dataset, frame, layout.is_signed, is_little_endian) for frame in frames]
        self._is_inverted = layout.photometric == "MONOCHROME1"
        self._white = 2.0**layout.bits_stored - 1 if layout.bits_stored <= 8 and not layout.is_signed else None
        if not self._scales[0].has_ends and (self._white is None or not self._scales[0].is_plain):
            self.warnings = (_STRETCHED,)

    def render(self, stored: Stored, frame: int) -> tuple[Pixels, Mask | None]:
        scale = self._scales[min(frame, len(self._scales) - 1)]
        values = stored.values
        if values.dtype.kind == "f":
            pixels = self._each(scale, _finite(values))
        elif int(values.max()) - int(values.min()) >= 2**16:
            pixels = self._each(scale, values)
        else:
            # By a table of all levels: a picture's worth of float64 is eight times the picture, several times over.
            levels, lowest = _levels(values)
            pixels = _looked_up(scale.apply(levels, self._ends(scale, levels, stored.bits)), values, lowest)
        return 255 - pixels if self._is_inverted else pixels, None

    def _each(self, scale: _Scale, values: Values) -> Pixels:
        """Render values that are too many different ones for a table, by strips."""
        ends = scale.meant(np.array([values.min(), values.max()]))
        rows = max(1, _STRIP // values.shape[1])
        strips = [scale.apply(values[top : top + rows], (ends.min(), ends.max())) for top in range(0, len(values), rows)]
        return np.concatenate(strips)

    def _ends(self, scale: _Scale, levels: Values, bits: int) -> tuple[float, float]:
        if self._white is not None and bits <= 8 and scale.is_plain:
            return 0.0, self._white
        meant = scale.meant(levels)
        return float(meant.min()), float(meant.max())


def _finite(values: Values) -> Values:
    """Return floats with the lowest of them in place of what is no number."""
    is_finite = np.isfinite(values)
    return values if is_finite.all() else np.where(is_finite, values, values.min(where=is_finite, initial=np.inf) if is_finite.any() else 0)


def _scale(dataset: Dataset, frame: int, is_signed: bool, is_little_endian: bool) -> _Scale:
    rescaled = functional(dataset, frame, "PixelValueTransformationSequence") or dataset
    slope, intercept = number(rescaled, "RescaleSlope"), number(rescaled, "RescaleIntercept")
    if not slope or intercept is None:
        slope, intercept = 1.0, 0.0
    modality = _table(dataset, "ModalityLUTSequence", is_signed, is_little_endian)
    voi = _table(dataset, "VOILUTSequence", is_signed or intercept < 0, is_little_endian)
    return _Scale(slope, intercept, modality, voi, _window(functional(dataset, frame, "FrameVOILUTSequence") or dataset))


def _table(dataset: Dataset, keyword: str, is_signed: bool, is_little_endian: bool) -> Table | None:
    """Return the first table of a sequence, None where there is none of use."""
    found = items(dataset, keyword)
    return grey_table(found[0], is_signed=is_signed, is_little_endian=is_little_endian) if found else None


def _window(dataset: Dataset) -> _Window | None:
    """Return the first window that a file states, None where it is of no use: a width of 0 is a placeholder that some machines write."""
    shape = text(dataset, "VOILUTFunction").upper() or "LINEAR"
    centre, width = number(dataset, "WindowCenter"), number(dataset, "WindowWidth")
    if centre is None or width is None or shape not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        return None
    return _Window(shape, centre, width) if width >= 1 or (width > 0 and shape != "LINEAR") else None
