"""The reader sets callipers, and moves their ends."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest

from busi_gui.views.measuring.calliper_hand import CalliperHand
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import FULL_WINDOW
from tests.views.cases import box_mask
from tests.views.measured import at, click, drag, measured_view, move, points, press, readings, release, send
from tests.views.scan_views import wheel

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def shown(qtbot):
    yield from measured_view(qtbot)


@pytest.fixture
def session(shown):
    return shown[0]


@pytest.fixture
def view(shown):
    return shown[1]


@pytest.fixture
def hand(session, view):
    return CalliperHand(view, session.editing, view)


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
    assert hand.callipers == ()


def test_two_clicks_measure_a_distance_too(view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    assert hand.callipers == ()
    move(view, at(view, 20, 20), held=False)
    assert readings(hand) == ["1.0 mm"]
    click(view, (60, 20))
    assert readings(hand) == ["5.0 mm"]


def test_a_second_click_in_the_same_place_sets_no_end(view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    send(view, QEvent.Type.MouseButtonDblClick, at(view, 10, 20), Qt.MouseButton.LeftButton)
    release(view, at(view, 10, 20))
    assert hand.callipers == ()
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
    assert hand.callipers[0].measured.start.x == pytest.approx(10)
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
    view.set_tool(Tool.HAND)
    click(view, (20, 20.4))
    assert hand.delete_selected()
    assert readings(hand) == ["1:  2.0 mm", "3:  2.0 mm"]


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


def test_an_end_that_is_taken_beside_its_middle_does_not_jump(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    place = at(view, 30, 20) + QPoint(5, 0)
    press(view, place)
    release(view, place)
    assert points(hand.marks[0])[1] == (30, 20)
    assert session.editing.undo_name == "measuring distance 1"
    press(view, place)
    move(view, place + QPoint(50, 0))
    release(view, place + QPoint(50, 0))
    assert points(hand.marks[0])[1] == (40, 20)


def test_an_end_is_not_dropped_on_the_other(view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    drag(view, (30, 20), (10, 20))
    assert readings(hand) == ["2.0 mm"]


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


def test_an_end_whose_measurement_is_undone_meanwhile_is_let_go(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    press(view, at(view, 30, 20))
    move(view, at(view, 50, 20))
    session.editing.undo()
    move(view, at(view, 60, 20))
    release(view, at(view, 60, 20))
    assert hand.marks == ()
    assert session.editing.redo_name == "measuring distance 1"


def test_an_end_whose_last_move_is_undone_meanwhile_is_let_go(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    drag(view, (30, 20), (40, 20))
    press(view, at(view, 40, 20))
    move(view, at(view, 50, 20))
    session.editing.undo()
    move(view, at(view, 60, 20))
    release(view, at(view, 60, 20))
    assert readings(hand) == ["2.0 mm"]
    assert session.editing.redo_name == "moving distance 1"


def test_an_end_is_held_while_something_else_is_changed(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    press(view, at(view, 30, 20))
    session.editing.edit("drawing", session.editing.reading.added(box_mask((60, 80), 5, 5, 20, 20)))
    move(view, at(view, 60, 20))
    release(view, at(view, 60, 20))
    assert readings(hand) == ["5.0 mm"]
    assert len(session.case.lesions) == 1


def test_another_tool_drops_what_is_begun(view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    view.set_tool(Tool.ANGLE)
    assert hand.marks == ()
    assert not hand.is_drawing
