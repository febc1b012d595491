"""LesionRow: one lesion in the list, in three lines, with what can be done to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from busi_gui.domain.case import Lesion
from busi_gui.domain.doubt import doubt_about
from busi_gui.domain.reading import MaskSource
from busi_gui.domain.scan import Calibration
from busi_gui.views import theme, wording
from busi_gui.views.doubt_words import doubt_text
from busi_gui.views.editing.text_line import TextLine
from busi_gui.views.icons import icon, pixmap
from busi_gui.views.labels import Dot, ElidedLabel, Role, dress
from models.analysis import Concern, NetworkInfo

SOURCES = {
    MaskSource.NETWORK: "network",
    MaskSource.CORRECTED: "corrected",
    MaskSource.DRAWN: "drawn",
    MaskSource.IMPORTED: "imported",
}
"""Whose outline it is, in a word."""
NOT_DIAGNOSED = "not diagnosed"
OUTDATED = "outdated"
STALE_TIP = "The networks were asked about the outline before the last change. Diagnose again to ask about this one."


@dataclass(frozen=True)
class RowText:
    """What a row says.

    Attributes
    ----------
    probability
        With its side of the operating point.
    is_stale
        Whether the probability is of an outline that was changed since.
    size, source
        How large it is, and where the outline comes from.
    spoken
        All of the row, as a screen reader says it.
    doubt
        That the verdict is uncertain, and why, a line each; empty where it is not.
    """

    name: str
    probability: str
    is_stale: bool
    size: str
    source: str
    spoken: str
    doubt: str = ""


def row_text(lesion: Lesion, network: NetworkInfo | None, calibration: Calibration, concerns: Sequence[Concern] = ()) -> RowText:
    """Return what a lesion's row says; the networks are None where none was asked yet."""
    point = network.operating_point if network is not None else None
    outline, diagnosis = lesion.outline, lesion.diagnosis
    probability = NOT_DIAGNOSED
    is_stale = diagnosis is not None and lesion.is_stale
    if diagnosis is not None:
        side = wording.side_word(diagnosis.p_malignant, point) if point is not None else ""
        words = (wording.probability_text(diagnosis.p_malignant), OUTDATED if is_stale else side)
        probability = " · ".join(word for word in words if word)
    size = wording.size_text(lesion.measures, calibration).removesuffix(" (not calibrated)")
    states = [word for word, is_so in (("locked", outline.is_locked), ("hidden", outline.is_hidden)) if is_so]
    side_of = f" the {point.name} point" if point is not None and diagnosis is not None and not is_stale else ""
    doubt = ""
    if diagnosis is not None and network is not None and not is_stale:
        doubt = doubt_text(doubt_about(diagnosis, network.operating_point, concerns, lesion.number), diagnosis, network)
    spoken = ", ".join([f"{outline.title}: {probability}{side_of}", *(["uncertain"] if doubt else []), size, SOURCES[outline.source], *states])
    source = f"{SOURCES[outline.source]}{' · uncertain' if doubt else ''}"
    return RowText(outline.title, probability, is_stale, size, source, spoken.replace(" · ", " "), doubt)


class LesionRow(QWidget):
    """Shows a lesion. Clicks beside its buttons go to the list that it is in.

    Signals
    -------
    renamed(str)
        The reader gave it a name.
    naming_ended()
        The field for the name is closed, and the reader is still at it: the keyboard goes back to the list.
    lock_wanted(bool), hide_wanted(bool), delete_wanted()
        The reader wants it locked or unlocked, hidden or shown, deleted.
    """

    renamed = Signal(str)
    naming_ended = Signal()
    lock_wanted = Signal(bool)
    hide_wanted = Signal(bool)
    delete_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dot = Dot()
        self._name = ElidedLabel()
        self._probability = QLabel()
        self._doubt = QLabel()
        self._doubt.setAccessibleName("Uncertain")
        self._doubt.setPixmap(pixmap("caution", self.fontMetrics().height(), theme.CAUTION, self.devicePixelRatioF()))
        self._doubt.hide()
        self._size, self._source = ElidedLabel(), ElidedLabel()
        for label in (self._size, self._source):
            dress(label, Role.SECONDARY)
        self.field = TextLine()
        self.field.setAccessibleName("Name of the lesion")
        self.field.setMaxLength(60)
        self.field.hide()
        self.field.committed.connect(self.renamed)
        self.field.ended.connect(self._on_ended)
        self.lock, self.hide_button, self.delete = (_button(name) for name in ("unlock", "show", "delete"))
        for button in (self.lock, self.hide_button):
            button.setCheckable(True)
        self.lock.clicked.connect(self.lock_wanted)
        self.hide_button.clicked.connect(self.hide_wanted)
        self.delete.clicked.connect(self.delete_wanted)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        for part, share in ((self._name, 1), (self.field, 1), (self._doubt, 0), (self._probability, 0)):
            top.addWidget(part, share)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self.lock, self.hide_button, self.delete):
            buttons.addWidget(button)
        grid = QGridLayout(self)
        grid.setContentsMargins(6, 4, 4, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(0)
        grid.addWidget(self._dot, 0, 0)
        grid.addLayout(top, 0, 1, 1, 2)
        grid.addWidget(self._size, 1, 1, 1, 2)
        grid.addWidget(self._source, 2, 1)
        grid.addLayout(buttons, 2, 2)
        grid.setColumnStretch(1, 1)

    @property
    def is_naming(self) -> bool:
        """Whether the name is being typed."""
        return not self.field.isHidden()

    def show_lesion(self, lesion: Lesion, text: RowText, keys: dict[str, str]) -> None:
        """Show a lesion; ``keys`` are those of the actions that its buttons stand for, by name."""
        outline = lesion.outline
        self._dot.show_colour(theme.lesion_colour(lesion.number))
        self._name.show_text(text.name)
        self._probability.setText(text.probability)
        self._probability.setToolTip(STALE_TIP if text.is_stale else "")
        palette = self._probability.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(theme.CAUTION if text.is_stale else theme.TEXT))
        self._probability.setPalette(palette)
        self._doubt.setToolTip(text.doubt)
        self._doubt.setVisible(bool(text.doubt))
        self._size.show_text(text.size)
        self._source.show_text(text.source)
        _say(self.lock, f"{'Unlock' if outline.is_locked else 'Lock'} {text.name}", keys["lock_lesion"], "lock" if outline.is_locked else "unlock")
        _say(self.hide_button, f"{'Show' if outline.is_hidden else 'Hide'} {text.name}", keys["hide_lesion"], "hide" if outline.is_hidden else "show")
        _say(self.delete, f"Delete {text.name}", keys["delete"], "delete")
        self.lock.setChecked(outline.is_locked)
        self.hide_button.setChecked(outline.is_hidden)

    def set_current(self, is_current: bool) -> None:
        """Bring out the lesion in hand."""
        self._name.setFont(theme.scaled_font(bold=is_current))

    def begin_naming(self) -> None:
        """Let the reader type a name."""
        self.field.show_text(self._name.full_text)
        for label in (self._name, self._probability):
            label.hide()
        self.field.show()
        self.field.selectAll()
        self.field.setFocus()

    def _on_ended(self) -> None:
        if self.is_naming:
            had_focus = self.field.hasFocus()
            self.field.hide()
            for label in (self._name, self._probability):
                label.show()
            if had_focus:
                self.naming_ended.emit()


def _button(name: str) -> QToolButton:
    button = QToolButton()
    side = round(theme.icon_px() * 0.8)
    button.setIconSize(QSize(side, side))
    button.setIcon(icon(name))
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # in the list the keys do it; three more stops a lesion would be in the way
    button.setStyleSheet("padding: 1px;")
    return button


def _say(button: QToolButton, text: str, keys: str, name: str) -> None:
    button.setIcon(icon(name))
    button.setAccessibleName(text)
    button.setToolTip(f"{text} ({keys})" if keys else text)
