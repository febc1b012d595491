"""The reading room that tests of the session share."""

import pytest

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
