"""A session that does nothing but note what was asked of it, and cases to put into it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from busi_gui.domain.case import Case, CaseStatus, Lesion
from busi_gui.domain.measures import Measures
from busi_gui.domain.reading import Outline, Reading
from busi_gui.domain.scan import Box, Identity, Scan, Spacing
from busi_gui.services.editing import Editing
from busi_gui.services.history import Histories
from busi_gui.services.pane import Pane
from busi_gui.services.rediagnosing import Rediagnosing
from busi_gui.services.session import Session
from busi_gui.services.states import Activity, CineState, NetworkState, NetworkStatus
from busi_gui.store.workspace import Note, StoredReading, Workspace
from busi_gui.views.after_paint import AfterPaint
from models.analysis import Analysis, Diagnosis, FoundLesion, NetworkInfo, OperatingPoint

POINT = OperatingPoint("sensitive", 0.31, 0.95, 0.62, "BUSI, locked test part")
NETWORK = NetworkInfo(
    "0.1", "unetpp_efficientnetb0 0.1 (1a2b3c4d)", "guided_efficientnetb0 0.1 (5e6f7a8b)", "Trained on 1875 scans of BUSI and BUS-BRA.", POINT
)
READY = NetworkState(NetworkStatus.READY, NETWORK)


class FakeRediagnosing(Rediagnosing):
    """Notes what was asked of it; tests say what it is at."""

    def __init__(self, parent: QObject) -> None:
        QObject.__init__(self, parent)  # no networks
        self.attended: list[int | None] = []
        self.is_held = False
        self._is_at_once = True
        self._numbers = frozenset()

    @property
    def is_at_once(self) -> bool:
        return self._is_at_once

    @is_at_once.setter
    def is_at_once(self, is_at_once: bool) -> None:
        self._is_at_once = is_at_once

    def attend(self, number: int | None) -> None:
        self.attended.append(number)

    def hold(self, is_held: bool) -> None:
        self.is_held = is_held

    def set_numbers(self, *numbers: int) -> None:
        self._numbers = frozenset(numbers)
        self.changed.emit()
        draw_what_is_due()


class FakeSession(Session):
    """Has the signals of a session; tests set its state, and read in `calls` what views asked for."""

    def __init__(self, network: NetworkState = READY) -> None:
        QObject.__init__(self)  # no model service, no threads
        self.calls: list[tuple[object, ...]] = []
        self._fake_histories = Histories(Workspace(), self)
        self._fake_pane, self._fake_pane_beside = Pane(self._fake_histories, self), Pane(self._fake_histories, self)
        self._fake_pane.changed.connect(self._tell)
        self._fake_pane_beside.changed.connect(lambda: self.beside_changed.emit(self.beside))
        self._fake_rediagnosing = FakeRediagnosing(self)
        self._fake_activity: Activity | None = None
        self._fake_network = network
        self._fake_folder: tuple[Path, ...] = ()
        self._fake_places: dict[Path, int] = {}
        self._fake_cine: CineState | None = None
        self._fake_status = CaseStatus.NEW

    @property
    def case(self) -> Case | None:
        return self._fake_pane.case

    @property
    def activity(self) -> Activity | None:
        return self._fake_activity

    @property
    def network(self) -> NetworkState:
        return self._fake_network

    @property
    def folder(self) -> tuple[Path, ...]:
        return self._fake_folder

    @property
    def place(self) -> int | None:
        return self._fake_places.get(self.case.scan.path) if self.case is not None else None

    @property
    def cine(self) -> CineState | None:
        return self._fake_cine

    @property
    def status(self) -> CaseStatus:
        return self._fake_status

    @property
    def beside(self) -> Case | None:
        return self._fake_pane_beside.case

    @property
    def panes(self) -> tuple[Pane, Pane]:
        return self._fake_pane, self._fake_pane_beside

    @property
    def editing(self) -> Editing:
        return self._fake_pane.editing

    @property
    def rediagnosing(self) -> FakeRediagnosing:
        return self._fake_rediagnosing

    @property
    def editing_beside(self) -> Editing:
        return self._fake_pane_beside.editing

    @property
    def histories(self) -> Histories:
        return self._fake_histories

    def open(self, path: Path) -> None:
        self.calls.append(("open", path))

    def step(self, offset: int) -> None:
        self.calls.append(("step", offset))

    def analyse(self) -> None:
        self.calls.append(("analyse",))

    def use_point(self, name: str) -> None:
        self.calls.append(("use_point", name))
        info = self._fake_network.info
        if info is not None and info.at(name) != info:
            self.set_network(replace(self._fake_network, info=info.at(name)))
        for pane in (self._fake_pane, self._fake_pane_beside):
            pane.use_point(name)

    def stop(self) -> None:
        self.calls.append(("stop",))

    def start(self) -> None:
        self.calls.append(("start",))

    def show_frame(self, frame: int) -> None:
        self.calls.append(("show_frame", frame))

    def play(self, is_playing: bool) -> None:
        self.calls.append(("play", is_playing))

    def set_looping(self, is_looping: bool) -> None:
        self.calls.append(("set_looping", is_looping))

    def analyse_all_frames(self) -> None:
        self.calls.append(("analyse_all_frames",))

    def calibrate(self, spacing: Spacing | None) -> None:
        self.calls.append(("calibrate", spacing))

    def crop(self, field: Box | None) -> None:
        self.calls.append(("crop", field))

    def set_reviewed(self, is_reviewed: bool) -> None:
        self.calls.append(("set_reviewed", is_reviewed))

    def open_beside(self, path: Path) -> None:
        self.calls.append(("open_beside", path))

    def close_beside(self) -> None:
        self.calls.append(("close_beside",))
        self.set_beside(None)

    def swap_beside(self) -> None:
        self.calls.append(("swap_beside",))
        case, beside = self.case, self.beside
        _show(self._fake_pane, beside)
        _show(self._fake_pane_beside, case)
        self._tell()
        self.beside_changed.emit(self.beside)

    def set_cine(self, cine: CineState | None) -> None:
        self._fake_cine = cine
        self.cine_changed.emit(cine)

    def set_beside(self, case: Case | None) -> None:
        _show(self._fake_pane_beside, case)
        self.beside_changed.emit(self.beside)

    def set_status(self, status: CaseStatus) -> None:
        self._fake_status = status

    def set_case(self, case: Case | None) -> None:
        _show(self._fake_pane, case)
        self._tell()

    def _tell(self) -> None:
        self.case_changed.emit(self.case)
        draw_what_is_due()

    def set_activity(self, activity: Activity | None) -> None:
        self._fake_activity = activity
        self.activity_changed.emit(activity)
        draw_what_is_due()

    def set_network(self, network: NetworkState) -> None:
        self._fake_network = network
        self.network_changed.emit(network)
        draw_what_is_due()

    def set_folder(self, folder: tuple[Path, ...]) -> None:
        self._fake_folder = folder
        self._fake_places = {path: place for place, path in enumerate(folder)}
        self.folder_changed.emit(folder)


def draw_what_is_due() -> None:
    """Draw at once what would be drawn after the scan: tests look as soon as they have told."""
    for top in QApplication.topLevelWidgets():
        for drawing in top.findChildren(AfterPaint):
            if drawing.is_due:
                drawing.now()


@dataclass(frozen=True)
class _FakeFile:
    """As much of an open file as its readings need."""

    key: str
    path: Path
    frame: int
    frame_count: int
    readings: dict[int, StoredReading]
    note: Note = field(default_factory=Note)
    asides: dict[int, StoredReading] = field(default_factory=dict)


def _show(pane: Pane, case: Case | None) -> None:
    file = None if case is None else _FakeFile(f"{case.scan.path} {case.scan.shape}", case.scan.path, case.scan.frame, case.scan.frame_count, {})
    pane.show(file, case)  # type: ignore[arg-type]


def make_scan(path: Path = Path("/scans/case (1).png"), spacing: Spacing | None = None, warnings: tuple[str, ...] = ()) -> Scan:
    """Return 60 x 80 speckle."""
    pixels = np.random.default_rng(1).integers(0, 256, (60, 80), dtype=np.uint8)
    return Scan(path, pixels, spacing=spacing, identity=Identity("Doe, Jane", "4711", "2024-03-26"), warnings=warnings)


def make_measures(width: float = 14.2, height: float = 9.8, is_calibrated: bool = True) -> Measures:
    """Return the measures of a lesion of so many millimetres, ten pixels to the millimetre."""
    columns, rows, area = int(width * 10), int(height * 10), width * height * 0.785
    pixels = Measures(int(area * 100), (0, 0, rows, columns), max(columns, rows), min(columns, rows), columns, rows, 12.0)
    if not is_calibrated:
        return pixels
    return replace(pixels, area_mm2=area, long_axis_mm=max(width, height), short_axis_mm=min(width, height), width_mm=width, height_mm=height)


def make_diagnosis(p_malignant: float, low: float | None = None, high: float | None = None) -> Diagnosis:
    """Return a diagnosis; its band is a little wider than the probability unless it is said."""
    low = max(0.0, p_malignant - 0.04) if low is None else low
    high = min(1.0, p_malignant + 0.03) if high is None else high
    grid = np.linspace(0, 1, 24 * 32, dtype=np.float32).reshape(24, 32)
    return Diagnosis(p_malignant, low, high, {"malignant": grid, "benign": grid[::-1].copy()})


def make_case(
    *diagnoses: Diagnosis, scan: Scan | None = None, measures: Measures | None = None, network: NetworkInfo = NETWORK, warnings: tuple[str, ...] = ()
) -> Case:
    """Return an analysed case with one lesion for each diagnosis, most suspicious first."""
    scan = scan or make_scan()
    lesions = []
    for place, diagnosis in enumerate(diagnoses):
        mask = np.zeros(scan.shape, dtype=np.bool_)
        mask[10:30, 5 + place * 25 : 25 + place * 25] = True
        lesions.append(Lesion(Outline(place + 1, mask), measures or make_measures(), FoundLesion(mask, diagnosis)))
    found = tuple(lesion.answer for lesion in lesions if lesion.answer is not None)
    timings = {"segment": 21.0, "classify": 12.0, "explain": 8.0}
    reading = Reading(tuple(lesion.outline for lesion in lesions))
    return Case(scan, Analysis(np.zeros((24, 32), np.float32), found, network, timings, warnings), tuple(lesions), reading=reading)
