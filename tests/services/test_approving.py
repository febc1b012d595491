"""The reader lets the networks learn from the frame that he looks at, and takes it back."""

import numpy as np
import pytest

from busi_gui.domain.approving import ApprovalKind
from busi_gui.domain.case import Case, CaseStatus
from busi_gui.domain.reading import MaskSource
from busi_gui.domain.scan import Identity
from busi_gui.services.approving import ACCEPTING, Approving
from busi_gui.services.history import FrameKey
from busi_gui.services.states import ApprovalState
from busi_gui.store.workspace import Workspace, WorkspaceError
from models.analysis import Concern
from tests.builders import make_pixels
from tests.services.drawing import draw
from tests.services.fake_pipeline import FakePipeline, PickyPipeline
from tests.services.reading_room import ReadingRoom


def shown(seed=0, count=1):
    """Return frames that show something; the first pixel of each is its number, by which a picky pipeline knows it."""
    frames = [make_pixels(seed + number) for number in range(count)]
    for number, frame in enumerate(frames):
        frame[0, 0] = number
    return frames


class Failing(Workspace):
    """A workspace that can be told to approve nothing, or to withdraw nothing."""

    is_full = False

    def approve(self, approval):
        if self.is_full:
            raise WorkspaceError("The disk is full.")
        return super().approve(approval)

    def withdraw(self, key, frame):
        if self.is_full:
            raise WorkspaceError("The disk is full.")
        super().withdraw(key, frame)


class Desk:
    """A reader at a session, with what was announced about approvals."""

    def __init__(self, qtbot, folder, workspace, pipeline=None):
        self.qtbot, self.workspace = qtbot, workspace
        self.room = ReadingRoom(folder, workspace, pipeline or FakePipeline())
        self.session = self.room.session
        self.approving = Approving(self.session, workspace, self.room._open)
        self.refused, self.told = [], []
        self.approving.refused.connect(self.refused.append)
        self.approving.approved_changed.connect(lambda path, notes: self.told.append((path, notes)))

    def add(self, name="a.png", seed=0, count=1, **how):
        return self.room.add(name, frames=shown(seed, count), **how)

    def open(self, path):
        self.room.open(self.qtbot, path)

    def wait_for(self, state):
        self.qtbot.waitUntil(lambda: self.approval.state is state)

    def approve(self):
        self.approving.approve(self.session.editing)
        self.wait_for(ApprovalState.APPROVED)

    @property
    def approval(self):
        return self.approving.approval(self.session.editing)

    @property
    def stored(self):
        return list(self.workspace.approved())

    @property
    def reading(self):
        return self.session.case.reading


@pytest.fixture
def failing():
    made = Failing()
    yield made
    made.close()


@pytest.fixture
def desk(qtbot, tmp_path, failing):
    made = Desk(qtbot, tmp_path, failing, PickyPipeline({0: 0.8, 2: 0.7}))
    yield made
    made.room.gate.set()
    assert made.approving.shut_down()
    assert made.session.shut_down()


def test_untouched_outlines_of_the_network_become_the_readers_as_they_are_in_one_step(desk):
    desk.open(desk.add())
    desk.wait_for(ApprovalState.NOT_APPROVED)
    mask, network = desk.reading.outlines[0].mask, desk.session.case.analysis.network
    desk.approve()
    assert desk.reading.is_touched
    assert desk.reading.outlines[0].source is MaskSource.NETWORK
    (approval,) = desk.stored
    assert (approval.kind, approval.reader) == (ApprovalKind.ACCEPTED, desk.workspace.reader)
    assert network.version in approval.networks
    assert np.array_equal(approval.lesions[0].mask, mask)
    stored = desk.workspace.readings(approval.key)[0].packed.unpacked()
    assert stored.is_touched
    assert stored.outlines[0].source is MaskSource.NETWORK
    assert desk.session.status is CaseStatus.REVIEWED, "nothing was corrected"
    assert desk.session.editing.undo_name == ACCEPTING
    desk.session.editing.undo()
    assert not desk.reading.is_touched


def test_a_frame_without_a_lesion_is_approved_as_such(desk):
    frame = shown(1)
    frame[0][0, 0] = 1  # in which nothing is found
    desk.open(desk.room.add("a.png", frames=frame))
    desk.approve()
    assert desk.stored[0].kind is ApprovalKind.EMPTY
    assert desk.reading.is_touched


def test_an_approval_is_withdrawn_and_what_was_changed_is_approved_again(desk):
    desk.open(desk.add())
    desk.approve()
    before = desk.approval.note.digest
    draw(desk.room)
    desk.wait_for(ApprovalState.CHANGED)
    desk.approving.toggle(desk.session.editing)
    desk.wait_for(ApprovalState.APPROVED)
    assert desk.stored[0].kind is ApprovalKind.DRAWN
    assert desk.stored[0].digest != before
    desk.approving.toggle(desk.session.editing)
    desk.wait_for(ApprovalState.NOT_APPROVED)
    assert desk.stored == []
    assert len(desk.reading.outlines) == 2, "what was outlined stays"


def test_undo_of_a_change_makes_the_approval_hold_again(desk):
    desk.open(desk.add())
    desk.approve()
    draw(desk.room)
    desk.wait_for(ApprovalState.CHANGED)
    desk.session.editing.undo()
    desk.wait_for(ApprovalState.APPROVED)


def test_what_was_changed_a_moment_ago_is_approved_again_rather_than_withdrawn(desk):
    desk.open(desk.add())
    desk.approve()
    draw(desk.room)
    assert desk.approval.state is ApprovalState.APPROVED, "it was not looked at yet"
    desk.approving.toggle(desk.session.editing)
    desk.qtbot.waitUntil(lambda: len(desk.stored) == 1 and len(desk.stored[0].lesions) == 2)
    desk.wait_for(ApprovalState.APPROVED)


def test_frames_of_one_cine_are_approved_each_by_itself(desk):
    path = desk.add("cine.dcm", count=3)
    desk.open(path)
    desk.approve()
    desk.session.show_frame(2)
    desk.qtbot.waitUntil(lambda: desk.session.case.scan.frame == 2 and desk.session.case.analysis is not None)
    desk.wait_for(ApprovalState.NOT_APPROVED)
    desk.approve()
    assert [one.frame for one in desk.stored] == [0, 2]
    desk.session.show_frame(0)
    desk.wait_for(ApprovalState.APPROVED)
    assert desk.told[-1][0] == path
    assert [note.frame for note in desk.told[-1][1]] == [0, 2]


def test_the_outlines_are_taken_over_although_the_reader_has_gone_on(desk):
    first, second = desk.add("a.png", 1), desk.add("b.png", 2)
    desk.open(first)
    key = desk.session.panes[0].file.key
    desk.approving.approve(desk.session.editing)
    desk.session.open(second)
    desk.qtbot.waitUntil(lambda: desk.session.case.scan.path == second)
    desk.qtbot.waitUntil(lambda: 0 in desk.workspace.readings(key))
    assert desk.workspace.readings(key)[0].packed.bare.is_touched
    assert not desk.session.histories.is_looked_at(FrameKey(key, 0)), "its history may be laid aside"
    desk.qtbot.waitUntil(lambda: any(path == first and len(notes) == 1 for path, notes in desk.told))
    desk.wait_for(ApprovalState.NOT_APPROVED)


def test_what_is_approved_is_known_at_the_next_opening(desk):
    first, second = desk.add("a.png", 1), desk.add("b.png", 2)
    desk.open(first)
    desk.approve()
    desk.open(second)
    desk.wait_for(ApprovalState.NOT_APPROVED)
    desk.open(first)
    desk.wait_for(ApprovalState.APPROVED)


def test_frames_of_one_patient_belong_together_and_none_can_be_told_from_its_group(desk):
    for place, name in enumerate(("Doe^Jane", "DOE^Jane", "Roe^Ann")):
        desk.open(desk.add(f"{place}.dcm", place, identity=Identity(name)))
        desk.approve()
    groups = [one.group for one in desk.stored]
    assert groups[0] == groups[1] != groups[2]
    assert "doe" not in groups[0].casefold()


def test_what_looks_like_no_ultrasound_cannot_be_approved(desk):
    desk.open(desk.add())
    pane = desk.session.panes[0]
    doubted = Case(pane.case.scan).with_analysis(pane.case.analysis, (Concern("not ultrasound", "No ultrasound."),))
    pane.show(pane.file, doubted)
    desk.approving.approve(desk.session.editing)
    assert "no breast ultrasound" in desk.refused[0]
    assert not desk.reading.is_touched
    draw(desk.room)
    desk.approve()


def test_a_hidden_lesion_bars_the_approval_in_words_and_nothing_is_touched(desk):
    desk.open(desk.add())
    desk.session.editing.edit("hiding", desk.reading.changed(1, is_hidden=True))
    desk.approving.approve(desk.session.editing)
    desk.qtbot.waitUntil(lambda: len(desk.refused) == 1)
    assert desk.refused == ["Nothing was approved. Lesion 1 is hidden. Show it, to see what you approve, or delete it."]
    assert desk.stored == []


def test_a_workspace_that_fails_is_told_of_and_nothing_counts_as_done(desk, failing):
    desk.open(desk.add())
    failing.is_full = True
    desk.approving.approve(desk.session.editing)
    desk.qtbot.waitUntil(lambda: len(desk.refused) == 1)
    assert desk.refused == ["Nothing was approved. The disk is full."]
    assert not desk.reading.is_touched
    assert desk.approval.state is ApprovalState.NOT_APPROVED
    failing.is_full = False
    desk.approve()
    failing.is_full = True
    desk.approving.withdraw(desk.session.editing)
    desk.qtbot.waitUntil(lambda: len(desk.refused) == 2)
    assert desk.refused[1] == "The approval was not withdrawn. The disk is full."
    assert desk.approval.state.value == "approved"


def test_a_frame_about_which_two_readers_differ_waits_for_the_decision(desk, qtbot, tmp_path):
    path = desk.add()
    desk.open(path)
    other = ReadingRoom(tmp_path, desk.workspace, FakePipeline())
    other.files = desk.room.files
    other.open(qtbot, path)
    draw(other, bottom=9)
    draw(desk.room)
    desk.approving.approve(desk.session.editing)
    assert "Another reader has changed this frame" in desk.refused[0]
    desk.session.editing.keep_mine()
    desk.approve()
    assert other.session.shut_down()


def test_the_frame_beside_has_an_approval_of_its_own(desk, qtbot):
    first, second = desk.add("a.png", 1), desk.add("b.png", 2)
    desk.open(first)
    desk.session.open_beside(second)
    qtbot.waitUntil(lambda: desk.session.beside is not None and desk.session.beside.analysis is not None)
    beside = desk.session.editing_beside
    desk.approving.approve(beside)
    qtbot.waitUntil(lambda: desk.approving.approval(beside).state is ApprovalState.APPROVED)
    assert desk.approval.state is ApprovalState.NOT_APPROVED
    desk.session.swap_beside()
    desk.wait_for(ApprovalState.APPROVED)
    qtbot.waitUntil(lambda: desk.approving.approval(beside).state is ApprovalState.NOT_APPROVED)
