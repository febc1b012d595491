"""EnlargedCase: a case of the gallery as large as its window, and the way to the next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from busi_gui.views.labels import Role, Words, plain_button
from busi_gui.views.retraining.outlined import NEW, OLD, READER, CasePictures, HandLegend, OutlinedPicture
from busi_gui.views.retraining.words import gallery_text
from models.retraining.evidence import GalleryCase

_SIDE_EM = 32


class EnlargedCase(QDialog):
    """Shows one of some cases. Left and Right go to the others, Esc closes it.

    Attributes
    ----------
    place
        Which of the cases is shown, from 0.
    """

    def __init__(self, cases: Sequence[GalleryCase], place: int, pictures: CasePictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Held-out case")
        self._cases, self._pictures = cases, pictures
        self.place = place
        em = self.fontMetrics().height()
        self.picture = OutlinedPicture(em * _SIDE_EM, "A held-out case")
        self.picture.fill_its_room()
        self._caption = Words("", Role.SECONDARY)
        self._before, self._after = QPushButton("&Previous"), QPushButton("&Next")
        for button, step, key in ((self._before, -1, Qt.Key.Key_Left), (self._after, 1, Qt.Key.Key_Right)):
            button.clicked.connect(lambda _=False, step=step: self._go(step))
            button.setToolTip(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText))
            button.setAutoDefault(False)
            QShortcut(QKeySequence(key), self, lambda step=step: self._go(step))
        row = QHBoxLayout()
        row.addWidget(self._caption, 1)
        row.addWidget(self._before)
        row.addWidget(self._after)
        row.addWidget(plain_button("Close", "Esc", self.reject))
        column = QVBoxLayout(self)
        column.addWidget(self.picture, 1)
        column.addWidget(HandLegend((READER, OLD, NEW), em))
        column.addLayout(row)
        pictures.came.connect(self._on_came)
        self._show()

    def text(self) -> str:
        """Return what it says of the case."""
        return self._caption.text()

    def _go(self, step: int) -> None:
        self.place = min(max(self.place + step, 0), len(self._cases) - 1)
        self._show()

    def _show(self) -> None:
        case = self._cases[self.place]
        self._caption.setText(f"{self.place + 1} of {len(self._cases)}. {gallery_text(case)}")
        self.picture.setAccessibleName(f"A held-out case. {gallery_text(case)}")
        self.picture.show_pixels(self._pictures.of(case.key))
        self.picture.show_outlines([(READER, case.reader), (OLD, case.old), (NEW, case.new)])
        self._before.setEnabled(self.place > 0)
        self._after.setEnabled(self.place < len(self._cases) - 1)

    def _on_came(self, name: str) -> None:
        if name == self._cases[self.place].key:
            self.picture.show_pixels(self._pictures.of(name))
