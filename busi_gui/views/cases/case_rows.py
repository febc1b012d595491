"""Rows of the case list: what one says, and the list model that has them in the order that the reader chose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.provenance import version_in
from busi_gui.services.case_book import CaseBook
from busi_gui.services.states import CaseEntry
from busi_gui.views.approving.words import approvals_text
from busi_gui.views.cases.case_order import Wish, arranged, is_above, is_uncertain, shown_names
from busi_gui.views.wording import frames_text, probability_text
from models.analysis import OperatingPoint

Index = QModelIndex | QPersistentModelIndex

ROW_ROLE = Qt.ItemDataRole.UserRole
UNREADABLE = "cannot be read"


DOUBTED = "no ultrasound?"
"""In place of a probability that means nothing."""
NO_LESION = "no lesion"


@dataclass(frozen=True)
class Row:
    """What a row says of a case.

    Attributes
    ----------
    name
        As listed: with its folder where several files have the same.
    image
        Its thumbnail; None while there is none.
    point
        The operating point that its probability is held against; None while the networks are not there.
    networks
        Version, names and hashes of those networks.
    """

    name: str
    entry: CaseEntry
    image: QImage | None = None
    is_current: bool = False
    point: OperatingPoint | None = None
    networks: str = ""

    @property
    def outcome(self) -> str:
        """What was found, in a number or words; empty where it was never analysed."""
        if self.entry.is_doubted:
            return DOUBTED
        if self.entry.p_malignant is not None:
            return probability_text(self.entry.p_malignant)
        return NO_LESION if self.entry.is_analysed else ""

    @property
    def is_above(self) -> bool | None:
        """Whether the probability lies at the operating point or above; None where there is nothing to compare."""
        if self.entry.is_doubted:
            return None
        return None if self.point is None or self.entry.p_malignant is None else is_above(self.entry, self.point)

    @property
    def is_uncertain(self) -> bool:
        """Whether the verdict is called uncertain."""
        return is_uncertain(self.entry, self.point, self.networks)

    @property
    def said_by(self) -> str:
        """Which networks found it, and that they are not in use any more where they are not.

        Empty where that is not known, and where it is the reader who says that there is no lesion.
        """
        is_readers = self.outcome == NO_LESION and self.entry.status in (CaseStatus.CORRECTED, CaseStatus.REVIEWED)
        version = version_in(self.entry.networks) if self.outcome and not is_readers else ""
        is_other = bool(self.networks) and self.networks != self.entry.networks
        return f"by networks {version}{', which are not in use now' if is_other else ''}" if version else ""

    @property
    def status(self) -> CaseStatus | None:
        """How far the reader is with it; None while it is not known, and where the file cannot be read."""
        entry = self.entry
        is_known = entry.is_read or entry.status is not CaseStatus.NEW
        return entry.status if is_known and not entry.error else None

    @property
    def is_approved(self) -> bool:
        """Whether the networks may learn from a frame of it."""
        return bool(self.entry.approvals) and not self.entry.error

    @property
    def frames(self) -> str:
        """How many frames a cine has; empty for a single picture."""
        return frames_text(self.entry.frame_count)

    @property
    def facts(self) -> list[str]:
        """Everything but the name, in words: nothing that the row shows is said by its shapes alone."""
        if self.entry.error:
            return [self.entry.error]
        found = f"{NO_LESION} found" if self.outcome == NO_LESION else self.outcome
        if self.is_above is not None and self.point is not None:
            found = f"{found}, {'above' if self.is_above else 'below'} the {self.point.name} point ({probability_text(self.point.threshold)})"
        doubt = "uncertain" if self.is_uncertain else ""
        status = self.status.value if self.status is not None else "not looked at yet"
        approved = approvals_text(self.entry.approvals)
        return [fact for fact in (found, doubt, self.said_by, status, approved, self.frames, "on screen" if self.is_current else "") if fact]


class CaseModel(QAbstractListModel):
    """The files of a folder that the reader's wish is for."""

    def __init__(self, book: CaseBook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._book = book
        self._paths: tuple[Path, ...] = ()
        self._places: dict[Path, int] = {}  # looking through the paths of a large folder takes longer than a frame lasts
        self._names: list[str] = []
        self._folded: list[str] = []
        self._shown: list[int] = []  # row -> place in the folder
        self._rows: dict[int, int] = {}  # and back
        self._current: Path | None = None
        self._held: CaseEntry | None = None
        self._point: OperatingPoint | None = None
        self._networks = ""
        self.wish = Wish()

    @property
    def file_count(self) -> int:
        """How many files the folder has, shown or not."""
        return len(self._paths)

    @property
    def point(self) -> OperatingPoint | None:
        """The operating point that probabilities are held against."""
        return self._point

    def path(self, row: int) -> Path:
        """Return the file of a row."""
        return self._paths[self._shown[row]]

    def index_of(self, path: Path | None) -> QModelIndex:
        """Return where a file is in the list; an invalid index where it is not."""
        row = self._rows.get(self._places[path]) if path is not None and path in self._places else None
        return self.index(row) if row is not None else QModelIndex()

    def show_folder(self, paths: tuple[Path, ...]) -> None:
        """List these files."""
        self._paths = paths
        self._places = {path: place for place, path in enumerate(paths)}
        self._names = shown_names(paths)
        self._folded = [name.casefold() for name in self._names]
        self.beginResetModel()
        self._show(self._arranged())
        self.endResetModel()

    def show_wish(self, wish: Wish) -> None:
        """Show what the reader wants to see now."""
        self.wish = wish
        self._hold()
        self.arrange()

    def show_point(self, point: OperatingPoint | None, networks: str = "") -> None:
        """Hold probabilities against this operating point, of networks that these words are about."""
        if (point, networks) != (self._point, self._networks):
            self._point, self._networks = point, networks
            self.arrange()
            self._announce_all()

    def mark(self, path: Path | None) -> None:
        """Mark a file as the one on screen.

        As long as it is, it keeps the place that it had when it came there: what is found in it must not carry it away from under the reader,
        who goes on from there to the next.
        """
        if path == self._current:
            return
        before, self._current = self._current, path
        self._hold()
        self.announce([each for each in (before, path) if each is not None])

    def arrange(self) -> None:
        """Put the files in order by what is known now, and leave out those that the wish is not for."""
        if self._held is not None and not self._held.is_read:
            self._hold()
        shown = self._arranged()
        if shown == self._shown:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        places = [self._shown[index.row()] for index in before]
        self._show(shown)
        rows = [self._rows.get(place) for place in places]
        self.changePersistentIndexList(before, [self.index(row) if row is not None else QModelIndex() for row in rows])
        self.layoutChanged.emit()

    def announce(self, paths: Iterable[Path]) -> None:
        """Have the rows of these files drawn anew."""
        for path in paths:
            index = self.index_of(path)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def neighbour(self, path: Path | None, offset: int) -> Path | None:
        """Return the file so many rows further than another, which need not be among those shown; None beyond the ends."""
        if path is None or path not in self._places:
            return None
        place, around = self._places[path], self._shown
        if place in self._rows:
            row = self._rows[place] + offset
        else:  # from where it would stand if the wish were for it as well
            whole = arranged(self._folded, self._entries(), Wish(order=self.wish.order), self._point, self._networks)
            around = [each for each in whole if each in self._rows or each == place]
            row = around.index(place) + offset
        return self._paths[around[row]] if 0 <= row < len(around) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """Return how many files are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a row shows."""
        place = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._names[place]
        if role not in (ROW_ROLE, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return None
        path = self._paths[place]
        image = self._book.thumbnail(path) if role == ROW_ROLE else None
        row = Row(self._names[place], self._book.entry(path), image, path == self._current, self._point, self._networks)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([row.name, *row.facts])
        return "\n".join([str(path), *row.facts])

    def _arranged(self) -> list[int]:
        return arranged(self._folded, self._entries() if self.wish.depends_on_entries else (), self.wish, self._point, self._networks)

    def _entries(self) -> list[CaseEntry]:
        entries = [self._book.entry(path) for path in self._paths]
        if self._held is not None and self._held.path in self._places:
            entries[self._places[self._held.path]] = self._held
        return entries

    def _hold(self) -> None:
        self._held = self._book.entry(self._current) if self._current is not None else None

    def _show(self, places: list[int]) -> None:
        self._shown = places
        self._rows = {place: row for row, place in enumerate(places)}

    def _announce_all(self) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))
