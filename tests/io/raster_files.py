"""PNG, BMP, TIFF and WebP files of kinds that no library writes, or not all of them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from PIL import Image

from tests.builders import png_chunk

LUMA = np.array([0.299, 0.587, 0.114])
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def luma(colours: np.ndarray) -> np.ndarray:
    """Return the grey of red, green and blue, as float."""
    return np.asarray(colours[..., :3] @ LUMA)


def png(samples: np.ndarray, bits: int, colour: int, *, interlaced: bool = False, chunks: Iterable[tuple[bytes, bytes]] = ()) -> bytes:
    """Return a PNG of samples (rows, columns) or (rows, columns, channels) of the given depth and colour type; ``chunks`` stand before the pixels."""
    rows, columns = samples.shape[:2]
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in _ADAM7] if interlaced else [samples]
    raw = b"".join(b"\0" + _packed(row, bits) for part in passes if part.size for row in part)
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, bits, colour, 0, 0, int(interlaced)))
    body = b"".join(png_chunk(name, content) for name, content in [*chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b"")])
    return b"\x89PNG\r\n\x1a\n" + header + body


def _packed(row: np.ndarray, bits: int) -> bytes:
    flat = row.reshape(-1)
    if bits >= 8:
        return flat.astype(">u2" if bits == 16 else "u1").tobytes()
    spread = (flat[:, np.newaxis] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(spread.astype(np.uint8)).tobytes()


def bmp(data: bytes, size: tuple[int, int], bits: int, *, compression: int = 0, palette: bytes = b"", masks: bytes = b"", old: bool = False) -> bytes:
    """Return a BMP of size (columns, rows; negative rows run from the top); ``old`` has the header of OS/2."""
    if old:
        header = struct.pack("<IHHHH", 12, *size, 1, bits)
    else:
        colours = len(palette) // 4
        header = struct.pack("<IiiHHIIiiII", 40, *size, 1, bits, compression, len(data), 0, 0, colours, 0) + masks
    start = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(data), 0, 0, start) + header + palette + data


def bmp_rows(rows: Iterable[bytes]) -> bytes:
    """Return rows, each filled up to a multiple of 4 bytes."""
    return b"".join(row + b"\0" * (-len(row) % 4) for row in rows)


def tiff(*pages: dict[int, Any], order: str = "<", big: bool = False) -> bytes:
    """Return a TIFF, its pages one after another: first the pixels of each, then what is said of them.

    Parameters
    ----------
    pages
        By tag a number, numbers, or under ``0`` the bytes of the only strip, which also sets its place and length.
    """
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "H", 43 if big else 42)
    head += struct.pack(order + "HH", 8, 0) if big else b""
    pointer, counter = ("Q", "Q") if big else ("I", "H")
    content = head + struct.pack(order + pointer, 0)
    link = len(head)
    for page in pages:
        strip = page.get(0, b"")
        tags = {**{tag: value for tag, value in page.items() if tag}, **({273: len(content), 279: len(strip)} if strip else {})}
        content += strip + b"\0" * (len(strip) % 2)
        entries, values = b"", b""
        for tag, value in sorted(tags.items()):
            packed = _values(value, order)
            count = len(value) if isinstance(value, Sequence) else 1
            inline = packed.ljust(8 if big else 4, b"\0")
            if len(packed) > struct.calcsize(pointer):
                inline = struct.pack(order + pointer, len(content) + len(values))
                values += packed
            entries += struct.pack(order + "HH" + pointer, tag, 4, count) + inline
        place = len(content) + len(values)
        content = content[:link] + struct.pack(order + pointer, place) + content[link + struct.calcsize(pointer) :]
        content += values + struct.pack(order + counter, len(tags)) + entries
        link = len(content)
        content += struct.pack(order + pointer, 0)
    return content


def _values(value: Any, order: str) -> bytes:
    return struct.pack(f"{order}{len(value)}I", *value) if isinstance(value, Sequence) else struct.pack(order + "I", value)


def gray_page(pixels: np.ndarray, order: Literal["<", ">"] = "<", **tags: Any) -> dict[int, Any]:
    """Return an uncompressed page of grey pixels of 8 or 16 bits, or of 3 or 4 colours; ``tags`` as ``t262=0``."""
    bits = 8 * pixels.dtype.itemsize
    samples = pixels.shape[2] if pixels.ndim == 3 else 1
    strip = pixels.astype(pixels.dtype.newbyteorder(order)).tobytes()
    described = {256: pixels.shape[1], 257: pixels.shape[0], 258: [bits] * samples, 259: 1, 262: 1 if samples == 1 else 2, 277: samples}
    return {**described, 278: pixels.shape[0], 0: strip, **{int(name[1:]): value for name, value in tags.items()}}


def by_pillow(pixels: np.ndarray | Image.Image, kind: str, **how: Any) -> bytes:
    """Return what Pillow writes of pixels."""
    stream = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(stream, kind, **how)
    return stream.getvalue()


def exif(orientation: int) -> bytes:
    """Return EXIF that says how the camera was held."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
