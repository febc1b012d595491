"""What cannot be stored, what somebody else stored meanwhile, and what is found damaged."""

from dataclasses import replace

import numpy as np
import pytest

from busi_gui.domain.reading import Reading
from busi_gui.store.workspace import StoredReading, Workspace, WorkspaceError
from tests.services.array_file import numbered_frames
from tests.services.drawing import draw, drawn
from tests.services.reading_room import ReadingRoom


class Unwilling(Workspace):
    """A workspace that refuses to store while ``is_full``."""

    is_full = False

    def store(self, key, frame, reading, base):
        if self.is_full:
            raise WorkspaceError("The disk is full.")
        return super().store(key, frame, reading, base)


def test_what_cannot_be_written_stays_on_screen_and_is_written_with_the_next_change(qtbot, tmp_path):
    workspace = Unwilling()
    room = ReadingRoom(tmp_path, workspace)
    room.open(qtbot, room.add("a.png"))
    saved, failures = [], []
    room.session.histories.saved_changed.connect(saved.append)
    room.session.histories.failed.connect(failures.append)
    workspace.is_full = True
    draw(room)
    assert failures == ["The disk is full."]
    assert len(room.session.case.lesions) == 2
    assert saved == [False]
    room.session.histories.save_elsewhere(tmp_path / "elsewhere.db")
    elsewhere = Workspace(tmp_path / "elsewhere.db")
    key = room.session._file.key
    assert elsewhere.readings(key)[0].packed.unpacked().is_same(room.session.case.reading)
    workspace.is_full = False
    draw(room, bottom=9)
    assert saved == [False, True]
    assert workspace.readings(key)[0].packed.unpacked().is_same(room.session.case.reading)
    assert room.session.shut_down()
    workspace.close()
    elsewhere.close()


@pytest.fixture
def two(qtbot, enter, workspace):
    """Return two workstations with the same case open; the second has drawn on it."""
    one, other = enter(), enter(is_another=True)
    path = one.add("a.png")
    other.add("a.png")
    one.open(qtbot, path)
    other.open(qtbot, path)
    draw(other, bottom=9)
    asked = []
    one.session.editing.conflicted.connect(lambda: asked.append(one.session.editing.theirs))
    draw(one)
    assert len(asked) == 1
    assert np.array_equal(asked[0].packed.unpacked().outlines[1].mask, drawn(one.session.case, bottom=9))
    return one


def held(workspace, room) -> Reading:
    stored: StoredReading = workspace.readings(room.session._file.key)[0]
    return stored.packed.unpacked()


def test_nobodys_work_is_silently_overwritten(two, workspace):
    assert np.array_equal(held(workspace, two).outlines[1].mask, drawn(two.session.case, bottom=9)), "theirs is still there"
    assert np.array_equal(two.session.case.lesions[1].mask, drawn(two.session.case)), "and mine is still on screen"
    assert not two.session.histories.is_saved
    draw(two, top=10, bottom=15)
    assert len(held(workspace, two).outlines) == 2, "until it is decided nothing is written over theirs"


def test_the_reader_can_keep_his_own(two, workspace):
    two.session.editing.keep_mine()
    assert held(workspace, two).is_same(two.session.case.reading)
    assert two.session.histories.is_saved


def test_the_reader_can_take_theirs_and_take_that_back(two, workspace):
    mine = two.session.case.reading
    two.session.editing.take_theirs()
    assert np.array_equal(two.session.case.lesions[1].mask, drawn(two.session.case, bottom=9))
    two.session.editing.undo()
    assert two.session.case.reading.is_same(mine)
    assert held(workspace, two).is_same(mine)


def test_the_reader_can_keep_both(two, workspace):
    two.session.editing.keep_both()
    names = [lesion.outline.title for lesion in two.session.case.lesions]
    assert names[:2] == ["Lesion 1", "Lesion 2"]
    assert all("(" in name for name in names[2:])
    assert len(names) == 4
    assert held(workspace, two).is_same(two.session.case.reading)


def test_what_somebody_else_drew_since_is_there_when_the_case_is_opened_again(qtbot, enter):
    one, other = enter(), enter(is_another=True)
    path, another = one.add("a.png"), one.add("b.png", frames=[numbered_frames(1)[0] + 1])
    other.add("a.png")
    one.open(qtbot, path)
    draw(one)
    one.open(qtbot, another)
    other.open(qtbot, path)
    draw(other, bottom=9)
    one.open(qtbot, path)
    assert len(one.session.case.lesions) == 3
    assert one.session.editing.undo_name == ""


def test_what_waited_for_a_decision_when_the_program_ended_waits_again(qtbot, two, enter, workspace):
    mine, path = two.session.case.reading, two.session.case.scan.path
    again = enter()  # the other workstation is left as well
    again.add(path.name)
    asked = []
    again.session.editing.conflicted.connect(lambda: asked.append(again.session.editing.theirs))
    again.open(qtbot, path)
    assert again.session.case.reading.is_same(mine)
    assert len(asked) == 1
    assert not again.session.histories.is_saved
    again.session.editing.take_theirs()
    assert np.array_equal(again.session.case.lesions[1].mask, drawn(again.session.case, bottom=9))
    again.session.editing.undo()
    assert again.session.case.reading.is_same(mine)
    assert workspace.asides(again.session._file.key) == {}


def test_what_waited_is_written_where_nothing_stands_against_it(qtbot, enter, workspace):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    key = room.session._file.key
    reading = room.session.case.reading.added(drawn(room.session.case))
    workspace.store_aside(key, 0, reading)
    again = enter()
    again.add("a.png")
    again.open(qtbot, room.session.case.scan.path)
    assert again.session.case.reading.is_same(reading)
    assert held(workspace, again).is_same(reading)
    assert again.session.histories.is_saved


def test_what_is_damaged_in_the_workspace_is_said(qtbot, enter, workspace, monkeypatch):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    draw(room)
    readings = Workspace.readings
    monkeypatch.setattr(
        Workspace, "readings", lambda self, key: {n: replace(one, problem="Lesion 2 is lost.") for n, one in readings(self, key).items()}
    )
    again = enter()
    again.add("a.png")
    again.open(qtbot, room.session.case.scan.path)
    assert again.failures == ["Lesion 2 is lost."]


def test_work_that_could_not_be_stored_is_not_replaced_by_what_somebody_else_wrote_since(qtbot, tmp_path):
    workspace = Unwilling()
    room = ReadingRoom(tmp_path, workspace)
    path, another = room.add("a.png"), room.add("b.png", frames=[numbered_frames(1)[0] + 1])
    room.open(qtbot, path)
    draw(room)
    theirs, key = room.session.case.reading.without(1), room.session._file.key
    workspace.is_full = True
    draw(room, bottom=9)
    mine = room.session.case.reading
    Workspace.store(workspace, key, 0, theirs, base=None)
    room.open(qtbot, another)
    room.open(qtbot, path)
    assert room.session.case.reading.is_same(mine)
    assert not room.session.histories.is_saved
    workspace.is_full = False
    room.session.histories.save_again()
    assert room.session.editing.theirs is not None, "now the reader has to decide"
    assert room.session.shut_down()
    workspace.close()
