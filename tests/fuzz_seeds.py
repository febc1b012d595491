"""Small files of every kind that can be opened, to be damaged; names begin with the kind."""

from __future__ import annotations

import io
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.data
import tifffile
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from tests.builders import IDENTITY, make_dicom, make_pixels, make_region
from tests.io.dicom_files import (
    GREY,
    encapsulated,
    flat_htj2k,
    jpeg,
    jpeg_2000,
    jpeg_lossless,
    jpeg_ls_of,
    make_cine,
    make_colours,
)
from tests.io.raster_files import bmp, bmp_rows, by_pillow, exif, gray_page, png, tiff

_LARGEST_SEED = 48 * 2**10
_PALETTE = {"Descriptor": [256, 0, 16], "Data": np.arange(256, dtype="<u2").tobytes()}
_GRAY = make_pixels(shape=(24, 32))
_COLOURS = np.dstack([make_pixels(seed, shape=(24, 32)) for seed in range(3)])
_PAGES = [Image.fromarray(make_pixels(seed, shape=(24, 32))) for seed in range(3)]


def make_seeds() -> dict[str, bytes]:
    """Return files by name: the raster kinds, DICOM's, and indexes of discs."""
    return {**_pngs(), **_jpegs(), **_bmps(), **_tiffs(), **_webps(), **_dicoms(), **_bundled()}


def _pngs() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (256, 3), dtype=np.uint8)
    files = {}
    for colour, channels, depths in ((0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)), (3, 1, (1, 4, 8)), (4, 2, (8, 16)), (6, 4, (8, 16))):
        for bits in depths:
            samples = rng.integers(0, 2**bits, (11, 13) if channels == 1 else (11, 13, channels))
            chunks = [(b"PLTE", palette[: 2**bits].tobytes())] if colour == 3 else []
            chunks += [(b"tRNS", struct.pack(">3H", 1, 2, 3)[: 2 if colour == 0 else 6])] if colour < 4 else []
            files[f"png/{colour}_{bits}"] = png(samples, bits, colour, interlaced=bits in (4, 16), chunks=chunks)
    files["png/apng"] = by_pillow(_PAGES[0], "PNG", save_all=True, append_images=_PAGES[1:], duration=40)
    files["png/exif"] = by_pillow(_GRAY, "PNG", exif=exif(6))
    return files


def _jpegs() -> dict[str, bytes]:
    colours = Image.fromarray(_COLOURS)
    return {
        "jpeg/gray": by_pillow(_GRAY, "JPEG"),
        "jpeg/rgb": by_pillow(colours, "JPEG", exif=b"Exif\0\0" + exif(6)),
        "jpeg/progressive": by_pillow(colours, "JPEG", progressive=True),
        "jpeg/cmyk": by_pillow(colours.convert("CMYK"), "JPEG"),
        "jpeg/restarts": by_pillow(colours, "JPEG", restart_marker_blocks=1),
        "jpeg/plain": by_pillow(colours, "JPEG", subsampling=0, keep_rgb=True),
    }


def _bmps() -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    palette = rng.integers(0, 256, (256, 4), dtype=np.uint8).tobytes()
    rows = rng.integers(0, 256, (6, 32), dtype=np.uint8)
    files = {
        f"bmp/{bits}": bmp(bmp_rows(row[: 32 * bits // 8].tobytes() for row in np.tile(rows, 4)), (32, 6), bits, palette=palette[: 4 * 2**bits])
        for bits in (1, 4, 8)
    }
    for bits in (16, 24, 32):
        files[f"bmp/{bits}"] = bmp(bmp_rows(row[: 32 * bits // 8].tobytes() for row in np.tile(rows, 4)), (32, -6), bits)
    for bits, compression in ((8, 1), (4, 2)):
        runs = b"".join(bytes([4, row, 0, 5, 1, 2, 3, 4, 5, 0, 0, 2, 3, 0, 0, 0]) for row in range(6)) + b"\0\1"
        files[f"bmp/rle{bits}"] = bmp(runs, (32, 6), bits, compression=compression, palette=palette[: 4 * 2**bits])
    files["bmp/old"] = bmp(bmp_rows(row.tobytes() for row in rows), (32, 6), 8, palette=palette[:768], old=True)
    files["bmp/masks"] = bmp(bmp_rows(row.tobytes() for row in rows), (16, 6), 16, compression=3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
    return files


def _tiffs() -> dict[str, bytes]:
    gray, colours, fax = Image.fromarray(_GRAY), Image.fromarray(_COLOURS), Image.fromarray(_GRAY > 100)
    files = {
        f"tiff/{compression}": by_pillow(colours, "TIFF", compression=compression)
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    }
    files |= {f"tiff/{compression}": by_pillow(fax, "TIFF", compression=compression) for compression in ("group3", "group4")}
    files["tiff/ycbcr"] = by_pillow(colours.convert("YCbCr"), "TIFF", compression="jpeg")
    files["tiff/palette"] = by_pillow(colours.quantize(16), "TIFF", compression="tiff_lzw")
    files["tiff/cmyk"] = by_pillow(colours.convert("CMYK"), "TIFF")
    files["tiff/rgba"] = by_pillow(colours.convert("RGBA"), "TIFF", compression="tiff_lzw")
    files["tiff/pages"] = by_pillow(_PAGES[0], "TIFF", save_all=True, append_images=_PAGES[1:], compression="tiff_lzw")
    files["tiff/turned"] = by_pillow(gray, "TIFF", tiffinfo={274: 6}, compression="tiff_adobe_deflate")
    deep = _GRAY.astype(np.uint16) * 257
    files["tiff/16"] = tiff(gray_page(deep, ">"), gray_page(deep, ">", t262=0), order=">")
    files["tiff/16_lzw"] = by_pillow(deep, "TIFF", compression="tiff_lzw")
    files["tiff/16_rgb"] = tiff(gray_page(_COLOURS.astype(np.uint16) * 257))
    files["tiff/big"] = tiff(gray_page(_GRAY), gray_page(_GRAY, t254=1), big=True)
    files["tiff/tiled"] = _by_tifffile(_GRAY, tile=(16, 16))
    files["tiff/planar"] = _by_tifffile(np.moveaxis(_COLOURS, 2, 0), photometric="rgb", planarconfig="separate")
    files["tiff/float"] = _by_tifffile(_GRAY.astype(np.float32))
    return files


def _by_tifffile(pixels: np.ndarray, **how: Any) -> bytes:
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as file:
        file.write(pixels, metadata=None, **how)
    return stream.getvalue()


def _webps() -> dict[str, bytes]:
    layers = np.dstack([_COLOURS, make_pixels(3, shape=(24, 32))])
    return {
        "webp/lossy": by_pillow(_COLOURS, "WebP"),
        "webp/lossless": by_pillow(_COLOURS, "WebP", lossless=True),
        "webp/alpha": by_pillow(layers, "WebP"),
        "webp/alpha_lossless": by_pillow(layers, "WebP", lossless=True, exif=b"Exif\0\0" + exif(3)),
        "webp/frames": by_pillow(_PAGES[0], "WebP", save_all=True, append_images=_PAGES[1:], duration=[40, 50, 60]),
    }


def _dicoms() -> dict[str, bytes]:
    """Return DICOM files in every way of storing that can be made here."""
    colours = make_colours()
    deep = GREY.astype(np.uint16) * 16
    region = [make_region(ends=(0, 0, 47, 30)), make_region(0.02, ends=(0, 31, 47, 63))]
    cine = np.stack([make_pixels(seed, shape=(48, 64)) for seed in range(3)])
    tables: dict[str, Any] = {f"{name}PaletteColorLookupTable{part}": value for name in ("Red", "Green", "Blue") for part, value in _PALETTE.items()}
    plain = {
        "implicit": make_dicom(GREY, syntax=ImplicitVRLittleEndian, SequenceOfUltrasoundRegions=region, **IDENTITY),
        "explicit": make_dicom(colours),
        "big_endian": make_dicom(deep, syntax=ExplicitVRBigEndian, BitsStored=12, HighBit=11, WindowCenter=2000, WindowWidth=3000),
        "deflated": make_dicom(GREY, syntax=DeflatedExplicitVRLittleEndian),
        "run_lengths": make_dicom(cine, frames=3, syntax=RLELossless),
        "cine": make_dicom(cine, frames=3, SequenceOfUltrasoundRegions=region, FrameTime=40),
        "palette": make_dicom(GREY, PhotometricInterpretation="PALETTE COLOR", **tables),
        "monochrome1": make_dicom(GREY, PhotometricInterpretation="MONOCHROME1"),
        "halved": make_dicom(colours, PhotometricInterpretation="YBR_FULL", PlanarConfiguration=1),
    }
    with tempfile.TemporaryDirectory() as folder:
        packed = {
            "jpeg": (colours, JPEGBaseline8Bit, jpeg(colours)),
            "jpeg_gray": (GREY, JPEGBaseline8Bit, jpeg(GREY, progressive=True)),
            "lossless": (GREY, JPEGLosslessSV1, jpeg_lossless(GREY, Path(folder))),
            "lossless_colours": (colours, JPEGLossless, jpeg_lossless(colours, Path(folder), "JPEGLosslessProcess14")),
            "lossless_16": (deep, JPEGLosslessSV1, jpeg_lossless(deep, Path(folder))),
        }
    packed |= {
        "jpeg_ls": (GREY, JPEGLSLossless, jpeg_ls_of(GREY)),
        "jpeg_ls_near": (colours, JPEGLSNearLossless, jpeg_ls_of(colours, 2)),
        "jpeg_ls_16": (deep, JPEGLSLossless, jpeg_ls_of(deep)),
        "jpeg_2000": (colours, JPEG2000Lossless, jpeg_2000(colours, transforms=True)),
        "jpeg_2000_lossy": (GREY, JPEG2000, jpeg_2000(GREY, compression_ratios=[4])),
        "htj2k": (GREY, HTJ2KLossless, flat_htj2k(48, 64)),
    }
    datasets = {**plain, **{name: encapsulated(make_dicom(pixels), syntax, [frame]) for name, (pixels, syntax, frame) in packed.items()}}
    datasets["jpeg_cine"] = make_cine(4)[0]
    datasets["jpeg_cine_plain"] = make_cine(4, has_bot=False)[0]
    return {f"dicom/made_{name}": _encoded(dataset) for name, dataset in datasets.items()}


def _encoded(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _bundled() -> dict[str, bytes]:
    """Return the small DICOM files that pydicom brings, and its indexes of discs."""
    folder = Path(pydicom.data.__file__).parent / "test_files"
    small = (path for path in sorted(folder.glob("*.dcm")) if path.stat().st_size <= _LARGEST_SEED)
    indexes = sorted(path for path in (folder / "dicomdirtests").glob("DICOMDIR*") if path.is_file())
    return {**{f"dicom/{path.stem}": path.read_bytes() for path in small}, **{f"index/{path.name}": path.read_bytes() for path in indexes}}
