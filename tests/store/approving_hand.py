"""A hand that approves and withdraws at random, each time the same way for the same seed, in a process that may be killed."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from pathlib import Path

import cv2

from busi_gui.domain.approving import Approval
from busi_gui.domain.reading import Reading
from busi_gui.store.workspace import Workspace
from tests.store.approving import approved, key_of
from tests.store.killed import Tell, serve_rounds
from tests.store.readings import disc

DATABASE = "workspace.db"
FILES = 12

Digests = dict[str, str]
"""Of what is approved, by the file's key."""


def steps(seed: int) -> Iterator[Approval | str]:
    """Yield what the hand does: approvals to write down, and keys of files to withdraw, without end."""
    dice = random.Random(seed)
    while True:
        number = dice.randrange(FILES)
        if dice.random() < 0.25:
            yield key_of(number)
            continue
        reading = Reading()
        for _ in range(dice.randrange(5)):  # one step, and many rows of the database
            reading = reading.added(disc(dice.randrange(10, 50), dice.randrange(10, 70), dice.randrange(2, 9)))
        yield approved(number, reading=reading, group=f"patient:{number // 2}", networks="0.1.0")


def after(before: Digests, step: Approval | str) -> Digests:
    """Return what is approved after a step."""
    if isinstance(step, str):
        return {key: digest for key, digest in before.items() if key != step}
    return {**before, step.key: step.digest}


def serve(folder: Path) -> None:
    """Let hands approve and withdraw until they are killed; each tells of each step when it is done."""
    cv2.setNumThreads(1)
    gc.disable()

    def work(seed: int, tell: Tell) -> None:
        workspace = Workspace(folder / DATABASE)
        for step in steps(seed):
            if isinstance(step, str):
                workspace.withdraw(step, 0)
            else:
                workspace.approve(step)
            tell("done")

    serve_rounds(work)
