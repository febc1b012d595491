"""OpenFile: a file that is open, and what is known of its frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from cachetools import LRUCache

from busi_gui.domain.case import Case
from busi_gui.domain.cine import FrameFinding, finding_of
from busi_gui.domain.scan import Box, Scan, Spacing
from busi_gui.io.scan_file import ScanFile
from busi_gui.services.packed import PackedCase
from busi_gui.store.records import Note, StoredReading

PIXEL_BYTES = 20 * 2**20
"""Most that the frames of a file kept for scrolling may take: 43 frames of 800 x 600. They are read again in milliseconds, while window and networks
leave little of the 400 MB that the program is to live in."""

ANALYSIS_BYTES = 24 * 2**20
"""Most that the analyses of a file's frames may take; what falls out leaves its finding behind and is analysed anew when it is looked at."""


@dataclass(frozen=True)
class Folder:
    """The readable files of a folder or of a disc, and each one's place among them.

    Made in the reader thread: comparing and hashing the paths of a large folder takes longer than a frame lasts.
    """

    files: tuple[Path, ...] = ()
    places: dict[Path, int] = field(default_factory=dict)

    @property
    def is_spread(self) -> bool:
        """Whether the files lie in several folders, as those of a disc do: the folder of one of them does not list the others."""
        return any(path.parent != self.files[0].parent for path in self.files)

    def listing(self, files: tuple[Path, ...]) -> Folder:
        """Return a folder of these files: this one where they are its own, so that whether it changed is seen without looking at each."""
        return self if files == self.files else Folder(files, {path: place for place, path in enumerate(files)})


@dataclass(frozen=True, eq=False)
class Opened:
    """What the reader thread brings back.

    Attributes
    ----------
    file
        Open; read and closed only in the reader thread.
    scan
        Its first readable frame, as the file has it.
    unreadable
        Frames before it that turned out to be damaged, and those that the file knows of.
    folder
        The readable files beside it.
    key, note
        What the scan is known by, and what is remembered of it.
    readings
        What readers have set down on its frames.
    asides
        What this reader had set down when the program ended before he had decided about somebody else's work on the same frame.
    problem
        Why nothing could be remembered: a sentence for the reader, empty where all is well.
    """

    file: ScanFile
    scan: Scan
    unreadable: frozenset[int]
    folder: Folder
    key: str
    note: Note
    readings: Mapping[int, StoredReading] = field(default_factory=dict)
    asides: Mapping[int, StoredReading] = field(default_factory=dict)
    problem: str = ""

    @property
    def damage(self) -> str:
        """What of the readings could not be understood and is left out; empty where all is well."""
        return " ".join(stored.problem for stored in self.readings.values() if stored.problem)


class OpenFile:
    """A file that is open, of one frame or many: which of them is looked at, and what is known of each.

    Pixels and analyses are kept while there is room; findings are kept for ever. What the reader has set down for the file, its scale and its
    field, holds for every frame.

    Attributes
    ----------
    file
        Read and closed only in the reader thread.
    folder
        The readable files beside it.
    key, note
        What it is known by, and what is remembered of it.
    readings
        What readers had set down on its frames when it was opened.
    asides
        Of the readings that still wait for a decision: each is taken out by who asks the reader.
    unreadable
        Frames that are damaged or missing.
    key_frame
        The frame proposed for reading, once all were analysed.
    """

    def __init__(self, opened: Opened) -> None:
        self.file = opened.file
        self.folder = opened.folder
        self.key = opened.key
        self.note = opened.note
        self.readings = opened.readings
        self.asides = dict(opened.asides)
        self.unreadable = opened.unreadable
        self.key_frame: int | None = None
        self._shown = opened.scan
        self._scans: LRUCache[int, Scan] = LRUCache(PIXEL_BYTES, scan_bytes)
        self._analyses: LRUCache[int, PackedCase] = LRUCache(ANALYSIS_BYTES, PackedCase.size)
        self._found: dict[int, FrameFinding] = {}  # in the file's own scale
        self._findings: Mapping[int, FrameFinding] | None = None  # as announced, until there is more
        self.keep(opened.scan)

    @property
    def frame(self) -> int:
        """The frame that is looked at."""
        return self._shown.frame

    @property
    def frame_count(self) -> int:
        """Frames that the file has or should have."""
        return self.file.frame_count

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.file.path

    @property
    def own_scan(self) -> Scan:
        """The frame that is looked at, as the file has it."""
        return self._shown

    @property
    def scan(self) -> Scan:
        """The frame that is looked at, with what the reader has set down for the file."""
        return as_noted(self._shown, self.note)

    @property
    def case(self) -> Case:
        """The frame that is looked at, with its analysis where that is known."""
        packed = self._analyses.get(self.frame)
        return Case(self.scan) if packed is None else packed.unpacked(self.scan)

    @property
    def findings(self) -> Mapping[int, FrameFinding]:
        """What was found in the frames analysed so far; the same object until there is more."""
        if self._findings is None:
            self._findings = MappingProxyType({frame: self._scaled(found) for frame, found in self._found.items()})
        return self._findings

    def has(self, frame: int) -> bool:
        """Whether a frame's pixels are at hand."""
        return frame == self.frame or frame in self._scans

    def keep(self, scan: Scan) -> None:
        """Keep a frame's pixels, as the file has them, while there is room."""
        if scan_bytes(scan) <= self._scans.maxsize:
            self._scans[scan.frame] = scan

    def look_at(self, frame: int) -> None:
        """Look at another frame, whose pixels are at hand."""
        if frame != self.frame:
            self._shown = self._scans[frame]

    def look_at_scan(self, scan: Scan) -> None:
        """Look at another frame, which need not have been kept: there are pictures larger than all the room."""
        self._shown = scan

    def lose(self, frame: int) -> None:
        """Note that a frame cannot be read."""
        self.unreadable |= {frame}

    def renewed(self, case: Case) -> Case:
        """Return the case of the frame that is looked at by what is set down for the file now; the same one where that is as it was."""
        scan, before = self.scan, case.scan
        if (scan.spacing, scan.regions, scan.calibration) == (before.spacing, before.regions, before.calibration) and scan.field == before.field:
            return case
        if case.analysis is None or scan.field != before.field:
            return Case(scan)
        return case.with_scale_of(scan)

    def take(self, case: Case) -> Case:
        """Keep the analysis of the frame that is looked at, and return its case: a scale may have been set down in the meantime."""
        case = self.renewed(case)
        assert case.analysis is not None
        if self.frame_count > 1:
            self.keep_analysis(self.frame, PackedCase.of(case), finding_of(case, self._shown))
        return case

    def keep_analysis(self, frame: int, packed: PackedCase, found: FrameFinding) -> None:
        """Keep what was found in a frame; ``found`` in the file's own scale."""
        if packed.size() <= self._analyses.maxsize:
            self._analyses[frame] = packed
        self._found[frame] = found
        self._findings = None

    def set_note(self, note: Note) -> None:
        """Take what is now remembered of the file; analyses that looked at another part of it are dropped."""
        if note.field != self.note.field:
            self.forget_analyses()
        self.note = note
        self._findings = None

    def forget_analyses(self) -> None:
        """Let go of everything that the networks said of its frames."""
        self._analyses.clear()
        self._found.clear()
        self._findings = None
        self.key_frame = None

    def lay_aside(self) -> None:
        """Let go of all that can be had again, but for the frame that is looked at."""
        packed = self._analyses.get(self.frame)
        self._scans.clear()
        self._analyses.clear()
        if packed is not None:
            self._analyses[self.frame] = packed

    def _scaled(self, found: FrameFinding) -> FrameFinding:
        by_hand = calibration_for(found.shape, self.note)
        return found if by_hand is None else replace(found, area_mm2=found.area_px * by_hand.row_mm * by_hand.column_mm)


def as_noted(scan: Scan, note: Note) -> Scan:
    """Return a scan with what the reader has set down for it; a field that does not fit, for the frames of some files differ in size, is left out."""
    if note.field is not None and Box(0, 0, *scan.shape).holds(note.field):
        scan = replace(scan, field=note.field)
    by_hand = calibration_for(scan.shape, note)
    return scan if by_hand is None else scan.calibrated(by_hand)


def calibration_for(shape: tuple[int, int], note: Note) -> Spacing | None:
    """Return the scale that the reader took, for frames of the size of the one that it was taken on; None for others, and where there is none."""
    return note.calibration if note.calibrated_shape in (None, shape) else None


def scan_bytes(scan: Scan) -> int:
    """Return how much memory a scan's arrays take."""
    return scan.pixels.nbytes + (scan.coloured.nbytes if scan.coloured is not None else 0)
