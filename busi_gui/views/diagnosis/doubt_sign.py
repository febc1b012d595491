"""DoubtSign: that a verdict is uncertain, and why."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from busi_gui.domain.doubt import Doubt
from busi_gui.views.diagnosis.caution_sign import CautionSign
from busi_gui.views.doubt_words import doubt_heading, reason_texts
from busi_gui.views.labels import Role, Words
from models.analysis import Diagnosis, NetworkInfo


class DoubtSign(QFrame):
    """A sign, the word, and the reasons below it; hidden where there is no doubt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = CautionSign("Uncertain", self)
        self._heading = Words(role=Role.CAUTION)
        self._reasons = Words()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self._heading)
        column.addWidget(self._reasons)
        row.addLayout(column, 1)
        self.setAccessibleName("Uncertain")
        self.hide()

    def show_doubt(self, doubt: Doubt, diagnosis: Diagnosis, network: NetworkInfo) -> None:
        """Say what speaks against a verdict."""
        self._heading.setText(doubt_heading(doubt))
        self._reasons.setText("\n".join(f"• {text}" for text in reason_texts(doubt, diagnosis, network)))
        self.setAccessibleDescription(f"{self._heading.text()} {self._reasons.text()}".strip())
        self.setVisible(doubt.is_uncertain)
