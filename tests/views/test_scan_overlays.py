"""What lies over the scan, and what is written in its corners."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF
from PySide6.QtWidgets import QApplication, QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box, Region, Spacing
from busi_gui.io.scans import read_scan
from busi_gui.views import theme
from busi_gui.views.scan import lesion_items
from busi_gui.views.scan.corner_text import NOT_CALIBRATED, SALIENCY_CAVEAT, Corners, CornerText, readable_date, scale_bar
from busi_gui.views.scan.scan_view import Layer, Tool
from tests.builders import make_pixels, write_dicom
from tests.views.cases import make_scan
from tests.views.scan_views import SHAPE, corners, picture, shown_view


@pytest.fixture
def view(qtbot):
    yield from shown_view(qtbot)


def test_the_outline_is_drawn_on_the_border_of_the_lesion(view):
    view.hide_overlays(True)
    plain = picture(view)
    view.hide_overlays(False)
    drawn = picture(view)
    colour = theme.lesion_colour(1)
    edge_x, edge_y = 30 * 5, 30 * 5  # left border of lesion 1, in the middle of its height, at 500 %
    changed = [x for x in range(edge_x - 20, edge_x + 20) if plain.pixel(x, edge_y) != drawn.pixel(x, edge_y)]
    assert changed
    # 2 px of line with 1 px of rim on either side, centred on the border.
    assert (changed[0] + changed[-1] + 1) / 2 == edge_x
    assert len(changed) == 4
    assert QColor(drawn.pixel(edge_x, edge_y)).name() == colour.name()


def test_the_outline_stays_two_pixels_wide_at_any_zoom(view):
    view.zoom_by(6)
    x, y = view._canvas.look.to_screen(30, 30)
    if x < 0:
        view._canvas.set_look(view._canvas.look.panned(200 - x, 0))
        x, y = view._canvas.look.to_screen(30, 30)
    image, colour = picture(view), theme.lesion_colour(1)
    near = [QColor(image.pixel(round(x) + step, round(y))) for step in range(-8, 8)]
    assert sum(abs(each.red() - colour.red()) + abs(each.blue() - colour.blue()) < 60 for each in near) in (1, 2)


def test_the_selected_lesion_is_brighter_and_wider(view):
    before = picture(view)
    view.set_selected_lesion(1)
    after = picture(view)
    assert QColor(after.pixel(150, 150)).name() == theme.lesion_colour(1, selected=True).name()
    assert before.pixel(148, 150) != after.pixel(148, 150)


@pytest.mark.parametrize("layer", Layer)
def test_a_layer_is_seen_when_it_is_switched_on(view, layer):
    view.set_layer_visible(layer, False)
    without = picture(view)
    view.set_layer_visible(layer, True)
    assert view.is_layer_visible(layer)
    assert picture(view) != without


def test_only_outlines_are_shown_at_first(view):
    assert [layer for layer in Layer if view.is_layer_visible(layer)] == [Layer.OUTLINE]
    assert view.layer_opacity(Layer.SALIENCY) == pytest.approx(0.45)


def test_a_held_key_leaves_nothing_but_the_scan(view):
    for layer in Layer:
        view.set_layer_visible(layer, True)
    before = picture(view)
    view.hide_overlays(True)
    held = picture(view)
    view.set_layer_visible(Layer.SALIENCY, False)
    assert picture(view) == held
    view.set_layer_visible(Layer.SALIENCY, True)
    view.hide_overlays(False)
    assert picture(view) == before


def test_switching_and_fading_layers_traces_no_outline_again(view, monkeypatch):
    def fail(*_):
        pytest.fail("traced again")

    monkeypatch.setattr(lesion_items, "outline", fail)
    for layer in Layer:
        view.set_layer_visible(layer, True)
        view.set_layer_opacity(layer, 0.3)
        view.set_layer_visible(layer, False)
    view.set_selected_lesion(2)
    view.zoom_by(0.2)
    view.grab()


def test_opacity_is_held_between_nothing_and_all(view):
    view.set_layer_opacity(Layer.FILL, 7)
    assert view.layer_opacity(Layer.FILL) == 1
    view.set_layer_opacity(Layer.FILL, -1)
    assert view.layer_opacity(Layer.FILL) == 0


def test_the_saliency_lies_over_the_very_extent_of_the_scan(view):
    view.hide_overlays(True)
    plain = picture(view)
    view.hide_overlays(False)
    view.set_layer_visible(Layer.OUTLINE, False)
    view.set_layer_visible(Layer.SALIENCY, True)
    drawn = picture(view)
    # The made-up map is symmetric about the middle of the scan: so is what it changes.
    row = [x for x in range(400) if plain.pixel(x, 150) != drawn.pixel(x, 150)]
    assert (row[0] + row[-1] + 1) / 2 == pytest.approx(200, abs=3)


def test_another_colour_map_is_another_picture(view):
    view.set_layer_visible(Layer.SALIENCY, True)
    before = picture(view)
    view.set_colour_map("viridis")
    assert picture(view) != before


def test_the_saliency_says_what_it_is_not(view):
    assert corners(view).caveat == ""
    view.set_layer_visible(Layer.SALIENCY, True)
    assert corners(view).caveat == SALIENCY_CAVEAT


def test_a_silent_saliency_says_so_in_words(view):
    view.set_layer_visible(Layer.SALIENCY, True)
    view.set_saliency_class("benign")
    assert corners(view).caveat == "Nothing in the scan spoke for benign"


def test_an_unanalysed_scan_has_no_caveat(view):
    view.set_layer_visible(Layer.SALIENCY, True)
    view.show_case(Case(make_scan(*SHAPE)), False)
    assert corners(view).caveat == ""


def test_name_number_and_date_of_a_file_are_shown_and_hidden_together(view, tmp_path):
    tags = {"PatientName": "DOE^JANE", "PatientID": "123456", "StudyDate": "20240326", "Manufacturer": "", "ManufacturerModelName": "LOGIQ E9"}
    view.show_case(Case(read_scan(write_dicom(tmp_path / "a.dcm", make_pixels(), **tags))), False)
    assert corners(view).identity == ("DOE, JANE", "ID 123456")
    assert corners(view).acquisition == ("26 Mar 2024", "LOGIQ E9")
    view.set_identity_visible(False)
    assert corners(view).identity == ()
    assert corners(view).acquisition == ("LOGIQ E9",)
    view.set_identity_visible(True)
    assert corners(view).acquisition == ("26 Mar 2024", "LOGIQ E9")


@pytest.mark.parametrize(("device", "is_whole"), [((), True), (("M",), True), (("A long name of a device and its maker",), False)])
def test_a_long_name_is_cut_short_only_where_it_would_meet_the_other_corner(qtbot, device, is_whole):
    parent = QWidget()
    qtbot.addWidget(parent)
    text = CornerText(parent)
    name = "Example, Very Long Patient Name Indeed"
    text.resize(round(QFontMetricsF(theme.scaled_font()).horizontalAdvance(name) * 1.5), 100)

    def left_corner(line):
        text.set_corners(Corners(identity=(line,), acquisition=device))
        return text.grab().toImage()

    # With another last letter it looks different, unless it was cut short before that.
    assert (left_corner(name) != left_corner(name[:-1] + "M")) is is_whole


@pytest.mark.parametrize("tool", [Tool.DISTANCE, Tool.ANGLE, Tool.CALIBRATE])
def test_a_tool_that_does_not_explain_itself_is_explained_over_the_scan(view, tool):
    plain = picture(view)
    view.set_tool(tool)
    assert corners(view).hint.endswith("Esc: done.")
    assert picture(view) != plain
    view.hide_overlays(True)
    assert corners(view) is None
    view.hide_overlays(False)
    view.set_tool(Tool.HAND)
    assert corners(view).hint == ""
    assert picture(view) == plain


def test_zoom_and_window_are_written_in_the_corner(view):
    view.set_window(80, 60.4)
    assert corners(view).view == ("500 %", "W 80  L 60")


def test_a_scan_without_spacing_is_not_measured_in_millimetres(view):
    assert corners(view).px_per_mm is None
    assert NOT_CALIBRATED == "px (not calibrated)"


def test_the_scale_bar_is_as_long_as_it_says(view):
    view.show_case(Case(make_scan(*SHAPE, spacing=Spacing(0.1, 0.1))), False)
    px_per_mm = corners(view).px_per_mm
    left, _ = view._canvas.look.to_screen(10, 0)
    right, _ = view._canvas.look.to_screen(20, 0)
    assert px_per_mm == pytest.approx(right - left)
    assert px_per_mm == pytest.approx(50)
    length_mm, length = scale_bar(px_per_mm, 80)
    assert (length_mm, length) == (1, 50)


def test_a_scale_taken_by_hand_is_said_to_be_wherever_it_is_shown(view):
    by_file = make_scan(*SHAPE, spacing=Spacing(0.1, 0.1))
    view.show_case(Case(by_file), False)
    assert corners(view).scale_note == ""
    before = picture(view)
    view.show_case(Case(by_file.calibrated(Spacing(0.1, 0.1))), False)
    assert corners(view).scale_note == "(calibrated by hand)"
    assert corners(view).px_per_mm == pytest.approx(50)
    assert picture(view) != before


@pytest.mark.parametrize(
    ("second", "note"),
    [(0.3, "several scales: measured inside one part only"), (0.1, "calibrated in a part of the picture: measured inside it only")],
)
def test_where_scales_belong_to_parts_there_is_no_scale_bar_but_a_reason(view, second, note):
    parts = [(Box(0, 0, 60, 40), Spacing(0.1, 0.1)), (Box(0, 40, 60, 80), Spacing(second, second))]
    scan = replace(make_scan(*SHAPE), regions=tuple(Region(box, spacing) for box, spacing in parts))
    view.show_case(Case(scan), False)
    assert corners(view).px_per_mm is None
    assert corners(view).scale_note == note


def test_a_scan_that_is_calibrated_keeps_zoom_place_and_selection(view):
    view.set_selected_lesion(2)
    view.zoom_by(2)
    before = view.look
    view.show_case(replace(view.case, scan=view.case.scan.calibrated(Spacing(0.1, 0.1))), True)
    assert view.look == before
    assert view._selected == 2


@pytest.mark.parametrize(("px_per_mm", "length_mm"), [(1, 50), (3, 20), (7, 10), (14, 5), (35, 2), (60, 1), (150, 0.5), (5000, 0.1)])
def test_the_scale_bar_has_the_longest_nice_length_that_fits(px_per_mm, length_mm):
    nice_mm, length = scale_bar(px_per_mm, 80)
    assert nice_mm == length_mm
    assert length == pytest.approx(length_mm * px_per_mm)


def test_a_date_is_written_for_readers():
    assert readable_date("2024-03-26") == "26 Mar 2024"
    assert readable_date("0987-12-01") == "1 Dec 987"


@pytest.mark.parametrize("text", ["", "2024-03", "2024-13-45", "20240326", "2024-W13-2", "31.01.2024?"])
def test_what_is_no_date_is_written_as_it_is(text):
    assert readable_date(text) == text


def test_focus_that_came_by_key_is_seen(view):
    QApplication.sendEvent(view._canvas, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    assert corners(view).has_focus
    assert QColor(picture(view).pixel(0, 150)).name() == theme.ACCENT
    QApplication.sendEvent(view._canvas, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.MouseFocusReason))
    assert not corners(view).has_focus


def test_the_scan_has_a_name_for_those_who_cannot_see_it(view):
    assert view._canvas.accessibleName() == "Scan"
