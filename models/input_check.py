"""Is this a scan for these networks? What a reader must know of the input before the diagnosis: see docs/input-check.md for what it finds.

Everything here is measured on the picture itself, at a reduced size, without a network: it holds whichever version of the networks answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from models import burned_in
from models.analysis import Concern
from models.familiarity import reduced, reduced_mask, strangeness
from models.preprocessing import Mask, Pixels

_Array = TypeVar("_Array", bound=npt.NDArray[Any])

Box = tuple[int, int, int, int]
"""Top, left, bottom, right of a part of the picture, bottom and right one past it."""

_LARGEST_SCAN_SHARE = 0.67
"""A scan that fills less of the picture than this has large borders."""
_LEAST_COLOUR, _MOST_COLOUR = 0.0002, 0.25
"""Colour on less of the scan is a speck or a mark, not flow; on more of what is no scan it is a coloured picture."""
_CUT_REACH_PX, _FAN_REACH_PX = 12, 10
"""How near to a border of the scan, at 256 px, an outline ends that goes on beyond it: the segmenter closes outlines before the border."""
_CUT_EXTENT = 0.5
"""How long the outline lies at the border, as a share of the square root of the lesion's area."""
_CUT_CONTRAST = 0.5
"""How much brighter than the lesion what lies between it and the border may be, as a share of how much brighter the tissue around it is."""

NOT_ULTRASOUND = "This does not look like a breast ultrasound scan. The networks answer to any picture: here their answer means nothing."
BORDERS = "The scan fills only {share:.0f} % of the picture: the networks see it smaller than those that they learned from. Crop to the scan."
DOPPLER = "{share} % of the scan has colour, as colour Doppler or elastography has. The networks see only greys: the diagnosis may be wrong."
DOPPLER_BOX = "A box is drawn on the scan, as for colour Doppler, but the file is grey. What is in it may be flow: the diagnosis may be wrong."
MARKS = "Callipers or letters are burned into the picture at {name}. They hide tissue, and the networks may answer to them instead of it."
CUT_OFF = "{Name} seems to go on beyond the border of the scan: it is larger than what is measured, and the diagnosis may be wrong."


def check_scan(
    pixels: Pixels, lesions: Sequence[Mask] = (), coloured: Mask | None = None, field: Box | None = None, numbers: Sequence[int] = ()
) -> tuple[Concern, ...]:
    """Return what speaks against trusting the networks with this scan, the gravest first; empty where nothing was found.

    Parameters
    ----------
    pixels
        uint8 (rows, columns).
    lesions
        Their outlines, bool (rows, columns) each.
    coloured
        Where the file has colour, bool (rows, columns); None: nowhere.
    field
        The part that the reader has cropped to; nothing outside is looked at, and no other part is proposed.
    numbers
        What each lesion is called; empty: they are counted from 1.
    """
    whole = field or (0, 0, *pixels.shape)
    proposed = scan_within(pixels) if field is None else None
    part = proposed or whole
    inside, colour = _cut(pixels, part), _cut(coloured, part) if coloured is not None else None
    share = _share_of_colour(colour)
    if strangeness(inside, colour) > 1 and (proposed is None or strangeness(pixels, coloured) > 1):
        # Of a photograph nobody needs to be told that it has colour.
        return Concern("not ultrasound", NOT_ULTRASOUND), *(_doppler(inside, share) if 0 < share < _MOST_COLOUR else ())
    borders = [Concern("borders", BORDERS.format(share=100 * _area(proposed) / pixels.size), field=proposed)] if proposed is not None else []
    return *borders, *_doppler(inside, share), *_of_lesions(inside, [_cut(mask, part) for mask in lesions], numbers or range(1, len(lesions) + 1))


def scan_within(pixels: Pixels) -> Box | None:
    """Return the part of a picture that shows the scan where the rest, even in colour or written on, is more than a third; None elsewhere.

    Tissue has no two pixels alike for long; what a screen shows around it is flat, with thin text.
    """
    small = reduced(pixels)
    span = cv2.dilate(small, np.ones((3, 3), np.uint8)) - cv2.erode(small, np.ones((3, 3), np.uint8))
    is_alive = cv2.blur((span >= 2).astype(np.float32), (9, 9), borderType=cv2.BORDER_REFLECT) > 0.6
    size = 21  # lines of text are thinner
    padded = cv2.copyMakeBorder(is_alive.astype(np.uint8), size, size, size, size, cv2.BORDER_REPLICATE)
    solid = cv2.morphologyEx(padded, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))[size:-size, size:-size]
    number, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=4)
    if number < 2:
        return None
    largest = labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    rows, columns = (np.flatnonzero(count >= 0.25 * count.max()) for count in (largest.sum(axis=1), largest.sum(axis=0)))
    scale = max(pixels.shape) / max(small.shape)
    top, left, bottom, right = (round(float(edge) * scale) for edge in (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1))
    box = top, left, min(bottom, pixels.shape[0]), min(right, pixels.shape[1])
    return box if _area(box) < _LARGEST_SCAN_SHARE * pixels.size else None


def _share_of_colour(coloured: Mask | None) -> float:
    """Return the share of the scan that has colour in more than specks, 0 where that is next to nothing."""
    if coloured is None:
        return 0.0
    # Thin strokes are marks: flow, and the bar that explains its colours, are at least three pixels wide.
    wide = cv2.morphologyEx(coloured.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    share = cv2.countNonZero(wide) / coloured.size
    return share if share >= _LEAST_COLOUR else 0.0


def _doppler(pixels: Pixels, share: float) -> Iterator[Concern]:
    """Yield a concern where the scan has colour on this share of it, or a Doppler box."""
    if share:
        yield Concern("doppler", DOPPLER.format(share=f"{100 * share:.0f}" if share >= 0.01 else "Less than 1"))
    elif burned_in.has_box(reduced(pixels, burned_in.SIDE)):
        yield Concern("doppler", DOPPLER_BOX)


def _of_lesions(pixels: Pixels, lesions: Sequence[Mask], numbers: Sequence[int]) -> Iterator[Concern]:
    """Yield the concerns about each lesion."""
    marked = burned_in.marked_lesions(pixels, lesions)
    small = reduced(pixels)
    for number, mask, is_marked in zip(numbers, lesions, marked, strict=True):
        name = "the lesion" if len(lesions) == 1 else f"lesion {number}"
        if is_marked:
            yield Concern("marks over lesion", MARKS.format(name=name), number)
        if is_cut_off(small, reduced_mask(mask)):
            yield Concern("cut off", CUT_OFF.format(Name=name.capitalize()), number)


def is_cut_off(pixels: Pixels, mask: Mask) -> bool:
    """Return whether a lesion goes on beyond the picture or the fan in it.

    Parameters
    ----------
    pixels
        uint8 (rows, columns) with a longer side of 256.
    mask
        bool, of the same size.
    """
    area = np.count_nonzero(mask)
    if area < 20:
        return False
    longest = max(_contact_with_top(*turned) for turned in _turns(pixels, mask))
    return bool(max(longest, _contact_with_fan(pixels, mask)) > _CUT_EXTENT * np.sqrt(area))


def _turns(pixels: Pixels, mask: Mask) -> Iterator[tuple[Pixels, Mask]]:
    """Yield both with each border of the picture in turn at the top."""
    for times in range(4):
        yield np.rot90(pixels, times), np.rot90(mask, times)


def _contact_with_top(pixels: Pixels, mask: Mask) -> int:
    """Return on how many columns a lesion ends just below the top, with something between that is more like it than like the tissue around it."""
    first = mask.argmax(axis=0)
    is_near = mask[:_CUT_REACH_PX].any(axis=0)
    if not is_near.any():
        return 0
    greys = cv2.blur(pixels, (5, 5)).astype(np.float32)
    between = (np.arange(mask.shape[0])[:, np.newaxis] < first) & is_near
    inside = float(greys[mask].mean())
    around = _grown(mask, 9) & ~_grown(mask, 2) & ~between
    contrast = max(float(greys[around].mean()) - inside, 5.0) if around.any() else 5.0
    gaps = np.where(between, greys, 0).sum(axis=0) / np.maximum(between.sum(axis=0), 1) - inside
    return int(np.count_nonzero(is_near & ((first == 0) | (gaps < _CUT_CONTRAST * contrast))))


def _contact_with_fan(pixels: Pixels, mask: Mask) -> int:
    """Return how many pixels of the border between fan and black lie near a lesion."""
    black = cv2.morphologyEx((pixels <= 2).astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    number, labels, stats, _ = cv2.connectedComponentsWithStats(black, connectivity=4)
    outside = np.zeros(mask.shape, np.bool_)
    for index in range(1, number):
        left, _, width, _, area = stats[index]
        # What is black beside the fan reaches a side of the picture; shadows and fluid do not.
        if area >= 0.01 * pixels.size and (left == 0 or left + width == pixels.shape[1]):
            outside |= labels == index
    edge = outside & _grown(~outside, 1)
    return int(np.count_nonzero(edge & _grown(mask, _FAN_REACH_PX)))


def _grown(mask: Mask, reach: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)) > 0)


def _cut(array: _Array, box: Box) -> _Array:
    top, left, bottom, right = box
    return array[top:bottom, left:right]  # type: ignore[return-value]  # of the dtype that came in


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
