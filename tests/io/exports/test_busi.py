"""A data set in BUSI's layout, as the networks' training reads it."""

from __future__ import annotations

import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.provenance import full_text
from busi_gui.domain.reading import MaskSource, Outcome
from busi_gui.io.exports.busi import busi_export
from models.datasets import DatasetError, read_datasets
from tests.io.exports.export_cases import SEVERAL, SHAPE, disc, make_case
from tests.services.fake_pipeline import INFO

BENIGN, MALIGNANT, UNKNOWN = Outcome.BENIGN, Outcome.MALIGNANT, Outcome.UNKNOWN


def export(out, *cases, **how):
    with busi_export(out, **how) as writer:
        for case in cases:
            writer.add(case)
    return out


def rows_of(out):
    with (out / "sources.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def picture(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_the_training_reads_scans_classes_and_masks_back_bit_for_bit(tmp_path):
    cases = [
        make_case("case_0001", SEVERAL, (BENIGN,) * 5, seed=1),
        make_case("case_0002", (disc(10, 30, 7),), (MALIGNANT,), seed=2),
        make_case("case_0003", seed=3),
    ]
    out = export(tmp_path / "out", *cases)
    examples = read_datasets([out])
    assert [(e.path.stem, e.label) for e in examples] == [("case_0001", "benign"), ("case_0002", "malignant"), ("case_0003", "normal")]
    for example, case in zip(examples, cases, strict=True):
        assert np.array_equal(example.read_pixels(), case.case.scan.pixels)
        masks = [lesion.mask for lesion in case.case.lesions]
        assert [np.array_equal(picture(path) > 127, mask) for path, mask in zip(example.mask_paths, masks, strict=bool(masks))] == [True] * len(masks)
        union = np.zeros(SHAPE, np.bool_)
        for mask in masks:
            union |= mask
        assert np.array_equal(example.read_mask(), union)
    assert [path.name for path in examples[0].mask_paths][:2] == ["case_0001_mask.png", "case_0001_mask_1.png"]
    assert [path.name for path in examples[2].mask_paths] == ["case_0003_mask.png"]


@pytest.mark.parametrize(
    ("outcomes", "case_class"),
    [
        ((BENIGN, MALIGNANT, UNKNOWN), "malignant"),
        ((UNKNOWN, BENIGN), "benign"),
        ((UNKNOWN, UNKNOWN), "unknown"),
    ],
)
def test_a_class_is_what_is_recorded_of_the_lesions(tmp_path, outcomes, case_class):
    masks = tuple(disc(20, 10 + 20 * n, 5) for n in range(len(outcomes)))
    out = export(tmp_path / "out", make_case(masks=masks, outcomes=outcomes))
    assert [path.parent.name for path in out.glob("*/case_0001.png")] == [case_class]


def test_only_what_a_reader_has_seen_without_a_lesion_is_normal(tmp_path):
    touched = make_case("touched")
    reviewed = make_case("reviewed", is_touched=False, export={"status": CaseStatus.REVIEWED})
    by_network = make_case("by_network", is_touched=False, export={"status": CaseStatus.ANALYSED})
    out = export(tmp_path / "out", touched, reviewed, by_network)
    assert {path.stem: path.parent.name for path in out.glob("*/*.png") if "_mask" not in path.name} == {
        "touched": "normal",
        "reviewed": "normal",
        "by_network": "unknown",
    }


def test_training_takes_nothing_of_unknown_outcome(tmp_path):
    out = export(tmp_path / "out", make_case(masks=(disc(20, 20, 5),)))
    with pytest.raises(DatasetError):
        read_datasets([out])
    assert "unknown/ holds scans of whose lesions no outcome is recorded" in (out / "README.txt").read_text()


def test_a_table_says_of_each_mask_where_it_comes_from(tmp_path):
    case = make_case(masks=SEVERAL[:2], outcomes=(BENIGN,), source=MaskSource.CORRECTED, names=("left", "=1+1"), category="4A")
    out = export(tmp_path / "out", case, make_case("case_0002"))
    first, second, none = rows_of(out)
    assert first["file"] == "benign/case_0001_mask.png"
    assert (first["mask_source"], first["birads_category"], first["outcome"], first["name"]) == ("corrected", "4A", "benign", "left")
    assert (second["file"], second["outcome"], second["name"]) == ("benign/case_0001_mask_1.png", "unknown", "'=1+1")
    assert [(row["outcome_method"], row["outcome_date"]) for row in (first, second, none)] == [("biopsy", "2026-02-28"), ("", ""), ("", "")]
    assert (none["status"], none["group"]) == ("corrected", "1")
    assert (none["file"], none["lesion"], none["mask_source"]) == ("normal/case_0002_mask.png", "", "")


def test_the_readme_says_what_it_is_and_what_it_is_not_for(tmp_path):
    text = (export(tmp_path / "out", make_case(masks=SEVERAL)) / "README.txt").read_text(encoding="utf-8")
    assert "Not for clinical use" in text
    assert "callipers" in text
    assert "5 outlines: drawn" in text
    assert "their names may name patients" not in text
    kept = (export(tmp_path / "kept", make_case(), keeps_names=True) / "README.txt").read_text(encoding="utf-8")
    assert "their names may name patients" in kept


def test_each_mask_names_the_weights_that_looked_at_its_scan(tmp_path):
    hashed = replace(INFO, hashes={"classifier.weights.h5": "ab" * 32})
    asked = make_case("a", SEVERAL[:1], export={"network": hashed})
    noted = make_case("b", SEVERAL[:1], export={"noted_networks": "version 9"})
    out = export(tmp_path / "out", asked, noted)
    assert [row["network"] for row in rows_of(out)] == [full_text(hashed), "version 9"]
    readme = (out / "README.txt").read_text(encoding="utf-8")
    assert "ab" * 32 in readme
    assert "Networks version 9" in readme
