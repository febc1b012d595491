"""Opening pictures: what is read, and what is refused in which words."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from busi_gui.io.errors import ReadError
from busi_gui.io.scans import can_read, read_scan, scans_in
from models.datasets import Example
from tests.builders import make_pixels, png_chunk, write_dicom, write_image
from tests.io.opened_files import refusal

LOSSLESS = [".png", ".bmp", ".tif", ".tiff", ".webp"]
RASTERS = [*LOSSLESS, ".jpg", ".jpeg"]


# What is read


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_a_grey_picture_is_read_exactly(tmp_path, suffix):
    pixels = make_pixels()
    path = write_image(tmp_path / f"scan{suffix}", pixels)
    scan = read_scan(path)
    assert np.array_equal(scan.pixels, pixels)
    assert (scan.path, scan.frame, scan.frame_count, scan.spacing, scan.warnings) == (path, 0, 1, None, ())
    assert scan.identity.is_empty
    assert not scan.pixels.flags.writeable


def test_a_jpeg_is_read_closely(tmp_path):
    pixels = make_pixels()
    found = read_scan(write_image(tmp_path / "scan.jpg", pixels)).pixels.astype(int)
    assert np.abs(found - pixels).mean() < 4


def test_a_scan_is_what_the_networks_are_trained_on(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    for suffix in RASTERS:
        for pixels, most in ((colours[..., 0], 0), (cv2.merge([colours[..., 0]] * 3), 0), (colours, 1)):
            path = write_image(tmp_path / f"scan{suffix}", pixels)
            trained_on = Example(path, (), "benign", "g", "d").read_pixels().astype(int)
            assert np.abs(read_scan(path).pixels - trained_on).max() <= most


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_colours_become_grey_by_their_luma(tmp_path, suffix):
    colours = np.zeros((4, 3, 3), np.uint8)
    colours[:, 0, 0], colours[:, 1, 1], colours[:, 2, 2] = 255, 255, 255
    found = read_scan(write_image(tmp_path / f"scan{suffix}", colours)).pixels[0].astype(int)
    assert np.abs(found - (29, 150, 76)).max() <= 1


@pytest.mark.parametrize("suffix", RASTERS)
def test_grey_stored_as_colours_stays_as_it_is(tmp_path, suffix):
    grey = np.full((16, 16), 137, np.uint8)
    assert (read_scan(write_image(tmp_path / f"scan{suffix}", cv2.merge([grey] * 3))).pixels == 137).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_what_is_transparent_is_black(tmp_path, suffix):
    layers = np.full((4, 4, 4), 200, np.uint8)
    layers[..., 3] = (0, 128, 255, 255)
    found = read_scan(write_image(tmp_path / f"scan{suffix}", layers)).pixels
    assert found[0].tolist() == [0, 100, 200, 200]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_that_are_used_fully_become_eight(tmp_path, suffix):
    pixels = make_pixels()
    pixels[0, 0] = 255
    scan = read_scan(write_image(tmp_path / f"scan{suffix}", pixels.astype(np.uint16) * 257))
    assert np.array_equal(scan.pixels, pixels)
    assert "16-bit" in scan.warnings[0]


@pytest.mark.parametrize(("brightest", "white"), [(255, 255), (1000, 1023), (4095, 4095), (4096, 16383), (16384, 65535)])
def test_sixteen_bits_that_are_used_in_part_are_not_black(tmp_path, brightest, white):
    pixels = np.array([[0, brightest // 2, brightest]], np.uint16)
    found = read_scan(write_image(tmp_path / "scan.png", pixels)).pixels[0].astype(int)
    assert np.abs(found - pixels[0] * (255 / white)).max() <= 0.5


def test_sixteen_bits_of_black_are_black(tmp_path):
    assert read_scan(write_image(tmp_path / "scan.png", np.zeros((3, 4), np.uint16))).pixels.max() == 0


def test_a_picture_is_turned_as_the_camera_was_held(tmp_path):
    pixels = make_pixels(shape=(48, 64))
    path = write_image(tmp_path / "scan.jpg", pixels)
    upright = read_scan(path).pixels
    entry = struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, 6, 0, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8) + entry
    content = path.read_bytes()
    path.write_bytes(content[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + content[2:])
    assert np.array_equal(read_scan(path).pixels, np.rot90(upright, -1))


def test_one_pixel_is_read(tmp_path):
    for suffix in RASTERS:
        assert read_scan(write_image(tmp_path / f"one{suffix}", np.full((1, 1), 77, np.uint8))).pixels.tolist() == [[77]]


def test_a_huge_picture_is_read(tmp_path):
    path = write_image(tmp_path / "huge.png", np.zeros((9000, 12000), np.uint8), params=[cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert read_scan(path).shape == (9000, 12000)


@pytest.mark.parametrize("name", ["Brüste, 2. Aufnahme.png", "ультразвук.png", "乳房.png", 'a\'b "c" 100%.png'])
def test_names_may_hold_any_letters(tmp_path, name):
    if os.name == "nt":
        name = name.replace('"', "")
    pixels = make_pixels()
    folder = tmp_path / "Ärztin"
    folder.mkdir()
    assert np.array_equal(read_scan(write_image(folder / name, pixels)).pixels, pixels)


def test_the_content_decides_not_the_name(tmp_path):
    pixels = make_pixels()
    path = write_image(tmp_path / "scan.png", pixels)
    for name in ("scan.jpg", "scan.dcm", "scan"):
        path = path.rename(tmp_path / name)
        assert np.array_equal(read_scan(path).pixels, pixels)
    path = write_dicom(tmp_path / "dicom.png", pixels)
    assert np.array_equal(read_scan(path).pixels, pixels)


# What is refused


def test_a_missing_file_is_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "none.png")


def test_a_file_below_a_file_is_refused_as_missing(tmp_path):
    path = write_image(tmp_path / "scan.png", make_pixels())
    assert "does not exist" in refusal(path / "scan.png")


def test_a_folder_is_refused(tmp_path):
    assert "is a folder" in refusal(tmp_path)


def test_an_empty_file_is_refused(tmp_path):
    path = tmp_path / "scan.png"
    path.touch()
    assert "is empty" in refusal(path)


@pytest.mark.parametrize("suffix", RASTERS)
def test_a_text_file_named_as_a_picture_is_refused(tmp_path, suffix):
    path = tmp_path / f"notes{suffix}"
    path.write_text("Left breast, 2 o'clock: ändern!\n", encoding="utf-8")
    assert "is not a picture: it holds text" in refusal(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "archive.png"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 4)
    assert "no known kind" in refusal(path)


def test_a_file_without_permission_is_refused(tmp_path, monkeypatch):
    path = write_image(tmp_path / "scan.png", make_pixels())

    def deny(*_args, **_how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    assert "no permission" in refusal(path)
    assert not can_read(tmp_path / "bare")


def test_a_file_on_a_failing_drive_is_refused_with_the_reason(tmp_path, monkeypatch):
    path = write_image(tmp_path / "scan.png", make_pixels())

    def fail(*_args, **_how):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert "Input/output error" in refusal(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes that are files")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path):
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    assert "not an ordinary file" in refusal(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("suffix", RASTERS)
def test_a_truncated_picture_is_refused_and_nothing_is_printed(tmp_path, capfd, suffix, share):
    path = write_image(tmp_path / f"scan{suffix}", make_pixels())
    content = path.read_bytes()
    path.write_bytes(content[: max(16, int(len(content) * share))])
    assert "cut short" in refusal(path)
    assert capfd.readouterr() == ("", "")


def test_a_truncated_progressive_jpeg_is_refused(tmp_path):
    path = write_image(tmp_path / "scan.jpg", make_pixels(), params=[cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    path.write_bytes(path.read_bytes()[:-100])
    assert "cut short" in refusal(path)


def test_a_tiff_whose_directory_comes_first_is_refused_when_truncated(tmp_path):
    tags = [(256, 3, 40), (257, 3, 50), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 200), (277, 3, 1), (278, 3, 50), (279, 4, 2000)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + b"\0" * 4
    content = head.ljust(200, b"\0") + np.random.default_rng(0).integers(1, 255, 2000, dtype=np.uint8).tobytes()
    path = tmp_path / "scan.tif"
    path.write_bytes(content)
    assert read_scan(path).shape == (50, 40)
    path.write_bytes(content[:1200])
    assert "cut short" in refusal(path)


def test_a_png_with_a_changed_byte_is_refused(tmp_path):
    path = write_image(tmp_path / "scan.png", make_pixels())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    assert "damaged" in refusal(path)


def test_a_png_whose_rows_are_missing_is_refused(tmp_path, capfd):
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 40, 8, 0, 0, 0, 0))
    rows = png_chunk(b"IDAT", zlib.compress(b"\0" + b"\x80" * 40))
    path = tmp_path / "scan.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + rows + png_chunk(b"IEND", b""))
    assert "damaged" in refusal(path)


def absurd_png(columns: int, rows: int) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(b"\0" * 99)) + png_chunk(b"IEND", b"")


def absurd_jpeg(columns: int, rows: int) -> bytes:
    content = bytearray(cv2.imencode(".jpg", np.zeros((8, 8), np.uint8))[1].tobytes())
    start = content.index(b"\xff\xc0") + 5
    content[start : start + 4] = struct.pack(">HH", rows, columns)
    return bytes(content)


def absurd_bmp(columns: int, rows: int) -> bytes:
    content = bytearray(cv2.imencode(".bmp", np.zeros((8, 8), np.uint8))[1].tobytes())
    content[18:26] = struct.pack("<ii", columns, rows)
    content[30:34] = struct.pack("<I", 1)  # run lengths: a size that the file's own length does not belie
    return bytes(content)


def absurd_tiff(columns: int, rows: int) -> bytes:
    entries = struct.pack("<HHIIHHII", 256, 4, 1, columns, 257, 4, 1, rows)
    return b"II*\0" + struct.pack("<IH", 8, 2) + entries + b"\0" * 4


@pytest.mark.parametrize("absurd", [absurd_png, absurd_jpeg, absurd_bmp, absurd_tiff])
def test_an_absurd_size_is_refused_before_it_is_decoded(tmp_path, monkeypatch, absurd):
    monkeypatch.setattr(cv2, "imdecode", None)
    path = tmp_path / "bomb.png"
    path.write_bytes(absurd(60000, 50000))
    assert "60000 x 50000" in refusal(path)
    path.write_bytes(absurd(0, 10))
    assert "no usable size" in refusal(path)


def test_a_file_of_several_gigabytes_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = write_image(tmp_path / "scan.png", make_pixels())
    monkeypatch.setattr("busi_gui.io.rasters.file._MAX_RASTER_BYTES", 1000)
    assert "larger than" in refusal(path)


def test_floats_are_refused(tmp_path):
    path = write_image(tmp_path / "scan.tif", np.zeros((5, 6), np.float32))
    assert "float32" in refusal(path)


def test_a_picture_has_no_second_frame(tmp_path):
    assert "no frame 2" in refusal(write_image(tmp_path / "scan.png", make_pixels()), frame=1)


@pytest.mark.parametrize("suffix", RASTERS)
def test_whatever_is_changed_a_file_is_read_or_refused(tmp_path, suffix):
    rng = np.random.default_rng(0)
    path = write_image(tmp_path / f"scan{suffix}", make_pixels(shape=(32, 40)))
    content = np.frombuffer(path.read_bytes(), np.uint8)
    for _ in range(60):
        changed = content.copy()
        places = rng.integers(0, min(len(content), rng.choice([60, len(content)])), 3)
        changed[places] = rng.integers(0, 256, 3)
        path.write_bytes(changed.tobytes())
        try:
            read_scan(path)
        except ReadError as error:
            assert path.name in str(error)  # noqa: PT017 - most are refused, some are read: either is right


# Which files are offered


@pytest.mark.parametrize("name", ["a.png", "a.JPG", "a.jpeg", "a.bmp", "a.TIF", "a.tiff", "a.dcm", "a.DICOM", "a.ima"])
def test_files_are_known_by_their_suffix(name):
    assert can_read(Path(name))


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.gif", "a", "1.2.840", "png"])
def test_other_files_are_not(tmp_path, name):
    (tmp_path / name).write_text("text")
    assert not can_read(tmp_path / name)


@pytest.mark.parametrize("name", ["IM000001", "1.2.840.10008.5"])
def test_dicom_files_without_a_suffix_are_known_by_their_mark(tmp_path, name):
    assert can_read(write_dicom(tmp_path / name, make_pixels()))


def test_a_missing_file_without_suffix_cannot_be_read(tmp_path):
    assert not can_read(tmp_path / "none")
    assert not can_read(tmp_path)


def test_a_folder_is_listed_in_natural_order_without_what_belongs_to_its_scans(tmp_path):
    scans = ["benign (1).png", "benign (2).png", "benign (10).png", "img2.png", "IMG3.png", "img10.png", "unmasked.png", "x.dcm"]
    others = ["img2_mask.png", "img2_mask_1.png", "img2_saliency.png", "img2_overlay.png", "img2_MASK.png", ".hidden.png", "notes.txt", "DICOMDIR"]
    for name in [*scans[::-1], *others]:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.png").mkdir()
    write_dicom(tmp_path / "bare", make_pixels())
    assert [path.name for path in scans_in(tmp_path)] == ["bare", *scans]


def test_names_that_differ_only_in_case_or_zeros_keep_one_order(tmp_path):
    for name in ("b01.png", "B1.png", "b1.png", "7.png", "a.png"):
        (tmp_path / name).write_bytes(b"x")
    found = [path.name for path in scans_in(tmp_path)]
    assert found[:2] == ["7.png", "a.png"]
    assert found == [path.name for path in scans_in(tmp_path)]


def test_an_empty_folder_holds_no_scans(tmp_path):
    assert scans_in(tmp_path) == []


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path):
    with pytest.raises(ReadError, match="none does not exist"):
        scans_in(tmp_path / "none")
    path = write_image(tmp_path / "scan.png", make_pixels())
    with pytest.raises(ReadError, match=r"scan\.png is a file"):
        scans_in(path)
