"""A simulated reader: knows the true mask, and turns the one on screen into it with the program's own tools.

The policy is simple and the same from whatever mask it begins with. At each step the reader thinks of what he could do, tries the most promising of
that in the program, takes each back with undo, and does what leaves the fewest events: its own and those of the rest as he foresees it, which is one
stroke that adds and one that takes away, or a contour anew. What he tries is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    union,
)
from reader_plans import WANTED, Outcome, Plan
from simulated_hand import Hand, climb, notches_between

from busi_gui.domain.reading import Reading
from busi_gui.services.session import Session
from busi_gui.views.editing.disc import SIZES
from busi_gui.views.main_window import MainWindow
from models.analysis import Mask

MOST_STEPS = 15
TRIED = 2
"""Of the drags that look best at each step."""
LEAST_GAIN = 2e-3
_COMMANDS = ("smooth", "widen", "narrow")
_ANCHORS = (5, 8)


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

    Attributes
    ----------
    surprises
        What went otherwise when it was done again: the program's fault, or this one's.
    """

    def __init__(self, window: MainWindow, session: Session, truth: Mask, way: float = 1.0) -> None:
        self.window, self.session, self.truth, self.way = window, session, truth, way
        self.hand = Hand(window)
        self._outline, self._corners = outline_of(truth), fewest_corners(truth, WANTED + 0.002)
        self._steps = 0
        self.surprises: list[str] = []
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

    @property
    def _is_done(self) -> bool:
        """Whether the mask is as wanted, and one lesion as the truth is."""
        return self.dice >= WANTED and len(self.session.editing.reading.outlines) == 1

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
        while not self._is_done and len(names) < MOST_STEPS and (self.hand.done - start).events(self.way) < limit:
            merging = Plan("merge", partial(self.hand.command, "merge_lesions"))
            plan = merging if self.dice >= WANTED else self._best(self._thought_of(is_first=not names))
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
        _, plan, outcome = min(reached, key=lambda found: found[0])
        again = self._drawn(plan, np.inf)
        if again != outcome:
            self.surprises.append(f"done again the same way it went otherwise: {outcome} {again}")
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
        """Try what is promising, and return what leaves the fewest events, with its own; None where nothing helps."""
        foreseen = [plan for plan in plans if plan.after is not None]
        _, finishing = self._to_go(self.mask, foreseen)
        promising = sorted(foreseen, key=self._rate, reverse=True)[:TRIED]
        tried = [plan for plan in plans if plan.after is None] + promising + [finishing] * (finishing is not None and finishing not in promising)
        totals = [self._total(plan) for plan in tried]
        best = int(np.argmin(totals))
        return tried[best] if totals[best] < np.inf else None

    def _rate(self, plan: Plan) -> float:
        return (min(dice(plan.after, self.truth), WANTED) - self.dice) / plan.cost if plan.after is not None else 0.0

    def _total(self, plan: Plan) -> float:
        """Try a plan, take it back, and return how many events it took, and all that would follow; infinite where it gains nothing."""
        start, begun, before = self.session.editing.reading, self.hand.state(), self.dice
        plan.do()
        cost = (self.hand.done - begun[0]).events(self.way)
        has_gained = min(self.dice, WANTED) > before + LEAST_GAIN or self.dice >= WANTED
        total = cost + self._to_go(self.mask)[0] if has_gained else np.inf
        self.take_back_to(start)
        self.hand.restore(begun)
        return total

    def _to_go(self, mask: Mask, foreseen: list[Plan] | None = None) -> tuple[float, Plan | None]:
        """Return how many events a mask is expected to need until it is as wanted, and with what that begins.

        A drag, one that adds and one that takes away, or drawing it anew with a contour: whichever is cheapest.
        """
        if dice(mask, self.truth) >= WANTED:
            return 0.0, None
        outlines = self.session.editing.reading.outlines
        cheapest: tuple[float, Plan | None] = (self._contour_cost() + len(outlines), None)
        if not outlines:
            return cheapest
        plans = self._all_drags(mask) if foreseen is None else foreseen
        masks = [plan.after for plan in plans if plan.after is not None]
        for plan, after in zip(plans, masks, strict=True):
            if plan.cost < cheapest[0] and dice(after, self.truth) >= WANTED:
                cheapest = plan.cost, plan
        adding = [(plan, after & ~mask) for plan, after in zip(plans, masks, strict=True) if plan.adds]
        taking = [(plan, mask & ~after) for plan, after in zip(plans, masks, strict=True) if not plan.adds]
        for first, added in adding:
            for second, taken in taking:
                cost = first.cost + second.cost - (first.name == second.name)
                if cost < cheapest[0] and dice((mask | added) & ~taken, self.truth) >= WANTED:
                    cheapest = cost, first
        return cheapest

    def _contour_cost(self) -> float:
        return len(self.hand.sampled(self._outline)) + self.way * self.hand.way_to(tuple(self._outline[0])) + 1

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

    def _thought_of(self, *, is_first: bool) -> list[Plan]:
        outlines = self.session.editing.reading.outlines
        if not outlines:
            return list(self._ways_to_begin())
        mask = self.mask
        names = [*_COMMANDS, *["keep_largest"] * (len(components(mask)) > 1), *["fill_holes"] * (len(components(~mask)) > 1)]
        plans = [Plan(name, partial(self.hand.command, name)) for name in names]
        plans += [Plan("sensitivity", self._tune), *self._deletions()]
        for is_missing, wrong in ((True, self.truth & ~mask), (False, mask & ~self.truth)):
            if wrong.any():
                plans.append(Plan("grow", partial(self._grow, components(wrong)[0], is_missing)))
        anew = (Plan(f"delete, {plan.name}", partial(self._anew, plan)) for plan in self._ways_to_begin() if plan.name != "scissors" or is_first)
        return [*plans, *self._all_drags(mask), *anew]

    def _all_drags(self, mask: Mask) -> list[Plan]:
        plans: list[Plan] = []
        for is_missing, wrong in ((True, self.truth & ~mask), (False, mask & ~self.truth)):
            parts = components(wrong)[:2]
            for part in (*parts, *([wrong] if len(parts) > 1 else [])):
                plans += self._drags(mask, part, is_missing)
        return plans

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
                yield self._plan("push", after, pushed, partial(self._stroke, "push", number, pushed, disc_px), disc_px, is_missing)
            brush = "brush" if is_missing else "eraser"
            yield self._plan(brush, after, line, partial(self._stroke, brush, number, line, disc_px), disc_px, is_missing)
        lines = [around(self.truth, wrong, is_missing=is_missing), *([stretch_of_outline(self.truth, wrong)] if is_missing else [])]
        for line in lines:
            area = filled(line, mask.shape)
            after = mask | area if is_missing else mask & ~area
            yield self._plan("contour", after, line, partial(self._contour, number, line, is_missing), None, is_missing)
        for share in (0.02, 0.05):
            corners = corners_of(lines[0], share)
            area = filled(corners, mask.shape)
            after = mask | area if is_missing else mask & ~area
            yield self._plan("polygon", after, corners, partial(self._clicked, "polygon", corners, number, adds=is_missing), None, is_missing)

    def _plan(self, tool: str, after: Mask, line: Line, do: Callable[[], None], disc_px: int | None, adds: bool) -> Plan:
        drawn = len(self.hand.sampled(line)) if tool != "polygon" else self.way * len(self.hand.sampled(line)) + len(line) + 1
        cost = drawn + self.way * self.hand.way_to(tuple(line[0])) + (self.hand.tool != tool)
        if disc_px is not None and disc_px != self.hand.disc_px:
            cost += 1 + abs(notches_between(self.hand.disc_px, disc_px))
        return Plan(tool, do, after, cost, adds)

    def _deletions(self) -> Iterator[Plan]:
        outlines = self.session.editing.reading.outlines
        if len(outlines) > 1:
            for outline in outlines:
                yield Plan("delete", partial(self._delete, outline.number))

    def _ways_to_begin(self) -> Iterator[Plan]:
        """Think of ways to draw the whole lesion."""
        yield Plan("contour", partial(self._contour, None, self._outline, True))
        yield Plan("polygon", partial(self._clicked, "polygon", self._corners))
        for number in _ANCHORS:
            yield Plan("scissors", partial(self._clicked, "scissors", anchors_on(self._outline, number)))
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


def _size(px: float) -> int:
    """Return the size of the disc that is nearest to this."""
    return min(SIZES, key=lambda size: abs(size - px))
