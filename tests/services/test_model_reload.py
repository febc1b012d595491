"""Other networks are put in use while the program runs."""

import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Scan
from busi_gui.services.model_service import ModelService
from busi_gui.services.states import NetworkStatus
from models.analysis import NetworkError, NotConverted
from tests.services.fake_pipeline import INFO, FakePipeline

CASE = Case(Scan(Path("a.png"), np.zeros((40, 50), np.uint8)))
OTHER = replace(INFO, version="0.0+a", parent="0.0")


class Other(FakePipeline):
    """Another version."""

    info = OTHER

    def analyse(self, pixels, report):
        return replace(super().analyse(pixels, report), network=OTHER)


def _said(answer):
    return answer if isinstance(answer, str) else answer.analysis.network.version


class Shelf:
    """What is loaded next, as if it were chosen; each that was loaded is noted; where it is held, loading waits at the gate."""

    def __init__(self):
        self.chosen = FakePipeline()
        self.loads = []
        self.gate = threading.Event()
        self.is_held = False

    def load(self):
        chosen = self.chosen
        self.loads.append(chosen)
        if self.is_held:
            assert self.gate.wait(20)
        if isinstance(chosen, Exception):
            raise chosen
        return chosen


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def make(qtbot, shelf):
    made = []

    def build(convert_command=("false",), *, is_ready=True):
        service: Any = ModelService(shelf.load, convert_command)
        made.append(service)
        service.said = []
        service.replaced.connect(lambda: service.said.append("replaced"))
        service.state_changed.connect(lambda state: service.said.append(state.status.value))
        service.kept.connect(service.said.append)
        service.done.connect(lambda _number, answer: service.said.append(_said(answer)))
        if is_ready:
            service.start()
            qtbot.waitUntil(lambda: service.state.status is NetworkStatus.READY)
            service.said.clear()
        return service

    yield build
    for service in made:
        assert service.shut_down()


def test_the_others_answer_once_they_are_there_and_are_named(qtbot, make, shelf):
    service = make()
    shelf.chosen = Other()
    service.reload()
    qtbot.waitUntil(lambda: service.said == ["replaced", "ready"])
    assert service.state.info == OTHER
    with qtbot.waitSignal(service.done):
        service.analyse(CASE)
    assert service.said[-1] == "0.0+a"


def test_who_hears_of_it_sees_the_new_networks_already(qtbot, make, shelf):
    service = make()
    seen = []
    service.replaced.connect(lambda: seen.append(service.state.info))
    shelf.chosen = Other()
    service.reload()
    qtbot.waitUntil(lambda: seen == [OTHER])


def test_what_is_at_work_ends_with_the_former_and_what_waits_behind_is_done_by_the_new(qtbot, make, shelf):
    former = shelf.chosen
    former.way = "wait"
    service = make()
    service.analyse(CASE)
    qtbot.waitUntil(former.started.is_set)
    shelf.chosen = Other()
    service.reload()
    service.analyse(CASE)
    former.release.set()
    qtbot.waitUntil(lambda: len(service.said) == 4)
    assert service.said == ["0.0", "replaced", "ready", "0.0+a"], "the order in which they were done"
    assert len(former.seen) == 1


@pytest.mark.parametrize("problem", [NetworkError("The weights are damaged."), ZeroDivisionError("a bug")])
def test_where_the_others_cannot_be_loaded_the_former_go_on_and_it_is_said_why(qtbot, make, shelf, problem):
    service = make()
    shelf.chosen = problem
    service.reload()
    qtbot.waitUntil(lambda: len(service.said) == 1)
    assert service.said[0] in ("The weights are damaged.", "The networks could not be loaded because of an error in the program; see the log.")
    assert service.state.info == INFO
    with qtbot.waitSignal(service.done):
        service.analyse(CASE)
    assert service.said[1:] == ["0.0"]


def test_the_same_networks_again_replace_nothing(qtbot, make, shelf):
    service = make()
    service.reload()
    qtbot.waitUntil(lambda: bool(service.said))
    assert service.said == ["ready"]


def test_an_operating_point_that_was_chosen_is_looked_for_among_the_others(qtbot, make, shelf):
    service = make()
    balanced = replace(INFO.operating_point, name="balanced")
    service.use_point("balanced")
    shelf.chosen = Other()
    shelf.chosen.info = replace(OTHER, operating_points=(INFO.operating_point, balanced))
    service.reload()
    qtbot.waitUntil(lambda: "replaced" in service.said)
    assert service.state.info.operating_point == balanced


def test_others_that_were_never_prepared_are_converted_while_the_former_answer(qtbot, make, shelf, tmp_path):
    flag, go = tmp_path / "converted", tmp_path / "go"
    code = f"import os\nprint(' 40 %  one', flush=True)\nwhile not os.path.exists({str(go)!r}): pass\nopen({str(flag)!r}, 'w').close()"
    service = make([sys.executable, "-c", code])
    told = []
    service.reloading.connect(lambda stage, fraction: told.append((stage, fraction)))
    other = Other()

    def load():
        if not flag.exists():
            raise NotConverted("not yet")
        return other

    service._load = load
    service.reload()
    qtbot.waitUntil(lambda: ("preparing the networks", 0.4) in told, timeout=20_000)
    assert service.state.status is NetworkStatus.READY
    with qtbot.waitSignal(service.done):
        service.analyse(CASE)
    assert service.said == ["0.0"]
    go.touch()
    qtbot.waitUntil(lambda: "replaced" in service.said, timeout=20_000)
    assert service.state.info == OTHER


def test_a_conversion_that_fails_keeps_the_former(qtbot, make, shelf):
    service = make([sys.executable, "-c", "import sys; sys.exit('no room on the disk')"])
    shelf.chosen = NotConverted("not yet")
    service.reload()
    qtbot.waitUntil(lambda: len(service.said) == 1, timeout=20_000)
    assert "no room on the disk" in service.said[0]
    assert service.state.info == INFO


def test_a_choice_while_networks_are_being_loaded_is_loaded_after_them(qtbot, make, shelf):
    service = make(is_ready=False)
    shelf.is_held = True
    service.start()
    qtbot.waitUntil(lambda: len(shelf.loads) == 1)
    shelf.chosen = Other()
    for _ in range(3):
        service.reload()
    shelf.gate.set()
    qtbot.waitUntil(lambda: service.state.info == OTHER and not service.is_loading)
    assert len(shelf.loads) == 2
    assert "failed" not in service.said


def test_a_choice_made_while_the_first_networks_fail_is_loaded_and_who_waits_is_answered(qtbot, make, shelf):
    service = make(is_ready=False)
    failures = []
    service.failed.connect(lambda *told: failures.append(told))
    shelf.chosen, shelf.is_held = NetworkError("The weights are damaged."), True
    service.analyse(CASE)
    service.start()
    qtbot.waitUntil(lambda: bool(shelf.loads))
    shelf.chosen = Other()
    service.reload()
    shelf.gate.set()
    qtbot.waitUntil(lambda: "0.0+a" in service.said)
    assert failures == []


def test_networks_that_failed_are_tried_again(qtbot, make, shelf):
    service = make(is_ready=False)
    shelf.chosen = NetworkError("The weights are damaged.")
    service.start()
    qtbot.waitUntil(lambda: service.state.status is NetworkStatus.FAILED)
    shelf.chosen = Other()
    service.reload()
    qtbot.waitUntil(lambda: service.state.info == OTHER)
    assert "replaced" not in service.said, "nobody answered before"


def test_urgent_work_asked_for_meanwhile_is_done_by_those_that_run_or_by_the_others_and_in_that_order(qtbot, make, shelf):
    service = make()
    shelf.chosen = Other()
    service.reload()
    service.run(_version, is_urgent=True)
    qtbot.waitUntil(lambda: len(service.said) == 3)
    assert service.said in (["0.0", "replaced", "ready"], ["replaced", "ready", "0.0+a"])


def _version(pipeline, _report):
    return pipeline.info.version
