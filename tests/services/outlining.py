"""Outlines as a reader draws them, in a reading room."""

import numpy as np


def box(case, top, left, bottom, right):
    mask = np.zeros(case.scan.shape, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def draw(room, *corners, number=1):
    """Give a lesion another outline, or draw a new one where there is none, and return its mask."""
    case, editing = room.session.case, room.session.editing
    mask = box(case, *corners)
    known = editing.reading.outline(number)
    editing.edit("brush stroke", editing.reading.with_mask(number, mask) if known is not None else editing.reading.added(mask))
    return mask


def lesion(room, number=1):
    return room.session.case.lesion(number)


def drawn(room):
    """Return the masks that were diagnosed."""
    return [mask for mask in room.pipeline.asked if not isinstance(mask, tuple)]
