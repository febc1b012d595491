"""The line from benign to malignant: what it draws where, and what it says to those who cannot see it."""

import pytest
from PySide6.QtGui import QColor

from busi_gui.views import theme
from busi_gui.views.diagnosis.probability_bar import ProbabilityBar
from models.analysis import OperatingPoint
from tests.views.fake_session import POINT, make_diagnosis


@pytest.fixture
def bar(qtbot):
    widget = ProbabilityBar()
    qtbot.addWidget(widget)
    widget.resize(300, widget.sizeHint().height())
    return widget


def pixel(bar, image, probability):
    track = bar._track()
    return QColor(image.pixel(round(bar.x_of(probability)), round(track.center().y())))


def drawn(bar):
    return bar.grab().toImage()


def test_zero_lies_left_and_one_lies_right(bar):
    assert bar.x_of(0.0) < bar.x_of(0.31) < bar.x_of(1.0) <= bar.width()


def test_the_line_is_filled_up_to_the_probability(bar):
    bar.show_diagnosis(make_diagnosis(0.6, 0.6, 0.6), POINT)
    image = drawn(bar)
    assert pixel(bar, image, 0.1) == pixel(bar, image, 0.5) == QColor(theme.ACCENT)
    assert pixel(bar, image, 0.7) == pixel(bar, image, 0.9) == QColor(theme.LINE)


def test_the_band_is_lighter_than_the_rest(bar):
    bar.show_diagnosis(make_diagnosis(0.7, 0.5, 0.9), POINT)
    image = drawn(bar)
    for inside in (0.55, 0.85):
        assert pixel(bar, image, inside).lightness() > QColor(theme.ACCENT).lightness()
    assert pixel(bar, image, 0.45) == QColor(theme.ACCENT)
    assert pixel(bar, image, 0.95) == QColor(theme.LINE)


def test_both_sides_of_the_operating_point_have_the_same_colour(bar):
    colours = set()
    for p_malignant in (0.2, 0.9):
        bar.show_diagnosis(make_diagnosis(p_malignant, p_malignant, p_malignant), POINT)
        colours.add(pixel(bar, drawn(bar), 0.1).name())
    assert len(colours) == 1


@pytest.mark.parametrize(
    ("p_malignant", "number"), [(0.83, "0.83"), (0.8349, "0.83"), (0.5, "0.50"), (0.0, "<0.01"), (1.0, ">0.99"), (0.9951, ">0.99")]
)
def test_the_number_has_two_digits_and_never_claims_certainty(bar, p_malignant, number):
    bar.show_diagnosis(make_diagnosis(p_malignant), POINT)
    assert bar.number == number


def test_it_says_in_words_what_it_draws(bar):
    bar.show_diagnosis(make_diagnosis(0.83, 0.79, 0.86), POINT)
    assert bar.accessibleName() == "Probability of malignancy"
    assert bar.accessibleDescription() == ("0.83. Above the sensitive point (0.31). Between 0.79 and 0.86 when the outline moves by ±2 px.")


@pytest.mark.parametrize("threshold", [0.0, 0.01, 0.5, 0.99, 1.0])
def test_it_can_be_drawn_wherever_the_operating_point_lies(bar, threshold):
    bar.show_diagnosis(make_diagnosis(0.5), OperatingPoint("very sensitive", threshold, 1.0, 0.0, ""))
    assert not drawn(bar).isNull()


def test_it_is_never_narrower_than_its_labels(bar):
    bar.resize(bar.minimumSizeHint())
    ends = bar._label_metrics().horizontalAdvance("0 benign") + bar._label_metrics().horizontalAdvance("malignant 1")
    assert bar.x_of(1.0) - bar.x_of(0.0) >= ends


def test_before_there_is_a_diagnosis_nothing_is_drawn(bar):
    assert bar.number == ""
    assert not drawn(bar).isNull()
