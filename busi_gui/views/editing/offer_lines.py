"""OfferLines: where the network would outline a lesion otherwise than the reader. It offers, and changes nothing by itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QVBoxLayout, QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.reading_changes import Offer, offers
from busi_gui.views.editing.lesion_edits import called
from busi_gui.views.labels import Link, Role, Words
from busi_gui.views.scan.overlays import outline
from busi_gui.views.wrap_row import WrapRow
from models.analysis import Analysis, Mask

_LINE, _RIM = QColor("#ffffff"), QColor(0, 0, 0, 170)
_DASHES = [4.0, 4.0]


class OfferLines(QWidget):
    """A line for each outline of the network's that differs, with a way to look at it and one to take it over.

    What the reader has seen before he changed it is not offered while he does: he knows it, and the lines would move what is below them.

    Signals
    -------
    shown(tuple[Mask, ...])
        The reader wants to see these outlines over the scan, and no others.
    wanted(Offer)
        The reader takes this one over.
    """

    shown = Signal(object)
    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._case: Case | None = None
        self._lines: list[_OfferLine] = []
        self._corrected: Analysis | None = None  # what the reader saw before his first change
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self.setAccessibleName("What the network outlines differently")
        self.hide()

    def show_case(self, case: Case | None) -> None:
        """Offer what the network outlines differently in a case."""
        before, self._case = self._case, case
        if case is not None and not case.reading.is_touched:
            self._corrected = case.analysis
        if case is None or before is None or not _is_about_the_same(case, before):
            is_news = case is not None and case.analysis is not self._corrected
            self._replace(offers(case) if case is not None and is_news else ())
        for line in self._lines:
            line.describe(case)

    def _replace(self, found: Sequence[Offer]) -> None:
        if [(offer.number, id(offer.found)) for offer in found] == [(line.offer.number, id(line.offer.found)) for line in self._lines]:
            return  # a stroke changes the reader's outline, not what is offered beside it
        seen = [line.offer.found for line in self._lines if line.show_button.isChecked()]
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [_OfferLine(offer, any(offer.found is one for one in seen)) for offer in found]
        for line in self._lines:
            line.show_button.toggled.connect(self._on_toggled)
            line.take_button.clicked.connect(lambda _=False, offer=line.offer: self.wanted.emit(offer))
            self._column.addWidget(line)
            line.show()
        self.setVisible(bool(self._lines))
        if seen:
            self._on_toggled()

    def _on_toggled(self) -> None:
        self.shown.emit(tuple(line.offer.found.mask for line in self._lines if line.show_button.isChecked()))


class _OfferLine(QWidget):
    def __init__(self, offer: Offer, is_shown: bool) -> None:
        super().__init__()
        self.offer = offer
        self._words = Words(role=Role.SECONDARY)
        self.show_button, self.take_button = Link("Show"), Link("Take over")
        self.show_button.setCheckable(True)
        self.show_button.setChecked(is_shown)
        self.show_button.setToolTip("Show the network’s outline dashed over the scan, until you click again")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._words)
        column.addWidget(WrapRow([self.show_button, self.take_button], 0, 8))

    def describe(self, case: Case | None) -> None:
        mine = case.reading.outline(self.offer.number) if case is not None else None
        if mine is None:
            self._words.setText("The network outlines a lesion that you do not have.")
            tip, name = "Add the network’s outline as a lesion of its own", "the network’s other lesion"
        else:
            self._words.setText(f"The network outlines {called(mine)} differently.")
            tip, name = f"Give {called(mine)} the network’s outline", f"the network’s outline of {called(mine)}"
        self.take_button.setToolTip(tip)
        self.show_button.setAccessibleName(f"Show {name}")
        self.take_button.setAccessibleName(f"Take over {name}")


class OfferedOutlines(QGraphicsItem):
    """The network's outlines as dashed lines over the scan, of even width at any zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._path = QPainterPath()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return self._path.isEmpty()

    def show_masks(self, masks: Sequence[Mask]) -> None:
        """Draw the outlines of these, bool (rows, columns), and no others."""
        self.prepareGeometryChange()
        self._path = QPainterPath()
        for mask in masks:
            for polygon in outline(mask):
                self._path.addPolygon(QPolygonF([QPointF(x, y) for x, y in polygon.tolist()]))
                self._path.closeSubpath()

    def boundingRect(self) -> QRectF:
        """Return the outlines' extent."""
        return self._path.boundingRect().adjusted(-2, -2, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw rim and dashes."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ratio = painter.device().devicePixelRatio()
        for colour, width in ((_RIM, 4), (_LINE, 2)):
            pen = QPen(colour, width * ratio, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([dash * 2 / width for dash in _DASHES])
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(self._path)


def _is_about_the_same(case: Case, other: Case) -> bool:
    """Whether the network has the same to offer in both."""
    if case.analysis is not other.analysis or case.reading.is_touched != other.reading.is_touched or len(case.lesions) != len(other.lesions):
        return False
    return all(mine.number == theirs.number and mine.mask is theirs.mask for mine, theirs in zip(case.lesions, other.lesions, strict=True))
