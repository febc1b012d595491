"""A cine in words: where the reader is in it, how fast it plays, what is damaged, what was found."""

from __future__ import annotations

from collections.abc import Iterable

from busi_gui.services.states import CineState
from busi_gui.views.wording import probability_text

_MOST_RUNS = 6
"""Stretches of frames that one sentence can name."""


def rate_text(cine: CineState) -> str:
    """Return how fast it plays: ``"25 frames/s"``, marked where that is the program's guess; empty where it has no rate."""
    if not cine.frame_ms > 0:
        return ""
    rate = 1000 / cine.frame_ms
    number = f"{rate:.0f}" if rate >= 10 else f"{rate:.2g}"
    return f"{number} frame{'' if number == '1' else 's'}/s{'' if cine.has_stated_rate else ' (assumed)'}"


def runs(frames: Iterable[int]) -> list[tuple[int, int]]:
    """Return stretches of frames that follow one another, each as its first and last."""
    found: list[tuple[int, int]] = []
    for frame in sorted(frames):
        if found and frame == found[-1][1] + 1:
            found[-1] = found[-1][0], frame
        else:
            found.append((frame, frame))
    return found


def unreadable_text(unreadable: Iterable[int]) -> str:
    """Return a sentence such as ``"Frames 7 to 12 and 20 cannot be read"``, counted from 1; empty where all can."""
    stretches = runs(unreadable)
    if not stretches:
        return ""
    names = [f"{first + 1}" if first == last else f"{first + 1} to {last + 1}" for first, last in stretches]
    if len(names) > _MOST_RUNS:
        left = sum(last - first + 1 for first, last in stretches[_MOST_RUNS:])
        names = [*names[:_MOST_RUNS], f"{left} more"]
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    is_one = len(stretches) == 1 and stretches[0][0] == stretches[0][1]
    return f"Frame{'' if is_one else 's'} {listed} cannot be read"


def has_areas_in_mm(cine: CineState) -> bool:
    """Return whether every lesion that was found has an area in square millimetres, so that all can be compared."""
    found = [finding for finding in cine.findings.values() if finding.area_px]
    return bool(found) and all(finding.area_mm2 is not None for finding in found)


def finding_text(cine: CineState, frame: int) -> str:
    """Return what was found in a frame: ``"frame 34: 0.83, 142 mm²"``, or why there is nothing to say."""
    finding = cine.findings.get(frame)
    if frame in cine.unreadable:
        said = "cannot be read"
    elif finding is None:
        said = "not analysed"
    elif finding.p_malignant is None:
        said = "no lesion"
    elif has_areas_in_mm(cine) and finding.area_mm2 is not None:
        said = f"{probability_text(finding.p_malignant)}, {finding.area_mm2:.{0 if finding.area_mm2 >= 10 else 1}f} mm²"
    else:
        said = f"{probability_text(finding.p_malignant)}, {finding.area_px} px"
    if finding is not None and finding.is_doubted:
        said = f"looks like no breast ultrasound; {said}"
    return f"frame {frame + 1}: {said}"
