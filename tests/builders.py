"""What tests open: seeded scans, and files of every kind that hold them. No patient image is ever in it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, RLELossless, UltrasoundImageStorage, UltrasoundMultiFrameImageStorage

from busi_gui.domain.scan import Pixels, Scan
from busi_gui.domain.synthetic import Kind, synthetic_scan

SHAPE = (96, 120)

IDENTITY: dict[str, Any] = {
    "PatientName": "Muster^Erika",
    "PatientID": "PID-4711",
    "PatientBirthDate": "19610203",
    "StudyDate": "20240326",
    "StudyTime": "143559",
    "AccessionNumber": "ACC815",
    "InstitutionName": "Klinik Beispielstadt",
    "ReferringPhysicianName": "Doktor^Beispiel",
}
"""Elements that say whom a DICOM file shows, and who made it."""
IDENTITY_WORDS = ("Muster", "Erika", "4711", "19610203", "1961-02-03", "20240326", "2024-03-26", "143559", "ACC815", "Beispiel")
"""What would give them away in a file that leaves the program."""


def make_pixels(seed: int = 0, kind: Kind = "benign", shape: tuple[int, int] = SHAPE) -> Pixels:
    """Return a small synthetic scan's pixels, uint8 (rows, columns)."""
    return synthetic_scan(seed, kind, shape)[0]


def make_scan(seed: int = 0, kind: Kind = "benign", shape: tuple[int, int] = SHAPE, **fields: Any) -> Scan:
    """Return a small synthetic scan; ``fields`` are Scan's own, ``path`` among them. Its file need not exist."""
    return Scan(**{"path": Path(f"{kind}_{seed}.png"), "pixels": make_pixels(seed, kind, shape), **fields})


def write_image(path: Path, pixels: np.ndarray, **how: Any) -> Path:
    """Write grey, BGR or BGRA pixels in the format of the path's suffix and return the path; names may hold any letters."""
    encoded = cv2.imencode(path.suffix, pixels, **how)[1]
    path.write_bytes(encoded.tobytes())
    return path


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Return one chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def make_dicom(pixels: np.ndarray, *, frames: int = 1, syntax: UID = ExplicitVRLittleEndian, **elements: Any) -> Dataset:
    """Return an ultrasound dataset.

    Parameters
    ----------
    pixels
        Any integers, (rows, columns), (rows, columns, 3) for colours, with the frames first where there are several.
    syntax
        Uncompressed, deflated or RLE; any other encapsulates uncompressed pixels, which no decoder of it understands.
    elements
        Further elements by keyword, set last; None leaves one out.
    """
    shape = pixels.shape[1:] if frames > 1 else pixels.shape
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if syntax == RLELossless else syntax
    dataset.SOPClassUID = UltrasoundMultiFrameImageStorage if frames > 1 else UltrasoundImageStorage
    dataset.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
    dataset.Modality = "US"
    dataset.Rows, dataset.Columns = shape[:2]
    dataset.SamplesPerPixel = 3 if len(shape) == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if len(shape) == 3 else "MONOCHROME2"
    if len(shape) == 3:
        dataset.PlanarConfiguration = 0
    if frames > 1:
        dataset.NumberOfFrames = frames
    bits = 8 * pixels.dtype.itemsize
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    content = pixels.astype(pixels.dtype.newbyteorder("<" if syntax.is_little_endian else ">")).tobytes()
    dataset.PixelData = content + b"\0" * (len(content) % 2)
    dataset["PixelData"].VR = "OB" if bits == 8 else "OW"
    if syntax == RLELossless:
        dataset.compress(RLELossless)
    elif syntax.is_encapsulated:
        dataset.PixelData = encapsulate([dataset.PixelData])
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def write_dicom(path: Path, pixels: np.ndarray, **how: Any) -> Path:
    """Write pixels as DICOM, see `make_dicom`, and return the path."""
    make_dicom(pixels, **how).save_as(path, enforce_file_format=True)
    return path


def make_region(delta: float | tuple[float, float] = 0.008, ends: tuple[int, int, int, int] = (0, 0, 95, 119), **elements: Any) -> Dataset:
    """Return an ultrasound region: tissue in two dimensions, in centimetres.

    Parameters
    ----------
    delta
        Centimetres per pixel, down and across.
    ends
        Top, left, and the last row and column.
    elements
        Further elements by keyword, set last.
    """
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinY0, region.RegionLocationMinX0, region.RegionLocationMaxY1, region.RegionLocationMaxX1 = ends
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaY, region.PhysicalDeltaX = delta if isinstance(delta, tuple) else (delta, delta)
    for keyword, value in elements.items():
        setattr(region, keyword, value)
    return region
