"""What the reader sets down about a lesion, and every way in which he can leave the field while he types."""

from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from busi_gui.domain.reading import Assessment, Outcome, OutcomeEvidence, OutcomeMethod
from busi_gui.views.editing.lesion_list import LesionList
from tests.views.lesions import box, case_with

THREE = (box(10, 10, 20, 20), box(30, 10, 40, 20), box(10, 50, 20, 60))


def test_nothing_is_assessed_until_the_reader_does(desk, panel):
    desk.session.set_case(case_with(*THREE))
    form = panel.assessment
    assert (form.category.currentIndex(), form.outcome.currentIndex(), form.remark.text()) == (0, 0, "")
    assert not desk.reading.is_touched


def test_category_and_outcome_are_steps(desk, panel):
    desk.session.set_case(case_with(*THREE))
    desk.selection.select(2)
    panel.assessment.category.setFocus()
    QTest.keyClicks(panel.assessment.category, "4")
    assert desk.outline(2).assessment == Assessment("4A")
    assert not desk.actions["saliency"].isChecked(), "a digit typed into a field is no key of the window"
    panel.assessment.outcome.setFocus()
    QTest.keyClick(panel.assessment.outcome, Qt.Key.Key_Down)
    assert desk.outline(2).assessment == Assessment("4A", Outcome.BENIGN)
    assert desk.undo_name == "assessing lesion 2"
    desk.session.editing.undo()
    assert panel.assessment.outcome.currentText() == "unknown"
    desk.selection.select(1)
    assert panel.assessment.category.currentIndex() == 0


def test_the_wheel_over_a_field_assesses_nothing(desk, panel):
    desk.session.set_case(case_with(*THREE))
    field = panel.assessment.category
    field.setFocus()
    middle = QPointF(field.rect().center())
    wheel = QWheelEvent(
        middle,
        QPointF(field.mapToGlobal(middle)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(field, wheel)
    assert desk.outline(1).assessment == Assessment()


def test_a_remark_is_one_step_when_the_focus_leaves(desk, panel):
    desk.session.set_case(case_with(*THREE))
    remark = panel.assessment.remark
    remark.setFocus()
    QTest.keyClicks(remark, "B and D are keys, here they are letters")
    assert not desk.reading.is_touched
    assert ("play", False) in desk.session.calls
    panel.rows.setFocus()
    assert desk.outline(1).assessment.remark == "B and D are keys, here they are letters"
    desk.session.editing.undo()
    assert not desk.reading.is_touched
    assert remark.text() == ""


def test_a_remark_is_kept_before_a_key_leads_elsewhere(desk, panel):
    desk.session.set_case(case_with(*THREE))
    desk.actions["next"].setEnabled(True)
    desk.actions["next"].triggered.connect(lambda: desk.session.set_case(None))
    panel.assessment.remark.setFocus()
    QTest.keyClicks(panel.assessment.remark, "oval")
    kept = []
    desk.session.case_changed.connect(lambda case: kept.append(case.reading.outlines[0].assessment.remark if case else "gone"))
    QTest.keyClick(panel.assessment.remark, Qt.Key.Key_PageDown)
    assert kept == ["oval", "gone"]


def test_a_remark_is_kept_before_a_button_that_takes_no_focus_does_its_work(desk, panel, window):
    desk.session.set_case(case_with(*THREE))
    button = QPushButton("Next", window)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.clicked.connect(desk.selection.select_next)
    button.show()
    panel.assessment.remark.setFocus()
    QTest.keyClicks(panel.assessment.remark, "oval")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert desk.outline(1).assessment.remark == "oval"
    assert desk.outline(2).assessment.remark == ""
    assert panel.assessment.remark.text() == ""


def test_an_assessment_goes_to_the_lesion_that_the_form_shows_although_another_was_just_taken_in_hand(desk, qtbot):
    panel = LesionList(desk.session, desk.selection, desk.actions, desk.settings)
    qtbot.addWidget(panel)
    desk.session.set_case(case_with(*THREE))
    assert desk.selection.number == 1
    desk.selection.select(2)  # and the form is not drawn anew yet
    panel.assessment.assessed.emit(Assessment(remark="oval"))
    assert desk.outline(1).assessment.remark == "oval"
    assert desk.outline(2).assessment.remark == ""


def test_a_remark_being_typed_outlives_a_change_of_the_same_lesion(desk, panel):
    desk.session.set_case(case_with(*THREE))
    panel.assessment.remark.setFocus()
    QTest.keyClicks(panel.assessment.remark, "ov")
    desk.change(1, is_locked=True)
    QTest.keyClicks(panel.assessment.remark, "al")
    QTest.keyClick(panel.assessment.remark, Qt.Key.Key_Return)
    assert desk.outline(1).assessment.remark == "oval"


def test_a_remark_that_came_too_late_is_said_and_goes_to_no_other_lesion(desk, panel):
    desk.session.set_case(case_with(*THREE))
    panel.assessment.remark.setFocus()
    QTest.keyClicks(panel.assessment.remark, "oval")
    desk.session.set_case(case_with(*THREE, frame=1, frame_count=2))
    assert desk.said == ["The remark was not kept, for another scan came on screen while it was typed: oval"]
    assert desk.outline(1).assessment.remark == ""
    assert panel.assessment.remark.text() == ""


def test_how_an_outcome_is_known_is_asked_only_where_there_is_one(desk, panel):
    desk.session.set_case(case_with(*THREE))
    form = panel.assessment
    fields = (form.method, form.date, form.source)
    assert not any(field.isVisible() for field in fields)
    choose(form.outcome, Outcome.MALIGNANT.value)
    assert all(field.isVisible() for field in fields)
    assert form._hint.isVisible()
    choose(form.method, "biopsy")
    assert not form._hint.isVisible(), "now it counts for learning"
    assert desk.outline(1).assessment.has_recorded_outcome
    desk.selection.select(2)
    assert not form.method.isVisible()


def test_an_outcome_that_is_taken_back_leaves_no_evidence(desk, panel):
    desk.session.set_case(case_with(*THREE))
    form = panel.assessment
    choose(form.outcome, Outcome.MALIGNANT.value)
    choose(form.method, "follow-up")
    choose(form.outcome, Outcome.UNKNOWN.value)
    assert desk.outline(1).assessment == Assessment()
    desk.session.editing.undo()
    assert desk.outline(1).assessment.evidence.method is OutcomeMethod.FOLLOW_UP
    assert form.method.currentText() == "follow-up"


def test_a_date_is_typed_into_an_empty_field_and_is_one_step(desk, panel):
    desk.session.set_case(case_with(*THREE))
    form = panel.assessment
    choose(form.outcome, Outcome.BENIGN.value)
    assert form.date.text() == "not said"
    form.date.setFocus()
    QTest.keyClicks(form.date, "20240312")
    assert desk.outline(1).assessment.evidence.date == "", "not while it is being typed"
    panel.rows.setFocus()
    assert desk.outline(1).assessment.evidence.date == "2024-03-12"
    desk.session.editing.undo()
    assert desk.outline(1).assessment.evidence.date == ""
    assert form.date.text() == "not said"


def test_today_can_be_typed_and_no_day_of_the_future(desk, panel):
    desk.session.set_case(case_with(*THREE))
    form, today = panel.assessment, QDate.currentDate()
    choose(form.outcome, Outcome.BENIGN.value)
    form.date.setFocus()
    QTest.keyClicks(form.date, today.toString("yyyyMMdd"))
    QTest.keyClick(form.date, Qt.Key.Key_Return)
    assert desk.outline(1).assessment.evidence.date == today.toString("yyyy-MM-dd")
    assert form.date.maximumDate() == today
    QTest.keyClick(form.date, Qt.Key.Key_Up)
    assert desk.outline(1).assessment.evidence.date <= today.toString("yyyy-MM-dd")


def test_an_empty_date_stays_empty_when_it_is_passed_and_a_set_one_can_be_cleared(desk, panel):
    desk.session.set_case(case_with(*THREE))
    form = panel.assessment
    choose(form.outcome, Outcome.BENIGN.value)
    form.date.setFocus()
    panel.rows.setFocus()
    assert desk.outline(1).assessment.evidence.date == ""
    desk.change(1, assessment=Assessment("", Outcome.BENIGN, "", OutcomeEvidence(OutcomeMethod.BIOPSY, "2024-03-12")))
    assert form.clear_date.isVisible()
    form.clear_date.click()
    assert desk.outline(1).assessment.evidence == OutcomeEvidence(OutcomeMethod.BIOPSY)
    assert not form.clear_date.isVisible()


def test_a_date_is_kept_before_a_button_that_takes_no_focus_does_its_work(desk, panel, window):
    desk.session.set_case(case_with(*THREE))
    choose(panel.assessment.outcome, Outcome.BENIGN.value)
    button = QPushButton("Next", window)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.clicked.connect(desk.selection.select_next)
    button.show()
    panel.assessment.date.setFocus()
    QTest.keyClicks(panel.assessment.date, "20240312")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert desk.outline(1).assessment.evidence.date == "2024-03-12"
    assert desk.outline(2).assessment == Assessment()


def test_the_source_is_one_step_and_says_that_it_stays(desk, panel):
    desk.session.set_case(case_with(*THREE))
    form = panel.assessment
    choose(form.outcome, Outcome.BENIGN.value)
    assert "stays on this computer" in form.source.toolTip()
    form.source.setFocus()
    QTest.keyClicks(form.source, "P-4711")
    QTest.keyClick(form.source, Qt.Key.Key_Return)
    assert desk.outline(1).assessment.evidence.source == "P-4711"


def choose(box, text):
    """Choose as a reader does: with the keyboard."""
    box.setFocus()
    way = box.findText(text) - box.currentIndex()
    for _ in range(abs(way)):
        QTest.keyClick(box, Qt.Key.Key_Down if way > 0 else Qt.Key.Key_Up)
    assert box.currentText() == text
