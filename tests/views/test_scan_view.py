"""The reader looks at a scan, with the mouse and with keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Spacing
from busi_gui.views import theme
from busi_gui.views.scan.scan_view import FULL_WINDOW, Tool
from tests.views.cases import box_mask, make_case, make_scan
from tests.views.cines import turn_wheel
from tests.views.scan_views import MIDDLE, SHAPE, drag, grays, only_the_scan, picture, scan_point, screen_point, send, shown_view, wheel


@pytest.fixture
def view(qtbot):
    yield from shown_view(qtbot)


def test_the_whole_scan_is_shown_first(view):
    assert view.zoom_percent == pytest.approx(500)
    assert scan_point(view, QPoint(0, 0)) == pytest.approx((0, 0))


def test_the_wheel_zooms_and_keeps_the_scan_point_under_the_pointer(view):
    place = QPoint(90, 60)
    before = scan_point(view, place)
    wheel(view, place, 2)
    assert view.zoom_percent == pytest.approx(500 * 1.2**2)
    assert scan_point(view, place) == pytest.approx(before)


def test_the_wheel_with_alt_asks_for_another_opacity(view, qtbot):
    with qtbot.waitSignal(view.opacity_scrolled) as scrolled:
        wheel(view, MIDDLE, 1, Qt.KeyboardModifier.AltModifier)
    assert scrolled.args == [1]
    assert view.zoom_percent == pytest.approx(500)


def test_on_a_cine_the_wheel_asks_for_frames_and_does_not_zoom(view, qtbot):
    view.set_wheel_scrolls_frames(True)
    frames = []
    view.frames_scrolled.connect(frames.append)
    wheel(view, MIDDLE, -1)
    wheel(view, MIDDLE, 2)
    assert frames == [1, -2]
    assert view.zoom_percent == pytest.approx(500)


def test_on_a_cine_the_wheel_zooms_with_ctrl_and_keeps_the_scan_point_under_the_pointer(view, qtbot):
    view.set_wheel_scrolls_frames(True)
    place = QPoint(90, 60)
    before = scan_point(view, place)
    with qtbot.assertNotEmitted(view.frames_scrolled):
        wheel(view, place, 2, Qt.KeyboardModifier.ControlModifier)
    assert view.zoom_percent == pytest.approx(500 * 1.2**2)
    assert scan_point(view, place) == pytest.approx(before)


@pytest.mark.parametrize("modifiers", [Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier])
def test_over_a_single_frame_the_wheel_zooms_with_ctrl_and_without(view, qtbot, modifiers):
    view.set_wheel_scrolls_frames(True)
    view.set_wheel_scrolls_frames(False)
    with qtbot.assertNotEmitted(view.frames_scrolled):
        wheel(view, MIDDLE, 1, modifiers)
    assert view.zoom_percent == pytest.approx(500 * 1.2)


@pytest.mark.parametrize("modifiers", [Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier])
def test_on_a_cine_the_wheel_with_alt_or_shift_is_not_for_the_frames(view, qtbot, modifiers):
    view.set_wheel_scrolls_frames(True)
    with qtbot.assertNotEmitted(view.frames_scrolled):
        wheel(view, MIDDLE, 1, modifiers)
    assert view.zoom_percent == pytest.approx(500)


def test_what_a_touchpad_sends_is_added_up_to_frames(view):
    view.set_wheel_scrolls_frames(True)
    frames = []
    view.frames_scrolled.connect(frames.append)
    for _ in range(7):
        wheel(view, MIDDLE, -0.3)
    assert frames == [1, 1]
    wheel(view, MIDDLE, 0.9)  # the other way: what was left over does not count
    assert frames == [1, 1]
    wheel(view, MIDDLE, 0.1)
    assert frames == [1, 1, -1]


def test_a_new_movement_of_a_touchpad_begins_at_nothing(view):
    view.set_wheel_scrolls_frames(True)
    frames = []
    view.frames_scrolled.connect(frames.append)
    canvas = view._canvas.viewport()
    turn_wheel(canvas, -0.9, phase=Qt.ScrollPhase.ScrollUpdate)
    turn_wheel(canvas, -0.5, phase=Qt.ScrollPhase.ScrollBegin)
    assert frames == []
    turn_wheel(canvas, -0.5, phase=Qt.ScrollPhase.ScrollUpdate)
    assert frames == [1]


def test_dragging_with_the_hand_moves_the_scan_along(view):
    wheel(view, MIDDLE, 5)
    before = scan_point(view, MIDDLE)
    drag(view, MIDDLE, MIDDLE + QPoint(30, -12))
    assert scan_point(view, MIDDLE + QPoint(30, -12)) == pytest.approx(before)


def test_the_hand_leaves_the_window_alone(view):
    drag(view, MIDDLE, MIDDLE + QPoint(40, 40))
    assert (view.window_width, view.window_level) == FULL_WINDOW


def test_dragging_with_the_window_tool_changes_width_and_level(view, qtbot):
    view.set_tool(Tool.WINDOW)
    with qtbot.waitSignal(view.window_changed) as changed:
        drag(view, MIDDLE, MIDDLE + QPoint(-40, -20))
    assert view.window_width == pytest.approx(255 - 24)
    assert view.window_level == pytest.approx(127.5 - 12)
    assert changed.args[0] < 255
    assert view.zoom_percent == pytest.approx(500)


def test_dragging_up_makes_the_scan_brighter(view):
    before = only_the_scan(view)
    drag(view, MIDDLE, MIDDLE - QPoint(0, 60), Qt.MouseButton.RightButton)
    after = picture(view)
    assert QColor(after.pixel(MIDDLE)).red() > QColor(before.pixel(MIDDLE)).red()


@pytest.mark.parametrize("tool", Tool)
def test_the_right_button_changes_the_window_with_any_tool(view, tool):
    view.set_tool(tool)
    drag(view, MIDDLE, MIDDLE + QPoint(-50, 0), Qt.MouseButton.RightButton)
    assert view.window_width == pytest.approx(225)


@pytest.mark.parametrize("tool", Tool)
def test_the_middle_button_moves_the_scan_with_any_tool(view, tool):
    view.set_tool(tool)
    wheel(view, MIDDLE, 5)
    before = scan_point(view, MIDDLE)
    drag(view, MIDDLE, MIDDLE + QPoint(10, 20), Qt.MouseButton.MiddleButton)
    assert scan_point(view, MIDDLE + QPoint(10, 20)) == pytest.approx(before)


def test_space_held_is_the_hand(view):
    view.set_tool(Tool.WINDOW)
    wheel(view, MIDDLE, 5)
    before = scan_point(view, MIDDLE)
    QTest.keyPress(view._canvas, Qt.Key.Key_Space)
    drag(view, MIDDLE, MIDDLE + QPoint(30, 0))
    QTest.keyRelease(view._canvas, Qt.Key.Key_Space)
    assert scan_point(view, MIDDLE + QPoint(30, 0)) == pytest.approx(before)
    assert (view.window_width, view.window_level) == FULL_WINDOW
    drag(view, MIDDLE, MIDDLE + QPoint(-30, 0))
    assert view.window_width < 255


def test_arrows_and_plus_reach_everything_without_a_mouse(view):
    QTest.keyClick(view._canvas, Qt.Key.Key_Plus)
    assert view.zoom_percent == pytest.approx(600)
    before = scan_point(view, MIDDLE)
    QTest.keyClick(view._canvas, Qt.Key.Key_Right)
    assert scan_point(view, MIDDLE)[0] > before[0]


def test_a_double_click_fits(view):
    wheel(view, QPoint(20, 20), 6)
    QTest.mouseDClick(view._canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, MIDDLE)
    assert view.zoom_percent == pytest.approx(500)


def test_a_fitted_scan_stays_fitted_when_the_view_grows(view):
    view.resize(800, 600)
    assert view.zoom_percent == pytest.approx(1000)


def test_a_zoomed_scan_stays_as_large_when_the_view_grows(view):
    view.zoom_by(2)
    view.resize(800, 600)
    assert view.zoom_percent == pytest.approx(1000)


def test_zoom_is_announced_in_percent(view, qtbot):
    with qtbot.waitSignal(view.zoom_changed) as changed:
        view.one_to_one()
    assert changed.args == [pytest.approx(100)]


def test_one_to_one_shows_each_scan_pixel_as_one_pixel(view):
    view.one_to_one()
    view.hide_overlays(True)
    assert np.array_equal(grays(view, 160, 120, 80, 60), view.case.scan.pixels)


def test_a_fitted_scan_lies_where_its_pixels_say(view):
    view.hide_overlays(True)
    shown = grays(view, 0, 0, 400, 300)
    middles = shown[2::5, 2::5]
    assert np.abs(middles - view.case.scan.pixels.astype(int)).max() <= 4


def test_a_narrow_window_is_seen(view):
    view.one_to_one()
    view.hide_overlays(True)
    view.set_window(2, 100)
    pixels = view.case.scan.pixels
    shown = grays(view, 160, 120, 80, 60)
    assert (shown[pixels > 102] == 255).all()
    assert (shown[pixels < 98] == 0).all()


def test_the_window_stays_within_the_grays_and_can_be_reset(view):
    view.set_window(-5, 999)
    assert (view.window_width, view.window_level) == (1, 255)
    view.reset_window()
    assert (view.window_width, view.window_level) == FULL_WINDOW


def test_the_pointer_reads_row_column_gray_and_lesion(view, qtbot):
    with qtbot.waitSignal(view.pointer_moved) as moved:
        send(view, QEvent.Type.MouseMove, screen_point(view, 25, 35))
    assert moved.args == [25, 35, int(view.case.scan.pixels[25, 35]), 1]
    with qtbot.waitSignal(view.pointer_moved) as moved:
        send(view, QEvent.Type.MouseMove, screen_point(view, 55, 70))
    assert moved.args[3] == 0


def test_a_resting_pointer_reads_the_scan_that_comes_under_it(view, qtbot):
    send(view, QEvent.Type.MouseMove, screen_point(view, 25, 35))
    pixels = np.full(SHAPE, 87, np.uint8)
    with qtbot.waitSignal(view.pointer_moved) as moved:
        view.show_case(make_case(replace(make_scan(*SHAPE), pixels=pixels)), False)
    assert moved.args == [25, 35, 87, 0]
    with qtbot.waitSignal(view.pointer_left), qtbot.assertNotEmitted(view.pointer_moved):
        view.show_case(None, False)


def test_a_scan_that_moves_under_a_resting_pointer_is_read_anew(view, qtbot):
    send(view, QEvent.Type.MouseMove, screen_point(view, 25, 35))
    with qtbot.waitSignal(view.pointer_moved) as moved:
        view.look = view.look.panned(50, 0)
    assert moved.args[:2] == [25, 25]


def test_beside_the_scan_the_pointer_reads_nothing(view, qtbot):
    view.resize(600, 300)
    with qtbot.waitSignal(view.pointer_left), qtbot.assertNotEmitted(view.pointer_moved):
        send(view, QEvent.Type.MouseMove, QPoint(5, 150))


def test_a_pointer_that_leaves_the_view_is_announced(view, qtbot):
    with qtbot.waitSignal(view.pointer_left):
        QApplication.sendEvent(view._canvas.viewport(), QEvent(QEvent.Type.Leave))


def test_a_click_on_a_lesion_names_it(view, qtbot):
    with qtbot.waitSignal(view.lesion_clicked) as clicked:
        QTest.mouseClick(view._canvas.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, screen_point(view, 5, 5))
    assert clicked.args == [2]


def test_a_drag_over_a_lesion_is_no_click(view, qtbot):
    with qtbot.assertNotEmitted(view.lesion_clicked):
        drag(view, screen_point(view, 25, 35), screen_point(view, 30, 40))


def test_pixels_that_are_taller_than_wide_are_shown_taller(view):
    view.show_case(Case(make_scan(*SHAPE, spacing=Spacing(0.2, 0.1))), False)
    (left, top), (right, bottom) = view._canvas.look.to_screen(0, 0), view._canvas.look.to_screen(10, 10)
    assert (bottom - top) / (right - left) == pytest.approx(2)


def test_a_new_analysis_of_the_same_scan_keeps_zoom_place_and_selection(view):
    view.set_selected_lesion(2)
    wheel(view, QPoint(100, 100), 4)
    before = view._canvas.look
    view.show_case(replace(view.case), True)
    assert view._canvas.look == before
    assert view._selected == 2


def test_another_frame_of_the_same_file_keeps_zoom_place_window_and_selection(view):
    view.set_window(100, 90)
    view.set_selected_lesion(2)
    wheel(view, QPoint(100, 100), 4)
    before = view._canvas.look
    boxes = box_mask(SHAPE, 10, 10, 20, 20), box_mask(SHAPE, 30, 30, 40, 40)
    view.show_case(make_case(replace(make_scan(*SHAPE), frame=1, frame_count=2), boxes), True)
    assert view._canvas.look == before
    assert (view.window_width, view.window_level) == (100, 90)
    assert view._selected == 2


def test_a_frame_without_the_selected_lesion_has_none_selected(view):
    view.set_selected_lesion(2)
    view.show_case(make_case(replace(make_scan(*SHAPE), frame=1, frame_count=2), (box_mask(SHAPE, 10, 10, 20, 20),)), True)
    assert view._selected is None


def test_another_scan_is_fitted_and_keeps_the_readers_window(view):
    view.set_window(100, 90)
    view.set_selected_lesion(1)
    view.zoom_by(4)
    view.show_case(make_case(replace(make_scan(30, 80), path=Path("another.png")), (box_mask((30, 80), 5, 5, 9, 9),)), False)
    assert view.zoom_percent == pytest.approx(500)
    assert (view.window_width, view.window_level) == (100, 90)
    assert view._selected is None


def test_a_scan_of_another_size_is_fitted_even_if_the_view_is_to_be_kept(view):
    view.zoom_by(4)
    view.show_case(make_case(make_scan(120, 80)), True)
    assert view.zoom_percent == pytest.approx(250)


def test_without_a_case_nothing_is_drawn_and_nothing_happens(view, qtbot):
    view.show_case(None, False)
    with qtbot.assertNotEmitted(view.pointer_moved), qtbot.assertNotEmitted(view.window_changed):
        wheel(view, MIDDLE, 1)
        drag(view, MIDDLE, MIDDLE + QPoint(9, 9))
        view.fit()
        view.one_to_one()
        view.zoom_by(2)
    assert view.zoom_percent == 0
    assert QColor(picture(view).pixel(MIDDLE)).name() == theme.SCAN_BACKGROUND


def test_a_giant_scan_is_drawn_from_a_reduced_copy(view):
    scan = make_scan(3000, 4000)
    view.show_case(make_case(scan, (box_mask((3000, 4000), 1000, 1000, 2000, 2000),)), False)
    view.hide_overlays(True)
    shown = grays(view, 0, 0, 40, 30)
    expected = scan.pixels[:300, :400].reshape(30, 10, 40, 10).mean(axis=(1, 3))
    assert np.abs(shown - expected).mean() < 3
