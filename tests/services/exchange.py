"""Files with what readers set down on them, and pipelines that answer at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from busi_gui.domain.reading import Assessment, MaskSource, Outcome, Reading
from busi_gui.domain.scan import file_key
from busi_gui.io.scans import open_scan
from busi_gui.store.workspace import Workspace
from models.analysis import Diagnosis, Mask
from tests.builders import make_pixels, write_image
from tests.io.exports.export_cases import SHAPE, disc
from tests.services.fake_pipeline import INFO, analysis_of

MASKS = (disc(20, 20, 9), disc(15, 50, 7))


class FakeNetworks:
    """Finds a lesion in the middle unless told otherwise. Attributes: ``seen`` what it was asked about, ``threads`` where."""

    info = INFO

    def __init__(self, *, finds: bool = True) -> None:
        self.finds = finds
        self.seen: list[Any] = []
        self.threads = {threading.get_ident()}

    def analyse(self, pixels):
        self.threads.add(threading.get_ident())
        self.seen.append(pixels)
        analysis = analysis_of(pixels)
        return analysis if self.finds else replace(analysis, lesions=())

    def diagnose(self, pixels, mask):
        self.seen.append((pixels, mask))
        return Diagnosis(mask.mean(), None, None, {"malignant": np.zeros((4, 4), np.float32), "benign": np.zeros((4, 4), np.float32)})

    def outline_ranges(self, pixels, mask, shifts_px):
        self.shifts_px = shifts_px
        return [(0.1, 0.9)] * len(shifts_px)


def write_scan(folder: Path, name: str, seed: int = 1) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return write_image(folder / name, make_pixels(seed=seed, shape=SHAPE))


def key_of(path: Path) -> str:
    with open_scan(path) as file:
        return file_key(file.read_first()[0])


def reading_of(*masks: Mask, outcome: Outcome = Outcome.BENIGN, source: MaskSource = MaskSource.DRAWN) -> Reading:
    """Return a reading that a reader has touched."""
    reading = Reading(is_touched=True)
    for mask in masks:
        reading = reading.added(mask, source, assessment=Assessment("4A", outcome))
    return reading


def set_down(workspace: Workspace, path: Path, reading: Reading, frame: int = 0) -> Path:
    workspace.store(key_of(path), frame, reading, base=None)
    return path


def stored(workspace: Workspace, path: Path, frame: int = 0) -> Reading:
    return workspace.readings(key_of(path))[frame].packed.unpacked()
