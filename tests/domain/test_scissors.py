"""Paths that keep to edges."""

from __future__ import annotations

import time
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from busi_gui.domain.callipers import Point
from busi_gui.domain.scissors import Scissors
from busi_gui.domain.synthetic import synthetic_scan

CENTRE, RADIUS = (200.0, 150.0), 80.0


def disc(*, noise: float = 25, shape: tuple[int, int] = (300, 400)) -> np.ndarray:
    """Return a dark disc in bright tissue with speckle."""
    picture = np.full(shape, 130, np.float32)
    cv2.circle(picture, (int(CENTRE[0]), int(CENTRE[1])), int(RADIUS), 50, -1)
    grain = cv2.GaussianBlur(np.random.default_rng(0).standard_normal(shape).astype(np.float32), (0, 0), 1.5)
    return np.asarray(np.clip(picture + noise * grain / grain.std(), 0, 255), np.uint8)


def on_rim(degrees: float) -> Point:
    return Point(CENTRE[0] + RADIUS * np.cos(np.radians(degrees)), CENTRE[1] + RADIUS * np.sin(np.radians(degrees)))


def places(path: list[Point]) -> np.ndarray:
    return np.array([(point.x, point.y) for point in path])


def off_rim(path: list[Point]) -> np.ndarray:
    return np.asarray(np.abs(np.hypot(*(places(path) - CENTRE).T) - RADIUS))


def test_a_path_keeps_to_the_rim_of_a_disc_in_speckle():
    scissors = Scissors(disc())
    for start in (0, 90, 180, 270):
        scissors.anchored(on_rim(start))
        path = scissors.path_to(on_rim(start + 90))
        assert off_rim(path).mean() < 2
        assert off_rim(path).max() < 6  # the chord is 23 px off


def test_a_path_is_no_zigzag():
    scissors = Scissors(disc())
    scissors.anchored(on_rim(0))
    path = places(scissors.path_to(on_rim(90)))
    assert np.hypot(*np.diff(path, axis=0).T).sum() == pytest.approx(RADIUS * np.pi / 2, rel=0.03)


def test_a_path_leads_from_the_anchor_exactly_to_the_pointer_without_gaps():
    scissors = Scissors(disc())
    anchor = scissors.anchored(Point(120.3, 150.7))
    path = scissors.path_to(Point(200.2, 70.9))
    assert anchor == scissors.anchor == path[0] == Point(120.3, 150.7)
    assert path[-1] == Point(200.2, 70.9)
    assert max(np.hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(path)) < 3


def test_the_path_starts_at_the_newest_anchor():
    scissors = Scissors(disc())
    scissors.anchored(on_rim(0))
    scissors.anchored(on_rim(90))
    path = scissors.path_to(on_rim(180))
    assert path[0] == on_rim(90)
    assert places(path)[:, 0].max() < CENTRE[0] + 5


def test_six_anchors_outline_a_lesion_better_than_straight_lines():
    better = 0
    for seed in range(6):
        pixels, mask = synthetic_scan(seed, "benign")
        outline = max(cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], key=len)[:, 0]
        anchors = [Point(float(x) + 0.5, float(y) + 0.5) for x, y in outline[:: len(outline) // 6 + 1]]
        scissors, drawn = Scissors(pixels), []
        for start, end in zip(anchors, [*anchors[1:], anchors[0]], strict=True):
            scissors.anchored(start)
            drawn += scissors.path_to(end)[:-1]
        better += dice(drawn, mask) > dice(anchors, mask)
    assert better >= 5


def dice(path: list[Point], mask: np.ndarray) -> float:
    filled = cv2.fillPoly(np.zeros(mask.shape, np.uint8), [np.round(places(path) - 0.5).astype(np.int32)], 1) > 0
    return float(2 * (filled & mask).sum() / (filled.sum() + mask.sum()))


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_without_edges_the_path_is_the_straight_line(grey):
    scissors = Scissors(np.full((120, 160), grey, np.uint8))
    scissors.anchored(Point(10, 20))
    assert scissors.path_to(Point(150, 97)) == [Point(10, 20), Point(150, 97)]


def test_a_pointer_on_the_anchor_is_a_path_of_no_length():
    scissors = Scissors(disc())
    anchor = scissors.anchored(on_rim(40))
    assert scissors.path_to(anchor) == [anchor, anchor]


def test_where_the_straight_line_is_the_edge_nothing_is_better():
    pixels = np.zeros((100, 200), np.uint8)
    pixels[50:] = 200
    scissors = Scissors(pixels)
    scissors.anchored(Point(10, 50))
    assert np.abs(places(scissors.path_to(Point(190, 50)))[:, 1] - 50).max() < 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (3, 500), (900, 1)])
def test_a_scan_of_a_few_pixels_has_paths_too(shape):
    scissors = Scissors(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    rows, columns = shape
    scissors.anchored(Point(0, 0), snap_px=3)
    assert scissors.path_to(Point(columns, rows))[-1] == Point(columns, rows)


SPECKLED = Scissors(disc())
WITHIN_AND_AROUND = st.tuples(st.floats(-50, 450), st.floats(-50, 350))


@settings(max_examples=60)
@given(start=WITHIN_AND_AROUND, end=WITHIN_AND_AROUND)
def test_a_path_stays_on_the_scan_and_ends_at_its_border_for_a_pointer_beyond(start, end):
    anchor = SPECKLED.anchored(Point(*start))
    path = SPECKLED.path_to(Point(*end))
    found = places(path)
    assert path[0] == anchor == Point(*np.clip(start, 0, (400, 300)))
    assert path[-1] == Point(*np.clip(end, 0, (400, 300)))
    assert (found >= 0).all()
    assert (found <= (400, 300)).all()


def test_the_same_points_give_the_same_path_and_the_scan_is_left_alone():
    pixels = disc()
    before = pixels.copy()
    first, second = Scissors(pixels), Scissors(pixels)
    second.anchored(on_rim(200))
    second.path_to(on_rim(10))
    for scissors in (first, second):
        scissors.anchored(on_rim(30))
    assert first.path_to(on_rim(130)) == second.path_to(on_rim(130))
    np.testing.assert_array_equal(pixels, before)


def test_an_anchor_jumps_to_the_strongest_edge_within_reach():
    scissors = Scissors(disc())
    inside = Point(CENTRE[0] + RADIUS - 9, CENTRE[1])
    snapped = scissors.anchored(inside, snap_px=15)
    assert off_rim([snapped])[0] < 2.5
    assert np.hypot(snapped.x - inside.x, snapped.y - inside.y) <= 15
    assert scissors.anchor == snapped


def test_an_anchor_stays_where_no_edge_is_within_reach():
    assert Scissors(disc(noise=0)).anchored(Point(*CENTRE), snap_px=20) == Point(*CENTRE)
    beside = Point(CENTRE[0] + RADIUS - 22, CENTRE[1])
    assert Scissors(disc(noise=0)).anchored(beside, snap_px=12) == beside
    assert Scissors(np.zeros((50, 60), np.uint8)).anchored(Point(30.5, 20.5), snap_px=20) == Point(30.5, 20.5)


def test_a_path_needs_an_anchor():
    with pytest.raises(ValueError, match="anchor"):
        Scissors(disc()).path_to(Point(3, 4))


@pytest.mark.parametrize("pixels", [np.zeros((0, 5), np.uint8), np.zeros((5, 5), np.float32), np.zeros((5, 5, 3), np.uint8)])
def test_what_is_no_scan_is_refused(pixels):
    with pytest.raises(ValueError, match="a scan is uint8"):
        Scissors(pixels)


def test_a_huge_scan_answers_at_once():
    scissors = Scissors(cv2.resize(disc(), (4096, 3072)))
    anchor, move = [], []
    for _ in range(3):
        start = time.process_time()
        scissors.anchored(Point(2867, 1536))
        anchor.append(time.process_time() - start)
        start = time.process_time()
        path = scissors.path_to(Point(2048, 2355))
        move.append(time.process_time() - start)
    assert min(anchor) < 0.1
    assert min(move) < 0.01
    assert np.abs(np.hypot(*(places(path) - (2048, 1536)).T) - 819).mean() < 20
