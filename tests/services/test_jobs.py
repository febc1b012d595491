"""Numbered jobs on one thread."""

import threading
import time

import pytest

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
