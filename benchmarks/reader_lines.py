"""Where a reader who knows the truth would lead the pointer: lines of the scan, x and y, made from the true mask and what is wrong about another."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.reading import Reading
from models.analysis import Mask

Line = npt.NDArray[np.float64]
"""float (points, 2), x and y, in scan pixels."""
_FINER = 4


def dice(first: Mask, second: Mask) -> float:
    """Return how alike two masks are."""
    return 2 * int(np.count_nonzero(first & second)) / max(1, int(np.count_nonzero(first)) + int(np.count_nonzero(second)))


def outline_of(mask: Mask) -> Line:
    """Return the outline of the largest part of a mask, between its pixels and the others."""
    finer = np.kron(mask.astype(np.uint8), np.ones((_FINER, _FINER), np.uint8))
    contours, _ = cv2.findContours(finer, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray((max(contours, key=cv2.contourArea)[:, 0, :] + 0.5) / _FINER, np.float64)


def depth_in(mask: Mask) -> npt.NDArray[np.float32]:
    """Return how far each pixel of a mask is from the background, float32 of its shape; beyond the scan lies background."""
    framed = np.pad(mask.astype(np.uint8), 1)
    return np.asarray(cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1], np.float32)


def deepest(mask: Mask) -> tuple[float, float]:
    """Return the middle of the pixel that lies deepest in a mask."""
    row, column = np.unravel_index(int(depth_in(mask).argmax()), mask.shape)
    return float(column) + 0.5, float(row) + 0.5


def components(mask: Mask) -> list[Mask]:
    """Return the parts of a mask, the largest first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    order = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")
    return [np.asarray(labels == number) for number in order[: count - 1]]


def along_truth(truth: Mask, wrong: Mask, radius: float, *, is_missing: bool) -> Line | None:
    """Return how to lead a disc along the true outline, just inside of it for what is missing and just outside for what is too much.

    It goes no farther than the disc has something to mend. None where a disc so large has no room.
    """
    side = truth if is_missing else ~truth
    room = np.asarray(cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) >= radius - 0.5, np.uint8)
    if is_missing:
        contours, _ = cv2.findContours(room, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    else:
        contours, _ = cv2.findContours(1 - room, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    away = cv2.distanceTransform((~wrong).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    lines = [contour[:, 0, :] for contour in contours]
    reached = [away[line[:, 1], line[:, 0]] < radius for line in lines]
    if not any(near.any() for near in reached):
        return None
    line, near = max(zip(lines, reached, strict=True), key=lambda pair: int(np.count_nonzero(pair[1])))
    return np.asarray(_without_largest_gap(line, near) + 0.5, np.float64)


def _without_largest_gap(line: npt.NDArray[np.int32], near: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Return the closed line from the end of its longest stretch that is not near to the beginning of that."""
    if near.all():
        return np.concatenate([line, line[:1]])
    places = np.flatnonzero(near)
    gaps = np.diff(np.append(places, places[0] + len(near)))
    last = int(gaps.argmax())
    first = int(places[(last + 1) % len(places)])
    length = (int(places[last]) - first) % len(near) + 1
    return np.take(line, range(first, first + length), axis=0, mode="wrap")


def led_from(line: Line, place: tuple[float, float]) -> Line:
    """Return the line in that direction in which its beginning is nearer to a place."""
    ends = line[0] - place, line[-1] - place
    return line if np.hypot(*ends[0]) <= np.hypot(*ends[1]) else line[::-1]


def begun_on(line: Line, mask: Mask) -> Line | None:
    """Return the line with a beginning that lies on a mask, the nearest to where it would begin; None where that is far."""
    row, column = (min(max(int(place), 0), size - 1) for place, size in zip(line[0][::-1], mask.shape, strict=True))
    if mask[row, column]:
        return line
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return None
    away = np.hypot(rows - row, columns - column)
    nearest = int(away.argmin())
    return np.concatenate([[(columns[nearest] + 0.5, rows[nearest] + 0.5)], line]) if away[nearest] < max(mask.shape) / 8 else None


def around(truth: Mask, wrong: Mask, *, is_missing: bool) -> Line:
    """Return a line around what is missing or too much: exact on the true outline, generous where it does no harm."""
    wide = cv2.dilate(wrong.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))) > 0
    return outline_of(np.asarray(wide & (truth if is_missing else ~truth)))


def stretch_of_outline(truth: Mask, wrong: Mask) -> Line:
    """Return the stretch of the true outline at what is missing; closed by a straight line it encloses that, where the lesion bulges."""
    line = outline_of(truth)
    beside = cv2.dilate(wrong.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rows, columns = (np.clip(line[:, axis].astype(int), 0, truth.shape[1 - axis] - 1) for axis in (1, 0))
    near = beside[rows, columns]
    return np.asarray(_without_largest_gap(line, near)) if near.any() else line  # type: ignore[arg-type]


def filled(line: Line, shape: tuple[int, int]) -> Mask:
    """Return what a line encloses."""
    shift = 4
    finer = np.round((line - 0.5) * (1 << shift)).astype(np.int32)
    return np.asarray(cv2.fillPoly(np.zeros(shape, np.uint8), [finer], 1, shift=shift) > 0)


def swept(line: Line, radius: float, shape: tuple[int, int]) -> Mask:
    """Return what a disc covers that is led along a line."""
    path = cv2.polylines(np.ones(shape, np.uint8), [np.floor(line).astype(np.int32)], False, 0)
    return np.asarray(cv2.distanceTransform(path, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= radius)


def corners_of(line: Line, share: float) -> Line:
    """Return corners of a closed line that keep to it within a share of its length; at least three."""
    closed = line.astype(np.float32)
    corners = cv2.approxPolyDP(closed, share * cv2.arcLength(closed, True), True)[:, 0, :].astype(np.float64)
    return corners if len(corners) > 2 else line[:: max(1, len(line) // 3)]


def fewest_corners(truth: Mask, wanted: float) -> Line:
    """Return a polygon with as few corners as make it so like the truth."""
    line = outline_of(truth)
    for epsilon in np.geomspace(0.3, 0.004, 40) * cv2.arcLength(line.astype(np.float32), True) / 4:
        corners = cv2.approxPolyDP(line.astype(np.float32), float(epsilon), True)[:, 0, :].astype(np.float64)
        if len(corners) < 3:
            continue
        # Corners on the outline of a bulging lesion enclose too little: a reader sets them a little outside.
        middle = corners.mean(axis=0)
        grown = middle + (corners - middle) * np.sqrt(np.count_nonzero(truth) / max(cv2.contourArea(corners.astype(np.float32)), 1.0))
        for tried in (grown, corners):
            if dice(filled(tried, truth.shape), truth) >= wanted:
                return tried
    return line[::8]


def anchors_on(line: Line, number: int) -> Line:
    """Return so many points of a closed line, equally far apart."""
    closed = np.concatenate([line, line[:1]])
    gone = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    wanted = np.linspace(0, gone[-1], number, endpoint=False)
    return np.stack([np.interp(wanted, gone, closed[:, axis]) for axis in (0, 1)], axis=1)


def union(reading: Reading, shape: tuple[int, ...]) -> Mask:
    """Return what all lesions cover, bool of this shape."""
    covered = np.zeros(shape, np.bool_)
    for outline in reading.outlines:
        covered |= outline.mask
    return covered
