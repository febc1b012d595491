"""`retrain` on the real networks and a Workspace of approved cases: it proposes with evidence, says what it lacks, and ends when it is told to."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from busi_gui import cli, paths
from busi_gui.domain.approving import approval_of
from busi_gui.domain.reading import Reading
from busi_gui.domain.scan import file_key
from busi_gui.store.reader import this_reader
from busi_gui.store.workspace import Workspace
from models.pipeline import Pipeline
from models.retraining.evidence import told_shares
from models.retraining.steps import Plan
from models.weights import read_manifest
from tests.builders import make_scan

ENOUGH = 15
"""Cases of so many patients, of which every fifth is held out."""


@pytest.fixture(scope="module")
def outlined(networks, cache_folder):
    """Return synthetic scans with what the shipped networks outline in them, as a reader leaves it who moves it by a pixel."""
    pipeline = Pipeline.load(networks, cache_folder)
    found = []
    for seed in range(40):
        scan = make_scan(seed=seed, kind="benign" if seed % 2 else "malignant", shape=(240, 300))
        if lesions := pipeline.analyse(scan.pixels).lesions:
            found.append((scan, np.roll(lesions[0].mask, 1, axis=1)))
        if len(found) == ENOUGH:
            return found
    raise AssertionError("the networks find too little in synthetic scans")


@pytest.fixture
def place(tmp_path):
    return tmp_path / "work.db"


def approve(place, outlined):
    workspace = Workspace(place)
    for scan, mask in outlined:
        key = file_key(scan)
        approval = approval_of(scan, Reading().added(mask), f"file:{key}", key=key, networks="", reader="anna", when=datetime.now(UTC))
        workspace.approve(approval)
    workspace.close()


def events_of(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.timeout(900)
def test_approved_cases_become_a_proposal_with_its_evidence_beside_the_networks_in_use(place, outlined, monkeypatch, capsys):
    approve(place, outlined)
    monkeypatch.setattr("models.retraining.run.segmenter_plan", lambda cases, seed: Plan("segmenter", 3, 3, 1e-4, seed))
    for module in ("keras", "tensorflow"):
        monkeypatch.setitem(sys.modules, module, None)  # as in the built program
    code = cli.main(["retrain", str(place), "--json"])
    told = events_of(capsys.readouterr().out)
    names = [event["event"] for event in told]
    examined, planned, judged, kept = (next(event for event in told if event["event"] == name) for name in ("examined", "planned", "judged", "kept"))
    assert names.index("examined") < names.index("planned") < names.index("judged") < names.index("kept")
    assert (examined["cases"], examined["usable"]) == (ENOUGH, ENOUGH), examined["suspicions"]
    assert (planned["cases"], planned["held_out"]) == (ENOUGH - 3, 3)
    assert judged["comparison"]["clinic"]["cases"] == 3
    assert code == (0 if judged["may_adopt"] else 1)
    shipped = read_manifest(paths.weights_dir()).version
    folder = paths.versions_dir() / kept["version"]
    manifest = read_manifest(folder)
    assert kept["version"] == manifest.version == f"{shipped}+clinic.1.{manifest.mark[:4]}"
    assert (manifest.parent, manifest.who) == (shipped, this_reader())
    evidence = json.loads((folder / "evidence.json").read_text())
    assert evidence["objections"] == judged["objections"]
    assert evidence["summary"] == f"Compared with {shipped} on 3 held-out cases of this clinic and no scans of other clinics."
    done = next(event for event in told if event["event"] == "done")
    said = [event["text"] for event in told if event["event"] == "said"] + told_shares(done["shares"])
    said += [each["sentence"] for each in examined["suspicions"] if not each["stops"]]
    assert evidence["remarks"] == [*judged["remarks"], *said], "what the window says of it, to be read on any later day"
    assert evidence["figures"][0]["name"] == "Dice, this clinic"
    assert not list((paths.data_dir() / "retraining").iterdir()), "what a finished run leaves behind"
    assert cli.main(["versions", "list", "--json"]) == 0
    listed = {entry["name"]: entry for entry in events_of(capsys.readouterr().out)}
    assert listed[shipped]["is_in_use"], "nobody has adopted anything"
    assert not listed[kept["version"]]["is_in_use"]
    assert cli.main(["versions", "use", kept["version"]]) == (0 if judged["may_adopt"] else 1)


def test_with_too_few_cases_nothing_is_fitted_and_what_is_lacking_is_said(place, outlined, capsys):
    approve(place, outlined[:4])
    assert cli.main(["retrain", str(place)]) == 1
    said = capsys.readouterr().out
    assert "Nothing was fitted." in said
    assert "There are 4 approved cases to learn from; 5 are the least" in said
    assert "Every fifth patient is held out: approve about 15 more" in said
    assert not paths.versions_dir().exists()


@pytest.mark.timeout(300)
def test_a_run_ends_when_its_input_is_closed_and_leaves_no_version(place, outlined, networks):
    approve(place, outlined)
    command = [*paths.own_command(), "retrain", str(place), "--json", "--stop-with-input"]
    with subprocess.Popen(command, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout is not None
        assert run.stdin is not None
        assert json.loads(run.stdout.readline())["event"] == "doing"
        run.stdin.close()
        assert run.wait(timeout=60) == 3
    assert not paths.versions_dir().exists()
