"""RunningPage: how far a retraining is, its curves, and what the network outlines by now."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QProgressBar, QWidget

from busi_gui.services.retraining_progress import RetrainingProgress, RetrainingStatus
from busi_gui.views.labels import Role, Words, plain_button, say
from busi_gui.views.retraining.curves import DiceChart, LossChart
from busi_gui.views.retraining.outlined import NETWORK, READER, CasePictures, HandLegend, OutlinedPicture, mask_of_png
from busi_gui.views.retraining.page import Page
from busi_gui.views.retraining.words import HIDE_TIP, STOP_TIP, doing_text, left_text, running_lines, step_text
from busi_gui.views.wrap_row import WrapRow

REDRAWN_MS = 200
"""So long nothing is drawn again."""
MOST_PICTURES = 6
_PICTURE_EM = 9
_WIDE_EM = 44
"""From this width on the charts stand beside each other."""


class RunningPage(Page):
    """What is being done, a bar, two charts, and pictures of held-out cases with the network's outline, which changes as it learns.

    Attributes
    ----------
    bar, loss, dice
        How far it is, and the charts.
    pictures
        Those that are shown, by case.
    stop, hide_button
        Buttons.

    Signals
    -------
    stop_wanted()
        The reader wants it to end.
    hide_wanted()
        The reader wants to go on reading meanwhile.
    """

    stop_wanted = Signal()
    hide_wanted = Signal()

    def __init__(self, cases: CasePictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cases = cases
        self._progress = RetrainingProgress()
        self._measured = -1
        self._doing, self._left, self._lines = Words("", Role.TITLE), Words("", Role.SECONDARY), Words()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(self.fontMetrics().height() // 2)
        self.bar.setAccessibleName("Progress")
        self.loss, self.dice = LossChart(), DiceChart()
        self.pictures: dict[str, OutlinedPicture] = {}
        self._outlines: dict[str, bytes] = {}  # of the network when it was last measured
        self._caption = Words("", Role.HEADING)
        self._legend = HandLegend((READER, NETWORK), self.fontMetrics().height())
        self._row = WrapRow([], end=0, gap=self.fontMetrics().height() // 2)
        self.stop = plain_button("&Stop", STOP_TIP, self.stop_wanted.emit)
        self.hide_button = plain_button("&Hide", HIDE_TIP, self.hide_wanted.emit)
        self._timer = QTimer(self, singleShot=True, interval=REDRAWN_MS)
        self._timer.timeout.connect(self.draw_if_seen)
        self._drawn: RetrainingProgress | None = None
        self._lay_out()
        cases.came.connect(self._on_came)

    def show_progress(self, progress: RetrainingProgress) -> None:
        """Show how far it is: at once where it begins or stops, else at most some five times a second, and nothing while it cannot be seen."""
        is_other = progress.status is not self._progress.status
        self._progress = progress
        if is_other or not self._timer.isActive():
            self.draw_if_seen()

    def clear(self) -> None:
        """Forget what was shown of another retraining."""
        self.loss.clear()
        self.dice.clear()
        self.pictures, self._outlines = {}, {}
        self._show_pictures()
        self._measured = -1
        self._drawn = None

    def draw(self) -> None:
        """Draw what has changed since it was drawn last."""
        progress, self._drawn = self._progress, self._progress
        is_stopping = progress.status is RetrainingStatus.STOPPING
        say(self._doing, doing_text(progress))
        self._doing.setAccessibleName(self._doing.text())
        say(self._left, "" if is_stopping else left_text(progress))
        self.bar.setRange(0, 1000 if progress.fraction and not is_stopping else 0)  # before the first step nobody knows how far it is
        self.bar.setValue(round(1000 * progress.fraction))
        self.stop.setEnabled(not is_stopping)
        self.stop.setText("Stopping …" if is_stopping else "&Stop")
        self.loss.show_progress(progress)
        self.dice.show_progress(progress)
        self._draw_outlines(progress)
        say(self._lines, "\n".join(running_lines(progress)))
        self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what has come while nobody could see it."""
        super().showEvent(event)
        self.draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have the charts beside each other where there is room."""
        super().resizeEvent(event)
        is_wide = self.width() >= _WIDE_EM * self.fontMetrics().height()
        self._charts.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        self._charts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._charts.setSpacing(em)
        self._charts.addWidget(self.loss, 1)
        self._charts.addWidget(self.dice, 1)
        head: tuple[QWidget, ...] = (self._doing, self.bar, self._left)
        for part in head:
            self.column.addWidget(part)
        self.column.addLayout(self._charts, 1)
        tail: tuple[QWidget, ...] = (self._caption, self._legend, self._row, self._lines)
        for part in tail:
            self.column.addWidget(part)
        self.add_buttons([self.stop, self.hide_button])
        self._show_pictures()

    def draw_if_seen(self) -> None:
        """Draw what has changed, where anybody can see it."""
        if self._progress is not self._drawn and self.isVisible() and not self.window().isMinimized():
            self.draw()

    def _draw_outlines(self, progress: RetrainingProgress) -> None:
        """Draw the outlines when they have been measured: then it is known after which step they were drawn."""
        names = list(progress.outlines)[:MOST_PICTURES]
        new = [name for name in names if name not in self.pictures]
        for name in new:
            picture = OutlinedPicture(self.fontMetrics().height() * _PICTURE_EM, "A held-out case with your outline and the network’s")
            picture.show_pixels(self._cases.of(name))
            self.pictures[name] = picture
        if new:
            self._show_pictures()
        if len(progress.measured) == self._measured:
            return
        self._measured = len(progress.measured)
        self._outlines = {name: progress.outlines[name] for name in names}
        for name in names:
            self._draw_outline(name)
        step = step_text(progress.measured)
        say(self._caption, f"What the network outlines in held-out cases {step}".rstrip() if self.pictures else "")

    def _draw_outline(self, name: str) -> None:
        masks = ((READER, self._cases.reader_of(name)), (NETWORK, mask_of_png(self._outlines.get(name, b""))))
        self.pictures[name].show_outlines([(hand, mask) for hand, mask in masks if mask is not None])

    def _show_pictures(self) -> None:
        row = WrapRow(list(self.pictures.values()), end=0, gap=self.fontMetrics().height() // 2)
        self.column.replaceWidget(self._row, row)
        self._row.hide()
        self._row.deleteLater()
        self._row = row
        for picture in self.pictures.values():
            picture.show()
        self._row.setVisible(bool(self.pictures))
        for part in (self._caption, self._legend):
            part.setVisible(bool(self.pictures))

    def _on_came(self, name: str) -> None:
        if name in self.pictures:
            self.pictures[name].show_pixels(self._cases.of(name))
            self._draw_outline(name)
