"""SensitivityStrip: a slim strip over the scan's lower edge with a slider from less to more."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QVBoxLayout, QWidget

from busi_gui.views import theme
from busi_gui.views.labels import ElidedLabel, Role, dress

EXPLAINED = "Arrows or wheel: more or less. Enter: keep it. Esc: as before."
_OWN_KEYS = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_STAYS = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason, Qt.FocusReason.MenuBarFocusReason)
"""Why the keys may go elsewhere for a while without the reader having left the strip."""
_STEPS = 50
"""The arrows lead from one end to the other in about so many."""


class SensitivityStrip(QFrame):
    """Floats over its parent, in the middle of the lower edge.

    Signals
    -------
    moved(int)
        The reader has moved the slider to this value.
    taken(), dropped()
        The reader has left it, or wants what was there before.
    """

    moved = Signal(int)
    taken = Signal()
    dropped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("sensitivity_strip")
        self.setStyleSheet(f"#sensitivity_strip {{ background: {theme.PANEL}; border: 1px solid {theme.BORDER}; border-radius: 4px; }}")
        self.slider = _Slider()
        self.slider.valueChanged.connect(self.moved)
        self.slider.left.connect(self.taken)
        self.slider.entered.connect(self.taken)
        self.slider.escaped.connect(self.dropped)
        self._title, self._words, self._how = ElidedLabel(), QLabel(), QLabel(EXPLAINED)
        dress(self._how, Role.SECONDARY)
        dress(self._words, Role.TEXT)
        self._lay_out()
        parent.installEventFilter(self)
        self.hide()

    def _lay_out(self) -> None:
        space = self.fontMetrics().height() // 2
        less, more = QLabel("less"), QLabel("more")
        for label in (less, more):
            dress(label, Role.SECONDARY)
        above, row = QHBoxLayout(), QHBoxLayout()
        above.addWidget(self._title, 1)
        above.addWidget(self._words)
        for widget in (less, self.slider, more):
            row.addWidget(widget, 1 if widget is self.slider else 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * space, space, 2 * space, space)
        column.setSpacing(space // 2)
        column.addLayout(above)
        column.addLayout(row)
        column.addWidget(self._how)

    def open(self, title: str, steps: int, value: int, own: int | None) -> None:
        """Show the strip, and let the keys go to its slider.

        Parameters
        ----------
        title
            Which lesion it is about.
        steps
            The slider goes from 0 to this.
        value
            Where it stands.
        own
            Where the network's own threshold lies; None where the slider does not reach it.
        """
        self._title.show_text(title)
        self.slider.setAccessibleName(title)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, steps)
            self.slider.setSingleStep(max(1, round(steps / _STEPS)))
            self.slider.setPageStep(max(1, steps // 8))
            self.slider.setValue(value)
        self.slider.set_tick(own)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self.slider.setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, words: str) -> None:
        """Write what the value means."""
        self._words.setText(words)
        self.slider.setAccessibleDescription(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle of the lower edge."""
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent, line = self._over, self.fontMetrics().height()
        width = min(max(self.sizeHint().width(), 30 * line), parent.width() - 2 * line)
        height = self.sizeHint().height()
        # Above the zoom and the scale in the corners, and the caveat between them.
        self.setGeometry((parent.width() - width) // 2, max(0, parent.height() - height - 3 * line), width, height)


class _Slider(QSlider):
    left = Signal()
    entered = Signal()
    escaped = Signal()

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._tick: int | None = None
        self._turned = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(round(self.fontMetrics().height() * 1.4))

    def set_tick(self, value: int | None) -> None:
        """Mark a value, or none."""
        self._tick = value
        self.update()

    def event(self, event: QEvent) -> bool:
        """Have those keys that mean something here, whatever else they are the keys of."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _OWN_KEYS:
            event.setAccepted(event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier))
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take it by Enter, drop it by Esc; arrows move on."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Move on by a step for each notch, whatever the system scrolls by; away from the reader is more."""
        self._turned += (event.angleDelta().y() or event.angleDelta().x()) / 120
        whole = int(self._turned)
        self._turned -= whole
        self.setValue(self.value() + whole * self.singleStep())
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Say that the reader has left."""
        super().focusOutEvent(event)
        if event.reason() not in _STAYS:
            self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tick above and below the groove, then the slider over it."""
        if self._tick is not None:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            handle: QRect = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self)
            room = self.width() - handle.width()
            x = handle.width() // 2 + QStyle.sliderPositionFromValue(self.minimum(), self.maximum(), self._tick, room)
            painter = QPainter(self)
            painter.setPen(QPen(QColor(theme.TEXT), 2))
            painter.drawLine(QPoint(x, 0), QPoint(x, self.height()))
            painter.end()
        super().paintEvent(event)
