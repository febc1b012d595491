"""What a simulated reader could do next, and how it went when he was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simulated_hand import Effort

from models.analysis import Mask

WANTED = 0.95
"""Dice with the annotated mask at which he is done."""
NOTHING = Effort()


@dataclass(frozen=True, eq=False)
class Plan:
    """What the reader could do.

    Attributes
    ----------
    name
        What it is done with.
    do
        Does it.
    after, cost
        The mask that comes of it and how many events it takes, as far as he can tell; None where he cannot, and then he always tries it.
    adds
        Whether it adds rather than takes away.
    """

    name: str
    do: Callable[[], None]
    after: Mask | None = None
    cost: float = 0.0
    adds: bool = True


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
