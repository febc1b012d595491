"""A cine in the window: frames by wheel and key, and what stays from frame to frame."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from busi_gui.domain.case import Case
from busi_gui.services.settings import Settings
from busi_gui.services.states import CineState
from tests.views.fake_session import FakeSession, make_case, make_diagnosis, make_scan
from tests.views.scan_views import wheel
from tests.views.windows import shown_window

PATH = Path("/scans/cine.dcm")
PLACE = QPoint(200, 150)


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def window(qtbot, session, tmp_path):
    window = shown_window(qtbot, session, Settings(tmp_path / "settings.ini"))
    session.set_cine(CineState(4, 30, 40.0, True))
    session.set_case(frame_case(4))
    return window


def frame_case(frame: int) -> Case:
    scan = replace(make_scan(PATH), frame=frame, frame_count=30)
    return make_case(make_diagnosis(0.8), make_diagnosis(0.3), scan=scan)


def test_the_wheel_goes_through_the_frames_and_zooms_a_single_one(window, session):
    zoom = window.scan_view.zoom_percent
    wheel(window.scan_view, PLACE, -1)
    assert session.calls == [("show_frame", 5)]
    assert window.scan_view.zoom_percent == zoom
    session.set_cine(None)
    session.set_case(Case(make_scan()))
    wheel(window.scan_view, PLACE, -1)
    assert session.calls == [("show_frame", 5)]
    assert window.scan_view.zoom_percent != zoom


def test_zoom_place_messages_and_the_chosen_lesion_stay_from_frame_to_frame(window, session):
    window.commands["zoom_in"].trigger()
    zoom = window.scan_view.zoom_percent
    window.editor.selection.select(2)
    window.message_bar.show_message("Frame 9 is damaged.")
    session.set_case(Case(replace(make_scan(PATH), frame=5, frame_count=30)))
    session.set_case(frame_case(5))
    assert window.scan_view.zoom_percent == zoom
    assert window.editor.selection.number == 2
    assert window.message_bar.isVisible()


def test_another_scan_begins_with_its_first_lesion(window, session):
    window.editor.selection.select(2)
    session.set_case(make_case(make_diagnosis(0.8), make_diagnosis(0.3)))
    assert window.editor.selection.number == 1


def test_f6_reaches_the_controls_of_a_cine(window, qtbot):
    window.scan_view.setFocus()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_F6)
    assert window.cine_box.isAncestorOf(window.focusWidget())


def test_home_and_end_belong_to_the_list_of_cases_while_it_has_the_focus(window, session, qtbot):
    paths = tuple(Path("/scans") / f"{number}.dcm" for number in range(9))
    session.set_folder(paths)
    window.case_list.view.setFocus()
    qtbot.keyClick(window.case_list.view, Qt.Key.Key_End)
    assert window.case_list.view.currentIndex().row() == 8
    assert session.calls == []
    window.scan_view.setFocus()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_End)
    assert session.calls == [("show_frame", 29)]
