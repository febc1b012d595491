"""What callipers and angles read, and what becomes of them when something else is shown."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Spacing
from busi_gui.views.measuring.calliper_hand import CalliperHand
from busi_gui.views.scan import scan_items
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.pyramid import Pyramid
from tests.views.measured import at, case_of, click, drag, measured_view, move, points, press, readings, release, two_parts


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


def test_an_uncalibrated_distance_is_read_in_pixels(session, view, hand):
    session.set_case(case_of(spacing=None))
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (40, 60))
    assert readings(hand) == ["50 px (not calibrated)"]


def test_a_distance_across_two_scales_is_read_in_pixels_and_says_why(session, view, hand):
    session.set_case(two_parts())
    view.set_tool(Tool.DISTANCE)
    press(view, at(view, 10, 20))
    move(view, at(view, 30, 20))
    assert readings(hand) == ["2.0 mm"]
    move(view, at(view, 60, 20))
    release(view, at(view, 60, 20))
    assert readings(hand) == ["50 px (reaches over parts with different scales)"]


def test_a_scan_that_is_calibrated_by_hand_is_read_anew_and_says_so(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    session.set_case(Case(view.case.scan.calibrated(Spacing(0.5, 0.5))))
    assert readings(hand) == ["10.0 mm (calibrated by hand)"]


def test_a_calibration_by_hand_keeps_the_selection(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    drag(view, (10, 20), (30, 20))
    session.set_case(Case(view.case.scan.calibrated(Spacing(0.5, 0.5))))
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


def test_an_uncalibrated_angle_says_what_it_assumes(session, view, hand):
    session.set_case(case_of(spacing=None))
    view.set_tool(Tool.ANGLE)
    drag(view, (40, 10), (10, 10))
    click(view, (40, 40))
    assert readings(hand) == ["45° (pixels assumed square)"]


def test_the_vertex_of_an_angle_can_be_moved(view, hand):
    view.set_tool(Tool.ANGLE)
    drag(view, (40, 10), (10, 10))
    click(view, (10, 40))
    drag(view, (10, 10), (40, 40))
    assert readings(hand) == ["90°"]
    assert points(hand.marks[0])[1] == (40, 40)


def test_measurements_are_hidden_with_the_overlays_and_cannot_be_taken_then(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    plain = view.grab().toImage()
    drag(view, (10, 20), (60, 20))
    assert view.grab().toImage() != plain
    view.hide_overlays(True)
    without = view.grab().toImage()
    hand.clear()
    assert view.grab().toImage() == without
    session.editing.undo()
    drag(view, (60, 20), (20, 20))
    view.hide_overlays(False)
    assert readings(hand) == ["5.0 mm"]


def test_measurements_belong_to_their_frame_and_come_back_with_it(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    first, second = (case_of("cine.dcm", frame=frame, frame_count=2) for frame in (0, 1))
    session.set_case(first)
    drag(view, (10, 20), (30, 20))
    session.set_case(second)
    assert hand.marks == ()
    session.set_case(case_of("other.png"))
    assert hand.marks == ()
    session.set_case(case_of("cine.dcm", frame=0, frame_count=2))
    assert readings(hand) == ["2.0 mm"]


def test_another_frame_drops_what_is_begun(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    click(view, (10, 20))
    session.set_case(case_of("b.png"))
    assert not hand.is_drawing
    session.set_case(None)
    press(view, QPoint(100, 100))
    assert hand.marks == ()


def test_a_new_analysis_leaves_what_is_being_drawn_alone(session, view, hand):
    view.set_tool(Tool.DISTANCE)
    press(view, at(view, 10, 20))
    move(view, at(view, 30, 20))
    session.set_case(Case(view.case.scan))
    release(view, at(view, 40, 20))
    assert readings(hand) == ["3.0 mm"]


def test_a_calliper_that_is_dragged_does_not_have_the_scan_sampled_again(session, view, hand, monkeypatch):
    samples = []

    class Counting(Pyramid):
        def sampled(self, *arguments):
            samples.append(arguments)
            return super().sampled(*arguments)

    monkeypatch.setattr(scan_items, "Pyramid", Counting)
    view.set_tool(Tool.DISTANCE)
    session.set_case(case_of(shape=(600, 800)))
    view.grab()
    press(view, at(view, 100, 100))
    assert samples
    before = len(samples)
    for x in range(110, 200, 10):
        move(view, at(view, x, 100))
        view.grab()
    assert len(samples) == before
