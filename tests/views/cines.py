"""Cines made by hand, for what views show; and a wheel to turn over any widget."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from busi_gui.services.states import CineState, FrameFinding

DAMAGED = frozenset({6, 7, 8, 9, 10, 11, 70})


def make_finding(p_malignant: float | None = 0.83, area_px: int = 1000, area_mm2: float | None = 142.0) -> FrameFinding:
    """Return what was found in one frame; None: no lesion."""
    if p_malignant is None:
        return FrameFinding(None, 0, None, (60, 80))
    return FrameFinding(p_malignant, area_px, area_mm2, (60, 80))


def make_findings(frames: Iterable[int], **how: Any) -> dict[int, FrameFinding]:
    """Return findings whose probability rises with the frame."""
    return {frame: make_finding(0.1 + frame / 200, **how) for frame in frames}


def make_cine(**fields: Any) -> CineState:
    """Return the 34th of 120 frames, recorded at 25 a second; ``fields`` are CineState's own."""
    return CineState(**{"frame": 33, "frame_count": 120, "frame_ms": 40.0, "has_stated_rate": True, **fields})


def turn_wheel(
    widget: QWidget,
    notches: float,
    place: QPoint | None = None,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    phase: Qt.ScrollPhase = Qt.ScrollPhase.NoScrollPhase,
) -> None:
    """Turn the wheel over a widget, away from the reader positive."""
    at = widget.rect().center() if place is None else place
    turn = QPoint(0, round(120 * notches))
    where = QPointF(at), QPointF(widget.mapToGlobal(at))
    QApplication.sendEvent(widget, QWheelEvent(*where, QPoint(), turn, Qt.MouseButton.NoButton, modifiers, phase, False))
