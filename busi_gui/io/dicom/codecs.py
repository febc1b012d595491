"""Compressed frames -> stored values: one decoder for each way of compressing, and no more memory than the header promised.

Nothing here touches pydicom, whose settings belong to the whole process: frames are decoded without its lock.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import openjpeg
from PIL import Image
from pydicom.uid import UID, RLELossless

from busi_gui.io.decoding import process as decoder_process
from busi_gui.io.dicom.bitstreams import Bitstream, Coding, examine, tidied
from busi_gui.io.dicom.layout import Layout

Values = npt.NDArray[Any]

_LARGEST_BORDER = 16
"""Pixels by which a compressed picture may be larger than the header says: some encoders fill up to whole blocks."""
_MOST_VISITS = 640 * 2**20
"""Pixels, times how often a decoder must go over them."""

_DEPTHS = {
    Coding.JPEG: (8,),
    Coding.JPEG_DEEP: (12,),
    Coding.JPEG_LOSSLESS: range(2, 17),
    Coding.JPEG_LS: range(2, 17),
    Coding.JPEG_2000: range(1, 33),
}

_END = b"\xff\xd9"
_PADDING = 16


class CodecError(Exception):
    """A frame cannot be decoded. The message is why, a clause without a name or a full stop."""


@dataclass(frozen=True)
class Stored:
    """A decoded frame, not yet made grey.

    Attributes
    ----------
    values
        Integers or floats (rows, columns), or (rows, columns, 3).
    bits
        Bits of an integer in use.
    is_rgb
        Whether three samples are red, green and blue, not brightness and colour differences.
    """

    values: Values
    bits: int
    is_rgb: bool = True


def decode(encoded: bytes, layout: Layout, syntax: UID) -> Stored:
    """Decode a compressed frame; what it says of itself decides how, not what the file is labelled as.

    Raises
    ------
    CodecError
        It is damaged, of a kind that cannot be decoded, or another picture than the header tells of.
    """
    if syntax == RLELossless and not encoded.startswith((b"\xff\xd8\xff", b"\xff\x4f\xff\x51")):
        return Stored(_as_stored(_run_lengths(encoded, layout), layout.bits_stored, layout.is_signed), layout.bits_stored, _is_rgb(layout))
    stream = examine(encoded)
    if stream is None:
        raise CodecError("its first bytes are no compressed picture's")
    _check(stream, layout)
    try:
        values = _DECODERS[stream.coding](encoded, stream, layout)
    except decoder_process.DecoderError as error:
        raise CodecError(str(error)) from error
    except (RuntimeError, ValueError, TypeError, OSError, SyntaxError) as error:  # what the decoders raise; Pillow, even that it is no JPEG
        raise CodecError(f"its {stream.coding.value} data is damaged, or of a rare kind") from error
    is_rgb = stream.is_rgb if stream.is_rgb is not None else _is_rgb(layout)
    return Stored(values[: layout.rows, : layout.columns], stream.bits, is_rgb or stream.coding is Coding.JPEG)


def _is_rgb(layout: Layout) -> bool:
    return layout.photometric not in ("YBR_FULL", "YBR_FULL_422")


def _check(stream: Bitstream, layout: Layout) -> None:
    """Compare a compressed picture with its header before memory is taken for it."""
    over = (stream.rows - layout.rows, stream.columns - layout.columns)
    if not all(0 <= pixels <= _LARGEST_BORDER for pixels in over):
        real, stated = f"{stream.columns} x {stream.rows}", f"{layout.columns} x {layout.rows}"
        raise CodecError(f"its picture is {real} pixels, but its header says {stated}")
    if stream.samples != layout.samples:
        raise CodecError(f"its picture has {stream.samples} samples for each pixel, but its header says {layout.samples}")
    if stream.bits not in _DEPTHS[stream.coding]:
        raise CodecError(f"its picture claims {stream.bits} bits, which {stream.coding.value} cannot have")
    if stream.scans * stream.rows * stream.columns > _MOST_VISITS:
        raise CodecError(f"its picture is built up in {stream.scans} passes, which no ultrasound machine does")


def _jpeg(encoded: bytes, stream: Bitstream, layout: Layout) -> Values:
    """Decode JPEG of 8 bits to grey, or to red, green and blue."""
    is_rgb = stream.is_rgb if stream.is_rgb is not None else layout.photometric == "RGB"
    if stream.samples == 3 and is_rgb and not stream.decodes_to_rgb:
        return _samples(encoded, "YCbCr")  # as they are: what comes out is red, green and blue
    return _samples(encoded)


def _jpeg_lossless(encoded: bytes, stream: Bitstream, layout: Layout) -> Values:
    """Decode lossless JPEG: what is of 8 bits, as all of ultrasound is, by the more robust decoder."""
    if stream.bits != 8:
        return _jpeg_by_gdcm(encoded, stream, layout)
    try:
        values = _samples(encoded)
    except OSError:  # it takes them for brightness and colour differences, and refuses to make them others
        values = _samples(encoded, "YCbCr")
    return _as_stored(values, 8, layout.is_signed)


def _samples(encoded: bytes, mode: str | None = None) -> Values:
    with Image.open(BytesIO(encoded), formats=("JPEG",)) as picture:
        if mode is not None:
            picture.draft(mode, picture.size)
        return np.asarray(picture)


def _jpeg_by_gdcm(encoded: bytes, stream: Bitstream, layout: Layout) -> Values:
    """Decode lossless JPEG of more than 8 bits, and JPEG of 12 bits."""
    content = tidied(encoded)
    if content is None:
        raise ValueError("not a sequence of segments")
    return _apart(content, stream, layout)


def _apart(encoded: bytes, stream: Bitstream, layout: Layout) -> Values:
    """Decode in a process of its own: there are decoders that damaged data makes crash, or go on for many seconds."""
    content, is_planar = decoder_process.SHARED.decode(
        stream.coding.value, encoded, rows=stream.rows, columns=stream.columns, samples=stream.samples, bits=stream.bits
    )
    return _as_stored(_shaped(content, stream, "<u1" if stream.bits <= 8 else "<u2", is_planar), stream.bits, layout.is_signed)


def _jpeg_ls(encoded: bytes, stream: Bitstream, layout: Layout) -> Values:
    if _END not in encoded[-_PADDING:]:
        encoded = encoded.rstrip(b"\0") + _END  # without it, its decoder counts bits beyond the end for many seconds
    return _apart(encoded, stream, layout)


def _jpeg_2000(encoded: bytes, stream: Bitstream, layout: Layout) -> Values:
    values = openjpeg.decode(encoded)
    return _as_stored(values.view(f"<u{values.dtype.itemsize}"), stream.bits, layout.is_signed)


_DECODERS = {
    Coding.JPEG: _jpeg,
    Coding.JPEG_DEEP: _jpeg_by_gdcm,
    Coding.JPEG_LOSSLESS: _jpeg_lossless,
    Coding.JPEG_LS: _jpeg_ls,
    Coding.JPEG_2000: _jpeg_2000,
}


def _shaped(content: bytes | bytearray, stream: Bitstream, kind: str, is_planar: bool = False) -> Values:
    values = np.frombuffer(content, kind)
    if stream.samples == 1:
        return values.reshape(stream.rows, stream.columns)
    if is_planar:
        return values.reshape(stream.samples, stream.rows, stream.columns).transpose(1, 2, 0)
    return values.reshape(stream.rows, stream.columns, stream.samples)


def _run_lengths(encoded: bytes, layout: Layout) -> Values:
    """Decode run lengths: a segment for each byte of each sample, the highest byte first."""
    size, width = layout.rows * layout.columns, layout.bits_allocated // 8
    count = layout.samples * width
    try:
        stated, *places = struct.unpack_from("<16I", encoded)
    except struct.error as error:
        raise CodecError("its run lengths were cut short") from error
    if stated != count or layout.bits_allocated % 8:
        raise CodecError(f"its run lengths are for {stated} bytes of each pixel, but its header says {count}")
    values = np.empty((layout.samples, size), f"<u{width}")
    as_bytes = values.view(np.uint8).reshape(layout.samples, size, width)
    for number, (start, end) in enumerate(zip(places, [*places[1:count], len(encoded)], strict=False)):
        if number == count:
            break
        sample, byte = divmod(number, width)
        as_bytes[sample, :, width - 1 - byte] = _unpacked(encoded[start:end], size)
    shaped = values.reshape(layout.samples, layout.rows, layout.columns)
    return shaped[0] if layout.samples == 1 else shaped.transpose(1, 2, 0)


def _unpacked(segment: bytes, size: int) -> npt.NDArray[np.uint8]:
    """Unpack one segment, by Pillow's decoder for TIFF: as one long line, since the standard forbids runs across lines but files have them."""
    try:
        return np.frombuffer(Image.frombytes("L", (size, 1), segment, "packbits", "L").tobytes(), np.uint8)
    except ValueError as error:
        raise CodecError("its run lengths end too early") from error


def _as_stored(raw: Values, bits: int, is_signed: bool) -> Values:
    """Return unsigned integers of which only some bits count as what they stand for."""
    width = 8 * raw.dtype.itemsize
    if bits < width:
        raw = raw & raw.dtype.type(2**bits - 1)
    if not is_signed:
        return raw
    signed = raw.astype(f"<i{raw.dtype.itemsize}") if bits < width else raw.view(f"<i{raw.dtype.itemsize}")
    return signed - (signed >> (bits - 1) << bits) if bits < width else signed
