"""Other networks are put in use: nothing of what the former said is mixed with what they say."""

from dataclasses import replace

import numpy as np
import pytest

from busi_gui.domain.provenance import full_text
from busi_gui.domain.reading import Reading
from busi_gui.store.workspace import Workspace
from models.analysis import NetworkError
from tests.domain.readings import box
from tests.services.fake_pipeline import PickyPipeline
from tests.services.reading_room import ReadingRoom
from tests.services.test_model_reload import OTHER


class Another(PickyPipeline):
    """A second version."""

    info = OTHER

    def analyse(self, pixels, report):
        return replace(super().analyse(pixels, report), network=OTHER)


@pytest.fixture
def chosen():
    """Return what is loaded next."""
    return [PickyPipeline()]


@pytest.fixture
def room(qtbot, tmp_path, chosen):
    workspace = Workspace()

    def load():
        if isinstance(chosen[0], Exception):
            raise chosen[0]
        return chosen[0]

    made = ReadingRoom(tmp_path, workspace, load=load)
    yield made
    made.gate.set()
    for pipeline in chosen:
        if not isinstance(pipeline, Exception):
            pipeline.release.set()
    assert made.session.shut_down()
    workspace.close()


def use(room, chosen, pipeline):
    chosen.insert(0, pipeline)
    room.session._models.reload()


def versions_of(case):
    return None if case is None or case.analysis is None else case.analysis.network.version


def test_the_case_on_screen_is_looked_at_again_and_says_so_also_in_its_note(qtbot, room, chosen):
    room.open(qtbot, room.add("a.png"))
    first = room.session.case.analysis.network
    use(room, chosen, Another())
    qtbot.waitUntil(lambda: versions_of(room.session.case) == "0.0+a")
    qtbot.waitUntil(lambda: room.notes[-1][1].networks == full_text(OTHER))
    assert full_text(first) in {note.networks for _, note in room.notes}
    assert "made from 0.0" in full_text(OTHER)


def test_until_the_others_have_answered_nothing_is_shown_under_their_name(qtbot, room, chosen):
    room.open(qtbot, room.add("a.png"))
    other = Another(way="wait")
    use(room, chosen, other)
    qtbot.waitUntil(other.started.is_set)
    case = room.session.case
    assert (case.analysis, case.lesions, case.concerns) == (None, (), ())
    assert room.session.network.info == OTHER
    other.release.set()
    qtbot.waitUntil(lambda: versions_of(room.session.case) == "0.0+a")
    assert len(room.session.case.lesions) == 1


def test_the_readers_outlines_stay_and_are_diagnosed_by_the_others(qtbot, room, chosen):
    room.open(qtbot, room.add("a.png"))
    mask = box(2, 2, 12, 12, shape=room.session.case.scan.shape)
    reading = room.session.case.reading
    room.session.editing.edit("draw", reading.added(mask))
    qtbot.waitUntil(lambda: all(not lesion.is_stale for lesion in room.session.case.lesions) and len(room.session.case.lesions) == 2)
    other = Another(way="wait")
    other.diagnose_way = "wait"
    use(room, chosen, other)
    qtbot.waitUntil(other.started.is_set)
    lesions = room.session.case.lesions
    assert len(lesions) == 2
    assert [(lesion.answer, lesion.before) for lesion in lesions] == [(None, None)] * 2
    other.release.set()
    qtbot.waitUntil(lambda: all(not lesion.is_stale for lesion in room.session.case.lesions) and room.session.activity is None)
    assert versions_of(room.session.case) == "0.0+a"
    assert len(other.asked) >= 2


def test_an_answer_of_the_former_networks_that_is_kept_back_while_the_reader_draws_is_dropped(qtbot, room, chosen):
    room.open(qtbot, room.add("a.png"))
    room.session.rediagnosing.hold(True)
    room.session.editing.edit("draw", Reading().added(box(2, 2, 12, 12, shape=room.session.case.scan.shape)))
    qtbot.waitUntil(lambda: room.session.rediagnosing._held_back is not None)
    other = Another()
    other.diagnose_way = "fail"
    use(room, chosen, other)
    qtbot.waitUntil(lambda: versions_of(room.session.case) == "0.0+a" and room.session.activity is None)
    room.session.rediagnosing.hold(False)
    qtbot.waitUntil(lambda: bool(room.failures))
    assert [lesion.answer for lesion in room.session.case.lesions] == [None]


def test_what_was_begun_along_a_cine_ends_for_the_others_have_not_seen_its_beginning(qtbot, room, chosen):
    room.open(qtbot, room.add("a.dcm", 6))
    former = chosen[0]
    former.way = "wait"
    former.started.clear()
    room.session.analyse_all_frames()
    qtbot.waitUntil(former.started.is_set)
    use(room, chosen, Another())
    former.release.set()
    qtbot.waitUntil(lambda: versions_of(room.session.case) == "0.0+a" and room.session.activity is None)
    assert list(room.session.cine.findings) == [0]


def test_the_frames_of_a_cine_are_all_of_the_same_networks(qtbot, room, chosen):
    room.open(qtbot, room.add("a.dcm", 6))
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: len(room.session.cine.findings) >= 2)
    use(room, chosen, Another())
    qtbot.waitUntil(lambda: versions_of(room.session.case) == "0.0+a")
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: len(room.session.cine.findings) == 6 and room.session.activity is None)
    assert {found.networks for found in room.session.cine.findings.values()} == {full_text(OTHER)}


def test_the_case_beside_is_looked_at_again_too(qtbot, room, chosen):
    room.open(qtbot, room.add("a.png"))
    room.session.open_beside(room.add("b.png", frames=[np.ones((40, 50), np.uint8)]))
    qtbot.waitUntil(lambda: versions_of(room.session.beside) == "0.0")
    use(room, chosen, Another())
    qtbot.waitUntil(lambda: versions_of(room.session.beside) == "0.0+a" and versions_of(room.session.case) == "0.0+a")


def test_where_the_others_cannot_be_loaded_all_that_was_said_stays(qtbot, room, chosen):
    room.open(qtbot, room.add("a.png"))
    case = room.session.case
    with qtbot.waitSignal(room.session._models.kept):
        use(room, chosen, NetworkError("The weights are damaged."))
    assert room.session.case.analysis is case.analysis
    assert room.session.network.info.version == "0.0"
