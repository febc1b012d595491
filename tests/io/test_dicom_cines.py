"""Cines in DICOM files: how their frames are found, how long each is shown, and what is left of damaged ones."""

from __future__ import annotations

import struct
import threading
import warnings
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import config
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from busi_gui.io.dicom.file import open_dicom
from busi_gui.io.dicom.header import quietly
from busi_gui.io.errors import ReadError
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from tests.builders import make_dicom, make_pixels, write_dicom
from tests.io.dicom_files import COLOURS, encapsulated, jpeg, jpeg_ls_of, make_cine, save
from tests.io.opened_files import PLAIN, bundled, refusal

ITEM = b"\xfe\xff\x00\xe0"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cine.dcm"


def readable(file: ScanFile) -> list[int]:
    found = []
    for frame in range(file.frame_count):
        try:
            file.read(frame)
        except ReadError:
            continue
        found.append(frame)
    return found


def check_all(path: Path, expected: list[np.ndarray]) -> None:
    with open_scan(path) as file:
        assert (file.frame_count, file.unreadable) == (len(expected), frozenset())
        # In any order: nothing is walked through from the start.
        for frame in np.random.default_rng(0).permutation(len(expected)).tolist():
            scan = file.read(frame)
            assert np.array_equal(scan.pixels, expected[frame])
            assert (scan.frame, scan.frame_count) == (frame, len(expected))


# Where frames lie


@pytest.mark.parametrize("has_table", [True, False])
@pytest.mark.parametrize("pieces", [1, 3])
def test_frames_are_found_with_and_without_a_table_in_one_fragment_or_several(path, has_table, pieces):
    dataset, expected = make_cine(has_bot=has_table, fragments_per_frame=pieces)
    check_all(save(dataset, path), expected)


def test_frames_are_found_by_an_extended_table(path):
    dataset, expected = make_cine(has_bot=False, fragments_per_frame=2)
    starts = [0]
    content = dataset.PixelData
    place, number = 8, 0
    while content[place : place + 4] == ITEM:
        length = struct.unpack("<I", content[place + 4 : place + 8])[0]
        place, number = place + 8 + length, number + 1
        if number % 2 == 0:
            starts.append(place - 8)
    dataset.ExtendedOffsetTable = struct.pack(f"<{len(expected)}Q", *starts[: len(expected)])
    dataset.ExtendedOffsetTableLengths = struct.pack(f"<{len(expected)}Q", *[1] * len(expected))
    check_all(save(dataset, path), expected)


@pytest.mark.parametrize("has_table", [True, False])
def test_a_fragment_that_only_looks_like_the_beginning_of_a_frame_is_told_by_the_table(path, has_table):
    pieces, expected = [], []
    for seed in range(3):
        stream = jpeg(make_pixels(seed, shape=(48, 64)))
        comment = b"\xff\xd8\xff\xe0" + bytes(20)
        stream = stream[:2] + b"\xff\xef" + struct.pack(">H", len(comment) + 2) + comment + stream[2:]
        pieces += [stream[:6], stream[6:] + b"\0" * (len(stream) % 2)]
        expected.append(np.asarray(Image.open(BytesIO(stream))))
    dataset = encapsulated(make_dicom(np.zeros((3, 48, 64), np.uint8), frames=3), JPEGBaseline8Bit, pieces, has_bot=False)
    if has_table:
        starts = [sum(8 + len(piece) for piece in pieces[: 2 * frame]) for frame in range(3)]
        dataset.PixelData = ITEM + struct.pack("<I3I", 12, *starts) + dataset.PixelData[8:]
        check_all(save(dataset, path), expected)
    else:  # nothing can tell
        with open_scan(save(dataset, path)) as file:
            assert readable(file) != [0, 1, 2]


@pytest.mark.parametrize("wrong", ["zeros", "ones", "shifted", "backwards", "too many", "too few"])
def test_a_wrong_table_is_not_believed(path, wrong):
    dataset, expected = make_cine(has_bot=True)
    content = dataset.PixelData
    length = struct.unpack("<I", content[4:8])[0]
    table = np.frombuffer(content[8 : 8 + length], "<u4")
    changed = {
        "zeros": table * 0,
        "ones": table * 0 + 1,
        "shifted": table + 2,
        "backwards": table[::-1],
        "too many": np.append(table, table[-1] + 1),
        "too few": table[:1],
    }[wrong].astype("<u4")
    dataset.PixelData = ITEM + struct.pack("<I", changed.nbytes) + changed.tobytes() + content[8 + length :]
    check_all(save(dataset, path), expected)


def test_the_header_is_parsed_once_and_no_frame_is_read_at_opening(path, monkeypatch):
    dataset, expected = make_cine(40, shape=(96, 128))
    size = save(dataset, path).stat().st_size
    read = 0
    real_open = Path.open

    class Counting:
        def __init__(self, file):
            self._file = file

        def read(self, count=-1):
            nonlocal read
            content = self._file.read(count)
            read += len(content)
            return content

        def __getattr__(self, name):
            return getattr(self._file, name)

    monkeypatch.setattr(Path, "open", lambda self, *how, **more: Counting(real_open(self, *how, **more)))
    opened = open_dicom(path)
    assert read < size / 10
    monkeypatch.setattr("busi_gui.io.dicom.file.load", None)
    read = 0
    assert np.array_equal(opened.read(39).pixels, expected[39])
    assert read < size / 10
    opened.close()


def test_frames_are_not_kept(path):
    dataset, _ = make_cine(2)
    with open_scan(save(dataset, path)) as file:
        assert file.read(1).pixels is not file.read(1).pixels


def test_a_real_cine_is_read_in_any_order():
    with open_scan(bundled("examples_ybr_color.dcm")) as file:
        assert (file.frame_count, file.unreadable) == (30, frozenset())
        assert file.frame_ms == pytest.approx(33.333)
        last, first = file.read(29), file.read(0)
    assert (first.shape, first.device) == ((240, 320), "SonoSite, Inc. Turbo")
    assert np.abs(first.pixels.astype(int) - last.pixels).max() > 20


def in_thread(work: Callable[[], object]) -> threading.Event:
    """Do something in another thread and return what is set when it is done."""
    done = threading.Event()

    def run():
        work()
        done.set()

    threading.Thread(target=run, daemon=True).start()
    return done


def test_files_are_opened_one_at_a_time_and_frames_are_decoded_beside_it(path):
    # pydicom's settings, and Python's warnings, belong to the process: one thread would take them from under the other.
    with open_scan(save(make_cine(4)[0], path)) as file:
        with quietly():
            opened = in_thread(lambda: open_scan(path).close())
            decoded = in_thread(lambda: file.read(3))
            assert decoded.wait(30)
            assert not opened.is_set()
        assert opened.wait(30)


def test_opening_leaves_the_settings_of_the_process_as_they_were(path):
    before = (list(warnings.filters), config.settings.reading_validation_mode)
    with pytest.raises(ReadError):
        open_scan(bundled("reportsi.dcm"))
    save(make_cine(2)[0], path)
    open_scan(path).close()
    assert (list(warnings.filters), config.settings.reading_validation_mode) == before


# How long a frame is shown


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"FrameTime": 40}, 40.0),
        ({"FrameTimeVector": [0, 30, 50]}, 40.0),
        ({"FrameTimeVector": [30, 50]}, 40.0),
        ({"CineRate": 25}, 40.0),
        ({"RecommendedDisplayFrameRate": 25}, 40.0),
        ({"FrameTime": 0, "CineRate": 25}, 40.0),
        ({"FrameTime": -1}, None),
        ({"FrameTime": 10_001}, None),
        ({"FrameTime": "nan"}, None),
        ({"FrameTime": "soon"}, None),
        ({"CineRate": 0}, None),
        ({"FrameTimeVector": [0]}, None),
        ({}, None),
    ],
)
def test_a_frame_is_shown_as_long_as_the_file_says(path, elements, expected):
    dataset = make_dicom(np.zeros((2, 4, 5), np.uint8), frames=2)
    for keyword, value in elements.items():
        if isinstance(value, str):
            dataset.add_new(keyword, "LO", value)
        else:
            setattr(dataset, keyword, value)
    with open_scan(save(dataset, path)) as file:
        assert file.frame_ms == expected
        assert file.read().frame_ms == expected


# What is left of damaged ones


@pytest.mark.parametrize("has_table", [True, False])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_a_compressed_cine_that_was_cut_short_opens_with_the_frames_that_are_left(path, share, has_table, capfd):
    dataset, expected = make_cine(12, has_bot=has_table)
    content = save(dataset, path).read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with open_scan(path) as file:
        left = file.frame_count - len(file.unreadable)
        assert file.frame_count == 12
        assert file.unreadable == frozenset(range(left, 12))
        assert abs(left - 12 * share) < 2
        assert readable(file) == list(range(left))
        scan = file.read(left - 1)
        assert np.array_equal(scan.pixels, expected[left - 1])
        which = f"Frames {left + 1} to 12 of 12 are" if left < 11 else "Frame 12 of 12 is"
        assert f"{which} missing: the file was cut short." in scan.warnings
        with pytest.raises(ReadError, match=r"Frame 12 of cine\.dcm is missing"):
            file.read(11)
    assert capfd.readouterr() == ("", "")


def test_of_frames_in_several_fragments_the_last_is_lost_where_any_of_its_fragments_is(path):
    dataset, _ = make_cine(4, has_bot=True, fragments_per_frame=3)
    content = save(dataset, path).read_bytes()
    path.write_bytes(content[:-200])
    with open_scan(path) as file:
        assert file.unreadable == {3}
        assert readable(file) == [0, 1, 2]


@pytest.mark.parametrize("syntax", [syntax for syntax in PLAIN if syntax != RLELossless], ids=lambda syntax: syntax.keyword)
def test_a_plain_cine_that_was_cut_short_opens_with_its_whole_frames(path, syntax):
    frames = np.random.default_rng(0).integers(0, 256, (6, 48, 64), np.uint8)  # noise, so that deflating it makes it no smaller
    content = write_dicom(path, frames, frames=6, syntax=syntax).read_bytes()
    path.write_bytes(content[: len(content) - 48 * 64 * 5 // 2])
    with open_scan(path) as file:
        assert (file.frame_count, file.unreadable) == (6, frozenset({3, 4, 5}))
        assert "Frames 4 to 6 of 6 are missing: the file was cut short." in file.read(2).warnings
        assert np.array_equal(file.read(2).pixels, frames[2])
        assert readable(file) == [0, 1, 2]


def test_a_header_that_tells_of_more_frames_than_there_are_is_reported(path):
    dataset, expected = make_cine(3)
    dataset.NumberOfFrames = 5
    with open_scan(save(dataset, path)) as file:
        assert file.unreadable == {3, 4}
        assert np.array_equal(file.read(2).pixels, expected[2])
        assert any("does not hold all that its header tells of" in warning for warning in file.read().warnings)


@pytest.mark.parametrize("stated", [2**31, 10**9, 200_000])
def test_an_absurd_number_of_frames_is_not_believed(path, stated):
    dataset, _ = make_cine(3)
    dataset.NumberOfFrames = str(stated)
    with open_scan(save(dataset, path)) as file:
        assert (file.frame_count, file.unreadable) == (3, frozenset())
        assert any(f"claims to hold {stated} frames" in warning for warning in file.read(2).warnings)
    plain = make_dicom(np.zeros((3, 4, 5), np.uint8), frames=3, NumberOfFrames=str(stated))
    with open_scan(save(plain, path)) as file:
        assert file.frame_count == 3


@pytest.mark.parametrize("stated", [2, 1, None])
def test_more_frames_than_the_header_tells_of_are_reported(path, stated):
    dataset, expected = make_cine(4, has_bot=False)
    dataset.NumberOfFrames = stated
    with open_scan(save(dataset, path)) as file:
        assert file.frame_count == (stated or 1)
        assert np.array_equal(file.read(0).pixels, expected[0])
        assert any("holds more frames than the" in warning for warning in file.read().warnings)


@pytest.mark.parametrize("elements", [{"Rows": 24}, {"NumberOfFrames": 2}])
def test_more_pixels_than_the_header_tells_of_are_reported(path, elements):
    dataset = make_dicom(np.zeros((4, 48, 64), np.uint8), frames=4, **elements)
    with open_scan(save(dataset, path)) as file:
        assert any("more pixels than its header" in warning for warning in file.read().warnings)


def test_an_empty_frame_in_the_middle_is_lost_and_the_others_are_not(path):
    frames = [jpeg(make_pixels(seed, shape=(48, 64))) for seed in range(5)]
    dataset = make_dicom(np.zeros((5, 48, 64), np.uint8), frames=5)
    frames[1] = frames[3] = b""
    dataset = encapsulated(dataset, JPEGBaseline8Bit, [frame or b"xx" for frame in frames], has_bot=False)
    empty = ITEM + struct.pack("<I", 2) + b"xx"
    assert dataset.PixelData.count(empty) == 2
    dataset.PixelData = dataset.PixelData.replace(empty, ITEM + bytes(4))
    with open_scan(save(dataset, path)) as file:
        assert file.unreadable == {1, 3}
        assert readable(file) == [0, 2, 4]
        assert any("Frames 2, 4 of 5 are missing" in warning for warning in file.read().warnings)


@pytest.mark.parametrize("damage", [b"", b"\xff\xd8\xff\xd9", b"\0" * 300])
def test_a_bad_frame_in_the_middle_costs_only_itself(path, damage):
    frames = [jpeg(make_pixels(seed, shape=(48, 64))) for seed in range(5)]
    frames[2] = damage or frames[2][: len(frames[2]) // 2]
    dataset = encapsulated(make_dicom(np.zeros((5, 48, 64), np.uint8), frames=5), JPEGBaseline8Bit, frames)
    with open_scan(save(dataset, path)) as file:
        assert file.unreadable == frozenset()
        assert readable(file) == [0, 1, 3, 4]
        with pytest.raises(ReadError, match=r"Frame 3 of cine\.dcm cannot be decoded"):
            file.read(2)


def test_the_first_readable_frame_is_known(path):
    frames = [b"xx", jpeg(make_pixels(1, shape=(48, 64)))]
    dataset = encapsulated(make_dicom(np.zeros((2, 48, 64), np.uint8), frames=2), JPEGBaseline8Bit, frames, has_bot=False)
    dataset.PixelData = dataset.PixelData.replace(ITEM + struct.pack("<I", 2) + b"xx", ITEM + bytes(4))
    with open_scan(save(dataset, path)) as file:
        assert file.first_readable == 1
        assert file.read(file.first_readable).frame == 1


@pytest.mark.parametrize("encode", [jpeg, jpeg_ls_of], ids=["JPEG", "JPEG-LS"])
@pytest.mark.parametrize("share", [0.75, 0.95])
def test_a_single_compressed_picture_that_was_cut_short_is_refused(path, encode, share):
    dataset = encapsulated(make_dicom(COLOURS), JPEGBaseline8Bit, [encode(COLOURS)])
    content = save(dataset, path).read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "cut short" in refusal(path)


def test_a_cine_without_one_whole_frame_is_refused(path):
    frames = np.zeros((3, 48, 64), np.uint8)
    content = write_dicom(path, frames, frames=3).read_bytes()
    path.write_bytes(content[: -48 * 64 * 2 - 10])
    assert "cut short" in refusal(path)
    dataset, _ = make_cine(3)
    content = save(dataset, path).read_bytes()
    path.write_bytes(content[: content.index(b"\xff\xd8") + 100])
    assert "cut short" in refusal(path)


def test_a_file_that_becomes_shorter_while_it_is_open_is_refused_frame_by_frame(path):
    dataset, expected = make_cine(12, shape=(200, 200))
    save(dataset, path)
    with open_scan(path) as file:
        with path.open("r+b") as other:
            other.truncate(path.stat().st_size // 2)
        assert np.array_equal(file.read(1).pixels, expected[1])
        with pytest.raises(ReadError, match="shorter"):
            file.read(11)


def test_nothing_is_read_after_closing(path):
    save(make_cine(3)[0], path)
    with open_scan(path) as file:
        pass
    with pytest.raises(ReadError):
        file.read(0)


def test_a_file_that_cannot_be_opened_is_not_left_open(path):
    write_dicom(path, np.zeros((4, 5), np.uint8), Rows=0)
    assert refusal(path)
    path.rename(path.with_name("moved.dcm"))  # and no ResourceWarning, which would fail the test
