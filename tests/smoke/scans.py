"""Scans in every coding that the program reads, and the same analysis by the source and by the built program."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.data import get_testdata_file
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from tests.builders import make_dicom, make_pixels, make_region, write_dicom, write_image
from tests.io.dicom_files import encapsulated, flat_htj2k, jpeg, jpeg_2000, jpeg_lossless, jpeg_ls_of, save

_SHAPE = (300, 400)
_DEEP = {"BitsStored": 12, "HighBit": 11, "WindowCenter": 2040.5, "WindowWidth": 4081}
_PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless)
TOLERANCE = 1e-3


def write_scans(folder: Path) -> list[str]:
    """Write a scan in each coding into a folder and return what they are called."""
    folder.mkdir()
    pixels = make_pixels(3, "malignant", _SHAPE)
    for suffix in (".png", ".jpg", ".bmp", ".webp", ".tif"):
        write_image(folder / f"picture{suffix}", pixels)
    for syntax in _PLAIN:
        write_dicom(folder / f"{syntax.keyword}.dcm", pixels, syntax=syntax, SequenceOfUltrasoundRegions=[make_region(ends=(0, 0, 299, 399))])
    for name, syntax, stored, elements, encode in _compressed(pixels, folder):
        save(encapsulated(make_dicom(stored, **elements), syntax, [encode(stored)]), folder / f"{name}.dcm")
    shutil.copyfile(str(get_testdata_file("JPEG-lossy.dcm", download=False)), folder / "JPEG12.dcm")  # nothing here encodes that
    cine = np.stack([make_pixels(seed, "benign", _SHAPE) for seed in range(2)])
    save(encapsulated(make_dicom(cine, frames=2), JPEGBaseline8Bit, [jpeg(frame) for frame in cine]), folder / "cine.dcm")
    return sorted(path.name for path in folder.iterdir())


def _compressed(pixels: np.ndarray, folder: Path) -> Iterator[tuple[str, UID, np.ndarray, dict[str, Any], Callable[[np.ndarray], bytes]]]:
    deep = pixels.astype(np.uint16) * 16
    yield "JPEG", JPEGBaseline8Bit, pixels, {}, jpeg
    yield "JPEGLossless", JPEGLossless, pixels, {}, lambda stored: jpeg_lossless(stored, folder, "JPEGLosslessProcess14")
    yield "JPEGLosslessSV1", JPEGLosslessSV1, deep, _DEEP, lambda stored: jpeg_lossless(stored, folder, BitsStored=12, HighBit=11)
    yield "JPEG-LS", JPEGLSLossless, pixels, {}, jpeg_ls_of
    yield "JPEG-LS-near", JPEGLSNearLossless, pixels, {}, lambda stored: jpeg_ls_of(stored, error=2)
    yield "JPEG2000", JPEG2000Lossless, pixels, {}, jpeg_2000
    yield "JPEG2000-lossy", JPEG2000, pixels, {}, lambda stored: jpeg_2000(stored, compression_ratios=[4])
    yield "HTJ2K", HTJ2K, np.full(_SHAPE, 128, np.uint8), {}, lambda stored: flat_htj2k(*stored.shape)


def difference(first: Any, second: Any, where: str = "") -> str:
    """Return where two answers as JSON differ by more than the tolerance; empty where they do not.

    How long they took is left aside, and the hashes of pictures, which allow for no tolerance.
    """
    if isinstance(first, dict) and isinstance(second, dict):
        names = (set(first) | set(second)) - {"timings_ms", "pictures"}
        return next(filter(None, (difference(first.get(name), second.get(name), f"{where}.{name}") for name in sorted(names))), "")
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return next(filter(None, (difference(*pair, f"{where}[{number}]") for number, pair in enumerate(zip(first, second, strict=True)))), "")
    if isinstance(first, float) and isinstance(second, float) and math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        return ""
    return "" if first == second else f"{where} is {second!r}, from source {first!r}"
