"""One look at a file, for the list of cases."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage

from busi_gui.domain.scan import content_key, file_key
from busi_gui.io.errors import ReadError
from busi_gui.io.scans import open_scan, read_scan
from busi_gui.services.thumbnails import THUMBNAIL_PX, look_at, thumbnail_of
from tests.builders import make_pixels, write_dicom, write_image


def greys(image: QImage) -> np.ndarray:
    """Return a grey picture's pixels, uint8 (rows, columns)."""
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return lines[:, : image.width()].copy()


def test_a_look_finds_picture_key_and_time(tmp_path):
    pixels = make_pixels(shape=(300, 400))
    path = write_image(tmp_path / "scan.png", pixels)
    look = look_at(path)
    assert look.error == ""
    assert look.key == content_key(pixels)
    assert look.frame_count == 1
    assert look.modified == path.stat().st_mtime
    assert look.image is not None
    assert (look.image.width(), look.image.height()) == (THUMBNAIL_PX, THUMBNAIL_PX * 3 // 4)


@pytest.mark.parametrize(
    ("shape", "size"), [((1000, 10), (1, 128)), ((10, 1000), (128, 1)), ((1, 1), (1, 1)), ((90, 127), (127, 90)), ((600, 400), (85, 128))]
)
def test_a_thumbnail_keeps_the_aspect_and_is_never_enlarged(shape, size):
    image = thumbnail_of(np.full(shape, 77, np.uint8))
    assert (image.width(), image.height()) == size
    assert image.format() == QImage.Format.Format_Grayscale8
    assert (greys(image) == 77).all()


def test_a_small_scan_is_its_own_thumbnail_whatever_its_width():
    pixels = np.random.default_rng(1).integers(0, 256, (31, 45), np.uint8)  # no multiple of four: Qt fills lines up
    assert (greys(thumbnail_of(pixels)) == pixels).all()


def test_in_a_thumbnail_every_pixel_has_its_share():
    noise = np.random.default_rng(1).integers(0, 256, (512, 512), np.uint8)
    assert greys(thumbnail_of(noise)).std() == pytest.approx(noise.std() / 4, rel=0.1)  # the mean of sixteen


def test_a_thumbnail_does_not_hold_on_to_the_scan():
    pixels = np.full((40, 40), 9, np.uint8)
    image = thumbnail_of(pixels)
    pixels[:] = 200
    assert (greys(image) == 9).all()


def test_of_a_cine_the_first_readable_frame_is_taken(tmp_path):
    frames = np.stack([np.full((60, 80), 10 * (n + 1), np.uint8) for n in range(5)])
    look = look_at(write_dicom(tmp_path / "cine.dcm", frames, frames=5))
    assert look.frame_count == 5
    assert look.key == file_key(read_scan(tmp_path / "cine.dcm", 0))
    assert look.image is not None
    assert (greys(look.image) == 10).all()


def test_frames_that_turn_out_damaged_are_passed_over(tmp_path, monkeypatch):
    frames = np.stack([np.full((60, 80), 10 * (n + 1), np.uint8) for n in range(5)])
    path = write_dicom(tmp_path / "cine.dcm", frames, frames=5)
    with open_scan(path) as file:
        kind, read = type(file), type(file).read
        third = file.read(2)

    def damaged(file, frame=0):
        if frame < 2:
            raise ReadError("cine.dcm: the frame is damaged.")
        return read(file, frame)

    monkeypatch.setattr(kind, "read", damaged)
    assert look_at(path).key == file_key(third)


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\ncut short", b"some text"])
def test_a_file_that_cannot_be_read_says_why(tmp_path, content):
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    look = look_at(path)
    assert look.image is None
    assert look.key == ""
    assert look.error.startswith("odd.png ")


def test_a_file_that_is_gone_says_so(tmp_path):
    look = look_at(tmp_path / "gone.png")
    assert "does not exist" in look.error
    assert look.modified is None
