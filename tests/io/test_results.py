"""The JSON record: at which operating point, how doubtful, and by which weights."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from busi_gui.io.analysing import analyse_files
from busi_gui.io.earlier import Terms
from models.analysis import DoubtRule, OperatingPoint
from tests.builders import write_image
from tests.services.fake_pipeline import INFO, analysis_of

RULE = DoubtRule(base=0.0, stated=1.0, spread=1.0, uncertain_from=0.3)
HASHES = {"segmenter.weights.h5": "4d" * 32, "classifier.weights.h5": "ab" * 32}
SENSITIVE, BALANCED = replace(INFO.operating_point, doubt=RULE), OperatingPoint("balanced", 0.85, 0.8, 0.9, "made-up scans", doubt=RULE)
NETWORK = replace(INFO, operating_point=SENSITIVE, operating_points=(SENSITIVE, BALANCED), hashes=HASHES)


class Fake:
    """One lesion of 0.8, on which two classifiers differ."""

    def analyse(self, pixels):
        analysis = analysis_of(pixels)
        found = tuple(replace(one, diagnosis=replace(one.diagnosis, opinions=(0.2, 0.98))) for one in analysis.lesions)
        return replace(analysis, network=NETWORK, lesions=found)


def record(tmp_path, point=""):
    path = write_image(tmp_path / "a.png", np.random.default_rng(0).integers(0, 255, (60, 80), np.uint8))
    (result,) = analyse_files(Fake(), [(path, "a")], Terms(tmp_path, NETWORK.at(point)))
    assert result.error is None
    assert json.loads((tmp_path / "a.json").read_text()) == result.record
    return result


def test_a_record_names_version_and_whole_hashes(tmp_path):
    model = record(tmp_path).record["model"]
    assert (model["version"], model["sha256"]) == ("0.0", HASHES)


def test_a_record_says_what_each_classifier_thinks_and_how_doubtful_that_is(tmp_path):
    said = record(tmp_path).record
    (lesion,) = said["lesions"]
    assert lesion["opinions"] == [0.2, 0.98]
    assert lesion["uncertain"] is said["uncertain"] is True
    assert "networks disagree" in lesion["reasons"]
    assert 0.3 <= lesion["chance_of_error"] <= 1


def test_the_point_that_is_asked_for_decides(tmp_path):
    first, other = record(tmp_path).record, record(tmp_path, point="balanced")
    assert (first["operating_point"], first["threshold"], first["finding"]) == ("sensitive", 0.3, "malignant")
    assert (other.record["operating_point"], other.record["threshold"], other.record["finding"]) == ("balanced", 0.85, "benign")
    assert "below the balanced point (0.85); uncertain (" in other.sentence
    assert record(tmp_path, point="of another version").record["operating_point"] == "sensitive"
