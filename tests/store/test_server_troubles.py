"""A server that is gone, silent, refuses or comes back: the window never hangs, and no password is ever said."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
import traceback
from contextlib import closing, contextmanager

import pytest

from busi_gui.store import database as database_module
from busi_gui.store.workspace import Note, Workspace, WorkspaceError
from tests.store.postgres import PASSWORD
from tests.store.readings import KEY, drawn, full


@pytest.fixture
def workspace(address):
    made = Workspace(address, "anna on us-1")
    yield made
    made.close()


def held(workspace, frame=0):
    return workspace.readings(KEY)[frame].packed.unpacked()


@contextmanager
def stopped(*pids):
    """Let processes stand still, as if their computer had been taken off the network."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_where_it_is_and_that_it_is_shared(workspace, address, file):
    assert workspace.is_shared
    assert workspace.place == address
    with closing(Workspace(file)) as alone:
        assert not alone.is_shared
        assert alone.place == str(file)
    with closing(Workspace()) as forgetful:
        assert (forgetful.place, forgetful.is_shared) == ("memory", False)


def test_a_server_that_fails_and_comes_back(workspace, postgres):
    workspace.store(KEY, 0, full(), base=0)
    postgres.stop()
    try:
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(WorkspaceError, match=r"postgresql://owner@127.* cannot be used: the server cannot be reached\. Check"):
                workspace.store(KEY, 0, drawn((10, 10)), base=1)
            assert time.monotonic() - began < 1
    finally:
        postgres.start()
    assert held(workspace).is_same(full())
    assert workspace.store(KEY, 0, drawn((10, 10)), base=1) == 2


def test_a_connection_that_was_cut_is_made_anew_without_a_word(workspace, postgres):
    workspace.store(KEY, 0, full(), base=0)
    postgres.tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'busi-gui'")
    assert workspace.store(KEY, 0, drawn((10, 10)), base=1) == 2
    postgres.tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'busi-gui'")
    assert held(workspace).is_same(drawn((10, 10)))


def test_a_server_that_falls_silent_holds_the_window_up_once(workspace, postgres, monkeypatch):
    workspace.store(KEY, 0, full(), base=0)
    ours = postgres.tell("SELECT pid FROM pg_stat_activity WHERE application_name = 'busi-gui'")
    with stopped(postgres.pid(), *[row[0] for row in ours]):
        began = time.monotonic()
        with pytest.raises(WorkspaceError, match=r"postgresql://.* does not answer within 3 seconds\. Check the network"):
            workspace.store(KEY, 0, drawn((10, 10)), base=1)
        assert 2.5 < time.monotonic() - began < 4.5
        began = time.monotonic()
        with pytest.raises(WorkspaceError, match="does not answer"):
            workspace.store(KEY, 0, drawn((10, 10)), base=1)
        assert time.monotonic() - began < 0.1
        workspace._database._silent_until = 0.0  # the pause is over: now it is the connecting that takes too long
        began = time.monotonic()
        with pytest.raises(WorkspaceError, match="does not answer"):
            workspace.readings(KEY)
        assert 2.5 < time.monotonic() - began < 4.5
    workspace._database._silent_until = 0.0
    assert workspace.store(KEY, 0, drawn((10, 10)), base=1) == 2


def test_the_pause_ends_by_itself(workspace, monkeypatch):
    monkeypatch.setattr(database_module, "_SLOW_S", -1.0)
    monkeypatch.setattr(database_module, "PAUSE_S", 0.05)
    with pytest.raises(WorkspaceError, match="does not answer"):
        workspace.remember(KEY, p_malignant="no number")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            assert workspace.remember(KEY, p_malignant=0.5) == Note(p_malignant=0.5)
        except WorkspaceError:
            continue
        return
    pytest.fail("never asked again")


def test_something_that_is_no_server_at_all():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        with pytest.raises(WorkspaceError, match="does not answer"):
            Workspace(f"postgresql://anna@127.0.0.1:{listener.getsockname()[1]}/any")
        assert time.monotonic() - began < 4.5


def test_a_row_that_another_window_holds_is_waited_for_a_second(workspace, address, postgres):
    workspace.store(KEY, 0, full(), base=0)
    with closing(Workspace(address, "bert on us-2")) as other:
        began = time.monotonic()

        def hold(connection):
            connection.exec_driver_sql("SELECT * FROM readings FOR UPDATE")
            with pytest.raises(WorkspaceError, match=r"cannot be used: another window is writing there .*Wait a moment"):
                workspace.store(KEY, 0, drawn((10, 10)), base=1)

        other._database.run(hold)
        assert 0.9 < time.monotonic() - began < 1.6
    assert workspace.store(KEY, 0, drawn((10, 10)), base=1) == 2


def test_what_the_server_refuses_is_said(workspace, address, postgres):
    with pytest.raises(WorkspaceError, match=r"/nowhere cannot be used: the server has no such database\. Check its name"):
        Workspace(address.rpartition("/")[0] + "/nowhere")
    postgres.tell("CREATE ROLE visitor LOGIN")
    visitor = address.replace("owner@", "visitor@")
    with pytest.raises(WorkspaceError, match=r"you may not use its tables\. Ask"):
        Workspace(visitor)
    postgres.tell("ALTER SYSTEM SET default_transaction_read_only = on")
    postgres.tell("SELECT pg_reload_conf()")
    try:
        with closing(Workspace(address)) as late, pytest.raises(WorkspaceError, match="the server lets nobody write at present"):
            _insist(late)
    finally:
        postgres.stop()
        (postgres._cluster / "postgresql.auto.conf").write_text("", encoding="utf-8")
        postgres.start()


def _insist(workspace):
    for _ in range(200):  # until the server has read its configuration
        workspace.remember(KEY, p_malignant=0.5)


@pytest.mark.parametrize("part", ["guarded:{}@", "guarded@?password={}", "guarded:wrong{}@"])
def test_a_password_opens_the_door_and_is_never_said(postgres, address, part, caplog, capfd, file):
    caplog.set_level(logging.DEBUG)
    head, _, tail = address.partition("owner@")
    user, _, query = part.format(PASSWORD).partition("?")
    full_address = head + user + tail + (f"?{query}" if query else "")
    is_right = "wrong" not in part
    said = []
    if is_right:
        with closing(Workspace(full_address)) as workspace:
            workspace.store(KEY, 0, full(), base=0)
            workspace.copy_to(file.parent.parent / "copy.db")
            said += [repr(workspace), workspace.place, repr(workspace._database.place), repr(vars(workspace._database)), str(vars(workspace))]
            postgres.stop()
            try:
                with pytest.raises(WorkspaceError) as trouble:
                    workspace.store(KEY, 0, drawn((10, 10)), base=1)
            finally:
                postgres.start()
    else:
        with pytest.raises(WorkspaceError, match=r"the server does not let you in\. Check name and password") as trouble:
            Workspace(full_address)
    said += ["".join(traceback.format_exception(trouble.value)), str(trouble.value), caplog.text, *capfd.readouterr()]
    assert all(PASSWORD not in one for one in said)


def test_a_password_may_come_from_the_environment(address, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with closing(Workspace(address.replace("owner@", "guarded@"))) as workspace:
        workspace.store(KEY, 0, full(), base=0)
        assert PASSWORD not in workspace.place


@pytest.mark.parametrize(
    "wrong",
    [f"postgresql://anna:{PASSWORD}:x@host:port/db", f"mysql://anna:{PASSWORD}@host/db", f"://{PASSWORD}", f"postgresql://a:{PASSWORD}@[::1/db"],
)
def test_an_address_that_is_none_is_not_repeated(wrong):
    with pytest.raises(WorkspaceError, match="postgresql://user@host/database") as error:
        Workspace(wrong)
    assert PASSWORD not in "".join(traceback.format_exception(error.value))


def test_encryption_can_be_insisted_on(address):
    with pytest.raises(WorkspaceError, match="cannot be used"):
        Workspace(f"{address}?sslmode=require")  # which this server does not offer
    with closing(Workspace(f"{address}?sslmode=disable")) as workspace:
        assert workspace.readings(KEY) == {}
