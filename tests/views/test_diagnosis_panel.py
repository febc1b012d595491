"""What the reader sees beside the scan, in each state."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QProgressBar, QPushButton, QRadioButton, QWidget

from busi_gui.domain.case import Case
from busi_gui.services.states import Activity, NetworkState, NetworkStatus
from busi_gui.views.diagnosis.diagnosis_panel import DiagnosisPanel
from busi_gui.views.labels import Words
from busi_gui.views.selection import Selection
from models.analysis import Concern, OperatingPoint
from tests.views.fake_session import NETWORK, READY, FakeSession, draw_what_is_due, make_case, make_diagnosis, make_scan


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def selection(session):
    return Selection(session)


@pytest.fixture
def panel(qtbot, session, selection):
    widget = DiagnosisPanel(session, selection)
    qtbot.addWidget(widget)
    widget.show_keys("R", "Esc", "B", "Q")
    widget.resize(320, 900)
    widget.show()
    selection.changed.connect(lambda _: draw_what_is_due())
    return widget


def said(panel):
    return "\n".join(words.text() for words in panel.findChildren(Words) if words.isVisible())


def buttons(panel):
    return {button.text(): button for button in panel.findChildren(QAbstractButton) if button.isVisible()}


def test_without_a_case_it_says_what_comes_here(panel):
    assert "No scan is open" in said(panel)
    assert not buttons(panel)


def test_while_a_scan_is_read_it_says_so_and_can_be_stopped(panel, session, qtbot):
    session.set_activity(Activity("reading", 0.5, True))
    assert "Reading\N{NO-BREAK SPACE}…" in said(panel)
    assert "shown when all of it has been read" in said(panel)
    qtbot.mouseClick(buttons(panel)["Stop (Esc)"], Qt.MouseButton.LeftButton)
    assert session.calls == [("stop",)]


def test_the_result_stays_while_the_next_scan_is_read(panel, session, selection):
    session.set_case(make_case(make_diagnosis(0.83)))
    session.set_activity(Activity("reading", 0.0, True))
    assert "Reading\N{NO-BREAK SPACE}…" in said(panel)
    assert selection.number == 1
    assert "Above the sensitive point" in said(panel)


@pytest.mark.parametrize(("status", "sentence"), [(NetworkStatus.LOADING, "being loaded"), (NetworkStatus.PREPARING, "prepared for this computer")])
def test_a_case_that_waits_for_the_networks_says_so(panel, session, status, sentence):
    session.set_network(NetworkState(status))
    session.set_case(Case(make_scan()))
    session.set_activity(Activity("waiting for the networks", 0.0, True))
    assert sentence in said(panel)
    assert "It is analysed when they are ready" in said(panel)


def test_networks_that_failed_say_why_and_can_be_tried_again(panel, session, qtbot):
    session.set_network(NetworkState(NetworkStatus.FAILED, None, "The weights are damaged. Install the program again."))
    session.set_case(Case(make_scan()))
    assert "The networks cannot be used" in said(panel)
    assert "The weights are damaged. Install the program again." in said(panel)
    assert "can still be read by eye" in said(panel)
    qtbot.mouseClick(buttons(panel)["Try again"], Qt.MouseButton.LeftButton)
    assert session.calls == [("start",)]


def test_while_analysing_it_names_the_stage_and_shows_how_far_it_is(panel, session):
    session.set_case(Case(make_scan()))
    session.set_activity(Activity("segmenting", 0.3, True))
    assert "Segmenting\N{NO-BREAK SPACE}…" in said(panel)
    assert panel.findChild(QProgressBar).value() == 30
    assert "Stop (Esc)" in buttons(panel)


def test_what_cannot_be_stopped_has_no_stop_button(panel, session):
    session.set_case(Case(make_scan()))
    session.set_activity(Activity("writing", 0.3, False))
    assert "Stop (Esc)" not in buttons(panel)


def test_a_case_that_was_not_analysed_can_be_diagnosed(panel, session, qtbot):
    session.set_case(Case(make_scan()))
    assert "Not analysed" in said(panel)
    qtbot.mouseClick(buttons(panel)["Diagnose (R)"], Qt.MouseButton.LeftButton)
    assert session.calls == [("analyse",)]


@pytest.mark.parametrize("status", [NetworkStatus.LOADING, NetworkStatus.PREPARING])
def test_a_case_that_the_reader_stopped_does_not_claim_to_be_analysed_when_the_networks_are_ready(panel, session, status):
    session.set_network(NetworkState(status))
    session.set_case(Case(make_scan()))
    assert "It is analysed when they are ready" not in said(panel)
    assert "Diagnose (R)" in buttons(panel)


def test_when_no_lesion_was_found_the_reader_is_told_to_look(panel, session, selection):
    session.set_case(make_case())
    assert "No lesion found" in said(panel)
    assert "Look for yourself: the network misses some." in said(panel)
    assert selection.number is None


def test_a_lesion_is_said_in_words(panel, session):
    session.set_case(make_case(make_diagnosis(0.83, 0.79, 0.86)))
    text = said(panel)
    assert "Above the sensitive point (0.31)." in text
    assert "At the sensitive point 95 of 100 cancers in the test were called malignant, and 62 of 100 benign lesions benign. " in text
    assert "Measured on BUSI, locked test part." in text
    assert "Between 0.79 and 0.86 when the outline moves by ±2 px." in text
    assert "Shows what moved the network, not where the tumour is." in text
    assert "Uncertain" not in text


def test_the_part_above_the_card_is_hidden_while_the_result_is_kept_back(panel, session):
    part = QWidget()
    panel.add_above_card(part)
    doubt = Concern("not ultrasound", "This looks like no ultrasound.")
    session.set_case(replace(make_case(make_diagnosis(0.8)), concerns=(doubt,)))
    assert part.isHidden()
    session.set_case(make_case(make_diagnosis(0.8)))
    assert not part.isHidden()


def test_a_part_added_below_the_card_stands_there_and_has_the_room_it_needs(panel, session):
    session.set_case(make_case(make_diagnosis(0.8)))
    part = QPushButton("as wide as " * 10)
    panel.add_below_card(part)
    part.show()
    panel.resize(part.minimumSizeHint().width() + 100, 900)
    assert panel.minimumSizeHint().width() > part.minimumSizeHint().width() > 300
    assert panel._card.geometry().bottom() < part.y() < panel.saliency.y()


def test_the_assessment_stands_below_all_figures_and_comes_and_goes_with_them(panel, session):
    form = QPushButton("assessment")
    panel.add_assessment(form)
    assert form.isHidden()
    session.set_case(make_case(make_diagnosis(0.8)))
    panel.before_after.show()
    panel.resize(400, 1400)
    order = [part.y() for part in (panel._card, panel.before_after, form, panel.saliency)]
    assert not form.isHidden()
    assert order == sorted(set(order))
    doubt = Concern("not ultrasound", "This looks like no ultrasound.")
    session.set_case(replace(make_case(make_diagnosis(0.8)), concerns=(doubt,)))
    assert form.isHidden()


def test_a_part_added_above_the_card_stands_there(panel, session):
    session.set_case(make_case(make_diagnosis(0.8)))
    part = QPushButton("above")
    panel.add_above_card(part)
    part.show()
    panel.resize(400, 900)
    assert part.geometry().bottom() < panel._card.y()


def test_a_band_across_the_operating_point_is_called_uncertain(panel, session):
    session.set_case(make_case(make_diagnosis(0.33, 0.24, 0.41)))
    assert "Uncertain" in said(panel)


@pytest.mark.parametrize(
    ("p_malignant", "words"),
    [(0.31, "At the sensitive"), (0.312, "Just above the"), (0.308, "Just below the"), (0.1, "Below the"), (0.9, "Above the")],
)
def test_the_side_of_the_operating_point_is_said_even_where_two_digits_do_not_tell(panel, session, p_malignant, words):
    session.set_case(make_case(make_diagnosis(p_malignant)))
    assert words in said(panel)


def test_a_share_short_of_all_is_not_rounded_up_to_all(panel, session):
    point = OperatingPoint("sensitive", 0.1, 0.998, 0.001, "")
    network = replace(NETWORK, operating_point=point)
    session.set_case(make_case(make_diagnosis(0.5), network=network))
    assert "more than 99 of 100 cancers in the test were called malignant, and fewer than 1 of 100 benign lesions benign" in said(panel)


def test_the_most_suspicious_of_several_lesions_is_named(panel, session):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.4), make_diagnosis(0.1)))
    assert "Lesion 1, most suspicious of 3" in said(panel)


def test_another_lesion_is_shown_when_it_is_chosen(panel, session, selection):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.1)))
    selection.select(2)
    assert "Lesion 2, one of 2" in said(panel)
    assert "Below the sensitive point" in said(panel)


def test_after_the_last_lesion_comes_the_first(panel, session, selection):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.1)))
    numbers: list[int] = []
    selection.changed.connect(numbers.append)
    selection.select_next()
    selection.select_next()
    assert numbers == [2, 1]


def test_a_lesion_that_is_not_there_is_passed_over(panel, session, selection):
    selection.select(1)
    session.set_case(make_case(make_diagnosis(0.9)))
    selection.select(2)
    assert selection.number == 1


def test_a_new_case_puts_its_first_lesion_on_show(panel, session, selection):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.1)))
    selection.select(2)
    session.set_case(make_case(make_diagnosis(0.5)))
    assert selection.number == 1
    assert "2 lesions" not in said(panel)
    session.set_case(Case(make_scan()))
    assert selection.number is None
    assert "Not analysed" in said(panel)


def test_the_chosen_lesion_stays_while_other_things_change(panel, session, selection):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.1)))
    selection.select(2)
    session.set_activity(Activity("segmenting", 0.5, True))
    session.set_network(READY)
    assert selection.number == 2


def test_saliency_can_be_asked_for_either_class(panel, session, qtbot):
    session.set_case(make_case(make_diagnosis(0.9)))
    chosen: list[str] = []
    panel.saliency_class_chosen.connect(chosen.append)
    buttons(panel)["benign"].click()
    buttons(panel)["malignant"].click()
    assert chosen == ["benign", "malignant"]


def test_the_networks_and_their_time_are_named(panel, session):
    session.set_case(make_case(make_diagnosis(0.9)))
    text = said(panel)
    for part in ("Networks 0.1 · 41 ms", NETWORK.segmenter, NETWORK.classifier, NETWORK.trained_on):
        assert part in text
    assert "outlining 21 ms\nclassifying 12 ms\nexplaining 8 ms" in [widget.toolTip() for widget in panel.findChildren(QWidget)]


def test_warnings_of_the_scan_and_of_the_analysis_are_shown(panel, session):
    scan = make_scan(warnings=("The frame was cropped.",))
    session.set_case(make_case(make_diagnosis(0.9), scan=scan, warnings=("The outline touches the edge.",)))
    assert "The frame was cropped.\nThe outline touches the edge." in said(panel)
    session.set_case(make_case(make_diagnosis(0.9)))
    assert "cropped" not in said(panel)


def test_the_panel_never_names_a_category(panel, session):
    session.set_case(make_case(make_diagnosis(0.97)))
    assert "rads" not in said(panel).lower()


def test_a_narrow_panel_scrolls_instead_of_cutting(panel, session):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.1), warnings=("A sentence of some length about this analysis.",)))
    panel.resize(panel.minimumSizeHint().width(), 240)
    assert panel.verticalScrollBar().maximum() > 0
    for words in panel.findChildren(Words):
        if words.isVisible():
            assert words.height() >= words.heightForWidth(words.width()), words.text()


def test_another_file_is_read_from_the_top_and_the_same_one_goes_on_where_the_reader_was(panel, session):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.1)))
    panel.resize(panel.minimumSizeHint().width(), 240)
    panel.verticalScrollBar().setValue(60)
    session.set_case(make_case(make_diagnosis(0.8), make_diagnosis(0.1)))
    assert panel.verticalScrollBar().value() == 60
    session.set_case(make_case(make_diagnosis(0.7), make_diagnosis(0.1), scan=make_scan(Path("/scans/case (2).png"))))
    assert panel.verticalScrollBar().value() == 0


def test_every_control_has_a_name(panel, session):
    session.set_case(make_case(make_diagnosis(0.9), make_diagnosis(0.1)))
    for control in [*panel.findChildren(QPushButton), *panel.findChildren(QRadioButton), *panel.findChildren(QProgressBar)]:
        text = control.text() if isinstance(control, QAbstractButton) else ""
        assert control.accessibleName() or text
