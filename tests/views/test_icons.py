"""Every icon is there, sharp at both pixel ratios, and says by its colour what state its button is in."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap

from busi_gui.paths import resources_dir
from busi_gui.views import icons, theme
from busi_gui.views.icons import app_icon, icon, pixmap

NAMES = (
    *"open folder previous next hand window fit one-to-one outline fill probability saliency hide analyse stop about keys identity".split(),  # noqa: SIM905
    *("beside", "swap", "link", "approve", "approved", "approval-changed"),
    *"lock unlock show delete merge split new-lesion network-outline copy-next fill-holes smooth keep-largest widen narrow".split(),  # noqa: SIM905
    *"play pause first-frame previous-frame next-frame last-frame loop key-frame cine-plot".split(),  # noqa: SIM905
)


def strongest(image: QImage) -> QColor:
    colours = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(colours, key=QColor.alpha)


def ink(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height()))


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_is_drawn_in_text_colour(qapp, name):
    image = icon(name).pixmap(QSize(24, 24), 1.0).toImage()
    assert image.size() == QSize(24, 24)
    assert ink(image) > 24 * 255
    assert strongest(image).name() == theme.TEXT


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_file_takes_its_colour_from_the_program(name):
    drawing = (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    assert "currentColor" in drawing
    assert 'stroke-width="1.6"' in drawing
    assert "#" not in drawing


def test_an_icon_keeps_clear_of_its_edge(qapp):
    for name in NAMES:
        image = icon(name).pixmap(QSize(24, 24), 1.0).toImage()
        edge = [image.pixelColor(place, side).alpha() + image.pixelColor(side, place).alpha() for place in range(24) for side in (0, 23)]
        assert max(edge) == 0, name


@pytest.mark.parametrize(
    ("mode", "state", "colour"),
    [
        (QIcon.Mode.Normal, QIcon.State.On, theme.ACCENT),
        (QIcon.Mode.Disabled, QIcon.State.Off, theme.TEXT_DISABLED),
        (QIcon.Mode.Disabled, QIcon.State.On, theme.TEXT_DISABLED),
    ],
)
def test_an_icon_shows_its_buttons_state(qapp, mode, state, colour):
    assert strongest(icon("stop").pixmap(QSize(32, 32), 1.0, mode, state).toImage()).name() == colour


@pytest.mark.parametrize("side", [16, 20, 24, 32])
def test_an_icon_has_twice_the_pixels_at_device_pixel_ratio_2(qapp, side):
    drawn = icon("window").pixmap(QSize(side, side), 2.0)
    assert drawn.size() == QSize(2 * side, 2 * side)
    assert drawn.devicePixelRatio() == 2


def test_the_same_icon_is_drawn_once(qapp):
    assert icon("hand") is icon("hand")


def test_an_unknown_icon_is_an_error(qapp):
    with pytest.raises(FileNotFoundError):
        icon("no such icon")


def test_a_drawing_can_be_had_in_any_colour(qapp):
    drawn = pixmap("stop", 20, "#ff0000", 2.0)
    assert drawn.deviceIndependentSize().width() == 20
    assert strongest(drawn.toImage()).name() == "#ff0000"


def test_the_program_has_an_icon_at_every_size_that_systems_ask_for(qapp):
    assert {size.width() for size in app_icon().availableSizes()} >= {16, 32, 48, 256}


def test_an_icon_is_drawn_when_it_is_first_seen_and_kept_for_the_next_time(qapp, monkeypatch):
    drawn = []
    draw = icons._drawn

    def draw_and_note(renderer, size):
        drawn.append(size)
        return draw(renderer, size)

    monkeypatch.setattr(icons, "_drawn", draw_and_note)
    made = QIcon(icons._Drawing(icons._drawing("hand")))
    assert not drawn
    for _ in range(2):
        made.pixmap(QSize(20, 20), 1.0)
        made.pixmap(QSize(20, 20), 1.0, QIcon.Mode.Disabled)
    assert drawn == [QSize(20, 20)] * 2


def test_an_icon_can_be_drawn_into_a_part_of_a_picture(qapp):
    picture = QImage(80, 80, QImage.Format.Format_ARGB32_Premultiplied)
    picture.setDevicePixelRatio(2.0)
    picture.fill(0)
    painter = QPainter(picture)
    icon("stop").paint(painter, QRect(10, 10, 20, 20))
    painter.end()
    assert ink(picture) == ink(picture.copy(20, 20, 40, 40)) > 40 * 255


def test_an_icon_may_be_copied_and_changed(qapp):
    copied = QIcon(icon("stop"))
    copied.addPixmap(QPixmap(8, 8))
    gc.collect()
    assert ink(copied.pixmap(QSize(24, 24), 1.0).toImage()) > 24 * 255
    assert ink(icon("stop").pixmap(QSize(24, 24), 1.0).toImage()) > 24 * 255


def test_an_icon_of_no_size_is_no_picture_and_nothing_is_drawn(qapp, qtlog):
    picture = QImage(10, 10, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(picture)
    icon("stop").paint(painter, QRect(2, 2, 0, 5))
    painter.end()
    assert icon("stop").pixmap(QSize(0, 0), 2.0).isNull()
    assert not qtlog.records
