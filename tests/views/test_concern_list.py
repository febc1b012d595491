"""What speaks against the result is said before it, with the way out beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box
from busi_gui.views import theme
from busi_gui.views.diagnosis.concern_list import FIELD_SENTENCE, NOT_SHOWN_SENTENCE
from busi_gui.views.diagnosis.diagnosis_panel import DiagnosisPanel
from busi_gui.views.diagnosis.probability_bar import ProbabilityBar
from busi_gui.views.labels import Words
from busi_gui.views.selection import Selection
from models.analysis import Concern
from tests.views.fake_session import FakeSession, make_case, make_diagnosis, make_scan

NO_ULTRASOUND = Concern("not ultrasound", "This does not look like a breast ultrasound scan.")
BORDERS = Concern("borders", "The scan fills only 40 % of the picture.", field=(5, 10, 45, 60))
MARKS = Concern("marks over lesion", "Callipers are burned into the picture at the lesion.", 1)


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def panel(qtbot, session):
    widget = DiagnosisPanel(session, Selection(session))
    qtbot.addWidget(widget)
    widget.resize(320, 900)
    widget.show()
    return widget


def with_concerns(*concerns, diagnoses=(0.83,), scan=None):
    return replace(make_case(*map(make_diagnosis, diagnoses), scan=scan), concerns=concerns)


def said(panel):
    return "\n".join(words.text() for words in panel.findChildren(Words) if words.isVisible())


def button(panel, text):
    return next((b for b in panel.findChildren(QAbstractButton) if b.isVisible() and b.text() == text), None)


def top_of(widget, panel):
    return widget.mapTo(panel, QPoint()).y()


def test_a_concern_stands_above_the_probability_with_a_sign_that_is_not_colour_alone(panel, session):
    session.set_case(with_concerns(MARKS))
    words = next(w for w in panel.findChildren(Words) if w.isVisible() and w.text() == MARKS.sentence)
    bar = panel.findChild(ProbabilityBar)
    assert bar.isVisible()
    assert top_of(words, panel) + words.height() <= top_of(bar, panel)
    assert words.palette().windowText().color().name() == theme.CAUTION
    signs = [label for label in panel.findChildren(QLabel) if label.accessibleName() == "Caution" and label.isVisible()]
    assert len(signs) == 1
    assert not signs[0].pixmap().isNull()


def test_a_case_without_concerns_says_nothing_before_its_result(panel, session):
    session.set_case(with_concerns(MARKS))
    session.set_case(with_concerns())
    assert MARKS.sentence not in said(panel)
    assert not [label for label in panel.findChildren(QLabel) if label.accessibleName() == "Caution" and label.isVisible()]


def test_of_what_is_no_ultrasound_no_result_is_shown_until_the_reader_asks(panel, session, qtbot):
    session.set_case(with_concerns(NO_ULTRASOUND, diagnoses=(0.9, 0.2)))
    assert NO_ULTRASOUND.sentence in said(panel)
    assert NOT_SHOWN_SENTENCE in said(panel)
    assert "0.90" not in said(panel)
    assert "most suspicious of 2" not in said(panel)
    assert not panel.findChild(ProbabilityBar).isVisible()
    assert not panel.saliency.isVisible()
    qtbot.mouseClick(button(panel, "Show it all the same"), Qt.MouseButton.LeftButton)
    assert panel.findChild(ProbabilityBar).isVisible()
    assert "most suspicious of 2" in said(panel)
    assert NO_ULTRASOUND.sentence in said(panel)
    assert button(panel, "Show it all the same") is None


def test_a_result_asked_for_stays_when_the_same_file_is_analysed_again_and_the_next_file_is_withheld(panel, session, tmp_path):
    session.set_case(with_concerns(NO_ULTRASOUND))
    button(panel, "Show it all the same").click()
    session.set_case(with_concerns(NO_ULTRASOUND))
    assert panel.findChild(ProbabilityBar).isVisible()
    session.set_case(with_concerns(NO_ULTRASOUND, scan=make_scan(tmp_path / "other.png")))
    assert not panel.findChild(ProbabilityBar).isVisible()


def test_of_what_is_no_ultrasound_it_is_not_said_that_no_lesion_was_found(panel, session):
    session.set_case(with_concerns(NO_ULTRASOUND, diagnoses=()))
    assert "No lesion found" not in said(panel)
    button(panel, "Show it all the same").click()
    assert "No lesion found" in said(panel)


def test_large_borders_can_be_cropped_away(panel, session, qtbot):
    session.set_case(with_concerns(BORDERS))
    qtbot.mouseClick(button(panel, "Crop to the scan"), Qt.MouseButton.LeftButton)
    assert session.calls == [("crop", Box(5, 10, 45, 60))]


def test_its_button_keeps_the_focus_while_other_things_change(panel, session):
    session.set_case(with_concerns(BORDERS))
    crop = button(panel, "Crop to the scan")
    session.set_case(with_concerns(BORDERS, diagnoses=(0.21,)))
    assert button(panel, "Crop to the scan") is crop


def test_a_cropped_scan_says_so_and_the_whole_picture_can_be_had_back(panel, session, qtbot):
    scan = replace(make_scan(), field=Box(5, 10, 45, 60))
    session.set_case(Case(scan))
    assert FIELD_SENTENCE in said(panel)
    session.set_case(with_concerns(scan=scan))
    qtbot.mouseClick(button(panel, "Use the whole picture"), Qt.MouseButton.LeftButton)
    assert session.calls == [("crop", None)]
    session.set_case(with_concerns())
    assert FIELD_SENTENCE not in said(panel)


def test_concerns_are_not_said_twice(panel, session):
    session.set_case(with_concerns(MARKS))
    assert said(panel).count(MARKS.sentence) == 1


def test_concerns_wrap_instead_of_being_cut(panel, session):
    session.set_case(with_concerns(NO_ULTRASOUND, BORDERS, MARKS))
    panel.resize(panel.minimumSizeHint().width(), 400)
    for words in panel.findChildren(Words):
        if words.isVisible():
            assert words.height() >= words.heightForWidth(words.width()), words.text()
