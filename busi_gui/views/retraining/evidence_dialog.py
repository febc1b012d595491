"""EvidenceDialog: all that was compared before a version was proposed, from its files: for the day after, and for versions of others."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from busi_gui.services.retraining import Retraining
from busi_gui.services.versions import VersionEntry
from busi_gui.views.labels import Role, Words, plain_button, say
from busi_gui.views.retraining.figure_table import FigureTable
from busi_gui.views.retraining.gallery import Gallery
from busi_gui.views.retraining.outlined import CasePictures
from busi_gui.views.retraining.page import Page
from busi_gui.views.retraining.words import NO_PICTURES, NOT_CLINICAL
from busi_gui.views.version_words import MEASURED_ELSEWHERE, cautions, compared_of, evidence_of, status_text

_WIDE_EM, _HIGH_EM = 64, 44


class EvidenceDialog(QDialog):
    """Objections, figures with their intervals, remarks, and the held-out cases that change most.

    Attributes
    ----------
    table, gallery
        Figures, and cases: with their pictures where they are approved in this Workspace, else with their outlines alone, and it is said.

    Parameters
    ----------
    entry
        A version with a comparison, see ``version_words.compared_of``.
    """

    def __init__(self, entry: VersionEntry, retraining: Retraining, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Evidence for {entry.name}")
        self._page, pictures = Page(), CasePictures(retraining, self)
        self.table, self.gallery = FigureTable(), Gallery(pictures)
        against, remarks, elsewhere, self._bare = Words("", Role.CAUTION), Words(), Words(), Words("", Role.SECONDARY)
        evidence, compared = evidence_of(entry), compared_of(entry)
        say(against, "\n".join(cautions(entry)))
        say(elsewhere, MEASURED_ELSEWHERE if entry.is_imported else "")
        say(remarks, "\n".join([evidence.summary, *evidence.remarks]) if evidence is not None else "")
        self.table.show_evidence(compared, is_elsewhere=entry.is_imported)
        self.gallery.show_cases(*((compared.improved, compared.worsened) if compared is not None else ((), ())))
        heading = Words(f"{entry.name}: {status_text(entry)}", Role.TITLE)
        heading.setAccessibleName(heading.text())
        for part in (heading, against, elsewhere, self.table, remarks, self.gallery, self._bare):
            self._page.column.addWidget(part)
        self._page.column.addStretch(1)
        self._page.end.addWidget(Words(NOT_CLINICAL, Role.SECONDARY))
        close = plain_button("Close", "Esc", self.reject)
        self._page.add_buttons([close])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._page)
        em, screen = self.fontMetrics().height(), self.screen().availableSize()
        self.resize(min(em * _WIDE_EM, screen.width() - 80), min(em * _HIGH_EM, screen.height() - 120))
        close.setFocus()
        pictures.came.connect(self._say_what_is_bare)
        self._say_what_is_bare()

    def text(self) -> str:
        """Return everything that it says in words."""
        return self._page.text()

    def _say_what_is_bare(self) -> None:
        say(self._bare, "" if all(picture.has_picture for picture in self.gallery.pictures) else NO_PICTURES)
