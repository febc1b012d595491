"""DateField: a day of the past, or none."""

from __future__ import annotations

from PySide6.QtCore import QDate, QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QDateEdit, QSizePolicy, QWidget

_NONE = QDate(1900, 1, 1)
"""Stands for no day: Qt's field always holds one."""
_ISO = Qt.DateFormat.ISODate


class DateField(QDateEdit):
    """Says which day was chosen or typed to the end: at Enter, when the focus leaves, and before any key or click goes elsewhere.

    Signals
    -------
    committed(str)
        The day, such as ``"2026-03-01"``, or empty for none, where it is another than was shown.
    typing()
        The reader has begun to type.
    """

    committed = Signal(str)
    typing = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown, self._is_typing = "", False
        self.setDisplayFormat("yyyy-MM-dd")
        self.setSpecialValueText("not said")
        self.setMinimumDate(_NONE)
        self.setCalendarPopup(True)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.calendarWidget().installEventFilter(self)
        self.dateChanged.connect(self._commit)
        self.editingFinished.connect(self._commit)
        self.show_day("")

    @property
    def day(self) -> str:
        """The day, such as ``"2026-03-01"``; empty for none."""
        return "" if self.date() == _NONE else str(self.date().toString(_ISO))

    @property
    def is_changed(self) -> bool:
        """Whether something was typed that was not committed yet."""
        return self._is_typing

    def show_day(self, day: str) -> None:
        """Show a day, or none where it is empty, in place of whatever was typed."""
        today, shown = QDate.currentDate(), QDate.fromString(day, _ISO) if day else _NONE
        with QSignalBlocker(self):
            self.setMaximumDate(max(today, shown, key=QDate.toJulianDay))  # one that stands somewhere already is shown as it is
            self.setDate(shown)
        self._shown = self.day
        self._watch(False)

    def clear_day(self) -> None:
        """Choose no day."""
        self.setDate(_NONE)
        self._commit()

    def event(self, event: QEvent) -> bool:
        """Keep Enter from the window, and commit before another key's command is done."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return super().event(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.accept()
            return True
        result = super().event(event)
        if not event.isAccepted():
            self._end()
        return result

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Begin with today where there is no day yet; Del and Backspace over all of it choose none, Esc brings the old day back."""
        if event.key() == Qt.Key.Key_Escape:
            self.show_day(self._shown)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and (not self.day or self.lineEdit().selectedText() == self.text()):
            self.clear_day()
        elif not self.day and (event.text().isdigit() or event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)):
            self._begin()
            if event.text().isdigit():
                super().keyPressEvent(event)
            else:
                self._commit()
        else:
            super().keyPressEvent(event)
        if event.text().isdigit():
            self.typing.emit()
            self._watch(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Commit; not while its own calendar is open."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the panel scroll."""
        event.ignore()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Commit before a click anywhere else is handled; open the calendar at today where there is no day yet."""
        if event.type() == QEvent.Type.Show and watched is self.calendarWidget() and not self.day:
            today = QDate.currentDate()
            self.calendarWidget().setCurrentPage(today.year(), today.month())
        is_click = event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget)
        if is_click and watched is not self and not self.isAncestorOf(watched):  # type: ignore[arg-type]
            self._end()
        return super().eventFilter(watched, event)

    def _begin(self) -> None:
        with QSignalBlocker(self):
            self.setDate(QDate.currentDate())
        self.setSelectedSection(QDateEdit.Section.YearSection)

    def _end(self) -> None:
        self.interpretText()
        self._commit()

    def _commit(self) -> None:
        self._watch(False)
        if self.day != self._shown:
            self._shown = self.day
            self.committed.emit(self.day)

    def _watch(self, is_watching: bool) -> None:
        """See every click in the program, while there is something to commit."""
        self._is_typing = is_watching
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)  # never twice
            if is_watching:
                app.installEventFilter(self)
