"""The list of lesions: what each row says, how lesions are chosen, named, assessed, and what the network offers."""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Spacing
from busi_gui.views.labels import Words
from tests.views.lesions import box, case_with

THREE = (box(10, 10, 20, 20), box(30, 10, 40, 20), box(10, 50, 20, 60))


def spoken(panel):
    return [panel.rows.item(place).data(Qt.ItemDataRole.AccessibleTextRole) for place in range(panel.rows.count())]


def said(panel):
    return " ".join(words.text() for words in panel.findChildren(Words) if words.isVisible())


def click(panel, place, modifiers=Qt.KeyboardModifier.NoModifier):
    rows = panel.rows
    middle = rows.visualItemRect(rows.item(place)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, modifiers, QPoint(60, middle.y()))


# rows ---------------------------------------------------------------------------------------------------------------------------------------------


def test_a_row_says_name_probability_side_size_source_and_state(desk, panel):
    desk.session.set_case(case_with(*THREE, spacing=Spacing(0.1, 0.1)))
    desk.draw(box(40, 60, 50, 70), name="cyst")
    desk.change(2, is_locked=True)
    desk.change(3, is_hidden=True)
    assert spoken(panel) == [
        "Lesion 1: 0.80 above the sensitive point, 1.3 × 1.3 mm, network",
        "Lesion 2: 0.50 above the sensitive point, 1.3 × 1.3 mm, network, locked",
        "Lesion 3: 0.20 below the sensitive point, 1.3 × 1.3 mm, network, hidden",
        "cyst: not diagnosed, 1.3 × 1.3 mm, drawn",
    ]


def test_one_lesion_is_listed_too_and_without_a_scale_in_pixels(desk, panel):
    desk.session.set_case(case_with(box(10, 10, 20, 30)))
    assert panel.rows.isVisible()
    assert "1 lesion" in said(panel)
    assert "px" in spoken(panel)[0]


def test_a_probability_of_an_older_outline_is_marked(desk, panel):
    desk.session.set_case(case_with(*THREE))
    desk.trigger("widen")
    assert spoken(panel)[0].startswith("Lesion 1: 0.80 outdated,")
    assert "corrected" in spoken(panel)[0]
    assert "outdated" not in spoken(panel)[1]


def test_before_any_analysis_it_says_how_to_draw_a_lesion_and_elsewhere_the_panel_does(desk, panel):
    case = case_with()
    desk.session.set_case(Case(case.scan))
    assert said(panel) == ""
    desk.draw(box(10, 10, 20, 20))
    desk.commands.delete_selected()
    assert said(panel) == "Lesions No lesion. Draw one with B if you see one."
    assert not panel.assessment.isVisible()
    desk.session.set_case(case)
    assert said(panel) == ""
    desk.session.set_case(None)
    assert said(panel) == ""


def test_it_says_what_is_drawn_next(desk, panel):
    desk.session.set_case(case_with(*THREE))
    desk.trigger("new_lesion")
    assert "What you draw next is lesion 4." in said(panel)
    assert not panel.rows.selectedItems()
    desk.selection.select(2)
    assert "What you draw next" not in said(panel)


def test_every_button_has_a_name_and_a_tooltip_with_its_key(desk, panel):
    desk.session.set_case(case_with(*THREE))
    buttons = [button for button in panel.findChildren(QToolButton) if button.isVisible()]
    assert len(buttons) == 3 * 3 + 1 + 6 + 3
    assert all(button.accessibleName() and button.toolTip() for button in buttons)
    row = panel.rows.row_of(2)
    assert (row.lock.toolTip(), row.hide_button.toolTip(), row.delete.accessibleName()) == (
        "Lock Lesion 2 (Ctrl+K)",
        "Hide Lesion 2 (Ctrl+H)",
        "Delete Lesion 2",
    )


def test_the_buttons_of_a_row_act_on_its_lesion(desk, panel, qtbot):
    desk.session.set_case(case_with(*THREE))
    desk.selection.select(1)
    for button, name in (("lock", "locking"), ("hide_button", "hiding")):
        QTest.mouseClick(getattr(panel.rows.row_of(3), button), Qt.MouseButton.LeftButton)
        assert desk.undo_name == f"{name} lesion 3"
    assert (desk.outline(3).is_locked, desk.outline(3).is_hidden) == (True, True)
    QTest.mouseClick(panel.rows.row_of(3).delete, Qt.MouseButton.LeftButton)
    assert desk.numbers == [1, 2, 3], "it is locked"
    assert desk.said == ["Lesion 3 is locked. Unlock it in the list of lesions to delete it."]
    QTest.mouseClick(panel.rows.row_of(2).delete, Qt.MouseButton.LeftButton)
    assert desk.numbers == [1, 3]
    assert desk.undo_name == "deleting lesion 2"
    assert desk.selection.number == 1


# choosing -----------------------------------------------------------------------------------------------------------------------------------------


def test_click_arrow_and_selection_go_together(desk, panel):
    desk.session.set_case(case_with(*THREE))
    click(panel, 1)
    assert desk.selection.number == 2
    QTest.keyClick(panel.rows, Qt.Key.Key_Down)
    assert desk.selection.number == 3
    desk.selection.select(1)
    assert [item.isSelected() for item in map(panel.rows.item, range(3))] == [True, False, False]
    QTest.keyClick(panel.rows, Qt.Key.Key_Down)
    assert desk.selection.number == 2


def test_ctrl_and_shift_choose_several(desk, panel):
    desk.session.set_case(case_with(*THREE))
    click(panel, 0)
    click(panel, 2, Qt.KeyboardModifier.ControlModifier)
    assert desk.selection.chosen == (1, 3)
    click(panel, 1, Qt.KeyboardModifier.ControlModifier)
    assert desk.selection.chosen == (1, 2, 3)
    click(panel, 1, Qt.KeyboardModifier.ControlModifier)
    assert desk.selection.chosen == (1, 3)
    click(panel, 0)
    assert desk.selection.chosen == (1,)
    QTest.keyClick(panel.rows, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert desk.selection.chosen == (1, 2)
    desk.trigger("merge_lesions")
    assert desk.numbers == [1, 3]


def test_the_last_chosen_lesion_cannot_be_let_go_of(desk, panel):
    desk.session.set_case(case_with(*THREE))
    click(panel, 0)
    click(panel, 0, Qt.KeyboardModifier.ControlModifier)
    assert desk.selection.chosen == (1,)
    assert panel.rows.item(0).isSelected()


# names --------------------------------------------------------------------------------------------------------------------------------------------


def test_f2_and_enter_give_a_name_in_one_step(desk, panel):
    desk.session.set_case(case_with(*THREE))
    click(panel, 1)
    QTest.keyClick(panel.rows, Qt.Key.Key_F2)
    field = panel.rows.row_of(2).field
    assert field.hasFocus()
    assert field.selectedText() == "Lesion 2"
    QTest.keyClicks(field, "left  cyst")
    assert desk.outline(2).name == "", "not a step a key"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.outline(2).name == "left cyst"
    assert desk.undo_name == "renaming lesion 2"
    assert panel.rows.hasFocus()
    assert not field.isVisible()


def test_esc_drops_a_name_and_stops_nothing(desk, panel):
    desk.session.set_case(case_with(*THREE))
    panel.rows.begin_naming(1)
    field = panel.rows.row_of(1).field
    QTest.keyClicks(field, "wrong")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert desk.outline(1).name == ""
    assert not field.isVisible()
    assert desk.session.calls == []


def test_a_double_click_begins_naming_and_a_click_elsewhere_ends_it(desk, panel):
    desk.session.set_case(case_with(*THREE))
    click(panel, 0)
    middle = panel.rows.visualItemRect(panel.rows.item(0)).center()
    QTest.mouseDClick(panel.rows.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(60, middle.y()))
    field = panel.rows.row_of(1).field
    assert field.isVisible()
    QTest.keyClicks(field, "cyst")
    click(panel, 2)
    assert desk.outline(1).name == "cyst"
    assert not field.isVisible()


def test_the_name_being_typed_outlives_what_comes_meanwhile(desk, panel):
    desk.session.set_case(case_with(*THREE))
    panel.rows.begin_naming(2)
    field = panel.rows.row_of(2).field
    QTest.keyClicks(field, "cy")
    desk.change(1, is_hidden=True)
    QTest.keyClicks(field, "st")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert desk.outline(2).name == "cyst"


def test_its_number_is_no_name(desk, panel):
    desk.session.set_case(case_with(*THREE))
    desk.change(1, name="cyst")
    panel.rows.begin_naming(1)
    QTest.keyClicks(panel.rows.row_of(1).field, "Lesion 1")
    QTest.keyClick(panel.rows.row_of(1).field, Qt.Key.Key_Return)
    assert desk.outline(1).name == ""


# how far the outline moves ------------------------------------------------------------------------------------------------------------------------


def test_the_step_is_in_millimetres_where_they_are_known_and_remembered_for_each_unit(desk, panel):
    desk.session.set_case(case_with(*THREE))
    assert (panel.step.value(), panel.step.suffix()) == (2.0, " px")
    panel.step.setValue(4)
    desk.session.set_case(case_with(*THREE, spacing=Spacing(0.1, 0.1)))
    assert (panel.step.value(), panel.step.suffix()) == (1.0, " mm")
    panel.step.setValue(0.3)
    desk.trigger("widen")
    rows = np.flatnonzero(desk.mask(1).any(axis=1))
    assert (rows[0], rows[-1]) == (7, 22)
    desk.session.set_case(case_with(*THREE))
    assert panel.step.value() == 4
    assert desk.settings.outline_step("mm", 1.0) == 0.3


def test_nothing_is_cut_off_however_narrow_the_panel(desk, panel, window):
    desk.session.set_case(case_with(*THREE, spacing=Spacing(0.1, 0.1)))
    desk.session.editing.edit("brush stroke", desk.reading.with_mask(2, box(30, 10, 40, 14)).changed(1, name="a name that is far too long " * 2))
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    window.resize(window.minimumSizeHint().width(), 900)
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    wide = panel.width()
    for part in (*panel.findChildren(QToolButton), panel.step, *panel.findChildren(QPushButton)):
        if part.isVisible():
            right = part.mapTo(panel, QPoint(part.width(), 0)).x()
            assert right <= wide, part.accessibleName()
            assert part.width() >= part.minimumSizeHint().width(), part.accessibleName()


def test_the_row_is_tall_enough_for_its_name_field(desk, panel):
    desk.session.set_case(case_with(*THREE))
    panel.rows.begin_naming(1)
    row = panel.rows.row_of(1)
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert row.field.height() >= row.field.fontMetrics().height()
    assert row.height() >= row.minimumSizeHint().height() - 8
