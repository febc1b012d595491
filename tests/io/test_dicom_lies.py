"""Headers that lie: found before memory is taken for what they claim, in little time, and said in words."""

from __future__ import annotations

import logging
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    JPEG2000,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from busi_gui.io.decoding.process import SHARED
from busi_gui.io.dicom import codecs as dicom_codecs
from busi_gui.io.dicom import header as dicom_header
from busi_gui.io.dicom.bitstreams import Coding, examine
from busi_gui.io.scans import open_scan, read_scan
from tests.builders import make_dicom, make_pixels, write_dicom
from tests.io.dicom_files import COLOURS, GREY, encapsulated, flat_htj2k, jpeg, jpeg_2000, jpeg_lossless, jpeg_ls_of, luma, save
from tests.io.opened_files import bundled, refusal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scan.dcm"


# The header


@pytest.mark.parametrize("elements", [{"Rows": 65535, "Columns": 65535}, {"Rows": 20000, "Columns": 20000}, {"Rows": 9000, "Columns": 9000}])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless], ids=["plain", "run lengths"])
def test_absurd_sizes_are_refused(path, elements, syntax):
    message = refusal(write_dicom(path, GREY, syntax=syntax, **elements))
    assert f"{elements['Columns']} x {elements['Rows']} pixels" in message


@pytest.mark.parametrize("value", [[48, 48], [48, 64], -1, 0, "many"])
def test_sizes_that_are_not_one_number_are_refused(path, value):
    dataset = make_dicom(GREY)
    del dataset.Rows
    dataset.add_new("Rows", "LO" if isinstance(value, str) else "SS" if value == -1 else "US", value)
    assert "no usable size" in refusal(save(dataset, path))


@pytest.mark.parametrize(
    "elements",
    [
        {"SamplesPerPixel": 3},
        {"SamplesPerPixel": 0},
        {"SamplesPerPixel": 4},
        {"PhotometricInterpretation": "RGB"},
        {"PhotometricInterpretation": "PALETTE COLOR", "SamplesPerPixel": 3},
    ],
)
def test_samples_that_contradict_the_kind_of_colours_are_refused(path, elements):
    assert "contradicts itself" in refusal(write_dicom(path, GREY, **elements))


@pytest.mark.parametrize(
    "elements",
    [{"BitsAllocated": bits} for bits in (0, 7, 12, 24, 64, 65535)] + [{"BitsStored": 9}, {"BitsStored": 65535}, {"BitsAllocated": None}],
    ids=str,
)
def test_depths_that_mean_nothing_are_refused(path, elements):
    assert "contradicts itself" in refusal(write_dicom(path, GREY, **elements))


def test_what_is_missing_and_can_be_told_is_told(path):
    dataset = make_dicom(GREY)
    del dataset.SamplesPerPixel, dataset.PhotometricInterpretation, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation
    assert np.array_equal(read_scan(save(dataset, path)).pixels, GREY)


@pytest.mark.parametrize("value", [1e308, -1e308, 1e-300])
@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"])
def test_numbers_of_any_size_are_read(path, keyword, value):
    elements: dict[str, Any] = {"RescaleSlope": 1, "RescaleIntercept": 0, "WindowCenter": 100, "WindowWidth": 50}
    dataset = make_dicom(GREY, **elements)
    setattr(dataset, keyword, f"{value:.0e}")
    assert read_scan(save(dataset, path)).shape == GREY.shape


@pytest.mark.parametrize("descriptor", [[0, 0, 16], [65535, 0, 16], [256, 65535, 16], [256, 0, 0], [256, 0, 99], [256, 0], []])
@pytest.mark.parametrize("keyword", ["VOILUTSequence", "ModalityLUTSequence"])
def test_tables_of_any_description_are_read(path, keyword, descriptor):
    table = Dataset()
    table.LUTDescriptor, table.LUTData = descriptor, [257 * level for level in range(256)]
    for element in ("LUTDescriptor", "LUTData"):
        table[element].VR = "US"
    dataset = make_dicom(GREY)
    setattr(dataset, keyword, [table])
    assert read_scan(save(dataset, path)).shape == GREY.shape


def test_a_segmented_palette_never_grows_beyond_its_description(path):
    dataset = make_dicom(GREY, PhotometricInterpretation="PALETTE COLOR")
    segments = np.array([0, 1, 0] + [1, 65535, 7] * 10_000, "<u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        dataset.add_new(f"Segmented{colour}PaletteColorLookupTableData", "OW", segments)
    assert read_scan(save(dataset, path)).shape == GREY.shape


@pytest.mark.parametrize("segments", [[1, 5, 0], [0, 1, 0, 9, 9, 9], [0, 1, 0, 2, 3, 65535, 65535], [0, 1, 0, 2, 65535, 0, 0], [0]])
def test_a_segmented_palette_that_makes_no_sense_is_refused(path, segments):
    dataset = make_dicom(GREY, PhotometricInterpretation="PALETTE COLOR")
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        dataset.add_new(f"Segmented{colour}PaletteColorLookupTableData", "OW", np.array(segments, "<u2").tobytes())
    assert refusal(save(dataset, path))


# What is compressed


def with_size(stream: bytes, marker: bytes, rows: int, columns: int) -> bytes:
    place = stream.index(marker) + 5
    return stream[:place] + struct.pack(">HH", rows, columns) + stream[place + 4 :]


def j2k_with_size(stream: bytes, rows: int, columns: int) -> bytes:
    place = stream.index(b"\xff\x51") + 6
    return stream[:place] + struct.pack(">II", columns, rows) + stream[place + 8 :]


def test_a_compressed_picture_of_another_size_is_refused_before_it_is_decoded(path, tmp_path, monkeypatch):
    monkeypatch.setattr(dicom_codecs, "_DECODERS", None)
    streams = {
        JPEGBaseline8Bit: with_size(jpeg(GREY), b"\xff\xc0", 20000, 20000),
        JPEGLosslessSV1: with_size(jpeg_lossless(GREY, tmp_path), b"\xff\xc3", 20000, 20000),
        JPEGLSLossless: with_size(jpeg_ls_of(GREY), b"\xff\xf7", 20000, 20000),
        JPEG2000: j2k_with_size(jpeg_2000(GREY), 20000, 20000),
    }
    for syntax, stream in streams.items():
        message = refusal(save(encapsulated(make_dicom(GREY), syntax, [stream]), path))
        assert "its picture is 20000 x 20000 pixels, but its header says 64 x 48" in message


@pytest.mark.parametrize("shape", [(47, 64), (48, 63), (65, 64), (48, 81), (64, 48)])
def test_a_compressed_picture_of_a_slightly_wrong_size_is_refused_too(path, shape):
    assert "but its header says 64 x 48" in refusal(save(encapsulated(make_dicom(GREY), JPEGBaseline8Bit, [jpeg(make_pixels(shape=shape))]), path))


def test_a_compressed_picture_that_was_filled_up_to_whole_blocks_is_cut_to_its_size(path):
    larger = make_pixels(shape=(64, 80))
    found = read_scan(save(encapsulated(make_dicom(GREY), JPEG2000, [jpeg_2000(larger)]), path)).pixels
    assert np.array_equal(found, larger[:48, :64])


@pytest.mark.parametrize(("header", "picture"), [(GREY, COLOURS), (COLOURS, GREY)], ids=["grey header", "colour header"])
def test_a_compressed_picture_of_other_samples_is_refused(path, header, picture):
    assert "samples for each pixel" in refusal(save(encapsulated(make_dicom(header), JPEGBaseline8Bit, [jpeg(picture)]), path))


def test_a_picture_that_is_built_up_in_thousands_of_passes_is_refused(path):
    pixels = np.zeros((600, 800), np.uint8)
    stream = jpeg(pixels, progressive=True)
    scan = stream[stream.rindex(b"\xff\xda") : -2]
    bomb = stream[:-2] + scan * 2000 + stream[-2:]
    dataset = make_dicom(pixels)
    assert "passes" in refusal(save(encapsulated(dataset, JPEGBaseline8Bit, [bomb]), path))


@pytest.mark.parametrize(
    ("stream", "coding", "bits"),
    [
        (jpeg(GREY), Coding.JPEG, 8),
        (jpeg(GREY, progressive=True), Coding.JPEG, 8),
        (jpeg_ls_of(GREY.astype(np.uint16) * 257), Coding.JPEG_LS, 16),
        (jpeg_2000(GREY), Coding.JPEG_2000, 8),
        (jpeg_2000(GREY, codec_format=1), Coding.JPEG_2000, 8),
        (flat_htj2k(48, 64), Coding.JPEG_2000, 8),
    ],
)
def test_what_a_compressed_picture_says_of_itself_is_known_before_it_is_decoded(stream, coding, bits):
    found = examine(stream)
    assert found is not None
    assert (found.coding, found.rows, found.columns, found.samples, found.bits) == (coding, 48, 64, 1, bits)


@pytest.mark.parametrize("stream", [jpeg(COLOURS), jpeg_ls_of(COLOURS), jpeg_2000(COLOURS)], ids=["JPEG", "JPEG-LS", "JPEG 2000"])
def test_whatever_is_cut_off_or_changed_in_its_first_bytes_nothing_is_raised(stream):
    rng = np.random.default_rng(0)
    for end in range(0, 400, 3):
        examine(stream[:end])
    for _ in range(500):
        changed = bytearray(stream)
        changed[rng.integers(2, 200)] = rng.integers(0, 256)
        examine(bytes(changed))


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 1000])
def test_jpeg_ls_always_ends_where_its_decoder_stops(path, monkeypatch, cut):
    # Without a marked end the decoder looks for one beyond it, for up to twelve seconds.
    given = []
    decode = SHARED.decode

    def watched(coding, encoded, **facts):
        given.append(encoded)
        return decode(coding, encoded, **facts)

    monkeypatch.setattr(SHARED, "decode", watched)
    frame = jpeg_ls_of(COLOURS)
    save(encapsulated(make_dicom(COLOURS), JPEGLSLossless, [frame[: len(frame) - cut]]), path)
    if cut <= 2:
        assert np.abs(read_scan(path).pixels - luma(COLOURS)).max() <= 0.51
    else:
        assert "JPEG-LS" in refusal(path)
    assert b"\xff\xd9" in given[0][-16:]


@pytest.mark.parametrize("segment", [b"\x81" * 3, b"", b"\x80" * 500, b"\x7f"], ids=["two runs", "nothing", "no runs", "cut short"])
def test_run_lengths_that_end_too_early_are_refused(path, segment):
    frame = struct.pack("<16I", 1, 64, *[0] * 14) + segment
    assert "run lengths" in refusal(save(encapsulated(make_dicom(GREY), RLELossless, [frame]), path))


@pytest.mark.parametrize("count", [0, 2, 15, 2**31])
def test_run_lengths_for_another_depth_are_refused(path, count):
    frame = struct.pack("<16I", count, 64, *[0] * 14) + b"\x81\x07" * 9
    assert "but its header says 1" in refusal(save(encapsulated(make_dicom(GREY), RLELossless, [frame]), path))


def test_run_lengths_of_a_bomb_take_no_more_than_the_picture(path):
    frame = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x07" * 1_000_000  # 128 MB
    found = read_scan(save(encapsulated(make_dicom(GREY), RLELossless, [frame]), path))
    assert (found.pixels == 7).all()


def test_runs_may_go_on_in_the_next_line(path):
    frame = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x07" * (48 * 64 // 128)  # runs of 128 in lines of 64
    assert (read_scan(save(encapsulated(make_dicom(GREY), RLELossless, [frame]), path)).pixels == 7).all()


@pytest.mark.parametrize("bits", [9, 12, 14, 16])
def test_lossless_jpeg_of_any_depth_is_read(path, tmp_path, bits):
    # No encoder here writes depths but 8 and 16. They differ in where prediction starts: in the middle of the greys.
    pixels = GREY.astype(np.uint16) << (bits - 8)
    shifted = (pixels.astype(int) + 2**15 - 2 ** (bits - 1)).astype(np.uint16)
    stream = bytearray(jpeg_lossless(shifted, tmp_path))
    place = stream.index(b"\xff\xc3") + 4
    assert stream[place] == 16
    stream[place] = bits
    dataset = make_dicom(pixels, BitsStored=bits, HighBit=bits - 1, WindowCenter=2 ** (bits - 1), WindowWidth=2**bits)
    assert np.abs(read_scan(save(encapsulated(dataset, JPEGLosslessSV1, [bytes(stream)]), path)).pixels.astype(int) - GREY).max() <= 1


@pytest.mark.parametrize(("marker", "place", "value"), [(0xC3, 4, 1), (0xC3, 4, 17), (0xC0, 4, 9), (0xC0, 4, 16)])
def test_a_depth_that_a_coding_cannot_have_is_refused_before_it_is_decoded(path, tmp_path, monkeypatch, marker, place, value):
    monkeypatch.setattr(dicom_codecs, "_DECODERS", None)
    stream = bytearray(jpeg_lossless(GREY, tmp_path) if marker == 0xC3 else jpeg(GREY))
    stream[stream.index(bytes((0xFF, marker))) + place] = value
    assert f"claims {value} bits" in refusal(save(encapsulated(make_dicom(GREY), JPEGLosslessSV1, [bytes(stream)]), path))


@pytest.mark.parametrize("damage", ["no marker", "rubbish", "table of codes", "JFIF of version 9"])
def test_what_makes_gdcm_end_its_process_costs_no_more_than_the_frame(path, tmp_path, damage):
    deep = GREY.astype(np.uint16) * 257
    stream = jpeg_lossless(deep, tmp_path)
    table = stream.index(b"\xff\xc4")
    changed = {
        "no marker": stream[:table] + b"\x80" + stream[table + 1 :],
        "rubbish": stream[:table] + bytes(29) + stream[table:],
        "table of codes": stream[: table + 5] + b"\xff" * 16 + stream[table + 21 :],
        "JFIF of version 9": stream[:2] + b"\xff\xe0\x00\x10JFIF\0\x09\x09\x07\0\0\0\0\0\0" + stream[2:],
    }[damage]
    save(encapsulated(make_dicom(deep), JPEGLosslessSV1, [changed]), path)
    if damage.startswith("JFIF"):
        assert np.ptp(read_scan(path).pixels) == 255
    else:
        assert "lossless JPEG data is damaged" in refusal(path)
    save(encapsulated(make_dicom(deep), JPEGLosslessSV1, [stream]), path)
    assert np.ptp(read_scan(path).pixels) == 255


def deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    meta = b"\x02\x00\x10\x00UI\x16\x00" + DeflatedExplicitVRLittleEndian.encode()
    return b"\0" * 128 + b"DICM" + meta + packer.compress(body) + packer.flush()


def test_what_unpacks_to_more_than_can_be_read_is_refused(path, monkeypatch):
    monkeypatch.setattr(dicom_header, "_MOST_INFLATED", 8 * 2**20)
    path.write_bytes(deflated(b"\x08\0\x16\0UI\0\0" + bytes(64 * 2**20)))
    assert path.stat().st_size < 100_000
    assert "unpacks to more than 8 MiB" in refusal(path)


def test_deflated_nonsense_is_refused(path):
    content = deflated(bytes(5000))
    path.write_bytes(content[:160] + b"\xff" * 200)
    assert refusal(path)


def test_a_header_of_millions_of_empty_elements_is_refused(path, monkeypatch):
    monkeypatch.setattr(dicom_header, "_MOST_READS", 20_000)
    content = write_dicom(path, GREY).read_bytes()
    place = content.index(b"\x08\x00\x16\x00")
    bomb = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\0\0\0\0" * 30_000 + b"\xfe\xff\xdd\xe0\0\0\0\0"
    path.write_bytes(content[:place] + bomb + content[place:])
    assert refusal(path)


def test_sequences_within_sequences_without_end_are_refused(path):
    content = write_dicom(path, GREY).read_bytes()
    place = content.index(b"\x08\x00\x16\x00")
    deep = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * 50_000
    path.write_bytes(content[:place] + deep + content[place:])
    assert refusal(path)


def test_lengths_beyond_the_file_are_refused(path):
    content = write_dicom(path, GREY, PatientComments="x" * 100).read_bytes()
    place = content.index(b"\x10\x00\x00\x40LT")
    path.write_bytes(content[: place + 4] + b"OB\0\0" + struct.pack("<I", 2**32 - 2) + content[place + 8 :])
    assert refusal(path)


# What is no picture


@pytest.mark.parametrize("name", ["reportsi.dcm", "rtplan.dcm", "rtstruct.dcm", "test-SR.dcm", "waveform_ecg.dcm"])
def test_reports_plans_and_curves_hold_no_picture(name):
    assert "holds no picture" in refusal(bundled(name))


def test_a_wrapped_pdf_holds_no_picture_and_neither_does_an_icon(path):
    dataset = make_dicom(GREY, PixelData=None, EncapsulatedDocument=b"%PDF-1.4 ")
    icon = make_dicom(GREY)
    del icon.file_meta
    dataset.IconImageSequence = [icon]
    assert "holds no picture" in refusal(save(dataset, path))


def test_a_header_that_was_cut_short_is_told_from_a_file_without_a_picture(path):
    content = write_dicom(path, GREY, ImageComments="x" * 500).read_bytes()
    path.write_bytes(content[: content.index(b"x" * 500) + 100])
    assert "cut short: it ends before its picture" in refusal(path)


def test_a_name_is_never_in_a_message(path):
    for elements in ({"Rows": 0}, {"BitsAllocated": 7}, {"PhotometricInterpretation": "CMYK"}, {"NumberOfFrames": 9}):
        write_dicom(path, GREY, PatientName="Secret^Ada", PatientID="4711", StudyDate="20240131", **elements)
        try:
            with open_scan(path) as file:
                message = " ".join(file.read(0).warnings)
        except Exception as error:  # noqa: BLE001 - whatever it is, its words are looked at
            message = str(error)
        assert not any(word in message for word in ("Secret", "Ada", "4711", "2024"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of one program")
def test_the_largest_picture_that_is_read_takes_less_than_a_gigabyte(path):
    pixels = np.zeros((6900, 7200), np.uint16)
    pixels[::7] = 4000
    save(make_dicom(pixels, WindowCenter=2000, WindowWidth=4000), path)
    program = (
        "import sys; from pathlib import Path; from busi_gui.io.scans import read_scan; read_scan(Path(sys.argv[1]));"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=True, text=True, timeout=60)
    assert int(done.stdout) < 2**20


def test_what_pydicom_logs_of_an_odd_file_stays_unlogged(caplog):
    logging.getLogger("pydicom").warning("unknown value 'Secret^Ada'")
    assert caplog.text == ""
