"""What is said of a file without analysing it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from busi_gui import cli, paths
from busi_gui.domain.scan import Box, Region, Spacing
from busi_gui.io.info import describe, sentence_of
from busi_gui.io.scans import open_scan
from tests.builders import IDENTITY, IDENTITY_WORDS, make_pixels, make_region, write_dicom, write_image
from tests.io.raster_files import gray_page, tiff

KEYS = ["path", "kind", "modality", "transfer_syntax", "photometric", "frames", "size", "spacing_mm", "regions", "warnings"]


def test_a_picture_is_described(tmp_path):
    path = write_image(tmp_path / "scan.png", make_pixels())
    description = describe(path)
    assert list(description) == KEYS
    assert description == {
        "path": str(path),
        "kind": "PNG",
        "modality": None,
        "transfer_syntax": None,
        "photometric": "gray",
        "frames": 1,
        "size": [96, 120],
        "spacing_mm": None,
        "regions": [],
        "warnings": [],
    }
    assert sentence_of(description) == f"{path}: PNG gray; 120 x 96 pixels; no scale in millimetres."


def test_a_calibrated_dicom_file_is_described_and_whom_it_shows_is_not(tmp_path):
    region = make_region(delta=(0.008, 0.01))
    path = write_dicom(
        tmp_path / "scan.dcm", np.stack([make_pixels(n) for n in (0, 1, 2)]), frames=3, SequenceOfUltrasoundRegions=[region], **IDENTITY
    )
    description = describe(path)
    assert list(description) == KEYS
    assert (description["kind"], description["frames"], description["size"]) == ("DICOM", 3, [96, 120])
    assert description["spacing_mm"] == pytest.approx([0.08, 0.1])
    said = json.dumps(description) + sentence_of(description)
    assert not [word for word in IDENTITY_WORDS if word in said]
    assert "0.08 x 0.1 mm" in sentence_of(description)


def test_regions_with_scales_of_their_own_are_described(tmp_path, monkeypatch):
    path = write_image(tmp_path / "scan.png", make_pixels())
    with open_scan(path) as file:
        scan = file.read()
        object.__setattr__(scan, "regions", (Region(Box(0, 5, 90, 50), Spacing(0.1, 0.1)), Region(Box(0, 60, 90, 110), Spacing(0.2, 0.3))))
        monkeypatch.setattr(type(file), "read", lambda *_: scan)
    description = describe(path)
    assert description["regions"] == [
        {"box": [0, 5, 90, 50], "spacing_mm": [0.1, 0.1]},
        {"box": [0, 60, 90, 110], "spacing_mm": [0.2, 0.3]},
    ]
    assert "parts with scales of their own, a pixel is 0.1 x 0.1 mm or 0.2 x 0.3 mm" in sentence_of(description)


def test_of_a_damaged_file_a_frame_that_is_left_is_decoded_and_the_loss_is_said(tmp_path):
    path = tmp_path / "pages.tif"
    rare = gray_page(make_pixels(), t259=9)
    path.write_bytes(tiff(rare, gray_page(make_pixels(shape=(40, 50)))))
    description = describe(path)
    assert (description["frames"], description["size"]) == (2, [40, 50])
    assert "rare way" in description["warnings"][0]
    assert description["warnings"][0] in sentence_of(description)
    path.write_bytes(tiff(rare, rare))
    assert "rare way" in describe(path)["error"]


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path):
    path = write_image(tmp_path / "scan.png", make_pixels())
    path.write_bytes(path.read_bytes()[:-600])
    description = describe(path)
    assert list(description) == ["path", "error"]
    assert "cut short" in description["error"]
    assert "does not exist" in describe(tmp_path / "none.png")["error"]


def test_the_command_writes_a_line_a_file_and_its_exit_code_says_whether_all_were_read(tmp_path, capsys):
    write_image(tmp_path / "a.png", make_pixels())
    (tmp_path / "below").mkdir()
    write_image(tmp_path / "below" / "b.webp", make_pixels())
    assert cli.main(["info", str(tmp_path), "--json"]) == 0
    assert [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()] == ["PNG", "WebP"]
    (tmp_path / "c.png").write_bytes(b"no picture")
    assert cli.main(["info", str(tmp_path), "--json"]) == 1
    assert ["error" in json.loads(line) for line in capsys.readouterr().out.splitlines()] == [False, True, False]
    assert cli.main(["info", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert "c.png" in err
    (tmp_path / "empty").mkdir()
    assert cli.main(["info", str(tmp_path / "empty")]) == 1
    with pytest.raises(SystemExit) as stopped:
        cli.main(["info"])
    assert stopped.value.code == 2


def test_describing_loads_neither_the_networks_nor_what_runs_them(tmp_path):
    scans = [write_image(tmp_path / "scan.png", make_pixels()), write_dicom(tmp_path / "scan.dcm", make_pixels())]
    code = (
        "import sys; from busi_gui import cli; "
        f"code = cli.main(['info', '--json', *{[str(path) for path in scans]!r}]); "
        "assert code == 0, code; "
        "assert not {'tensorflow', 'keras', 'ai_edge_litert', 'models.pipeline', 'PySide6', 'sqlalchemy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.resources_dir().parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2
