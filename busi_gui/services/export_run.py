"""One export from beginning to end: files and what readers set down on them -> a data set or a table. Without Qt, for window and commands alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from busi_gui.domain.case import Case, CaseStatus, analysed_case
from busi_gui.domain.diagnosing import diagnosed, is_looked_at
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import Pixels, Scan, file_key
from busi_gui.io.errors import ReadError, WriteError
from busi_gui.io.exports.cases import ExportCase, ExportWriter, Naming
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from busi_gui.services.open_file import as_noted
from busi_gui.store.records import Note, StoredReading
from models.analysis import OUTLINE_SHIFT_PX, Analysis, Diagnosis, Mask, NetworkInfo

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace

Report = Callable[[str, int, int], object]
"""Told a name, how many are done and of how many, before each; what it raises ends the run."""


class ExportFormat(Enum):
    """What an export is written as."""

    BUSI = "busi"
    COCO = "coco"
    CSV = "csv"


@dataclass(frozen=True)
class ExportOptions:
    """How an export is made.

    Attributes
    ----------
    with_network
        Files that no reader has touched leave with the networks' outlines, named as such; of a table every outline with what the
        networks think of it.
    keeps_names
        Written files are called after those that they come from, which may name a patient.
    is_overwriting
        An earlier export in the same place may be replaced.
    point
        Name of the operating point that probabilities are held against; the networks' first where they have none such.
    """

    with_network: bool = False
    keeps_names: bool = False
    is_overwriting: bool = False
    point: str = ""


@dataclass(frozen=True)
class ExportSummary:
    """What an export holds.

    Attributes
    ----------
    frames, lesions
        How many were written.
    classes
        How many frames of each class; of a class without any there is no entry.
    untouched
        Files left out because no reader has touched them.
    problems
        Why other files or frames are left out: sentences for the reader.
    """

    out: Path
    format: ExportFormat
    frames: int
    lesions: int
    classes: Mapping[str, int] = field(default_factory=dict)
    untouched: int = 0
    problems: tuple[str, ...] = ()


class Networks(Protocol):
    """What is asked of a pipeline; ``models.pipeline.Pipeline`` has it."""

    @property
    def info(self) -> NetworkInfo:
        """Which networks answer."""

    def analyse(self, pixels: npt.NDArray[np.uint8]) -> Analysis:
        """Analyse a scan, uint8 (rows, columns)."""

    def diagnose(self, pixels: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_]) -> Diagnosis:
        """Diagnose one lesion of a scan from its mask, bool (rows, columns)."""

    def outline_ranges(
        self, pixels: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], shifts_px: Sequence[tuple[float, float]]
    ) -> Sequence[tuple[float, float]]:
        """Return lowest and highest probability when the outline moves by each of some shifts, down and across in pixels."""


def run_export(
    files: Sequence[Path],
    format_: ExportFormat,
    out: Path,
    options: ExportOptions,
    workspace: Workspace,
    load_networks: Callable[[], Networks] | None = None,
    report: Report = lambda *_: None,
    open_file: Callable[[Path], ScanFile] = open_scan,
) -> ExportSummary:
    """Export what readers set down on some files; one frame is in memory at a time.

    Parameters
    ----------
    out
        A folder; of a table its file.
    load_networks
        Called in this thread, and only ``with_network``.

    Raises
    ------
    WriteError
        The place refuses, or there is nothing to export. Then nothing is written.
    WorkspaceError, NetworkError
        From workspace and networks.
    """
    networks = load_networks() if options.with_network and load_networks is not None else None
    # Only a table has a place for what the networks think.
    source = _Source(files, options, workspace, networks, open_file, asks_opinions=format_ is ExportFormat.CSV)
    with _writer_for(format_, out, options) as writer, closing(source.cases(report)) as cases:
        classes: Counter[str] = Counter()
        lesions = 0
        for case in cases:
            writer.add(case)
            classes[case.case_class] += 1
            lesions += len(case.case.lesions)
        if not classes:
            raise WriteError(_nothing(source))
    return ExportSummary(out, format_, classes.total(), lesions, dict(sorted(classes.items())), source.untouched, tuple(source.problems))


def _writer_for(format_: ExportFormat, out: Path, options: ExportOptions) -> AbstractContextManager[ExportWriter]:
    from busi_gui.io.exports.busi import busi_export  # nobody exports when the program starts
    from busi_gui.io.exports.coco import coco_export
    from busi_gui.io.exports.measures_table import table_export

    if format_ is ExportFormat.CSV:
        return table_export(out, is_overwriting=options.is_overwriting)
    make = busi_export if format_ is ExportFormat.BUSI else coco_export
    return make(out, keeps_names=options.keeps_names, is_overwriting=options.is_overwriting)


def _nothing(source: _Source) -> str:
    if source.problems:
        return f"There is nothing to export. {source.problems[0]}"
    return "There is nothing to export: no reader has outlined a lesion in these files, or marked one without a lesion as reviewed."


class _Source:
    """Makes cases of files. Counts what it leaves out in ``untouched``, and says why in ``problems``."""

    def __init__(
        self,
        files: Sequence[Path],
        options: ExportOptions,
        workspace: Workspace,
        networks: Networks | None,
        open_file: Callable[[Path], ScanFile],
        *,
        asks_opinions: bool,
    ) -> None:
        self._files = files
        self._asks_opinions = asks_opinions
        self._networks = networks
        self._workspace = workspace
        self._open_file = open_file
        self._point = options.point
        self._naming = Naming(keeps_names=options.keeps_names)
        self._seen: dict[str, Path] = {}
        self._groups: dict[str, int] = {}
        self.untouched = 0
        self.problems: list[str] = []

    def cases(self, report: Report) -> Generator[ExportCase, None, None]:
        for done, path in enumerate(self._files):
            report(path.name, done, len(self._files))
            try:
                with self._open_file(path) as file:
                    yield from self._of_file(file)
            except ReadError as error:
                self.problems.append(str(error))
        report("", len(self._files), len(self._files))

    def _of_file(self, file: ScanFile) -> Iterator[ExportCase]:
        first, _ = file.read_first()
        key = file_key(first)
        if key in self._seen:
            self.problems.append(f"{file.path.name} shows the same as {self._seen[key].name}: it is exported once.")
            return
        self._seen[key] = file.path
        note, readings = self._workspace.note(key), self._workspace.readings(key)
        touched = {frame: stored for frame, stored in sorted(readings.items()) if stored.packed.bare.is_touched}
        if not touched and self._networks is None and not _is_normal(note):
            self.untouched += 1
            return
        names = self._naming.of_file(file.path, [*touched] or [first.frame], file.frame_count)
        # Of whom a file shows nothing is kept but that two of them are the same.
        group = self._groups.setdefault(first.identity.patient_id or key, len(self._groups) + 1)
        info = self._networks.info.at(self._point) if self._networks is not None else None
        for frame, name in names.items():
            try:
                scan = as_noted(first if frame == first.frame else file.read(frame), note)
                case = self._case(scan, touched.get(frame))
            except (ReadError, ValueError) as error:
                self.problems.append(str(error))
                continue
            yield ExportCase(name, case, note.status, group, info, note.networks)

    def _case(self, scan: Scan, stored: StoredReading | None) -> Case:
        if stored is None:
            return Case(scan) if self._networks is None else analysed_case(scan, self._networks.analyse)
        reading = stored.packed.unpacked()
        if any(outline.mask.shape != scan.shape for outline in reading.outlines):
            raise ReadError(f"Frame {scan.frame} of {scan.path.name} has another size than when its lesions were drawn: it is left out.")
        case = Case(scan).with_reading(_without_callipers(reading))
        return _answered(case, self._networks) if self._networks is not None and self._asks_opinions else case


def _is_normal(note: Note) -> bool:
    """Whether a reader has seen that a file which he has not touched shows no lesion.

    What the networks outline in it is theirs to be shown, and they must have looked: a part newly chosen for them, for one, is not analysed yet.
    """
    return note.status is CaseStatus.REVIEWED and note.is_analysed and note.p_malignant is None


def _without_callipers(reading: Reading) -> Reading:
    return replace(reading, callipers=())


def _answered(case: Case, networks: Networks) -> Case:
    """Return the case with what the networks say of each lesion that lies where they look, and how much its outline matters."""

    def diagnose(pixels: Pixels, mask: Mask) -> Diagnosis:
        shift = (OUTLINE_SHIFT_PX, OUTLINE_SHIFT_PX)
        ((low, high),) = networks.outline_ranges(pixels, mask, [shift])
        return replace(networks.diagnose(pixels, mask), low=low, high=high)

    seen = [lesion for lesion in case.lesions if is_looked_at(case.scan, lesion.mask)]
    return case.with_answers({lesion.number: diagnosed(case.scan, lesion.mask, diagnose) for lesion in seen})
