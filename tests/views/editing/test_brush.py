"""Brush and eraser, driven with the mouse in the real window: what is painted, to the pixel, and as how many steps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QRegion

from busi_gui.domain.reading import MaskSource
from busi_gui.domain.scan import Spacing
from busi_gui.services.editing import NETWORK_STEP
from busi_gui.services.settings import Settings
from busi_gui.views.editing.brush import NOTHING_TO_ERASE
from busi_gui.views.editing.disc import LARGEST_PX, SIZES, SMALLEST_PX
from busi_gui.views.editing.draft import LOCKED, TAKEN
from busi_gui.views.editing.mask_hand import HIDDEN
from busi_gui.views.measuring.measures_in_hand import MeasuresInHand
from tests.views.cases import box_mask, make_case, make_scan
from tests.views.editing.drawing import BOX, CTRL, SHAPE, SHIFT, shown_drawing, swept

STROKE = [(20.0, 15.0), (33.5, 17.25), (60.0, 45.0)]


class Painted(QObject):
    """Notes which region of a widget is painted."""

    def __init__(self, widget):
        super().__init__(widget)
        self.region = QRegion()
        widget.installEventFilter(self)

    def eventFilter(self, _watched, event):
        if event.type() == QEvent.Type.Paint:
            self.region += event.region()
        return False


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def drawing(qtbot, settings):
    return shown_drawing(qtbot, settings, BOX)


def test_a_stroke_paints_every_pixel_under_the_brush_however_fast_it_moves(drawing):
    drawing.take("brush", 7)
    drawing.stroke(*STROKE)
    assert np.array_equal(drawing.mask(), BOX | swept(STROKE, 7))


def test_the_eraser_takes_away_what_it_passes_over(drawing):
    drawing.take("eraser", 6)
    drawing.stroke((25, 25), (45, 35))
    assert np.array_equal(drawing.mask(), BOX & ~swept([(25, 25), (45, 35)], 6))


@pytest.mark.parametrize(("tool", "paints"), [("brush", False), ("eraser", True)])
def test_ctrl_makes_each_the_other(drawing, tool, paints):
    drawing.take(tool, 6)
    drawing.stroke((25, 25), (60, 35), held=CTRL)
    disc = swept([(25, 25), (60, 35)], 6)
    assert np.array_equal(drawing.mask(), BOX | disc if paints else BOX & ~disc)


def test_a_stroke_is_one_step_that_says_what_it_was(drawing):
    drawing.take("brush", 7)
    drawing.stroke(*STROKE)
    painted = drawing.mask()
    drawing.stroke((25, 25), (45, 35), held=CTRL)
    assert drawing.session.editing.undo_name == "erasing"
    drawing.window.commands["undo"].trigger()
    assert np.array_equal(drawing.mask(), painted)
    assert drawing.session.editing.undo_name == "brush stroke"
    drawing.window.commands["undo"].trigger()
    assert np.array_equal(drawing.mask(), BOX)
    drawing.window.commands["redo"].trigger()
    assert np.array_equal(drawing.mask(), painted)


def test_a_stroke_that_changes_nothing_is_no_step(drawing):
    drawing.take("brush", 3)
    drawing.stroke((35, 25), (40, 30))
    assert drawing.session.editing.undo_name == NETWORK_STEP


def test_the_networks_lesion_is_a_corrected_one_afterwards(drawing):
    drawing.take("brush", 7)
    drawing.stroke(*STROKE)
    outline = drawing.reading.outline(1)
    assert outline.source is MaskSource.CORRECTED


def test_a_shift_click_draws_a_straight_line_from_where_the_last_stroke_ended(drawing):
    drawing.take("brush", 5)
    drawing.stroke((10, 10), (15, 12))
    drawing.stroke((60, 50), held=SHIFT)
    assert np.array_equal(drawing.mask(), BOX | swept([(10, 10), (15, 12), (60, 50)], 5))


def test_a_shift_click_without_a_stroke_before_is_a_dab(drawing):
    drawing.take("brush", 5)
    drawing.stroke((60, 50), held=SHIFT)
    assert np.array_equal(drawing.mask(), BOX | swept([(60, 50)], 5))


def test_shift_in_a_drag_keeps_the_line_straight_wherever_the_pointer_went_meanwhile(drawing):
    drawing.take("brush", 5)
    drawing.press(10, 10)
    for place in ((40, 55), (70, 5), (60, 50)):
        drawing.move(*place, SHIFT)
    drawing.release(60, 50, SHIFT)
    assert np.array_equal(drawing.mask(), BOX | swept([(10, 10), (60, 50)], 5))


def test_after_the_line_a_drag_goes_on_from_its_end(drawing):
    drawing.take("brush", 5)
    drawing.press(10, 10)
    drawing.move(20, 50, SHIFT)
    drawing.move(60, 50)
    drawing.release(60, 50)
    assert np.array_equal(drawing.mask(), BOX | swept([(10, 10), (20, 50), (60, 50)], 5))


def test_esc_drops_the_stroke_and_then_lets_go_of_the_tool(drawing):
    drawing.take("brush", 7)
    drawing.press(10, 10)
    drawing.move(30, 30)
    drawing.key(Qt.Key.Key_Escape)
    drawing.release(50, 50)
    assert np.array_equal(drawing.mask(), BOX)
    assert drawing.session.editing.undo_name == NETWORK_STEP
    assert drawing.window.commands["brush"].isChecked()
    drawing.key(Qt.Key.Key_Escape)
    assert drawing.window.commands["hand"].isChecked()


def test_where_no_lesion_is_in_hand_a_stroke_begins_one_that_is_in_hand_from_then_on(drawing):
    drawing.take("brush", 8)
    drawing.editor.selection.begin_new()
    drawing.hover(10, 10)
    assert drawing.editor.disc.label == "8 px · drawing lesion 2"
    drawing.stroke((10, 10), (15, 10))
    drawing.stroke((10, 12), (15, 12))
    assert np.array_equal(drawing.mask(1), BOX)
    assert np.array_equal(drawing.mask(2), swept([(10, 10), (15, 10)], 8) | swept([(10, 12), (15, 12)], 8))
    assert drawing.reading.outline(2).source is MaskSource.DRAWN
    assert drawing.editor.selection.number == 2


def test_a_lesion_that_is_erased_to_nothing_is_deleted_and_can_be_taken_back(drawing):
    drawing.take("eraser", 60)
    drawing.stroke((35, 30), (45, 30))
    assert drawing.reading.outlines == ()
    drawing.window.commands["undo"].trigger()
    assert np.array_equal(drawing.mask(), BOX)


def test_nothing_can_be_erased_where_no_lesion_is_in_hand(drawing):
    drawing.take("eraser", 6)
    drawing.editor.selection.begin_new()
    drawing.stroke((35, 30), (45, 30))
    assert np.array_equal(drawing.mask(), BOX)
    assert drawing.said == [NOTHING_TO_ERASE]


def test_a_locked_lesion_stays_as_it_is_and_the_reader_is_told(qtbot, settings):
    drawing = shown_drawing(qtbot, settings, BOX, is_locked=True)
    drawing.take("brush", 7)
    drawing.stroke(*STROKE)
    assert np.array_equal(drawing.mask(), BOX)
    assert drawing.said == [LOCKED.format(title="Lesion 1")]


@pytest.mark.parametrize("is_locked", [True, False])
def test_paint_never_enters_another_lesion(qtbot, settings, is_locked):
    other = box_mask(SHAPE, 20, 55, 40, 70)
    drawing = shown_drawing(qtbot, settings, BOX, other, is_locked=is_locked)
    drawing.editor.selection.select(1)
    drawing.take("brush", 10)
    drawing.stroke((40, 30), (75, 30))
    assert np.array_equal(drawing.mask(2), other)
    assert np.array_equal(drawing.mask(1), BOX | swept([(40, 30), (75, 30)], 10) & ~other)
    assert drawing.said == []
    drawing.stroke((60, 30), (65, 30))
    assert drawing.said == [TAKEN.format(title="Lesion 2")]


def test_where_two_lesions_overlap_already_they_go_on_doing_so(qtbot, settings):
    other = box_mask(SHAPE, 25, 45, 45, 70)
    drawing = shown_drawing(qtbot, settings, BOX, other)
    drawing.editor.selection.select(1)
    drawing.take("brush", 10)
    drawing.stroke((40, 22), (60, 30))
    assert np.array_equal(drawing.mask(1), BOX | swept([(40, 22), (60, 30)], 10) & ~other)


def test_an_anisotropic_scan_has_a_brush_that_is_round_in_millimetres(qtbot, settings):
    drawing = shown_drawing(qtbot, settings, BOX, spacing=Spacing(0.4, 0.2))
    drawing.take("brush", 12)
    drawing.stroke((10, 10), (60, 50))
    assert np.array_equal(drawing.mask(), BOX | swept([(10, 10), (60, 50)], 12, 2.0))


def test_zoomed_in_the_brush_paints_the_same_pixels(drawing):
    drawing.take("brush", 7)
    look = drawing.view.look
    drawing.view.look = look.zoomed(4.0, look.width / 2, look.height / 2)
    drawing.stroke((35, 25), (52.5, 31.25))
    assert np.array_equal(drawing.mask(), BOX | swept([(35, 25), (52.5, 31.25)], 7))


# size


def test_sizes_go_from_one_to_two_hundred_in_steps_of_at_most_a_quarter_or_one_pixel():
    assert (SIZES[0], SIZES[-1]) == (SMALLEST_PX, LARGEST_PX) == (1, 200)
    for small, large in pairwise(SIZES):
        assert small < large <= max(small + 1, small * 1.25)


def test_keys_and_wheel_change_the_size_which_is_remembered_and_shown(drawing, settings):
    drawing.take("brush", 20)
    drawing.hover(30, 30)
    drawing.window.commands["larger_brush"].trigger()
    larger = drawing.editor.disc.size.px
    assert larger == next(size for size in SIZES if size > 20)
    assert drawing.editor.disc.label == f"{larger} px"
    drawing.window.commands["smaller_brush"].trigger()
    drawing.wheel(30, 30, 2)
    assert drawing.editor.disc.size.px == SIZES[SIZES.index(larger) + 1] == settings.brush_px
    drawing.wheel(30, 30, -0.5)
    drawing.wheel(30, 30, -0.5)
    assert drawing.editor.disc.size.px == larger
    assert drawing.editor.disc.look.radius == larger / 2


def test_the_size_is_shown_in_millimetres_where_there_are_any(qtbot, settings):
    drawing = shown_drawing(qtbot, settings, BOX, spacing=Spacing(0.1, 0.1))
    drawing.take("brush", 20)
    drawing.hover(30, 30)
    drawing.editor.disc.size.set_px(24)
    assert drawing.editor.disc.label == "24 px · 2.4 mm"


def test_the_size_does_not_leave_its_bounds(drawing):
    drawing.take("brush", 20)
    drawing.wheel(30, 30, 100)
    assert drawing.editor.disc.size.px == LARGEST_PX
    drawing.wheel(30, 30, -100)
    assert drawing.editor.disc.size.px == SMALLEST_PX


# what is shown


def test_the_preview_is_what_a_press_would_paint(drawing):
    drawing.take("brush", 9)
    drawing.hover(50, 30)
    look = drawing.editor.disc.look
    shown = np.zeros(SHAPE, np.bool_)
    shown[look.window.slices] = look.preview
    drawing.stroke((50, 30))
    assert look.sign == "+"
    assert np.array_equal(shown, drawing.mask() & ~BOX)


def test_ctrl_shows_at_once_that_a_press_would_erase(drawing, qtbot):
    drawing.take("brush", 9)
    drawing.hover(50, 30)
    qtbot.keyPress(drawing.view._canvas, Qt.Key.Key_Control)
    assert drawing.editor.disc.look.sign == "−"
    qtbot.keyRelease(drawing.view._canvas, Qt.Key.Key_Control)
    assert drawing.editor.disc.look.sign == "+"


def test_hovering_leaves_no_mark(drawing):
    before = drawing.picture()
    drawing.take("brush", 21)
    for x in range(5, 75, 5):
        drawing.hover(x, 30)
    assert not np.array_equal(drawing.picture(), before)
    drawing.take("hand")
    drawing.window.scan_view.set_hint("")
    assert np.array_equal(drawing.picture(), before)
    assert drawing.session.editing.undo_name == NETWORK_STEP


def test_a_stroke_that_goes_on_looks_as_it_will_at_rest(drawing, qtbot):
    drawing.take("brush", 9)
    drawing.stroke((30, 22))  # the lesion is the reader's from now on, and selected
    drawing.press(45, 30)
    drawing.move(60, 35)
    drawing.window.editor.disc.show(None)
    measures = drawing.window.findChild(MeasuresInHand)
    qtbot.waitUntil(lambda: not measures._timer.isActive())  # its lines follow a little later
    going_on = drawing.picture()
    drawing.release(60, 35)
    drawing.window.editor.disc.show(None)
    assert np.mean(going_on != drawing.picture()) < 0.01


def test_while_a_lesion_is_erased_its_old_outline_is_gone(drawing, qtbot):
    drawing.take("eraser", 20)
    drawing.press(50, 30)
    drawing.move(50, 32)
    drawing.editor.disc.show(None)
    measures = drawing.window.findChild(MeasuresInHand)
    qtbot.waitUntil(lambda: not measures._timer.isActive())
    going_on = drawing.picture()
    x, y = drawing.place(50, 30).toTuple()
    edge = np.s_[round(y) - 20 : round(y) + 20, 4 * (round(x) - 20) : 4 * (round(x) + 20)]
    drawing.release(50, 32)
    drawing.editor.disc.show(None)
    assert np.array_equal(drawing.picture()[edge], going_on[edge])


def test_what_is_painted_anew_holds_where_the_disc_was_and_where_it_is_and_little_else(drawing, qapp):
    drawing.take("brush", 8)
    drawing.hover(10, 10)
    drawing.editor.disc._fading.stop()
    drawing.hover(11, 10)
    qapp.processEvents()
    painted = Painted(drawing.target)
    drawing.hover(70, 50)
    qapp.processEvents()
    for place in (drawing.place(11, 10), drawing.place(70, 50)):
        assert painted.region.contains(place.toPoint())
    assert not painted.region.contains(drawing.place(40, 30).toPoint())


def test_a_stroke_is_seen_where_the_outline_is_switched_off(drawing):
    drawing.window.commands["outline"].setChecked(False)
    drawing.take("brush", 9)
    drawing.press(10, 10)
    drawing.window.editor.disc.show(None)
    before = drawing.picture()
    drawing.move(30, 10)
    drawing.window.editor.disc.show(None)
    assert not np.array_equal(drawing.picture(), before)
    drawing.release(30, 10)


def test_while_the_overlays_are_hidden_nothing_is_drawn_and_the_reader_is_told(drawing):
    drawing.take("brush", 9)
    drawing.view.hide_overlays(True)
    drawing.stroke(*STROKE)
    assert np.array_equal(drawing.mask(), BOX)
    assert drawing.said == [HIDDEN]


def test_without_a_scan_a_stroke_is_nothing(drawing):
    drawing.take("brush", 9)
    place = drawing.view.look
    drawing.session.set_case(None)
    drawing.session.set_case(make_case(make_scan(*SHAPE), ()))
    assert drawing.view.look == place
    drawing.stroke((10, 10))
    assert np.array_equal(drawing.mask(1), swept([(10, 10)], 9))
