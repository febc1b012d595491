"""CaseGrid: the approved cases as small pictures, as many beside each other as there is room for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen, QPixmap, QPixmapCache
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from busi_gui.views import theme
from busi_gui.views.approving.words import KIND_WORDS
from busi_gui.views.retraining.case_words import CaseEntry, badge_text, case_tip, outcome_text

Index = QModelIndex | QPersistentModelIndex

_ENTRY = Qt.ItemDataRole.UserRole
_NO_INDEX = QModelIndex()
_THUMBNAIL_PX = 96
"""Longer side of the pictures of approved cases."""


class CaseModel(QAbstractListModel):
    """The cases that are shown, in the order of approval."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: list[CaseEntry] = []

    def show_entries(self, entries: Sequence[CaseEntry]) -> None:
        """Show these and no others."""
        self.beginResetModel()
        self._entries = list(entries)
        self.endResetModel()

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return how many cases there are."""
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a case, or what is said of it."""
        if not index.isValid():
            return None
        entry = self._entries[index.row()]
        if role == _ENTRY:
            return entry
        if role == Qt.ItemDataRole.ToolTipRole:
            return case_tip(entry)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ", ".join(filter(None, (KIND_WORDS[entry.note.kind], outcome_text(entry.note), badge_text(entry))))
        return None


class CaseGrid(QListView):
    """A grid of approved cases: arrows go through them.

    Signals
    -------
    chosen(CaseEntry | None)
        Another case is the current one.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = CaseModel(self)
        self._delegate = _CaseDelegate(self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setGridSize(self._delegate.cell)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(self._delegate.cell.height() // 4)
        self.setMinimumHeight(self._delegate.cell.height() + 2 * self.frameWidth())
        self.setAccessibleName("Approved cases")
        self.selectionModel().currentChanged.connect(self._on_current_changed)

    @property
    def count(self) -> int:
        """How many cases are shown."""
        return self._model.rowCount()

    def show_entries(self, entries: Sequence[CaseEntry]) -> None:
        """Show these cases; the one that was current stays so where it is among them."""
        before = self.currentIndex().data(_ENTRY)
        self._model.show_entries(entries)
        names = [entry.name for entry in entries]
        if isinstance(before, CaseEntry) and before.name in names:
            self.setCurrentIndex(self._model.index(names.index(before.name)))
        else:
            self.chosen.emit(None)

    def _on_current_changed(self, current: QModelIndex) -> None:
        self.chosen.emit(current.data(_ENTRY))


class _CaseDelegate(QStyledItemDelegate):
    """One case: its picture on black with a word on it, below it the kind and the outcome."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._small = QFontMetrics(theme.scaled_font(theme.SMALL))
        self._gap = max(4, self._small.height() // 3)
        longest = max(self._small.horizontalAdvance(text) for text in (*KIND_WORDS.values(), "held out, suspicious"))
        self._picture = QSize(max(_THUMBNAIL_PX, longest + 2 * self._gap), _THUMBNAIL_PX)
        self.cell = QSize(self._picture.width() + 2 * self._gap, self._picture.height() + 2 * self._small.height() + 3 * self._gap)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of a picture with two lines."""
        return self.cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a case."""
        entry = index.data(_ENTRY)
        if not isinstance(entry, CaseEntry):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_ground(painter, option)
        frame = QRect(option.rect.topLeft() + QPoint(self._gap, self._gap), self._picture)
        painter.fillRect(frame, QColor("#000000"))
        picture = _picture(entry)
        if picture.isNull():
            painter.setPen(QPen(QColor(theme.BORDER), 1))
            painter.drawRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5))
        else:
            painter.drawPixmap(frame.center() - picture.rect().center(), picture)
        painter.setFont(theme.scaled_font(theme.SMALL))
        self._draw_badge(painter, frame, badge_text(entry))
        line = QRect(frame.left(), frame.bottom() + self._gap // 2, frame.width(), self._small.height())
        for text, colour in ((KIND_WORDS[entry.note.kind], theme.TEXT), (outcome_text(entry.note), theme.TEXT_SECONDARY)):
            painter.setPen(QColor(colour))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            line.translate(0, self._small.height())
        painter.restore()

    def _draw_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        box = QRectF(option.rect).adjusted(1, 1, -1, -1)
        is_chosen, is_under = option.state & QStyle.StateFlag.State_Selected, option.state & QStyle.StateFlag.State_MouseOver
        if is_chosen or is_under:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.ACCENT_DIM if is_chosen else theme.RAISED))
            painter.drawRoundedRect(box, 3, 3)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)

    def _draw_badge(self, painter: QPainter, frame: QRect, text: str) -> None:
        if not text:
            return
        high = self._small.height() + 2
        badge = QRect(frame.left(), frame.bottom() + 1 - high, self._small.horizontalAdvance(text) + 2 * self._gap, high)
        painter.fillRect(badge, QColor(theme.RAISED))
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def _picture(entry: CaseEntry) -> QPixmap:
    """Return a case's thumbnail, from Qt's cache where it was drawn lately; a null picture where there is none."""
    key, found = f"approved {entry.note.digest} {entry.name}", QPixmap()
    if not QPixmapCache.find(key, found) and entry.note.thumbnail:
        found = QPixmap.fromImage(QImage.fromData(entry.note.thumbnail))
        QPixmapCache.insert(key, found)
    return found
