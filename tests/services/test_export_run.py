"""What of the reader's work an export holds, and what it leaves out."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.reading import Outcome, Reading
from busi_gui.domain.scan import Box, Spacing
from busi_gui.io.errors import WriteError
from busi_gui.io.imports.datasets import read_dataset
from busi_gui.io.scans import read_scan
from busi_gui.services.export_run import ExportFormat, ExportOptions, run_export
from busi_gui.services.import_run import store_dataset
from busi_gui.store.workspace import Workspace
from models.analysis import AnalysisStopped, OperatingPoint
from models.datasets import read_datasets
from tests.builders import IDENTITY, IDENTITY_WORDS, make_pixels, write_dicom
from tests.io.exports.export_cases import SEVERAL, SHAPE, dot
from tests.services.exchange import MASKS, FakeNetworks, key_of, reading_of, set_down, stored, write_scan

BUSI, COCO, CSV = ExportFormat.BUSI, ExportFormat.COCO, ExportFormat.CSV
NETWORK = ExportOptions(with_network=True)


@pytest.fixture
def workspace():
    made = Workspace()
    yield made
    made.close()


def never():
    raise AssertionError("the networks are not asked for")


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("format_", [BUSI, COCO])
def test_what_is_exported_and_imported_elsewhere_is_the_same(tmp_path, workspace, format_):
    readings = {
        "a.png": reading_of(*SEVERAL),
        "b.png": reading_of(MASKS[0], outcome=Outcome.MALIGNANT),
        "c.png": reading_of(),
        "d.png": reading_of(dot(0, 0), outcome=Outcome.UNKNOWN),
    }
    files = [set_down(workspace, write_scan(tmp_path / "in", name, seed), reading) for seed, (name, reading) in enumerate(readings.items())]
    summary = run_export(files, format_, tmp_path / "out", ExportOptions(), workspace, never)
    assert (summary.frames, summary.lesions, summary.problems) == (4, 7, ())
    assert summary.classes == {"benign": 1, "malignant": 1, "normal": 1, "unknown": 1}
    other = Workspace()
    came = store_dataset(tmp_path / "out", read_dataset(tmp_path / "out"), other)
    assert (came.stored, came.lesions, came.problems) == (4, 7, ())
    for path in files:
        mine, theirs = stored(workspace, path), stored(other, path)
        assert theirs.is_touched
        for outline, found in zip(mine.outlines, theirs.outlines, strict=True):
            assert np.array_equal(outline.mask, found.mask)
            assert (outline.assessment, found.source.value) == (found.assessment, "imported")
    other.close()


def test_the_training_reads_an_export(tmp_path, workspace):
    path = set_down(workspace, write_scan(tmp_path, "a.png"), reading_of(*MASKS))
    run_export([path], BUSI, tmp_path / "out", ExportOptions(), workspace)
    (example,) = read_datasets([tmp_path / "out"])
    assert np.array_equal(example.read_mask(), MASKS[0] | MASKS[1])
    assert np.array_equal(example.read_pixels(), read_scan(path).pixels)


def test_what_no_reader_has_touched_is_left_out(tmp_path, workspace):
    touched = set_down(workspace, write_scan(tmp_path, "touched.png", 1), reading_of(MASKS[0]))
    measured = set_down(workspace, write_scan(tmp_path, "measured.png", 2), Reading())
    new = write_scan(tmp_path, "new.png", 3)
    summary = run_export([new, touched, measured], COCO, tmp_path / "out", ExportOptions(), workspace)
    assert (summary.frames, summary.untouched) == (1, 2)
    assert [path.name for path in (tmp_path / "out" / "images").iterdir()] == ["case_0001.png"]


def test_with_the_networks_their_outlines_are_named_as_such_and_give_no_class(tmp_path, workspace):
    touched = set_down(workspace, write_scan(tmp_path, "touched.png", 1), reading_of(MASKS[0]))
    new = write_scan(tmp_path, "new.png", 2)
    summary = run_export([new, touched], BUSI, tmp_path / "out", NETWORK, workspace, FakeNetworks)
    assert summary.classes == {"benign": 1, "unknown": 1}
    assert [(row["scan"], row["mask_source"]) for row in rows_of(tmp_path / "out" / "sources.csv")] == [
        ("unknown/case_0001.png", "network"),
        ("benign/case_0002.png", "drawn"),
    ]


@pytest.mark.parametrize(("status", "case_class"), [(CaseStatus.ANALYSED, "unknown"), (CaseStatus.REVIEWED, "normal")])
def test_where_the_networks_find_nothing_only_a_reader_can_call_it_normal(tmp_path, workspace, status, case_class):
    path = write_scan(tmp_path, "new.png")
    workspace.remember(key_of(path), status=status)
    summary = run_export([path], BUSI, tmp_path / "out", NETWORK, workspace, lambda: FakeNetworks(finds=False))
    assert summary.classes == {case_class: 1}


def test_a_reviewed_scan_without_a_lesion_is_normal_but_not_where_the_networks_outlined_one(tmp_path, workspace):
    none, one = write_scan(tmp_path, "none.png", 1), write_scan(tmp_path, "one.png", 2)
    workspace.remember(key_of(none), status=CaseStatus.REVIEWED, is_analysed=True)
    workspace.remember(key_of(one), status=CaseStatus.REVIEWED, is_analysed=True, p_malignant=0.1)
    summary = run_export([none, one], BUSI, tmp_path / "out", ExportOptions(), workspace)
    assert (summary.classes, summary.untouched) == ({"normal": 1}, 1)


def test_a_reviewed_scan_is_not_normal_before_the_networks_have_looked_at_the_part_that_was_chosen_for_them(tmp_path, workspace):
    path = write_scan(tmp_path, "cropped.png")
    workspace.remember(key_of(path), status=CaseStatus.REVIEWED, is_analysed=True, p_malignant=0.9)
    workspace.remember(key_of(path), field=Box(5, 10, 40, 65), is_analysed=False, p_malignant=None)
    with pytest.raises(WriteError, match="nothing to export"):
        run_export([path], BUSI, tmp_path / "out", ExportOptions(), workspace)


def test_the_networks_opinion_of_a_readers_outline_is_about_that_outline(tmp_path, workspace):
    path = set_down(workspace, write_scan(tmp_path, "a.png"), reading_of(*MASKS, dot(0, 69)))
    workspace.remember(key_of(path), field=Box(5, 10, 40, 65))
    networks = FakeNetworks()
    run_export([path], CSV, tmp_path / "t.csv", NETWORK, workspace, lambda: networks)
    rows = rows_of(tmp_path / "t.csv")
    pixels, mask = networks.seen[0]
    assert np.array_equal(pixels, read_scan(path).pixels[5:40, 10:65])
    assert float(rows[0]["p_malignant"]) == pytest.approx(MASKS[0][5:40, 10:65].mean(), abs=1e-4)
    assert np.array_equal(mask, MASKS[0][5:40, 10:65])
    assert [rows[0][name] for name in ("p_malignant_low", "p_malignant_high", "outline_shift_px")] == ["0.1", "0.9", "2.0"]
    assert networks.shifts_px == [(2.0, 2.0)]
    assert rows[2]["p_malignant"] == ""  # outside what they look at
    assert {row["segmenter"] for row in rows} == {networks.info.segmenter}


def test_an_export_is_held_against_the_point_that_is_asked_for_and_names_what_looked_before(tmp_path, workspace):
    path = set_down(workspace, write_scan(tmp_path, "a.png"), reading_of(*MASKS))
    workspace.remember(key_of(path), networks="version 0.1.0; by hash")
    networks = FakeNetworks()
    balanced = OperatingPoint("balanced", 0.6, 0.8, 0.9, "made-up scans")
    networks.info = replace(networks.info, operating_points=(networks.info.operating_point, balanced))
    run_export([path], CSV, tmp_path / "t.csv", replace(NETWORK, point="balanced"), workspace, lambda: networks)
    assert {(row["operating_point"], row["operating_threshold"]) for row in rows_of(tmp_path / "t.csv")} == {("balanced", "0.6")}
    run_export([path], CSV, tmp_path / "u.csv", ExportOptions(), workspace)
    assert {row["networks"] for row in rows_of(tmp_path / "u.csv")} == {"version 0.1.0; by hash"}


def test_only_the_frames_that_were_read_leave_and_they_stay_together(tmp_path, workspace):
    frames = np.stack([make_pixels(seed=seed, shape=SHAPE) for seed in range(4)])
    cine = write_dicom(tmp_path / "cine.dcm", frames, frames=4)
    set_down(workspace, cine, reading_of(MASKS[0]), 1)
    set_down(workspace, cine, reading_of(MASKS[1]), 3)
    set_down(workspace, cine, Reading(), 2)
    still = set_down(workspace, write_scan(tmp_path, "a.png", 9), reading_of(MASKS[0]))
    run_export([cine, still], COCO, tmp_path / "out", ExportOptions(), workspace)
    images = json.loads((tmp_path / "out" / "annotations.json").read_text())["images"]
    assert [(image["file_name"], image["attributes"]["frame"], image["attributes"]["group"]) for image in images] == [
        ("case_0001_f001.png", 1, 1),
        ("case_0001_f003.png", 3, 1),
        ("case_0002.png", 0, 2),
    ]
    assert np.array_equal(read_scan(tmp_path / "out" / "images" / "case_0001_f003.png").pixels, frames[3])


def test_scans_of_one_patient_stay_together(tmp_path, workspace):
    files = []
    for seed, patient in enumerate(("p1", "p2", "p1", "")):
        path = write_dicom(tmp_path / f"{seed}.dcm", make_pixels(seed=seed, shape=SHAPE), PatientID=patient)
        files.append(set_down(workspace, path, reading_of(MASKS[0])))
    run_export(files, CSV, tmp_path / "t.csv", ExportOptions(), workspace)
    assert [row["group"] for row in rows_of(tmp_path / "t.csv")] == ["1", "2", "1", "3"]


def test_the_scale_that_the_reader_took_is_the_one_that_is_measured_with(tmp_path, workspace):
    path = set_down(workspace, write_scan(tmp_path, "a.png"), reading_of(MASKS[0]))
    workspace.remember(key_of(path), calibration=Spacing(0.5, 0.5), calibrated_shape=SHAPE)
    run_export([path], CSV, tmp_path / "t.csv", ExportOptions(), workspace)
    (row,) = rows_of(tmp_path / "t.csv")
    assert (row["calibration"], float(row["area_mm2"])) == ("calibrated by hand", MASKS[0].sum() / 4)


def test_a_copy_of_a_scan_is_exported_once(tmp_path, workspace):
    path = set_down(workspace, write_scan(tmp_path, "a.png"), reading_of(MASKS[0]))
    copy = Path(tmp_path / "copy.png")
    copy.write_bytes(path.read_bytes())
    summary = run_export([path, copy], BUSI, tmp_path / "out", ExportOptions(), workspace)
    assert (summary.frames, summary.problems) == (1, ("copy.png shows the same as a.png: it is exported once.",))


def test_files_that_cannot_be_read_are_named_and_the_others_leave(tmp_path, workspace):
    path = set_down(workspace, write_scan(tmp_path, "a.png"), reading_of(MASKS[0]))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    summary = run_export([tmp_path / "bad.png", path, tmp_path / "gone.png"], BUSI, tmp_path / "out", ExportOptions(), workspace)
    assert summary.frames == 1
    assert [word in problem for word, problem in zip(("bad.png", "gone.png"), summary.problems, strict=True)] == [True, True]


def test_a_frame_that_is_another_size_now_is_named(tmp_path, workspace):
    path = set_down(workspace, write_scan(tmp_path, "a.png"), reading_of(dot(1, 1, (10, 10))))
    with pytest.raises(WriteError, match="nothing to export"):
        run_export([path], BUSI, tmp_path / "out", ExportOptions(), workspace)


@pytest.mark.parametrize("format_", ExportFormat)
def test_an_export_of_nothing_is_not_made(tmp_path, workspace, format_):
    path = write_scan(tmp_path / "in", "a.png")
    with pytest.raises(WriteError, match="nothing to export: no reader has outlined"):
        run_export([path], format_, tmp_path / "out", ExportOptions(), workspace)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("format_", ExportFormat)
def test_nothing_says_whom_a_file_shows(tmp_path, workspace, format_):
    path = write_dicom(tmp_path / "Muster_Erika_19610203.dcm", make_pixels(shape=SHAPE), **IDENTITY)
    set_down(workspace, path, reading_of(MASKS[0]).changed(1, name="Frau Muster"))
    (tmp_path / "to").mkdir()
    run_export([path], format_, tmp_path / "to" / "out", NETWORK, workspace, FakeNetworks)
    written = [one for one in (tmp_path / "to").rglob("*") if one.is_file()]
    said = b"".join(one.read_bytes() for one in written) + "".join(map(str, written)).encode()
    assert not [word for word in IDENTITY_WORDS if word.encode() in said.replace(str(tmp_path).encode(), b"")]


def test_names_are_kept_where_that_is_asked_for(tmp_path, workspace):
    path = set_down(workspace, write_scan(tmp_path, "left breast.png"), reading_of(MASKS[0]))
    run_export([path], BUSI, tmp_path / "out", ExportOptions(keeps_names=True), workspace)
    assert (tmp_path / "out" / "benign" / "left breast_mask.png").is_file()


@pytest.mark.parametrize("format_", ExportFormat)
@pytest.mark.parametrize("at", [0, 1, 2, 3])
def test_an_export_that_is_stopped_leaves_nothing(tmp_path, workspace, format_, at):
    files = [set_down(workspace, write_scan(tmp_path / "in", f"{seed}.png", seed), reading_of(MASKS[0])) for seed in range(3)]

    def report(_name, done, total):
        assert total == 3
        if done == at:
            raise AnalysisStopped

    with pytest.raises(AnalysisStopped):
        run_export(files, format_, tmp_path / "out", ExportOptions(), workspace, report=report)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]
