"""LossChart and DiceChart: how a fit goes, drawn while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from busi_gui.services.retraining_progress import RetrainingProgress
from busi_gui.views import theme
from busi_gui.views.retraining.chart import Chart, Line, Values, drawn_points
from busi_gui.views.retraining.words import (
    BASE_NAME,
    BEFORE_NAME,
    CLINIC_NAME,
    DICE_NAME,
    LOSS_NAME,
    NO_DICE,
    NO_LOSS,
    curves_description,
)
from models.retraining.events import Measured, network_name

MEDIAN_OF = 25
"""Steps whose median makes a point of the thick line: it, and as many before as after it, so that the line does not lag behind."""
_MOST_POINTS = 600
_LINES = (
    (theme.LESIONS[0], Qt.PenStyle.SolidLine),
    (theme.LESIONS[1], Qt.PenStyle.DashLine),
    (theme.LESIONS[3], Qt.PenStyle.DashDotLine),
    (theme.LESIONS[4], Qt.PenStyle.DashDotDotLine),
)
CLINIC, BASE = Line(CLINIC_NAME, theme.LESIONS[0], has_dots=True), Line(BASE_NAME, theme.LESIONS[1], Qt.PenStyle.DashLine, has_dots=True)
CLINIC_BEFORE = Line(f"{CLINIC_NAME}, {BEFORE_NAME}", theme.LESIONS[0], Qt.PenStyle.DotLine)
BASE_BEFORE = Line(f"{BASE_NAME}, {BEFORE_NAME}", theme.LESIONS[1], Qt.PenStyle.DotLine)


class _Smoothed:
    """The loss of a network step by step, and its running median; what was computed before is not computed again."""

    def __init__(self) -> None:
        self.steps, self.losses, self.medians = np.zeros(0), np.zeros(0), np.zeros(0)
        self._taken = 0

    def take(self, points: Sequence[tuple[int, float]]) -> bool:
        """Take what has come, and return whether there was anything."""
        new = np.asarray(points[self._taken :], np.float64).reshape(-1, 2)
        new = new[np.isfinite(new[:, 1])]  # of a fit that diverges
        known, self._taken = len(self.steps), len(points)
        if not len(new):
            return False
        self.steps, self.losses = np.append(self.steps, new[:, 0]), np.append(self.losses, new[:, 1])
        first = max(0, known - MEDIAN_OF // 2)  # those before have all of theirs
        self.medians = np.append(self.medians[:first], running_median(self.losses, first))
        return True


class LossChart(Chart):
    """The loss of each step of each network, thin, and its running median, thick."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(LOSS_NAME, NO_LOSS, "Loss of each step", parent)
        self._smoothed: dict[str, _Smoothed] = {}

    def show_progress(self, progress: RetrainingProgress) -> None:
        """Draw what has come since."""
        changed = False
        for place, (network, points) in enumerate(progress.losses.items()):
            smoothed = self._smoothed.setdefault(network, _Smoothed())
            if smoothed.take(points):
                changed = True
                thin, thick = loss_lines(network, place)
                self.draw(thin, *drawn_points(smoothed.steps, smoothed.losses, _MOST_POINTS))
                self.draw(thick, *_thinned(smoothed.steps, smoothed.medians))
        if changed:
            every = [each for each in self._smoothed.values() if len(each.steps)]
            high = max(max(float(np.percentile(each.losses, 98)), float(each.medians.max())) for each in every)
            last = max(_planned_steps(progress, progress.losses), *(each.steps[-1] for each in every))
            self.fit(last, 0.0, high * 1.1 or 1.0, curves_description(progress.losses, ())[0])

    def clear(self) -> None:
        """Draw nothing."""
        super().clear()
        self._smoothed = {}


class DiceChart(Chart):
    """The Dice of the held-out cases and of other clinics after so many steps, and what it was before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(DICE_NAME, NO_DICE, "Agreement of the outlines (Dice)", parent)
        self._measured: tuple[Measured, ...] = ()

    def show_progress(self, progress: RetrainingProgress) -> None:
        """Draw what has come since."""
        if not progress.measured or progress.measured == self._measured:
            return
        self._measured = progress.measured
        steps = np.array([each.step for each in self._measured], np.float64)
        last = max(float(steps[-1]), _planned_steps(progress, ["segmenter"]), 1.0)
        found = [self._draw(CLINIC, CLINIC_BEFORE, steps, np.array([each.clinic for each in self._measured]), last)]
        base = [(each.step, each.base) for each in self._measured if each.base is not None]
        if base:
            places, values = np.array(base, np.float64).T
            found.append(self._draw(BASE, BASE_BEFORE, places, values, last))
        low, high = (float(limit) for limit in (min(each.min() for each in found), max(each.max() for each in found)))
        room = max(0.02, 0.15 * (high - low))
        self.fit(last, max(0.0, low - room), min(1.0, high + room), curves_description({}, self._measured)[1])

    def clear(self) -> None:
        """Draw nothing."""
        super().clear()
        self._measured = ()

    def _draw(self, line: Line, before: Line, steps: Values, values: Values, last: float) -> Values:
        self.draw(line, steps, values)
        if steps[0] == 0:  # nothing was fitted yet
            self.draw(before, np.array([0.0, last]), np.array([values[0], values[0]]))
        return values


def _planned_steps(progress: RetrainingProgress, networks: Iterable[str]) -> float:
    """Return how many steps the longest fit of some networks takes: a curve grows into its chart, and says how much is still to come."""
    planned = progress.planned.steps if progress.planned is not None else {}
    return float(max((planned.get(network, 0) for network in networks), default=0))


def running_median(values: Values, first: int = 0) -> Values:
    """Return the medians of ``MEDIAN_OF`` values around each, from the ``first`` on; of fewer at the ends."""
    half = MEDIAN_OF // 2
    padded = np.concatenate([np.full(half, np.nan), values, np.full(half, np.nan)])[first:]
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(padded, MEDIAN_OF), axis=1)  # what is missing comes last
    count = np.isfinite(windows).sum(axis=1)
    rows = np.arange(len(windows))
    medians: Values = (windows[rows, (count - 1) // 2] + windows[rows, count // 2]) / 2
    return medians


def loss_lines(network: str, place: int) -> tuple[Line, Line]:
    """Return the thin and the thick line of a network, the how manyth from 0 that is fitted."""
    colour, dash = _LINES[place % len(_LINES)]
    name = network_name(network)
    return Line(f"{name}, each step", colour, is_faint=True), Line(name, colour, dash)


def _thinned(steps: Values, values: Values) -> tuple[Values, Values]:
    """Return every so manyth point and the last: a median has no spikes to lose."""
    every = -(-len(steps) // (_MOST_POINTS // 2))
    return np.append(steps[:-1:every], steps[-1]), np.append(values[:-1:every], values[-1])
