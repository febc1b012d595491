"""The window's side of a retraining: a process that tells events, may be stopped, crash, and end well."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import cv2
import numpy as np
import pytest

from busi_gui.services.retraining import NO_DRIVE, Retraining
from busi_gui.services.retraining_progress import RetrainingProgress, RetrainingStatus
from busi_gui.store.workspace import Workspace, WorkspaceError
from models.retraining.events import Doing, Done, Examined, Judged, Kept, Measured, Paced, Planned, Said, Shown, Stepped, event_of
from models.retraining.evidence import DICE, Agreement, Compared, Evidence, SetEvidence
from tests.store.approving import approved, key_of

MASK = np.pad(np.full((6, 8), 255, np.uint8), 5)
MASK_TEXT = base64.b64encode(cv2.imencode(".png", MASK)[1].tobytes()).decode()
FIGURE = Compared(0.8, 0.85, 0.05, 0.01, 0.09, 4)
EVIDENCE = Evidence(SetEvidence(4, 4, {DICE: FIGURE}, (0.01, 0.02)), Agreement(9, 0.95, 0.0))
EXAMINED = Examined(20, 18, ({"kind": "copies", "stops": False, "keys": ["a-0", "b-0"], "figures": {}, "sentence": "Two are one."},))
FITTED = (
    Doing("looking at the approved cases", 0.5),
    EXAMINED,
    Planned(14, 4, {"segmenter": 10, "classifier-scan": 30}, 4),
    Measured(0, 0.8, None),
    Shown(0, "c-0", MASK_TEXT),
    Stepped("segmenter", 1, 0.9, None),
    Paced("segmenter", 0.5, 20.0),
    Stepped("segmenter", 2, 0.7, 19.5),
)
COMPARED = (
    Measured(10, 0.84, None),
    Said("Nothing of what the classifiers learned is taken over."),
    Done("1.0+clinic.1", {"segmenter": 1.0}),
    Judged(True, (), ("It is better.",), EVIDENCE.as_json()),
    Kept("1.0+clinic.1"),
)
ENDS = (RetrainingStatus.JUDGED, RetrainingStatus.STOPPED, RetrainingStatus.FAILED)
CHILD = """
import os, sys, threading, time
def leave():
    sys.stdin.buffer.read()
    os._exit(3)
threading.Thread(target=leave, daemon=True).start()
sys.stdout.write(sys.argv[1])
sys.stdout.flush()
sys.stderr.write(sys.argv[2])
sys.stderr.flush()
how = sys.argv[3]
if how == "wait":
    time.sleep(600)
os._exit(int(how))
"""
DEAF = """
import sys, time
sys.stdout.write(sys.argv[1])
sys.stdout.flush()
time.sleep(600)
"""


def lines(*events):
    return "".join(json.dumps(event.as_json()) + "\n" for event in events)


def command(*events, complaint="", how="0", child=CHILD):
    return [sys.executable, "-c", child, lines(*events), complaint, how]


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path / "work.db")
    yield made
    made.close()


@pytest.fixture
def make(qtbot, workspace):
    """Return a function that makes the service on a child's command."""
    made = []

    def build(command):
        service: Any = Retraining(workspace, lambda: command)
        service.told, service.ends, service.names = [], [], []
        service.changed.connect(service.told.append)
        service.changed.connect(lambda progress: service.ends.extend([progress] if progress.status in ENDS else []))
        service.kept.connect(service.names.append)
        made.append(service)
        return service

    yield build
    assert all(service.shut_down() for service in made)


def run(qtbot, service):
    service.start()
    qtbot.waitUntil(lambda: len(service.ends) == 1, timeout=30_000)
    return service.ends[0]


# the process --------------------------------------------------------------------------------------------------------------------------------------


def test_a_proposal_is_told_with_all_that_was_seen_on_the_way(qtbot, make):
    service = make(command(*FITTED, *COMPARED))
    progress = run(qtbot, service)
    assert progress.status is RetrainingStatus.JUDGED
    assert progress.judged.may_adopt
    assert progress.kept == "1.0+clinic.1"
    assert service.names == ["1.0+clinic.1"]
    assert progress.losses == {"segmenter": ((1, 0.9), (2, 0.7))}
    assert [(each.step, each.clinic) for each in progress.measured] == [(0, 0.8), (10, 0.84)]
    shown = cv2.imdecode(np.frombuffer(progress.outlines["c-0"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert shown is not None
    assert np.array_equal(shown, MASK)
    assert progress.said == ("Nothing of what the classifiers learned is taken over.",)
    assert progress.evidence.clinic.figures[DICE] == FIGURE
    assert [each.sentence for each in progress.suspicions_of("b-0")] == ["Two are one."]
    assert progress.suspicions_of("c-0") == []
    assert service.told[0].status is RetrainingStatus.RUNNING


def test_nothing_fitted_is_an_end_too_though_its_exit_code_is_one(qtbot, make):
    objection = "There are 2 approved cases to learn from."
    progress = run(qtbot, make(command(Examined(2, 2, ()), Judged(False, (objection,), (), None), how="1")))
    assert progress.status is RetrainingStatus.JUDGED
    assert progress.judged.objections == (objection,)
    assert (progress.kept, progress.evidence) == ("", None)


def test_a_proposal_that_is_refused_is_kept_all_the_same(qtbot, make):
    judged = Judged(False, ("It is worse.",), (), EVIDENCE.as_json())
    progress = run(qtbot, make(command(*FITTED, judged, Kept("x"), how="1")))
    assert (progress.status, progress.kept) == (RetrainingStatus.JUDGED, "x")


def test_what_it_complains_of_in_words_is_why_it_failed(qtbot, make):
    progress = run(qtbot, make(command(complaint="The Workspace is locked.\n", how="1")))
    assert (progress.status, progress.problem) == (RetrainingStatus.FAILED, "The Workspace is locked.")


def test_one_that_has_learned_nothing_is_not_kept_and_that_is_an_end_too(qtbot, make):
    progress = run(qtbot, make(command(*FITTED, Judged(False, ("It is no better.",), (), EVIDENCE.as_json()), how="1")))
    assert (progress.status, progress.kept) == (RetrainingStatus.JUDGED, "")


@pytest.mark.parametrize("how", ["0", "9"])
def test_a_crash_is_told_and_that_it_goes_on_from_there(qtbot, make, how):
    service = make(command(*FITTED, complaint="Killed", how=how))
    progress = run(qtbot, service)
    assert progress.status is RetrainingStatus.FAILED
    assert "ended by itself (Killed)" in progress.problem
    assert "goes on from there" in progress.problem
    service.ends.clear()
    assert run(qtbot, service).losses == progress.losses, "the second run is told from its beginning, not behind the first"


def test_a_proposal_that_could_not_be_kept_is_no_proposal(qtbot, make):
    progress = run(qtbot, make(command(*FITTED, *COMPARED[:-1], complaint="The disk is full.\n", how="1")))
    assert (progress.status, progress.problem) == (RetrainingStatus.FAILED, "The disk is full.")


def test_lines_that_are_no_events_do_no_harm(qtbot, make):
    noise = 'no json\n{"event": "unheard of"}\n{"event": "step"}\n[1]\n'
    progress = run(qtbot, make([sys.executable, "-c", CHILD, noise + lines(*FITTED, *COMPARED), "", "0"]))
    assert progress.status is RetrainingStatus.JUDGED


def test_a_program_that_is_not_there_is_told_of(qtbot, make):
    progress = run(qtbot, make(["/no/such/program"]))
    assert progress.status is RetrainingStatus.FAILED
    assert "could not be started" in progress.problem


def test_where_nothing_is_kept_nothing_is_started(make):
    service = make([])
    service.start()
    assert (service.progress.status, service.progress.problem) == (RetrainingStatus.FAILED, NO_DRIVE)


def test_it_ends_by_itself_when_it_is_stopped_and_that_is_no_failure(qtbot, make, monkeypatch):
    service = make(command(*FITTED, how="wait"))
    monkeypatch.setattr(service, "_kill", lambda: pytest.fail("it had to be killed"))
    service.start()
    qtbot.waitUntil(lambda: "segmenter" in service.progress.losses, timeout=30_000)
    service._deadline.setInterval(60_000)  # however slow the machine is
    service.stop()
    assert service.told[-1].status is RetrainingStatus.STOPPING
    qtbot.waitUntil(lambda: bool(service.ends), timeout=30_000)
    assert service.ends[0].status is RetrainingStatus.STOPPED
    assert service.ends[0].losses, "what was seen stays on screen"


def test_one_that_does_not_listen_is_killed(qtbot, make):
    service = make(command(*FITTED, child=DEAF))
    service.start()
    qtbot.waitUntil(lambda: "segmenter" in service.progress.losses, timeout=30_000)
    service.stop()
    service.stop()
    qtbot.waitUntil(lambda: bool(service.ends), timeout=30_000)
    assert service.progress.status is RetrainingStatus.STOPPED


def test_the_program_ends_with_its_retraining(qtbot, make):
    service = make(command(*FITTED, how="wait"))
    service.start()
    qtbot.waitUntil(lambda: "segmenter" in service.progress.losses, timeout=30_000)
    assert service.shut_down()
    assert not service.progress.is_running
    service.start()
    assert not service.progress.is_running, "nothing is begun at the end"


def test_a_second_start_while_it_runs_changes_nothing(qtbot, make):
    service = make(command(*FITTED, how="wait"))
    service.start()
    qtbot.waitUntil(lambda: "segmenter" in service.progress.losses, timeout=30_000)
    before = service.progress
    service.start()
    assert service.progress is before


# how far it is ------------------------------------------------------------------------------------------------------------------------------------


def after(*events):
    progress = RetrainingProgress()
    for event in events:
        progress = progress.after(event)
    return progress


def test_the_fraction_is_that_of_all_steps_and_an_early_end_counts_as_all(qtbot):
    progress = after(*FITTED)
    assert progress.fraction == pytest.approx(0.84 * 2 / 40)
    assert progress.seconds_left == pytest.approx(19.5 + 19.5 / (1 - 2 / 40) * 0.16 / 0.84)  # what follows the fit takes its time, too
    assert progress.doing == "fitting the segmenter"
    later = progress.after(Stepped("classifier-scan", 15, 0.3, 5.0))
    assert later.fraction == pytest.approx(0.84 * (10 + 15) / 40)
    assert later.doing == "fitting the classifier of the scan"


def test_it_never_runs_backwards_whatever_is_done_between_steps(qtbot):
    before = after(*FITTED)
    between = before.after(Doing("measuring", 0.01))
    assert (between.fraction, between.seconds_left) == (before.fraction, before.seconds_left)
    assert not between.is_fitted
    fitted = between.after(Stepped("segmenter", 10, 0.3, 9.0)).after(Stepped("classifier-scan", 30, 0.3, 0.0))
    seen = [fitted.fraction]
    for event in (Doing("comparing with 25%", 0.1), Doing("comparing with 50%", 0.0), Done("v", {"segmenter": 0.25}), Doing("comparing", 0.2)):
        fitted = fitted.after(event)
        assert fitted.is_fitted
        assert fitted.seconds_left is None
        seen.append(fitted.fraction)
    assert seen == sorted(seen)
    assert seen[0] == pytest.approx(0.84)
    assert fitted.shares == {"segmenter": 0.25}


def test_a_run_that_goes_on_says_from_where():
    assert after(*FITTED[:3], Stepped("segmenter", 7, 0.5, None)).said == ("The segmenter goes on from step 7 of an earlier run of the same cases.",)
    assert after(*FITTED).said == ()


@pytest.mark.parametrize("comparison", [{}, {"clinic": 3}, EVIDENCE.as_json() | {"clinic": {"cases": 3}}])
def test_evidence_that_cannot_be_understood_is_none(comparison):
    assert after(Judged(True, (), (), comparison)).evidence is None


@pytest.mark.parametrize("event", [*FITTED, *COMPARED])
def test_an_event_comes_back_from_its_line(event):
    assert event_of(json.loads(lines(event))) == event


@pytest.mark.parametrize("values", [{}, {"event": "nothing"}, {"event": "step", "step": 1}, {"event": "kept", "version": "a", "more": 1}])
def test_what_is_no_event_is_refused(values):
    with pytest.raises(ValueError, match=r"no event|not all"):
        event_of(values)


# the cases ----------------------------------------------------------------------------------------------------------------------------------------


def test_what_is_approved_is_listed_and_shown(qtbot, make, workspace):
    for number in range(1, 4):
        workspace.approve(approved(number))
    service = make([])
    with qtbot.waitSignal(service.listed) as listed:
        service.list_cases()
    (notes,) = listed.args
    assert [note.key for note in notes] == [key_of(number) for number in range(1, 4)]
    assert all(note.thumbnail for note in notes)
    with qtbot.waitSignal(service.pictured) as pictured:
        service.show_case(f"{key_of(2)}-0")
    name, picture = pictured.args
    assert name == f"{key_of(2)}-0"
    assert np.array_equal(picture.pixels, approved(2).pixels)
    assert np.array_equal(picture.mask, np.any([lesion.mask for lesion in approved(2).lesions], axis=0))


def test_a_case_that_is_withdrawn_meanwhile_is_not_shown(qtbot, make, workspace):
    service = make([])
    shown = []
    service.pictured.connect(lambda name, _pixels: shown.append(name))
    service.show_case(f"{key_of(2)}-0")
    with qtbot.waitSignal(service.listed):
        service.list_cases()
    assert shown == []


class Gone(Workspace):
    """A workspace whose drive is gone."""

    def approvals(self):
        raise WorkspaceError("The drive is gone.")


def test_a_workspace_that_fails_is_told_of(qtbot):
    workspace = Gone()
    service = Retraining(workspace, list)
    with qtbot.waitSignal(service.failed) as failed:
        service.list_cases()
    assert failed.args == ["The drive is gone."]
    assert service.shut_down()
    workspace.close()


def test_what_is_lacking_is_what_the_command_would_say(workspace):
    assert len(Retraining.lacks([])) == 2
    for number in range(1, 16):
        workspace.approve(approved(number))
    notes = workspace.approvals()
    assert sum(note.is_held_out for note in notes) == 3
    assert Retraining.lacks(notes) == []
    assert len(Retraining.lacks(notes[:-1])) == 1
