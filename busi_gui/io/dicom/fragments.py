"""Where each frame of compressed pixels lies: fragments, found once by their headers, without reading what is in them."""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from typing import BinaryIO

_ITEM, _END = (0xFFFE, 0xE000), (0xFFFE, 0xE0DD)
_MOST_FRAGMENTS = 200_000
_LONGEST_TABLE = 16 * _MOST_FRAGMENTS
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP")
"""How compressed pictures begin: JPEG and JPEG-LS, JPEG 2000, and the latter in its own file format."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a frame.

    Attributes
    ----------
    offset
        Place of its header, counted from the first fragment's.
    start, length
        Place in the file, and bytes, of what is in it; fewer bytes may be there if it is not whole.
    begins_picture
        Whether it begins as a compressed picture does.
    is_whole
        Whether all of it is in the file.
    """

    offset: int
    start: int
    length: int
    begins_picture: bool
    is_whole: bool


@dataclass(frozen=True)
class Fragments:
    """All pieces of an element.

    Attributes
    ----------
    table
        The basic offset table: where each frame begins, as `Fragment.offset`; empty where the file has none.
    pieces
        In order.
    is_complete
        Whether their end is marked, as it is unless the file was cut short.
    """

    table: tuple[int, ...]
    pieces: tuple[Fragment, ...]
    is_complete: bool


def find_fragments(file: BinaryIO, start: int) -> Fragments:
    """Find the fragments of an element whose value begins at a place in a file, always little endian."""
    end = file.seek(0, 2)
    table: tuple[int, ...] = ()
    pieces: list[Fragment] = []
    origin, place = -1, start
    while len(pieces) < _MOST_FRAGMENTS:
        file.seek(place)
        head = file.read(16)
        if len(head) < 8:
            return Fragments(table, tuple(pieces), False)
        group, element, length = struct.unpack("<HHI", head[:8])
        if (group, element) != _ITEM:
            return Fragments(table, tuple(pieces), (group, element) == _END)
        if origin < 0:
            table = _offsets(file, place + 8, length)
            origin = place + 8 + length
        else:
            is_whole = place + 8 + length <= end
            pieces.append(Fragment(place - origin, place + 8, length, head[8:].startswith(_STARTS), is_whole))
        place += 8 + length
    return Fragments(table, tuple(pieces), False)


def _offsets(file: BinaryIO, start: int, length: int) -> tuple[int, ...]:
    if length % 4 or length > _LONGEST_TABLE:
        return ()
    file.seek(start)
    content = file.read(length)
    return struct.unpack(f"<{length // 4}I", content) if len(content) == length else ()


def extended_offsets(content: object) -> tuple[int, ...]:
    """Return an extended offset table's offsets; none where it is absent or damaged."""
    if not isinstance(content, bytes) or len(content) % 8 or len(content) > _LONGEST_TABLE:
        return ()
    return struct.unpack(f"<{len(content) // 8}Q", content)


def frames_of(found: Fragments, table: tuple[int, ...], stated: int, has_one_each: bool) -> list[tuple[Fragment, ...]]:
    """Tell to which frame each fragment belongs.

    Parameters
    ----------
    found
        The fragments.
    table
        Where each frame begins, of either offset table; one that does not fit the fragments is not used.
    stated
        How many frames the header tells of.
    has_one_each
        Whether a frame is always one fragment, as in run-length encoding.

    Returns
    -------
    list of tuple of Fragment
        The frames that are there, in order; more or fewer than stated where the header is wrong or the file cut short.
    """
    pieces = found.pieces
    if table and (len(pieces) != stated or len(table) == stated) and (begins := _fitting(table, pieces)):
        return _split(pieces, begins)
    if has_one_each or len(pieces) == stated:
        return [(piece,) for piece in pieces]
    begins = [number for number, piece in enumerate(pieces) if piece.begins_picture]
    if begins[:1] == [0]:
        return _split(pieces, begins)
    return [pieces] if stated == 1 and pieces else [(piece,) for piece in pieces]


def _fitting(table: tuple[int, ...], pieces: tuple[Fragment, ...]) -> list[int]:
    """Return which fragments begin a frame by an offset table; nothing where it is wrong. What it tells beyond the last fragment is missing."""
    places = {piece.offset: number for number, piece in enumerate(pieces)}
    beyond = pieces[-1].offset if pieces else -1
    present = table[: bisect_right(table, beyond)]
    if list(table) != sorted(set(table)) or table[0] != 0 or any(offset not in places for offset in present):
        return []
    return [places[offset] for offset in present]


def _split(pieces: tuple[Fragment, ...], begins: list[int]) -> list[tuple[Fragment, ...]]:
    return [pieces[start:end] for start, end in zip(begins, [*begins[1:], len(pieces)], strict=True)]
