"""PackedCase: an analysed case that is kept for later, small enough for hundreds of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from busi_gui.domain.case import Case
from busi_gui.domain.packing import PackedMask
from busi_gui.domain.scan import Scan
from models.analysis import Analysis, Concern, FloatMap, SaliencyClass

_Array = TypeVar("_Array", bound=npt.NDArray[np.generic])

_NO_MASK = np.zeros((0, 0), np.bool_)
_NO_MAP = np.zeros((0, 0), np.float32)
_QUICKLY = 1
_OVERHEAD_BYTES = 4096
"""Of the objects around the arrays."""


@dataclass(frozen=True, eq=False)
class PackedCase:
    """What the networks said of a case: masks as bits, maps in the 256 steps that a screen can show, and both compressed."""

    analysis: Analysis  # without masks and maps
    concerns: tuple[Concern, ...]
    probability: _PackedMap
    masks: tuple[PackedMask, ...]
    saliencies: tuple[dict[SaliencyClass, _PackedMap], ...]

    @classmethod
    def of(cls, case: Case) -> PackedCase:
        """Pack an analysed case."""
        analysis = case.analysis
        assert analysis is not None
        bare = tuple(replace(one, mask=_NO_MASK, diagnosis=replace(one.diagnosis, saliency={})) for one in analysis.lesions)
        return cls(
            replace(analysis, probability=_NO_MAP, lesions=bare),
            case.concerns,
            _PackedMap.of(analysis.probability),
            tuple(PackedMask.of(one.mask) for one in analysis.lesions),
            tuple({name: _PackedMap.of(one_map) for name, one_map in one.diagnosis.saliency.items()} for one in analysis.lesions),
        )

    def unpacked(self, scan: Scan) -> Case:
        """Return the case of a scan, the one that was packed but perhaps with another scale; its lesions are measured again."""
        found = []
        for bare, mask, maps in zip(self.analysis.lesions, self.masks, self.saliencies, strict=True):
            saliency = {name: one.unpacked() for name, one in maps.items()}
            found.append(replace(bare, mask=mask.unpacked(), diagnosis=replace(bare.diagnosis, saliency=saliency)))
        analysis = replace(self.analysis, probability=self.probability.unpacked(), lesions=tuple(found))
        return Case(scan).with_analysis(analysis, self.concerns)

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


def _read_only(array: _Array) -> _Array:
    array.setflags(write=False)
    return array
