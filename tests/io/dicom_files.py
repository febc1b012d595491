"""DICOM files of every encoding, made by other programs' encoders from pixels that the tests know."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import gdcm
import jpeg_ls
import numpy as np
from openjpeg.utils import encode_array
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit

from tests.builders import make_dicom, make_pixels

GREY = make_pixels(shape=(48, 64))


def make_colours(shape: tuple[int, int] = (48, 64)) -> np.ndarray:
    """Return smooth red, green, blue, uint8 (rows, columns, 3): greys, with a patch of colour such as Doppler shows."""
    grey = make_pixels(shape=shape)
    colours = np.dstack([grey] * 3)
    rows, columns = shape
    colours[rows // 4 : rows // 2, columns // 4 : columns // 2] = (200, 40, 30)
    colours[rows // 2 : 3 * rows // 4, columns // 2 : 3 * columns // 4] = (30, 60, 210)
    return colours


COLOURS = make_colours()


def luma(colours: np.ndarray) -> np.ndarray:
    """Return brightness of red, green, blue in float64 (ITU-R BT.601)."""
    brightness: np.ndarray = np.tensordot(colours.astype(float), (0.299, 0.587, 0.114), axes=1)
    return brightness


def to_ybr(colours: np.ndarray) -> np.ndarray:
    """Return brightness and colour differences of red, green, blue (DICOM PS3.3, C.7.6.3.1.2)."""
    matrix = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    ybr: np.ndarray = (np.tensordot(colours.astype(float), matrix.T, axes=1) + np.array([0, 128, 128])).round().clip(0, 255).astype(np.uint8)
    return ybr


def palette(bits: int) -> dict[str, Any]:
    """Return a palette in which grey value ``v`` is shown as ``255 - v``."""
    entries = np.arange(255, -1, -1, dtype=np.uint16)
    content = entries.astype(np.uint8).tobytes() if bits == 8 else (entries * 257).astype("<u2").tobytes()
    elements: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for colour in ("Red", "Green", "Blue"):
        elements[f"{colour}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        elements[f"{colour}PaletteColorLookupTableData"] = content
    return elements


def encapsulated(dataset: Dataset, syntax: UID, frames: Sequence[bytes], **how: Any) -> Dataset:
    """Put compressed frames into a dataset; ``how`` is pydicom's for encapsulating."""
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([bytes(frame) for frame in frames], **how)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dataset


def save(dataset: Dataset, path: Path) -> Path:
    """Write a dataset as a file and return the path."""
    dataset.save_as(path, enforce_file_format=True)
    return path


def jpeg(pixels: np.ndarray, quality: int = 95, *, as_stored: bool = False, is_named: bool = True, **how: Any) -> bytes:
    """Encode as baseline JPEG.

    Parameters
    ----------
    pixels
        uint8, grey or red, green, blue.
    as_stored
        Whether three samples are compressed as they are, without being made brightness and colour differences.
    is_named
        Whether the stream says what its samples are, by a JFIF marker; DICOM's often do not.
    """
    mode = "L" if pixels.ndim == 2 else "YCbCr" if as_stored else "RGB"
    buffer = BytesIO()
    picture = Image.frombytes(mode, pixels.shape[1::-1], np.ascontiguousarray(pixels).tobytes())
    picture.save(buffer, "JPEG", quality=quality, **how)
    content = buffer.getvalue()
    assert content[2:4] == b"\xff\xe0"
    return content if is_named else content[:2] + content[4 + struct.unpack(">H", content[4:6])[0] :]


def jpeg_lossless(pixels: np.ndarray, folder: Path, process: str = "JPEGLosslessProcess14_1", **elements: Any) -> bytes:
    """Encode as lossless JPEG, by gdcm, which does it from file to file."""
    source, target = folder / "source.dcm", folder / "target.dcm"
    save(make_dicom(pixels, **elements), source)
    reader = gdcm.ImageReader()
    reader.SetFileName(str(source))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, process)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFileName(str(target))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    frame = get_frame(dcmread(target).PixelData, 0, number_of_frames=1)
    source.unlink()
    target.unlink()
    return frame


def jpeg_ls_of(pixels: np.ndarray, error: int = 0, interleave: int | None = None) -> bytes:
    """Encode as JPEG-LS, lossless or with an error of at most so many levels."""
    return bytes(jpeg_ls.encode_array(np.ascontiguousarray(pixels), lossy_error=error, interleave_mode=interleave))


def jpeg_2000(pixels: np.ndarray, *, transforms: bool = False, **how: Any) -> bytes:
    """Encode as JPEG 2000, by default lossless; ``transforms`` makes red, green, blue brightness and colour differences."""
    kind = 1 if pixels.ndim == 3 else 2
    return bytes(encode_array(np.ascontiguousarray(pixels), photometric_interpretation=kind, use_mct=transforms, **how))


def flat_htj2k(rows: int, columns: int) -> bytes:
    """Return high-throughput JPEG 2000 of a medium grey picture.

    Nothing here encodes it. In a flat picture every block is empty, so nothing differs from plain JPEG 2000 but the header: what the stream
    is capable of (CAP), and the style of its blocks.
    """
    plain = jpeg_2000(np.full((rows, columns), 128, np.uint8))
    size = 4 + struct.unpack(">H", plain[4:6])[0]
    head = bytearray(plain[:size])
    head[6] |= 0x40
    style = plain.index(b"\xff\x52") + 12
    body = bytearray(plain[size:])
    body[style - size] = 0x40
    return bytes(head) + b"\xff\x50" + struct.pack(">HIH", 8, 1 << 17, 0) + bytes(body)


def without_marker(stream: bytes, marker: int) -> bytes:
    """Return JPEG without its first segment of a kind."""
    place = stream.index(bytes((0xFF, marker)))
    return stream[:place] + stream[place + 2 + struct.unpack_from(">H", stream, place + 2)[0] :]


def make_cine(count: int = 12, shape: tuple[int, int] = (48, 64), syntax: UID = JPEGBaseline8Bit, **how: Any) -> tuple[Dataset, list[np.ndarray]]:
    """Return a cine of grey JPEG frames, and what each decodes to; ``how`` is pydicom's for encapsulating."""
    frames = [jpeg(make_pixels(seed, shape=shape)) for seed in range(count)]
    dataset = make_dicom(np.zeros((2, *shape), np.uint8), frames=2, syntax=ExplicitVRLittleEndian, NumberOfFrames=count)
    expected = [np.asarray(Image.open(BytesIO(frame))) for frame in frames]
    return encapsulated(dataset, syntax, frames, **how), expected
