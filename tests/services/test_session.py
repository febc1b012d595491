"""What a reader does to a session, and what is announced."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from busi_gui.domain.case import Case
from busi_gui.io.errors import ReadError
from busi_gui.io.scans import scans_in
from busi_gui.services.model_service import ModelService
from busi_gui.services.session import Session
from busi_gui.services.states import Activity
from models.analysis import NetworkError, NotConverted
from tests.services.array_file import ArrayFile
from tests.services.comparisons import watch_comparisons
from tests.services.fake_pipeline import FakePipeline


class Desk:
    """A session on a folder of three made-up scans, with a log of what it announced."""

    def __init__(self, folder, way):
        self.paths = [folder / f"scan{n}.png" for n in (1, 2, 10)]
        for path in self.paths:
            path.write_bytes(b"read by a stand-in")
        self.reads: list[Path] = []
        self.pipeline = FakePipeline(way)
        self.gate = threading.Event()
        self.gate.set()
        self.session = Session(ModelService(lambda: self.pipeline, ("false",)), self.open_file)
        self.cases: list[Case] = []
        self.activities: list[Activity | None] = []
        self.failures: list[str] = []
        self.session.case_changed.connect(self.cases.append)
        self.session.activity_changed.connect(self.activities.append)
        self.session.failed.connect(self.failures.append)
        self.session.start()

    def open_file(self, path):
        self.reads.append(path)
        assert self.gate.wait(20)
        if "broken" in path.name:
            raise ReadError(f"{path.name} is broken.")
        if "bug" in path.name:
            raise ZeroDivisionError
        return ArrayFile(path, [np.full((40, 50), len(path.name), np.uint8)])


def open_black(path):
    return ArrayFile(path, [np.zeros((40, 50), np.uint8)])


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


def test_stepping_goes_past_a_file_that_cannot_be_read_and_back(qtbot, desk, tmp_path):
    (tmp_path / "scan1_broken.png").write_bytes(b"read by a stand-in")  # between the first and the second
    open_and_wait(qtbot, desk, desk.paths[0])
    assert [p.name for p in desk.session.folder] == ["scan1.png", "scan1_broken.png", "scan2.png", "scan10.png"]
    for offset, goal in ((1, desk.paths[1]), (-1, desk.paths[0])):
        with qtbot.waitSignal(desk.session.failed):
            desk.session.step(offset)
        desk.session.step(offset)
        qtbot.waitUntil(lambda goal=goal: desk.session.case.scan.path == goal and desk.session.activity is None)


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


def test_a_new_file_is_found_when_a_file_is_opened_but_the_folder_is_not_listed_for_each_step(qtbot, desk, monkeypatch, tmp_path):
    listed = []

    def noted(folder):
        listed.append(folder)
        return scans_in(folder)

    monkeypatch.setattr("busi_gui.services.opening.scans_in", noted)
    folders = []
    desk.session.folder_changed.connect(folders.append)
    open_and_wait(qtbot, desk, desk.paths[0])
    (tmp_path / "scan3.png").write_bytes(b"new")
    desk.session.step(1)
    qtbot.waitUntil(lambda: desk.session.case.scan.path == desk.paths[1] and desk.session.activity is None)
    assert listed == [tmp_path]
    assert desk.session.place == 1
    open_and_wait(qtbot, desk, desk.paths[2])
    assert listed == [tmp_path] * 2
    assert [[path.name for path in folder] for folder in folders] == [
        ["scan1.png", "scan2.png", "scan10.png"],
        ["scan1.png", "scan2.png", "scan3.png", "scan10.png"],
    ]
    open_and_wait(qtbot, desk, desk.paths[0])
    assert len(folders) == 2
    assert desk.session.place == 0


def test_no_path_is_compared_in_the_ui_thread_however_large_the_folder_is(qtbot, desk, monkeypatch, tmp_path):
    for n in range(300):
        (tmp_path / f"slice{n}.png").touch()
    last = tmp_path / "slice299.png"
    open_and_wait(qtbot, desk, last)
    compared = watch_comparisons(monkeypatch)
    desk.session.open(last)
    qtbot.waitUntil(lambda: desk.session.activity is None)
    desk.session.step(-1)
    qtbot.waitUntil(lambda: desk.session.activity is None)
    assert desk.session.case.scan.path.name == "slice298.png"
    assert len(compared) < 20


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error"), ReadError("no")])
def test_a_scan_whose_folder_cannot_be_listed_is_shown_all_the_same(qtbot, desk, monkeypatch, error):
    def refuse(folder):
        raise error

    monkeypatch.setattr("busi_gui.services.opening.scans_in", refuse)
    open_and_wait(qtbot, desk, desk.paths[0])
    assert desk.session.folder == (desk.paths[0],)
    assert desk.failures == []


def test_of_a_bad_file_in_a_bad_folder_the_file_is_named(qtbot, desk, monkeypatch, tmp_path):
    def refuse(folder):
        raise ReadError("the folder is bad.")

    monkeypatch.setattr("busi_gui.services.opening.scans_in", refuse)
    with qtbot.waitSignal(desk.session.failed) as failed:
        desk.session.open(tmp_path / "broken.png")
    assert failed.args == ["broken.png is broken."]


def test_a_path_that_may_not_be_looked_at_is_a_failure_said_in_words(qtbot, desk, tmp_path):
    with qtbot.waitSignal(desk.session.failed) as failed:
        desk.session.open(tmp_path / ("too long a name" * 100))
    assert "cannot be read from its drive" in failed.args[0]
    assert desk.reads == []


@pytest.mark.parametrize("end", ["fails", "is stopped"])
@pytest.mark.parametrize("desk", ["wait"], indirect=True)
def test_an_analysis_that_goes_on_after_a_read_that_came_to_nothing_is_still_announced(qtbot, desk, tmp_path, end):
    desk.session.open(desk.paths[0])
    qtbot.waitUntil(desk.pipeline.started.is_set)
    qtbot.waitUntil(lambda: desk.session.activity is not None and desk.session.activity.stage == "segmenting")
    desk.gate.clear()
    desk.session.open(tmp_path / "broken.png")
    assert desk.session.activity.stage == "reading"
    if end == "is stopped":
        desk.session.stop()
        desk.gate.set()
    else:
        desk.gate.set()
        qtbot.waitUntil(lambda: bool(desk.failures))
    assert desk.session.activity is not None
    assert desk.session.activity.stage == "segmenting"
    desk.pipeline.release.set()
    qtbot.waitUntil(lambda: desk.session.case.analysis is not None)
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

    session = Session(ModelService(load, ("false",)), open_black)
    try:
        session.open(tmp_path / "scan.png")
        qtbot.waitUntil(lambda: session.case is not None)
        with qtbot.waitSignal(session.failed):
            session.start()
        assert session.activity is None
        announced = []
        session.activity_changed.connect(announced.append)
        session.start()
        assert announced == [Activity("waiting for the networks", 0.0, can_stop=True)]
        qtbot.waitUntil(lambda: session.case is not None and session.case.analysis is not None)
    finally:
        session.shut_down()


def test_a_case_whose_networks_could_not_be_prepared_is_analysed_after_trying_again(qtbot, tmp_path):
    ready, works = tmp_path / "ready", tmp_path / "works"

    def load():
        if not ready.exists():
            raise NotConverted("not yet")
        return FakePipeline()

    code = f"import sys; from pathlib import Path; Path({str(works)!r}).exists() or sys.exit('no room'); Path({str(ready)!r}).touch()"
    session = Session(ModelService(load, [sys.executable, "-c", code]), open_black)
    try:
        session.open(tmp_path / "scan.png")
        qtbot.waitUntil(lambda: session.case is not None)
        with qtbot.waitSignal(session.failed, timeout=10_000):
            session.start()
        works.touch()
        session.start()
        qtbot.waitUntil(lambda: session.case is not None and session.case.analysis is not None, timeout=10_000)
        assert session.activity is None
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
    assert desk.session.shut_down()


@pytest.mark.parametrize("desk", ["wait"], indirect=True)
def test_quitting_does_not_wait_for_a_drive_or_a_network_that_hangs(qtbot, desk):
    desk.session.open(desk.paths[0])
    qtbot.waitUntil(desk.pipeline.started.is_set)
    assert not desk.session.shut_down(limit_s=0.05)  # the networks hang
    desk.pipeline.release.set()
    assert desk.session.shut_down()


def test_quitting_says_that_the_reader_thread_hangs(qtbot, desk):
    desk.gate.clear()
    desk.session.open(desk.paths[0])
    qtbot.waitUntil(lambda: bool(desk.reads))
    assert not desk.session.shut_down(limit_s=0.05)
    desk.gate.set()
    assert desk.session.shut_down()


def test_pixels_that_cross_the_thread_are_read_only(qtbot, desk):
    open_and_wait(qtbot, desk, desk.paths[0])
    with pytest.raises(ValueError, match="read-only"):
        desk.pipeline.seen[0][0, 0] = 1
    assert isinstance(desk.session.case.scan.path, Path)
