"""A session on made-up files of several frames, with a log of what it announced."""

import threading
from typing import Any

from busi_gui.io.errors import ReadError
from busi_gui.services.model_service import ModelService
from busi_gui.services.session import Session
from tests.services.array_file import ArrayFile, numbered_frames
from tests.services.fake_pipeline import FakePipeline


class ReadingRoom:
    """Attributes: ``files`` how to open each by name, ``opened`` those that were, ``gate`` closed keeps the thread that reads, ``is_reading`` is set
    whenever a frame is about to be read."""

    def __init__(self, folder, workspace=None, pipeline=None, load=None):
        self.folder = folder
        self.files = {}
        self.opened: list[ArrayFile] = []
        self.pipeline = pipeline or FakePipeline()
        self.gate = threading.Event()
        self.gate.set()
        self.is_reading = threading.Event()
        self.session: Any = Session(ModelService(load or (lambda: self.pipeline), ("false",)), self._open, workspace)
        self.cases, self.states, self.shown, self.activities, self.besides, self.notes, self.failures = [], [], [], [], [], [], []
        self.session.case_changed.connect(self.cases.append)
        self.session.cine_changed.connect(self._on_cine)
        self.session.activity_changed.connect(self.activities.append)
        self.session.beside_changed.connect(self.besides.append)
        self.session.noted.connect(self._on_noted)
        self.session.failed.connect(self.failures.append)
        self.session.start()

    def add(self, name, count=1, **how):
        """Put a file into the folder and return its path; see ``ArrayFile``."""
        path = self.folder / name
        path.touch()
        self.files[path] = (how.pop("frames", None) or numbered_frames(count), how)
        return path

    def open(self, qtbot, path):
        """Open a file and wait until it is analysed."""
        self.session.open(path)
        qtbot.waitUntil(lambda: self.session.case is not None and self.session.case.scan.path == path and self.session.activity is None)
        assert self.session.case.analysis is not None

    def rest_after(self, ms):
        """Choose how long a frame is looked at before it is analysed: a busy computer must not make a test rest where it scrolls."""
        self.session._cine._rest.setInterval(ms)

    def file(self, name):
        """Return the file of that name that was opened last in the reader thread."""
        return next(file for file in reversed(self.opened) if file.path.name == name)

    def _open(self, path):
        if path not in self.files:
            raise ReadError(f"{path.name} does not exist.")
        frames, how = self.files[path]
        file = _GatedFile(path, frames, **how)
        file.gate, file.is_reading = self.gate, self.is_reading
        self.opened.append(file)
        return file

    def _on_cine(self, state):
        self.states.append(state)
        if state is not None and (not self.shown or self.shown[-1] != state.frame):
            self.shown.append(state.frame)

    def _on_noted(self, path, note):
        self.notes.append((path, note))


class _GatedFile(ArrayFile):
    gate: threading.Event
    is_reading: threading.Event

    def read(self, frame=0):
        self.is_reading.set()
        assert self.gate.wait(20)
        return super().read(frame)


def frame_of(room):
    return int(room.session.case.scan.pixels[0, 0])


def show_frame(qtbot, room, frame):
    room.session.show_frame(frame)
    qtbot.waitUntil(lambda: room.session.cine.frame == frame)
