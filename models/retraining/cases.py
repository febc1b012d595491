"""Which approved cases are learned from and which are compared on, and what each is known by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from models.analysis import NetworkError
from models.retraining.clinic import ClinicExample


def digest_of(case: ClinicExample) -> str:
    """Return the SHA-256 of all that is learned from a case: its pixels, and each lesion's mask and outcome."""
    parts = [_pixels_digest(case), case.kind]
    for lesion in case.lesions:
        parts += [hashlib.sha256(np.packbits(lesion.mask).tobytes()).hexdigest(), lesion.outcome]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


def learned_and_held_out(cases: Sequence[ClinicExample]) -> tuple[list[ClinicExample], list[ClinicExample]]:
    """Return the cases to learn from and those to compare on, in their order, every picture once.

    However often a picture was approved, it counts once, as it was approved last. What is held out is never learned from, under another key or
    in another group either.

    Raises
    ------
    NetworkError
        There is nothing to learn from, or nothing to compare on: then nobody could say whether a fit is any better.
    """
    held_out = _once([case for case in cases if case.is_held_out])
    locked = {_pixels_digest(case) for case in held_out}
    learned = [case for case in _once([case for case in cases if not case.is_held_out]) if _pixels_digest(case) not in locked]
    if not learned:
        raise NetworkError("There is nothing to learn from: no case is approved that is not held out.")
    if not held_out:
        raise NetworkError("There is nothing to compare on: none of the approved cases is held out. Approve cases of more patients.")
    return learned, held_out


def _once(cases: Sequence[ClinicExample]) -> list[ClinicExample]:
    return list({_pixels_digest(case): case for case in cases}.values())


def _pixels_digest(case: ClinicExample) -> str:
    return hashlib.sha256(f"{case.pixels.shape}".encode() + case.pixels.tobytes()).hexdigest()
