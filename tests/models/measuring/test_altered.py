"""A scan as another machine might have kept it, and marks of a measurement that come and go."""

import cv2
import numpy as np
import pytest

from busi_gui.domain.synthetic import synthetic_scan
from models.measuring.altered import (
    ALTERATIONS,
    WHITE,
    contrasted,
    gained,
    gamma_corrected,
    longest_diameter,
    marks_in,
    with_callipers,
    without_marks,
)
from models.preprocessing import Ellipse


@pytest.fixture(scope="module")
def scan():
    pixels, mask = synthetic_scan(5, "malignant", (216, 288))
    return pixels, mask


def test_gain_contrast_and_gamma_do_to_greys_what_they_say():
    greys = np.array([[100, 200], [50, 250]], np.uint8)
    assert gained(greys, 1.2).tolist() == [[120, 240], [60, 255]]
    assert contrasted(greys, 0.8).tolist() == [[110, 190], [70, 230]]
    assert gamma_corrected(np.array([[0, 64, 255]], np.uint8), 2).tolist() == [[0, 16, 255]]


@pytest.mark.parametrize("name", [name for name in ALTERATIONS if name != "marks removed"])
def test_every_alteration_changes_the_picture_and_keeps_the_mask_on_the_lesion(scan, name):
    pixels, mask = scan
    before = pixels.copy()
    changed, moved = ALTERATIONS[name](pixels, mask)
    assert changed.dtype == np.uint8
    assert moved.dtype == np.bool_
    assert changed.shape == moved.shape
    assert not np.array_equal(changed, pixels)
    assert np.array_equal(pixels, before)
    assert np.count_nonzero(moved) / moved.size == pytest.approx(np.count_nonzero(mask) / mask.size, rel=0.03)
    difference = float(changed[moved].mean()) - float(changed[~moved].mean())
    assert difference * (float(pixels[mask].mean()) - float(pixels[~mask].mean())) > 0


def test_a_mirrored_picture_mirrors_its_mask(scan):
    pixels, mask = scan
    changed, moved = ALTERATIONS["mirrored"](pixels, mask)
    assert np.array_equal(changed[:, ::-1][mask], pixels[mask])
    assert np.array_equal(moved[:, ::-1], mask)


def test_callipers_stand_at_the_ends_of_the_longest_diameter():
    mask = Ellipse(100, 140, 60, 20, 0).distance((216, 288)) <= 1
    assert longest_diameter(mask) == ((100, 80), (100, 200))
    drawn = with_callipers(np.zeros(mask.shape, np.uint8), mask, WHITE)
    for column in (80, 200):
        assert (drawn[95:106, column] == WHITE).all()
        assert (drawn[100, column - 5 : column + 6] == WHITE).all()
    between = drawn[100, 90:190] == WHITE
    assert 0.1 < between.mean() < 0.4
    assert not drawn[:90].any()
    assert not drawn[111:].any()


def test_a_normal_scan_gets_no_callipers(scan):
    pixels, mask = scan
    assert np.array_equal(ALTERATIONS["callipers, white"](pixels, np.zeros_like(mask))[0], pixels)


def test_removing_marks_takes_the_callipers_and_words_that_were_added_and_leaves_the_tissue(scan):
    pixels, mask = scan
    drawn = with_callipers(pixels, mask, WHITE)
    cv2.putText(drawn, "RT 9", (10, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.3, 255, 1)
    added = drawn != pixels
    found = marks_in(drawn, mask)
    assert np.count_nonzero(found & added) > 0.8 * np.count_nonzero(added)
    assert np.count_nonzero(found) < 0.05 * found.size
    cleaned = without_marks(drawn, mask)
    assert np.array_equal(cleaned[~found], drawn[~found])
    assert np.abs(cleaned.astype(int) - pixels)[added].mean() < 0.4 * np.abs(drawn.astype(int) - pixels)[added].mean()


def test_the_dots_between_two_crosses_go_and_a_bright_line_of_tissue_stays():
    mask = Ellipse(100, 140, 60, 20, 20).distance((216, 288)) <= 1
    pixels = np.where(mask, 40, 90).astype(np.uint8)
    pixels[60:62] = 220
    drawn = with_callipers(pixels, mask, WHITE)
    dots = drawn != pixels
    for row, column in longest_diameter(mask):
        dots[row - 8 : row + 9, column - 8 : column + 9] = False
    found = marks_in(drawn, mask)
    assert np.count_nonzero(dots) > 10
    assert found[dots].all()
    assert not found[60:62].any()
