"""Callipers as JSON: how databases and files write them down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from busi_gui.domain.callipers import Angle, Calliper, Distance, Point

_DISTANCE, _ANGLE = "distance", "angle"


def callipers_to_json(callipers: Iterable[Calliper]) -> list[dict[str, Any]]:
    """Return callipers as what ``json.dumps`` takes.

    Each is ``{"number": 2, "kind": "angle", "points": [[x, y], [x, y], [x, y]]}``: a distance has its two ends, an angle the end of one leg, the
    vertex and the end of the other; in scan pixels, see `Point`. Floats keep every bit.
    """
    return [
        {
            "number": calliper.number,
            "kind": _ANGLE if isinstance(calliper.measured, Angle) else _DISTANCE,
            "points": [[point.x, point.y] for point in calliper.measured.points],
        }
        for calliper in callipers
    ]


def callipers_from_json(stated: object) -> tuple[tuple[Calliper, ...], bool]:
    """Return what can be understood of callipers written down before, in the order of their numbers, and whether that is all.

    What a later version adds to one is passed over. Of two with the same number the first is taken.

    Parameters
    ----------
    stated
        What ``json.loads`` returned; anything at all.
    """
    if not isinstance(stated, list):
        return (), False
    known: dict[int, Calliper] = {}
    for one in stated:
        calliper = _calliper(one)
        if calliper is not None:
            known.setdefault(calliper.number, calliper)
    return tuple(known[number] for number in sorted(known)), len(known) == len(stated)


def _calliper(stated: object) -> Calliper | None:
    if not isinstance(stated, dict):
        return None
    number, kind, points = stated.get("number"), stated.get("kind"), _points(stated.get("points"))
    if type(number) is not int or number < 1:  # True is an int, too
        return None
    if kind == _DISTANCE and len(points) == 2:
        return Calliper(number, Distance(*points))
    if kind == _ANGLE and len(points) == 3:
        one, vertex, other = points
        return Calliper(number, Angle(vertex, one, other))
    return None


def _points(stated: object) -> tuple[Point, ...]:
    """Return points from pairs of numbers; none at all where one of them is no place on a scan."""
    if not isinstance(stated, list):
        return ()
    try:
        return tuple(_point(pair) for pair in stated)
    except (ValueError, OverflowError):
        return ()


def _point(pair: object) -> Point:
    if not isinstance(pair, list) or len(pair) != 2 or not all(type(part) in (int, float) for part in pair):
        raise ValueError(f"no place on a scan: {pair}")
    return Point(float(pair[0]), float(pair[1]))
