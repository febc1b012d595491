"""From probability to separate lesions."""

import numpy as np

from models.lesions import LesionRule, doubt_of, find_lesions, least_doubt, most_likely_region
from models.preprocessing import Ellipse


def blob(row, column, radius, height=1.0, shape=(256, 256), rim=12):
    """Return a round blob that falls off at its rim."""
    distance = Ellipse(row, column, radius, radius, 0).distance(shape)
    return (height / (1 + np.exp(np.minimum(rim * (distance - 1), 50)))).astype(np.float32)


def test_two_blobs_are_two_lesions_the_surer_first():
    found = find_lesions(np.maximum(blob(80, 80, 30, 0.8), blob(180, 180, 20, 1.0)), LesionRule(), (256, 256))
    assert len(found) == 2
    assert found[0][180, 180]
    assert found[1][80, 80]


def test_what_is_doubtful_throughout_is_no_lesion():
    weak, crisp = blob(100, 100, 30, 0.7), blob(100, 100, 30, 1.0, rim=40)
    assert find_lesions(weak, LesionRule(max_doubt=0.5), (256, 256)) == []
    assert len(find_lesions(crisp, LesionRule(max_doubt=0.5), (256, 256))) == 1
    assert least_doubt(weak, LesionRule()) > 0.8
    assert least_doubt(crisp, LesionRule()) < 0.3


def test_doubt_of_a_component_is_the_entropy_in_and_around_it_by_its_area():
    component = np.zeros((64, 64), np.bool_)
    component[20:40, 20:40] = True
    assert doubt_of(component, component.astype(np.float32)) == 0
    assert doubt_of(component, np.full((64, 64), 0.5, np.float32)) == (44 * 44) / 400


def test_specks_are_no_lesions():
    speck = np.zeros((256, 256), np.float32)
    speck[10:13, 10:13] = 1
    assert find_lesions(speck, LesionRule(), (256, 256)) == []
    assert least_doubt(speck, LesionRule()) == float("inf")


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


def test_what_lies_in_the_hole_of_a_ring_is_no_second_lesion():
    ring = blob(128, 128, 70) - blob(128, 128, 50)
    both = np.clip(np.maximum(ring, blob(128, 128, 20)), 0, 1)
    (mask,) = find_lesions(both, LesionRule(), (256, 256))
    assert mask[128, 128]
    assert mask[128, 128 + 35]
