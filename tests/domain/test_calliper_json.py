"""Callipers come back from JSON as they were; what is damaged is left out, and said to be."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from busi_gui.domain.calliper_json import callipers_from_json, callipers_to_json
from busi_gui.domain.callipers import Angle, Calliper, Distance, Point

DISTANCE = {"number": 1, "kind": "distance", "points": [[10.5, 20], [30, 40]]}
ANGLE = {"number": 2, "kind": "angle", "points": [[1, 2], [3, 4], [5, 6]]}

points = st.builds(Point, st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
measured = st.builds(Distance, points, points) | st.builds(Angle, points, points, points)
callipers = st.lists(st.builds(Calliper, st.integers(1, 10**6), measured), unique_by=lambda one: one.number).map(
    lambda several: tuple(sorted(several, key=lambda one: one.number))
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["number", "kind", "points", "distance", "angle"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["number", "kind", "points"]), inner),
)


@given(callipers)
def test_callipers_come_back_bit_for_bit(several):
    assert callipers_from_json(json.loads(json.dumps(callipers_to_json(several)))) == (several, True)


def test_the_form_is_the_one_that_is_stated():
    assert callipers_from_json([DISTANCE, ANGLE]) == (
        (Calliper(1, Distance(Point(10.5, 20), Point(30, 40))), Calliper(2, Angle(vertex=Point(3, 4), one=Point(1, 2), other=Point(5, 6)))),
        True,
    )
    assert callipers_to_json(callipers_from_json([DISTANCE, ANGLE])[0]) == [DISTANCE, ANGLE]


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        "distance",
        {},
        {**DISTANCE, "number": 0},
        {**DISTANCE, "number": True},
        {**DISTANCE, "number": 1.0},
        {**DISTANCE, "number": "1"},
        {**DISTANCE, "kind": "ellipse"},
        {**DISTANCE, "kind": "angle"},
        {**ANGLE, "kind": "distance"},
        {**DISTANCE, "points": [[1, 2]]},
        {**DISTANCE, "points": [[1, 2], [3]]},
        {**DISTANCE, "points": [[1, 2], [3, None]]},
        {**DISTANCE, "points": [[1, 2], [3, float("nan")]]},
        {**DISTANCE, "points": [[1, 2], [3, 10**400]]},
        {**DISTANCE, "points": {"start": [1, 2]}},
    ],
)
def test_a_damaged_one_is_left_out_and_the_others_are_kept(damaged):
    kept, are_all = callipers_from_json([damaged, ANGLE])
    assert [calliper.number for calliper in kept] == [2]
    assert not are_all


def test_what_a_later_version_adds_is_passed_over():
    assert callipers_from_json([{**DISTANCE, "colour": "red"}]) == callipers_from_json([DISTANCE])


def test_no_two_callipers_have_the_same_number_and_they_are_in_order():
    kept, are_all = callipers_from_json([ANGLE, DISTANCE, {**ANGLE, "number": 1}])
    assert [(calliper.number, type(calliper.measured)) for calliper in kept] == [(1, Distance), (2, Angle)]
    assert not are_all


@given(anything)
def test_nothing_that_was_written_down_breaks_the_reader(stated):
    kept, are_all = callipers_from_json(stated)
    assert not are_all or len(kept) == len(stated)
