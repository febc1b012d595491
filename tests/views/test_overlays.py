"""Colours say what maps say, outlines run between pixels, and a pyramid shows what the scan shows."""

from __future__ import annotations

import cv2
import numpy as np
import pyqtgraph
import pytest

from busi_gui.views.scan import overlays
from busi_gui.views.scan.overlays import COLOUR_MAPS, colour_table, coloured, gray_table, outline, simplified
from busi_gui.views.scan.pyramid import Pyramid
from tests.views.cases import box_mask, speckle


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def ragged_mask(seed):
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random((60, 80)).astype(np.float32), (0, 0), 2)
    return noise > np.quantile(noise, 0.6)


def test_the_outline_of_a_box_lies_on_its_pixel_borders():
    (polygon,) = outline(box_mask((40, 50), 10, 5, 20, 15))
    assert polygon.min(axis=0).tolist() == [5, 10]
    assert polygon.max(axis=0).tolist() == [15, 20]
    # Only the four corners are cut, by half a pixel each way.
    assert area(polygon) == pytest.approx(100 - 4 / 8)


def test_a_single_pixel_has_an_outline_around_its_middle():
    (polygon,) = outline(box_mask((5, 5), 2, 3, 3, 4))
    assert polygon.mean(axis=0).tolist() == [3.5, 2.5]
    assert area(polygon) == pytest.approx(0.5)


@pytest.mark.parametrize("seed", range(5))
def test_every_outline_point_lies_in_the_middle_of_a_side_between_lesion_and_tissue(seed):
    mask = ragged_mask(seed)
    padded = np.pad(mask, 1)
    for x, y in np.concatenate(outline(mask)):
        column, row = int(np.floor(x)) + 1, int(np.floor(y)) + 1
        if x % 1 == 0.5 and y % 1 == 0:
            assert padded[row - 1, column] != padded[row, column]
        else:
            assert (x % 1, y % 1) == (0, 0.5)
            assert padded[row, column - 1] != padded[row, column]


def test_a_hole_has_an_outline_of_its_own():
    mask = box_mask((40, 50), 10, 5, 30, 25)
    mask[15:20, 12:18] = False
    outer, hole = sorted(outline(mask), key=area, reverse=True)
    assert outer.min(axis=0).tolist() == [5, 10]
    assert hole.min(axis=0).tolist() == [12, 15]
    assert hole.max(axis=0).tolist() == [18, 20]


def test_a_known_box_changes_nothing_but_the_time_it_takes():
    mask = box_mask((40, 50), 0, 5, 20, 50)
    assert np.array_equal(outline(mask)[0], outline(mask, (0, 5, 20, 50))[0])


def test_an_empty_mask_has_no_outline():
    assert outline(np.zeros((10, 10), np.bool_)) == []


def test_a_large_lesion_is_outlined_on_a_reduced_mask_without_being_shifted(monkeypatch):
    monkeypatch.setattr(overlays, "MAX_OUTLINE_PIXELS", 2_000)
    canvas = np.zeros((300, 400), np.uint8)
    cv2.ellipse(canvas, (200, 150), (120, 90), 0, 0, 360, 1, -1)
    mask = canvas.astype(np.bool_)
    (polygon,) = outline(mask)
    assert len(polygon) < 120
    assert area(polygon) == pytest.approx(mask.sum(), rel=0.03)
    assert (polygon.min(axis=0) + polygon.max(axis=0)) / 2 == pytest.approx([200.5, 150.5], abs=3)


def test_a_simplified_outline_stays_within_its_tolerance():
    canvas = np.zeros((300, 400), np.uint8)
    cv2.circle(canvas, (200, 150), 100, 1, -1)
    exact = outline(canvas.astype(np.bool_))
    (fewer,) = simplified(exact, 1.0)
    assert len(fewer) < len(exact[0]) / 4
    distances = [abs(cv2.pointPolygonTest(fewer.astype(np.float32), point, True)) for point in exact[0].tolist()]
    assert max(distances) <= 1.01


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_a_colour_map_grows_brighter_with_the_value(name):
    table = colour_table(name)
    assert table.shape == (256, 4)
    lightness = cv2.cvtColor(table[np.newaxis, :, :3].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0, :, 0]
    steps = np.diff(lightness[::16])
    assert (steps > 0).all()
    # Perceptually uniform: no stretch of values looks much steeper than another.
    assert steps.max() < 2.5 * steps.min()


def test_where_a_map_says_nothing_the_scan_stays_as_it_is():
    for name in COLOUR_MAPS:
        assert colour_table(name)[0, 3] == 0
        assert colour_table(name)[-1, 3] == 255


def test_an_unknown_colour_map_is_an_error():
    with pytest.raises(ValueError, match="no colour map 'jet'"):
        colour_table("jet")


def test_a_coloured_map_keeps_its_extent_and_its_middle():
    values = np.zeros((96, 128), np.float32)
    values[40:56, 56:72] = 1
    rgba = coloured(values, "inferno")
    assert rgba.shape == (96 * 6, 128 * 6, 4)
    rows, columns = np.nonzero(rgba[:, :, 3] > 128)
    assert (rows.mean() + 0.5) / rgba.shape[0] == pytest.approx(0.5, abs=1e-3)
    assert (columns.mean() + 0.5) / rgba.shape[1] == pytest.approx(0.5, abs=1e-3)


def test_the_full_window_shows_every_gray_as_it_is():
    assert gray_table(255, 127.5).tolist() == list(range(256))


def test_a_narrow_window_is_black_below_and_white_above():
    table = gray_table(100, 100)
    assert table[:51].max() == 0
    assert table[150:].min() == 255
    assert table[100] == pytest.approx(128, abs=1)


def test_a_pyramid_shows_the_scans_own_pixels_at_one_to_one():
    pixels = speckle(40, 60)
    assert np.array_equal(Pyramid(pixels).sampled((10, 5), (1, 1), (30, 20)), pixels[5:25, 10:40])


def test_a_pyramid_averages_what_a_screen_pixel_covers():
    pixels = speckle(64, 96)
    shown = Pyramid(pixels).sampled((0, 0), (4, 4), (24, 16))
    expected = cv2.resize(pixels, (24, 16), interpolation=cv2.INTER_AREA)
    assert np.abs(shown.astype(int) - expected).max() <= 1


def test_a_pyramid_shifts_nothing_when_it_halves_an_odd_scan():
    ramp = np.tile(np.arange(101, dtype=np.uint8), (33, 1))
    shown = Pyramid(ramp).sampled((0, 0), (5, 5), (20, 6))
    assert shown[3, 2:-2].astype(float) == pytest.approx((np.arange(20) * 5 + 2)[2:-2], abs=1)


def test_a_pyramid_interpolates_between_the_middles_of_pixels():
    pixels = np.array([[0, 200]], np.uint8).repeat(2, axis=0)
    shown = Pyramid(pixels).sampled((0, 0), (0.125, 1), (16, 2))
    assert (np.diff(shown[0].astype(int)) >= 0).all()
    assert shown[0, 7:9].mean() == pytest.approx(100, abs=2)


def test_a_pyramid_samples_a_scan_of_one_pixel():
    assert Pyramid(np.full((1, 1), 7, np.uint8)).sampled((-3, -3), (8, 8), (2, 2)).tolist() == [[7, 7], [7, 7]]


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_a_colour_map_is_that_of_pyqtgraph(name):
    assert np.array_equal(colour_table(name)[:, :3], pyqtgraph.colormap.get(name).getLookupTable(nPts=256, alpha=False))
