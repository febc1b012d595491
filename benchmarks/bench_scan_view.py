"""How long the window waits when it shows a giant scan: `python benchmarks/bench_scan_view.py [rows columns]`, milliseconds on standard output."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from busi_gui.views.scan.overlays import outline
from busi_gui.views.scan.scan_view import Layer, ScanView
from busi_gui.views.theme import apply_theme
from tests.views.cases import make_case, make_scan


def measured(name: str, action: Callable[[], object], times: int = 1) -> None:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        took.append((time.perf_counter() - start) * 1000)
    print(f"{name:<44}{min(took):8.1f} ms{f'   (worst of {times}: {max(took):.1f} ms)' if times > 1 else ''}")


def main(rows: int, columns: int) -> None:
    app = QApplication(sys.argv[:1])
    apply_theme(app)
    scan = make_scan(rows, columns)
    canvas = np.zeros(scan.shape, np.uint8)
    cv2.ellipse(canvas, (columns // 2, rows // 2), (columns // 4, rows // 5), 20, 0, 360, 1, -1)
    case = make_case(scan, (canvas.astype(np.bool_),))
    view = ScanView()
    view.resize(1400, 900)
    view.show()
    app.processEvents()

    def narrow() -> None:
        view.set_window(view.window_width * 0.9, 120)
        view.grab()

    def fade() -> None:
        view.set_layer_opacity(Layer.SALIENCY, view.layer_opacity(Layer.SALIENCY) * 0.9)
        view.grab()

    def approach() -> None:
        view.zoom_by(1.2)
        view.grab()

    print(f"scan {rows} x {columns}, view {view.width()} x {view.height()}, device pixel ratio {view.devicePixelRatioF():g}")
    measured("show the case", partial(view.show_case, case, False))
    measured("draw it first", view.grab)
    measured("draw it again", view.grab, 5)
    measured("draw with another window", narrow, 5)
    view.set_layer_visible(Layer.SALIENCY, True)
    measured("draw the saliency first", view.grab)
    measured("draw with another opacity", fade, 5)
    for layer in Layer:
        view.set_layer_visible(layer, True)
    measured("draw all layers", view.grab, 5)
    measured("zoom in by 1.2 and draw", approach, 20)
    view.one_to_one()
    measured("draw at 1:1", view.grab)
    measured("outline alone", partial(outline, case.lesions[0].mask, case.lesions[0].measures.bbox), 3)


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:3] or ("9000", "12000")))
