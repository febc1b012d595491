"""Masks from the COCO format, as this and other programs write it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from busi_gui.domain.reading import Assessment, Outcome
from busi_gui.io.errors import ReadError
from busi_gui.io.exports.coco import coco_export, encoded_mask
from busi_gui.io.imports.datasets import read_dataset
from busi_gui.io.imports.runs import mask_of
from busi_gui.io.scans import read_scan
from tests.builders import make_pixels, write_image
from tests.io.exports.export_cases import SEVERAL, disc, make_case

SHAPE = (40, 70)
MASK = disc(20, 30, 8)
SQUARE = [10.0, 5.0, 30.0, 5.0, 30.0, 25.0, 10.0, 25.0]


def masks_of(image):
    return image.read_masks(read_scan(image.path).shape)


@pytest.fixture
def dataset(tmp_path):
    def write(annotations=(), images=None, categories=(), folder="images", file="annotations.json", **names):
        """Write a data set of two pictures, or of the ``images`` given, and return its folder."""
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        for number in (1, 2):
            write_image(tmp_path / folder / f"{number}.png", make_pixels(seed=number, shape=SHAPE))
        listed = images if images is not None else [{"id": n, "file_name": f"{n}.png", "height": 40, "width": 70} for n in (1, 2)]
        content = {"images": listed, "annotations": list(annotations), "categories": list(categories)}
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(json.dumps(content))
        return tmp_path

    return write


def lesion(segmentation, image=1, category=1, **more):
    return {"id": 1, "image_id": image, "category_id": category, "segmentation": segmentation, **more}


def test_an_own_export_brings_everything_back(tmp_path):
    cases = [
        make_case("case_0001", SEVERAL, (Outcome.MALIGNANT, Outcome.BENIGN), names=("left", "=1+1"), category="4B"),
        make_case("case_0002", seed=2),
        make_case("case_0003", (disc(50, 10, 9, (90, 31)),), seed=3),
    ]
    with coco_export(tmp_path / "out") as writer:
        for case in cases:
            writer.add(case)
    found = read_dataset(tmp_path / "out")
    assert [image.path.stem for image in found.images] == ["case_0001", "case_0002", "case_0003"]
    for image, case in zip(found.images, cases, strict=True):
        masks = masks_of(image)
        assert all(np.array_equal(one.mask, lesion.mask) for one, lesion in zip(masks, case.case.lesions, strict=True))
        assert [one.name for one in masks] == [lesion.outline.name for lesion in case.case.lesions]
        assert [one.assessment.outcome for one in masks] == [lesion.outline.assessment.outcome for lesion in case.case.lesions]
        assert [one.assessment.evidence for one in masks] == [replace(lesion.outline.assessment.evidence, source="") for lesion in case.case.lesions]
        assert [one.assessment.category for one in masks] == [lesion.outline.assessment.category for lesion in case.case.lesions]


@pytest.mark.parametrize("form", ["compressed", "uncompressed", "polygon", "flat polygon"])
def test_masks_of_other_programs_are_read(dataset, form):
    square = np.zeros(SHAPE, np.bool_)
    square[5:25, 10:30] = True
    flat = square.ravel(order="F").astype(int)
    ends = [0, *np.flatnonzero(np.diff(flat)) + 1, flat.size]
    forms = {
        "compressed": encoded_mask(square),
        "uncompressed": {"size": [40, 70], "counts": np.diff(ends).tolist()},
        "polygon": [SQUARE],
        "flat polygon": SQUARE,
    }
    first, _ = read_dataset(dataset([lesion(forms[form])])).images
    (found,) = masks_of(first)
    assert np.array_equal(found.mask, square)


@pytest.mark.parametrize(
    ("category", "outcome"), [("benign", Outcome.BENIGN), ("Malignant ", Outcome.MALIGNANT), ("lesion", Outcome.UNKNOWN), (None, Outcome.UNKNOWN)]
)
def test_categories_called_benign_or_malignant_are_outcomes(dataset, category, outcome):
    first, _ = read_dataset(dataset([lesion([SQUARE], category=7)], categories=[{"id": 7, "name": category}])).images
    assert [one.assessment.outcome for one in masks_of(first)] == [outcome]


@pytest.mark.parametrize(
    "attributes",
    [
        None,
        "x",
        {"outcome": 3, "birads_category": ["4A"], "name": 5, "number": "a"},
        {"birads_category": "9"},
        {"outcome_method": [], "outcome_date": 7},
    ],
)
def test_attributes_of_other_programs_are_passed_over(dataset, attributes):
    first, _ = read_dataset(dataset([lesion([SQUARE], attributes=attributes)])).images
    (found,) = masks_of(first)
    assert (found.name, found.assessment) == ("", Assessment())


@pytest.mark.parametrize(
    ("name", "folder", "file"),
    [
        ("1.png", "images", "annotations.json"),
        ("1.png", ".", "annotations.json"),
        ("images/1.png", "images", "annotations.json"),
        ("train/a/1.png", "train/a", "annotations.json"),
        ("train/1.png", "images/train", "annotations/instances_train.json"),
        ("1.png", "images", "annotations/instances_default.json"),
        ("C:\\scans\\1.png", "images", "annotations.json"),
        ("/home/somebody/scans/1.png", "images", "annotations.json"),
        ("data\\1.png", "data", "labels.json"),
    ],
)
def test_pictures_are_found_where_programs_put_them(dataset, name, folder, file):
    root = dataset([lesion([SQUARE])], [{"id": 1, "file_name": name}], folder=folder, file=file)
    (image,) = read_dataset(root).images
    assert image.path.resolve() == (root / folder / "1.png").resolve()
    assert len(masks_of(image)) == 1


@pytest.mark.parametrize("name", ["3.png", "", "../../etc/passwd", "x\0y.png", "a" * 5000, "..", "/"])
def test_pictures_that_are_not_there_are_named_and_left_out(dataset, name):
    found = read_dataset(dataset([lesion([SQUARE])], [{"id": 1, "file_name": name}, {"id": 2, "file_name": "2.png"}]))
    assert [image.path.name for image in found.images] == ["2.png"]
    assert "is not there: it is left out" in found.passed_over[0]


def test_no_name_leads_out_of_the_data_set(dataset, tmp_path):
    secret = write_image(tmp_path.parent / "secret.png", make_pixels(shape=SHAPE))
    found = read_dataset(dataset([lesion([SQUARE])], [{"id": 1, "file_name": f"../{secret.name}"}, {"id": 2, "file_name": str(secret)}]))
    secret.unlink()
    assert found.images == ()


def test_a_mask_of_another_size_is_refused_for_that_picture(dataset):
    other = disc(3, 3, 2, (20, 20))
    first, second = read_dataset(dataset([lesion(encoded_mask(other)), lesion(encoded_mask(MASK), image=2)])).images
    with pytest.raises(ReadError, match=r"A lesion of 1.png cannot be read: its mask is of size \[20, 20\]"):
        masks_of(first)
    assert np.array_equal(masks_of(second)[0].mask, MASK)


def test_a_picture_that_was_another_size_is_refused(dataset):
    (image,) = read_dataset(dataset([lesion([SQUARE])], [{"id": 1, "file_name": "1.png", "height": 400, "width": 700}])).images
    with pytest.raises(ReadError, match=r"1\.png is 70 x 40 pixels, but was 700 x 400"):
        masks_of(image)


def test_a_picture_without_a_lesion_is_normal_only_where_that_is_said(dataset):
    said = {"id": 2, "file_name": "2.png", "attributes": {"class": "normal"}}
    first, second = read_dataset(dataset([lesion([])], [{"id": 1, "file_name": "1.png"}, said])).images
    with pytest.raises(ReadError, match="no lesion outlined"):
        masks_of(first)
    assert masks_of(second) == ()


def test_an_empty_mask_is_refused(dataset):
    first, _ = read_dataset(dataset([lesion({"size": [40, 70], "counts": [2800]})])).images
    with pytest.raises(ReadError, match="has no pixel"):
        masks_of(first)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[" * 100_000,
        "[]",
        "3",
        '"x"',
        "{}",
        '{"images": []}',
        '{"images": 3, "annotations": []}',
        '{"images": [3], "annotations": []}',
        "\xff",
    ],
)
def test_damaged_annotations_are_refused(tmp_path, text):
    (tmp_path / "annotations.json").write_text(text, encoding="latin-1")
    with pytest.raises(ReadError, match=r"annotations\.json"):
        read_dataset(tmp_path)


def test_a_json_file_can_be_named_itself(dataset):
    root = dataset([lesion([SQUARE])])
    (root / "benign").mkdir()
    assert len(read_dataset(root / "annotations.json").images) == 2


def test_a_folder_without_annotations_is_said(tmp_path):
    with pytest.raises(ReadError, match="no JSON file"):
        read_dataset(tmp_path, "coco")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([1, "1.png", "benign", SQUARE]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["counts", "size", "outcome", "number", "class"]), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["id", "image_id", "category_id", "file_name", "height", "width", "segmentation", "attributes", "name"]
rows = st.lists(st.dictionaries(st.sampled_from(KEYS), anything, max_size=6) | anything, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({"images": rows, "annotations": rows}, optional={"categories": rows}))
def test_no_annotations_do_more_than_be_refused(tmp_path, content):
    write_image(tmp_path / "1.png", make_pixels(seed=1, shape=SHAPE))
    (tmp_path / "annotations.json").write_text(json.dumps(content))
    with contextlib.suppress(ReadError):
        for image in read_dataset(tmp_path).images:
            with contextlib.suppress(ReadError):
                masks = image.read_masks(SHAPE)
                assert all(one.mask.shape == SHAPE for one in masks)


@given(anything)
def test_no_segmentation_does_more_than_be_refused(segmentation):
    with contextlib.suppress(ValueError):
        assert mask_of(segmentation, SHAPE).shape == SHAPE
