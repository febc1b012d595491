"""A picture that looks like no breast ultrasound: its result is kept back, in every part of the window, until the reader asks for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from busi_gui.services.settings import Settings
from models.analysis import Concern
from tests.views.fake_session import FakeSession, make_case, make_diagnosis
from tests.views.measured import drag
from tests.views.windows import shown_window

DOUBTED = replace(make_case(make_diagnosis(0.8)), concerns=(Concern("not ultrasound", "This is no scan."),))


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def window(qtbot, session, tmp_path):
    window = shown_window(qtbot, session, Settings(tmp_path / "settings.ini"))
    session.set_case(DOUBTED)
    return window


def outlines(view):
    return len(view._lesion_layers._shapes)


def test_neither_outlines_nor_maps_are_drawn_until_the_reader_asks(window):
    assert outlines(window.scan_view) == 0
    assert window.scan_view._probability.is_silent
    assert window.scan_view._saliency.is_silent
    button = next(button for button in window.panel.findChildren(QPushButton) if button.text() == "Show it all the same")
    button.click()
    assert outlines(window.scan_view) == 1
    assert not window.scan_view._saliency.is_silent


def test_another_doubted_picture_is_kept_back_again(window, session):
    window.panel.result_wanted.emit(DOUBTED.scan.path)
    assert outlines(window.scan_view) == 1
    session.set_case(replace(DOUBTED, scan=replace(DOUBTED.scan, path=DOUBTED.scan.path.with_name("other.png"))))
    assert outlines(window.scan_view) == 0


def test_what_is_no_scan_shows_nothing_beside_either(window, session):
    session.set_case(make_case(make_diagnosis(0.8)))
    session.set_beside(DOUBTED)
    assert outlines(window.comparison.main_view) == 1
    assert outlines(window.comparison.second_view) == 0


def test_what_is_not_shown_is_neither_in_hand_nor_deleted_by_a_key(window, session):
    window.scan_view.setFocus()
    assert not window.editor.selection.chosen
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_N):
        QTest.keyClick(window.scan_view._canvas, key)
    for name in ("smooth", "merge_lesions", "hide_lesion", "sensitivity"):
        window.commands[name].trigger()
    assert [lesion.number for lesion in session.case.lesions] == [1]
    assert not session.case.reading.is_touched
    window.panel.result_wanted.emit(DOUBTED.scan.path)
    assert window.editor.selection.number == 1
    QTest.keyClick(window.scan_view._canvas, Qt.Key.Key_Delete)
    assert session.case.lesions == ()


def test_what_the_reader_draws_in_it_is_a_lesion_of_its_own_and_is_seen(window, session):
    window.commands["brush"].trigger()
    drag(window.scan_view, (60, 45), (75, 50))
    assert session.editing.undo_name == "brush stroke"
    assert [lesion.number for lesion in session.case.lesions] == [1, 2]
    assert outlines(window.scan_view) == 2
    assert window.editor.selection.number == 2
    assert window.lesion_list.isVisible()
    session.editing.undo()
    assert outlines(window.scan_view) == 0
    assert window.editor.selection.number is None
