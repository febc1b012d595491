"""What is remembered of scans, wherever their files lie."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.provenance import full_text
from busi_gui.domain.scan import Box, Calibration, Region, Spacing, content_key
from busi_gui.store.workspace import Note, Workspace, WorkspaceError
from tests.services.array_file import numbered_frames
from tests.services.fake_pipeline import INFO
from tests.services.reading_room import ReadingRoom

KEY = content_key(numbered_frames(1)[0])
ANALYSED = Note(CaseStatus.ANALYSED, 0.8, is_analysed=True, is_doubted=True, p_low=0.8 - 0.05, p_high=0.8 + 0.05, networks=full_text(INFO))
FIELD = Box(5, 5, 35, 45)


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path / "notes" / "workspace.sqlite")
    yield made
    made.close()


@pytest.fixture
def enter(qtbot, tmp_path, workspace):
    """Return a function that gives another session on the same workspace, as the next day's."""
    made = []

    def build():
        for room in made:
            room.session.shut_down()
        made.append(ReadingRoom(tmp_path, workspace))
        return made[-1]

    yield build
    for room in made:
        assert room.session.shut_down()


def test_an_analysis_is_remembered_and_told(qtbot, enter, workspace):
    room = enter()
    path = room.add("a.png")
    room.open(qtbot, path)
    qtbot.waitUntil(lambda: bool(room.notes))
    assert room.notes == [(path, ANALYSED)]
    assert room.session.status is CaseStatus.ANALYSED
    assert workspace.note(KEY) == room.notes[0][1]
    room.open(qtbot, room.add("b.png", frames=[np.ones((40, 50), np.uint8)]))
    assert len(room.notes) == 2


def test_opening_again_what_was_analysed_writes_nothing(qtbot, enter):
    path = enter().add("a.png")
    for expected in (1, 0):
        room = enter()
        room.add("a.png")
        room.open(qtbot, path)
        assert len(room.notes) == expected


@pytest.mark.parametrize("status", [CaseStatus.REVIEWED, CaseStatus.CORRECTED])
def test_an_analysis_never_lowers_how_far_the_reader_is(qtbot, enter, workspace, status):
    workspace.remember(KEY, status=status)
    room = enter()
    room.open(qtbot, room.add("a.png"))
    assert room.session.status is status
    assert workspace.note(KEY) == replace(ANALYSED, status=status)


def test_what_another_window_reviewed_in_the_meantime_is_not_lowered(qtbot, enter, workspace):
    room = enter()
    room.pipeline.way = "wait"
    room.session.open(room.add("a.png"))
    qtbot.waitUntil(room.pipeline.started.is_set)
    workspace.remember(KEY, status=CaseStatus.REVIEWED)
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.activity is None)
    assert workspace.note(KEY).status is CaseStatus.REVIEWED


def test_reviewing_is_remembered_and_can_be_taken_back(qtbot, enter, workspace):
    room = enter()
    path = room.add("a.png")
    room.open(qtbot, path)
    room.session.set_reviewed(True)
    statuses = {room.notes[-1][1].status, workspace.note(KEY).status, room.session.status}
    assert statuses == {CaseStatus.REVIEWED}
    room.session.set_reviewed(False)
    assert room.session.status is CaseStatus.ANALYSED


def test_scale_and_field_come_back_in_the_next_session_for_a_renamed_copy(qtbot, enter, tmp_path):
    room = enter()
    path = room.add("a.png")
    room.open(qtbot, path)
    room.session.calibrate(Spacing(0.1, 0.1))
    room.session.crop(FIELD)
    shutil.copy(path, tmp_path / "renamed.png")
    room = enter()
    room.open(qtbot, room.add("renamed.png"))
    assert room.session.case.scan.field == FIELD
    assert room.session.case.scan.spacing == Spacing(0.1, 0.1)
    assert room.session.case.lesions[0].measures.area_mm2 is not None
    assert room.pipeline.seen[0].shape == FIELD.shape


def test_without_a_hand_calibration_the_files_own_scale_comes_back(qtbot, enter):
    room = enter()
    regions = (Region(Box(0, 0, 40, 50), Spacing(0.2, 0.2)),)
    room.open(qtbot, room.add("a.png", regions=regions))
    own = room.session.case.lesions[0].measures
    room.session.calibrate(Spacing(0.1, 0.1))
    assert room.session.case.scan.regions == ()
    assert room.session.case.lesions[0].measures.area_mm2 == pytest.approx(own.area_mm2 / 4)
    room.session.calibrate(None)
    assert room.session.case.lesions[0].measures == own
    assert len(room.pipeline.seen) == 1


def test_a_calibration_that_comes_while_it_is_analysed_holds_for_the_answer(qtbot, enter):
    room = enter()
    room.pipeline.way = "wait"
    room.session.open(room.add("a.png"))
    qtbot.waitUntil(room.pipeline.started.is_set)
    room.session.calibrate(Spacing(0.1, 0.1))
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.case.lesions[0].measures.area_mm2 is not None


def test_of_a_crop_that_comes_while_it_is_analysed_only_the_new_answer_is_shown(qtbot, enter):
    room = enter()
    room.pipeline.way = "wait"
    room.session.open(room.add("a.png"))
    qtbot.waitUntil(room.pipeline.started.is_set)
    room.session.crop(FIELD)
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert [pixels.shape for pixels in room.pipeline.seen] == [(40, 50), FIELD.shape]
    assert [case.scan.field for case in room.cases if case.analysis] == [FIELD]


def test_a_remembered_field_that_does_not_fit_is_left_out(qtbot, enter, workspace):
    workspace.remember(KEY, field=Box(0, 0, 400, 500))
    room = enter()
    room.open(qtbot, room.add("a.png"))
    assert room.session.case.scan.field is None


def test_setting_down_what_is_set_down_already_announces_nothing(qtbot, enter):
    room = enter()
    room.open(qtbot, room.add("a.png"))
    cases, notes = len(room.cases), len(room.notes)
    room.session.calibrate(None)
    room.session.crop(Box(0, 0, 40, 50))
    room.session.set_reviewed(False)
    assert (len(room.cases), len(room.notes)) == (cases, notes)


def test_nothing_is_set_down_without_a_case(qtbot, enter):
    room = enter()
    room.session.calibrate(Spacing(0.1, 0.1))
    room.session.crop(FIELD)
    room.session.set_reviewed(True)
    assert room.notes == []


@pytest.mark.parametrize("what", ["note", "remember"])
def test_a_workspace_that_fails_is_told_once_and_work_goes_on(qtbot, enter, workspace, monkeypatch, what):
    def fail(*_args, **_changes):
        raise WorkspaceError("The disk is full.")

    monkeypatch.setattr(workspace, what, fail)
    room = enter()
    room.open(qtbot, room.add("a.png"))
    room.open(qtbot, room.add("b.png"))
    room.session.calibrate(Spacing(0.1, 0.1))
    room.session.set_reviewed(True)
    assert room.failures == ["The disk is full."]
    assert room.session.case.lesions[0].measures.area_mm2 is not None
    assert room.session.status is CaseStatus.REVIEWED


def test_a_still_and_the_cine_that_it_was_taken_from_keep_notes_of_their_own(qtbot, enter):
    room = enter()
    frames = [np.random.default_rng(frame).integers(0, 256, (40, 50), np.uint8) for frame in range(3)]
    cine, copy, still = room.add("a.dcm", frames=frames), room.add("b.dcm", frames=frames), room.add("c.png", frames=frames[:1])
    room.open(qtbot, still)
    room.session.set_reviewed(True)
    room.session.calibrate(Spacing(0.1, 0.1))
    room.open(qtbot, cine)
    assert room.session.status is CaseStatus.ANALYSED
    assert room.session.case.scan.spacing is None
    room.session.calibrate(Spacing(0.2, 0.2))
    room.open(qtbot, copy)
    assert room.session.case.scan.spacing == Spacing(0.2, 0.2)


def test_the_scale_of_a_cine_that_begins_in_black_is_not_taken_for_that_of_another(qtbot, enter):
    room = enter()
    black = np.zeros((40, 50), np.uint8)
    one, other = (room.add(f"{shade}.dcm", frames=[black, np.full((40, 50), shade, np.uint8)]) for shade in (80, 90))
    room.open(qtbot, one)
    room.session.calibrate(Spacing(0.1, 0.1))
    room.open(qtbot, other)
    assert room.session.case.scan.spacing is None
    room.open(qtbot, one)
    assert room.session.case.scan.spacing == Spacing(0.1, 0.1)


def test_a_calibration_by_hand_holds_for_no_frame_of_another_size(qtbot, enter, workspace):
    room = enter()
    frames = [np.full(shape, 9, np.uint8) for shape in ((40, 50), (80, 100), (40, 50))]
    room.open(qtbot, room.add("a.tif", frames=frames))
    room.session.calibrate(Spacing(0.1, 0.1))
    assert workspace.note(room.session._file.key).calibrated_shape == (40, 50)
    found = []
    for frame in (1, 2):
        room.session.show_frame(frame)
        qtbot.waitUntil(lambda frame=frame: room.session.case.scan.frame == frame and room.session.case.analysis is not None)
        scan = room.session.case.scan
        found.append((scan.spacing, scan.calibration, room.session.case.lesions[0].measures.area_mm2 is None))
    assert found == [(None, Calibration.NONE, True), (Spacing(0.1, 0.1), Calibration.HAND, False)]
    assert [room.session.cine.findings[frame].area_mm2 is None for frame in range(3)] == [False, True, False]
