"""Decoding DICOM: each transfer syntax with each kind of grey and colour, against the pixels that went in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.pixels import pixel_array
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from busi_gui.io.scans import open_scan, read_scan
from tests.builders import make_dicom
from tests.io.dicom_files import (
    COLOURS,
    GREY,
    encapsulated,
    flat_htj2k,
    jpeg,
    jpeg_2000,
    jpeg_lossless,
    jpeg_ls_of,
    luma,
    palette,
    save,
    to_ybr,
    without_marker,
)
from tests.io.opened_files import PLAIN, bundled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scan.dcm"


@dataclass
class Kind:
    """Pixels as they are stored, elements that say what they mean, and the greys that should come out."""

    pixels: np.ndarray
    expected: np.ndarray
    elements: dict[str, Any] = field(default_factory=dict)
    tolerance: float = 0.51
    is_coloured: bool = False


DEEP = GREY.astype(np.uint16) * 16
SIGNED = GREY.astype(np.int16) * 16 - 2000
WINDOW: dict[str, Any] = {"WindowCenter": 2040.5, "WindowWidth": 4081}
KINDS = {
    "MONOCHROME2": Kind(GREY, GREY),
    "MONOCHROME1": Kind(GREY, 255 - GREY, {"PhotometricInterpretation": "MONOCHROME1"}),
    "12 bits": Kind(DEEP, GREY, {"BitsStored": 12, "HighBit": 11, **WINDOW}),
    "16 bits": Kind(DEEP, GREY, WINDOW),
    "16 bits, signed": Kind(SIGNED, GREY, {"WindowCenter": 40.5, "WindowWidth": 4081}),
    "12 bits, signed": Kind(SIGNED, GREY, {"BitsStored": 12, "HighBit": 11, "WindowCenter": 40.5, "WindowWidth": 4081}),
    "palette of 8 bits": Kind(GREY, 255 - GREY, palette(8)),
    "palette of 16 bits": Kind(GREY, 255 - GREY, palette(16)),
    "RGB": Kind(COLOURS, luma(COLOURS), is_coloured=True),
    "YBR_FULL": Kind(to_ybr(COLOURS), luma(COLOURS), {"PhotometricInterpretation": "YBR_FULL"}, 2.0, is_coloured=True),
}


def check(found: Path, kind: Kind) -> None:
    scan = read_scan(found)
    assert np.abs(scan.pixels - kind.expected).max() <= kind.tolerance
    if kind.is_coloured:
        assert scan.coloured is not None
        assert np.array_equal(scan.coloured, np.ptp(COLOURS, axis=2) > 20)
    else:
        assert scan.coloured is None


every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


@every_kind
@pytest.mark.parametrize("syntax", PLAIN, ids=lambda syntax: syntax.keyword)
def test_plain_and_run_length_pixels_are_read_exactly(path, syntax, kind):
    elements = dict(kind.elements)
    if syntax == ExplicitVRBigEndian and "palette of 16" in next(name for name, one in KINDS.items() if one is kind):
        elements |= {key: np.frombuffer(table, "<u2").astype(">u2").tobytes() for key, table in elements.items() if key.endswith("Data")}
    dataset = make_dicom(kind.pixels, syntax=syntax, **elements)
    check(save(dataset, path), kind)
    with open_scan(path) as file:
        assert (file.facts.kind, file.facts.modality, file.facts.transfer_syntax) == ("DICOM", "US", syntax)
        assert (file.facts.photometric, file.facts.size) == (dataset.PhotometricInterpretation, (48, 64))


@pytest.mark.parametrize("name", ["RGB", "YBR_FULL"])
@pytest.mark.parametrize("syntax", PLAIN[:4], ids=lambda syntax: syntax.keyword)
def test_colours_by_plane_are_read_as_colours_by_pixel(path, syntax, name):
    kind = KINDS[name]
    stored = kind.pixels.transpose(2, 0, 1).tobytes()
    check(save(make_dicom(kind.pixels, syntax=syntax, PlanarConfiguration=1, **kind.elements, PixelData=stored), path), kind)


LOSSLESS: dict[str, tuple[UID, Callable[[np.ndarray, Path, Kind], bytes]]] = {
    "JPEG lossless .57": (JPEGLossless, lambda pixels, folder, kind: jpeg_lossless(pixels, folder, "JPEGLosslessProcess14", **kind.elements)),
    "JPEG lossless .70": (JPEGLosslessSV1, lambda pixels, folder, kind: jpeg_lossless(pixels, folder, **kind.elements)),
    "JPEG-LS .80": (JPEGLSLossless, lambda pixels, *_: jpeg_ls_of(pixels)),
    "JPEG 2000 .90": (JPEG2000Lossless, lambda pixels, _, kind: jpeg_2000(pixels, bits_stored=kind.elements.get("BitsStored"))),
    "JPEG 2000 .91": (JPEG2000, lambda pixels, _, kind: jpeg_2000(pixels, bits_stored=kind.elements.get("BitsStored"))),
}


@every_kind
@pytest.mark.parametrize(("syntax", "encode"), LOSSLESS.values(), ids=LOSSLESS)
def test_losslessly_compressed_pixels_are_read_exactly(path, tmp_path, syntax, encode, kind):
    pixels = kind.pixels.view(np.uint16) if syntax in (JPEGLSLossless,) and kind.pixels.dtype == np.int16 else kind.pixels
    if syntax == JPEGLSLossless and "BitsStored" in kind.elements:
        pixels = pixels & 0xFFF  # which is what stored means: the other bits are nobody's
    frame = encode(pixels, tmp_path, kind)
    check(save(encapsulated(make_dicom(kind.pixels, **kind.elements), syntax, [frame]), path), kind)


@pytest.mark.parametrize("interleave", [0, 1, 2])
def test_jpeg_ls_is_read_however_its_colours_are_interleaved(path, interleave):
    pixels = COLOURS.transpose(2, 0, 1) if interleave == 0 else COLOURS
    frame = jpeg_ls_of(pixels, interleave=interleave)
    check(save(encapsulated(make_dicom(COLOURS), JPEGLSLossless, [frame]), path), KINDS["RGB"])


@pytest.mark.parametrize(("pixels", "photometric"), [(GREY, "MONOCHROME2"), (COLOURS, "RGB")])
def test_nearly_lossless_jpeg_ls_is_as_near_as_it_says(path, pixels, photometric):
    dataset = make_dicom(pixels, PhotometricInterpretation=photometric)
    found = read_scan(save(encapsulated(dataset, JPEGLSNearLossless, [jpeg_ls_of(pixels, error=2)]), path)).pixels
    expected = pixels if pixels.ndim == 2 else luma(pixels)
    assert 0 < np.abs(found - expected.astype(float)).max() <= 2.51


@pytest.mark.parametrize(
    ("photometric", "syntax", "how"),
    [
        ("YBR_RCT", JPEG2000Lossless, {}),
        ("YBR_ICT", JPEG2000, {"compression_ratios": [4]}),
        ("RGB", JPEG2000Lossless, {}),
        ("YBR_FULL", JPEG2000, {}),
    ],
    ids=["RCT", "ICT", "labelled as RGB", "labelled as YBR_FULL"],
)
def test_colours_that_jpeg_2000_transforms_come_back_as_they_were_whatever_the_label(path, photometric, syntax, how):
    frame = jpeg_2000(COLOURS, transforms=True, **how)
    scan = read_scan(save(encapsulated(make_dicom(COLOURS, PhotometricInterpretation=photometric), syntax, [frame]), path))
    assert np.abs(scan.pixels - luma(COLOURS)).mean() < (3 if how else 0.51)
    assert scan.coloured is not None
    assert scan.coloured.mean() == pytest.approx(1 / 8, abs=0.04)


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGExtended12Bit], ids=[".50", ".51 of 8 bits"])
@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
def test_grey_jpeg_is_read_closely(path, syntax, photometric):
    dataset = make_dicom(GREY, PhotometricInterpretation=photometric)
    found = read_scan(save(encapsulated(dataset, syntax, [jpeg(GREY)]), path))
    expected = GREY if photometric == "MONOCHROME2" else 255 - GREY
    assert np.abs(found.pixels.astype(int) - expected).mean() < 2
    assert found.coloured is None


@pytest.mark.parametrize("is_named", [True, False], ids=["with JFIF", "bare"])
@pytest.mark.parametrize(("photometric", "subsampling"), [("YBR_FULL_422", "4:2:2"), ("YBR_FULL_422", "4:2:0"), ("YBR_FULL", "4:4:4")])
def test_jpeg_colours_are_read_closely(path, photometric, subsampling, is_named):
    frame = jpeg(COLOURS, subsampling=subsampling, is_named=is_named)
    scan = read_scan(save(encapsulated(make_dicom(COLOURS, PhotometricInterpretation=photometric), JPEGBaseline8Bit, [frame]), path))
    assert np.abs(scan.pixels - luma(COLOURS)).mean() < 2
    assert scan.coloured is not None
    assert scan.coloured.mean() == pytest.approx(1 / 8, abs=0.04)


def test_jpeg_of_red_green_and_blue_is_read_as_such_where_only_the_header_says_so(path):
    frame = jpeg(COLOURS, as_stored=True, is_named=False, subsampling="4:4:4")
    scan = read_scan(save(encapsulated(make_dicom(COLOURS), JPEGBaseline8Bit, [frame]), path))
    assert np.abs(scan.pixels - luma(COLOURS)).mean() < 2


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL_422"])
def test_jpeg_whose_samples_are_called_red_green_and_blue_is_read_as_such(path, photometric):
    buffer = BytesIO()
    Image.fromarray(COLOURS).save(buffer, "JPEG", quality=95, keep_rgb=True)
    stream = without_marker(buffer.getvalue(), 0xEE)
    assert b"Adobe" not in stream
    dataset = make_dicom(COLOURS, PhotometricInterpretation=photometric)
    assert np.abs(read_scan(save(encapsulated(dataset, JPEGBaseline8Bit, [stream]), path)).pixels - luma(COLOURS)).mean() < 2


def test_what_a_jpeg_says_of_its_colours_counts_more_than_the_header(path):
    dataset = make_dicom(COLOURS, PhotometricInterpretation="RGB")
    scan = read_scan(save(encapsulated(dataset, JPEGBaseline8Bit, [jpeg(COLOURS)]), path))
    assert np.abs(scan.pixels - luma(COLOURS)).mean() < 2


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_grey_stored_as_jpeg_colours_has_no_colour(path, quality):
    grey = np.dstack([GREY] * 3)
    dataset = make_dicom(grey, PhotometricInterpretation="YBR_FULL_422")
    assert read_scan(save(encapsulated(dataset, JPEGBaseline8Bit, [jpeg(grey, quality)]), path)).coloured is None


@pytest.mark.parametrize("name", ["JPGExtended.dcm", "JPEG-lossy.dcm"])
def test_jpeg_of_twelve_bits_is_read(name):
    # Two programs wrote the same picture. Its known values: 244 at (420, 140), 95 at (230, 120), 264 the brightest.
    found = read_scan(bundled(name)).pixels
    assert (found[420, 140], found[230, 120], found.max()) == (round(244 / 264 * 255), round(95 / 264 * 255), 255)


@pytest.mark.parametrize("syntax", [HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K], ids=[".201", ".202", ".203"])
def test_high_throughput_jpeg_2000_is_read(path, syntax):
    dataset = encapsulated(make_dicom(GREY), syntax, [flat_htj2k(*GREY.shape)])
    assert (read_scan(save(dataset, path)).pixels == 128).all()


def relabel(path: Path, found: UID, wanted: UID) -> None:
    """Change the transfer syntax in a file, and nothing else; the new one must not be longer."""
    content = path.read_bytes()
    assert content.count(found.encode()) == 1
    path.write_bytes(content.replace(found.encode(), wanted.encode().ljust(len(found), b"\0")))


@pytest.mark.parametrize(
    "label",
    [JPEGBaseline8Bit, JPEGLossless, JPEGLSLossless, JPEG2000, RLELossless, ExplicitVRLittleEndian],
    ids=lambda syntax: syntax.keyword,
)
def test_what_is_labelled_wrongly_is_decoded_by_what_it_is(path, tmp_path, label):
    for frame in (jpeg_2000(GREY), jpeg_lossless(GREY, tmp_path), jpeg_ls_of(GREY)):
        save(encapsulated(make_dicom(GREY), JPEGLosslessSV1, [frame]), path)
        relabel(path, JPEGLosslessSV1, label)
        assert np.array_equal(read_scan(path).pixels, GREY)


def test_pixels_that_are_labelled_compressed_but_are_not_are_read(path):
    save(make_dicom(GREY), path)
    content = path.read_bytes()
    plain = b"UI" + (20).to_bytes(2, "little") + ExplicitVRLittleEndian.encode() + b"\0"
    label = b"UI" + (22).to_bytes(2, "little") + JPEGLosslessSV1.encode()
    assert content.count(plain) == 1
    path.write_bytes(content.replace(plain, label))
    assert np.array_equal(read_scan(path).pixels, GREY)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian], ids=lambda syntax: syntax.keyword)
def test_halved_colours_are_read(path, syntax):
    ybr = to_ybr(COLOURS)
    halved = np.empty((48, 32, 4), np.uint8)
    halved[..., 0], halved[..., 1], halved[..., 2:] = ybr[:, ::2, 0], ybr[:, 1::2, 0], ybr[:, ::2, 1:]
    dataset = make_dicom(COLOURS, syntax=syntax, PhotometricInterpretation="YBR_FULL_422", PixelData=halved.tobytes())
    scan = read_scan(save(dataset, path))
    assert np.abs(scan.pixels - luma(COLOURS)).max() <= 2
    assert scan.coloured is not None


def test_colours_that_are_only_labelled_halved_are_read_in_full(path):
    dataset = make_dicom(to_ybr(COLOURS), PhotometricInterpretation="YBR_FULL_422")
    assert np.abs(read_scan(save(dataset, path)).pixels - luma(COLOURS)).max() <= 2


def test_values_in_the_high_bits_are_read(path):
    dataset = make_dicom(DEEP << 4, BitsStored=12, HighBit=15, **WINDOW)
    assert np.abs(read_scan(save(dataset, path)).pixels.astype(int) - GREY).max() <= 1


def test_what_others_keep_in_unused_bits_is_not_seen(path):
    dataset = make_dicom(DEEP | 0xF000, BitsStored=12, HighBit=11, **WINDOW)
    assert np.abs(read_scan(save(dataset, path)).pixels.astype(int) - GREY).max() <= 1


@pytest.mark.parametrize("keyword", ["FloatPixelData", "DoubleFloatPixelData"])
def test_fractions_are_shown_from_darkest_to_brightest(path, keyword):
    values = (GREY / 100 - 1).astype(np.float32 if keyword == "FloatPixelData" else np.float64)
    values[0, 0] = np.nan
    dataset = make_dicom(GREY, PixelData=None, BitsAllocated=8 * values.dtype.itemsize, BitsStored=None, HighBit=None)
    setattr(dataset, keyword, values.tobytes())
    found = read_scan(save(dataset, path)).pixels.astype(float)
    low, high = np.delete(GREY, 0).min(), np.delete(GREY, 0).max()
    expected = (GREY.astype(float) - low) / (high - low) * 255
    assert np.abs(found - expected).ravel()[1:].max() <= 1


def test_bits_are_black_and_white(path):
    bits = np.random.default_rng(0).integers(0, 2, (3, 5, 7), np.uint8)
    dataset = make_dicom(bits, frames=3, BitsAllocated=1, BitsStored=1, HighBit=0)
    dataset.PixelData = np.packbits(bits.ravel(), bitorder="little").tobytes()  # frames begin in the middle of a byte
    save(dataset, path)
    for frame in range(3):
        assert np.array_equal(read_scan(path, frame).pixels, bits[frame] * 255)


@pytest.mark.parametrize("name", ["SC_rgb_small_odd_big_endian.dcm", "SC_rgb_small_odd.dcm"])
def test_odd_sizes_are_read_in_either_order_of_bytes(name):
    expected = luma(pixel_array(bundled("SC_rgb_small_odd.dcm")))
    assert np.abs(read_scan(bundled(name)).pixels - expected).max() <= 0.51
