"""Look-up tables of DICOM files: of greys and of colours, plain and in segments, of 8 and 16 bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from busi_gui.io.dicom.values import numbers, value

Values = npt.NDArray[Any]

_MOST_ENTRIES = 2**16
_COLOURS = ("Red", "Green", "Blue")
_DISCRETE, _LINEAR, _INDIRECT = range(3)


@dataclass(frozen=True)
class Table:
    """A look-up table.

    Attributes
    ----------
    first
        The value that the first entry is for; what is below gets the first entry, what is above all the last.
    entries
        Numbers (count,) or colours (count, 3).
    white
        The largest number that an entry could be.
    """

    first: int
    entries: Values
    white: float

    def look_up(self, values: Values) -> Values:
        """Return each value's entry."""
        places = np.clip(values.astype(np.int64) - self.first, 0, len(self.entries) - 1)
        return np.asarray(self.entries[places])


def grey_table(item: Dataset, *, is_signed: bool, is_little_endian: bool) -> Table | None:
    """Return the table of a modality or VOI LUT sequence's item, None where it is of no use."""
    descriptor = _descriptor(item, "LUTDescriptor", is_signed)
    if descriptor is None:
        return None
    count, first, bits = descriptor
    content = value(item, "LUTData")
    entries = _words(content, bits, count, is_little_endian) if isinstance(content, bytes) else np.array(numbers(item, "LUTData"), np.int64)
    entries = entries[:count]
    if not len(entries):
        return None
    white = 2.0**bits - 1 if 8 <= bits <= 16 else float(entries.max())
    return Table(first, entries.astype(np.float64), max(white, float(entries.max())))


def colour_table(dataset: Dataset, *, is_signed: bool, is_little_endian: bool) -> Table | None:
    """Return a palette, whose entries are uint8 (count, 3); None where the file has none, or one that contradicts itself."""
    channels = []
    first = 0
    for colour in _COLOURS:
        descriptor = _descriptor(dataset, f"{colour}PaletteColorLookupTableDescriptor", is_signed)
        if descriptor is None:
            return None
        count, first, bits = descriptor
        entries = _channel(dataset, colour, count, bits, is_little_endian)
        if len(entries) < count:
            return None
        channels.append(entries[:count])
    if len({len(channel) for channel in channels}) != 1:
        return None
    entries = np.stack(channels, axis=1)
    # Some writers keep entries of 8 bits in the low byte of 16.
    return Table(first, (entries if entries.max() < 256 else entries >> 8).astype(np.uint8), 255.0)


def _descriptor(dataset: Dataset, keyword: str, is_signed: bool) -> tuple[int, int, int] | None:
    """Return the count of entries, the value that the first is for, and the bits of each."""
    stated = [int(one) for one in numbers(dataset, keyword)]
    if len(stated) != 3:
        return None
    count, first, bits = stated
    count = (count & 0xFFFF) or _MOST_ENTRIES
    first &= 0xFFFF
    return count, first - 0x10000 if is_signed and first >= 0x8000 else first, bits


def _words(content: bytes, bits: int, count: int, is_little_endian: bool) -> Values:
    """Return a table's entries: bytes where there are only as many as entries, else words of 16 bits."""
    if bits == 8 and len(content) < 2 * count:
        return np.frombuffer(content, np.uint8)
    return np.frombuffer(content[: len(content) // 2 * 2], "<u2" if is_little_endian else ">u2").astype(np.uint16)


def _channel(dataset: Dataset, colour: str, count: int, bits: int, is_little_endian: bool) -> Values:
    plain = value(dataset, f"{colour}PaletteColorLookupTableData")
    if isinstance(plain, bytes) and plain:
        return _words(plain, bits if len(plain) >= 2 * count else 8, count, is_little_endian)
    segments = value(dataset, f"Segmented{colour}PaletteColorLookupTableData")
    if not isinstance(segments, bytes):
        return np.empty(0, np.uint16)
    codes = _words(segments, bits, len(segments), is_little_endian).tolist()
    return np.array(_expanded(codes, count, is_byte=bits == 8, is_little_endian=is_little_endian), np.uint16)


def _expanded(codes: list[int], count: int, *, is_byte: bool, is_little_endian: bool) -> list[int]:
    """Expand a segmented table to at most ``count`` entries (DICOM PS3.3, C.7.9.2)."""
    entries: list[int] = []
    place = 0
    while len(entries) < count and place + 2 < len(codes):
        if codes[place] == _INDIRECT:
            width = 4 if is_byte else 2
            target = _target(codes[place + 2 : place + 2 + width], is_little_endian)
            for _ in range(codes[place + 1]):
                if len(entries) < count:
                    target = _segment(codes, target, entries, count)
            place += 2 + width
        else:
            place = _segment(codes, place, entries, count)
    return entries


def _target(words: list[int], is_little_endian: bool) -> int:
    if len(words) == 2:
        return words[1] << 16 | words[0]
    order = (3, 2, 1, 0) if is_little_endian else (2, 3, 0, 1)
    return int.from_bytes(bytes(words[place] for place in order), "big")


def _segment(codes: list[int], place: int, entries: list[int], count: int) -> int:
    """Append one discrete or linear segment's entries and return where the next segment begins."""
    kind, length = codes[place], codes[place + 1]
    if kind == _DISCRETE:
        entries.extend(codes[place + 2 : place + 2 + length])
        return place + 2 + length
    if kind != _LINEAR or not entries:
        raise ValueError("a palette in segments of which one cannot be understood")
    last, end = entries[-1], codes[place + 2]
    steps = min(length, count - len(entries))
    entries.extend(round(last + (end - last) * (step + 1) / length) for step in range(steps))
    return place + 3
