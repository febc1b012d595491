"""Many files are approved at once by what the Workspace holds of them, and withdrawn."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from busi_gui.domain.approving import ApprovalKind
from busi_gui.domain.case import CaseStatus
from busi_gui.domain.reading import MaskSource
from busi_gui.io.scans import open_scan
from busi_gui.services.approving import Approving
from busi_gui.services.approving_run import UNREAD, UNTAKEN, approve_files, withdraw_files
from busi_gui.store.workspace import Workspace, WorkspaceError
from models.analysis import AnalysisStopped
from tests.builders import make_pixels, write_dicom
from tests.io.exports.export_cases import SHAPE
from tests.services.exchange import MASKS, key_of, reading_of, set_down, write_scan
from tests.views.fake_session import FakeSession


def nothing(_name, _done, _total):
    """Is told of nothing."""


@pytest.fixture
def files(tmp_path):
    return [write_scan(tmp_path / "in", f"{seed}.png", seed) for seed in range(4)]


def test_what_readers_set_down_is_approved_and_the_rest_left_out_with_reasons(workspace, files):
    set_down(workspace, files[0], reading_of(*MASKS))
    workspace.remember(key_of(files[1]), status=CaseStatus.REVIEWED, is_analysed=True, p_malignant=None, networks="networks 1")
    workspace.remember(key_of(files[2]), status=CaseStatus.REVIEWED, is_analysed=True, p_malignant=0.4)
    summary = approve_files(files, workspace, nothing)
    assert (summary.approved, summary.unchanged) == (2, 0)
    assert summary.problems == (f"2.png: {UNTAKEN}", f"3.png: {UNREAD}")
    drawn, empty = workspace.approved()
    assert (drawn.kind, len(drawn.lesions)) == (ApprovalKind.DRAWN, 2)
    assert (empty.kind, empty.networks) == (ApprovalKind.EMPTY, "networks 1")
    assert {path: len(notes) for path, notes in summary.approvals.items()} == {files[0]: 1, files[1]: 1, files[2]: 0, files[3]: 0}


def test_what_is_approved_as_it_is_stays_untouched_and_what_was_changed_is_approved_again(workspace, files):
    for path in files[:2]:
        set_down(workspace, path, reading_of(MASKS[0], source=MaskSource.CORRECTED))
    approve_files(files[:2], workspace, nothing)
    first = workspace.approval_notes([key_of(files[0])])
    set_down(workspace, files[1], reading_of(*MASKS))
    summary = approve_files(files[:2], workspace, nothing)
    assert (summary.approved, summary.unchanged) == (1, 1)
    assert workspace.approval_notes([key_of(files[0])]) == first


def test_a_cine_is_approved_frame_by_frame_and_withdrawn_whole(workspace, tmp_path):
    frames = np.stack([make_pixels(seed, shape=SHAPE) for seed in range(3)])
    path = write_dicom(tmp_path / "cine.dcm", frames, frames=3)
    for frame in (0, 2):
        set_down(workspace, path, reading_of(MASKS[frame // 2]), frame)
    assert approve_files([path], workspace, nothing).approved == 2
    assert [one.frame for one in workspace.approved()] == [0, 2]
    summary = withdraw_files([path], workspace, nothing)
    assert (summary.withdrawn, summary.approvals) == (2, {path: ()})
    assert list(workspace.approved()) == []


def test_a_hidden_lesion_and_an_unreadable_file_are_named(workspace, files):
    reading = reading_of(*MASKS)
    set_down(workspace, files[0], reading.changed(1, is_hidden=True))
    key = key_of(files[1])
    files[1].write_bytes(b"")
    summary = approve_files(files[:2], workspace, nothing)
    assert summary.approved == 0
    assert summary.problems[0].startswith("0.png: Lesion 1 is hidden.")
    assert "1.png" in summary.problems[1]
    assert key not in workspace.approval_notes([key])


def test_a_workspace_that_fails_ends_the_run_and_what_was_done_is_known(files):
    class Filling(Workspace):
        def approve(self, approval):
            if any(True for _ in self.approved()):
                raise WorkspaceError("The disk is full.")
            return super().approve(approval)

    workspace = Filling()
    for path in files:
        set_down(workspace, path, reading_of(MASKS[0]))
    summary = approve_files(files, workspace, nothing)
    assert (summary.approved, summary.trouble) == (1, "The disk is full.")
    assert list(summary.approvals) == files[:1]
    workspace.close()


def test_a_run_that_is_stopped_keeps_what_was_done(workspace, files):
    def stopping(_name, done, _total):
        if done == 2:
            raise AnalysisStopped

    for path in files:
        set_down(workspace, path, reading_of(MASKS[0]))
    summary = approve_files(files, workspace, stopping)
    assert (summary.approved, summary.is_stopped) == (2, True)
    assert len(list(workspace.approved())) == 2


def test_many_are_approved_in_a_thread_of_its_own_that_can_be_stopped_before_the_next(qtbot, workspace, files):
    gate, is_opening, threads = threading.Event(), threading.Event(), set()

    def gated(path):
        threads.add(threading.get_ident())
        is_opening.set()
        assert gate.wait(20)
        return open_scan(path)

    for path in files:
        set_down(workspace, path, reading_of(MASKS[0]))
    approving = Approving(FakeSession(), workspace, gated)
    told, told_files = [], []
    approving.progressed.connect(lambda *how: told.append(how))
    approving.approved_changed.connect(lambda path, notes: told_files.append((path, len(notes))))
    approving.approve_files(files)
    busy = [approving.is_busy]
    qtbot.waitUntil(is_opening.is_set)
    with qtbot.waitSignal(approving.finished) as finished:
        approving.stop()
        gate.set()
    assert [*busy, approving.is_busy] == [True, False]
    assert (finished.args[0].approved, finished.args[0].is_stopped) == (1, True)
    assert told == [(0, 4, "0.png")]
    assert told_files == [(files[0], 1)]
    assert threading.get_ident() not in threads
    assert approving.shut_down()
