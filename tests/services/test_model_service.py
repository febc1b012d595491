"""Networks are loaded, prepared, and asked, always off the UI thread."""

import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Scan
from busi_gui.services.model_service import ModelService
from busi_gui.services.states import NetworkStatus
from models.analysis import NetworkError, NotConverted
from tests.services.fake_pipeline import FakePipeline

CASE = Case(Scan(Path("a.png"), np.zeros((40, 50), np.uint8)))


@pytest.fixture
def make(qtbot):
    made = []

    def build(load, convert_command=("false",)):
        made.append(ModelService(load, convert_command))
        return made[-1]

    yield build
    for service in made:
        service.shut_down()


def test_a_case_asked_for_before_the_networks_are_there_is_answered_after(qtbot, make):
    pipeline = FakePipeline()
    service = make(lambda: pipeline)
    number = service.analyse(CASE)
    with qtbot.waitSignal(service.done) as analysed:
        service.start()
    assert analysed.args[0] == number
    assert analysed.args[1].lesions[0].number == 1
    assert service.state.status is NetworkStatus.READY
    assert pipeline.threads.isdisjoint({threading.get_ident()})


def test_networks_that_cannot_be_loaded_fail_and_can_be_tried_again(qtbot, make):
    answers = [NetworkError("weights are damaged"), FakePipeline()]

    def load():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    service = make(load)
    number = service.analyse(CASE)
    with qtbot.waitSignal(service.failed) as failed:
        service.start()
    assert failed.args == [number, "weights are damaged"]
    assert service.state.message == "weights are damaged"
    with qtbot.waitSignal(service.done):
        service.analyse(CASE)
    assert service.state.status is NetworkStatus.READY


def test_unprepared_networks_are_converted_in_a_process_and_loaded_then(qtbot, make, tmp_path):
    flag = tmp_path / "converted"

    def load():
        if not flag.exists():
            raise NotConverted("not yet")
        return FakePipeline()

    service = make(load, [sys.executable, "-c", f"open({str(flag)!r}, 'w').close()"])
    seen = []
    service.state_changed.connect(lambda state: seen.append(state.status))
    with qtbot.waitSignal(service.state_changed, check_params_cb=lambda s: s.status is NetworkStatus.READY, timeout=10_000):
        service.start()
    assert seen == [NetworkStatus.LOADING, NetworkStatus.PREPARING, NetworkStatus.READY]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            [sys.executable, "-c", "import sys; sys.exit('no room on the disk')"],
            "computer: no room on the disk. Try again, or reinstall the program.",
        ),
        ([sys.executable, "-c", "import sys; print('why.\\n  60 %  classifier', flush=True); sys.exit(1)"], "computer: why. Try again, or reinstall"),
        ([sys.executable, "-c", "import sys; print('  60 %  classifier', flush=True); sys.exit(1)"], "no reason given. Try again"),
        (
            [sys.executable, "-c", "import os; print('  60 %  classifier', flush=True); os.kill(os.getpid(), 9)"],
            "early, probably for lack of memory; close",
        ),
        (["/no/such/program"], "could not be started. Try again, or reinstall the program."),
    ],
)
def test_a_conversion_that_fails_says_why(qtbot, make, command, said):
    def load():
        raise NotConverted("not yet")

    service = make(load, command)
    with qtbot.waitSignal(service.state_changed, check_params_cb=lambda s: s.status is NetworkStatus.FAILED, timeout=10_000):
        service.start()
    assert said in service.state.message


def test_who_waits_for_a_conversion_is_told_how_far_it_is(qtbot, make, tmp_path):
    flag = tmp_path / "converted"

    def load():
        if not flag.exists():
            raise NotConverted("not yet")
        return FakePipeline()

    code = f"import sys; print(' 10 %  one', flush=True); print(' 60 %  two', flush=True); open({str(flag)!r}, 'w').close()"
    service = make(load, [sys.executable, "-c", code])
    told = []
    service.progressed.connect(lambda number, stage, fraction: told.append((stage, fraction)))
    number = service.analyse(CASE)
    with qtbot.waitSignal(service.done, timeout=10_000) as analysed:
        service.start()
    assert analysed.args[0] == number
    assert told[0][0] == "preparing the networks"
    assert ("preparing the networks", 0.6) in told


def test_quitting_while_networks_are_converted_ends_the_process(qtbot, make):
    def load():
        raise NotConverted("not yet")

    service = make(load, [sys.executable, "-c", "import time; time.sleep(600)"])
    with qtbot.waitSignal(service.state_changed, check_params_cb=lambda s: s.status is NetworkStatus.PREPARING):
        service.start()
    service.shut_down()


def test_stopping_ends_a_running_analysis(qtbot, make):
    pipeline = FakePipeline("work until stopped")
    service = make(lambda: pipeline)
    service.start()
    number = service.analyse(CASE)
    qtbot.waitUntil(pipeline.started.is_set)
    with qtbot.waitSignal(service.stopped) as stopped:
        service.stop(number)
    assert stopped.args == [number]
    pipeline.way = "answer"
    with qtbot.waitSignal(service.done):
        service.analyse(CASE)


def test_a_bug_in_the_pipeline_is_handed_on_as_such(qtbot, make):
    service = make(lambda: FakePipeline("break"))
    service.start()
    with qtbot.waitSignal(service.broke) as broke:
        service.analyse(CASE)
    assert isinstance(broke.args[1], ZeroDivisionError)
