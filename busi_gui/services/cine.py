"""Cine: which frame of the open file is looked at; it scrolls, plays, and has read what comes next."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from busi_gui.domain.cine import GUESSED_FRAME_MS, frame_due, frames_ahead, next_readable
from busi_gui.services.frames import Frames
from busi_gui.services.open_file import PIXEL_BYTES, OpenFile, scan_bytes
from busi_gui.services.opening import Reader
from busi_gui.services.states import CineState

REST_MS = 150
"""How long a frame is looked at before it is analysed: whoever scrolls on is not kept from it by the networks."""

_AHEAD = 8


class Cine(QObject):
    """The frames of the open file, one of which is looked at; of a file with a single frame that one.

    Signals
    -------
    shown()
        Another frame is looked at.
    changed()
        It began or ceased to play or to loop, or a frame turned out to be unreadable.
    rested()
        The reader has looked at one frame for a while.
    failed(str)
        A frame cannot be read: a sentence for the reader. Said for each frame that the reader chose, else for the first of a file only.
    """

    shown = Signal()
    changed = Signal()
    rested = Signal()
    failed = Signal(str)

    def __init__(self, reader: Reader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file: OpenFile | None = None
        self._is_looping = True
        self._has_told = False
        self._first = 0  # where playing began, and when
        self._clock = QElapsedTimer()
        self._is_playing = False
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self._frames = Frames(reader, self)
        self._frames.arrived.connect(self._on_arrived)
        self._frames.lost.connect(self._on_lost)

    @property
    def state(self) -> CineState | None:
        """Where the reader is; None in a file of a single frame."""
        file = self._file
        if file is None or file.frame_count == 1:
            return None
        return CineState(
            file.frame,
            file.frame_count,
            self._frame_ms,
            bool(file.file.frame_ms),
            self._is_playing,
            self._is_looping,
            file.unreadable,
            file.findings,
            file.key_frame,
        )

    @property
    def is_moving(self) -> bool:
        """Whether it plays, or another frame is awaited."""
        return self._is_playing or self._frames.wanted is not None

    def use(self, file: OpenFile | None) -> None:
        """Show frames of another file from now on, beginning with the one that it is at."""
        self._stop()
        self._rest.stop()
        self._has_told = False
        self._file = file
        self._frames.use(file)

    def show(self, frame: int) -> None:
        """Look at another frame, or where that is unreadable at the next beyond it; what plays stops."""
        if self._file is None:
            return
        self._cease()
        frame = min(max(frame, 0), self._file.frame_count - 1)
        step = 1 if frame >= self._file.frame else -1
        goal = next_readable(frame, step, self._file.frame_count, self._file.unreadable)
        if goal is not None:
            self._go(goal, frames_ahead(goal, step, self._reach(), self._file.frame_count, is_looping=False))

    def play(self, is_playing: bool) -> None:
        """Play from the frame that is looked at, at the end from the beginning; or hold."""
        if not is_playing:
            self.hold()
            return
        file = self._file
        if file is None or file.frame_count == 1 or self._is_playing:
            return
        self._rest.stop()
        if next_readable(file.frame + 1, 1, file.frame_count, file.unreadable) is None:
            self._play_from(0)
            self._on_tick()
        else:
            self._play_from(file.frame)
        self.changed.emit()

    def hold(self) -> None:
        """Stop playing, and await no frame any more."""
        self._frames.want(None)
        self._cease()

    def set_looping(self, is_looping: bool) -> None:
        """Choose whether it begins again at its end."""
        if is_looping != self._is_looping:
            self._is_looping = is_looping
            if self._is_playing and self._file is not None:
                self._play_from(self._file.frame)
            self.changed.emit()

    @property
    def _frame_ms(self) -> float:
        return (self._file.file.frame_ms if self._file is not None else None) or GUESSED_FRAME_MS

    def _play_from(self, frame: int) -> None:
        self._is_playing = True
        self._first = frame
        self._clock.start()
        self._await_next(0)

    def _cease(self) -> None:
        if self._is_playing:
            self._stop()
            self._rest.start()
            self.changed.emit()

    def _stop(self) -> None:
        self._is_playing = False
        self._timer.stop()

    def _await_next(self, steps: int) -> None:
        """Wake when the next frame is due: a timer at the cine's own pace would, a little early or late, show some twice and leave out others."""
        self._timer.start(max(1, ceil((steps + 1) * self._frame_ms - self._clock.nsecsElapsed() / 1e6)))

    def _on_tick(self) -> None:
        """Show the frame that is due by the clock: where reading is slower than the cine some are left out, and it does not fall behind."""
        file = self._file
        assert file is not None
        count = file.frame_count
        steps = int(self._clock.nsecsElapsed() / 1e6 / self._frame_ms)
        due = frame_due(self._first, steps, count, self._is_looping)
        has_ended = not self._is_looping and due == count - 1
        goal = next_readable(due, 1, count, file.unreadable)
        if goal is None and self._is_looping:
            goal = next_readable(0, 1, count, file.unreadable)
        elif goal is None:
            goal = next_readable(due, -1, count, file.unreadable)
            has_ended = True
        assert goal is not None  # the frame that is looked at was readable
        if has_ended:
            self._stop()
            self._rest.start()
        else:
            self._await_next(steps)
        if goal != file.frame:
            self._go(goal, frames_ahead(goal, 1, self._reach(), count, self._is_looping))
        if has_ended:
            self.changed.emit()

    def _go(self, frame: int, ahead: tuple[int, ...]) -> None:
        assert self._file is not None
        is_at_hand = self._file.has(frame)
        self._frames.want(None if is_at_hand else frame, ahead)
        if is_at_hand and frame != self._file.frame:
            self._file.look_at(frame)
            self._on_arrived()

    def _reach(self) -> int:
        """How many frames are read ahead: fewer of such as would push each other out."""
        assert self._file is not None
        return min(_AHEAD, PIXEL_BYTES // (2 * scan_bytes(self._file.own_scan)))

    def _on_arrived(self, _frame: int = 0) -> None:
        if not self._is_playing:
            self._rest.start()
        self.shown.emit()

    def _on_lost(self, _frame: int, message: str, is_wanted: bool) -> None:
        is_chosen = is_wanted and not self._is_playing
        if message and (is_chosen or not self._has_told):
            self._has_told = True
            self.failed.emit(message)
        if is_chosen:
            self._rest.start()  # at the frame that stays
        self.changed.emit()

    def _on_rest(self) -> None:
        if not self.is_moving:
            self.rested.emit()
