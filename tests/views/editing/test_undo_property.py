"""Whatever the reader does, with every tool and in any order, can be taken back to the very beginning and done again, bit for bit."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from busi_gui.domain.reading import Reading
from busi_gui.services.editing import NETWORK_STEP
from tests.views.mask_room import CTRL, NONE, SHAPE, SHIFT, Room, analysed, disc_scan

Deed = tuple[Any, ...]
"""A name out of ``DEEDS``, and what it is done with."""
MOST_STEPS = 200

COMMANDS = (
    *("fill_holes", "smooth", "keep_largest", "widen", "narrow", "merge_lesions", "split_lesion", "network_outline"),
    *("lock_lesion", "hide_lesion", "new_lesion", "next_lesion", "delete", "clear_measurements", "undo", "redo"),
)


def dragged(tool: str) -> Callable[..., None]:
    def deed(room, places, held=NONE, px=15):
        room.take(tool)
        room.editor.disc.size.set_px(px)
        room.move(*places[0], held)
        room.drag(*places, held=held)

    return deed


def clicked(tool: str) -> Callable[..., None]:
    def deed(room, places, held=NONE):
        room.take(tool)
        for place in places:
            room.click(*place)
        if held == SHIFT:
            room.key(Qt.Key.Key_Backspace)
        room.key(Qt.Key.Key_Return, held)

    return deed


def grown(room, places, held=NONE):
    room.take("grow")
    room.press(*places[0], held)
    room.move(*places[-1], held, is_pressed=True)
    room.wheel(*places[-1], 2)
    room.release(*places[-1], held)


def tuned(room, key, times, ends_with):
    strip = room.editor.tuning.strip
    room.take("sensitivity")
    if room.editor.tuning.is_open:
        for _ in range(times):
            QTest.keyClick(strip.slider, key)
        QTest.keyClick(strip.slider, ends_with)


def measured(tool: str, count: int) -> Callable[..., None]:
    def deed(room, places):
        room.take(tool)
        for place in itertools.islice(itertools.cycle(places), count):
            room.click(*place)
        room.take("hand")

    return deed


def picked(room, place):
    room.take("hand")
    room.click(*place)


def commanded(room, name):
    room.take(name)


def named(room, name):
    room.take("rename_lesion")
    row = room.window.lesion_list.rows.row_of(room.editor.selection.number or 0)
    if row is not None:
        QTest.keyClicks(row.field, name)
        QTest.keyClick(row.field, Qt.Key.Key_Return)


def pressed_in_list(room, place, button, is_along):
    """Press a button in the row of a lesion, perhaps with all others chosen along."""
    rows, reading = room.window.lesion_list.rows, room.reading
    if is_along:
        room.editor.selection.choose(outline.number for outline in reading.outlines)
    if reading.outlines:
        row = rows.row_of(reading.outlines[place % len(reading.outlines)].number)
        QTest.mouseClick(getattr(row, button), Qt.MouseButton.LeftButton)


def assessed(room, letters, remark):
    form = room.window.lesion_list.assessment
    if form.isVisible():
        QTest.keyClicks(form.category, letters)
        form.category.activated.emit(form.category.currentIndex())
        form.remark.setFocus()
        form.remark.selectAll()
        QTest.keyClicks(form.remark, remark)
        QTest.keyClick(form.remark, Qt.Key.Key_Return)


DEEDS: dict[str, Callable[..., None]] = {
    **{tool: dragged(tool) for tool in ("brush", "eraser", "push", "contour", "cut")},
    **{tool: clicked(tool) for tool in ("polygon", "scissors")},
    "grow": grown,
    "sensitivity": tuned,
    "distance": measured("distance", 2),
    "angle": measured("angle", 3),
    "pick": picked,
    "command": commanded,
    "rename": named,
    "list": pressed_in_list,
    "assess": assessed,
}

places = st.tuples(st.integers(-5, SHAPE[1] + 5), st.integers(-5, SHAPE[0] + 5))
ways = st.lists(places, min_size=2, max_size=6)
held_keys = st.sampled_from((NONE, CTRL, SHIFT))
deeds = st.one_of(
    st.tuples(st.sampled_from(("brush", "eraser", "push", "contour", "cut")), ways, held_keys, st.sampled_from((1, 6, 25, 60))),
    st.tuples(st.sampled_from(("polygon", "scissors", "grow")), ways, held_keys),
    st.tuples(
        st.just("sensitivity"),
        st.sampled_from((Qt.Key.Key_Left, Qt.Key.Key_Right)),
        st.integers(0, 4),
        st.sampled_from((Qt.Key.Key_Return, Qt.Key.Key_Escape)),
    ),
    st.tuples(st.sampled_from(("distance", "angle")), ways),
    st.tuples(st.just("pick"), places),
    st.tuples(st.just("command"), st.sampled_from(COMMANDS)),
    st.tuples(st.just("rename"), st.sampled_from(("a", "upper mass", ""))),
    st.tuples(st.just("list"), st.integers(0, 5), st.sampled_from(("lock", "hide_button", "delete")), st.booleans()),
    st.tuples(st.just("assess"), st.sampled_from(("4", "5", "2")), st.sampled_from(("", "round", "oval"))),
)


def frozen(reading: Reading) -> tuple[Any, ...]:
    """Return all that a reading says, of masks a copy: what is written into one afterwards shows."""
    outlines = [
        (one.number, one.source, one.name, one.is_locked, one.is_hidden, one.assessment, one.mask.shape, one.mask.tobytes())
        for one in reading.outlines
    ]
    return (tuple(outlines), reading.callipers, reading.is_touched)


def is_sound(reading: Reading) -> bool:
    """Whether each lesion has a number and pixels of its own."""
    numbers = [outline.number for outline in reading.outlines]
    covered = sum((outline.mask.astype(int) for outline in reading.outlines), np.zeros(SHAPE, int))
    return len(set(numbers)) == len(numbers) and int(covered.max()) <= 1 and all(outline.mask.any() for outline in reading.outlines)


@pytest.fixture
def room(qtbot, tmp_path):
    return Room(qtbot, tmp_path, analysed())


def begin(room, name):
    """Put a scan on screen on which nothing has been done yet."""
    room.take("hand")
    room.session.set_case(analysed(disc_scan(name)))
    assert room.undo_name == NETWORK_STEP
    assert room.session.editing.redo_name == ""


def led(room, action, name_of) -> list[tuple[Any, ...]]:
    """Choose an action until there is nothing left for it to do, and return what the reading said each time, from before the first."""
    states = [frozen(room.reading)]
    for _ in range(MOST_STEPS):
        if not name_of():
            return states
        room.take(action)
        states.append(frozen(room.reading))
    raise AssertionError(f"{action} comes to no end")


def check_both_ways(room):
    editing = room.session.editing
    room.editor.drop()
    last = frozen(room.reading)
    redoable = led(room, "redo", lambda: editing.redo_name)  # where the last deed was to take something back
    back = led(room, "undo", lambda: editing.undo_name)
    assert back[-1] == frozen(Reading()), "all that was done is taken back"
    again = led(room, "redo", lambda: editing.redo_name)
    assert again == back[::-1], "every step is done again as it was"
    for _ in range(len(redoable) - 1):
        room.take("undo")
    assert frozen(room.reading) == last


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(deeds, min_size=1, max_size=14))
def test_whatever_was_done_is_taken_back_and_done_again(room, what):
    begin(room, f"{next(_NAMES)}.png")
    for name, *how in what:
        DEEDS[name](room, *how)
        assert is_sound(room.reading), name
    check_both_ways(room)


_NAMES = itertools.count()

AROUND = [(20, 20), (60, 20), (60, 60), (20, 60)]
INSIDE = [(70, 50), (90, 60), (85, 70)]
ALL: Sequence[tuple[Deed, str]] = (
    (("brush", INSIDE, CTRL, 6), "erasing"),
    (("command", "fill_holes"), "filling holes of lesion 1"),
    (("brush", [(80, 30), (125, 30)], NONE, 6), "brush stroke"),
    (("eraser", [(100, 20), (100, 45)], NONE, 3), "erasing"),
    (("command", "smooth"), "smoothing lesion 1"),
    (("push", [(80, 60), (120, 60)], NONE, 25), "pushing the outline"),
    (("command", "widen"), "growing lesion 1"),
    (("command", "narrow"), "shrinking lesion 1"),
    (("command", "network_outline"), "the network’s outline of lesion 1"),
    (("sensitivity", Qt.Key.Key_Right, 4, Qt.Key.Key_Return), "sensitivity of lesion 1"),
    (("contour", [*AROUND, (20, 20)], NONE, 6), "contour"),
    (("polygon", [(130, 90), (150, 90), (150, 110)], NONE), "polygon"),
    (("command", "split_lesion"), "splitting lesion 1"),
    (("command", "merge_lesions"), "merging 2 lesions"),
    (("command", "keep_largest"), "keeping the largest part of lesion 1"),
    (("scissors", [(100, 30), (130, 30), (130, 60)], NONE), "smart scissors"),
    (("grow", [(10, 100), (40, 100)], NONE), "region grow"),
    (("cut", [(80, -5), (80, 125)], SHIFT, 6), "cutting lesion 1"),
    (("rename", "upper mass"), "renaming lesion 1"),
    (("assess", "4", "round"), "assessing upper mass"),
    (("distance", AROUND), "distance"),
    (("angle", [(100, 20), (140, 20), (140, 60)]), "angle"),
    (("command", "clear_measurements"), "clearing"),
    (("command", "merge_lesions"), "merging 2 lesions"),
    (("command", "lock_lesion"), "locking upper mass"),
    (("list", 0, "lock", False), "unlocking upper mass"),
    (("list", 0, "hide_button", False), "hiding upper mass"),
    (("command", "hide_lesion"), "showing upper mass"),
    (("list", 0, "delete", False), "deleting upper mass"),
)
"""Every tool and command in an order in which each has something to do, and a part of its step's name."""


def test_each_tool_makes_a_step_and_all_of_them_can_be_taken_back(room):
    begin(room, "all.png")
    for (name, *how), step in ALL:
        before = frozen(room.reading)
        DEEDS[name](room, *how)
        assert frozen(room.reading) != before, (step, room.said)
        assert step in room.undo_name, (room.undo_name, room.said)
        assert is_sound(room.reading), step
    check_both_ways(room)
