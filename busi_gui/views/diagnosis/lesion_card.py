"""LesionCard: one lesion in full."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.doubt import doubt_about
from busi_gui.views import theme, wording
from busi_gui.views.diagnosis.doubt_sign import DoubtSign
from busi_gui.views.diagnosis.point_choice import PointChoice
from busi_gui.views.diagnosis.probability_bar import ProbabilityBar
from busi_gui.views.diagnosis.sentences import Standing, standing_text
from busi_gui.views.labels import Dot, Role, Words
from models.analysis import Concern, NetworkInfo


@dataclass(frozen=True)
class Telling:
    """What the card says of a lesion besides what it is.

    Attributes
    ----------
    heading
        The lesion, among others.
    standing
        How it stands with the networks.
    diagnose_key
        The key that diagnoses, empty for none.
    network
        The networks that gave the answer, with the operating point in use; None where there are none.
    concerns
        What is seen in the picture.
    is_earlier
        Whether the outline is the networks', but not the one that they draw now.
    """

    heading: str
    network: NetworkInfo | None
    standing: Standing = Standing.KNOWN
    diagnose_key: str = ""
    concerns: tuple[Concern, ...] = ()
    is_earlier: bool = False


class LesionCard(QFrame):
    """Everything that the networks say of one lesion.

    Attributes
    ----------
    points
        Lets the reader choose another operating point.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dot = Dot()
        self._title = Words(role=Role.HEADING)
        self._standing = Words(role=Role.CAUTION)
        self.bar = ProbabilityBar()
        self.points = PointChoice()
        self._side = Words()
        self._band = Words()
        self.doubt = DoubtSign()
        self._source = Words(role=Role.SECONDARY)
        self._point = Words(role=Role.SECONDARY)
        heading = QHBoxLayout()
        heading.addWidget(self._title, 1)
        heading.addWidget(self._dot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(heading)
        for part in (self._standing, self.bar, self.points, self._side, self.doubt, self._band, self._source, self._point):
            column.addWidget(part)

    def show_lesion(self, lesion: Lesion, telling: Telling) -> None:
        """Say what the networks say of a lesion; of another outline than it has now it is dimmed, and it is said what becomes of it."""
        self._title.setText(telling.heading)
        self._dot.show_colour(theme.lesion_colour(lesion.number))
        self._show_diagnosis(lesion, telling)
        said = standing_text(telling.standing, has_answer=lesion.diagnosis is not None, diagnose_key=telling.diagnose_key)
        self._standing.setText(said)
        self._standing.setVisible(bool(said))
        at_work = " Diagnosing\N{NO-BREAK SPACE}…" if telling.standing is Standing.ASKED else ""
        self._source.setText(f"{wording.source_text(lesion.outline.source, is_earlier=telling.is_earlier)}{at_work}")

    def text(self) -> str:
        """Return every visible line, as it would be read out."""
        return "\n".join(label.text() for label in self.findChildren(Words) if label.isVisibleTo(self))

    def _show_diagnosis(self, lesion: Lesion, telling: Telling) -> None:
        diagnosis, network, is_current = lesion.diagnosis, telling.network, telling.standing is Standing.KNOWN
        is_told = diagnosis is not None and network is not None
        for part in (self.bar, self._side, self._point):
            part.setVisible(is_told)
        self.bar.setEnabled(is_current)
        for words in (self._side, self._band):
            dim(words, not is_current)
        # Nothing is hidden only to be shown again: each time the whole panel would be laid out anew.
        if diagnosis is None or network is None:
            for untold in (self.points, self.doubt, self._band):
                untold.hide()
            return
        point = network.operating_point
        self.bar.show_diagnosis(diagnosis, point)
        self.points.show_network(network)
        self._side.setText(f"{wording.side_text(diagnosis.p_malignant, point)}.")
        self._point.setText(wording.point_text(point))
        self._band.setText(wording.band_text(diagnosis))
        self._band.setVisible(bool(self._band.text()))
        if is_current:
            self.doubt.show_doubt(doubt_about(diagnosis, point, telling.concerns, lesion.number), diagnosis, network)
        else:
            self.doubt.hide()


def lesion_name(lesion: Lesion, case: Case) -> str:
    """Return what a lesion is called among those of its case: the only one needs no number."""
    return lesion.outline.title if len(case.lesions) > 1 else lesion.outline.name or "Lesion"


def lesion_title(lesion: Lesion, case: Case) -> str:
    """Return a lesion's heading among those of its case; the most suspicious of several is named so."""
    if len(case.lesions) == 1:
        return lesion_name(lesion, case)
    is_highest = lesion.diagnosis is not None and lesion.diagnosis.p_malignant == case.p_malignant
    return f"{lesion_name(lesion, case)}, {'most suspicious' if is_highest else 'one'} of {len(case.lesions)}"


def dim(words: Words, is_dim: bool) -> None:
    """Let words step back, or not; their size stays."""
    palette = words.palette()
    palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.TEXT_SECONDARY if is_dim else theme.TEXT))
    words.setPalette(palette)
