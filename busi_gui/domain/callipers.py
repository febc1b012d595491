"""Callipers: lengths and angles between points that a reader has set, in pixels and, where that is honest, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import atan2, degrees, hypot, isfinite, pi, sqrt

from busi_gui.domain.scan import Box, Calibration, Region, Scan, Spacing

NOT_CALIBRATED = "not calibrated"
DIFFERENT_SCALES = "reaches over parts with different scales"
SEVERAL_PARTS = "reaches from one part into another"
OUTSIDE_PART = "reaches outside the calibrated part"
OUTSIDE_PICTURE = "reaches outside the picture"

CREDIBLE_MM = (0.002, 2.0)
"""Millimetres per pixel that an ultrasound scan can have."""

_DIAGONAL = sqrt(0.5)
_DIRECTIONS = ((1.0, 0.0), (_DIAGONAL, _DIAGONAL), (0.0, 1.0), (-_DIAGONAL, _DIAGONAL))
"""Every eighth of a turn, the first half; the others are their opposites. Written out, for a sine is never quite zero."""


@dataclass(frozen=True)
class Point:
    """A place on the scan in pixels, right and down from the outer corner of its first pixel: pixel (row, column) has its middle at + 0.5.

    Raises
    ------
    ValueError
        A coordinate is no finite number.
    """

    x: float
    y: float

    def __post_init__(self) -> None:
        if not (isfinite(self.x) and isfinite(self.y)):
            raise ValueError(f"no place on a scan: {self.x}, {self.y}")


@dataclass(frozen=True)
class Distance:
    """The straight line from one point to another."""

    start: Point
    end: Point

    @property
    def points(self) -> tuple[Point, ...]:
        """Both ends, in the order in which they were set."""
        return self.start, self.end

    def moved(self, place: int, point: Point) -> Distance:
        """Return the distance with another point at a place of `points`."""
        return replace(self, **{("start", "end")[place]: point})


@dataclass(frozen=True)
class Angle:
    """The angle at a vertex between two legs."""

    vertex: Point
    one: Point
    other: Point

    @property
    def points(self) -> tuple[Point, ...]:
        """The end of one leg, the vertex, the end of the other: the order in which they are set."""
        return self.one, self.vertex, self.other

    def moved(self, place: int, point: Point) -> Angle:
        """Return the angle with another point at a place of `points`."""
        return replace(self, **{("one", "vertex", "other")[place]: point})


Measured = Distance | Angle


@dataclass(frozen=True)
class Calliper:
    """One measurement of a frame; its number, from 1, stays its own when others are deleted."""

    number: int
    measured: Measured


@dataclass(frozen=True)
class Length:
    """How long a distance is.

    Attributes
    ----------
    px
        In pixels, taken as square.
    mm
        In millimetres; None where no one scale holds for all of it.
    calibration
        Where the millimetres come from; NONE without them.
    reason
        Why there are none, in plain words; empty where there are.
    """

    px: float
    mm: float | None
    calibration: Calibration
    reason: str


@dataclass(frozen=True)
class Opening:
    """How wide an angle is.

    Attributes
    ----------
    degrees
        0 to 180; None while a leg has no length.
    calibration
        Whose spacing it was measured with; NONE where pixels were assumed to be square.
    reason
        Why no spacing holds for all of it, in plain words; empty where one does.
    """

    degrees: float | None
    calibration: Calibration
    reason: str


def length_of(scan: Scan, distance: Distance) -> Length:
    """Measure a distance, in millimetres only where one scale holds for both its ends."""
    across, down = _step(distance.start, distance.end)
    px = hypot(across, down)
    spacing, reason = _scale(scan, distance.points)
    if spacing is None:
        return Length(px, None, Calibration.NONE, reason)
    return Length(px, hypot(across * spacing.column_mm, down * spacing.row_mm), _source(scan), "")


def opening_of(scan: Scan, angle: Angle) -> Opening:
    """Measure an angle, in millimetres where one scale holds for all of it: only then are pixels known to be square, or how far they are not."""
    spacing, reason = _scale(scan, angle.points)
    aspect = spacing.row_mm / spacing.column_mm if spacing is not None else 1.0
    calibration = _source(scan) if spacing is not None else Calibration.NONE
    legs = [_step(angle.vertex, end) for end in (angle.one, angle.other)]
    if not all(hypot(*leg) > 0 for leg in legs):
        return Opening(None, calibration, reason)
    (x1, y1), (x2, y2) = ((across, down * aspect) for across, down in legs)
    # Of the cross and dot product: the arc cosine of the latter is of no use near 0 and 180 degrees.
    return Opening(degrees(abs(atan2(x1 * y2 - y1 * x2, x1 * x2 + y1 * y2))), calibration, reason)


def kept_inside(point: Point, shape: tuple[int, int]) -> Point:
    """Return the place nearest to a point in a picture of so many rows and columns."""
    rows, columns = shape
    return Point(min(max(point.x, 0.0), float(columns)), min(max(point.y, 0.0), float(rows)))


def snapped(anchor: Point, point: Point, shape: tuple[int, int], aspect: float = 1.0) -> Point:
    """Return the place nearest to a point that lies level with, upright over or diagonally from another, inside the picture.

    Parameters
    ----------
    anchor
        A point in the picture.
    point
        The point to move.
    shape
        Rows and columns of the picture.
    aspect
        How much taller than wide a pixel is shown.
    """
    across, down = _step(anchor, point)
    down *= aspect
    eighth = round(atan2(down, across) / (pi / 4)) % 8
    sign = 1.0 if eighth < 4 else -1.0
    step_x, step_y = (sign * part for part in _DIRECTIONS[eighth % 4])
    step_y /= aspect
    rows, columns = shape
    ways = ((anchor.x, step_x, columns), (anchor.y, step_y, rows))
    longest = min(((end if step > 0 else 0) - start) / step for start, step, end in ways if step)
    length = min(across * step_x + down * step_y * aspect, longest)
    return kept_inside(Point(anchor.x + length * step_x, anchor.y + length * step_y), shape)


@dataclass(frozen=True)
class Ruler:
    """A line along the depth ruler of a scan, of which the reader knows how long it is.

    Pixels are taken as square: a ruler says how large they are in one direction only.

    Raises
    ------
    ValueError
        The line or its length is nothing.
    """

    line: Distance
    length_mm: float

    def __post_init__(self) -> None:
        if not (self.px > 0 and self.length_mm > 0 and isfinite(self.length_mm)):
            raise ValueError(f"no ruler: {self.px} px are {self.length_mm} mm")

    @property
    def px(self) -> float:
        """How long it is on the picture."""
        return hypot(*_step(self.line.start, self.line.end))

    @property
    def mm_per_px(self) -> float:
        """The scale that it gives."""
        return self.length_mm / self.px

    @property
    def is_credible(self) -> bool:
        """Whether a scan can have this scale."""
        return CREDIBLE_MM[0] <= self.mm_per_px <= CREDIBLE_MM[1]

    @property
    def spacing(self) -> Spacing:
        """The scale as a spacing."""
        return Spacing(self.mm_per_px, self.mm_per_px)

    @property
    def tilt(self) -> float:
        """How far the line is off the vertical or the horizontal, whichever is nearer: 0 to 45 degrees."""
        across, down = (abs(step) for step in _step(self.line.start, self.line.end))
        return degrees(atan2(min(across, down), max(across, down)))


def _step(start: Point, end: Point) -> tuple[float, float]:
    return end.x - start.x, end.y - start.y


def _source(scan: Scan) -> Calibration:
    return Calibration.HAND if scan.calibration is Calibration.HAND else Calibration.FILE


def _scale(scan: Scan, points: tuple[Point, ...]) -> tuple[Spacing | None, str]:
    """Return the scale that holds for all of the points, or None and why there is none."""
    rows, columns = scan.shape
    if not all(0 <= point.x <= columns and 0 <= point.y <= rows for point in points):
        return None, OUTSIDE_PICTURE
    spacing = scan.spacing_within(_box(scan, points))
    return (spacing, "") if spacing is not None else (None, _why_not(scan, points))


def _box(scan: Scan, points: tuple[Point, ...]) -> Box:
    """Return the pixels from the first to the last that a point lies on; between two pixels it lies on the latter, at the far edge on the last."""
    rows, columns = scan.shape
    down, across = [min(int(point.y), rows - 1) for point in points], [min(int(point.x), columns - 1) for point in points]
    return Box(min(down), min(across), max(down) + 1, max(across) + 1)


def _why_not(scan: Scan, points: tuple[Point, ...]) -> str:
    if not scan.regions:
        return NOT_CALIBRATED
    parts = [_part_at(scan, point) for point in points]
    spacings = {part.spacing for part in parts if part is not None}
    if None in parts:
        return OUTSIDE_PART
    return DIFFERENT_SCALES if len(spacings) > 1 else SEVERAL_PARTS


def _part_at(scan: Scan, point: Point) -> Region | None:
    pixel = _box(scan, (point,))
    return next((region for region in scan.regions if region.box.holds(pixel)), None)
