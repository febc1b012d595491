"""Whatever the reader changes on a frame is taken back in the order in which it was done, and is there again another day."""

from __future__ import annotations

import numpy as np
import pytest

from busi_gui.domain.scan import Spacing
from busi_gui.services.settings import Settings
from busi_gui.store.workspace import Workspace
from busi_gui.views.actions import Actions
from busi_gui.views.undoing import Undoing
from tests.services.reading_room import ReadingRoom
from tests.views.desk import shown_desk
from tests.views.measured import at, case_of, drag, move, press, readings, release


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def desk(qtbot, settings):
    yield from shown_desk(qtbot, settings)


@pytest.fixture
def both(desk):
    """A desk with a scan beside."""
    desk.session.set_beside(case_of("b.png"))
    return desk


def paint(desk, top):
    """Paint a stroke with the draft, as a tool does."""
    assert desk.draft.begin()
    desk.draft.canvas[top : top + 5, 10:30] = True
    desk.draft.finish("brush stroke")


def measure(desk, view, row, length=20):
    desk.press("distance")
    drag(view, (10, row), (10 + length, row))


def state(desk):
    lesions = desk.session.case.lesions
    return readings(desk.hand(desk.main)), sum(int(lesion.mask.sum()) for lesion in lesions)


def texts(desk):
    return [desk.actions[name].text() if desk.actions[name].isEnabled() else "" for name in ("undo", "redo")]


def test_measurements_and_strokes_are_one_timeline(desk):
    done = [state(desk)]
    for step in (lambda: measure(desk, desk.main, 10), lambda: paint(desk, 20), lambda: measure(desk, desk.main, 50), lambda: paint(desk, 30)):
        step()
        done.append(state(desk))
    assert done[-1] == (["1:  2.0 mm", "2:  2.0 mm"], 200)
    for before in reversed(done[:-1]):
        desk.press("undo")
        assert state(desk) == before
    assert texts(desk) == ["", "Redo measuring distance 1"]
    for after in done[1:]:
        desk.press("redo")
        assert state(desk) == after
    assert texts(desk) == ["Undo brush stroke", ""]


def test_the_actions_say_what_they_would_do(desk):
    assert texts(desk) == ["", ""]
    assert desk.actions["undo"].text() == "Undo"
    measure(desk, desk.main, 10)
    paint(desk, 20)
    assert texts(desk) == ["Undo brush stroke", ""]
    desk.press("undo")
    assert texts(desk) == ["Undo measuring distance 1", "Redo brush stroke"]


def test_undo_acts_on_the_view_that_was_pressed_last(both):
    measure(both, both.second, 20)
    measure(both, both.main, 10)
    both.press("undo")
    assert [len(both.hand(view).callipers) for view in (both.main, both.second)] == [0, 1]


def test_undo_drops_a_stroke_that_goes_on_and_nothing_else(desk):
    measure(desk, desk.main, 10)
    desk.press("brush")
    press(desk.main, at(desk.main, 40, 30))
    move(desk.main, at(desk.main, 50, 30))
    desk.press("undo")
    release(desk.main, at(desk.main, 60, 30))
    assert state(desk) == (["2.0 mm"], 0)
    assert texts(desk) == ["Undo measuring distance 1", ""]
    desk.press("undo")
    assert state(desk) == ([], 0)


def test_undo_beside_does_not_drop_what_is_begun_in_the_main_view(both, settings):
    """A polygon, say, stays begun while the reader works beside."""
    asked = []

    def drop():
        asked.append(both.comparison.active_view)
        return True

    actions = Actions(settings, both.window)
    undoing = Undoing(both.comparison, actions, drop, both.window)
    measure(both, both.main, 10)
    measure(both, both.second, 10)
    actions["undo"].trigger()
    assert (asked, both.hand(both.second).callipers) == ([], ())
    both.main.setFocus()
    actions["undo"].trigger()
    assert (asked, len(both.hand(both.main).callipers)) == ([both.main], 1)
    assert undoing.parent() is both.window


def test_an_ampersand_in_a_name_is_shown_as_one(desk):
    desk.session.editing.edit("naming cyst & duct", desk.session.editing.reading.added(np.ones((60, 80), np.bool_)))
    assert texts(desk)[0] == "Undo naming cyst && duct"


def test_five_hundred_steps_can_be_taken_back(desk):
    measure(desk, desk.main, 10)
    for _ in range(250):
        drag(desk.main, (30, 10), (50, 10))
        drag(desk.main, (50, 10), (30, 10))
    for _ in range(500):
        desk.press("undo")
    assert desk.actions["undo"].text() == "Undo measuring distance 1"
    desk.press("undo")
    assert desk.hand(desk.main).callipers == ()
    assert not desk.actions["undo"].isEnabled()


def test_another_frame_has_steps_of_its_own(desk):
    desk.session.set_case(case_of("cine.dcm", frame=0, frame_count=2))
    measure(desk, desk.main, 10)
    desk.session.set_case(case_of("cine.dcm", frame=1, frame_count=2))
    assert texts(desk) == ["", ""]
    desk.session.set_case(case_of("cine.dcm", frame=0, frame_count=2))
    assert texts(desk) == ["Undo measuring distance 1", ""]


def test_undo_acts_on_the_view_that_the_reader_works_in(both):
    measure(both, both.main, 10)
    measure(both, both.second, 20, length=30)
    assert texts(both) == ["Undo measuring distance 1", ""]
    both.press("undo")
    assert [len(both.hand(view).callipers) for view in (both.main, both.second)] == [1, 0]
    both.main.setFocus()
    assert texts(both) == ["Undo measuring distance 1", ""]
    both.press("undo")
    assert [len(both.hand(view).callipers) for view in (both.main, both.second)] == [0, 0]
    both.second.setFocus()
    both.press("redo")
    assert [len(both.hand(view).callipers) for view in (both.main, both.second)] == [0, 1]


def test_steps_go_with_their_scan_when_the_two_change_places(both):
    measure(both, both.main, 10)
    both.comparison.swap()
    assert [readings(both.hand(view)) for view in (both.main, both.second)] == [[], ["2.0 mm"]]
    assert texts(both) == ["", ""]
    both.second.setFocus()
    measure(both, both.second, 30)
    both.press("undo")
    both.press("undo")
    assert both.hand(both.second).callipers == ()
    both.comparison.swap()
    both.main.setFocus()
    assert texts(both) == ["", "Redo measuring distance 1"]


def test_when_the_scan_beside_is_closed_undo_acts_on_the_main_one(both):
    measure(both, both.main, 10)
    measure(both, both.second, 20)
    both.session.close_beside()
    both.press("undo")
    assert both.hand(both.main).callipers == ()


# with files ---------------------------------------------------------------------------------------------------------------------------------------


class Sitting:
    """A session on real files of arrays, which remembers, at a desk."""

    def __init__(self, qtbot, folder, settings, place):
        self.workspace = Workspace(place)
        self.room = ReadingRoom(folder, self.workspace)
        for name, gray in (("a.png", 60), ("b.png", 90)):
            self.room.add(name, frames=[np.full((60, 80), gray, np.uint8)], spacing=Spacing(0.1, 0.1))
        self._desks = shown_desk(qtbot, settings, self.room.session)
        self.desk = next(self._desks)

    def open(self, qtbot, name):
        self.room.open(qtbot, self.room.folder / name)

    def open_beside(self, qtbot, name):
        session = self.room.session
        session.open_beside(self.room.folder / name)
        qtbot.waitUntil(lambda: session.beside is not None and session.beside.analysis is not None)

    def end(self):
        assert self.room.session.shut_down()
        self.workspace.close()
        assert list(self._desks) == []


@pytest.fixture
def sit(qtbot, tmp_path, settings):
    """Return a function that begins a sitting on the same files and the same Workspace."""
    sittings = []

    def begin():
        sittings.append(Sitting(qtbot, tmp_path, settings, tmp_path / "workspace.sqlite"))
        return sittings[-1]

    yield begin
    sittings[-1].end()


def test_measurements_come_back_another_day(qtbot, sit):
    first = sit()
    first.open(qtbot, "a.png")
    measure(first.desk, first.desk.main, 10)
    first.desk.press("angle")
    drag(first.desk.main, (40, 10), (10, 40))
    drag(first.desk.main, (40, 40), (40, 40))
    callipers = first.desk.hand(first.desk.main).callipers
    assert [type(calliper.measured).__name__ for calliper in callipers] == ["Distance", "Angle"]
    first.end()
    again = sit()
    again.open(qtbot, "a.png")
    assert again.desk.hand(again.desk.main).callipers == callipers
    assert readings(again.desk.hand(again.desk.main)) == ["1:  2.0 mm", "2:  45°"]


def test_what_was_undone_does_not_come_back(qtbot, sit):
    first = sit()
    first.open(qtbot, "a.png")
    measure(first.desk, first.desk.main, 10)
    first.desk.press("undo")
    first.end()
    again = sit()
    again.open(qtbot, "a.png")
    assert again.desk.hand(again.desk.main).callipers == ()


def test_what_is_measured_beside_is_there_when_that_scan_is_opened(qtbot, sit):
    sitting = sit()
    desk = sitting.desk
    sitting.open(qtbot, "a.png")
    sitting.open_beside(qtbot, "b.png")
    measure(desk, desk.second, 20, length=30)
    sitting.room.session.close_beside()
    assert desk.hand(desk.main).callipers == ()
    sitting.open(qtbot, "b.png")
    assert readings(desk.hand(desk.main)) == ["3.0 mm"]
    desk.press("undo")
    assert desk.hand(desk.main).callipers == ()


def test_two_files_that_change_places_keep_what_was_measured_and_its_steps(qtbot, sit):
    sitting = sit()
    desk = sitting.desk
    sitting.open(qtbot, "a.png")
    sitting.open_beside(qtbot, "b.png")
    measure(desk, desk.main, 10)
    measure(desk, desk.second, 20, length=30)
    desk.comparison.swap()
    assert [readings(desk.hand(view)) for view in (desk.main, desk.second)] == [["3.0 mm"], ["2.0 mm"]]
    desk.second.setFocus()
    desk.press("undo")
    assert [readings(desk.hand(view)) for view in (desk.main, desk.second)] == [["3.0 mm"], []]


def test_measuring_does_not_make_the_networks_outline_the_readers(qtbot, sit):
    sitting = sit()
    sitting.open(qtbot, "a.png")
    outlines = sitting.room.session.case.reading.outlines
    measure(sitting.desk, sitting.desk.main, 10)
    reading = sitting.room.session.case.reading
    assert reading.outlines == outlines
    assert not reading.is_touched


def test_what_is_measured_before_the_networks_answer_stays(qtbot, sit):
    sitting = sit()
    session = sitting.room.session
    session.case_changed.connect(lambda case: case.analysis is None and not case.reading.callipers and measure(sitting.desk, sitting.desk.main, 10))
    sitting.open(qtbot, "a.png")
    assert session.case.lesions
    assert readings(sitting.desk.hand(sitting.desk.main)) == ["2.0 mm"]
    assert session.editing.undo_name == "the network’s outlines"
    session.editing.undo()
    assert readings(sitting.desk.hand(sitting.desk.main)) == ["2.0 mm"]
