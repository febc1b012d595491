"""Cines that play."""

import pytest

from tests.services.reading_room import show_frame


@pytest.mark.parametrize("is_looping", [True, False])
def test_playing_goes_through_all_frames_in_order_and_begins_again_or_stops(qtbot, room, is_looping):
    room.open(qtbot, room.add("a.dcm", 6, frame_ms=15.0))
    room.session.set_looping(is_looping)
    room.session.play(True)
    assert room.session.cine.is_playing
    if is_looping:
        qtbot.waitUntil(lambda: any(later < earlier for earlier, later in zip(room.shown, room.shown[1:], strict=False)))
        assert room.session.cine.is_playing
        room.session.play(False)
    else:
        qtbot.waitUntil(lambda: not room.session.cine.is_playing)
        qtbot.waitUntil(lambda: room.session.cine.frame == 5)
        assert room.shown == sorted(room.shown)
    assert not room.states[-1].is_playing


def test_a_cine_that_stands_at_its_end_plays_from_the_beginning(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5, frame_ms=30.0))
    room.session.set_looping(False)
    show_frame(qtbot, room, 4)
    room.session.play(True)
    assert room.session.cine.frame == 0
    qtbot.waitUntil(lambda: room.session.cine.frame == 4 and not room.session.cine.is_playing)


def test_choosing_a_frame_stops_what_plays(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 50, frame_ms=10.0))
    room.session.play(True)
    qtbot.waitUntil(lambda: room.session.cine.frame > 2)
    room.session.show_frame(1)
    assert not room.session.cine.is_playing
    qtbot.waitUntil(lambda: room.session.cine.frame == 1)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.cine.frame == 1


def test_nothing_is_analysed_while_it_plays_and_what_it_holds_at_is(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 100, frame_ms=10.0))
    room.session.play(True)
    qtbot.waitUntil(lambda: len(room.shown) > 30)
    assert room.pipeline.frames == [0]
    room.session.play(False)
    held = room.session.cine.frame
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.pipeline.frames == [0, held]


def test_playing_steps_over_damaged_frames_and_tells_of_the_first(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 8, frame_ms=10.0, damaged=[2, 3, 7]))
    room.session.play(True)
    qtbot.waitUntil(lambda: len(room.shown) > 12)
    room.session.play(False)
    assert set(room.shown) <= {0, 1, 4, 5, 6}
    assert len(room.failures) == 1
    room.session.set_looping(False)
    show_frame(qtbot, room, 5)
    room.session.play(True)
    qtbot.waitUntil(lambda: not room.session.cine.is_playing)
    assert room.session.cine.frame == 6


def test_frames_are_left_out_where_reading_is_slower_than_the_cine(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 100, frame_ms=5.0))
    room.session.set_looping(False)
    room.gate.clear()
    room.session.play(True)
    qtbot.waitUntil(lambda: room.session._cine._frames.wanted is not None and room.session._cine._frames.wanted > 20)
    room.gate.set()
    qtbot.waitUntil(lambda: room.session.cine.frame > 20)
    assert len([frame for frame in room.shown if frame <= 20]) <= 2  # the first, and the one that was being read
