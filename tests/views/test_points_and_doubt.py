"""The operating point in use and doubts, wherever the window shows them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.provenance import full_text
from busi_gui.services.settings import Settings
from busi_gui.services.states import CaseEntry, NetworkState, NetworkStatus
from busi_gui.views.actions import Actions
from busi_gui.views.cases.case_order import Sieve, Wish, arranged, nothing_text
from busi_gui.views.cases.case_rows import Row
from busi_gui.views.diagnosis.diagnosis_panel import DiagnosisPanel
from busi_gui.views.diagnosis.point_controls import PointControls
from busi_gui.views.doubt_words import chance_text
from busi_gui.views.editing.lesion_row import row_text
from busi_gui.views.scan.scan_pane import outcome_of
from busi_gui.views.selection import Selection
from busi_gui.views.wording import point_text
from models.analysis import Concern, DoubtRule, OperatingPoint
from tests.views.fake_session import NETWORK, FakeSession, make_case, make_diagnosis

RULE = DoubtRule(base=0.0, stated=1.0, spread=1.0, uncertain_from=0.3)
SENSITIVE = OperatingPoint("sensitive", 0.31, 0.97, 0.45, "464 scans", (0.92, 0.99), (0.39, 0.52), RULE)
BALANCED = OperatingPoint("balanced", 0.62, 0.81, 0.86, "464 scans", doubt=RULE)
INFO = replace(
    NETWORK, operating_point=SENSITIVE, operating_points=(SENSITIVE, BALANCED), hashes={"a.weights.h5": "ab" * 32}, views=("scan", "lesion")
)
DOUBTFUL = replace(make_diagnosis(0.4, 0.39, 0.41), opinions=(0.21, 0.74))


@pytest.fixture
def session(qapp):
    return FakeSession(NetworkState(NetworkStatus.READY, INFO))


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def panel(qtbot, session):
    made = DiagnosisPanel(session, Selection(session))
    qtbot.addWidget(made)
    made.resize(320, 1200)
    made.show()
    return made


@pytest.fixture
def controls(panel, session, settings):
    return PointControls(session, panel, Actions(settings, panel), settings, panel)


def button(panel, name):
    return panel.findChild(object, f"point_{name}")


def test_the_reader_chooses_a_point_at_the_bar_and_it_is_remembered(qtbot, panel, session, settings, controls):
    session.set_case(make_case(make_diagnosis(0.5), network=INFO))
    assert "Above the sensitive point (0.31)." in panel._card.text()
    qtbot.mouseClick(button(panel, "balanced"), Qt.MouseButton.LeftButton)
    assert "Below the balanced point (0.62)." in panel._card.text()
    assert button(panel, "balanced").isChecked()
    assert not button(panel, "sensitive").isChecked()
    assert settings.operating_point == "balanced"
    assert session.network.info.operating_point == BALANCED


def test_its_key_takes_the_next_and_says_so(qtbot, panel, session, settings, controls):
    session.set_case(make_case(make_diagnosis(0.5), network=INFO))
    with qtbot.waitSignal(controls.said) as said:
        controls._action.trigger()
    assert said.args == ["The balanced point: malignant from 0.62 on."]
    assert button(panel, "balanced").isChecked()
    controls._action.trigger()
    assert session.case.analysis.network.operating_point == SENSITIVE


def test_what_was_remembered_is_used_and_a_name_of_other_networks_is_kept(panel, session, settings):
    settings.operating_point = "of another version"
    PointControls(session, panel, Actions(settings, panel), settings, panel)
    session.set_case(make_case(make_diagnosis(0.5), network=INFO))
    assert session.case.analysis.network.operating_point == SENSITIVE
    assert settings.operating_point == "of another version"
    settings.operating_point = "balanced"
    PointControls(session, panel, Actions(settings, panel), settings, panel)
    assert session.case.analysis.network.operating_point == BALANCED


def test_where_there_is_one_point_there_is_nothing_to_choose(panel, session, controls):
    session.set_network(NetworkState(NetworkStatus.READY, NETWORK))
    session.set_case(make_case(make_diagnosis(0.5)))
    assert not panel._card.points.isVisible()
    assert not controls._action.isEnabled()
    session.set_network(NetworkState(NetworkStatus.LOADING))
    controls._action.trigger()


def test_what_a_point_costs_is_said_with_intervals_on_what_it_was_measured(panel, session):
    session.set_case(make_case(make_diagnosis(0.5), network=INFO))
    said = "At the sensitive point 97 of 100 cancers in the test were called malignant (92–99), and 45 of 100 benign lesions benign (39–52)."
    assert f"{said} Measured on 464 scans." in panel._card.text()
    assert "(" not in point_text(BALANCED)


def test_an_uncertain_verdict_says_so_with_a_sign_and_why_the_most_important_first(panel, session):
    case = replace(make_case(DOUBTFUL, network=INFO), concerns=(Concern("cut off", "Cut off.", 1),))
    session.set_case(case)
    sign = panel._card.doubt
    assert sign.isVisible()
    assert not sign._sign.pixmap().isNull()
    assert sign._heading.text() == "Uncertain. More than half of the verdicts like this are wrong."
    assert sign._reasons.text().splitlines() == [
        "• The two networks disagree: they say 0.21 of the whole scan and 0.74 of the lesion.",
        "• The probability (0.40) says benign rather than malignant; the sensitive point calls it malignant so that few cancers are missed.",
        "• The lesion is cut off at the edge of the picture.",
    ]
    session.set_case(make_case(make_diagnosis(0.97), network=INFO))
    assert not sign.isVisible()


def test_without_views_and_with_more_networks_what_each_says_is_still_told(panel, session):
    session.set_case(make_case(replace(DOUBTFUL, opinions=(0.1, 0.5, 0.9)), network=replace(INFO, views=())))
    assert "The 3 networks disagree: they say 0.10, 0.50 and 0.90." in panel._card.doubt._reasons.text()


def test_doubt_follows_the_point(panel, session):
    session.set_case(make_case(make_diagnosis(0.9, 0.89, 0.91), network=INFO))
    assert not panel._card.doubt.isVisible()
    session.set_case(make_case(make_diagnosis(0.64, 0.63, 0.66), network=INFO))
    session.use_point("balanced")
    assert "The probability itself (0.64) is far from certain." in panel._card.doubt._reasons.text()


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.33, "About 1 in 3 verdicts like this is wrong."),
        (0.4, "About 2 in 5 verdicts like this are wrong."),
        (0.5, "About 1 in 2 verdicts like this is wrong."),
        (0.7, "More than half of the verdicts like this are wrong."),
        (0.11, "About 1 in 10 verdicts like this is wrong."),
    ],
)
def test_a_chance_is_said_in_verdicts(chance, words):
    assert chance_text(chance) == words


def test_a_row_of_the_lesion_list_says_it_in_words_and_why(session):
    case = make_case(DOUBTFUL, network=INFO)
    text = row_text(case.lesions[0], INFO, case.scan.calibration, case.concerns)
    assert text.source == "network · uncertain"
    assert ", uncertain, " in text.spoken
    assert "The two networks disagree" in text.doubt
    calm = row_text(make_case(make_diagnosis(0.97), network=INFO).lesions[0], INFO, case.scan.calibration)
    assert (calm.source, calm.doubt) == ("network", "")


def test_the_line_above_a_scan_beside_another_says_it_too(session):
    assert outcome_of(make_case(DOUBTFUL, network=INFO)) == "0.40 above the point, uncertain"
    assert outcome_of(make_case(make_diagnosis(0.97), network=INFO)) == "0.97 above the point"


def test_the_case_list_marks_and_sieves_what_is_uncertain_by_the_same_networks(session):
    networks = full_text(INFO)
    doubtful = CaseEntry(Path("a"), True, is_analysed=True, p_malignant=0.4, opinions=(0.21, 0.74), networks=networks)
    clear = replace(doubtful, p_malignant=0.97, opinions=())
    across = replace(clear, p_malignant=0.9, p_low=0.2, p_high=0.95)
    others = replace(doubtful, networks="version 0.1.0")
    entries = [doubtful, clear, across, others, replace(doubtful, is_doubted=True)]
    wish = Wish(sieve=Sieve.UNCERTAIN)
    assert arranged(list("abcde"), entries, wish, SENSITIVE, networks) == [0, 2]
    assert arranged(list("abcde"), entries, wish, None) == []
    assert "are uncertain is known when" in nothing_text(wish, None, True)
    assert nothing_text(wish, SENSITIVE, True) == "No file here is uncertain."
    assert "uncertain" in Row("a", doubtful, point=SENSITIVE, networks=networks).facts
    assert "uncertain" not in Row("a", clear, point=SENSITIVE, networks=networks).facts


def test_the_footer_names_the_networks_with_their_hashes_and_its_tooltip_has_all_of_them(panel, session):
    session.set_case(make_case(make_diagnosis(0.5), network=replace(INFO, segmenter="u 0.1 (abababab)")))
    assert "Networks 0.1 · " in panel._footer.text()
    assert "u 0.1 (abababab)" in panel._footer.text()
    assert "ab" * 32 in panel._footer.toolTip()
    assert "outlining 21 ms" in panel._footer.toolTip()
