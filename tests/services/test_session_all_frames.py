"""All frames of a cine are analysed."""

import threading

import pytest

from busi_gui.domain.scan import Box
from busi_gui.services.states import Activity
from tests.services.fake_pipeline import FakePipeline
from tests.services.reading_room import ReadingRoom, show_frame

STEADY = dict.fromkeys(range(5, 12), 0.6)


@pytest.mark.parametrize("room", [({2: 0.99, **STEADY, 8: 0.9, 9: 0.9, 10: 0.9},)], indirect=True)
def test_all_frames_are_analysed_in_order_and_the_steadiest_suspicion_is_proposed(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 15, damaged=[4]))
    assert {state.key_frame for state in room.states} == {None}
    room.session.analyse_all_frames()
    assert room.session.activity == Activity("frame 2 of 15", 0.0, can_stop=True)
    qtbot.waitUntil(lambda: room.session.activity is None)
    assert room.pipeline.frames == [frame for frame in range(15) if frame != 4]
    assert sorted(room.session.cine.findings) == [frame for frame in range(15) if frame != 4]
    assert room.session.cine.findings[2].p_malignant == 0.99
    assert room.session.cine.findings[3].p_malignant is None
    assert room.session.cine.key_frame in {8, 9, 10}
    assert {a.stage for a in room.activities if a} >= {"frame 2 of 15", "frame 15 of 15"}
    assert room.notes[-1][1].p_malignant == 0.9
    own = [file for file in room.opened if file.path.name == "a.dcm"]
    assert len(own) == 2
    assert own[0].threads.isdisjoint(own[1].threads)


def test_frames_already_analysed_are_not_analysed_again(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 4))
    show_frame(qtbot, room, 2)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.cine.key_frame is not None)
    assert room.pipeline.frames == [0, 2, 1, 3]
    room.session.analyse_all_frames()
    assert room.session.activity is None
    assert room.session.cine.key_frame is not None


@pytest.mark.parametrize("room", [({}, "answer")], indirect=True)
def test_stopping_keeps_what_was_found_and_going_on_does_the_rest(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 60))
    found = []

    def stop_at_the_sixth(one):
        found.append(one)
        if len(found) == 6:
            room.session.stop()

    room.session._all_frames.found.connect(stop_at_the_sixth)
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: len(found) == 6)
    assert room.session.activity is None
    assert sorted(room.session.cine.findings) == list(range(7))
    assert room.session.cine.key_frame is None
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.cine.key_frame is not None, timeout=10_000)
    assert len(room.session.cine.findings) == 60


@pytest.mark.parametrize("room", [({}, "answer")], indirect=True)
def test_the_frame_on_screen_is_analysed_between_the_others(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 200))
    show_frame(qtbot, room, 150)
    room.session.analyse_all_frames()
    room.session.analyse()
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.cine.frame == 150
    assert room.pipeline.frames[:3] == [0, 1, 150]


def test_the_frame_on_screen_gets_its_analysis_from_the_run(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 6))
    room.rest_after(60_000)
    room.session.show_frame(5)
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.activity is None)
    assert room.session.case.scan.frame == 5
    assert room.session.case.analysis is not None
    assert room.pipeline.frames == [0, 1, 2, 3, 4, 5]


def test_opening_another_file_stops_the_run(qtbot, room):
    a, b = room.add("a.dcm", 200), room.add("b.dcm", 3)
    room.open(qtbot, a)
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: len(room.session.cine.findings) > 3)
    room.open(qtbot, b)
    assert list(room.session.cine.findings) == [0]
    qtbot.waitUntil(lambda: all(file.is_closed for file in room.opened if file.path == a))


@pytest.mark.parametrize("room", [({}, "answer")], indirect=True)
def test_networks_that_fail_end_the_run_with_a_sentence(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 20))
    room.pipeline.way = "fail"
    with qtbot.waitSignal(room.session.failed) as failed:
        room.session.analyse_all_frames()
    assert failed.args == ["The network is out of order."]
    assert room.session.activity is None
    assert room.session.cine.key_frame is None


def test_a_file_that_is_gone_ends_the_run_with_a_sentence(qtbot, room):
    path = room.add("a.dcm", 20)
    room.open(qtbot, path)
    del room.files[path]
    with qtbot.waitSignal(room.session.failed) as failed:
        room.session.analyse_all_frames()
    assert failed.args == ["a.dcm does not exist."]
    assert room.session.cine.unreadable == frozenset()


def test_a_run_waits_for_the_networks_and_says_so(qtbot, tmp_path):
    ready = threading.Event()

    def load():
        assert ready.wait(20)
        return FakePipeline()

    room = ReadingRoom(tmp_path, load=load)
    try:
        room.session.open(room.add("a.dcm", 5))
        qtbot.waitUntil(lambda: room.session.case is not None)
        room.session.analyse_all_frames()
        assert room.session.activity.stage == "waiting for the networks"
        ready.set()
        qtbot.waitUntil(lambda: room.session.activity is None)
        assert len(room.session.cine.findings) == 5
    finally:
        ready.set()
        room.session.shut_down()


def test_a_crop_holds_for_all_frames_and_drops_what_was_found_outside_it(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.cine.key_frame is not None)
    field = Box(5, 5, 35, 45)
    room.session.crop(field)
    assert room.session.case.analysis is None
    assert room.session.cine.findings == {}
    assert room.session.cine.key_frame is None
    room.rest_after(60_000)
    show_frame(qtbot, room, 2)
    assert room.session.case.analysis is None
    room.rest_after(1)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.pipeline.seen[-1].shape == (30, 40)
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: len(room.session.cine.findings) == 5)
    assert {pixels.shape for pixels in room.pipeline.seen[-4:]} == {(30, 40)}
    show_frame(qtbot, room, 3)
    assert room.session.case.scan.field == field
    room.session.crop(Box(0, 0, 40, 50))
    assert room.session.case.scan.field is None


@pytest.mark.parametrize("room", [({0: 0.4, 1: 0.6, 2: 0.6, 3: 0.6, 4: 0.5},)], indirect=True)
def test_of_a_cine_the_first_frame_is_remembered_and_then_the_key_frame(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    show_frame(qtbot, room, 2)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert [note.p_malignant for _, note in room.notes] == [0.4]
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.cine.key_frame is not None)
    assert [note.p_malignant for _, note in room.notes] == [0.4, 0.6]


@pytest.mark.parametrize("room", [({}, "work until stopped")], indirect=True)
def test_quitting_while_it_plays_and_all_frames_are_analysed_does_not_hang(qtbot, room):
    room.session.open(room.add("a.dcm", 500, frame_ms=5.0))
    qtbot.waitUntil(lambda: room.session.case is not None)
    room.session.analyse_all_frames()
    room.session.play(True)
    qtbot.waitUntil(lambda: len(room.shown) > 3)
    qtbot.waitUntil(room.pipeline.started.is_set)
    assert room.session.shut_down()
    assert threading.current_thread() is threading.main_thread()


@pytest.mark.parametrize("room", [({0: 0.4, 1: 0.6, 2: 0.6, 3: 0.6, 4: 0.5},)], indirect=True)
def test_of_a_cropped_cine_what_was_found_before_is_remembered_no_longer(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.cine.key_frame is not None)
    room.session.crop(Box(5, 5, 35, 45))
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert [note.p_malignant for _, note in room.notes] == [0.4, 0.6, None, 0.4]
