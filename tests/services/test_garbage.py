"""Cycles of objects are cleared away in the UI thread only."""

import gc
import threading
import weakref

import pytest

from busi_gui.services import garbage
from busi_gui.services.garbage import Garbage


class Cycle:
    def __init__(self):
        self.itself = self


@pytest.fixture
def collector(qapp, monkeypatch):
    monkeypatch.setattr(garbage, "_STARTING", 0)
    made = Garbage()
    yield made
    made.end()
    gc.disable()  # as every test has it


def test_no_other_thread_clears_anything_away(collector):
    lost = weakref.ref(Cycle())
    thread = threading.Thread(target=lambda: [[] for _ in range(50_000)] and [Cycle() for _ in range(5000)])
    thread.start()
    thread.join()
    assert lost() is not None


def test_what_is_lost_is_cleared_away_after_a_while(collector, monkeypatch, qtbot):
    monkeypatch.setattr(garbage, "_YOUNG", 10)
    collector._timer.setInterval(1)
    lost = weakref.ref(Cycle())
    kept = [[] for _ in range(100)]
    qtbot.waitUntil(lambda: lost() is None)
    assert len(kept) == 100


def test_old_garbage_is_cleared_away_too(collector, monkeypatch):
    lost = weakref.ref(Cycle())
    monkeypatch.setattr(garbage, "_ALL_AFTER", 1)
    collector.look()
    assert lost() is None


def test_what_is_loaded_behind_the_window_is_not_looked_through(qapp):
    """A first look through hundreds of thousands of new objects would hold the window up."""
    starting = Garbage()
    try:
        loaded = [[number] for number in range(20_000)]
        starting.look()
        assert gc.get_count()[0] < len(loaded)
        assert not any(each is loaded[0] for each in gc.get_objects())
    finally:
        starting.end()
        gc.disable()


def test_python_does_it_again_in_the_end(qapp):
    Garbage().end()
    assert gc.isenabled()
    gc.disable()
