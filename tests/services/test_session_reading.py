"""What the reader sets down on the frame on screen: undone, kept, found again, never replaced."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from busi_gui.domain.callipers import Calliper, Distance, Point
from busi_gui.domain.case import CaseStatus
from busi_gui.domain.reading import MaskSource, Reading
from busi_gui.store.workspace import StoredReading, Workspace, WorkspaceError
from tests.services.array_file import numbered_frames
from tests.services.fake_pipeline import FakePipeline, PickyPipeline
from tests.services.reading_room import ReadingRoom, show_frame

CALLIPER = Calliper(1, Distance(Point(1, 1), Point(9, 9)))


@pytest.fixture
def workspace():
    made = Workspace()
    yield made
    made.close()


@pytest.fixture
def enter(qtbot, tmp_path, workspace):
    """Return a function that gives another session on the same workspace; the one before is left, or stays where it is another workstation's."""
    made = []

    def build(pipeline=None, *, is_another=False):
        if made and not is_another:
            made[-1].session.shut_down()
        made.append(ReadingRoom(tmp_path, workspace, pipeline))
        return made[-1]

    yield build
    for room in made:
        assert room.session.shut_down()


def drawn(case, top=1, left=1, bottom=6, right=6):
    mask = np.zeros(case.scan.shape, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def draw(room, **where):
    reading = room.session.case.reading
    room.session.editing.edit("drawing", reading.added(drawn(room.session.case, **where)))


def test_the_networks_outlines_are_a_step_that_can_be_taken_back(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    assert room.session.editing.undo_name == "the network’s outlines"
    (lesion,) = room.session.case.lesions
    room.session.editing.undo()
    assert room.session.case.lesions == ()
    room.session.editing.redo()
    (again,) = room.session.case.lesions
    assert np.array_equal(again.mask, lesion.mask)
    assert again.diagnosis is lesion.diagnosis, "the same mask has the same diagnosis"
    assert not again.is_stale


def test_a_change_is_announced_and_taken_back(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    before = room.session.case
    draw(room)
    assert [lesion.number for lesion in room.session.case.lesions] == [1, 2]
    assert room.cases[-1] is room.session.case
    assert room.session.case.lesions[0].diagnosis is before.lesions[0].diagnosis
    assert room.session.case.lesions[1].is_stale
    room.session.editing.undo()
    assert room.session.case.reading.is_same(before.reading)
    assert room.session.editing.redo_name == "drawing"


def test_a_step_that_changes_nothing_is_none(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    count = len(room.cases)
    room.session.editing.edit("nothing", room.session.case.reading)
    assert room.session.editing.undo_name == "the network’s outlines"
    assert len(room.cases) == count


def test_what_was_corrected_is_there_again_on_another_day_under_another_name(qtbot, enter, tmp_path):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    first = room.session.case
    room.session.editing.edit("correcting", first.reading.with_mask(1, drawn(first)).measured([CALLIPER]))
    assert room.session.status is CaseStatus.CORRECTED
    again = enter()
    shutil.copy(tmp_path / "a.png", tmp_path / "moved.png")
    again.open(qtbot, again.add("moved.png"))
    (lesion,) = again.session.case.lesions
    assert np.array_equal(lesion.mask, drawn(first))
    assert lesion.outline.source is MaskSource.CORRECTED
    assert again.session.case.reading.callipers == (CALLIPER,)
    assert again.session.status is CaseStatus.CORRECTED
    assert again.session.editing.undo_name == "", "what was done on another day is not undone step by step"


def test_no_analysis_replaces_what_the_reader_has_touched(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    case = room.session.case
    room.session.editing.edit("correcting", case.reading.with_mask(1, drawn(case)))
    room.session.analyse()
    qtbot.waitUntil(lambda: room.session.activity is None and room.session.case.analysis is not case.analysis)
    (lesion,) = room.session.case.lesions
    assert np.array_equal(lesion.mask, drawn(case))
    offered = room.session.case.analysis.lesions[0]
    assert not np.array_equal(offered.mask, lesion.mask), "the network's own is there beside it"


def test_callipers_alone_leave_the_outlines_to_the_network(qtbot, enter):
    pipeline = FakePipeline("wait")
    room = enter(pipeline)
    room.session.open(room.add("a.png"))
    qtbot.waitUntil(lambda: room.session.case is not None)
    room.session.editing.edit("measuring", room.session.case.reading.measured([CALLIPER]))
    pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert len(room.session.case.lesions) == 1
    assert room.session.case.reading.callipers == (CALLIPER,)
    assert room.session.status is CaseStatus.ANALYSED


def test_what_is_drawn_before_the_network_answers_stays(qtbot, enter):
    pipeline = FakePipeline("wait")
    room = enter(pipeline)
    room.session.open(room.add("a.png"))
    qtbot.waitUntil(lambda: room.session.case is not None)
    draw(room)
    pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    (lesion,) = room.session.case.lesions
    assert lesion.outline.source is MaskSource.DRAWN


def status(room):
    return room.session.status


def test_a_case_is_corrected_only_as_long_as_there_is_a_correction(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    draw(room)
    assert status(room) is CaseStatus.CORRECTED
    room.session.editing.undo()
    assert status(room) is CaseStatus.ANALYSED
    room.session.set_reviewed(True)
    draw(room)
    assert status(room) is CaseStatus.REVIEWED, "who is done with a case stays done with it"
    room.session.set_reviewed(False)
    assert status(room) is CaseStatus.CORRECTED


def test_each_frame_has_its_own_reading_and_its_own_steps(qtbot, enter):
    room = enter(PickyPipeline())
    room.open(qtbot, room.add("cine.dcm", 9))
    draw(room)
    for frame in range(1, 9):
        show_frame(qtbot, room, frame)
        assert room.session.editing.undo_name != "drawing"
    draw(room, bottom=9)
    show_frame(qtbot, room, 0)
    assert np.array_equal(room.session.case.reading.outlines[-1].mask, drawn(room.session.case))
    room.session.editing.undo()
    assert not room.session.case.reading.is_touched
    show_frame(qtbot, room, 8)
    assert np.array_equal(room.session.case.reading.outlines[-1].mask, drawn(room.session.case, bottom=9))


def test_frames_that_were_only_looked_at_leave_no_history(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("cine.dcm", 12))
    for frame in range(12):
        show_frame(qtbot, room, frame)
        qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert len(room.session.histories._histories) < 6


def test_outlines_that_are_only_taken_off_the_screen_are_remembered_as_found(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    before = room.session._file.note
    assert before.p_malignant is not None
    room.session.editing.undo()
    assert room.session.case.lesions == ()
    assert room.session._file.note == before


def measure(room, *callipers):
    room.session.editing.edit("measuring", room.session.case.reading.measured(callipers))


def look_elsewhere_and_back(qtbot, room, frames):
    for frame in [*range(1, frames), 0]:
        show_frame(qtbot, room, frame)


def test_what_the_reader_has_deleted_does_not_come_back_by_itself(qtbot, enter, workspace):
    room = enter(PickyPipeline())
    path = room.add("cine.dcm", 9)
    room.open(qtbot, path)
    measure(room, CALLIPER)
    again = enter(PickyPipeline())
    again.open(qtbot, again.add("cine.dcm", 9))
    measure(again)
    look_elsewhere_and_back(qtbot, again, 9)
    assert again.session.case.reading.callipers == ()
    assert again.session.editing.undo_name == "measuring"
    measure(again, CALLIPER)
    assert again.session.editing.theirs is None, "nobody else has been here"


def test_a_frame_on_which_nothing_is_left_is_still_the_readers_own(qtbot, enter):
    room = enter(PickyPipeline())
    room.open(qtbot, room.add("cine.dcm", 9))
    measure(room, CALLIPER)
    measure(room)
    look_elsewhere_and_back(qtbot, room, 9)
    measure(room, CALLIPER)
    assert room.session.editing.theirs is None, "nobody else has been here"
    assert room.session.histories.is_saved


def test_steps_that_were_taken_back_to_the_very_beginning_can_be_done_again_after_looking_elsewhere(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("cine.dcm", 3))
    draw(room)
    drawing = room.session.case.reading
    for _ in range(2):
        room.session.editing.undo()
    assert room.session.case.lesions == ()
    look_elsewhere_and_back(qtbot, room, 3)
    assert len(room.session.case.lesions) == 1
    assert room.session.editing.redo_name == "drawing"
    room.session.editing.redo()
    assert room.session.case.reading.is_same(drawing)


def test_a_change_that_ends_after_the_reader_has_gone_on_makes_the_file_a_corrected_one(qtbot, enter, workspace):
    room = enter()
    room.open(qtbot, room.add("cine.dcm", 3))
    history, reading = room.session.editing.history, room.session.case.reading
    after = reading.added(drawn(room.session.case))
    show_frame(qtbot, room, 1)
    history.step("drawing", after)
    assert status(room) is CaseStatus.CORRECTED
    history.undo()
    assert status(room) is CaseStatus.ANALYSED


def test_a_change_that_ends_after_another_file_is_open_makes_the_one_before_a_corrected_one(qtbot, enter, workspace):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    history, key = room.session.editing.history, room.session._file.key
    after = room.session.case.reading.added(drawn(room.session.case))
    room.open(qtbot, room.add("b.png", frames=[numbered_frames(1)[0] + 1]))
    history.step("drawing", after)
    assert workspace.note(key).status is CaseStatus.CORRECTED
    assert room.session.status is CaseStatus.ANALYSED


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
