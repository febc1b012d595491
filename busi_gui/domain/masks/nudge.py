"""The nudge: a disc that displaces a lesion's outline, pushed from inside it outwards or from outside inwards."""

from __future__ import annotations

from math import floor

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.callipers import Point, kept_inside
from busi_gui.domain.masks.painting import stroke, swept_window
from busi_gui.domain.masks.windows import Canvas, cut_out, enclosing, enlarged, shifted, size_of, window_of
from busi_gui.domain.scan import Box
from models.analysis import Mask

Labels = npt.NDArray[np.int32]


class Nudge:
    """One push of the outline, from press to release.

    The disc is solid and the outline yields to it: what the disc passes over becomes lesion when it was pressed inside, and background when it was
    pressed outside. What is pushed stays one piece. A lesion pushed through is not cut in two: what comes off the larger piece goes. A bay that is
    closed off is filled, unless it reaches the scan's border. Parts and holes that there were before stay apart. A push that would leave nothing of
    the mask is not made.

    Parameters
    ----------
    canvas
        The mask to work on, in place: bool, or uint8 of 0 and 1, (rows, columns), writeable. Nothing else may write to it during the push.
    start
        Where the disc is set down, in scan pixels: on the mask, it pushes outwards. Setting it down changes nothing.
    radius
        Across the columns, in scan pixels, positive.
    aspect
        How much taller than wide a pixel is shown: the disc is round there.
    """

    def __init__(self, canvas: Canvas, start: Point, radius: float, aspect: float = 1.0) -> None:
        self._canvas = canvas
        self._at = start
        self._radius = radius
        self._aspect = aspect
        rows, columns = size_of(canvas)
        is_on_scan = 0 <= start.y < rows and 0 <= start.x < columns
        self._is_outwards = is_on_scan and bool(canvas[floor(start.y), floor(start.x)])

    @property
    def is_outwards(self) -> bool:
        """Whether it pushes the outline outwards: it was pressed inside."""
        return self._is_outwards

    def moved(self, to: Point) -> Box | None:
        """Push to a point, along the straight line from the last, and return the window that changed; None where nothing did.

        Raises
        ------
        ValueError
            The radius or the aspect is not positive.
        """
        # Past the scan's border the lesion cannot follow: a disc that came back elsewhere would leave a part of its own there.
        to = kept_inside(to, size_of(self._canvas)) if self._is_outwards else to
        start, self._at = self._at, to
        swept = swept_window(start, to, self._radius, self._aspect, size_of(self._canvas))
        if swept is None:
            return None
        before = self._canvas[swept.slices].copy()
        stroke(self._canvas, start, to, self._radius, self._is_outwards, self._aspect)
        changed = window_of(before != self._canvas[swept.slices])
        if changed is None:
            return None
        if not self._is_outwards and not self._canvas[swept.slices].any() and window_of(self._canvas) is None:
            self._canvas[swept.slices] = before
            return None
        changed = shifted(changed, swept.top, swept.left)
        return enclosing(changed, self._cleaned(changed, swept, before))

    def _cleaned(self, changed: Box, swept: Box, before: Canvas) -> Box | None:
        """Give to the disc what it cut off from the larger rest of what it pushes, and return the window of that; None where it cut off nothing.

        Parameters
        ----------
        changed
            Where the disc changed the canvas.
        swept, before
            A window that holds it, and what was in that.
        """
        # What was connected through what changed still is, if all of it that is left around there is connected around there.
        if self._labelled(cut_out(self._canvas, changed)).max() < 2:
            return None
        whole = enclosing(window_of(self._canvas), swept) or swept
        now = cut_out(self._canvas, whole)
        past = now.copy()
        past[1:-1, 1:-1][shifted(swept, -whole.top, -whole.left).slices] = before
        around = enlarged(shifted(changed, 1 - whole.top, 1 - whole.left), 1, 1, size_of(now))
        off = _cut_off(self._labelled(past), self._labelled(now), around, self._is_outwards)[1:-1, 1:-1]
        found = window_of(off)
        if found is None:
            return None
        self._canvas[whole.slices][off] = self._is_outwards
        return shifted(found, whole.top, whole.left)

    def _labelled(self, mask: Mask) -> Labels:
        """Return the number, from 1, of the part of what is pushed that each pixel belongs to: of the lesion, or of the background."""
        if self._is_outwards:
            labels: Labels = cv2.connectedComponents((~mask).view(np.uint8), connectivity=4)[1]
        else:
            labels = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)[1]
        return labels


def _cut_off(before: Labels, after: Labels, around: Box, is_background: bool) -> Mask:
    """Return which pixels came off a larger rest, of those parts that can be seen around a change; the outside of the lesion is the larger of all."""
    part_of = np.zeros(int(after.max()) + 1, np.intp)
    part_of[after[around.slices]] = before[around.slices]
    seen = np.flatnonzero(np.bincount(after[around.slices].ravel()))
    off = np.zeros(after.shape, np.bool_)
    for part in np.unique(part_of[1:][part_of[1:] > 0]):
        rests = [int(label) for label in seen if label and part_of[label] == part]
        sizes = {label: np.count_nonzero(after == label) for label in rests} if len(rests) > 1 else {}
        outside = int(after[0, 0])
        largest = outside if is_background and outside in sizes else max(sizes, key=sizes.__getitem__, default=0)
        for label in sizes:
            if label != largest:
                off |= after == label
    return off
