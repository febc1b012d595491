"""The window closes while something is begun: nothing of it is lost."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.views.mask_room import Room, analysed


@pytest.fixture
def room(qtbot, tmp_path):
    return Room(qtbot, tmp_path, analysed())


@pytest.fixture
def stored_when_asked(room, monkeypatch):
    """Return the last step at the moment when it is asked whether all is stored; the window stays."""
    asked = []

    def stay(_close):
        asked.append(room.undo_name)
        return False

    monkeypatch.setattr(room.window.keeping, "may_close", stay)
    return asked


def test_a_stroke_that_is_being_drawn_is_kept(room, stored_when_asked):
    room.take("brush")
    room.press(20, 20)
    room.move(60, 30, is_pressed=True)
    room.window.close()
    assert stored_when_asked == ["brush stroke"]


def test_a_sensitivity_that_is_being_chosen_is_kept(room, stored_when_asked):
    room.take("sensitivity")
    QTest.keyClick(room.editor.tuning.strip.slider, Qt.Key.Key_Right)
    room.window.close()
    assert stored_when_asked == ["sensitivity of lesion 1"]


def test_a_remark_that_is_being_typed_is_kept_and_who_stays_types_on(room, stored_when_asked):
    remark = room.window.lesion_list.assessment.remark
    remark.setFocus()
    QTest.keyClicks(remark, "round")
    room.window.close()
    assert stored_when_asked == ["assessing lesion 1"]
    assert room.window.focusWidget() is remark
