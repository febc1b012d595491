"""What waits for the scan to be painted: done once, soon, and not in the middle of what announced it."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from busi_gui.views.after_paint import AfterPaint, PaintedLater, Turns


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


class Painted(QObject):
    """Notes which of some widgets are painted, in order."""

    def __init__(self, widgets):
        super().__init__(widgets[0])
        self.order = []
        self._widgets = widgets
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.order.append(self._widgets.index(watched))
        return False


class Panel(QWidget):
    """Three labels."""

    def __init__(self):
        super().__init__()
        self.shown_in = None
        self.labels = [QLabel("before") for _ in range(3)]
        column = QVBoxLayout(self)
        for label in self.labels:
            column.addWidget(label)


@pytest.fixture
def panel(qtbot):
    window, panel = QWidget(), Panel()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(panel)
    window.show()
    qtbot.waitExposed(window)
    qtbot.wait(30)
    panel.shown_in = window  # which would go with its last name
    return panel


def test_pieces_of_one_widget_take_turns_and_are_painted_together(qtbot, panel):
    turns = Turns(panel)
    log: list[int | str] = []
    between = QTimer(panel, interval=0)
    between.timeout.connect(lambda: log.append("the window answers"))

    def piece(number):
        log.append(number)
        panel.labels[number].setText("after")

    pieces = [AfterPaint(partial(piece, number), panel, turns) for number in range(3)]
    painted = Painted(panel.labels)
    between.start()
    for each in pieces:
        each.ask()
    qtbot.waitUntil(lambda: bool(painted.order))
    between.stop()
    assert sorted(painted.order) == [0, 1, 2]
    assert panel.updatesEnabled()
    done = [log.index(number) for number in range(3)]
    assert done == sorted(done)
    assert all(after - before > 1 for before, after in pairwise(done))


def test_who_is_asked_again_and_again_does_not_keep_the_widget_unpainted(qtbot, panel):
    """As while a cine plays on a slow computer: each piece asks for the next one at once."""
    turns = Turns(panel)
    pieces: list[AfterPaint] = []
    pieces += [AfterPaint(partial(lambda number: pieces[(number + 1) % 3].ask(), number), panel, turns) for number in range(3)]
    painted = Painted(panel.labels)
    for each in pieces:
        each.ask()
    for number in range(3):
        painted.order.clear()
        panel.labels[0].setText(str(number))
        qtbot.waitUntil(lambda: 0 in painted.order)


def test_a_piece_that_breaks_keeps_neither_the_others_nor_the_picture(qtbot, panel, done):
    turns = Turns(panel)

    def breaks():
        raise ZeroDivisionError

    for work in (breaks, lambda: done.append("drawn")):
        AfterPaint(work, panel, turns).ask()
    with qtbot.captureExceptions() as exceptions:
        qtbot.waitUntil(lambda: bool(done))
    assert [kind for kind, _, _ in exceptions] == [ZeroDivisionError]
    assert panel.updatesEnabled()


def test_parts_are_painted_later_one_after_the_other(qtbot, panel):
    others = panel.labels[1:]
    painted = Painted(panel.labels)
    PaintedLater(panel).hold(reversed(others))
    for each in panel.labels:
        each.setText("after")
    qtbot.waitUntil(lambda: len(painted.order) == 3)
    assert painted.order == [0, 2, 1]
    assert all(each.updatesEnabled() for each in panel.labels)
