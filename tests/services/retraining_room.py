"""A Workspace with approved cases and the service that retrains with them, whose process plays recorded events in place of fitting."""

import base64
import json
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from busi_gui.domain.approving import approval_of
from busi_gui.domain.reading import Assessment, MaskSource, Outcome, OutcomeEvidence, OutcomeMethod, Reading
from busi_gui.domain.scan import Scan
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.services.retraining import Retraining
from busi_gui.store.workspace import Workspace
from models.retraining.events import Doing, Done, Examined, Judged, Kept, Measured, Paced, Planned, Said, Shown, Stepped
from models.retraining.evidence import AUC, DICE, FALSE_LESIONS, MISSED, SENSITIVITY, Agreement, Compared, Evidence, GalleryCase, SetEvidence
from tests.store.approving import WHEN, key_of

PLAYING = """
import os, sys, threading, time
from pathlib import Path
def end_with_input():
    sys.stdin.buffer.read()
    os._exit(3)
threading.Thread(target=end_with_input, daemon=True).start()
folder = Path(sys.argv[1])
for line in (folder / "events").read_text(encoding="utf-8").splitlines():
    if line.startswith("wait "):
        while not (folder / line[5:]).exists():
            time.sleep(0.005)
    elif line.startswith("end "):
        sys.stderr.write(line[6:])
        sys.stderr.flush()
        os._exit(int(line[4]))
    else:
        sys.stdout.write(line + "\\n")
        sys.stdout.flush()
os._exit(0)
"""


class RetrainingRoom:
    """Attributes: ``workspace`` and ``retraining``, whose process plays what `play` was told."""

    def __init__(self, folder, cases=0, shape=(48, 60)):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "workspace.db").write_bytes(_approved(cases, shape))
        self.workspace = Workspace(folder / "workspace.db", "anna on desk")
        self.retraining = Retraining(self.workspace, lambda: [sys.executable, "-c", PLAYING, str(folder)])

    def play(self, *events):
        """Have the next process tell these events; ``"wait NAME"`` and ``"end CODE COMPLAINT"`` stand between them."""
        lines = [event if isinstance(event, str) else json.dumps(event.as_json()) for event in events]
        (self.folder / "events").write_text("\n".join(lines), encoding="utf-8")

    def go(self, name):
        """Let it go on that waits for a name."""
        (self.folder / name).touch()

    def close(self):
        """End everything."""
        assert self.retraining.shut_down()
        self.workspace.close()


@cache
def _approved(cases, shape):
    """Return the file of a Workspace with so many approved cases, which a hundred tests begin with."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "workspace.db"
        workspace = Workspace(path, "anna on desk")
        for number in range(1, cases + 1):
            approve(workspace, number, shape=shape)
        workspace.close()
        assert [each.name for each in Path(folder).iterdir()] == [path.name]
        return path.read_bytes()


def approve(workspace, number, shape=(48, 60), group="", frame=0):
    """Approve a case of a patient of its own: of seven one is empty and one drawn, and of two with a lesion one has an outcome."""
    pixels, mask = synthetic_scan(number, "malignant" if number % 2 else "benign", shape)
    evidence = OutcomeEvidence(OutcomeMethod.BIOPSY, "2026-02-28") if number % 2 else OutcomeEvidence()
    reading = Reading().found([mask])
    if number % 7 == 2:
        reading = Reading(is_touched=True)
    elif number % 7 == 4:
        reading = Reading().added(mask, MaskSource.DRAWN)
    elif number % 7 == 5:
        reading = reading.with_mask(1, np.roll(mask, 2, axis=0))
    if reading.outlines and number % 2:
        reading = reading.changed(1, assessment=Assessment("5", Outcome.MALIGNANT, evidence=evidence))
    scan = Scan(path=Path(f"scan_{number}.png"), pixels=pixels, frame=frame)
    when = WHEN.replace(minute=number % 60, hour=number // 60 % 24)
    how = {"key": key_of(number), "networks": "0.1.0 (4d4c9b11)", "reader": "anna on us-1"}
    return workspace.approve(approval_of(scan, reading, group or f"file:{key_of(number)}", when=when, **how))


def case_name(number):
    """Return how a retraining names a case."""
    return f"{key_of(number)}-0"


def shown(step, number, shape=(48, 60), grow=0):
    """Return what is outlined in a case: its lesion, grown by some pixels."""
    mask = lesion(number, shape, grow)
    png = cv2.imencode(".png", mask.astype(np.uint8) * 255)[1].tobytes()
    return Shown(step, case_name(number), base64.b64encode(png).decode("ascii"))


def lesion(number, shape=(48, 60), grow=0):
    """Return the mask of a case, at most 160 px on its longer side, bigger or smaller by so many pixels."""
    mask = synthetic_scan(number, ("benign", "malignant")[number % 2], shape)[1]
    scale = min(1.0, 128 / max(shape))
    small = cv2.resize(mask.astype(np.uint8), (round(shape[1] * scale), round(shape[0] * scale)))
    kernel = np.ones((2 * abs(grow) + 1,) * 2, np.uint8)
    return (cv2.dilate if grow > 0 else cv2.erode)(small, kernel).astype(bool)


def stepped(network, last, start=1, seconds_left=None, seed=0):
    """Return the steps of a network, with a loss that falls and is noisy."""
    rng = np.random.default_rng(seed)
    losses = 0.15 + 0.5 * np.exp(-np.arange(last) / (last / 3)) + rng.normal(0, 0.04, last)
    return [Stepped(network, step, round(float(losses[step - 1]), 4), seconds_left) for step in range(start, last + 1)]


STEPS = {"segmenter": 400, "classifier-scan": 200}
LOOKS_ALIKE = "1 of 12 cases to learn from looks like a held-out one. It is left out."
LEAK = {"kind": "look-alikes", "stops": False, "keys": [case_name(2)], "sentence": LOOKS_ALIKE}
BEGINNING = (
    Doing("examining the approved cases", 0.4),
    Examined(15, 14, (LEAK,)),
    Planned(11, 3, STEPS, 4),
    Paced("segmenter", 0.5, 725.0),
)


def figure(old, new, cases=12, spread=0.02):
    """Return a figure with its interval."""
    difference = round(new - old, 4)
    return Compared(old, new, difference, round(difference - spread, 4), round(difference + spread, 4), cases)


NOT_MEASURED = Compared(None, None, None, None, None, 0)


def evidence(improved=(5, 10), worsened=(15,), shape=(48, 60), base=True):
    """Return what was compared."""
    figures = {
        DICE: figure(0.812, 0.846),
        MISSED: figure(0.08, 0.04),
        FALSE_LESIONS: figure(0.1, 0.1, 4),
        AUC: NOT_MEASURED,
        SENSITIVITY: NOT_MEASURED,
    }
    others = {**figures, DICE: figure(0.83, 0.826, 120, 0.004), AUC: figure(0.91, 0.908, 110), SENSITIVITY: figure(0.95, 0.95, 60)}
    galleries = (
        tuple(GalleryCase(case_name(n), 0.71, 0.84, lesion(n, shape), lesion(n, shape, -1), lesion(n, shape, 2)) for n in improved),
        tuple(GalleryCase(case_name(n), 0.8, 0.74, lesion(n, shape), lesion(n, shape, 1), lesion(n, shape, 5)) for n in worsened),
    )
    clinic = SetEvidence(14, 12, figures, (-0.06, 0.02, 0.13))
    return Evidence(clinic, Agreement(24, 0.93, 0.02), SetEvidence(120, 118, others) if base else None, *galleries)


def judged(*objections, remarks=("On your 12 held-out cases the outlines agree better with yours.",), told=None):
    """Return a judgement that rests on evidence."""
    return Judged(not objections, objections, remarks, (told or evidence()).as_json())


NOTHING_FITTED = Judged(False, ("The approved cases are suspicious. 6 outlines are shifted.",), (), None)


def whole_run(*ending):
    """Return a run from its beginning to what is told at its end."""
    return (
        *BEGINNING,
        *(shown(0, number, grow=-3) for number in (5, 10, 15)),
        Measured(0, 0.812, 0.83),
        *stepped("segmenter", 40, seconds_left=640.0),
        *(shown(40, number, grow=2) for number in (5, 10, 15)),
        Measured(40, 0.831, 0.829),
        Said("The classifier of the lesion stays as it is: too few outcomes are recorded."),
        *stepped("classifier-scan", 20, seconds_left=45.0, seed=1),
        Done("clinic-1", {"segmenter": 0.5}),
        *ending,
    )


PROPOSED = whole_run(judged(), Kept("clinic-1"))
