"""Approvals of small scans, as a reader would have made them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from busi_gui.domain.approving import Approval, approval_of
from busi_gui.domain.reading import Assessment, Outcome, OutcomeEvidence, OutcomeMethod, Reading
from tests.builders import make_scan
from tests.store.readings import SHAPE, disc

WHEN = datetime(2026, 3, 1, 12, 30, 1, 234567, tzinfo=UTC)
KNOWN = Assessment("5", Outcome.MALIGNANT, evidence=OutcomeEvidence(OutcomeMethod.BIOPSY, "2026-02-28", "report “日本” 7\0"))


def key_of(number: int) -> str:
    """Return the key of a file."""
    return f"{number:040}"


def approved(number: int = 1, frame: int = 0, group: str = "", reading: Reading | None = None, **more: Any) -> Approval:
    """Return an approval of a frame of a file, by default in a group of its own and with two lesions, of one of which the outcome is recorded."""
    reading = Reading().found([disc(20, 20), disc(40, 60, 9)]).changed(2, assessment=KNOWN) if reading is None else reading
    how = {"key": key_of(number), "networks": "0.1.0 (4d4c9b11)", "reader": "anna on us-1", "when": WHEN, **more}
    return approval_of(make_scan(seed=number, shape=SHAPE, frame=frame), reading, group or f"file:{key_of(number)}", **how)


def stated(approval: Approval) -> tuple[Any, ...]:
    """Return all that an approval says, its pixels and masks by their digest."""
    named = {name: value for name, value in vars(approval).items() if name not in ("pixels", "lesions", "digest")}
    return approval.digest, approval.pixels.shape, tuple(sorted(named.items(), key=lambda item: item[0]))
