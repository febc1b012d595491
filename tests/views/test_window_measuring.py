"""In the window, keys undo, delete and show measures, whatever they were made with."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.measures import measure
from busi_gui.services.settings import Settings
from busi_gui.views.measuring.live_measures import LiveMeasures, measure_texts
from tests.views.cases import box_mask, make_case
from tests.views.fake_session import FakeSession
from tests.views.measured import SHAPE, TENTH, drag, readings, scan_of
from tests.views.windows import shown_window

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot, tmp_path):
    settings = Settings(tmp_path / "settings.ini")
    settings.brush_px = 8
    session = FakeSession()
    shown = shown_window(qtbot, session, settings)
    session.set_case(make_case(scan_of("lesion.png"), (box_mask(SHAPE, 20, 20, 40, 40),)))
    shown.scan_view.setFocus()
    return shown


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(window.focusWidget(), key, modifier)


def state(window):
    case = window._session.case
    return readings(window.measuring.hand(window.scan_view)), [int(lesion.mask.sum()) for lesion in case.lesions]


def undo_texts(window):
    return [action.text() for menu in window.menuBar().actions() for action in menu.menu().actions() if action.objectName() == "undo"]


def test_delete_takes_the_measurement_then_the_lesion_and_undo_brings_both_back(window, qtbot):
    press(qtbot, window, Qt.Key.Key_C)
    drag(window.scan_view, (50, 10), (70, 10))
    measured = state(window)
    assert measured == (["2.0 mm"], [400])
    press(qtbot, window, Qt.Key.Key_Delete)
    assert state(window) == ([], [400])
    press(qtbot, window, Qt.Key.Key_Backspace)
    assert state(window) == ([], [])
    assert not window.commands["delete"].isEnabled()
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert state(window) == measured
    assert undo_texts(window) == ["Undo measuring distance 1"]


def test_a_stroke_of_the_brush_and_a_measurement_are_taken_back_in_turn(window, qtbot):
    before = state(window)
    press(qtbot, window, Qt.Key.Key_B)
    drag(window.scan_view, (40, 30), (60, 30))
    assert undo_texts(window) == ["Undo brush stroke"]
    painted = state(window)
    press(qtbot, window, Qt.Key.Key_C)
    drag(window.scan_view, (50, 10), (70, 10))
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert state(window) == painted
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert state(window) == before
    press(qtbot, window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert state(window) == painted


def test_the_table_stands_in_the_panel_and_says_what_the_lesion_measures(window, qtbot):
    (table,) = window.panel.findChildren(LiveMeasures)
    assert table.isVisibleTo(window)
    press(qtbot, window, Qt.Key.Key_B)
    drag(window.scan_view, (40, 30), (60, 30))
    (lesion,) = window._session.case.lesions
    assert tuple(table.rows().values()) == measure_texts(measure(lesion.mask, TENTH))


def test_a_key_shows_and_hides_the_measures_on_the_scan(window, qtbot):
    def drawn():
        item = window.lesion_lines.item.drawn
        return (item is not None, item is not None and item.has_extents)

    seen = [drawn()]
    for key in (Qt.Key.Key_1, Qt.Key.Key_1, Qt.Key.Key_2):
        press(qtbot, window, key, SHIFT)
        seen.append(drawn())
    assert seen == [(True, False), (False, False), (True, False), (True, True)]
