"""Callipers are drawn where they were set, and can be read on anything."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from busi_gui.domain.callipers import Point
from busi_gui.views.measuring.calliper_items import CallipersItem, Mark, reading_place

SIGHT = QRectF(0, 0, 400, 300)
SIZE = QSizeF(60, 16)


def placed(*points, taken=(), lines=()):
    return reading_place([QPointF(*point) for point in points], SIZE, SIGHT, taken, lines)


def drawn(qapp, background, *marks):
    """Return the grays of a picture of 200 x 150 with these marks on it, at 200 %."""
    image = QImage(200, 150, QImage.Format.Format_RGB32)
    image.fill(QColor(background))
    item = CallipersItem()
    item.set_marks(marks, (75, 100))
    painter = QPainter(image)
    painter.scale(2, 2)
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    return np.array([[QColor(image.pixel(x, y)).red() for x in range(200)] for y in range(150)], int)


def test_a_reading_stands_beside_the_right_end():
    place = placed((100, 100), (200, 120))
    assert place.left() > 200
    assert place.center().y() == 120


def test_a_reading_that_would_leave_the_view_stands_on_the_other_side():
    place = placed((100, 100), (390, 120))
    assert place.right() < 100


@pytest.mark.parametrize(
    "points", [((5, 150), (395, 150)), ((200, 5), (200, 295)), ((5, 5), (395, 295)), ((-50, 150), (450, 150)), ((-90, -90), (-80, -80))]
)
def test_a_reading_is_always_in_sight(points):
    assert SIGHT.contains(placed(*points))


def test_a_reading_covers_neither_another_nor_a_line():
    first = placed((100, 100), (200, 120))
    second = placed((100, 110), (200, 125), taken=[first])
    assert not second.intersects(first)
    upright = QLineF(230, 0, 230, 300)
    assert placed((100, 100), (200, 120), lines=[upright]).right() < 100


def test_a_reading_too_long_for_either_side_covers_no_line():
    points, line = ((50, 100), (350, 120)), QLineF(50, 100, 350, 120)
    place = reading_place([QPointF(*point) for point in points], QSizeF(360, 16), SIGHT, (), [line])
    assert SIGHT.contains(place)
    assert place.top() > 120 or place.bottom() < 100


def test_a_wide_angle_is_read_between_its_legs_and_a_narrow_one_beside_them():
    wide, narrow = [(300, 50), (100, 150), (300, 250)], [(300, 145), (100, 150), (300, 155)]
    for points, is_inside in ((wide, True), (narrow, False)):
        legs = [QLineF(*points[0], *points[1]), QLineF(*points[1], *points[2])]
        place = placed(*points, lines=legs)
        assert (place.left() > 100 and place.right() < 300) is is_inside


@pytest.mark.parametrize("background", ["#000000", "#808080", "#ffffff"])
def test_marks_stand_out_from_black_gray_and_white(qapp, background):
    ground = QColor(background).red()
    grays = drawn(qapp, background, Mark((Point(20, 30), Point(80, 30))))
    around = grays[54:67, 34:47]
    assert np.abs(around - ground).max() >= 80


def test_a_mark_lies_on_its_point_at_any_zoom(qapp):
    grays = drawn(qapp, "#000000", Mark((Point(20, 30), Point(80, 30))))
    rows = np.nonzero(grays[:, :60] > 128)[0]
    assert rows.mean() == pytest.approx(60, abs=1)
    assert grays[54:66, 40].min() > 80


def test_a_selected_measurement_looks_different(qapp):
    points = (Point(20, 30), Point(80, 30))
    assert (drawn(qapp, "#000000", Mark(points)) != drawn(qapp, "#000000", Mark(points, is_selected=True))).any()


def test_a_reading_is_written(qapp):
    points = (Point(20, 30), Point(40, 30))
    assert (drawn(qapp, "#000000", Mark(points)) != drawn(qapp, "#000000", Mark(points, "4.2 mm"))).any()


def test_angles_of_every_kind_can_be_drawn(qapp):
    vertex = Point(50, 37)
    for one, other in ((Point(90, 37), Point(50, 5)), (Point(90, 37), Point(10, 37)), (Point(90, 37), Point(90, 37)), (vertex, vertex)):
        assert drawn(qapp, "#000000", Mark((one, vertex, other), "12°")).max() > 128
