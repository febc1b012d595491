"""Measuring: callipers and calibration by hand, for all views of the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, Signal

from busi_gui.domain.callipers import Calliper, Distance
from busi_gui.domain.scan import Calibration, Scan, Spacing
from busi_gui.services.session import Session
from busi_gui.views.actions import Actions
from busi_gui.views.measuring.calibration_dialog import CalibrationDialog
from busi_gui.views.measuring.calliper_hand import CalliperHand
from busi_gui.views.scan.comparison import Comparison
from busi_gui.views.scan.scan_view import ScanView

NOT_THIS_ONE = "Only the main scan can be calibrated. Swap the two scans, then draw the line on the ruler again."


class Measuring(QObject):
    """Gives each view a hand for callipers, and joins them to actions and session.

    What was measured belongs to a frame's reading, whichever view shows it. Deleting acts on the view that is active.

    Parameters
    ----------
    session
        Is told of a calibration; says which scan is on screen.
    comparison
        Where the reader measures.
    actions
        Their rows for measuring are connected here; the tools' own are whoever's chooses the tool.
    parent
        Owns it.

    Signals
    -------
    said(str)
        A sentence for the reader.
    changed()
        Another measurement is selected where the reader works, or none.
    """

    said = Signal(str)
    changed = Signal()

    def __init__(self, session: Session, comparison: Comparison, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._comparison, self._actions = session, comparison, actions
        self._hands = [CalliperHand(view, comparison.editing_of(view), self) for view in comparison.all_views()]
        self._dialog: CalibrationDialog | None = None
        for hand in self._hands:
            hand.changed.connect(self._refresh)
            hand.ruler_drawn.connect(partial(self._on_ruler_drawn, hand))
            hand.tool_left.connect(self._leave_tool)
        slots: dict[str, Callable[[], None]] = {
            "clear_measurements": self._on_clear,
            "file_scale": lambda: session.calibrate(None),
        }
        for name, slot in slots.items():
            actions[name].triggered.connect(slot)
        comparison.active_changed.connect(self._refresh)
        session.case_changed.connect(self._on_case_changed)
        self._refresh()

    @property
    def dialog(self) -> CalibrationDialog | None:
        """The question how long a line is, while it is open."""
        return self._dialog

    @property
    def selected(self) -> Calliper | None:
        """The measurement that is selected in the active view."""
        return self._hand.selected

    def hand(self, view: ScanView) -> CalliperHand:
        """Return the hand that measures in a view."""
        return next(hand for hand in self._hands if hand.view is view)

    def delete_selected(self) -> bool:
        """Delete the measurement that is selected in the active view; return whether there was one."""
        return self._hand.delete_selected()

    @property
    def _hand(self) -> CalliperHand:
        return self.hand(self._comparison.active_view)

    def _on_clear(self) -> None:
        self._hand.clear()

    def _leave_tool(self) -> None:
        self._actions["hand"].trigger()

    def _refresh(self) -> None:
        actions, case = self._actions, self._session.case
        actions["clear_measurements"].setEnabled(bool(self._hand.callipers))
        for name in ("distance", "angle", "calibrate"):
            actions[name].setEnabled(case is not None)
        actions["file_scale"].setEnabled(case is not None and case.scan.calibration is Calibration.HAND)
        self.changed.emit()

    # calibration ----------------------------------------------------------------------------------------------------------------------------------

    def _on_ruler_drawn(self, hand: CalliperHand, line: Distance) -> None:
        case = hand.view.case
        if case is None or self._session.case is None or not _is_same(case.scan, self._session.case.scan):
            hand.drop_ruler()
            self.said.emit(NOT_THIS_ONE)
            return
        dialog = self._dialog = CalibrationDialog(case.scan, line, hand.view.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.calibrated.connect(self._on_calibrated)
        dialog.finished.connect(partial(self._on_answered, hand))
        dialog.place_beside(_on_desktop(hand.view, line), QRect(hand.view.mapToGlobal(QPoint()), hand.view.size()))
        dialog.open()

    def _on_calibrated(self, spacing: Spacing) -> None:
        self._session.calibrate(spacing)

    def _on_answered(self, hand: CalliperHand, _result: int) -> None:
        self._dialog = None
        hand.drop_ruler()
        self._leave_tool()

    def _on_case_changed(self) -> None:
        case = self._session.case
        if self._dialog is not None and (case is None or not self._dialog.is_about(case.scan)):
            self._dialog.reject()  # the session would calibrate what is on screen now
        self._refresh()


def _is_same(scan: Scan, other: Scan) -> bool:
    """Whether both are of one file, whichever frame: a scale holds for all of them."""
    return scan.path == other.path and scan.shape == other.shape


def _on_desktop(view: ScanView, line: Distance) -> QRect:
    """Return the rectangle around a line in screen coordinates."""
    look = view.look
    if look is None:
        return QRect(view.mapToGlobal(QPoint()), QSize())
    ends = [QPoint(*(round(part) for part in look.to_screen(point.x, point.y))) for point in line.points]
    return QRect(view.mapToGlobal(ends[0]), view.mapToGlobal(ends[1])).normalized()
