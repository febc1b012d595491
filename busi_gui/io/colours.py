"""Where a picture has colour, for every kind of file alike."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.scan import Pixels

LEAST_SPREAD = 20
"""How far red, green and blue of a pixel, in [0, 255], must lie apart to be a colour: the traces that JPEG leaves in grey lie below."""

Mask = npt.NDArray[np.bool_]


def is_colour(colours: Pixels) -> Mask:
    """Return where red, green, blue, uint8 (rows, columns, 3) in any order, are a colour and not grey; bool (rows, columns)."""
    red, green, blue = cv2.split(np.ascontiguousarray(colours))
    spread = cv2.subtract(cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue))
    return np.asarray(spread > LEAST_SPREAD)


def coloured_in(colours: Pixels) -> Mask | None:
    """Return where red, green, blue, uint8 (rows, columns, 3), are a colour and not grey; None where nowhere."""
    coloured = is_colour(colours)
    return coloured if coloured.any() else None
