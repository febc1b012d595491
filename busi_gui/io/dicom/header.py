"""A DICOM file's header, parsed once and without its pixels, and where these lie."""

from __future__ import annotations

import logging
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from pydicom import config
from pydicom.dataset import FileDataset
from pydicom.filereader import read_dataset, read_partial, read_preamble
from pydicom.tag import BaseTag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from busi_gui.io.errors import ReadError

EXPORT_AGAIN = "Export it again from the ultrasound machine or the archive"
"""The way out of most that can be wrong with a DICOM file."""

_PIXELS = {0x7FE00010: "PixelData", 0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData"}
_UNDEFINED = 0xFFFFFFFF
_LONGEST_ELEMENT = 8 * 2**20
"""No header needs a longer one."""
_MOST_READS = 3_000_000
"""Reads after which a header is taken for a trap: millions of empty elements."""
_MOST_INFLATED = 512 * 2**20
_CHUNK = 2**20

_LOCK = threading.RLock()

# What it logs of an odd file may quote it, and so whom it shows.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)


@contextmanager
def quietly() -> Iterator[None]:
    """Use pydicom without its warnings, one thread at a time: its settings, and Python's warnings, belong to the whole process.

    What it finds odd and reads all the same is no concern of the reader's; what is, is said in the scan's own warnings.
    """
    with _LOCK, warnings.catch_warnings(), config.disable_value_validation():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class PixelElement:
    """The element that holds the pixels.

    Attributes
    ----------
    keyword
        ``"PixelData"``, ``"FloatPixelData"`` or ``"DoubleFloatPixelData"``.
    vr
        Its value representation, empty where the file does not say.
    start
        Place of its value in the file.
    length
        Bytes of its value as the header says, None where it does not: the pixels come in fragments, each with a length of its own.
    """

    keyword: str
    vr: str
    start: int
    length: int | None


@dataclass(frozen=True)
class Header:
    """What stands before the pixels.

    Attributes
    ----------
    dataset
        The elements; looked at only inside `quietly`.
    file
        Where the pixels are read from: the file itself, or what a deflated one holds.
    syntax
        The transfer syntax: how the file says that it is encoded, or what was found where it says nothing.
    is_little_endian
        Order of bytes.
    pixels
        Where they lie, None where there are none.
    is_cut
        Whether the file ends inside an element of the header.
    """

    dataset: FileDataset
    file: BinaryIO
    syntax: UID
    is_little_endian: bool
    pixels: PixelElement | None
    is_cut: bool


def load(path: Path, file: BinaryIO, longest: int = _LONGEST_ELEMENT) -> Header:
    """Parse a DICOM file's header, to be called inside `quietly`.

    Parameters
    ----------
    path
        Names the file in messages.
    file
        The open file; it stays open.
    longest
        Bytes of an element that is read with the header; a longer one is skipped.

    Raises
    ------
    ReadError
        A deflated file holds more than can be read.
    Exception
        Whatever pydicom raises where a header is too damaged to be parsed.
    """
    plain, is_cut = _inflated(path, file)
    source = _HeaderFile(plain)
    found: list[PixelElement] = []

    def stop(tag: BaseTag, vr: str | None, length: int) -> bool:
        keyword = _PIXELS.get(int(tag))
        if keyword is not None:
            found.append(PixelElement(keyword, vr or "", source.tell(), None if length == _UNDEFINED else length))
        return keyword is not None

    dataset = read_partial(cast(BinaryIO, source), stop, defer_size=longest, force=True)
    is_implicit, is_little = dataset.original_encoding
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if plain is not file:
        syntax = DeflatedExplicitVRLittleEndian
    elif not syntax:
        explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        syntax = ImplicitVRLittleEndian if is_implicit else explicit
    return Header(dataset, plain, UID(syntax), bool(is_little), found[-1] if found else None, source.is_cut or (is_cut and not found))


class _HeaderFile:
    """A file that pydicom reads, which notices what pydicom keeps to itself: that the file ends in the middle of an element."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._reads = 0
        self.is_cut = False
        self.name = ""
        self._length = file.seek(0, SEEK_END)
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        self._reads += 1
        if self._reads > _MOST_READS:
            raise ValueError("more elements than any header has")
        # A damaged length must not take memory: Python takes what is asked for, not what is there.
        content = self._file.read(size if size < 0 else min(size, max(0, self._length - self._file.tell())))
        self.is_cut = self.is_cut or 0 < len(content) < size or (size > 8 and not content)
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _inflated(path: Path, file: BinaryIO) -> tuple[BinaryIO, bool]:
    """Return the file, or what a deflated one would be without compression, and whether that ends early; never more than fits in memory."""
    source = cast(BinaryIO, _HeaderFile(file))
    read_preamble(source, force=True)
    meta = read_dataset(source, is_implicit_VR=False, is_little_endian=True, stop_when=lambda tag, _vr, _length: tag >> 16 != 2)
    if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
        return file, False
    start = file.tell()
    file.seek(0)
    named = DeflatedExplicitVRLittleEndian.encode()
    plain = BytesIO(file.read(start).replace(named, ExplicitVRLittleEndian.encode().ljust(len(named), b"\0")))
    plain.seek(start)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while not inflater.eof and (deflated := inflater.unconsumed_tail or file.read(_CHUNK)):
            plain.write(inflater.decompress(deflated, _CHUNK))
            if plain.tell() > _MOST_INFLATED:
                raise ReadError(
                    f"{path.name} unpacks to more than {_MOST_INFLATED // 2**20} MiB, more than can be read. {EXPORT_AGAIN}, uncompressed."
                )
        plain.write(inflater.flush())
    except zlib.error:
        return plain, True
    return plain, not inflater.eof
