"""A Workspace that is opened once it is needed."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from busi_gui.store.late import LateWorkspace, OpenedWorkspace
from busi_gui.store.records import Note, WorkspaceError
from busi_gui.store.workspace import Workspace


def test_it_is_opened_once_at_the_first_call_and_answers_as_what_it_stands_for():
    opened = []

    def open_place():
        sleep(0.01)  # so that all threads are there before it is open
        opened.append(Workspace(reader="me"))
        return OpenedWorkspace(opened[-1])

    workspace = LateWorkspace(open_place).as_workspace()
    assert not opened
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(workspace.note, "abcdefgh")) == [Note()] * 8
    assert len(opened) == 1
    workspace.remember("a", p_malignant=0.5)
    assert opened[0].note("a").p_malignant == 0.5
    assert workspace.reader == "me"
    workspace.close()


def test_where_it_cannot_be_opened_the_next_call_tries_again():
    answers = [WorkspaceError("The server does not answer."), OpenedWorkspace(Workspace())]

    def open_place():
        answer = answers.pop(0)
        if isinstance(answer, WorkspaceError):
            raise answer
        return answer

    workspace = LateWorkspace(open_place).as_workspace()
    with pytest.raises(WorkspaceError, match="does not answer"):
        workspace.note("a")
    assert workspace.note("a") == Note()
    workspace.close()
