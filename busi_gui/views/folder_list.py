"""FolderList: the files beside the open one, and what the networks said of those analysed in this sitting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from busi_gui.domain.case import Case
from busi_gui.services.session import Session
from busi_gui.views import theme
from busi_gui.views.labels import Role, Words
from busi_gui.views.wording import outcome_text
from models.analysis import Analysis

Index = QModelIndex | QPersistentModelIndex

OUTCOME_ROLE = Qt.ItemDataRole.UserRole
CURRENT_ROLE = Qt.ItemDataRole.UserRole + 1
NO_FOLDER = "No folder is open. Open a scan: the others of its folder are listed here."


@dataclass(frozen=True)
class Outcome:
    """What a row says of an analysis: a word or number, and on which side of the operating point it lies."""

    text: str
    side: str

    @staticmethod
    def of(analysis: Analysis) -> Outcome:
        """Return the outcome of an analysis."""
        point = analysis.network.operating_point.name
        side = {"malignant": f"above the {point} point", "benign": f"below the {point} point", "no lesion": "no lesion found"}[analysis.finding]
        return Outcome(outcome_text(analysis), side)


class FolderModel(QAbstractListModel):
    """Files of a folder as a list model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paths: tuple[Path, ...] = ()
        self._places: dict[Path, int] = {}  # looking through the paths of a large folder takes longer than a frame lasts
        self._current: Path | None = None
        self._outcomes: dict[Path, Outcome] = {}

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in the order of the list."""
        return self._paths

    def show_folder(self, paths: tuple[Path, ...]) -> None:
        """List these files."""
        if paths is self._paths:
            return
        self.beginResetModel()
        self._paths = paths
        self._places = {path: place for place, path in enumerate(paths)}
        self.endResetModel()

    def index_of(self, path: Path) -> QModelIndex:
        """Return where a file is in the list; an invalid index where it is not."""
        place = self._places.get(path)
        return self.index(place) if place is not None else QModelIndex()

    def mark(self, path: Path | None) -> None:
        """Mark a file as the one on screen."""
        before, self._current = self._current, path
        self._announce(before)
        self._announce(path)

    def note(self, path: Path, outcome: Outcome) -> None:
        """Remember what an analysis of a file said."""
        self._outcomes[path] = outcome
        self._announce(path)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many files there are."""
        return 0 if parent.isValid() else len(self._paths)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a row shows."""
        path = self._paths[index.row()]
        outcome = self._outcomes.get(path)
        if role == Qt.ItemDataRole.DisplayRole:
            return path.name
        if role == OUTCOME_ROLE:
            return outcome
        if role == CURRENT_ROLE:
            return path == self._current
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{path.name}, {outcome.text}, {outcome.side}" if outcome else path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{path}\n{outcome.text}, {outcome.side}" if outcome and outcome.text != "no lesion" else str(path)
        return None

    def _announce(self, path: Path | None) -> None:
        index = self.index_of(path) if path is not None else QModelIndex()
        if index.isValid():
            self.dataChanged.emit(index, index)


class FolderDelegate(QStyledItemDelegate):
    """Draws a name, cut in the middle where endings tell files apart, and at the right what was found."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return one line with room around it."""
        height = QFontMetrics(theme.scaled_font()).height()
        return QSize(height * 6, round(height * 1.7))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        self.initStyleOption(option, index)
        name, option.text = option.text, ""
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = option.rect.adjusted(10, 0, -10, 0)
        outcome = index.data(OUTCOME_ROLE)
        right = self._draw_outcome(painter, rect, outcome) if isinstance(outcome, Outcome) else rect.right()
        is_current = bool(index.data(CURRENT_ROLE))
        if is_current:
            painter.fillRect(QRect(option.rect.left(), option.rect.top() + 2, 3, option.rect.height() - 4), QColor(theme.ACCENT))
        painter.setFont(theme.scaled_font(bold=is_current))
        painter.setPen(QColor(theme.TEXT))
        rect.setRight(right)
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def _draw_outcome(self, painter: QPainter, rect: QRect, outcome: Outcome) -> int:
        """Draw a number or word, before it a dot above the operating point and a ring below; return what is left for the name."""
        painter.setFont(theme.scaled_font(theme.SMALL))
        painter.setPen(QColor(theme.TEXT_SECONDARY))
        painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, outcome.text)
        left = rect.right() - painter.fontMetrics().horizontalAdvance(outcome.text)
        if outcome.text == "no lesion":
            return left - 8
        side = round(painter.fontMetrics().height() * 0.5)
        mark = QRect(left - side - 6, rect.center().y() - side // 2, side, side)
        painter.setBrush(QColor(theme.TEXT_SECONDARY) if outcome.side.startswith("above") else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(mark)
        return mark.left() - 8


class FolderList(QWidget):
    """The session's folder; a click or Enter opens a file."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.model = FolderModel(self)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setSourceModel(self.model)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter files by name")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAcceptDrops(False)  # a file dropped here is to be opened, not typed
        self.filter.textChanged.connect(self._on_filter_changed)
        self._hint = Words(NO_FOLDER, Role.SECONDARY)
        self._hint.setContentsMargins(12, 12, 12, 12)
        self.view = self._built_view()
        self.setFocusProxy(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 0)
        column.setSpacing(6)
        column.addWidget(self.filter)
        column.addWidget(self._hint)
        column.addWidget(self.view, 1)
        column.addStretch(0)
        session.folder_changed.connect(self._on_folder_changed)
        session.case_changed.connect(self._on_case_changed)
        self._on_folder_changed(session.folder)
        self._on_case_changed(session.case)

    @property
    def hint(self) -> str:
        """What is said in place of files; empty when files are shown."""
        return self._hint.text() if self._hint.isVisibleTo(self) else ""

    def _built_view(self) -> QListView:
        view = QListView()
        view.setModel(self._shown)
        view.setItemDelegate(FolderDelegate(view))
        view.setUniformItemSizes(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName("Files")
        view.clicked.connect(self._on_clicked)
        view.activated.connect(self._open)
        return view

    def _on_clicked(self, index: QModelIndex) -> None:
        # Where the desktop opens with one click, `activated` comes for a click as well.
        if not self.view.style().styleHint(QStyle.StyleHint.SH_ItemView_ActivateItemOnSingleClick, None, self.view):
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        self._session.open(self.model.paths[self._shown.mapToSource(index).row()])

    def _on_filter_changed(self, text: str) -> None:
        self._shown.setFilterFixedString(text.strip())
        self._refresh()

    def _on_folder_changed(self, paths: tuple[Path, ...]) -> None:
        self.model.show_folder(paths)
        self._refresh()
        self._show_current()

    def _on_case_changed(self, case: Case | None) -> None:
        self.model.mark(case.scan.path if case else None)
        if case is not None and case.analysis is not None:
            self.model.note(case.scan.path, Outcome.of(case.analysis))
        self._show_current()

    def _show_current(self) -> None:
        case = self._session.case
        if case is None:
            return
        index = self._shown.mapFromSource(self.model.index_of(case.scan.path))
        if index.isValid():
            self.view.setCurrentIndex(index)

    def _refresh(self) -> None:
        has_files = self._shown.rowCount() > 0
        self.view.setVisible(has_files)
        self.filter.setVisible(bool(self.model.paths))
        self._hint.setVisible(not has_files)
        self._hint.setText(f"No file here has “{self.filter.text()}” in its name." if self.model.paths else NO_FOLDER)
