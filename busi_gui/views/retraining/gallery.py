"""Gallery: the held-out cases that change most, each with the reader's outline and those of both networks. A click enlarges one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from busi_gui.views.labels import Role, Words
from busi_gui.views.retraining.enlarged import EnlargedCase
from busi_gui.views.retraining.outlined import NEW, OLD, READER, CasePictures, HandLegend, OutlinedPicture
from busi_gui.views.retraining.words import gallery_text
from busi_gui.views.wrap_row import WrapRow
from models.retraining.evidence import GalleryCase

LEAST_PX = 200
"""Side of a picture: in a smaller one three lines cannot be told apart."""
_PICTURE_EM = 12


class Gallery(QWidget):
    """The most improved cases, then the most worsened.

    Attributes
    ----------
    pictures
        Those that are shown, in the order in which they are read.
    """

    def __init__(self, cases: CasePictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cases = cases
        self._content: QWidget | None = None
        self._named: list[tuple[str, OutlinedPicture]] = []
        self._shown: list[GalleryCase] = []
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        cases.came.connect(self._on_came)

    @property
    def pictures(self) -> list[OutlinedPicture]:
        """See the class."""
        return [picture for _, picture in self._named]

    def show_cases(self, improved: Sequence[GalleryCase], worsened: Sequence[GalleryCase]) -> None:
        """Show these cases, but for those whose figures stay what they are to two digits."""
        self._named = []
        improved, worsened = ([case for case in cases if round(case.new_dice, 2) != round(case.old_dice, 2)] for cases in (improved, worsened))
        self._shown = [*improved, *worsened]
        if self._content is not None:
            self._outer.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        em = self.fontMetrics().height()
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(em // 2)
        if improved or worsened:
            column.addWidget(HandLegend((READER, OLD, NEW), em))
        for title, cases in (("Most improved held-out cases", improved), ("Most worsened held-out cases", worsened)):
            if cases:
                column.addWidget(Words(title, Role.HEADING))
                column.addWidget(WrapRow([self._card(case) for case in cases], end=0, gap=em))
        self._outer.addWidget(self._content)
        self.setVisible(bool(self._named))

    def _card(self, case: GalleryCase) -> QWidget:
        side = max(LEAST_PX, self.fontMetrics().height() * _PICTURE_EM)
        picture = OutlinedPicture(side, f"A held-out case. {gallery_text(case)}")
        picture.show_pixels(self._cases.of(case.key))
        picture.show_outlines([(READER, case.reader), (OLD, case.old), (NEW, case.new)])
        picture.make_choosable("Enlarge (Enter)")
        picture.chosen.connect(partial(self._on_chosen, len(self._named)))
        self._named.append((case.key, picture))
        caption = Words(gallery_text(case), Role.SECONDARY)
        caption.setWordWrap(False)
        card = QWidget()
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(picture)
        column.addWidget(caption)
        return card

    def _on_chosen(self, place: int) -> None:
        enlarged = EnlargedCase(self._shown, place, self._cases, self)
        enlarged.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        enlarged.open()

    def _on_came(self, name: str) -> None:
        for key, picture in self._named:
            if key == name:
                picture.show_pixels(self._cases.of(name))
