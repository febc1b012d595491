"""A full, read-only, locked, damaged or missing file: the reader is told what, where and what to do, and work goes on when it is over."""

from __future__ import annotations

import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from busi_gui.domain.reading import Reading
from busi_gui.store.workspace import Note, Workspace, WorkspaceError
from tests.store.readings import KEY, drawn, full

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody take an open file away")


@pytest.fixture
def workspace(file):
    made = Workspace(file, "anna on us-1")
    yield made
    made.close()


def held(workspace, frame=0):
    return workspace.readings(KEY)[frame].packed.unpacked()


def limit(workspace, pages):
    pooled = workspace._database._engine.raw_connection()
    pooled.cursor().execute(f"PRAGMA max_page_count={pages}")
    pooled.close()


def test_a_full_drive(workspace, file):
    workspace.store(KEY, 0, full(), base=0)
    limit(workspace, 1)
    with pytest.raises(WorkspaceError, match=r"workspace\.db cannot be used: its drive is full\. Make room"):
        _fill(workspace)
    limit(workspace, 10**6)
    workspace.store(KEY, 999, full(), base=0)
    assert held(workspace).is_same(full())
    assert held(workspace, 999).is_same(full())


def _fill(workspace):
    for frame in range(1, 200):
        workspace.store(KEY, frame, full(), base=0)


FILL = """
import resource, sys
from pathlib import Path
from busi_gui.store.workspace import Workspace, WorkspaceError
from tests.store.readings import KEY, full
workspace = Workspace(Path(sys.argv[1]))
workspace.store(KEY, 0, full(), base=0)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, most))
done = 0
try:
    for frame in range(1, 500):
        workspace.store(KEY, frame, full(), base=0)
        done = frame
except WorkspaceError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
workspace.store(KEY, 500, full(), base=0)
frames = workspace.readings(KEY)
assert sorted(frames) == [*range(done + 1), 500], (done, sorted(frames))
assert all(stored.packed.unpacked().is_same(full()) for stored in frames.values())
"""


def test_a_file_that_may_not_grow(file):
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    answer = subprocess.run([sys.executable, "-c", FILL, str(file)], cwd=ROOT, capture_output=True, check=False, encoding="utf-8")
    assert answer.returncode == 0, answer.stderr
    assert "workspace.db cannot be used: its drive" in answer.stdout
    assert "room" in answer.stdout


@contextmanager
def as_nobody():
    """Be a user whom permissions stop, where the tests run as root."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder():
    """Return a folder that everybody may read, all the way down."""
    folder = Path(tempfile.mkdtemp(prefix="workspace-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_read_only_folder(open_folder):
    (open_folder / "new").mkdir()
    (open_folder / "new").chmod(0o555)
    with as_nobody(), pytest.raises(WorkspaceError, match=r"workspace\.db cannot be used: it cannot be opened\. .*you may write in it"):
        Workspace(open_folder / "new" / "workspace.db")
    with as_nobody(), pytest.raises(WorkspaceError, match=r"workspace\.db cannot be used: .*denied"):
        Workspace(open_folder / "new" / "deeper" / "workspace.db")


def test_a_read_only_file_can_be_read_and_is_written_again_when_that_is_allowed(open_folder):
    file = open_folder / "workspace.db"
    with closing(Workspace(file)) as before:
        before.store(KEY, 0, full(), base=0)
    open_folder.chmod(0o777)
    file.chmod(0o444)
    with as_nobody(), closing(Workspace(file)) as workspace:
        assert held(workspace).is_same(full())
        with pytest.raises(WorkspaceError, match=r"workspace\.db cannot be used: the file or its folder is read-only\. Give yourself"):
            workspace.store(KEY, 0, drawn((10, 10)), base=1)
        with pytest.raises(WorkspaceError, match="read-only"):
            workspace.remember(KEY, p_malignant=0.5)
        assert held(workspace).is_same(full())
        os.seteuid(os.getuid())
        file.chmod(0o666)
        for beside in open_folder.glob("workspace.db-*"):
            beside.chmod(0o666)
        if os.getuid() == 0:
            os.seteuid(NOBODY)
        assert workspace.store(KEY, 0, drawn((10, 10)), base=1) == 2


def test_a_database_in_which_another_program_goes_on_writing(workspace, file):
    workspace.store(KEY, 0, full(), base=0)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert held(workspace).is_same(full())
        began = time.monotonic()
        with pytest.raises(WorkspaceError, match=r"workspace\.db cannot be used: another program is writing there .*Close other windows"):
            workspace.store(KEY, 0, drawn((10, 10)), base=1)
        assert 0.9 < time.monotonic() - began < 1.5
        other.execute("COMMIT")
    assert workspace.store(KEY, 0, drawn((10, 10)), base=1) == 2


def test_a_database_of_which_a_part_was_overwritten(file):
    with closing(Workspace(file)) as workspace:
        for frame in range(60):
            workspace.store(KEY, frame, full(), base=0)
    whole = file.read_bytes()
    noise = random.Random(4).randbytes(len(whole) - 8192)
    file.write_bytes(whole[:4096] + noise + whole[-4096:])
    with pytest.raises(WorkspaceError, match=r"workspace\.db is damaged .*another place and keep them.*start again"):
        _use(file)
    file.write_bytes(whole)
    with closing(Workspace(file)) as workspace:
        assert held(workspace, 59).is_same(full())


def test_a_database_that_was_cut_off(file):
    with closing(Workspace(file)) as workspace:
        for frame in range(60):
            workspace.store(KEY, frame, full(), base=0)
    whole = file.read_bytes()
    for length in (50, 100, 4096, len(whole) // 2 + 100):
        file.write_bytes(whole[:length])
        with pytest.raises(WorkspaceError, match=r"workspace\.db (is damaged|cannot be used)"):
            _use(file)


def _use(file):
    with closing(Workspace(file)) as workspace:
        for frame in sorted(workspace.readings(KEY)):
            workspace.store(KEY, frame, drawn((10, 10)), base=None)


def test_a_database_in_whose_place_something_else_is_put_while_it_is_open(workspace, file):
    for frame in range(60):
        workspace.store(KEY, frame, full(), base=0)
    workspace.copy_to(file.with_name("copy.db"))
    file.with_name("noise").write_bytes(random.Random(4).randbytes(40_000))
    file.with_name("noise").replace(file)
    for _ in range(2):
        with pytest.raises(WorkspaceError, match=r"workspace\.db is damaged"):
            workspace.readings(KEY)
        with pytest.raises(WorkspaceError, match=r"workspace\.db is damaged"):
            workspace.store(KEY, 61, full(), base=0)
    file.with_name("copy.db").replace(file)
    assert len(workspace.readings(KEY)) == 60
    assert workspace.store(KEY, 61, full(), base=0) == 1


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_moved_away_while_it_is_open(workspace, file, what):
    workspace.store(KEY, 0, full(), base=0)
    moved = file if what == "file" else file.parent
    away = moved.with_name("away")
    moved.rename(away)
    for _ in range(2):
        with pytest.raises(WorkspaceError, match=r"workspace\.db is gone: .*Put it back"):
            workspace.store(KEY, 0, drawn((10, 10)), base=1)
        with pytest.raises(WorkspaceError, match=r"workspace\.db is gone"):
            workspace.readings(KEY)
    assert not moved.exists()
    away.rename(moved)
    assert held(workspace).is_same(full())
    assert workspace.store(KEY, 0, drawn((10, 10)), base=1) == 2
    with closing(Workspace(file)) as other:
        assert held(other).is_same(drawn((10, 10)))


def test_a_file_that_is_deleted_while_it_is_open_can_still_be_copied_and_the_copy_put_in_its_place(workspace, file):
    workspace.store(KEY, 0, full(), base=0)
    file.unlink()
    with pytest.raises(WorkspaceError, match="is gone"):
        workspace.store(KEY, 0, drawn((10, 10)), base=1)
    workspace.copy_to(file.with_name("rescued.db"))
    # The log of the deleted file still lies there: SQLite would apply it to whatever has the name.
    assert file.with_name("workspace.db-wal").stat().st_size
    file.with_name("rescued.db").rename(file)
    assert held(workspace).is_same(full())
    assert workspace.store(KEY, 0, drawn((10, 10)), base=1) == 2
    with closing(Workspace(file)) as other:
        assert held(other).is_same(drawn((10, 10)))


def test_an_older_state_put_in_place_of_a_file_is_not_mixed_with_what_came_after(workspace, file):
    workspace.store(KEY, 0, full(), base=0)
    workspace.copy_to(file.with_name("older.db"))
    for frame in range(20):
        workspace.store(KEY, frame, drawn((10, 10 + frame)), base=None)
    file.with_name("older.db").replace(file)
    assert list(workspace.readings(KEY)) == [0]
    assert held(workspace).is_same(full())
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_empty_file_put_in_place_of_a_database_is_made_one(workspace, file):
    workspace.store(KEY, 0, full(), base=0)
    file.unlink()
    file.touch()
    assert workspace.readings(KEY) == {}
    assert workspace.store(KEY, 0, full(), base=1) == 2


def test_a_workspace_in_memory_survives_an_error():
    with closing(Workspace()) as workspace:
        workspace.remember(KEY, p_malignant=0.5)
        with pytest.raises(WorkspaceError):
            workspace.remember(KEY, p_malignant=[])
        assert workspace.note(KEY) == Note(p_malignant=0.5)
        workspace.store(KEY, 0, full(), base=0)
        assert held(workspace).is_same(full())


def test_names_of_files_are_taken_as_they_are(tmp_path):
    for name in ("a b.db", "100%.db", "what?.db", "no#1.db", "%41.db", "ä日.db", "file:x.db"):
        with closing(Workspace(tmp_path / name)) as workspace:
            workspace.store(KEY, 0, full(), base=0)
        assert (tmp_path / name).stat().st_size
        with closing(Workspace(str(tmp_path / name))) as workspace:
            assert held(workspace).is_same(full())
            assert workspace.place == str(tmp_path / name)
    assert len(list(tmp_path.iterdir())) == 7


def test_an_untouched_frame_costs_nothing(workspace):
    assert workspace.store(KEY, 0, Reading(), base=0) == 1
    assert workspace.store(KEY, 0, Reading(), base=1) == 1
