"""Whole groups are drawn, and differences are paired."""

import numpy as np

from models.measuring.resampling import group_draws, with_interval


def test_scans_of_one_group_come_and_go_together():
    groups = ["a", "b", "a", "c", "a"]
    draws = group_draws(groups, resamples=50, seed=3)
    assert len(draws) == 50
    for draw in draws:
        counted = np.bincount(draw, minlength=5)
        assert counted[0] == counted[2] == counted[4]
        assert sum(counted[[0, 1, 3]]) == 3
    assert len({tuple(draw) for draw in draws}) > 10
    assert all(np.array_equal(*pair) for pair in zip(draws, group_draws(groups, resamples=50, seed=3), strict=True))


def test_scans_that_belong_together_widen_the_interval():
    values = np.repeat([0.0, 1.0, 0.0, 1.0, 1.0, 0.0], 4)

    def width(groups):
        found = with_interval(lambda places: float(values[places].mean()), len(values), group_draws(groups))
        assert found["value"] == 0.5
        assert found["high"] is not None
        assert found["low"] is not None
        return found["high"] - found["low"]

    alone = width([str(n) for n in range(24)])
    together = width([str(n // 4) for n in range(24)])
    assert together > 1.6 * alone


def test_draws_without_an_answer_are_left_out_and_no_answer_at_all_is_none():
    draws = group_draws(["a", "b"], resamples=40)
    positives = np.array([1.0, 0.0])
    found = with_interval(lambda places: float("nan") if positives[places].all() else 2.0, 2, draws)
    assert found == {"value": 2.0, "low": 2.0, "high": 2.0, "scans": 2}
    assert with_interval(lambda places: float("nan"), 2, draws)["value"] is None
    assert group_draws([]) == []
