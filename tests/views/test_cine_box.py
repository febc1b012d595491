"""The reader goes through a cine: keys, wheel, plot and slider as they stand beneath the scan."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from busi_gui.services.states import Activity
from tests.views.cine_window import button, focused, shown_window
from tests.views.cines import make_cine, make_findings, turn_wheel
from tests.views.fake_session import FakeSession

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


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


@pytest.mark.parametrize(
    ("key", "modifier", "call"),
    [
        (Qt.Key.Key_K, NONE, ("play", True)),
        (Qt.Key.Key_Comma, NONE, ("show_frame", 32)),
        (Qt.Key.Key_Period, NONE, ("show_frame", 34)),
        (Qt.Key.Key_Home, NONE, ("show_frame", 0)),
        (Qt.Key.Key_End, NONE, ("show_frame", 119)),
        (Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier, ("show_frame", 56)),
        (Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier, ("analyse_all_frames",)),
    ],
)
def test_the_keys_work_over_the_scan(window, session, key, modifier, call):
    session.set_cine(make_cine(key_frame=56))
    window.view.setFocus()
    QTest.keyClick(window.view._canvas, key, modifier)
    assert session.calls == [call]


def test_the_wheel_over_scan_slider_and_plot_goes_through_the_frames(window, box, session):
    session.set_cine(make_cine(findings=make_findings(range(50)), key_frame=7))
    for place in (window.view._canvas.viewport(), box.bar.slider, box.plot.chart.viewport()):
        turn_wheel(place, -1)
    turn_wheel(window.view._canvas.viewport(), 2)
    assert session.calls == [("show_frame", 34), ("show_frame", 35), ("show_frame", 36), ("show_frame", 34)]


def test_over_the_scan_the_wheel_zooms_with_ctrl(window, session):
    before = window.view.zoom_percent
    turn_wheel(window.view._canvas.viewport(), 1, modifiers=Qt.KeyboardModifier.ControlModifier)
    assert window.view.zoom_percent == pytest.approx(before * 1.2)
    session.set_cine(None)
    turn_wheel(window.view._canvas.viewport(), 1)
    assert window.view.zoom_percent == pytest.approx(before * 1.2**2)
    assert session.calls == []


# the plot -------------------------------------------------------------------------------------------------------------------------------------------


def test_the_plot_comes_when_all_frames_are_analysed_and_not_by_itself(box, session, actions):
    session.set_cine(make_cine(findings=make_findings([33, 34])))
    assert not box.plot.isVisible()
    session.set_activity(Activity("frame 3 of 120", 0.1, can_stop=True))
    assert box.plot.isVisible()
    assert actions["cine_plot"].isChecked()
    session.set_activity(None)
    session.set_cine(make_cine(findings=make_findings(range(60))))
    assert box.plot.isVisible(), "what was found until it was stopped stays"
    session.set_cine(make_cine())
    session.set_cine(make_cine(findings=make_findings([33, 34])))
    assert not box.plot.isVisible(), "another cine"


def test_the_reader_decides_whether_the_plot_is_there(box, session, actions):
    session.set_cine(make_cine(findings=make_findings(range(120)), key_frame=56))
    QTest.mouseClick(button(box, "cine_plot"), LEFT)
    session.set_cine(make_cine(frame=2, findings=make_findings(range(120))))
    assert not box.plot.isVisible()
    QTest.mouseClick(button(box, "cine_plot"), LEFT)
    session.set_cine(make_cine(frame=2))
    assert box.plot.isVisible()
    assert box.plot.text == "Analyse all frames to see probability and area along the cine."


def test_the_plot_does_not_come_unasked_where_it_would_take_the_scans_room(window, box, session, qtbot):
    window.resize(900, 300)
    session.set_cine(make_cine(findings=make_findings(range(120)), key_frame=56))
    assert not box.plot.isVisible()
    QTest.mouseClick(button(box, "cine_plot"), LEFT)
    assert box.plot.isVisible()


def test_slider_and_plot_have_each_frame_in_the_same_place(window, box, session, qtbot):
    session.set_cine(make_cine(findings=make_findings(range(120)), key_frame=56))
    qtbot.waitUntil(lambda: box.plot.chart.width() == box.bar.slider.width())
    for frame in (0, 60, 119):
        assert box.plot.chart.x_of(frame) == pytest.approx(box.bar.slider.x_of(frame))


def test_a_click_in_the_plot_goes_to_the_frame(box, session):
    session.set_cine(make_cine(findings=make_findings(range(120)), key_frame=56))
    QTest.mouseClick(box.plot.chart.viewport(), LEFT, NONE, QPoint(round(box.plot.chart.x_of(90)), 30))
    assert session.calls == [("show_frame", 90)]


# by keyboard alone, and in little room --------------------------------------------------------------------------------------------------------------


def test_everything_can_be_reached_by_key_and_has_a_name(window, box, session):
    session.set_cine(make_cine(key_frame=56, findings=make_findings(range(119))))
    window.view.setFocus()
    reached = []
    for _ in range(30):
        QTest.keyClick(focused(), Qt.Key.Key_Tab)
        reached.append(focused())
    assert reached[0] is box.bar.slider
    controls = [widget for widget in box.findChildren(QAbstractButton) if widget.isVisible()]
    assert len(controls) == 9
    assert set(controls) <= set(reached)
    assert all(widget.accessibleName() or widget.text() for widget in controls)
    assert [name for name in (widget.objectName() for widget in reached) if name][:6] == [
        *("first_frame", "previous_frame", "play", "next_frame", "last_frame", "loop_cine"),
    ]


def test_tooltips_name_the_keys(box, bar):
    assert button(box, "next_frame").toolTip() == "Next frame (.)"
    assert bar._all_frames.start.toolTip().startswith("Analyse all frames (Shift+R)")


@pytest.mark.parametrize("width", [500, 640, 1200])
def test_nothing_is_cut_off_in_little_room(window, box, session, qtbot, width):
    session.set_cine(make_cine(key_frame=56, has_stated_rate=False, findings=make_findings(range(120))))
    window.resize(width, 800)
    qtbot.waitUntil(lambda: box.width() == width)
    QApplication.processEvents()
    parts = box.bar.controls._parts
    for part in parts:
        assert part.geometry().right() < box.bar.controls.width(), part
        assert part.geometry().bottom() < box.bar.controls.height(), part
        assert part.width() >= part.sizeHint().width()
    for part in parts:
        assert not [other for other in parts if other is not part and other.geometry().intersects(part.geometry())]


def test_on_a_wide_window_the_controls_are_one_line(window, box, qtbot):
    window.resize(1200, 800)
    qtbot.waitUntil(lambda: box.width() == 1200)
    assert len(box.bar.controls._lines(box.bar.controls.width())) == 1


def test_the_plot_is_made_when_it_is_first_to_be_seen(session, box, actions):
    session.set_cine(make_cine())
    assert "plot" not in vars(box)
    actions["cine_plot"].trigger()
    assert box.plot.isVisible()
    session.set_cine(None)
    assert not box.isVisible()
