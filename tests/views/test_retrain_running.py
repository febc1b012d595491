"""The page of a retraining that runs: words, bar, curves, and pictures that change."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from busi_gui.services.retraining_progress import RetrainingProgress, RetrainingStatus
from busi_gui.views.retraining.chart import drawn_points
from busi_gui.views.retraining.curves import BASE, BASE_BEFORE, CLINIC, CLINIC_BEFORE, DiceChart, LossChart, loss_lines, running_median
from busi_gui.views.retraining.running_page import MOST_PICTURES, REDRAWN_MS
from models.retraining.events import Doing, Measured, Planned, Said, Stepped
from tests.services.retraining_room import BEGINNING, LOOKS_ALIKE, case_name, shown, stepped
from tests.views.retraining_desk import RetrainingDesk

HELD_OUT = (5, 10, 15)


@pytest.fixture
def desk(qtbot, tmp_path):
    made = RetrainingDesk(qtbot, tmp_path)
    yield made
    made.close()


@pytest.fixture
def page(desk):
    return desk.open().running


def of_events(*events):
    progress = RetrainingProgress(RetrainingStatus.RUNNING)
    for event in events:
        progress = progress.after(event)
    return progress


def test_before_the_first_step_words_stand_where_the_curves_will_be(desk, page):
    desk.begin(Doing("examining the approved cases", 0.0), "wait for ever")
    desk.wait(lambda: "Examining the approved cases …" in page.text())
    assert page.isVisible()
    assert page.loss.is_empty
    assert page.dice.is_empty
    assert "time left is being measured" in page.text()
    assert (page.bar.minimum(), page.bar.maximum()) == (0, 0), "busy"
    assert page.hide_button.hasFocus()


def test_it_says_what_is_done_how_far_it_is_and_what_was_decided(desk, page):
    desk.begin(*BEGINNING, *stepped("segmenter", 60, seconds_left=725.0), Said("The classifier of the lesion stays."), "wait for ever")
    desk.wait(lambda: "The classifier of the lesion stays." in page.text())
    for part in ("Fitting the segmenter …", "about 15 minutes left", "the segmenter in 400 steps", LOOKS_ALIKE):
        assert part in page.text()
    assert page.bar.value() / page.bar.maximum() == pytest.approx(0.084)


def test_each_network_has_a_curve_of_its_own_colour_and_dash(qtbot):
    chart = LossChart()
    qtbot.addWidget(chart)
    chart.show_progress(of_events(*stepped("segmenter", 40), *stepped("classifier-scan", 20), *stepped("classifier-lesion", 10)))
    assert chart.names == ["segmenter", "classifier of the scan", "classifier of the lesion"]
    lines = [loss_lines(name, place)[1] for place, name in enumerate(("segmenter", "classifier-scan", "classifier-lesion"))]
    assert [len(chart.data_of(line)[0]) for line in lines] == [40, 20, 10]
    assert len({line.colour for line in lines}) == len({line.dash for line in lines}) == 3
    assert "segmenter: " in chart.accessibleDescription()


def test_a_step_more_is_drawn_and_the_median_does_not_lag(qtbot):
    chart = LossChart()
    qtbot.addWidget(chart)
    thin, thick = loss_lines("segmenter", 0)
    for last in (3, 30, 90):
        chart.show_progress(of_events(*(Stepped("segmenter", step, 1.0 / step, None) for step in range(1, last + 1))))
    steps, losses = chart.data_of(thin)
    assert steps[-1] == 90
    assert losses.tolist() == pytest.approx([1.0 / step for step in range(1, 91)])
    medians = chart.data_of(thick)[1]
    assert medians[50] == pytest.approx(1 / 51)
    assert medians.tolist() == pytest.approx(running_median(losses).tolist()), "as if all had come at once"


def test_a_median_is_of_those_around_and_of_fewer_at_the_ends():
    values = np.random.default_rng(0).normal(size=60)
    assert running_median(values).tolist() == pytest.approx([np.median(values[max(0, place - 12) : place + 13]) for place in range(60)])
    assert running_median(values, 40).tolist() == pytest.approx(running_median(values)[40:].tolist())
    assert running_median(values[:1]).tolist() == [values[0]]


def test_a_loss_that_is_no_number_is_not_drawn(qtbot):
    chart = LossChart()
    qtbot.addWidget(chart)
    chart.show_progress(of_events(Stepped("segmenter", 1, float("nan"), None)))
    assert chart.is_empty
    chart.show_progress(of_events(Stepped("segmenter", 1, float("nan"), None), Stepped("segmenter", 2, 0.5, None)))
    assert chart.data_of(loss_lines("segmenter", 0)[0])[0].tolist() == [2]


def test_many_points_are_thinned_and_no_spike_is_lost():
    values = np.zeros(3001)
    values[1234], values[3000] = 9.0, -9.0
    steps, drawn = drawn_points(np.arange(3001.0), values, 600)
    assert len(drawn) <= 602
    assert (drawn.max(), drawn.min()) == (9.0, -9.0)
    assert steps[drawn.argmax()] == 1234
    assert np.all(np.diff(steps) > 0)
    assert len(drawn_points(np.arange(600.0), values[:600], 600)[0]) == 600


def test_dice_is_drawn_here_and_elsewhere_with_what_it_was_before(qtbot):
    chart = DiceChart()
    qtbot.addWidget(chart)
    chart.show_progress(of_events(Measured(0, 0.8, 0.9), Measured(40, 0.85, 0.89)))
    assert [values.tolist() for values in chart.data_of(CLINIC)] == [[0, 40], [0.8, 0.85]]
    assert [values.tolist() for values in chart.data_of(BASE)] == [[0, 40], [0.9, 0.89]]
    assert chart.data_of(CLINIC_BEFORE)[1].tolist() == [0.8, 0.8]
    assert chart.data_of(BASE_BEFORE)[1].tolist() == [0.9, 0.9]
    assert CLINIC_BEFORE.dash is Qt.PenStyle.DotLine
    assert "before: 0.80" in chart.accessibleDescription()


def test_a_curve_grows_into_a_chart_of_all_steps_that_are_planned(qtbot):
    losses, dice = LossChart(), DiceChart()
    planned = (Planned(11, 3, {"segmenter": 400, "classifier-scan": 200}, 4), Measured(0, 0.8, 0.9), *stepped("segmenter", 3))
    for chart in (losses, dice):
        qtbot.addWidget(chart)
        chart.show_progress(of_events(*planned))
        assert chart._plot.viewRange()[0] == pytest.approx([-4, 404])
    assert dice.data_of(CLINIC_BEFORE)[0].tolist() == [0, 400]


def test_without_other_clinics_they_have_no_curve_and_no_name(qtbot):
    chart = DiceChart()
    qtbot.addWidget(chart)
    chart.show_progress(of_events(Measured(0, 0.8, None), Measured(40, 0.85, None)))
    assert len(chart.data_of(BASE)[0]) == 0
    assert chart.names == ["your held-out cases", "your held-out cases, before"]


def test_held_out_cases_are_shown_with_what_the_network_outlines_by_now(desk, page):
    first, second = ([shown(step, number, grow=grow) for number in HELD_OUT] for step, grow in ((0, -2), (40, 3)))
    desk.begin(*BEGINNING, *first, Measured(0, 0.8, None), "wait on", *second, Measured(40, 0.85, None), "wait for ever")
    desk.wait(lambda: len(page.pictures) == 3 and all(picture.has_picture for picture in page.pictures.values()))
    assert "before the first step" in page.text()
    picture = page.pictures[case_name(5)]
    assert picture.hands == ["yours", "the network as it learns"]
    before = picture.grab().toImage()
    desk.room.go("on")
    desk.wait(lambda: "after 40 steps" in page.text())
    assert picture.grab().toImage() != before
    assert page.pictures[case_name(5)] is picture


def test_each_case_is_asked_for_once(desk, page, qtbot):
    asked = []
    desk.retraining.pictured.connect(lambda name, _pixels: asked.append(name))
    events = [event for step in (0, 20, 40) for event in (*(shown(step, number) for number in HELD_OUT), Measured(step, 0.8, None))]
    desk.begin(*BEGINNING, *events, "wait for ever")
    desk.wait(lambda: len(asked) == 3 and "after 40 steps" in page.text())
    assert sorted(asked) == sorted(map(case_name, HELD_OUT))


def test_no_more_than_six_are_shown_and_a_damaged_outline_is_none(desk, page):
    many = [shown(0, number) for number in range(1, 10)]
    page.show_progress(of_events(*many, Measured(0, 0.8, None)))
    page.draw()
    assert len(page.pictures) == MOST_PICTURES
    broken = RetrainingProgress(RetrainingStatus.RUNNING, outlines={case_name(1): b"no picture"}, measured=(Measured(0, 1, 1), Measured(1, 1, 1)))
    page.show_progress(broken)
    page.draw()
    assert page.pictures[case_name(1)].hands == []


def test_curves_are_not_drawn_with_every_event(desk, page, qtbot, monkeypatch):
    desk.begin(*BEGINNING, "wait on", *stepped("segmenter", 300), "wait for ever")
    desk.wait(lambda: desk.retraining.progress.planned is not None)
    drawn = []
    draw = page.draw

    def noted():
        drawn.append(1)
        draw()

    monkeypatch.setattr(page, "draw", noted)
    progress = desk.retraining.progress
    for event in stepped("segmenter", 300):
        progress = progress.after(event)
        page.show_progress(progress)
    assert len(drawn) <= 1
    desk.wait(lambda: len(page.loss.data_of(loss_lines("segmenter", 0)[0])[0]) == 300)
    assert REDRAWN_MS >= 200


def test_nothing_is_drawn_while_nobody_sees_it_and_all_of_it_after(desk, page):
    desk.begin(*BEGINNING, "wait on", *stepped("segmenter", 30), "wait for ever")
    desk.wait(lambda: desk.retraining.progress.planned is not None)
    QTest.keyClick(desk.dialog, Qt.Key.Key_Escape)
    assert not desk.dialog.isVisible()
    assert desk.retraining.progress.is_running
    desk.room.go("on")
    desk.wait(lambda: len(desk.retraining.progress.losses.get("segmenter", ())) == 30)
    assert page.loss.is_empty
    desk.dialog.open_again()
    assert not page.loss.is_empty


def test_minimised_nothing_is_drawn_and_all_of_it_when_it_is_back(desk, page, qtbot):
    desk.begin(*BEGINNING, "wait on", *stepped("segmenter", 30), "wait for ever")
    desk.wait(lambda: desk.retraining.progress.planned is not None)
    desk.dialog.showMinimized()
    desk.wait(desk.dialog.isMinimized)
    desk.room.go("on")
    desk.wait(lambda: len(desk.retraining.progress.losses.get("segmenter", ())) == 30)
    qtbot.wait(2 * REDRAWN_MS)
    assert page.loss.is_empty
    desk.dialog.open_again()
    desk.wait(lambda: not page.loss.is_empty)


def test_stop_says_that_it_stops_and_then_what_is_kept(desk, page):
    desk.begin(*BEGINNING, *stepped("segmenter", 10), "wait for ever")
    desk.wait(lambda: desk.retraining.progress.losses)
    assert "within two seconds" in page.stop.toolTip()
    page.stop.click()
    assert not page.stop.isEnabled()
    assert page.stop.text() == "Stopping …"
    desk.wait(lambda: desk.dialog.page is desk.dialog.ending)
    assert "Stopped: what was fitted is kept" in desk.dialog.ending.text()


def test_another_retraining_begins_with_empty_curves(desk, page):
    desk.run(*BEGINNING, *(shown(0, number) for number in HELD_OUT), Measured(0, 0.8, None), *stepped("segmenter", 10), "end 1 No memory.")
    desk.begin(*BEGINNING, "wait for ever")
    desk.wait(lambda: page.isVisible() and desk.retraining.progress.planned is not None)
    assert page.loss.is_empty
    assert page.dice.is_empty
    assert page.pictures == {}
    assert page.stop.isEnabled()
