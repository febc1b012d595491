"""A hand that edits at random, each time the same way for the same seed, and a process of such hands that may be killed."""

from __future__ import annotations

import gc
import hashlib
import random
from pathlib import Path

import cv2
import numpy as np

from busi_gui.domain.callipers import Calliper, Distance, Point
from busi_gui.domain.masks.painting import polygon, stroke
from busi_gui.domain.masks.parting import cut
from busi_gui.domain.masks.shaping import fill_holes, grown, smooth
from busi_gui.domain.reading import CATEGORIES, Assessment, Outcome, Reading
from busi_gui.io.scans import open_scan
from busi_gui.services.history import Histories, History
from busi_gui.services.open_file import Folder, Opened, OpenFile
from busi_gui.store.workspace import StoredReading, Workspace
from tests.store.killed import Tell, serve_rounds
from tests.store.readings import KEY

SHAPE = (120, 160)
DATABASE, SCAN = "workspace.db", "scan.png"


def stated(reading: Reading) -> str:
    """Return a hash of all that the Workspace has to hold of a reading."""
    digest = hashlib.sha256(repr((reading.is_touched, reading.callipers)).encode())
    for outline in reading.outlines if reading.is_touched else ():
        digest.update(repr((outline.number, outline.source, outline.name, outline.is_locked, outline.is_hidden, outline.assessment)).encode())
        digest.update(repr(outline.mask.shape).encode() + outline.mask.tobytes())
    return digest.hexdigest()


class Hand:
    """Edits one frame through its history, as the tools do."""

    def __init__(self, seed: int, history: History) -> None:
        self._dice = random.Random(seed)
        self._history = history

    def edit(self) -> None:
        """Do one thing that changes something."""
        before = self._history.reading
        while self._history.reading.is_same(before):
            often = [self._draw, self._stroke, self._shift, self._history.undo]
            seldom = [self._shape, self._cut, self._say, self._measure, self._delete, self._find, self._history.redo]
            self._dice.choice([*often, *often, *seldom])()

    def _point(self) -> Point:
        return Point(self._dice.uniform(0, SHAPE[1]), self._dice.uniform(0, SHAPE[0]))

    def _lesion(self) -> int | None:
        numbers = [outline.number for outline in self._history.reading.outlines]
        return self._dice.choice(numbers) if numbers else None

    def _step(self, name: str, after: Reading) -> None:
        self._history.step(name, after)

    def _draw(self) -> None:
        mask = polygon([self._point() for _ in range(self._dice.randint(3, 7))], SHAPE)
        if mask.any() and len(self._history.reading.outlines) < 5:
            self._step("polygon", self._history.reading.added(mask))

    def _stroke(self) -> None:
        if (number := self._lesion()) is not None:
            mask = self._mask(number).copy()
            stroke(mask, self._point(), self._point(), self._dice.uniform(1, 20), self._dice.random() < 0.6)
            self._step("stroke", self._history.reading.with_mask(number, mask))

    def _shape(self) -> None:
        if (number := self._lesion()) is not None:
            mask = self._mask(number)
            after = self._dice.choice([fill_holes(mask), smooth(mask, 3), grown(mask, 2), grown(mask, -2)])
            self._step("shape", self._history.reading.with_mask(number, after))

    def _shift(self) -> None:
        after = self._history.reading
        rows, columns = self._dice.randint(-9, 9), self._dice.randint(-9, 9)
        for outline in after.outlines:  # one step, and many rows of the database
            after = after.with_mask(outline.number, np.roll(outline.mask, (rows, columns), (0, 1)))
        self._step("shift", after)

    def _cut(self) -> None:
        if (number := self._lesion()) is not None:
            pieces = cut(self._mask(number), self._point(), self._point())
            if len(pieces) == 2:
                self._step("cut", self._history.reading.with_mask(number, pieces[0]).added(pieces[1]))

    def _say(self) -> None:
        if (number := self._lesion()) is not None:
            dice = self._dice
            assessment = Assessment(dice.choice(CATEGORIES), dice.choice(list(Outcome)), f"remark {dice.random()}")
            self._step(
                "word", self._history.reading.changed(number, assessment=assessment, name=f"name {dice.random()}", is_locked=dice.random() < 0.5)
            )

    def _measure(self) -> None:
        kept = self._history.reading.callipers[-3:]
        number = max((calliper.number for calliper in kept), default=0) + 1
        self._step("calliper", self._history.reading.measured([*kept, Calliper(number, Distance(self._point(), self._point()))]))

    def _delete(self) -> None:
        if (number := self._lesion()) is not None:
            self._step("delete", self._history.reading.without(number))

    def _find(self) -> None:
        if not self._history.reading.is_touched:
            mask = np.zeros(SHAPE, np.bool_)
            row, column = self._dice.randrange(100), self._dice.randrange(140)
            mask[row : row + 20, column : column + 20] = True
            self._step("network", self._history.reading.found([mask]))

    def _mask(self, number: int) -> np.ndarray:
        outline = self._history.reading.outline(number)
        assert outline is not None
        return outline.mask


def opened_history(workspace: Workspace, scan: Path) -> tuple[History, Histories]:
    """Return the history of a file's frame as the window has it, on what the Workspace holds, and what must live as long."""
    file = open_scan(scan)
    readings = workspace.readings(KEY)
    opened = Opened(file, file.read(0), frozenset(), Folder(), KEY, workspace.note(KEY), readings)
    histories = Histories(workspace)
    file.close()
    return histories.of(OpenFile(opened)), histories


def replayed(stored: StoredReading | None, seed: int, scan: Path, count: int) -> list[str]:
    """Return the hashes of what a hand leads to, from what is stored, after 0, 1, … and ``count`` edits."""
    workspace = Workspace()
    if stored is not None:
        workspace.store(KEY, 0, stored.packed.unpacked(), base=0)
    history, _histories = opened_history(workspace, scan)
    hand = Hand(seed, history)
    states = [stated(history.reading)]
    for _ in range(count):
        hand.edit()
        states.append(stated(history.reading))
    workspace.close()
    return states


def serve(folder: Path) -> None:
    """Let hands edit until they are killed; each tells of each edit when it is done."""
    cv2.setNumThreads(1)
    gc.disable()

    def work(seed: int, tell: Tell) -> None:
        history, _histories = opened_history(Workspace(folder / DATABASE), folder / SCAN)
        hand = Hand(seed, history)
        while True:
            hand.edit()
            tell(stated(history.reading))

    serve_rounds(work)
