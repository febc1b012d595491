"""Measuring joins hands, actions and session: deleting, two views, calibration."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Spacing
from busi_gui.services.settings import Settings
from busi_gui.views.measuring.measuring import NOT_THIS_ONE
from tests.views.desk import shown_desk
from tests.views.measured import at, case_of, drag, press, readings, scan_of


@pytest.fixture
def desk(qtbot, tmp_path):
    yield from shown_desk(qtbot, Settings(tmp_path / "settings.ini"))


def test_without_a_case_there_is_nothing_to_measure(desk):
    desk.session.set_case(None)
    names = ("distance", "angle", "calibrate", "undo", "redo", "delete", "clear_measurements", "file_scale")
    assert [name for name in names if desk.actions[name].isEnabled()] == []


def test_adding_moving_and_deleting_can_each_be_undone_and_done_again(desk):
    desk.press("distance")
    drag(desk.main, (10, 20), (30, 20))
    drag(desk.main, (30, 20), (40, 20))
    desk.press("delete")
    hand, seen = desk.hand(desk.main), []
    for _ in range(3):
        seen.append((desk.actions["undo"].text(), readings(hand)))
        desk.press("undo")
    assert seen == [
        ("Undo deleting distance 1", []),
        ("Undo moving distance 1", ["3.0 mm"]),
        ("Undo measuring distance 1", ["2.0 mm"]),
    ]
    assert readings(hand) == []
    assert not desk.actions["undo"].isEnabled()
    assert desk.actions["redo"].text() == "Redo measuring distance 1"
    desk.press("redo")
    desk.press("redo")
    assert readings(hand) == ["3.0 mm"]


def test_every_measurement_of_a_frame_can_be_deleted_at_once_and_brought_back(desk):
    desk.press("distance")
    assert not desk.actions["clear_measurements"].isEnabled()
    drag(desk.main, (10, 20), (30, 20))
    drag(desk.main, (10, 40), (30, 40))
    desk.press("clear_measurements")
    assert readings(desk.hand(desk.main)) == []
    desk.press("undo")
    assert readings(desk.hand(desk.main)) == ["1:  2.0 mm", "2:  2.0 mm"]


def test_only_a_selected_measurement_can_be_deleted(desk):
    desk.press("distance")
    drag(desk.main, (10, 20), (30, 20))
    assert desk.actions["delete"].isEnabled()
    desk.session.set_case(Case(desk.session.case.scan))
    assert desk.actions["delete"].isEnabled()
    desk.session.set_case(case_of("b.png"))
    assert not desk.actions["delete"].isEnabled()


def test_undo_does_not_reach_what_was_measured_in_another_frame(desk):
    desk.press("distance")
    drag(desk.main, (10, 20), (30, 20))
    desk.session.set_case(case_of("b.png"))
    assert not desk.actions["undo"].isEnabled()
    desk.session.set_case(case_of())
    desk.press("undo")
    assert readings(desk.hand(desk.main)) == []


def test_esc_puts_the_hand_back_into_the_readers_hand(desk):
    desk.press("angle")
    QTest.keyClick(desk.main._canvas, Qt.Key.Key_Escape)
    assert desk.actions["hand"].isChecked()


def test_esc_drops_a_calliper_even_where_it_is_the_key_of_another_action(desk, qtbot):
    stop = desk.actions["stop"]
    desk.window.addAction(stop)
    with qtbot.waitActive(desk.window):
        desk.window.activateWindow()
    desk.main.setFocus()
    desk.press("distance")
    press(desk.main, desk.main.rect().center())
    with qtbot.assertNotEmitted(stop.triggered):
        qtbot.keyClick(desk.main._canvas, Qt.Key.Key_Escape)
    assert not desk.hand(desk.main).is_drawing
    with qtbot.waitSignal(stop.triggered):
        qtbot.keyClick(desk.main._canvas, Qt.Key.Key_Escape)


# two views ----------------------------------------------------------------------------------------------------------------------------------------


def test_each_view_measures_its_own_scan_with_its_own_scale(desk):
    desk.session.set_beside(case_of("b.png", spacing=None))
    desk.press("distance")
    drag(desk.main, (10, 20), (30, 20))
    drag(desk.second, (10, 20), (40, 20))
    assert readings(desk.hand(desk.main)) == ["2.0 mm"]
    assert readings(desk.hand(desk.second)) == ["30 px (not calibrated)"]


def test_undo_acts_on_the_view_that_was_used_last(desk):
    desk.session.set_beside(case_of("b.png"))
    desk.press("distance")
    drag(desk.main, (10, 20), (30, 20))
    drag(desk.second, (10, 20), (40, 20))
    desk.main.setFocus()
    desk.press("undo")
    assert [len(readings(desk.hand(view))) for view in (desk.main, desk.second)] == [0, 1]


def test_when_the_scan_beside_is_closed_undo_acts_on_the_main_one(desk):
    desk.session.set_beside(case_of("b.png"))
    desk.press("distance")
    drag(desk.main, (10, 20), (30, 20))
    drag(desk.second, (10, 20), (40, 20))
    desk.session.close_beside()
    desk.press("undo")
    assert readings(desk.hand(desk.main)) == []


def test_measurements_go_with_their_scan_when_the_two_change_places(desk):
    desk.session.set_beside(case_of("b.png"))
    desk.press("distance")
    drag(desk.main, (10, 20), (30, 20))
    desk.session.swap_beside()
    assert readings(desk.hand(desk.main)) == []
    assert readings(desk.hand(desk.second)) == ["2.0 mm"]


def test_the_same_frame_in_both_views_has_the_same_measurements(desk):
    desk.session.set_beside(case_of())
    desk.press("distance")
    drag(desk.second, (10, 20), (30, 20))
    assert readings(desk.hand(desk.main)) == ["2.0 mm"]


# calibration --------------------------------------------------------------------------------------------------------------------------------------


def test_a_line_on_the_ruler_and_its_length_calibrate_the_scan(desk):
    desk.session.set_case(case_of(spacing=None))
    desk.draw_ruler(desk.main)
    dialog = desk.measuring.dialog
    dialog.length.setValue(20)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert desk.session.calls == [("calibrate", Spacing(0.5, 0.5))]
    assert desk.measuring.dialog is None
    assert desk.hand(desk.main).marks == ()
    assert desk.actions["hand"].isChecked()


def test_the_line_stays_in_sight_while_its_length_is_asked_for(desk):
    desk.draw_ruler(desk.main)
    dialog, view = desk.measuring.dialog, desk.main
    (mark,) = desk.hand(view).marks
    assert not any(dialog.geometry().contains(view.mapToGlobal(at(view, point.x, point.y))) for point in mark.points)
    dialog.reject()
    assert desk.session.calls == []
    assert desk.hand(view).marks == ()


def test_a_calibration_is_dropped_when_another_scan_comes_meanwhile(desk):
    desk.draw_ruler(desk.main)
    dialog = desk.measuring.dialog
    desk.session.set_case(Case(desk.session.case.scan))
    assert desk.measuring.dialog is dialog
    desk.session.set_case(case_of("b.png"))
    assert desk.measuring.dialog is None
    assert desk.session.calls == []


def test_the_scan_beside_cannot_be_calibrated_and_the_reader_is_told_how(desk, qtbot):
    desk.session.set_beside(case_of("b.png", spacing=None))
    with qtbot.waitSignal(desk.measuring.said) as said:
        desk.draw_ruler(desk.second)
    assert said.args == [NOT_THIS_ONE]
    assert desk.measuring.dialog is None
    assert desk.hand(desk.second).marks == ()


def test_the_files_scale_can_be_had_back_only_after_a_calibration_by_hand(desk):
    assert not desk.actions["file_scale"].isEnabled()
    desk.session.set_case(Case(scan_of().calibrated(Spacing(0.2, 0.2))))
    assert desk.actions["file_scale"].isEnabled()
    desk.press("file_scale")
    assert desk.session.calls == [("calibrate", None)]
