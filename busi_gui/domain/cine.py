"""The frames of a cine: what was found in each, which one is worth reading, and which one is due while it plays."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import median_low

from busi_gui.domain.case import Case
from busi_gui.domain.provenance import full_text
from busi_gui.domain.scan import Box, Scan

GUESSED_FRAME_MS = 40.0
"""How long a frame is shown where the file does not say: 25 frames a second, as most machines record."""

_REACH = 2
"""Frames to either side over which findings are smoothed: five together."""


@dataclass(frozen=True)
class FrameFinding:
    """What the networks found in one frame, small enough to be kept for every frame, and the same whatever operating point is in use.

    Attributes
    ----------
    p_malignant
        Of the most suspicious lesion, in [0, 1]; None without a lesion.
    area_px, area_mm2
        Of all lesions together, 0 without one; ``area_mm2`` is None unless one scale holds for each of them.
    shape
        Rows and columns of the frame.
    is_doubted
        Whether the frame looks like no breast ultrasound.
    p_low, p_high, opinions
        Of the most suspicious lesion: how far its probability moves with the outline, and what each classifier says; None and empty where that is
        not known.
    networks
        Version, names and hashes of the networks.
    """

    p_malignant: float | None
    area_px: int
    area_mm2: float | None
    shape: tuple[int, int]
    is_doubted: bool = False
    p_low: float | None = None
    p_high: float | None = None
    opinions: tuple[float, ...] = ()
    networks: str = ""


def finding_of(case: Case, scan: Scan | None = None) -> FrameFinding:
    """Return what was found in an analysed frame.

    Parameters
    ----------
    scan
        The same frame with another scale, for the area in square millimetres; None: the case's own.

    Raises
    ------
    ValueError
        The case was not analysed.
    """
    if case.analysis is None:
        raise ValueError("the frame has not been analysed")
    said = case.analysis.lesions[0].diagnosis if case.analysis.lesions else None
    return FrameFinding(
        p_malignant=case.analysis.p_malignant,
        area_px=sum(lesion.measures.area_px for lesion in case.lesions),
        area_mm2=_area_mm2(case, scan or case.scan),
        shape=case.scan.shape,
        is_doubted=case.is_doubted,
        p_low=said.low if said is not None else None,
        p_high=said.high if said is not None else None,
        opinions=said.opinions if said is not None else (),
        networks=full_text(case.analysis.network),
    )


def _area_mm2(case: Case, scan: Scan) -> float | None:
    if scan.spacing is None and not scan.regions:
        return None
    area = 0.0
    for lesion in case.lesions:
        spacing = scan.spacing_within(Box(*lesion.measures.bbox))
        if spacing is None:
            return None
        area += lesion.measures.area_px * spacing.row_mm * spacing.column_mm
    return area


def key_frame(findings: Mapping[int, FrameFinding], frame_count: int) -> int | None:
    """Propose the frame worth reading: suspicious and well in view, and not for an instant only.

    Probability (0 without a lesion) and area in pixels are smoothed by the median of five neighbouring frames: of those that the cine has and that
    were analysed, and of an even number the lower of the middle two, so that what a single frame shows counts for nothing. Among the frames that
    show a lesion and whose smoothed area is at least half the largest of them, the one of the highest smoothed probability is proposed; of equals,
    which neighbours often are, the one of the larger smoothed area, then the one whose own probability is nearest to the smoothed, then the earlier.

    Returns
    -------
    int | None
        A frame from 0; None where no lesion stays in view.
    """
    frames = sorted(frame for frame in findings if 0 <= frame < frame_count)
    p = {frame: findings[frame].p_malignant or 0.0 for frame in frames}
    area = {frame: float(findings[frame].area_px) for frame in frames}
    smooth_p, smooth_area = _smoothed(p), _smoothed(area)
    shown = [frame for frame in frames if area[frame] > 0 and smooth_area[frame] > 0]
    largest = max((smooth_area[frame] for frame in shown), default=0.0)
    clear = [frame for frame in shown if 2 * smooth_area[frame] >= largest]
    return max(clear, key=lambda frame: (smooth_p[frame], smooth_area[frame], -abs(p[frame] - smooth_p[frame]), -frame), default=None)


def _smoothed(values: Mapping[int, float]) -> dict[int, float]:
    return {frame: median_low(values[near] for near in range(frame - _REACH, frame + _REACH + 1) if near in values) for frame in values}


def next_readable(frame: int, step: int, frame_count: int, unreadable: Collection[int]) -> int | None:
    """Return a frame, or where it is unreadable the nearest beyond it in the direction of ``step`` (1 or -1) that is not; None where none is."""
    while 0 <= frame < frame_count:
        if frame not in unreadable:
            return frame
        frame += step
    return None


def frame_due(first: int, steps: int, frame_count: int, is_looping: bool) -> int:
    """Return the frame that is due so many frames after ``first``: from the beginning again where it loops, else the last at most."""
    due = first + steps
    return due % frame_count if is_looping else min(due, frame_count - 1)


def frames_ahead(frame: int, step: int, count: int, frame_count: int, is_looping: bool) -> tuple[int, ...]:
    """Return the next frames in the direction of ``step`` (1 or -1), at most ``count`` and never ``frame`` itself."""
    count = min(count, frame_count - 1)
    frames = (frame + step * place for place in range(1, count + 1))
    if is_looping:
        return tuple(ahead % frame_count for ahead in frames)
    return tuple(ahead for ahead in frames if 0 <= ahead < frame_count)
