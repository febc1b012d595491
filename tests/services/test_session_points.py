"""Another operating point is taken: everything that is known is held against it, at once and from then on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from busi_gui.services.packed import PackedCase
from busi_gui.services.states import NetworkStatus
from models.analysis import OperatingPoint
from tests.services.fake_pipeline import INFO, FakePipeline
from tests.services.reading_room import ReadingRoom

BALANCED = OperatingPoint("balanced", 0.9, 0.8, 0.9, "made-up scans")
POINTS = replace(INFO, operating_points=(INFO.operating_point, BALANCED), hashes={"segmenter.weights.h5": "4d" * 32})


class Pointed(FakePipeline):
    """Has two operating points, and asks two classifiers."""

    info = POINTS

    def analyse(self, pixels, report):
        analysis = super().analyse(pixels, report)
        found = tuple(replace(one, diagnosis=replace(one.diagnosis, opinions=(0.7, 0.9))) for one in analysis.lesions)
        return replace(analysis, network=POINTS, lesions=found)


@pytest.fixture
def room(qtbot, tmp_path):
    made = ReadingRoom(tmp_path, pipeline=Pointed())
    yield made
    assert made.session.shut_down()


def test_the_case_on_screen_and_the_one_beside_it_follow_at_once_and_nothing_is_analysed_anew(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    room.session.open_beside(room.add("b.png", frames=[np.ones((40, 50), np.uint8)]))
    qtbot.waitUntil(lambda: room.session.beside is not None and room.session.beside.analysis is not None)
    case, seen, count = room.session.case, len(room.pipeline.seen), len(room.cases)
    room.session.use_point("balanced")
    for one in (room.session.case, room.session.beside):
        assert one.analysis.network.operating_point == BALANCED
        assert one.analysis.finding == "benign"
    assert room.session.network.info.operating_point == BALANCED
    assert room.session.case.lesions is case.lesions
    assert len(room.cases) == count + 1
    assert len(room.pipeline.seen) == seen


def test_what_is_analysed_later_and_frames_that_were_analysed_before_follow(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 3))
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.activity is None and len(room.session.cine.findings) == 3)
    room.session.use_point("balanced")
    room.session.show_frame(2)
    qtbot.waitUntil(lambda: room.session.case.scan.frame == 2)
    assert room.session.case.analysis.network.operating_point == BALANCED
    room.open(qtbot, room.add("b.png", frames=[np.ones((40, 50), np.uint8)]))
    assert room.session.case.analysis.network.operating_point == BALANCED


def test_a_choice_made_before_the_networks_are_there_holds(qtbot, room):
    room.session.use_point("balanced")
    qtbot.waitUntil(lambda: room.session.network.status is NetworkStatus.READY)
    assert room.session.network.info.operating_point == BALANCED


def test_a_point_that_these_networks_do_not_have_is_their_first(qtbot, room):
    room.session.use_point("of another version")
    room.open(qtbot, room.add("a.png"))
    assert room.session.network.info.operating_point == INFO.operating_point
    assert room.session.case.analysis.network.operating_point == INFO.operating_point


def test_the_same_point_again_changes_nothing(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    count = len(room.cases)
    room.session.use_point("sensitive")
    assert len(room.cases) == count


def test_a_note_says_which_networks_looked_and_what_each_thought(qtbot, room):
    path = room.add("a.png")
    room.open(qtbot, path)
    qtbot.waitUntil(lambda: bool(room.notes))
    note = room.notes[-1][1]
    assert note.opinions == (0.7, 0.9)
    assert "version 0.0" in note.networks
    assert "4d" * 32 in note.networks


def test_a_cine_is_noted_by_its_key_frame_with_what_each_network_thought(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 8))
    room.session.analyse_all_frames()
    qtbot.waitUntil(lambda: room.session.activity is None and len(room.session.cine.findings) == 8)
    assert (room.notes[-1][1].opinions, room.notes[-1][1].p_low) == ((0.7, 0.9), 0.8 - 0.05)
    assert "4d" * 32 in room.notes[-1][1].networks


def test_a_packed_case_keeps_opinions_and_networks(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    case = room.session.case
    again = PackedCase.of(case).unpacked(case.scan)
    assert again.analysis is not None
    assert again.lesions[0].diagnosis is not None
    assert again.lesions[0].diagnosis.opinions == (0.7, 0.9)
    assert again.analysis.network == case.analysis.network


def test_what_was_found_out_of_the_outline_is_not_forgotten_by_looking_again(qtbot, room):
    path = room.add("a.png")
    room.open(qtbot, path)
    qtbot.waitUntil(lambda: bool(room.notes))
    room.session._notes.remember(room.session._file, p_low=0.2, p_high=0.81)
    room.session.analyse()
    qtbot.waitUntil(lambda: room.session.activity is None)
    note = room.session._file.note
    assert (note.p_low, note.p_high) == (0.2, 0.8 + 0.05)
