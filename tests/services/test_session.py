"""What a reader does to a session, and what is announced."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Scan
from busi_gui.io.errors import ReadError
from busi_gui.services.model_service import ModelService
from busi_gui.services.session import Session
from busi_gui.services.states import Activity
from models.analysis import NetworkError
from tests.services.fake_pipeline import FakePipeline


class Desk:
    """A session on a folder of three made-up scans, with a log of what it announced."""

    def __init__(self, folder, way):
        self.paths = [folder / f"scan{n}.png" for n in (1, 2, 10)]
        for path in self.paths:
            path.write_bytes(b"read by a stand-in")
        self.pipeline = FakePipeline(way)
        self.gate = threading.Event()
        self.gate.set()
        self.session = Session(ModelService(lambda: self.pipeline, ("false",)), self.read)
        self.cases: list[Case] = []
        self.activities: list[Activity | None] = []
        self.failures: list[str] = []
        self.session.case_changed.connect(self.cases.append)
        self.session.activity_changed.connect(self.activities.append)
        self.session.failed.connect(self.failures.append)
        self.session.start()

    def read(self, path):
        assert self.gate.wait(20)
        if "broken" in path.name:
            raise ReadError(f"{path.name} is broken.")
        if "bug" in path.name:
            raise ZeroDivisionError
        return Scan(path, np.full((40, 50), len(path.name), np.uint8))


@pytest.fixture
def desk(qtbot, tmp_path, request):
    made = Desk(tmp_path, getattr(request, "param", "answer"))
    yield made
    made.session.shut_down()


def open_and_wait(qtbot, desk, path):
    desk.session.open(path)
    qtbot.waitUntil(lambda: desk.session.case is not None and desk.session.case.scan.path == path and desk.session.activity is None)


def test_opening_shows_the_scan_first_and_its_analysis_after(qtbot, desk):
    open_and_wait(qtbot, desk, desk.paths[0])
    assert [case.analysis is None for case in desk.cases] == [True, False]
    assert desk.cases[1].lesions[0].measures.area_px > 0
    assert desk.activities[0].stage == "reading"
    assert desk.activities[-1] is None
    assert {a.stage for a in desk.activities if a} >= {"segmenting", "explaining"}


def test_the_folder_is_stepped_through_in_natural_order(qtbot, desk):
    open_and_wait(qtbot, desk, desk.paths[0])
    assert [p.name for p in desk.session.folder] == ["scan1.png", "scan2.png", "scan10.png"]
    for path in desk.paths[1:]:
        desk.session.step(1)
        qtbot.waitUntil(lambda p=path: desk.session.case.scan.path == p and desk.session.activity is None)
    desk.session.step(1)
    assert desk.session.activity is None
    desk.session.step(-1)
    qtbot.waitUntil(lambda: desk.session.case.scan.path == desk.paths[1])


def test_a_folder_opens_at_its_first_scan(qtbot, desk, tmp_path):
    desk.session.open(tmp_path)
    qtbot.waitUntil(lambda: desk.session.case is not None)
    assert desk.session.case.scan.path == desk.paths[0]


def test_a_folder_without_scans_is_named(qtbot, desk, tmp_path):
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(desk.session.failed) as failed:
        desk.session.open(tmp_path / "empty")
    assert "empty holds no scan" in failed.args[0]


def test_a_bad_file_leaves_the_case_on_screen(qtbot, desk, tmp_path):
    open_and_wait(qtbot, desk, desk.paths[0])
    before = desk.session.case
    with qtbot.waitSignal(desk.session.failed) as failed:
        desk.session.open(tmp_path / "broken.png")
    assert failed.args == ["broken.png is broken."]
    assert desk.session.case is before
    assert desk.session.activity is None


@pytest.mark.parametrize("desk", ["wait"], indirect=True)
def test_a_late_answer_for_another_scan_is_not_shown(qtbot, desk):
    desk.session.open(desk.paths[0])
    qtbot.waitUntil(desk.pipeline.started.is_set)
    desk.session.open(desk.paths[1])
    qtbot.waitUntil(lambda: desk.session.case.scan.path == desk.paths[1])
    desk.pipeline.release.set()
    qtbot.waitUntil(lambda: desk.session.activity is None)
    assert [c.scan.path for c in desk.cases if c.analysis] == [desk.paths[1]]


@pytest.mark.parametrize("desk", ["work until stopped"], indirect=True)
def test_stop_leaves_the_scan_and_analysing_again_works(qtbot, desk):
    desk.session.open(desk.paths[0])
    qtbot.waitUntil(desk.pipeline.started.is_set)
    desk.session.stop()
    qtbot.waitUntil(lambda: desk.session.activity is None)
    assert desk.session.case.analysis is None
    desk.pipeline.way = "answer"
    desk.session.analyse()
    qtbot.waitUntil(lambda: desk.session.case.analysis is not None)


def test_only_the_last_of_several_opened_at_once_is_shown(qtbot, desk):
    desk.gate.clear()
    for path in desk.paths:
        desk.session.open(path)
    desk.gate.set()
    qtbot.waitUntil(lambda: desk.session.case is not None and desk.session.activity is None)
    assert {c.scan.path for c in desk.cases} == {desk.paths[-1]}


def test_stopping_a_slow_read_drops_it(qtbot, desk):
    desk.gate.clear()
    desk.session.open(desk.paths[0])
    desk.session.stop()
    assert desk.session.activity is None
    desk.gate.set()
    open_and_wait(qtbot, desk, desk.paths[1])
    assert {c.scan.path for c in desk.cases} == {desk.paths[1]}


@pytest.mark.parametrize("desk", ["fail"], indirect=True)
def test_a_network_error_is_said_and_the_scan_stays(qtbot, desk):
    with qtbot.waitSignal(desk.session.failed) as failed:
        desk.session.open(desk.paths[0])
    assert failed.args == ["The network is out of order."]
    assert desk.session.case.scan.path == desk.paths[0]


def test_a_case_that_the_networks_failed_is_analysed_once_they_load(qtbot, tmp_path):
    answers: list[Exception | FakePipeline] = [NetworkError("weights are damaged"), FakePipeline()]

    def load():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    session = Session(ModelService(load, ("false",)), lambda path: Scan(path, np.zeros((40, 50), np.uint8)))
    try:
        session.open(tmp_path / "scan.png")
        qtbot.waitUntil(lambda: session.case is not None)
        with qtbot.waitSignal(session.failed):
            session.start()
        assert session.activity is None
        session.start()
        qtbot.waitUntil(lambda: session.case is not None and session.case.analysis is not None)
    finally:
        session.shut_down()


@pytest.mark.parametrize("name", ["bug.png", "scan1.png"])
@pytest.mark.parametrize("desk", ["break"], indirect=True)
def test_a_bug_reaches_the_excepthook_and_leaves_nothing_hanging(qtbot, desk, monkeypatch, tmp_path, name):
    caught = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: caught.append(kind))
    desk.session.open(tmp_path / name)
    qtbot.waitUntil(lambda: bool(caught))
    assert caught == [ZeroDivisionError]
    assert desk.session.activity is None


@pytest.mark.parametrize("desk", ["work until stopped"], indirect=True)
def test_quitting_while_it_analyses_does_not_hang(qtbot, desk):
    desk.session.open(desk.paths[0])
    qtbot.waitUntil(desk.pipeline.started.is_set)
    desk.session.shut_down()


def test_pixels_that_cross_the_thread_are_read_only(qtbot, desk):
    open_and_wait(qtbot, desk, desk.paths[0])
    with pytest.raises(ValueError, match="read-only"):
        desk.pipeline.seen[0][0, 0] = 1
    assert isinstance(desk.session.case.scan.path, Path)
