"""`export` and `import` as a script would call them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from busi_gui import paths
from busi_gui.store.workspace import Workspace
from tests.builders import IDENTITY, IDENTITY_WORDS, make_pixels, write_dicom
from tests.io.exports.export_cases import SHAPE
from tests.services.exchange import MASKS, reading_of, set_down, stored, write_scan


def program(*arguments):
    return subprocess.run([*paths.own_command(), *map(str, arguments)], env=os.environ, capture_output=True, text=True, check=False)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "workspace.db"


@pytest.fixture
def scans(tmp_path, file):
    """Return a folder with a scan that a reader has outlined, one that shows a patient's name in its header, and one that nobody has touched."""
    folder = tmp_path / "scans"
    workspace = Workspace(file)
    set_down(workspace, write_scan(folder, "a.png", 1), reading_of(*MASKS))
    set_down(workspace, write_dicom(folder / "Muster_Erika.dcm", make_pixels(seed=2, shape=SHAPE), **IDENTITY), reading_of(MASKS[0]))
    write_scan(folder, "new.png", 3)
    workspace.close()
    return folder


@pytest.mark.parametrize("layout", ["busi", "coco"])
def test_what_readers_drew_goes_from_one_workspace_to_another(tmp_path, file, scans, layout):
    out, other = tmp_path / "out", tmp_path / "other.db"
    done = program("export", scans, "--format", layout, "--out", out, "--workspace", file, "--json")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    record = json.loads(line)
    assert (record["frames"], record["lesions"], record["untouched"], record["classes"]) == (2, 3, 1, {"benign": 2})
    done = program("import", out, "--workspace", other, "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert (record["stored"], record["lesions"], record["problems"]) == (2, 3, [])
    workspace = Workspace(other)
    reading = stored(workspace, scans / "a.png")
    workspace.close()
    assert all(np.array_equal(one.mask, mask) for one, mask in zip(reading.outlines, MASKS, strict=True))
    written = [path for path in out.rglob("*") if path.is_file()]
    said = "".join(map(str, written)).encode() + b"".join(path.read_bytes() for path in written)
    assert not [word for word in IDENTITY_WORDS if word.encode() in said.replace(str(tmp_path).encode(), b"")]


def test_the_windows_own_workspace_is_the_default(data_folder, tmp_path):
    workspace = Workspace(data_folder / "workspace.db")
    scan = set_down(workspace, write_scan(tmp_path, "a.png"), reading_of(MASKS[0]))
    workspace.close()
    done = program("export", scan, "--format", "csv", "--out", tmp_path / "table.csv")
    assert done.returncode == 0, done.stderr
    assert "1 frames (1 benign) with 1 lesions" in done.stdout
    assert (tmp_path / "table.csv").read_text(encoding="utf-8-sig").count("\n") == 2


def test_what_cannot_be_done_is_said_with_its_exit_code(tmp_path, file, scans):
    export = ("export", scans, "--workspace", file, "--out", tmp_path / "out")
    assert program(*export, "--format", "pdf").returncode == 2
    assert program("export", scans).returncode == 2
    nothing = program("export", scans / "new.png", "--format", "coco", "--out", tmp_path / "out", "--workspace", file)
    assert nothing.returncode == 1
    assert "nothing to export" in nothing.stderr
    assert program(*export, "--format", "coco").returncode == 0
    again = program(*export, "--format", "coco")
    assert again.returncode == 1
    assert "nothing is overwritten unasked" in again.stderr
    assert program(*export, "--format", "coco", "--force").returncode == 0
    bad = scans / "bad.png"
    bad.write_bytes(b"no picture")
    done = program(*export, "--format", "coco", "--force")
    assert done.returncode == 1
    assert "bad.png" in done.stderr
    missing = program("import", tmp_path / "missing", "--workspace", file)
    assert missing.returncode == 1
    assert "missing does not exist" in missing.stderr
    (tmp_path / "damaged.db").write_bytes(os.urandom(5000))
    damaged = program("import", tmp_path / "out", "--workspace", tmp_path / "damaged.db")
    assert damaged.returncode == 1
    assert "damaged.db" in damaged.stderr
    assert not [done for done in (nothing, again, missing, damaged) if "Traceback" in done.stderr]


def test_what_a_reader_drew_is_replaced_only_by_force(tmp_path, file, scans):
    out, scan = tmp_path / "out", scans / "a.png"
    assert program("export", scan, "--format", "busi", "--out", out, "--workspace", file).returncode == 0
    workspace = Workspace(file)
    set_down(workspace, scan, reading_of(MASKS[0]))
    kept = program("import", out, "--workspace", file)
    assert "What readers drew is kept: case_0001.png" in kept.stdout
    assert len(stored(workspace, scan).outlines) == 1
    assert program("import", out, "--workspace", file, "--force").returncode == 0
    assert len(stored(workspace, scan).outlines) == 2
    workspace.close()


def test_with_the_networks_their_outlines_leave_named_as_theirs(tmp_path, file, networks):
    done = program(
        "export", paths.samples_dir(), "--format", "busi", "--out", tmp_path / "out", "--workspace", file, "--with-network", "--keep-names"
    )
    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "out" / "sources.csv").read_text(encoding="utf-8").splitlines()
    assert len([row for row in rows if ",network," in row]) >= 3
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"unknown", "sources.csv", "README.txt"}
    assert (tmp_path / "out" / "unknown" / "malignant_synthetic_mask.png").is_file()


@pytest.mark.parametrize("command", ["export", "import"])
def test_without_the_networks_nothing_of_them_is_loaded(tmp_path, file, scans, command):
    out = tmp_path / "out"
    assert program("export", scans, "--format", "coco", "--out", out, "--workspace", file).returncode == 0
    more = ["--format", "coco", "--out", str(tmp_path / "again")] if command == "export" else []
    arguments = [command, str(scans if command == "export" else out), "--workspace", str(file), *more]
    code = (
        f"import sys; from busi_gui import cli; code = cli.main({arguments!r}); assert code == 0; "
        "print(sorted({'keras', 'tensorflow', 'ai_edge_litert', 'PySide6', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.resources_dir().parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
