"""Made-up breast ultrasound: layered tissue, correlated speckle and a lesion, from a seed; no patient was ever in it.

Tissue is a map of echo strength in decibels; shadows and enhancement are what the beam loses or gains on its way down; speckle is complex noise
blurred by the beam, wider across than along it, and its envelope is compressed to greys as a machine would. Lengths are in pixels of a scan of
480 rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.scan import Pixels
from models.analysis import FloatMap, Mask

Reals = npt.NDArray[np.floating]
Kind = Literal["benign", "malignant", "normal"]

_ROWS = 480
_GREYS_PER_DB = 4.3
_LOOKS = 4
"""Views from several angles that a machine averages: they thin the speckle."""


@dataclass(frozen=True)
class _Canvas:
    """Where things lie, and the one source of chance.

    Attributes
    ----------
    unit
        Pixels of this scan per pixel of one with 480 rows.
    """

    rng: np.random.Generator
    rows: int
    columns: int

    @property
    def unit(self) -> float:
        return self.rows / _ROWS

    def noise(self, rise: float, run: float) -> FloatMap:
        """Return smooth noise, float32 (rows, columns) of variance near 1, with features ``rise`` high and ``run`` wide."""
        size = (max(2, round(self.rows / self.unit / rise) + 2), max(2, round(self.columns / self.unit / run) + 2))
        coarse = self.rng.standard_normal(size).astype(np.float32)
        return np.asarray(1.3 * cv2.resize(coarse, (self.columns, self.rows), interpolation=cv2.INTER_CUBIC), np.float32)

    def line(self, depth: float, swing: float, run: float = 150) -> FloatMap:
        """Return a wavy boundary: its row at every column, float32 (columns)."""
        return np.asarray((depth + swing * self.noise(_ROWS, run)[0]) * self.unit, np.float32)

    def row_map(self) -> FloatMap:
        return np.repeat(np.arange(self.rows, dtype=np.float32)[:, np.newaxis], self.columns, axis=1)


@dataclass(frozen=True)
class _Lesion:
    """A lesion's outline as signed distance, and how it looks.

    Attributes
    ----------
    inside
        Distance to the outline in pixels of 480 rows, positive inside.
    """

    mask: Mask
    inside: FloatMap
    row: float
    column: float
    width: float


def synthetic_scan(seed: int, kind: Kind = "benign", shape: tuple[int, int] = (480, 600)) -> tuple[Pixels, Mask]:
    """Make up a scan and the mask of its lesion.

    A benign lesion is oval, parallel to the skin, circumscribed and evenly dark, with a thin capsule, shadows under its sides and enhancement behind;
    a malignant one is taller than wide, spiculated and very dark, with an echogenic rim and a shadow behind.

    Parameters
    ----------
    seed
        From 0; the same seed, kind and shape give the same scan.
    shape
        Rows and columns, from 32 x 32.

    Returns
    -------
    pixels
        uint8 (rows, columns).
    mask
        bool (rows, columns), all False in a normal scan.
    """
    canvas = _Canvas(np.random.default_rng([seed, ("benign", "malignant", "normal").index(kind)]), *shape)
    echo, coherent = _tissue(canvas)
    mask = np.zeros(shape, np.bool_)
    gain = _gain(canvas)
    if kind != "normal":
        lesion = _benign_outline(canvas) if kind == "benign" else _malignant_outline(canvas)
        draw = _draw_benign if kind == "benign" else _draw_malignant
        gain += draw(canvas, lesion, echo, coherent)
        mask = lesion.mask
    return _compress(_speckle(canvas, echo, coherent), gain, canvas.unit), mask


def _tissue(canvas: _Canvas) -> tuple[FloatMap, FloatMap]:
    """Return skin, fat, gland and muscle: echo strength of scatterers, and of smooth interfaces, in decibels, float32 (rows, columns)."""
    rows, unit = canvas.row_map(), canvas.unit
    skin, gland, muscle = canvas.line(24, 1.5), canvas.line(120, 14), canvas.line(335, 6, 260)
    streaks = canvas.noise(6, 60) + 0.7 * canvas.noise(3, 24)
    fat = -17 + 1.5 * canvas.noise(24, 50) + 1.2 * streaks
    glandular = -10.5 + 2.4 * canvas.noise(24, 70) + 2.6 * streaks + 1.8 * canvas.noise(10, 18)
    glandular -= 9 * np.clip(canvas.noise(22, 48) - 1.1, 0, 1)  # fat lobules and ducts
    fibres = -19 + 2.0 * canvas.noise(30, 130) + 3.4 * canvas.noise(5, 110) + 2.4 * canvas.noise(2.6, 50)
    border = (rows - gland) / (7 * unit) + 1.4 * canvas.noise(12, 30)
    echo = _blend(_blend(fat, glandular, border), fibres, (rows - muscle) / (16 * unit) + canvas.noise(12, 60))
    coherent = np.full(echo.shape, -60, np.float32)
    _ridge(coherent, rows - gland + 4 * unit * canvas.noise(30, 30), 2.2 * unit, -14 + 6 * canvas.noise(_ROWS, 40))
    _ridge(coherent, rows - muscle, 2.4 * unit, -12 + 5 * canvas.noise(_ROWS, 60))
    _septa(canvas, coherent)
    _fascia(canvas, coherent, muscle)
    slip = rows + 6 * unit * canvas.noise(150, 260) * np.clip(rows / (60 * unit), 0, 1)
    columns = np.repeat(np.arange(canvas.columns, dtype=np.float32)[np.newaxis, :], canvas.rows, axis=0)
    echo, coherent = (
        np.asarray(cv2.remap(layer, columns, slip, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32) for layer in (echo, coherent)
    )
    echo = np.where(rows < skin, -12 + streaks, echo).astype(np.float32)
    _ridge(coherent, rows - canvas.line(5, 0.4), 1.8 * unit, -1)
    _ridge(coherent, rows - skin, 2.0 * unit, -5 + 3 * canvas.noise(_ROWS, 60))
    return echo, coherent


def _blend(above: Reals, below: Reals, border: Reals) -> FloatMap:
    weight = np.clip(border + 0.5, 0, 1)
    return np.asarray(above * (1 - weight) + below * weight, np.float32)


def _ridge(target: FloatMap, distance: FloatMap, width: float, strength: Reals | float) -> None:
    """Raise a map to ``strength`` decibels on a line, falling off as a bell of the given width."""
    np.maximum(target, strength - 4.3 * (distance / width) ** 2, out=target)


def _septa(canvas: _Canvas, coherent: FloatMap) -> None:
    """Draw the thin bright sheets that hang the gland from the skin, and strands in the gland."""
    for _ in range(46):
        column, slope = canvas.rng.uniform(0, canvas.columns), canvas.rng.normal(0, 0.16)
        middle, length = canvas.rng.uniform(34, 300), canvas.rng.uniform(24, 130)
        bend, strength = canvas.rng.normal(0, 5), canvas.rng.uniform(-24, -8)
        along = np.linspace(-0.5, 0.5, 24)
        x = column + along * length * canvas.unit
        y = (middle + along * length * slope + bend * (1 - 4 * along**2)) * canvas.unit
        points = np.round(16 * np.column_stack([x, y])).astype(np.int32)
        sheet = np.zeros(coherent.shape, np.uint8)
        cv2.polylines(sheet, [points], False, 255, max(1, round(2.4 * canvas.unit)), cv2.LINE_AA, 4)
        np.maximum(coherent, np.where(sheet > 0, strength + 8 * (sheet / 255.0 - 1), -60), out=coherent)


def _fascia(canvas: _Canvas, coherent: FloatMap, muscle: FloatMap) -> None:
    """Draw the broken bright lines between the fibres of the muscle."""
    rows = canvas.row_map()
    for offset in (22, 46, 75, 105):
        line = muscle + canvas.line(offset, 4, 200)
        _ridge(coherent, rows - line, 1.7 * canvas.unit, -22 + 7 * canvas.noise(_ROWS, 45))


def _gain(canvas: _Canvas) -> FloatMap:
    """Return what depth and contact take away, in decibels."""
    depth = canvas.row_map() / canvas.rows
    contact = canvas.noise(_ROWS * 2, 110) * (0.6 + 1.4 * depth)
    aside = np.abs(_columns(canvas) * canvas.unit / canvas.columns - 0.5)
    return np.asarray(contact - 4 * depth - 24 * np.clip(depth - 0.7, 0, None) - 30 * np.clip(aside - 0.4, 0, None) * depth, np.float32)


def _outline(canvas: _Canvas, centre: tuple[float, float], radius: npt.NDArray[np.float64]) -> _Lesion:
    """Return the lesion whose edge lies ``radius`` (angles, 2: down and across) around a centre, all in pixels of 480 rows."""
    turn = np.linspace(0, 2 * np.pi, len(radius), endpoint=False)
    row, column = centre
    x, y = column + radius[:, 1] * np.cos(turn), row + radius[:, 0] * np.sin(turn)
    points = np.round(16 * canvas.unit * np.column_stack([x, y])).astype(np.int32)
    filled = np.zeros((canvas.rows, canvas.columns), np.uint8)
    cv2.fillPoly(filled, [points], 1, cv2.LINE_8, 4)
    inside = cv2.distanceTransform(filled, cv2.DIST_L2, 5) - cv2.distanceTransform(1 - filled, cv2.DIST_L2, 5)
    return _Lesion(filled > 0, np.asarray(inside / canvas.unit, np.float32), row, column, float(np.ptp(x)))


def _harmonics(rng: np.random.Generator, turn: npt.NDArray[np.float64], orders: range, size: float) -> npt.NDArray[np.float64]:
    return np.asarray(sum(size / order * rng.normal() * np.cos(order * turn + rng.uniform(0, 6.3)) for order in orders), np.float64)


def _place(canvas: _Canvas) -> tuple[float, float]:
    """Return where a lesion lies: in the gland, near the middle."""
    width = canvas.columns / canvas.unit
    return float(canvas.rng.uniform(185, 215)), float(width * canvas.rng.uniform(0.42, 0.6))


def _benign_outline(canvas: _Canvas) -> _Lesion:
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    shape = 1 + _harmonics(canvas.rng, turn, range(2, 5), 0.07)
    half_height = canvas.rng.uniform(38, 48)
    return _outline(canvas, _place(canvas), np.column_stack([half_height * shape, half_height * canvas.rng.uniform(1.5, 1.8) * shape]))


def _malignant_outline(canvas: _Canvas) -> _Lesion:
    turn = np.linspace(0, 2 * np.pi, 480, endpoint=False)
    shape = 1 + _harmonics(canvas.rng, turn, range(2, 9), 0.24)
    for at in canvas.rng.uniform(0, 2 * np.pi, 6):
        apart = np.abs((turn - at + np.pi) % (2 * np.pi) - np.pi)
        shape += canvas.rng.uniform(0.08, 0.26) * np.exp(-apart / 0.16)
    shape = np.clip(shape, 0.6, 1.5)
    half_width = canvas.rng.uniform(44, 52)
    return _outline(canvas, _place(canvas), np.column_stack([half_width * canvas.rng.uniform(1.25, 1.4) * shape, half_width * shape]))


def _draw_benign(canvas: _Canvas, lesion: _Lesion, echo: FloatMap, coherent: FloatMap) -> FloatMap:
    """Draw the lesion into the tissue and return what it does to the beam behind it, in decibels."""
    body = np.clip((lesion.inside + 0.7 * canvas.noise(10, 16)) / 4 + 0.5, 0, 1)
    texture = -30 + 1.3 * canvas.noise(22, 36) + 1.2 * canvas.noise(5, 20)
    echo += body * (texture - echo)
    coherent -= 40 * body
    # Only where it faces the beam does a capsule shine.
    facing = np.abs(cv2.Sobel(lesion.inside, cv2.CV_32F, 0, 1, ksize=5, scale=1 / 128))
    facing = np.clip(facing * canvas.unit, 0, 1) ** 4
    _ridge(coherent, lesion.inside + 1.5, 2.2, -36 + 27 * facing + 3 * canvas.noise(_ROWS, 20))
    gain = 13 * (1 - np.exp(-_path(canvas, lesion.mask) / 50)) * _fade(canvas, lesion, 140)
    return np.asarray(gain - 7 * _side_shadows(canvas, lesion), np.float32)


def _draw_malignant(canvas: _Canvas, lesion: _Lesion, echo: FloatMap, coherent: FloatMap) -> FloatMap:
    """Draw the lesion into the tissue and return what it does to the beam behind it, in decibels."""
    _spicules(canvas, lesion, echo)
    rim = np.exp(-(((lesion.inside + 10) / 9) ** 2)) * (5 + 2.5 * canvas.noise(24, 24))
    echo += rim * (lesion.inside < 0)
    body = np.clip((lesion.inside + 3.2 * canvas.noise(13, 16)) / 11 + 0.5, 0, 1)
    texture = -33 + 3.0 * canvas.noise(16, 24) + 1.8 * canvas.noise(5, 10)
    echo += body * (texture - echo)
    coherent -= 40 * body
    for _ in range(4):
        angle, reach = canvas.rng.uniform(0, 6.3), canvas.rng.uniform(4, 30)
        spot = np.hypot(canvas.row_map() / canvas.unit - lesion.row - reach * np.sin(angle), _columns(canvas) - lesion.column - reach * np.cos(angle))
        _ridge(coherent, spot.astype(np.float32), 2.0, float(canvas.rng.uniform(-26, -16)))
    lost = 1 - np.exp(-_path(canvas, lesion.mask) / 45)
    return np.asarray(-17 * lost * (1 + 0.1 * canvas.noise(_ROWS * 2, 40)), np.float32)


def _spicules(canvas: _Canvas, lesion: _Lesion, echo: FloatMap) -> None:
    """Draw dark strands that radiate from the lesion, each beside a bright one."""
    for level, share in ((-11.0, 0.0), (7.0, 0.06)):
        strands = np.zeros(echo.shape, np.float32)
        for angle in canvas.rng.uniform(0, 2 * np.pi, 16):
            start, end = 30, lesion.width / 2 + canvas.rng.uniform(22, 48)
            tip = angle + canvas.rng.normal(0, 0.08) + share
            ends = [(lesion.column + r * np.cos(a), lesion.row + 1.2 * r * np.sin(a)) for r, a in ((start, angle), (end, tip))]
            first, last = (tuple(round(16 * canvas.unit * value) for value in point) for point in ends)
            cv2.line(strands, first, last, 1.0, max(1, round(2.2 * canvas.unit)), cv2.LINE_8, 4)
        strands = np.asarray(cv2.GaussianBlur(strands, (0, 0), 1.3 * canvas.unit + 0.1), np.float32)
        echo += level * strands


def _columns(canvas: _Canvas) -> FloatMap:
    return np.asarray(np.arange(canvas.columns, dtype=np.float32)[np.newaxis, :] / canvas.unit)


def _path(canvas: _Canvas, mask: Mask) -> FloatMap:
    """Return how much lesion the beam has crossed at every pixel, in pixels of 480 rows; the beam is wide, and wider further down."""
    crossed = np.cumsum(mask, axis=0, dtype=np.float32) / canvas.unit
    crossed *= 1 - 0.7 * mask
    near, far = (cv2.GaussianBlur(crossed, (0, 0), across * canvas.unit, sigmaY=7 * canvas.unit) for across in (5, 16))
    share = np.clip(canvas.row_map() / canvas.rows - 0.35, 0, 0.5) * 2
    return np.asarray(near * (1 - share) + far * share, np.float32)


def _fade(canvas: _Canvas, lesion: _Lesion, length: float) -> FloatMap:
    below = canvas.row_map() / canvas.unit - lesion.row
    return np.asarray(np.exp(-((np.clip(below, 0, None) / length) ** 2)), np.float32)


def _side_shadows(canvas: _Canvas, lesion: _Lesion) -> FloatMap:
    """Return the thin shadows where the beam grazes the sides and is bent away, in [0, 1]."""
    away = np.abs(np.abs(_columns(canvas) - lesion.column) - 0.97 * lesion.width / 2)
    below = np.clip((canvas.row_map() / canvas.unit - lesion.row) / 30, 0, 1)
    return np.asarray(np.exp(-((away / 6) ** 2)) * below * _fade(canvas, lesion, 150), np.float32)


def _speckle(canvas: _Canvas, echo: FloatMap, coherent: FloatMap) -> FloatMap:
    """Return the envelope of what comes back, float32 (rows, columns): scatterers with chance phases, smooth interfaces in step."""
    scatter, steady = np.power(10, echo / 20, dtype=np.float32), np.power(10, coherent / 20, dtype=np.float32)
    along, across = 1.1 * canvas.unit + 0.2, 2.4 * canvas.unit + 0.3
    # Blurring takes energy away; this gives it back, so that decibels keep their meaning at any size.
    energy = 2 * np.sqrt(np.pi * along * across)
    total = np.zeros(echo.shape, np.float32)
    for _ in range(_LOOKS):
        parts = [canvas.rng.standard_normal(echo.shape, np.float32) * scatter for _ in range(2)]
        real, imaginary = (energy / np.sqrt(2) * cv2.GaussianBlur(part, (0, 0), across, sigmaY=along) for part in parts)
        total += np.hypot(real + steady, imaginary)
    return np.asarray(total / _LOOKS, np.float32)


def _compress(envelope: FloatMap, gain: FloatMap, unit: float) -> Pixels:
    """Return greys, uint8, of the envelope through the machine's gain and logarithm, smoothed as machines do."""
    decibels = np.asarray(20 * np.log10(envelope + 1e-3) + gain, np.float32)
    greys = cv2.GaussianBlur(185 + _GREYS_PER_DB * decibels, (0, 0), 0.9 * unit + 0.1, sigmaY=0.6 * unit + 0.1)
    # Black stays a little above nothing: machines show their own noise.
    greys = 8 + np.logaddexp(0, (greys - 8) / 12) * 12
    return np.asarray(np.clip(np.round(greys), 0, 255), np.uint8)
