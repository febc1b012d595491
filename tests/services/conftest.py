"""The reading room that tests of the session share."""

import pytest

from busi_gui.store.workspace import Workspace
from tests.services.fake_pipeline import PickyPipeline
from tests.services.reading_room import ReadingRoom


@pytest.fixture
def room(qtbot, tmp_path, request):
    made = ReadingRoom(tmp_path, pipeline=PickyPipeline(*getattr(request, "param", ())))
    yield made
    made.gate.set()
    made.pipeline.release.set()
    assert made.session.shut_down()
    assert all(file.is_closed for file in made.opened)
    assert all(len(file.threads) == 1 for file in made.opened), "a file was used in two threads"


@pytest.fixture
def workspace():
    made = Workspace()
    yield made
    made.close()


@pytest.fixture
def enter(qtbot, tmp_path, workspace):
    """Return a function that gives another session on the same workspace; the one before is left, or stays where it is another workstation's."""
    made = []

    def build(pipeline=None, *, is_another=False):
        if made and not is_another:
            made[-1].session.shut_down()
        made.append(ReadingRoom(tmp_path, workspace, pipeline))
        return made[-1]

    yield build
    for room in made:
        assert room.session.shut_down()
