"""What a clinic has approved to learn from, as examples: the pixels and masks are in memory, and outcomes may be unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.datasets import Example
from models.preprocessing import Mask, Pixels

CLINIC = "clinic"
"""The data set's name of every approved case."""

UNKNOWN = "unknown"
"""Label of a case with a lesion whose outcome is not recorded: the segmenter learns from it, the classifiers do not."""

KINDS = ("accepted", "corrected", "drawn", "empty")
"""How an approved case came about: the network's outline as it was; changed; drawn from nothing or imported; no lesion."""


@dataclass(frozen=True)
class ClinicLesion:
    """One approved lesion: its mask, bool (rows, columns) and not empty, and its outcome, ``benign``, ``malignant`` or ``unknown``."""

    mask: Mask
    outcome: str = UNKNOWN


@dataclass(frozen=True, eq=False)
class ClinicExample(Example):
    """One approved frame. Made by ``clinic_example``.

    Attributes
    ----------
    pixels
        uint8 (rows, columns).
    lesions
        With masks of the pixels' size; none: the reader says that there is nothing.
    kind
        One of ``KINDS``.
    is_held_out
        Its group is compared on, and never learned from.
    """

    pixels: Pixels = field(default_factory=lambda: np.zeros((1, 1), np.uint8))
    lesions: tuple[ClinicLesion, ...] = ()
    kind: str = "empty"
    is_held_out: bool = False

    @property
    def key(self) -> str:
        """What it is known by: that of the frame in the Workspace."""
        return self.path.name

    def read_pixels(self) -> Pixels:
        """Return the scan, uint8 (rows, columns)."""
        return self.pixels

    def read_mask(self) -> Mask:
        """Return the union of its lesions, bool (rows, columns)."""
        union = np.zeros(self.pixels.shape, np.bool_)
        for lesion in self.lesions:
            union |= lesion.mask
        return union


def clinic_example(key: str, group: str, pixels: Pixels, lesions: tuple[ClinicLesion, ...], kind: str, *, is_held_out: bool) -> ClinicExample:
    """Return an approved frame as an example, labelled by its most serious outcome.

    ``malignant`` where a lesion is, ``benign`` where all are known to be, ``normal`` without a lesion, else ``unknown``.

    Raises
    ------
    ValueError
        A mask is empty or of another size than the pixels, or the kind is none of ``KINDS``.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of case: {kind}")
    for lesion in lesions:
        if lesion.mask.shape != pixels.shape or not lesion.mask.any():
            raise ValueError(f"{key}: a lesion's mask is empty or of another size than its scan")
    outcomes = {lesion.outcome for lesion in lesions}
    label = "normal" if not lesions else "malignant" if "malignant" in outcomes else UNKNOWN if UNKNOWN in outcomes else "benign"
    return ClinicExample(Path(key), (), label, group, CLINIC, pixels=pixels, lesions=lesions, kind=kind, is_held_out=is_held_out)
