"""A reading in millimetres is right, or there is none; a wrong one would be read as the size of a tumour."""

from __future__ import annotations

from math import hypot
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from busi_gui.domain.callipers import (
    DIFFERENT_SCALES,
    NOT_CALIBRATED,
    OUTSIDE_PART,
    OUTSIDE_PICTURE,
    SEVERAL_PARTS,
    Angle,
    Distance,
    Point,
    Ruler,
    kept_inside,
    length_of,
    opening_of,
    snapped,
)
from busi_gui.domain.scan import Box, Calibration, Region, Scan, Spacing

ROWS, COLUMNS = 100, 200
PIXELS = np.zeros((ROWS, COLUMNS), np.uint8)
FINE, COARSE = Spacing(0.05, 0.05), Spacing(0.178, 0.178)
LEFT, RIGHT = Box(10, 0, 90, 100), Box(10, 100, 90, 200)

lengths_mm = st.floats(0.01, 1)


def scan_with(spacing: Spacing | None = None, *regions: Region, calibration: Calibration = Calibration.NONE) -> Scan:
    return Scan(Path("a.dcm"), PIXELS, spacing=spacing, regions=regions, calibration=calibration)


def points_in(box: Box) -> st.SearchStrategy[Point]:
    """Return points on the pixels of a box: the far edge belongs to its neighbour."""
    return st.builds(Point, st.floats(box.left, box.right, exclude_max=True), st.floats(box.top, box.bottom, exclude_max=True))


def mm_of(scan, start, end):
    return length_of(scan, Distance(start, end)).mm


def degrees_of(scan, vertex, one, other):
    return opening_of(scan, Angle(vertex, one, other)).degrees


def anywhere() -> st.SearchStrategy[Point]:
    return st.builds(Point, st.floats(0, COLUMNS), st.floats(0, ROWS))


TWO_PARTS = scan_with(None, Region(LEFT, FINE), Region(RIGHT, COARSE))


def test_pixels_of_a_tenth_of_a_millimetre_are_read_as_such():
    length = length_of(scan_with(Spacing(0.1, 0.1)), Distance(Point(10, 20), Point(13, 24)))
    assert (length.px, length.mm) == pytest.approx((5, 0.5))
    assert (length.calibration, length.reason) == (Calibration.FILE, "")


def test_rows_and_columns_each_have_their_own_scale():
    scan = scan_with(Spacing(row_mm=0.2, column_mm=0.1))
    assert length_of(scan, Distance(Point(0, 0), Point(30, 0))).mm == pytest.approx(3)
    assert length_of(scan, Distance(Point(0, 0), Point(0, 20))).mm == pytest.approx(4)
    assert length_of(scan, Distance(Point(0, 0), Point(30, 20))).mm == pytest.approx(5)


@given(anywhere(), anywhere(), lengths_mm, lengths_mm)
def test_a_length_is_the_same_both_ways_and_never_longer_than_its_detour(start, end, row_mm, column_mm):
    scan = scan_with(Spacing(row_mm, column_mm))
    there, back = mm_of(scan, start, end), mm_of(scan, end, start)
    corner = Point(end.x, start.y)
    legs = [mm_of(scan, *leg) for leg in ((start, corner), (corner, end))]
    assert there == pytest.approx(back)
    assert max(legs) - 1e-9 <= there <= sum(legs) + 1e-9


def test_without_a_scale_there_are_pixels_and_the_reason():
    length = length_of(scan_with(), Distance(Point(0, 0), Point(30, 40)))
    assert (length.px, length.mm, length.calibration, length.reason) == (50, None, Calibration.NONE, NOT_CALIBRATED)


@given(points_in(LEFT), points_in(RIGHT))
def test_no_distance_across_two_parts_is_ever_in_millimetres(here, there):
    for distance in (Distance(here, there), Distance(there, here)):
        length = length_of(TWO_PARTS, distance)
        assert length.mm is None
        assert length.reason == DIFFERENT_SCALES


@given(points_in(LEFT), points_in(LEFT), points_in(RIGHT), points_in(RIGHT))
def test_within_a_part_its_own_scale_holds(start, end, other_start, other_end):
    fine, coarse = length_of(TWO_PARTS, Distance(start, end)), length_of(TWO_PARTS, Distance(other_start, other_end))
    assert fine.mm == pytest.approx(0.05 * fine.px)
    assert coarse.mm == pytest.approx(0.178 * coarse.px)


@given(anywhere(), anywhere())
def test_millimetres_are_those_of_a_part_that_holds_both_ends_or_there_are_none(start, end):
    """A viewer that took the first scale of a file showed 2.41 cm for 8.57 cm."""
    mm = mm_of(TWO_PARTS, start, end)
    if mm is None:
        return
    holding = [
        region
        for region in TWO_PARTS.regions
        if all(region.box.left <= p.x <= region.box.right and region.box.top <= p.y <= region.box.bottom for p in (start, end))
    ]
    lengths = [hypot(end.x - start.x, end.y - start.y) * region.spacing.column_mm for region in holding]
    assert len(holding) >= 1
    assert any(mm == pytest.approx(length) for length in lengths)


def test_a_distance_that_a_wrong_scale_would_shorten_is_read_by_its_own():
    # 48.15 px at 1.78 mm are 85.7 mm; by the other part's 0.5 mm they would be 24.1.
    scan = scan_with(None, Region(LEFT, Spacing(0.5, 0.5)), Region(RIGHT, Spacing(1.78, 1.78)))
    distance = Distance(Point(120, 50), Point(120 + 48.15, 50))
    assert length_of(scan, distance).mm == pytest.approx(85.7, abs=0.05)


def test_a_distance_that_leaves_the_calibrated_part_says_so():
    scan = scan_with(None, Region(LEFT, FINE))
    for outside in (Point(50, 5), Point(150, 50), Point(100, 50)):
        length = length_of(scan, Distance(Point(50, 50), outside))
        assert (length.mm, length.reason) == (None, OUTSIDE_PART)


def test_two_parts_of_the_same_scale_are_still_two_pictures():
    scan = scan_with(None, Region(LEFT, FINE), Region(RIGHT, FINE))
    length = length_of(scan, Distance(Point(50, 50), Point(150, 50)))
    assert (length.mm, length.reason) == (None, SEVERAL_PARTS)


def test_where_the_file_names_parts_the_one_scale_of_the_picture_does_not_hold_outside_them():
    scan = scan_with(FINE, Region(LEFT, FINE))
    assert length_of(scan, Distance(Point(50, 50), Point(60, 50))).mm == pytest.approx(0.5)
    assert length_of(scan, Distance(Point(50, 50), Point(150, 50))).mm is None


@given(st.sampled_from([Point(-0.1, 5), Point(COLUMNS + 0.1, 5), Point(5, -3), Point(5, ROWS + 1)]), anywhere())
def test_what_reaches_outside_the_picture_has_no_millimetres(outside, inside):
    length = length_of(scan_with(FINE), Distance(inside, outside))
    assert (length.mm, length.reason) == (None, OUTSIDE_PICTURE)


def test_the_whole_picture_can_be_measured_from_edge_to_edge():
    whole = Box(0, 0, ROWS, COLUMNS)
    assert length_of(scan_with(None, Region(whole, FINE)), Distance(Point(0, 0), Point(COLUMNS, 0))).mm == pytest.approx(10)
    assert length_of(scan_with(FINE), Distance(Point(0, ROWS), Point(COLUMNS, ROWS))).mm == pytest.approx(10)


@given(anywhere(), anywhere(), st.floats(0.002, 2))
def test_a_scale_taken_by_hand_holds_for_the_whole_picture_and_is_named(start, end, mm):
    length = length_of(TWO_PARTS.calibrated(Spacing(mm, mm)), Distance(start, end))
    assert length.mm == pytest.approx(length.px * mm)
    assert length.calibration is Calibration.HAND


def test_angles_are_measured_in_millimetres_where_pixels_are_not_square():
    angle = Angle(vertex=Point(0, 0), one=Point(10, 0), other=Point(10, 10))
    assert opening_of(scan_with(Spacing(0.1, 0.1)), angle).degrees == pytest.approx(45)
    assert opening_of(scan_with(Spacing(row_mm=0.3**0.5, column_mm=0.1**0.5)), angle).degrees == pytest.approx(60)


def test_an_uncalibrated_angle_takes_pixels_for_square_and_says_so():
    opening = opening_of(scan_with(), Angle(Point(0, 0), Point(10, 0), Point(0, 10)))
    assert opening.degrees == pytest.approx(90)
    assert (opening.calibration, opening.reason) == (Calibration.NONE, NOT_CALIBRATED)


@given(points_in(LEFT), points_in(LEFT), points_in(RIGHT))
def test_an_angle_across_two_parts_uses_the_scale_of_neither(vertex, one, other):
    opening = opening_of(TWO_PARTS, Angle(vertex, one, other))
    assert (opening.calibration, opening.reason) == (Calibration.NONE, DIFFERENT_SCALES)


def test_a_leg_without_length_has_no_angle():
    assert opening_of(scan_with(FINE), Angle(Point(5, 5), Point(5, 5), Point(9, 9))).degrees is None


@given(anywhere(), anywhere(), anywhere())
def test_an_angle_lies_between_0_and_180_and_is_the_same_from_either_leg(vertex, one, other):
    assume(all(hypot(end.x - vertex.x, end.y - vertex.y) > 1e-3 for end in (one, other)))
    opening = degrees_of(scan_with(FINE), vertex, one, other)
    assert 0 <= opening <= 180
    assert opening == pytest.approx(degrees_of(scan_with(FINE), vertex, other, one), abs=1e-6)


def test_a_straight_angle_is_180_degrees():
    assert opening_of(scan_with(FINE), Angle(Point(50, 50), Point(0, 50), Point(100, 50))).degrees == pytest.approx(180)


@pytest.mark.parametrize("coordinate", [float("nan"), float("inf")])
def test_a_point_is_a_place(coordinate):
    with pytest.raises(ValueError, match="no place"):
        Point(coordinate, 1)


def test_points_can_be_moved_one_by_one():
    a, b, c, new = Point(1, 1), Point(2, 2), Point(3, 3), Point(9, 9)
    assert Distance(a, b).moved(0, new).points == (new, b)
    assert Distance(a, b).moved(1, new).points == (a, new)
    assert [Angle(b, a, c).moved(place, new).points for place in range(3)] == [(new, b, c), (a, new, c), (a, b, new)]


@pytest.mark.parametrize(
    ("to", "expected"),
    [((80, 53), (80, 50)), ((20, 47), (20, 50)), ((53, 80), (50, 80)), ((49, 10), (50, 10)), ((71, 69), (70, 70)), ((30, 70), (30, 70))],
)
def test_a_snapped_point_lies_level_upright_or_diagonally(to, expected):
    point = snapped(Point(50, 50), Point(*to), (ROWS, COLUMNS))
    assert (point.x, point.y) == pytest.approx(expected)


def test_a_level_line_is_exactly_level():
    assert snapped(Point(50.3, 50.7), Point(20, 51), (ROWS, COLUMNS)).y == 50.7
    assert snapped(Point(50.3, 50.7), Point(50, 91), (ROWS, COLUMNS)).x == 50.3


@given(anywhere(), anywhere(), st.floats(0.3, 3))
def test_a_snapped_point_stays_in_the_picture_and_on_its_line(anchor, point, aspect):
    snap = snapped(anchor, point, (ROWS, COLUMNS), aspect)
    across, down = abs(snap.x - anchor.x), abs(snap.y - anchor.y) * aspect
    assert 0 <= snap.x <= COLUMNS
    assert 0 <= snap.y <= ROWS
    assert min(across, down, abs(across - down)) == pytest.approx(0, abs=1e-6)


def test_a_point_beyond_the_picture_is_brought_to_its_edge():
    assert kept_inside(Point(-4, 130), (ROWS, COLUMNS)) == Point(0, ROWS)
    assert kept_inside(Point(7.5, 8.5), (ROWS, COLUMNS)) == Point(7.5, 8.5)


def test_a_ruler_gives_the_scale():
    ruler = Ruler(Distance(Point(10, 10), Point(10, 90)), 10)
    assert ruler.spacing == Spacing(0.125, 0.125)
    assert ruler.is_credible
    assert ruler.tilt == 0


@pytest.mark.parametrize(("length_mm", "is_credible"), [(0.15, False), (0.2, True), (200, True), (201, False)])
def test_a_scale_that_no_scan_has_is_not_credible(length_mm, is_credible):
    assert Ruler(Distance(Point(0, 0), Point(0, 100)), length_mm).is_credible == is_credible


@pytest.mark.parametrize(("end", "tilt"), [((100, 10), 5.7), ((10, 100), 5.7), ((-100, 0), 0), ((50, 50), 45)])
def test_a_ruler_knows_how_far_it_is_off_the_nearest_axis(end, tilt):
    assert Ruler(Distance(Point(0, 0), Point(*end)), 10).tilt == pytest.approx(tilt, abs=0.05)


@pytest.mark.parametrize(("end", "length_mm"), [((0, 0), 10), ((0, 5), 0), ((0, 5), -1), ((0, 5), float("nan"))])
def test_a_ruler_has_a_length(end, length_mm):
    with pytest.raises(ValueError, match="no ruler"):
        Ruler(Distance(Point(0, 0), Point(*end)), length_mm)
