"""TIFF: pages as frames, the ways of storing pixels, and what is left of damaged files."""

from __future__ import annotations

import io
import struct
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from busi_gui.io.errors import ReadError
from busi_gui.io.rasters.tiff_tags import read_directories
from busi_gui.io.scans import open_scan, read_scan
from tests.builders import make_pixels
from tests.io.opened_files import refusal
from tests.io.raster_files import by_pillow, gray_page, luma, tiff

RNG = np.random.default_rng(0)
COLOURS = np.dstack([make_pixels(seed) for seed in range(3)])
PAGES = [make_pixels(seed, shape=(30 + seed, 40)) for seed in range(4)]


def written(tmp_path, content):
    path = tmp_path / "scan.tif"
    path.write_bytes(content)
    return path


def by_tifffile(pixels, **how):
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, byteorder=how.pop("order", "<"), bigtiff=how.pop("big", False)) as file:
        file.write(pixels, metadata=None, **how)
    return stream.getvalue()


# Ways of storing pixels


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_both_orders_of_bytes_and_big_files_are_read(tmp_path, order, big):
    pixels = make_pixels()
    assert np.array_equal(read_scan(written(tmp_path, tiff(gray_page(pixels, order), order=order, big=big))).pixels, pixels)
    assert np.array_equal(read_scan(written(tmp_path, by_tifffile(pixels, order=order, big=big))).pixels, pixels)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"])
def test_what_is_compressed_without_loss_is_read_exactly(tmp_path, compression):
    pixels = make_pixels()
    assert np.array_equal(read_scan(written(tmp_path, by_pillow(pixels, "TIFF", compression=compression))).pixels, pixels)
    found = read_scan(written(tmp_path, by_pillow(COLOURS, "TIFF", compression=compression)))
    assert np.abs(found.pixels - luma(COLOURS)).max() <= 1
    assert found.coloured is not None


def test_a_tiff_of_jpegs_is_read_closely(tmp_path):
    for image in (Image.fromarray(COLOURS), Image.fromarray(COLOURS).convert("YCbCr")):
        with open_scan(written(tmp_path, by_pillow(image, "TIFF", compression="jpeg", quality=95))) as file:
            assert np.abs(file.read().pixels - luma(COLOURS)).mean() < 3
            assert file.facts.photometric == "RGB"
    pixels = make_pixels()
    found = read_scan(written(tmp_path, by_pillow(pixels, "TIFF", compression="jpeg", quality=95))).pixels
    assert np.abs(found.astype(int) - pixels).mean() < 3


@pytest.mark.parametrize("compression", ["raw", "group3", "group4"])
@pytest.mark.parametrize("white", [0, 1])
def test_faxes_are_read(tmp_path, compression, white):
    is_white = make_pixels() > 100
    found = read_scan(written(tmp_path, by_pillow(is_white, "TIFF", compression=compression, tiffinfo={262: 1 - white}))).pixels
    assert np.array_equal(found > 127, is_white)


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_whose_zero_is_white_is_turned_round(tmp_path, order):
    pixels = make_pixels()
    assert np.array_equal(read_scan(written(tmp_path, tiff(gray_page(255 - pixels, order, t262=0), order=order))).pixels, pixels)
    pixels[0, 0] = 255
    deep = 65535 - pixels.astype(np.uint16) * 257
    for content in (tiff(gray_page(deep, order, t262=0), order=order), by_tifffile(deep, photometric="miniswhite", order=order)):
        assert np.array_equal(read_scan(written(tmp_path, content)).pixels, pixels)


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_become_eight_by_the_depth_in_use(tmp_path, order):
    deep = make_pixels().astype(np.uint16) * 16
    deep[0, 0] = 4095
    for content in (tiff(gray_page(deep, order), order=order), by_tifffile(deep, order=order), by_pillow(deep, "TIFF", compression="tiff_lzw")):
        scan = read_scan(written(tmp_path, content))
        assert np.abs(scan.pixels - deep * (255 / 4095)).max() <= 0.5
        assert "16-bit" in scan.warnings[0]


def test_sixteen_bit_colours_become_eight_by_the_depth_in_use(tmp_path):
    deep = COLOURS.astype(np.uint16) * 16
    deep[0, 0] = 4095
    scan = read_scan(written(tmp_path, tiff(gray_page(deep))))
    assert np.abs(scan.pixels - luma(deep) * (255 / 4095)).max() <= 1
    assert scan.coloured is not None
    assert "rare kind" in refusal(written(tmp_path, by_tifffile(np.moveaxis(deep, 2, 0), photometric="rgb", planarconfig="separate")))


def test_a_dark_page_of_sixteen_bits_stays_dark(tmp_path):
    bright, dark = np.full((8, 9), 4000, np.uint16), np.full((8, 9), 200, np.uint16)
    with open_scan(written(tmp_path, tiff(gray_page(bright), gray_page(dark)))) as file:
        assert int(file.read(1).pixels[0, 0]) == 12
        assert int(file.read(0).pixels[0, 0]) == 249


@pytest.mark.parametrize("planes", ["contig", "separate"])
def test_colours_are_read_whether_they_lie_side_by_side_or_apart(tmp_path, planes):
    pixels = COLOURS if planes == "contig" else np.moveaxis(COLOURS, 2, 0)
    found = read_scan(written(tmp_path, by_tifffile(pixels, photometric="rgb", planarconfig=planes))).pixels
    assert np.abs(found - luma(COLOURS)).max() <= 1


@pytest.mark.parametrize(("kind", "is_multiplied"), [("unassalpha", False), ("assocalpha", True)])
def test_alpha_lets_black_through_once(tmp_path, kind, is_multiplied):
    alpha = np.full(COLOURS.shape[:2], 128, np.uint8)
    alpha[0] = 0
    stored = (COLOURS * (alpha[..., np.newaxis] / 255)).astype(np.uint8) if is_multiplied else COLOURS
    with open_scan(written(tmp_path, by_tifffile(np.dstack([stored, alpha]), photometric="rgb", extrasamples=[kind]))) as file:
        found = file.read().pixels
        assert np.abs(found - luma(COLOURS) * alpha / 255).max() <= 2
        assert not found[0].any()
        assert file.facts.photometric == "RGBA"


def test_palettes_and_inks_are_read(tmp_path):
    image = Image.fromarray(COLOURS).quantize(64)
    with open_scan(written(tmp_path, by_pillow(image, "TIFF"))) as file:
        assert np.abs(file.read().pixels - luma(np.asarray(image.convert("RGB")))).max() <= 1
        assert file.facts.photometric == "palette"
    with open_scan(written(tmp_path, by_pillow(Image.fromarray(COLOURS).convert("CMYK"), "TIFF"))) as file:
        assert np.abs(file.read().pixels - luma(COLOURS)).max() <= 2
        assert file.facts.photometric == "CMYK"


def test_tiles_are_read(tmp_path):
    assert np.array_equal(read_scan(written(tmp_path, by_tifffile(make_pixels(), tile=(32, 16)))).pixels, make_pixels())
    assert np.abs(read_scan(written(tmp_path, by_tifffile(COLOURS, tile=(32, 48), photometric="rgb"))).pixels - luma(COLOURS)).max() <= 1


# What is refused


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.int16, np.int32, np.uint32])
def test_greys_without_an_agreed_black_and_white_are_refused(tmp_path, dtype):
    assert np.dtype(dtype).name in refusal(written(tmp_path, by_tifffile(np.zeros((5, 6), dtype))))


def test_rare_kinds_are_refused_in_words(tmp_path):
    assert "rare kind" in refusal(written(tmp_path, by_tifffile(COLOURS, photometric="cielab")))
    assert "number 34712" in refusal(written(tmp_path, tiff(gray_page(make_pixels(), t259=34712))))
    assert "rare kind" in refusal(written(tmp_path, tiff(gray_page(make_pixels(), t277=60000))))


def test_a_big_file_in_the_rare_order_of_bytes_is_refused_in_words(tmp_path):
    assert "order of bytes" in refusal(written(tmp_path, tiff(gray_page(make_pixels(), ">"), order=">", big=True)))


def test_absurd_tiles_are_refused_before_memory_is_taken(tmp_path):
    page = gray_page(make_pixels(), t322=65536, t323=65536, t324=8, t325=100)
    assert "damaged" in refusal(written(tmp_path, tiff(page)))


# Pages


def test_each_page_is_a_frame_of_its_own_size(tmp_path):
    with open_scan(written(tmp_path, tiff(*map(gray_page, PAGES)))) as file:
        assert (file.frame_count, file.frame_ms, file.unreadable, file.facts.size) == (4, None, frozenset(), (30, 40))
        for frame in (3, 0, 2, 1, 1):
            scan = file.read(frame)
            assert np.array_equal(scan.pixels, PAGES[frame])
            assert (scan.frame, scan.frame_count, scan.warnings) == (frame, 4, ())
        for frame in (-1, 4):
            with pytest.raises(ReadError, match="holds 4 pages: there is no frame"):
                file.read(frame)


def test_only_the_page_that_is_asked_for_is_decoded(tmp_path):
    path = written(tmp_path, tiff(gray_page(PAGES[0]), gray_page(PAGES[1], t259=9), gray_page(PAGES[2])))
    with open_scan(path) as file:
        assert np.array_equal(file.read(2).pixels, PAGES[2])
        with pytest.raises(ReadError, match="rare way"):
            file.read(1)


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_pages_of_compressed_and_big_files_are_found(tmp_path, order, big):
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, byteorder=order, bigtiff=big) as file:
        for page in PAGES:
            file.write(page, metadata=None, compression="zlib")
    with open_scan(written(tmp_path, stream.getvalue())) as opened:
        assert all(np.array_equal(opened.read(frame).pixels, page) for frame, page in enumerate(PAGES))


@pytest.mark.parametrize("tags", [{"t254": 1}, {"t254": 4}, {"t255": 2}])
def test_small_copies_and_masks_are_no_pages(tmp_path, tags):
    copy = gray_page(PAGES[0][::2, ::2].copy(), **tags)
    with open_scan(written(tmp_path, tiff(copy, gray_page(PAGES[0], t254=2), copy, gray_page(PAGES[1], t254=2)))) as file:
        assert file.frame_count == 2
        assert [file.read(frame).shape for frame in range(2)] == [(30, 40), (31, 40)]


def test_a_file_that_calls_its_only_page_a_small_copy_is_read(tmp_path):
    assert np.array_equal(read_scan(written(tmp_path, tiff(gray_page(PAGES[0], t254=1)))).pixels, PAGES[0])


# Damage


def test_of_a_tiff_that_was_cut_short_the_pages_that_are_left_are_read(tmp_path):
    content = tiff(*map(gray_page, PAGES))
    third = content.index(PAGES[2].tobytes())
    with open_scan(written(tmp_path, content[: third + 100])) as file:
        assert (file.frame_count, file.unreadable, file.first_readable) == (3, frozenset({2}), 0)
        scan = file.read(1)
        assert np.array_equal(scan.pixels, PAGES[1])
        assert scan.warnings == ("The file was damaged or cut short: page 3 of 3 is missing.",)
        with pytest.raises(ReadError, match=r"scan\.tif was damaged or cut short: page 3 of 3 is missing"):
            file.read(2)


def test_how_many_pages_are_missing_is_said_where_the_file_tells(tmp_path):
    content = tiff(*(gray_page(page, t297=(number, 4)) for number, page in enumerate(PAGES)))
    with open_scan(written(tmp_path, content[: content.index(PAGES[2].tobytes())])) as file:
        assert (file.frame_count, file.unreadable) == (4, frozenset({2, 3}))
        assert "pages 3 and 4 of 4 are missing" in file.read().warnings[0]


def test_pages_whose_pixels_are_missing_do_not_cost_the_others(tmp_path):
    lost = {**gray_page(PAGES[1]), 273: 10**6, 279: 1200}
    del lost[0]
    with open_scan(written(tmp_path, tiff(lost, gray_page(PAGES[2]), gray_page(PAGES[3])))) as file:
        assert (file.frame_count, file.unreadable, file.first_readable) == (3, frozenset({0}), 1)
        assert file.facts.size == (32, 40)
        scan = file.read(file.first_readable)
        assert np.array_equal(scan.pixels, PAGES[2])
        assert "page 1 of 3 is missing" in scan.warnings[0]


def test_a_page_that_is_damaged_inside_does_not_cost_the_others(tmp_path):
    first, *others = (Image.fromarray(page) for page in PAGES)
    content = bytearray(by_pillow(first, "TIFF", compression="tiff_adobe_deflate", save_all=True, append_images=others))
    with open_scan(written(tmp_path, content)) as file:
        whole = [file.read(frame).pixels for frame in range(4)]
    starts = [at for at in range(len(content)) if content[at : at + 2] == b"\x78\x9c"]
    content[starts[1] + 20 : starts[1] + 60] = bytes(40)
    with open_scan(written(tmp_path, content)) as file:
        assert file.unreadable == frozenset()
        with pytest.raises(ReadError, match="damaged"):
            file.read(1)
        for frame in (0, 2, 3):
            assert np.array_equal(file.read(frame).pixels, whole[frame])


def test_a_page_that_has_fewer_strips_than_its_size_needs_is_refused(tmp_path):
    pixels = make_pixels()
    assert "cut short" in refusal(written(tmp_path, tiff(gray_page(pixels, t257=200))))
    tiled = by_tifffile(pixels, tile=(32, 16))
    (directory,) = read_directories(tiled)[0]
    assert "cut short" in refusal(written(tmp_path, with_value(tiled, directory.places[257], 200)))


def with_value(content, entry, value):
    return content[: entry + 8] + struct.pack("<H", value) + content[entry + 10 :]


def test_directories_that_go_round_in_a_circle_end(tmp_path):
    content = bytearray(tiff(*map(gray_page, PAGES)))
    (first,) = struct.unpack_from("<I", content, 4)
    content[-4:] = struct.pack("<I", first)
    with open_scan(written(tmp_path, content)) as file:
        assert (file.frame_count, file.unreadable) == (4, frozenset())


def test_a_directory_that_says_nothing_of_use_is_a_page_that_is_missing(tmp_path):
    content = bytearray(tiff(gray_page(PAGES[0]), gray_page(PAGES[1])))
    place = read_directories(bytes(content))[0][1].places[273]
    content[place + 4 : place + 8] = struct.pack("<I", 2**31)
    with open_scan(written(tmp_path, content)) as file:
        assert file.unreadable == frozenset({1})
        assert np.array_equal(file.read(0).pixels, PAGES[0])


@pytest.mark.skipif(sys.platform == "win32", reason="libtiff cannot be reached there to be told")
def test_nothing_is_printed_about_damaged_pages(tmp_path, capfd):
    content = by_pillow(make_pixels(), "TIFF", compression="tiff_lzw")
    for seed in range(40):
        changed = bytearray(content)
        for place in np.random.default_rng(seed).integers(0, len(content), 5):
            changed[place] ^= 0xFF
        try:
            read_scan(written(tmp_path, changed))
        except ReadError as error:
            assert "scan.tif" in str(error)  # noqa: PT017 - some are read: either is right
    assert capfd.readouterr() == ("", "")


def test_a_size_that_stands_there_twice_is_found_before_memory_is_taken(tmp_path, monkeypatch):
    content = bytearray(tiff(gray_page(np.zeros((24, 32), np.uint8))))
    columns, last = content.index(struct.pack("<HHI", 256, 4, 1)), content.index(struct.pack("<HHI", 278, 4, 1))
    content[last : last + 12] = struct.pack("<HHII", 256, 3, 1, 32)  # in place of how many rows a strip has, which can be done without
    content[columns + 8 : columns + 12] = struct.pack("<I", 470_047_260)
    path = tmp_path / "twice.tif"
    path.write_bytes(content)
    monkeypatch.setattr(TiffImageFile, "load", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(ReadError, match=r"twice\.tif is damaged"):
        read_scan(path)
