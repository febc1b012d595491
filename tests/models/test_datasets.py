"""Layouts, groups and splits, on made-up files."""

import csv

import cv2
import numpy as np
import pytest

from models.datasets import DatasetError, Example, cross_fit_part, group_by_likeness, likeness_codes, read_datasets, select, split_of
from models.measuring.evaluation import without_seen
from tests.models.made_up import picture, write_busi


def test_original_png_download_is_read_with_second_masks(tmp_path):
    root = write_busi(tmp_path / "Dataset_BUSI_with_GT", suffix=".png")
    examples = {e.path.name: e for e in read_datasets([root])}
    assert len(examples) == 9
    two = examples["benign (1).png"]
    assert [p.name for p in two.mask_paths] == ["benign (1)_mask.png", "benign (1)_mask_1.png"]
    mask = two.read_mask()
    assert mask[20, 20]
    assert mask[70, 90]
    assert mask.shape == two.read_pixels().shape
    assert not examples["normal (1).png"].read_mask().any()


def test_copies_without_a_table_come_into_one_group(tmp_path):
    root = write_busi(tmp_path / "Dataset_BUSI_with_GT", suffix=".png")
    shown = cv2.imread(str(root / "benign" / "benign (2).png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(root / "benign" / "benign (9).png"), cv2.resize(shown, None, fx=0.8, fy=0.8))
    groups = {e.path.stem: e.group for e in read_datasets([tmp_path])}
    assert groups["benign (9)"] == groups["benign (2)"]
    assert groups["benign (1)"] != groups["benign (2)"]


def test_tables_bring_groups_objections_and_official_folds(tmp_path):
    busi = write_busi(tmp_path / "busi", suffix=".jpg")
    with (busi / "groups.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "label", "group", "objection", "annotation"])
        rows.writerows(
            [f"{c}/{c} ({n}).jpg", c, n, "multiclass" if (c, n) == ("benign", 1) else "", ""]
            for c in ("benign", "malignant", "normal")
            for n in (1, 2, 3)
        )
    bra = write_busi(tmp_path / "bra", suffix=".jpg", labels=("benign", "malignant"))
    with (bra / "patients.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "label", "patient", "fold5"])
        rows.writerows([f"{c}/{c} ({n}).jpg", c, f"p{n}", 5 if n == 3 else n] for c in ("benign", "malignant") for n in (1, 2, 3))
    examples = read_datasets([tmp_path])
    assert len(examples) == 15
    assert not [e for e in select(examples, "all") if e.objection == "multiclass"]
    held = [e for e in examples if e.dataset == "bus-bra" and split_of(e) == "held-out"]
    assert {e.path.name for e in held} == {"benign (3).jpg", "malignant (3).jpg"}


def test_no_split_separates_a_group():
    examples = [Example(picture(i), (), "benign", f"busi:{i // 3}", "busi") for i in range(600)]
    sides = {}
    for e in examples:
        sides.setdefault(e.group, set()).add((split_of(e), cross_fit_part(e, 2)))
    assert {len(side) for side in sides.values()} == {1}
    shares = [len(select(examples, name)) / 600 for name in ("training", "validation", "held-out")]
    assert shares[0] == pytest.approx(0.7, abs=0.08)
    assert shares[2] == pytest.approx(0.2, abs=0.08)


def test_likeness_is_closed_over_chains():
    rng = np.random.default_rng(0)
    scan = cv2.GaussianBlur(rng.integers(0, 255, (128, 128)).astype(np.uint8), (0, 0), 6)
    other = cv2.GaussianBlur(rng.integers(0, 255, (128, 128)).astype(np.uint8), (0, 0), 6)
    assert group_by_likeness([scan, other, cv2.resize(scan, (100, 100)), cv2.convertScaleAbs(scan, alpha=0.9)]) == [0, 1, 0, 0]


def test_a_folder_that_is_no_data_set_is_named(tmp_path):
    with pytest.raises(DatasetError, match="holds no folder named benign"):
        read_datasets([tmp_path])
    with pytest.raises(DatasetError, match="not a folder"):
        read_datasets([tmp_path / "missing"])


def test_a_damaged_picture_is_named(tmp_path):
    root = write_busi(tmp_path / "Dataset_BUSI_with_GT", suffix=".png")
    (root / "benign" / "benign (1).png").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match=r"benign \(1\).png"):
        read_datasets([root])


def test_two_scans_of_one_name_are_refused(tmp_path):
    for folder in ("x", "y"):
        write_busi(tmp_path / folder / "data", suffix=".png")
    with pytest.raises(DatasetError, match="same name"):
        read_datasets([tmp_path / "x", tmp_path / "y"])


def test_a_file_more_elsewhere_leaves_the_splits_of_the_others(tmp_path):
    root = write_busi(tmp_path / "data", suffix=".png")
    before = {e.key: split_of(e) for e in read_datasets([root])}
    (root / "benign" / "benign (1).png").rename(root / "benign" / "other.png")
    after = {e.key: split_of(e) for e in read_datasets([root])}
    assert {key: after[key] for key in before if key in after} == {key: split for key, split in before.items() if key in after}


def test_a_table_that_cannot_be_used_is_named(tmp_path):
    root = write_busi(tmp_path / "busi", suffix=".png")
    (root / "groups.csv").write_text("image,label\nbenign/benign (1).png,benign\n")
    with pytest.raises(DatasetError, match=r"groups\.csv cannot be used"):
        read_datasets([root])


def test_scans_that_a_version_has_seen_are_left_out_where_no_table_tells(tmp_path):
    root = write_busi(tmp_path / "data", suffix=".png")
    examples_ = read_datasets([root])
    known = [e for e in examples_ if e.path.stem == "benign (2)"]
    smaller = cv2.resize(known[0].read_pixels(), None, fx=0.7, fy=0.7)
    left = without_seen(examples_, likeness_codes([smaller]))
    assert {e.path.stem for e in examples_} - {e.path.stem for e in left} == {"benign (2)"}
    assert len(without_seen(examples_, likeness_codes([]))) == len(examples_)
