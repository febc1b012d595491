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


def write_bus_bra(root, folds=True):
    """Write two patients of two scans each in the layout of the published download, the second one malignant and in fold 5."""
    busi = write_busi(root / "made", suffix=".png", labels=("benign",), number=4)
    for name in ("Images", "Masks"):
        (root / "BUSBRA" / name).mkdir(parents=True)
    names = ("0001-l", "0001-r", "0002-l", "0002-s")
    for number, name in enumerate(names, start=1):
        (busi / "benign" / f"benign ({number}).png").rename(root / "BUSBRA" / "Images" / f"bus_{name}.png")
        (busi / "benign" / f"benign ({number})_mask.png").rename(root / "BUSBRA" / "Masks" / f"mask_{name}.png")
    table: list[tuple[object, ...]] = [("ID", "Case", "Histology", "Pathology", "BIRADS", "Device", "Width", "Height", "Side", "BBOX")]
    for name in names:
        case, pathology, histology = (1, "benign", "Fibroadenoma") if name < "0002" else (2, "malignant", "Invasive ductal carcinoma")
        table.append((f"bus_{name}", case, histology, pathology, 4, "GE Logiq 7 @10-14MHz", 128, 96, "left", "[1, 2, 3, 4]"))
    with (root / "BUSBRA" / "bus_data.csv").open("w", newline="") as file:
        csv.writer(file).writerows(table)
    if folds:
        with (root / "BUSBRA" / "5-fold-cv.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("ID", "Pathology", "kFold"), *((f"bus_{name}", "", 1 if name < "0002" else 5) for name in names)])
    return root / "BUSBRA"


def test_bus_bra_is_read_as_it_is_published_with_patients_and_official_folds(tmp_path):
    root = write_bus_bra(tmp_path)
    examples = read_datasets([root])
    assert [e.key for e in examples] == [
        *("bus-bra/benign/bus_0001-l", "bus-bra/benign/bus_0001-r", "bus-bra/malignant/bus_0002-l", "bus-bra/malignant/bus_0002-s")
    ]
    assert [e.group for e in examples] == ["bus-bra:busbra_0001"] * 2 + ["bus-bra:busbra_0002"] * 2
    assert [split_of(e) for e in examples] == ["training"] * 2 + ["held-out"] * 2
    assert (examples[0].histology, examples[0].birads, examples[0].device) == ("fibroadenoma", "4", "GE Logiq 7 @10-14MHz")
    assert examples[2].read_mask()[50, 60]
    assert not examples[2].read_mask()[5, 5]


def test_without_its_folds_bus_bra_is_split_by_patient_all_the_same(tmp_path):
    examples = read_datasets([write_bus_bra(tmp_path, folds=False)])
    assert {e.fold for e in examples} == {None}
    assert len({split_of(e) for e in examples[:2]}) == 1


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda root: (root / "Masks" / "mask_0001-r.png").unlink(), "mask_0001-r.png is missing"),
        (lambda root: (root / "bus_data.csv").write_text("ID,Case\nbus_0001-l,1\n"), "column Pathology is missing"),
        (lambda root: (root / "bus_data.csv").write_text("ID,Case,Pathology\nbus_0001-l,1,odd\n"), "'odd'"),
        (lambda root: (root / "bus_data.csv").write_bytes(b"ID\xff,Case\n"), "cannot be used"),
    ],
)
def test_a_damaged_download_of_bus_bra_is_refused_in_words(tmp_path, damage, complaint):
    root = write_bus_bra(tmp_path)
    damage(root)
    with pytest.raises(DatasetError, match=complaint):
        read_datasets([root])


def test_what_the_program_has_exported_keeps_its_patients_together(tmp_path):
    root = write_busi(tmp_path / "export", suffix=".png")
    scans = [f"{c}/{c} ({n}).png" for c in ("benign", "malignant", "normal") for n in (1, 2, 3)]
    with (root / "sources.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "scan", "group"), *((f"{scan}_mask", scan, number // 2) for number, scan in enumerate(scans))])
    groups = {e.path.relative_to(root).as_posix(): e.group for e in read_datasets([root])}
    assert groups["benign/benign (1).png"] == groups["benign/benign (2).png"] == "export:0"
    assert groups["benign/benign (3).png"] == groups["malignant/malignant (1).png"]
    assert len(set(groups.values())) == 5
    (root / "sources.csv").write_text("file,scan,group\n")
    with pytest.raises(DatasetError, match=r"no row for benign/benign \(1\)\.png"):
        read_datasets([root])
