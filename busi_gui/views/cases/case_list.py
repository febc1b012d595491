"""CaseList: the files beside the open one with thumbnails, what was found in each, and how far the reader is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QHBoxLayout, QLineEdit, QMenu, QProgressBar, QStyle, QVBoxLayout, QWidget

from busi_gui.domain.case import Case, CaseStatus
from busi_gui.domain.provenance import full_text
from busi_gui.services.case_book import CaseBook
from busi_gui.services.session import Session
from busi_gui.services.states import Activity, NetworkState
from busi_gui.views.actions import Actions
from busi_gui.views.cases.case_delegate import CaseDelegate
from busi_gui.views.cases.case_order import Order, Sieve, Wish, nothing_text
from busi_gui.views.cases.case_rows import CaseModel
from busi_gui.views.cases.case_view import CaseView
from busi_gui.views.cases.choice import Choice
from busi_gui.views.labels import ElidedLabel, Link, Role, Words, dress

Index = QModelIndex | QPersistentModelIndex

NO_FOLDER = "No folder is open. Open a scan: the others of its folder are listed here."
_SIGHT_MS = 40
"""How often it is looked which rows are in sight: whoever flies through thousands waits for none of them."""
_ARRANGE_MS = 400
"""How often files move to where they belong while more and more becomes known of them."""
_CHOOSING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
"""Held while several rows are chosen."""


class CaseList(QWidget):
    """The session's folder; a click or Enter opens a file. The actions for the previous and next scan follow what it shows.

    Parameters
    ----------
    book
        Knows what is shown of each file.
    actions
        ``previous``, ``next`` and ``reviewed`` of the table are the list's: it enables and carries them out.

    Signals
    -------
    menu_built(QMenu, list[Path])
        What can be done with these files is about to be shown: more can be added to it.
    """

    menu_built = Signal(object, object)

    def __init__(self, session: Session, book: CaseBook, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._book, self._actions = session, book, actions
        self._current: Path | None = None
        self._asked: Path | None = None  # a file that is being opened from here, or could not be read
        self._given_up: Path | None = None
        self.model = CaseModel(book, self)
        self._build()
        self._sight = _timer(self, _SIGHT_MS, self._on_sight)
        self._arranging = _timer(self, _ARRANGE_MS, self._on_arrange)
        self._connect()
        self._on_network_changed(session.network)
        self._on_folder_changed(session.folder)
        self._on_case_changed(session.case)

    @property
    def hint(self) -> str:
        """What is said in place of files; empty when files are shown."""
        return self._hint.text() if self._hint.isVisibleTo(self) else ""

    def neighbour(self, offset: int) -> Path | None:
        """Return the file so many rows further than the one on screen, in the order of the list; None beyond its ends.

        From a file that is being opened, or could not be read, it goes on from there, so that one bad file does not bar the way to the next.
        """
        return self.model.neighbour(self._asked or self._current, offset)

    def step(self, offset: int) -> None:
        """Open the file so many rows further; nothing beyond the ends."""
        if self.model.wish.is_whole_folder:
            self._session.step(offset)  # which knows the folder's own order, and need not list it anew
        elif (path := self.neighbour(offset)) is not None:
            self._open(path)

    # building -------------------------------------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter files by name")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAcceptDrops(False)  # a file dropped here is to be opened, not typed
        self.sieve = Choice(Sieve, "Which cases are shown")
        self.order = Choice(Order, "Order of the cases")
        self._tools = QWidget()
        tools = QVBoxLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(6)
        tools.addWidget(self.filter)
        self._choices = QHBoxLayout()
        self._choices.setSpacing(6)
        self._choices.addWidget(self.sieve, 1)
        self._choices.addWidget(self.order, 1)
        tools.addLayout(self._choices)
        self._hint = Words(NO_FOLDER, Role.SECONDARY)
        self._hint.setContentsMargins(12, 12, 12, 0)
        self.clear = Link("Clear the filter")
        self.clear.setStyleSheet(self.clear.styleSheet() + "QPushButton { margin-left: 10px; }")
        self.view = self._built_view()
        self.setFocusProxy(self.view)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 0)
        column.setSpacing(6)
        column.addWidget(self._tools)
        column.addWidget(self._hint)
        column.addWidget(self.clear, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.view, 1000)
        column.addStretch(1)  # takes the room when nothing is listed, else the filter would move; beside the list it is less than a pixel
        column.addWidget(self._built_progress())

    def _built_view(self) -> CaseView:
        view = CaseView()
        view.setModel(self.model)
        view.setItemDelegate(CaseDelegate(view))
        view.viewport().installEventFilter(self)
        view.installEventFilter(self)
        return view

    def _built_progress(self) -> QWidget:
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(max(3, self.fontMetrics().height() // 5))
        self.progress.setAccessibleName("Thumbnails")
        self.progress_text = ElidedLabel()
        dress(self.progress_text, Role.SECONDARY)
        self._progress = QWidget()
        column = QVBoxLayout(self._progress)
        column.setContentsMargins(6, 0, 6, 6)
        column.setSpacing(3)
        column.addWidget(self.progress_text)
        column.addWidget(self.progress)
        self._progress.hide()
        return self._progress

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._on_wish_changed)
        self.sieve.chosen.connect(self._on_wish_changed)
        self.order.chosen.connect(self._on_wish_changed)
        self.clear.clicked.connect(self._on_clear)
        self.view.clicked.connect(self._on_clicked)
        self.view.activated.connect(self._on_activated)
        self.view.customContextMenuRequested.connect(self._on_menu)
        self.view.verticalScrollBar().valueChanged.connect(self._look_soon)
        self.view.verticalScrollBar().rangeChanged.connect(self._look_soon)
        self._book.entries_changed.connect(self._on_entries_changed)
        self._book.progressed.connect(self._on_progressed)
        self._session.folder_changed.connect(self._on_folder_changed)
        self._session.case_changed.connect(self._on_case_changed)
        self._session.network_changed.connect(self._on_network_changed)
        self._session.activity_changed.connect(self._on_activity_changed)
        self._session.failed.connect(self._on_failed)
        self._actions["previous"].triggered.connect(lambda: self.step(-1))
        self._actions["next"].triggered.connect(lambda: self.step(1))
        self._actions["reviewed"].triggered.connect(self._session.set_reviewed)

    # the reader's wishes --------------------------------------------------------------------------------------------------------------------------

    def _open(self, path: Path) -> None:
        self._asked = path
        self._session.open(path)
        self._refresh_actions()

    def _on_clicked(self, index: Index) -> None:
        # Where the desktop opens with one click, `activated` comes for a click as well.
        if not self.view.style().styleHint(QStyle.StyleHint.SH_ItemView_ActivateItemOnSingleClick, None, self.view):
            self._on_activated(index)

    def _on_activated(self, index: Index) -> None:
        if QApplication.keyboardModifiers() & _CHOOSING:
            return  # rows are being chosen, to do something with all of them
        self._open(self.model.path(index.row()))

    def _on_wish_changed(self) -> None:
        self.model.show_wish(Wish(self.filter.text().strip(), self.sieve.choice, self.order.choice))
        self._refresh()
        self._show_current()

    def _on_clear(self) -> None:
        self.sieve.choose(Sieve.ALL)
        self.filter.clear()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        index = index if index.isValid() else self.view.currentIndex()
        if index.isValid():
            menu = self.menu_of(self.model.path(index.row()))
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.view.viewport().mapToGlobal(place))

    @property
    def chosen(self) -> list[Path]:
        """The files whose rows are chosen, in the order of the list."""
        return [self.model.path(row) for row in sorted(index.row() for index in self.view.selectedIndexes())]

    def add_below(self, part: QWidget) -> None:
        """Give a part that shows itself where there is something to say its place below the list."""
        self._column.addWidget(part)

    def menu_of(self, path: Path) -> QMenu:
        """Return what can be done with a file of the list; where it is one of several that are chosen, with all of them as well."""
        menu = QMenu(self)
        menu.addAction("Open").triggered.connect(lambda: self._open(path))
        beside = menu.addAction("Open beside")
        beside.triggered.connect(lambda: self._session.open_beside(path))
        beside.setEnabled(self._current is not None and path != self._current)
        if path == self._current:
            menu.addSeparator()
            menu.addAction(self._actions["reviewed"])
        self.menu_built.emit(menu, self.chosen if path in self.chosen else [path])
        return menu

    # the session ----------------------------------------------------------------------------------------------------------------------------------

    def _on_folder_changed(self, paths: tuple[Path, ...]) -> None:
        self.view.lay_out_in_turns()
        self.model.show_folder(paths)
        self._book.show_folder(paths)
        self._refresh()
        self._show_current()

    def _on_case_changed(self, case: Case | None) -> None:
        path = case.scan.path if case is not None else None
        if path == self._current:
            return
        self._current, self._asked, self._given_up = path, None, None
        self.model.mark(path)
        self._on_arrange()
        self._show_current()

    def _on_network_changed(self, network: NetworkState) -> None:
        info = network.info
        self.model.show_point(*(None, "") if info is None else (info.operating_point, full_text(info)))
        self._refresh()

    def _on_activity_changed(self, activity: Activity | None) -> None:
        if activity is None or activity.stage != "reading":
            self._given_up, self._asked = self._asked, None  # by the reader, unless a failure is announced next
            self._refresh_actions()

    def _on_failed(self, _message: str) -> None:
        self._asked, self._given_up = self._given_up, None
        self._refresh_actions()

    # the book -------------------------------------------------------------------------------------------------------------------------------------

    def _on_entries_changed(self, paths: tuple[Path, ...]) -> None:
        self.model.announce(paths)
        if self.model.wish.depends_on_entries and not self._arranging.isActive():
            self._arranging.start()
        if self._current in paths:
            self._refresh_actions()

    def _on_progressed(self, done: int, total: int) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress_text.show_text(f"thumbnails {done} of {total}")
        self._progress.setVisible(done < total)
        if done == total and self.hint:
            self._refresh()

    def _on_arrange(self) -> None:
        self.model.arrange()
        self._refresh()

    def _look_soon(self) -> None:
        if not self._sight.isActive():
            self._sight.start()

    def _on_sight(self) -> None:
        rows = self.view.rows_in_sight() if self.view.isVisible() else range(0)
        if rows:  # otherwise it is asked again when rows are laid out
            self._book.look_at([self.model.path(row) for row in rows])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the choices one under the other where their words would be cut off side by side."""
        super().resizeEvent(event)
        needed = 2 * max(self.sieve.sizeHint().width(), self.order.sizeHint().width()) + self._choices.spacing()
        is_narrow = self.contentsRect().width() - 12 < needed
        self._choices.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that other rows come in sight because the list is shown, or becomes larger; keep the keys to its ends from a cine's actions."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            event.accept()
            return True
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._look_soon()
        return super().eventFilter(watched, event)

    # -----------------------------------------------------------------------------------------------------------------------------------------------

    def _show_current(self) -> None:
        index = self.model.index_of(self._current)
        if index.isValid():
            self.view.show_row(index)

    def _refresh(self) -> None:
        has_files, has_rows = self.model.file_count > 0, self.model.rowCount() > 0
        done, total = self._book.progress
        self._tools.setVisible(has_files)
        self.view.setVisible(has_rows)
        self._hint.setVisible(not has_rows)
        self.clear.setVisible(has_files and not has_rows)
        if not has_rows:
            self._hint.setText(nothing_text(self.model.wish, self.model.point, done == total) if has_files else NO_FOLDER)
        self._look_soon()
        self._refresh_actions()

    def _refresh_actions(self) -> None:
        self._actions["previous"].setEnabled(self.neighbour(-1) is not None)
        self._actions["next"].setEnabled(self.neighbour(1) is not None)
        reviewed = self._actions["reviewed"]
        reviewed.setEnabled(self._current is not None)
        # The session's word: the book has not looked at every file yet, and never at one that is not listed.
        reviewed.setChecked(self._current is not None and self._session.status is CaseStatus.REVIEWED)


def _timer(parent: QObject, interval_ms: int, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(parent, singleShot=True, interval=interval_ms)
    timer.timeout.connect(slot)
    return timer
