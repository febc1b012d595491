"""Answers wait while the reader draws."""

from tests.services.fake_pipeline import share_of
from tests.services.outlining import draw, lesion


def test_while_the_reader_draws_no_answer_changes_the_screen_and_then_it_comes(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    draw(room, 2, 3, 12, 20)
    room.session.rediagnosing.hold(True)
    qtbot.waitUntil(lambda: room.session.rediagnosing._held_back is not None)
    count = len(room.cases)
    assert lesion(room).is_stale
    room.session.rediagnosing.hold(False)
    assert not lesion(room).is_stale
    assert len(room.cases) == count + 1


def test_an_answer_that_was_held_back_is_dropped_when_the_outline_is_another_by_then(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    draw(room, 2, 3, 12, 20)
    room.session.rediagnosing.hold(True)
    qtbot.waitUntil(lambda: room.session.rediagnosing._held_back is not None)
    newest = draw(room, 2, 3, 14, 20)
    room.session.rediagnosing.hold(False)
    qtbot.waitUntil(lambda: not lesion(room).is_stale)
    assert lesion(room).diagnosis.p_malignant == share_of(newest)
