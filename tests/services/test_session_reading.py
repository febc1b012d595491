"""What the reader sets down on the frame on screen: undone, kept, found again, never replaced."""

import shutil

import numpy as np

from busi_gui.domain.callipers import Calliper, Distance, Point
from busi_gui.domain.case import CaseStatus
from busi_gui.domain.reading import MaskSource
from tests.services.array_file import numbered_frames
from tests.services.drawing import draw, drawn
from tests.services.fake_pipeline import FakePipeline, PickyPipeline
from tests.services.reading_room import show_frame

CALLIPER = Calliper(1, Distance(Point(1, 1), Point(9, 9)))


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


def test_a_scan_on_a_disc_that_cannot_be_written_is_corrected_all_the_same(qtbot, enter, tmp_path):
    room = enter()
    path = room.add("a.png")
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        room.open(qtbot, path)
        draw(room)
        again = enter()
        again.files = dict(room.files)
        again.open(qtbot, path)
        assert np.array_equal(again.session.case.lesions[-1].mask, drawn(again.session.case))
        assert [child.name for child in path.parent.iterdir() if child.is_file()] == ["a.png"], "nothing is written beside a scan"
    finally:
        path.parent.chmod(0o755)
