"""Readings made at random, and what a reader could do to one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from busi_gui.domain.callipers import Calliper, Distance, Point
from busi_gui.domain.reading import CATEGORIES, Assessment, MaskSource, Outcome, Reading
from models.analysis import Mask

SHAPE = (23, 31)


def box(top: int, left: int, bottom: int, right: int, shape: tuple[int, int] = SHAPE) -> Mask:
    """Return a mask with one rectangle."""
    mask = np.zeros(shape, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    """Return a mask of a few rectangles, never empty."""
    mask = np.zeros(SHAPE, np.bool_)
    for _ in range(draw(st.integers(1, 3))):
        top, left = draw(st.integers(0, SHAPE[0] - 1)), draw(st.integers(0, SHAPE[1] - 1))
        mask[top : top + draw(st.integers(1, 9)), left : left + draw(st.integers(1, 9))] ^= True
    if not mask.any():
        mask[0, 0] = True
    return mask


@st.composite
def changed(draw: st.DrawFn, reading: Reading) -> Reading:
    """Return a reading after something that a reader can do: draw, correct, erase, delete, rename, lock, assess, measure, reorder."""
    numbers = [outline.number for outline in reading.outlines]
    kinds = ["add", "measure", "network"] + (["mask", "turn", "erase", "delete", "attribute", "assess", "reorder"] if numbers else [])
    kind = draw(st.sampled_from(kinds))
    if kind == "add":
        return reading.added(draw(masks()), draw(st.sampled_from([MaskSource.DRAWN, MaskSource.IMPORTED])))
    if kind == "network":
        return reading.found(draw(st.lists(masks(), max_size=3)))
    if kind == "measure":
        ends = [Point(draw(st.integers(0, 30)), draw(st.integers(0, 22))) for _ in range(2)]
        return reading.measured((*reading.callipers, Calliper(len(reading.callipers) + 1, Distance(*ends))))
    number = draw(st.sampled_from(numbers))
    outline = reading.outline(number)
    assert outline is not None
    changes = {
        "mask": lambda: reading.with_mask(number, draw(masks())),
        "turn": lambda: reading.with_mask(number, outline.mask ^ draw(masks())),
        "erase": lambda: reading.with_mask(number, np.zeros(SHAPE, np.bool_)),
        "delete": lambda: reading.without(number),
        "attribute": lambda: reading.changed(number, name=draw(st.text(max_size=5)), is_locked=draw(st.booleans()), is_hidden=draw(st.booleans())),
        "assess": lambda: reading.changed(number, assessment=Assessment(draw(st.sampled_from(CATEGORIES)), draw(st.sampled_from(Outcome)))),
        "reorder": lambda: replace(reading, outlines=reading.outlines[::-1], is_touched=True),
    }
    return changes[kind]()


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> list[Reading]:
    """Return the readings that a reader went through, from an empty one."""
    readings = [Reading()]
    for _ in range(draw(st.integers(1, most))):
        readings.append(draw(changed(readings[-1])))
    return readings
