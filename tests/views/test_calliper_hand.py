"""The reader sets callipers, moves their ends, and goes away and comes back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Spacing
from busi_gui.views import scan_items
from busi_gui.views.calliper_hand import CalliperHand
from busi_gui.views.layers import Tool
from busi_gui.views.pyramid import Pyramid
from busi_gui.views.scan_view import FULL_WINDOW, ScanView
from busi_gui.views.sheets import Sheets
from tests.views.measured import at, case_of, click, drag, move, points, press, readings, release, send, two_parts
from tests.views.scan_views import wheel

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def view(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    view = ScanView(window)
    view.resize(400, 300)
    window.show()
    view.show_case(case_of(), False)
    yield view
    window.close()


@pytest.fixture
def hand(view):
    return CalliperHand(view, Sheets(), view)


def cursor(view):
    return view._canvas.viewport().cursor().shape()


def esc(view):
    QTest.keyClick(view._canvas, Qt.Key.Key_Escape)


def test_a_drag_with_the_callipers_measures_a_distance(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (40, 60))
    assert [points(mark) for mark in hand.marks] == [[(10, 20), (40, 60)]]
    assert readings(hand) == ["5.0 mm"]


def test_the_reading_follows_the_pointer_before_the_button_is_let_go(view, hand):
    view.set_tool(Tool.DISTANCE)
    press(view, at(view, 10, 20))
    move(view, at(view, 30, 20))
    assert readings(hand) == ["2.0 mm"]
    move(view, at(view, 50, 20))
    assert readings(hand) == ["4.0 mm"]
    assert hand.sheet.callipers == ()


def test_two_clicks_measure_a_distance_too(view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    assert hand.sheet.callipers == ()
    move(view, at(view, 20, 20), held=False)
    assert readings(hand) == ["1.0 mm"]
    click(view, (60, 20))
    assert readings(hand) == ["5.0 mm"]


def test_a_second_click_in_the_same_place_sets_no_end(view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    send(view, QEvent.Type.MouseButtonDblClick, at(view, 10, 20), Qt.MouseButton.LeftButton)
    release(view, at(view, 10, 20))
    assert hand.sheet.callipers == ()
    assert hand.is_drawing


def test_two_quick_clicks_are_two_clicks_and_do_not_fit_the_scan(view, hand):
    view.set_tool(Tool.DISTANCE)
    view.zoom_by(2)
    before = view.look
    press(view, QPoint(100, 100))
    release(view, QPoint(100, 100))
    send(view, QEvent.Type.MouseButtonDblClick, QPoint(200, 100), Qt.MouseButton.LeftButton)
    release(view, QPoint(200, 100))
    assert view.look == before
    assert readings(hand) == ["1.0 mm"]


def test_between_two_clicks_the_scan_can_be_zoomed_moved_and_windowed(view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    wheel(view, QPoint(100, 100), 3)
    for button in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        send(view, QEvent.Type.MouseButtonPress, QPoint(100, 100), button)
        send(view, QEvent.Type.MouseMove, QPoint(120, 130), buttons=button)
        send(view, QEvent.Type.MouseButtonRelease, QPoint(120, 130), button, Qt.MouseButton.NoButton)
    assert (view.window_width, view.window_level) != FULL_WINDOW
    assert view.zoom_percent == pytest.approx(500 * 1.2**3)
    click(view, (30, 20))
    assert hand.sheet.callipers[0].measured.start.x == pytest.approx(10)
    assert readings(hand) == ["2.0 mm"]


def test_space_held_is_the_hand_with_callipers_too(view, hand):
    view.set_tool(Tool.DISTANCE)
    view.zoom_by(3)
    before = view.look
    QTest.keyPress(view._canvas, Qt.Key.Key_Space)
    press(view, QPoint(100, 100))
    move(view, QPoint(150, 100))
    release(view, QPoint(150, 100))
    QTest.keyRelease(view._canvas, Qt.Key.Key_Space)
    assert view.look != before
    assert hand.marks == ()


def test_shift_measures_level_upright_and_diagonally(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (50, 23), SHIFT)
    drag(view, (20, 10), (22, 50), SHIFT)
    drag(view, (30, 10), (52, 30), SHIFT)
    assert [points(mark)[1] for mark in hand.marks] == [(50, 20), (20, 50), (51, 31)]


def test_what_is_drawn_beyond_the_scan_ends_at_its_edge(view, hand):
    view.set_tool(Tool.DISTANCE)
    view.resize(600, 300)
    drag(view, (40, 30), (95, 30))
    assert points(hand.marks[0])[1] == (80, 30)


def test_nothing_is_begun_well_beside_the_scan(view, hand):
    view.set_tool(Tool.DISTANCE)
    view.resize(600, 300)
    drag(view, (-10, 30), (40, 30))
    assert hand.marks == ()
    drag(view, (-1, 30), (40, 30))
    assert points(hand.marks[0]) == [(0, 30), (40, 30)]


def test_several_measurements_are_numbered_and_keep_their_numbers(view, hand):
    view.set_tool(Tool.DISTANCE)
    for row in (10, 20, 30):
        drag(view, (10, row), (30, row))
    assert readings(hand) == ["1:  2.0 mm", "2:  2.0 mm", "3:  2.0 mm"]
    hand.sheet.delete(2)
    assert readings(hand) == ["1:  2.0 mm", "3:  2.0 mm"]


def test_an_uncalibrated_distance_is_read_in_pixels(view, hand):
    view.show_case(case_of(spacing=None), False)
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (40, 60))
    assert readings(hand) == ["50 px (not calibrated)"]


def test_a_distance_across_two_scales_is_read_in_pixels_and_says_why(view, hand):
    view.show_case(two_parts(), False)
    view.set_tool(Tool.DISTANCE)
    press(view, at(view, 10, 20))
    move(view, at(view, 30, 20))
    assert readings(hand) == ["2.0 mm"]
    move(view, at(view, 60, 20))
    release(view, at(view, 60, 20))
    assert readings(hand) == ["50 px (reaches over parts with different scales)"]


def test_a_scan_that_is_calibrated_by_hand_is_read_anew_and_says_so(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    view.show_case(Case(view.case.scan.calibrated(Spacing(0.5, 0.5))), True)
    assert readings(hand) == ["10.0 mm (calibrated by hand)"]


def test_a_calibration_by_hand_keeps_the_selection(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    view.show_case(Case(view.case.scan.calibrated(Spacing(0.5, 0.5))), True)
    assert hand.selected is not None


def test_an_angle_takes_three_clicks(view, hand):
    view.set_tool(Tool.ANGLE)
    click(view, (40, 10))
    click(view, (10, 10))
    move(view, at(view, 30, 30), held=False)
    assert readings(hand) == ["45°"]
    click(view, (10, 40))
    assert readings(hand) == ["90°"]
    assert points(hand.marks[0]) == [(40, 10), (10, 10), (10, 40)]


def test_an_angle_takes_a_drag_and_a_click(view, hand):
    view.set_tool(Tool.ANGLE)
    drag(view, (40, 10), (10, 10))
    click(view, (40, 40))
    assert readings(hand) == ["45°"]


def test_an_uncalibrated_angle_says_what_it_assumes(view, hand):
    view.show_case(case_of(spacing=None), False)
    view.set_tool(Tool.ANGLE)
    drag(view, (40, 10), (10, 10))
    click(view, (40, 40))
    assert readings(hand) == ["45° (pixels assumed square)"]


@pytest.mark.parametrize("tool", [Tool.HAND, Tool.WINDOW, Tool.DISTANCE, Tool.ANGLE, Tool.CALIBRATE])
def test_an_end_is_moved_with_any_tool(view, hand, tool):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    look, window = view.look, view.window_width
    view.set_tool(tool)
    drag(view, (30, 20), (60, 20))
    assert readings(hand) == ["5.0 mm"]
    assert (view.look, view.window_width) == (look, window)


def test_an_end_is_taken_from_up_to_eight_pixels_of_screen_at_any_zoom(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (30, 20), (50, 20))
    view.set_tool(Tool.HAND)
    view.zoom_by(2)
    for reach, is_taken in ((7, True), (9, False)):
        place = at(view, 50, 20) + QPoint(0, reach)
        press(view, place)
        assert hand.is_drawing is is_taken
        release(view, place)


def test_an_end_that_is_taken_beside_its_middle_does_not_jump(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    place = at(view, 30, 20) + QPoint(5, 0)
    press(view, place)
    release(view, place)
    assert points(hand.marks[0])[1] == (30, 20)
    assert hand.sheet.steps.count() == 1
    press(view, place)
    move(view, place + QPoint(50, 0))
    release(view, place + QPoint(50, 0))
    assert points(hand.marks[0])[1] == (40, 20)


def test_an_end_is_not_dropped_on_the_other(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    drag(view, (30, 20), (10, 20))
    assert readings(hand) == ["2.0 mm"]


def test_the_vertex_of_an_angle_can_be_moved(view, hand):
    view.set_tool(Tool.ANGLE)
    drag(view, (40, 10), (10, 10))
    click(view, (10, 40))
    drag(view, (10, 10), (40, 40))
    assert readings(hand) == ["90°"]
    assert points(hand.marks[0])[1] == (40, 40)


def test_the_cursor_shows_where_an_end_can_be_taken(view, hand):
    view.set_tool(Tool.DISTANCE)
    assert cursor(view) == Qt.CursorShape.CrossCursor
    drag(view, (10, 20), (30, 20))
    view.set_tool(Tool.HAND)
    move(view, at(view, 30, 20), held=False)
    assert cursor(view) == Qt.CursorShape.SizeAllCursor
    move(view, at(view, 50, 50), held=False)
    assert cursor(view) == Qt.CursorShape.OpenHandCursor


def test_a_click_on_its_line_selects_a_measurement_and_one_elsewhere_none(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    drag(view, (10, 40), (30, 40))
    assert hand.selected.number == 2
    view.set_tool(Tool.HAND)
    click(view, (20, 20.6))
    assert hand.selected.number == 1
    assert [mark.is_selected for mark in hand.marks] == [True, False]
    click(view, (60, 30))
    assert hand.selected is None


def test_a_press_on_a_line_still_moves_the_scan(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (50, 20))
    view.set_tool(Tool.HAND)
    view.zoom_by(1.5)
    before = view.look
    drag(view, (30, 20), (35, 25))
    assert view.look != before


def test_esc_drops_what_is_begun_then_the_tool_then_the_selection(view, hand, qtbot):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    click(view, (10, 40))
    with qtbot.assertNotEmitted(hand.tool_left):
        esc(view)
    assert len(hand.marks) == 1
    with qtbot.waitSignal(hand.tool_left):
        esc(view)
    view.set_tool(Tool.HAND)
    assert hand.selected is not None
    esc(view)
    assert hand.selected is None


def test_esc_in_the_middle_of_a_drag_puts_the_end_back(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    press(view, at(view, 30, 20))
    move(view, at(view, 60, 20))
    esc(view)
    move(view, at(view, 70, 20))
    release(view, at(view, 70, 20))
    assert readings(hand) == ["2.0 mm"]


def test_another_tool_drops_what_is_begun(view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    view.set_tool(Tool.ANGLE)
    assert hand.marks == ()
    assert not hand.is_drawing


def test_measurements_are_hidden_with_the_overlays_and_cannot_be_taken_then(view, hand):
    view.set_tool(Tool.DISTANCE)
    plain = view.grab().toImage()
    drag(view, (10, 20), (60, 20))
    assert view.grab().toImage() != plain
    view.hide_overlays(True)
    without = view.grab().toImage()
    hand.sheet.clear()
    assert view.grab().toImage() == without
    hand.sheet.steps.undo()
    drag(view, (60, 20), (20, 20))
    view.hide_overlays(False)
    assert readings(hand) == ["5.0 mm"]


def test_measurements_belong_to_their_frame_and_come_back_with_it(view, hand):
    view.set_tool(Tool.DISTANCE)
    first, second = (case_of("cine.dcm", frame=frame, frame_count=2) for frame in (0, 1))
    view.show_case(first, False)
    drag(view, (10, 20), (30, 20))
    view.show_case(second, True)
    assert hand.marks == ()
    view.show_case(case_of("other.png"), False)
    assert hand.marks == ()
    view.show_case(case_of("cine.dcm", frame=0, frame_count=2), False)
    assert readings(hand) == ["2.0 mm"]


def test_another_frame_drops_what_is_begun(view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    view.show_case(case_of("b.png"), False)
    assert not hand.is_drawing
    view.show_case(None, False)
    press(view, QPoint(100, 100))
    assert hand.marks == ()


def test_a_new_analysis_leaves_what_is_being_drawn_alone(view, hand):
    view.set_tool(Tool.DISTANCE)
    press(view, at(view, 10, 20))
    move(view, at(view, 30, 20))
    view.show_case(Case(view.case.scan), True)
    release(view, at(view, 40, 20))
    assert readings(hand) == ["3.0 mm"]


def test_a_calliper_that_is_dragged_does_not_have_the_scan_sampled_again(view, hand, monkeypatch):
    samples = []

    class Counting(Pyramid):
        def sampled(self, *arguments):
            samples.append(arguments)
            return super().sampled(*arguments)

    monkeypatch.setattr(scan_items, "Pyramid", Counting)
    view.set_tool(Tool.DISTANCE)
    view.show_case(case_of(shape=(600, 800)), False)
    view.grab()
    press(view, at(view, 100, 100))
    assert samples
    before = len(samples)
    for x in range(110, 200, 10):
        move(view, at(view, x, 100))
        view.grab()
    assert len(samples) == before
