"""One import from beginning to end: a data set's masks -> readings in the Workspace. Without Qt, for window and commands alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.reading import Assessment, MaskSource, Reading
from busi_gui.domain.scan import Scan, file_key
from busi_gui.io.errors import ReadError
from busi_gui.io.imports.found import FoundDataset, FoundImage, FoundMask
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from busi_gui.services.export_run import Report
from busi_gui.store.records import ReadingConflict, StoredReading

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace


@dataclass(frozen=True)
class ImportSummary:
    """What came of an import.

    Attributes
    ----------
    folder
        The data set.
    stored, lesions
        Pictures whose masks are in the Workspace now and were not before, and how many lesions they have.
    first
        The first picture whose masks are there; None where there is none.
    unchanged
        Pictures whose masks were there already.
    kept
        Names of pictures that a reader has touched: what he drew is kept.
    problems
        Why other pictures are left out: sentences for the reader.
    """

    folder: Path
    stored: int = 0
    lesions: int = 0
    first: Path | None = None
    unchanged: int = 0
    kept: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def store_dataset(
    folder: Path,
    dataset: FoundDataset,
    workspace: Workspace,
    *,
    is_overwriting: bool = False,
    report: Report = lambda *_: None,
    open_file: Callable[[Path], ScanFile] = open_scan,
) -> ImportSummary:
    """Store the masks of a data set as readings of its pictures, each in a transaction: where it is ended early, what is stored stays.

    Parameters
    ----------
    is_overwriting
        What a reader has drawn is replaced, as another revision.

    Raises
    ------
    WorkspaceError
        From the workspace.
    """
    store = _Store(workspace, is_overwriting=is_overwriting)
    total = len(dataset.images)
    for done, image in enumerate(dataset.images):
        report(image.path.name, done, total)
        try:
            with open_file(image.path) as file:
                scan, _ = file.read_first()
            store.take(image, scan)
        except ReadError as error:
            store.problems.append(str(error))
    report("", total, total)
    problems = (*dataset.passed_over, *store.problems)
    return ImportSummary(folder, store.stored, store.lesions, store.first, store.unchanged, tuple(store.kept), problems)


class _Store:
    """Puts masks into the Workspace, and counts what became of them."""

    def __init__(self, workspace: Workspace, *, is_overwriting: bool) -> None:
        self._workspace = workspace
        self._is_overwriting = is_overwriting
        self.stored = self.lesions = self.unchanged = 0
        self.first: Path | None = None
        self._taken: dict[str, str] = {}
        self.kept: list[str] = []
        self.problems: list[str] = []

    def take(self, image: FoundImage, scan: Scan) -> None:
        """Store the masks of one picture; raises ReadError where they cannot be read."""
        masks = image.read_masks(scan.shape)
        key = file_key(scan)
        there = self._workspace.readings(key).get(scan.frame)
        if there is not None and there.packed.bare.is_touched:
            if _is_same(there, masks):
                self.unchanged += 1
                self.first = self.first or image.path
                return
            if key in self._taken:
                raise ReadError(f"{image.path.name} is the same picture as {self._taken[key]}, with other masks or outcomes: it is left out.")
            if not self._is_overwriting:
                self.kept.append(image.path.name)
                return
        self._taken[key] = image.path.name
        try:
            self._workspace.store(key, scan.frame, _reading_of(masks, there), base=0 if there is None else there.revision)
        except ReadingConflict:
            self.kept.append(image.path.name)  # somebody has drawn in it this very moment
            return
        self.stored += 1
        self.first = self.first or image.path
        self.lesions += len(masks)
        # Its outlines are a reader's, if another's, and nobody here has reviewed them.
        self._workspace.remember(key, status=CaseStatus.CORRECTED)


def _reading_of(masks: Sequence[FoundMask], there: StoredReading | None) -> Reading:
    reading = Reading(callipers=there.packed.bare.callipers if there is not None else (), is_touched=True)
    for found in masks:
        reading = reading.added(found.mask, MaskSource.IMPORTED, name=found.name, assessment=found.assessment)
    return reading


def _is_same(there: StoredReading, masks: Sequence[FoundMask]) -> bool:
    """Whether a reading has these masks already, and knows as much of them."""
    outlines = there.packed.unpacked().outlines
    return len(outlines) == len(masks) and all(
        np.array_equal(outline.mask, found.mask) and _as_exported(outline.assessment) == found.assessment
        for outline, found in zip(outlines, masks, strict=True)
    )


def _as_exported(assessment: Assessment) -> Assessment:
    """Return an assessment without what never leaves the program."""
    return replace(assessment, remark="", evidence=replace(assessment.evidence, source=""))
