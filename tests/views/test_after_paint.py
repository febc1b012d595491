"""What waits for the scan to be painted: done once, soon, and not in the middle of what announced it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject

from busi_gui.views.after_paint import AfterPaint


@pytest.fixture
def done():
    return []


@pytest.fixture
def work(qapp, done):
    owner = QObject()
    yield AfterPaint(lambda: done.append("drawn"), owner)
    owner.deleteLater()


def test_it_is_done_once_for_all_that_asked_and_not_at_once(qtbot, work, done):
    for _ in range(5):
        work.ask()
    assert not done
    assert work.is_due
    qtbot.waitUntil(lambda: bool(done))
    qtbot.wait(40)
    assert done == ["drawn"]
    assert not work.is_due


def test_asked_again_it_is_done_again(qtbot, work, done):
    for count in (1, 2):
        work.ask()
        qtbot.waitUntil(lambda count=count: len(done) == count)


def test_done_at_once_it_is_not_done_a_second_time(qtbot, work, done):
    work.ask()
    work.now()
    assert done == ["drawn"]
    qtbot.wait(40)
    assert done == ["drawn"]


def test_who_goes_on_asking_does_not_put_it_off(qtbot, work, done):
    """As while a cine plays: what is asked for at every frame must come between the frames."""
    for _ in range(20):
        work.ask()
        qtbot.wait(5)
    assert len(done) >= 3
