"""Crumbs: pieces of a mask that are too small to be lesions."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from models.analysis import Mask

SMALLEST_PX = 10
SMALLEST_SHARE = 0.01
"""A piece with fewer pixels, or with less than this share of all, is a crumb."""


def without_crumbs(pieces: Sequence[Mask]) -> list[Mask]:
    """Return the pieces of a mask, each crumb given to the piece that it touches along most pixels, or else to the nearest.

    Parameters
    ----------
    pieces
        bool (rows, columns) each, none empty, the largest first; they share no pixel. Never written to.

    Returns
    -------
    list of Mask
        Largest first, at least the first of them; together what the pieces were.
    """
    sizes = [int(np.count_nonzero(piece)) for piece in pieces]
    least = max(SMALLEST_PX, SMALLEST_SHARE * sum(sizes))
    kept = [piece.copy() for piece, size in zip(pieces, sizes, strict=True) if size >= least] or [piece.copy() for piece in pieces[:1]]
    for crumb in pieces[len(kept) :]:
        kept[_neighbour(crumb, kept)] |= crumb
    return sorted(kept, key=lambda piece: -int(np.count_nonzero(piece)))


def _neighbour(crumb: Mask, pieces: Sequence[Mask]) -> int:
    around = cv2.dilate(crumb.view(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    touched = [int(np.count_nonzero(around & piece)) for piece in pieces]
    if any(touched):
        return touched.index(max(touched))
    away = cv2.distanceTransform((~crumb).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distances = [float(away[piece].min()) for piece in pieces]
    return distances.index(min(distances))
