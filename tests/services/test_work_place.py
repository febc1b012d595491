"""Where the reader's work is kept, and how it is kept elsewhere."""

import sys
import threading
from typing import Any

import pytest

from busi_gui.domain.reading import Reading
from busi_gui.services.work_place import PASSWORD, WorkPlace
from busi_gui.store.late import LateWorkspace, OpenedWorkspace
from busi_gui.store.workspace import Workspace
from tests.domain.readings import box


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path / "workspace.db")
    made.store("key", 0, Reading().added(box(1, 1, 5, 5)), base=0)
    yield made
    made.close()


@pytest.fixture
def place(qtbot, tmp_path, workspace):
    made: Any = WorkPlace(workspace, tmp_path / "data")
    made.answers = []
    made.done.connect(lambda said: made.answers.append(("done", said)))
    made.failed.connect(lambda said: made.answers.append(("failed", said)))
    yield made
    assert made.shut_down()


def answer(qtbot, place):
    qtbot.waitUntil(lambda: bool(place.answers))
    assert not place.is_busy
    return place.answers.pop()


def test_the_whole_work_is_copied(qtbot, place, workspace, tmp_path):
    place.copy_to(tmp_path / "copy.db")
    assert place.is_busy
    how, said = answer(qtbot, place)
    assert how == "done"
    assert "copy.db" in said
    copy = Workspace(tmp_path / "copy.db")
    assert copy.readings("key")[0].packed.unpacked().is_same(workspace.readings("key")[0].packed.unpacked())
    copy.close()


def test_a_copy_that_cannot_be_made_is_told(qtbot, place, tmp_path):
    (tmp_path / "taken.db").write_bytes(b"something else")
    place.copy_to(tmp_path / "taken.db")
    assert answer(qtbot, place)[0] == "failed"
    assert (tmp_path / "taken.db").read_bytes() == b"something else"


def test_another_place_is_tried_and_then_used_from_the_next_start_on(qtbot, place, tmp_path):
    place.choose(f"  {tmp_path / 'elsewhere' / 'work.db'} ")
    assert answer(qtbot, place)[0] == "done"
    assert place.chosen == str(tmp_path / "elsewhere" / "work.db")
    assert (tmp_path / "elsewhere" / "work.db").is_file()
    place.choose("")
    assert answer(qtbot, place)[0] == "done"
    assert place.chosen == ""


def test_after_a_bug_the_next_wish_is_done_all_the_same(qtbot, place, tmp_path, monkeypatch):
    bugs = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: bugs.append(error))
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "copy_to", lambda *_: 1 / 0)
        place.copy_to(tmp_path / "copy.db")
        qtbot.waitUntil(lambda: bool(bugs))
    assert not place.is_busy
    place.copy_to(tmp_path / "copy.db")
    assert answer(qtbot, place)[0] == "done"


@pytest.mark.parametrize("where", ["postgresql://reader@127.0.0.1:1/breast", "mysql://reader@127.0.0.1/breast"])
def test_a_place_that_does_not_answer_is_not_chosen(qtbot, place, where):
    place.choose(where)
    assert answer(qtbot, place)[0] == "failed"
    assert place.chosen == ""


@pytest.mark.parametrize("where", ["postgresql://reader:secret@host/breast", "postgresql://reader@host/breast?password=secret"])
def test_no_password_is_kept(place, where):
    place.choose(where)
    assert place.answers == [("failed", PASSWORD)]
    assert not place.is_busy


def test_the_workspace_is_opened_on_a_thread_and_what_is_to_be_told_of_it_is_told(qtbot, tmp_path):
    opened_in = []

    def opened():
        opened_in.append(threading.current_thread())
        return OpenedWorkspace(Workspace(tmp_path / "late.db"), problem="It is kept elsewhere.")

    late = LateWorkspace(opened)
    place = WorkPlace(late.as_workspace(), tmp_path / "data", lambda: late.opened().problem)
    with qtbot.waitSignal(place.opened) as told:
        place.open()
    assert told.args == ["It is kept elsewhere."]
    assert place.place == str(tmp_path / "late.db")
    assert len(opened_in) == 1
    assert opened_in[0] is not threading.main_thread()
    assert place.shut_down()
    late.as_workspace().close()


def test_once_it_is_shut_down_nothing_is_begun_any_more(place):
    assert place.shut_down()
    place.open()
    assert not place.is_busy
