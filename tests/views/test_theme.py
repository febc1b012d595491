"""The palette keeps its promises of contrast, and sizes follow the reader's font."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QApplication, QPushButton

from busi_gui.views import theme
from busi_gui.views.style_sheet import style_sheet


def test_contrast_is_21_between_black_and_white_and_1_between_equals():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert theme.contrast(theme.PANEL, QColor(theme.PANEL)) == pytest.approx(1)


@pytest.mark.parametrize("ground", [theme.PANEL, theme.BACKGROUND, theme.RAISED, theme.ACCENT_DIM, theme.SCAN_BACKGROUND])
def test_text_stands_out_by_seven(ground):
    assert theme.contrast(theme.TEXT, ground) >= 7


@pytest.mark.parametrize("ground", [theme.PANEL, theme.BACKGROUND, theme.RAISED])
@pytest.mark.parametrize("colour", [theme.TEXT_SECONDARY, theme.ACCENT, theme.CAUTION])
def test_secondary_text_stands_out_by_four_and_a_half(colour, ground):
    assert theme.contrast(colour, ground) >= 4.5


def test_text_on_the_accent_stands_out_by_seven():
    assert theme.contrast(theme.ON_ACCENT, theme.ACCENT) >= 7


def test_the_focus_ring_stands_out_by_three_from_what_it_lies_on():
    assert min(theme.contrast(theme.ACCENT, ground) for ground in (theme.PANEL, theme.RAISED, theme.ACCENT_DIM, theme.BACKGROUND)) >= 3


def test_lesions_have_seven_different_colours_that_come_round_again():
    colours = [theme.lesion_colour(number).name() for number in range(1, 8)]
    assert len(set(colours)) == 7
    assert theme.lesion_colour(8).name() == colours[0]


def test_a_selected_lesion_is_brighter():
    for number in range(1, 8):
        assert theme.contrast(theme.lesion_colour(number, selected=True), "#000000") > theme.contrast(theme.lesion_colour(number), "#000000")


def test_font_sizes_are_multiples_of_the_systems(themed):
    base = themed.font().pointSizeF()
    assert theme.scaled_font(2).pointSizeF() == pytest.approx(2 * base)


def test_a_system_font_in_pixels_is_scaled_too(themed):
    font = QFont(themed.font())
    font.setPixelSize(20)
    themed.setFont(font)
    assert theme.scaled_font(1.5).pixelSize() == 30


def test_icons_and_paddings_grow_with_the_text(themed):
    small = theme.icon_px()
    font = QFont(themed.font())
    font.setPointSizeF(font.pointSizeF() * 2)
    themed.setFont(font)
    assert theme.icon_px() > small
    colours = dict.fromkeys(("background", "panel", "raised", "pressed", "line", "border", "text", "secondary", "disabled"), "#000000")
    colours |= {"accent": "#000000", "accent_dim": "#000000", "on_accent": "#000000"}
    assert "padding: 4px 8px" in style_sheet(colours, 4)
    assert "padding: 8px 16px" in style_sheet(colours, 8)


def test_the_theme_is_applied_to_the_whole_program(themed, qtbot):
    theme.apply_theme(themed)
    button = QPushButton("Diagnose")
    qtbot.addWidget(button)
    assert QApplication.palette().window().color().name() == theme.PANEL
    assert themed.styleSheet()
    assert not button.grab().isNull()
