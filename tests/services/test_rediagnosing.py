"""What the reader outlines anew is diagnosed again."""

import numpy as np
import pytest

from busi_gui.domain.scan import Box, Spacing
from busi_gui.services.states import NetworkStatus
from models.analysis import NetworkError
from tests.services.fake_pipeline import FakePipeline, share_of
from tests.services.outlining import box, draw, drawn, lesion
from tests.services.reading_room import ReadingRoom, show_frame


def is_complete(room):
    case = room.session.case
    return case is not None and all(one.diagnosis is not None and one.diagnosis.ranges for one in case.lesions)


def test_a_changed_outline_is_diagnosed_at_once(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    first = lesion(room)
    mask = draw(room, 2, 3, 12, 20)
    assert lesion(room).is_stale
    assert room.session.rediagnosing.numbers == {1}
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert lesion(room).diagnosis.p_malignant == share_of(mask)
    assert lesion(room).before is first.answer
    assert room.session.rediagnosing.numbers == set()
    assert len(room.pipeline.threads) == 1
    assert len(room.pipeline.seen) == 1, "the scan is not analysed again"


def test_a_new_lesion_is_diagnosed_and_the_others_are_not(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    kept = lesion(room).answer
    mask = draw(room, 2, 3, 12, 20, number=2)
    qtbot.waitUntil(lambda: not lesion(room, 2).is_stale)
    assert lesion(room, 2).diagnosis.p_malignant == share_of(mask)
    assert lesion(room).answer is kept
    assert len(drawn(room)) == 1


def test_the_newest_outline_wins(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.pipeline.started.clear()
    room.pipeline.diagnose_way = "wait"
    draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(room.pipeline.started.is_set)
    draw(room, 2, 3, 13, 20)
    newest = draw(room, 2, 3, 14, 20)
    probabilities = []
    room.session.case_changed.connect(lambda case: probabilities.append(case.lesion(1).diagnosis.p_malignant))
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert set(probabilities) == {share_of(newest)}, "the older answer was never shown"
    assert [share_of(mask) for mask in drawn(room)][1:] == [share_of(newest)], "that between the two was never asked"


def test_an_older_job_ends_at_its_next_lesion(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.pipeline.started.clear()
    room.pipeline.diagnose_way = "wait"
    reading = room.session.editing.reading
    for place in range(2):
        reading = reading.added(box(room.session.case, 2, 2 + 4 * place, 8, 5 + 4 * place))
    room.session.editing.edit("import", reading)
    qtbot.waitUntil(room.pipeline.started.is_set)
    room.session.editing.undo()
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: is_complete(room))
    assert len(drawn(room)) == 1


def test_what_does_not_change_an_outline_asks_nothing(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    editing = room.session.editing
    editing.edit("rename", editing.reading.changed(1, name="upper"))
    qtbot.waitUntil(lambda: is_complete(room))
    assert drawn(room) == []
    assert lesion(room).outline.name == "upper"


def test_with_the_setting_off_a_changed_outline_waits_until_it_is_asked_for(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.session.rediagnosing.is_at_once = False
    qtbot.waitUntil(lambda: is_complete(room))
    old = lesion(room).answer
    mask = draw(room, 2, 3, 12, 20)
    other = draw(room, 2, 25, 12, 30, number=2)
    with qtbot.waitSignal(room.session.case_changed, timeout=500, raising=False) as waiting:
        pass
    assert not waiting.signal_triggered
    assert drawn(room) == []
    assert lesion(room).is_stale
    assert lesion(room).answer is old
    room.session.analyse()
    qtbot.waitUntil(lambda: not lesion(room).is_stale and not lesion(room, 2).is_stale)
    assert {share_of(one) for one in drawn(room)} == {share_of(mask), share_of(other)}
    qtbot.waitUntil(lambda: room.session.activity is None)
    assert len(room.pipeline.seen) == 2, "the networks have looked at the scan again"
    draw(room, 2, 3, 13, 20)
    assert room.session.rediagnosing.numbers == set(), "what is drawn after that waits again"
    room.session.rediagnosing.is_at_once = True
    qtbot.waitUntil(lambda: not lesion(room).is_stale)


def test_looking_again_leaves_the_readers_outlines_and_their_answers_and_offers_its_own(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    network = lesion(room).answer
    mask = draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    known = lesion(room)
    analysis = room.session.case.analysis
    room.session.analyse()
    qtbot.waitUntil(lambda: room.session.case.analysis is not analysis)
    assert np.array_equal(lesion(room).mask, mask)
    assert lesion(room).answer is known.answer
    assert lesion(room).before is network
    assert room.session.case.network_outline(1) is room.session.case.analysis.lesions[0]
    assert len(drawn(room)) == 1, "what is known is not asked again"


def test_an_undone_step_has_the_answer_that_it_had_without_asking_the_networks(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    p_first = lesion(room).diagnosis.p_malignant
    draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    p_second = lesion(room).diagnosis.p_malignant
    for _ in range(2):
        room.session.editing.undo()
        assert not lesion(room).is_stale
        assert lesion(room).diagnosis.p_malignant == p_first
        room.session.editing.redo()
        assert not lesion(room).is_stale
        assert lesion(room).diagnosis.p_malignant == p_second
    assert len(drawn(room)) == 1


def test_a_network_that_fails_says_so_once_and_leaves_the_lesion_stale(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.pipeline.diagnose_way = "fail"
    draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: len(room.failures) == 1)
    assert room.failures == ["The network is out of order."]
    assert lesion(room).is_stale
    assert room.session.rediagnosing.numbers == set()
    editing = room.session.editing
    editing.edit("rename", editing.reading.changed(1, name="upper"))  # something else happens
    with qtbot.waitSignal(room.session.failed, timeout=500, raising=False):
        pass
    assert len(drawn(room)) == 1
    room.pipeline.diagnose_way = "answer"
    room.session.analyse()
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert len(drawn(room)) == 2


def test_a_lesion_that_failed_is_asked_again_when_it_is_changed(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.pipeline.diagnose_way = "fail"
    draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: len(room.failures) == 1)
    room.pipeline.diagnose_way = "answer"
    draw(room, 2, 3, 13, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)


def test_ranges_that_fail_are_not_asked_for_ever(qtbot, room):
    room.pipeline.diagnose_way = "fail ranges"
    room.open(qtbot, room.add("a.png"))
    qtbot.waitUntil(lambda: len(room.failures) == 1)
    with qtbot.waitSignal(room.session.failed, timeout=800, raising=False) as again:
        pass
    assert not again.signal_triggered
    assert not lesion(room).is_stale


def test_an_answer_for_a_frame_that_was_left_is_dropped(qtbot, room):
    room.open(qtbot, room.add("cine.dcm", 3))
    room.pipeline.started.clear()
    room.pipeline.diagnose_way = "wait"
    draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(room.pipeline.started.is_set)
    show_frame(qtbot, room, 1)
    room.pipeline.diagnose_way = "answer"
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.case.analysis is not None and is_complete(room))
    assert lesion(room).diagnosis.p_malignant == 0.8
    show_frame(qtbot, room, 0)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert lesion(room).outline.source.value == "corrected"


def test_outlines_that_were_set_down_another_day_are_diagnosed_when_they_are_seen(qtbot, room):
    room.open(qtbot, room.add("cine.dcm", 3))
    mask = draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    show_frame(qtbot, room, 1)
    show_frame(qtbot, room, 0)
    assert lesion(room).is_stale, "the network's lesion 1 is not the reader's"
    assert lesion(room).answer is None
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert lesion(room).diagnosis.p_malignant == share_of(mask)
    assert lesion(room).before is None


def test_what_is_drawn_while_the_networks_load_is_diagnosed_when_they_are_ready(qtbot, tmp_path):
    pipeline = FakePipeline()
    room = ReadingRoom(tmp_path, pipeline=pipeline, load=lambda: pipeline.release.wait(20) and pipeline)
    try:
        room.session.open(room.add("a.png"))
        qtbot.waitUntil(lambda: room.session.case is not None)
        mask = draw(room, 2, 3, 12, 20)
        assert room.session.rediagnosing.numbers == set()
        pipeline.release.set()
        qtbot.waitUntil(lambda: not lesion(room).is_stale)
        assert lesion(room).diagnosis.p_malignant == share_of(mask)
    finally:
        pipeline.release.set()
        assert room.session.shut_down()


def test_without_networks_what_is_drawn_stays_and_nothing_is_tried(qtbot, tmp_path):
    tries = []

    def load():
        tries.append(1)
        raise NetworkError("The weights are damaged.")

    room = ReadingRoom(tmp_path, load=load)
    try:
        room.session.open(room.add("a.png"))
        qtbot.waitUntil(
            lambda: room.session.case is not None and room.session.network.status is NetworkStatus.FAILED and room.session.activity is None
        )
        before = len(tries)
        draw(room, 2, 3, 12, 20)
        with qtbot.waitSignal(room.session.network_changed, timeout=500, raising=False) as waiting:
            pass
        assert not waiting.signal_triggered
        assert len(tries) == before
        assert lesion(room).is_stale
        room.session.calibrate(Spacing(0.1, 0.1))
        assert lesion(room).measures.width_mm == pytest.approx(1.7)
    finally:
        assert room.session.shut_down()


def test_a_diagnosis_does_not_wait_for_the_end_of_an_analysis(qtbot, room):
    """Nor for what is queued behind it: it is made at the next stage, and the analysis goes on."""
    room.open(qtbot, room.add("a.png"))
    room.pipeline.way = "work until stopped"
    room.pipeline.started.clear()
    room.session.analyse()
    qtbot.waitUntil(room.pipeline.started.is_set)
    mask = draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert lesion(room).diagnosis.p_malignant == share_of(mask)
    assert room.session.activity is not None
    room.session.stop()
    qtbot.waitUntil(lambda: room.session.activity is None)


def test_when_nothing_changes_it_is_found_out_how_much_the_outline_matters(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    assert not is_complete(room)
    analysis = room.session.case.analysis
    qtbot.waitUntil(lambda: is_complete(room))
    assert [(one.shift, one.unit) for one in lesion(room).diagnosis.ranges] == [(1, "px"), (2, "px")]
    assert lesion(room).diagnosis.p_malignant == analysis.lesions[0].diagnosis.p_malignant
    assert lesion(room).before is None, "it is the same answer, and more of it"
    assert not lesion(room).is_stale


def test_millimetres_are_converted_for_each_direction_and_again_for_another_scale(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    qtbot.waitUntil(lambda: is_complete(room))
    room.session.calibrate(Spacing(0.1, 0.2))
    assert lesion(room).diagnosis.ranges == (), "pixels say nothing of millimetres"
    qtbot.waitUntil(lambda: is_complete(room))
    assert [(one.shift, one.unit) for one in lesion(room).diagnosis.ranges] == [(1, "mm"), (2, "mm")]
    assert room.pipeline.asked[-1][2] == ((10.0, 5.0), (20.0, 10.0))


def test_the_lesion_that_the_reader_looks_at_comes_first(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.session.rediagnosing.is_at_once = False
    masks = [draw(room, 2, 3 + 6 * number, 12, 8 + 6 * number, number=number) for number in (2, 3, 4)]
    room.session.rediagnosing.attend(3)
    room.session.rediagnosing.is_at_once = True
    qtbot.waitUntil(lambda: all(not lesion(room, number).is_stale for number in (2, 3, 4)))
    assert np.array_equal(drawn(room)[0], masks[1])
    qtbot.waitUntil(lambda: is_complete(room))
    assert np.array_equal(next(one[1] for one in room.pipeline.asked if isinstance(one, tuple)), masks[1])


def test_many_lesions_come_in_turns(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    reading = room.session.editing.reading
    for place in range(7):
        reading = reading.added(box(room.session.case, 2, 2 + 4 * place, 8, 5 + 4 * place))
    room.session.editing.edit("import", reading)
    counts = []
    room.session.case_changed.connect(lambda case: counts.append(sum(not one.is_stale for one in case.lesions)))
    qtbot.waitUntil(lambda: all(not one.is_stale for one in room.session.case.lesions))
    assert counts == [4, 7, 8]


def test_only_what_lies_in_the_field_is_diagnosed_and_what_lies_outside_asks_nothing(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.session.crop(Box(5, 5, 35, 45))
    qtbot.waitUntil(lambda: room.session.activity is None and room.session.case.analysis is not None)
    mask = draw(room, 0, 0, 20, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert drawn(room)[-1].shape == (30, 40)
    assert lesion(room).diagnosis.p_malignant == share_of(mask[5:35, 5:45])
    asked = len(drawn(room))
    draw(room, 0, 0, 3, 3, number=2)
    qtbot.waitUntil(lambda: bool(lesion(room).diagnosis.ranges))
    assert len(drawn(room)) == asked
    assert lesion(room, 2).diagnosis is None


def test_another_field_has_outlines_diagnosed_again(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    mask = draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    room.session.crop(Box(5, 5, 35, 45))
    qtbot.waitUntil(lambda: not lesion(room).is_stale and room.session.case.analysis is not None)
    assert lesion(room).diagnosis.p_malignant == share_of(mask[5:35, 5:45])


def test_a_scale_by_hand_measures_what_was_drawn_without_networks_or_after(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    draw(room, 2, 3, 12, 20)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    answer = lesion(room).answer.mask
    room.session.calibrate(Spacing(0.1, 0.1))
    assert lesion(room).measures.width_mm == pytest.approx(1.7)
    assert lesion(room).answer.mask is answer
    analysis = room.session.case.analysis
    room.session.analyse()
    qtbot.waitUntil(lambda: room.session.case.analysis is not analysis)
    assert lesion(room).measures.width_mm == pytest.approx(1.7)
