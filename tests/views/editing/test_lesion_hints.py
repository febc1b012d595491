"""Hints are written until the reader has used what they are about, and never in the way after that."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QActionGroup

from busi_gui.views.editing.hints import GROUPS, SENTENCES, Hints
from busi_gui.views.scan.layers import HINTS, MASK_TOOLS, Tool
from busi_gui.views.scan.scan_view import ScanView
from tests.views.lesions import LesionDesk, box, case_with


class Room:
    def __init__(self):
        self.desk = LesionDesk()
        self.view = ScanView(self.desk.window)
        group = QActionGroup(self.desk.window)
        for tool in Tool:
            group.addAction(self.desk.actions[tool.value])
            self.desk.actions[tool.value].setData(tool)
        group.triggered.connect(lambda action: self.view.set_tool(action.data()))
        self.desk.session.case_changed.connect(lambda case: self.view.show_case(case, True))
        desk = self.desk
        self.hints = Hints(desk.session, [self.view], desk.actions, desk.commands, desk.settings, desk.window)
        desk.session.set_case(case_with(box(10, 10, 20, 20), box(30, 30, 40, 40)))

    @property
    def hint(self):
        corners = self.view._text.corners
        return corners.hint if corners is not None else ""

    def take(self, tool):
        self.desk.actions[tool.value].trigger()

    def stroke(self):
        """Change a lesion as a tool does."""
        mask = self.desk.mask(1).copy()
        mask[25, 25] ^= True
        self.desk.session.editing.edit("brush stroke", self.desk.reading.with_mask(1, mask))


@pytest.fixture
def room(qtbot):
    made = Room()
    qtbot.addWidget(made.desk.window)
    return made


@pytest.mark.parametrize("tool", MASK_TOOLS)
def test_a_mask_tool_is_explained_until_it_was_used_once(room, qtbot, tool):
    room.take(tool)
    qtbot.waitUntil(lambda: room.hint == HINTS[tool])
    room.take(Tool.HAND)
    qtbot.waitUntil(lambda: room.hint == "")
    room.take(tool)
    qtbot.waitUntil(lambda: room.hint == HINTS[tool])
    room.stroke()
    assert room.hint == HINTS[tool], "it stays while the tool is in hand"
    room.take(Tool.HAND)
    room.take(tool)
    qtbot.waitUntil(lambda: room.hint == "")
    other = next(one for one in MASK_TOOLS if one is not tool)
    room.take(other)
    qtbot.waitUntil(lambda: room.hint == HINTS[other])


def test_what_is_no_stroke_of_the_tool_teaches_nothing(room, qtbot):
    room.take(Tool.BRUSH)
    room.desk.trigger("widen")
    room.desk.trigger("widen")
    room.desk.change(1, name="cyst")
    room.desk.session.editing.undo()
    room.desk.session.editing.undo()
    room.desk.session.set_case(case_with(box(1, 1, 5, 5), frame=1, frame_count=2))
    assert not room.desk.settings.is_hint_learnt("brush")
    room.take(Tool.HAND)
    room.stroke()
    assert not room.desk.settings.is_hint_learnt("brush")


def test_a_measuring_tool_is_explained_every_time(room, qtbot):
    for _ in range(2):
        room.take(Tool.ANGLE)
        qtbot.waitUntil(lambda: room.hint == HINTS[Tool.ANGLE])
        room.stroke()
        room.take(Tool.HAND)


def test_a_command_is_told_of_once_for_its_group(room, qtbot):
    room.hints._later.setInterval(30)
    room.desk.trigger("widen")
    assert room.hint == "How far the outline moves is set in the list of lesions."
    qtbot.waitUntil(lambda: room.hint == "")
    room.desk.trigger("narrow")
    assert room.hint == ""
    room.desk.trigger("merge_lesions")
    assert room.hint.startswith("Several lesions are chosen")
    qtbot.waitUntil(lambda: room.hint == "")


def test_the_line_names_the_key_that_the_reader_has_given(room):
    room.desk.actions.reset_all_keys()
    room.desk.trigger("hide_lesion")
    assert room.hint == "A hidden lesion is still in the list of lesions. Hide lesion (Ctrl+H) once more shows it."


def test_the_tools_line_comes_back_after_a_commands(room, qtbot):
    room.hints._later.setInterval(30)
    room.take(Tool.BRUSH)
    qtbot.waitUntil(lambda: room.hint == HINTS[Tool.BRUSH])
    room.desk.trigger("widen")
    assert room.hint != HINTS[Tool.BRUSH]
    qtbot.waitUntil(lambda: room.hint == HINTS[Tool.BRUSH])


def test_every_group_has_its_sentence_and_every_mask_tool_its_line():
    assert set(GROUPS.values()) == set(SENTENCES)
    assert set(MASK_TOOLS) <= set(HINTS)


def test_what_was_said_of_a_command_goes_with_the_scan(room):
    room.desk.commands.delete_selected()
    assert "brings it back" in room.hint
    case = case_with(box(10, 10, 20, 20))
    room.desk.session.set_case(replace(case, scan=replace(case.scan, path=Path("other.png"))))
    assert room.hint == ""
