"""Zoom, place and fit, as geometry."""

from __future__ import annotations

import pytest

from busi_gui.views.scan.viewport import MAX_ZOOM, Viewport


def view(**changes) -> Viewport:
    values = {"width": 800, "height": 600, "columns": 400, "rows": 200} | changes
    return Viewport(**values).fit()


def test_fit_shows_the_whole_scan_as_large_as_it_will_go():
    fitted = view()
    assert fitted.to_screen(0, 0) == pytest.approx((0, 100))
    assert fitted.to_screen(400, 200) == pytest.approx((800, 500))
    assert fitted.zoom == 2


def test_screen_and_scan_points_are_each_others_inverse():
    moved = view(aspect=1.3, ratio=2.0).zoomed(1.7, 123, 456)
    assert moved.to_scan(*moved.to_screen(12.5, 33.25)) == pytest.approx((12.5, 33.25))


def test_zooming_keeps_the_scan_point_under_the_pointer():
    fitted = view()
    closer = fitted.zoomed(3, 300, 250)
    assert closer.to_scan(300, 250) == pytest.approx(fitted.to_scan(300, 250))
    assert closer.zoom == pytest.approx(6)
    assert not closer.fitted


def test_zoom_is_clamped_at_both_ends():
    assert view().zoomed(1e9, 400, 300).zoom == pytest.approx(MAX_ZOOM)
    assert view().zoomed(1e-9, 400, 300).zoom == pytest.approx(0.5)
    giant = view(columns=12000, rows=9000)
    assert giant.zoomed(1e-9, 400, 300).zoom == pytest.approx(giant.zoom / 2)


def test_the_scan_can_be_moved_aside_but_never_lost():
    moved = view().panned(1e6, -1e6)
    assert (moved.x, moved.y) == (0, 200)


def test_panning_moves_the_scan_with_the_pointer():
    before = view()
    after = before.panned(30, -20)
    assert after.to_screen(200, 100) == pytest.approx((before.to_screen(200, 100)[0] + 30, before.to_screen(200, 100)[1] - 20))


@pytest.mark.parametrize("ratio", [1.0, 2.0, 1.5])
@pytest.mark.parametrize("width", [800, 801])
def test_one_to_one_puts_each_scan_pixel_on_one_device_pixel(ratio, width):
    placed = view(width=width, ratio=ratio).panned(3.3, 7.7).one_to_one()
    left, top = placed.to_screen(0, 0)
    assert placed.scale * ratio == pytest.approx(1)
    assert (left * ratio) % 1 == pytest.approx(0, abs=1e-9)
    assert (top * ratio) % 1 == pytest.approx(0, abs=1e-9)


def test_pixels_that_are_taller_than_wide_are_drawn_taller():
    fitted = view(columns=200, rows=200, aspect=2.0)
    left, top = fitted.to_screen(0, 0)
    right, bottom = fitted.to_screen(200, 200)
    assert (bottom - top) / (right - left) == pytest.approx(2)


def test_one_to_one_leaves_out_no_pixel_of_a_scan_with_flat_pixels():
    placed = view(aspect=0.5).one_to_one()
    assert placed.scale_y == pytest.approx(1)
    assert placed.scale == pytest.approx(2)


def test_a_fitted_scan_stays_fitted_in_a_window_of_another_size():
    assert view().resized(400, 600, 1).zoom == 1


def test_a_zoomed_scan_keeps_its_middle_in_a_window_of_another_size():
    zoomed = view().zoomed(3, 100, 100)
    wider = zoomed.resized(1000, 700, 1)
    assert (wider.x, wider.y, wider.scale) == (zoomed.x, zoomed.y, zoomed.scale)


def test_a_fitted_scan_can_be_held_smaller_but_not_larger_than_the_view():
    assert view().fit(1.5).scale == 1.5
    assert view().fit(1.5).to_screen(200, 100) == pytest.approx((400, 300))
    assert view().fit(7).scale == view().fit_scale == 2


def test_a_scan_is_placed_at_any_scale_but_never_lost():
    placed = view().placed(100, 500, 50)
    assert (placed.scale, placed.x, placed.y) == (100, 400, 50)
    assert not placed.fitted


@pytest.mark.parametrize(("scale", "towards", "away"), [(100, 1 / 1.2, 1.2), (0.01, 1.2, 1 / 1.2)])
def test_a_scan_placed_beyond_the_ends_of_the_zoom_comes_back_step_by_step(scale, towards, away):
    placed = view().placed(scale, 200, 100)
    assert placed.zoomed(towards, 400, 300).scale == pytest.approx(scale * towards)
    assert placed.zoomed(away, 400, 300).scale == pytest.approx(scale)
