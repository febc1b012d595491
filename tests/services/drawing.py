"""A lesion drawn on the frame on screen."""

import numpy as np


def drawn(case, top=1, left=1, bottom=6, right=6):
    mask = np.zeros(case.scan.shape, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def draw(room, **where):
    reading = room.session.case.reading
    room.session.editing.edit("drawing", reading.added(drawn(room.session.case, **where)))
