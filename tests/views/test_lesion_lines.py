"""The axes of the lesion in hand are drawn where they lie, with their lengths off the lesion."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage, QTransform

from busi_gui.domain.measures import measure
from busi_gui.services.settings import Settings
from busi_gui.views import theme
from busi_gui.views.measuring.lesion_lines import Drawn, laid_out, text_place
from tests.views.cases import box_mask
from tests.views.desk import shown_desk
from tests.views.measured import SHAPE, TENTH, at, case_of, drag, move, press, release

SIGHT = QRectF(0, 0, 400, 300)
SIZE = QSizeF(90, 16)


@pytest.fixture
def desk(qtbot, tmp_path):
    yield from shown_desk(qtbot, Settings(tmp_path / "settings.ini"))


def show(desk, mask, **fields):
    desk.session.set_case(case_of("lesion.png", **fields))
    desk.session.editing.edit("outlining", desk.session.editing.reading.added(mask))


def ellipse(tilt=30):
    mask = np.zeros(SHAPE, np.uint8)
    cv2.ellipse(mask, (40, 30), (25, 12), tilt, 0, 360, 1, -1)
    return mask.astype(np.bool_)


def gap_to_border(mask, point):
    """Return how far a place on the scan is from the nearest corner or middle of a side that parts lesion from tissue, in pixels."""
    framed = np.pad(mask, 1)
    upright = np.argwhere(framed[:, 1:] != framed[:, :-1]) - np.array([0.5, 0])
    level = np.argwhere(framed[1:] != framed[:-1]) - np.array([0, 0.5])
    rows, columns = np.concatenate([upright, level]).T
    return float(np.hypot(rows - point.y, columns - point.x).min())


def is_coloured(image, place, colour):
    """Whether a pixel of a picture has about a colour's hue, that is, is not gray."""
    shown = QColor(image.pixel(place))
    return shown.hsvSaturationF() > 0.15 and abs(shown.hueF() - QColor(colour).hueF()) < 0.1


# where they lie -----------------------------------------------------------------------------------------------------------------------------------


def test_the_axes_of_a_rectangle_are_its_diagonal_and_the_width_across_it(desk):
    show(desk, box_mask(SHAPE, 20, 10, 30, 70))
    long, short = desk.lines.item.drawn.axes
    xs, ys = sorted(point.x for point in long), sorted(point.y for point in long)
    assert xs == pytest.approx([10, 70], abs=0.5)
    assert ys == pytest.approx([20, 30], abs=0.5)
    along = np.array([long[1].x - long[0].x, long[1].y - long[0].y])
    across = np.array([short[1].x - short[0].x, short[1].y - short[0].y])
    assert along @ across == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("tilt", [0, 30, 75, 140])
def test_both_axes_end_on_the_outline(desk, tilt):
    mask = ellipse(tilt)
    show(desk, mask)
    for line in desk.lines.item.drawn.axes:
        assert max(gap_to_border(mask, point) for point in line) <= 0.75


def test_on_the_screen_the_lines_lie_over_those_places_at_any_zoom(desk):
    mask = ellipse()
    show(desk, mask)
    desk.actions["outline"].setChecked(False)
    desk.comparison.set_layer_visible(next(iter(desk.main._layers)), False)
    for zoom in (1.0, 2.0):
        desk.main.zoom_by(zoom)
        image = desk.main._canvas.viewport().grab().toImage()
        look = desk.main.look
        for start, end in desk.lines.item.drawn.axes:
            for share in (0.2, 0.5, 0.8):
                x, y = start.x + share * (end.x - start.x), start.y + share * (end.y - start.y)
                place = QPointF(*look.to_screen(x, y)).toPoint()
                if image.rect().contains(place):
                    around = [place + QPointF(dx, dy).toPoint() for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
                    assert any(is_coloured(image, near, theme.lesion_colour(1, selected=True)) for near in around)


def test_every_line_has_a_short_stroke_across_both_ends():
    drawn = Drawn(1, measure(box_mask(SHAPE, 20, 10, 30, 70), TENTH), has_extents=True, text=("6.1 × 2.0 mm",))
    strokes = laid_out(drawn, QTransform.fromScale(5, 5), SIGHT).strokes
    assert len(strokes) == 4 * 3
    for line, *ticks in (strokes[first : first + 3] for first in range(0, 12, 3)):
        for tick, end in zip(ticks, (line.p1(), line.p2()), strict=True):
            assert (tick.center() - end).manhattanLength() < 1e-6
            assert tick.length() == pytest.approx(8)
            assert abs(tick.dx() * line.dx() + tick.dy() * line.dy()) < 1e-6


def test_extents_are_as_wide_and_high_as_the_lesion_and_lie_beside_it():
    drawn = Drawn(1, measure(box_mask(SHAPE, 20, 10, 30, 70), TENTH), has_extents=True, text=("6.1 × 2.0 mm",))
    wide, _, _, high, _, _ = laid_out(drawn, QTransform.fromScale(5, 5), SIGHT).strokes[6:]
    assert (wide.x1(), wide.x2()) == (50, 350)
    assert wide.y1() == wide.y2() > 150
    assert (high.y1(), high.y2()) == (100, 150)
    assert high.x1() == high.x2() > 350


# what is written ----------------------------------------------------------------------------------------------------------------------------------


def text(desk):
    drawn = desk.lines.item.drawn
    return drawn.text if drawn is not None else ()


def test_the_lengths_of_both_axes_are_written_with_what_they_rest_on(desk):
    show(desk, box_mask(SHAPE, 20, 10, 30, 70))
    assert text(desk) == ("6.1 × 1.9 mm",)
    show_case = case_of("pixels.png", spacing=None)
    desk.session.set_case(show_case)
    desk.session.editing.edit("outlining", desk.session.editing.reading.added(box_mask(SHAPE, 20, 10, 30, 70)))
    assert text(desk) == ("61 × 19 px",), "the corner says that the scan is not calibrated"
    desk.session.set_case(desk.session.case.with_scale_of(show_case.scan.calibrated(TENTH)))
    assert text(desk) == ("6.1 × 1.9 mm (calibrated by hand)",)


@pytest.mark.parametrize(
    "box", [QRectF(150, 100, 80, 60), QRectF(150, 230, 80, 60), QRectF(5, 5, 20, 290), QRectF(380, 5, 15, 290), QRectF(2, 2, 396, 40)]
)
def test_what_is_written_is_in_sight_and_off_the_lesion(box):
    place = text_place(box, SIZE, SIGHT)
    assert SIGHT.contains(place)
    assert not place.intersects(box)


def test_beside_a_lesion_that_fills_the_view_it_stands_in_the_corner():
    place = text_place(QRectF(-50, -50, 600, 500), SIZE, SIGHT)
    assert SIGHT.contains(place)
    assert place.left() < 20
    assert place.bottom() > 280


# when they are drawn ------------------------------------------------------------------------------------------------------------------------------


def test_they_follow_the_stroke(desk, qtbot):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    before = desk.lines.item.drawn
    desk.press("brush")
    press(desk.main, at(desk.main, 40, 30))
    move(desk.main, at(desk.main, 60, 30))
    qtbot.waitUntil(lambda: desk.lines.item.drawn != before)
    long, _ = desk.lines.item.drawn.axes
    assert max(point.x for point in long) > 60
    assert desk.lines.item.drawn.measures == measure(desk.draft.canvas, TENTH)
    release(desk.main, at(desk.main, 60, 30))
    assert desk.lines.item.drawn.measures == desk.session.case.lesions[0].measures


def test_while_a_stroke_goes_on_the_view_shows_what_painting_all_of_it_would_show(desk, qtbot):
    """The lines' old and new place is painted anew, and not the rest: nothing stale may stay."""
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    desk.actions["lesion_extents"].setChecked(True)
    desk.press("brush")
    press(desk.main, at(desk.main, 40, 30))
    viewport = desk.main._canvas.viewport()
    for x in (50, 60, 66):
        move(desk.main, at(desk.main, x, 30))
        qtbot.waitUntil(lambda: not desk.in_hand._timer.isActive())
        qtbot.waitUntil(lambda: desk.lines.item.covered.right() > desk.main.look.to_screen(desk.lines.item.drawn.measures.bbox[3], 0)[0])
        partly = desk.window.screen().grabWindow(desk.window.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
        viewport.repaint()
        whole = desk.window.screen().grabWindow(desk.window.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)
        assert partly == whole
    release(desk.main, at(desk.main, 66, 30))


def test_another_lesion_in_hand_has_its_own_lines_and_none_in_hand_has_none(desk):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    desk.session.editing.edit("outlining", desk.session.editing.reading.added(box_mask(SHAPE, 2, 50, 10, 70)))
    desk.selection.select(2)
    assert desk.lines.item.drawn.number == 2
    desk.selection.begin_new()
    assert desk.lines.item.drawn is None


def test_a_hidden_lesion_has_no_lines(desk):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    desk.session.editing.edit("hiding", desk.session.editing.reading.changed(1, is_hidden=True))
    assert desk.lines.item.drawn is None


def test_they_are_hidden_with_the_overlays(desk):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    assert desk.lines.item.isVisible()
    desk.comparison.hide_overlays(True)
    hidden = desk.main.grab().toImage()
    assert not desk.lines.item.isVisible()
    desk.actions["lesion_measures"].setChecked(False)
    assert desk.main.grab().toImage() == hidden


def test_they_can_be_switched_off_and_that_is_remembered(desk, qtbot, tmp_path):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    measures, extents = (desk.actions[name] for name in ("lesion_measures", "lesion_extents"))
    assert (measures.isChecked(), extents.isChecked()) == (True, False)
    with_axes = desk.main.grab().toImage()
    extents.trigger()
    assert text(desk)[1:] == ("horizontal × vertical 2.0 × 2.0 mm",)
    assert desk.main.grab().toImage() != with_axes
    measures.trigger()
    assert desk.lines.item.drawn is None
    assert not extents.isEnabled()
    again = Settings(tmp_path / "settings.ini")
    assert not again.is_layer_visible("lesion_measures", True)
    assert again.is_layer_visible("lesion_extents", False)


def test_callipers_over_a_lesion_can_still_be_taken(desk):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    desk.press("distance")
    drag(desk.main, (22, 22), (38, 38))
    assert len(desk.hand(desk.main).callipers) == 1
    assert desk.lines.item.zValue() < desk.hand(desk.main)._item.zValue()
