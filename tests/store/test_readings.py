"""What readers set down is in the Workspace as it was, and nobody's work is lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from busi_gui.domain.callipers import Calliper, Distance, Point
from busi_gui.domain.reading import CATEGORIES, Assessment, MaskSource, Outcome, OutcomeEvidence, OutcomeMethod, Reading
from busi_gui.store.workspace import ReadingConflict
from tests.store.readings import CALLIPERS, KEY, disc, drawn, full


def held(workspace, frame=0):
    return workspace.readings(KEY)[frame].packed.unpacked()


def test_nothing_is_set_down_on_a_new_scan(workspace):
    assert workspace.readings(KEY) == {}
    assert workspace.earlier(KEY, 0) == []
    assert workspace.asides(KEY) == {}


def test_a_reading_comes_back_bit_for_bit_in_another_program(workspace, open_workspace):
    assert workspace.store(KEY, 7, full(), base=0) == 1
    stored = open_workspace("bert on us-2").readings(KEY)[7]
    assert stored.packed.unpacked().is_same(full())
    assert (stored.revision, stored.reader, stored.problem) == (1, "anna on us-1", "")
    assert abs(datetime.now(UTC) - stored.changed) < timedelta(minutes=1)


def test_every_frame_of_every_file_has_its_own(workspace):
    for frame, key in ((0, KEY), (5, KEY), (0, KEY[::-1])):
        workspace.store(key, frame, drawn((10 + frame, 10), name=key), base=0)
    assert {frame: stored.packed.bare.outlines[0].name for frame, stored in workspace.readings(KEY).items()} == {0: KEY, 5: KEY}


def test_outlines_of_the_network_are_not_written_down(workspace):
    found = Reading().found([disc(20, 20)]).measured(CALLIPERS)
    workspace.store(KEY, 0, found, base=0)
    assert held(workspace).is_same(Reading(callipers=CALLIPERS))
    workspace.store(KEY, 0, drawn((10, 10)), base=1)
    workspace.store(KEY, 0, found, base=2)
    assert held(workspace).is_same(Reading(callipers=CALLIPERS))


def test_a_reading_from_which_everything_was_deleted_stays_the_readers(workspace):
    workspace.store(KEY, 0, drawn((10, 10)).without(1), base=0)
    assert held(workspace).is_touched
    assert not held(workspace).outlines


TEXTS = st.text(max_size=20)
DISCS = st.builds(disc, st.integers(0, 59), st.integers(0, 79), st.integers(1, 30))

EVIDENCE = st.builds(OutcomeEvidence, st.sampled_from(OutcomeMethod), st.just("") | st.dates().map(str), TEXTS)


@st.composite
def readings(draw):
    reading = Reading()
    for _ in range(draw(st.integers(0, 4))):
        assessment = Assessment(draw(st.sampled_from(["", *CATEGORIES])), draw(st.sampled_from(Outcome)), draw(TEXTS), draw(EVIDENCE))
        flags = {name: draw(st.booleans()) for name in ("is_locked", "is_hidden")}
        reading = reading.added(draw(DISCS), draw(st.sampled_from(MaskSource)), name=draw(TEXTS), assessment=assessment, **flags)
    if reading.outlines and draw(st.booleans()):
        reading = reading.without(draw(st.sampled_from([outline.number for outline in reading.outlines])))
    points = st.builds(Point, st.floats(allow_nan=False, allow_infinity=False), st.floats(-10, 10))
    return reading.measured(Calliper(number, Distance(draw(points), draw(points))) for number in range(1, draw(st.integers(1, 3))))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(readings(), min_size=1, max_size=4))
def test_whatever_was_there_before_a_reading_comes_back_as_it_was_written(workspace, steps):
    for reading in steps:
        revision = workspace.readings(KEY)[0].revision if workspace.readings(KEY) else 0
        workspace.store(KEY, 0, reading, base=revision)
        came = held(workspace)
        expected = reading if reading.is_touched else Reading(callipers=reading.callipers)
        assert came.is_same(_storable(expected))


def _storable(reading):
    for outline in reading.outlines:
        said = outline.assessment
        texts = [text.encode("utf-8", "replace").decode().replace("\0", "") for text in (outline.name, said.remark, said.evidence.source)]
        assessment = Assessment(said.category, said.outcome, texts[1], replace(said.evidence, source=texts[2]))
        reading = reading.changed(outline.number, name=texts[0], assessment=assessment)
    return reading


def test_what_was_made_from_an_earlier_revision_is_refused_with_what_is_there(workspace, open_workspace):
    other = open_workspace("bert on us-2")
    workspace.store(KEY, 0, drawn((10, 10)), base=0)
    other.store(KEY, 0, drawn((20, 20)), base=1)
    with pytest.raises(ReadingConflict, match="bert on us-2") as conflict:
        workspace.store(KEY, 0, drawn((30, 30)), base=1)
    assert conflict.value.theirs.revision == 2
    assert conflict.value.theirs.packed.unpacked().is_same(drawn((20, 20)))
    assert held(workspace).is_same(drawn((20, 20)))


def test_two_who_say_the_same_have_nothing_to_decide(workspace, open_workspace):
    other = open_workspace("bert on us-2")
    workspace.store(KEY, 0, full(), base=0)
    assert other.store(KEY, 0, full(), base=0) == 1
    assert workspace.readings(KEY)[0].reader == "anna on us-1"


def test_without_a_base_it_is_written_over_whatever_is_there(workspace):
    workspace.store(KEY, 0, drawn((10, 10)), base=0)
    assert workspace.store(KEY, 0, drawn((20, 20)), base=None) == 2
    assert held(workspace).is_same(drawn((20, 20)))


def test_a_revision_is_never_given_again_to_a_database_that_was_put_in_place_of_another(workspace):
    assert workspace.store(KEY, 0, drawn((10, 10)), base=7) == 8


def test_what_somebody_else_wrote_is_kept_when_it_is_overwritten(workspace, open_workspace):
    other = open_workspace("bert on us-2")
    workspace.store(KEY, 0, full(), base=0)
    other.store(KEY, 0, drawn((20, 20)), base=1)
    other.store(KEY, 0, drawn((21, 21)), base=2)
    other.store(KEY, 3, drawn((21, 21)), base=0)
    workspace.store(KEY, 0, drawn((30, 30)), base=3)
    earlier = workspace.earlier(KEY, 0)
    assert [(stored.revision, stored.reader) for stored in earlier] == [(3, "bert on us-2"), (1, "anna on us-1")]
    assert earlier[0].packed.unpacked().is_same(drawn((21, 21)))
    assert earlier[1].packed.unpacked().is_same(full())
    assert workspace.earlier(KEY, 3) == []


def test_two_windows_of_one_reader_lose_nothing_either(workspace, open_workspace):
    other = open_workspace()
    workspace.store(KEY, 0, drawn((10, 10)), base=0)
    other.store(KEY, 0, drawn((20, 20)), base=1)
    assert [stored.packed.unpacked().is_same(drawn((10, 10))) for stored in other.earlier(KEY, 0)] == [True]


def test_a_window_that_goes_on_with_its_own_work_keeps_no_earlier_revision(workspace):
    for revision in range(5):
        workspace.store(KEY, 0, drawn((10 + revision, 10)), base=revision)
    assert workspace.earlier(KEY, 0) == []


def test_a_reading_laid_aside_is_found_after_a_crash_and_gone_when_it_is_decided(workspace, open_workspace):
    open_workspace("bert on us-2").store(KEY, 2, drawn((10, 10)), base=0)
    workspace.store_aside(KEY, 2, drawn((20, 20)))
    workspace.store_aside(KEY, 2, full())
    after = open_workspace()
    found = after.asides(KEY)
    assert list(found) == [2]
    assert found[2].packed.unpacked().is_same(full())
    assert (found[2].reader, found[2].revision) == ("anna on us-1", 1)
    assert held(workspace, 2).is_same(drawn((10, 10)))
    after.store(KEY, 2, full(), base=1)
    assert open_workspace().asides(KEY) == {}


def test_what_the_same_window_laid_aside_goes_when_it_decides(workspace):
    workspace.store_aside(KEY, 2, full())
    workspace.store(KEY, 1, full(), base=0)
    assert list(workspace.asides(KEY)) == [2]
    workspace.store(KEY, 2, full(), base=0)
    assert workspace.asides(KEY) == {}


def test_what_another_window_has_laid_aside_since_it_was_looked_for_stays(workspace, open_workspace):
    workspace.store_aside(KEY, 0, drawn((10, 10)))
    other = open_workspace()
    other.asides(KEY)
    workspace.store_aside(KEY, 0, drawn((20, 20)))
    other.store(KEY, 0, drawn((10, 10)), base=0)
    assert open_workspace().asides(KEY)[0].packed.unpacked().is_same(drawn((20, 20)))


def test_on_a_server_nobody_is_asked_about_what_another_reader_has_laid_aside(workspace, open_workspace):
    workspace.store_aside(KEY, 0, full())
    assert bool(open_workspace("bert on us-2").asides(KEY)) is not workspace.is_shared
    assert open_workspace().asides(KEY)


def test_of_two_that_write_at_once_one_is_told(workspace, open_workspace):
    workspaces = [workspace, open_workspace("bert on us-2")]
    told = []
    for round_ in range(12):
        barrier = threading.Barrier(2)

        def write(number, barrier=barrier, frame=round_ // 3, base=round_ % 3):
            barrier.wait()
            try:
                workspaces[number].store(KEY, frame, drawn((10 + base, 20 + number)), base)
            except ReadingConflict:
                told.append(number)

        threads = [threading.Thread(target=write, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == round_ + 1
        assert workspace.readings(KEY)[round_ // 3].revision == round_ % 3 + 1
        assert held(workspace, round_ // 3).is_same(drawn((10 + round_ % 3, 21 - told[-1])))


def test_two_that_write_at_once_for_long_lose_no_stroke(workspace, open_workspace):
    workspaces = [workspace, open_workspace("bert on us-2")]
    problems = []

    def write(number):
        try:
            for stroke in range(20):
                _add(workspaces[number], f"{number} {stroke}")
        except Exception as error:  # noqa: BLE001 - reported by the test
            problems.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert {outline.name for outline in held(workspace).outlines} == {f"{number} {stroke}" for number in (0, 1) for stroke in range(20)}
    assert workspace.readings(KEY)[0].revision == 40


def _add(workspace, name):
    while True:
        stored = workspace.readings(KEY).get(0)
        reading = stored.packed.unpacked() if stored is not None else Reading()
        try:
            workspace.store(KEY, 0, reading.added(disc(10, 10, 2), name=name), stored.revision if stored is not None else 0)
        except ReadingConflict:
            continue
        return
