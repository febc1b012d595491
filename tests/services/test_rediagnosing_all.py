"""What else comes of a diagnosis: what the list remembers, what speaks against it, and the scan beside."""

import numpy as np

from busi_gui.domain.synthetic import synthetic_scan
from tests.services.fake_pipeline import share_of
from tests.services.outlining import box, draw, lesion


def test_the_list_of_cases_remembers_the_readers_outlines_and_never_more_than_was_done(qtbot, room):
    path = room.add("a.png")
    room.open(qtbot, path)
    assert room.notes[-1][1].p_malignant == 0.8
    mask = draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert room.notes[-1][0] == path
    assert room.notes[-1][1].p_malignant == share_of(mask)
    assert room.session.status.value == "corrected"
    room.session.set_reviewed(True)
    other = draw(room, 2, 3, 14, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert room.notes[-1][1].p_malignant == share_of(other)
    assert room.session.status.value == "reviewed"
    analysis = room.session.case.analysis
    room.session.analyse()
    qtbot.waitUntil(lambda: room.session.case.analysis is not analysis)
    assert room.notes[-1][1].p_malignant == share_of(other), "the networks' own outlines are only on offer"
    editing = room.session.editing
    editing.edit("delete", editing.reading.without(1))
    assert room.notes[-1][1].p_malignant is None


def test_of_a_cine_the_list_remembers_what_its_frames_said(qtbot, room):
    room.open(qtbot, room.add("cine.dcm", 3))
    draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert room.notes[-1][1].p_malignant == 0.8


def test_what_speaks_against_the_answer_is_looked_for_again_and_named_by_the_lesions_number(qtbot, room):
    """A lesion that is drawn at the border of the picture goes on beyond it; its number is not its place in the list."""
    pixels, mask = synthetic_scan(1, "benign", (480, 600))
    middle = int(np.nonzero(mask)[1].mean())
    room.open(qtbot, room.add("a.png", frames=[pixels[:, :middle].copy()]))
    editing = room.session.editing
    border = mask[:, :middle].copy()
    editing.edit("draw", editing.reading.added(box(room.session.case, 100, 20, 130, 50)).added(border).without(1))
    assert [one.number for one in room.session.case.lesions] == [2, 3]
    qtbot.waitUntil(lambda: any(concern.kind == "cut off" for concern in room.session.case.concerns))
    concern = next(concern for concern in room.session.case.concerns if concern.kind == "cut off")
    assert concern.lesion == 3
    assert concern.sentence.startswith("Lesion 3 ")
    editing.edit("delete", editing.reading.without(3))
    qtbot.waitUntil(lambda: not any(concern.kind == "cut off" for concern in room.session.case.concerns))


def test_the_scan_beside_is_diagnosed_as_well(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    mask = draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    known = lesion(room).answer
    room.session.open_beside(room.add("b.png", frames=[np.full((40, 50), 7, np.uint8)]))
    qtbot.waitUntil(lambda: room.session.beside is not None and room.session.beside.analysis is not None)
    room.session.swap_beside()
    assert room.session.beside.lesion(1).answer.mask is known.mask, "what is known goes with it"
    mask = box(room.session.beside, 2, 3, 14, 20)
    editing = room.session.editing_beside
    editing.edit("brush stroke", editing.reading.with_mask(1, mask))
    qtbot.waitUntil(lambda: not room.session.beside.lesion(1).is_stale)
    assert room.session.beside.lesion(1).diagnosis.p_malignant == share_of(mask)
