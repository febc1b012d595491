"""Opening DICOM: greys, frames, millimetres, identity."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from busi_gui.domain.scan import Identity
from busi_gui.io.scans import read_scan
from tests.builders import make_dicom, make_pixels, write_dicom
from tests.io.opened_files import PLAIN, bundled, refusal

LEVELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scan.dcm"


# Greys


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda syntax: syntax.keyword)
def test_plain_syntaxes_are_read_exactly(path, syntax):
    pixels = make_pixels()
    scan = read_scan(write_dicom(path, pixels, syntax=syntax))
    assert np.array_equal(scan.pixels, pixels)
    assert (scan.frame, scan.frame_count) == (0, 1)
    assert not scan.pixels.flags.writeable


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda syntax: syntax.keyword)
def test_sixteen_bits_are_read_alike_in_every_syntax(path, syntax):
    pixels = make_pixels().astype(np.uint16) * 16
    scan = read_scan(write_dicom(path, pixels, syntax=syntax, BitsStored=12, HighBit=11, WindowCenter=2048, WindowWidth=4096))
    assert np.abs(scan.pixels.astype(int) - pixels // 16).max() <= 1


def test_the_brightest_of_monochrome1_is_black(path):
    assert np.array_equal(read_scan(write_dicom(path, LEVELS, PhotometricInterpretation="MONOCHROME1")).pixels, 255 - LEVELS)


def test_a_window_sets_black_and_white(path):
    found = read_scan(write_dicom(path, LEVELS, WindowCenter=100.5, WindowWidth=101)).pixels.ravel()
    assert (found[:51] == 0).all()
    assert (found[151:] == 255).all()
    assert np.abs(found[50:151] - np.linspace(0, 255, 101)).max() <= 1


def test_of_several_windows_the_first_counts(path):
    one = read_scan(write_dicom(path, LEVELS, WindowCenter=100, WindowWidth=50)).pixels
    assert np.array_equal(read_scan(write_dicom(path, LEVELS, WindowCenter=[100, 30], WindowWidth=[50, 9])).pixels, one)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID", ""])
def test_every_shape_of_window_keeps_the_order_of_greys(path, function):
    found = read_scan(write_dicom(path, LEVELS, WindowCenter=128, WindowWidth=100, VOILUTFunction=function)).pixels.ravel().astype(int)
    assert (np.diff(found) >= 0).all()
    assert found[0] <= 2
    assert found[-1] >= 253


@pytest.mark.parametrize(("center", "width"), [(128, 0), (128, -5), (None, 50), (128, "")])
def test_a_window_of_no_use_is_ignored(path, center, width):
    dataset = make_dicom(LEVELS, WindowWidth=width)
    if center is not None:
        dataset.WindowCenter = center
    dataset.save_as(path, enforce_file_format=True)
    assert np.array_equal(read_scan(path).pixels, LEVELS)


def test_rescaling_comes_before_the_window(path):
    found = read_scan(write_dicom(path, LEVELS, RescaleSlope=2, RescaleIntercept=-100, WindowCenter=155.5, WindowWidth=511)).pixels
    assert np.abs(found.astype(int) - LEVELS).max() <= 1


def test_a_table_sets_the_greys(path):
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [256, 0, 16], [65535 - 257 * level for level in range(256)]
    table["LUTDescriptor"].VR = table["LUTData"].VR = "US"
    assert np.array_equal(read_scan(write_dicom(path, LEVELS, VOILUTSequence=[table])).pixels, 255 - LEVELS)


def test_signed_greys_without_a_window_are_stretched_and_it_says_so(path):
    scan = read_scan(write_dicom(path, LEVELS.astype(np.int16) * 3 - 200))
    assert np.array_equal(scan.pixels, LEVELS)
    assert any("darkest" in warning for warning in scan.warnings)


def test_one_level_of_grey_is_read(path):
    assert (read_scan(write_dicom(path, np.full((5, 6), 9, np.int16))).pixels == 0).all()


def test_colours_become_grey_by_their_luma(path):
    colours = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    expected = cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY)
    for planar, stored in ((0, colours), (1, colours.transpose(2, 0, 1))):
        dataset = make_dicom(colours, PlanarConfiguration=planar, PixelData=stored.tobytes())
        dataset.save_as(path, enforce_file_format=True)
        assert np.array_equal(read_scan(path).pixels, expected)


def test_grey_stored_as_colours_stays_as_it_is(path):
    assert np.array_equal(read_scan(write_dicom(path, np.dstack([LEVELS] * 3))).pixels, LEVELS)


def test_deep_colours_are_reduced(path):
    colours = np.dstack([LEVELS.astype(np.uint16) * 257] * 3)
    assert np.array_equal(read_scan(write_dicom(path, colours)).pixels, LEVELS)


def test_ybr_is_read_by_its_brightness(path):
    brightness = np.dstack([LEVELS, np.full_like(LEVELS, 128), np.full_like(LEVELS, 128)])
    found = read_scan(write_dicom(path, brightness, PhotometricInterpretation="YBR_FULL")).pixels
    assert np.abs(found.astype(int) - LEVELS).max() <= 1


def test_uncompressed_ybr_with_shared_colours_is_read():
    assert read_scan(bundled("SC_ybr_full_422_uncompressed.dcm")).shape == (100, 100)


def with_palette(bits: int, syntax=ExplicitVRLittleEndian) -> Dataset:
    dataset = make_dicom(LEVELS, syntax=syntax, PhotometricInterpretation="PALETTE COLOR")
    entries = np.arange(255, -1, -1, dtype=np.uint16) * (257 if bits == 16 else 1)
    order = "<" if syntax.is_little_endian else ">"
    content = entries.astype(np.uint8 if bits == 8 else f"{order}u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 8 if bits == 8 else 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", content)
    return dataset


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian], ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("bits", [8, 16, "8 in 16"])
def test_palettes_are_looked_up_whatever_their_depth_and_byte_order(path, bits, syntax):
    with_palette(bits, syntax).save_as(path, enforce_file_format=True)
    assert np.array_equal(read_scan(path).pixels, 255 - LEVELS)


def test_a_real_palette_file_is_read():
    scan = read_scan(bundled("examples_palette.dcm"))
    assert scan.shape == (350, 800)
    assert int(scan.pixels.max()) == 255
    assert scan.device == "Philips Medical Systems CX50"


def test_a_real_colour_file_is_read():
    scan = read_scan(bundled("examples_rgb_color.dcm"))
    assert np.array_equal(scan.pixels, cv2.cvtColor(dcmread(bundled("examples_rgb_color.dcm")).pixel_array, cv2.COLOR_RGB2GRAY))


@pytest.mark.parametrize("name", ["ExplVR_BigEnd.dcm", "image_dfl.dcm", "MR_small_RLE.dcm", "SC_rgb_rle_32bit.dcm", "SC_rgb_small_odd.dcm"])
def test_real_files_of_plain_syntaxes_are_read(name):
    assert np.ptp(read_scan(bundled(name)).pixels) > 50


# Frames


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda syntax: syntax.keyword)
def test_each_frame_of_a_cine_is_read_by_its_number(path, syntax):
    frames = np.stack([make_pixels(seed) for seed in range(3)])
    write_dicom(path, frames, frames=3, syntax=syntax)
    for number in range(3):
        scan = read_scan(path, number)
        assert (scan.frame, scan.frame_count) == (number, 3)
        assert np.array_equal(scan.pixels, frames[number])
        assert not any("frame" in warning for warning in scan.warnings)


@pytest.mark.parametrize("frame", [3, -1])
def test_a_frame_that_is_not_there_is_refused(path, frame):
    write_dicom(path, np.stack([LEVELS] * 3), frames=3)
    assert "holds 3 frames" in refusal(path, frame)


@pytest.mark.parametrize("number", [0, None, "x"])
def test_a_number_of_frames_that_means_nothing_is_one(path, number):
    dataset = make_dicom(LEVELS)
    dataset.add_new("NumberOfFrames", "LO", "" if number is None else str(number))
    dataset.save_as(path, enforce_file_format=True)
    assert read_scan(path).frame_count == 1


def test_one_bad_frame_does_not_cost_the_others(path):
    frames = np.stack([make_pixels(seed) for seed in range(3)])
    dataset = make_dicom(frames, frames=3, syntax=RLELossless)
    start = dataset.PixelData.index(b"\xfe\xff\x00\xe0", dataset.PixelData.index(b"\xfe\xff\x00\xe0", 8) + 8) + 8
    dataset.PixelData = dataset.PixelData[:start] + b"\xff" * 64 + dataset.PixelData[start + 64 :]
    dataset.save_as(path, enforce_file_format=True)
    assert np.array_equal(read_scan(path, 0).pixels, frames[0])
    assert np.array_equal(read_scan(path, 2).pixels, frames[2])
    assert "scan.dcm" in refusal(path, 1)


# Who, when, with what


def test_identity_and_device_are_read_and_kept_apart(path):
    tags = {"PatientName": "Sample^Ada^B.^Dr.", "PatientID": " 42 ", "StudyDate": "20240131", "Manufacturer": "Maker", "ManufacturerModelName": "M1"}
    scan = read_scan(write_dicom(path, make_pixels(), **tags))
    assert scan.identity == Identity("Sample, Ada B.", "42", "2024-01-31")
    assert scan.device == "Maker M1"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("OB^^^^", "OB"),
        ("^Ada", "Ada"),
        ("Sample Ada", "Sample Ada"),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"),
        ("=山田^太郎", "山田, 太郎"),
        ("", ""),
    ],
)
def test_names_are_written_as_people_write_them(path, written, read):
    dataset = make_dicom(make_pixels())
    dataset.SpecificCharacterSet, dataset.PatientName = "ISO_IR 192", written
    dataset.save_as(path, enforce_file_format=True)
    assert read_scan(path).identity.name == read


def test_a_file_that_names_nobody_has_an_empty_identity(path):
    scan = read_scan(write_dicom(path, make_pixels()))
    assert scan.identity.is_empty
    assert scan.device == ""


@pytest.mark.parametrize(("maker", "model", "device"), [("Acme", "Acme 9", "Acme 9"), ("", "9", "9"), ("Acme", "", "Acme")])
def test_a_device_does_not_repeat_its_maker(path, maker, model, device):
    assert read_scan(write_dicom(path, make_pixels(), Manufacturer=maker, ManufacturerModelName=model)).device == device


# Ordinary dirt


def test_an_old_file_without_preamble_and_syntax_is_read(path):
    pixels = make_pixels()
    dataset = make_dicom(pixels, syntax=ImplicitVRLittleEndian)
    del dataset.file_meta
    dataset.save_as(path, implicit_vr=True, little_endian=True)
    assert np.array_equal(read_scan(path).pixels, pixels)
    bare = path.rename(path.with_name("bare"))
    assert np.array_equal(read_scan(bare).pixels, pixels)


@pytest.mark.parametrize("syntax", PLAIN[:2], ids=lambda syntax: syntax.keyword)
def test_values_that_break_the_rules_but_not_the_picture_are_tolerated(path, syntax):
    pixels = make_pixels()
    dataset = make_dicom(pixels, syntax=syntax)
    dirt = {
        "PatientID": "x" * 200,
        "StudyDate": "31.01.2024?",
        "StudyInstanceUID": "1.02.not-a-uid",
        "PatientAge": "about fifty",
        "SeriesNumber": "one",
        "WindowCenter": "middle",
        "WindowWidth": "wide",
    }
    with config.disable_value_validation():
        for keyword, value in dirt.items():
            dataset.add_new(keyword, "LO", value)
        dataset.save_as(path, enforce_file_format=True)
    scan = read_scan(path)
    assert np.array_equal(scan.pixels, pixels)
    assert scan.identity == Identity("", "x" * 200, "31.01.2024?")


def test_an_unknown_character_set_costs_neither_picture_nor_name(path):
    dataset = make_dicom(make_pixels(), PatientName="Sample^Ada", SpecificCharacterSet="ISO_IR 100")
    dataset.save_as(path, enforce_file_format=True)
    path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", b"KLINGON 77"))
    scan = read_scan(path)
    assert np.array_equal(scan.pixels, make_pixels())
    assert scan.identity.name == "Sample, Ada"


def test_more_pixels_than_the_header_tells_of_are_reported(path):
    dataset = make_dicom(make_pixels(), Rows=48)
    dataset.save_as(path, enforce_file_format=True)
    assert any("more pixels than its header" in warning for warning in read_scan(path).warnings)
