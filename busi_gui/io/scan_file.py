"""ScanFile: an opened file, whose frames are read one at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from busi_gui.domain.scan import Scan
from busi_gui.io.errors import ReadError


@dataclass(frozen=True)
class Facts:
    """What a file is, as its header says.

    Attributes
    ----------
    kind
        ``"DICOM"``, ``"PNG"``, ``"JPEG"``, ``"BMP"``, ``"TIFF"`` or ``"WebP"``.
    modality
        DICOM's code, such as ``"US"``; empty for other files and where it is absent.
    transfer_syntax
        UID of the encoding, empty for files other than DICOM.
    photometric
        DICOM's photometric interpretation; ``"gray"``, ``"RGB"``, ``"RGBA"``, ``"palette"`` or ``"CMYK"`` for other files.
    size
        Rows and columns.
    """

    kind: str
    modality: str
    transfer_syntax: str
    photometric: str
    size: tuple[int, int]


class ScanFile(ABC):
    """An opened file, to be used by one thread at a time and closed by who opened it.

    Attributes
    ----------
    path
        The file.
    facts
        What it is.
    frame_count
        Frames that the file has or, where it is cut short, should have; at least 1.
    frame_ms
        How long a frame is shown, in milliseconds, None where the file does not say.
    unreadable
        Frames, from 0, that are known not to be readable; the rest may still turn out damaged when they are read.
    """

    path: Path
    facts: Facts
    frame_count: int = 1
    frame_ms: float | None = None
    unreadable: frozenset[int] = frozenset()

    @abstractmethod
    def read(self, frame: int = 0) -> Scan:
        """Decode one frame, from 0.

        Raises
        ------
        ReadError
            There is no such frame, or it is damaged; the others may still be readable.
        """

    @property
    def first_readable(self) -> int:
        """The first frame that is not known to be unreadable."""
        return next((frame for frame in range(self.frame_count) if frame not in self.unreadable), 0)

    def read_first(self, before_another: Callable[[], object] = lambda: None) -> tuple[Scan, dict[int, ReadError]]:
        """Decode the first frame that can be: what a file opens with, and is known by.

        Parameters
        ----------
        before_another
            Called before each frame after one that turned out damaged; what it raises ends the search.

        Returns
        -------
        scan
            The frame.
        damaged
            Why those before it could not be decoded, by frame; those that were known to be unreadable are left out.

        Raises
        ------
        ReadError
            None can be read: what is wrong with the first.
        """
        damaged: dict[int, ReadError] = {}
        first = self.first_readable
        for frame in range(first, self.frame_count):
            if damaged:
                before_another()
            if frame == first or frame not in self.unreadable:
                try:
                    return self.read(frame), damaged
                except ReadError as error:
                    damaged[frame] = error
        raise damaged[first]

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        """Let go of the file; nothing can be read afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
