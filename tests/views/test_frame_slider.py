"""The slider of a cine: where a frame lies on it, and how the reader goes there."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest

from busi_gui.views import theme
from busi_gui.views.cine.frame_slider import FrameSlider
from tests.views.cines import DAMAGED, make_cine, turn_wheel

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def slider(qtbot):
    widget = FrameSlider()
    qtbot.addWidget(widget)
    widget.resize(600, widget.sizeHint().height())
    widget.show_cine(make_cine(), 33)
    widget.show()
    return widget


@pytest.fixture
def chosen(slider):
    frames: list[int] = []
    slider.frame_chosen.connect(frames.append)
    return frames


def place_of(slider, frame):
    return QPoint(round(slider.x_of(frame)), slider.height() // 3)


def image_of(slider):
    return slider.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def colours(image, left, right, top, bottom):
    return {QColor(image.pixel(x, y)).name() for x in range(round(left), round(right)) for y in range(round(top), round(bottom))}


def test_every_frame_has_its_own_place(slider):
    assert [slider.frame_at(slider.x_of(frame)) for frame in range(120)] == list(range(120))
    steps = [after - before for before, after in pairwise(slider.x_of(frame) for frame in range(120))]
    assert steps == pytest.approx([steps[0]] * 119)
    assert slider.frame_at(-50) == 0
    assert slider.frame_at(5000) == 119


def test_a_click_jumps_to_the_frame(slider, chosen):
    QTest.mouseClick(slider, LEFT, NONE, place_of(slider, 90))
    assert chosen == [90]
    assert slider.value() == 91


def test_a_click_on_the_frame_on_screen_is_a_choice_too(slider, chosen):
    QTest.mouseClick(slider, LEFT, NONE, place_of(slider, 33))
    assert chosen == [33]


def test_a_drag_scrubs(slider, chosen):
    QTest.mousePress(slider, LEFT, NONE, place_of(slider, 40))
    for frame in (44, 44, 50):
        QTest.mouseMove(slider, place_of(slider, frame))
    QTest.mouseRelease(slider, LEFT, NONE, place_of(slider, 50))
    QTest.mouseMove(slider, place_of(slider, 60))
    assert chosen == [40, 44, 50]


def test_a_frame_that_comes_late_does_not_take_the_handle_from_the_reader(slider, chosen):
    QTest.mousePress(slider, LEFT, NONE, place_of(slider, 90))
    slider.show_cine(make_cine(frame=80), 80)
    assert slider.value() == 91
    QTest.mouseRelease(slider, LEFT, NONE, place_of(slider, 90))
    slider.show_cine(make_cine(frame=80), 80)
    assert slider.value() == 81
    assert chosen == [90]


def test_what_the_session_shows_is_no_wish_of_the_reader(slider, chosen):
    slider.show_cine(make_cine(frame=70), 70)
    slider.show_cine(make_cine(frame=3, frame_count=5), 3)
    assert slider.value() == 4
    assert chosen == []


@pytest.mark.parametrize(("key", "step"), [(Qt.Key.Key_Left, -1), (Qt.Key.Key_Down, -1), (Qt.Key.Key_Right, 1), (Qt.Key.Key_Up, 1)])
def test_arrows_step(slider, key, step, qtbot):
    with qtbot.waitSignal(slider.stepped) as stepped:
        QTest.keyClick(slider, key)
    assert stepped.args == [step]


def test_the_wheel_goes_one_frame_for_a_notch(slider, qtbot):
    with qtbot.waitSignal(slider.stepped) as stepped:
        turn_wheel(slider, 1)
    assert stepped.args == [-1]


def test_damaged_frames_are_hatched_and_named(slider):
    slider.show_cine(make_cine(unreadable=DAMAGED), 33)
    assert slider.tip_at(slider.x_of(8)) == "Frame 9\nFrames 7 to 12 and 71 cannot be read"
    assert slider.accessibleDescription() == "Frames 7 to 12 and 71 cannot be read"
    image = image_of(slider)
    y = slider._track().center().y()
    hatched = colours(image, slider.x_of(6), slider.x_of(11), y - 4, y + 4)
    assert theme.TEXT_SECONDARY in hatched
    assert theme.TEXT_SECONDARY not in colours(image, slider.x_of(13), slider.x_of(18), y - 4, y + 4)


def test_one_damaged_frame_of_a_long_cine_can_be_seen(slider):
    slider.show_cine(make_cine(frame_count=3000, unreadable=frozenset({2000})), 33)
    x, y = slider.x_of(2000), slider._track().center().y()
    assert theme.TEXT_SECONDARY in colours(image_of(slider), x - 2, x + 5, y - 4, y + 4)


def test_the_key_frame_is_marked_and_named(slider):
    before = image_of(slider)
    slider.show_cine(make_cine(key_frame=56), 33)
    row = slider._scale_row()
    x = slider.x_of(56)
    lozenge = colours(image_of(slider), x - row.height() / 2, x + row.height() / 2, row.top(), row.bottom())
    assert theme.ACCENT in lozenge
    assert theme.ACCENT not in colours(before, x - row.height() / 2, x + row.height() / 2, row.top(), row.bottom())
    assert slider.tip_at(x) == "Frame 57, key frame"


@pytest.mark.parametrize("key_frame", [0, 119])
def test_the_key_frames_name_is_whole_at_either_end(slider, key_frame):
    slider.show_cine(make_cine(key_frame=key_frame), 33)
    slider.clearFocus()
    image = slider.grab().toImage()
    assert len({image.pixel(x, y) for x in (0, slider.width() - 1) for y in range(slider.height())}) == 1


def test_the_scale_has_as_many_numbers_as_there_is_room_for(slider):
    assert slider._numbers(30) == [1, *range(10, 121, 10)]
    slider.resize(150, slider.height())
    assert slider._numbers(30) == [1, 50, 100]


def test_it_stands_below_a_plot_with_the_same_margins(slider):
    slider.set_margins((40, 60))
    assert slider.x_of(-0.5) == pytest.approx(40)
    assert slider.x_of(119.5) == pytest.approx(540)
    slider.set_margins(None)
    assert slider.x_of(-0.5) < 20
