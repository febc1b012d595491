"""Approved cases of a clinic that never was: enough of them, as synthetic scans, for a retraining to begin."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from busi_gui.domain.approving import approval_of
from busi_gui.domain.reading import Assessment, Outcome, OutcomeEvidence, OutcomeMethod, Reading
from busi_gui.domain.scan import Scan, file_key
from busi_gui.domain.synthetic import Kind, synthetic_scan
from busi_gui.store.choice import own_place
from busi_gui.store.workspace import Workspace
from models.retraining.needs import HELD_OUT_EVERY, LEAST_COMPARED, LEAST_LEARNED

CASES = max(HELD_OUT_EVERY * LEAST_COMPARED, LEAST_LEARNED + LEAST_COMPARED)


def approve_made_up_cases(data: Path, count: int = CASES) -> None:
    """Approve synthetic lesions, each of a patient of its own, in the Workspace of a folder of user data."""
    workspace = Workspace(own_place(data))
    for number in range(count):
        kind: Kind = ("benign", "malignant")[number % 2]
        pixels, mask = synthetic_scan(number, kind)
        pixels.setflags(write=False)
        reading = Reading().added(mask)
        known = Assessment(outcome=Outcome(kind), evidence=OutcomeEvidence(OutcomeMethod.BIOPSY, "2026-01-01"))
        reading = reading.changed(1, assessment=known)
        scan = Scan(data / f"{number}.png", pixels)
        key = file_key(scan)
        workspace.approve(approval_of(scan, reading, f"file:{key}", key=key, networks="", reader="nobody", when=datetime.now(UTC)))
    workspace.close()
