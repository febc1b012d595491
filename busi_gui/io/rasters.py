"""The raster part of reading: PNG, JPEG, BMP and TIFF bytes -> grey pixels, or ReadError."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.scan import Pixels, Scan
from busi_gui.io.errors import ReadError, check_size, unreadable
from busi_gui.io.scan_file import Facts, ScanFile

_MAX_RASTER_BYTES = 2 * 2**30
Decoded = npt.NDArray[Any]

_FULL_SCALES = (2**8 - 1, 2**10 - 1, 2**12 - 1, 2**14 - 1, 2**16 - 1)
"""White in files of 16 bits: some machines fill only the lowest 8, 10, 12 or 14."""

_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}


class _DamagedError(Exception):
    """The bytes do not keep what their own header promises."""


@dataclass(frozen=True)
class _Header:
    """What the first bytes say, before anything is decoded."""

    rows: int
    columns: int
    has_alpha: bool = False
    has_more_pages: bool = False


class RasterFile(ScanFile):
    """A picture that is no DICOM file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        pixels, warnings = read_raster(path, _read_all(path))
        self._scan = Scan(path, pixels, warnings=warnings)
        self.facts = Facts("", "", "", "", self._scan.shape)

    def read(self, frame: int = 0) -> Scan:
        """Return the picture."""
        if frame != 0:
            raise ReadError(f"{self.path.name} holds a single picture: there is no frame {frame + 1} in it.")
        return self._scan


def open_raster(path: Path) -> ScanFile:
    """Open a picture that is no DICOM file."""
    return RasterFile(path)


def _read_all(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_RASTER_BYTES:
            raise ReadError(f"{path.name} is larger than {_MAX_RASTER_BYTES // 2**30} GiB, more than any picture that can be read.")
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def read_raster(path: Path, encoded: bytes) -> tuple[Pixels, tuple[str, ...]]:
    """Decode a picture's bytes.

    The orientation that a camera noted is applied; what is transparent becomes black.

    Parameters
    ----------
    path
        Names the file in messages; it is not opened.
    encoded
        The whole file.

    Returns
    -------
    pixels
        uint8 (rows, columns) in [0, 255].
    warnings
        Sentences for the reader.

    Raises
    ------
    ReadError
        Not one of the four formats, cut short, damaged, absurdly large, or of a pixel type without known black and white.
    """
    examine = _examiner(encoded)
    if examine is None:
        raise ReadError(f"{path.name} is not a picture: {_guess(encoded)}. Open a PNG, JPEG, BMP, TIFF or DICOM file.")
    try:
        header = examine(encoded)
        check_size(path, header.rows, header.columns)
        pixels = _decode(encoded, header)
    except (_DamagedError, struct.error, IndexError, cv2.error) as error:
        raise ReadError(f"{path.name} is damaged or was cut short: part of the picture is missing. Copy or export it again.") from error
    gray = _to_gray(path, pixels)
    warnings = ("The file holds several pages; only the first is shown.",) if header.has_more_pages else ()
    if gray.dtype == np.uint16:
        return _to_eight_bits(gray), (*warnings, "The file's 16-bit greys were reduced to 256 levels.")
    return gray.astype(np.uint8, copy=False), warnings


def is_raster(head: bytes) -> bool:
    """Whether a file that begins with these bytes (16 or more) says that it is PNG, JPEG, BMP or TIFF."""
    return _examiner(head) is not None


def _examiner(head: bytes) -> Callable[[bytes], _Header] | None:
    for signature, examine in (
        (b"\x89PNG\r\n\x1a\n", _examine_png),
        (b"\xff\xd8\xff", _examine_jpeg),
        (b"BM", _examine_bmp),
        (b"II*\0", _examine_tiff),
        (b"MM\0*", _examine_tiff),
    ):
        if head.startswith(signature):
            return examine
    return None


def _guess(encoded: bytes) -> str:
    head = encoded[:1024]
    # Text of one byte a character has no control characters but line ends, tabs and form feeds; nearly all binary files have others.
    is_text = not any(byte < 9 or 13 < byte < 27 for byte in head)
    return "it holds text" if is_text else "its content is of no known kind, whatever its name says"


def _examine_png(encoded: bytes) -> _Header:
    columns, rows, _, colour = struct.unpack_from(">IIBB", encoded, 16)
    names = list(_png_chunks(encoded))
    return _Header(rows, columns, has_alpha=colour in (4, 6) or (colour == 3 and b"tRNS" in names))


def _png_chunks(encoded: bytes) -> Iterator[bytes]:
    """Yield the names of a PNG's chunks up to its end, each checked against its own checksum."""
    data, place, name = memoryview(encoded), 8, b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", encoded, place)
        (checksum,) = struct.unpack_from(">I", encoded, place + 8 + length)
        if zlib.crc32(data[place + 4 : place + 8 + length]) != checksum:
            raise _DamagedError(f"the checksum of {name!r} is wrong")
        yield name
        place += 12 + length


def _examine_jpeg(encoded: bytes) -> _Header:
    place, size = 2, (0, 0)
    while True:
        marker = encoded[place + 1]
        if encoded[place] != 0xFF:
            raise _DamagedError("a segment does not begin with a marker")
        if marker == 0xFF:  # fill bytes may precede any marker
            place += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            size = struct.unpack_from(">HH", encoded, place + 5)
        if marker == 0xDA:
            # OpenCV shows what arrived of a picture and leaves the rest grey. In the coded part this pair can only be the end.
            if encoded.find(b"\xff\xd9", place) < 0:
                raise _DamagedError("the end of the picture is missing")
            return _Header(*size)
        place += 2 + int(struct.unpack_from(">H", encoded, place + 2)[0])


def _examine_bmp(encoded: bytes) -> _Header:
    start, kind = struct.unpack_from("<II", encoded, 10)
    if kind == 12:
        columns, rows, _, depth = struct.unpack_from("<HHHH", encoded, 18)
        compression = 0
    else:
        columns, rows, _, depth, compression = struct.unpack_from("<iiHHI", encoded, 18)
    stride = (columns * depth + 31) // 32 * 4
    if compression in (0, 3) and start + stride * abs(rows) > len(encoded):
        raise _DamagedError("rows are missing")
    # Alpha in a BMP is not trusted: most writers leave the fourth byte 0 and mean opaque.
    return _Header(abs(rows), columns)


def _examine_tiff(encoded: bytes) -> _Header:
    order = "<" if encoded[:2] == b"II" else ">"
    (place,) = struct.unpack_from(order + "I", encoded, 4)
    (count,) = struct.unpack_from(order + "H", encoded, place)
    tags: dict[int, int] = {}
    for entry in range(place + 2, place + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(order + "HH", encoded, entry)
        if kind in _TIFF_TYPES:
            (tags[tag],) = struct.unpack_from(order + _TIFF_TYPES[kind], encoded, entry + 8)
    (following,) = struct.unpack_from(order + "I", encoded, place + 2 + 12 * count)
    return _Header(tags.get(257, 0), tags.get(256, 0), has_alpha=tags.get(262) == 2 and tags.get(277) == 4, has_more_pages=following != 0)


def _decode(encoded: bytes, header: _Header) -> Decoded:
    """Return grey pixels (rows, columns), or blue, green, red, alpha (rows, columns, 4), of the depth in the file."""
    # Only without alpha does OpenCV turn the picture as the camera was held.
    flags = cv2.IMREAD_UNCHANGED if header.has_alpha else cv2.IMREAD_GRAYSCALE | cv2.IMREAD_ANYDEPTH
    with _quiet_opencv():
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
    if pixels is None:
        raise _DamagedError("OpenCV cannot decode it")
    return np.asarray(pixels)


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """Keep OpenCV from writing to the terminal what the reader is told in words."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)


def _to_gray(path: Path, pixels: Decoded) -> Decoded:
    """Return uint8 or uint16 (rows, columns); ReadError for other depths, whose black and white nobody knows."""
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ReadError(f"{path.name} stores its greys as {pixels.dtype}, which has no agreed black and white: save it as an 8-bit PNG.")
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] < 4:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))
    white = float(np.iinfo(pixels.dtype).max)
    return np.asarray(cv2.multiply(cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY), pixels[..., 3], scale=1 / white))


def _to_eight_bits(gray: Decoded) -> Pixels:
    """Scale uint16 so that the white of the depth in use, the smallest usual one that holds the brightest pixel, becomes 255."""
    brightest = int(gray.max())
    white = next(scale for scale in _FULL_SCALES if scale >= brightest)
    return np.asarray(cv2.convertScaleAbs(gray, alpha=255 / white), np.uint8)
