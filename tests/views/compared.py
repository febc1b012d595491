"""A session with a scan beside, and a comparison on screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Identity, Scan, Spacing
from busi_gui.views.scan.comparison import Comparison
from busi_gui.views.scan.scan_view import ScanView
from tests.views.cases import box_mask, make_case, speckle
from tests.views.fake_session import FakeSession

IDENTITY = Identity("Doe, Jane", "4711", "2024-03-26")


def make_compared(name: str = "right.png", rows: int = 60, columns: int = 80, mm: float | None = None, **fields: Any) -> Case:
    """Return an analysed case of noise with one lesion."""
    spacing = Spacing(mm, mm) if mm is not None else None
    scan = Scan(Path("/scans") / name, speckle(rows, columns), spacing=spacing, identity=IDENTITY)
    return make_case(replace(scan, **fields), (box_mask(scan.shape, rows // 3, columns // 3, rows // 2, columns // 2),))


def shown_comparison(qtbot):
    """Show one scan in a comparison of 1000 x 400 pixels; yields session and comparison."""
    # In a plain widget: Qt's offscreen platform warns of every window whose layout has a smallest size.
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1200, 600)
    session, view = FakeSession(), ScanView()
    comparison = Comparison(session, view, window)
    comparison.resize(1000, 400)
    session.case_changed.connect(lambda case: view.show_case(case, keep_view=False))
    window.show()
    window.activateWindow()
    session.set_case(make_compared())
    yield session, comparison
    window.close()
