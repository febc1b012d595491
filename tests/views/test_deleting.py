"""One key deletes what is selected: a measurement first, else the lesion in hand."""

from __future__ import annotations

import pytest

from busi_gui.services.settings import Settings
from busi_gui.views.scan.layers import Tool
from tests.views.cases import box_mask, make_case
from tests.views.desk import shown_desk
from tests.views.measured import case_of, click, drag, scan_of


@pytest.fixture
def desk(qtbot, tmp_path):
    yield from shown_desk(qtbot, Settings(tmp_path / "settings.ini"))


def with_lesion(name="lesion.png"):
    return make_case(scan_of(name), (box_mask((60, 80), 10, 10, 30, 30),))


def test_with_nothing_selected_there_is_nothing_to_delete(desk):
    assert not desk.actions["delete"].isEnabled()


def test_a_selected_measurement_goes_before_the_lesion(desk):
    desk.session.set_case(with_lesion())
    assert desk.actions["delete"].isEnabled()
    desk.press("distance")
    drag(desk.main, (40, 40), (60, 40))
    desk.press("delete")
    assert desk.hand(desk.main).callipers == ()
    assert desk.deleted == []
    desk.press("delete")
    assert desk.deleted == [1]


def test_a_measurement_that_is_not_selected_stays(desk):
    desk.session.set_case(with_lesion())
    desk.press("distance")
    drag(desk.main, (40, 40), (60, 40))
    desk.comparison.set_tool(Tool.HAND)
    click(desk.main, (70, 10))
    desk.press("delete")
    assert len(desk.hand(desk.main).callipers) == 1
    assert desk.deleted == [1]


def test_whether_anything_can_be_deleted_follows_lesion_and_measurement(desk):
    delete = desk.actions["delete"]
    desk.press("distance")
    drag(desk.main, (40, 40), (60, 40))
    assert delete.isEnabled()
    desk.session.editing.undo()
    assert not delete.isEnabled()
    desk.session.set_case(with_lesion())
    assert delete.isEnabled()
    desk.selection.begin_new()
    assert not delete.isEnabled()
    desk.session.set_case(None)
    assert not delete.isEnabled()


def test_beside_only_measurements_are_deleted_for_no_lesion_is_in_hand_there(desk):
    desk.session.set_case(with_lesion())
    desk.session.set_beside(case_of("b.png"))
    desk.second.setFocus()
    assert not desk.actions["delete"].isEnabled()
    desk.press("distance")
    drag(desk.second, (40, 40), (60, 40))
    assert desk.actions["delete"].isEnabled()
    desk.press("delete")
    assert desk.hand(desk.second).callipers == ()
    assert not desk.actions["delete"].isEnabled()
    desk.main.setFocus()
    assert desk.actions["delete"].isEnabled()
    assert desk.deleted == []
