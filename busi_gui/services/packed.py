"""PackedCase: an analysed case that is kept for later, small enough for hundreds of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box, Region, Scan, Spacing
from models.analysis import FloatMap, FoundLesion, Mask, SaliencyClass

_Array = TypeVar("_Array", bound=npt.NDArray[np.generic])

_NO_SCAN = Scan(Path(), np.zeros((1, 1), np.uint8))
_NO_MASK = np.zeros((0, 0), np.bool_)
_NO_MAP = np.zeros((0, 0), np.float32)
_QUICKLY = 1
_OVERHEAD_BYTES = 4096
"""Of the objects around the arrays."""


@dataclass(frozen=True, eq=False)
class PackedCase:
    """All of an analysed case but its pixels: masks as bits, maps in the 256 steps that a screen can show, and both compressed."""

    case: Case  # without pixels, masks and maps
    scale: tuple[Spacing | None, tuple[Region, ...]]
    probability: _PackedMap
    masks: tuple[_PackedMask, ...]
    saliencies: tuple[dict[SaliencyClass, _PackedMap], ...]

    @classmethod
    def of(cls, case: Case) -> PackedCase:
        """Pack an analysed case."""
        analysis, lesions = case.analysis, case.lesions
        assert analysis is not None
        bare = tuple(replace(one, mask=_NO_MASK, diagnosis=replace(one.diagnosis, saliency={})) for one in lesions)
        return cls(
            replace(case, scan=_NO_SCAN, analysis=replace(analysis, probability=_NO_MAP, lesions=()), lesions=bare),
            (case.scan.spacing, case.scan.regions),
            _PackedMap.of(analysis.probability),
            tuple(_PackedMask.of(one.mask) for one in lesions),
            tuple({name: _PackedMap.of(one_map) for name, one_map in one.diagnosis.saliency.items()} for one in lesions),
        )

    def unpacked(self, scan: Scan) -> Case:
        """Return the case of a scan, the one that was packed but perhaps with another scale: then its lesions are measured again."""
        lesions = []
        for bare, mask, maps in zip(self.case.lesions, self.masks, self.saliencies, strict=True):
            saliency = {name: one.unpacked() for name, one in maps.items()}
            lesions.append(replace(bare, mask=mask.unpacked(), diagnosis=replace(bare.diagnosis, saliency=saliency)))
        assert self.case.analysis is not None
        found = tuple(FoundLesion(lesion.mask, lesion.diagnosis) for lesion in lesions)
        analysis = replace(self.case.analysis, probability=self.probability.unpacked(), lesions=found)
        case = replace(self.case, scan=scan, analysis=analysis, lesions=tuple(lesions))
        return case if (scan.spacing, scan.regions) == self.scale else case.with_scale_of(scan)

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
