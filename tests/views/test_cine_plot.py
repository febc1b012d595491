"""What was found along a cine, drawn."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Spacing
from busi_gui.services.states import NetworkState, NetworkStatus
from busi_gui.views import theme
from busi_gui.views.cine.cine_plot import CinePlot
from tests.views.cines import make_cine, make_finding, make_findings, turn_wheel
from tests.views.fake_session import FakeSession, make_scan

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
DONE = make_findings(range(120))


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def plot(qtbot, session):
    widget = CinePlot(session)
    qtbot.addWidget(widget)
    widget.resize(700, widget.heightForWidth(700))
    session.set_cine(make_cine(findings=DONE))
    widget.show()
    return widget


@pytest.fixture
def chosen(plot):
    frames: list[int] = []
    plot.frame_chosen.connect(frames.append)
    return frames


def curve(item):
    frames, values = item.getData()
    return np.asarray(frames), np.asarray(values)


def at(plot, frame):
    return QPoint(round(plot.chart.x_of(frame)), 20)


def hover(plot, frame, buttons=Qt.MouseButton.NoButton):
    target, place = plot.chart.viewport(), QPointF(at(plot, frame))
    event = QMouseEvent(QEvent.Type.MouseMove, place, target.mapToGlobal(place), Qt.MouseButton.NoButton, buttons, NONE)
    QApplication.sendEvent(target, event)


def image_of(plot):
    return plot.chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def column(image, x):
    # A line is at most a pixel off: it is not smoothed.
    return {QColor(image.pixel(round(x) + off, y)).name() for off in (-1, 0, 1) for y in range(image.height())}


def right_axis(plot):
    return [text for _, text in plot.chart._plot.getAxis("right")._tickLevels[0]]


def test_without_findings_the_plot_says_how_to_have_them(plot, session):
    session.set_cine(make_cine())
    assert plot.text == "Analyse all frames to see probability and area along the cine."
    assert not plot.chart.isVisible()
    session.set_cine(make_cine(findings=make_findings([33, 34])))
    assert plot.text == ""
    assert plot.chart.isVisible()


def test_probability_and_area_are_drawn_frame_by_frame(plot, session):
    session.set_cine(make_cine(findings={3: make_finding(0.2, area_mm2=50.0), 4: make_finding(0.4, area_mm2=100.0)}))
    frames, values = curve(plot.chart._probability)
    assert frames[[3, 4]].tolist() == [3, 4]
    assert values[[3, 4]] == pytest.approx([0.2, 0.4])
    _, areas = curve(plot.chart._area)
    assert areas[[3, 4]] == pytest.approx([0.5, 1.0])
    assert right_axis(plot) == ["0", "50", "100"]


def test_frames_that_are_not_analysed_are_gaps(plot, session):
    session.set_cine(make_cine(findings=make_findings([*range(10), *range(20, 30)])))
    for item in (plot.chart._probability, plot.chart._area):
        _, values = curve(item)
        assert np.isfinite(values).nonzero()[0].tolist() == [*range(10), *range(20, 30)]


def test_a_finding_between_gaps_is_a_dot(plot, session):
    session.set_cine(make_cine(findings=make_findings([5, 10, 11])))
    assert plot.chart._probability_dots.getData()[0].tolist() == [5]
    assert plot.chart._area_dots.getData()[0].tolist() == [5]


def test_without_a_lesion_the_area_is_nothing_and_there_is_no_probability(plot, session):
    session.set_cine(make_cine(findings={3: make_finding(0.2), 4: make_finding(None)}))
    assert np.isnan(curve(plot.chart._probability)[1][4])
    assert curve(plot.chart._area)[1][4] == 0
    assert plot.area_name.text() == "area, mm²"


def test_areas_that_rest_on_a_calibration_by_hand_say_so(plot, session):
    session.set_case(Case(make_scan().calibrated(Spacing(0.1, 0.1))))
    session.set_cine(make_cine(findings={3: make_finding(0.2)}))
    assert plot.area_name.text() == "area, mm² (calibrated by hand)"


def test_areas_are_in_pixels_where_one_is_not_calibrated(plot, session):
    session.set_cine(make_cine(findings={3: make_finding(area_px=120_000), 4: make_finding(area_px=9, area_mm2=None)}))
    assert plot.area_name.text() == "area, px (not calibrated)"
    assert right_axis(plot) == ["0", "100k", "200k"]


def test_the_two_lines_differ_in_more_than_colour(plot):
    pens = [item.opts["pen"] for item in (plot.chart._probability, plot.chart._area)]
    assert pens[0].style() != pens[1].style()
    assert pens[0].color().name() != pens[1].color().name()


def test_the_operating_point_is_a_line_with_its_name(plot, session):
    assert plot.point_name.text() == "sensitive 0.31"
    assert plot.chart._point.value() == pytest.approx(0.31)
    session.set_network(NetworkState(NetworkStatus.LOADING))
    assert not plot.chart._point.isVisible()
    assert not plot.point_name.isVisible()


def test_the_frame_on_screen_is_a_line(plot, session):
    session.set_cine(make_cine(frame=80, findings=DONE))
    image = image_of(plot)
    assert theme.TEXT in column(image, plot.chart.x_of(80))
    assert theme.TEXT not in column(image, plot.chart.x_of(33))


def test_the_key_frame_is_marked(plot, session):
    assert not plot.chart._key.isVisible()
    session.set_cine(make_cine(findings=DONE, key_frame=56))
    assert plot.chart._key.isVisible()
    assert plot.chart._key.value() == 56


def test_damaged_frames_are_hatched(plot, session):
    session.set_cine(make_cine(findings=make_findings([0, 1]), unreadable=frozenset(range(60, 80))))
    image = image_of(plot)
    # A line of hatching is thin: it is there somewhere in a few columns.
    inside = set().union(*(column(image, plot.chart.x_of(70) + x) for x in range(4)))
    outside = set().union(*(column(image, plot.chart.x_of(95) + x) for x in range(4)))
    assert theme.BORDER in inside
    assert theme.BORDER not in outside


def test_the_axes_are_where_the_pointer_takes_them_to_be(plot, session):
    session.set_cine(make_cine(frame=119, findings=DONE))
    image = image_of(plot)
    bright = [x for x in range(1, image.width() - 1) if theme.TEXT in column(image, x)]
    assert len(bright) >= 3
    assert abs(np.mean(bright) + 0.5 - plot.chart.x_of(119)) <= 1.5


def test_a_click_goes_to_the_frame_and_a_drag_along(plot, chosen):
    QTest.mousePress(plot.chart.viewport(), LEFT, NONE, at(plot, 20))
    hover(plot, 25, LEFT)
    hover(plot, 25, LEFT)
    hover(plot, 26, LEFT)
    QTest.mouseRelease(plot.chart.viewport(), LEFT, NONE, at(plot, 26))
    hover(plot, 40)
    assert chosen == [20, 25, 26]


def test_other_buttons_do_nothing(plot, chosen):
    QTest.mouseClick(plot.chart.viewport(), Qt.MouseButton.RightButton, NONE, at(plot, 20))
    assert chosen == []
    assert QApplication.activePopupWidget() is None


def test_beside_the_frames_is_the_nearest(plot, chosen):
    QTest.mouseClick(plot.chart.viewport(), LEFT, NONE, QPoint(2, 20))
    QTest.mouseClick(plot.chart.viewport(), LEFT, NONE, QPoint(plot.chart.width() - 2, 20))
    assert chosen == [0, 119]


def test_the_wheel_steps_and_does_not_zoom(plot, qtbot):
    before = plot.chart._plot.viewRange()
    with qtbot.waitSignal(plot.stepped) as stepped:
        turn_wheel(plot.chart.viewport(), -1)
    assert stepped.args == [1]
    assert plot.chart._plot.viewRange() == before


def test_the_frame_under_the_pointer_is_read_out_and_else_the_one_on_screen(plot, session):
    session.set_cine(make_cine(findings={33: make_finding(0.83), 50: make_finding(0.2, area_mm2=9.0)}))
    assert plot.readout.text() == "frame 34: 0.83, 142 mm²"
    hover(plot, 50)
    assert plot.readout.text() == "frame 51: 0.20, 9.0 mm²"
    session.set_cine(make_cine(frame=34, findings=session.cine.findings))
    assert plot.readout.text() == "frame 51: 0.20, 9.0 mm²"
    QApplication.sendEvent(plot.chart.viewport(), QEvent(QEvent.Type.Leave))
    assert plot.readout.text() == "frame 35: not analysed"


def test_the_read_out_is_never_cut(plot, session):
    session.set_cine(make_cine(findings={33: make_finding(0.999, area_px=888_888, area_mm2=None), 34: make_finding(0.1)}))
    assert plot.readout.width() >= plot.readout.fontMetrics().horizontalAdvance(plot.readout.text())


def test_another_cine_has_another_scale(plot, session):
    session.set_cine(make_cine(frame=1, frame_count=4, findings={0: make_finding(0.2), 1: make_finding(0.4)}))
    assert curve(plot.chart._probability)[0].tolist() == [0, 1, 2, 3]
    assert plot.chart._plot.viewRange()[0] == pytest.approx([-0.5, 3.5])
    assert plot.chart.frame_at(plot.chart.x_of(3)) == 3


def test_going_to_another_frame_draws_no_curve_anew(plot, session):
    redrawn = []
    for item in (plot.chart._probability, plot.chart._area):
        item.sigPlotChanged.connect(redrawn.append)
    session.set_cine(make_cine(frame=34, findings=dict(DONE)))
    assert redrawn == []
    session.set_cine(make_cine(frame=34, findings={**DONE, 5: make_finding(0.9)}))
    assert redrawn


def test_it_says_itself_in_words(plot, session):
    session.set_cine(make_cine(findings={33: make_finding(0.5), 56: make_finding(0.83), 57: make_finding(None)}))
    assert plot.chart.accessibleName() == "Probability of malignancy and lesion area along the frames"
    assert plot.chart.accessibleDescription() == "3 of 120 frames analysed, highest: frame 57: 0.83, 142 mm²"


def test_it_is_as_high_as_a_few_lines(plot):
    assert 5 <= plot.height() / plot.fontMetrics().height() <= 9
