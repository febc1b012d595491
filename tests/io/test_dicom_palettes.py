"""Palettes and tables of DICOM files: in segments, in either order of bytes, of several kinds, and contradicting themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from busi_gui.io.scans import open_scan, read_scan
from tests.builders import make_dicom
from tests.io.dicom_files import GREY, palette, save
from tests.io.opened_files import refusal

DISCRETE, LINEAR, INDIRECT = 0, 1, 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scan.dcm"


def segmented(segments: list[int], bits: int, order: str, count: int = 256) -> Dataset:
    dataset = make_dicom(np.arange(256, dtype=np.uint8).reshape(16, 16), PhotometricInterpretation="PALETTE COLOR")
    content = np.array(segments, np.uint8 if bits == 8 else f"{order}u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [count, 0, bits])
        setattr(dataset, f"Segmented{colour}PaletteColorLookupTableData", content + b"\0" * (len(content) % 2))
    return dataset


@pytest.mark.parametrize(("bits", "unit"), [(8, 1), (16, 257)])
def test_palettes_in_segments_are_expanded(path, bits, unit):
    # 255 and 254, then down to 0 in a straight line
    segments = [DISCRETE, 2, 255 * unit, 254 * unit, LINEAR, 254, 0]
    found = read_scan(save(segmented(segments, bits, "<"), path)).pixels.ravel()
    assert np.array_equal(found, np.arange(255, -1, -1))


def test_palettes_that_repeat_segments_are_expanded(path):
    # Four levels, then a straight line, then both of these again, which begin at place 0
    segments = [DISCRETE, 4, 0, 1000, 2000, 3000, LINEAR, 124, 60000, INDIRECT, 2, 0, 0]
    found = read_scan(save(segmented(segments, 16, "<"), path)).pixels.ravel()
    assert np.array_equal(found[:128], found[128:])
    assert found[127] == 60000 >> 8
    assert (np.diff(found[4:128].astype(int)) >= 0).all()


@pytest.mark.parametrize("order", ["<", ">"])
def test_palettes_in_segments_are_read_in_either_order_of_bytes(path, order):
    dataset = segmented([DISCRETE, 2, 65535, 65278, LINEAR, 254, 0], 16, order)
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if order == "<" else ExplicitVRBigEndian
    assert np.array_equal(read_scan(save(dataset, path)).pixels.ravel(), np.arange(255, -1, -1))


@pytest.mark.parametrize(
    "elements",
    [
        {"RedPaletteColorLookupTableData": b"\0" * 20},
        {"GreenPaletteColorLookupTableData": None},
        {"BluePaletteColorLookupTableDescriptor": None},
        {"BluePaletteColorLookupTableDescriptor": [0, 0, 8]},
        {"RedPaletteColorLookupTableDescriptor": [1, 0, 8]},
    ],
    ids=["too short", "no green", "undescribed", "65536 entries of which 256 are there", "channels of two lengths"],
)
def test_a_palette_that_contradicts_itself_is_refused(path, elements):
    dataset = make_dicom(GREY, **palette(8))
    for keyword, found in elements.items():
        delattr(dataset, keyword) if found is None else setattr(dataset, keyword, found)
    assert "palette" in refusal(save(dataset, path))


def test_a_palette_knows_where_its_colours_are(path):
    dataset = make_dicom(GREY, **palette(8))
    red = np.arange(256, dtype=np.uint8)
    red[200:] = 255
    grey = np.arange(256, dtype=np.uint8)
    grey[200:] = 40
    dataset.RedPaletteColorLookupTableData = red.tobytes()
    dataset.GreenPaletteColorLookupTableData = dataset.BluePaletteColorLookupTableData = grey.tobytes()
    coloured = read_scan(save(dataset, path)).coloured
    assert np.array_equal(GREY >= 200, coloured if coloured is not None else np.zeros_like(GREY, bool))
    assert (GREY >= 200).any()


# Tables of greys


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian], ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("vr", ["US", "OW"])
def test_a_modality_table_comes_before_the_window(path, syntax, vr):
    entries = np.arange(1000, 1000 + 256 * 4, 4)[::-1]
    table = Dataset()
    table.LUTDescriptor = [256, 0, 16]
    order = "<" if syntax.is_little_endian else ">"
    table.add_new("LUTData", vr, entries.tolist() if vr == "US" else entries.astype(f"{order}u2").tobytes())
    table["LUTDescriptor"].VR = "US"
    dataset = make_dicom(GREY, syntax=syntax, ModalityLUTSequence=[table], WindowCenter=1510.5, WindowWidth=1021)
    assert np.abs(read_scan(save(dataset, path)).pixels.astype(int) - (255 - GREY)).max() <= 1


def windowed(centre: float, width: float, slope: float = 1) -> Dataset:
    group, window, rescaling = Dataset(), Dataset(), Dataset()
    window.WindowCenter, window.WindowWidth = centre, width
    rescaling.RescaleSlope, rescaling.RescaleIntercept = slope, 0
    group.FrameVOILUTSequence, group.PixelValueTransformationSequence = [window], [rescaling]
    return group


def test_each_frame_of_an_enhanced_file_has_its_own_window_or_all_have_one(path):
    dataset = make_dicom(np.stack([GREY] * 3), frames=3)
    dataset.SharedFunctionalGroupsSequence = [windowed(255.5, 511, slope=2)]
    with open_scan(save(dataset, path)) as file:
        assert all(np.abs(file.read(frame).pixels.astype(int) - GREY).max() <= 1 for frame in range(3))
    dataset.PerFrameFunctionalGroupsSequence = [windowed(128, 256), windowed(64, 128), windowed(255.5, 511, slope=2)]
    with open_scan(save(dataset, path)) as file:
        pixels = [file.read(frame).pixels.astype(int) for frame in range(3)]
    for found, expected in zip(pixels, (GREY, np.minimum(GREY.astype(int) * 2, 255), GREY), strict=True):
        assert np.abs(found - expected).max() <= 2
