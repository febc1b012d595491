"""Where the scan lies in its window: geometry only, no widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_ZOOM = 40.0
"""Device pixels per scan pixel beyond which nothing more is to be seen."""


@dataclass(frozen=True)
class Viewport:
    """A rectangle of screen looking at a scan. Points are (x, y); x, y of the scan count from the outer corner of its first pixel.

    Attributes
    ----------
    width, height
        Of the screen rectangle, in device-independent pixels.
    columns, rows
        Of the scan.
    aspect
        How much taller than wide one scan pixel is.
    ratio
        Device pixels per device-independent pixel.
    scale
        Device-independent pixels per scan column.
    x, y
        The scan point at the middle of the rectangle.
    fitted
        Whether the whole scan is to stay in sight when the rectangle changes its size.
    """

    width: float
    height: float
    columns: int
    rows: int
    aspect: float = 1.0
    ratio: float = 1.0
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    fitted: bool = True

    @property
    def zoom(self) -> float:
        """Device pixels per scan pixel, along the side where pixels lie closer."""
        return self.scale * self.ratio * min(1.0, self.aspect)

    @property
    def scale_y(self) -> float:
        """Device-independent pixels per scan row."""
        return self.scale * self.aspect

    @property
    def origin(self) -> tuple[float, float]:
        """Where the scan's first corner lies in the rectangle; on a whole device pixel at 1:1, so that each scan pixel fills exactly one."""
        left, top = self.width / 2 - self.x * self.scale, self.height / 2 - self.y * self.scale_y
        if abs(self.zoom - 1) > 1e-9:
            return left, top
        return round(left * self.ratio) / self.ratio, round(top * self.ratio) / self.ratio

    def to_scan(self, x: float, y: float) -> tuple[float, float]:
        """Return the scan point under a point of the rectangle."""
        left, top = self.origin
        return (x - left) / self.scale, (y - top) / self.scale_y

    def to_screen(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the rectangle over a scan point."""
        left, top = self.origin
        return left + x * self.scale, top + y * self.scale_y

    @property
    def fit_scale(self) -> float:
        """Device-independent pixels per scan column at which the whole scan is as large as it will go."""
        return min(self.width / self.columns, self.height / (self.rows * self.aspect))

    def fit(self, largest: float | None = None) -> Viewport:
        """Return the viewport that shows the whole scan, as large as it will go, or at the scale ``largest`` where that is smaller."""
        scale = self.fit_scale if largest is None else min(self.fit_scale, largest)
        return replace(self, scale=scale, x=self.columns / 2, y=self.rows / 2, fitted=True)

    def placed(self, scale: float, x: float, y: float) -> Viewport:
        """Return the viewport with a scan point in the middle at this scale, whatever `zoomed` would stop at. Kept over the scan."""
        return _held(replace(self, scale=scale, x=x, y=y, fitted=False))

    def one_to_one(self) -> Viewport:
        """Return the viewport with one device pixel to the scan pixel; the middle stays."""
        return _held(replace(self, scale=1 / (self.ratio * min(1.0, self.aspect)), fitted=False))

    def zoomed(self, factor: float, x: float, y: float) -> Viewport:
        """Return the viewport ``factor`` times closer, with the same scan point under (x, y) of the rectangle. Clamped at both ends."""
        across = self.ratio * min(1.0, self.aspect)
        # What `placed` has put beyond an end may come back from there, and does not jump there first.
        smallest = min(self.fit_scale / 2, 1 / across / 2, self.scale)
        largest = max(MAX_ZOOM / across, self.scale)
        scale = min(max(self.scale * factor, smallest), largest)
        point_x, point_y = self.to_scan(x, y)
        centre_x = point_x - (x - self.width / 2) / scale
        centre_y = point_y - (y - self.height / 2) / (scale * self.aspect)
        return _held(replace(self, scale=scale, x=centre_x, y=centre_y, fitted=False))

    def panned(self, x: float, y: float) -> Viewport:
        """Return the viewport with the scan moved by (x, y) device-independent pixels."""
        return _held(replace(self, x=self.x - x / self.scale, y=self.y - y / self.scale_y, fitted=False))

    def resized(self, width: float, height: float, ratio: float) -> Viewport:
        """Return the viewport of a rectangle that changed its size: still fitted if it was, else the same scan point in the middle."""
        moved = replace(self, width=max(1.0, width), height=max(1.0, height), ratio=ratio)
        return moved.fit() if self.fitted else moved


def _held(look: Viewport) -> Viewport:
    # The middle always lies over the scan: it can be moved aside, never lost.
    return replace(look, x=min(max(look.x, 0.0), float(look.columns)), y=min(max(look.y, 0.0), float(look.rows)))
