"""ExportCase: one frame with its lesions, as it leaves the program; the names under which it does; and where exports are put."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from busi_gui.domain.case import Case, CaseStatus
from busi_gui.domain.provenance import full_text
from busi_gui.domain.reading import Assessment, MaskSource, Outcome
from busi_gui.domain.scan import Identity
from busi_gui.io.inputs import free_name
from busi_gui.io.scans import SUFFIXES
from models.analysis import NetworkInfo

CASE_CLASSES = ("benign", "malignant", "normal", "unknown")
"""What a frame is, by what is recorded of its lesions."""

_COMPANION = re.compile(r"_(mask|saliency|overlay)(_\d+)?$", re.IGNORECASE)
_SHORTEST_NAME = 3
"""Letters from which a word of the patient's name is looked for: initials stand in too many other words."""


@dataclass(frozen=True, eq=False)
class ExportCase:
    """One frame that leaves the program.

    Attributes
    ----------
    name
        Stem of its files; unique among the cases of an export.
    case
        The scan, its lesions with their measures, and what the networks said of each.
    status
        How far the reader is with the file.
    group
        Frames of one file, and files of one patient, have the same number: whoever trains on them keeps them on one side of a split.
    network
        Which networks answered; None where none was asked.
    noted_networks
        Which looked at the file last in the window, in words; empty where that is not known.
    """

    name: str
    case: Case
    status: CaseStatus = CaseStatus.NEW
    group: int = 0
    network: NetworkInfo | None = None
    noted_networks: str = ""

    @property
    def networks(self) -> str:
        """Version, names and hashes of the networks that outlines and answers come from; empty where there are none, or it is not known."""
        return full_text(self.network) if self.network is not None else self.noted_networks

    @property
    def is_read(self) -> bool:
        """Whether a reader has decided what there is to see: only then is a frame without a lesion a normal one."""
        return self.case.reading.is_touched or self.status is CaseStatus.REVIEWED

    @property
    def sources(self) -> tuple[MaskSource, ...]:
        """Where each lesion's outline comes from."""
        return tuple(lesion.outline.source for lesion in self.case.lesions)

    @property
    def case_class(self) -> str:
        """One of ``CASE_CLASSES``: malignant where any lesion turned out to be, else benign where any did. Never what the networks think."""
        outcomes = {lesion.outline.assessment.outcome for lesion in self.case.lesions}
        if Outcome.MALIGNANT in outcomes:
            return "malignant"
        if Outcome.BENIGN in outcomes:
            return "benign"
        return "normal" if self.is_read and not self.case.lesions else "unknown"

    def lesion_name(self, number: int) -> str:
        """Return what the reader calls a lesion; empty where he gave it no name, or one with the patient's name or number in it."""
        lesion = self.case.lesion(number)
        name = lesion.outline.name if lesion is not None else ""
        return "" if _names_patient(name, self.case.scan.identity) else name


def outcome_cells(said: Assessment) -> tuple[str, str, str]:
    """Return outcome, method and date of what is recorded of a lesion. Its source is left out: it could say whom a scan shows."""
    return said.outcome.value, said.evidence.method.value, said.evidence.date


def _names_patient(text: str, identity: Identity) -> bool:
    words = [*re.split(r"[\^=\s,]+", identity.name), identity.patient_id]
    return any(len(word) >= _SHORTEST_NAME and word.casefold() in text.casefold() for word in words)


class ExportWriter(Protocol):
    """What an open export can be given."""

    def add(self, case: ExportCase) -> None:
        """Write one frame."""


class Naming:
    """Gives the files of an export their names, each once.

    Parameters
    ----------
    keeps_names
        Call them after the files that they come from, which may name a patient; else ``case_0001`` and so on.
    """

    def __init__(self, *, keeps_names: bool = False) -> None:
        self._keeps_names = keeps_names
        self._numbers = itertools.count(1)
        self._given: set[str] = set()

    def of_file(self, path: Path, frames: Sequence[int], frame_count: int) -> dict[int, str]:
        """Return a name for each of some frames of a file, counted from 0; of a file with a single frame the number is left out."""
        stem = self._stem(path)
        return {frame: free_name(stem if frame_count == 1 else f"{stem}_f{frame:03}", self._given) for frame in frames}

    def _stem(self, path: Path) -> str:
        if not self._keeps_names:
            return f"case_{next(self._numbers):04}"
        stem = path.stem if path.suffix.lower() in SUFFIXES else path.name
        # What ends like a mask would be taken for one.
        return f"{stem}_scan" if _COMPANION.search(stem) else stem


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return pixels, uint8 (rows, columns), as a PNG without anything else in it."""
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


def mask_png(mask: npt.NDArray[np.bool_]) -> bytes:
    """Return a mask, bool (rows, columns), as a PNG of 0 and 255."""
    return png(mask.astype(np.uint8) * np.uint8(255))
