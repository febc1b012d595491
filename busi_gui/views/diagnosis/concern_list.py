"""ConcernList: what speaks against trusting the result, said before it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box
from busi_gui.views.diagnosis.caution_sign import CautionSign
from busi_gui.views.labels import Role, Words
from models.analysis import Concern

FIELD_SENTENCE = "Only the part inside the dashed frame was looked at."
NOT_SHOWN_SENTENCE = "The result is not shown."


class ConcernList(QWidget):
    """The concerns of a case, each with a caution sign and with the button that helps.

    Signals
    -------
    crop_wanted(Box | None)
        The networks are to look at nothing but this part of the scan; None: at all of it.
    result_wanted()
        The reader wants the result all the same.
    """

    crop_wanted = Signal(object)
    result_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[QWidget] = []
        self._told: tuple[object, ...] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.setAccessibleName("Before the result")
        self.hide()

    def show_case(self, case: Case | None, *, is_withheld: bool) -> None:
        """Say what is to be known of a case before its result, and whether that is withheld; what is said already stays, with the focus in it."""
        told = (case.concerns, case.scan.field, is_withheld) if case is not None else None
        if told == self._told:
            return
        self._told = told
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for concern in case.concerns if case is not None else ():
            self._add(_ConcernRow(concern.sentence), self._button_for(concern))
        if is_withheld:
            button = QPushButton("Show it all the same")
            button.clicked.connect(self.result_wanted)
            self._add(Words(NOT_SHOWN_SENTENCE), button)
        if case is not None and case.scan.field is not None:
            self._add(Words(FIELD_SENTENCE, Role.SECONDARY), self._crop_button("Use the whole picture", None))
        self.setVisible(bool(self._rows))

    def _button_for(self, concern: Concern) -> QPushButton | None:
        return self._crop_button("Crop to the scan", Box(*concern.field)) if concern.field is not None else None

    def _crop_button(self, text: str, field: Box | None) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: self.crop_wanted.emit(field))
        return button

    def _add(self, *parts: QWidget | None) -> None:
        for part in parts:
            if part is not None:
                self._rows.append(part)
                self._column.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft if isinstance(part, QPushButton) else Qt.AlignmentFlag(0))
                part.show()  # now: in a list that is visible already Qt would do it later


class _ConcernRow(QFrame):
    """A caution sign and a sentence: the sign says by its shape what the colour says."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sign = CautionSign("Caution", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(Words(sentence, Role.CAUTION), 1)
