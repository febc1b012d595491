"""What the full variant does with weights, without TensorFlow, and what the reader variant says in its place."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from busi_gui import paths
from busi_gui.domain.approving import approval_of
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import Scan, file_key
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.store.workspace import Workspace
from models.version_archive import Sender, write_archive
from models.version_files import files_of
from models.weights import read_manifest
from tests.smoke.headless import by_the_source, unprepared_networks
from tests.smoke.proofs import Proofs
from tests.smoke.room import Room
from tests.smoke.scans import difference

_CASES = 15
_WIDER_PX = 8
_MISSING = "Install the full variant"


def retraining_proofs(room: Room, proofs: Proofs, *, is_asked: bool) -> None:
    """Run them for the variant that the bundle is of."""
    inside = next((path for path in room.bundle.rglob("base_library.zip")), room.bundle).parent
    if not (inside / "h5py").is_dir():
        proofs.prove("without what reads weights it says in words that it cannot retrain", partial(_cannot, room, "retrain"))
        proofs.prove("and that it cannot prepare networks", partial(_cannot, room, "convert", "--networks", unprepared_networks(room)))
        return
    proofs.prove("networks that were never prepared are, and answer as the source's", partial(_converted, room))
    if is_asked:
        proofs.prove("approved cases become a proposal, which is kept; on so few nobody may adopt it", partial(_retrained, room))
    else:
        proofs.leave_out("approved cases become a proposal", "ask for it with --retrain")
    proofs.prove("another version is taken in, adopted, answers, and is left again", partial(_adopted, room))


def _cannot(room: Room, *arguments: object) -> str:
    done = room.run(*arguments)
    return "" if done.returncode == 1 and _MISSING in done.stderr and "Traceback" not in done.stderr else f"{done.returncode}: {done.stderr[-500:]}"


def _converted(room: Room) -> str:
    networks, scan = unprepared_networks(room), paths.samples_dir() / "malignant_synthetic.png"
    shutil.copy(scan, room.folder / "scan.png")
    cache = room.folder / "cache"
    done = room.run("convert", "--networks", networks, limit_s=1800, BUSI_GUI_CACHE=str(cache))
    if done.returncode or not list(cache.glob("*.tflite")):
        return f"{done.returncode}: {done.stderr[-500:]}"
    own = room.run("analyze", room.folder / "scan.png", "--out", room.folder / "a", "--json", "--networks", networks, BUSI_GUI_CACHE=str(cache))
    source = by_the_source(room, "analyze", room.folder / "scan.png", "--out", room.folder / "b", "--json")
    return difference(json.loads(source.stdout), json.loads(own.stdout))


def _retrained(room: Room) -> str:
    place = room.folder / "approved.db"
    _approve(place)
    done = room.run("retrain", place, "--json", limit_s=4 * 3600, **_places(room))
    told = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    if "kept" not in told or "judged" not in told:
        return f"it ended with {done.returncode} after {told[-3:]}: {done.stderr[-500:]}"
    (name,) = [path.parent.name for path in (room.folder / "data/networks").glob("*/manifest.json")]
    refused = room.run("versions", "use", name, limit_s=600, **_places(room))
    return "" if refused.returncode == 1 and "may not be used" in refused.stderr else f"it may be used: {refused.stdout}{refused.stderr[-500:]}"


def _adopted(room: Room) -> str:
    name, file = "another", room.folder / "another.busi-networks"
    folder = room.folder / name
    shutil.copytree(paths.weights_dir(), folder)
    replace(read_manifest(folder), version=name).write(folder)
    write_archive(folder, files_of(folder), file, Sender("anna", datetime.now(UTC).isoformat()))
    done = room.run("versions", "import", file, limit_s=1800, **_places(room))
    if done.returncode:
        return f"it was not taken in: {done.stderr[-500:]}"
    adopted, before = _answer_after(room, "use", name), _answer_after(room, "back")
    return "" if adopted == name != before else f"{adopted} answered, then {before}"


def _answer_after(room: Room, *step: str) -> str:
    """Return which version answers once another is in use."""
    done = room.run("versions", *step, limit_s=600, **_places(room))
    if done.returncode:
        raise AssertionError(f"versions {' '.join(step)} ended with {done.returncode}: {done.stderr[-500:]}")
    told = room.run("analyze", room.folder / "scan.png", "--out", room.folder / "c", "--json", limit_s=1800, **_places(room))
    answer: str = json.loads(told.stdout)["model"]["version"]
    return answer


def _places(room: Room) -> dict[str, str]:
    return {"BUSI_GUI_DATA": str(room.folder / "data"), "BUSI_GUI_CACHE": str(room.folder / "cache")}


def _approve(place: Path) -> None:
    """Approve synthetic scans, each with an outline wider than the lesion that is drawn: something to learn."""
    wider = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _WIDER_PX + 1, 2 * _WIDER_PX + 1))
    workspace = Workspace(place)
    for seed in range(_CASES):
        pixels, mask = synthetic_scan(seed, "benign" if seed % 2 else "malignant", (240, 300))
        mask = cv2.dilate(mask.astype(np.uint8), wider).astype(np.bool_)
        scan = Scan(Path(f"scan {seed}.png"), pixels)
        key = file_key(scan)
        workspace.approve(approval_of(scan, Reading().added(mask), f"file:{key}", key=key, networks="", reader="anna", when=datetime.now(UTC)))
    workspace.close()
