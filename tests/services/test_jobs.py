"""Numbered jobs on one thread."""

import os
import sys
import threading
import time

import pytest
from PySide6.QtCore import QThread

from busi_gui.services.jobs import JobThread


@pytest.fixture
def thread(qtbot):
    jobs = JobThread("test", (OSError,))
    yield jobs
    jobs.shut_down()


def test_jobs_run_in_order_on_one_other_thread(qtbot, thread):
    ran = []
    numbers = [thread.submit(lambda report, n=n: ran.append((n, threading.get_ident()))) for n in range(5)]
    with qtbot.waitSignal(thread.succeeded, check_params_cb=lambda job, _: job == numbers[-1]):
        pass
    assert [n for n, _ in ran] == list(range(5))
    assert len({ident for _, ident in ran}) == 1
    assert ran[0][1] != threading.get_ident()


def test_a_running_job_ends_at_its_next_report(qtbot, thread):
    started = threading.Event()

    def work(report):
        while True:
            report("working", 0.5)
            started.set()

    job = thread.submit(work)
    assert started.wait(5)
    with qtbot.waitSignal(thread.stopped) as stopped:
        thread.stop(job)
    assert stopped.args == [job]


def test_a_job_stopped_while_it_waits_never_starts(qtbot, thread):
    go = threading.Event()
    ran = []
    thread.submit(lambda report: go.wait(5))
    job = thread.submit(lambda report: ran.append(1))
    thread.stop(job)
    with qtbot.waitSignal(thread.stopped):
        go.set()
    assert ran == []


def test_an_expected_error_fails_with_its_sentence(qtbot, thread):
    def work(report):
        raise FileNotFoundError("scan.png is gone")

    with qtbot.waitSignal(thread.failed) as failed:
        job = thread.submit(work)
    assert failed.args == [job, "scan.png is gone"]


def test_a_bug_breaks_with_its_exception_and_the_thread_goes_on(qtbot, thread):
    def work(report):
        raise ZeroDivisionError

    with qtbot.waitSignal(thread.broke) as broke:
        thread.submit(work)
    assert isinstance(broke.args[1], ZeroDivisionError)
    with qtbot.waitSignal(thread.succeeded) as succeeded:
        thread.submit(lambda report: 42)
    assert succeeded.args[1] == 42


def test_answers_arrive_in_the_thread_of_their_reader(qtbot, thread):
    where = []
    thread.progressed.connect(lambda *_: where.append(threading.get_ident()))
    with qtbot.waitSignal(thread.succeeded):
        thread.submit(lambda report: report("half", 0.5))
    assert where == [threading.get_ident()]


def test_shutting_down_while_busy_waits_for_the_job(qtbot):
    jobs = JobThread("busy", ())
    started = threading.Event()

    def work(report):
        started.set()
        while True:
            report("working", 0.5)

    jobs.submit(work)
    assert started.wait(5)
    assert jobs.shut_down()
    assert not jobs._thread.isRunning()


def test_last_things_are_done_in_the_thread_after_its_last_job(qtbot):
    jobs = JobThread("closing", ())
    did = []
    jobs.at_end(lambda: did.append(("last", threading.get_ident())))
    with qtbot.waitSignal(jobs.succeeded):
        jobs.submit(lambda report: did.append(("job", threading.get_ident())))
    assert [what for what, _ in did] == ["job"]
    assert jobs.shut_down()
    assert [what for what, _ in did] == ["job", "last"]
    assert did[0][1] == did[1][1] != threading.get_ident()


def test_shutting_down_gives_up_on_a_job_that_never_reports(qtbot):
    jobs = JobThread("hung", ())
    started, release = threading.Event(), threading.Event()

    def work(report):
        started.set()
        release.wait(20)

    jobs.submit(work)
    assert started.wait(5)
    begun = time.monotonic()
    assert not jobs.shut_down(limit_s=0.05)
    assert time.monotonic() - begun < 5
    release.set()
    assert jobs.shut_down()


def test_an_urgent_job_is_done_at_the_next_stage_of_the_one_at_work_and_before_those_that_wait(qtbot, thread):
    ran = []
    started, go = threading.Event(), threading.Event()

    def work(report):
        started.set()
        assert go.wait(5)
        report("second stage", 0.5)
        ran.append("at work")

    thread.submit(work)
    waiting = thread.submit(lambda report: ran.append("waiting"))
    assert started.wait(5)
    thread.submit(lambda report: ran.append(report("urgent", 0.0) or "urgent"), is_urgent=True)
    thread.submit(lambda report: ran.append("urgent too"), is_urgent=True)
    with qtbot.waitSignal(thread.succeeded, check_params_cb=lambda job, _: job == waiting):
        go.set()
    assert ran == ["urgent", "urgent too", "at work", "waiting"]


def test_an_urgent_job_runs_where_nothing_is_at_work_and_one_that_breaks_hurts_nobody(qtbot, thread):
    with qtbot.waitSignal(thread.succeeded) as done:
        thread.submit(lambda report: 7, is_urgent=True)
    assert done.args[1] == 7
    started, go = threading.Event(), threading.Event()

    def work(report):
        started.set()
        assert go.wait(5)
        report("second stage", 0.5)
        return "whole"

    ordinary = thread.submit(work)
    assert started.wait(5)
    urgent = thread.submit(lambda report: 1 / 0, is_urgent=True)
    with qtbot.waitSignals([thread.broke, thread.succeeded], check_params_cbs=[lambda job, _: job == urgent, lambda job, _: job == ordinary]):
        go.set()


def test_an_urgent_job_that_is_stopped_before_its_turn_never_runs(qtbot, thread):
    ran = []
    started, go = threading.Event(), threading.Event()

    def work(report):
        started.set()
        assert go.wait(5)

    thread.submit(work)
    assert started.wait(5)
    job = thread.submit(lambda report: ran.append(1), is_urgent=True)
    thread.stop(job)
    with qtbot.waitSignal(thread.stopped):
        go.set()
    assert ran == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt sets a thread's priority")
@pytest.mark.parametrize(("priority", "steps"), [(None, 5), (QThread.Priority.LowestPriority, 10), (QThread.Priority.NormalPriority, 0)])
def test_a_thread_and_those_that_it_starts_stand_back_behind_the_window(qtbot, priority, steps):
    """A window that is drawn while all cores compute waits for its turn."""

    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def work(report):
        told = [niceness()]
        child = threading.Thread(target=lambda: told.append(niceness()))
        child.start()
        child.join()
        return told

    jobs = JobThread("test", (), **({"priority": priority} if priority is not None else {}))
    try:
        with qtbot.waitSignal(jobs.succeeded) as succeeded:
            jobs.submit(work)
        assert succeeded.args[1] == [min(19, niceness() + steps)] * 2
    finally:
        jobs.shut_down()


def test_where_no_thread_may_stand_back_jobs_are_done_all_the_same(qtbot, monkeypatch):
    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", forbidden, raising=False)
    jobs = JobThread("test", ())
    try:
        with qtbot.captureExceptions() as exceptions, qtbot.waitSignal(jobs.succeeded) as succeeded:
            jobs.submit(lambda report: 42)
        assert succeeded.args[1] == 42
        assert not exceptions
    finally:
        jobs.shut_down()
