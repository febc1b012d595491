"""ScanPane: a scan view with a line above it that tells it from its neighbour."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.doubt import doubt_about
from busi_gui.views import theme
from busi_gui.views.labels import ElidedLabel, Role, dress
from busi_gui.views.scan.corner_text import readable_date
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.wording import probability_text

_SHORT_NAME = 10
"""Letters of a file's name that are left before anything else of the line is."""


class ScanPane(QWidget):
    """A view with a line above it that says what it shows; framed while it has a neighbour."""

    def __init__(self, view: ScanView, role: str) -> None:
        super().__init__()
        self.view = view
        self._is_active = False
        self._is_framed = False
        self.header = PaneHeader(role)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addWidget(self.header)
        self._column.addWidget(view, 1)
        self.set_framed(False)

    def set_framed(self, framed: bool) -> None:
        """Show line and frame, or the view alone."""
        self._is_framed = framed
        self.header.setVisible(framed)
        margin = 1 if framed else 0
        self._column.setContentsMargins(margin, margin, margin, margin)
        self._column.activate()  # now, not with the next event: what is shown next is fitted to the room that it has
        self.update()

    def set_active(self, active: bool) -> None:
        """Show whether keys go here."""
        self._is_active = active
        self.header.set_active(active)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a click on the line for one on the view."""
        self.view.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame."""
        if not self._is_framed:
            return
        painter = QPainter(self)
        painter.setPen(QColor(theme.BORDER if self._is_active else theme.LINE))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class PaneHeader(QWidget):
    """One line: what the view is for, which file, which frame, what was found, how it goes together with the other, and when it was made.

    Where it is narrow the date goes first, for the view's corner has it too, then the note, then what was found; then the name is cut in the middle.
    """

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role, self._name, self._frame, self._outcome, self._date, self._note = self._labels = (
            ElidedLabel(),
            ElidedLabel(Qt.TextElideMode.ElideMiddle),
            ElidedLabel(),
            ElidedLabel(),
            ElidedLabel(),
            ElidedLabel(),
        )
        self._role.show_text(role)
        self._row = QHBoxLayout(self)
        space = self.fontMetrics().averageCharWidth()
        self._row.setContentsMargins(space, 0, 0, 0)
        self._row.setSpacing(space)
        for label in self._labels:
            self._row.addWidget(label)
        self._row.insertStretch(self._row.indexOf(self._note), 1)
        # The same for both, whether there are buttons or not: views of the same height fit their scans alike.
        self.setFixedHeight(round(self.fontMetrics().height() * 1.75))
        self.set_active(False)

    @property
    def text(self) -> str:
        """What the line says, also where there is no room for all of it."""
        return ", ".join(label.full_text for label in self._labels if label.full_text)

    def add_button(self, text: str, tooltip: str) -> QToolButton:
        """Put a button at the end of the line."""
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tooltip)
        button.setAccessibleName(tooltip)
        button.setFont(theme.scaled_font(theme.SMALL))
        button.setStyleSheet("padding: 1px 3px;")
        self._row.addWidget(button)
        return button

    def describe(self, case: Case | None, *, with_date: bool) -> None:
        """Say what is shown; when it was made only if the identity may be seen."""
        scan = case.scan if case is not None else None
        self._name.show_text(scan.path.name if scan is not None else "")
        self._frame.show_text(f"{scan.frame + 1}/{scan.frame_count}" if scan is not None and scan.frame_count > 1 else "")
        self._outcome.show_text(outcome_of(case))
        self._date.show_text(readable_date(scan.identity.study_date) if scan is not None and with_date else "")
        self._give_way()

    def show_note(self, text: str) -> None:
        """Say how the two scans go together."""
        self._note.show_text(text)
        self._give_way()

    def set_active(self, active: bool) -> None:
        """Show whether keys go to the view below."""
        dress(self._role, Role.HEADING if active else Role.SECONDARY)
        dress(self._name, Role.TEXT if active else Role.SECONDARY)
        for label in (self._frame, self._outcome, self._date, self._note):
            dress(label, Role.SECONDARY)
        self._give_way()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self._give_way()

    def _give_way(self) -> None:
        space = self._row.spacing()
        buttons = sum(button.sizeHint().width() + space for button in self.findChildren(QToolButton))
        room = self.width() - self._row.contentsMargins().left() - buttons
        room -= min(self._name.sizeHint().width(), self.fontMetrics().averageCharWidth() * _SHORT_NAME) + space
        self.setToolTip(self.text)
        for label in (self._role, self._frame, self._outcome, self._note, self._date):
            wide = label.sizeHint().width() + space if label.full_text else 0
            is_needed = label in (self._role, self._frame)
            label.setVisible(bool(label.full_text) and (is_needed or wide <= room))
            label.setMinimumWidth(label.sizeHint().width())
            room -= wide
        self._row.activate()


def outcome_of(case: Case | None) -> str:
    """Return what was found, in few words: ``"0.83 above the point"``; empty where it is not known or kept back."""
    if case is None or case.analysis is None or case.is_doubted:
        return ""
    p = case.p_malignant
    if p is None:
        return "" if case.lesions else "no lesion"
    point = case.analysis.network.operating_point
    lesion = next(lesion for lesion in case.lesions if lesion.diagnosis is not None and lesion.diagnosis is case.highest)
    assert lesion.diagnosis is not None
    is_uncertain = not lesion.is_stale and doubt_about(lesion.diagnosis, point, case.concerns, lesion.number).is_uncertain
    return f"{probability_text(p)} {'above' if p >= point.threshold else 'below'} the point{', uncertain' if is_uncertain else ''}"
