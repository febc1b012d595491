"""Playing a cine, going from frame to frame, and having all frames analysed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from busi_gui.services.states import Activity, NetworkState, NetworkStatus
from busi_gui.views.cine.cine_bar import ASSUMED_RATE, CINE_ACTIONS
from tests.views.cine_window import button, shown_window
from tests.views.cines import DAMAGED, make_cine, make_findings
from tests.views.fake_session import FakeSession, make_case, make_diagnosis, make_scan

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ALL_FRAMES = Activity("frame 60 of 120", 0.5, can_stop=True)


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def window(qtbot, session, tmp_path):
    yield from shown_window(qtbot, session, tmp_path / "settings.ini")


@pytest.fixture
def box(window):
    return window.box


@pytest.fixture
def bar(box):
    return box.bar


@pytest.fixture
def actions(window):
    return window.commands


def said(bar):
    return bar._position.text(), bar._rate.text()


def test_a_single_frame_has_no_controls_and_no_actions(box, session, actions):
    session.set_cine(None)
    assert not box.isVisible()
    assert not [name for name in CINE_ACTIONS if actions[name].isEnabled()]
    session.set_cine(make_cine())
    assert box.isVisible()
    assert box.bar.isVisible()
    assert {name for name in CINE_ACTIONS if not actions[name].isEnabled()} == {"key_frame"}


def test_frame_and_rate_are_said(bar):
    assert said(bar) == ("34 / 120", "25 frames/s")
    assert bar._position.accessibleName() == "Frame 34 of 120"
    assert bar._rate.toolTip() == ""
    assert bar.slider.value() == 34


def test_a_guessed_rate_is_called_so(bar, session):
    session.set_cine(make_cine(has_stated_rate=False))
    assert said(bar)[1] == "25 frames/s (assumed)"
    assert bar._rate.toolTip() == ASSUMED_RATE


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("first_frame", ("show_frame", 0)),
        ("previous_frame", ("show_frame", 32)),
        ("play", ("play", True)),
        ("next_frame", ("show_frame", 34)),
        ("last_frame", ("show_frame", 119)),
        ("loop_cine", ("set_looping", False)),
    ],
)
def test_each_button_asks_for_what_it_shows(box, session, name, call):
    QTest.mouseClick(button(box, name), LEFT)
    assert session.calls == [call]


def test_a_cine_that_plays_can_be_held(box, session):
    session.set_cine(make_cine(is_playing=True))
    assert button(box, "play").accessibleName() == "Pause"
    QTest.mouseClick(button(box, "play"), LEFT)
    assert session.calls == [("play", False)]
    session.set_cine(make_cine())
    assert button(box, "play").accessibleName() == "Play"


def test_the_play_button_shows_what_it_does(box, session):
    before = button(box, "play").icon().cacheKey()
    session.set_cine(make_cine(is_playing=True))
    assert button(box, "play").icon().cacheKey() != before


def test_looping_is_shown_as_the_session_has_it(box, session, actions):
    assert actions["loop_cine"].isChecked()
    session.set_cine(make_cine(is_looping=False))
    assert not button(box, "loop_cine").isChecked()
    assert session.calls == []


def test_steps_that_come_faster_than_frames_add_up(bar, session):
    bar.step(1)
    bar.step(1)
    session.set_cine(make_cine(frame=34))  # the first of them is there
    bar.step(1)
    assert session.calls == [("show_frame", 34), ("show_frame", 35), ("show_frame", 36)]
    assert bar.slider.value() == 37
    assert said(bar)[0] == "35 / 120"


def test_a_frame_that_was_asked_for_and_is_there_is_asked_for_no_more(bar, session):
    bar.step(10)
    session.set_cine(make_cine(frame=43))
    session.set_cine(make_cine(frame=20))
    bar.step(1)
    assert session.calls[-1] == ("show_frame", 21)


def test_after_a_failure_the_slider_is_where_the_scan_is(bar, session):
    bar.show_frame(60)
    session.set_cine(make_cine())
    assert bar.slider.value() == 61
    session.failed.emit("Frame 61 of cine.dcm cannot be read.")
    assert bar.slider.value() == 34
    bar.step(1)
    assert session.calls[-1] == ("show_frame", 34)


def test_a_frame_that_turns_out_to_be_damaged_is_waited_for_no_longer(bar, session):
    bar.show_frame(60)
    session.set_cine(make_cine(unreadable=frozenset({60})))
    assert bar.slider.value() == 34


def test_while_it_plays_the_slider_goes_along(bar, session):
    bar.show_frame(100)
    session.set_cine(make_cine(frame=40, is_playing=True))
    assert bar.slider.value() == 41
    bar.step(1)
    assert session.calls[-1] == ("show_frame", 41)


def test_the_keyboard_comes_to_the_slider(box):
    box.setFocus()
    assert box.bar.slider.hasFocus()


def test_another_file_begins_where_it_begins(bar, session):
    bar.step(20)
    session.set_case(make_case(make_diagnosis(0.1), scan=make_scan(Path("/scans/another.dcm"))))
    session.set_cine(make_cine(frame=0))
    assert bar.slider.value() == 1
    bar.step(1)
    assert session.calls[-1] == ("show_frame", 1)


@pytest.mark.parametrize(("frame", "offset", "target"), [(5, 1, 12), (12, -1, 5), (4, 4, 12), (69, 1, 71), (117, 2, 118), (117, 9, 118), (1, -5, 2)])
def test_a_step_passes_over_what_cannot_be_read(bar, session, frame, offset, target):
    session.set_cine(make_cine(frame=frame, unreadable=DAMAGED | {119, 0}))
    bar.step(offset)
    assert session.calls == ([("show_frame", target)] if (target - frame) * offset > 0 else [])


@pytest.mark.parametrize(("frame", "offset"), [(0, -1), (119, 1), (118, 1)])
def test_beyond_the_ends_there_is_nothing(bar, session, frame, offset):
    session.set_cine(make_cine(frame=frame, unreadable=frozenset({119}) if frame == 118 else frozenset()))
    bar.step(offset)
    assert session.calls == []


def test_first_and_last_are_frames_that_can_be_read(actions, session):
    session.set_cine(make_cine(unreadable=frozenset({0, 1, 119})))
    actions["first_frame"].trigger()
    actions["last_frame"].trigger()
    assert session.calls == [("show_frame", 2), ("show_frame", 118)]


def test_damaged_frames_are_named(bar, session):
    session.set_cine(make_cine(unreadable=DAMAGED))
    assert bar._position.toolTip() == "Frames 7 to 12 and 71 cannot be read"


def test_the_key_frame_is_one_click_away(box, session, actions):
    assert not button(box, "key_frame").isEnabled()
    session.set_cine(make_cine(key_frame=56))
    assert button(box, "key_frame").text() == "Key frame 57"
    QTest.mouseClick(button(box, "key_frame"), LEFT)
    assert session.calls == [("show_frame", 56)]


def test_click_and_drag_on_the_slider_go_to_the_frame(bar, session):
    y = bar.slider.height() // 3
    QTest.mousePress(bar.slider, LEFT, NONE, QPoint(round(bar.slider.x_of(80)), y))
    QTest.mouseMove(bar.slider, QPoint(round(bar.slider.x_of(85)), y))
    QTest.mouseRelease(bar.slider, LEFT, NONE, QPoint(round(bar.slider.x_of(85)), y))
    assert session.calls == [("show_frame", 80), ("show_frame", 85)]


def test_arrows_on_the_slider_step(bar, session):
    bar.slider.setFocus()
    QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    QTest.keyClick(bar.slider, Qt.Key.Key_Right)
    assert session.calls == [("show_frame", 34), ("show_frame", 35)]


# all frames -----------------------------------------------------------------------------------------------------------------------------------------


def test_all_frames_are_analysed_with_progress_and_a_way_to_stop(bar, session, actions):
    QTest.mouseClick(bar._all_frames.start, LEFT)
    assert session.calls == [("analyse_all_frames",)]
    session.set_activity(ALL_FRAMES)
    assert not bar._all_frames.start.isVisible()
    assert bar._all_frames.stage.full_text == "Frame 60 of 120"
    assert bar._all_frames.progress.value() == 50
    assert not actions["analyse_frames"].isEnabled()
    QTest.mouseClick(bar._all_frames.stop, LEFT)
    assert session.calls[1:] == [("stop",)]
    session.set_activity(None)
    assert bar._all_frames.start.isVisible()
    assert bar._all_frames.start.isEnabled()


def test_what_is_done_for_one_frame_does_not_look_like_all(bar, session):
    session.set_activity(Activity("segmenting", 0.2, can_stop=True))
    assert bar._all_frames.start.isVisible()


def test_the_keyboard_stays_with_the_analysis_of_all_frames(bar, session):
    bar._all_frames.start.setFocus()
    session.set_activity(ALL_FRAMES)
    assert bar._all_frames.stop.hasFocus()
    session.set_activity(None)
    assert bar._all_frames.start.hasFocus()


def test_networks_that_cannot_be_used_analyse_nothing(bar, session):
    session.set_network(NetworkState(NetworkStatus.FAILED, message="No network."))
    assert not bar._all_frames.start.isEnabled()
    session.set_network(NetworkState(NetworkStatus.LOADING))
    assert bar._all_frames.start.isEnabled()


def test_all_frames_can_be_analysed_only_while_something_is_left_to_do(session, actions):
    session.set_cine(make_cine(unreadable=DAMAGED, key_frame=56, findings=make_findings(set(range(120)) - DAMAGED)))
    assert not actions["analyse_frames"].isEnabled()
    session.set_cine(make_cine(unreadable=DAMAGED, findings=make_findings(set(range(120)) - DAMAGED)))
    assert actions["analyse_frames"].isEnabled()
    session.set_cine(make_cine(unreadable=DAMAGED, key_frame=56, findings=make_findings(range(100))))
    assert actions["analyse_frames"].isEnabled()


def test_the_keyboard_goes_on_along_the_bar_when_all_frames_are_analysed(bar, session):
    session.set_activity(ALL_FRAMES)
    bar._all_frames.stop.setFocus()
    session.set_cine(make_cine(findings=make_findings(range(120)), key_frame=5))
    session.set_activity(None)
    assert bar.isAncestorOf(bar.window().focusWidget())
