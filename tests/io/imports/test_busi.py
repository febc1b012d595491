"""Masks from data sets in BUSI's layout."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from busi_gui.domain.reading import Outcome, OutcomeEvidence, OutcomeMethod
from busi_gui.io.errors import ReadError
from busi_gui.io.exports.busi import busi_export
from busi_gui.io.imports.busi import read_busi
from busi_gui.io.imports.datasets import read_dataset
from busi_gui.io.scans import read_scan
from tests.builders import write_image
from tests.io.exports.export_cases import KNOWN, SEVERAL, disc, make_case
from tests.models.made_up import write_busi


def masks_of(image):
    return image.read_masks(read_scan(image.path).shape)


def test_the_original_data_set_is_read_with_second_masks_and_classes(tmp_path):
    found = read_dataset(write_busi(tmp_path / "data", ".png"))
    assert found.passed_over == ()
    known = {image.path.stem: [mask.assessment.outcome for mask in masks_of(image)] for image in found.images}
    assert len(known) == 9
    assert known["benign (1)"] == [Outcome.BENIGN] * 2
    assert known["malignant (3)"] == [Outcome.MALIGNANT]
    assert known["normal (2)"] == []
    assert [mask.mask[20, 20] for mask in masks_of(found.images[0])] == [True, False]


def test_several_data_sets_in_one_folder_are_read(tmp_path):
    for name in ("a", "b"):
        write_busi(tmp_path / name, ".png")
    assert len(read_dataset(tmp_path).images) == 18


def test_masks_are_taken_in_the_order_of_their_numbers(tmp_path):
    folder = tmp_path / "benign"
    folder.mkdir()
    write_image(folder / "x.png", np.zeros((40, 70), np.uint8))
    for place in range(12):
        mask = np.zeros((40, 70), np.uint8)
        mask[place, place] = 255
        write_image(folder / f"x_mask{f'_{place}' if place else ''}.png", mask)
    (image,) = read_busi(tmp_path).images
    assert [int(mask.mask.argmax()) for mask in masks_of(image)] == [71 * place for place in range(12)]


def test_an_own_export_brings_names_outcomes_and_categories_back(tmp_path):
    case = make_case(masks=SEVERAL, outcomes=(Outcome.MALIGNANT, Outcome.BENIGN), names=("left", "=1+1"), category="4B")
    with busi_export(tmp_path / "out") as writer:
        writer.add(case)
    (image,) = read_dataset(tmp_path / "out").images
    found = masks_of(image)
    assert all(np.array_equal(one.mask, mask) for one, mask in zip(found, SEVERAL, strict=True))
    assert [one.name for one in found] == ["left", "=1+1", "", "", ""]
    assert [one.assessment.outcome.value for one in found] == ["malignant", "benign", "unknown", "unknown", "unknown"]
    assert {one.assessment.category for one in found} == {"4B"}
    assert [one.assessment.evidence for one in found[:3]] == [replace(KNOWN, source=""), replace(KNOWN, source=""), OutcomeEvidence()]


def test_an_own_export_of_unknown_outcomes_only_is_read(tmp_path):
    with busi_export(tmp_path / "out") as writer:
        writer.add(make_case(masks=(disc(20, 20, 5),)))
    (image,) = read_dataset(tmp_path / "out").images
    assert [one.assessment.outcome for one in masks_of(image)] == [Outcome.UNKNOWN]


def test_a_mask_of_another_size_is_refused(tmp_path):
    root = write_busi(tmp_path / "data", ".png")
    write_image(root / "benign" / "benign (2)_mask.png", np.full((10, 20), 255, np.uint8))
    image = read_busi(root).images[1]
    with pytest.raises(ReadError, match=r"benign \(2\)_mask.png is 20 x 10 pixels, but benign \(2\).png is 128 x 96"):
        masks_of(image)


def test_a_scan_without_a_mask_is_named_and_left_out(tmp_path):
    root = write_busi(tmp_path / "data", ".png")
    (root / "malignant" / "malignant (1)_mask.png").unlink()
    (root / "normal" / "normal (1)_mask.png").unlink()
    found = read_busi(root)
    assert len(found.images) == 8
    assert found.passed_over == ("malignant/malignant (1).png has no mask beside it (malignant (1)_mask.png): it is left out.",)


def test_an_empty_mask_says_nothing_unless_the_scan_is_normal(tmp_path):
    root = write_busi(tmp_path / "data", ".png")
    write_image(root / "benign" / "benign (2)_mask.png", np.zeros((96, 128), np.uint8))
    with pytest.raises(ReadError, match="only empty masks"):
        masks_of(read_busi(root).images[1])


def test_a_damaged_mask_is_named(tmp_path):
    root = write_busi(tmp_path / "data", ".png")
    (root / "benign" / "benign (2)_mask.png").write_bytes(b"no picture")
    with pytest.raises(ReadError, match=r"benign \(2\)_mask"):
        masks_of(read_busi(root).images[1])


def test_evidence_that_cannot_be_understood_counts_for_nothing(tmp_path):
    root = write_busi(tmp_path / "data", ".png")
    rows = ("benign (2)_mask.png,benign,hearsay,2026-02-30", "benign (3)_mask.png,benign,follow-up,20260228")
    (root / "sources.csv").write_text("\n".join(["file,outcome,outcome_method,outcome_date", *(f"benign/{row}" for row in rows)]))
    known = [masks_of(image)[0].assessment.evidence for image in read_busi(root).images[1:3]]
    assert known == [OutcomeEvidence(), OutcomeEvidence(OutcomeMethod.FOLLOW_UP)]


@pytest.mark.parametrize("table", ["", "file\n", "a,b\n1,2\n", "file,outcome,birads_category,name\nbenign/benign (2)_mask.png,maybe,9,\n", "\0\n"])
def test_a_table_that_cannot_be_used_costs_nothing(tmp_path, table):
    root = write_busi(tmp_path / "data", ".png")
    (root / "sources.csv").write_text(table)
    assert [mask.assessment.outcome for mask in masks_of(read_busi(root).images[1])] == [Outcome.BENIGN]


def test_folders_that_are_no_data_set_are_said(tmp_path):
    with pytest.raises(ReadError, match="does not exist"):
        read_dataset(tmp_path / "missing")
    (tmp_path / "unknown").mkdir()
    with pytest.raises(ReadError, match="neither class folders"):
        read_dataset(tmp_path)
    with pytest.raises(ReadError, match="no data set in BUSI's layout"):
        read_dataset(tmp_path, "busi")
    file = tmp_path / "scan.png"
    file.write_text("x")
    with pytest.raises(ReadError, match="no data set with masks"):
        read_dataset(file)


def test_what_could_be_both_layouts_must_be_said(tmp_path):
    root = write_busi(tmp_path / "data", ".png")
    (root / "annotations.json").write_text("{}")
    with pytest.raises(ReadError, match="say which is meant"):
        read_dataset(root)
    assert len(read_dataset(root, "busi").images) == 9
