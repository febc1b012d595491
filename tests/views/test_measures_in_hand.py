"""The measures that the reader sees are those of the mask as it is drawn at this moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from busi_gui.domain.callipers import Point
from busi_gui.domain.case import measured
from busi_gui.domain.masks import stroke
from busi_gui.domain.measures import measure
from busi_gui.domain.scan import Box, Calibration, Region, Spacing
from busi_gui.services.settings import Settings
from busi_gui.views.measuring import measures_in_hand
from models.analysis import Concern
from tests.views.cases import box_mask, make_case
from tests.views.desk import shown_desk
from tests.views.measured import SHAPE, TENTH, at, case_of, drag, move, press, release, scan_of

ERASING = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def desk(qtbot, tmp_path):
    yield from shown_desk(qtbot, Settings(tmp_path / "settings.ini"))


def show(desk, *masks, **fields):
    """Show a case on which the reader has outlined these."""
    desk.session.set_case(case_of("lesions.png", **fields))
    reading = desk.session.editing.reading
    for mask in masks:
        reading = reading.added(mask)
    desk.session.editing.edit("outlining", reading)


def settle(qtbot, desk):
    qtbot.waitUntil(lambda: not desk.in_hand._timer.isActive())


def begin_stroke(desk, *places, modifiers=Qt.KeyboardModifier.NoModifier):
    desk.press("brush")
    press(desk.main, at(desk.main, *places[0]), modifiers)
    for place in places[1:]:
        move(desk.main, at(desk.main, *place), modifiers=modifiers)


def test_the_measures_are_those_of_the_selected_lesion(desk):
    first, second = box_mask(SHAPE, 5, 5, 15, 30), box_mask(SHAPE, 30, 40, 50, 50)
    show(desk, first, second)
    assert desk.in_hand.lesion.number == 1
    assert desk.in_hand.lesion.measures == measure(first, TENTH)
    desk.selection.select(2)
    assert desk.in_hand.lesion.measures == measure(second, TENTH)
    desk.selection.begin_new()
    assert desk.in_hand.lesion is None


def test_without_a_lesion_there_are_none(desk):
    assert desk.in_hand.lesion is None
    show(desk, box_mask(SHAPE, 5, 5, 15, 30))
    desk.session.set_case(None)
    assert desk.in_hand.lesion is None


def test_while_a_stroke_goes_on_they_follow_the_mask(desk, qtbot):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    before = desk.in_hand.lesion.measures
    begin_stroke(desk, (40, 30), (50, 30))
    settle(qtbot, desk)
    assert desk.in_hand.lesion.measures == measure(desk.draft.canvas, TENTH)
    assert desk.in_hand.lesion.measures.width_px > before.width_px
    move(desk.main, at(desk.main, 60, 30))
    settle(qtbot, desk)
    assert desk.in_hand.lesion.measures == measure(desk.draft.canvas, TENTH)
    assert desk.session.case.lesions[0].measures == before, "nothing is in the reading before the button is let go"
    release(desk.main, at(desk.main, 60, 30))
    assert desk.in_hand.lesion.measures == desk.session.case.lesions[0].measures
    assert desk.in_hand.lesion.measures.width_px > before.width_px


def test_a_stroke_on_another_lesion_is_measured_with_all_of_that_lesion(desk, qtbot):
    show(desk, box_mask(SHAPE, 2, 2, 12, 12), box_mask(SHAPE, 40, 40, 55, 70))
    desk.press("brush")
    drag(desk.main, (12, 7), (16, 7))
    settle(qtbot, desk)
    desk.selection.select(2)
    begin_stroke(desk, (40, 45))
    settle(qtbot, desk)
    assert desk.in_hand.lesion.measures == measure(desk.draft.canvas, TENTH)
    assert desk.in_hand.lesion.number == 2


def test_a_new_lesion_is_measured_from_its_first_stroke_on(desk, qtbot):
    show(desk)
    begin_stroke(desk, (30, 30), (50, 30))
    settle(qtbot, desk)
    assert desk.in_hand.lesion.number == 1
    assert desk.in_hand.lesion.measures == measure(desk.draft.canvas, TENTH)


def test_a_mask_that_is_erased_shrinks_and_then_has_no_measures(desk, qtbot):
    show(desk, box_mask(SHAPE, 28, 20, 33, 40))
    begin_stroke(desk, (20, 30), (30, 30), modifiers=ERASING)
    settle(qtbot, desk)
    assert desk.in_hand.lesion.measures == measure(desk.draft.canvas, TENTH)
    assert desk.in_hand.lesion.measures.width_px < 10
    move(desk.main, at(desk.main, 45, 30), modifiers=ERASING)
    settle(qtbot, desk)
    assert not desk.draft.canvas.any()
    assert desk.in_hand.lesion is None
    desk.main.case_shown.emit()  # such as by an analysis that comes meanwhile
    assert desk.in_hand.lesion is None


def test_a_mask_that_was_erased_to_nothing_is_back_with_its_measures_when_that_is_dropped(desk, qtbot):
    show(desk, box_mask(SHAPE, 28, 20, 33, 40))
    widths = []
    desk.in_hand.changed.connect(lambda: widths.append(desk.in_hand.lesion.measures.width_px if desk.in_hand.lesion is not None else 0))
    begin_stroke(desk, (20, 30), (45, 30), modifiers=ERASING)
    settle(qtbot, desk)
    assert desk.editor.drop()
    settle(qtbot, desk)
    assert widths == [0, 20]


def test_a_stroke_that_is_dropped_leaves_the_measures_as_they_were(desk, qtbot):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    before = desk.in_hand.lesion
    begin_stroke(desk, (40, 30), (60, 30))
    settle(qtbot, desk)
    assert desk.in_hand.lesion != before
    QTest.keyClick(desk.main._canvas, Qt.Key.Key_Escape)
    settle(qtbot, desk)
    assert desk.in_hand.lesion == before


def test_a_whole_mask_that_a_tool_proposes_is_measured(desk, qtbot):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    desk.draft.begin()
    proposed = box_mask(SHAPE, 2, 50, 58, 70)
    desk.draft.propose(proposed)
    settle(qtbot, desk)
    assert desk.in_hand.lesion.measures == measure(proposed, TENTH)


def test_undo_and_redo_bring_the_measures_along(desk):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    before = desk.in_hand.lesion
    desk.press("brush")
    drag(desk.main, (40, 30), (60, 30))
    after = desk.in_hand.lesion
    assert after != before
    desk.press("undo")
    assert desk.in_hand.lesion == before
    desk.press("redo")
    assert desk.in_hand.lesion == after


def test_many_events_between_two_looks_are_measured_once(desk, qtbot, monkeypatch):
    counted = []

    def counting(*given):
        counted.append(given)
        return measured(*given)

    monkeypatch.setattr(measures_in_hand, "measured", counting)
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    begin_stroke(desk, *((40 + step / 2, 30) for step in range(30)))
    assert counted == []
    settle(qtbot, desk)
    assert len(counted) == 1


def test_only_the_part_that_can_have_changed_is_looked_at(desk, qtbot, monkeypatch):
    windows = []

    def noting(scan, mask, within):
        windows.append(within)
        return measured(scan, mask, within)

    monkeypatch.setattr(measures_in_hand, "measured", noting)
    show(desk, box_mask(SHAPE, 20, 20, 30, 30))
    begin_stroke(desk, (30, 25))
    settle(qtbot, desk)
    assert Box(15, 15, 35, 40).holds(windows[-1])
    assert windows[-1].holds(Box(20, 20, 30, 30))


strokes = st.lists(st.tuples(st.integers(-5, 85), st.integers(-5, 65), st.booleans()), min_size=1, max_size=12)


@given(strokes)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_painted_and_erased_the_measures_are_those_of_the_mask(desk, qtbot, strokes):
    show(desk)
    desk.draft.begin()
    for x, y, paints in strokes:
        desk.draft.touched(stroke(desk.draft.canvas, Point(x, y), Point(x + 9, y), 5, paints))
        settle(qtbot, desk)
        canvas, found = desk.draft.canvas, desk.in_hand.lesion
        assert found.measures == measure(canvas, TENTH) if canvas.any() else found is None
    desk.draft.drop()


# scales -------------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "calibration"),
    [
        ({"spacing": None}, Calibration.NONE),
        ({"spacing": TENTH}, Calibration.FILE),
        ({"spacing": None, "regions": (Region(Box(0, 0, 60, 40), TENTH), Region(Box(0, 40, 60, 80), Spacing(0.3, 0.3)))}, Calibration.FILE),
    ],
)
def test_where_the_millimetres_come_from_is_known(desk, fields, calibration):
    show(desk, box_mask(SHAPE, 10, 10, 20, 30), **fields)
    assert desk.in_hand.lesion.calibration is calibration


def test_a_calibration_by_hand_is_named(desk):
    show(desk, box_mask(SHAPE, 10, 10, 20, 30), spacing=None)
    desk.session.set_case(desk.session.case.with_scale_of(scan_of("lesions.png").calibrated(Spacing(0.2, 0.2))))
    assert desk.in_hand.lesion.calibration is Calibration.HAND
    assert desk.in_hand.lesion.measures.width_mm == pytest.approx(4)


def test_a_lesion_that_is_painted_over_the_edge_of_its_scale_loses_its_millimetres(desk, qtbot):
    parts = (Region(Box(0, 0, 60, 40), TENTH), Region(Box(0, 40, 60, 80), Spacing(0.3, 0.3)))
    show(desk, box_mask(SHAPE, 20, 10, 40, 30), spacing=None, regions=parts)
    begin_stroke(desk, (30, 30), (50, 30))
    settle(qtbot, desk)
    assert desk.in_hand.lesion.measures.long_axis_mm is None
    assert desk.in_hand.lesion.calibration is Calibration.NONE


# what is kept back --------------------------------------------------------------------------------------------------------------------------------


def test_what_is_kept_back_is_not_measured_until_the_reader_asks_for_it(desk):
    doubted = replace(make_case(scan_of(), (box_mask(SHAPE, 20, 20, 40, 40),)), concerns=(Concern("not ultrasound", "Looks like none."),))
    desk.session.set_case(doubted)
    assert (desk.main.shows_result, desk.in_hand.lesion) == (False, None)
    desk.selection.show_result_of(doubted.scan.path)
    desk.comparison.show_result_of(doubted.scan.path)
    assert desk.in_hand.lesion.number == 1


def test_a_hidden_lesion_is_measured_and_known_to_be_hidden(desk):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    desk.session.editing.edit("hiding", desk.session.editing.reading.changed(1, is_hidden=True))
    assert desk.in_hand.lesion.is_hidden


def test_measuring_in_a_window_says_what_measuring_everything_says():
    scan, mask = scan_of(), box_mask(SHAPE, 20, 20, 40, 40)
    mask[30, 60] = True
    for within in (Box(0, 0, 60, 80), Box(20, 20, 40, 61), Box(11, 3, 55, 77)):
        assert measured(scan, mask, within) == measured(scan, mask)
    with pytest.raises(ValueError, match="empty"):
        measured(scan, np.zeros(SHAPE, np.bool_), Box(3, 3, 9, 9))
