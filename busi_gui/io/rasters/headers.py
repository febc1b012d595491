"""What PNG, JPEG, BMP and WebP files say of themselves, read before anything is decoded; a file that is cut short is found out here."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from busi_gui.io.rasters.errors import DamagedError, RareError
from busi_gui.io.rasters.tiff_tags import orientation_in


@dataclass(frozen=True)
class Header:
    """What the first bytes say.

    Attributes
    ----------
    rows, columns
        As stored: the picture is not yet turned.
    photometric
        As in `Facts`.
    orientation
        How the camera was held, 1 to 8 as in EXIF.
    content
        What is to be decoded, where that is not the whole file.
    key
        The grey that means transparent, in the depth of the file.
    durations_ms
        How long each frame is shown.
    least_bytes
        No shorter file can hold so many pixels: one that states more is damaged, or made to exhaust time and memory.
    """

    rows: int
    columns: int
    photometric: str
    orientation: int = 1
    content: bytes = b""
    key: int | None = None
    durations_ms: tuple[int, ...] = (0,)
    least_bytes: int = 0


_MOST_INFLATION = 1032
"""Bytes that deflate can make of one."""
_PNG_PHOTOMETRICS = {0: "gray", 2: "RGB", 3: "palette", 4: "gray", 6: "RGBA"}
_PNG_CHANNELS = {2: 3, 4: 2, 6: 4}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def examine_png(encoded: bytes) -> Header:
    """Check every chunk, and keep for decoding those that make the still picture: no animation, no texts, no profiles."""
    columns, rows, bits, colour = struct.unpack_from(">IIBB", encoded, 16)
    kept, orientation, key = [_PNG_SIGNATURE], 1, None
    for name, chunk in _png_chunks(encoded):
        if name in (b"IHDR", b"PLTE", b"IDAT", b"IEND") or (name == b"tRNS" and colour != 0):
            kept.append(chunk)
        elif name == b"tRNS":
            key = int.from_bytes(chunk[8:10], "big") * (255 // (2**bits - 1) if bits < 8 else 1)
        elif name == b"eXIf":
            orientation = orientation_in(chunk[8:-4])
    least = rows * columns * _PNG_CHANNELS.get(colour, 1) * bits // 8 // _MOST_INFLATION
    return Header(rows, columns, _PNG_PHOTOMETRICS.get(colour, ""), orientation, b"".join(kept), key, least_bytes=least)


def _png_chunks(encoded: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks of a PNG up to its end, name and whole chunk, each checked against its own checksum."""
    place, name = len(_PNG_SIGNATURE), b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", encoded, place)
        (checksum,) = struct.unpack_from(">I", encoded, place + 8 + length)
        chunk = encoded[place : place + 12 + length]
        if zlib.crc32(memoryview(chunk)[4:-4]) != checksum:
            raise DamagedError(f"the checksum of {name!r} is wrong")
        yield name, chunk
        place += 12 + length


_JPEG_PHOTOMETRICS = {1: "gray", 3: "RGB", 4: "CMYK"}
_JPEG_PROCESSES = {3: "lossless", 7: "lossless", 11: "lossless", 9: "arithmetic coding", 10: "arithmetic coding"}
_JPEG_NOTES = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""Markers of what programs note; JFIF's and Adobe's, which say how colours are stored, are not among them."""
_MOST_PIXELS_A_BYTE = 512
"""A block of 8 x 8 takes at least a bit."""
_MOST_JPEG_SCANS = 500
"""A progressive picture has a dozen; each costs as much time as decoding an ordinary one."""


def examine_jpeg(encoded: bytes) -> Header:
    """Walk the segments up to the coded part, and see that it ends; keep for decoding what the picture needs: no EXIF, no profiles."""
    header, orientation, kept = Header(0, 0, ""), 1, [encoded[:2]]
    for marker, start, end in _jpeg_segments(encoded):
        if marker == 0xE1 and encoded[start : start + 6] == b"Exif\0\0":
            orientation = orientation_in(encoded[start + 6 : end])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            header = _jpeg_frame(marker & 15, encoded[start:end])
        if marker not in _JPEG_NOTES:
            kept.append(encoded[start - 4 : end])
    # A decoder may show what arrived of a picture and leave the rest grey. In the coded part this pair can only be the end.
    if encoded.find(b"\xff\xd9", start) < 0:
        raise DamagedError("the end of the picture is missing")
    if encoded.count(b"\xff\xda", start) > _MOST_JPEG_SCANS:
        raise RareError("a JPEG of too many passes")
    return replace(header, orientation=orientation, content=b"".join([*kept, encoded[end:]]))


def _jpeg_frame(process: int, frame: bytes) -> Header:
    bits, rows, columns, components = struct.unpack_from(">BHHB", frame)
    if process > 2:
        raise RareError(f"a JPEG of a rare kind ({_JPEG_PROCESSES.get(process, 'hierarchical or arithmetic coding')})")
    if bits != 8:
        raise RareError(f"a JPEG of {bits} bits")
    return Header(rows, columns, _JPEG_PHOTOMETRICS.get(components, ""), least_bytes=rows * columns // _MOST_PIXELS_A_BYTE)


def _jpeg_segments(encoded: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment, the last that of the first scan."""
    place, marker = 2, 0
    while marker != 0xDA:
        if encoded[place] != 0xFF:
            raise DamagedError("a segment does not begin with a marker")
        marker = encoded[place + 1]
        if marker == 0xFF:  # fill bytes may precede any marker
            place += 1
            continue
        end = place + 2 + int(struct.unpack_from(">H", encoded, place + 2)[0])
        yield marker, place + 4, end
        place = end


def examine_bmp(encoded: bytes) -> Header:
    """Read the header; where rows are not packed, see that all are there."""
    start, kind = struct.unpack_from("<II", encoded, 10)
    if kind == 12:
        columns, rows, _, depth = struct.unpack_from("<HHHH", encoded, 18)
        compression = 0
    else:
        columns, rows, _, depth, compression = struct.unpack_from("<iiHHI", encoded, 18)
    if compression not in (0, 1, 2, 3, 6):
        raise RareError("a BMP that holds another kind of picture")
    stride = (columns * depth + 31) // 32 * 4
    if compression in (0, 3, 6) and start + stride * abs(rows) > len(encoded):
        raise DamagedError("rows are missing")
    # Alpha in a BMP is not trusted: most writers leave the fourth byte 0 and mean opaque.
    return Header(abs(rows), columns, "palette" if depth <= 8 else "RGB")


_LARGEST_CANVAS = 16
"""The area on which frames are painted, in areas of the first: every frame costs as much as the canvas."""


def examine_webp(encoded: bytes) -> Header:
    """Walk the chunks; each must be whole, and so must those of every frame."""
    columns, rows, has_alpha, orientation = 0, 0, False, 1
    durations: list[int] = []
    for name, place, length in _webp_chunks(encoded):
        match name:
            case b"VP8X":
                flags, columns, rows = _wide_header(encoded, place)
                has_alpha = bool(flags & 0x10)
            case b"VP8 " if not columns:
                columns, rows = (size & 0x3FFF for size in struct.unpack_from("<HH", encoded, place + 6))
            case b"VP8L" if not columns:
                (packed,) = struct.unpack_from("<I", encoded, place + 1)
                columns, rows, has_alpha = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1, bool(packed >> 28 & 1)
            case b"ANMF":
                if not durations and _area(encoded, place + 6) * _LARGEST_CANVAS < rows * columns:
                    raise DamagedError("the first frame is far smaller than the canvas")
                durations.append(int.from_bytes(encoded[place + 12 : place + 15], "little"))
            case b"EXIF":
                orientation = orientation_in(encoded[place : place + length].removeprefix(b"Exif\0\0"))
    return Header(rows, columns, "RGBA" if has_alpha else "RGB", orientation, durations_ms=tuple(durations) or (0,))


def _area(encoded: bytes, place: int) -> int:
    return (int.from_bytes(encoded[place : place + 3], "little") + 1) * (int.from_bytes(encoded[place + 3 : place + 6], "little") + 1)


def _webp_chunks(encoded: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place and length of the contents of each chunk."""
    end = 8 + int(struct.unpack_from("<I", encoded, 4)[0])
    if end > len(encoded) + 1:  # the last byte of padding is often left out
        raise DamagedError("chunks are missing")
    place = 12
    while place + 8 <= end:
        name, length = struct.unpack_from("<4sI", encoded, place)
        if place + 8 + length > len(encoded):
            raise DamagedError("a chunk is cut short")
        yield name, place + 8, length
        place += 8 + length + length % 2


def _wide_header(encoded: bytes, place: int) -> tuple[int, int, int]:
    """Return flags, columns and rows of the header of what has alpha, frames or EXIF."""
    columns, rows = (int.from_bytes(encoded[place + at : place + at + 3], "little") + 1 for at in (4, 7))
    return encoded[place], columns, rows
