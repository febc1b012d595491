"""Parts of a coarse map, outlined at a scan's resolution."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from busi_gui.domain.level_sets import enlarged, outlined, parts_at
from busi_gui.domain.scan import Box


def hills(seed: int, shape: tuple[int, int]) -> np.ndarray:
    """Return a smooth map in [0, 1], float32."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random(shape, np.float32), (0, 0), 2)
    return np.asarray((noise - noise.min()) / max(float(np.ptp(noise)), 1e-6), np.float32)


def spot(shape: tuple[int, int], row: int, column: int) -> np.ndarray:
    mask = np.zeros(shape, np.bool_)
    mask[row, column] = True
    return mask


def whole(shape: tuple[int, int]) -> Box:
    return Box(0, 0, *shape)


def test_only_parts_that_touch_a_seed_are_kept_and_corners_join():
    values = np.array([[1, 0, 0, 0, 1], [0, 1, 0, 0, 1], [0, 0, 0, 0, 0]], np.float32)
    assert np.argwhere(parts_at(values, 0.5, spot(values.shape, 0, 0))).tolist() == [[0, 0], [1, 1]]
    assert not parts_at(values, 0.5, spot(values.shape, 2, 2)).any()


@given(
    grid=st.tuples(st.integers(3, 40), st.integers(3, 40)),
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    at=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)),
    as_bytes=st.booleans(),
)
def test_a_part_is_enlarged_exactly_as_the_whole_map_would_be(grid, shape, at, as_bytes):
    values = hills(1, grid)
    values = np.round(255 * values).astype(np.uint8) if as_bytes else values
    part = spot(grid, int(at[0] * grid[0]), int(at[1] * grid[1]))
    large, rows, columns = enlarged(values, part, shape)
    near = cv2.dilate(part.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    expected = cv2.resize(np.where(near, values, values.min()), shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(shape)
    np.testing.assert_allclose(large, expected[rows, columns], atol=1e-6)
    expected[rows, columns] = values.min()
    np.testing.assert_allclose(expected, values.min(), atol=1e-6)


def test_the_outline_follows_the_interpolated_level():
    values = np.repeat(np.linspace(0, 1, 11, dtype=np.float32)[np.newaxis], 8, axis=0)
    mask = outlined(values, 0.55, parts_at(values, 0.55, spot(values.shape, 4, 10)), (80, 110), whole((80, 110)))
    assert mask.all(axis=0).argmax() == pytest.approx(60, abs=1)
    assert not mask[:, :59].any()


def test_holes_are_filled_and_what_is_not_wanted_is_left_out():
    values = np.zeros((20, 30), np.float32)
    cv2.circle(values, (9, 9), 6, 1.0, 2)
    cv2.circle(values, (24, 9), 3, 1.0, -1)
    mask = outlined(values, 0.5, parts_at(values, 0.5, spot(values.shape, 3, 9)), (200, 300), whole((200, 300)))
    assert mask[95, 95]
    assert not mask[:, 200:].any()


def test_a_map_of_a_part_of_the_scan_stays_in_it():
    values = np.ones((10, 10), np.float32)
    field = Box(20, 30, 60, 90)
    mask = outlined(values, 0.5, parts_at(values, 0.5, values > 0), (100, 120), field)
    assert mask[field.slices].all()
    assert mask.sum() == 40 * 60


def test_of_two_islands_of_one_part_the_one_with_the_seed_is_returned():
    values = np.array([[1, 0.1, 1], [0.1, 0.1, 0.1]], np.float32)
    mask = outlined(values, 0.5, values >= 0.5, (20, 30), whole((20, 30)), seed=(0, 0))
    assert mask[0, 0]
    assert not mask[:, 20:].any()


def test_nothing_wanted_is_an_empty_mask():
    values = np.zeros((5, 6), np.float32)
    assert not outlined(values, 0.5, values > 0, (50, 60), whole((50, 60))).any()
