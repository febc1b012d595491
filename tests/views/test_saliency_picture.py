"""The small Grad-CAM++ map in the panel."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.scan import Scan
from busi_gui.views.diagnosis.saliency_picture import SaliencyPicture
from tests.views.fake_session import make_case, make_diagnosis, make_scan


@pytest.fixture
def picture(qtbot):
    widget = SaliencyPicture()
    qtbot.addWidget(widget)
    return widget


def pixels_of(picture, width=200):
    picture.resize(width, picture.heightForWidth(width))
    image = picture.grab().toImage()
    return np.array([[image.pixelColor(x, y).getRgb()[:3] for x in range(0, width, 4)] for y in range(0, image.height(), 4)], float)


def test_it_keeps_the_scans_aspect_and_never_grows_tall(picture):
    case = make_case(make_diagnosis(0.8))
    picture.show_lesion(case, case.lesions[0], "malignant", "inferno")
    rows, columns = case.scan.shape
    assert picture.heightForWidth(300) == pytest.approx(min(240, 300 * rows / columns), abs=2)
    tall = make_case(make_diagnosis(0.8), scan=Scan(make_scan().path, np.zeros((900, 100), np.uint8)))
    picture.show_lesion(tall, tall.lesions[0], "malignant", "inferno")
    assert picture.heightForWidth(300) == 240


def test_the_map_of_the_chosen_class_is_drawn(picture):
    case = make_case(make_diagnosis(0.8))
    pictures = []
    for name in ("malignant", "benign"):
        picture.show_lesion(case, case.lesions[0], name, "inferno")
        pictures.append(pixels_of(picture))
        assert name in picture.accessibleName()
    height = pictures[0].shape[0]
    colourful = [np.ptp(p, axis=2)[: height // 4].mean() - np.ptp(p, axis=2)[-height // 4 :].mean() for p in pictures]
    assert colourful[0] < 0 < colourful[1]


def test_its_tooltip_names_no_key_for_keys_can_be_changed(picture):
    assert picture.toolTip().endswith("Click to lay it over the scan.")


def test_without_a_lesion_there_is_nothing(picture):
    assert picture.heightForWidth(200) == 0
    picture.grab()


def test_a_click_and_the_space_bar_ask_for_the_map_over_the_scan(picture, qtbot):
    case = make_case(make_diagnosis(0.8))
    picture.show_lesion(case, case.lesions[0], "malignant", "inferno")
    picture.resize(200, picture.heightForWidth(200))
    picture.show()
    for do in (lambda: qtbot.mouseClick(picture, Qt.MouseButton.LeftButton), lambda: qtbot.keyClick(picture, Qt.Key.Key_Space)):
        with qtbot.waitSignal(picture.clicked):
            do()


def test_of_several_wishes_only_the_last_is_drawn_and_none_before_it_is_seen(picture, monkeypatch):
    case = make_case(make_diagnosis(0.8), scan=Scan(make_scan().path, np.full(make_scan().shape, 200, np.uint8)))
    other = make_case(make_diagnosis(0.8), scan=Scan(make_scan().path, np.zeros(make_scan().shape, np.uint8)))
    made, make = [], picture._made

    def note(shown):
        made.append(shown.scan)
        return make(shown)

    monkeypatch.setattr(picture, "_made", note)
    for each in (case, other, case):
        picture.show_lesion(each, each.lesions[0], "malignant", "inferno")
    assert not made
    for _ in range(2):
        pixels_of(picture)
    assert made == [case.scan]
    plain = pixels_of(picture)
    picture.show_lesion(other, other.lesions[0], "malignant", "inferno")
    assert pixels_of(picture).mean() < plain.mean()  # the dark one, and not the one before
    picture.show_lesion(case, case.lesions[0], "malignant", "inferno")
    assert np.array_equal(pixels_of(picture), plain)
