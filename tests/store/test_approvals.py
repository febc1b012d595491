"""What readers approve is in the Workspace as it was, and who is held out never changes."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from busi_gui.domain.approving import ApprovalKind, approval_of, is_as_approved
from busi_gui.domain.reading import Outcome, Reading
from busi_gui.domain.scan import Scan
from busi_gui.store.place import Place
from busi_gui.store.workspace import Workspace, WorkspaceError
from tests.builders import make_scan
from tests.store.approving import KNOWN, WHEN, approved, key_of, stated
from tests.store.readings import SHAPE, disc


def tell(place, statement, **values):
    url = Place.of(place).url
    engine = create_engine(f"sqlite:///{place}" if url is None else url, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement), values)
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def picture(content):
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels


def sides(workspace):
    return {note.group: note.is_held_out for note in workspace.approvals()}


def test_nothing_is_approved_in_a_new_workspace(workspace):
    assert workspace.approvals() == []
    assert list(workspace.approved()) == []
    assert workspace.approval_notes([key_of(1)]) == {}
    workspace.withdraw(key_of(1), 0)


def test_an_approval_comes_back_bit_for_bit_in_another_program(workspace, open_workspace):
    made = workspace.approve(approved(3, frame=7, when=WHEN.astimezone(tz=None)))
    (came,) = open_workspace("bert on us-2").approved()
    assert stated(came) == stated(made)
    assert np.array_equal(came.pixels, made.pixels)
    for one, other in zip(came.lesions, made.lesions, strict=True):
        assert np.array_equal(one.mask, other.mask)
        assert (one.number, one.outcome, one.evidence.method, one.evidence.date) == (
            *(other.number, other.outcome, other.evidence.method, other.evidence.date),
        )
    assert came.lesions[1].evidence.source == "report “日本” 7"
    assert is_as_approved(
        came.digest, make_scan(seed=3, shape=SHAPE), Reading().found([one.mask for one in made.lesions]).changed(2, assessment=KNOWN)
    )


def test_a_note_says_all_but_the_pixels(workspace):
    made = workspace.approve(approved(1, frame=2, group="patient:x"))
    (note,) = workspace.approvals()
    assert (note.key, note.frame, note.group, note.kind, note.networks, note.reader, note.when, note.digest) == (
        *(key_of(1), 2, "patient:x", ApprovalKind.ACCEPTED, "0.1.0 (4d4c9b11)", "anna on us-1", WHEN, made.digest),
    )
    assert (note.outcomes, note.lacks_outcome, note.is_held_out, note.problem) == ((Outcome.UNKNOWN, Outcome.MALIGNANT), True, False, "")
    small = picture(note.thumbnail)
    assert small.shape == SHAPE, "nothing is made larger"


def test_a_thumbnail_is_small(workspace):
    scan = make_scan(shape=(700, 1300))
    workspace.approve(approval_of(scan, Reading(), "file:x", key=key_of(1), networks="x", reader="anna", when=WHEN))
    (note,) = workspace.approvals()
    small = picture(note.thumbnail)
    assert small.shape == (52, 96)
    assert (note.kind, note.outcomes, note.lacks_outcome) == (ApprovalKind.EMPTY, (), False)
    (came,) = workspace.approved()
    assert came.pixels.shape == (551, 1024)


def test_a_thumbnail_shows_what_was_outlined_and_only_the_border_of_it(workspace):
    pixels = np.full((400, 600), 40, np.uint8)
    pixels[:, 500:] = 90
    pixels.setflags(write=False)
    dark = Scan(Path("dark.png"), pixels)
    mask = np.zeros((400, 600), np.bool_)
    mask[100:300, 200:400] = True
    workspace.approve(approval_of(dark, Reading().added(mask), "file:x", key=key_of(1), networks="x", reader="anna", when=WHEN))
    (note,) = workspace.approvals()
    small = picture(note.thumbnail)
    assert small.shape == (64, 96)
    assert small.max() == 255
    assert small[32, 48] == 40, "tissue stays to be seen"
    assert (small[16:48, 32] == 255).all()
    (came,) = workspace.approved()
    assert set(np.unique(came.pixels)) == {40, 90}, "what is learned from has no line in it"


def test_an_outcome_of_which_nobody_says_how_it_is_known_is_not_recorded(workspace):
    guessed = replace(KNOWN, evidence=replace(KNOWN.evidence, method=type(KNOWN.evidence.method).UNKNOWN))
    workspace.approve(approved(1, reading=Reading().added(disc(20, 20), assessment=guessed)))
    assert workspace.approvals()[0].outcomes == (Outcome.UNKNOWN,)
    assert next(workspace.approved()).lesions[0].outcome is Outcome.MALIGNANT


def test_another_approval_of_a_frame_takes_the_place_of_the_earlier(workspace, open_workspace):
    workspace.approve(approved(1))
    workspace.approve(approved(1, frame=1))
    later = open_workspace("bert on us-2").approve(
        approved(1, reading=Reading().added(disc(9, 9)), reader="bert on us-2", when=WHEN + timedelta(days=1))
    )
    assert [(note.frame, note.reader, note.kind) for note in workspace.approvals()] == [
        (1, "anna on us-1", ApprovalKind.ACCEPTED),
        (0, "bert on us-2", ApprovalKind.DRAWN),
    ]
    assert [stated(one) for one in workspace.approved()][1] == stated(later)


def test_what_is_withdrawn_is_gone_and_nothing_else(workspace, place):
    for frame in range(2):
        workspace.approve(approved(1, frame))
    workspace.withdraw(key_of(1), 0)
    assert [note.frame for note in workspace.approvals()] == [1]
    assert [one.frame for one in workspace.approved()] == [1]
    assert tell(place, "SELECT DISTINCT frame FROM approved_lesions") == [(1,)]


def test_what_is_withdrawn_while_it_is_read_is_passed_over(workspace):
    for number in (1, 2):
        workspace.approve(approved(number))
    said = []
    reading = workspace.approved(said.append)
    assert next(reading).key == key_of(1)
    workspace.withdraw(key_of(2), 0)
    assert (list(reading), said) == ([], [])


def test_a_case_list_is_told_of_its_files_alone(workspace):
    for number, frame in ((1, 0), (1, 4), (2, 0), (3, 0)):
        workspace.approve(approved(number, frame))
    found = workspace.approval_notes([key_of(number) for number in (1, 3, *range(4, 1200))])
    assert {key: [note.frame for note in notes] for key, notes in found.items()} == {key_of(1): [0, 4], key_of(3): [0]}
    assert found[key_of(3)][0].thumbnail == b""
    assert found[key_of(3)][0].outcomes == (Outcome.UNKNOWN, Outcome.MALIGNANT)
    assert workspace.approval_notes([]) == {}


# who is held out ----------------------------------------------------------------------------------------------------------------------------------


def test_every_fifth_group_is_held_out_in_the_order_of_first_approval(workspace):
    for number in range(11, 0, -1):
        made = workspace.approve(approved(number))
        assert workspace.approve(approved(number, frame=1)).is_held_out == made.is_held_out, "frames of one file are of one group"
    assert [group for group, is_held_out in sides(workspace).items() if is_held_out] == [f"file:{key_of(2)}", f"file:{key_of(7)}"]
    assert {one.key for one in workspace.approved() if one.is_held_out} == {key_of(2), key_of(7)}


def test_files_of_one_patient_are_on_one_side(workspace):
    for number in range(1, 5):
        workspace.approve(approved(number))
    assert [workspace.approve(approved(number, group="patient:x")).is_held_out for number in (5, 6, 7)] == [True] * 3
    assert not workspace.approve(approved(8)).is_held_out


def test_a_group_stays_where_it_is_when_all_of_it_is_withdrawn(workspace, place):
    for number in range(1, 6):
        workspace.approve(approved(number))
    for number in (5, 1):
        workspace.withdraw(key_of(number), 0)
    assert not workspace.approve(approved(6)).is_held_out, "it is the sixth"
    assert workspace.approve(approved(5)).is_held_out
    assert not workspace.approve(approved(1)).is_held_out
    assert tell(place, "SELECT number FROM groups ORDER BY number") == [(number,) for number in range(1, 7)]


def test_a_file_keeps_its_group_whatever_it_is_said_to_be_later(workspace):
    for number in range(1, 5):
        workspace.approve(approved(number))
    assert workspace.approve(approved(5, group="patient:x")).is_held_out
    workspace.withdraw(key_of(5), 0)
    again = workspace.approve(approved(5))  # the same pixels, in a file that names nobody
    assert (again.group, again.is_held_out) == ("patient:x", True)
    assert sides(workspace)["patient:x"]


@pytest.mark.parametrize("count", [2, 3])
def test_windows_that_approve_at_once_get_different_numbers(place, open_workspace, count):
    barrier, problems = threading.Barrier(count), []
    windows = [open_workspace(f"reader {number}") for number in range(count)]

    def approve(number, window):
        made = [approved(4 * number + more) for more in range(4)]
        barrier.wait()
        try:
            for one in made:
                window.approve(one)
        except Exception as error:  # noqa: BLE001 - reported by the test
            problems.append(error)

    threads = [threading.Thread(target=approve, args=pair) for pair in enumerate(windows)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    rows = tell(place, "SELECT number, is_held_out FROM groups ORDER BY number")
    assert [(number, bool(is_held_out)) for number, is_held_out in rows] == [(number, number % 5 == 0) for number in range(1, 4 * count + 1)]
    assert len(windows[0].approvals()) == 4 * count


def test_windows_that_approve_the_same_frame_at_once_leave_one_approval(place, open_workspace):
    barrier, problems = threading.Barrier(4), []
    windows = [open_workspace(f"reader {number}") for number in range(4)]
    made = [approved(1, reader=window.reader, reading=Reading().added(disc(9, 9 + place))) for place, window in enumerate(windows)]

    def approve(window, one):
        barrier.wait()
        try:
            window.approve(one)
        except Exception as error:  # noqa: BLE001 - reported by the test
            problems.append(error)

    threads = [threading.Thread(target=approve, args=pair) for pair in zip(windows, made, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    said = []
    (came,) = windows[0].approved(said.append)
    assert (said, came.digest) == ([], made[windows.index(next(one for one in windows if one.reader == came.reader))].digest)


# the key of groups --------------------------------------------------------------------------------------------------------------------------------


def test_the_key_of_groups_is_made_once_and_is_another_in_every_workspace(workspace, open_workspace):
    assert len(workspace.group_key()) == 32
    assert workspace.group_key() == open_workspace("bert on us-2").group_key()
    with closing(Workspace()) as other:
        assert other.group_key() != workspace.group_key()


def test_windows_that_ask_for_the_key_at_once_get_the_same(open_workspace):
    barrier, got = threading.Barrier(4), []
    windows = [open_workspace(f"reader {number}") for number in range(4)]

    def ask(window):
        barrier.wait()
        got.append(window.group_key())

    threads = [threading.Thread(target=ask, args=(window,)) for window in windows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert len(set(got)) == 1


def test_a_damaged_key_is_said_and_never_made_anew(workspace, place):
    workspace.group_key()
    tell(place, "UPDATE secrets SET content = :content", content=b"short")
    for asked in (workspace.group_key, lambda: workspace.approve(approved(1))):
        with pytest.raises(WorkspaceError, match="knows patients again is damaged"):
            asked()
    assert workspace.approvals() == []
    assert tell(place, "SELECT count(*) FROM groups") == [(0,)]


# damage -------------------------------------------------------------------------------------------------------------------------------------------

OTHER_PNG = cv2.imencode(".png", np.zeros(SHAPE, np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE approvals SET pixels = :value", b""),
        ("UPDATE approvals SET pixels = :value", b"no picture"),
        ("UPDATE approvals SET pixels = :value", OTHER_PNG),
        ("UPDATE approvals SET kind = :value", "guessed"),
        ("UPDATE approvals SET kind = :value", "empty"),
        ("UPDATE approvals SET approved = :value", "yesterday"),
        ("UPDATE approvals SET approved = :value", "2026-03-01T12:00:00"),
        ("UPDATE approvals SET digest = :value", "0" * 64),
        ("UPDATE approved_lesions SET mask = :value", b"no mask"),
        ("UPDATE approved_lesions SET outcome = :value", "maybe"),
        ("UPDATE approved_lesions SET outcome_method = :value", "hearsay"),
        ("UPDATE approved_lesions SET bottom = :value", 1000),
        ("UPDATE approved_lesions SET number = number + :value", 7),
    ],
)
def test_a_damaged_approval_is_left_out_and_said_and_costs_no_other(workspace, place, statement, value):
    for number in (1, 2, 3):
        workspace.approve(approved(number))
    tell(place, f"{statement} WHERE key = '{key_of(2)}'", value=value)
    said = []
    assert [one.key for one in workspace.approved(said.append)] == [key_of(1), key_of(3)]
    (sentence,) = said
    assert sentence.startswith("The approval of frame 1 of the scan 00000000 is damaged in the Workspace, and nothing is learned from it.")
    assert len(workspace.approvals()) == 3
    workspace.approve(approved(2))
    assert len(list(workspace.approved())) == 3


def test_a_note_says_what_it_cannot_understand(workspace, place):
    workspace.approve(approved(1))
    workspace.approve(approved(2))
    tell(place, f"UPDATE approvals SET kind = 'guessed', approved = 'once' WHERE key = '{key_of(2)}'")
    problems = {note.key: note.problem for note in workspace.approvals()}
    assert problems[key_of(1)] == ""
    assert "is damaged in the Workspace" in problems[key_of(2)]


def test_without_its_group_nobody_knows_whether_an_approval_is_held_out(file):
    with closing(Workspace(file)) as workspace:
        workspace.approve(approved(1))
        workspace.approve(approved(2))
        tell(file, f"DELETE FROM groups WHERE name = 'file:{key_of(2)}'")
        said = []
        assert [one.key for one in workspace.approved(said.append)] == [key_of(1)]
        assert len(said) == 1
        assert [bool(note.problem) for note in workspace.approvals()] == [False, True]


@pytest.mark.parametrize("what", ["kind = x'ff'", "reader = 7", "pixels = 'text'", "thumbnail = 7", "approved = 5", "networks = x'00'", "digest = 1"])
def test_a_file_lets_anything_stand_anywhere(file, what):
    with closing(Workspace(file)) as workspace:
        workspace.approve(approved(1))
        workspace.approve(approved(2))
        tell(file, f"UPDATE approvals SET {what} WHERE key = '{key_of(2)}'")
        assert {note.key for note in workspace.approvals()} == {key_of(1), key_of(2)}
        assert key_of(1) in [one.key for one in workspace.approved()]


# copies -------------------------------------------------------------------------------------------------------------------------------------------


def test_a_copy_holds_approvals_groups_and_their_key(workspace, tmp_path):
    for number in range(1, 8):
        workspace.approve(approved(number))
    workspace.withdraw(key_of(2), 0)
    workspace.copy_to(tmp_path / "copy.db")
    with closing(Workspace(tmp_path / "copy.db")) as copy:
        assert copy.group_key() == workspace.group_key()
        assert copy.approvals() == workspace.approvals()
        assert [stated(one) for one in copy.approved()] == [stated(one) for one in workspace.approved()]
        assert [copy.approve(approved(number)).is_held_out for number in (2, 8, 9, 10)] == [False, False, False, True]
