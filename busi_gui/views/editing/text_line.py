"""TextLine: a line of words that becomes one step when the reader is done with it, however he leaves it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget


class TextLine(QLineEdit):
    """Says what was typed once: at Enter, when the focus leaves, and before any key or click goes elsewhere that could change what it is about.

    Signals
    -------
    committed(str)
        What was typed, where it is another text than was shown.
    ended(bool)
        The reader is done: with Enter or by going elsewhere (True), or with Esc (False), which brings the old text back.
    """

    committed = Signal(str)
    ended = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self.returnPressed.connect(self.commit)
        self.textEdited.connect(self._on_edited)

    @property
    def is_changed(self) -> bool:
        """Whether something was typed that was not committed yet."""
        return self.text() != self._shown

    def show_text(self, text: str) -> None:
        """Show a text, in place of whatever was typed."""
        self._shown = text
        self._watch(False)
        if self.text() != text:
            self.setText(text)

    def commit(self) -> None:
        """Say what was typed."""
        text, is_changed = self.text(), self.is_changed
        self._shown = text
        self._watch(False)
        if is_changed:
            self.committed.emit(text)
        self.ended.emit(True)

    def event(self, event: QEvent) -> bool:
        """Keep Enter and Esc from the window while there is something to end; commit before another key's command is done."""
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return super().event(event)
        is_plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if is_plain and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            return True
        result = super().event(event)
        if not event.isAccepted() and self.is_changed:
            self.commit()
        return result

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Bring the old text back at Esc."""
        if event.key() == Qt.Key.Key_Escape:
            self.show_text(self._shown)
            self.ended.emit(False)
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Commit; not while its own menu is open."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.commit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Commit before a click anywhere else is handled: many a button does not take the focus."""
        if event.type() == QEvent.Type.MouseButtonPress and watched is not self and isinstance(watched, QWidget):
            self.commit()
        return super().eventFilter(watched, event)

    def _on_edited(self) -> None:
        self._watch(True)

    def _watch(self, is_watching: bool) -> None:
        """See every click in the program, while there is something to commit."""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)  # never twice
            if is_watching:
                app.installEventFilter(self)
