"""How a row of the case list is drawn."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyleOptionViewItem

from busi_gui.domain.case import CaseStatus
from busi_gui.views import theme
from busi_gui.views.cases.case_delegate import CaseDelegate, draw_mark
from busi_gui.views.cases.case_rows import CaseModel
from tests.views.case_lists import PATHS, FakeBook, grey_image
from tests.views.fake_session import POINT


@pytest.fixture
def book(qapp):
    return FakeBook()


@pytest.fixture
def view(qtbot, book):
    widget = QListView()
    qtbot.addWidget(widget)
    model = CaseModel(book, widget)
    model.show_folder(PATHS)
    model.show_point(POINT)
    widget.setModel(model)
    widget.setItemDelegate(CaseDelegate(widget))
    widget.resize(260, 400)
    widget.show()
    return widget


def drawn(view: QListView, row: int, ratio: float = 1.0, *, state: QStyle.StateFlag = QStyle.StateFlag.State_None) -> np.ndarray:
    """Return a row as drawn on a screen with this device pixel ratio, uint8 (rows, columns, 4): blue, green, red, and nothing."""
    option = QStyleOptionViewItem()
    option.widget = view
    option.state |= state
    option.rect = QRect(0, 0, view.viewport().width(), view.sizeHintForRow(row))
    image = QImage(round(option.rect.width() * ratio), round(option.rect.height() * ratio), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor(theme.PANEL))
    painter = QPainter(image)
    view.itemDelegate().paint(painter, option, view.model().index(row, 0))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def inner_height(view: QListView) -> int:
    """Return the height of a row without the room around it."""
    height = view.fontMetrics().height()
    return view.sizeHintForRow(0) - 2 * max(4, height // 3)


def extent(mask: np.ndarray) -> tuple[int, int]:
    """Return height and width of what is True."""
    return int(np.ptp(np.flatnonzero(mask.any(axis=1)))) + 1, int(np.ptp(np.flatnonzero(mask.any(axis=0)))) + 1


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_thumbnail_keeps_its_aspect_and_fills_its_frame(view, book, ratio):
    book.images[PATHS[0]] = grey_image(128, 64, 222)
    book.set_new(PATHS[0])
    height, width = extent((drawn(view, 0, ratio)[..., :3] == 222).all(axis=2))
    assert width == pytest.approx(2 * height, abs=2)
    assert width == pytest.approx(4 / 3 * ratio * inner_height(view), abs=4)


def test_a_thumbnail_uses_every_pixel_of_a_dense_screen(view, book):
    stripes = np.where(np.arange(128) % 4 < 2, 255, 0).astype(np.uint8) * np.ones((96, 1), np.uint8)
    book.images[PATHS[0]] = QImage(stripes.data, 128, 96, 128, QImage.Format.Format_Grayscale8).copy()
    book.set_new(PATHS[0])
    picture = drawn(view, 0, 2.0)
    middle = picture[picture.shape[0] // 2, 40:80, 0]
    assert np.ptp(middle) > 220  # at half the pixels the stripes would run together


def test_beside_a_thumbnail_it_is_black(view, book):
    book.images[PATHS[0]] = grey_image(40, 120, 222)
    book.set_new(PATHS[0])
    picture = drawn(view, 0)
    assert (picture[..., :3] == 222).all(axis=2).any()
    assert (picture[picture.shape[0] // 2, :60, :3] == 0).all(axis=1).sum() > 20


def test_a_narrow_panel_leaves_the_room_to_the_words(view, book):
    book.images[PATHS[0]] = grey_image(128, 96, 222)
    book.set_new(PATHS[0])
    view.resize(9 * view.fontMetrics().height(), 400)
    assert not (drawn(view, 0)[..., :3] == 222).all(axis=2).any()


def test_the_row_that_has_the_focus_is_framed(view):
    accent = [QColor(theme.ACCENT).blue(), QColor(theme.ACCENT).green(), QColor(theme.ACCENT).red()]
    chosen = drawn(view, 1, state=QStyle.StateFlag.State_Selected)
    focused = drawn(view, 1, state=QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus)
    for edge in (np.s_[0, 10:-10], np.s_[-1, 10:-10], np.s_[10:-10, 0], np.s_[10:-10, -1]):
        assert (focused[edge][:, :3] == accent).all()
        assert not (chosen[edge][:, :3] == accent).all(axis=1).any()


def test_above_and_below_the_point_look_different_by_shape(view, book):
    book.set_entry(PATHS[0], 0.45)
    above = drawn(view, 0)
    view.model().show_point(type(POINT)("sensitive", 0.46, 0.9, 0.9, ""))
    below = drawn(view, 0)
    changed = (above != below).any(axis=2)
    assert changed.any()
    assert max(extent(changed)) <= view.fontMetrics().height()
    row, column = (int(np.flatnonzero(changed.any(axis=axis)).mean()) for axis in (1, 0))
    ink = [QColor(theme.TEXT).blue(), QColor(theme.TEXT).green(), QColor(theme.TEXT).red()]
    assert above[row, column, :3].tolist() == ink  # a dot, and a ring
    assert below[row, column, :3].tolist() != ink


def test_every_status_has_a_shape_of_its_own_in_one_colour(qapp):
    pictures = []
    for status in (*CaseStatus, None):
        image = QImage(12, 12, QImage.Format.Format_RGB32)
        image.fill(QColor("#000000"))
        painter = QPainter(image)
        painter.setPen(QColor("#808080"))
        draw_mark(painter, QRectF(1, 1, 10, 10), status)
        painter.end()
        pictures.append(np.frombuffer(image.constBits(), np.uint8).reshape(12, 12, 4)[..., 0].astype(int))
    for first, second in combinations(pictures, 2):
        assert (np.abs(first - second) > 60).sum() >= 8


def test_what_a_row_says_is_drawn(view, book):
    blank = drawn(view, 0)
    book.set_new(PATHS[0])
    new = drawn(view, 0)
    book.set_entry(PATHS[0], None)
    no_lesion = drawn(view, 0)
    book.set_entry(PATHS[0], None, frame_count=120)
    cine = drawn(view, 0)
    book.set_new(PATHS[0], error="scan 1.png is damaged.")
    broken = drawn(view, 0)
    view.model().mark(PATHS[0])
    current = drawn(view, 0)
    assert all((first != second).any() for first, second in combinations((blank, new, no_lesion, cine, broken, current), 2))


def test_long_names_stay_within_the_row(qtbot, book):
    names = [Path("/scans") / ("left breast upper outer quadrant " * 6 + f"{n}.dcm") for n in range(2)]
    view = QListView()
    qtbot.addWidget(view)
    model = CaseModel(book, view)
    model.show_folder(tuple(names))
    view.setModel(model)
    view.setItemDelegate(CaseDelegate(view))
    view.resize(240, 200)
    view.show()
    # The ends tell them apart: cut in the middle, they still do.
    assert (drawn(view, 0) != drawn(view, 1)).any()
