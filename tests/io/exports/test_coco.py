"""A data set in the COCO format, as pycocotools reads it."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools.coco import COCO

from busi_gui.domain.provenance import full_text
from busi_gui.domain.reading import MaskSource, Outcome
from busi_gui.io.exports.coco import coco_export, encoded_mask
from busi_gui.io.imports.runs import mask_of
from busi_gui.io.scans import read_scan
from tests.io.exports.export_cases import SEVERAL, disc, make_case
from tests.services.fake_pipeline import INFO

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")  # of pycocotools


def export(out, *cases, **how):
    with coco_export(out, **how) as writer:
        for case in cases:
            writer.add(case)
    return out


@pytest.fixture
def out(tmp_path):
    tall = make_case("case_0002", (disc(50, 10, 9, (90, 31)),), (Outcome.MALIGNANT,), MaskSource.CORRECTED, category="5", seed=2)
    return export(tmp_path / "out", make_case("case_0001", SEVERAL), tall, make_case("case_0003", seed=3))


def loaded(out):
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(out / "annotations.json"))


def test_pycocotools_gives_every_pixel_of_every_mask_back(out):
    data = loaded(out)
    masks = [*SEVERAL, disc(50, 10, 9, (90, 31))]
    annotations = data.loadAnns(data.getAnnIds())
    assert len(annotations) == len(masks)
    for annotation, mask in zip(annotations, masks, strict=True):
        assert np.array_equal(data.annToMask(annotation).astype(np.bool_), mask)
        assert annotation["area"] == mask.sum()
        left, top, width, height = annotation["bbox"]
        assert mask[top : top + height, left : left + width].sum() == mask.sum()
        assert mask[top].any()
        assert mask[:, left].any()
        assert mask[top + height - 1].any()
        assert mask[:, left + width - 1].any()


def test_pictures_are_listed_with_their_size_also_without_a_lesion(out):
    data = loaded(out)
    images = data.loadImgs(data.getImgIds())
    assert [(image["height"], image["width"]) for image in images] == [(40, 70), (90, 31), (40, 70)]
    for image in images:
        assert read_scan(out / "images" / image["file_name"]).shape == (image["height"], image["width"])
    assert [image["attributes"]["class"] for image in images] == ["unknown", "malignant", "normal"]


def test_what_is_recorded_of_a_lesion_stands_in_its_attributes(out):
    annotation = loaded(out).loadAnns(6)[0]
    assert annotation["iscrowd"] == 0
    assert annotation["attributes"] == {
        "number": 1,
        "name": "",
        "outcome": "malignant",
        "outcome_method": "biopsy",
        "outcome_date": "2026-02-28",
        "birads_category": "5",
        "mask_source": "corrected",
    }
    assert [category["name"] for category in loaded(out).loadCats(loaded(out).getCatIds())] == ["lesion"]
    assert "Not for clinical use" in json.loads((out / "annotations.json").read_text())["info"]["notice"]
    assert "callipers" in (out / "README.txt").read_text()


@given(arrays.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_every_mask_survives_there_and_back(mask):
    assert np.array_equal(mask_of(encoded_mask(mask), mask.shape), mask)


def test_pictures_and_the_whole_name_the_weights_that_looked(tmp_path):
    hashed = replace(INFO, hashes={"classifier.weights.h5": "ab" * 32})
    out = export(tmp_path / "out", make_case("a", SEVERAL[:1], export={"network": hashed}), make_case("b", export={"noted_networks": "version 9"}))
    said = json.loads((out / "annotations.json").read_text())
    assert [image["attributes"]["networks"] for image in said["images"]] == [full_text(hashed), "version 9"]
    assert said["info"]["networks"] == [full_text(hashed), "version 9"]
    assert "ab" * 32 in said["info"]["networks"][0]
