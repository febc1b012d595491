"""A file over arrays: frames, some of which may be damaged, without anything on a drive."""

import threading
from pathlib import Path

import numpy as np

from busi_gui.domain.scan import Scan
from busi_gui.io.errors import ReadError
from busi_gui.io.scan_file import Facts, ScanFile


class ArrayFile(ScanFile):
    """Attributes: ``damaged`` frames fail when they are read, ``threads`` and ``reads`` say where and which, ``is_closed`` whether it was closed."""

    def __init__(self, path: Path, frames, *, frame_ms=None, damaged=(), unreadable=(), **fields):
        self.path = path
        self.frames = frames
        self.frame_count = len(frames)
        self.frame_ms = frame_ms
        self.damaged = set(damaged)
        self.unreadable = frozenset(unreadable)
        self.fields = fields
        self.facts = Facts("PNG", "", "", "gray", frames[0].shape)
        self.reads: list[int] = []
        self.threads = {threading.get_ident()}
        self.is_closed = False

    def read(self, frame=0):
        assert not self.is_closed
        self.threads.add(threading.get_ident())
        self.reads.append(frame)
        if frame in self.damaged or frame in self.unreadable:
            raise ReadError(f"Frame {frame + 1} of {self.path.name} is damaged.")
        return Scan(self.path, self.frames[frame], frame=frame, frame_count=self.frame_count, frame_ms=self.frame_ms, **self.fields)

    def close(self):
        self.threads.add(threading.get_ident())
        self.is_closed = True


def numbered_frames(count, shape=(40, 50)):
    """Return frames that can be told apart: each is as bright as its number, up to 255."""
    return [np.full(shape, min(frame, 255), np.uint8) for frame in range(count)]
