"""Random views keep what they must."""

import numpy as np

from models.augmentation import beside_lesion, random_ellipse, random_intensity, random_marks, random_view
from models.preprocessing import Ellipse


def test_a_view_keeps_the_lesion_and_never_turns_the_scan_over():
    rng = np.random.default_rng(0)
    mask = Ellipse(70, 200, 40, 20, 10).distance((300, 280)) <= 1
    top_half = np.zeros((300, 280), np.uint8)
    top_half[:150] = 255
    kept = []
    for _ in range(200):
        view = random_view(rng, mask.shape, mask, 256)
        seen = view.apply(mask.astype(np.uint8) * 255)
        scale = abs(np.linalg.det(view.matrix[:, :2]))
        kept.append((seen > 127).sum() / (mask.sum() * scale))
        assert view.matrix[1, 1] > 0
        rows = np.flatnonzero(view.apply(top_half).max(axis=1) > 127)
        assert rows.mean() < 140
    assert np.mean(kept) > 0.97
    assert np.min(kept) > 0.8


def test_views_change_the_aspect():
    rng = np.random.default_rng(1)
    aspects = [
        (v.crop[0].stop - v.crop[0].start) / (v.crop[1].stop - v.crop[1].start) for v in (random_view(rng, (300, 300), None, 256) for _ in range(100))
    ]
    assert np.std(np.log(aspects)) > 0.1


def test_the_same_seed_gives_the_same_view():
    first, second = (random_view(np.random.default_rng(5), (200, 300), None, 256) for _ in range(2))
    np.testing.assert_array_equal(first.matrix, second.matrix)


def test_a_scan_of_one_pixel_has_views():
    rng = np.random.default_rng(2)
    for _ in range(50):
        assert random_view(rng, (1, 1), np.ones((1, 1), np.bool_), 64).apply(np.full((1, 1), 9, np.uint8)).shape == (64, 64)


def test_outside_stays_black_when_intensities_change():
    rng = np.random.default_rng(3)
    square = np.zeros((64, 64), np.uint8)
    changed = [random_intensity(rng, square).max() for _ in range(40)]
    assert max(changed) <= 2


def test_moved_ellipses_stay_ellipses():
    rng = np.random.default_rng(4)
    for _ in range(100):
        ellipse = random_ellipse(rng, Ellipse(50, 60, 20, 18, 0))
        assert ellipse.major >= ellipse.minor > 5


def test_what_lies_beside_a_lesion_holds_nothing_of_it():
    rng = np.random.default_rng(6)
    mask = np.zeros((80, 100), np.bool_)
    mask[30:50, 60:75] = True
    for _ in range(20):
        part = beside_lesion(rng, mask)
        assert not mask[part].any()
        assert mask[part].shape[0] == 80
        assert mask[part].shape[1] > 100 / 3
    mask[:, 20:80] = True
    assert beside_lesion(rng, mask) is None
    assert beside_lesion(rng, np.zeros((10, 10), np.bool_)) is None


def test_marks_are_few_pixels_and_the_scan_given_is_left_alone():
    rng = np.random.default_rng(7)
    square = np.full((256, 256), 40, np.uint8)
    for _ in range(50):
        changed = (random_marks(rng, square) != 40).mean()
        assert 0 < changed < 0.03
    assert (square == 40).all()
