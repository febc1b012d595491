"""A whole copy of the Workspace, from wherever it lies."""

from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import closing

import pytest

from busi_gui.domain.scan import Box
from busi_gui.store import copying
from busi_gui.store.workspace import Workspace, WorkspaceError
from tests.store.readings import KEY, drawn, full


def fill(workspace, other):
    for number in range(250):
        workspace.remember(f"{number:040}", p_malignant=number / 250, field=Box(1, 2, 3, 4))
    for frame in range(210):
        workspace.store(KEY, frame, full(), base=0)
    other.store(KEY, 0, drawn((10, 10)), base=1)
    workspace.store_aside(KEY, 1, drawn((20, 20)))


def test_a_copy_holds_everything(workspace, open_workspace, tmp_path):
    fill(workspace, open_workspace("bert on us-2"))
    workspace.copy_to(tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["copy.db"]
    with closing(Workspace(tmp_path / "copy.db", "anna on us-1")) as copy:
        keys = [f"{number:040}" for number in range(250)]
        assert copy.notes(keys) == workspace.notes(keys)
        mine, theirs = (one.readings(KEY) for one in (workspace, copy))
        assert mine.keys() == theirs.keys()
        for frame, stored in mine.items():
            assert (stored.revision, stored.reader, stored.changed) == (theirs[frame].revision, theirs[frame].reader, theirs[frame].changed)
            assert stored.packed.unpacked().is_same(theirs[frame].packed.unpacked())
        assert copy.earlier(KEY, 0)[0].packed.unpacked().is_same(full())
        assert copy.asides(KEY)[1].packed.unpacked().is_same(drawn((20, 20)))
        assert copy.store(KEY, 0, full(), base=2) == 3
    assert workspace.readings(KEY)[0].revision == 2
    with closing(sqlite3.connect(tmp_path / "copy.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_workspace_in_memory_can_be_copied(tmp_path):
    with closing(Workspace()) as workspace:
        workspace.store(KEY, 0, full(), base=0)
        workspace.copy_to(tmp_path / "copy.db")
    with closing(Workspace(tmp_path / "copy.db")) as copy:
        assert copy.readings(KEY)[0].packed.unpacked().is_same(full())


def test_nothing_is_overwritten(workspace, tmp_path):
    there = tmp_path / "there.db"
    there.write_text("mine")
    with pytest.raises(WorkspaceError, match=r"there\.db is there already"):
        workspace.copy_to(there)
    assert there.read_text() == "mine"
    os.link(there, tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["other", "there.db"]


def test_a_copy_into_a_folder_that_is_not_there(workspace, tmp_path):
    with pytest.raises(WorkspaceError, match=r"copy\.db cannot be written: its folder is not there\. Make it"):
        workspace.copy_to(tmp_path / "none" / "copy.db")
    assert not (tmp_path / "none").exists()


def test_a_copy_for_which_there_is_no_room_leaves_nothing_behind(workspace, tmp_path):
    for frame in range(50):
        workspace.store(KEY, frame, full(), base=0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(WorkspaceError, match=r"copy\.db cannot be (written|used): .*room"):
            workspace.copy_to(tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not [path for path in tmp_path.iterdir() if path.is_file()]
    workspace.copy_to(tmp_path / "copy.db")
    with closing(Workspace(tmp_path / "copy.db")) as copy:
        assert len(copy.readings(KEY)) == 50


def test_what_is_written_while_it_is_copied_is_not_half_in_the_copy(address, tmp_path, monkeypatch):
    with closing(Workspace(address, "anna on us-1")) as workspace, closing(Workspace(address, "bert on us-2")) as other:
        workspace.remember(KEY, p_malignant=0.5)
        put = copying._put

        def put_while_another_writes(target, table, rows):
            put(target, table, rows)
            if table.name == "scans":
                other.remember(KEY, p_malignant=0.75)
                other.store(KEY, 0, full(), base=0)

        monkeypatch.setattr(copying, "_put", put_while_another_writes)
        workspace.copy_to(tmp_path / "copy.db")
        assert list(workspace.readings(KEY)) == [0]
    with closing(Workspace(tmp_path / "copy.db")) as copy:
        assert copy.note(KEY).p_malignant == 0.5
        assert copy.readings(KEY) == {}
