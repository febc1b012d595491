"""Controls that go on below where the line is full."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from busi_gui.views.wrap_row import WrapRow


class Part(QLabel):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.setFixedSize(width, 20)


@pytest.fixture
def parts(qapp):
    return [Part(100), Part(80), Part(60)]


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def row(window, parts):
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    made = WrapRow(parts, end=1, gap=10)
    column.addWidget(made)
    column.addStretch(1)
    window.resize(400, 300)
    window.show()
    return made


def resize(row, qtbot, width):
    row.window().resize(width, 300)
    qtbot.waitUntil(lambda: row.width() == width)


def places(parts):
    return [(part.x(), part.y()) for part in parts]


def test_with_room_all_is_on_one_line_and_the_last_at_its_end(row, parts):
    assert places(parts) == [(0, 0), (110, 0), (340, 0)]
    assert row.height() == 20


def test_what_does_not_fit_goes_on_below(row, parts, qtbot):
    resize(row, qtbot, 200)
    assert places(parts) == [(0, 0), (110, 0), (140, 25)]
    qtbot.waitUntil(lambda: row.height() == 45)


def test_a_window_can_be_as_narrow_as_the_widest_part(row, parts, qtbot):
    assert row.minimumSizeHint().width() == 100
    resize(row, qtbot, 100)
    assert [y for _, y in places(parts)] == [0, 25, 50]
    qtbot.waitUntil(lambda: row.height() == 70)


def test_a_part_that_is_hidden_takes_no_room(row, parts, qtbot):
    parts[1].hide()
    resize(row, qtbot, 200)
    assert row.heightForWidth(200) == 20


def test_a_part_that_grows_pushes_the_others_on(row, parts, qtbot):
    parts[0].setFixedWidth(150)
    qtbot.waitUntil(lambda: parts[1].x() == 160)


def test_what_has_changed_while_it_was_hidden_is_laid_out_anew(row, parts, qtbot):
    row.hide()
    parts[0].setFixedWidth(150)
    row.show()
    assert parts[1].x() == 160
