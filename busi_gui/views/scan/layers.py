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
    BRUSH = "brush"
    ERASER = "eraser"
    CONTOUR = "contour"
    POLYGON = "polygon"
    SCISSORS = "scissors"
    GROW = "grow"
    PUSH = "push"
    CUT = "cut"


MASK_TOOLS = (Tool.BRUSH, Tool.ERASER, Tool.CONTOUR, Tool.POLYGON, Tool.SCISSORS, Tool.GROW, Tool.PUSH, Tool.CUT)
"""Those that change the outline of a lesion."""

HINTS = {
    Tool.DISTANCE: "Drag, or click twice, to measure. Shift: level, upright or diagonally. Esc: done.",
    Tool.ANGLE: "Click on the end of a leg, on the vertex, and on the end of the other leg. Esc: done.",
    Tool.CALIBRATE: "Drag along the depth ruler, from one of its marks to another. Esc: done.",
    Tool.BRUSH: "Drag to paint. Ctrl: erase. Shift: straight line. Shift+wheel: size. Esc: done.",
    Tool.ERASER: "Drag to erase. Ctrl: paint. Shift: straight line. Shift+wheel: size. Esc: done.",
    Tool.CONTOUR: "Draw around what belongs to the lesion: it is added. Ctrl at the end: taken away. Esc: done.",
    Tool.POLYGON: "Click on each corner, then on the first or Enter. Ctrl at the end: take away. Shift: at 45°. Backspace: one back. Esc: done.",
    Tool.SCISSORS: "Click along the edge, then on the first or Enter. Ctrl at the end: take away. Shift: straight. Backspace: one back. Esc: done.",
    Tool.GROW: "Click into the lesion, drag right for more, left for less. Ctrl: take away. Esc: done.",
    Tool.PUSH: "Push the outline from inside or outside. Shift+wheel: size. Esc: done.",
    Tool.CUT: "Draw a line through the lesion: each side becomes a lesion of its own. Shift: straight. Esc: done.",
}
"""What to do with a tool that does not explain itself, written over the scan while it is in hand."""

OPACITY = {Layer.OUTLINE: 1.0, Layer.FILL: 0.25, Layer.PROBABILITY: 0.45, Layer.SALIENCY: 0.45}
"""Opacity of each layer at first, in [0, 1]."""

SHOWN = frozenset({Layer.OUTLINE})
"""Layers that are visible at first: the reader reads the plain picture before what the networks make of it."""
