"""Files of several frames: scrolling, playing, damaged frames, and the analysis of all of them."""

import threading

import numpy as np
import pytest

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.scan import Box, Spacing
from busi_gui.io.scans import scans_in
from busi_gui.services.states import Activity
from models.analysis import NetworkError
from tests.services.fake_pipeline import FakePipeline, analysis_of
from tests.services.reading_room import ReadingRoom


class PickyPipeline(FakePipeline):
    """Finds a lesion only in frames of the given brightness, and counts how often it saw each."""

    def __init__(self, lesions=None, way="answer"):
        super().__init__(way)
        self.lesions = lesions or {}

    def analyse(self, pixels, report):
        super().analyse(pixels, report)
        frame = int(pixels[0, 0])
        analysis = analysis_of(pixels, self.lesions.get(frame, 0.8))
        if self.lesions and frame not in self.lesions:
            return type(analysis)(analysis.probability, (), analysis.network, analysis.timings_ms)
        return analysis

    @property
    def frames(self):
        return [int(pixels[0, 0]) for pixels in self.seen]


@pytest.fixture
def room(qtbot, tmp_path, request):
    made = ReadingRoom(tmp_path, pipeline=PickyPipeline(*getattr(request, "param", ())))
    yield made
    made.gate.set()
    made.pipeline.release.set()
    assert made.session.shut_down()
    assert all(file.is_closed for file in made.opened)
    assert all(len(file.threads) == 1 for file in made.opened), "a file was used in two threads"


def frame_of(room):
    return int(room.session.case.scan.pixels[0, 0])


def show(qtbot, room, frame):
    room.session.show_frame(frame)
    qtbot.waitUntil(lambda: room.session.cine.frame == frame)


def test_a_file_of_one_frame_is_no_cine(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.session.show_frame(3)
    room.session.play(True)
    room.session.analyse_all_frames()
    assert room.session.cine is None
    assert room.states == []
    assert len(room.cases) == 2


def test_a_cine_opens_at_its_first_frame_and_says_its_rate_or_guesses(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5, frame_ms=50.0))
    cine = room.session.cine
    assert (cine.frame, cine.frame_count, cine.frame_ms, cine.has_stated_rate) == (0, 5, 50.0, True)
    room.open(qtbot, room.add("b.dcm", 5))
    assert (room.session.cine.frame_ms, room.session.cine.has_stated_rate) == (40.0, False)


def test_a_cine_is_left_for_a_scan_and_that_is_announced(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    room.open(qtbot, room.add("b.png"))
    assert room.states[-1] is None


def test_frames_are_scrolled_through_and_stay_within_the_ends(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 9))
    for frame, expected in ((1, 1), (2, 2), (99, 8), (-5, 0)):
        room.session.show_frame(frame)
        qtbot.waitUntil(lambda expected=expected: frame_of(room) == expected)
        assert room.session.case.scan.frame == room.session.cine.frame == expected


def test_a_frame_that_was_read_before_appears_in_the_same_event(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 9))
    show(qtbot, room, 1)
    room.session.show_frame(0)
    assert frame_of(room) == 0
    assert room.cases[-1].analysis is not None


def test_what_comes_next_is_read_ahead_in_the_direction_of_travel(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 40))
    reads = room.file("a.dcm").reads
    show(qtbot, room, 20)
    qtbot.waitUntil(lambda: len(reads) == 10)
    assert reads == [0, *range(20, 29)]
    show(qtbot, room, 19)
    qtbot.waitUntil(lambda: len(reads) == 19)
    assert reads[10:] == list(range(19, 10, -1))


def test_of_frames_asked_for_faster_than_they_are_read_only_the_newest_is_read(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 200))
    room.gate.clear()
    for frame in range(10, 200, 10):
        room.session.show_frame(frame)
    room.gate.set()
    qtbot.waitUntil(lambda: room.session.cine.frame == 190)
    assert [frame for frame in room.file("a.dcm").reads if frame % 10 == 0] in ([0, 10, 190], [0, 190])
    assert room.shown in ([0, 10, 190], [0, 190])


def test_a_frame_that_arrives_late_does_not_push_away_the_one_that_was_gone_back_to(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 50))
    room.gate.clear()
    room.is_reading.clear()
    room.session.show_frame(20)
    assert room.is_reading.wait(5)
    room.session.show_frame(0)
    room.gate.set()
    qtbot.waitUntil(lambda: 20 in room.file("a.dcm").reads)
    show(qtbot, room, 1)
    assert room.shown == [0, 1]


def test_frames_of_a_file_that_was_left_are_dropped(qtbot, room):
    a, b = room.add("a.dcm", 50), room.add("b.dcm", 3)
    room.open(qtbot, a)
    room.gate.clear()
    room.session.show_frame(20)
    room.session.open(b)
    room.gate.set()
    qtbot.waitUntil(lambda: room.session.case.scan.path == b and room.session.activity is None)
    assert room.session.cine.frame == 0
    assert room.file("a.dcm").is_closed
    assert not room.file("b.dcm").is_closed


def test_a_frame_of_a_file_that_was_left_is_never_taken_for_one_of_the_next(qtbot, room):
    a = room.add("a.dcm", 50)
    b = room.add("b.dcm", frames=[np.full((40, 50), 200, np.uint8)] * 50)
    room.open(qtbot, a)
    room.file("a.dcm").gate = gate = threading.Event()
    room.session.open(b)
    room.session.show_frame(20)  # of a, behind the opening
    qtbot.waitUntil(lambda: room.session.case.scan.path == b)
    room.session.show_frame(1)
    gate.set()
    for frame in (1, 20):
        show(qtbot, room, frame)
        assert frame_of(room) == 200
    assert 20 in room.file("b.dcm").reads


def test_a_file_that_was_opened_too_late_is_closed(qtbot, room, monkeypatch):
    a, b = room.add("a.dcm", 3), room.add("b.dcm", 3)
    is_listing, go_on = threading.Event(), threading.Event()

    def listed(folder):
        is_listing.set()
        assert go_on.wait(20)
        return scans_in(folder)

    monkeypatch.setattr("busi_gui.services.opening.scans_in", listed)
    room.session.open(a)
    assert is_listing.wait(5)
    room.session.stop()
    go_on.set()
    room.open(qtbot, b)
    qtbot.waitUntil(lambda: room.file("a.dcm").is_closed)
    assert {case.scan.path for case in room.cases} == {b}


def test_memory_stays_bounded_and_what_was_let_go_is_read_again(qtbot, room, monkeypatch):
    monkeypatch.setattr("busi_gui.services.open_file.PIXEL_BYTES", 6 * 2000)
    monkeypatch.setattr("busi_gui.services.cine.PIXEL_BYTES", 6 * 2000)
    room.open(qtbot, room.add("a.dcm", 20))
    for frame in (*range(1, 20), 0):
        show(qtbot, room, frame)
    assert room.file("a.dcm").reads.count(0) == 2
    assert room.session._file._scans.currsize <= 6 * 2000


def test_a_frame_larger_than_all_the_room_is_shown_all_the_same(qtbot, room, monkeypatch):
    monkeypatch.setattr("busi_gui.services.open_file.PIXEL_BYTES", 100)
    monkeypatch.setattr("busi_gui.services.cine.PIXEL_BYTES", 100)
    room.open(qtbot, room.add("a.dcm", 5))
    for frame in (3, 0):
        show(qtbot, room, frame)
        assert frame_of(room) == frame


def test_each_frame_has_its_own_analysis_which_is_made_when_the_reader_rests_on_it(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 30))
    for frame in range(1, 8):
        show(qtbot, room, frame)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.pipeline.frames == [0, 7]
    assert sorted(room.session.cine.findings) == [0, 7]
    with qtbot.waitSignal(room.session._cine.rested):
        room.session.show_frame(0)
    assert room.session.case.analysis is not None
    assert room.session.activity is None
    assert room.pipeline.frames == [0, 7]


def test_nothing_is_analysed_while_another_frame_is_awaited(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 30))
    show(qtbot, room, 1)
    room.gate.clear()
    room.session.show_frame(20)
    room.session._cine._on_rest()  # of frame 1, whose time is up
    assert room.session.activity is None
    room.gate.set()
    qtbot.waitUntil(lambda: room.session.cine.frame == 20 and room.session.case.analysis is not None)
    assert room.pipeline.frames == [0, 20]


@pytest.mark.parametrize("room", [({}, "work until stopped")], indirect=True)
def test_the_analysis_of_a_frame_that_is_left_is_stopped(qtbot, room):
    room.session.open(room.add("a.dcm", 30))
    qtbot.waitUntil(room.pipeline.started.is_set)
    room.pipeline.way = "answer"
    show(qtbot, room, 5)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert list(room.session.cine.findings) == [5]


def test_an_analysis_comes_back_as_it_was_but_for_what_no_screen_shows(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 3))
    before = room.session.case
    show(qtbot, room, 1)
    room.session.show_frame(0)
    after = room.session.case
    assert after.analysis is not before.analysis
    assert np.array_equal(after.lesions[0].mask, before.lesions[0].mask)
    assert after.lesions[0].measures == before.lesions[0].measures
    assert after.lesions[0].diagnosis.p_malignant == before.lesions[0].diagnosis.p_malignant
    assert after.analysis.probability.dtype == np.float32


def test_a_damaged_frame_is_told_once_and_stepped_over(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 9, damaged=[3, 4]))
    show(qtbot, room, 2)
    qtbot.waitUntil(lambda: room.session.cine.unreadable == {3, 4})  # met while reading ahead
    room.session.show_frame(3)
    qtbot.waitUntil(lambda: room.session.cine.frame == 5)
    room.session.show_frame(4)
    qtbot.waitUntil(lambda: room.session.cine.frame == 2)
    assert room.failures == ["Frame 4 of a.dcm is damaged."]


def test_a_damaged_frame_that_was_asked_for_leaves_the_one_on_screen(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 99, damaged=[50, 60, 98]))
    for frame in (50, 60):
        with qtbot.waitSignal(room.session.failed):
            room.session.show_frame(frame)
        assert room.session.cine.frame == 0
    assert room.session.cine.unreadable == {50, 60}
    show(qtbot, room, 97)
    qtbot.waitUntil(lambda: 98 in room.session.cine.unreadable)
    room.session.show_frame(98)  # nothing readable beyond
    assert room.session.cine.frame == 97


def test_a_cine_opens_at_its_first_readable_frame(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 9, unreadable=[0, 1], damaged=[2]))
    assert room.session.cine.frame == 3
    assert room.session.cine.unreadable == {0, 1, 2}
    assert room.failures == []


def test_a_cine_without_a_readable_frame_fails_and_is_closed(qtbot, room):
    path = room.add("a.dcm", 3, damaged=[0, 1, 2])
    with qtbot.waitSignal(room.session.failed) as failed:
        room.session.open(path)
    assert failed.args == ["Frame 1 of a.dcm is damaged."]
    assert room.file("a.dcm").is_closed


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
    show(qtbot, room, 4)
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
    show(qtbot, room, 5)
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
    assert len(room.shown) < 6


def test_findings_are_shared_until_there_is_more(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 9))
    findings = room.session.cine.findings
    show(qtbot, room, 1)
    assert room.session.cine.findings is findings
    with pytest.raises(TypeError):
        findings[3] = None
    qtbot.waitUntil(lambda: 1 in room.session.cine.findings)
    assert list(findings) == [0]


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
    assert room.session.cine.findings[2].finding == "malignant"
    assert room.session.cine.findings[3].p_malignant is None
    assert room.session.cine.key_frame in {8, 9, 10}
    assert {a.stage for a in room.activities if a} >= {"frame 2 of 15", "frame 15 of 15"}
    assert room.notes[-1][1].p_malignant == 0.9
    own = [file for file in room.opened if file.path.name == "a.dcm"]
    assert len(own) == 2
    assert own[0].threads.isdisjoint(own[1].threads)


def test_frames_already_analysed_are_not_analysed_again(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 4))
    show(qtbot, room, 2)
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
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: len(room.session.cine.findings) > 5)
    room.session.stop()
    assert room.session.activity is None
    kept = len(room.session.cine.findings)
    assert 5 < kept < 60
    assert room.session.cine.key_frame is None
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.cine.key_frame is not None, timeout=10_000)
    assert len(room.session.cine.findings) == 60


@pytest.mark.parametrize("room", [({}, "answer")], indirect=True)
def test_the_frame_on_screen_is_analysed_between_the_others(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 200))
    show(qtbot, room, 150)
    room.session.analyse_all_frames()
    room.session.analyse()
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.cine.frame == 150
    assert room.pipeline.frames[:3] == [0, 1, 150]
    assert room.session.activity.stage.endswith("of 200")


def test_the_frame_on_screen_gets_its_analysis_from_the_run(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 6))
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


def test_networks_that_failed_are_not_tried_again_for_every_frame_and_owe_the_one_on_screen(qtbot, tmp_path):
    answers: list[Exception | FakePipeline] = [NetworkError("weights are damaged"), FakePipeline()]
    is_open = threading.Event()

    def load():
        assert is_open.wait(20)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    room = ReadingRoom(tmp_path, load=load)
    try:
        room.session.open(room.add("a.dcm", 5))
        qtbot.waitUntil(lambda: room.session.case is not None)
        with qtbot.waitSignal(room.session.failed):
            is_open.set()
        for frame in (1, 2):
            show(qtbot, room, frame)
            with qtbot.waitSignal(room.session._cine.rested):
                pass
        assert len(answers) == 1
        room.session.start()
        qtbot.waitUntil(lambda: room.session.case.analysis is not None)
        assert room.session.case.scan.frame == 2
    finally:
        room.session.shut_down()


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


def test_a_hand_calibration_holds_for_all_frames_without_asking_the_networks(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    assert room.session.cine.findings[0].area_mm2 is None
    room.session.calibrate(Spacing(0.1, 0.2))
    assert room.session.case.lesions[0].measures.area_mm2 == pytest.approx(0.02 * room.session.case.lesions[0].measures.area_px)
    assert room.session.cine.findings[0].area_mm2 == pytest.approx(room.session.case.lesions[0].measures.area_mm2)
    assert room.pipeline.frames == [0]
    show(qtbot, room, 1)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.case.lesions[0].measures.area_mm2 is not None
    room.session.calibrate(None)
    assert room.session.case.lesions[0].measures.area_mm2 is None
    assert [found.area_mm2 for found in room.session.cine.findings.values()] == [None, None]


def test_a_crop_holds_for_all_frames_and_drops_what_was_found_outside_it(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.cine.key_frame is not None)
    field = Box(5, 5, 35, 45)
    room.session.crop(field)
    assert room.session.case.analysis is None
    assert room.session.cine.findings == {}
    assert room.session.cine.key_frame is None
    show(qtbot, room, 2)
    assert room.session.case.analysis is None
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.pipeline.seen[-1].shape == (30, 40)
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: len(room.session.cine.findings) == 5)
    assert {pixels.shape for pixels in room.pipeline.seen[-4:]} == {(30, 40)}
    show(qtbot, room, 3)
    assert room.session.case.scan.field == field
    room.session.crop(Box(0, 0, 40, 50))
    assert room.session.case.scan.field is None


@pytest.mark.parametrize("room", [({0: 0.4, 1: 0.6, 2: 0.6, 3: 0.6, 4: 0.5},)], indirect=True)
def test_of_a_cine_the_first_frame_is_remembered_and_then_the_key_frame(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    show(qtbot, room, 2)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert [note.p_malignant for _, note in room.notes] == [0.4]
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.cine.key_frame is not None)
    assert [note.p_malignant for _, note in room.notes] == [0.4, 0.6]


def test_reviewing_stays_for_all_frames(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    room.session.set_reviewed(True)
    show(qtbot, room, 1)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.status is CaseStatus.REVIEWED


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


def test_a_bug_while_a_frame_is_read_reaches_the_excepthook_once_and_the_frame_is_not_tried_again(qtbot, room, monkeypatch):
    caught = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, trace: caught.append(kind))
    room.open(qtbot, room.add("a.dcm", 5, frames=[np.zeros((40, 50), np.uint8), np.zeros((40, 50), np.float32)]))
    room.session.show_frame(1)
    qtbot.waitUntil(lambda: bool(caught))
    assert caught == [ValueError]
    assert room.session.cine.unreadable == {1}
    assert room.failures == []
