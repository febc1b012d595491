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


OPACITY = {Layer.OUTLINE: 1.0, Layer.FILL: 0.25, Layer.PROBABILITY: 0.45, Layer.SALIENCY: 0.45}
"""Opacity of each layer at first, in [0, 1]."""

SHOWN = frozenset({Layer.OUTLINE})
"""Layers that are visible at first: the reader reads the plain picture before what the networks make of it."""
