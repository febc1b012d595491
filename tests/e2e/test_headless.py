"""`analyze` and `evaluate` as a script would call them: on the real networks, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom.uid import JPEGBaseline8Bit

from busi_gui import paths
from tests.builders import IDENTITY, IDENTITY_WORDS, make_dicom, make_pixels, make_region, write_dicom, write_image
from tests.e2e.files import write_bad_files, write_giant
from tests.io.dicom_files import encapsulated, jpeg, save
from tests.io.raster_files import gray_page, tiff
from tests.models.made_up import write_busi

KEYS = {
    "path",
    "frame",
    "frames",
    "size",
    "spacing_mm",
    "calibration",
    "finding",
    "p_malignant",
    "threshold",
    "lesions",
    "model",
    "timings_ms",
    "warnings",
    "program",
    "file",
    "pictures",
}
LESION_KEYS = {
    *("id", "p_malignant", "opinions", "uncertain", "chance_of_error", "reasons"),
    *("area_px", "area_mm2", "bbox", "long_axis_mm", "short_axis_mm"),
}

pytestmark = pytest.mark.usefixtures("networks")


def program(*arguments):
    return subprocess.run([*paths.own_command(), *map(str, arguments)], env=os.environ, capture_output=True, text=True, check=False)


def picture(path):
    read = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert read is not None
    return read


def test_samples_come_out_as_json_lines_and_pictures_of_their_size(tmp_path):
    done = program("analyze", paths.samples_dir(), "--out", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(records) == 3
    for record in records:
        assert set(record) >= KEYS
        stem = record["path"].rsplit("/", 1)[-1].rsplit(".", 1)[0]
        mask = picture(tmp_path / f"{stem}_mask.png")
        saliency = picture(tmp_path / f"{stem}_saliency.png")
        assert list(mask.shape) == list(saliency.shape) == record["size"]
        assert (tmp_path / f"{stem}_overlay.png").stat().st_size > 10_000
        assert json.loads((tmp_path / f"{stem}.json").read_text()) == record
        assert "Not for clinical use" in record["notice"]
        assert record["file"]["bytes"] == Path(record["path"]).stat().st_size
        assert {len(digest) for digest in record["pictures"].values()} == {64}
        assert sum(lesion["area_px"] for lesion in record["lesions"]) == np.count_nonzero(mask)
        assert all(set(lesion) == LESION_KEYS for lesion in record["lesions"])
        assert (record["p_malignant"] is None) == (record["finding"] == "no lesion")


def test_the_samples_lesions_are_found_and_the_malignant_looking_one_is_the_more_suspicious(tmp_path):
    done = program("analyze", *sorted(paths.samples_dir().glob("*.png")), "--out", tmp_path, "--json")
    benign, malignant = (json.loads(line) for line in done.stdout.splitlines())
    assert benign["lesions"]
    assert malignant["lesions"]
    assert malignant["p_malignant"] > benign["p_malignant"]


def test_a_calibrated_scan_is_measured_in_millimetres_and_a_picture_is_not(tmp_path):
    done = program("analyze", *sorted(paths.samples_dir().glob("*_synthetic.*")), "--out", tmp_path, "--json")
    records = {record["path"].rsplit(".", 1)[-1]: record for record in map(json.loads, done.stdout.splitlines())}
    assert records["png"]["spacing_mm"] is None
    assert records["png"]["lesions"][0]["long_axis_mm"] is None
    dicom = records["dcm"]
    row, column = dicom["spacing_mm"]
    lesion = dicom["lesions"][0]
    assert lesion["area_mm2"] == pytest.approx(lesion["area_px"] * row * column, rel=0.01)
    assert 3 < lesion["short_axis_mm"] <= lesion["long_axis_mm"] < 60


def write_cine(path, seeds=(1, 2, 3)):
    frames = [make_pixels(seed=seed, shape=(300, 400)) for seed in seeds]
    return write_dicom(path, np.stack(frames), frames=len(frames), SequenceOfUltrasoundRegions=[make_region(ends=(0, 0, 299, 399))], **IDENTITY)


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_of_a_cine_the_first_frame_is_analysed_unless_more_are_asked_for(tmp_path):
    cine = write_cine(tmp_path / "cine.dcm")
    done = program("analyze", cine, "--out", tmp_path / "first", "--json")
    (record,) = lines(done)
    assert (record["frame"], record["frames"], record["calibration"]) == (0, 3, "calibrated by the file")
    assert {path.name for path in (tmp_path / "first").iterdir()} == {f"cine{end}" for end in (".json", "_mask.png", "_saliency.png", "_overlay.png")}
    done = program("analyze", cine, "--out", tmp_path / "some", "--json", "--frames", "2,0")
    assert [record["frame"] for record in lines(done)] == [2, 0]
    assert {path.stem for path in (tmp_path / "some").glob("*.json")} == {"cine_f002", "cine_f000"}


def test_every_frame_of_a_cine_and_a_picture_beside_it_are_analysed(tmp_path):
    cine = write_cine(tmp_path / "cine.dcm")
    still = write_image(tmp_path / "cine_f001.png", make_pixels(shape=(300, 400)))
    done = program("analyze", cine, still, "--out", tmp_path / "out", "--json", "--frames", "all")
    assert done.returncode == 0, done.stderr
    records = lines(done)
    assert [(record["frame"], record["frames"]) for record in records] == [(0, 3), (1, 3), (2, 3), (0, 1)]
    assert records[-1]["calibration"] == "not calibrated"
    names = ["cine_f000", "cine_f001_2", "cine_f002", "cine_f001"]
    assert [json.loads((tmp_path / "out" / f"{name}.json").read_text()) for name in names] == records
    again = program("analyze", cine, still, "--out", tmp_path / "out", "--json", "--frames", "all")
    assert lines(again) == records
    assert "2 of 2 were done before." in again.stderr
    assert all(picture(tmp_path / "out" / f"{name}_mask.png").shape == (300, 400) for name in names)


def test_frames_that_cannot_be_read_are_named_and_the_others_are_done(tmp_path):
    good, rare = gray_page(make_pixels(shape=(300, 400))), gray_page(make_pixels(), t259=9)
    path = tmp_path / "pages.tif"
    path.write_bytes(tiff(rare, good, good)[:-300])
    done = program("analyze", path, "--out", tmp_path / "out", "--json", "--frames", "all")
    assert done.returncode == 1
    first, second, third = lines(done)
    assert (first["frame"], set(first)) == (0, {"path", "frame", "error"})
    assert (second["frame"], second["frames"]) == (1, 3)
    assert "page 3 of 3 is missing" in second["warnings"][0]
    assert third["frame"] == 2
    assert "page 3 of 3 is missing" in third["error"]
    assert [path.name for path in (tmp_path / "out").glob("*.json")] == ["pages_f001.json"]
    done = program("analyze", path, "--out", tmp_path / "out", "--json", "--frames", "7")
    assert done.returncode == 1
    assert "no frame 7" in lines(done)[0]["error"]
    assert program("analyze", path, "--out", tmp_path / "out", "--frames", "1-3").returncode == 2


def test_where_the_first_frame_is_damaged_the_first_that_can_be_read_is_analysed(tmp_path):
    pixels = np.stack([make_pixels(seed=seed, shape=(300, 400)) for seed in (1, 2)])
    whole = jpeg(pixels[1])
    cine = save(encapsulated(make_dicom(pixels, frames=2), JPEGBaseline8Bit, [whole[:300] + bytes(len(whole) - 300), whole]), tmp_path / "cine.dcm")
    done = program("analyze", cine, "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["frame"] == 1
    assert len(json.loads(program("info", cine, "--json").stdout)["warnings"]) > 1


def test_nothing_that_leaves_the_program_says_whom_a_scan_shows(tmp_path):
    cine = write_cine(tmp_path / "cine.dcm")
    os.utime(cine, (0, 0))  # of which a record tells: it is the file system's, and may be any number
    out = tmp_path / "out"
    said = [program("analyze", cine, "--out", out, "--frames", "all", *how) for how in ((), ("--json",))]
    said += [program("info", cine, *how) for how in ((), ("--json",))]
    assert [done.returncode for done in said] == [0] * 4
    written = [path.read_bytes() for path in out.iterdir()] + [(done.stdout + done.stderr).encode() for done in said]
    assert len(written) == 16
    assert not [word for word in IDENTITY_WORDS for content in written if word.encode() in content]


def test_a_record_says_whom_a_scan_shows_where_that_is_asked_for(tmp_path):
    scan = write_dicom(tmp_path / "scan.dcm", make_pixels(), **IDENTITY)
    done = program("analyze", scan, "--out", tmp_path / "out", "--json", "--identity")
    identity = json.loads(done.stdout)["identity"]
    assert set(identity) == {"name", "patient_id", "study_date"}
    assert identity["patient_id"] == IDENTITY["PatientID"]
    assert json.loads((tmp_path / "out" / "scan.json").read_text())["identity"] == identity


def test_bad_files_are_named_and_the_others_are_done(tmp_path):
    bad = write_bad_files(tmp_path)
    bad = {path: word for path, word in bad.items() if path.suffix}
    good = write_image(tmp_path / "good.png", make_pixels(shape=(300, 400)))
    done = program("analyze", *bad, good, "--out", tmp_path / "out", "--json")
    assert done.returncode == 1
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [word in record["error"] for word, record in zip(bad.values(), records[:-1], strict=True)] == [True] * len(bad)
    assert records[-1]["size"] == [300, 400]
    assert "Traceback" not in done.stderr


def test_an_empty_folder_and_wrong_usage_have_their_exit_codes(tmp_path):
    (tmp_path / "empty").mkdir()
    nothing = program("analyze", tmp_path / "empty", "--out", tmp_path / "out")
    assert nothing.returncode == 1
    assert "no scan that can be opened" in nothing.stderr
    assert program("analyze", tmp_path).returncode == 2
    assert program("evaluate", tmp_path / "empty", "--out", tmp_path / "f.json").returncode == 1


def test_one_pixel_and_a_hundred_million_are_right_results(tmp_path):
    dot = write_image(tmp_path / "dot.png", np.full((1, 1), 90, np.uint8))
    giant = write_giant(tmp_path / "giant.png")
    done = program("analyze", dot, giant, "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    small, large = map(json.loads, done.stdout.splitlines())
    assert small["size"] == [1, 1]
    assert small["finding"] == "no lesion"
    assert large["size"] == [9000, 12000]
    assert picture(tmp_path / "out" / "giant_mask.png").shape == (9000, 12000)


def test_files_of_one_name_do_not_overwrite_each_other(tmp_path):
    for folder, name in (("a", "scan.png"), ("a", "scan_2.png"), ("b", "SCAN.png")):
        (tmp_path / folder).mkdir(exist_ok=True)
        write_image(tmp_path / folder / name, make_pixels(seed=1))
    for uid in ("1.2.840.113.5", "1.2.840.113.6"):
        write_dicom(tmp_path / "a" / uid, make_pixels(seed=1))
    assert program("analyze", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "out").returncode == 0
    names = {p.stem for p in (tmp_path / "out").glob("*.json")}
    assert names == {"scan", "scan_2", "SCAN_3", "1.2.840.113.5", "1.2.840.113.6"}
    assert not list((tmp_path / "out").glob("*.partial"))


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    scan = write_image(tmp_path / "scan.png", make_pixels())
    (tmp_path / "out").write_text("a file where the folder should be")
    done = program("analyze", scan, "--out", tmp_path / "out")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_evaluation_gives_every_figure_with_its_interval(tmp_path):
    data = write_busi(tmp_path / "BUSI", ".png", number=4)
    done = program("evaluate", data, "--split", "all", "--out", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "figures.json").read_text())["metrics"]["busi"]
    assert set(metrics) >= {"dice", "iou", "auc", "sensitivity", "specificity", "ece", "false_lesions_on_normals"}
    for figure in metrics.values():
        assert figure["value"] is None or figure["low"] <= figure["value"] <= figure["high"]


def test_analysing_never_imports_keras_or_tensorflow(tmp_path):
    scan = write_image(tmp_path / "scan.png", make_pixels(shape=(300, 400)))
    code = (
        "import sys; from busi_gui import cli; "
        f"code = cli.main(['analyze', {str(scan)!r}, '--out', {str(tmp_path)!r}]); "
        "assert code == 0; assert not {'keras', 'tensorflow', 'PySide6'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.resources_dir().parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_another_operating_point_is_asked_for_by_its_name(tmp_path):
    scan = next(paths.samples_dir().glob("*.png"))
    done = program("analyze", scan, "--out", tmp_path, "--json", "--point", "balanced")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["operating_point"] == "balanced"
    assert {len(digest) for digest in record["model"]["sha256"].values()} == {64}
    done = program("analyze", scan, "--out", tmp_path, "--point", "balancd")
    assert done.returncode == 1
    assert "no operating point called balancd. They have: sensitive, balanced." in done.stderr
