"""What changed between two outlines of a lesion, and in what the networks say of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from busi_gui.domain.case import Case, Lesion, measured
from busi_gui.domain.reading import MaskSource
from models.analysis import FoundLesion, Mask


@dataclass(frozen=True, eq=False)
class Change:
    """A lesion with another outline, and with the one that it has now.

    Attributes
    ----------
    before
        The lesion as it was: its mask, measured, with what the networks said of that.
    after
        As it is; not diagnosed where the networks were not asked about this outline yet.
    dice
        Twice the shared area over the sum of both, in [0, 1].
    """

    before: Lesion
    after: Lesion
    dice: float

    @property
    def p_before(self) -> float:
        """Probability of malignancy, in [0, 1], of the outline before."""
        assert self.before.answer is not None
        return self.before.answer.diagnosis.p_malignant

    @property
    def p_after(self) -> float | None:
        """That of the outline now; None where the networks were not asked about it yet."""
        return None if self.after.is_stale or self.after.diagnosis is None else self.after.diagnosis.p_malignant


def last_answer(lesion: Lesion) -> FoundLesion | None:
    """Return the last answer of another outline than the lesion has now; None where there is none."""
    return lesion.answer if lesion.is_stale else lesion.before


def change_from(case: Case, lesion: Lesion, before: FoundLesion) -> Change:
    """Compare a lesion with an earlier outline of it, or with the networks' own."""
    is_networks = case.analysis is not None and any(found.mask is before.mask for found in case.analysis.lesions)
    source = MaskSource.NETWORK if is_networks else lesion.outline.source
    outline = replace(lesion.outline, mask=before.mask, source=source)
    was = Lesion(outline, measured(case.scan, before.mask), before)
    return Change(was, lesion, dice_of(before.mask, lesion.mask))


def case_before(case: Case, change: Change) -> Case:
    """Return the case as it was before the change, for drawing it."""
    lesions = tuple(change.before if lesion.number == change.after.number else lesion for lesion in case.lesions)
    return replace(case, lesions=lesions)


def dice_of(mask: Mask, other: Mask) -> float:
    """Return twice the shared area of two masks, bool (rows, columns), over the sum of both, in [0, 1]; 1 where both are empty."""
    total = np.count_nonzero(mask) + np.count_nonzero(other)
    return 2 * np.count_nonzero(mask & other) / total if total else 1.0
