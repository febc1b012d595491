"""The raster part of reading: PNG, JPEG, BMP, TIFF and WebP files -> scans, or ReadError."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL.JpegImagePlugin import JpegImageFile
from PIL.WebPImagePlugin import WebPImageFile

from busi_gui.domain.scan import Scan
from busi_gui.io.errors import MAX_PIXELS, ReadError, check_size, unreadable
from busi_gui.io.rasters.errors import DamagedError, decoding
from busi_gui.io.rasters.headers import Header, examine_bmp, examine_jpeg, examine_png, examine_webp
from busi_gui.io.rasters.pixels import Layers, Picture, picture_of_image, picture_of_layers, to_eight_bits, turned, white_of
from busi_gui.io.rasters.tiff_tags import SIGNATURES
from busi_gui.io.rasters.tiffs import SIXTEEN_BITS, TiffFile
from busi_gui.io.scan_file import Facts, ScanFile

_MAX_RASTER_BYTES = 2 * 2**30
_MOST_WEBP_PIXELS = 48 * 2**20
"""Its decoder takes 17 bytes for each, and a kilobyte can claim a hundred megapixels."""


class RasterFile(ScanFile):
    """A PNG, JPEG, BMP or WebP file, held in memory as it is encoded."""

    def __init__(self, path: Path, encoded: bytes, kind: _Kind) -> None:
        self.path = path
        with decoding(path):
            header = kind.examine(encoded)
            check_size(path, header.rows, header.columns, kind.most_pixels)
            if header.least_bytes > len(encoded):
                raise DamagedError("so few bytes cannot hold so many pixels")
        self._header, self._encoded, self._kind = header, header.content or encoded, kind
        size = (header.rows, header.columns)
        self.facts = Facts(kind.name, "", "", header.photometric, size[::-1] if 5 <= header.orientation <= 8 else size)
        self.frame_count = len(header.durations_ms)
        self.frame_ms = float(np.mean(header.durations_ms)) or None
        self._animation: WebPImageFile | None = None

    def read(self, frame: int = 0) -> Scan:
        """Decode the picture, or a frame of it where it moves."""
        if not 0 <= frame < self.frame_count:
            frames = f"{self.frame_count} frames" if self.frame_count > 1 else "a single picture"
            raise ReadError(f"{self.path.name} holds {frames}: there is no frame {frame + 1} in it.")
        notes: list[str] = []
        with decoding(self.path):
            picture = turned(self._kind.decode(self, frame, notes), self._header.orientation)
            if picture.gray.shape != self.facts.size:
                raise DamagedError("the picture is of another size than its header says")
        return Scan(
            self.path,
            picture.gray,
            frame=frame,
            frame_count=self.frame_count,
            frame_ms=self.frame_ms,
            coloured=picture.coloured,
            warnings=tuple(notes),
        )

    def close(self) -> None:
        """Let go of the memory."""
        self._encoded, self._animation = b"", None

    def png(self, _frame: int, notes: list[str]) -> Picture:
        """Decode a PNG of up to 16 bits a channel."""
        layers = _by_opencv(self._encoded, cv2.IMREAD_UNCHANGED)
        if self._header.key is not None:
            layers = np.where(layers == self._header.key, 0, layers).astype(layers.dtype)
        if layers.dtype == np.uint16:
            notes.append(SIXTEEN_BITS)
            layers = to_eight_bits(layers, white_of(layers))
        return picture_of_layers(layers)

    def bmp(self, _frame: int, _notes: list[str]) -> Picture:
        """Decode a BMP."""
        return picture_of_layers(_by_opencv(self._encoded, cv2.IMREAD_COLOR))

    def jpeg(self, _frame: int, _notes: list[str]) -> Picture:
        """Decode a JPEG."""
        image = JpegImageFile(io.BytesIO(self._encoded))
        # Most store grey as such, beside two colour differences; those that store red, green and blue are not made into the others.
        if not _stores_rgb(image):
            image.draft("YCbCr", None)
        image.load()
        return picture_of_image(image)

    def webp(self, frame: int, _notes: list[str]) -> Picture:
        """Decode a WebP, or one of its frames: those before it are decoded too, unless they were just asked for."""
        if self._animation is None:
            self._animation = WebPImageFile(io.BytesIO(self._encoded))
        self._animation.seek(frame)
        return picture_of_image(self._animation)


class _Kind(NamedTuple):
    name: str
    examine: Callable[[bytes], Header]
    decode: Callable[[RasterFile, int, list[str]], Picture]
    most_pixels: int = MAX_PIXELS


_PNG = _Kind("PNG", examine_png, RasterFile.png)
_JPEG = _Kind("JPEG", examine_jpeg, RasterFile.jpeg)
_BMP = _Kind("BMP", examine_bmp, RasterFile.bmp)
_WEBP = _Kind("WebP", examine_webp, RasterFile.webp, _MOST_WEBP_PIXELS)


def open_raster(path: Path) -> ScanFile:
    """Open a picture that is no DICOM file.

    The orientation that a camera noted is applied; what is transparent becomes black. How large it is to be printed says nothing of millimetres in
    the body.

    Raises
    ------
    ReadError
        None of the five formats, cut short, damaged, absurdly large, or not ours to read.
    """
    encoded = _read_all(path)
    if encoded.startswith(SIGNATURES):
        return TiffFile(path, encoded)
    kind = _kind_of(encoded)
    if kind is None:
        raise ReadError(f"{path.name} is not a picture: {_guess(encoded)}. Open a PNG, JPEG, BMP, TIFF, WebP or DICOM file.")
    return RasterFile(path, encoded, kind)


def is_raster(head: bytes) -> bool:
    """Whether a file that begins with these bytes (16 or more) says that it is PNG, JPEG, BMP, TIFF or WebP."""
    return head.startswith(SIGNATURES) or _kind_of(head) is not None


def _kind_of(head: bytes) -> _Kind | None:
    for signature, kind in ((b"\x89PNG\r\n\x1a\n", _PNG), (b"\xff\xd8\xff", _JPEG), (b"BM", _BMP)):
        if head.startswith(signature):
            return kind
    return _WEBP if head.startswith(b"RIFF") and head[8:12] == b"WEBP" else None


def _read_all(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_RASTER_BYTES:
            raise ReadError(f"{path.name} is larger than {_MAX_RASTER_BYTES // 2**30} GiB, more than any picture that can be read.")
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def _stores_rgb(image: JpegImageFile) -> bool:
    """Whether a JPEG's three components are red, green and blue, by the rules that its decoder goes by."""
    if "jfif" in image.info:
        return False
    if "adobe" in image.info:
        return image.info.get("adobe_transform") == 0
    return [component for component, *_ in image.layer] == [*b"RGB"]


def _guess(encoded: bytes) -> str:
    head = encoded[:1024]
    # Text of one byte a character has no control characters but line ends, tabs and form feeds; nearly all binary files have others.
    is_text = not any(byte < 9 or 13 < byte < 27 for byte in head)
    return "it holds text" if is_text else "its content is of no known kind, whatever its name says"


def _by_opencv(encoded: bytes, flags: int) -> Layers:
    """Decode to grey, or red, green, blue and alpha, of the depth in the file."""
    with _quiet_opencv():
        layers: Any = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
    if layers is None:
        raise DamagedError("OpenCV cannot decode it")
    if layers.ndim == 2:
        return np.asarray(layers)
    return np.asarray(cv2.cvtColor(layers, cv2.COLOR_BGR2RGB if layers.shape[2] == 3 else cv2.COLOR_BGRA2RGBA))


@contextmanager
def _quiet_opencv() -> Iterator[None]:
    """Keep OpenCV from writing to the terminal what the reader is told in words."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
