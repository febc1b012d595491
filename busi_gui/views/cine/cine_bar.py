"""CineBar: plays a cine, goes from frame to frame, and has all frames analysed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from busi_gui.services.session import Session
from busi_gui.services.states import Activity, CineState, NetworkStatus
from busi_gui.views import theme
from busi_gui.views.actions import Actions
from busi_gui.views.cine.cine_words import rate_text, unreadable_text
from busi_gui.views.cine.frame_slider import FrameSlider
from busi_gui.views.icons import icon
from busi_gui.views.labels import ElidedLabel, Role, dress
from busi_gui.views.wrap_row import WrapRow

CINE_ACTIONS = (
    *("play", "previous_frame", "next_frame", "first_frame", "last_frame", "loop_cine"),
    *("key_frame", "analyse_frames", "cine_plot"),
)
ASSUMED_RATE = "The file does not say how fast it was recorded: this is the program's guess."

ALL_FRAMES = "frame "
"""How the session's activity begins while all frames are analysed."""
_TRANSPORT = ("first_frame", "previous_frame", "play", "next_frame", "last_frame", "loop_cine")
_REPEATED = ("previous_frame", "next_frame")


class CineBar(QWidget):
    """Slider and buttons of the cine on screen; hidden where a file has a single frame.

    It gives the actions of a cine what they do, and enables them while there is one.
    """

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._actions = session, actions
        self._path: Path | None = None
        self._wanted: int | None = None  # asked for, and not on screen yet
        self._is_playing = False
        self.slider = FrameSlider()
        self.slider.frame_chosen.connect(self.show_frame)
        self.slider.stepped.connect(self.step)
        self._position, self._rate = QLabel(), QLabel()
        self._all_frames = _AllFrames(actions["analyse_frames"], actions["stop"], session.stop)
        self._lay_out()
        self._connect_actions()
        session.cine_changed.connect(self._refresh)
        session.case_changed.connect(self._refresh)
        session.activity_changed.connect(self._on_state_changed)
        session.network_changed.connect(self._on_state_changed)
        session.failed.connect(self._on_failed)
        self._refresh()

    def show_frame(self, frame: int) -> None:
        """Ask for a frame, from 0."""
        cine = self._session.cine
        if cine is not None:
            self._wanted = frame if frame != cine.frame else None
            self.slider.show_cine(cine, frame)
            self._session.show_frame(frame)

    def step(self, offset: int) -> None:
        """Show the frame so many further on (negative: back), past those that cannot be read; nothing beyond the ends."""
        cine = self._session.cine
        if cine is None or offset == 0:
            return
        # From the frame that was asked for last: a quick turn of the wheel asks for the next before that one is on screen.
        start = self._wanted if self._wanted is not None else cine.frame
        onward = 1 if offset > 0 else -1
        end = min(max(start + offset, 0), cine.frame_count - 1)
        for target in (_readable(cine, end, onward), _readable(cine, end, -onward)):
            if target is not None and (target - start) * onward > 0:
                self.show_frame(target)
                return

    def _lay_out(self) -> None:
        space = self.fontMetrics().height() // 4
        transport, place = QWidget(), QWidget()
        _fill(transport, [self._button(name) for name in _TRANSPORT], 0)
        _fill(place, [self._position, self._rate], 3 * space)
        self._position.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        dress(self._rate, Role.SECONDARY)
        key = self._button("key_frame")
        key.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        parts = (transport, place, key, self._all_frames, self._button("cine_plot"))
        self.controls = WrapRow(parts, end=3, gap=2 * space)
        inner = QHBoxLayout()
        inner.setContentsMargins(2 * space, 0, 2 * space, 0)
        inner.addWidget(self.controls)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, space, 0, space)
        column.setSpacing(space)
        column.addWidget(self.slider)
        column.addLayout(inner)
        self.setAccessibleName("Cine")

    def _button(self, name: str) -> QToolButton:
        action, button = self._actions[name], QToolButton()
        button.setObjectName(name)
        button.setDefaultAction(action)
        button.setIconSize(QSize(theme.icon_px(), theme.icon_px()))
        button.setAutoRepeat(name in _REPEATED)
        button.setAccessibleName(action.text())
        return button

    def _connect_actions(self) -> None:
        slots = {
            "play": self._on_play,
            "previous_frame": lambda: self.step(-1),
            "next_frame": lambda: self.step(1),
            "first_frame": lambda: self._show_end(is_last=False),
            "last_frame": lambda: self._show_end(is_last=True),
            "loop_cine": self._session.set_looping,
            "key_frame": self._on_key_frame,
            "analyse_frames": self._session.analyse_all_frames,
        }
        for name, slot in slots.items():
            self._actions[name].triggered.connect(slot)

    def _show_end(self, *, is_last: bool) -> None:
        cine = self._session.cine
        if cine is not None:
            end, inward = (cine.frame_count - 1, -1) if is_last else (0, 1)
            target = _readable(cine, end, inward)
            self.show_frame(end if target is None else target)

    def _refresh(self) -> None:
        session, cine = self._session, self._session.cine
        path = session.case.scan.path if session.case is not None else None
        if cine is None or path != self._path or cine.is_playing or self._wanted in (cine.frame, *cine.unreadable):
            self._wanted = None
        self._path = path
        self.setVisible(cine is not None)
        if cine is not None:
            self._describe(cine)
            self.slider.show_cine(cine, cine.frame if self._wanted is None else self._wanted)
        self._on_state_changed()

    def _describe(self, cine: CineState) -> None:
        self._position.setText(f"{cine.frame + 1} / {cine.frame_count}")
        self._position.setAccessibleName(f"Frame {cine.frame + 1} of {cine.frame_count}")
        self._position.setFixedWidth(self.fontMetrics().horizontalAdvance(f"{cine.frame_count} / {cine.frame_count}") + 4)
        self._position.setToolTip(unreadable_text(cine.unreadable))
        self._rate.setText(rate_text(cine))
        self._rate.setToolTip("" if cine.has_stated_rate else ASSUMED_RATE)
        if self._is_playing is not cine.is_playing:
            self._is_playing = cine.is_playing
            self._actions["play"].setIcon(icon("pause" if cine.is_playing else "play"))
            for button in self.findChildren(QToolButton, "play"):
                button.setAccessibleName("Pause" if cine.is_playing else "Play")
        self._actions["loop_cine"].setChecked(cine.is_looping)
        self._actions["key_frame"].setText("Key frame" if cine.key_frame is None else f"Key frame {cine.key_frame + 1}")

    def _on_state_changed(self) -> None:
        cine, activity = self._session.cine, self._session.activity
        is_running = cine is not None and activity is not None and activity.stage.startswith(ALL_FRAMES)
        for name in CINE_ACTIONS:
            if name not in ("key_frame", "analyse_frames"):
                self._actions[name].setEnabled(cine is not None)
        self._actions["key_frame"].setEnabled(cine is not None and cine.key_frame is not None)
        can_analyse = cine is not None and _is_left(cine) and not is_running and self._session.network.status is not NetworkStatus.FAILED
        # The one that has the focus hands it on before it can have it no longer.
        if is_running:
            self._all_frames.show_activity(activity)
        self._actions["analyse_frames"].setEnabled(can_analyse)
        if not is_running:
            self._all_frames.show_activity(None)

    def _on_play(self) -> None:
        if self._session.cine is not None:
            self._session.play(not self._session.cine.is_playing)

    def _on_key_frame(self) -> None:
        if self._session.cine is not None and self._session.cine.key_frame is not None:
            self.show_frame(self._session.cine.key_frame)

    def _on_failed(self) -> None:
        self._wanted = None  # it will not come
        self._refresh()


class _AllFrames(QStackedWidget):
    """The button that has all frames analysed; while that is done, how far it is and the way to stop it."""

    def __init__(self, action: QAction, stop: QAction, on_stop: Callable[[], None]) -> None:
        super().__init__()
        self._action, self._stop_action = action, stop
        self.start = QPushButton(action.text())
        self.start.clicked.connect(action.trigger)
        self.stage = ElidedLabel()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 100)
        self.progress.setFixedHeight(4)
        self.progress.setAccessibleName("Frames analysed")
        self.stop = QPushButton("Stop")
        self.stop.setAccessibleName("Stop analysing all frames")
        self.stop.clicked.connect(on_stop)
        running = QWidget()
        words = QVBoxLayout()
        words.addWidget(self.stage)
        words.addWidget(self.progress)
        words.setSpacing(1)
        row = QHBoxLayout(running)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(words, 1)
        row.addWidget(self.stop)
        self.addWidget(self.start)
        self.addWidget(running)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        for each in (action, stop):
            each.changed.connect(self._follow)
        self._follow()

    def sizeHint(self) -> QSize:
        """Return room for both, so that nothing moves when the one gives way to the other."""
        running = self.stop.sizeHint().width() + self.fontMetrics().horizontalAdvance("Frame 888 of 888") + 12
        return QSize(max(super().sizeHint().width(), running), super().sizeHint().height())

    def show_activity(self, activity: Activity | None) -> None:
        """Show how far the analysis of all frames is; None: the button to begin it."""
        self.setCurrentIndex(0 if activity is None else 1)
        if activity is not None:
            self.stage.show_text(activity.stage.capitalize())
            self.progress.setValue(round(activity.fraction * 100))

    def _follow(self) -> None:
        self.start.setEnabled(self._action.isEnabled())
        self.start.setToolTip(self._action.toolTip())
        self.stop.setToolTip(self._stop_action.toolTip())


def _fill(place: QWidget, widgets: Sequence[QWidget], space: int) -> None:
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(space)
    for widget in widgets:
        row.addWidget(widget)


def _is_left(cine: CineState) -> bool:
    """Whether something is left for analysing all frames to do: frames, or to propose the one worth reading."""
    return cine.key_frame is None or len(cine.findings.keys() | cine.unreadable) < cine.frame_count


def _readable(cine: CineState, frame: int, step: int) -> int | None:
    """Return the first frame from there that can be read; None where there is none up to the end."""
    while 0 <= frame < cine.frame_count:
        if frame not in cine.unreadable:
            return frame
        frame += step
    return None
