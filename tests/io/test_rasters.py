"""Pictures of every usual kind: PNG, JPEG, BMP and WebP."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from busi_gui.domain.scan import Calibration
from busi_gui.io.rasters.errors import DamagedError
from busi_gui.io.rasters.headers import examine_webp
from busi_gui.io.scans import open_scan, read_scan
from tests.builders import make_pixels
from tests.io.opened_files import refusal
from tests.io.raster_files import bmp, bmp_rows, by_pillow, exif, luma, png

RNG = np.random.default_rng(0)
PALETTE = RNG.integers(0, 256, (256, 3), dtype=np.uint8)
COLOURS = RNG.integers(0, 256, (11, 13, 3), dtype=np.uint8)


def turned(pixels, orientation):
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: np.rot90(pixels, 2),
        4: pixels[::-1],
        5: pixels.T,
        6: np.rot90(pixels, -1),
        7: np.rot90(pixels, 2).T,
        8: np.rot90(pixels),
    }[orientation]


def written(tmp_path, content, name="scan.png"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def off_by(scan, expected):
    return np.abs(scan.pixels - expected).max()


# PNG


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_grey_and_palette_pngs_of_every_depth_are_read(tmp_path, bits, interlaced):
    samples = RNG.integers(0, 2**bits, (11, 13))
    path = written(tmp_path, png(samples, bits, 0, interlaced=interlaced))
    assert off_by(read_scan(path), samples * (255 // (2**bits - 1))) == 0
    with open_scan(path) as file:
        assert (file.facts.kind, file.facts.photometric, file.facts.size) == ("PNG", "gray", (11, 13))
    palette = (b"PLTE", PALETTE[: 2**bits].tobytes())
    path = written(tmp_path, png(samples, bits, 3, interlaced=interlaced, chunks=[palette]))
    assert off_by(read_scan(path), luma(PALETTE[samples])) <= 1
    with open_scan(path) as file:
        assert file.facts.photometric == "palette"


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_the_grey_that_a_png_calls_transparent_is_black(tmp_path, bits):
    samples = RNG.integers(0, 2**bits, (11, 13))
    samples[0] = 2**bits - 1
    key = 2 if bits == 2 else 1
    samples[1] = key
    path = written(tmp_path, png(samples, bits, 0, chunks=[(b"tRNS", struct.pack(">H", key))]))
    expected = np.where(samples == key, 0, samples) * (255 / (2**bits - 1))
    assert off_by(read_scan(path), expected) <= 0.5


@pytest.mark.parametrize("bits", [8, 16])
def test_the_colour_that_a_png_calls_transparent_is_black(tmp_path, bits):
    samples = RNG.integers(0, 2**bits, (11, 13, 3))
    samples[0] = 2**bits - 1
    path = written(tmp_path, png(samples, bits, 2, chunks=[(b"tRNS", struct.pack(">3H", *samples[3, 4]))]))
    expected = luma(samples) * (255 / (2**bits - 1))
    expected[3, 4] = 0
    assert off_by(read_scan(path), expected) <= 1.5


def test_a_palette_may_be_transparent_in_part(tmp_path):
    samples, alpha = RNG.integers(0, 256, (11, 13)), RNG.integers(0, 256, 256, dtype=np.uint8)
    path = written(tmp_path, png(samples, 8, 3, chunks=[(b"PLTE", PALETTE.tobytes()), (b"tRNS", alpha.tobytes())]))
    assert off_by(read_scan(path), luma(PALETTE[samples]) * alpha[samples] / 255) <= 1.5


@pytest.mark.parametrize(("colour", "channels", "photometric"), [(4, 2, "gray"), (6, 4, "RGBA")])
@pytest.mark.parametrize("bits", [8, 16])
def test_what_hides_beneath_transparent_pixels_stays_hidden(tmp_path, bits, colour, channels, photometric):
    white = 2**bits - 1
    samples = RNG.integers(0, white, (11, 13, channels), endpoint=True)
    samples[0, :, :-1] = white
    samples[1, :, -1] = 0
    path = written(tmp_path, png(samples, bits, colour))
    scan = read_scan(path)
    opaque = luma(samples) if channels == 4 else samples[..., 0]
    assert off_by(scan, opaque * (255 / white) * samples[..., -1] / white) <= 2
    assert not scan.pixels[1].any()
    with open_scan(path) as file:
        assert file.facts.photometric == photometric


def test_sixteen_bit_colours_that_are_used_in_part_are_not_black(tmp_path):
    samples = RNG.integers(0, 4096, (11, 13, 3))
    samples[0, 0] = 4095
    scan = read_scan(written(tmp_path, png(samples, 16, 2)))
    assert off_by(scan, luma(samples) * 255 / 4095) <= 1
    assert "16-bit" in scan.warnings[0]


def test_of_an_animated_png_the_first_picture_is_read(tmp_path):
    first, second = make_pixels(0), make_pixels(1)
    content = by_pillow(first, "PNG", save_all=True, append_images=[Image.fromarray(second)], duration=40)
    assert b"acTL" in content
    path = written(tmp_path, content)
    assert np.array_equal(read_scan(path).pixels, first)
    with open_scan(path) as file:
        assert file.frame_count == 1


def test_what_a_png_says_of_printing_is_no_scale(tmp_path):
    pixels = make_pixels()
    for content, name in ((by_pillow(pixels, "PNG", dpi=(300, 300)), "a.png"), (by_pillow(pixels, "JPEG", dpi=(300, 300)), "a.jpg")):
        scan = read_scan(written(tmp_path, content, name))
        assert (scan.spacing, scan.regions, scan.calibration) == (None, (), Calibration.NONE)


def test_texts_and_profiles_in_a_png_are_not_unpacked(tmp_path):
    bomb = b"Comment\0\0" + b"\x78\x9c" + b"\xff" * 100
    path = written(tmp_path, png(RNG.integers(0, 256, (5, 6)), 8, 0, chunks=[(b"zTXt", bomb), (b"iCCP", bomb), (b"abCd", b"of another kind")]))
    assert read_scan(path).shape == (5, 6)


# How the camera was held


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF"])
def test_a_picture_is_turned_as_the_camera_was_held(tmp_path, kind, orientation):
    pixels = make_pixels(shape=(48, 64))
    how = {"lossless": True} if kind == "WebP" else {}
    upright = read_scan(written(tmp_path, by_pillow(pixels, kind, **how))).pixels
    held = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": (b"Exif\0\0" if kind != "PNG" else b"") + exif(orientation)}
    with open_scan(written(tmp_path, by_pillow(pixels, kind, **how, **held))) as file:
        scan = file.read()
        assert np.array_equal(scan.pixels, turned(upright, orientation))
        assert file.facts.size == scan.shape


def test_colour_is_turned_with_the_picture(tmp_path):
    pixels = np.zeros((16, 32, 3), np.uint8)
    pixels[:4, :8] = (250, 20, 20)
    scan = read_scan(written(tmp_path, by_pillow(pixels, "PNG", exif=exif(6))))
    assert scan.coloured is not None
    assert scan.coloured.shape == scan.shape == (32, 16)
    assert scan.coloured[:8, -4:].all()
    assert np.count_nonzero(scan.coloured) == 32


def test_a_damaged_note_of_how_the_camera_was_held_costs_nothing(tmp_path):
    pixels = make_pixels()
    upright = read_scan(written(tmp_path, by_pillow(pixels, "JPEG"))).pixels
    for note in (b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM", b"Exif\0\0" + exif(6)[:14], b"Exif\0\0" + exif(99)):
        content = by_pillow(pixels, "JPEG")
        segment = b"\xff\xe1" + struct.pack(">H", len(note) + 2) + note
        assert np.array_equal(read_scan(written(tmp_path, content[:2] + segment + content[2:])).pixels, upright)


# JPEG


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_grey_and_progressive_jpegs_are_read_closely(tmp_path, mode, progressive):
    pixels = make_pixels()
    content = by_pillow(Image.fromarray(pixels).convert(mode), "JPEG", quality=90, progressive=progressive)
    with open_scan(written(tmp_path, content)) as file:
        scan = file.read()
        assert np.abs(scan.pixels.astype(int) - pixels).mean() < 4
        assert scan.coloured is None
        assert (file.facts.kind, file.facts.photometric) == ("JPEG", "gray" if mode == "L" else "RGB")


@pytest.mark.parametrize("is_named", [True, False])
def test_jpegs_that_store_red_green_and_blue_are_read(tmp_path, is_named):
    colours = cv2.GaussianBlur(cv2.resize(COLOURS, (96, 80)), (0, 0), 5)
    content = by_pillow(colours, "JPEG", quality=98, keep_rgb=True)
    if not is_named:  # by no marker but the names of the components
        start = content.index(b"\xff\xee")
        content = content[:start] + content[start + 16 :]
    with open_scan(written(tmp_path, content)) as file:
        scan = file.read()
        assert np.abs(scan.pixels - luma(colours)).mean() < 4
        assert scan.coloured is not None


@pytest.mark.parametrize("stored_as", ["CMYK", "YCCK"])
def test_pictures_for_print_are_read(tmp_path, stored_as):
    colours = cv2.GaussianBlur(cv2.resize(COLOURS, (96, 80)), (0, 0), 5)
    inks = np.asarray(Image.fromarray(colours).convert("CMYK"))
    if stored_as == "YCCK":
        # Ink takes the place of red, green and blue. Pillow stores 255 less than what it is given, and notes that it converted nothing.
        inks = np.dstack([255 - np.asarray(Image.fromarray(inks[..., :3]).convert("YCbCr")), inks[..., 3]])
    content = by_pillow(Image.frombytes("CMYK", (96, 80), inks.tobytes()), "JPEG", quality=98)
    if stored_as == "YCCK":
        place = content.index(b"Adobe") + 11
        assert content[place] == 0
        content = content[:place] + b"\2" + content[place + 1 :]
    with open_scan(written(tmp_path, content)) as file:
        scan = file.read()
        assert np.abs(scan.pixels - luma(colours)).mean() < 4
        assert file.facts.photometric == "CMYK"
        assert scan.coloured is not None


@pytest.mark.parametrize(("process", "word"), [(0xC9, "arithmetic"), (0xCA, "arithmetic"), (0xC3, "lossless"), (0xC5, "rare kind")])
def test_a_jpeg_of_a_rare_kind_is_refused_in_words(tmp_path, process, word):
    content = bytearray(by_pillow(make_pixels(), "JPEG"))
    content[content.index(b"\xff\xc0") + 1] = process
    message = refusal(written(tmp_path, content))
    assert word in message
    assert "PNG" in message


def test_a_jpeg_of_twelve_bits_is_refused_in_words(tmp_path):
    content = bytearray(by_pillow(make_pixels(), "JPEG"))
    content[content.index(b"\xff\xc0") + 4] = 12
    assert "12 bits" in refusal(written(tmp_path, content))


def test_a_jpeg_of_endless_passes_is_refused(tmp_path):
    content = by_pillow(make_pixels(), "JPEG", progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    assert "passes" in refusal(written(tmp_path, content[:-2] + scan * 600 + content[-2:]))


# BMP


def bmp_palette():
    return b"".join(bytes([*colour[::-1], 0]) for colour in PALETTE)


@pytest.mark.parametrize("from_top", [False, True])
@pytest.mark.parametrize("bits", [1, 4, 8])
def test_bmps_with_a_palette_are_read(tmp_path, bits, from_top):
    samples = RNG.integers(0, 2**bits, (6, 8), dtype=np.uint8)
    spread = (samples[..., np.newaxis] >> np.arange(bits - 1, -1, -1)) & 1
    rows = [np.packbits(row).tobytes() for row in spread.reshape(6, -1)]
    content = bmp(bmp_rows(rows if from_top else rows[::-1]), (8, -6 if from_top else 6), bits, palette=bmp_palette()[: 4 * 2**bits])
    with open_scan(written(tmp_path, content)) as file:
        assert off_by(file.read(), luma(PALETTE[samples])) <= 1
        assert (file.facts.kind, file.facts.photometric, file.facts.size) == ("BMP", "palette", (6, 8))


def test_a_bmp_of_an_old_machine_is_read(tmp_path):
    samples = RNG.integers(0, 256, (6, 7), dtype=np.uint8)
    content = bmp(bmp_rows(row.tobytes() for row in samples[::-1]), (7, 6), 8, palette=PALETTE[:, ::-1].tobytes(), old=True)
    assert off_by(read_scan(written(tmp_path, content)), luma(PALETTE[samples])) <= 1


@pytest.mark.parametrize("bits", [4, 8])
def test_a_bmp_of_runs_is_read(tmp_path, bits):
    samples = np.repeat(RNG.integers(0, 2**bits, (6, 4)), 5, axis=1)
    shift = 17 if bits == 4 else 1
    runs = b"".join(b"".join(bytes([5, value * shift]) for value in row[::5]) + b"\0\0" for row in samples[::-1].tolist()) + b"\0\1"
    content = bmp(runs, (20, 6), bits, compression=1 if bits == 8 else 2, palette=bmp_palette()[: 4 * 2**bits])
    assert off_by(read_scan(written(tmp_path, content)), luma(PALETTE[samples])) <= 1
    assert "cut short" in refusal(written(tmp_path, content[:-30]))


def test_bmps_of_sixteen_and_more_bits_are_read(tmp_path):
    levels = COLOURS >> 3
    thin = [(row[:, 0].astype("<u2") << 10 | row[:, 1].astype("<u2") << 5 | row[:, 2]).astype("<u2").tobytes() for row in levels[::-1]]
    assert off_by(read_scan(written(tmp_path, bmp(bmp_rows(thin), (13, 11), 16))), luma(COLOURS)) <= 8
    full = [row[:, ::-1].tobytes() for row in COLOURS[::-1]]
    assert off_by(read_scan(written(tmp_path, bmp(bmp_rows(full), (13, 11), 24))), luma(COLOURS)) <= 1
    # The fourth byte is often 0 although the picture is meant to be seen.
    wide = [np.insert(row[:, ::-1], 3, 0, axis=1).tobytes() for row in COLOURS[::-1]]
    assert off_by(read_scan(written(tmp_path, bmp(bmp_rows(wide), (13, 11), 32))), luma(COLOURS)) <= 1


def test_a_bmp_that_holds_a_jpeg_is_refused_in_words(tmp_path):
    assert "BMP" in refusal(written(tmp_path, bmp(by_pillow(make_pixels(), "JPEG"), (120, 96), 0, compression=4)))


# WebP


@pytest.mark.parametrize("lossless", [False, True])
def test_a_webp_is_read(tmp_path, lossless):
    pixels = make_pixels()
    with open_scan(written(tmp_path, by_pillow(pixels, "WebP", lossless=lossless, quality=90), "scan.webp")) as file:
        scan = file.read()
        assert np.abs(scan.pixels.astype(int) - pixels).mean() < (0.01 if lossless else 4)
        assert scan.coloured is None
        assert (file.facts.kind, file.facts.photometric, file.facts.size, file.frame_ms) == ("WebP", "RGB", pixels.shape, None)


def test_a_transparent_webp_lies_on_black(tmp_path):
    layers = np.full((16, 16, 4), 200, np.uint8)
    layers[..., 3] = np.repeat([0, 0, 128, 255], 4)
    with open_scan(written(tmp_path, by_pillow(layers, "WebP", lossless=True, exact=True), "scan.webp")) as file:
        assert file.read().pixels[0, ::4].tolist() == [0, 0, 100, 200]
        assert file.facts.photometric == "RGBA"


def animated_webp(pages, durations):
    first, *others = map(Image.fromarray, pages)
    return by_pillow(first, "WebP", save_all=True, append_images=others, duration=durations, lossless=True)


def test_the_frames_of_a_webp_are_read_in_any_order(tmp_path):
    pages = [make_pixels(seed) for seed in range(4)]
    with open_scan(written(tmp_path, animated_webp(pages, [40, 40, 40, 40]), "scan.webp")) as file:
        assert (file.frame_count, file.frame_ms) == (4, 40.0)
        for frame in (2, 0, 3, 1, 1):
            scan = file.read(frame)
            assert np.array_equal(scan.pixels, pages[frame])
            assert (scan.frame, scan.frame_count, scan.frame_ms) == (frame, 4, 40.0)


def test_a_webp_that_is_cut_short_is_found_out_before_it_is_decoded(tmp_path):
    content = animated_webp([make_pixels(seed) for seed in range(4)], 40)
    last = content.rindex(b"ANMF")
    for cut in (content[:last], content[: last + 30], content[:4] + struct.pack("<I", last + 92) + content[8 : last + 100]):
        with pytest.raises(DamagedError):
            examine_webp(cut)
        assert "cut short" in refusal(written(tmp_path, cut, "scan.webp"))


def test_a_webp_of_absurd_size_is_refused_before_it_is_decoded(tmp_path):
    wide = struct.pack("<I", 0x10) + (16777215).to_bytes(3, "little") + (200).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + wide
    content = b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk
    assert "16777216 x 201" in refusal(written(tmp_path, content, "scan.webp"))


# Lies about the size


def test_more_pixels_than_so_few_bytes_can_hold_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    decoded = []
    monkeypatch.setattr(cv2, "imdecode", lambda *_: decoded.append("PNG"))
    monkeypatch.setattr("busi_gui.io.rasters.file.JpegImageFile", lambda *_: decoded.append("JPEG"))
    lies = bytearray(by_pillow(make_pixels(), "PNG"))
    lies[16:24] = struct.pack(">II", 16000, 16000)
    lies[29:33] = struct.pack(">I", zlib.crc32(lies[12:29]))
    assert "cut short" in refusal(written(tmp_path, lies))
    lies = bytearray(by_pillow(make_pixels(), "JPEG"))
    start = lies.index(b"\xff\xc0") + 5
    lies[start : start + 4] = struct.pack(">HH", 16000, 16000)
    assert "cut short" in refusal(written(tmp_path, lies))
    assert not decoded


def test_an_animated_webp_of_small_frames_on_a_huge_canvas_is_refused(tmp_path):
    lies = bytearray(animated_webp([make_pixels(seed) for seed in range(2)], 40))
    lies[24:27] = (60000).to_bytes(3, "little")
    assert "damaged" in refusal(written(tmp_path, lies, "scan.webp"))


def test_flat_pictures_of_few_bytes_are_read(tmp_path):
    flat = np.full((3000, 4000, 3), 128, np.uint8)
    for kind, how in (("PNG", {"optimize": True}), ("JPEG", {"quality": 5, "progressive": True, "optimize": True}), ("JPEG", {"quality": 1})):
        assert int(read_scan(written(tmp_path, by_pillow(flat, kind, **how))).pixels.mean()) in range(124, 133)


# Colour


def test_where_a_picture_has_colour_is_told_from_grey_of_poor_quality(tmp_path):
    pixels = cv2.merge([make_pixels(shape=(64, 80))] * 3)
    pixels = np.clip(pixels + RNG.integers(-2, 3, pixels.shape), 0, 255).astype(np.uint8)
    for quality in (20, 60, 95):
        assert read_scan(written(tmp_path, by_pillow(pixels, "JPEG", quality=quality))).coloured is None
    pixels[16:32, 24:56] = (220, 40, 40)
    for quality in (60, 95):
        coloured = read_scan(written(tmp_path, by_pillow(pixels, "JPEG", quality=quality))).coloured
        assert coloured is not None
        assert coloured[18:30, 26:54].all()
        assert not coloured[48:].any()


def test_transparent_colour_is_no_colour(tmp_path):
    layers = np.zeros((8, 8, 4), np.uint8)
    layers[..., 0] = 255
    assert read_scan(written(tmp_path, by_pillow(layers, "PNG"))).coloured is None
