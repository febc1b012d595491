"""A lesion is carried to the next frame, which is read in the background first."""

import numpy as np
import pytest

from busi_gui.domain.reading import MaskSource, Reading
from busi_gui.services.carrying import LAST_FRAME, Carrying
from busi_gui.services.states import CineState
from tests.services.array_file import numbered_frames
from tests.services.reading_room import frame_of, show_frame
from tests.views.fake_session import FakeSession
from tests.views.measured import case_of

SHAPE = (40, 50)


def box(top, left, bottom, right, shape=SHAPE):
    mask = np.zeros(shape, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


class _Heard(Carrying):
    """Notes what it says."""

    def __init__(self, session):
        super().__init__(session)
        self.sentences: list[str] = []
        self.numbers: list[int] = []
        self.said.connect(self.sentences.append)
        self.laid.connect(self.numbers.append)


@pytest.fixture
def carrying(room):
    return _Heard(room.session)


def opened(room, qtbot, count=4, **how):
    """Open a cine on whose first frame the reader has drawn lesion 1 in place of all others, and on which he rests nowhere."""
    room.open(qtbot, room.add("cine.dcm", count, frame_ms=10, **how))
    room.rest_after(60_000)
    room.session.editing.edit("drawing", Reading().added(box(5, 5, 15, 15), name="cyst"))


def carried(room, qtbot, carrying, frame):
    """Carry lesion 1 and wait until it was laid, on this frame."""
    with qtbot.waitSignal(carrying.laid):
        carrying.carry(1)
    assert room.session.cine.frame == frame
    assert not carrying.is_under_way
    return room.session.case.reading


def test_a_lesion_is_laid_on_the_next_frame_as_a_step_of_that_frame(room, qtbot, carrying):
    opened(room, qtbot)
    there = carried(room, qtbot, carrying, 1)
    assert [(outline.number, outline.name, outline.source) for outline in there.outlines] == [(1, "cyst", MaskSource.DRAWN)]
    assert np.array_equal(there.outlines[0].mask, box(5, 5, 15, 15))
    assert room.session.editing.undo_name == "copying cyst from frame 1"
    room.session.editing.undo()
    assert room.session.case.reading.outlines == ()
    show_frame(qtbot, room, 0)
    assert [outline.name for outline in room.session.case.reading.outlines] == ["cyst"]
    assert room.session.editing.undo_name == "drawing"


def test_carried_again_and_again_it_goes_through_the_cine_to_its_last_frame(room, qtbot, carrying):
    opened(room, qtbot, 3)
    carried(room, qtbot, carrying, 1)
    carried(room, qtbot, carrying, 2)
    carrying.carry(1)
    assert carrying.sentences == [LAST_FRAME]
    assert frame_of(room) == 2


def test_an_overlapping_lesion_of_the_same_number_gets_the_mask(room, qtbot, carrying):
    opened(room, qtbot)
    show_frame(qtbot, room, 1)
    room.session.editing.edit("drawing", Reading().added(box(10, 10, 20, 20), name="mine").added(box(30, 30, 35, 35)))
    show_frame(qtbot, room, 0)
    there = carried(room, qtbot, carrying, 1)
    assert [outline.title for outline in there.outlines] == ["mine", "Lesion 2"]
    assert np.array_equal(there.outlines[0].mask, box(5, 5, 15, 15))


def test_a_lesion_of_the_same_number_elsewhere_stays_beside_it(room, qtbot, carrying):
    opened(room, qtbot)
    show_frame(qtbot, room, 1)
    room.session.editing.edit("drawing", Reading().added(box(30, 30, 35, 35), name="mine"))
    show_frame(qtbot, room, 0)
    there = carried(room, qtbot, carrying, 1)
    assert [outline.title for outline in there.outlines] == ["mine", "cyst"]
    assert carrying.numbers == [2]


def test_a_locked_lesion_is_not_replaced_and_it_says_why(room, qtbot, carrying):
    opened(room, qtbot)
    show_frame(qtbot, room, 1)
    room.session.editing.edit("drawing", Reading().added(box(10, 10, 20, 20), name="mine", is_locked=True))
    show_frame(qtbot, room, 0)
    carrying.carry(1)
    qtbot.waitUntil(lambda: bool(carrying.sentences))
    assert carrying.sentences == ["mine of this frame is locked. Unlock it in the list of lesions to replace its outline."]
    assert np.array_equal(room.session.case.reading.outlines[0].mask, box(10, 10, 20, 20))


def test_a_lesion_that_lies_on_another_altogether_is_not_copied(room, qtbot, carrying):
    opened(room, qtbot)
    show_frame(qtbot, room, 1)
    room.session.editing.edit("drawing", Reading().added(box(30, 30, 35, 35)).added(box(0, 0, 20, 20)))
    before = room.session.case.reading
    show_frame(qtbot, room, 0)
    carrying.carry(1)
    qtbot.waitUntil(lambda: bool(carrying.sentences))
    assert carrying.sentences == ["Lesion 2 of this frame lies there already: cyst was not copied."]
    assert room.session.case.reading.is_same(before)


def test_a_frame_of_another_size_takes_nothing_and_it_says_why(room, qtbot, carrying):
    frames = [*numbered_frames(1, SHAPE), np.full((30, 30), 1, np.uint8)]
    opened(room, qtbot, frames=frames)
    carrying.carry(1)
    qtbot.waitUntil(lambda: bool(carrying.sentences))
    assert carrying.sentences == ["Frame 2 has another size than frame 1: cyst was not copied."]
    assert not room.session.case.reading.is_touched


def test_a_frame_that_is_known_to_be_unreadable_is_passed_over(room, qtbot, carrying):
    opened(room, qtbot, unreadable=(1,))
    carried(room, qtbot, carrying, 2)


def test_a_frame_that_turns_out_to_be_damaged_is_passed_over(room, qtbot, carrying):
    opened(room, qtbot, damaged=(1, 2))
    carried(room, qtbot, carrying, 3)


def test_damaged_to_the_end_there_is_no_next_frame(room, qtbot, carrying):
    opened(room, qtbot, 3, damaged=(1, 2))
    carrying.carry(1)
    qtbot.waitUntil(lambda: bool(carrying.sentences))
    assert carrying.sentences == [LAST_FRAME]
    assert not carrying.is_under_way
    assert frame_of(room) == 0


@pytest.mark.parametrize(("path", "frame"), [("b.png", 1), ("a.png", 2)])
def test_it_is_dropped_when_the_reader_goes_elsewhere_before_the_frame_is_read(qtbot, path, frame):
    session = FakeSession()
    session.set_case(case_of("a.png", frame_count=4))
    session.set_cine(CineState(0, 4, 40, True))
    session.editing.edit("drawing", Reading().added(box(5, 5, 15, 15, (60, 80))))
    carrying = _Heard(session)
    carrying.carry(1)
    assert session.calls == [("show_frame", 1)]
    assert carrying.is_under_way
    session.set_case(case_of(path, frame=frame, frame_count=4))
    qtbot.waitUntil(lambda: not carrying.is_under_way)
    session.set_case(case_of("a.png", frame=1, frame_count=4))
    qtbot.wait(0)
    assert carrying.numbers == []
    assert session.case is not None
    assert not session.case.reading.is_touched


def test_an_edit_on_the_way_does_not_lose_it(room, qtbot, carrying):
    opened(room, qtbot)
    room.gate.clear()
    with qtbot.waitSignal(carrying.laid):
        carrying.carry(1)
        room.session.editing.edit("renaming", room.session.case.reading.changed(1, name="other"))
        room.gate.set()
    assert [outline.name for outline in room.session.case.reading.outlines] == ["cyst"], "as it was when the reader said copy"


def test_a_file_of_one_frame_has_no_next(room, qtbot, carrying):
    opened(room, qtbot, 1)
    carrying.carry(1)
    assert not carrying.is_under_way
    assert carrying.sentences == []
