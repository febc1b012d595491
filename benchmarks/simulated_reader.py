"""A simulated reader: knows the true mask, and turns the one on screen into it with the program's own tools.

The policy is simple and the same from whatever mask it begins with. At each step the reader thinks of what he could do, tries the most promising of
that in the program, takes each back with undo, and does what brought most Dice (up to the wanted one) for an event. What he tries is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication
from reader_lines import (
    Line,
    along_truth,
    anchors_on,
    around,
    begun_on,
    components,
    corners_of,
    deepest,
    depth_in,
    dice,
    fewest_corners,
    filled,
    led_from,
    outline_of,
    stretch_of_outline,
    swept,
)
from simulated_hand import Effort, Hand, climb, notches_between

from busi_gui.domain.reading import Reading
from busi_gui.services.session import Session
from busi_gui.views.editing.disc import SIZES
from busi_gui.views.main_window import MainWindow
from models.analysis import Mask

WANTED = 0.95
MOST_STEPS = 15
TRIED = 3
"""Of the drags that look best at each step."""
LEAST_GAIN = 1e-6
NOTHING = Effort()
_COMMANDS = ("fill_holes", "smooth", "keep_largest", "widen", "narrow")
_ANCHORS = (5, 8)


@dataclass(frozen=True)
class Plan:
    """What the reader could do.

    Attributes
    ----------
    name
        What it is done with.
    do
        Does it.
    expected
        Gain for an event, as far as that can be told before; plans that cannot tell have None, and are always tried.
    """

    name: str
    do: Callable[[], None]
    expected: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How it went.

    Attributes
    ----------
    names
        What was done, in order.
    effort
        What it took.
    steps
        How many times undo takes something back.
    dice
        At the end.
    """

    names: tuple[str, ...] = ()
    effort: Effort = NOTHING
    steps: int = 0
    dice: float = 0.0

    @property
    def has_reached(self) -> bool:
        """Whether the mask is as wanted."""
        return self.dice >= WANTED


class SimulatedReader:
    """Works on the case on screen.

    Parameters
    ----------
    window, session
        The program.
    truth
        Where he draws, bool (rows, columns).
    way
        What a move with the button up costs him, where one with the button down costs 1.
    """

    def __init__(self, window: MainWindow, session: Session, truth: Mask, way: float = 1.0) -> None:
        self.window, self.session, self.truth, self.way = window, session, truth, way
        self.hand = Hand(window)
        self._steps = 0
        session.editing.changed.connect(self._on_step)

    # what he sees ---------------------------------------------------------------------------------------------------------------------------------

    @property
    def mask(self) -> Mask:
        """All lesions of the reading, bool (rows, columns)."""
        return union(self.session.editing.reading, self.truth.shape)

    @property
    def dice(self) -> float:
        """How true the mask is."""
        return dice(self.mask, self.truth)

    def _seen(self) -> float:
        """Return how true the mask is with what is being drawn."""
        draft, case = self.window.editor.draft, self.session.case
        if case is None or draft.number is None:
            return self.dice
        drawn = draft.canvas.copy()
        for outline in case.reading.outlines:
            if outline.number != draft.number:
                drawn |= outline.mask
        return dice(drawn, self.truth)

    # what he does ---------------------------------------------------------------------------------------------------------------------------------

    def correct(self, limit: float = np.inf) -> Outcome:
        """Go on until the mask is as wanted, nothing helps any more, or it has cost more than the limit."""
        start, names, steps = self.hand.done, [], 0
        while self.dice < WANTED and len(names) < MOST_STEPS and (self.hand.done - start).events(self.way) < limit:
            plan = self._best(self._thought_of())
            if plan is None:
                break
            steps += self._done(plan)
            names.append(plan.name)
        return Outcome(tuple(names), self.hand.done - start, steps, self.dice)

    def draw_anew(self) -> tuple[Outcome, Outcome]:
        """Draw from nothing in several ways, each begun anew and mended where it is not yet as wanted.

        Returns
        -------
        tuple of Outcome
            Of the cheapest, which stays; and of a contour around it all.
        """
        start, begun, reached = self.session.editing.reading, self.hand.state(), list[tuple[float, Plan, Outcome]]()
        contour = Outcome()
        for plan in self._ways_to_begin():
            cheapest = min((cost for cost, _, _ in reached), default=np.inf)
            outcome = self._drawn(plan, cheapest)
            contour = outcome if plan.name == "contour" else contour
            if outcome.has_reached:
                reached.append((outcome.effort.events(self.way), plan, outcome))
            self.take_back_to(start)
            self.hand.restore(begun)
        if not reached:
            return Outcome(dice=self.dice), contour
        cost, plan, outcome = min(reached, key=lambda found: found[0])
        again = self._drawn(plan, np.inf)
        if again != outcome:
            raise RuntimeError(f"done again the same way it went otherwise: {outcome} {again} {cost}")
        return again, contour

    def _drawn(self, plan: Plan, limit: float) -> Outcome:
        start = self.hand.done
        steps = self._done(plan)
        rest = self.correct(limit - (self.hand.done - start).events(self.way))
        return Outcome((plan.name, *rest.names), self.hand.done - start, steps + rest.steps, rest.dice)

    def _done(self, plan: Plan) -> int:
        """Do it, let the window paint, and return how many steps of undo it made."""
        before = self._steps
        plan.do()
        QApplication.processEvents()
        return self._steps - before

    def leave(self) -> None:
        """Follow the program no more."""
        self.session.editing.changed.disconnect(self._on_step)

    def _on_step(self) -> None:
        self._steps += 1

    def _best(self, plans: list[Plan]) -> Plan | None:
        promising = sorted((plan for plan in plans if plan.expected is not None), key=lambda plan: -(plan.expected or 0))[:TRIED]
        tried = [(self._worth(plan), plan) for plan in (*(plan for plan in plans if plan.expected is None), *promising)]
        worth, best = max(tried, key=lambda pair: pair[0], default=(0.0, None))
        return best if worth > 0 else None

    def _worth(self, plan: Plan) -> float:
        """Try a plan, take it back, and return what it gains for an event."""
        start, begun, before = self.session.editing.reading, self.hand.state(), self.dice
        plan.do()
        gain = min(self.dice, WANTED) - min(before, WANTED)
        cost = (self.hand.done - begun[0]).events(self.way)
        self.take_back_to(start)
        self.hand.restore(begun)
        return gain / cost if gain > LEAST_GAIN else 0.0

    def take_back_to(self, reading: Reading) -> None:
        """Undo until the reading is as it was, bit for bit."""
        for _ in range(4 * MOST_STEPS):
            if self.session.editing.reading.is_same(reading):
                break
            self.hand.command("undo")
        else:
            raise RuntimeError("undo does not lead back to where it began")
        outlines = self.session.editing.reading.outlines
        if outlines and self.window.editor.selection.number is None:
            self.window.editor.selection.select(outlines[0].number)

    # what he thinks of ----------------------------------------------------------------------------------------------------------------------------

    def _thought_of(self) -> list[Plan]:
        outlines = self.session.editing.reading.outlines
        if not outlines:
            return list(self._ways_to_begin())
        mask = self.mask
        plans = [Plan(name, partial(self.hand.command, name)) for name in _COMMANDS]
        plans += [Plan("sensitivity", self._tune), *self._deletions()]
        for is_missing, wrong in ((True, self.truth & ~mask), (False, mask & ~self.truth)):
            parts = components(wrong)[:2]
            if parts:
                plans.append(Plan("grow", partial(self._grow, parts[0], is_missing)))
            for part in (*parts, *([wrong] if len(parts) > 1 else [])):
                plans += self._drags(mask, part, is_missing)
        anew = [plan for plan in self._ways_to_begin() if plan.name in ("contour", "polygon")]
        return plans + [Plan(f"delete, {plan.name}", partial(self._anew, plan)) for plan in anew]

    def _drags(self, mask: Mask, wrong: Mask, is_missing: bool) -> Iterator[Plan]:
        """Think of strokes along the true outline with discs of several sizes, and of a line around what is wrong."""
        number = self._lesion_at(wrong if not is_missing else self.truth)
        width = 2 * float(depth_in(wrong).max())
        room = 2 * float(depth_in(self.truth).max()) if is_missing else np.inf
        for disc_px in sorted({self.hand.disc_px, *(_size(width * share) for share in (0.7, 1.2, 2, 4))}):
            line = along_truth(self.truth, wrong, disc_px / 2, is_missing=is_missing) if disc_px <= room else None
            if line is None:
                continue
            line = led_from(line, self.hand.on_scan([self.hand.at])[0])
            after = swept(line, disc_px / 2, mask.shape)
            after = mask | after if is_missing else mask & ~after
            pushed = begun_on(line, mask if is_missing else ~mask)
            if pushed is not None:
                yield self._plan("push", after, pushed, partial(self._stroke, "push", number, pushed, disc_px), disc_px)
            brush = "brush" if is_missing else "eraser"
            yield self._plan(brush, after, line, partial(self._stroke, brush, number, line, disc_px), disc_px)
        lines = [around(self.truth, wrong, is_missing=is_missing), *([stretch_of_outline(self.truth, wrong)] if is_missing else [])]
        for line in lines:
            area = filled(line, mask.shape)
            after = mask | area if is_missing else mask & ~area
            yield self._plan("contour", after, line, partial(self._contour, number, line, is_missing), None)
        for share in (0.02, 0.05):
            corners = corners_of(lines[0], share)
            area = filled(corners, mask.shape)
            after = mask | area if is_missing else mask & ~area
            yield self._plan("polygon", after, corners, partial(self._clicked, "polygon", corners, number, adds=is_missing), None)

    def _plan(self, tool: str, after: Mask, line: Line, do: Callable[[], None], disc_px: int | None) -> Plan:
        drawn = len(self.hand.sampled(line)) if tool != "polygon" else self.way * len(self.hand.sampled(line)) + len(line) + 1
        cost = drawn + self.way * self.hand.way_to(tuple(line[0])) + (self.hand.tool != tool)
        if disc_px is not None and disc_px != self.hand.disc_px:
            cost += 1 + abs(notches_between(self.hand.disc_px, disc_px))
        return Plan(tool, do, (min(dice(after, self.truth), WANTED) - self.dice) / cost)

    def _deletions(self) -> Iterator[Plan]:
        outlines = self.session.editing.reading.outlines
        if len(outlines) > 1:
            for outline in outlines:
                yield Plan("delete", partial(self._delete, outline.number))

    def _ways_to_begin(self) -> Iterator[Plan]:
        """Think of ways to draw the whole lesion."""
        outline = outline_of(self.truth)
        yield Plan("contour", partial(self._contour, None, outline, True))
        corners = fewest_corners(self.truth, WANTED + 0.002)
        yield Plan("polygon", partial(self._clicked, "polygon", corners))
        for number in _ANCHORS:
            yield Plan("scissors", partial(self._clicked, "scissors", anchors_on(outline, number)))
        yield Plan("grow", partial(self._grow, self.truth, True))
        depth = float(depth_in(self.truth).max())
        disc_px = _size(1.2 * depth)
        line = along_truth(self.truth, self.truth, disc_px / 2, is_missing=True)
        if line is not None:
            yield Plan("brush", partial(self._stroke, "brush", None, line, disc_px))

    def _lesion_at(self, wrong: Mask) -> int:
        return max(self.session.editing.reading.outlines, key=lambda outline: int(np.count_nonzero(outline.mask & wrong))).number

    # with his hand --------------------------------------------------------------------------------------------------------------------------------

    def _choose(self, number: int | None) -> None:
        """Take a lesion in hand, by the key that leads from one to the next."""
        for _ in self.session.editing.reading.outlines:
            if number is not None and self.window.editor.selection.number != number:
                self.hand.command("next_lesion")

    def _stroke(self, tool: str, number: int | None, line: Line, disc_px: int) -> None:
        self._choose(number)
        self.hand.take(tool)
        self.hand.go_to(tuple(line[0]))
        self.hand.size_to(disc_px)
        self.hand.drag([tuple(place) for place in line])

    def _contour(self, number: int | None, line: Line, adds: bool) -> None:
        self._choose(number)
        self.hand.take("contour")
        self.hand.drag([tuple(place) for place in line], ctrl=not adds)

    def _clicked(self, tool: str, corners: Line, number: int | None = None, *, adds: bool = True) -> None:
        self._choose(number)
        self.hand.take(tool)
        for place in corners:
            self.hand.click(tuple(place))
        self.hand.press(QKeySequence("Return" if adds else "Ctrl+Return"))

    def _grow(self, wrong: Mask, is_missing: bool) -> None:
        if self.session.editing.reading.outlines:
            self._choose(self._lesion_at(self.truth if is_missing else wrong))
        self.hand.take("grow")
        self.hand.drag_while_better(deepest(wrong), self._seen, ctrl=not is_missing)

    def _tune(self) -> None:
        self.hand.command("sensitivity")
        if not self.window.editor.tuning.is_open:
            return
        climb(lambda sign: self.hand.press(Qt.Key.Key_Right if sign > 0 else Qt.Key.Key_Left), self._seen)
        self.hand.press(Qt.Key.Key_Return)

    def _delete(self, number: int) -> None:
        self._choose(number)
        self.hand.command("delete")

    def _anew(self, plan: Plan) -> None:
        for outline in self.session.editing.reading.outlines:
            self._delete(outline.number)
        plan.do()


def union(reading: Reading, shape: tuple[int, ...]) -> Mask:
    """Return what all lesions cover, bool of this shape."""
    covered = np.zeros(shape, np.bool_)
    for outline in reading.outlines:
        covered |= outline.mask
    return covered


def _size(px: float) -> int:
    """Return the size of the disc that is nearest to this."""
    return min(SIZES, key=lambda size: abs(size - px))
