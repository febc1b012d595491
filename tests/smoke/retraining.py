"""What the full variant does with TensorFlow, and what the reader variant says in its place."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from busi_gui import paths
from busi_gui.domain.approving import approval_of
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import Scan, file_key
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.store.workspace import Workspace
from tests.smoke.headless import by_the_source, unprepared_networks
from tests.smoke.proofs import Proofs
from tests.smoke.room import Room
from tests.smoke.scans import difference

_CASES = 15
_MISSING = "Install the full variant"


def retraining_proofs(room: Room, proofs: Proofs, *, is_asked: bool) -> None:
    """Run them for the variant that the bundle is of."""
    inside = next((path for path in room.bundle.rglob("base_library.zip")), room.bundle).parent
    if not (inside / "tensorflow").is_dir():
        proofs.prove("without TensorFlow it says in words that it cannot retrain", partial(_cannot, room, "retrain"))
        proofs.prove("and that it cannot convert", partial(_cannot, room, "convert", "--networks", unprepared_networks(room)))
        return
    proofs.prove("networks that were never converted are, and answer as the source's", partial(_converted, room))
    if is_asked:
        proofs.prove("approved cases become a proposal", partial(_retrained, room))
    else:
        proofs.leave_out("approved cases become a proposal", "ask for it with --retrain")


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
    data = room.folder / "data"
    done = room.run("retrain", place, "--json", limit_s=4 * 3600, BUSI_GUI_DATA=str(data), BUSI_GUI_CACHE=str(room.folder / "cache"))
    told = [json.loads(line)["event"] for line in done.stdout.splitlines()]
    if "kept" not in told or "judged" not in told:
        return f"it ended with {done.returncode} after {told[-3:]}: {done.stderr[-500:]}"
    return "" if list((data / "networks").glob("*/manifest.json")) else "no version was kept"


def _approve(place: Path) -> None:
    """Approve synthetic scans, each with a lesion where it is drawn."""
    workspace = Workspace(place)
    for seed in range(_CASES):
        pixels, mask = synthetic_scan(seed, "benign" if seed % 2 else "malignant", (240, 300))
        scan = Scan(Path(f"scan {seed}.png"), pixels)
        key = file_key(scan)
        workspace.approve(approval_of(scan, Reading().added(mask), f"file:{key}", key=key, networks="", reader="anna", when=datetime.now(UTC)))
    workspace.close()
