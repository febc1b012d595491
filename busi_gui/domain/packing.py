"""PackedMask: a mask kept small, for undo, for later, and for the Workspace."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from busi_gui.domain.scan import Box
from models.analysis import Mask

_QUICKLY = 1


@dataclass(frozen=True)
class PackedMask:
    """A mask as bits of the window around what is True, compressed.

    Attributes
    ----------
    shape
        Rows and columns of the mask.
    box
        The window; None where nothing is True.
    content
        Its pixels row by row, eight to a byte (the first in the highest bit), zlib-compressed.
    """

    shape: tuple[int, int]
    box: Box | None
    content: bytes

    @classmethod
    def of(cls, mask: Mask, within: Box | None = None) -> PackedMask:
        """Pack a mask, bool (rows, columns); what is True lies ``within`` this part of it, where that is known."""
        rows, columns = mask.shape
        box = true_box(mask, within)
        if box is None:
            return cls((rows, columns), None, b"")
        return cls((rows, columns), box, zlib.compress(np.packbits(mask[box.slices]).data, _QUICKLY))

    def unpacked(self) -> Mask:
        """Return the mask, bool (rows, columns), read-only.

        Raises
        ------
        ValueError
            The content is damaged: it does not fill the window, or the window does not lie in the mask.
        """
        mask = np.zeros(self.shape, np.bool_)
        if self.box is not None:
            mask[self.box.slices] = self._bits(self.box)
        mask.setflags(write=False)
        return mask

    def flipped(self, mask: Mask) -> Mask:
        """Return another mask of the same shape with every pixel turned over where this one is True, read-only."""
        after = mask.copy()
        if self.box is not None:
            after[self.box.slices] ^= self._bits(self.box)
        after.setflags(write=False)
        return after

    def _bits(self, box: Box) -> Mask:
        rows, columns = box.shape
        if not Box(0, 0, *self.shape).holds(box):
            raise ValueError(f"a window of {box} does not lie in a mask of {self.shape}")
        try:
            bits = np.frombuffer(zlib.decompress(self.content), np.uint8)
        except zlib.error as error:
            raise ValueError(f"the mask is damaged: {error}") from error
        if 8 * bits.size < rows * columns:
            raise ValueError(f"the mask is damaged: {bits.size} bytes for a window of {box}")
        return np.unpackbits(bits, count=rows * columns).reshape(rows, columns).view(np.bool_)


def true_box(mask: Mask, within: Box | None = None) -> Box | None:
    """Return the window around what is True in a mask, bool (rows, columns); None where nothing is."""
    part = mask if within is None else mask[within.slices]
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(part).view(np.uint8))
    if width == 0:
        return None
    down, across = (0, 0) if within is None else (within.top, within.left)
    return Box(top + down, left + across, top + height + down, left + width + across)
