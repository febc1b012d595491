"""From probability to separate lesions."""

import numpy as np

from models.lesions import LesionRule, find_lesions, highest_peak, most_likely_region, peak_of
from models.preprocessing import Ellipse


def blob(row, column, radius, height=1.0, shape=(256, 256)):
    distance = Ellipse(row, column, radius, radius, 0).distance(shape)
    return (height / (1 + np.exp(4 * (distance - 1)))).astype(np.float32)


def test_two_blobs_are_two_lesions_the_surer_first():
    found = find_lesions(np.maximum(blob(80, 80, 30, 0.8), blob(180, 180, 20, 1.0)), LesionRule(), (256, 256))
    assert len(found) == 2
    assert found[0][180, 180]
    assert found[1][80, 80]


def test_a_weak_peak_is_no_lesion():
    weak = blob(100, 100, 30, 0.7)
    assert find_lesions(weak, LesionRule(min_peak=0.9), (256, 256)) == []
    assert len(find_lesions(weak, LesionRule(min_peak=0.6), (256, 256))) == 1
    assert 0.6 < highest_peak(weak, LesionRule()) < 0.72


def test_specks_are_no_lesions():
    speck = np.zeros((256, 256), np.float32)
    speck[10:13, 10:13] = 1
    assert find_lesions(speck, LesionRule(), (256, 256)) == []
    assert highest_peak(speck, LesionRule()) == 0


def test_holes_are_filled_and_masks_have_the_scans_size():
    ring = blob(128, 128, 60) - blob(128, 128, 20)
    (mask,) = find_lesions(np.clip(ring, 0, 1), LesionRule(), (512, 512))
    assert mask.shape == (512, 512)
    assert mask[256, 256]
    assert abs(np.sqrt(mask.sum() / np.pi) - 120) < 6


def test_an_empty_map_has_no_lesion_but_a_most_likely_region():
    empty = np.zeros((64, 64), np.float32)
    assert find_lesions(empty, LesionRule(), (100, 100)) == []
    assert most_likely_region(empty + blob(20, 30, 8, 0.1, (64, 64)))[20, 30]


def test_a_single_pixel_does_not_make_a_peak():
    values = np.full(1000, 0.5, np.float32)
    values[0] = 1
    assert peak_of(values) < 0.51
