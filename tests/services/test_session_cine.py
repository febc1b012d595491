"""Files of several frames: scrolling, damaged frames, and each frame's own analysis."""

import threading

import numpy as np
import pytest

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.scan import Spacing
from busi_gui.io.scans import scans_in
from models.analysis import NetworkError
from tests.services.fake_pipeline import FakePipeline
from tests.services.reading_room import ReadingRoom, frame_of, show_frame


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
    show_frame(qtbot, room, 1)
    room.session.show_frame(0)
    assert frame_of(room) == 0
    assert room.cases[-1].analysis is not None


def test_what_comes_next_is_read_ahead_in_the_direction_of_travel(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 40))
    reads = room.file("a.dcm").reads
    show_frame(qtbot, room, 20)
    qtbot.waitUntil(lambda: len(reads) == 10)
    assert reads == [0, *range(20, 29)]
    show_frame(qtbot, room, 19)
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
    show_frame(qtbot, room, 1)
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
    qtbot.waitUntil(lambda: room.file("a.dcm").is_closed)
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
        show_frame(qtbot, room, frame)
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
        show_frame(qtbot, room, frame)
    assert room.file("a.dcm").reads.count(0) == 2
    assert room.session._file._scans.currsize <= 6 * 2000


def test_a_frame_larger_than_all_the_room_is_shown_all_the_same(qtbot, room, monkeypatch):
    monkeypatch.setattr("busi_gui.services.open_file.PIXEL_BYTES", 100)
    monkeypatch.setattr("busi_gui.services.cine.PIXEL_BYTES", 100)
    room.open(qtbot, room.add("a.dcm", 5))
    for frame in (3, 0):
        show_frame(qtbot, room, frame)
        assert frame_of(room) == frame


def test_each_frame_has_its_own_analysis_which_is_made_when_the_reader_rests_on_it(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 30))
    room.rest_after(60_000)
    for frame in range(1, 8):
        show_frame(qtbot, room, frame)
    room.rest_after(1)
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
    room.rest_after(60_000)
    show_frame(qtbot, room, 1)
    room.gate.clear()
    room.session.show_frame(20)
    room.session._cine._on_rest()  # of frame 1, whose time is up
    assert room.session.activity is None
    room.rest_after(1)
    room.gate.set()
    qtbot.waitUntil(lambda: room.session.cine.frame == 20 and room.session.case.analysis is not None)
    assert room.pipeline.frames == [0, 20]


@pytest.mark.parametrize("room", [({}, "work until stopped")], indirect=True)
def test_the_analysis_of_a_frame_that_is_left_is_stopped(qtbot, room):
    room.session.open(room.add("a.dcm", 30))
    qtbot.waitUntil(room.pipeline.started.is_set)
    room.pipeline.way = "answer"
    show_frame(qtbot, room, 5)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert list(room.session.cine.findings) == [5]


def test_an_analysis_comes_back_as_it_was_but_for_what_no_screen_shows(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 3))
    before = room.session.case
    show_frame(qtbot, room, 1)
    room.session.show_frame(0)
    after = room.session.case
    assert after.analysis is not before.analysis
    assert np.array_equal(after.lesions[0].mask, before.lesions[0].mask)
    assert after.lesions[0].measures == before.lesions[0].measures
    assert after.lesions[0].diagnosis.p_malignant == before.lesions[0].diagnosis.p_malignant
    assert after.analysis.probability.dtype == np.float32


def test_a_damaged_frame_is_told_once_and_stepped_over(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 9, damaged=[3, 4]))
    show_frame(qtbot, room, 2)
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
    show_frame(qtbot, room, 97)
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


def test_findings_are_shared_until_there_is_more(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 9))
    findings = room.session.cine.findings
    room.rest_after(60_000)
    show_frame(qtbot, room, 1)
    assert room.session.cine.findings is findings
    room.rest_after(1)
    with pytest.raises(TypeError):
        findings[3] = None
    qtbot.waitUntil(lambda: 1 in room.session.cine.findings)
    assert list(findings) == [0]


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
            show_frame(qtbot, room, frame)
            with qtbot.waitSignal(room.session._cine.rested):
                pass
        assert len(answers) == 1
        room.session.start()
        qtbot.waitUntil(lambda: room.session.case.analysis is not None)
        assert room.session.case.scan.frame == 2
    finally:
        room.session.shut_down()


def test_a_hand_calibration_holds_for_all_frames_without_asking_the_networks(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    assert room.session.cine.findings[0].area_mm2 is None
    room.session.calibrate(Spacing(0.1, 0.2))
    assert room.session.case.lesions[0].measures.area_mm2 == pytest.approx(0.02 * room.session.case.lesions[0].measures.area_px)
    assert room.session.cine.findings[0].area_mm2 == pytest.approx(room.session.case.lesions[0].measures.area_mm2)
    assert room.pipeline.frames == [0]
    show_frame(qtbot, room, 1)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.case.lesions[0].measures.area_mm2 is not None
    room.session.calibrate(None)
    assert room.session.case.lesions[0].measures.area_mm2 is None
    assert [found.area_mm2 for found in room.session.cine.findings.values()] == [None, None]


def test_reviewing_stays_for_all_frames(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 5))
    room.session.set_reviewed(True)
    show_frame(qtbot, room, 1)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.status is CaseStatus.REVIEWED


def test_a_bug_while_a_frame_is_read_reaches_the_excepthook_once_and_the_frame_is_not_tried_again(qtbot, room, monkeypatch):
    caught = []
    monkeypatch.setattr("sys.excepthook", lambda kind, error, trace: caught.append(kind))
    room.open(qtbot, room.add("a.dcm", 5, frames=[np.zeros((40, 50), np.uint8), np.zeros((40, 50), np.float32)]))
    room.session.show_frame(1)
    qtbot.waitUntil(lambda: bool(caught))
    assert caught == [ValueError]
    assert room.session.cine.unreadable == {1}
    assert room.failures == []
