"""LinkedZoom: two scan views that zoom and move as one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.scan.viewport import Viewport


@dataclass(frozen=True)
class _Sight:
    """What a view shows, and which part of it.

    Attributes
    ----------
    path
        The scan's file: a cine that plays stays the same scan.
    column_mm
        Millimetres from one column to the next; None where the scan has no one scale.
    """

    path: Path
    column_mm: float | None
    look: Viewport

    @property
    def subject(self) -> tuple[object, ...]:
        """What must be the same for zoom and place to be the reader's doing."""
        return self.path, self.column_mm, self.look.rows, self.look.columns, self.look.aspect

    @property
    def place(self) -> tuple[float, float, float]:
        """What must change for the reader to have zoomed or moved; a view that was only given another size keeps it."""
        return self.look.scale, self.look.x, self.look.y


@dataclass(frozen=True)
class _Link:
    """Where the follower looks, given where the leader does.

    It is kept from the first movement of a leader to its last: so a follower that has come to the edge of its scan, and could not go along any
    further, is where it was when the leader comes back.

    Attributes
    ----------
    ratio
        The follower's scale for each of the leader's.
    ratio_y
        The same along the rows, which differs where scan pixels are not square.
    x, y
        The scan point of the follower that belongs to the leader's first corner.
    """

    ratio: float
    ratio_y: float
    x: float
    y: float

    @classmethod
    def between(cls, leader: Viewport, follower: Viewport, ratio: float) -> _Link:
        """Return the link by which the scan points in the middle of both belong together."""
        ratio_y = ratio * follower.aspect / leader.aspect
        return cls(ratio, ratio_y, follower.x - leader.x / ratio, follower.y - leader.y / ratio_y)

    def followed(self, leader: Viewport, follower: Viewport) -> Viewport:
        """Return where the follower looks."""
        return follower.placed(leader.scale * self.ratio, self.x + leader.x / self.ratio, self.y + leader.y / self.ratio_y)


class LinkedZoom(QObject):
    """Lets each of two views do what the reader does in the other.

    Zooming multiplies both scales by the same factor and moving moves both by the same distance on the screen, so scans of different pixel sizes go
    together. Where both are calibrated, both always have the same millimetres per screen pixel: fitted, they are as large as the one that is harder
    to fit allows. Else each is fitted by itself, and both show the same share of the picture.

    When the link is switched on, or another scan comes, the second view takes the first one's scale. It keeps the place that the reader has chosen
    in it, and takes the first one's where it was fitted.

    Parameters
    ----------
    first, second
        The views.
    parent
        Owns the link.

    Signals
    -------
    changed()
        The views are linked, or no longer; or they now have the same scale in millimetres, or no longer.
    """

    changed = Signal()

    def __init__(self, first: ScanView, second: ScanView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._views = first, second
        self._is_linked = True
        self._was_same_scale = False
        self._is_setting = False
        self._link: _Link | None = None
        self._leader = 0
        self._sights = self._seen()
        for place, view in enumerate(self._views):
            view.look_changed.connect(partial(self._on_viewport_changed, place))

    @property
    def is_linked(self) -> bool:
        """Whether what is done in one view is done in the other."""
        return self._is_linked

    @property
    def is_same_scale(self) -> bool:
        """Whether both views show their scans at the same millimetres per screen pixel, and will go on doing so."""
        return self._is_linked and self._ratio_in_mm() is not None

    def set_linked(self, linked: bool) -> None:
        """Link the views, or let each go its way."""
        if linked == self._is_linked:
            return
        self._is_linked = linked
        self._sights = self._seen()
        self._begin()
        self._was_same_scale = self.is_same_scale
        self.changed.emit()

    def set_looks(self, first: Viewport, second: Viewport) -> None:
        """Show these parts of both scans, without one following the other; linked views that are fitted stay so together."""
        self._link = None
        self._set(first, second)
        if self._is_linked and first.fitted:
            self._fit()

    def _seen(self) -> tuple[_Sight | None, _Sight | None]:
        first, second = self._views
        return _sight(first), _sight(second)

    def _both(self) -> tuple[_Sight, _Sight] | None:
        first, second = self._sights
        return (first, second) if first is not None and second is not None else None

    def _on_viewport_changed(self, moved: int) -> None:
        if self._is_setting:
            return
        before, self._sights = self._sights, self._seen()
        was, now = before[moved], self._sights[moved]
        if was is None or now is None or was.subject != now.subject:
            self._begin()
            self._announce_scale()
        elif self._both() is None or not self._is_linked:
            return
        elif now.look.fitted:
            self._fit()
        elif was.place != now.place:
            self._follow(moved, was.look)

    def _begin(self) -> None:
        both = self._both()
        self._link = None
        if both is None or not self._is_linked:
            self._fit_each()
            return
        first, second = both[0].look, both[1].look
        if first.fitted:
            self._fit()
            return
        ratio = self._ratio_in_mm()
        if ratio is None:
            ratio = second.fit_scale / first.fit_scale if second.fitted else second.scale / first.scale
        if second.fitted:
            self._set(first, _Link.between(first.fit(), second, ratio).followed(first, second))
        else:
            self._set(first, second.placed(first.scale * ratio, second.x, second.y))

    def _follow(self, leader: int, was: Viewport) -> None:
        both = self._both()
        if both is None:
            return
        looks = [sight.look for sight in both]
        now, follower = looks[leader], looks[1 - leader]
        if self._link is None or leader != self._leader:
            self._link, self._leader = _Link.between(was, follower, self._ratio(leader, was, follower)), leader
        looks[1 - leader] = self._link.followed(now, follower)
        self._set(looks[0], looks[1])

    def _ratio(self, leader: int, was: Viewport, follower: Viewport) -> float:
        in_mm = self._ratio_in_mm()
        if in_mm is None:
            return follower.scale / was.scale
        return in_mm if leader == 0 else 1 / in_mm

    def _ratio_in_mm(self) -> float | None:
        """Return the second view's scale for each of the first one's at which both have the same millimetres per pixel of the screen."""
        both = self._both()
        if both is None or both[0].column_mm is None or both[1].column_mm is None:
            return None
        return both[1].column_mm / both[0].column_mm

    def _fit(self) -> None:
        both = self._both()
        if both is None:
            return
        self._link = None
        first, second, ratio = both[0].look, both[1].look, self._ratio_in_mm()
        if ratio is None:
            self._set(first.fit(), second.fit())
            return
        scale = min(first.fit_scale, second.fit_scale / ratio)
        self._set(first.fit(scale), second.fit(scale * ratio))

    def _fit_each(self) -> None:
        # What was made smaller for the sake of the other need not be any longer.
        first, second = (sight.look.fit() if sight is not None and sight.look.fitted else None for sight in self._sights)
        self._set(first, second)

    def _set(self, *looks: Viewport | None) -> None:
        self._is_setting = True
        try:
            for view, look in zip(self._views, looks, strict=True):
                if look is not None and look != view.look:
                    view.look = look
        finally:
            self._is_setting = False
        self._sights = self._seen()

    def _announce_scale(self) -> None:
        if self.is_same_scale != self._was_same_scale:
            self._was_same_scale = self.is_same_scale
            self.changed.emit()


def _sight(view: ScanView) -> _Sight | None:
    look = view.look
    if view.case is None or look is None:
        return None
    scan = view.case.scan
    return _Sight(scan.path, scan.spacing.column_mm if scan.spacing is not None else None, look)
