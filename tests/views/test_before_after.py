"""A lesion beside what it was."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QRadioButton

from busi_gui.domain.scan import Spacing
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.diagnosis.before_after import BeforeAfter
from busi_gui.views.diagnosis.diagnosing_controls import DiagnosingControls
from busi_gui.views.diagnosis.diagnosis_panel import DiagnosisPanel
from busi_gui.views.diagnosis.saliency_picture import SaliencyPicture
from busi_gui.views.labels import Words
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.selection import Selection
from models.analysis import FoundLesion
from tests.views.fake_session import FakeSession, make_case, make_diagnosis, make_scan


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def view(qtbot, session):
    made = ScanView()
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    session.case_changed.connect(lambda case: made.show_case(case, keep_view=True))
    return made


@pytest.fixture
def panel(qtbot, session):
    made = DiagnosisPanel(session, Selection(session))
    qtbot.addWidget(made)
    made.show_keys("R", "Esc", "B", "Q")
    made.resize(320, 1200)
    made.show()
    return made


@pytest.fixture
def controls(session, view, panel, tmp_path):
    settings = Settings(tmp_path / "settings.ini")
    return DiagnosingControls(session, view, panel.before_after, Actions(settings, panel), settings, panel)


def said(widget):
    return "\n".join(words.text() for words in widget.findChildren(Words) if words.isVisible())


def wider(case, by=10, number=1):
    """Return a mask that goes on so many columns to the right."""
    mask = case.lesion(number).mask
    return mask | np.roll(mask, by, axis=1)


def correct(session, mask=None, number=1):
    case = session.case
    session.editing.edit("brush stroke", case.reading.with_mask(number, wider(case) if mask is None else mask))
    return session.case.lesion(number)


def answer(session, p, number=1):
    lesion = session.case.lesion(number)
    session._fake_pane.answer({number: FoundLesion(lesion.mask, make_diagnosis(p))})


def choice(panel, text):
    return next(button for button in panel.findChildren(QRadioButton) if button.text() == text)


def test_there_is_nothing_to_compare_before_anything_changed(panel, session):
    session.set_case(make_case(make_diagnosis(0.83)))
    assert not panel.before_after.isVisible()


def test_a_corrected_lesion_is_laid_beside_what_it_was(panel, session):
    session.set_case(make_case(make_diagnosis(0.83), scan=make_scan(spacing=Spacing(0.5, 0.5))))
    correct(session)
    answer(session, 0.71)
    text = said(panel.before_after)
    assert "Probability 0.83 → 0.71 (\N{MINUS SIGN}0.12)" in text
    assert "Area 100 → 150 mm² (+50 %)" in text
    assert "Dice of both outlines 0.80" in text
    assert "before: 0.83" in text
    assert "after: 0.71" in text


def test_without_calibration_areas_are_in_pixels(panel, session):
    session.set_case(make_case(make_diagnosis(0.83)))
    correct(session)
    answer(session, 0.83)
    assert "Area 400 → 600 px² (+50 %)" in said(panel.before_after)
    assert "0.83 → 0.83 (±0.00)" in said(panel.before_after)


def test_what_waits_for_the_key_is_not_compared_with_a_number_that_it_has_not(panel, session):
    session.rediagnosing.is_at_once = False
    session.set_case(make_case(make_diagnosis(0.83)))
    correct(session)
    text = said(panel.before_after)
    assert "Probability 0.83 → not diagnosed yet" in text
    assert "Dice of both outlines 0.80" in text


def test_the_maps_have_both_outlines(panel, session):
    session.set_case(make_case(make_diagnosis(0.83)))
    correct(session)
    answer(session, 0.71)
    before, after = [picture._made(picture._shown) for picture in panel.before_after.findChildren(SaliencyPicture)]
    assert before.outline[0].tolist() == after.other[0].tolist()
    assert before.other[0].tolist() == after.outline[0].tolist()
    assert before.outline[0].tolist() != before.other[0].tolist()


def test_it_can_be_compared_with_the_networks_own_outline(panel, session, qtbot):
    session.set_case(make_case(make_diagnosis(0.83)))
    for p in (0.71, 0.5):
        correct(session)
        answer(session, p)
    assert "0.71 → 0.50" in said(panel.before_after)
    choice(panel, "network’s").click()
    assert "0.83 → 0.50" in said(panel.before_after)
    choice(panel, "last diagnosed").click()
    assert "0.71 → 0.50" in said(panel.before_after)


def test_a_drawn_lesion_that_lies_elsewhere_has_no_outline_of_the_networks(panel, session):
    session.set_case(make_case(make_diagnosis(0.83)))
    mask = np.zeros(session.case.scan.shape, np.bool_)
    mask[40:50, 50:70] = True
    session.editing.edit("draw", session.case.reading.added(mask))
    panel._selection.select(2)
    answer(session, 0.2, number=2)
    assert not panel.before_after.isVisible()
    session.editing.edit("draw", session.case.reading.with_mask(2, np.roll(mask, 3, axis=1)))
    answer(session, 0.3, number=2)
    assert panel.before_after.isVisible()
    assert not choice(panel, "network’s").isEnabled()
    assert choice(panel, "last diagnosed").isChecked()


def test_as_long_as_the_button_is_held_everything_shows_what_was(panel, session, view, controls, qtbot):
    session.set_case(make_case(make_diagnosis(0.83)))
    first = session.case.lesion(1).mask
    correct(session)
    answer(session, 0.71)
    now = session.case
    with qtbot.waitSignal(panel.before_after.held):
        qtbot.mousePress(panel.before_after.button, Qt.MouseButton.LeftButton)
    assert view.case.lesion(1).mask is first
    assert view.case.lesion(1).diagnosis.p_malignant == 0.83
    assert controls.sign.isVisible()
    assert controls.sign.width() == view.width(), "it covers the line of the tool"
    assert panel._card.bar.number == "0.83"
    assert "Lesion, before" in said(panel)
    assert "Outline: the network’s." in said(panel)
    qtbot.mouseRelease(panel.before_after.button, Qt.MouseButton.LeftButton)
    assert view.case is now
    assert not controls.sign.isVisible()
    assert panel._card.bar.number == "0.71"


def test_the_key_shows_what_was_only_where_there_is_something(panel, session, view, controls):
    action = controls._actions["show_before"]
    session.set_case(make_case(make_diagnosis(0.83)))
    assert not action.isEnabled()
    correct(session)
    answer(session, 0.71)
    assert action.isEnabled()
    action.trigger()
    assert view.case is not session.case
    controls.let_go()
    assert view.case is session.case


def test_an_answer_that_comes_while_the_key_is_held_does_not_end_it(panel, session, view, controls):
    session.set_case(make_case(make_diagnosis(0.83)))
    first = session.case.lesion(1).mask
    correct(session)
    answer(session, 0.71)
    panel.before_after.hold()
    lesion = session.case.lesion(1)
    more = replace(lesion.answer, diagnosis=replace(lesion.diagnosis, ranges=()))
    session._fake_pane.answer({1: more})
    assert view.case.lesion(1).mask is first
    controls.let_go()
    assert view.case is session.case


def test_another_scan_ends_it(panel, session, view, controls):
    session.set_case(make_case(make_diagnosis(0.83)))
    correct(session)
    answer(session, 0.71)
    panel.before_after.hold()
    session.set_case(make_case(make_diagnosis(0.4), scan=make_scan(path=session.case.scan.path.with_name("other.png"))))
    assert view.case is session.case
    assert not controls.sign.isVisible()
    assert panel._card.bar.number == "0.40"


def test_the_setting_is_kept_and_reaches_the_networks(panel, session, view, controls):
    action = controls._actions["diagnose_at_once"]
    assert action.isChecked()
    action.trigger()
    assert not session.rediagnosing.is_at_once
    assert not controls._settings.diagnose_at_once
    again = DiagnosingControls(session, view, panel.before_after, Actions(controls._settings, panel), controls._settings, panel)
    assert not again._actions["diagnose_at_once"].isChecked()


def test_it_is_not_wider_than_the_rest_of_the_panel(qtbot):
    widget = BeforeAfter()
    qtbot.addWidget(widget)
    widget.show_key("Q")
    assert widget.minimumSizeHint().width() <= 17 * widget.fontMetrics().height()


def test_the_networks_outline_that_was_kept_is_nothing_to_compare_with(panel, session):
    session.set_case(make_case(make_diagnosis(0.83)))
    reading = session.case.reading
    kept = reading.with_mask(1, wider(session.case)).with_mask(1, session.case.lesion(1).mask.copy())
    session.editing.edit("storing", kept)
    answer(session, 0.83)
    assert not panel.before_after.isVisible()
