"""The directories of a TIFF file, and of EXIF, which is one: what is known of a page before anything is decoded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from busi_gui.io.rasters.errors import DamagedError

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class Tag(IntEnum):
    """The tags that are read, by the standard's names."""

    NEW_SUBFILE_TYPE = 254
    SUBFILE_TYPE = 255
    COLUMNS = 256
    ROWS = 257
    BITS_PER_SAMPLE = 258
    COMPRESSION = 259
    PHOTOMETRIC = 262
    STRIP_OFFSETS = 273
    ORIENTATION = 274
    SAMPLES_PER_PIXEL = 277
    ROWS_PER_STRIP = 278
    STRIP_BYTE_COUNTS = 279
    PLANAR_CONFIGURATION = 284
    PAGE_NUMBER = 297
    TILE_COLUMNS = 322
    TILE_ROWS = 323
    TILE_OFFSETS = 324
    TILE_BYTE_COUNTS = 325
    EXTRA_SAMPLES = 338
    SAMPLE_FORMAT = 339


_TAGS = frozenset(Tag)
_TYPES = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
_MOST_DIRECTORIES = 2**16


@dataclass(frozen=True)
class Layout:
    """How numbers and directories are written in a file: byte order, and the wider fields of a BigTIFF.

    Attributes
    ----------
    order
        ``"<"`` or ``">"``.
    pointer
        struct's letter for what points into the file.
    pointer_place
        Where the first directory is pointed to.
    """

    order: str
    counter: str
    pointer: str
    pointer_place: int
    entry_bytes: int

    @property
    def inline_bytes(self) -> int:
        """How many bytes of values stand in an entry itself; also a pointer's size."""
        return struct.calcsize(self.pointer)


@dataclass(frozen=True)
class Directory:
    """What is said of one page.

    Attributes
    ----------
    place
        Where the directory begins in the file.
    values
        Unsigned whole numbers by tag; empty where the directory is damaged.
    places
        Where an entry begins in the file, by tag.
    """

    place: int
    values: dict[int, npt.NDArray[np.uint64]] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)

    def number(self, tag: Tag, default: int = 0) -> int:
        """Return a tag's first value."""
        values = self.values.get(tag)
        return default if values is None or not values.size else int(values[0])

    def numbers(self, tag: Tag) -> tuple[int, ...]:
        """Return all values of a tag."""
        return tuple(map(int, self.values.get(tag, ())))

    def is_whole(self, length: int) -> bool:
        """Whether there are as many strips or tiles as the size needs, and all of them lie in a file of this length."""
        pieces = self.values.get(Tag.TILE_OFFSETS, self.values.get(Tag.STRIP_OFFSETS))
        return pieces is not None and pieces.size >= self._pieces() and self._are_within(length)

    def _pieces(self) -> int:
        rows, columns = self.number(Tag.ROWS), self.number(Tag.COLUMNS)
        planes = self.number(Tag.SAMPLES_PER_PIXEL, 1) if self.number(Tag.PLANAR_CONFIGURATION, 1) == 2 else 1
        if Tag.TILE_OFFSETS in self.values:
            down, across = max(1, self.number(Tag.TILE_ROWS)), max(1, self.number(Tag.TILE_COLUMNS))
        else:
            down, across = self.number(Tag.ROWS_PER_STRIP) or max(1, rows), max(1, columns)
        return -(-rows // down) * -(-columns // across) * planes

    def _are_within(self, length: int) -> bool:
        for offsets_tag, counts_tag in ((Tag.STRIP_OFFSETS, Tag.STRIP_BYTE_COUNTS), (Tag.TILE_OFFSETS, Tag.TILE_BYTE_COUNTS)):
            offsets, counts = self.values.get(offsets_tag), self.values.get(counts_tag)
            if offsets is None or not offsets.size:
                continue
            if counts is None or counts.size != offsets.size:
                return bool((offsets < length).all())
            starts = np.minimum(offsets, length)
            return bool((counts <= length - starts).all() and (offsets < length).all())
        return False


def layout_of(encoded: bytes) -> Layout:
    """Return how a TIFF file is written, by its first bytes; DamagedError for another signature."""
    order = {b"I": "<", b"M": ">"}.get(encoded[:1], "")
    if encoded[:4] not in SIGNATURES:
        raise DamagedError("this does not begin as TIFF does")
    if 43 in encoded[2:4]:
        return Layout(order, "Q", "Q", 8, 20)
    return Layout(order, "H", "I", 4, 12)


def read_directories(encoded: bytes) -> tuple[list[Directory], bool]:
    """Return the directories of a TIFF file in their order, and whether that is all: False where the chain is broken."""
    layout = layout_of(encoded)
    found: list[Directory] = []
    try:
        for directory in _chain(encoded, layout):
            found.append(directory)  # noqa: PERF402 - what came before a break in the chain is kept
    except (struct.error, DamagedError):
        return found, False
    return found, True


def orientation_in(exif: bytes) -> int:
    """Return how the camera was held, 1 to 8, as EXIF says; 1 where it is silent or damaged."""
    try:
        layout = layout_of(exif)
        return next(_chain(exif, layout), Directory(0)).number(Tag.ORIENTATION, 1)
    except (struct.error, DamagedError):
        return 1


def _chain(encoded: bytes, layout: Layout) -> Iterator[Directory]:
    seen: set[int] = set()
    budget = 8 * len(encoded)  # a number of 1 byte takes 8; directories that share their values would take memory without end
    pointer = layout.order + layout.pointer
    (place,) = struct.unpack_from(pointer, encoded, layout.pointer_place)
    while place and place not in seen and len(seen) < _MOST_DIRECTORIES:
        seen.add(place)
        (count,) = struct.unpack_from(layout.order + layout.counter, encoded, place)
        start = place + struct.calcsize(layout.counter)
        following = start + count * layout.entry_bytes
        if following > len(encoded):
            raise DamagedError("a directory is longer than the file")
        directory = _directory(encoded, layout, place, range(start, following, layout.entry_bytes), budget)
        budget -= sum(values.nbytes for values in directory.values.values())
        yield directory
        (place,) = struct.unpack_from(pointer, encoded, following)


def _directory(encoded: bytes, layout: Layout, place: int, entries: range, budget: int) -> Directory:
    directory = Directory(place)
    for entry in entries:
        tag, kind = struct.unpack_from(layout.order + "HH", encoded, entry)
        if tag not in _TAGS or kind not in _TYPES:
            continue
        (count,) = struct.unpack_from(layout.order + layout.pointer, encoded, entry + 4)
        values = _values(encoded, layout, kind, count, entry + 4 + layout.inline_bytes)
        if values is None or 8 * count > budget:
            return Directory(place)
        directory.values[tag], directory.places[tag] = values, entry
    return directory


def _values(encoded: bytes, layout: Layout, kind: int, count: int, place: int) -> npt.NDArray[np.uint64] | None:
    """Return an entry's values, None where they lie outside the file."""
    dtype = np.dtype(layout.order + _TYPES[kind])
    if count * dtype.itemsize > layout.inline_bytes:
        (place,) = struct.unpack_from(layout.order + layout.pointer, encoded, place)
    if place + count * dtype.itemsize > len(encoded):
        return None
    return np.frombuffer(encoded, dtype, count, place).astype(np.uint64)
