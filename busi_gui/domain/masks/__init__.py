"""What can be done to a mask: pure functions but for `stroke` and `Nudge`, which paint on a canvas in place.

Masks are bool (rows, columns) of the scan's size and never written to; what a function returns is its caller's own, and shares no memory with what it
was given. Points and lengths are in scan pixels unless a spacing is given.
"""

from busi_gui.domain.masks.nudge import Nudge
from busi_gui.domain.masks.painting import polygon, stroke
from busi_gui.domain.masks.parting import bridged, cut, cut_along, merged, parts
from busi_gui.domain.masks.shaping import fill_holes, grown, keep_largest, smooth
from busi_gui.domain.masks.windows import Canvas, changed_window, dice, enclosing, enlarged, is_same, window_of

__all__ = [
    "Canvas",
    "Nudge",
    "bridged",
    "changed_window",
    "cut",
    "cut_along",
    "dice",
    "enclosing",
    "enlarged",
    "fill_holes",
    "grown",
    "is_same",
    "keep_largest",
    "merged",
    "parts",
    "polygon",
    "smooth",
    "stroke",
    "window_of",
]
