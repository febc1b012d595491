"""The frames of a DICOM file: how many are there, where each lies, and its stored values, decoded one at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from busi_gui.io.dicom.codecs import CodecError, Stored, Values, decode
from busi_gui.io.dicom.fragments import Fragment, extended_offsets, find_fragments, frames_of
from busi_gui.io.dicom.header import EXPORT_AGAIN, Header, PixelElement
from busi_gui.io.dicom.layout import Layout, frames_stated, whole_bytes
from busi_gui.io.dicom.values import value
from busi_gui.io.errors import ReadError

_PLAIN = frozenset({ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian})
_MOST_FRAMES = 100_000
"""An hour of ultrasound; a header that tells of more is wrong."""
_MORE = "The file holds more pixels than its header tells of: part of the picture may be missing."
_MORE_FRAMES = "The file holds more frames than the {} its header tells of: the rest is not shown."


@dataclass(frozen=True)
class Extent:
    """Which frames there are.

    Attributes
    ----------
    count
        Frames that the file has or, where it was cut short, should have.
    lost
        Those, from 0, that are not there, or not whole.
    warnings
        Sentences for the reader.
    """

    count: int
    lost: frozenset[int] = field(default_factory=frozenset)
    warnings: tuple[str, ...] = ()


class Frames(ABC):
    """The frames of an open file."""

    extent: Extent

    @abstractmethod
    def stored(self, frame: int) -> Stored:
        """Decode one frame that is not known to be lost.

        Raises
        ------
        CodecError
            It is damaged, or of a kind that cannot be decoded.
        """


def frames_in(path: Path, header: Header, pixels: PixelElement, layout: Layout) -> Frames:
    """Find a file's frames, to be called inside `quietly`.

    Raises
    ------
    ReadError
        Not one of them is there.
    """
    # A length of its own, and the right one, says that pixels are not compressed, better than a label does.
    if header.syntax not in _PLAIN:
        _check_syntax(path, header.syntax)
    if pixels.length is None or (header.syntax not in _PLAIN and not _has_plain_length(header, pixels, layout)):
        return CompressedFrames(path, header, pixels, layout)
    return PlainFrames(path, header, pixels, layout)


def _has_plain_length(header: Header, pixels: PixelElement, layout: Layout) -> bool:
    expected = whole_bytes(layout.frame_bits * frames_stated(header.dataset))
    return pixels.length in (expected, expected + 1)


class PlainFrames(Frames):
    """Frames that are not compressed."""

    def __init__(self, path: Path, header: Header, pixels: PixelElement, layout: Layout) -> None:
        self._header, self._pixels = header, pixels
        stated = frames_stated(header.dataset)
        there = max(0, min(pixels.length or 0, header.file.seek(0, 2) - pixels.start))
        full = replace(layout, photometric="YBR_FULL")
        if layout.photometric == "YBR_FULL_422" and there >= whole_bytes(full.frame_bits * stated):
            layout = full  # labelled as if its colours were halved, but they are not
        self._layout = layout
        expected = whole_bytes(layout.frame_bits * stated)
        whole = 8 * there // layout.frame_bits
        if whole == 0:
            raise ReadError(f"{path.name} was cut short: only {there} of {expected} bytes of its picture are there. Copy or export it again.")
        is_more = there - expected > max(1, whole_bytes(layout.frame_bits) // layout.rows)
        self.extent = _extent(stated, whole, is_cut=there < expected, is_more=is_more, more=_MORE)

    def stored(self, frame: int) -> Stored:
        """Return one frame's values."""
        layout, file = self._layout, self._header.file
        if layout.bits_allocated == 1:
            return Stored(self._bits(frame), 1)
        file.seek(self._pixels.start)
        decoder = get_decoder(ExplicitVRLittleEndian if self._header.is_little_endian else ExplicitVRBigEndian)
        options: dict[str, Any] = {
            "rows": layout.rows,
            "columns": layout.columns,
            "samples_per_pixel": layout.samples,
            "photometric_interpretation": layout.photometric,
            "planar_configuration": layout.planar,
            "pixel_representation": int(layout.is_signed),
            "bits_allocated": layout.bits_allocated,
            "bits_stored": layout.high_bit + 1,
            "number_of_frames": self.extent.count,
            "pixel_keyword": self._pixels.keyword,
            "pixel_vr": self._pixels.vr,
        }
        # Without validation, which warns, and compares the whole file.
        values, _ = decoder.as_array(file, index=frame, validate=False, raw=True, **options)
        values = values.astype(values.dtype.newbyteorder("="), copy=False)
        if values.dtype.kind in "ui" and layout.high_bit >= layout.bits_stored:
            values = values >> (layout.high_bit + 1 - layout.bits_stored)
        return Stored(values, layout.bits_stored, layout.photometric not in ("YBR_FULL", "YBR_FULL_422"))

    def _bits(self, frame: int) -> Values:
        """Return a frame of single bits, eight to a byte, the lowest first; a frame may begin in the middle of a byte."""
        size = self._layout.rows * self._layout.columns
        first, skipped = divmod(frame * size, 8)
        self._header.file.seek(self._pixels.start + first)
        packed = np.frombuffer(self._header.file.read(whole_bytes(skipped + size)), np.uint8)
        return np.unpackbits(packed, bitorder="little")[skipped : skipped + size].reshape(self._layout.shape)


class CompressedFrames(Frames):
    """Frames that are compressed, each in one fragment or in several."""

    def __init__(self, path: Path, header: Header, pixels: PixelElement, layout: Layout) -> None:
        self._file, self._layout, self._syntax = header.file, layout, header.syntax
        stated = frames_stated(header.dataset)
        found = find_fragments(header.file, pixels.start)
        table = extended_offsets(value(header.dataset, "ExtendedOffsetTable")) or found.table
        self._frames = frames_of(found, table, stated, has_one_each=header.syntax == RLELossless)
        damaged = frozenset(number for number, pieces in enumerate(self._frames) if not _is_whole(pieces))
        if len(damaged) == len(self._frames):
            raise ReadError(f"{path.name} was cut short: its picture is missing, or only begins. Copy or export it again.")
        is_more = len(self._frames) > stated
        more = _MORE_FRAMES.format(f"{stated} frames" if stated > 1 else "one")
        self.extent = _extent(stated, len(self._frames), is_cut=not found.is_complete, is_more=is_more, more=more, damaged=damaged)

    def stored(self, frame: int) -> Stored:
        """Decode one frame."""
        return decode(b"".join(self._read(piece) for piece in self._frames[frame]), self._layout, self._syntax)

    def _read(self, piece: Fragment) -> bytes:
        self._file.seek(piece.start)
        content = self._file.read(piece.length)
        if len(content) < piece.length:
            raise CodecError("the file has become shorter since it was opened")
        return content


def _check_syntax(path: Path, syntax: UID) -> None:
    """Raise ReadError for what is compressed in a way that nothing here decodes: films, and what is newer than this program."""
    try:
        get_decoder(syntax)
    except NotImplementedError as error:
        raise ReadError(f"{path.name} is compressed as {syntax.name}, which cannot be decoded yet. {EXPORT_AGAIN}, uncompressed.") from error


def _is_whole(pieces: tuple[Fragment, ...]) -> bool:
    return all(piece.is_whole for piece in pieces) and any(piece.length for piece in pieces)


def _extent(stated: int, found: int, *, is_cut: bool, is_more: bool, more: str, damaged: frozenset[int] = frozenset()) -> Extent:
    """Compare the frames in a file with its header's number of them, and say what does not agree."""
    if stated > _MOST_FRAMES:
        note = f"The file claims to hold {stated} frames; those that are there are shown."
        return Extent(found, damaged, (note,))
    lost = frozenset(number for number in damaged | set(range(found, stated)) if number < stated)
    notes = (more,) if is_more else ()
    if lost:
        notes = (*notes, _missing(sorted(lost), stated, is_cut))
    return Extent(stated, lost, notes)


def _missing(lost: list[int], count: int, is_cut: bool) -> str:
    """Return the sentence that says which frames are missing, counted from 1, neighbours together."""
    runs = [[number + 1 for _, number in run] for _, run in groupby(enumerate(lost), lambda pair: pair[1] - pair[0])]
    named = ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs[:5]) + (", …" if len(runs) > 5 else "")
    which = f"Frames {named} of {count} are" if len(lost) > 1 else f"Frame {named} of {count} is"
    return f"{which} missing: {'the file was cut short' if is_cut else 'the file does not hold all that its header tells of'}."
