"""Edit: a reversible change of a reading, kept as small as what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from busi_gui.domain.packing import PackedMask
from busi_gui.domain.reading import Outline, Reading
from models.analysis import Mask

_OVERHEAD_BYTES = 400
"""Of the objects around the masks."""
_NO_MASK = np.ones((1, 1), np.bool_)
_NO_MASK.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Edit:
    """One step from a reading to the next, forth and back, bit for bit.

    Of masks it keeps which pixels turn over: the same patch leads both ways, and a lesion that comes or goes is a change from or to nothing.

    Attributes
    ----------
    name
        What the reader did, to stand behind "Undo": ``"brush stroke"``.
    """

    name: str
    _before: Reading  # without masks
    _after: Reading
    _patches: Mapping[int, PackedMask]

    @classmethod
    def between(cls, name: str, before: Reading, after: Reading) -> Edit:
        """Return the step from one reading to another, whose masks have the same shape."""
        patches = {}
        for number in {outline.number for outline in (*before.outlines, *after.outlines)}:
            first, second = (_mask(reading, number) for reading in (before, after))
            if first is not second:
                patches[number] = PackedMask.of(_difference(first, second))
        return cls(name, _bare(before), _bare(after), patches)

    @property
    def changes_anything(self) -> bool:
        """Whether the two readings differ at all."""
        return not self._before.is_same(self._after) or any(patch.box is not None for patch in self._patches.values())

    @property
    def changed_masks(self) -> frozenset[int]:
        """Numbers of the lesions whose masks it changes, brings or takes away."""
        return frozenset(number for number, patch in self._patches.items() if patch.box is not None)

    @property
    def size_bytes(self) -> int:
        """About how much memory it takes."""
        return _OVERHEAD_BYTES * (1 + len(self._patches)) + sum(len(patch.content) for patch in self._patches.values())

    def applied(self, before: Reading) -> Reading:
        """Return the reading after the step. Masks that it does not change are the very same arrays."""
        return self._led(before, self._after)

    def reverted(self, after: Reading) -> Reading:
        """Return the reading before the step."""
        return self._led(after, self._before)

    def _led(self, source: Reading, bare: Reading) -> Reading:
        return replace(bare, outlines=tuple(replace(outline, mask=self._turned(source, outline.number)) for outline in bare.outlines))

    def _turned(self, source: Reading, number: int) -> Mask:
        mask, patch = _mask(source, number), self._patches.get(number)
        if patch is None or patch.box is None:
            assert mask is not None, "a lesion that comes has a patch"
            return mask
        return patch.unpacked() if mask is None else patch.flipped(mask)


def _mask(reading: Reading, number: int) -> Mask | None:
    outline = reading.outline(number)
    return outline.mask if outline is not None else None


def _difference(first: Mask | None, second: Mask | None) -> Mask:
    if first is None or second is None:
        only = second if first is None else first
        assert only is not None
        return only
    return np.asarray(first ^ second)


def _bare(reading: Reading) -> Reading:
    return replace(reading, outlines=tuple(_without_mask(outline) for outline in reading.outlines))


def _without_mask(outline: Outline) -> Outline:
    return replace(outline, mask=_NO_MASK)


@dataclass(frozen=True, eq=False)
class PackedReading:
    """A reading kept small.

    Attributes
    ----------
    bare
        All of it but the masks; those of its outlines mean nothing.
    masks
        The mask of each lesion, by number.
    """

    bare: Reading
    masks: Mapping[int, PackedMask]

    @classmethod
    def of(cls, reading: Reading) -> PackedReading:
        """Pack a reading."""
        return cls(_bare(reading), {outline.number: PackedMask.of(outline.mask) for outline in reading.outlines})

    def unpacked(self) -> Reading:
        """Return the reading; ValueError where a mask is damaged or empty."""
        return replace(self.bare, outlines=tuple(replace(outline, mask=self.masks[outline.number].unpacked()) for outline in self.bare.outlines))
