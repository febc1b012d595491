"""TIFF files: each page is a frame, decoded when it is asked for; those that are left of a damaged file are still read."""

from __future__ import annotations

import contextlib
import ctypes
import io
import struct
import warnings
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, _imaging
from PIL.TiffImagePlugin import TiffImageFile

from busi_gui.domain.scan import Scan
from busi_gui.io.errors import ReadError, check_size
from busi_gui.io.rasters.errors import DamagedError, RareError, decoding
from busi_gui.io.rasters.pixels import Layers, Picture, picture_of_image, picture_of_layers, to_eight_bits, white_of
from busi_gui.io.rasters.tiff_tags import Directory, Tag, layout_of, read_directories
from busi_gui.io.scan_file import Facts, ScanFile

SIXTEEN_BITS = "The file's 16-bit greys were reduced to 256 levels."

_WHITE_IS_ZERO, _RGB, _YCBCR = 0, 2, 6
_PHOTOMETRICS = {0: "gray", 1: "gray", 2: "RGB", 3: "palette", 5: "CMYK", 6: "RGB"}
_COMPRESSIONS = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946})
_REDUCED, _MASK = 1, 4
_MOST_SAMPLES = 6

# What Pillow finds odd in a page and reads all the same is no concern of the reader's; its libtiff would write pages about it to standard error,
# and says so of errors too. Where that library cannot be reached, as on Windows, it does.
with contextlib.suppress(AttributeError, OSError):
    ctypes.CDLL(_imaging.__file__).TIFFSetErrorHandler(None)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")


class TiffFile(ScanFile):
    """A TIFF file, held in memory as it is encoded."""

    def __init__(self, path: Path, encoded: bytes) -> None:
        self.path = path
        with decoding(path):
            self._layout = layout_of(encoded)
            if self._layout.order == ">" and self._layout.pointer == "Q":  # Pillow looks for its mark in the wrong byte
                raise RareError("a BigTIFF in a rare order of bytes")
            directories, is_all = read_directories(encoded)
            self._pages = [directory for directory in directories if _is_page(directory)] or directories
            lost = {number for number, page in enumerate(self._pages) if not page.is_whole(len(encoded))}
            self.frame_count = len(self._pages) if is_all else max(len(self._pages) + 1, *map(_stated_pages, self._pages), 1)
            self.unreadable = frozenset(lost.union(range(len(self._pages), self.frame_count)))
            if not self._pages:
                raise DamagedError("there is no page")
            page = self._pages[self.first_readable]
            if page.values:
                check_size(path, *_stored_shape(page))
            if len(self.unreadable) == self.frame_count:
                raise DamagedError("no page is whole")
        has_alpha = page.number(Tag.SAMPLES_PER_PIXEL, 1) == 4 and page.number(Tag.PHOTOMETRIC) == _RGB
        photometric = "RGBA" if has_alpha else _PHOTOMETRICS.get(page.number(Tag.PHOTOMETRIC), "")
        self.facts = Facts("TIFF", "", "", photometric, _shape(page))
        self._stream = io.BytesIO(encoded)
        self._white: int | None = None

    def read(self, frame: int = 0) -> Scan:
        """Decode one page."""
        if not 0 <= frame < self.frame_count:
            pages = f"{self.frame_count} pages" if self.frame_count > 1 else "a single picture"
            raise ReadError(f"{self.path.name} holds {pages}: there is no frame {frame + 1} in it.")
        if frame in self.unreadable:
            raise ReadError(f"{self.path.name} was damaged or cut short: {_naming([frame], self.frame_count)} missing. Copy or export it again.")
        notes = [self._loss()] if self.unreadable else []
        with decoding(self.path):
            picture = self._picture(self._pages[frame], notes)
        return Scan(
            self.path, picture.gray, frame=frame, frame_count=self.frame_count, frame_ms=None, coloured=picture.coloured, warnings=tuple(notes)
        )

    def close(self) -> None:
        """Let go of the memory."""
        self._stream.close()

    def _loss(self) -> str:
        return f"The file was damaged or cut short: {_naming(sorted(self.unreadable), self.frame_count)} missing."

    def _picture(self, page: Directory, notes: list[str]) -> Picture:
        check_size(self.path, *_stored_shape(page))
        _check_kind(page)
        if _bits(page) != 16:
            return picture_of_image(self._image(page))
        notes.append(SIXTEEN_BITS)
        layers = self._sixteen_bits(page)
        # The first page's white holds for all, so that a dark page of a cine stays dark.
        if self._white is None:
            first = self._pages[self.first_readable]
            self._white = white_of(layers if page is first or _bits(first) != 16 else self._sixteen_bits(first))
        return picture_of_layers(to_eight_bits(layers, max(self._white, white_of(layers))))

    def _sixteen_bits(self, page: Directory) -> Layers:
        if _photometric(page) not in (0, 1):
            return self._sixteen_bit_colours(page)
        layers = np.asarray(self._image(page))
        if layers.dtype.itemsize != 2 or layers.ndim != 2:
            raise RareError("a TIFF of 16 bits with more than grey")
        layers = layers.astype(np.uint16)  # in this machine's order of bytes
        return 65535 - layers if _photometric(page) == _WHITE_IS_ZERO else layers

    def _sixteen_bit_colours(self, page: Directory) -> Layers:
        """Decode by OpenCV: Pillow keeps 8 bits of each, and which 8 only the brightest pixel tells."""
        if page.number(Tag.PLANAR_CONFIGURATION, 1) != 1 or page.number(Tag.ORIENTATION, 1) != 1 or _photometric(page) != _RGB:
            raise RareError("a TIFF of 16 bits with colours of a rare kind")
        self._opened(page)
        layers = cv2.imdecode(np.frombuffer(self._stream.getvalue(), np.uint8), cv2.IMREAD_UNCHANGED)
        if layers is None or layers.shape[:2] != _stored_shape(page) or layers.dtype != np.uint16 or layers.ndim != 3:
            raise DamagedError("OpenCV cannot decode it")
        return np.asarray(cv2.cvtColor(layers, cv2.COLOR_BGR2RGB if layers.shape[2] == 3 else cv2.COLOR_BGRA2RGBA))

    def _opened(self, page: Directory) -> TiffImageFile:
        """Open a page, and see before memory is taken that decoders read its tags as we do: of a tag that stands there twice, one counts."""
        self._aim(page)
        image = TiffImageFile(self._stream)
        if image.size[::-1] not in (_shape(page), _stored_shape(page)):  # Pillow turns it now, or when it is decoded
            raise DamagedError("the picture is of another size than its tags say")
        return image

    def _image(self, page: Directory) -> Image.Image:
        image = self._opened(page)
        image.load()
        if image.size[::-1] != _shape(page):
            raise DamagedError("the picture is of another size than its tags say")
        return image

    def _aim(self, page: Directory) -> None:
        """Make a page the first of the encoded file, so that it is found whatever became of those before it."""
        order = self._layout.order
        self._write(self._layout.pointer_place, struct.pack(order + self._layout.pointer, page.place))
        if _bits(page) == 16 and _photometric(page) == _WHITE_IS_ZERO and Tag.PHOTOMETRIC in page.places:
            # Pillow leaves 16 bits as they are or refuses them; they are inverted here.
            self._write(page.places[Tag.PHOTOMETRIC] + 2, struct.pack(order + "H", 3))
            self._write(page.places[Tag.PHOTOMETRIC] + 4 + self._layout.inline_bytes, struct.pack(order + "H", 1))
        self._stream.seek(0)

    def _write(self, place: int, content: bytes) -> None:
        self._stream.seek(place)
        self._stream.write(content)


def _is_page(directory: Directory) -> bool:
    """Whether it is neither a small copy of another page nor a mask for it."""
    return not directory.number(Tag.NEW_SUBFILE_TYPE) & (_REDUCED | _MASK) and directory.number(Tag.SUBFILE_TYPE) != 2


def _stated_pages(page: Directory) -> int:
    numbers = page.numbers(Tag.PAGE_NUMBER)
    return numbers[1] if len(numbers) > 1 else 0


def _naming(frames: list[int], count: int) -> str:
    """Return "page 3 of 5 is" or "pages 3, 4 and 5 of 5 are"."""
    *numbers, last = (str(frame + 1) for frame in frames)
    if not numbers:
        return f"page {last} of {count} is"
    if len(frames) > 6:
        return f"{len(frames)} of {count} pages are"
    return f"pages {', '.join(numbers)} and {last} of {count} are"


def _stored_shape(page: Directory) -> tuple[int, int]:
    return page.number(Tag.ROWS), page.number(Tag.COLUMNS)


def _shape(page: Directory) -> tuple[int, int]:
    rows, columns = _stored_shape(page)
    return (columns, rows) if 5 <= page.number(Tag.ORIENTATION, 1) <= 8 else (rows, columns)


def _bits(page: Directory) -> int:
    return page.number(Tag.BITS_PER_SAMPLE, 1)


def _photometric(page: Directory) -> int:
    return page.number(Tag.PHOTOMETRIC, _WHITE_IS_ZERO)


def _check_kind(page: Directory) -> None:
    """Raise RareError for what cannot be decoded, or has no agreed black and white."""
    bits, form = _bits(page), page.number(Tag.SAMPLE_FORMAT, 1)
    if form != 1 or bits > 16:
        kind = {1: "uint", 2: "int", 3: "float"}.get(form, "unknown numbers of ")
        raise RareError(f"a TIFF that stores its greys as {kind}{bits}, with no agreed black and white")
    compression = page.number(Tag.COMPRESSION, 1)
    if compression not in _COMPRESSIONS:
        raise RareError(f"a TIFF compressed in a rare way (number {compression})")
    if _photometric(page) not in _PHOTOMETRICS or page.number(Tag.SAMPLES_PER_PIXEL, 1) > _MOST_SAMPLES or bits not in (1, 2, 4, 8, 12, 16):
        raise RareError("a TIFF whose pixels are of a rare kind")
    tile = page.number(Tag.TILE_ROWS) * page.number(Tag.TILE_COLUMNS)
    rows, columns = _stored_shape(page)
    if tile > 2 * (rows + 1024) * (columns + 1024):
        raise DamagedError("tiles are far larger than the picture")
