"""What the panel says of a diagnosis that is not, or no longer, about the outline; and of a reading without lesions."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box
from busi_gui.services.states import NetworkState, NetworkStatus
from busi_gui.views import theme
from busi_gui.views.diagnosis.diagnosis_panel import SLOW_MS, DiagnosisPanel
from busi_gui.views.diagnosis.probability_bar import ProbabilityBar
from busi_gui.views.labels import Words
from busi_gui.views.selection import Selection
from models.analysis import FoundLesion, OutlineRange
from tests.views.fake_session import POINT, FakeSession, draw_what_is_due, make_case, make_diagnosis, make_scan


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def panel(qtbot, session):
    selection = Selection(session)
    made = DiagnosisPanel(session, selection)
    selection.changed.connect(lambda _: draw_what_is_due())
    qtbot.addWidget(made)
    made.show_keys("R", "Esc", "B", "Q")
    made.resize(320, 1200)
    made.show()
    return made


def said(panel):
    return "\n".join(words.text() for words in panel.findChildren(Words) if words.isVisible())


def button(panel, text):
    return next((b for b in panel.findChildren(QAbstractButton) if b.isVisible() and b.text() == text), None)


def drawn(shape=(60, 80)):
    mask = np.zeros(shape, np.bool_)
    mask[35:50, 40:70] = True
    return mask


def correct(session):
    reading = session.case.reading
    session.editing.edit("brush stroke", reading.with_mask(reading.outlines[0].number, drawn()))


def test_a_changed_outline_that_waits_says_so_and_how_to_go_on(panel, session):
    session.set_case(make_case(make_diagnosis(0.83)))
    assert "Outline: the network’s." in said(panel)
    assert panel._card.bar.isEnabled()
    correct(session)
    assert "The outline has changed: R diagnoses it again." in said(panel)
    assert "Outline: corrected." in said(panel)
    assert panel._card.bar.number == "0.83"
    assert not panel._card.bar.isEnabled()
    panel.show_keys("", "", "", "")
    assert "Choose Diagnose in the menu Network" in said(panel)


def test_one_that_is_answered_at_once_never_flickers(panel, session):
    """Nothing on the card changes until the answer is there."""
    session.set_case(make_case(make_diagnosis(0.83)))
    before = said(panel._card)
    session.rediagnosing.set_numbers(1)
    correct(session)
    assert said(panel._card) == before
    assert panel._card.bar.isEnabled()
    session.rediagnosing.set_numbers()
    session._fake_pane.answer({1: FoundLesion(session.case.lesion(1).mask, make_diagnosis(0.2))})
    assert panel._card.bar.number == "0.20"
    assert not panel._slow.isActive()


def test_one_that_takes_longer_is_dimmed_and_says_that_it_is_at_work(panel, session, qtbot):
    session.set_case(make_case(make_diagnosis(0.83)))
    session.rediagnosing.set_numbers(1)
    correct(session)
    qtbot.waitUntil(lambda: not panel._card.bar.isEnabled(), timeout=10 * SLOW_MS)
    assert "Diagnosing\N{NO-BREAK SPACE}…" in said(panel)
    assert panel._card.bar.number == "0.83"
    assert "The outline has changed" not in said(panel)
    session._fake_pane.answer({1: FoundLesion(session.case.lesion(1).mask, make_diagnosis(0.2))})
    assert "Diagnosing" not in said(panel)
    assert panel._card.bar.isEnabled()


def test_networks_that_are_not_there_yet_or_never_will_be_are_named(panel, session):
    session.set_case(make_case(make_diagnosis(0.83)))
    correct(session)
    session.set_network(NetworkState(NetworkStatus.LOADING))
    assert "It is diagnosed when the networks are ready." in said(panel)
    session.set_network(NetworkState(NetworkStatus.FAILED, message="Damaged."))
    assert "The outline has changed: the networks cannot be used." in said(panel)


def test_a_lesion_drawn_without_networks_is_measured_and_nothing_is_claimed(panel, session):
    session.set_network(NetworkState(NetworkStatus.FAILED, message="Damaged."))
    session.set_case(Case(make_scan()))
    session.editing.edit("draw", session.case.reading.added(drawn()))
    text = said(panel)
    assert "The networks cannot be used" in text
    assert "Not diagnosed: the networks cannot be used." in text
    assert "Outline: drawn." in text
    assert button(panel, "Try again") is not None
    assert not panel._card.bar.isVisible()
    assert not panel.saliency.isVisible()
    assert "point" not in text


def test_a_lesion_outside_the_field_says_why_it_is_not_diagnosed(panel, session):
    case = make_case(make_diagnosis(0.83), scan=replace(make_scan(), field=Box(0, 0, 32, 40)))
    session.set_case(case)
    session.editing.edit("draw", session.case.reading.added(drawn()))
    panel._selection.select(2)
    assert "Not diagnosed: it lies outside the dashed frame, and the networks look at nothing else." in said(panel)


def test_lesions_are_known_by_their_numbers_also_where_numbers_have_gaps(panel, session):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.4), make_diagnosis(0.1)))
    session.editing.edit("delete", session.case.reading.without(1))
    assert panel._selection.number == 2
    assert "Lesion 2, most suspicious of 2" in said(panel)
    assert panel._card.bar.number == "0.40"
    panel._selection.select_next()
    assert "Lesion 3, one of 2" in said(panel)
    assert panel._card.bar.number == "0.10"
    panel._selection.select_next()
    assert panel._selection.number == 2
    assert session.rediagnosing.attended[-3:] == [2, 3, 2]


def test_an_outline_of_the_networks_that_they_would_draw_otherwise_now_says_so(panel, session):
    """As after other networks were put in use, on a frame that the reader has drawn on."""
    session.set_case(make_case(make_diagnosis(0.83)))
    session.editing.edit("draw", session.case.reading.added(drawn()))
    assert "Outline: the network’s." in said(panel)
    again = make_case(make_diagnosis(0.71))
    assert again.analysis is not None
    found = replace(again.analysis.lesions[0], mask=np.roll(again.analysis.lesions[0].mask, 2, axis=1))
    session.set_case(replace(again, analysis=replace(again.analysis, lesions=(found,))))
    assert "Outline: the network’s, of an earlier analysis." in said(panel)
    panel._selection.select(2)
    assert "Outline: drawn." in said(panel)


def test_a_reading_without_lesions_offers_what_the_networks_found(panel, session):
    session.set_case(make_case(make_diagnosis(0.83), make_diagnosis(0.4)))
    session.editing.edit("delete", session.case.reading.without(1, 2))
    text = said(panel)
    assert "No lesion outlined" in text
    assert "The networks found 2 lesions (the most suspicious: 0.83). Draw one with B if you see one." in text
    assert "No lesion found" not in text
    button(panel, "Take the networks’ outlines").click()
    assert [lesion.number for lesion in session.case.lesions] == [1, 2]
    assert not session.case.reading.is_touched
    assert panel._card.bar.number == "0.83"
    session.editing.undo()
    assert session.case.lesions == ()


def test_taking_the_networks_outlines_off_the_screen_does_not_mean_that_they_found_none(panel, session):
    session.set_case(make_case(make_diagnosis(0.83)))
    session.editing.undo()
    assert session.case.lesions == ()
    assert "The networks found a lesion (0.83)." in said(panel)
    assert "No lesion found" not in said(panel)
    button(panel, "Take the networks’ outlines").click()
    assert panel._card.bar.number == "0.83"


def test_where_nothing_was_found_the_reader_is_told_how_to_draw(panel, session):
    session.set_case(make_case())
    assert "No lesion found" in said(panel)
    assert "Draw one with B if you see one." in said(panel)
    session.editing.edit("draw", session.case.reading.added(drawn()))
    session.editing.edit("delete", session.case.reading.without(1))
    assert "The networks found none either." in said(panel)


def test_how_much_the_outline_matters_is_said_and_drawn_as_two_stretches(qtbot):
    ranges = (OutlineRange(1, "mm", 0.6, 0.7), OutlineRange(2, "mm", 0.4, 0.9))
    bar = ProbabilityBar()
    qtbot.addWidget(bar)
    bar.resize(300, bar.sizeHint().height())
    bar.show_diagnosis(replace(make_diagnosis(0.65), ranges=ranges), POINT)
    assert "Between 0.60 and 0.70 when the outline moves by ±1 mm, between 0.40 and 0.90 by ±2 mm." in bar.accessibleDescription()
    image, row = bar.grab().toImage(), round(bar._track().center().y())
    inner, outer, beyond = (image.pixelColor(round(bar.x_of(p)), row) for p in (0.61, 0.5, 0.35))
    assert inner.lightness() > outer.lightness() > beyond.lightness()
    assert outer == image.pixelColor(round(bar.x_of(0.85)), row)
    assert beyond.name() == theme.ACCENT


def test_shifts_that_come_to_the_same_are_said_once(panel, session):
    ranges = (OutlineRange(1, "px", 0.831, 0.832), OutlineRange(2, "px", 0.829, 0.834))
    session.set_case(make_case(replace(make_diagnosis(0.83), ranges=ranges)))
    assert "Stays at 0.83 when the outline moves by ±2 px." in said(panel)


def test_a_shift_that_carries_it_across_the_operating_point_is_a_caution(panel, session):
    ranges = (OutlineRange(1, "px", 0.33, 0.4), OutlineRange(2, "px", 0.3, 0.5))
    session.set_case(make_case(replace(make_diagnosis(0.35), ranges=ranges)))
    assert "Uncertain.\n• An outline that lies 2 px elsewhere carries it across the sensitive point." in said(panel)
    session.set_case(make_case(replace(make_diagnosis(0.35), ranges=ranges[:1])))
    assert "Uncertain" not in said(panel)


def test_an_answer_without_ranges_says_nothing_of_them(panel, session):
    session.set_case(make_case(replace(make_diagnosis(0.83), low=None, high=None)))
    assert "when the outline moves" not in said(panel)
    assert panel._card.bar.isVisible()
