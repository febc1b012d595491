"""What compressed pictures say of themselves in their first bytes, looked at before anything is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum


class Coding(Enum):
    """How a picture is compressed, whatever the file around it says."""

    JPEG = "JPEG"
    JPEG_DEEP = "JPEG of 12 bits"
    JPEG_LOSSLESS = "lossless JPEG"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"


@dataclass(frozen=True)
class Bitstream:
    """What a compressed picture says of itself.

    Attributes
    ----------
    coding
        How it is compressed.
    rows, columns
        Its size.
    samples
        Samples of a pixel.
    bits
        Bits of a sample.
    is_rgb
        Whether its three samples, once decoded, are red, green and blue; None where it does not say.
    scans
        How often a decoder must go over the picture.
    decodes_to_rgb
        Whether the usual JPEG decoder takes it for red, green and blue.
    """

    coding: Coding
    rows: int
    columns: int
    samples: int
    bits: int
    is_rgb: bool | None = None
    scans: int = 1
    decodes_to_rgb: bool = False


_SOI, _SIZ = b"\xff\xd8", b"\xff\x4f\xff\x51"
_JP2 = b"\0\0\0\x0cjP"
_LONGEST_HEADER = 2**16
_CODINGS = {0xC3: Coding.JPEG_LOSSLESS, 0xF7: Coding.JPEG_LS}
_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA, 0xF7})
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN = 0xDA
_NEEDED = frozenset({0xC4, 0xDB, 0xDD})
"""Tables of codes and of quantities, and how often decoding begins anew."""
_RGB_NAMES = (b"RGB", b"rgb")


def examine(encoded: bytes) -> Bitstream | None:
    """Return what a compressed picture says of itself; None where it is none of the known, or damaged in its first bytes."""
    try:
        if encoded.startswith(_SOI):
            return _jpeg(encoded)
        if encoded.startswith((_SIZ, _JP2)):
            return _jpeg_2000(encoded, encoded.find(_SIZ, 0, _LONGEST_HEADER))
    except (struct.error, IndexError):
        return None
    return None


def tidied(encoded: bytes) -> bytes | None:
    """Return JPEG with no more in its header than decoding needs; None where something in between is no segment.

    Of what else stands there gdcm's decoder may complain, and where it complains of a header, it ends the whole process.
    """
    kept, place = [_SOI], 2
    while place + 4 <= len(encoded) and encoded[place] == 0xFF:
        marker = encoded[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        end = place + 2 + int(struct.unpack_from(">H", encoded, place + 2)[0])
        if marker == _SCAN:
            return b"".join(kept) + encoded[place:]
        if marker in _BARE or end > len(encoded):
            return None
        if marker in _NEEDED or marker in _FRAMES:
            kept.append(encoded[place:end])
        place = end
    return None


def _jpeg(encoded: bytes) -> Bitstream | None:
    """Examine JPEG of any kind: walk its segments up to the one that states its size."""
    has_jfif, adobe = False, None
    place = 2
    while place < len(encoded):
        if encoded[place] != 0xFF:
            return None
        marker = encoded[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        if marker in _BARE:
            place += 2
            continue
        length = struct.unpack_from(">H", encoded, place + 2)[0]
        if marker in _FRAMES:
            return _jpeg_frame(encoded, marker, place + 4, has_jfif, adobe)
        content = encoded[place + 4 : place + 2 + length]
        has_jfif = has_jfif or (marker == 0xE0 and content.startswith(b"JFIF\0"))
        if marker == 0xEE and content.startswith(b"Adobe") and len(content) >= 12:
            adobe = content[11]
        place += 2 + max(2, length)
    return None


def _jpeg_frame(encoded: bytes, marker: int, place: int, has_jfif: bool, adobe: int | None) -> Bitstream:
    bits, rows, columns, samples = struct.unpack_from(">BHHB", encoded, place)
    names = bytes(encoded[place + 6 + 3 * number] for number in range(samples))
    coding = _CODINGS.get(marker, Coding.JPEG if bits == 8 else Coding.JPEG_DEEP)
    # In this order the usual decoder decides, too, except that it takes what says nothing for brightness and colour differences.
    is_rgb: bool | None = None
    if has_jfif:
        is_rgb = False
    elif adobe is not None:
        is_rgb = adobe == 0
    elif names in _RGB_NAMES:
        is_rgb = True
    scans = encoded.count(b"\xff\xda", place)
    return Bitstream(coding, rows, columns, samples, bits, is_rgb if samples == 3 else None, scans, is_rgb is True)


def _jpeg_2000(encoded: bytes, place: int) -> Bitstream | None:
    """Examine a codestream: SIZ, which comes first, then COD, which says whether the colours are transformed."""
    if place < 0:
        return None
    right, bottom, left, top = struct.unpack_from(">4I", encoded, place + 8)
    samples = struct.unpack_from(">H", encoded, place + 40)[0]
    bits = (encoded[place + 42] & 0x7F) + 1
    is_transformed = False
    marker_at = place + 2
    while marker_at < min(len(encoded), place + _LONGEST_HEADER):
        marker, length = struct.unpack_from(">HH", encoded, marker_at)
        if marker == 0xFF52:
            is_transformed = encoded[marker_at + 8] == 1
        if marker in (0xFF52, 0xFF90, 0xFF93):
            break
        marker_at += 2 + length
    return Bitstream(Coding.JPEG_2000, bottom - top, right - left, samples, bits, True if is_transformed and samples == 3 else None)
