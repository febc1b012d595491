"""ExchangeDialog: what the dialogs of exporting and importing share: a form that scrolls, progress that can be stopped, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from busi_gui.services.exporting import Exporting
from busi_gui.views.labels import ElidedLabel, Role, Words

_MOST_NAMED = 5
"""Problems that are told in full; of more only how many."""
_WIDTH_EM = 34


class ExchangeDialog(QDialog):
    """A form whose work is done in the background while the dialog shows how far it is. Esc stops the work; a second time it closes the dialog.

    Attributes
    ----------
    start_button, stop_button, close_button, result_button
        To begin, to end early, to leave, and to look at what came of it.
    message
        Why the work did not come to its end, beside the form; empty until then.
    closing
        What came of it, in words, in place of the form.

    Parameters
    ----------
    title
        Of the dialog.
    verb, result
        What the start button and the result button are called.
    """

    def __init__(self, exporting: Exporting, title: str, verb: str, result: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._exporting = exporting
        self.setWindowTitle(title)
        self.form = QWidget()
        self.fields = QVBoxLayout(self.form)
        self.fields.setContentsMargins(18, 18, 18, 6)
        self.fields.setSpacing(8)
        self._bar = QProgressBar()
        self._bar.setAccessibleName("Progress")
        self._bar.setTextVisible(False)
        self._name = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.message = Words(role=Role.CAUTION)
        self.closing = Words()
        self._pages = QStackedWidget()
        self.buttons = QDialogButtonBox()
        self.start_button = self.buttons.addButton(verb, QDialogButtonBox.ButtonRole.ActionRole)
        self.close_button = self.buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole)
        self.stop_button = QPushButton("Stop")
        self.result_button = QPushButton(result)
        self._lay_out()
        self.start_button.clicked.connect(self._on_start)
        self.stop_button.clicked.connect(exporting.stop)
        self.buttons.rejected.connect(self.reject)
        exporting.progressed.connect(self._on_progressed)
        exporting.finished.connect(self._on_finished)
        exporting.failed.connect(self.refuse)
        exporting.stopped.connect(self._on_stopped)

    def begin(self) -> None:
        """Start the work that the form describes; whoever inherits does so. Empty words of the form are no reason to begin."""
        raise NotImplementedError

    def stopped_text(self) -> str:
        """Return in words what is left when the work was stopped; whoever inherits knows."""
        raise NotImplementedError

    def told(self, summary: object) -> str:
        """Return in words what came of the work; whoever inherits knows."""
        raise NotImplementedError

    def reject(self) -> None:
        """Stop what is being done, else close."""
        if self._exporting.is_busy:
            self._exporting.stop()
        else:
            super().reject()

    def add_field(self, text: str, control: QWidget, *beside: QWidget) -> None:
        """Put a control into the form, with a heading that names it."""
        heading = QLabel(text)
        heading.setBuddy(control)
        control.setAccessibleName(text.replace("&", ""))
        row = QHBoxLayout()
        row.addWidget(control, 1)
        for widget in beside:
            row.addWidget(widget)
        self.fields.addWidget(heading)
        self.fields.addLayout(row)

    def add_note(self, text: str, role: Role = Role.SECONDARY, *, is_indented: bool = True) -> Words:
        """Put a sentence under what came last in the form."""
        words = Words(text, role)
        if is_indented:
            words.setContentsMargins(self.fontMetrics().height() + 12, 0, 0, 0)
        self.fields.addWidget(words)
        return words

    def fit(self) -> None:
        """Take a size that shows the whole form where the screen has room for it; to be called when the form is complete."""
        self.fields.addStretch(1)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter starts the work, wherever the focus is, but on another button
        self.start_button.setDefault(True)
        em, screen = self.fontMetrics().height(), self.screen().availableSize()
        width = min(em * _WIDTH_EM, screen.width() - 80)
        high = self.form.heightForWidth(width) + self.buttons.sizeHint().height() + 4 * em
        self.resize(width, min(max(high, em * 12), screen.height() - 100))

    def _lay_out(self) -> None:
        result = QWidget()
        column = QVBoxLayout(result)
        column.setContentsMargins(18, 18, 18, 6)
        column.setSpacing(12)
        column.addWidget(self.closing)
        column.addWidget(self.result_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        for page in (self.form, result):
            self._pages.addWidget(scrolling(page))
        progress = QHBoxLayout()
        progress.addWidget(self._bar, 1)
        progress.addWidget(self.stop_button)
        end = QVBoxLayout()
        end.setContentsMargins(18, 6, 18, 12)
        end.setSpacing(8)
        end.addLayout(progress)
        end.addWidget(self._name)
        end.addWidget(self.message)
        end.addWidget(self.buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._pages, 1)
        outer.addLayout(end)
        parts: tuple[QWidget, ...] = (self._bar, self._name, self.stop_button, self.message)
        for part in parts:
            part.hide()

    def _on_start(self) -> None:
        self.message.hide()
        self.begin()
        if self._exporting.is_busy:
            self._bar.setRange(0, 0)  # until it is known how much there is to do
            self._show_busy(is_busy=True)
            self.stop_button.setFocus()

    def _show_busy(self, *, is_busy: bool) -> None:
        for widget in (self._bar, self._name, self.stop_button):
            widget.setVisible(is_busy)
        self.form.setEnabled(not is_busy)
        self.start_button.setEnabled(not is_busy)
        self.close_button.setEnabled(not is_busy)

    def _on_progressed(self, done: int, total: int, name: str) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._name.show_text(f"{min(done + 1, total)} of {total}: {name}" if name else f"{done} of {total}")

    def _on_finished(self, summary: object) -> None:
        self._show_busy(is_busy=False)
        self.message.hide()
        text = self.told(summary)
        self.closing.setText(text)
        self.closing.setAccessibleName(text)
        self.start_button.hide()
        self._pages.setCurrentIndex(1)
        (self.result_button if self.result_button.isEnabled() else self.close_button).setFocus()

    def _on_stopped(self) -> None:
        self.refuse(self.stopped_text())

    def refuse(self, text: str) -> None:
        """Say beside the form why the work did not come to its end, or did not begin."""
        self._show_busy(is_busy=False)
        self.message.setText(text)
        self.message.setAccessibleName(text)
        self.message.show()
        self.start_button.setFocus()


def scrolling(page: QWidget) -> QScrollArea:
    """Return an area that a page scrolls in, up and down only, and that is as wide as it."""
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return area


def path_field() -> QLineEdit:
    """Return a field for a path, with what is not to be typed into it kept out."""
    field = QLineEdit()
    field.setMaxLength(4096)
    return field


def problems_text(problems: Sequence[str]) -> str:
    """Return problems a line each, of many only the first and how many there are besides; empty where there is none."""
    more = [f"… and {len(problems) - _MOST_NAMED} more."] if len(problems) > _MOST_NAMED else []
    return "\n".join([*problems[:_MOST_NAMED], *more])


def counted(count: int, singular: str, plural: str) -> str:
    """Return a number with its noun."""
    return f"{count} {singular if count == 1 else plural}"
