"""How many approved cases a retraining needs, and why: plain Python, so that the window says the same as the command."""

from __future__ import annotations

HELD_OUT_EVERY = 5
"""Of so many patients one is held out."""

LEAST_LEARNED = 5
"""Approved cases that are learned from, below which no fit is begun: what fewer say is the drawing of one lesion, not the ways of a clinic."""

LEAST_COMPARED = 3
"""Held-out cases with a lesion, below which nobody could say whether the networks became better."""


def lacking(learned: int, compared: int) -> list[str]:
    """Return what is missing before a fit could come to anything, in sentences; empty where nothing is.

    Parameters
    ----------
    learned
        Approved cases that are learned from.
    compared
        Held-out cases with a lesion.
    """
    found = []
    if learned < LEAST_LEARNED:
        found.append(f"There {_cases(learned)} to learn from; {LEAST_LEARNED} are the least that says anything of a clinic.")
    if compared < LEAST_COMPARED:
        more = HELD_OUT_EVERY * (LEAST_COMPARED - compared)
        found.append(
            f"There {_cases(compared, 'held-out')} with a lesion to compare on; without {LEAST_COMPARED} nobody could say whether the networks "
            f"became better. Every fifth patient is held out: approve about {more} more cases of other patients."
        )
    return found


def _cases(number: int, kind: str = "approved") -> str:
    return f"is 1 {kind} case" if number == 1 else f"are {number or 'no'} {kind} cases"
