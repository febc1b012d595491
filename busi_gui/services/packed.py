"""PackedAnalysis: an analysis that is kept for later, small enough for hundreds of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from busi_gui.domain.scan import Box
from models.analysis import Analysis, FloatMap, FoundLesion, Mask, SaliencyClass

_Array = TypeVar("_Array", bound=npt.NDArray[np.generic])

_NO_MASK = np.zeros((0, 0), np.bool_)
_NO_MAP = np.zeros((0, 0), np.float32)
_QUICKLY = 1
_OVERHEAD_BYTES = 4096
"""Of the objects around the arrays."""


@dataclass(frozen=True, eq=False)
class PackedAnalysis:
    """An analysis in a small part of its memory: masks as bits, maps in the 256 steps that a screen can show, and both compressed."""

    analysis: Analysis  # without its arrays
    probability: _PackedMap
    masks: tuple[_PackedMask, ...]
    saliencies: tuple[dict[SaliencyClass, _PackedMap], ...]

    @classmethod
    def of(cls, analysis: Analysis) -> PackedAnalysis:
        """Pack an analysis."""
        found = analysis.lesions
        bare = tuple(FoundLesion(_NO_MASK, replace(one.diagnosis, saliency={})) for one in found)
        return cls(
            replace(analysis, probability=_NO_MAP, lesions=bare),
            _PackedMap.of(analysis.probability),
            tuple(_PackedMask.of(one.mask) for one in found),
            tuple({name: _PackedMap.of(one_map) for name, one_map in one.diagnosis.saliency.items()} for one in found),
        )

    def unpacked(self) -> Analysis:
        """Return the analysis."""
        lesions = []
        for bare, mask, maps in zip(self.analysis.lesions, self.masks, self.saliencies, strict=True):
            saliency = {name: one.unpacked() for name, one in maps.items()}
            lesions.append(FoundLesion(mask.unpacked(), replace(bare.diagnosis, saliency=saliency)))
        return replace(self.analysis, probability=self.probability.unpacked(), lesions=tuple(lesions))

    def size(self) -> int:
        """Return about how many bytes it takes."""
        maps = [self.probability, *(one for maps in self.saliencies for one in maps.values())]
        return _OVERHEAD_BYTES + sum(len(one.content) for one in maps) + sum(len(mask.content) for mask in self.masks)


@dataclass(frozen=True)
class _PackedMap:
    shape: tuple[int, ...]
    content: bytes

    @classmethod
    def of(cls, values: FloatMap) -> _PackedMap:
        return cls(values.shape, zlib.compress(np.round(255 * values).astype(np.uint8).data, _QUICKLY))

    def unpacked(self) -> FloatMap:
        steps = np.frombuffer(zlib.decompress(self.content), np.uint8).reshape(self.shape)
        return _read_only(steps.astype(np.float32) / np.float32(255))


@dataclass(frozen=True)
class _PackedMask:
    shape: tuple[int, ...]
    box: Box  # around the lesion
    content: bytes

    @classmethod
    def of(cls, mask: Mask) -> _PackedMask:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        box = Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)
        return cls(mask.shape, box, zlib.compress(np.packbits(mask[box.slices]).data, _QUICKLY))

    def unpacked(self) -> Mask:
        rows, columns = self.box.shape
        mask = np.zeros(self.shape, np.bool_)
        bits = np.frombuffer(zlib.decompress(self.content), np.uint8)
        mask[self.box.slices] = np.unpackbits(bits, count=rows * columns).reshape(rows, columns).view(np.bool_)
        return _read_only(mask)


def _read_only(array: _Array) -> _Array:
    array.setflags(write=False)
    return array
