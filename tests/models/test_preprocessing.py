"""Letterbox, ellipse and guidance channels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.preprocessing import Ellipse, LesionWindow, Letterbox, guided_channels, lesion_view, resample, segmenter_input


@given(st.integers(1, 700), st.integers(1, 700))
def test_letterbox_keeps_the_aspect_and_crop_gives_the_grid_back(rows, columns):
    box = Letterbox(rows, columns)
    square = box.apply(np.full((rows, columns), 200, np.uint8))
    assert square.shape == (256, 256)
    grid = box.crop(square.astype(np.float32))
    assert (grid == 200).all()
    assert np.count_nonzero(square) == grid.size
    assert max(grid.shape) == 256
    assert resample(grid, (rows, columns)).shape == (rows, columns)


def test_intensities_reach_the_segmenter_unscaled():
    tensor = segmenter_input(np.full((100, 200), 255, np.uint8), Letterbox(100, 200))
    assert tensor.shape == (1, 256, 256, 1)
    assert tensor.dtype == np.float32
    assert tensor.max() == 255


def test_letterboxed_mask_stays_a_mask():
    mask = np.zeros((300, 500), np.bool_)
    mask[100:200, 200:300] = True
    square = Letterbox(300, 500).apply(mask)
    assert square.dtype == np.bool_
    assert abs(square.mean() * 256**2 / (500 / 256) ** -2 - 10_000) < 400


def test_ellipse_of_a_drawn_ellipse_finds_centre_axes_and_angle():
    drawn = Ellipse(120, 90, 60, 25, 30).distance((240, 200)) <= 1
    ellipse = Ellipse.of_mask(drawn)
    assert ellipse.row == pytest.approx(120, abs=0.5)
    assert ellipse.column == pytest.approx(90, abs=0.5)
    assert ellipse.major == pytest.approx(60, rel=0.02)
    assert ellipse.minor == pytest.approx(25, rel=0.02)
    assert ellipse.angle == pytest.approx(30, abs=1)


def test_one_pixel_has_an_ellipse_and_an_empty_mask_has_none():
    one = np.zeros((9, 9), np.bool_)
    one[4, 5] = True
    assert Ellipse.of_mask(one).minor > 0
    with pytest.raises(ValueError, match="empty"):
        Ellipse.of_mask(np.zeros((9, 9), np.bool_))


def test_ellipse_of_a_scan_mask_lies_where_the_letterboxed_mask_lies():
    mask = Ellipse(60, 300, 50, 30, 0).distance((200, 400)) <= 1
    box = Letterbox(200, 400)
    direct, through = box.ellipse_of(mask), Ellipse.of_mask(box.apply(mask))
    for name in ("row", "column", "major", "minor"):
        assert getattr(direct, name) == pytest.approx(getattr(through, name), abs=0.7)


def test_guidance_carries_no_drawing_style():
    """A smooth and a jagged outline of the same lesion must look the same to the classifier."""
    rng = np.random.default_rng(3)
    distance = Ellipse(128, 128, 60, 40, 20).distance((256, 256))
    angles = np.arctan2(*np.mgrid[-128:128, -128:128])
    spikes = 1 + 0.15 * np.sin(angles * 40) + 0.02 * rng.standard_normal(distance.shape)
    scan = rng.integers(0, 255, (256, 256)).astype(np.uint8)
    smooth = guided_channels(scan, Ellipse.of_mask(distance <= 1))
    jagged = guided_channels(scan, Ellipse.of_mask(distance <= spikes))
    assert np.abs(smooth - jagged).mean() < 2


def test_guidance_channels_are_scan_window_and_place():
    scan = np.full((256, 256), 90, np.uint8)
    channels = guided_channels(scan, Ellipse(100, 100, 30, 20, 0))
    assert channels.shape == (256, 256, 3)
    assert (channels[..., 0] == 90).all()
    assert channels[100, 100, 2] == 255
    assert channels[200, 200, 1] == channels[200, 200, 2] == 0
    assert channels.min() >= 0
    assert channels.max() <= 255


def test_growing_moves_the_outline_and_never_turns_it_inside_out():
    ellipse = Ellipse(10, 10, 5, 3, 0)
    assert ellipse.grown(2).major == 7
    assert ellipse.grown(-20).minor == 1.5


@pytest.mark.parametrize(
    ("angle", "major", "minor"), [(0, 24, 12), (90, 22, 14), (45, 20 + 1 / np.hypot(np.cos(np.pi / 4) / 4, np.sin(np.pi / 4) / 2), None)]
)
def test_a_shift_that_differs_by_direction_moves_each_axis_by_what_lies_in_its_direction(angle, major, minor):
    """Two pixels down and four across, as one length is where pixels are twice as tall as wide."""
    grown = Ellipse(0, 0, 20, 10, angle).grown(2, 4)
    assert grown.major == pytest.approx(major)
    assert minor is None or grown.minor == pytest.approx(minor)
    shrunk = Ellipse(0, 0, 20, 10, angle).grown(-2, -4)
    assert 20 - shrunk.major == pytest.approx(grown.major - 20)


def test_a_lesion_view_holds_the_lesion_at_one_size_wherever_and_however_large_it_is():
    for row, column, major, minor in ((120.0, 130.0, 40.0, 20.0), (30.0, 240.0, 60.0, 25.0), (200.0, 60.0, 90.0, 70.0)):
        ellipse = Ellipse(row, column, major, minor, 20)
        square = ((ellipse.distance((256, 256)) <= 1) * 200).astype(np.uint8)
        seen, placed = lesion_view(square, ellipse, 224)
        expected = placed.distance((224, 224)) <= 1
        inside = LesionWindow.around(ellipse, 224).apply(np.full((256, 256), 255, np.uint8)) > 127
        assert (seen[inside] > 100)[expected[inside]].mean() > 0.97
        assert (seen[inside] > 100)[~expected[inside]].mean() < 0.03
        assert placed.major == pytest.approx(224 / 3.6, rel=0.01)
        assert placed.row == pytest.approx(placed.column, abs=1e-6)
    tiny = Ellipse(100, 100, 4, 3, 0)
    assert LesionWindow.around(tiny).side == 48


def test_a_map_of_a_lesion_view_comes_back_to_its_place():
    ellipse = Ellipse(90, 150, 40, 20, 10)
    window = LesionWindow.around(ellipse, 224)
    over_window = (window.ellipse_of(ellipse).distance((224, 224)) <= 1).astype(np.float32)
    back = window.carry_back(over_window, 256)
    expected = ellipse.distance((256, 256)) <= 1
    assert ((back > 0.5) != expected).mean() < 0.003
