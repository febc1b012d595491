"""Arrays of points as Qt's polygons."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QPolygonF
from shiboken6 import VoidPtr


def polygon_of(points: npt.NDArray[np.float64]) -> QPolygonF:
    """Return points, float64 (n, 2): x, y, as a polygon; written into its memory at once, without an object for each."""
    polygon = QPolygonF()
    if len(points):
        polygon.resize(len(points))
        memory = VoidPtr(polygon.data(), points.nbytes, True)  # type: ignore[call-arg, arg-type]  # its stubs know one argument of three
        np.frombuffer(memory, np.float64)[:] = points.ravel()  # type: ignore[call-overload]
    return polygon
