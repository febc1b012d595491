"""LesionList: the lesions of the case on screen, what can be done to them, and what the reader thinks of the one in hand."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QDockWidget, QDoubleSpinBox, QHBoxLayout, QScrollArea, QToolButton, QVBoxLayout, QWidget

from busi_gui.domain.case import Case
from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.views import theme
from busi_gui.views.actions import Actions
from busi_gui.views.after_paint import AfterPaint, Turns
from busi_gui.views.editing.assessment_form import AssessmentForm
from busi_gui.views.editing.commands import STEPS
from busi_gui.views.editing.lesion_edits import LesionEdits, step_unit
from busi_gui.views.editing.lesion_rows import LesionRows
from busi_gui.views.editing.offer_lines import OfferLines
from busi_gui.views.labels import Role, Words
from busi_gui.views.selection import Selection
from busi_gui.views.wrap_row import WrapRow

SHAPING = ("fill_holes", "smooth", "keep_largest", "network_outline", "merge_lesions", "split_lesion")
STEP_RANGES = {"mm": (0.1, 9.9, 0.1, 1), "px": (1.0, 99.0, 1.0, 0)}
"""Of the distance by which an outline is moved: least, most, step, digits."""
UNSAID = "The remark was not kept, for another scan came on screen while it was typed: {text}"


class LesionList(QWidget):
    """Everything about several lesions in one widget, to be put where the reader looks; nothing of it shows while there is nothing to say.

    Attributes
    ----------
    assessment
        What the reader thinks of the lesion in hand; at the end of the list, until somebody gives it another place and shows it there.

    Signals
    -------
    outlines_shown(tuple[Mask, ...])
        The reader wants to see these outlines of the network's over the scan, dashed; and no others.
    said(str)
        A sentence for the reader.
    """

    outlines_shown = Signal(object)
    said = Signal(str)

    def __init__(self, session: Session, selection: Selection, actions: Actions, settings: Settings, turns: Turns | None = None) -> None:
        super().__init__()
        self._session, self._selection, self._actions, self._settings = session, selection, actions, settings
        self._edits = LesionEdits(session, self)
        self._edits.said.connect(self.said)
        self._heading = Words(role=Role.HEADING)
        self._hint = Words()
        self._new = _button(actions, "new_lesion")
        self.rows = LesionRows(session, selection, actions, self._edits)
        self.step = QDoubleSpinBox()
        shaping = [_button(actions, name) for name in SHAPING]
        moving = [_button(actions, "narrow"), self.step, _button(actions, "widen"), _button(actions, "copy_to_next_frame")]
        self._tools, self._move = WrapRow(shaping, 0, 2), WrapRow(moving, 1, 2)
        self.assessment = AssessmentForm()
        self.offers = OfferLines()
        self._body = QWidget()
        self._assessed: tuple[Path, int, int] | None = None  # the file, frame and lesion that the form is about
        self._drawing = AfterPaint(self._draw, self, turns)
        self._lay_out()
        self._connect()
        self._drawing.now()

    def _lay_out(self) -> None:
        self.step.setAccessibleName("How far the outline moves")
        self.step.setToolTip("How far the outline moves when it grows or shrinks")
        self.step.setKeyboardTracking(False)
        self.step.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        top = QHBoxLayout()
        top.addWidget(self._heading, 1, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self._new)
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(top)
        parts: tuple[QWidget, ...] = (self.rows, self._hint, self._tools, self._move, self.offers, self.assessment)
        for part in parts:
            column.addWidget(part)
        column.insertSpacing(column.indexOf(self.assessment), 6)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._body)

    def _connect(self) -> None:
        for signal in (self._session.case_changed, self._session.network_changed, self._selection.changed):
            signal.connect(self._drawing.ask)
        self._actions.keys_changed.connect(self._drawing.now)
        self._actions["rename_lesion"].triggered.connect(self._on_rename)
        self.step.valueChanged.connect(self._on_step)
        self.assessment.assessed.connect(self._on_assessed)
        self.assessment.typing.connect(lambda: self._session.play(False))
        self.offers.shown.connect(self.outlines_shown)
        self.offers.wanted.connect(self._edits.take_over)

    def minimumSizeHint(self) -> QSize:
        """Return the width below which something would be cut, whatever is shown just now."""
        parts: tuple[QWidget, ...] = (self.rows, self._tools, self._move, self.offers, self.assessment)
        return QSize(max(part.minimumSizeHint().width() for part in parts), super().minimumSizeHint().height())

    def _draw(self) -> None:
        case = self._session.case
        self.rows.show_case(case)
        self.offers.show_case(case if case is not None and case.lesions else None)  # with none left, all of the network's are offered beside it
        self._refresh()

    def _refresh(self) -> None:
        case = self._session.case
        count = len(case.lesions) if case is not None else 0
        lesion = case.lesion(self._selection.number) if case is not None else None
        self._body.setVisible(count > 0 or bool(self._hint_text(case, count)))
        self._heading.setText("1 lesion" if count == 1 else f"{count} lesions" if count else "Lesions")
        self._hint.setText(self._hint_text(case, count))
        self._hint.setVisible(bool(self._hint.text()))
        self.rows.setVisible(count > 0)
        for part in (self._tools, self._move, *([self.assessment] if self.isAncestorOf(self.assessment) else [])):
            part.setVisible(lesion is not None)
        self._show_step()
        if case is not None and lesion is not None:
            self._assessed = about = case.scan.path, case.scan.frame, lesion.number
            unsaid = self.assessment.show_assessment(about, lesion.outline.title, lesion.outline.assessment)
            if unsaid:
                self.said.emit(UNSAID.format(text=unsaid))

    def _hint_text(self, case: Case | None, count: int) -> str:
        if case is None:
            return ""
        key = self._actions.keys_text("brush").split(", ")[0]
        if not count and (case.analysis is not None or not case.reading.is_touched):
            return ""  # what the networks found, or that they are at work, is said beside the list
        if not count:
            return f"No lesion. Draw one with {key} if you see one." if key else "No lesion. Draw one with the brush if you see one."
        return f"What you draw next is lesion {case.reading.next_number}." if self._selection.is_beginning else ""

    def _show_step(self) -> None:
        unit = step_unit(self._session.case, self._selection.number)
        least, most, step, digits = STEP_RANGES[unit]
        with QSignalBlocker(self.step):
            self.step.setDecimals(digits)
            self.step.setRange(least, most)
            self.step.setSingleStep(step)
            self.step.setSuffix(f" {unit}")
            self.step.setValue(self._settings.outline_step(unit, STEPS[unit]))

    def _on_step(self, step: float) -> None:
        self._settings.set_outline_step(step_unit(self._session.case, self._selection.number), step)

    def _on_assessed(self, assessment: object) -> None:
        case = self._session.case
        if case is None or self._assessed is None:
            return
        # Of the lesion that the form is about: another one may just have been taken in hand.
        path, frame, number = self._assessed
        if (case.scan.path, case.scan.frame) == (path, frame) and case.lesion(number) is not None:
            self._edits.assess(number, assessment)  # type: ignore[arg-type]

    def _on_rename(self) -> None:
        number = self._selection.number
        if number is None:
            return
        self._come_into_sight()
        self.rows.begin_naming(number)

    def _come_into_sight(self) -> None:
        """Open the dock that holds the list, and scroll to it."""
        parent = self.parentWidget()
        while parent is not None:
            if isinstance(parent, QDockWidget):
                parent.show()
                parent.raise_()
            elif isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(self.rows)
            parent = parent.parentWidget()


def _button(actions: Actions, name: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(actions[name])
    side = round(theme.icon_px() * 0.9)
    button.setIconSize(QSize(side, side))
    button.setStyleSheet("padding: 3px;")
    button.setAccessibleName(actions[name].text())
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
