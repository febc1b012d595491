"""The networks' maps lie where the networks looked, and the rest is dimmed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box
from busi_gui.views.diagnosis.saliency_picture import SaliencyPicture
from busi_gui.views.scan.layers import Layer
from tests.views.cases import box_mask, make_case, make_scan
from tests.views.scan_views import SHAPE, picture, shown_view

FIELD = Box(10, 20, 50, 60)  # of 60 x 80 pixels, shown at 500 %


@pytest.fixture
def view(qtbot):
    yield from shown_view(qtbot)


def evenly_grey(field=None):
    scan = make_scan(*SHAPE)
    return replace(scan, pixels=np.full(SHAPE, 200, np.uint8), field=field)


def test_what_was_cropped_away_is_dimmed_and_the_rest_is_not(view):
    view.show_case(Case(evenly_grey(FIELD)), False)
    shown = picture(view)
    inside, outside = (QColor(shown.pixel(x * 5 + 2, y * 5 + 2)).red() for x, y in ((40, 30), (70, 30)))
    assert inside == 200
    assert outside < 140


def test_a_dashed_frame_runs_around_the_part_that_was_looked_at(view):
    view.show_case(Case(evenly_grey(FIELD)), False)
    shown = picture(view)
    edge = [QColor(shown.pixel(x, FIELD.top * 5)).red() for x in range(FIELD.left * 5 + 10, FIELD.right * 5 - 10)]
    assert max(edge) > min(edge) + 5


def test_a_whole_scan_is_neither_dimmed_nor_framed(view):
    view.show_case(Case(evenly_grey(FIELD)), False)
    view.show_case(Case(evenly_grey()), False)
    shown = picture(view)
    assert {QColor(shown.pixel(x, 250)).red() for x in range(20, 200)} == {200}


def test_nothing_is_dimmed_while_a_key_leaves_nothing_but_the_scan(view):
    view.show_case(Case(evenly_grey(FIELD)), False)
    view.hide_overlays(True)
    assert QColor(picture(view).pixel(70 * 5, 250)).red() == 200


def test_a_map_covers_the_part_that_was_looked_at_and_nothing_else(view):
    case = make_case(evenly_grey(FIELD), (box_mask(SHAPE, 20, 30, 40, 50),))
    view.show_case(case, False)
    view.set_layer_visible(Layer.OUTLINE, False)
    plain = picture(view)
    view.set_layer_visible(Layer.PROBABILITY, True)
    drawn = picture(view)
    changed = [(x, y) for x in range(0, 400, 2) for y in range(0, 300, 2) if plain.pixel(x, y) != drawn.pixel(x, y)]
    assert changed
    # The made-up map is symmetric about the middle of what it covers.
    middle = [(min(place) + max(place)) / 2 for place in zip(*changed, strict=True)]
    assert middle == pytest.approx([5 * (FIELD.left + FIELD.right) / 2, 5 * (FIELD.top + FIELD.bottom) / 2], abs=4)
    assert min(x for x, _ in changed) >= 5 * FIELD.left - 2


def test_the_small_map_covers_the_part_that_was_looked_at(qtbot):
    small = SaliencyPicture()
    qtbot.addWidget(small)
    small.resize(160, 120)
    drawn = []
    for field in (None, FIELD):
        case = make_case(evenly_grey(field), (box_mask(SHAPE, 20, 30, 40, 50),))
        small.show_lesion(case, case.lesions[0], "malignant", "inferno")
        image = small.grab().toImage()
        drawn.append([x for x in range(160) if QColor(image.pixel(x, 20)).red() != 200])
    assert drawn[0] != drawn[1]
    assert not drawn[1] or min(drawn[1]) >= 2 * FIELD.left
