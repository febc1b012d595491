"""What can lie over the scan, and what the pointer does to it."""

from __future__ import annotations

from enum import Enum


class Layer(Enum):
    """An overlay that the reader can show, hide and fade."""

    OUTLINE = "outline"
    FILL = "fill"
    PROBABILITY = "probability"
    SALIENCY = "saliency"


class Tool(Enum):
    """What dragging with the left button does."""

    HAND = "hand"
    WINDOW = "window"
    DISTANCE = "distance"
    ANGLE = "angle"
    CALIBRATE = "calibrate"


HINTS = {
    Tool.DISTANCE: "Drag, or click twice, to measure. Shift: level, upright or diagonally. Esc: done.",
    Tool.ANGLE: "Click on the end of a leg, on the vertex, and on the end of the other leg. Esc: done.",
    Tool.CALIBRATE: "Drag along the depth ruler, from one of its marks to another. Esc: done.",
}
"""What to do with a tool that does not explain itself, written over the scan while it is in hand."""

OPACITY = {Layer.OUTLINE: 1.0, Layer.FILL: 0.25, Layer.PROBABILITY: 0.45, Layer.SALIENCY: 0.45}
"""Opacity of each layer at first, in [0, 1]."""

SHOWN = frozenset({Layer.OUTLINE})
"""Layers that are visible at first: the reader reads the plain picture before what the networks make of it."""
