"""Two views that zoom and move as one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Scan, Spacing
from busi_gui.views.scan.linked_zoom import LinkedZoom
from busi_gui.views.scan.scan_view import ScanView
from tests.views.cases import speckle
from tests.views.scan_views import drag, send, wheel

PLACE = QPoint(90, 60)
MIDDLE = QPoint(200, 150)


@pytest.fixture
def pair(qtbot):
    """Two views of 400 x 300 pixels; the first shows 60 x 80 pixels, the second 120 x 160."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1200, 800)
    first, second = ScanView(window), ScanView(window)
    for view in (first, second):
        view.resize(400, 300)
        view.move(0 if view is first else 400, 0)
    link = LinkedZoom(first, second)
    window.show()
    show(first, 60, 80)
    show(second, 120, 160)
    yield first, second, link
    window.close()


def show(view, rows, columns, mm=None, name="", frame=0):
    spacing = mm if isinstance(mm, Spacing) or mm is None else Spacing(mm, mm)
    path = Path(name or f"{rows}x{columns}.png")
    view.show_case(Case(Scan(path, speckle(rows, columns), frame, 2, spacing=spacing)), keep_view=frame > 0)


def look(view):
    return view.look


def middle(view):
    return look(view).x, look(view).y


def mm_per_px(view):
    return view.case.scan.spacing.column_mm / look(view).scale


def calibrate(pair, first=0.1, second=0.07):
    show(pair[0], 60, 80, first)
    show(pair[1], 120, 160, second)


def test_zooming_one_zooms_the_other_by_the_same_factor(pair):
    first, second, _ = pair
    before = look(first).scale, look(second).scale
    wheel(first, PLACE, 3)
    assert look(first).scale == pytest.approx(before[0] * 1.2**3)
    assert look(second).scale == pytest.approx(before[1] * 1.2**3)


def test_the_second_leads_as_well_as_the_first(pair):
    first, second, _ = pair
    before = look(first).scale
    wheel(second, PLACE, 2)
    assert look(first).scale == pytest.approx(before * 1.2**2)


def test_scans_of_different_pixel_sizes_show_the_same_share_of_the_picture(pair):
    first, second, _ = pair
    wheel(first, PLACE, 3)
    drag(first, MIDDLE, MIDDLE + QPoint(-25, 12))
    x, y = look(first).to_scan(PLACE.x(), PLACE.y())
    assert look(second).to_scan(PLACE.x(), PLACE.y()) == pytest.approx((x * 2, y * 2))


def test_dragging_one_moves_the_other_by_the_same_distance_on_the_screen(pair):
    first, second, _ = pair
    wheel(first, PLACE, 4)
    before = look(second).to_screen(40, 40)
    drag(first, MIDDLE, MIDDLE + QPoint(20, -10))
    after = look(second).to_screen(40, 40)
    assert after == pytest.approx((before[0] + 20, before[1] - 10))


def test_a_movement_is_answered_once(pair, qtbot):
    first, second, _ = pair
    moved = []
    first._canvas.viewport_changed.connect(lambda: moved.append("first"))
    second._canvas.viewport_changed.connect(lambda: moved.append("second"))
    wheel(first, PLACE, 1)
    wheel(second, PLACE, 1)
    assert sorted(moved[:2]) == ["first", "second"]
    assert len(moved) == 4


def test_there_and_back_is_where_it_was(pair):
    first, second, _ = pair
    wheel(first, MIDDLE, 4)
    before = look(second)
    for view in (first, second, first):
        wheel(view, PLACE, 2)
        wheel(view, PLACE, -2)
    assert look(second).scale == pytest.approx(before.scale)
    assert middle(second) == pytest.approx((before.x, before.y))


def test_a_follower_that_came_to_its_edge_is_back_with_its_leader(pair):
    first, second, link = pair
    wheel(first, MIDDLE, 8)
    link.set_linked(False)
    for _ in range(3):
        drag(second, MIDDLE, MIDDLE + QPoint(190, 0))
    link.set_linked(True)
    before = middle(second)
    assert before[0] > 0
    drag(first, MIDDLE, MIDDLE + QPoint(180, 0))
    drag(first, MIDDLE, MIDDLE + QPoint(180, 0))
    assert look(second).x == 0
    drag(first, MIDDLE, MIDDLE - QPoint(180, 0))
    drag(first, MIDDLE, MIDDLE - QPoint(180, 0))
    assert middle(second) == pytest.approx(before)


def test_fit_in_one_fits_both(pair):
    first, second, _ = pair
    wheel(first, PLACE, 4)
    second.fit()
    for view in (first, second):
        assert look(view).fitted
        assert look(view).scale == pytest.approx(look(view).fit_scale)


def test_a_double_click_fits_both(pair):
    first, second, _ = pair
    wheel(first, PLACE, 4)
    send(second, QEvent.Type.MouseButtonDblClick, MIDDLE, Qt.MouseButton.LeftButton)
    assert look(first).fitted


def test_fitted_views_stay_fitted_in_a_window_of_another_size(pair):
    first, second, _ = pair
    calibrate(pair)
    for view in (first, second):
        view.resize(300, 500)
    assert look(first).fitted
    assert look(second).fitted
    assert mm_per_px(first) == pytest.approx(mm_per_px(second))
    assert max(look(view).scale / look(view).fit_scale for view in (first, second)) == pytest.approx(1)


def test_a_view_that_only_changes_its_size_moves_no_other(pair):
    first, second, _ = pair
    wheel(first, PLACE, 4)
    before = look(second)
    first.resize(300, 280)
    assert look(second) == before


def test_unlinked_views_go_their_own_way(pair):
    first, second, link = pair
    link.set_linked(False)
    before = look(second)
    wheel(first, PLACE, 3)
    drag(first, MIDDLE, MIDDLE + QPoint(20, 5))
    assert look(second) == before
    assert not link.is_linked


def test_linking_keeps_the_zoom_and_place_that_the_reader_gave_each(pair):
    first, second, link = pair
    link.set_linked(False)
    wheel(first, PLACE, 6)
    wheel(second, MIDDLE, 2)
    before = look(first), look(second)
    link.set_linked(True)
    assert (look(first), look(second)) == before
    wheel(first, MIDDLE, 1)
    assert look(second).scale == pytest.approx(before[1].scale * 1.2)


def test_linking_with_a_fitted_view_takes_it_to_the_same_share(pair):
    first, second, link = pair
    link.set_linked(False)
    wheel(first, PLACE, 4)
    link.set_linked(True)
    x, y = middle(first)
    assert middle(second) == pytest.approx((x * 2, y * 2))
    assert look(second).scale == pytest.approx(look(first).scale / 2)


def test_calibrated_scans_are_fitted_at_the_same_millimetres(pair):
    first, second, link = pair
    calibrate(pair)
    assert link.is_same_scale
    assert mm_per_px(first) == pytest.approx(mm_per_px(second))
    # 8 mm and 11.2 mm in the same width: the second is the one that fills it.
    assert look(second).scale == pytest.approx(look(second).fit_scale)
    assert look(first).scale == pytest.approx(look(first).fit_scale * 8 / 11.2)


def test_calibrated_scans_keep_the_same_millimetres_whichever_is_zoomed(pair):
    first, second, _ = pair
    calibrate(pair)
    wheel(first, PLACE, 3)
    assert mm_per_px(first) == pytest.approx(mm_per_px(second))
    wheel(second, PLACE, -1)
    assert mm_per_px(first) == pytest.approx(mm_per_px(second))
    second.one_to_one()
    assert mm_per_px(first) == pytest.approx(mm_per_px(second))


def test_linking_takes_the_second_to_the_millimetres_of_the_first_where_it_is(pair):
    first, second, link = pair
    calibrate(pair)
    link.set_linked(False)
    assert not link.is_same_scale
    wheel(first, PLACE, 5)
    wheel(second, PLACE, 2)
    before = mm_per_px(first), middle(second)
    link.set_linked(True)
    assert mm_per_px(first) == before[0]
    assert mm_per_px(second) == pytest.approx(before[0])
    assert middle(second) == pytest.approx(before[1])


def test_the_millimetres_stay_the_same_at_the_ends_of_the_zoom(pair):
    first, second, _ = pair
    calibrate(pair, 0.05, 0.4)
    for notches in (60, -120):
        for view in (first, second):
            wheel(view, PLACE, notches)
            assert mm_per_px(first) == pytest.approx(mm_per_px(second))


def test_pixels_that_are_taller_than_wide_have_the_same_millimetres_down_the_rows(pair):
    first, second, _ = pair
    show(first, 60, 80, Spacing(0.15, 0.1))
    show(second, 120, 160, Spacing(0.05, 0.08))
    wheel(first, PLACE, 2)
    before = look(second).to_screen(40, 40)
    drag(first, MIDDLE, MIDDLE + QPoint(8, 16))
    assert look(second).to_screen(40, 40) == pytest.approx((before[0] + 8, before[1] + 16))
    assert 0.15 / look(first).scale_y == pytest.approx(0.05 / look(second).scale_y)


def test_one_scan_without_millimetres_is_enough_for_none(pair, qtbot):
    first, second, link = pair
    show(first, 60, 80, 0.1)
    assert not link.is_same_scale
    with qtbot.waitSignal(link.changed):
        show(second, 120, 160, 0.07)
    assert link.is_same_scale


def test_another_scan_beside_comes_at_the_first_ones_zoom(pair):
    first, second, _ = pair
    wheel(first, PLACE, 4)
    before = look(first)
    show(second, 120, 160, name="another.png")
    assert look(first) == before
    assert middle(second) == pytest.approx((before.x * 2, before.y * 2))


def test_the_next_frame_of_a_cine_leaves_both_as_they_are(pair):
    first, second, _ = pair
    wheel(first, PLACE, 4)
    drag(second, MIDDLE, MIDDLE + QPoint(12, 0))
    before = look(first), look(second)
    show(first, 60, 80, frame=1)
    assert (look(first), look(second)) == before


def test_without_a_second_scan_the_first_is_as_large_as_it_will_go(pair):
    first, second, _ = pair
    calibrate(pair)
    assert look(first).scale < look(first).fit_scale
    second.show_case(None, keep_view=False)
    assert look(first).scale == pytest.approx(look(first).fit_scale)
    wheel(first, PLACE, 2)


def test_unlinking_fits_each_by_itself(pair):
    first, _, link = pair
    calibrate(pair)
    link.set_linked(False)
    assert look(first).scale == pytest.approx(look(first).fit_scale)
